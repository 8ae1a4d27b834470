//! Where the database is, and the password for it. What may hold a password is never repeated in an error.

use std::{borrow::Cow, fmt, path::PathBuf};

use clap::Args;
use percent_encoding::percent_decode_str;
use url::Url;

use super::{Config, Discreet};

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A PostgreSQL server.
    Postgres(Url),
    /// A file.
    Sqlite(PathBuf),
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(url) => formatter.debug_tuple("Postgres").field(&server(url)).finish(),
            Self::Sqlite(file) => formatter.debug_tuple("Sqlite").field(file).finish(),
        }
    }
}

/// The host and port of an address, without what is secret.
pub(crate) fn server(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or("localhost"), url.port().unwrap_or(5432))
}

/// The password for the database, apart from its address.
#[derive(Args, Clone, Default)]
pub struct Password {
    /// The password for PostgreSQL, as it is: nothing in it is encoded. It is for each address that has none itself. Others on the machine
    /// can see a flag, so rather use the environment or a file.
    #[arg(long, global = true, env = "DATABASE_PASSWORD", hide_env_values = true, value_name = "PASSWORD",
        value_parser = Discreet(password))]
    pub database_password: Option<String>,

    /// A file that holds this password, such as a secret of Docker or Kubernetes. Line breaks at its end are no part of it.
    #[arg(long, global = true, env = "DATABASE_PASSWORD_FILE", value_name = "FILE")]
    pub database_password_file: Option<PathBuf>,
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Password").field("file", &self.database_password_file).finish_non_exhaustive()
    }
}

impl Password {
    fn read(&self) -> Result<Option<Cow<'_, str>>, String> {
        let given = self.database_password.as_deref().filter(|password| !password.is_empty());
        let Some(file) = &self.database_password_file else { return Ok(given.map(Cow::Borrowed)) };
        if given.is_some() {
            return Err("give the password by DATABASE_PASSWORD or by DATABASE_PASSWORD_FILE, not by both".to_owned());
        }
        let failed = |cause: String| format!("DATABASE_PASSWORD_FILE cannot be read: {}: {cause}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
        // As the images of PostgreSQL read theirs, so that both mean the same password by one file.
        let text = text.trim_end_matches('\n');
        if text.is_empty() {
            return Err(failed("it is empty".to_owned()));
        }
        Ok(Some(Cow::Owned(password(text).map_err(failed)?)))
    }

    fn give(&self, url: &DatabaseUrl) -> Result<DatabaseUrl, String> {
        let DatabaseUrl::Postgres(url) = url else { return Ok(url.clone()) };
        let mut url = url.clone();
        if url.password().is_none()
            && !url.query_pairs().any(|(name, _)| name == "password")
            && let Some(password) = self.read()?
        {
            // By name rather than before the host, because an address of a socket has no host.
            url.query_pairs_mut().append_pair("password", &password);
        }
        Ok(DatabaseUrl::Postgres(url))
    }
}

impl Config {
    /// With the password in the addresses of the database and its replicas.
    pub fn with_password(mut self) -> Result<Self, String> {
        self.database_url = self.password.give(&self.database_url)?;
        for replica in &mut self.database_replica_urls {
            *replica = self.password.give(replica)?;
        }
        Ok(self)
    }
}

fn password(text: &str) -> Result<String, String> {
    if text.contains('\0') { Err("a password has no NUL".to_owned()) } else { Ok(text.to_owned()) }
}

const FORMS: &str = "write `postgres://USER:PASSWORD@HOST:PORT/NAME` or `sqlite://FILE`";
const ENCODE: &str = "reserved characters of a user's name or password must be percent-encoded in it (`/` is `%2F`, `#` is `%23`, `?` is `%3F`, \
    `@` is `%40`, `:` is `%3A`, `%` is `%25`); or leave the password out of it, and give it as it is by DATABASE_PASSWORD or \
    DATABASE_PASSWORD_FILE";

pub(super) fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    match text.split_once(':').map(|(scheme, rest)| (scheme, rest.strip_prefix("//").unwrap_or(rest))) {
        Some(("sqlite", "")) => Err(format!("no file is named; {FORMS}")),
        Some(("sqlite", file)) => Ok(DatabaseUrl::Sqlite(file.split('?').next().unwrap_or(file).into())),
        Some(("postgres" | "postgresql", _)) => postgres(text).map(DatabaseUrl::Postgres),
        _ => Err(FORMS.to_owned()),
    }
}

fn postgres(text: &str) -> Result<Url, String> {
    // Whatever is wrong with an address that names a user may be wrong because of a character in the password.
    let wrong = |problem: &str| {
        if text.contains('@') { format!("{problem}; {ENCODE}") } else { format!("{problem}; {FORMS}") }
    };
    if text.contains(char::is_control) {
        return Err(wrong("there is a control character, such as a line break, in it"));
    }
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    let decodes = |part: &str| percent_decode_str(part).decode_utf8().is_ok();
    if url.fragment().is_some() {
        return Err(wrong("there is a `#` in it"));
    }
    if url.path().contains('@') || url.query().is_some_and(|query| query.contains('@')) {
        return Err(wrong("there is an `@` behind the host"));
    }
    if !decodes(url.username()) || !url.password().is_none_or(decodes) {
        return Err(wrong("what is percent-encoded in it is not UTF-8"));
    }
    match url.path().trim_matches('/') {
        "" => Err(wrong("no database is named")),
        _ => Ok(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: [&str; 10] = [
        "p@ss",
        "p/ss",
        "p#ss",
        "p%ss",
        "p%41ss",
        "p:ss",
        "p?ss=1&a=b",
        "p ss+x",
        "pässwörd",
        "/ # ? % @ : $HOME ${X} ' \" \\ `",
    ];

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
    fn a_password_that_is_not_encoded_is_told_from_an_address() {
        for password in ["a/b#c", "p/ss", "p#ss", "p?ss", "1/ss", "/x", "1#", "1?x", "p%E9ss", "p\tss", "1/a@b"] {
            let problem = database_url(&format!("postgres://news:{password}@db:5432/news")).expect_err(password);
            assert!(problem.contains("percent-encoded") && problem.contains("DATABASE_PASSWORD"), "{problem}");
            assert!(!problem.contains(&format!("{password}@")), "{problem}");
        }
    }

    #[test]
    fn a_password_of_its_own_is_taken_as_it_is() {
        for odd in ODD {
            for address in
                ["postgres://news@db/news", "postgres:///news?host=/run", "postgres://db/news?sslmode=disable"]
            {
                let url = database_url(address).unwrap();
                let with = Password { database_password: Some(odd.to_owned()), ..Password::default() }.give(&url);
                let Ok(DatabaseUrl::Postgres(with)) = with else { panic!("{address}") };
                let given: Vec<_> = with.query_pairs().filter(|(name, _)| name == "password").collect();
                assert!(matches!(&given[..], [(_, value)] if value == odd), "{address}");
            }
            let encoded = percent_encoding::utf8_percent_encode(odd, percent_encoding::NON_ALPHANUMERIC);
            let Ok(DatabaseUrl::Postgres(url)) = database_url(&format!("postgres://news:{encoded}@db/news")) else {
                panic!("{odd}")
            };
            let other = Password { database_password: Some("other".to_owned()), ..Password::default() };
            assert_eq!(other.give(&DatabaseUrl::Postgres(url.clone())), Ok(DatabaseUrl::Postgres(url)));
        }
    }

    #[test]
    fn a_password_is_read_out_of_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let password = Password { database_password_file: Some(file.path().to_owned()), ..Password::default() };
        for (text, read) in [("a/b#c\n", "a/b#c"), (" p ", " p "), ("p\n\n", "p"), ("line\nbreak", "line\nbreak")] {
            std::fs::write(file.path(), text).unwrap();
            assert_eq!(password.read().as_ref().map(|read| read.as_deref()), Ok(Some(read)));
        }
        let both = Password { database_password: Some("x".to_owned()), ..password.clone() };
        assert!(both.read().unwrap_err().contains("not by both"));
        let empty = Password { database_password: Some(String::new()), ..password.clone() };
        assert!(empty.read().is_ok(), "an empty variable is none");
        std::fs::write(file.path(), b"\n").unwrap();
        assert!(password.read().unwrap_err().contains("it is empty"));
        std::fs::write(file.path(), b"\xff").unwrap();
        assert!(password.read().unwrap_err().contains("DATABASE_PASSWORD_FILE cannot be read"));
        let none = Password { database_password_file: Some("/no/such/file".into()), ..Password::default() };
        assert!(none.read().unwrap_err().contains("DATABASE_PASSWORD_FILE cannot be read: /no/such/file"));
    }

    #[test]
    fn no_password_is_shown_to_who_debugs() {
        let Ok(url) = database_url("postgres://news:hidden@db/news") else { panic!("it is an address") };
        let password = Password { database_password: Some("hidden".to_owned()), ..Password::default() };
        assert_eq!(format!("{url:?}"), "Postgres(\"db:5432\")");
        assert!(!format!("{password:?}").contains("hidden"));
    }
}
