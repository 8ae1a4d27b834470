//! The settings: one struct, by flag or environment. Its `--help` is the manual.

mod database;
mod discreet;
mod graphql;
mod load;
mod misspelt;
mod watch;

use std::{ffi::OsString, fmt::Write as _, net::SocketAddr, path::PathBuf, sync::LazyLock, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use entity::term_status::TermKind;
use http::{HeaderName, HeaderValue};
use importer::Format;
use ipnet::IpNet;
use sea_orm::{ActiveEnum as _, Iterable as _};
use url::Url;

use crate::{
    PageUrl, PageUrls,
    access::{self, JwtSettings, Scope},
    cache, feeds,
    http::{
        cors::origin,
        proxies::{ForwardedHeader, Proxies},
    },
    owner,
    ranking::{self, Pace},
    reads, sample,
};

pub(crate) use database::server;
pub use database::{DatabaseUrl, Password};
pub use graphql::Graphql;
pub use load::{Load, open_files};
pub use watch::Watch;

use self::{database::database_url, discreet::Discreet};

/// Newsgraph serves structured news metadata over GraphQL: everything that a news page shows, in one request.
#[derive(Debug, Parser)]
#[command(name = "newsgraph", version, max_term_width = 100)]
pub struct Cli {
    /// What to do; `serve` when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings of all commands.
    #[command(flatten)]
    pub config: Config,
}

/// The last line of the help of each command but `serve`.
const GLOBAL_SETTINGS: &str = "global settings: `newsgraph serve --help`";

impl Cli {
    /// Reads the command line. Ends the program with what is wrong with it, or with the help that was asked for.
    pub fn read() -> Self {
        if let Some(folder) = time_zones(std::env::args_os().skip(1)) {
            let taken = importer::time::zone::use_folder(&folder);
            taken.unwrap_or_else(|problem| {
                Self::command().error(clap::error::ErrorKind::ValueValidation, problem).exit()
            });
        }
        let mut program = Self::program();
        let matches = program.get_matches_mut();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut program).exit())
    }

    /// A word about each variable of the environment that is spelt like no setting, and is meant for one.
    pub fn misspelt_settings() -> Vec<String> {
        let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        misspelt::misspelt(&Self::program(), variables)
    }

    /// The program with its commands. Each takes all settings; the help of `serve` lists them, that of the others has their own
    /// options alone.
    pub fn program() -> clap::Command {
        let command = Self::command();
        let settings: Vec<clap::Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
        let command = command.mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
        let command = command.long_version(VERSION.as_str());
        command.after_help(GLOBAL_SETTINGS).mut_subcommands(|command| with_settings(command, &settings))
    }
}

/// What `--version` says.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let rules = importer::time::zone::rules();
    format!("{}\ntime zones {} ({})", env!("CARGO_PKG_VERSION"), rules.version(), rules.source())
});

/// The variable of the environment that names a folder of time zones.
const TIME_ZONES: &str = "NEWSGRAPH_TIME_ZONES";

/// The folder of time zones that a command line or else the environment names. It is looked for before everything else is read, as other
/// options may name zones.
fn time_zones(arguments: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let mut arguments = arguments.take_while(|argument| argument != "--");
    let mut named = None;
    while let Some(argument) = arguments.next() {
        if argument == "--time-zones" {
            named = arguments.next();
        } else if let Some(folder) = argument.to_str().and_then(|text| text.strip_prefix("--time-zones=")) {
            named = Some(folder.into());
        }
    }
    named.or_else(|| std::env::var_os(TIME_ZONES)).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

fn with_settings(command: clap::Command, settings: &[clap::Arg]) -> clap::Command {
    let shows_them = command.get_name() == "serve";
    let command = if shows_them { command } else { command.after_help(GLOBAL_SETTINGS) };
    let command = command.args(settings.iter().map(|setting| setting.clone().hide(!shows_them)));
    command.mut_subcommands(|command| with_settings(command, settings))
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Migrates the database and serves.
    ///
    /// Paths: `/graphql` is the endpoint, `/` is GraphiQL, `/health/live` and `/health/ready` are for load balancers.
    Serve,
    /// Imports news: files, folders, archives, addresses and standard input.
    ///
    /// Items are saved idempotently: a higher version of an item replaces the earlier one, which is kept; the same or a lower one changes
    /// nothing. A document that cannot be read is reported with its name, the place in it and what is wrong; the others are imported, and
    /// the exit status is 1.
    Import(Import),
    /// Says whose items are, and hands them over: `list`, `show` and `hand-over`.
    ///
    /// Feeds and tokens change their own items alone. What the command line and editors import is the newsroom's, also when it was
    /// somebody else's before.
    #[command(subcommand)]
    Owner(Owner),
    /// Parts sections, topics, places, sources and contributors that stand for several things, and merges those that stand for one: `show`,
    /// `part` and `merge`.
    ///
    /// Imports tell them apart by their identifiers where they have some, else by their names: names that differ in more than case, spaces
    /// and the form of characters are two.
    #[command(subcommand)]
    Terms(Terms),
    /// Sets up the feeds that `serve` visits by itself: `add`, `update`, `list`, `remove`, and `run` for a visit now.
    #[command(subcommand)]
    Source(Source),
    /// Makes tokens for those who may do more than the public: `create`, `list`, `rotate` and `revoke`.
    #[command(subcommand)]
    Token(Token),
    /// Computes most-read rankings out of the stored counts.
    #[command(subcommand)]
    Rankings(Rankings),
    /// Prepares the database: `up`, `down` or `status`.
    #[command(subcommand)]
    Migrate(Migrate),
    /// Prints the GraphQL schema in the schema definition language.
    Schema,
    /// Checks the documents that front-ends have registered: `check`.
    #[command(subcommand)]
    Documents(Documents),
    /// Asks the server at the listen address whether it is ready; fails when it is not. For health checks of containers.
    Health,
}

/// What to import, and how.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// Files, folders with all that is in them, archives (`.zip`, `.tar`, `.tar.gz`, `.gz`), addresses (`https://…`), and `-` for standard
    /// input. The name of a format may stand before them.
    #[arg(required = true, value_name = "FILES")]
    pub inputs: Vec<PathBuf>,

    /// The format of every document; told by content when it is left out.
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    pub format: Option<Format>,

    /// The section of articles that name none.
    #[arg(long, value_name = "NAME", default_value = "News")]
    pub section: String,

    /// The language of articles that name none, as a BCP 47 tag such as `en`; the newsroom's when it is left out.
    #[arg(long, value_name = "TAG", value_parser = language)]
    pub language: Option<String>,

    /// The zone of times that name none, such as `Europe/Moscow`.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    pub time_zone: importer::time::Zone,

    /// Only says what would be saved: it is saved, and then taken back. Other writers wait meanwhile on SQLite.
    #[arg(long)]
    pub dry_run: bool,

    /// Also fetches addresses of private networks and of this machine.
    #[arg(long)]
    pub allow_private: bool,

    /// Also writes what there is to say as JSON lines to this file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Imports in the name of a source or token, such as `source:The Example`: what it brings is that owner's, and what belongs to others is
    /// refused. In the name of the newsroom, which may change everything, when it is left out.
    #[arg(long, value_name = "OWNER", default_value = "newsroom", value_parser = owner::parse)]
    pub owner: entity::owner::Owner,
}

/// What to do with the owners of items.
#[derive(Clone, Debug, Subcommand)]
pub enum Owner {
    /// Lists the owners, each with the number of its items.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Says whose items are.
    Show {
        /// Their identifiers.
        #[arg(required = true, value_name = "URI")]
        uris: Vec<String>,
    },
    /// Hands items over to another owner: those with these identifiers, with a prefix, or all of an owner.
    HandOver {
        /// The owner that gets them: `newsroom`, `source:NAME` or `token:NAME`.
        #[arg(long, value_name = "OWNER", value_parser = owner::parse)]
        to: entity::owner::Owner,
        /// Only those of this owner.
        #[arg(long, value_name = "OWNER", value_parser = owner::parse)]
        from: Option<entity::owner::Owner>,
        /// Only those whose identifier begins so.
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
        /// Only those with these identifiers.
        #[arg(value_name = "URI")]
        uris: Vec<String>,
    },
}

/// What to do with sections, topics, places, sources and contributors.
#[derive(Clone, Debug, Subcommand)]
pub enum Terms {
    /// Says what is known of one: its name, what else finds it, and how many of its articles each owner, language and byline has.
    Show {
        /// What it is.
        #[arg(value_name = "KIND", value_parser = term_kind())]
        kind: TermKind,
        /// Its readable key.
        slug: String,
    },
    /// Gives articles of one to another of the name NAME, which is made if it is not there. News that gives this name is filed under it
    /// from then on.
    ///
    /// The articles are those that all options fit. What is filed under the readable key otherwise stays there, and so does its address.
    Part {
        /// What it is.
        #[arg(value_name = "KIND", value_parser = term_kind())]
        kind: TermKind,
        /// The readable key of the one that is parted.
        slug: String,
        /// The name of the other one.
        name: String,
        /// The identifier of the other one: for namesakes, which news tells apart by it.
        #[arg(long, value_name = "URI")]
        identifier: Option<String>,
        /// Articles whose identifier begins so.
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
        /// Articles of this owner: `newsroom`, `source:NAME` or `token:NAME`.
        #[arg(long, value_name = "OWNER", value_parser = owner::parse)]
        owner: Option<entity::owner::Owner>,
        /// Articles of the source with this readable key.
        #[arg(long, value_name = "SLUG")]
        source: Option<String>,
        /// Articles in this language, as it is stored: a BCP 47 tag.
        #[arg(long, value_name = "TAG")]
        language: Option<String>,
        /// Articles whose byline has this in it.
        #[arg(long, value_name = "TEXT")]
        byline: Option<String>,
        /// Also files all articles that stay anew, by the names that they give, when they come again in an import or a feed, changed or not.
        #[arg(long)]
        again: bool,
        /// Articles with these identifiers.
        #[arg(value_name = "URI")]
        uris: Vec<String>,
    },
    /// Merges some into another, which has their articles and is found by their names and identifiers from then on.
    Merge {
        /// What they are.
        #[arg(value_name = "KIND", value_parser = term_kind())]
        kind: TermKind,
        /// The readable keys of those that go.
        #[arg(required = true, value_name = "SLUG")]
        slugs: Vec<String>,
        /// The readable key of the one that stays.
        #[arg(long, value_name = "SLUG")]
        into: String,
    },
}

/// What to do with the feeds that `serve` visits.
#[derive(Clone, Debug, Subcommand)]
pub enum Source {
    /// Adds a feed: RSS, Atom, JSON Feed, or another news format behind an address.
    Add(Box<SourceAdd>),
    /// Changes a feed that was added. What is not named stays; it is visited at once, and its news is filed anew.
    Update(Box<SourceUpdate>),
    /// Lists the feeds: when each was visited, what came of it, when it is visited next.
    List {
        /// As JSON, with every setting.
        #[arg(long)]
        json: bool,
    },
    /// Removes a feed. Its news stays.
    Remove {
        /// Its name.
        name: String,
    },
    /// Visits feeds now, whether they are due or not.
    Run {
        /// Their names; all when left out.
        names: Vec<String>,
        /// Also reads what has not changed since the last visit.
        #[arg(long)]
        again: bool,
        /// Also writes which items were not saved, and why, as JSON lines to this file.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
}

/// A feed to add.
#[derive(Args, Clone, Debug)]
pub struct SourceAdd {
    /// A name for it, such as that of the outlet; its news is labelled with it when it names no source itself.
    pub name: String,

    /// Its address.
    #[arg(value_parser = fetched_url)]
    pub url: Url,

    /// Its format; told by content when it is left out.
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    pub format: Option<Format>,

    /// The section of its news that names none, or none that is mapped.
    #[arg(long, value_name = "NAME")]
    pub section: Option<String>,

    /// Files a section or category of the feed under a section of the newsroom: `Fútbol=Sport`. May be given several times.
    #[arg(long, value_name = "THEIRS=OURS", value_parser = pair)]
    pub map_section: Vec<(String, String)>,

    /// Replaces a category of the feed by a topic of the newsroom, by name or code: `soccer=medtop:20001065`. May be given several times.
    #[arg(long, value_name = "THEIRS=OURS", value_parser = pair)]
    pub map_topic: Vec<(String, String)>,

    /// A topic of all its news, by name or code. May be given several times.
    #[arg(long, value_name = "TOPIC")]
    pub topic: Vec<String>,

    /// The language of news that names none, as a BCP 47 tag such as `en`; the newsroom's when it is left out.
    #[arg(long, value_name = "TAG", value_parser = language)]
    pub language: Option<String>,

    /// The zone of times that name none, such as `Europe/Moscow`.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    pub time_zone: importer::time::Zone,

    /// Time between visits, such as `90s`, `15min` or `2h`; the feed's own pace when it is left out.
    #[arg(long, value_name = "TIME", value_parser = refresh)]
    pub every: Option<TimeDelta>,

    /// Also visits it on a private network or on this machine.
    #[arg(long)]
    pub allow_private: bool,
}

/// What to change of a feed.
#[derive(Args, Clone, Debug)]
pub struct SourceUpdate {
    /// Its name.
    pub name: String,

    /// Another address.
    #[arg(long, value_name = "URL", value_parser = fetched_url)]
    pub url: Option<Url>,

    /// Its format.
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    pub format: Option<Format>,

    /// The section of its news that names none, or none that is mapped.
    #[arg(long, value_name = "NAME")]
    pub section: Option<String>,

    /// Also files a section or category of the feed under a section of the newsroom: `Fútbol=Sport`. May be given several times.
    #[arg(long, value_name = "THEIRS=OURS", value_parser = pair)]
    pub map_section: Vec<(String, String)>,

    /// Also replaces a category of the feed by a topic of the newsroom: `soccer=medtop:20001065`. May be given several times.
    #[arg(long, value_name = "THEIRS=OURS", value_parser = pair)]
    pub map_topic: Vec<(String, String)>,

    /// The topics of all its news, instead of those before. May be given several times.
    #[arg(long, value_name = "TOPIC")]
    pub topic: Vec<String>,

    /// The language of news that names none, as a BCP 47 tag such as `en`.
    #[arg(long, value_name = "TAG", value_parser = language)]
    pub language: Option<String>,

    /// The zone of times that name none, such as `Europe/Moscow`.
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    pub time_zone: Option<importer::time::Zone>,

    /// Time between visits, such as `90s`, `15min` or `2h`.
    #[arg(long, value_name = "TIME", value_parser = refresh)]
    pub every: Option<TimeDelta>,

    /// Whether it is also visited on a private network or on this machine.
    #[arg(long, value_name = "BOOL", default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub allow_private: Option<bool>,

    /// Whether it is left alone; a feed that is gone for good (410) is.
    #[arg(long, value_name = "BOOL", default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub paused: Option<bool>,

    /// Takes back what was set, so that it is as if it had never been given. May be given several times; goes before what is set anew.
    #[arg(long, value_name = "OPTION", value_delimiter = ',')]
    pub unset: Vec<SourceOption>,
}

/// An option of a feed that can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SourceOption {
    /// Told by content again.
    Format,
    /// The usual section.
    Section,
    /// No section of the feed is mapped.
    MapSection,
    /// No category of the feed is mapped.
    MapTopic,
    /// No topics of all its news.
    Topic,
    /// The newsroom's language.
    Language,
    /// UTC.
    TimeZone,
    /// The feed's own pace.
    Every,
}

impl SourceUpdate {
    /// The name of the feed, and what is to be changed of it, where it is filed like `mapping` now.
    pub fn change(self, mapping: &entity::feed::Mapping) -> (String, feeds::Change) {
        let unset = |option| self.unset.contains(&option);
        let mut filed = mapping.clone();
        if unset(SourceOption::MapSection) {
            filed.sections.clear();
        }
        if unset(SourceOption::MapTopic) {
            filed.topics.clear();
        }
        if unset(SourceOption::Topic) || !self.topic.is_empty() {
            filed.always.clone_from(&self.topic);
        }
        filed.sections.extend(self.map_section.iter().cloned());
        filed.topics.extend(self.map_topic.iter().cloned());
        let utc = unset(SourceOption::TimeZone).then_some(importer::time::Zone::UTC);
        let change = feeds::Change {
            format: set_or_unset(self.format, unset(SourceOption::Format)),
            section: set_or_unset(self.section.clone(), unset(SourceOption::Section)),
            language: set_or_unset(self.language.clone(), unset(SourceOption::Language)),
            every: set_or_unset(self.every, unset(SourceOption::Every)),
            mapping: (filed != *mapping).then_some(filed),
            time_zone: self.time_zone.or(utc),
            url: self.url,
            allow_private: self.allow_private,
            paused: self.paused,
        };
        (self.name, change)
    }
}

fn set_or_unset<T>(value: Option<T>, unset: bool) -> Option<Option<T>> {
    match value {
        Some(value) => Some(Some(value)),
        None => unset.then_some(None),
    }
}

impl Import {
    /// The inputs and the format: by option, or as the word before the inputs.
    pub fn inputs_and_format(&self) -> (&[PathBuf], Option<Format>) {
        match self.inputs.split_first() {
            Some((first, rest)) if self.format.is_none() && !rest.is_empty() && !first.exists() => {
                match first.to_str().and_then(|name| name.parse().ok()) {
                    Some(format) => (rest, Some(format)),
                    None => (&self.inputs, None),
                }
            }
            _ => (&self.inputs, self.format),
        }
    }
}

/// What to do with the tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum Token {
    /// Makes a token, and prints it to standard output. It is shown this once: only its hash is kept.
    Create {
        /// A name for it, such as that of the program that will hold it.
        name: String,
        /// What it allows; nothing but what the public may when it is left out. May be given several times.
        #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
        scope: Vec<Scope>,
        /// Binds it to a source: it imports news in the name of this source alone, and may change what the source feed of that name
        /// brought. May be given several times.
        #[arg(long, value_name = "NAME")]
        source: Vec<String>,
        /// How long it can be used, such as `90d`; for ever when it is left out.
        #[arg(long, value_name = "TIME", value_parser = lifetime)]
        expires: Option<TimeDelta>,
    },
    /// Lists the tokens: how each begins, what it allows, when it was used last, until when it can be used.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Gives a token another secret, and prints it to standard output.
    Rotate {
        /// Its name.
        name: String,
        /// How long the new one can be used; as long as the one before when it is left out.
        #[arg(long, value_name = "TIME", value_parser = lifetime)]
        expires: Option<TimeDelta>,
        /// How long the one before can still be used, such as `1h`; not at all when it is left out.
        #[arg(long, value_name = "TIME", value_parser = lifetime)]
        overlap: Option<TimeDelta>,
    },
    /// Takes a token's right to do anything; servers notice within five seconds.
    Revoke {
        /// Its name.
        name: String,
    },
}

/// What to do with registered documents.
#[derive(Clone, Debug, Subcommand)]
pub enum Documents {
    /// Says which documents do not fit the schema or the limits of this version, a line for each flaw; then the exit status is 1. It needs no
    /// database.
    Check {
        /// A folder of `.graphql` files, or a manifest as Apollo's or Relay's tools write it; `--documents` when it is left out.
        path: Option<PathBuf>,
    },
}

/// What to do with the rankings.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Rankings {
    /// Computes the rankings of all windows, and prints them as lines of JSON, one a list.
    ///
    /// They become what is shown, unless newer ones are there: those are never replaced by older ones.
    Recompute {
        /// As they were at this time, such as `2026-03-01T09:30:00Z`; now when it is left out. Reads are counted in buckets of five
        /// minutes, so a time between two is taken as the end of its bucket.
        #[arg(long, value_name = "TIME", value_parser = past)]
        as_of: Option<DateTime<Utc>>,
    },
}

/// What to do with the schema of the database.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Migrate {
    /// Runs the migrations that have not run yet.
    Up,
    /// Takes migrations back, the last one first. What their tables hold is lost.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// Lists the migrations and whether they have run.
    Status,
}

/// The settings of all commands.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// The database: `postgres://USER:PASSWORD@HOST:PORT/NAME` or `sqlite://FILE`. Reserved characters of the password are percent-encoded.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL",
        default_value = "sqlite://newsgraph.db", value_parser = Discreet(database_url))]
    pub database_url: DatabaseUrl,

    /// The password for the database, when it is not in the address.
    #[command(flatten)]
    pub password: Password,

    /// Read replicas of the database, separated by commas. Queries of the public go to those that have all changes which are known here,
    /// else to the database itself. They need answers to be kept (`--cache-size`), which is when changes are followed.
    #[arg(long, global = true, env = "DATABASE_REPLICA_URLS", hide_env_values = true, value_name = "URLS", value_delimiter = ',',
        value_parser = Discreet(database_url))]
    pub database_replica_urls: Vec<DatabaseUrl>,

    /// A folder with the rules of time zones, such as `/usr/share/zoneinfo`, which are read when the program starts. When it is left out, those
    /// of the system are taken if they are newer than those that are built in; `--version` says which are in force.
    #[arg(long, global = true, env = TIME_ZONES, value_name = "FOLDER")]
    pub time_zones: Option<PathBuf>,

    /// Most connections to the database.
    #[arg(long, global = true, env = "NEWSGRAPH_DATABASE_CONNECTIONS", value_name = "NUMBER", default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,

    /// The address to serve on.
    #[arg(
        long,
        global = true,
        env = "NEWSGRAPH_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8000",
        value_parser = address)]
    pub listen: SocketAddr,

    /// Where clients reach the server; by default the address that it serves on. It is the base of the addresses of media.
    #[arg(long, global = true, env = "NEWSGRAPH_PUBLIC_URL", value_name = "URL", value_parser = web_url)]
    pub public_url: Option<Url>,

    /// The public page of an article that names none itself; `{slug}` stands for its slug.
    #[arg(long, global = true, env = "NEWSGRAPH_ARTICLE_URL", value_name = "URL", value_parser = page_url)]
    pub article_url: Option<String>,

    /// The page of a section on your site; `{slug}` stands for its slug. Below the public address, where Newsgraph has no such page, when left out.
    #[arg(long, global = true, env = "NEWSGRAPH_SECTION_URL", value_name = "URL", value_parser = page_url)]
    pub section_url: Option<String>,

    /// The page of a topic on your site; `{slug}` stands for its slug. Below the public address, where Newsgraph has no such page, when left out.
    #[arg(long, global = true, env = "NEWSGRAPH_TOPIC_URL", value_name = "URL", value_parser = page_url)]
    pub topic_url: Option<String>,

    /// The page of a story on your site; `{slug}` stands for its slug. Below the public address, where Newsgraph has no such page, when left out.
    #[arg(long, global = true, env = "NEWSGRAPH_STORY_URL", value_name = "URL", value_parser = page_url)]
    pub story_url: Option<String>,

    /// The page of a gallery on your site; `{slug}` stands for its slug. Below the public address, where Newsgraph has no such page, when left out.
    #[arg(long, global = true, env = "NEWSGRAPH_GALLERY_URL", value_name = "URL", value_parser = page_url)]
    pub gallery_url: Option<String>,

    /// The page of a contributor on your site; `{slug}` stands for its slug. Below the public address, where Newsgraph has no such page, when left out.
    #[arg(long, global = true, env = "NEWSGRAPH_CONTRIBUTOR_URL", value_name = "URL", value_parser = page_url)]
    pub contributor_url: Option<String>,

    /// Proxies before the server, as addresses or networks with commas between them, such as `10.0.0.0/8,::1`. Only they are believed whose
    /// request they pass on.
    #[arg(long, global = true, env = "NEWSGRAPH_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// The header in which these proxies name the client; they must write it themselves, whatever a client sends.
    #[arg(
        long,
        global = true,
        env = "NEWSGRAPH_FORWARDED_HEADER",
        value_name = "HEADER",
        default_value = "x-forwarded-for"
    )]
    pub forwarded_header: ForwardedHeader,

    /// Origins whose pages may read answers in a browser, with commas between them, such as `https://www.example.org`; `*` for all.
    #[arg(long, global = true, env = "NEWSGRAPH_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,

    /// Size of the body that `POST /import` takes, such as `8MiB`; 256 MiB at most.
    #[arg(long, global = true, env = "NEWSGRAPH_IMPORT_BYTES", value_name = "SIZE", default_value = "1MiB", value_parser = import_size)]
    pub import_bytes: u64,

    /// The language of imported articles that name none, as a BCP 47 tag such as `en`. It goes before the one in the newsroom's own
    /// settings (`newsroom.json`); what an import or a source says goes before both.
    #[arg(long, global = true, env = "NEWSGRAPH_DEFAULT_LANGUAGE", value_name = "TAG", value_parser = language)]
    pub default_language: Option<String>,

    /// Where an identity provider publishes the keys of its JWTs (a JWKS). Its JWTs are then taken as tokens, with the scopes that their claim
    /// `scope` names.
    #[arg(long, global = true, env = "NEWSGRAPH_JWKS_URL", value_name = "URL", value_parser = fetched_url,
        requires_all = ["jwt_issuer", "jwt_audience"])]
    pub jwks_url: Option<Url>,

    /// What JWTs must name as their issuer (`iss`).
    #[arg(long, global = true, env = "NEWSGRAPH_JWT_ISSUER", value_name = "ISSUER")]
    pub jwt_issuer: Option<String>,

    /// What JWTs for this server name as their audience (`aud`).
    #[arg(long, global = true, env = "NEWSGRAPH_JWT_AUDIENCE", value_name = "AUDIENCE")]
    pub jwt_audience: Option<String>,

    /// Whether `serve` loads the sample newsroom: `auto` does when the database holds nothing yet.
    #[arg(long, global = true, env = "NEWSGRAPH_SAMPLE", value_name = "WHEN", default_value = "auto")]
    pub sample: sample::Load,

    /// How far back `NOW` reaches.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_NOW", value_name = "TIME", default_value = "3h", value_parser = span)]
    pub ranking_now: TimeDelta,

    /// How far back `TODAY` reaches.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_TODAY", value_name = "TIME", default_value = "24h", value_parser = span)]
    pub ranking_today: TimeDelta,

    /// How far back `THIS_WEEK` reaches.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_THIS_WEEK", value_name = "TIME", default_value = "7d", value_parser = span)]
    pub ranking_this_week: TimeDelta,

    /// How often rankings are computed, all three; by default `NOW` every minute, `TODAY` every 5 minutes, `THIS_WEEK` every hour.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_REFRESH", value_name = "TIME", value_parser = refresh)]
    pub ranking_refresh: Option<TimeDelta>,

    /// How often `NOW` is computed.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_REFRESH_NOW", value_name = "TIME", default_value = "1m", value_parser = refresh)]
    pub ranking_refresh_now: TimeDelta,

    /// How often `TODAY` is computed.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_REFRESH_TODAY", value_name = "TIME", default_value = "5m", value_parser = refresh)]
    pub ranking_refresh_today: TimeDelta,

    /// How often `THIS_WEEK` is computed.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_REFRESH_THIS_WEEK", value_name = "TIME", default_value = "1h", value_parser = refresh)]
    pub ranking_refresh_this_week: TimeDelta,

    /// Articles of a ranking.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_LENGTH", value_name = "NUMBER", default_value_t = 100,
        value_parser = clap::value_parser!(u64).range(1..=100))]
    pub ranking_length: u64,

    /// Whether the public sees how often an article was read; with `false` the field `reads` is null.
    #[arg(long, global = true, env = "NEWSGRAPH_RANKING_SHOW_READS", value_name = "BOOL", default_value_t = true,
        action = clap::ArgAction::Set)]
    pub ranking_show_reads: bool,

    /// Reads that one client address may send a minute without a token; 0 is any number.
    #[arg(long, global = true, env = "NEWSGRAPH_READS_PER_MINUTE", value_name = "NUMBER", default_value_t = 600)]
    pub reads_per_minute: u32,

    /// Readers of one article within half an hour that count from one client address, whatever keys they send; 0 is any number. An IPv6 /64
    /// counts as one address, and a /48 as ten.
    #[arg(long, global = true, env = "NEWSGRAPH_READS_PER_ADDRESS", value_name = "NUMBER", default_value_t = 20)]
    pub reads_per_address: u32,

    /// The same within a day (UTC); five times as many as in half an hour when it is left out, 0 is any number.
    #[arg(long, global = true, env = "NEWSGRAPH_READS_PER_ADDRESS_A_DAY", value_name = "NUMBER")]
    pub reads_per_address_a_day: Option<u32>,

    /// File with the secret under which readers are remembered, so that they count once also after a restart: 64 hexadecimal digits. It is
    /// made when it is not there; servers on several machines share readers when they have the same. By default `newsgraph/reads.key` in
    /// `$STATE_DIRECTORY`, `$XDG_STATE_HOME` or `~/.local/state`.
    #[arg(long, global = true, env = "NEWSGRAPH_READS_KEY_FILE", value_name = "FILE")]
    pub reads_key_file: Option<PathBuf>,

    /// Reads that may wait to be saved before more are answered 503.
    #[arg(long, global = true, env = "NEWSGRAPH_READS_BUFFER", value_name = "NUMBER", default_value_t = 100_000,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub reads_buffer: u32,

    /// Readers of articles that are remembered, so that they count once; each takes about 50 bytes of memory. When there are more, those that
    /// came first are forgotten.
    #[arg(long, global = true, env = "NEWSGRAPH_READS_REMEMBERED", value_name = "NUMBER", default_value_t = 10_000_000,
        value_parser = clap::value_parser!(u32).range(1000..))]
    pub reads_remembered: u32,

    /// How long reads are kept by five minutes; older ones are kept by the hour.
    #[arg(long, global = true, env = "NEWSGRAPH_READS_KEEP", value_name = "TIME", default_value = "8d", value_parser = span)]
    pub reads_keep: TimeDelta,

    /// How long reads are kept by the hour.
    #[arg(long, global = true, env = "NEWSGRAPH_READS_KEEP_HOURS", value_name = "TIME", default_value = "35d", value_parser = span)]
    pub reads_keep_hours: TimeDelta,

    /// Memory for answers that are kept; a number alone is MiB, and 0 keeps none. They are dropped the moment something in them changes.
    #[arg(long, global = true, env = "NEWSGRAPH_CACHE_SIZE", value_name = "SIZE", default_value = "64MiB", value_parser = memory)]
    pub cache_size: u64,

    /// Memory for rows and short lists that answers are made of; a number alone is MiB, and 0 keeps none. They are dropped the moment they
    /// change.
    #[arg(long, global = true, env = "NEWSGRAPH_ROW_CACHE_SIZE", value_name = "SIZE", default_value = "48MiB", value_parser = memory)]
    pub row_cache_size: u64,

    /// How long the last good answers are given, with a mark, when the database cannot be reached; 0 answers an error at once.
    #[arg(long, global = true, env = "NEWSGRAPH_CACHE_STALE", value_name = "TIME", default_value = "10min", value_parser = patience)]
    pub cache_stale: TimeDelta,

    /// A cache before the server, such as a content delivery network or Varnish, that is told what is no longer true: where requests are sent, by
    /// POST, with names in the header `Surrogate-Key` and in the body as `{"tags": […]}`. One of several servers is enough.
    #[arg(long, global = true, env = "NEWSGRAPH_PURGE_URL", value_name = "URL", value_parser = fetched_url)]
    pub purge_url: Option<Url>,

    /// A header that shows that these requests may purge, such as `Fastly-Key: SECRET`.
    #[arg(long, global = true, env = "NEWSGRAPH_PURGE_HEADER", hide_env_values = true, value_name = "NAME: VALUE", value_parser = Discreet(header),
        requires = "purge_url")]
    pub purge_header: Option<(HeaderName, HeaderValue)>,

    /// What to log: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by module (`info,api=debug`).
    #[arg(long, global = true, env = "NEWSGRAPH_LOG", value_name = "FILTER", default_value = "info,sqlx=warn,sea_orm_migration=warn",
        value_parser = log_filter)]
    pub log: String,

    /// How to write the log.
    #[arg(long, global = true, env = "NEWSGRAPH_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// What those who run the server see of it.
    #[command(flatten)]
    pub watch: Watch,

    /// The settings of the GraphQL endpoint.
    #[command(flatten)]
    pub graphql: Graphql,

    /// The settings of load.
    #[command(flatten)]
    pub load: Load,
}

/// How to write the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of text for each event.
    Text,
    /// A JSON object for each event.
    Json,
}

impl Config {
    /// How long a request for a connection waits.
    pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

    /// What answers depend on.
    pub fn settings(&self) -> crate::Settings {
        let public_url = match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => {
                let host =
                    if self.listen.ip().is_unspecified() { "127.0.0.1".into() } else { self.listen.ip().to_string() };
                let host = if host.contains(':') { format!("[{host}]") } else { host };
                format!("http://{host}:{}", self.listen.port())
            }
        };
        let article_url = self.article_url.clone().unwrap_or_else(|| format!("{public_url}/articles/{{slug}}"));
        let cache = cache::Settings {
            bytes: self.cache_size,
            rows: self.row_cache_size,
            stale: self.cache_stale,
            purge: self.purge_url.clone().map(|url| cache::Purge { url, header: self.purge_header.clone() }),
            ..Default::default()
        };
        let search_counted = self.graphql.search_counted;
        let usual = PageUrls::under(&public_url);
        let page = |given: &Option<String>, usual| given.clone().map_or(usual, PageUrl);
        let pages = PageUrls {
            section: page(&self.section_url, usual.section),
            topic: page(&self.topic_url, usual.topic),
            story: page(&self.story_url, usual.story),
            gallery: page(&self.gallery_url, usual.gallery),
            contributor: page(&self.contributor_url, usual.contributor),
        };
        crate::Settings { public_url, article_url, pages, rankings: self.rankings(), cache, search_counted }
    }

    /// How rankings are computed and shown.
    pub fn rankings(&self) -> ranking::Settings {
        let pace = |span, refresh| Pace { span, refresh: self.ranking_refresh.unwrap_or(refresh) };
        ranking::Settings {
            now: pace(self.ranking_now, self.ranking_refresh_now),
            today: pace(self.ranking_today, self.ranking_refresh_today),
            this_week: pace(self.ranking_this_week, self.ranking_refresh_this_week),
            length: self.ranking_length,
            show_reads: self.ranking_show_reads,
            keep_buckets: self.reads_keep,
            keep_hours: self.reads_keep_hours,
        }
    }

    /// Who is believed, and who may read answers.
    pub fn access(&self) -> access::Settings {
        let jwt = match (&self.jwks_url, &self.jwt_issuer, &self.jwt_audience) {
            (Some(keys), Some(issuer), Some(audience)) => {
                Some(JwtSettings { keys: keys.clone(), issuer: issuer.clone(), audience: audience.clone() })
            }
            _ => None,
        };
        access::Settings {
            proxies: Proxies { trusted: self.trusted_proxies.clone(), header: self.forwarded_header },
            origins: self.cors_origins.iter().cloned().collect(),
            jwt,
            import_bytes: usize::try_from(self.import_bytes).unwrap_or(usize::MAX),
            import_language: self.default_language.clone(),
        }
    }

    /// How reads are counted. Makes the file of the secret when it is not there.
    pub fn reads(&self) -> Result<reads::Settings, String> {
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let secret = match &self.reads_key_file {
            Some(file) => reads::Secret::of_file(file).map_err(|error| {
                format!(
                    "the key of reads cannot be used: {error}; mend {} or pass another --reads-key-file",
                    file.display()
                )
            })?,
            None => {
                let file = reads::Secret::usual_file();
                reads::Secret::of_file(&file).unwrap_or_else(|error| {
                    tracing::warn!(
                        %error,
                        file = %file.display(),
                        "the key of reads cannot be kept, so readers can count again after a restart; pass --reads-key-file"
                    );
                    reads::Secret::random()
                })
            }
        };
        Ok(reads::Settings {
            secret,
            per_minute: self.reads_per_minute,
            per_network: self.reads_per_address,
            per_network_a_day: self.reads_per_address_a_day.unwrap_or(self.reads_per_address.saturating_mul(5)),
            buffer: number(self.reads_buffer),
            remembered: number(self.reads_remembered),
            article_url: self.settings().article_url,
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an IP address and a port, such as `127.0.0.1:8000` or `[::]:8000`".to_owned())
}

fn web_url(text: &str) -> Result<Url, String> {
    let form = "write an address such as `https://api.example.org`";
    let url = Url::parse(text).map_err(|error| format!("{error}; {form}"))?;
    if matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none() {
        return Ok(url);
    }
    Err(form.to_owned())
}

fn page_url(text: &str) -> Result<String, String> {
    let mut problem = String::new();
    if text.matches("{slug}").count() != 1 {
        problem.push_str("`{slug}` must stand in it once; ");
    }
    if let Err(error) = Url::parse(&text.replace("{slug}", "slug")) {
        let _ = write!(problem, "{error}; ");
    }
    if problem.is_empty() {
        Ok(text.to_owned())
    } else {
        Err(format!("{problem}write `https://www.example.org/news/{{slug}}`"))
    }
}

/// Every format by its name, so that `--help` lists them.
fn format() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::TypedValueParser as _;
    let names = Format::ALL.map(Format::name);
    clap::builder::PossibleValuesParser::new(names).try_map(|name| name.parse::<Format>())
}

fn term_kind() -> impl clap::builder::TypedValueParser<Value = TermKind> {
    use clap::builder::TypedValueParser as _;
    let names = TermKind::iter().map(TermKind::name);
    clap::builder::PossibleValuesParser::new(names).try_map(|name| TermKind::try_from_value(&name))
}

fn fetched_url(text: &str) -> Result<Url, String> {
    let form = "write an address such as `https://www.example.org/feed.xml`";
    let url = Url::parse(text).map_err(|error| format!("{error}; {form}"))?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(form.to_owned()) }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(theirs, ours)| (theirs.trim(), ours.trim())) {
        Some((theirs, ours)) if !theirs.is_empty() && !ours.is_empty() => Ok((theirs.to_owned(), ours.to_owned())),
        _ => Err("write the feed's word, `=`, and the newsroom's, such as `Fútbol=Sport`".to_owned()),
    }
}

fn language(text: &str) -> Result<String, String> {
    importer::language_tag(text).ok_or_else(|| "write a BCP 47 tag such as `en` or `pt-BR`".to_owned())
}

fn time_zone(text: &str) -> Result<importer::time::Zone, String> {
    text.parse().map_err(|_| "write the IANA name of a time zone, such as `Europe/Moscow`".to_owned())
}

/// A header of a request that nobody may read in a log.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let form = "write a header such as `Fastly-Key: SECRET`";
    let (name, value) = text.split_once(':').ok_or(form)?;
    let name = name.trim().parse().map_err(|_| form)?;
    let mut value: HeaderValue = value.trim().parse().map_err(|_| form)?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// Bytes: a number alone, or with a unit.
fn bytes(text: &str) -> Result<u64, String> {
    let form = "write a size such as `65536`, `64KiB` or `32MiB`";
    let text = text.trim();
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit: u64 = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err(form.to_owned()),
    };
    let number: u64 = digits.trim().parse().map_err(|_| form.to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "it is too large".to_owned())
}

fn import_size(text: &str) -> Result<u64, String> {
    let size = bytes(text)?;
    if (1..=256 << 20).contains(&size) { Ok(size) } else { Err("it must be from `1` to `256MiB`".to_owned()) }
}

/// Memory, of which a number alone says the MiB.
fn memory(text: &str) -> Result<u64, String> {
    let is_number = !text.trim().is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit());
    let size = if is_number { bytes(&format!("{}MiB", text.trim())) } else { bytes(text) };
    let size = size.map_err(|problem| problem.replace("`65536`, ", ""))?;
    if size <= 1 << 40 { Ok(size) } else { Err("it must be from `0` to `1024GiB`".to_owned()) }
}

/// A time back of at least one bucket.
fn span(text: &str) -> Result<TimeDelta, String> {
    duration(text, ranking::BUCKET, "from `5min` to `400d`")
}

fn lifetime(text: &str) -> Result<TimeDelta, String> {
    let form = "write a time such as `1h`, `90d` or `1y`";
    let given = humantime::parse_duration(text).map_err(|error| format!("{error}; {form}"))?;
    let given = TimeDelta::from_std(given).map_err(|_| form.to_owned())?;
    let limits = TimeDelta::minutes(1)..=TimeDelta::days(36_525);
    if limits.contains(&given) { Ok(given) } else { Err("it must be from `1min` to `100y`".to_owned()) }
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    let form = "write an address or a network, such as `192.0.2.1`, `10.0.0.0/8` or `2001:db8::/32`";
    text.parse().or_else(|_| address()).map_err(|_| form.to_owned())
}

fn refresh(text: &str) -> Result<TimeDelta, String> {
    duration(text, TimeDelta::seconds(1), "from `1s` to `400d`")
}

fn patience(text: &str) -> Result<TimeDelta, String> {
    duration(text, TimeDelta::zero(), "from `0s` to `1d`").and_then(|time| {
        if time <= TimeDelta::days(1) { Ok(time) } else { Err("it must be from `0s` to `1d`".to_owned()) }
    })
}

fn duration(text: &str, least: TimeDelta, limits: &str) -> Result<TimeDelta, String> {
    let form = "write a time such as `30s`, `5min`, `3h` or `7d`";
    let given = humantime::parse_duration(text).map_err(|error| format!("{error}; {form}"))?;
    let given = TimeDelta::from_std(given).map_err(|_| form.to_owned())?;
    if (least..=TimeDelta::days(400)).contains(&given) { Ok(given) } else { Err(format!("it must be {limits}")) }
}

fn past(text: &str) -> Result<DateTime<Utc>, String> {
    let form = "write a time with a zone, such as `2026-03-01T09:30:00Z`";
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| form.to_owned())?.to_utc();
    if time <= crate::now() { Ok(time) } else { Err("it lies in the future; leave it out for now".to_owned()) }
}

fn log_filter(text: &str) -> Result<String, String> {
    match text.parse::<tracing_subscriber::EnvFilter>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("{error}; write a level such as `info`, or `info,api=debug`")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        Cli::program().debug_assert();
    }

    #[test]
    fn each_command_has_its_own_options_in_its_help_and_serve_the_settings() {
        fn look(command: &mut clap::Command, path: &str, seen: &mut Vec<String>) {
            let own: Vec<String> = command
                .get_arguments()
                .filter(|arg| !arg.is_global_set() && !arg.is_hide_set())
                .filter_map(|arg| Some(format!("--{}", arg.get_long()?)))
                .collect();
            for help in [command.render_help(), command.render_long_help()] {
                let help = help.to_string();
                for own in &own {
                    assert!(help.contains(own.as_str()), "{path} {own}: {help}");
                }
                let names_settings = help.contains("--database-url") && help.contains("--metrics-listen");
                let refers = help.trim_end().ends_with(GLOBAL_SETTINGS);
                assert_eq!(
                    (names_settings, refers),
                    (path == "newsgraph serve", path != "newsgraph serve"),
                    "{path}: {help}"
                );
                assert!(path == "newsgraph serve" || help.lines().count() < 90, "{path}: {help}");
            }
            seen.push(path.to_owned());
            for command in command.get_subcommands_mut().filter(|command| command.get_name() != "help") {
                let path = format!("{path} {}", command.get_name());
                look(command, &path, seen);
            }
        }
        let mut program = Cli::program();
        program.build();
        let mut seen = Vec::new();
        look(&mut program, "newsgraph", &mut seen);
        assert!(seen.len() > 15 && seen.contains(&"newsgraph source update".to_owned()), "{seen:?}");
    }

    #[test]
    fn settings_are_taken_before_and_after_a_command_and_its_help_hides_them() {
        for line in [
            "newsgraph --listen 127.0.0.1:1 token list",
            "newsgraph token --listen 127.0.0.1:1 list",
            "newsgraph token list --listen 127.0.0.1:1",
        ] {
            let matches = Cli::program().try_get_matches_from(line.split(' ')).unwrap();
            let cli = Cli::from_arg_matches(&matches).unwrap();
            assert_eq!(cli.config.listen.port(), 1, "{line}");
        }
    }

    #[test]
    fn a_source_is_changed_by_what_is_named_alone() {
        let mapping = entity::feed::Mapping {
            sections: [("a".to_owned(), "A".to_owned())].into(),
            topics: [("t".to_owned(), "T".to_owned())].into(),
            always: vec!["X".to_owned()],
        };
        let change = |line: &str| {
            let words = ["newsgraph", "source", "update", "Outlet"].into_iter().chain(line.split_whitespace());
            let matches = Cli::program().try_get_matches_from(words).unwrap();
            match Cli::from_arg_matches(&matches).unwrap().command {
                Some(Command::Source(Source::Update(update))) => update.change(&mapping).1,
                other => panic!("{other:?}"),
            }
        };
        let nothing = change("");
        assert_eq!((nothing.mapping, nothing.section, nothing.allow_private), (None, None, None));
        let filed = change("--map-section b=B --topic Y --topic Z --section Sport --paused=false");
        let mapped = filed.mapping.unwrap();
        assert_eq!(mapped.sections.len(), 2);
        assert_eq!(mapped.always, ["Y", "Z"]);
        assert_eq!((filed.section, filed.paused), (Some(Some("Sport".to_owned())), Some(false)));
        let unset = change("--unset section,map-section,every,language --map-section c=C --allow-private");
        assert_eq!((unset.section, unset.every, unset.language), (Some(None), Some(None), Some(None)));
        assert_eq!(unset.mapping.unwrap().sections, [("c".to_owned(), "C".to_owned())].into());
        assert_eq!(unset.allow_private, Some(true));
    }

    #[test]
    fn every_size_takes_units_and_every_time_does() {
        let sizes = ["65536", "64KiB", "1MiB", "2MB"];
        let times = ["30s", "5min", "5m"];
        let command = Cli::command();
        let mut tried = (0, 0);
        for setting in command.get_arguments().filter(|setting| setting.is_global_set()) {
            let flag = setting.get_long().unwrap();
            let name = setting.get_value_names().map(|names| names[0].to_string()).unwrap_or_default();
            let tries: &[&str] = match name.as_str() {
                "SIZE" => &sizes,
                "TIME" => &times,
                _ => continue,
            };
            if name == "SIZE" {
                tried.0 += 1
            } else {
                tried.1 += 1
            }
            let takes = |value: &&&str| {
                let arguments = ["newsgraph".to_owned(), "serve".to_owned(), format!("--{flag}={value}")];
                match Cli::program().try_get_matches_from(arguments) {
                    Ok(_) => true,
                    // Some have limits of their own, which is another thing than not to know the unit.
                    Err(error) => error.to_string().contains("it must be"),
                }
            };
            assert_eq!(tries.iter().filter(takes).count(), tries.len(), "--{flag}");
        }
        assert!(tried.0 >= 7 && tried.1 >= 15, "{tried:?}");
        // What is counted in bytes or in time says so by the name of its value.
        for setting in command.get_arguments() {
            let id = setting.get_id().as_str();
            let name = setting.get_value_names().map(|names| names[0].to_string()).unwrap_or_default();
            if id.ends_with("_bytes") || id.ends_with("_size") {
                assert_eq!(name, "SIZE", "{id}");
            }
            if id.ends_with("_time") || id.ends_with("_timeout") || id.ends_with("_age") {
                assert_eq!(name, "TIME", "{id}");
            }
        }
        assert_eq!(memory("64"), memory("64MiB"));
        assert_eq!((memory("0"), import_size("256MiB")), (Ok(0), Ok(256 << 20)));
        for wrong in ["257MiB", "0", "MiB", "-1", "1 TB"] {
            assert!(import_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_setting_has_its_row_in_the_readme() {
        let readme = include_str!("../../README.md");
        let (_, table) = readme.split_once("\n## Settings\n").expect("the README has a chapter on settings");
        let table = table.split_once("\n## ").map_or(table, |(table, _)| table);
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
        let command = Cli::command();
        let settings: Vec<_> =
            command.get_arguments().filter_map(|setting| Some((setting, setting.get_env()?))).collect();
        assert!(settings.len() > 60, "{}", settings.len());
        for (setting, variable) in settings {
            let variable = variable.to_str().expect("names are ASCII");
            let flag = setting.get_long().expect("each setting is a flag, too");
            let has = |row: &&&str| row.contains(&format!("`{variable}`")) && row.contains(&format!("`--{flag}`"));
            assert_eq!(rows.iter().filter(has).count(), 1, "{variable} and --{flag} stand in one row of the README");
        }
    }

    #[test]
    fn the_address_of_pages_has_one_slug() {
        assert!(page_url("https://example.org/{slug}.html").is_ok());
        for wrong in ["https://example.org/", "{slug}", "https://example.org/{slug}/{slug}"] {
            assert!(page_url(wrong).is_err(), "{wrong}");
        }
    }
}
