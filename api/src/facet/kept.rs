//! The counts of all public articles by what filters take: read from those that the database keeps.

use sea_orm::{
    DbBackend, Statement,
    entity::prelude::{DateTimeUtc, Json},
    sea_query::Value,
};
use serde_json::json;

use super::{Counts, Facet};
use crate::{error::Result, session::Session, store::Sections};

/// The articles that are in the kept counts, but not public at `$1`.
const HIDDEN: &str = include_str!("hidden.sql");

impl Facet {
    /// What the database calls it, and where the values have their names: none has a table when the value says all. Years are not kept.
    fn kept(self) -> Option<(&'static str, Option<[&'static str; 2]>)> {
        Some(match self {
            Self::Sections => ("section", None),
            Self::Topics => ("topic", Some(["topic", "name"])),
            Self::Stories => ("story", Some(["story", "title"])),
            Self::Places => ("place", Some(["place", "name"])),
            Self::Sources => ("source", Some(["source", "name"])),
            Self::Contributors => ("contributor", Some(["contributor", "name"])),
            Self::Genres => ("genre", None),
            Self::Languages => ("language", None),
            Self::Urgencies => ("urgency", None),
            Self::Years => return None,
        })
    }

    /// Which of its values may be shown, behind the join of their names.
    fn shown(self) -> &'static str {
        match self {
            Self::Stories => " AND label.pub_status = 'usable'",
            _ => "",
        }
    }
}

impl Counts {
    /// The counts of all articles that are public at `now`; `most` values of each facet.
    pub(super) async fn kept(
        session: &Session,
        sections: &Sections,
        facets: &[Facet],
        now: DateTimeUtc,
        most: usize,
    ) -> Result<Self> {
        let mut counts = Self::default();
        let kept: Vec<_> = facets.iter().filter_map(|facet| Some((*facet, facet.kept()?))).collect();
        if kept.is_empty() {
            return Ok(counts);
        }
        let names: Vec<String> = kept.iter().map(|(_, (name, _))| format!("'{name}'")).collect();
        let branches: Vec<String> = kept
            .iter()
            .map(|(facet, (name, labels))| {
                let number = *facet as i32;
                let chosen = format!(
                    "SELECT value_id, value, articles FROM total WHERE facet = '{name}' ORDER BY articles DESC, value_id, value LIMIT {most}"
                );
                let (value, label, join) = match (labels, facet) {
                    (Some([table, label]), _) => (
                        "label.slug",
                        format!("label.{label}"),
                        format!("JOIN {table} AS label ON label.id = chosen.value_id{}", facet.shown()),
                    ),
                    (None, Facet::Sections | Facet::Urgencies) => {
                        ("CAST(chosen.value_id AS text)", "CAST(chosen.value_id AS text)".to_owned(), String::new())
                    }
                    (None, _) => ("chosen.value", "chosen.value".to_owned(), String::new()),
                };
                format!(
                    "SELECT {number} AS facet, {value} AS value, {label} AS label, chosen.articles AS items FROM ({chosen}) AS chosen {join}"
                )
            })
            .collect();
        let with = include_str!("kept.sql").replace("{hidden}", HIDDEN).replace("{facets}", &names.join(", "));
        let sql = format!("{with} {}", branches.join(" UNION ALL "));
        let rows = session.query_all_raw(Statement::from_sql_and_values(session.backend(), sql, [now.into()])).await?;
        for row in &rows {
            counts.add(row, None)?;
        }
        counts.finish(sections, most);
        Ok(counts)
    }
}

/// Articles whose number the database keeps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KeptTotal {
    All,
    /// Those with any of some values, of which an article has one at most: keys or numbers.
    Numbers(Facet, Vec<i64>),
    /// The same by values that are texts.
    Texts(Facet, Vec<String>),
    /// Those with a value of which an article may have several.
    Linked(Facet, i64),
}

impl KeptTotal {
    /// How many articles of each of `wanted` are public at `now`.
    pub(crate) async fn load(session: &Session, now: DateTimeUtc, wanted: &[Self]) -> Result<Vec<i64>> {
        const ON_POSTGRES: &str =
            "SELECT * FROM jsonb_to_recordset($2) AS given (number integer, facet text, value_id bigint, value text)";
        const ON_SQLITE: &str =
            "SELECT json_extract(value, '$.number') AS number, json_extract(value, '$.facet') AS facet,
            json_extract(value, '$.value_id') AS value_id, json_extract(value, '$.value') AS value FROM json_each($2)";
        let mut totals = vec![0; wanted.len()];
        if wanted.is_empty() {
            return Ok(totals);
        }
        let rows = wanted.iter().zip(0..).flat_map(|(total, number)| total.rows(number)).collect();
        let (rows, table) = match session.backend() {
            DbBackend::Postgres => (Value::from(Json::Array(rows)), ON_POSTGRES),
            _ => (Json::Array(rows).to_string().into(), ON_SQLITE),
        };
        let sql = include_str!("totals.sql").replace("{hidden}", HIDDEN).replace("{wanted}", table);
        let statement = Statement::from_sql_and_values(session.backend(), sql, [now.into(), rows]);
        for row in session.query_all_raw(statement).await? {
            let number = usize::try_from(row.try_get::<i32>("", "number")?).expect("numbered from 0 above");
            totals[number] = row.try_get("", "articles")?;
        }
        Ok(totals)
    }

    /// The counts that are summed up, as rows of a table.
    fn rows(&self, number: i32) -> Vec<Json> {
        let row = |facet: Facet, id: i64, value: Option<&str>| {
            let facet = facet.kept().map(|(name, _)| name);
            json!({ "number": number, "facet": facet, "value_id": id, "value": value })
        };
        match self {
            // Each article has a language.
            Self::All => vec![row(Facet::Languages, 0, None)],
            Self::Numbers(facet, numbers) => numbers.iter().map(|id| row(*facet, *id, Some(""))).collect(),
            Self::Texts(facet, texts) => texts.iter().map(|text| row(*facet, 0, Some(text))).collect(),
            Self::Linked(facet, id) => vec![row(*facet, *id, Some(""))],
        }
    }
}
