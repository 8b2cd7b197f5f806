//! Where the time of a request at the paging device goes: one stacked bar for each cell of a curve, or, where a sweep has
//! several curves, one for each curve at its highest load.

use super::super::Results;
use super::super::number::{plain, tick};
use super::{Drawn, FONT, Figure, TITLE_HEIGHT};
use plotters::coord::Shift;
use plotters::prelude::*;

const PREFIX: &str = "anatomy_";
const LEGEND_WIDTH: i32 = 150;
/// Bars of devices that differ by more than this would be too small to see beside each other: shares are drawn instead.
const COMPARABLE: f64 = 20.0;

/// Colours whose lightness differs from that of their neighbours in the order of the stack, for those who see no colour.
const COLOURS: [RGBColor; 12] = [
    RGBColor(0x2b, 0x2b, 0x2b),
    RGBColor(0xe6, 0xb8, 0x5c),
    RGBColor(0x7a, 0x3b, 0x69),
    RGBColor(0xc9, 0xc9, 0xc9),
    RGBColor(0x1b, 0x4f, 0x8f),
    RGBColor(0xf2, 0xa0, 0x7b),
    RGBColor(0x2e, 0x7d, 0x32),
    RGBColor(0xb5, 0xe0, 0xa8),
    RGBColor(0xc0, 0x50, 0x1f),
    RGBColor(0x9c, 0xd3, 0xe6),
    RGBColor(0x5d, 0x40, 0x37),
    RGBColor(0xd9, 0xd0, 0xf0),
];

struct Bar {
    label: String,
    /// Seconds by component, in the order of the stack.
    parts: Vec<f64>,
}

/// See the module.
pub(super) struct Stacks {
    title: String,
    x_title: String,
    /// Name and colour of each component that some bar has.
    components: Vec<(String, RGBColor)>,
    bars: Vec<Bar>,
}

/// The bars; `None` if no cell has an anatomy.
pub(super) fn stacks(results: &Results) -> Option<Stacks> {
    let metrics = crate::metrics::METRICS.iter().filter(|metric| metric.name.starts_with(PREFIX));
    let value = |row: usize, metric: &str| results.estimate(row, metric).map_or(0.0, |estimate| estimate.mean);
    let curves = results.curves();
    let title = if results.manifest.title.is_empty() { &results.manifest.name } else { &results.manifest.title };
    let (cells, x_title): (Vec<(String, usize)>, String) = match curves.as_slice() {
        [curve] => {
            let cells = curve.points.iter().map(|point| (tick(point.load), point.row)).collect();
            (cells, results.load_title())
        }
        several => {
            let last = several.iter().filter_map(|curve| {
                // The highest load at which there is something to show.
                let point = curve.points.iter().rev().find(|point| {
                    results.estimate(point.row, "paging_latency_mean").is_some_and(|estimate| estimate.mean > 0.0)
                })?;
                Some((curve.label.clone(), point.row))
            });
            (last.collect(), format!("each at its highest load, {}", results.load_title()))
        }
    };
    let has = |name: &str| cells.iter().any(|(_, row)| value(*row, name) > 0.0);
    let components: Vec<(&str, RGBColor)> =
        metrics.map(|metric| metric.name).zip(COLOURS).filter(|(name, _)| has(name)).collect();
    let bars: Vec<Bar> = cells
        .iter()
        .map(|(label, row)| {
            let parts = components.iter().map(|(name, _)| value(*row, name)).collect();
            Bar { label: label.clone(), parts }
        })
        .filter(|bar: &Bar| bar.parts.iter().sum::<f64>() > 0.0)
        .collect();
    let named = components.into_iter().map(|(name, colour)| (name.trim_start_matches(PREFIX).to_owned(), colour));
    let stacks = Stacks { title: title.clone(), x_title, components: named.collect(), bars };
    (!stacks.bars.is_empty()).then_some(stacks)
}

impl Figure for Stacks {
    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        root.fill(&WHITE)?;
        let (head, rest) = root.split_vertically(TITLE_HEIGHT);
        head.draw(&Text::new(self.title.clone(), (24, 14), (FONT, 20).into_font().color(&BLACK)))?;
        let width = rest.dim_in_pixel().0 as i32;
        let (chart_area, legend_area) = rest.split_horizontally(width - LEGEND_WIDTH);
        let totals: Vec<f64> = self.bars.iter().map(|bar| bar.parts.iter().sum()).collect();
        let (least, most) =
            (totals.iter().copied().fold(f64::INFINITY, f64::min), totals.iter().copied().fold(0.0, f64::max));
        let shares = most > COMPARABLE * least;
        let (scale, unit) = match most {
            _ if shares => (100.0, "share of the mean request, %"),
            1.0.. => (1.0, "mean request, s"),
            1e-3.. => (1e3, "mean request, ms"),
            _ => (1e6, "mean request, us"),
        };
        let top = if shares { 112.0 } else { most * scale * 1.12 };
        let count = self.bars.len();
        let slanted = count > 8 && self.bars.iter().any(|bar| bar.label.len() > 3);
        let mut chart = ChartBuilder::on(&chart_area)
            .margin_top(14)
            .margin_right(16)
            .margin_left(14)
            .margin_bottom(10)
            .x_label_area_size(if slanted { 128 } else { 52 })
            .y_label_area_size(76)
            .build_cartesian_2d(-0.6..count as f64 - 0.4, 0.0..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(0xdd, 0xdd, 0xdd))
            .axis_style(BLACK)
            .label_style((FONT, 15).into_font())
            .axis_desc_style((FONT, 16).into_font())
            .x_labels(0)
            .y_desc(unit)
            .y_label_formatter(&|value| tick(*value))
            .draw()?;
        let small = || (FONT, 13).into_font().color(&BLACK);
        for (number, (bar, total)) in self.bars.iter().zip(&totals).enumerate() {
            let at = number as f64;
            let factor = if shares { scale / total } else { scale };
            let mut low = 0.0;
            for (part, (_, colour)) in bar.parts.iter().zip(&self.components) {
                let high = low + part * factor;
                chart.draw_series([Rectangle::new([(at - 0.36, low), (at + 0.36, high)], colour.filled())])?;
                low = high;
            }
            let above = chart.backend_coord(&(at, low));
            let base = chart.backend_coord(&(at, 0.0));
            let place = |text: &str, size: i32| (text.chars().count() as i32 * size) / 2;
            let length = duration(*total);
            root.draw(&Text::new(length.clone(), (above.0 - place(&length, 7), above.1 - 16), small()))?;
            if slanted {
                let style = small().transform(FontTransform::Rotate270);
                let down = bar.label.chars().count() as i32 * 8;
                root.draw(&Text::new(bar.label.clone(), (base.0 - 7, base.1 + 8 + down), style))?;
            } else {
                root.draw(&Text::new(bar.label.clone(), (base.0 - place(&bar.label, 8), base.1 + 8), small()))?;
            }
        }
        let (_, height) = root.dim_in_pixel();
        root.draw(&Text::new(
            self.x_title.clone(),
            ((width - LEGEND_WIDTH) / 2 - self.x_title.chars().count() as i32 * 4, height as i32 - 26),
            (FONT, 16).into_font().color(&BLACK),
        ))?;
        for (number, (name, colour)) in self.components.iter().rev().enumerate() {
            let y = 24 + number as i32 * 24;
            legend_area.draw(&Rectangle::new([(4, y - 8), (34, y + 8)], colour.filled()))?;
            legend_area.draw(&Text::new(name.clone(), (42, y - 7), (FONT, 14).into_font().color(&BLACK)))?;
        }
        Ok(())
    }
}

/// Seconds, in the unit that a person would choose.
fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        1.0.. => (seconds, "s"),
        1e-3.. => (seconds * 1e3, "ms"),
        _ => (seconds * 1e6, "us"),
    };
    format!("{} {unit}", plain(value, 3))
}
