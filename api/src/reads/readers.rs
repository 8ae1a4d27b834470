//! Who has read what: one read of a reader and article in 30 minutes, whatever is sent and in whatever order, in bounded memory.
//!
//! Time is cut into half hours. Each has a random salt of its own, that nobody knows and that is gone with it, and a mark for each
//! reader and article: a salted hash, with the moment that was counted. Two moments of one half hour are always too close, so a mark
//! holds one; moments of neighbouring half hours are compared. Nothing of this is ever written down.

use std::{
    collections::{BTreeMap, HashMap, hash_map::RandomState},
    hash::BuildHasher as _,
    net::IpAddr,
};

/// Reads of a reader and article closer than this, in milliseconds, are one.
pub(super) const APART: i64 = 30 * 60 * 1000;

/// Who reads.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Reader<'a> {
    /// The front-end gave a key.
    Key(&'a str),
    /// Told by network and agent.
    Unnamed(IpAddr, &'a str),
}

/// Why a read is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// The reader was counted less than 30 minutes from then.
    Counted,
    /// The network has as many readers of the article as it may.
    Crowded,
    /// Who read at that time is not remembered any more.
    Forgotten,
    /// There is no room to remember the reader.
    Full,
}

/// The readers that are remembered.
#[derive(Debug)]
pub(super) struct Readers {
    halves: BTreeMap<i64, Half>,
    marks: usize,
    /// This half hour is forgotten, and all before.
    earliest: i64,
    most_marks: usize,
    /// Readers of an article in a half hour from one network; 0 is any number.
    per_network: u32,
}

#[derive(Debug, Default)]
struct Half {
    salt: RandomState,
    /// By reader and article: the moment that was counted, in milliseconds of the half hour.
    counted: HashMap<u64, u32>,
    /// By network and article: how many readers.
    networks: HashMap<u64, u32>,
}

impl Readers {
    pub(super) fn new(most_marks: usize, per_network: u32) -> Self {
        Self { halves: BTreeMap::new(), marks: 0, earliest: i64::MIN, most_marks, per_network }
    }

    /// Forgets what lies so far back that no read can come from there: all before `limit`, in milliseconds.
    pub(super) fn forget_before(&mut self, limit: i64) {
        // A read at the limit is compared with the half hour before.
        let earliest = limit.div_euclid(APART) - 1;
        while self.halves.first_key_value().is_some_and(|(half, _)| *half < earliest) {
            self.forget_first();
        }
    }

    /// Counts a read at `at` (milliseconds), unless the reader has been counted too close to it, or `network` has too many readers of the article.
    pub(super) fn count(
        &mut self,
        reader: Reader<'_>,
        network: Option<IpAddr>,
        article: i64,
        at: i64,
        now: i64,
    ) -> Result<(), Denied> {
        let half = at.div_euclid(APART);
        let moment = at.rem_euclid(APART);
        if self.is_forgotten(half) {
            return Err(Denied::Forgotten);
        }
        let moment_in = |half: i64| {
            let half = self.halves.get(&half)?;
            half.counted.get(&half.salt.hash_one((0_u8, reader, article))).map(|moment| i64::from(*moment))
        };
        let before = moment_in(half - 1).is_some_and(|before| before > moment);
        let after = moment_in(half + 1).is_some_and(|after| after < moment);
        if before || after || moment_in(half).is_some() {
            return Err(Denied::Counted);
        }
        self.make_room(half, now)?;
        let entry = self.halves.entry(half).or_default();
        if let Some(network) = network.filter(|_| self.per_network > 0) {
            let readers = entry.networks.entry(entry.salt.hash_one((1_u8, network, article))).or_insert_with(|| {
                self.marks += 1;
                0
            });
            if *readers >= self.per_network {
                return Err(Denied::Crowded);
            }
            *readers += 1;
        }
        self.marks += 1;
        entry.counted.insert(entry.salt.hash_one((0_u8, reader, article)), u32::try_from(moment).unwrap_or(0));
        Ok(())
    }

    /// When memory is short, the oldest half hours go, and no read of theirs is taken any more: forgetting who read would let them count
    /// twice. The present one and the one before stay.
    fn make_room(&mut self, wanted: i64, now: i64) -> Result<(), Denied> {
        while self.marks + 2 > self.most_marks {
            let oldest = self.halves.first_key_value().map(|(half, _)| *half);
            match oldest {
                Some(oldest) if oldest < now.div_euclid(APART) - 1 => {
                    self.forget_first();
                    self.earliest = self.earliest.max(oldest);
                }
                _ => return Err(Denied::Full),
            }
            if self.is_forgotten(wanted) {
                return Err(Denied::Forgotten);
            }
        }
        Ok(())
    }

    /// A read is compared with the half hour before, so the one after a forgotten half hour is no use either.
    fn is_forgotten(&self, half: i64) -> bool {
        half <= self.earliest.saturating_add(1)
    }

    fn forget_first(&mut self) {
        if let Some((_, half)) = self.halves.pop_first() {
            self.marks -= half.counted.len() + half.networks.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const NETWORK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const MINUTE: i64 = 60_000;
    const NOW: i64 = 1_767_225_600_000;

    fn read(readers: &mut Readers, reader: &str, at: i64) -> Result<(), Denied> {
        readers.count(Reader::Key(reader), Some(NETWORK), 1, at, NOW)
    }

    #[test]
    fn reads_of_a_reader_closer_than_thirty_minutes_are_one_in_any_order() {
        // Whatever the offset of the first read in its half hour.
        for offset in [0, 1, 7 * MINUTE, 15 * MINUTE, APART - 1] {
            let mut readers = Readers::new(1000, 0);
            let first = NOW - 5 * APART + offset;
            assert_eq!(read(&mut readers, "a", first), Ok(()));
            for near in [0, 1, MINUTE, 16 * MINUTE, APART - 1] {
                assert_eq!(read(&mut readers, "a", first + near), Err(Denied::Counted), "{offset} {near}");
                assert_eq!(read(&mut readers, "a", first - near), Err(Denied::Counted), "{offset} {near}");
            }
            assert_eq!(read(&mut readers, "b", first), Ok(()));
            assert_eq!(read(&mut readers, "a", first + APART), Ok(()));
            assert_eq!(read(&mut readers, "a", first - APART), Ok(()));
        }
    }

    #[test]
    fn a_network_has_a_limited_number_of_readers_of_an_article() {
        let mut readers = Readers::new(1000, 3);
        let outcomes: Vec<_> = (0..5).map(|reader| read(&mut readers, &reader.to_string(), NOW)).collect();
        assert_eq!(outcomes, [Ok(()), Ok(()), Ok(()), Err(Denied::Crowded), Err(Denied::Crowded)]);
        assert_eq!(readers.count(Reader::Key("9"), Some(NETWORK), 2, NOW, NOW), Ok(()), "another article");
        let other = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(readers.count(Reader::Key("9"), Some(other), 1, NOW, NOW), Ok(()), "another network");
    }

    #[test]
    fn when_memory_is_short_the_oldest_are_forgotten_and_not_counted_again() {
        let mut readers = Readers::new(12, 0);
        assert_eq!(read(&mut readers, "a", NOW - 10 * APART), Ok(()));
        for reader in 0..10 {
            assert_eq!(read(&mut readers, &reader.to_string(), NOW), Ok(()));
        }
        assert_eq!(read(&mut readers, "b", NOW), Ok(()), "the old one goes");
        assert_eq!(read(&mut readers, "a", NOW - 10 * APART), Err(Denied::Forgotten));
        assert_eq!(read(&mut readers, "c", NOW), Err(Denied::Full));
        assert_eq!(read(&mut readers, "0", NOW), Err(Denied::Counted));
    }

    #[test]
    fn what_no_read_can_come_from_is_forgotten() {
        let mut readers = Readers::new(100, 1);
        for half in 0..20 {
            assert_eq!(read(&mut readers, "a", NOW + half * APART), Ok(()));
        }
        assert_eq!(readers.marks, 40);
        readers.forget_before(NOW + 18 * APART);
        assert_eq!((readers.halves.len(), readers.marks), (3, 6));
    }
}
