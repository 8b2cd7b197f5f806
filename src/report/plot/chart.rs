//! A chart of some lines over two numeric axes, each linear or logarithmic: curves of traces.

use super::super::number::tick;
use super::panel::{COLOURS, dashes, legend_width, power};
use super::{Drawn, FONT, Figure, TITLE_HEIGHT, figure, register};
use crate::error::Result;
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::series::DashedLineSeries;
use std::path::{Path, PathBuf};

/// A chart.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// Above the chart.
    pub title: String,
    /// Quantity and unit of the horizontal axis.
    pub x_title: String,
    /// Quantity and unit of the vertical axis.
    pub y_title: String,
    /// Whether the horizontal axis is logarithmic; points that are not positive are left out then.
    pub log_x: bool,
    /// The same for the vertical axis.
    pub log_y: bool,
    /// What is drawn.
    pub lines: Vec<Line>,
}

/// One line of a chart.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// In the legend.
    pub label: String,
    /// In the order in which they are joined.
    pub points: Vec<(f64, f64)>,
    /// Places that are marked and named.
    pub marks: Vec<(f64, f64, String)>,
    /// The interval around the line: x, low, high.
    pub band: Vec<(f64, f64, f64)>,
    /// A range of x that is shaded, and what it is.
    pub shaded: Option<(f64, f64, String)>,
}

/// Draws a chart into a folder as `name.svg` and `name.png`.
///
/// # Errors
/// [`crate::error::Error::Write`] if a file cannot be written.
pub fn chart(chart: &Chart, dir: &Path, name: &str) -> Result<[PathBuf; 2]> {
    register();
    figure(chart, dir, name)
}

impl Chart {
    fn scaled(&self, &(x, y): &(f64, f64)) -> Option<(f64, f64)> {
        let scale = |value: f64, logarithmic: bool| match logarithmic {
            true if value <= 0.0 => None,
            true => Some(libm::log10(value)),
            false => Some(value),
        };
        Some((scale(x, self.log_x)?, scale(y, self.log_y)?))
    }
}

/// The range of an axis. A logarithmic one begins with a whole power of ten and has at least two, which is what gets labels.
fn range(values: impl Iterator<Item = f64> + Clone, logarithmic: bool) -> (f64, f64) {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    match (low.is_finite() && high.is_finite(), logarithmic) {
        (false, _) => (0.0, 1.0),
        (true, true) => (libm::floor(low), (high + 0.02).max(libm::floor(low) + 1.0)),
        (true, false) => (low.min(0.0), if high > 0.0 { high * 1.05 } else { 1.0 }),
    }
}

/// Labels at 2 and 5 times the powers of ten of the horizontal axis, where it has few of them.
fn between_powers<DB: DrawingBackend>(
    chart: &mut ChartContext<'_, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    area: &DrawingArea<DB, Shift>,
    (left, right): (f64, f64),
    (bottom, top): (f64, f64),
) -> Drawn<DB> {
    let powers = libm::floor(left) as i32..=libm::ceil(right) as i32;
    let base = area.get_base_pixel();
    for value in powers.flat_map(|power| [2.0, 5.0].map(|digit| digit * libm::pow(10.0, f64::from(power)))) {
        let at = libm::log10(value);
        if at <= left || at >= right {
            continue;
        }
        let line = [(at, bottom), (at, top)];
        chart.draw_series(LineSeries::new(line, RGBColor(0xee, 0xee, 0xee).stroke_width(1)))?;
        let label = tick(value);
        let (x, y) = chart.backend_coord(&(at, bottom));
        let place = (x - base.0 - 4 * label.chars().count() as i32, y - base.1 + 8);
        area.draw(&Text::new(label, place, (FONT, 15).into_font().color(&BLACK)))?;
    }
    Ok(())
}

impl Figure for Chart {
    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        root.fill(&WHITE)?;
        let (head, rest) = root.split_vertically(TITLE_HEIGHT);
        head.draw(&Text::new(self.title.clone(), (24, 14), (FONT, 20).into_font().color(&BLACK)))?;
        let labels = self.lines.iter().flat_map(|line| {
            [Some(line.label.as_str()), line.shaded.as_ref().map(|(_, _, words)| words.as_str())].into_iter().flatten()
        });
        let (area, legend) = rest.split_horizontally(rest.dim_in_pixel().0 as i32 - legend_width(labels, 210));
        let lines: Vec<Vec<(f64, f64)>> =
            self.lines.iter().map(|line| line.points.iter().filter_map(|point| self.scaled(point)).collect()).collect();
        let (left, right) = range(lines.iter().flatten().map(|point| point.0), self.log_x);
        let (bottom, top) = range(lines.iter().flatten().map(|point| point.1), self.log_y);
        let mut chart = ChartBuilder::on(&area)
            .margin_top(14)
            .margin_right(24)
            .margin_left(14)
            .margin_bottom(10)
            .x_label_area_size(52)
            .y_label_area_size(76)
            .build_cartesian_2d(left..right.max(left + 1e-9), bottom..top)?;
        let label = |logarithmic: bool| {
            move |value: &f64| match logarithmic {
                true if (value - libm::round(*value)).abs() < 1e-9 => power(*value),
                true => String::new(),
                false => tick(*value),
            }
        };
        let count = |logarithmic: bool, low: f64, high: f64| if logarithmic { (high - low) as usize + 1 } else { 8 };
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(0xdd, 0xdd, 0xdd))
            .axis_style(BLACK)
            .label_style((FONT, 15).into_font())
            .axis_desc_style((FONT, 16).into_font())
            .x_desc(&self.x_title)
            .y_desc(&self.y_title)
            .x_labels(count(self.log_x, left, right))
            .y_labels(count(self.log_y, bottom, top))
            .x_label_formatter(&label(self.log_x))
            .y_label_formatter(&label(self.log_y))
            .draw()?;
        let small = || (FONT, 13).into_font().color(&BLACK);
        if self.log_x && right - left < 3.0 {
            between_powers(&mut chart, &area, (left, right), (bottom, top))?;
        }
        for (number, line) in self.lines.iter().enumerate() {
            let scaled = |x: f64, y: f64| self.scaled(&(x, y));
            if let Some((low, high, _)) = &line.shaded
                && let (Some(low), Some(high)) = (scaled(*low, 1.0), scaled(*high, 1.0))
            {
                let shade = RGBColor(0x88, 0x88, 0x88).mix(0.18).filled();
                chart.draw_series([Rectangle::new([(low.0, bottom), (high.0, top)], shade)])?;
            }
            // An interval that reaches below what can be drawn ends at the edge.
            let floor = |x: f64, y: f64| scaled(x, y).or_else(|| scaled(x, 1.0).map(|at| (at.0, bottom)));
            let upper = line.band.iter().filter_map(|(x, _, high)| scaled(*x, *high));
            let lower = line.band.iter().rev().filter_map(|(x, low, _)| floor(*x, *low));
            let outline: Vec<(f64, f64)> = upper.chain(lower).map(|at| (at.0, at.1.clamp(bottom, top))).collect();
            if outline.len() > 2 {
                chart.draw_series([Polygon::new(outline, COLOURS[number % COLOURS.len()].mix(0.22).filled())])?;
            }
        }
        let mut y = 24;
        for (number, (line, points)) in self.lines.iter().zip(&lines).enumerate() {
            let colour = COLOURS[number % COLOURS.len()];
            let dash = dashes(number);
            let style = colour.stroke_width(2);
            match dash {
                None => chart.draw_series(LineSeries::new(points.iter().copied(), style))?,
                Some((dash, gap)) => {
                    chart.draw_series(DashedLineSeries::new(points.iter().copied(), dash, gap, style))?
                }
            };
            for (x, y, name) in &line.marks {
                if let Some(at) = self.scaled(&(*x, *y)) {
                    chart.draw_series([Circle::new(at, 5, WHITE.filled()), Circle::new(at, 5, style)])?;
                    // Towards the middle, so that the name stays on the chart.
                    let offset = if at.0 > (left + right) / 2.0 { -8 - 7 * name.chars().count() as i32 } else { 8 };
                    chart.draw_series([EmptyElement::at(at) + Text::new(name.clone(), (offset, -16), small())])?;
                }
            }
            let (from, to, step) = (4, 40, dash.unwrap_or((36, 0)));
            let mut x = from;
            while x < to {
                legend.draw(&PathElement::new([(x, y), ((x + step.0).min(to), y)], style))?;
                x += step.0 + step.1.max(1);
            }
            legend.draw(&Text::new(line.label.clone(), (48, y - 7), (FONT, 14).into_font().color(&BLACK)))?;
            y += 24;
            if !line.band.is_empty() {
                legend.draw(&Rectangle::new([(4, y - 7), (40, y + 7)], colour.mix(0.22).filled()))?;
                legend.draw(&Text::new("interval", (48, y - 7), (FONT, 14).into_font().color(&BLACK)))?;
                y += 24;
            }
            if let Some((_, _, words)) = &line.shaded {
                legend
                    .draw(&Rectangle::new([(4, y - 7), (40, y + 7)], RGBColor(0x88, 0x88, 0x88).mix(0.18).filled()))?;
                legend.draw(&Text::new(words.clone(), (48, y - 7), (FONT, 14).into_font().color(&BLACK)))?;
                y += 24;
            }
        }
        root.present()
    }
}
