//! Plots of a sweep, as SVG and PNG, readable in black and white.

mod anatomy;
mod chart;
mod panel;
mod planning;
mod residency;
mod series;

pub use chart::{Chart, Line, chart};
pub use planning::plot_plan;
pub use series::plot_run;

use super::Results;
use crate::error::{Error, Result};
use crate::experiment::AtomicFile;
use panel::{Panel, Quantity};
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::path::{Path, PathBuf};
use std::sync::Once;

/// The font of all text; it comes with the program, so that a plot needs nothing from the system.
const FONT: &str = "DejaVu Sans";
static FONT_BYTES: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans.ttf");

const WIDTH: u32 = 1000;
const HEIGHT: u32 = 720;
const TITLE_HEIGHT: i32 = 44;

/// Draws `throughput` and `faults`, `lifetime` where the load decides how many frames a process has, and `anatomy` where the paging device has one, each as SVG and PNG, into a folder; the files appear whole or not at all.
///
/// # Errors
/// [`Error::Write`] if a file cannot be written.
pub fn plot(results: &Results, dir: &Path) -> Result<Vec<PathBuf>> {
    register();
    let throughput = [
        Panel::new(vec![Quantity::new("throughput", "throughput")], false, 60),
        Panel::new(
            vec![Quantity::new("cpu_utilisation", "CPU"), Quantity::new("paging_utilisation", "paging device")],
            false,
            40,
        )
        .titled("utilisation")
        .up_to(1.0),
    ];
    let faults = [
        Panel::new(vec![Quantity::new("faults_per_second", "page faults")], false, 50),
        Panel::new(vec![Quantity::new("lifetime", "lifetime")], true, 50).titled("references between faults"),
    ];
    let mut written = Vec::new();
    for (name, panels) in [("throughput", &throughput), ("faults", &faults)] {
        written.extend(figure(&Panels { results, panels }, dir, name)?);
    }
    if let Some(curve) = lifetime_curve(results) {
        written.extend(figure(&curve, dir, "lifetime")?);
    }
    if let Some(stacks) = anatomy::stacks(results) {
        written.extend(figure(&stacks, dir, "anatomy")?);
    }
    Ok(written)
}

/// Lifetime by frames of a process, with its knee, where the load decides how many frames that is.
fn lifetime_curve(results: &Results) -> Option<Chart> {
    let mut lines = Vec::new();
    for curve in results.curves() {
        let Some(knee) = curve.lifetime else { continue };
        let mut points: Vec<(f64, f64)> = curve
            .points
            .iter()
            .zip(&knee.frames_per_process)
            .filter_map(|(point, frames)| Some((*frames, results.estimate(point.row, "lifetime")?.mean)))
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let label = if curve.label.is_empty() { "lifetime".to_owned() } else { curve.label.clone() };
        let intervals = curve.points.iter().zip(&knee.frames_per_process).filter_map(|(point, frames)| {
            let estimate = results.estimate(point.row, "lifetime")?;
            let half = estimate.half_width?;
            Some((*frames, estimate.mean - half, estimate.mean + half))
        });
        let mut band: Vec<(f64, f64, f64)> = intervals.collect();
        band.sort_by(|a, b| a.0.total_cmp(&b.0));
        let frames_at = |load: f64| {
            let found = curve.points.iter().zip(&knee.frames_per_process).find(|(point, _)| point.load == load);
            found.map(|(_, frames)| *frames)
        };
        let ends = frames_at(knee.place.low).zip(frames_at(knee.place.high)).filter(|(a, b)| a != b);
        let shaded = ends.map(|(a, b)| (a.min(b), a.max(b), "interval of the knee".to_owned()));
        let marks = vec![(knee.frames, knee.lifetime, format!("knee at {}", super::number::plain(knee.frames, 3)))];
        lines.push(Line { label, points, marks, band, shaded });
    }
    let title = if results.manifest.title.is_empty() { &results.manifest.name } else { &results.manifest.title };
    (!lines.is_empty()).then(|| Chart {
        title: title.clone(),
        x_title: "frames for each process".to_owned(),
        y_title: "references between faults".to_owned(),
        log_x: true,
        log_y: true,
        lines,
    })
}

fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // The bytes are a font: a test draws with them.
        let _ = register_font(FONT, FontStyle::Normal, FONT_BYTES);
    });
}

/// What can be drawn on either kind of surface.
trait Figure {
    /// Pixels.
    fn height(&self) -> u32 {
        HEIGHT
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, plotters::coord::Shift>) -> Drawn<DB>;
}

/// Panels one above the other.
struct Panels<'a> {
    results: &'a Results,
    panels: &'a [Panel],
}

impl Figure for Panels<'_> {
    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, plotters::coord::Shift>) -> Drawn<DB> {
        draw(root, self.results, self.panels)
    }
}

/// Draws a figure as SVG and PNG; the files appear whole or not at all.
fn figure(figure: &impl Figure, dir: &Path, name: &str) -> Result<[PathBuf; 2]> {
    let svg = dir.join(format!("{name}.svg"));
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (WIDTH, figure.height())).into_drawing_area();
        figure.draw(&root).map_err(|error| failed(&svg, error))?;
    }
    AtomicFile::replace(&svg, text.as_bytes())?;

    let png = dir.join(format!("{name}.png"));
    // The encoder chooses the format by the ending, and writes to a path only.
    let unfinished = dir.join(format!(".{name}.unfinished.png"));
    {
        let root = BitMapBackend::new(&unfinished, (WIDTH, figure.height())).into_drawing_area();
        figure.draw(&root).map_err(|error| failed(&png, error))?;
    }
    std::fs::rename(&unfinished, &png).map_err(|source| Error::Write { path: png.clone(), source })?;
    Ok([svg, png])
}

fn failed(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::Write { path: path.to_owned(), source: std::io::Error::other(error.to_string()) }
}

type Drawn<DB> = std::result::Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

fn draw<DB: DrawingBackend>(
    root: &DrawingArea<DB, plotters::coord::Shift>,
    results: &Results,
    panels: &[Panel],
) -> Drawn<DB> {
    root.fill(&WHITE)?;
    let (head, mut rest) = root.split_vertically(TITLE_HEIGHT);
    let title = if results.manifest.title.is_empty() { &results.manifest.name } else { &results.manifest.title };
    let style = (FONT, 20).into_font().color(&BLACK);
    head.draw(&Text::new(title.clone(), (24, 14), style))?;
    let curves = results.curves();
    let height = HEIGHT as i32 - TITLE_HEIGHT;
    // One for all, so that their axes stand below each other.
    let legend = panels.iter().map(|panel| panel.legend_width(results, &curves)).max().unwrap_or(0);
    for (number, panel) in panels.iter().enumerate() {
        let last = number + 1 == panels.len();
        let area = if last {
            rest.clone()
        } else {
            let (area, below) = rest.split_vertically(height * panel.share / 100);
            rest = below;
            area
        };
        panel.draw(&area, results, &curves, legend, last)?;
    }
    root.present()
}
