//! Which pages were resident when: a heat map of pages over time, the processes and memory objects one above the other.

use super::super::number::tick;
use super::super::run_folder::RunFolder;
use super::{Drawn, FONT, Figure, HEIGHT, TITLE_HEIGHT};
use plotters::coord::Shift;
use plotters::prelude::*;

/// Rows of the map; where there are more pages, a row is the share of several that is resident.
const MOST_ROWS: usize = 560;
/// Shades, so that stretches of one shade are one rectangle.
const SHADES: usize = 8;
const LEGEND_WIDTH: i32 = 130;

/// See the module.
pub(super) struct Residency {
    title: String,
    /// Name and first row of each process.
    processes: Vec<(String, f64)>,
    /// End of each observation.
    times: Vec<f64>,
    /// For each row, at each observation, the shade from 0 to [`SHADES`].
    shades: Vec<Vec<usize>>,
    warmup: f64,
    pages_of_a_row: usize,
    /// Most pages of a row that are resident at once.
    most: usize,
}

impl Residency {
    /// `None` if the run has no residency.
    pub fn of(run: &RunFolder, title: String) -> Option<Residency> {
        let stretches = run.residency.as_ref()?;
        let times: Vec<f64> = run.series.rows.iter().map(|row| row[0]).collect();
        let pages: usize = run.record.spaces.iter().map(|(_, pages)| *pages as usize).sum();
        let pages_of_a_row = pages.div_ceil(MOST_ROWS).max(1);
        let mut first = Vec::with_capacity(run.record.spaces.len());
        let mut rows = 0;
        for (_, pages) in &run.record.spaces {
            first.push(rows);
            rows += (*pages as usize).div_ceil(pages_of_a_row);
        }
        let mut counts = vec![vec![0usize; times.len()]; rows];
        for (process, page, from, to) in stretches {
            let row = first[*process] + *page as usize / pages_of_a_row;
            let (begin, end) = (times.partition_point(|time| time < from), times.partition_point(|time| time <= to));
            for count in counts.get_mut(row)?.get_mut(begin..end)? {
                *count += 1;
            }
        }
        // A pale shade for any page at all, the darkest for the most that any row has.
        let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
        let shade = |count: usize| (count * SHADES).div_ceil(most).min(SHADES);
        let shades = counts.into_iter().map(|row| row.into_iter().map(shade).collect()).collect();
        let processes = run.record.spaces.iter().zip(first).map(|((name, _), first)| (name.clone(), first as f64));
        Some(Residency {
            title,
            processes: processes.collect(),
            times,
            shades,
            warmup: run.record.warmup_s,
            pages_of_a_row,
            most,
        })
    }
}

impl Residency {
    /// Room for the names.
    fn names_width(&self) -> i32 {
        let longest = self.processes.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        (longest as i32 * 8 + 16).clamp(100, 300)
    }
}

fn colour(shade: usize) -> RGBColor {
    // From white to a dark blue; the lightness falls with every step.
    let share = shade as f64 / SHADES as f64;
    let mix = |from: f64, to: f64| (from + (to - from) * share) as u8;
    RGBColor(mix(235.0, 16.0), mix(241.0, 52.0), mix(250.0, 110.0))
}

impl Figure for Residency {
    fn height(&self) -> u32 {
        HEIGHT
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        root.fill(&WHITE)?;
        let (head, rest) = root.split_vertically(TITLE_HEIGHT);
        head.draw(&Text::new(self.title.clone(), (24, 14), (FONT, 20).into_font().color(&BLACK)))?;
        let (area, legend) = rest.split_horizontally(rest.dim_in_pixel().0 as i32 - LEGEND_WIDTH);
        let (rows, end) = (self.shades.len() as f64, self.times.last().copied().unwrap_or(1.0));
        let mut chart = ChartBuilder::on(&area)
            .margin_top(14)
            .margin_right(16)
            .margin_left(14)
            .margin_bottom(10)
            .x_label_area_size(52)
            .y_label_area_size(self.names_width())
            .build_cartesian_2d(0.0..end, 0.0..rows.max(1.0))?;
        chart
            .configure_mesh()
            .disable_mesh()
            .axis_style(BLACK)
            .label_style((FONT, 15).into_font())
            .axis_desc_style((FONT, 16).into_font())
            .x_desc("simulated time, s")
            .x_labels(10)
            .y_labels(0)
            .x_label_formatter(&|value| tick(*value))
            .draw()?;
        for (row, shades) in self.shades.iter().enumerate() {
            let mut at = 0;
            while at < shades.len() {
                let shade = shades[at];
                let until = shades[at..].iter().take_while(|other| **other == shade).count() + at;
                if shade > 0 {
                    let from = if at == 0 { 0.0 } else { self.times[at - 1] };
                    let corners = [(from, row as f64), (self.times[until - 1], row as f64 + 1.0)];
                    chart.draw_series([Rectangle::new(corners, colour(shade).filled())])?;
                }
                at = until;
            }
        }
        if self.warmup > 0.0 {
            let line = [(self.warmup, 0.0), (self.warmup, rows)];
            chart.draw_series(DashedLineSeries::new(line, 4, 4, BLACK.stroke_width(1)))?;
        }
        // A line between processes, and as many names as there is room for.
        let room = (self.processes.len() as f64 * 16.0 / f64::from(HEIGHT)).max(1.0) as usize;
        for (number, (name, first)) in self.processes.iter().enumerate() {
            let next = self.processes.get(number + 1).map_or(rows, |(_, next)| *next);
            if number > 0 {
                chart.draw_series(LineSeries::new([(0.0, *first), (end, *first)], BLACK.stroke_width(1)))?;
            }
            if number % room == 0 {
                let middle = chart.backend_coord(&(0.0, (first + next) / 2.0));
                let width = name.chars().count() as i32 * 8;
                root.draw(&Text::new(name.clone(), (middle.0 - width - 8, middle.1 - 7), small()))?;
            }
        }
        legend.draw(&Text::new("resident pages".to_owned(), (4, 20), small()))?;
        let words = if self.pages_of_a_row == 1 {
            vec![(SHADES, "yes".to_owned()), (0, "no".to_owned())]
        } else {
            let share = |shade: usize| {
                let pages = (shade * self.most) as f64 / SHADES as f64;
                (shade, format!("{:.0} %", 100.0 * pages / self.pages_of_a_row as f64))
            };
            [8, 6, 4, 2].into_iter().map(share).chain([(0, "none".to_owned())]).collect()
        };
        let mut y = 50;
        for (shade, word) in words {
            let fill = if shade == 0 { WHITE } else { colour(shade) };
            legend.draw(&Rectangle::new([(4, y - 8), (34, y + 8)], fill.filled()))?;
            legend.draw(&Rectangle::new([(4, y - 8), (34, y + 8)], BLACK.stroke_width(1)))?;
            legend.draw(&Text::new(word, (42, y - 7), small()))?;
            y += 24;
        }
        if self.pages_of_a_row > 1 {
            legend.draw(&Text::new(format!("a row is {} pages", self.pages_of_a_row), (4, y), small()))?;
            y += 24;
        }
        if self.warmup > 0.0 {
            legend.draw(&Text::new("dashed: warm-up".to_owned(), (4, y), small()))?;
        }
        root.present()
    }
}

fn small() -> TextStyle<'static> {
    (FONT, 13).into_font().color(&BLACK)
}
