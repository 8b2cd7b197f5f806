//! A part of a sweep, for one of several machines.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// One of the equal parts of a sweep. The cells are dealt out in turn, so that each part has its share of the cells at
/// the far end of an axis, which often take longest; all replications of a cell are in one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// Number of this part, from 1.
    number: u32,
    /// Number of parts.
    of: NonZeroU32,
}

impl Shard {
    /// Most parts.
    const MOST: u32 = 100_000;

    /// Part `number`, counted from 1, of `of`; `None` if there is no such part.
    pub fn new(number: u32, of: u32) -> Option<Shard> {
        let of = NonZeroU32::new(of)?;
        ((1..=of.get()).contains(&number) && of.get() <= Shard::MOST).then_some(Shard { number, of })
    }

    /// Number of this part, from 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// Number of parts.
    pub fn of(self) -> u32 {
        self.of.get()
    }

    /// Whether the cell of this number (from 0, cells that are the same counted once) belongs to it.
    pub fn has(self, number: usize) -> bool {
        number % self.of.get() as usize == self.number as usize - 1
    }

    /// Name of its folder.
    pub fn folder(self) -> String {
        format!("{}-of-{}", self.number, self.of)
    }
}

impl fmt::Display for Shard {
    /// As on the command line: `2/8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| {
            let whole = |text: &str| text.trim().parse::<u64>().ok();
            Some((whole(number)?, whole(of)?))
        });
        let Some((number, of)) = numbers else {
            return Err("found no shard; allowed: K/N, such as 1/8, the first of eight".into());
        };
        if of == 0 || of > u64::from(Shard::MOST) {
            return Err(format!("found {of} shards; allowed: from 1 to {}", Shard::MOST));
        }
        let shard = u32::try_from(number).ok().zip(u32::try_from(of).ok()).and_then(|(k, n)| Shard::new(k, n));
        shard.ok_or_else(|| format!("found shard {number} of {of}; allowed: from 1/{of} to {of}/{of}"))
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Shard, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_in_one_shard() {
        for of in [1, 3, 7] {
            for cell in 0..20 {
                let holders = (1..=of).filter(|number| Shard::new(*number, of).unwrap().has(cell)).count();
                assert_eq!(holders, 1);
            }
        }
    }

    #[test]
    fn a_shard_that_is_none_is_refused_with_what_is_allowed() {
        let message = |text: &str| text.parse::<Shard>().unwrap_err();
        assert_eq!("2/8".parse::<Shard>().unwrap().to_string(), "2/8");
        assert_eq!(message("5/4"), "found shard 5 of 4; allowed: from 1/4 to 4/4");
        assert!(message("0/4").contains("from 1/4 to 4/4"));
        assert!(message("1/0").contains("found 0 shards"));
        assert!(message("99999999999/3").contains("from 1/3 to 3/3"));
        for text in ["", "3", "a/b", "1/2/3", "-1/3"] {
            assert!(message(text).contains("K/N"), "{text}");
        }
    }
}
