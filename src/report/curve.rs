//! A small curve for the terminal, in braille dots.

use super::Results;
use super::number::{plain, tick};

const WIDTH: usize = 60;
const HEIGHT: usize = 12;

/// Throughput along the load axis, the first curve of the sweep; empty if there are fewer than two points.
pub fn terminal_curve(results: &Results) -> String {
    let Some(curve) = results.curves().into_iter().next() else { return String::new() };
    let points: Vec<(f64, f64)> = curve
        .points
        .iter()
        .filter_map(|point| Some((point.load, results.estimate(point.row, "throughput")?.mean)))
        .collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let top = points.iter().map(|(_, y)| *y).fold(0.0, f64::max);
    if points.len() < 2 || last.0 <= first.0 || top <= 0.0 {
        return String::new();
    }
    // A braille character has two columns and four rows of dots.
    let (dots_wide, dots_high) = (WIDTH * 2, HEIGHT * 4);
    let mut cells = vec![[0u8; WIDTH]; HEIGHT];
    let column = |x: f64| ((x - first.0) / (last.0 - first.0) * (dots_wide - 1) as f64).round() as usize;
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let (from, to) = (column(x0), column(x1));
        let height = |dot: usize| {
            let share = if to == from { 1.0 } else { (dot - from) as f64 / (to - from) as f64 };
            ((1.0 - (y0 + (y1 - y0) * share) / top) * (dots_high - 1) as f64).round() as usize
        };
        let mut before = height(from);
        for dot in from..=to {
            let at = height(dot);
            // Steep pieces are filled, so that the line has no gaps.
            for row in at.min(before)..=at.max(before) {
                cells[row / 4][dot / 2] |= BRAILLE[row % 4][dot % 2];
            }
            before = at;
        }
    }
    let label_width = plain(top, 4).len().max(1);
    let mut text = format!("{}\n", Results::metric_title("throughput"));
    for (row, line) in cells.iter().enumerate() {
        let label = match row {
            0 => plain(top, 4),
            _ if row == HEIGHT - 1 => "0".to_owned(),
            _ => String::new(),
        };
        let dots: String = line.iter().map(|&bits| char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')).collect();
        text += format!("{label:>label_width$} ┤{dots}").trim_end_matches('\u{2800}');
        text.push('\n');
    }
    let mut marks = vec![' '; WIDTH];
    if let Some(knee) = &curve.knee {
        let at = column(knee.load) / 2;
        let label = format!("▲ knee {}", tick(knee.load));
        let at = at.min(WIDTH.saturating_sub(label.chars().count()));
        for (mark, letter) in marks[at..].iter_mut().zip(label.chars()) {
            *mark = letter;
        }
    }
    let marks: String = marks.into_iter().collect();
    text += &format!("{:>label_width$} └{}\n", "", "─".repeat(WIDTH));
    text += &format!("{:>label_width$}  {}\n", "", marks.trim_end());
    let ends = (tick(first.0), tick(last.0));
    let title = results.load_title();
    let room = WIDTH.saturating_sub(ends.0.len() + ends.1.len());
    text += &format!("{:>label_width$}  {}{title:^room$}{}\n", "", ends.0, ends.1);
    text
}

const BRAILLE: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
