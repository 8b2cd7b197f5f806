//! Every policy against its rule told over plain vectors, on random strings: the same victims, and a sound structure after every
//! reference.

mod naive;
mod replay;

use knee::policy::{Foresight, Occasion, POLICIES, PageId, Pool, Setting};
use knee::rng::{Stream, Streams};
use knee::units::{FrameId, Span};
use replay::{Bits, NOWHERE, OWNER, Outcome, Replay};

/// A string over few pages, of one of several characters: independent, with a hot part, a loop with leaps, near the last page.
fn string(stream: &mut Stream) -> Vec<u32> {
    let pages = 1 + stream.below(24);
    let length = 1 + stream.below(160);
    let character = stream.below(4);
    let mut last = 0;
    let references = (0..length).map(|_| {
        last = match character {
            0 => stream.below(pages),
            1 if stream.below(4) > 0 => stream.below(pages.div_ceil(4)),
            2 if stream.below(8) > 0 => (last + 1) % pages,
            3 if stream.below(3) > 0 => (last + stream.below(3)) % pages,
            _ => stream.below(pages),
        };
        last as u32
    });
    references.collect()
}

#[test]
fn every_policy_names_the_victims_of_its_rule() {
    for entry in POLICIES {
        let mut stream = Streams::new(7).named("strings");
        let (mut replaced, mut released) = (0, 0);
        for case in 0..3_000 {
            let string = string(&mut stream);
            let frames = 1 + stream.below(if case % 10 == 0 { 24 } else { 9 }) as usize;
            let window = 1 + stream.below(if case % 3 == 0 { 60 } else { 12 });
            let mut replay = Replay::windowed(entry.name, frames as u32, &string, window);
            let mut rule = naive::rule(entry.name, frames, &string, window);
            let mut held: Vec<u32> = Vec::new();
            for (position, &page) in string.iter().enumerate() {
                let write = stream.below(4) == 0;
                let expected = if held.contains(&page) {
                    rule.hit(page, write);
                    Outcome::Hit
                } else {
                    let gone = rule.release(true);
                    released += gone.len();
                    held.retain(|other| !gone.contains(other));
                    let victim = (held.len() == frames).then(|| rule.evict(page)).filter(|&page| page != NOWHERE);
                    let written = rule.written();
                    released += written.len();
                    held.retain(|other| !written.contains(other));
                    held.retain(|&other| Some(other) != victim);
                    held.push(page);
                    rule.load(page, write);
                    replaced += u32::from(victim.is_some());
                    Outcome::Fault(victim)
                };
                let gone = rule.release(false);
                released += gone.len();
                held.retain(|other| !gone.contains(other));
                let found = replay.reference(page, write);
                assert_eq!(
                    found, expected,
                    "{}, {frames} frames, case {case}, reference {position} of {string:?}",
                    entry.name
                );
                held.sort_unstable();
                assert_eq!(replay.resident(), held, "{}, case {case}, reference {position} of {string:?}", entry.name);
                replay.policy.validate();
            }
        }
        assert!(replaced > 10_000, "only {replaced} victims were compared");
        assert!(entry.releases == (released > 3_000), "{}: {released} releases were compared", entry.name);
    }
}

/// As under the machine: several faults at once, frames that are free or on their way, pages that come back without a victim,
/// and processes that end.
#[test]
fn every_policy_stays_sound_whatever_is_in_flight() {
    for entry in POLICIES {
        let mut stream = Streams::new(8).named("operations");
        for case in 0..500 {
            let frames = 1 + stream.below(12) as u32;
            let pages = 1 + stream.below(40) as u32;
            let sees_hits = case % 2 == 0 || !entry.observes.allows_leap();
            let policy_stream = Streams::new(case).named("replacement");
            let mut policy =
                (entry.build)(Pool { frames, stream: policy_stream, sees_hits, setting: Setting::of(Span(20)) });
            policy.foresee(OWNER, Foresight::of(&[0], 0, true).expect("short"));
            let mut bits = Bits::new(frames);
            let mut page_in: Vec<Option<u32>> = vec![None; frames as usize];
            let mut free: Vec<u32> = (0..frames).collect();
            for step in 0..200 {
                bits.now = step;
                let page = stream.below(u64::from(pages)) as u32;
                let held = page_in.iter().filter(|page| page.is_some()).count();
                match (stream.below(8), page_in.iter().position(|&other| other == Some(page))) {
                    (0..3, Some(frame)) => {
                        bits.accessed[frame] = true;
                        bits.used[frame] = step;
                        if sees_hits && entry.observes.sees_hits() {
                            (entry.hit)(policy.as_mut(), FrameId(frame as u32));
                        }
                    }
                    (3, Some(frame)) => {
                        policy.removed(FrameId(frame as u32));
                        page_in[frame] = None;
                        free.push(frame as u32);
                    }
                    (0..6, None) if !free.is_empty() => {
                        let frame = free.swap_remove(stream.below(free.len() as u64) as usize);
                        bits.accessed[frame as usize] = true;
                        bits.used[frame as usize] = step;
                        bits.dirty[frame as usize] = stream.below(3) == 0;
                        page_in[frame as usize] = Some(page);
                        policy.loaded(FrameId(frame), PageId(page), &mut bits);
                    }
                    (_, None) => {
                        let victim = policy.victim(PageId(page), &mut bits);
                        let mut leaving = Vec::new();
                        policy.release(OWNER, Occasion::Replacement, &mut bits, &mut leaving);
                        let found = victim.is_some() || !leaving.is_empty();
                        assert_eq!(found, held > 0, "{}: a victim if there is any page", entry.name);
                        for frame in leaving {
                            assert!(page_in[frame.0 as usize].take().is_some(), "{}: released twice", entry.name);
                            free.push(frame.0);
                        }
                        if let Some(frame) = victim {
                            assert!(page_in[frame.0 as usize].take().is_some(), "{}: the victim is held", entry.name);
                            free.push(frame.0);
                        }
                    }
                    (4, Some(_)) => {
                        let why = if stream.below(2) == 0 { Occasion::Fault } else { Occasion::Expiry };
                        let mut leaving = Vec::new();
                        policy.release(OWNER, why, &mut bits, &mut leaving);
                        assert!(entry.releases || leaving.is_empty(), "{} releases of itself", entry.name);
                        for frame in leaving {
                            assert!(page_in[frame.0 as usize].take().is_some(), "{}: released twice", entry.name);
                            free.push(frame.0);
                        }
                    }
                    _ => {}
                }
                policy.validate();
                let held = page_in.iter().filter(|page| page.is_some()).count();
                assert_eq!(policy.len(), held, "{}", entry.name);
            }
        }
    }
}
