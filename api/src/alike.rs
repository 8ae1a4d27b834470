//! Selects that are alike but for their values, as one statement.
//!
//! A level of a request asks for the same of many parents. PostgreSQL plans each branch of a `UNION ALL` by itself, which takes a millisecond
//! where its rows take a tenth of that; so there the values that differ become rows of a table, and one branch runs for each of them. SQLite
//! plans a branch in a few microseconds and has no `LATERAL`.

use std::fmt::Write as _;

use sea_orm::{
    DbBackend, Statement,
    entity::prelude::Json,
    sea_query::{PostgresQueryBuilder, SelectStatement, Value},
};

use crate::page::union;

/// So many and more of which the plan is the same whatever their values become one: fewer are not worth a plan of their own.
pub(crate) const ALIKE: usize = 4;
/// The same of those that are better planned for their values, each by itself.
pub(crate) const CHOSEN: usize = 20;

/// Most branches of a statement of SQLite, which takes 500 of them and 32,766 values, and keeps all of a statement that it may be asked again.
const SQLITE: usize = 100;

/// All of `branches`, which have the same columns, in one statement, on SQLite in as many as it takes; where `enough` are alike, they become one.
pub(crate) fn together(
    backend: DbBackend,
    branches: impl Iterator<Item = SelectStatement>,
    enough: usize,
) -> Vec<Statement> {
    if backend != DbBackend::Postgres {
        let branches: Vec<SelectStatement> = branches.collect();
        let statements = branches.chunks(SQLITE).filter_map(|some| union(some.iter().cloned()));
        return statements.map(|statement| backend.build(&statement)).collect();
    }
    let mut groups: Vec<(String, Vec<Vec<Value>>)> = Vec::new();
    for branch in branches {
        let (text, values) = branch.build(PostgresQueryBuilder);
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, rows)) => rows.push(values.0),
            None => groups.push((text, vec![values.0])),
        }
    }
    let mut values = Vec::new();
    let mut parts = Vec::new();
    for (text, rows) in groups {
        match Differing::of(&rows).filter(|_| rows.len() >= enough) {
            Some(differing) => parts.push(differing.part(&text, &mut values)),
            None => parts.extend(rows.into_iter().map(|row| part(&text, row, &mut values))),
        }
    }
    if parts.is_empty() {
        return Vec::new();
    }
    let sql = parts.join(" UNION ALL ");
    vec![Statement::from_sql_and_values(backend, sql, values)]
}

/// A branch by itself, its values behind those that are there.
fn part(text: &str, row: Vec<Value>, values: &mut Vec<Value>) -> String {
    let before = values.len();
    values.extend(row);
    let branch = with_marks(text, |number| format!("${}", before + number));
    format!("SELECT * FROM ({branch}) AS page")
}

/// The values of branches that are alike, by their places.
struct Differing<'v> {
    /// The name of the type of each value that differs.
    types: Vec<Option<&'static str>>,
    rows: &'v [Vec<Value>],
}

impl<'v> Differing<'v> {
    /// When the types of what differs are known.
    fn of(rows: &'v [Vec<Value>]) -> Option<Self> {
        let (first, others) = rows.split_first()?;
        let type_of = |(place, value): (usize, &'v Value)| {
            let differs = others.iter().any(|other| other[place] != *value);
            if differs { type_name(value).map(Some) } else { Some(None) }
        };
        Some(Self { types: first.iter().enumerate().map(type_of).collect::<Option<_>>()?, rows })
    }

    fn part(&self, text: &str, values: &mut Vec<Value>) -> String {
        let differing = || self.types.iter().enumerate().filter_map(|(place, name)| Some((place, (*name)?)));
        let object = |row: &Vec<Value>| -> Json {
            differing().map(|(place, _)| (format!("p{place}"), json(&row[place]))).collect()
        };
        values.push(Json::Array(self.rows.iter().map(object).collect()).into());
        let table = values.len();
        let mut marks = Vec::new();
        for (place, name) in self.types.iter().enumerate() {
            marks.push(match name {
                Some(_) => format!("given.p{place}"),
                None => {
                    values.push(self.rows[0][place].clone());
                    format!("${}", values.len())
                }
            });
        }
        let mut columns = String::new();
        for (place, name) in differing() {
            let before = if columns.is_empty() { "" } else { ", " };
            let _ = write!(columns, "{before}p{place} {name}");
        }
        let branch = with_marks(text, |number| marks[number - 1].clone());
        format!(
            "SELECT page.* FROM jsonb_to_recordset(${table}) AS given ({columns}) CROSS JOIN LATERAL ({branch}) AS page"
        )
    }
}

/// PostgreSQL's name for the type of a value, of those that lists are asked for by.
fn type_name(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Int(_) => "integer",
        Value::BigInt(_) | Value::BigUnsigned(_) => "bigint",
        Value::String(_) => "text",
        Value::ChronoDateTimeUtc(_) => "timestamptz",
        _ => return None,
    })
}

fn json(value: &Value) -> Json {
    match value {
        Value::Int(number) => (*number).into(),
        Value::BigInt(number) => (*number).into(),
        Value::BigUnsigned(number) => (*number).into(),
        Value::String(text) => text.clone().into(),
        Value::ChronoDateTimeUtc(time) => time.map(|time| time.to_rfc3339()).into(),
        _ => Json::Null,
    }
}

/// A text with its marks for values, `$1` and so on, put in another way.
fn with_marks(text: &str, mark: impl Fn(usize) -> String) -> String {
    let mut pieces = text.split('$');
    let mut other = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.find(|character: char| !character.is_ascii_digit()).unwrap_or(piece.len());
        match piece[..digits].parse() {
            Ok(number) => other.push_str(&mark(number)),
            Err(_) => other.push('$'),
        }
        other.push_str(&piece[digits..]);
    }
    other
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{Expr, ExprTrait as _, Query};

    use super::*;

    fn list(owner: i64, limit: u64, name: &str) -> SelectStatement {
        Query::select()
            .expr_as(Expr::val(owner), "owner")
            .column("id")
            .from("item")
            .and_where(Expr::col("owner_id").eq(owner).and(Expr::col("name").ne(name)))
            .limit(limit)
            .take()
    }

    fn of(lists: impl Iterator<Item = SelectStatement>) -> (String, Vec<Value>) {
        let statement = together(DbBackend::Postgres, lists, ALIKE).pop().expect("there are lists");
        (statement.sql, statement.values.expect("with values").0)
    }

    #[test]
    fn lists_that_are_alike_become_rows_of_what_differs() {
        let (sql, values) = of((1..=4).map(|owner| list(owner, 9, "a")));
        assert_eq!(
            sql,
            "SELECT page.* FROM jsonb_to_recordset($1) AS given (p0 bigint, p1 bigint) CROSS JOIN LATERAL \
             (SELECT given.p0 AS \"owner\", \"id\" FROM \"item\" WHERE \"owner_id\" = given.p1 AND \"name\" <> $2 LIMIT $3) AS page"
        );
        assert_eq!(values[1..], [Value::from("a"), Value::from(9_u64)]);
        let rows: Vec<Json> = (1..=4).map(|owner| serde_json::json!({ "p0": owner, "p1": owner })).collect();
        assert_eq!(values[0], Json::Array(rows).into());
        let (more, _) = of((1..=90).map(|owner| list(owner, 9, "a")));
        assert_eq!(more, sql, "whatever their number, the text is the same");
        let (other, values) = of((1..=4_u64).map(|owner| list(1, owner, ["a", "$1'\"b"][usize::from(owner > 2)])));
        assert!(
            other.contains("(p2 text, p3 bigint)") && other.ends_with("<> given.p2 LIMIT given.p3) AS page"),
            "{other}"
        );
        assert!(values.contains(&1_i64.into()), "{values:?}");
    }

    #[test]
    fn sqlite_is_asked_for_as_many_as_it_takes() {
        let asked = |number| together(DbBackend::Sqlite, (1..=number).map(|owner| list(owner, 9, "a")), ALIKE);
        let branches = |number| -> Vec<usize> {
            asked(number).iter().map(|statement| statement.sql.matches("UNION ALL").count() + 1).collect()
        };
        assert!(asked(0).is_empty());
        assert_eq!((branches(1), branches(100), branches(201)), (vec![1], vec![100], vec![100, 100, 1]));
    }

    #[test]
    fn few_lists_and_others_stay_branches() {
        let (sql, values) = of((1..=3).map(|owner| list(owner, 9, "a")));
        assert_eq!(sql.matches("UNION ALL").count(), 2, "{sql}");
        assert_eq!(values.len(), 12);
        assert!(sql.ends_with("SELECT $9 AS \"owner\", \"id\" FROM \"item\" WHERE \"owner_id\" = $10 AND \"name\" <> $11 LIMIT $12) AS page"), "{sql}");
        let other = Query::select().expr_as(Expr::val(true), "owner").column("id").from("other").take();
        let (sql, values) = of((1..=5).map(|owner| list(owner, 9, "a")).chain([other]));
        assert!(
            sql.ends_with(" UNION ALL SELECT * FROM (SELECT $4 AS \"owner\", \"id\" FROM \"other\") AS page"),
            "{sql}"
        );
        assert_eq!(values.len(), 4);
        assert!(together(DbBackend::Postgres, std::iter::empty(), ALIKE).is_empty());
    }
}
