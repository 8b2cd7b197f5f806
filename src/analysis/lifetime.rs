//! Lifetime functions: mean time between faults by memory, and their knee and inflection (Denning and Kahn 1975).

use super::stack_distance::LruCurve;
use super::working_set::WorkingSets;

/// A lifetime function as points, memory increasing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifetime {
    /// `(memory in frames, references between faults)`.
    pub points: Vec<(f64, f64)>,
}

/// A point of a lifetime function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Memory in frames.
    pub memory: f64,
    /// References between faults.
    pub lifetime: f64,
}

impl Lifetime {
    /// Of LRU: one point for every number of frames from 1 on.
    pub fn of_lru(curve: &LruCurve) -> Lifetime {
        let references = curve.references() as f64;
        let faults = curve.all_faults();
        let point = |(frames, &faults): (usize, &u64)| (frames as f64, references / faults as f64);
        Lifetime { points: faults.iter().enumerate().skip(1).map(point).collect() }
    }

    /// Of the working-set policy: mean size s(T) against K / M(T), for windows `up_to` T, not more than a few hundred of
    /// them an octave.
    pub fn of_working_sets(sets: &WorkingSets, up_to: u64) -> Lifetime {
        let mut points = Vec::new();
        let mut window = 1;
        while window <= up_to {
            let at = sets.window(window);
            points.push((at.size(), at.lifetime()));
            window += 1 + window / 256;
        }
        Lifetime { points }
    }

    /// The knee: where the ray from lifetime 1 at no memory is steepest, the most lifetime for the memory (Denning and
    /// Kahn's x2). Of points with a lifetime of 2 or more, if there are any: below, hardly any memory has hardly any effect, and
    /// their ratio says nothing. `None` without points.
    pub fn knee(&self) -> Option<Mark> {
        let slope = |&(memory, lifetime): &(f64, f64)| (lifetime - 1.0) / memory;
        let usable = || self.points.iter().filter(|(memory, lifetime)| *memory > 0.0 && lifetime.is_finite());
        let steepest = |a: &&(f64, f64), b: &&(f64, f64)| slope(a).total_cmp(&slope(b));
        let knee = usable().filter(|point| point.1 >= 2.0).max_by(steepest).or_else(|| usable().max_by(steepest))?;
        Some(Mark { memory: knee.0, lifetime: knee.1 })
    }

    /// The inflection: where the lifetime grows fastest, not beyond the knee (Denning and Kahn's x1). Slopes are taken over
    /// `width` frames, for measured curves are rough. `None` with fewer than two points.
    pub fn inflection(&self, width: f64) -> Option<Mark> {
        let knee = self.knee()?;
        let at = |memory: f64| self.at(memory);
        let candidates = self.points.iter().filter(|&&(memory, _)| memory <= knee.memory);
        let slope = |memory: f64| {
            let (low, high) = (memory - width / 2.0, memory + width / 2.0);
            Some((at(high)? - at(low)?) / width)
        };
        candidates
            .filter_map(|&(memory, lifetime)| Some((slope(memory)?, Mark { memory, lifetime })))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, mark)| mark)
    }

    /// The lifetime at a memory, on straight lines between points; `None` outside of them.
    pub fn at(&self, memory: f64) -> Option<f64> {
        let after = self.points.partition_point(|&(m, _)| m < memory);
        let &(m1, l1) = self.points.get(after)?;
        if m1 == memory {
            return Some(l1);
        }
        let &(m0, l0) = self.points.get(after.checked_sub(1)?)?;
        Some(l0 + (l1 - l0) * (memory - m0) / (m1 - m0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L(m) = 2B / (1 + (C/m)²) has its inflection at C/√3 and its knee, from the origin, at C.
    #[test]
    fn marks_of_a_smooth_curve() {
        let (b, c) = (10_000.0, 100.0);
        let lifetime = |m: f64| 2.0 * b / (1.0 + (c / m) * (c / m));
        let curve = Lifetime { points: (1..1000).map(|m| (f64::from(m), lifetime(f64::from(m)))).collect() };
        let knee = curve.knee().expect("points");
        assert!((knee.memory - c).abs() <= 1.0 && (knee.lifetime - b).abs() < 200.0, "{knee:?}");
        let inflection = curve.inflection(2.0).expect("points");
        assert!((inflection.memory - c / 3f64.sqrt()).abs() <= 1.0, "{inflection:?}");
    }

    #[test]
    fn nothing_is_marked_on_nothing() {
        assert_eq!(Lifetime::default().knee(), None);
        assert_eq!(Lifetime::default().inflection(2.0), None);
        assert_eq!(Lifetime::of_lru(&LruCurve::of([])).knee(), None);
    }
}
