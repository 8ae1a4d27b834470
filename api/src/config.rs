//! The settings: one struct, by flag or environment. Its `--help` is the manual.

use std::{fmt::Write as _, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use url::Url;

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

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Migrates the database and serves.
    ///
    /// Paths: `/graphql` is the endpoint, `/` is GraphiQL, `/health/live` and `/health/ready` are for load balancers.
    Serve,
    /// Prepares the database: `up`, `down` or `status`.
    #[command(subcommand)]
    Migrate(Migrate),
    /// Prints the GraphQL schema in the schema definition language.
    Schema,
    /// Asks the server at the listen address whether it is ready; fails when it is not. For health checks of containers.
    Health,
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
    /// The database: `postgres://USER:PASSWORD@HOST:PORT/NAME` or `sqlite://FILE`.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL",
        default_value = "sqlite://newsgraph.db", value_parser = database_url)]
    pub database_url: DatabaseUrl,

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
    #[arg(long, global = true, env = "NEWSGRAPH_ARTICLE_URL", value_name = "URL", value_parser = article_url)]
    pub article_url: Option<String>,

    /// What to log: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by module (`info,api=debug`).
    #[arg(long, global = true, env = "NEWSGRAPH_LOG", value_name = "FILTER", default_value = "info,sqlx=warn,sea_orm_migration=warn",
        value_parser = log_filter)]
    pub log: String,

    /// How to write the log.
    #[arg(long, global = true, env = "NEWSGRAPH_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// How to write the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of text for each event.
    Text,
    /// A JSON object for each event.
    Json,
}

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A PostgreSQL server.
    Postgres(Url),
    /// A file.
    Sqlite(PathBuf),
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
        crate::Settings { public_url, article_url }
    }
}

fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    let forms = "write `postgres://USER:PASSWORD@HOST:PORT/NAME` or `sqlite://FILE`";
    match text.split_once(':').map(|(scheme, rest)| (scheme, rest.strip_prefix("//").unwrap_or(rest))) {
        Some(("sqlite", "")) => Err(format!("no file is named; {forms}")),
        Some(("sqlite", file)) => Ok(DatabaseUrl::Sqlite(file.split('?').next().unwrap_or(file).into())),
        Some(("postgres" | "postgresql", _)) => {
            let url = Url::parse(text).map_err(|error| format!("{error}; {forms}"))?;
            match url.path().trim_matches('/') {
                "" => Err(format!("no database is named; {forms}")),
                _ => Ok(DatabaseUrl::Postgres(url)),
            }
        }
        _ => Err(forms.to_owned()),
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

fn article_url(text: &str) -> Result<String, String> {
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
    }

    #[test]
    fn a_database_is_named_by_its_address() {
        assert_eq!(database_url("sqlite://news.db"), Ok(DatabaseUrl::Sqlite("news.db".into())));
        assert_eq!(
            database_url("sqlite:///var/lib/news.db?mode=rwc"),
            Ok(DatabaseUrl::Sqlite("/var/lib/news.db".into()))
        );
        assert!(matches!(database_url("postgres://news:secret@db/news"), Ok(DatabaseUrl::Postgres(_))));
        for wrong in
            ["", "news.db", "mysql://db/news", "postgres://db", "postgres://db/", "sqlite://", "postgres://:x:y/z"]
        {
            let problem = database_url(wrong).expect_err(wrong);
            assert!(problem.contains("postgres://USER"), "{wrong}: {problem}");
        }
    }

    #[test]
    fn the_address_of_articles_has_one_slug() {
        assert!(article_url("https://example.org/{slug}.html").is_ok());
        for wrong in ["https://example.org/", "{slug}", "https://example.org/{slug}/{slug}"] {
            assert!(article_url(wrong).is_err(), "{wrong}");
        }
    }
}
