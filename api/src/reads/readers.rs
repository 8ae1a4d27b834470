//! Who has read what: one read of a reader and article in 30 minutes, whatever is sent and in whatever order, in bounded memory.
//!
//! Time is cut into half hours. Each has a key of its own, derived from a secret that is not in the database, and a mark for each
//! reader and article: a keyed hash, with the moment that was counted. Two moments of one half hour are always too close, so a mark
//! holds one; moments of neighbouring half hours are compared. Marks are saved with the reads that they stand for (`marks.rs`), and are
//! put back here when a server starts.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::IpAddr,
};

use highway::{HighwayHash as _, HighwayHasher, Key};

use super::secret::Secret;

/// Reads of a reader and article closer than this, in milliseconds, are one.
pub(super) const APART: i64 = 30 * 60 * 1000;
const DAY: i64 = 48 * APART;
/// As many networks of one client may count from the site that they belong to.
pub(super) const NETWORKS_OF_SITE: u32 = 10;

/// Who reads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reader<'a> {
    /// The front-end gave a key.
    Key(&'a str),
    /// Told by network and agent.
    Unnamed(IpAddr, &'a str),
}

/// Where a read that is limited comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// What one client can choose addresses from.
    pub(super) network: IpAddr,
    /// What one customer of a provider may have of such networks.
    pub(super) site: Option<IpAddr>,
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
}

/// That a reader was counted: hashes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The moment that was counted, in milliseconds.
    pub(super) at: i64,
    /// The reader and the article.
    pub(super) reader: u64,
    /// The network and the article; 0 when it is not limited.
    pub(super) network: u64,
    /// The site and the article; 0 when there is none.
    pub(super) site: u64,
}

/// Readers of an article that count from one network; 0 is any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PerNetwork {
    pub(super) half_hour: u32,
    pub(super) day: u32,
}

impl PerNetwork {
    fn of_site(self) -> Self {
        let times = |limit: u32| limit.saturating_mul(NETWORKS_OF_SITE);
        Self { half_hour: times(self.half_hour), day: times(self.day) }
    }
}

/// The readers that are remembered.
#[derive(Debug)]
pub(super) struct Readers {
    secret: Secret,
    halves: BTreeMap<i64, Half>,
    marks: usize,
    /// This half hour is forgotten, and all before.
    earliest: i64,
    most_marks: usize,
    per_network: PerNetwork,
    networks: Networks,
}

#[derive(Debug)]
struct Half {
    key: Key,
    /// By reader and article: the moment that was counted, in milliseconds of the half hour.
    counted: HashMap<u64, u32>,
    /// The marks in the order in which they came.
    order: VecDeque<u64>,
}

impl Half {
    fn new(secret: Secret, number: i64) -> Self {
        Self { key: secret.derive("half hour", number), counted: HashMap::new(), order: VecDeque::new() }
    }

    fn insert(&mut self, mark: u64, moment: i64) -> bool {
        let is_new = self.counted.insert(mark, u32::try_from(moment).unwrap_or(0)).is_none();
        if is_new {
            self.order.push_back(mark);
        }
        is_new
    }
}

/// How many readers of articles have counted from networks, today.
#[derive(Debug)]
struct Networks {
    day: i64,
    key: Key,
    counts: HashMap<u64, OfNetwork>,
    /// The networks in the order in which they came.
    order: VecDeque<u64>,
    most: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct OfNetwork {
    day: u32,
    /// The last half hour in which one counted, and how many did.
    half: i64,
    half_hour: u32,
}

impl Networks {
    fn new(secret: Secret, day: i64, most: usize) -> Self {
        let key = secret.derive("day", day);
        Self { day, key, counts: HashMap::new(), order: VecDeque::new(), most: most.max(1) }
    }

    fn is_crowded(&self, network: u64, half: i64, limits: PerNetwork) -> bool {
        let Some(count) = self.counts.get(&network) else { return false };
        let is_over = |count: u32, limit: u32| limit > 0 && count >= limit;
        is_over(count.day, limits.day) || (count.half == half && is_over(count.half_hour, limits.half_hour))
    }

    fn add(&mut self, network: u64, half: i64) {
        if !self.counts.contains_key(&network) {
            if self.counts.len() >= self.most
                && let Some(oldest) = self.order.pop_front()
            {
                self.counts.remove(&oldest);
            }
            self.order.push_back(network);
        }
        let count = self.counts.entry(network).or_default();
        count.day = count.day.saturating_add(1);
        if half > count.half {
            (count.half, count.half_hour) = (half, 1);
        } else if half == count.half {
            count.half_hour = count.half_hour.saturating_add(1);
        }
    }
}

impl Readers {
    pub(super) fn new(secret: Secret, most_marks: usize, per_network: PerNetwork) -> Self {
        let networks = Networks::new(secret, i64::MIN, most_marks / 4);
        Self { secret, halves: BTreeMap::new(), marks: 0, earliest: i64::MIN, most_marks, per_network, networks }
    }

    /// Forgets what lies so far back that no read can come from there: all before `limit`, in milliseconds.
    pub(super) fn forget_before(&mut self, limit: i64) {
        // A read at the limit is compared with the half hour before.
        let earliest = limit.div_euclid(APART) - 1;
        while self.halves.first_key_value().is_some_and(|(half, _)| *half < earliest) {
            self.forget_first();
        }
    }

    /// Counts a read at `at` (milliseconds), unless the reader has been counted too close to it, or `origin` has too many readers of the
    /// article. What it answers stands for the read from then on.
    pub(super) fn count(
        &mut self,
        reader: Reader<'_>,
        origin: Option<Origin>,
        article: i64,
        at: i64,
        now: i64,
    ) -> Result<Mark, Denied> {
        let half = at.div_euclid(APART);
        let moment = at.rem_euclid(APART);
        if self.is_forgotten(half) {
            return Err(Denied::Forgotten);
        }
        let moment_in = |half: i64| {
            let half = self.halves.get(&half)?;
            half.counted.get(&hash_of_reader(&half.key, reader, article)).map(|moment| i64::from(*moment))
        };
        let before = moment_in(half - 1).is_some_and(|before| before > moment);
        let after = moment_in(half + 1).is_some_and(|after| after < moment);
        if before || after || moment_in(half).is_some() {
            return Err(Denied::Counted);
        }
        self.begin_day(now);
        let (mut network, mut site) = (0, 0);
        if let Some(origin) = origin {
            network = hash_of_network(&self.networks.key, 64, origin.network, article);
            site = origin.site.map_or(0, |site| hash_of_network(&self.networks.key, 48, site, article));
            let limits = self.per_network;
            if self.networks.is_crowded(network, half, limits)
                || (site != 0 && self.networks.is_crowded(site, half, limits.of_site()))
            {
                return Err(Denied::Crowded);
            }
        }
        self.make_room(now);
        if self.is_forgotten(half) {
            return Err(Denied::Forgotten);
        }
        let secret = self.secret;
        let entry = self.halves.entry(half).or_insert_with(|| Half::new(secret, half));
        let mark = Mark { at, reader: hash_of_reader(&entry.key, reader, article), network, site };
        self.marks += usize::from(entry.insert(mark.reader, moment));
        self.add_to_networks(&mark, half);
        Ok(mark)
    }

    /// Puts back a mark that was saved; answers whether there is room for more.
    pub(super) fn remember(&mut self, mark: &Mark, now: i64) -> bool {
        let half = mark.at.div_euclid(APART);
        if self.is_forgotten(half) {
            return true;
        }
        if self.marks >= self.most_marks {
            // What is older is not remembered, and no late read of then is taken.
            self.earliest = self.earliest.max(half.min(now.div_euclid(APART) - 2));
            return false;
        }
        self.begin_day(now);
        let secret = self.secret;
        let entry = self.halves.entry(half).or_insert_with(|| Half::new(secret, half));
        let is_new = entry.insert(mark.reader, mark.at.rem_euclid(APART));
        self.marks += usize::from(is_new);
        if is_new && mark.at.div_euclid(DAY) == self.networks.day {
            self.add_to_networks(mark, half);
        }
        true
    }

    fn add_to_networks(&mut self, mark: &Mark, half: i64) {
        for network in [mark.network, mark.site] {
            if network != 0 {
                self.networks.add(network, half);
            }
        }
    }

    fn begin_day(&mut self, now: i64) {
        let day = now.div_euclid(DAY);
        if day > self.networks.day {
            self.networks = Networks::new(self.secret, day, self.networks.most);
        }
    }

    /// When memory is short, the oldest half hours go, and no read of theirs is taken any more: forgetting who read would let them count
    /// twice. Of the present half hour and the one before, the marks that came first go: refusing everybody would be worse.
    fn make_room(&mut self, now: i64) {
        while self.marks >= self.most_marks {
            let Some(mut oldest) = self.halves.first_entry() else { return };
            let half = *oldest.key();
            if half < now.div_euclid(APART) - 1 {
                self.forget_first();
                self.earliest = self.earliest.max(half);
                continue;
            }
            match oldest.get_mut().order.pop_front() {
                Some(mark) => {
                    oldest.get_mut().counted.remove(&mark);
                    self.marks -= 1;
                }
                None => {
                    oldest.remove();
                }
            }
        }
    }

    /// A read is compared with the half hour before, so the one after a forgotten half hour is no use either.
    fn is_forgotten(&self, half: i64) -> bool {
        half <= self.earliest.saturating_add(1)
    }

    fn forget_first(&mut self) {
        if let Some((_, half)) = self.halves.pop_first() {
            self.marks -= half.counted.len();
        }
    }
}

fn hash_of_reader(key: &Key, reader: Reader<'_>, article: i64) -> u64 {
    let mut hasher = HighwayHasher::new(Key(key.0));
    hasher.append(&article.to_le_bytes());
    match reader {
        Reader::Key(text) => {
            hasher.append(&[0]);
            hasher.append(text.as_bytes());
        }
        Reader::Unnamed(network, agent) => {
            hasher.append(&[1]);
            append_address(&mut hasher, network);
            hasher.append(agent.as_bytes());
        }
    }
    hasher.finalize64()
}

/// Never 0, which stands for none. The first /64 of a /48 has the same address.
fn hash_of_network(key: &Key, prefix: u8, network: IpAddr, article: i64) -> u64 {
    let mut hasher = HighwayHasher::new(Key(key.0));
    hasher.append(&[prefix]);
    hasher.append(&article.to_le_bytes());
    append_address(&mut hasher, network);
    hasher.finalize64().max(1)
}

fn append_address(hasher: &mut HighwayHasher, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            hasher.append(&[4]);
            hasher.append(&address.octets());
        }
        IpAddr::V6(address) => {
            hasher.append(&[6]);
            hasher.append(&address.octets());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const NETWORK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const MINUTE: i64 = 60_000;
    const NOW: i64 = 1_767_225_600_000;
    const ANY: PerNetwork = PerNetwork { half_hour: 0, day: 0 };

    fn readers(most_marks: usize, half_hour: u32, day: u32) -> Readers {
        Readers::new(Secret::random(), most_marks, PerNetwork { half_hour, day })
    }

    fn read(readers: &mut Readers, reader: &str, at: i64) -> Result<(), Denied> {
        read_from(readers, reader, NETWORK, 1, at)
    }

    fn read_from(readers: &mut Readers, reader: &str, network: IpAddr, article: i64, at: i64) -> Result<(), Denied> {
        let site = match network {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Some(IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
            }
        };
        let now = at.max(NOW);
        readers.count(Reader::Key(reader), Some(Origin { network, site }), article, at, now).map(|_| ())
    }

    fn home(number: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, number))
    }

    #[test]
    fn reads_of_a_reader_closer_than_thirty_minutes_are_one_in_any_order() {
        // Whatever the offset of the first read in its half hour.
        for offset in [0, 1, 7 * MINUTE, 15 * MINUTE, APART - 1] {
            let mut readers = readers(1000, 0, 0);
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
        let mut readers = readers(1000, 3, 0);
        let outcomes: Vec<_> = (0..5).map(|reader| read(&mut readers, &reader.to_string(), NOW)).collect();
        assert_eq!(outcomes, [Ok(()), Ok(()), Ok(()), Err(Denied::Crowded), Err(Denied::Crowded)]);
        assert_eq!(read_from(&mut readers, "9", NETWORK, 2, NOW), Ok(()), "another article");
        assert_eq!(read_from(&mut readers, "9", home(1), 1, NOW), Ok(()), "another network");
        assert_eq!(read(&mut readers, "9", NOW + APART), Ok(()), "half an hour later");
    }

    #[test]
    fn a_network_has_a_limited_number_of_readers_of_an_article_in_a_day() {
        let mut readers = readers(1000, 2, 5);
        let mut of_day = |start: i64| {
            let halves = (0..48).flat_map(|half| (0..3).map(move |reader| (half, reader)));
            let counted = halves
                .filter(|(half, reader)| read(&mut readers, &format!("{half} {reader}"), start + half * APART).is_ok());
            counted.count()
        };
        assert_eq!((of_day(NOW), of_day(NOW + DAY)), (5, 5));
    }

    #[test]
    fn the_networks_of_a_site_are_limited_together() {
        let mut readers = readers(100_000, 0, 3);
        let mut counted = |site: u16| {
            let networks = (0..200).map(|number| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, site, number, 0, 0, 0, 0)));
            networks.filter(|network| read_from(&mut readers, &network.to_string(), *network, 1, NOW).is_ok()).count()
        };
        assert_eq!((counted(1), counted(2)), (30, 30));
    }

    #[test]
    fn when_memory_is_short_the_oldest_are_forgotten_and_late_reads_of_then_refused() {
        let mut readers = readers(11, 0, 0);
        assert_eq!(read(&mut readers, "a", NOW - 10 * APART), Ok(()));
        for reader in 0..10 {
            assert_eq!(read(&mut readers, &reader.to_string(), NOW), Ok(()));
        }
        assert_eq!(read(&mut readers, "b", NOW), Ok(()), "the old one goes");
        assert_eq!(read(&mut readers, "a", NOW - 10 * APART), Err(Denied::Forgotten));
        assert_eq!(read(&mut readers, "0", NOW), Err(Denied::Counted));
    }

    #[test]
    fn when_memory_is_short_in_half_an_hour_new_readers_count_and_the_first_ones_are_forgotten() {
        let mut readers = readers(10, 0, 0);
        for reader in 0..1000 {
            assert_eq!(read(&mut readers, &reader.to_string(), NOW), Ok(()), "{reader}");
        }
        assert_eq!(readers.marks, 10);
        for reader in 990..1000 {
            assert_eq!(read(&mut readers, &reader.to_string(), NOW), Err(Denied::Counted), "{reader}");
        }
        assert_eq!(read(&mut readers, "0", NOW), Ok(()));
        assert!(readers.networks.counts.len() <= 2);
        for number in 0..100 {
            assert_eq!(read_from(&mut readers, &format!("x{number}"), home(number), 1, NOW), Ok(()));
        }
        assert!(readers.networks.counts.len() <= 2 && readers.networks.order.len() <= 2);
    }

    #[test]
    fn what_no_read_can_come_from_is_forgotten() {
        let mut readers = readers(100, 1, 0);
        for half in 0..20 {
            assert_eq!(read(&mut readers, "a", NOW + half * APART), Ok(()));
        }
        assert_eq!(readers.marks, 20);
        readers.forget_before(NOW + 18 * APART);
        assert_eq!((readers.halves.len(), readers.marks), (3, 3));
    }

    #[test]
    fn marks_that_are_put_back_refuse_what_they_refused_before() {
        let secret = Secret::random();
        let limits = PerNetwork { half_hour: 3, day: 5 };
        let mut before = Readers::new(secret, 1000, limits);
        let origin = Some(Origin { network: NETWORK, site: None });
        let mut count = |reader: &str, at: i64| before.count(Reader::Key(reader), origin, 1, at, at);
        let marks: Vec<Mark> = [("a", NOW), ("b", NOW), ("c", NOW + APART)]
            .map(|(reader, at)| count(reader, at).expect("it counts"))
            .into();
        for order in [marks.clone(), marks.iter().rev().copied().collect()] {
            let mut after = Readers::new(secret, 1000, limits);
            assert!(order.iter().all(|mark| after.remember(mark, NOW + APART)));
            // Twice is once.
            assert!(order.iter().all(|mark| after.remember(mark, NOW + APART)));
            let mut count = |reader: &str| after.count(Reader::Key(reader), origin, 1, NOW + APART, NOW + APART);
            assert_eq!(count("c"), Err(Denied::Counted));
            assert!(count("d").is_ok() && count("e").is_ok());
            assert_eq!(count("f"), Err(Denied::Crowded), "three in half an hour, five in the day");
        }
        let mut other = Readers::new(Secret::random(), 1000, ANY);
        assert!(marks.iter().all(|mark| other.remember(mark, NOW)));
        assert!(other.count(Reader::Key("a"), origin, 1, NOW, NOW).is_ok(), "another secret knows nobody");
    }

    #[test]
    fn as_many_are_put_back_as_there_is_room_for() {
        let secret = Secret::random();
        let mut before = Readers::new(secret, 1000, ANY);
        let marks: Vec<Mark> = (0..20)
            .map(|half| before.count(Reader::Key("a"), None, 1, NOW - half * APART, NOW).expect("it counts"))
            .collect();
        let mut after = Readers::new(secret, 10, ANY);
        let put_back = marks.iter().take_while(|mark| after.remember(mark, NOW)).count();
        assert_eq!((put_back, after.marks), (10, 10));
        assert_eq!(read(&mut after, "a", NOW - 15 * APART), Err(Denied::Forgotten));
        assert_eq!(read(&mut after, "a", NOW - 5 * APART), Err(Denied::Counted));
    }
}
