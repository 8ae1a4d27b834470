//! Statements: counted by kind, and named for traces, never with their values.

use std::{borrow::Cow, fmt};

use sea_orm::DatabaseConnection;

use super::{Pool, metrics};

/// Counts the statements of `db`, which belongs to `pool`, and tells `also` of each.
pub fn count_statements(
    db: &mut DatabaseConnection,
    pool: Pool,
    also: impl Fn(&sea_orm::metric::Info<'_>) + Send + Sync + 'static,
) {
    db.set_metric_callback(move |statement| {
        metrics().statements.count(pool, Kind::of(&statement.statement.sql), statement.elapsed, statement.failed);
        also(statement);
    });
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Select,
    Insert,
    Update,
    Delete,
    Other,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::Select, Self::Insert, Self::Update, Self::Delete, Self::Other];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Other => "other",
        }
    }

    /// By its first word. Most that begin with `WITH` read, and those that write say so further on, where nobody looks.
    fn of(sql: &str) -> Self {
        let word = sql.trim_start().split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        let is = |other| word.eq_ignore_ascii_case(other);
        match word {
            _ if is("SELECT") || is("WITH") || is("VALUES") => Self::Select,
            _ if is("INSERT") => Self::Insert,
            _ if is("UPDATE") => Self::Update,
            _ if is("DELETE") => Self::Delete,
            _ => Self::Other,
        }
    }
}

/// The name of a statement: what it does, and to which table in the first place, such as `select article`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatementName {
    kind: Kind,
    table: Option<Box<str>>,
}

impl StatementName {
    pub(crate) fn of(sql: &str) -> Self {
        let kind = Kind::of(sql);
        let mut words = sql.split_ascii_whitespace();
        let before = ["FROM", "INTO", "UPDATE", "TABLE"];
        let table = words
            .by_ref()
            .find(|word| before.iter().any(|other| word.eq_ignore_ascii_case(other)))
            .and_then(|_| words.find(|word| !word.eq_ignore_ascii_case("ONLY")))
            .filter(|word| !word.starts_with('('))
            .map(|word| word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_'))
            .filter(|name| !name.is_empty() && name.len() <= 64)
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        Self { kind, table: table.map(Into::into) }
    }

    pub(super) fn operation(&self) -> &'static str {
        self.kind.name()
    }

    pub(super) fn table(&self) -> Option<Cow<'static, str>> {
        self.table.as_deref().map(|table| table.to_owned().into())
    }
}

impl fmt::Display for StatementName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.table {
            Some(table) => write!(formatter, "{} {table}", self.kind.name()),
            None => formatter.write_str(self.kind.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_by_their_place() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }

    #[test]
    fn a_statement_is_named_by_what_it_does_and_its_first_table() {
        for (sql, name) in [
            ("SELECT \"article\".\"id\" FROM \"article\" WHERE \"slug\" = 'secret'", "select article"),
            ("insert into read_bucket (a) values (1)", "insert read_bucket"),
            ("UPDATE \"feed\" SET \"name\" = 'x'", "update feed"),
            ("DELETE FROM change WHERE at < $1", "delete change"),
            ("WITH RECURSIVE \"used\" AS (SELECT min(a) FROM \"article\") SELECT 1", "select article"),
            ("\n    SELECT 1", "select"),
            ("SELECT count(*) FROM (SELECT 1 FROM related_due)", "select"),
            ("SET LOCAL jit = off", "other"),
            ("", "other"),
        ] {
            assert_eq!(StatementName::of(sql).to_string(), name, "{sql}");
        }
    }
}
