//! What controllers that aim at a number of active processes have in common.

use super::{Action, Observation, Site};

/// The number of active processes aimed at: at least 1, at most all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    aim: f64,
    most: f64,
}

impl Level {
    pub fn new(initial: u32, site: Site) -> Level {
        let most = f64::from(site.processes.max(1));
        Level { aim: f64::from(initial).min(most), most }
    }

    pub fn aim(&self) -> f64 {
        self.aim
    }

    pub fn set(&mut self, aim: f64) {
        if aim.is_finite() {
            self.aim = aim.clamp(1.0, self.most);
        }
    }

    /// As a number of processes.
    pub fn bound(&self) -> u32 {
        libm::round(self.aim) as u32
    }

    /// Whether one more may be active.
    pub fn admits(&self, seen: &Observation<'_>) -> bool {
        seen.active < self.bound()
    }

    /// Suspends what is active beyond it.
    pub fn enforce(&self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        if let Some(beyond) = seen.active.checked_sub(self.bound()).filter(|beyond| *beyond > 0) {
            actions.push(Action::Shed(beyond));
        }
    }
}
