//! Numbers for people: as many digits as mean something.

use crate::stats::Estimate;

/// A number with about `digits` significant digits, without an exponent unless it is very large or small.
pub fn plain(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = libm::floor(libm::log10(value.abs())) as i32;
    if !(-5..=9).contains(&magnitude) {
        return format!("{value:.*e}", digits.saturating_sub(1));
    }
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    format!("{value:.decimals$}")
}

/// A number that was given rather than measured, up to six digits: `10`, `0.25`.
pub fn tick(value: f64) -> String {
    let text = plain(value, 6);
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Mean and half-width, rounded where the half-width has its second digit: `4.94 ± 0.07`.
pub fn with_interval(estimate: Option<Estimate>) -> String {
    let Some(Estimate { mean, half_width, .. }) = estimate else { return "-".to_owned() };
    let Some(half) = half_width.filter(|half| *half > 0.0) else { return plain(mean, 4) };
    let magnitude = libm::floor(libm::log10(half)) as i32;
    if libm::log10(mean.abs().max(half)) < -4.0 {
        return format!("{mean:.1e} ± {half:.0e}");
    }
    let decimals = (1 - magnitude).clamp(0, 6) as usize;
    format!("{mean:.decimals$} ± {half:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_interval() {
        let shown = |mean, half| with_interval(Some(Estimate { mean, half_width: Some(half), n: 5 }));
        assert_eq!(shown(4.943_11, 0.071_8), "4.943 ± 0.072");
        assert_eq!(shown(331_366.0, 28_081.0), "331366 ± 28081");
        assert_eq!(shown(0.000_002_21, 0.000_000_3), "2.2e-6 ± 3e-7");
        assert_eq!(plain(0.0, 3), "0");
        assert_eq!(plain(1234.5678, 3), "1235");
    }
}
