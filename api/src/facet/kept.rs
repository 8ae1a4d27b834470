//! The counts of all public articles by what filters take: read from those that the database keeps.

use sea_orm::{Statement, entity::prelude::DateTimeUtc, sea_query::Value};

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
            Self::Genres => ("genre", None),
            Self::Languages => ("language", None),
            Self::Urgencies => ("urgency", None),
            Self::Years => return None,
        })
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
                        format!("JOIN {table} AS label ON label.id = chosen.value_id"),
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
    /// Those with any of some values.
    Own(Own, Vec<Value>),
    /// Those with this one.
    Linked(Linked, i64),
}

/// What an article has one of, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    Section,
    Source,
    Genre,
    Language,
    Urgency,
}

/// What an article may have several of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    Topic,
    Story,
    Place,
}

impl KeptTotal {
    /// How many articles of each of `wanted` are public at `now`.
    pub(crate) async fn load(session: &Session, now: DateTimeUtc, wanted: &[Self]) -> Result<Vec<i64>> {
        let mut totals = vec![0; wanted.len()];
        if wanted.is_empty() {
            return Ok(totals);
        }
        let mut values = vec![Value::from(now)];
        let branches: Vec<String> = wanted
            .iter()
            .zip(0..)
            .map(|(total, number)| {
                let (kept, hidden) = total.conditions(&mut values);
                let kept = format!("SELECT coalesce(sum(articles), 0) FROM facet_count WHERE {kept}");
                let hidden = format!("SELECT count(*) FROM hidden WHERE {hidden}");
                format!("SELECT {number} AS number, CAST(({kept}) - ({hidden}) AS bigint) AS articles")
            })
            .collect();
        let sql = format!("WITH hidden AS MATERIALIZED ({HIDDEN}) {}", branches.join(" UNION ALL "));
        for row in session.query_all_raw(Statement::from_sql_and_values(session.backend(), sql, values)).await? {
            let number = usize::try_from(row.try_get::<i32>("", "number")?).expect("numbered from 0 above");
            totals[number] = row.try_get("", "articles")?;
        }
        Ok(totals)
    }

    /// Which counts are summed up, and which of the hidden articles are taken off.
    fn conditions(&self, values: &mut Vec<Value>) -> (String, String) {
        let mut bind = |value: &Value| {
            values.push(value.clone());
            format!("${}", values.len())
        };
        match self {
            // Each article has a language.
            Self::All => ("facet = 'language'".to_owned(), "TRUE".to_owned()),
            Self::Own(own, values) => {
                let marks: Vec<String> = values.iter().map(&mut bind).collect();
                let marks = marks.join(", ");
                let (facet, value, column) = match own {
                    Own::Section => ("section", "value_id", "section_id"),
                    Own::Source => ("source", "value_id", "source_id"),
                    Own::Urgency => ("urgency", "value_id", "urgency"),
                    Own::Genre => ("genre", "value_id = 0 AND value", "genre"),
                    Own::Language => ("language", "value_id = 0 AND value", "language"),
                };
                (format!("facet = '{facet}' AND {value} IN ({marks})"), format!("{column} IN ({marks})"))
            }
            Self::Linked(linked, id) => {
                let (facet, table) = match linked {
                    Linked::Topic => ("topic", "article_topic"),
                    Linked::Story => ("story", "story_article"),
                    Linked::Place => ("place", "article_place"),
                };
                let mark = bind(&Value::from(*id));
                let linked = format!(
                    "EXISTS (SELECT 1 FROM {table} AS link WHERE link.article_id = hidden.id AND link.{facet}_id = {mark})"
                );
                let own = if facet == "place" { format!("hidden.place_id = {mark} OR ") } else { String::new() };
                (format!("facet = '{facet}' AND value_id = {mark}"), own + &linked)
            }
        }
    }
}
