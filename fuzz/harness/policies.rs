//! Any reference string under every policy: after each reference the page is in memory or has been released, no more pages are than there are
//! frames, the policy holds exactly these, and its structure is sound.

use crate::replay::{Outcome, Replay};
use knee::policy::POLICIES;

/// The first two bytes are the number of frames and the window; then a byte for each reference, of which the highest bit says that it writes.
pub fn run(data: &[u8]) {
    let [frames, window, string @ ..] = data else { return };
    let string = &string[..string.len().min(2_000)];
    let frames = 1 + u32::from(frames % 32);
    let pages: Vec<u32> = string.iter().map(|byte| u32::from(byte & 127)).collect();
    for entry in POLICIES {
        let mut replay = Replay::windowed(entry.name, frames, &pages, 1 + u64::from(*window));
        for (&page, byte) in pages.iter().zip(string) {
            let before = replay.resident();
            let outcome = replay.reference(page, byte & 128 != 0);
            let after = replay.resident();
            assert_eq!(outcome == Outcome::Hit, before.contains(&page), "{}: a hit is on what is there", entry.name);
            assert!(after.contains(&page) || replay.released.contains(&page), "{}: the page was loaded", entry.name);
            assert!(after.len() <= frames as usize, "{}: more pages than frames", entry.name);
            assert_eq!(after.len(), replay.policy.len(), "{}: the policy holds what is there", entry.name);
            replay.policy.validate();
        }
    }
}
