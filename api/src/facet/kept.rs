//! The counts of all public articles by what filters take: read from those that the database keeps.

use sea_orm::{Statement, entity::prelude::DateTimeUtc};

use super::{Counts, Facet};
use crate::{error::Result, session::Session, store::Sections};

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
        let with = include_str!("kept.sql").replace("{facets}", &names.join(", "));
        let sql = format!("{with} {}", branches.join(" UNION ALL "));
        let rows = session.query_all_raw(Statement::from_sql_and_values(session.backend(), sql, [now.into()])).await?;
        for row in &rows {
            counts.add(row)?;
        }
        counts.finish(sections, most);
        Ok(counts)
    }
}
