//! `newsgraph rankings recompute`: the lists as lines of JSON.

use std::collections::HashMap;

use chrono::SecondsFormat;
use entity::{ranking::Window, section};
use sea_orm::{ActiveEnum as _, DatabaseConnection, DbErr, EntityTrait as _, entity::prelude::DateTimeUtc};
use serde_json::json;

use super::{BUCKET, Settings, ceil, recompute};

/// Computes the rankings of all windows, at `now` or as of a time before, and writes a line a list.
pub async fn report(
    db: &DatabaseConnection,
    settings: &Settings,
    as_of: Option<DateTimeUtc>,
    now: DateTimeUtc,
) -> Result<String, DbErr> {
    let as_of = as_of.map_or(now, |as_of| ceil(as_of, BUCKET).min(now));
    let sections = section::Entity::find().all(db).await?;
    let sections: HashMap<i64, String> = sections.into_iter().map(|section| (section.id, section.slug)).collect();
    let time = |time: DateTimeUtc| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let mut lines = String::new();
    for window in Window::ALL {
        for list in recompute(db, settings, window, as_of).await? {
            let length = usize::try_from(settings.length).unwrap_or(usize::MAX);
            let entries = list
                .entries
                .iter()
                .take(length)
                .zip(1..)
                .map(|(entry, rank)| json!({ "rank": rank, "reads": entry.reads, "article": entry.slug }));
            let line = json!({
                "window": window.to_value().to_uppercase(),
                "section": list.section.and_then(|id| sections.get(&id)),
                "windowStart": time(list.start),
                "windowEnd": time(list.end),
                "entries": entries.collect::<Vec<_>>(),
            });
            lines.push_str(&format!("{line}\n"));
        }
    }
    Ok(lines)
}
