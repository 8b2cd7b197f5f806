//! A run over time: memory by process or class, free frames, faults, the device's queue, memory pressure; and the distribution of its
//! response times.

use super::super::number::tick;
use super::super::run_folder::RunFolder;
use super::chart::{Chart, Line};
use super::panel::{COLOURS, DASHES};
use super::residency::Residency;
use super::{Drawn, FONT, Figure, TITLE_HEIGHT, figure, register};
use crate::error::Result;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::series::DashedLineSeries;
use std::path::{Path, PathBuf};

const LEGEND_WIDTH: i32 = 190;
const PANEL_HEIGHT: u32 = 190;
/// The panel of memory is taller: it has a line for each process.
const MEMORY_HEIGHT: u32 = 300;
/// With more processes, memory is drawn by class.
const MOST_LINES: usize = 32;
const LEGEND_LINE: i32 = 14;

/// Draws the run in a folder into it: `series`, and `residency` and `response` where it has them.
///
/// # Errors
/// [`crate::error::Error::Read`] or [`crate::error::Error::Data`] for files that cannot be read, [`crate::error::Error::Write`].
pub fn plot_run(dir: &Path) -> Result<Vec<PathBuf>> {
    register();
    let run = RunFolder::load(dir)?;
    let title = if run.record.title.is_empty() { &run.record.name } else { &run.record.title };
    let settled = if run.record.stationary { "" } else { " (not settled)" };
    let title = format!("{title}{settled}");
    let mut files = figure(&Panels::of(&run, title.clone()), dir, "series")?.to_vec();
    if let Some(residency) = Residency::of(&run, title.clone()) {
        files.extend(figure(&residency, dir, "residency")?);
    }
    if !run.responses.is_empty() {
        files.extend(figure(&responses(&run, title), dir, "response")?);
    }
    Ok(files)
}

/// Share of jobs that took longer than so long: straight lines on a logarithmic axis are exponential, bent ones heavier.
fn responses(run: &RunFolder, title: String) -> Chart {
    let mut lines: Vec<Line> = Vec::new();
    for (class, percent, seconds) in &run.responses {
        if lines.last().is_none_or(|line| line.label != *class) {
            lines.push(Line { label: class.clone(), ..Line::default() });
        }
        if let Some(line) = lines.last_mut() {
            let longer = 1.0 - percent / 100.0;
            line.points.push((*seconds, longer));
            for (mark, name) in [(50.0, "median"), (95.0, "95 %"), (99.0, "99 %")] {
                if *percent == mark && class == "all" {
                    line.marks.push((*seconds, longer, name.to_owned()));
                }
            }
        }
    }
    for line in &mut lines {
        // Beyond the longest there is nothing more to tell.
        while let [.., before, last] = line.points.as_slice()
            && before.0 == last.0
        {
            line.points.pop();
        }
    }
    // With one class it is all there is.
    if lines.len() == 2 {
        lines.remove(0);
    }
    Chart {
        title,
        x_title: "response time, s".to_owned(),
        y_title: "share of the jobs that took longer".to_owned(),
        log_x: false,
        log_y: true,
        lines,
    }
}

/// A label and points.
type Curve = (String, Vec<(f64, f64)>);

struct Panel {
    y_title: &'static str,
    height: u32,
    lines: Vec<Curve>,
}

struct Panels {
    title: String,
    panels: Vec<Panel>,
    warmup: f64,
    end: f64,
}

impl Panels {
    fn of(run: &RunFolder, title: String) -> Panels {
        let series = &run.series;
        let line = |name: &str, label: &str| Some((label.to_owned(), series.line(name)?));
        let of_processes = run.processes.as_ref().filter(|processes| processes.names.len() <= MOST_LINES + 1);
        let memory: Vec<Curve> = match of_processes {
            Some(processes) => {
                let names = processes.names.iter().skip(1);
                names.filter_map(|name| Some((name.clone(), processes.line(name)?))).collect()
            }
            None => {
                let classes = series.names.iter().filter_map(|name| name.strip_suffix(".resident_frames"));
                classes.filter_map(|class| line(&format!("{class}.resident_frames"), class)).collect()
            }
        };
        let some = |lines: Vec<Option<Curve>>| lines.into_iter().flatten().collect();
        let psi = series.names.iter().filter(|name| name.starts_with("psi_"));
        let psi: Vec<_> = psi.filter_map(|name| line(name, &name["psi_".len()..].replace('_', " "))).collect();
        let panels = [
            Panel { y_title: "frames held", height: MEMORY_HEIGHT, lines: memory },
            Panel {
                y_title: "free frames",
                height: PANEL_HEIGHT,
                lines: some(vec![line("free_frames", "free frames")]),
            },
            Panel {
                y_title: "1/s",
                height: PANEL_HEIGHT,
                lines: some(vec![
                    line("faults_per_second", "faults"),
                    line("major_faults_per_second", "major faults"),
                    line("page_outs_per_second", "page-outs"),
                ]),
            },
            Panel {
                y_title: "requests",
                height: PANEL_HEIGHT,
                lines: some(vec![line("paging_queue", "paging device")]),
            },
            Panel { y_title: "utilisation", height: PANEL_HEIGHT, lines: some(vec![line("cpu_utilisation", "CPU")]) },
            Panel { y_title: "pressure", height: PANEL_HEIGHT, lines: psi },
        ];
        let panels: Vec<Panel> = panels.into_iter().filter(|panel| !panel.lines.is_empty()).collect();
        let end = series.rows.last().map_or(1.0, |row| row[0]);
        Panels { title, panels, warmup: run.record.warmup_s, end }
    }
}

impl Figure for Panels {
    fn height(&self) -> u32 {
        TITLE_HEIGHT as u32 + self.panels.iter().map(|panel| panel.height).sum::<u32>() + 30
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        root.fill(&WHITE)?;
        let (head, mut rest) = root.split_vertically(TITLE_HEIGHT);
        head.draw(&Text::new(self.title.clone(), (24, 14), (FONT, 20).into_font().color(&BLACK)))?;
        for (number, panel) in self.panels.iter().enumerate() {
            let last = number + 1 == self.panels.len();
            let area = if last {
                rest.clone()
            } else {
                let (area, below) = rest.split_vertically(panel.height);
                rest = below;
                area
            };
            self.panel(panel, &area, last)?;
        }
        root.present()
    }
}

impl Panels {
    fn panel<DB: DrawingBackend>(&self, panel: &Panel, area: &DrawingArea<DB, Shift>, last: bool) -> Drawn<DB> {
        let (area, legend) = area.split_horizontally(area.dim_in_pixel().0 as i32 - LEGEND_WIDTH);
        let most = panel.lines.iter().flat_map(|(_, points)| points).map(|point| point.1).fold(0.0, f64::max);
        let top = if most > 0.0 { most * 1.06 } else { 1.0 };
        let mut chart = ChartBuilder::on(&area)
            .margin_top(10)
            .margin_right(16)
            .margin_left(14)
            .margin_bottom(if last { 8 } else { 0 })
            .x_label_area_size(if last { 46 } else { 22 })
            .y_label_area_size(76)
            .build_cartesian_2d(0.0..self.end, 0.0..top)?;
        let x_title = if last { "simulated time, s" } else { "" };
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(0xdd, 0xdd, 0xdd))
            .axis_style(BLACK)
            .label_style((FONT, 14).into_font())
            .axis_desc_style((FONT, 15).into_font())
            .x_desc(x_title)
            .y_desc(panel.y_title)
            .x_labels(10)
            .y_labels(4)
            .x_label_formatter(&|value| tick(*value))
            .y_label_formatter(&|value| tick(*value))
            .draw()?;
        if self.warmup > 0.0 {
            let shade = RGBColor(0x88, 0x88, 0x88).mix(0.18).filled();
            chart.draw_series([Rectangle::new([(0.0, 0.0), (self.warmup, top)], shade)])?;
        }
        let mut y = 16;
        for (number, (label, points)) in panel.lines.iter().enumerate() {
            let style = COLOURS[number % COLOURS.len()].stroke_width(1);
            let dash = DASHES[(number + number / COLOURS.len()) % DASHES.len()];
            match dash {
                None => chart.draw_series(LineSeries::new(points.iter().copied(), style))?,
                Some((dash, gap)) => {
                    chart.draw_series(DashedLineSeries::new(points.iter().copied(), dash, gap, style))?
                }
            };
            // What there is no room to name is counted.
            let room = (panel.height as usize / LEGEND_LINE as usize).saturating_sub(4);
            if number > room {
                continue;
            }
            if number == room && panel.lines.len() > room + 1 {
                let more = format!("and {} more", panel.lines.len() - room);
                legend.draw(&Text::new(more, (48, y - 7), (FONT, 13).into_font().color(&BLACK)))?;
                continue;
            }
            let (from, to, step) = (4, 40, dash.unwrap_or((36, 0)));
            let mut x = from;
            while x < to {
                legend.draw(&PathElement::new([(x, y), ((x + step.0).min(to), y)], style.stroke_width(2)))?;
                x += step.0 + step.1.max(1);
            }
            legend.draw(&Text::new(label.clone(), (48, y - 7), (FONT, 13).into_font().color(&BLACK)))?;
            y += LEGEND_LINE;
        }
        if self.warmup > 0.0 && last {
            legend.draw(&Text::new("shaded: warm-up".to_owned(), (4, y + 4), (FONT, 13).into_font().color(&BLACK)))?;
        }
        Ok(())
    }
}
