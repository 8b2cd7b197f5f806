//! The curve behind a plan: what was run, what satisfies the requirements, peak, answer and collapse.

use super::super::number::tick;
use super::{Drawn, FONT, Figure, TITLE_HEIGHT, figure, register};
use crate::error::Result;
use crate::experiment::plan::{Answer, Found, Sought};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::series::DashedLineSeries;
use std::path::{Path, PathBuf};

const LEGEND_WIDTH: i32 = 230;
const LINE: RGBColor = RGBColor(0x1b, 0x4f, 0x8f);
const FAILS: RGBColor = RGBColor(0xc0, 0x50, 0x1f);

/// Draws the answer as `plan.svg` and `plan.png`.
///
/// # Errors
/// [`crate::error::Error::Write`] if a file cannot be written.
pub fn plot_plan(answer: &Answer, dir: &Path) -> Result<[PathBuf; 2]> {
    register();
    figure(&PlanFigure { answer }, dir, "plan")
}

struct PlanFigure<'a> {
    answer: &'a Answer,
}

impl Figure for PlanFigure<'_> {
    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let answer = self.answer;
        root.fill(&WHITE)?;
        let (head, rest) = root.split_vertically(TITLE_HEIGHT);
        let title = if answer.title.is_empty() { &answer.scenario } else { &answer.title };
        head.draw(&Text::new(title.clone(), (24, 14), (FONT, 20).into_font().color(&BLACK)))?;
        let (area, legend) = rest.split_horizontally(rest.dim_in_pixel().0 as i32 - LEGEND_WIDTH);
        let curve = &answer.curve;
        let at = |value: &str| curve.iter().find(|point| point.value == value).map(|point| point.number);
        let (first, last) = (curve.first().map_or(0.0, |p| p.number), curve.last().map_or(1.0, |p| p.number));
        let wide = first > 0.0 && last / first > 50.0;
        let scale = |number: f64| if wide { libm::log10(number) } else { number };
        let (left, right) = (scale(first), scale(last).max(scale(first) + 1e-9));
        let margin = (right - left) * 0.02;
        let top = curve.iter().map(|point| point.throughput + point.half_width.unwrap_or(0.0)).fold(0.0, f64::max);
        let top = if top > 0.0 { top * 1.08 } else { 1.0 };
        let mut chart = ChartBuilder::on(&area)
            .margin_top(14)
            .margin_right(24)
            .margin_left(14)
            .margin_bottom(10)
            .x_label_area_size(52)
            .y_label_area_size(76)
            .build_cartesian_2d(left - margin..right + margin, 0.0..top)?;
        // Values are named as the scenario writes them, where they were run.
        let unit = curve.first().and_then(|point| point.value.split_once(' ')).map_or("", |(_, unit)| unit);
        let factor = curve.first().map_or(1.0, |point| {
            let digits = point.value.split_once(' ').map_or(point.value.as_str(), |(digits, _)| digits);
            digits
                .replace('_', "")
                .parse::<f64>()
                .map_or(1.0, |shown| if shown == 0.0 { 1.0 } else { point.number / shown })
        });
        let label = |value: &f64| {
            let number = if wide { libm::pow(10.0, *value) } else { *value };
            let rounded = format!("{:.3}", number / factor).parse().unwrap_or(number);
            if wide { tick(format!("{rounded:.2e}").parse().unwrap_or(rounded)) } else { tick(rounded) }
        };
        let key = answer.key.strip_prefix("process.").unwrap_or(&answer.key);
        let x_title = if unit.is_empty() { key.to_owned() } else { format!("{key}, {unit}") };
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(0xdd, 0xdd, 0xdd))
            .axis_style(BLACK)
            .label_style((FONT, 15).into_font())
            .axis_desc_style((FONT, 16).into_font())
            .x_desc(x_title)
            .y_desc("throughput, jobs/s")
            .x_labels(12)
            .x_label_formatter(&label)
            .y_label_formatter(&|value| tick(*value))
            .draw()?;
        let mut notes: Vec<(Mark, String)> = Vec::new();
        if let Found::Value { value, low, high, .. } = &answer.found {
            if let (Some(low_at), Some(high_at)) = (at(low), at(high))
                && low != high
            {
                let shade = RGBColor(0x88, 0x88, 0x88).mix(0.18).filled();
                chart.draw_series([Rectangle::new([(scale(low_at), 0.0), (scale(high_at), top)], shade)])?;
            }
            if let Some(number) = at(value) {
                let ends = [(scale(number), 0.0), (scale(number), top)];
                chart.draw_series(DashedLineSeries::new(ends, 3, 3, BLACK.stroke_width(1)))?;
                let word = if answer.sought == Sought::Largest { "largest" } else { "smallest" };
                notes.push((Mark::Dashed, format!("{word}: {value}")));
                if low != high {
                    notes.push((Mark::None, format!("(shaded: {low} to {high})")));
                }
            }
        }
        let band: Vec<(f64, f64)> = curve
            .iter()
            .map(|point| (scale(point.number), point.throughput + point.half_width.unwrap_or(0.0)))
            .chain(
                curve
                    .iter()
                    .rev()
                    .map(|point| (scale(point.number), (point.throughput - point.half_width.unwrap_or(0.0)).max(0.0))),
            )
            .collect();
        chart.draw_series([Polygon::new(band, LINE.mix(0.22).filled())])?;
        chart.draw_series(LineSeries::new(
            curve.iter().map(|point| (scale(point.number), point.throughput)),
            LINE.stroke_width(2),
        ))?;
        for point in curve {
            let place = (scale(point.number), point.throughput);
            let colour = if point.satisfies { LINE } else { FAILS };
            let fill = if point.converged { colour.filled() } else { WHITE.filled() };
            if point.satisfies {
                chart.draw_series([Circle::new(place, 4, fill), Circle::new(place, 4, colour.stroke_width(1))])?;
            } else {
                chart.draw_series([TriangleMarker::new(place, 6, colour.filled())])?;
                if !point.converged {
                    // A triangle is always filled: the white one inside makes it hollow.
                    chart.draw_series([TriangleMarker::new(place, 3, WHITE.filled())])?;
                }
            }
        }
        let mut y = 24;
        let font = || (FONT, 14).into_font().color(&BLACK);
        let requirements: Vec<String> =
            answer.requirements.iter().map(|requirement| requirement.text.clone()).collect();
        legend.draw(&Text::new("required:".to_owned(), (4, y - 7), font()))?;
        y += 20;
        for requirement in requirements {
            legend.draw(&Text::new(requirement, (12, y - 7), (FONT, 13).into_font().color(&BLACK)))?;
            y += 20;
        }
        y += 10;
        notes.insert(0, (Mark::Holds, "satisfies all".to_owned()));
        notes.insert(1, (Mark::Fails, "does not".to_owned()));
        notes.push((Mark::None, format!("peak at {}", answer.peak.value)));
        if let Some(collapse) = &answer.collapse {
            notes.push((Mark::None, format!("collapse from {}", collapse.value)));
        }
        if curve.iter().any(|point| !point.converged) {
            notes.push((Mark::Hollow, "not settled".to_owned()));
        }
        for (mark, words) in notes {
            match mark {
                Mark::Holds => legend.draw(&Circle::new((14, y), 4, LINE.filled()))?,
                Mark::Fails => legend.draw(&TriangleMarker::new((14, y), 6, FAILS.filled()))?,
                Mark::Hollow => legend.draw(&Circle::new((14, y), 4, LINE.stroke_width(1)))?,
                Mark::Dashed => {
                    for piece in 0..3 {
                        let from = y - 9 + piece * 6;
                        legend.draw(&PathElement::new([(14, from), (14, from + 3)], BLACK))?;
                    }
                }
                Mark::None => {}
            }
            legend.draw(&Text::new(words, (28, y - 7), font()))?;
            y += 22;
        }
        root.present()
    }
}

enum Mark {
    Holds,
    Fails,
    Hollow,
    Dashed,
    None,
}
