//! When readers could first see an item. Its source says when it was made public there; here it was not to be seen before its embargo
//! ended, nor before it was released.

use chrono::TimeDelta;
use entity::{
    article::{self, PubStatus},
    article_version,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, entity::prelude::DateTimeUtc,
};
use serde::Deserialize;
use std::collections::HashSet;

/// What a version says of its publication.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stated {
    pub(super) status: PubStatus,
    pub(super) published_at: Option<DateTimeUtc>,
    pub(super) embargoed_until: Option<DateTimeUtc>,
    pub(super) updated_at: Option<DateTimeUtc>,
}

/// A release that is older comes out of an archive: its own time is known better than that of the import.
const HISTORY: TimeDelta = TimeDelta::days(1);

impl Stated {
    /// Of an item that is new; none when nothing tells.
    pub(super) fn first(self) -> Option<DateTimeUtc> {
        // An embargo that has ended does not say when the item came.
        let end = self.embargoed_until;
        self.published_at.map(|published_at| end.map_or(published_at, |end| end.max(published_at)))
    }

    /// Of an item that is new, at `now`.
    pub(super) fn first_at(self, now: DateTimeUtc) -> DateTimeUtc {
        self.first().unwrap_or_else(|| self.embargoed_until.map_or(now, |end| end.max(now)))
    }

    /// Of an item that was there, and that nobody has seen: `status` and `published_at` are those of the version before.
    pub(super) fn released(self, status: PubStatus, published_at: DateTimeUtc, now: DateTimeUtc) -> DateTimeUtc {
        let planned = self.published_at.max(self.embargoed_until);
        if self.status != PubStatus::Usable {
            return planned.unwrap_or(published_at);
        }
        let is_history = |time: &DateTimeUtc| status != PubStatus::Usable && *time < now - HISTORY;
        let release = self.updated_at.filter(is_history).unwrap_or(now);
        planned.map_or(release, |planned| planned.max(release))
    }
}

/// Whether the public saw an item at a moment, but for its expiry.
pub(super) fn is_seen(
    status: PubStatus,
    published_at: DateTimeUtc,
    embargoed_until: Option<DateTimeUtc>,
    at: DateTimeUtc,
) -> bool {
    status == PubStatus::Usable && published_at <= at && embargoed_until.is_none_or(|end| end <= at)
}

/// What is looked at of a version that was replaced.
#[derive(Deserialize)]
struct Kept {
    status: PubStatus,
    published_at: DateTimeUtc,
    embargoed_until: Option<DateTimeUtc>,
}

/// Of these articles those that the public has seen, in this or an earlier version.
pub(super) async fn seen<C: ConnectionTrait>(
    db: &C,
    rows: impl Iterator<Item = &article::Model>,
    now: DateTimeUtc,
) -> Result<HashSet<i64>, DbErr> {
    let (mut seen, mut hidden) = (HashSet::new(), Vec::new());
    for row in rows {
        if is_seen(row.status, row.published_at, row.embargoed_until, now) {
            seen.insert(row.id);
        } else {
            hidden.push(row.id);
        }
    }
    if hidden.is_empty() {
        return Ok(seen);
    }
    let versions = article_version::Entity::find().filter(article_version::Column::ArticleId.is_in(hidden));
    for version in versions.all(db).await? {
        // Versions that another version of the program kept may look otherwise; they decide nothing.
        let Ok(kept) = serde_json::from_value::<Kept>(version.item) else { continue };
        if is_seen(kept.status, kept.published_at, kept.embargoed_until, version.replaced_at) {
            seen.insert(version.article_id);
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> DateTimeUtc {
        format!("2026-03-{time}:00Z").parse().unwrap()
    }

    fn stated(published_at: Option<&str>, embargoed_until: Option<&str>) -> Stated {
        Stated {
            status: PubStatus::Usable,
            published_at: published_at.map(at),
            embargoed_until: embargoed_until.map(at),
            updated_at: None,
        }
    }

    #[test]
    fn nobody_sees_an_item_before_its_embargo_ends() {
        let now = at("02T12:00");
        assert_eq!(stated(None, Some("02T18:00")).first_at(now), at("02T18:00"));
        assert_eq!(stated(Some("02T09:00"), Some("02T18:00")).first_at(now), at("02T18:00"));
        assert_eq!(stated(Some("02T19:00"), Some("02T18:00")).first_at(now), at("02T19:00"));
        assert_eq!(stated(Some("02T09:00"), None).first_at(now), at("02T09:00"));
        assert_eq!(stated(None, Some("01T18:00")).first_at(now), now);
        assert_eq!(stated(None, None).first_at(now), now);
    }

    #[test]
    fn an_embargo_that_is_moved_or_lifted_moves_the_publication() {
        let now = at("02T12:00");
        let released = |stated: Stated| stated.released(PubStatus::Usable, at("02T18:00"), now);
        assert_eq!(released(stated(Some("02T09:00"), Some("03T18:00"))), at("03T18:00"));
        assert_eq!(released(stated(Some("02T09:00"), Some("02T15:00"))), at("02T15:00"));
        assert_eq!(released(stated(Some("02T09:00"), None)), now);
        assert_eq!(released(stated(None, None)), now);
        assert_eq!(released(stated(Some("02T09:00"), Some("02T10:00"))), now);
    }

    #[test]
    fn what_is_released_out_of_an_archive_has_the_time_of_its_release() {
        let now = at("20T12:00");
        let released = |time: &str, status| {
            Stated { updated_at: Some(at(time)), ..stated(Some("01T09:00"), None) }.released(
                status,
                at("01T09:00"),
                now,
            )
        };
        assert_eq!(released("02T12:00", PubStatus::Withheld), at("02T12:00"));
        assert_eq!(released("20T11:00", PubStatus::Withheld), now);
        assert_eq!(released("02T12:00", PubStatus::Usable), now);
        let held = Stated { status: PubStatus::Withheld, ..stated(None, None) };
        assert_eq!(held.released(PubStatus::Withheld, at("01T09:00"), now), at("01T09:00"));
    }
}
