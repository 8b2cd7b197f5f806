//! What identifies a cell: the hash of everything its runs depend on but the seed.

use std::fmt;
use std::str::FromStr;

/// Content address of a validated scenario under this version of knee: the first 64 bits of a BLAKE3 hash. Equal
/// addresses mean equal results, so a finished run can be taken over without running it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(u64);

impl Address {
    /// The address of a scenario with all its defaults filled in.
    pub fn of(effective: &str) -> Address {
        let mut hasher = blake3::Hasher::new();
        hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
        hasher.update(b"\n");
        hasher.update(effective.as_bytes());
        Address(u64::from_be_bytes(first_eight(&hasher)))
    }

    /// As a number, for a column of them.
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Address {
    /// Sixteen hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Address {
    type Err = std::num::ParseIntError;

    fn from_str(digits: &str) -> Result<Address, Self::Err> {
        u64::from_str_radix(digits, 16).map(Address)
    }
}

fn first_eight(hasher: &blake3::Hasher) -> [u8; 8] {
    *hasher.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_sixteen_digits_and_reads_back() {
        let address = Address::of("[machine]\nframes = 100\n");
        let shown = address.to_string();
        assert_eq!(shown.len(), 16);
        assert_eq!(shown.parse(), Ok(address));
        assert_ne!(address, Address::of("[machine]\nframes = 101\n"));
    }
}
