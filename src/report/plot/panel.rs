//! One panel: a horizontal axis of loads, one or more quantities with their interval bands, the knee, and a legend beside it.

use super::super::number::tick;
use super::super::{Curve, Results};
use super::{Drawn, FONT};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::series::DashedLineSeries;

/// What a line of a panel shows.
pub(super) struct Quantity {
    metric: &'static str,
    label: &'static str,
}

impl Quantity {
    pub fn new(metric: &'static str, label: &'static str) -> Quantity {
        Quantity { metric, label }
    }
}

/// See the module.
pub(super) struct Panel {
    quantities: Vec<Quantity>,
    title: Option<&'static str>,
    logarithmic: bool,
    top: Option<f64>,
    /// Per cent of the figure's height.
    pub share: i32,
}

/// Width of a legend with these labels, in pixels: the longest fits, unless little would be left of the plot.
pub(super) fn legend_width<'a>(labels: impl Iterator<Item = &'a str>, least: i32) -> i32 {
    let longest = labels.map(|label| label.chars().count() as i32).max().unwrap_or(0);
    (56 + 7 * longest).clamp(least, 340)
}

/// Lines differ by dash and marker first, and by colour only for those who see it.
pub(super) const COLOURS: [RGBColor; 12] = [
    RGBColor(0x1b, 0x4f, 0x8f),
    RGBColor(0xc0, 0x50, 0x1f),
    RGBColor(0x2e, 0x7d, 0x32),
    RGBColor(0x6a, 0x1b, 0x9a),
    RGBColor(0x5d, 0x40, 0x37),
    RGBColor(0x45, 0x5a, 0x64),
    RGBColor(0x00, 0x97, 0xa7),
    RGBColor(0xc2, 0x18, 0x5b),
    RGBColor(0x7c, 0x86, 0x10),
    RGBColor(0x11, 0x11, 0x11),
    RGBColor(0xe0, 0x8e, 0x00),
    RGBColor(0x64, 0x8f, 0xff),
];
const DASHES: [Option<(i32, i32)>; 4] = [None, Some((8, 5)), Some((2, 4)), Some((14, 4))];

/// The dashes of a line. Beyond the colours they change, so that no two of two dozen lines look alike.
pub(super) fn dashes(number: usize) -> Option<(i32, i32)> {
    DASHES[(number + number / COLOURS.len()) % DASHES.len()]
}

/// A line ready to draw: load, mean and ends of the interval, on the axis's own scale.
struct Line {
    label: String,
    points: Vec<(f64, f64, f64, f64, bool)>,
    /// Where it has its knee, if each of several is to be marked.
    knee: Option<(f64, f64)>,
}

impl Panel {
    pub fn new(quantities: Vec<Quantity>, logarithmic: bool, share: i32) -> Panel {
        Panel { quantities, title: None, logarithmic, top: None, share }
    }

    /// Overrides the title of the vertical axis.
    pub fn titled(mut self, title: &'static str) -> Panel {
        self.title = Some(title);
        self
    }

    /// Fixes the top of the vertical axis.
    pub fn up_to(mut self, top: f64) -> Panel {
        self.top = Some(top);
        self
    }

    fn lines(&self, results: &Results, curves: &[Curve]) -> Vec<Line> {
        let scale = |y: f64| if self.logarithmic { libm::log10(y) } else { y };
        let mut lines = Vec::new();
        for quantity in &self.quantities {
            for curve in curves {
                let points = curve.points.iter().filter_map(|point| {
                    let estimate = results.estimate(point.row, quantity.metric)?;
                    if self.logarithmic && estimate.mean <= 0.0 {
                        return None;
                    }
                    let half = estimate.half_width.unwrap_or(0.0);
                    // On a logarithmic axis an interval that reaches zero is drawn down to a tenth of the mean.
                    let floor = if self.logarithmic { estimate.mean / 10.0 } else { 0.0 };
                    let low = (estimate.mean - half).max(floor);
                    let converged = results.rows[point.row].converged;
                    Some((point.load, scale(estimate.mean), scale(low), scale(estimate.mean + half), converged))
                });
                let points: Vec<_> = points.collect();
                let knee = curve.knee.as_ref().filter(|_| curves.len() > 1 && quantity.metric == "throughput");
                let label = match (self.quantities.len(), curve.label.is_empty()) {
                    (_, true) => quantity.label.to_owned(),
                    (1, false) => {
                        let knee = knee.map_or_else(String::new, |knee| format!(", knee {}", tick(knee.load)));
                        format!("{}{knee}", curve.label)
                    }
                    (_, false) => format!("{}, {}", quantity.label, curve.label),
                };
                let knee = knee.and_then(|knee| points.iter().find(|point| point.0 == knee.load));
                let knee = knee.map(|point| (point.0, point.1));
                lines.push(Line { label, points, knee });
            }
        }
        lines
    }

    /// The width that its legend needs.
    pub fn legend_width(&self, results: &Results, curves: &[Curve]) -> i32 {
        legend_width(self.lines(results, curves).iter().map(|line| line.label.as_str()), 190)
    }

    /// The range of the vertical axis.
    fn range(&self, lines: &[Line]) -> (f64, f64) {
        let all = lines.iter().flat_map(|line| &line.points);
        let high = all.clone().map(|point| point.3).fold(f64::NEG_INFINITY, f64::max);
        let low = all.map(|point| point.2).fold(f64::INFINITY, f64::min);
        if !high.is_finite() || !low.is_finite() {
            return (0.0, 1.0);
        }
        if self.logarithmic {
            return (libm::floor(low), libm::ceil(high).max(libm::floor(low) + 1.0));
        }
        let high = self.top.map_or(high, |top| top.max(high));
        (0.0, if high > 0.0 { high * 1.05 } else { 1.0 })
    }

    pub fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        results: &Results,
        curves: &[Curve],
        legend_width: i32,
        last: bool,
    ) -> Drawn<DB> {
        let lines = self.lines(results, curves);
        let (bottom, top) = self.range(&lines);
        let loads = || curves.iter().flat_map(|curve| &curve.points).map(|point| point.load);
        let (mut left, mut right) = (loads().fold(f64::INFINITY, f64::min), loads().fold(f64::NEG_INFINITY, f64::max));
        if !left.is_finite() || left == right {
            (left, right) = if left.is_finite() { (left - 1.0, left + 1.0) } else { (0.0, 1.0) };
        }
        let margin = (right - left) * 0.02;
        let width = area.dim_in_pixel().0 as i32;
        let (chart_area, legend_area) = area.split_horizontally(width - legend_width);
        let mut chart = ChartBuilder::on(&chart_area)
            .margin_top(14)
            .margin_right(16)
            .margin_left(14)
            .margin_bottom(if last { 10 } else { 2 })
            .x_label_area_size(if last { 52 } else { 24 })
            .y_label_area_size(76)
            .build_cartesian_2d(left - margin..right + margin, bottom..top)?;
        let logarithmic = self.logarithmic;
        let y_label = |value: &f64| {
            if logarithmic {
                // Only whole powers of ten are named.
                if (value - libm::round(*value)).abs() < 1e-9 { power(*value) } else { String::new() }
            } else {
                tick(*value)
            }
        };
        let categories = results.load_axis().is_none();
        let x_label = |value: &f64| {
            if !categories {
                return tick(*value);
            }
            let row = libm::round(*value);
            let cell = results.rows.get(row as usize).filter(|_| (row - value).abs() < 1e-9 && row >= 0.0);
            cell.map_or(String::new(), |cell| cell.coordinates.join(", "))
        };
        let title = self.title.map_or_else(|| Results::metric_title(self.quantities[0].metric), str::to_owned);
        let x_title = if last { results.load_title() } else { String::new() };
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(0xdd, 0xdd, 0xdd))
            .axis_style(BLACK)
            .label_style((FONT, 15).into_font())
            .axis_desc_style((FONT, 16).into_font())
            .x_desc(x_title)
            .y_desc(title)
            .x_labels(12)
            .y_labels(if logarithmic { (top - bottom) as usize + 1 } else { 6 })
            .x_label_formatter(&x_label)
            .y_label_formatter(&y_label)
            .draw()?;

        let mut notes = Notes::default();
        // Of several curves each has its knee ringed below, since lines and shades would only cover one another.
        if let [Curve { knee: Some(knee), .. }] = curves {
            if knee.high > knee.low {
                let shade = RGBColor(0x88, 0x88, 0x88).mix(0.18).filled();
                chart.draw_series([Rectangle::new([(knee.low, bottom), (knee.high, top)], shade)])?;
                notes.knee_interval = Some((knee.low, knee.high));
            }
            chart.draw_series(DashedLineSeries::new(
                [(knee.load, bottom), (knee.load, top)],
                3,
                3,
                BLACK.stroke_width(1),
            ))?;
            notes.knee = Some(knee.load);
        }
        for (number, line) in lines.iter().enumerate() {
            let colour = COLOURS[number % COLOURS.len()];
            let band: Vec<(f64, f64)> = line
                .points
                .iter()
                .map(|point| (point.0, point.3))
                .chain(line.points.iter().rev().map(|point| (point.0, point.2)))
                .collect();
            if line.points.iter().any(|point| point.3 > point.2) {
                chart.draw_series([Polygon::new(band, colour.mix(0.22).filled())])?;
                notes.band = true;
            }
            let means = line.points.iter().map(|point| (point.0, point.1));
            let style = colour.stroke_width(2);
            match dashes(number) {
                None => chart.draw_series(LineSeries::new(means, style))?,
                Some((dash, gap)) => chart.draw_series(DashedLineSeries::new(means, dash, gap, style))?,
            };
            for point in &line.points {
                let at = (point.0, point.1);
                if !point.4 {
                    notes.unsettled = true;
                }
                let fill = if point.4 { colour.filled() } else { WHITE.filled() };
                if number % 3 == 1 {
                    // A triangle is always filled: a smaller one inside makes it hollow.
                    marker(&mut chart, number, at, colour.filled())?;
                    if !point.4 {
                        chart.draw_series([TriangleMarker::new(at, 3, WHITE.filled())])?;
                    }
                    continue;
                }
                marker(&mut chart, number, at, fill)?;
                marker(&mut chart, number, at, colour.stroke_width(1))?;
            }
        }
        let rings = lines.iter().filter_map(|line| line.knee).map(|at| Circle::new(at, 9, BLACK.stroke_width(2)));
        notes.rings = rings.clone().next().is_some();
        chart.draw_series(rings)?;
        // The two modes of a cell that has them, where throughput is drawn linearly.
        if !self.logarithmic && self.quantities.iter().any(|quantity| quantity.metric == "throughput") {
            for point in curves.iter().flat_map(|curve| &curve.points) {
                let Some(modes) = results.modes(point.row) else { continue };
                notes.modes = true;
                let places = [(point.load, modes.low), (point.load, modes.high)];
                chart.draw_series(places.map(|at| Cross::new(at, 5, BLACK.stroke_width(2))))?;
            }
        }
        legend(&legend_area, &lines, &notes, results)
    }
}

fn marker<DB: DrawingBackend>(
    chart: &mut ChartContext<
        '_,
        DB,
        Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
    >,
    number: usize,
    at: (f64, f64),
    style: ShapeStyle,
) -> Drawn<DB> {
    match number % 3 {
        0 => chart.draw_series([Circle::new(at, 4, style)])?,
        1 => chart.draw_series([TriangleMarker::new(at, 5, style)])?,
        _ => chart.draw_series([EmptyElement::at(at) + Rectangle::new([(-4, -4), (4, 4)], style)])?,
    };
    Ok(())
}

/// What the legend has to explain besides the lines.
#[derive(Default)]
struct Notes {
    band: bool,
    unsettled: bool,
    modes: bool,
    rings: bool,
    knee: Option<f64>,
    knee_interval: Option<(f64, f64)>,
}

fn legend<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    lines: &[Line],
    notes: &Notes,
    results: &Results,
) -> Drawn<DB> {
    let font = || (FONT, 14).into_font().color(&BLACK);
    let small = || (FONT, 13).into_font().color(&RGBColor(0x33, 0x33, 0x33));
    let mut y = 24;
    // What does not fit is counted; a plot above or the table has it.
    let room = ((area.dim_in_pixel().1 as i32 - y) / 24 - 4).max(1) as usize;
    let shown = if lines.len() <= room + 3 { lines.len() } else { room };
    for (number, line) in lines.iter().take(shown).enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let (from, to, step) = (4, 40, dashes(number).unwrap_or((36, 0)));
        let mut x = from;
        while x < to {
            let piece = [(x, y), ((x + step.0).min(to), y)];
            area.draw(&PathElement::new(piece, colour.stroke_width(2)))?;
            x += step.0 + step.1.max(1);
        }
        match number % 3 {
            0 => area.draw(&Circle::new((22, y), 4, colour.filled()))?,
            1 => area.draw(&TriangleMarker::new((22, y), 5, colour.filled()))?,
            _ => area.draw(&Rectangle::new([(18, y - 4), (26, y + 4)], colour.filled()))?,
        }
        area.draw(&Text::new(line.label.clone(), (48, y - 7), font()))?;
        y += 24;
    }
    if shown < lines.len() {
        area.draw(&Text::new(format!("and {} more", lines.len() - shown), (48, y - 7), small()))?;
        y += 24;
    }
    if notes.band {
        area.draw(&Rectangle::new([(4, y - 7), (40, y + 7)], COLOURS[0].mix(0.22).filled()))?;
        let confidence = tick(results.manifest.confidence * 100.0);
        area.draw(&Text::new(format!("{confidence} % interval"), (48, y - 7), font()))?;
        y += 24;
    }
    if let Some(knee) = notes.knee {
        let mut at = y - 9;
        while at < y + 9 {
            area.draw(&PathElement::new([(22, at), (22, at + 3)], BLACK))?;
            at += 6;
        }
        area.draw(&Text::new(format!("knee at {}", tick(knee)), (48, y - 7), font()))?;
        y += 20;
        if let Some((low, high)) = notes.knee_interval {
            area.draw(&Text::new(format!("(shaded: {} to {})", tick(low), tick(high)), (48, y - 8), small()))?;
            y += 20;
        }
    }
    if notes.rings {
        area.draw(&Circle::new((22, y), 9, BLACK.stroke_width(2)))?;
        area.draw(&Text::new("the knee of each".to_owned(), (48, y - 7), font()))?;
        y += 24;
    }
    if notes.unsettled {
        area.draw(&Circle::new((22, y), 4, COLOURS[0].stroke_width(1)))?;
        area.draw(&Text::new("not settled".to_owned(), (48, y - 7), font()))?;
        y += 24;
    }
    if notes.modes {
        area.draw(&Cross::new((22, y), 5, BLACK.stroke_width(2)))?;
        area.draw(&Text::new("two modes".to_owned(), (48, y - 7), font()))?;
    }
    Ok(())
}

/// A power of ten as people write it: 1000, 10⁶.
pub(super) fn power(exponent: f64) -> String {
    let exponent = libm::round(exponent) as i32;
    if (-3..=4).contains(&exponent) {
        return tick(libm::pow(10.0, f64::from(exponent)));
    }
    let exponent = exponent.to_string();
    let digits = exponent.chars().map(|digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or('⁰'),
    });
    format!("10{}", digits.collect::<String>())
}
