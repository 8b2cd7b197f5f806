//! A run over time: memory by process or class, free frames, faults, the device's queue, memory pressure; and the distribution of its
//! response times.

use super::super::number::tick;
use super::super::run_folder::RunFolder;
use super::chart::{Chart, Line};
use super::panel::{COLOURS, dashes};
use super::residency::Residency;
use super::{Drawn, FONT, Figure, TITLE_HEIGHT, figure, register};
use crate::error::Result;
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::series::DashedLineSeries;
use std::path::{Path, PathBuf};

const LEGEND_WIDTH: i32 = 190;
const PANEL_HEIGHT: u32 = 190;
/// The panel of memory is taller: it has a layer for each process.
const MEMORY_HEIGHT: u32 = 300;
const LEGEND_LINE: i32 = 14;

/// Draws the run in a folder into it: `series`, and `residency` and `response` where it has them.
///
/// # Errors
/// [`crate::error::Error::Read`] or [`crate::error::Error::Data`] for files that cannot be read, [`crate::error::Error::Write`].
pub fn plot_run(dir: &Path) -> Result<Vec<PathBuf>> {
    register();
    let run = RunFolder::load(dir)?;
    let title = title(&run);
    let mut files = figure(&Panels::of(&run, title.clone()), dir, "series")?.to_vec();
    if let Some(residency) = Residency::of(&run, title.clone()) {
        files.extend(figure(&residency, dir, "residency")?);
    }
    if !run.responses.is_empty() {
        files.extend(figure(&responses(&run, title), dir, "response")?);
    }
    Ok(files)
}

/// What was run: `thrashing, one run: 14 worker`.
fn title(run: &RunFolder) -> String {
    let mut classes: Vec<(&str, usize)> = Vec::new();
    for (name, _) in &run.record.spaces {
        // What has no number is a memory object.
        let Some((class, _)) = name.split_once('#') else { continue };
        match classes.last_mut().filter(|(last, _)| *last == class) {
            Some((_, count)) => *count += 1,
            None => classes.push((class, 1)),
        }
    }
    let classes: Vec<String> = classes.iter().map(|(class, count)| format!("{count} {class}")).collect();
    let settled = if run.record.stationary { "" } else { " (not settled)" };
    format!("{}, one run: {}{settled}", run.record.name, classes.join(", "))
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

/// The axes of a panel.
type PanelChart<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// A label and points.
type Curve = (String, Vec<(f64, f64)>);

struct Panel {
    y_title: &'static str,
    height: u32,
    lines: Vec<Curve>,
    /// Whether the lines are parts of a whole, one above the other.
    stacked: bool,
}

impl Panel {
    fn new(y_title: &'static str, lines: Vec<Option<Curve>>) -> Panel {
        Panel { y_title, height: PANEL_HEIGHT, lines: lines.into_iter().flatten().collect(), stacked: false }
    }
}

/// Words for what `memory.csv` counts beside the processes.
const OTHERS: [(&str, &str); 6] = [
    ("shared", "shared pages"),
    ("read_ahead", "read ahead"),
    ("in_transit", "on the way in or out"),
    ("wired", "kernel, page tables"),
    ("lent", "lent to the device"),
    ("free", "free"),
];

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
        // Layers that are empty all the time are none.
        let memory = run.memory.names.iter().skip(1).filter_map(|name| {
            let points = run.memory.line(name)?;
            let known = OTHERS.iter().find(|(column, _)| column == name);
            let label = known.map_or(name.as_str(), |(_, words)| words).to_owned();
            points.iter().any(|point| point.1 > 0.0).then_some((label, points))
        });
        let memory = Panel { y_title: "frames", height: MEMORY_HEIGHT, lines: memory.collect(), stacked: true };
        let psi = series.names.iter().filter(|name| name.starts_with("psi_"));
        let psi = psi.map(|name| line(name, &name["psi_".len()..].replace('_', " "))).collect();
        let of_memory = |name: &str, label: &str| Some((label.to_owned(), run.memory.line(name)?));
        let panels = [
            memory,
            Panel::new("frames", vec![of_memory("free", "free"), of_memory("in_transit", "on the way in or out")]),
            Panel::new(
                "1/s",
                vec![
                    line("faults_per_second", "faults"),
                    line("major_faults_per_second", "major faults"),
                    line("page_outs_per_second", "page-outs"),
                ],
            ),
            Panel::new("requests", vec![line("paging_queue", "at the paging device")]),
            Panel::new("utilisation", vec![line("cpu_utilisation", "CPU")]),
            Panel::new("pressure", psi),
            Panel::new("processes", vec![line("active_processes", "active")]),
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
        let most = if panel.stacked {
            let sum = |row: usize| panel.lines.iter().filter_map(|(_, points)| Some(points.get(row)?.1)).sum::<f64>();
            (0..panel.lines.first().map_or(0, |line| line.1.len())).map(sum).fold(0.0, f64::max)
        } else {
            panel.lines.iter().flat_map(|(_, points)| points).map(|point| point.1).fold(0.0, f64::max)
        };
        let top = if most > 0.0 { most * if panel.stacked { 1.0 } else { 1.06 } } else { 1.0 };
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
        if panel.stacked {
            stack(&mut chart, &panel.lines)?;
        }
        if self.warmup > 0.0 {
            let shade = RGBColor(0x88, 0x88, 0x88).mix(0.18).filled();
            chart.draw_series([Rectangle::new([(0.0, 0.0), (self.warmup, top)], shade)])?;
        }
        if panel.stacked {
            return layers(&legend, panel);
        }
        let mut y = 16;
        for (number, (label, points)) in panel.lines.iter().enumerate() {
            let style = COLOURS[number % COLOURS.len()].stroke_width(1);
            let dash = dashes(number);
            match dash {
                None => chart.draw_series(LineSeries::new(points.iter().copied(), style))?,
                Some((dash, gap)) => {
                    chart.draw_series(DashedLineSeries::new(points.iter().copied(), dash, gap, style))?
                }
            };
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

/// The colour of a layer: the processes go round the colours, every other one paler, so that neighbours differ in lightness too; what is no
/// process's is grey, and what is free is white.
fn shade(number: usize, label: &str) -> RGBColor {
    match OTHERS.iter().position(|(_, words)| *words == label) {
        Some(5) => WHITE,
        Some(place) => [0x60, 0x78, 0x90, 0xa8, 0xc0].get(place).map_or(WHITE, |&grey| RGBColor(grey, grey, grey)),
        None => {
            let RGBColor(r, g, b) = COLOURS[number % COLOURS.len()];
            let towards_white = [0.15, 0.55][number % 2] + 0.12 * (number / COLOURS.len() % 3) as f64;
            let mix = |part: u8| (f64::from(part) + (255.0 - f64::from(part)) * towards_white) as u8;
            RGBColor(mix(r), mix(g), mix(b))
        }
    }
}

/// Layers one above the other, the first at the bottom.
fn stack<DB: DrawingBackend>(chart: &mut PanelChart<'_, DB>, lines: &[Curve]) -> Drawn<DB> {
    let mut below: Vec<(f64, f64)> =
        lines.first().map_or(Vec::new(), |line| line.1.iter().map(|p| (p.0, 0.0)).collect());
    for (number, (label, points)) in lines.iter().enumerate() {
        let above: Vec<(f64, f64)> = below.iter().zip(points).map(|(low, point)| (low.0, low.1 + point.1)).collect();
        let outline: Vec<(f64, f64)> = above.iter().copied().chain(below.iter().rev().copied()).collect();
        chart.draw_series([Polygon::new(outline, shade(number, label).filled())])?;
        below = above;
    }
    Ok(())
}

/// The names of layers, the topmost first; what there is no room to name is counted.
fn layers<DB: DrawingBackend>(legend: &DrawingArea<DB, Shift>, panel: &Panel) -> Drawn<DB> {
    let small = || (FONT, 13).into_font().color(&BLACK);
    let room = (panel.height as usize / LEGEND_LINE as usize).saturating_sub(3);
    let mut y = 16;
    let named = if panel.lines.len() > room { room - 1 } else { room };
    for (number, (label, _)) in panel.lines.iter().enumerate().rev().take(named) {
        legend.draw(&Rectangle::new([(4, y - 5), (40, y + 5)], shade(number, label).filled()))?;
        legend.draw(&Rectangle::new([(4, y - 5), (40, y + 5)], BLACK.mix(0.4).stroke_width(1)))?;
        legend.draw(&Text::new(label.clone(), (48, y - 7), small()))?;
        y += LEGEND_LINE;
    }
    if panel.lines.len() > named {
        legend.draw(&Text::new(format!("and {} more", panel.lines.len() - named), (48, y - 7), small()))?;
    }
    Ok(())
}
