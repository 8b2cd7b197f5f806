//! What a tier holds: pages of various sizes, in order of use.

/// No page.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Absent,
    /// In the list of use.
    Held,
    /// On its way to the device behind; still readable.
    Leaving,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    state: State,
    bytes: u32,
    /// Counts stores, to tell whether a page that has arrived behind is still the one that was sent.
    version: u32,
    older: u32,
    newer: u32,
}

const ABSENT: Entry = Entry { state: State::Absent, bytes: 0, version: 0, older: NONE, newer: NONE };

/// See the module.
#[derive(Debug)]
pub(super) struct Pool {
    entries: Vec<Entry>,
    oldest: u32,
    newest: u32,
    pages: u64,
    bytes: u64,
}

impl Pool {
    pub fn new() -> Pool {
        Pool { entries: Vec::new(), oldest: NONE, newest: NONE, pages: 0, bytes: 0 }
    }

    /// Pages held, those on their way out included.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// Bytes that the pages take.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The size of a page, if it is held.
    pub fn size(&self, page: u64) -> Option<u32> {
        let entry = self.entries.get(page as usize)?;
        (entry.state != State::Absent).then_some(entry.bytes)
    }

    /// A page was used.
    pub fn touch(&mut self, page: u64) {
        if self.entries[page as usize].state == State::Held {
            self.unlink(page as u32);
            self.link(page as u32);
        }
    }

    /// Takes a page in, or a new version of it. Returns whether it replaced an older one.
    pub fn insert(&mut self, page: u64, bytes: u32) -> bool {
        let replaced = self.remove(page);
        if self.entries.len() <= page as usize {
            self.entries.resize(page as usize + 1, ABSENT);
        }
        let entry = &mut self.entries[page as usize];
        entry.state = State::Held;
        entry.bytes = bytes;
        entry.version = entry.version.wrapping_add(1);
        self.pages += 1;
        self.bytes += u64::from(bytes);
        self.link(page as u32);
        replaced
    }

    /// Forgets a page. Returns whether it was held.
    pub fn remove(&mut self, page: u64) -> bool {
        let Some(entry) = self.entries.get_mut(page as usize) else { return false };
        let state = std::mem::replace(&mut entry.state, State::Absent);
        if state == State::Absent {
            return false;
        }
        self.pages -= 1;
        self.bytes -= u64::from(entry.bytes);
        if state == State::Held {
            self.unlink(page as u32);
        }
        true
    }

    /// Sends off the page that was not used for longest: its number, and the version that goes.
    pub fn send_oldest(&mut self) -> Option<(u64, u32)> {
        let page = self.oldest;
        if page == NONE {
            return None;
        }
        self.unlink(page);
        let entry = &mut self.entries[page as usize];
        entry.state = State::Leaving;
        Some((u64::from(page), entry.version))
    }

    /// A page that was sent off has arrived. Returns whether that version was still held; it is not any more.
    pub fn sent(&mut self, page: u64, version: u32) -> bool {
        let entry = &self.entries[page as usize];
        entry.state == State::Leaving && entry.version == version && self.remove(page)
    }

    fn link(&mut self, page: u32) {
        let entry = &mut self.entries[page as usize];
        entry.older = self.newest;
        entry.newer = NONE;
        match self.newest {
            NONE => self.oldest = page,
            newest => self.entries[newest as usize].newer = page,
        }
        self.newest = page;
    }

    fn unlink(&mut self, page: u32) {
        let Entry { older, newer, .. } = self.entries[page as usize];
        match older {
            NONE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_not_used_for_longest_leaves_first_and_stays_readable_until_it_has_arrived() {
        let mut pool = Pool::new();
        for page in [5, 3, 9] {
            assert!(!pool.insert(page, 100));
        }
        pool.touch(5);
        let (page, version) = pool.send_oldest().unwrap();
        assert_eq!(page, 3);
        assert_eq!(pool.size(3), Some(100));
        assert!(pool.sent(3, version));
        assert_eq!((pool.size(3), pool.pages(), pool.bytes()), (None, 2, 200));
        assert_eq!(pool.send_oldest().unwrap().0, 9);
        assert_eq!(pool.send_oldest().unwrap().0, 5);
        assert_eq!(pool.send_oldest(), None);
    }

    #[test]
    fn a_new_version_is_not_lost_when_the_old_one_arrives() {
        let mut pool = Pool::new();
        pool.insert(7, 100);
        let (page, version) = pool.send_oldest().unwrap();
        assert!(pool.insert(page, 50));
        assert!(!pool.sent(page, version));
        assert_eq!(pool.size(7), Some(50));
    }
}
