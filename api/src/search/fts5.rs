//! SQLite's full-text tables, which triggers keep.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, Func, Query, SelectStatement, SimpleExpr, extension::sqlite::SqliteExpr as _};

use crate::{error::Result, session::Session};

/// The words of articles, with those of their titles.
pub(super) const TEXTS: &str = "article_words";
/// The words of texts with letters that have marks, without the marks.
const FOLDED: &str = "article_folded";
/// The words of headlines and standfirsts.
const TITLES: &str = "article_titles";

/// Whether a row of a table matches a query.
pub(super) fn matches(table: &'static str, query: impl Into<SimpleExpr>) -> SimpleExpr {
    Expr::col(table).matches(query.into())
}

/// The articles whose text or title matches a query.
pub(super) fn in_texts(query: String) -> SelectStatement {
    rows(TEXTS, query)
}

/// The articles whose headline and standfirst match a query.
pub(super) fn in_titles(query: String) -> SelectStatement {
    rows(TITLES, query)
}

/// The articles whose text or title matches a query without the marks of its letters.
pub(super) fn in_folded(query: String) -> SelectStatement {
    rows(FOLDED, query)
}

fn rows(table: &'static str, query: String) -> SelectStatement {
    Query::select().column("rowid").from(table).and_where(matches(table, query)).take()
}

/// A query that looks into headlines alone.
pub(super) fn in_headline(query: &str) -> String {
    format!("{{headline}} : ({query})")
}

/// The articles that are found when they are so few that looking them up is less than walking an index of all articles: SQLite does not
/// know how many there are, and walks.
pub(super) async fn few(session: &Session, mut found: SelectStatement) -> Result<Option<Vec<i64>>> {
    const FEW: usize = 1_000;
    let rows = session.query_all(found.limit(FEW as u64 + 1)).await?;
    if rows.len() > FEW {
        return Ok(None);
    }
    Ok(Some(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?))
}

/// The numbers of [`from_list`].
pub(super) const LISTED: (&str, &str) = ("found", "value");

/// Lets a statement read these numbers in place of its table.
pub(super) fn from_list(statement: &mut SelectStatement, numbers: &BTreeSet<i64>) {
    let list = serde_json::to_string(numbers).expect("numbers are JSON");
    statement.from_clear().from_function(Func::cust("json_each").arg(list), LISTED.0);
}
