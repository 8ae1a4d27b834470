//! Versions that take away what readers see: they are saved as they are, and the report says so.

use entity::visibility::PubStatus;
use sea_orm::entity::prelude::DateTimeUtc;

use crate::reading::Note;

/// What decides whether readers see an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) status: PubStatus,
    pub(super) published_at: DateTimeUtc,
    pub(super) embargoed_until: Option<DateTimeUtc>,
    pub(super) expires_at: Option<DateTimeUtc>,
}

impl Shown {
    fn is_public(self, now: DateTimeUtc) -> bool {
        self.status == PubStatus::Usable
            && self.published_at <= now
            && self.embargoed_until.is_none_or(|until| until <= now)
            && self.expires_at.is_none_or(|at| at > now)
    }
}

/// A word about a version that hides what readers saw before it. A kill needs none: that is what it is for.
pub(super) fn taken_down(what: &str, version: i64, before: Shown, after: Shown, now: DateTimeUtc) -> Option<Note> {
    if !before.is_public(now) || after.is_public(now) || after.status == PubStatus::Canceled {
        return None;
    }
    let (at, state) = match after {
        Shown { status: PubStatus::Withheld, .. } => ("status", "is withheld".to_owned()),
        Shown { expires_at: Some(at), .. } if at <= now => ("expiresAt", format!("expired at {}", time(at))),
        Shown { embargoed_until: Some(until), .. } if until > now => {
            ("embargoedUntil", format!("is embargoed until {}", time(until)))
        }
        Shown { published_at, .. } => ("publishedAt", format!("is published at {}", time(published_at))),
    };
    let until = match at {
        "embargoedUntil" | "publishedAt" => "until then",
        _ => "until a version arrives that may be shown",
    };
    let message = format!("version {version} {state}: the {what} was public and is taken down {until}");
    Some(Note { at: at.to_owned(), message })
}

/// A word about a version that readers may see after a kill.
pub(super) fn brought_back(before: PubStatus, after: PubStatus, version: i64) -> Option<Note> {
    let message = format!("it was canceled; version {version} brings it back");
    let is_back = before == PubStatus::Canceled && after == PubStatus::Usable;
    is_back.then(|| Note { at: "status".to_owned(), message })
}

fn time(time: DateTimeUtc) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn what_hides_a_public_item_is_told_and_a_kill_is_not() {
        let now: DateTimeUtc = "2026-02-08T09:30:00Z".parse().unwrap();
        let hour = TimeDelta::hours(1);
        let public = Shown {
            status: PubStatus::Usable,
            published_at: now - hour,
            embargoed_until: None,
            expires_at: Some(now + hour),
        };
        let said = |before, after| taken_down("article", 3, before, after, now).map(|note| (note.at, note.message));
        let withheld = Shown { status: PubStatus::Withheld, ..public };
        let (at, message) = said(public, withheld).unwrap();
        assert_eq!(at, "status");
        assert_eq!(
            message,
            "version 3 is withheld: the article was public and is taken down until a version arrives that may be shown"
        );
        let embargoed = Shown { embargoed_until: Some(now + hour), ..public };
        let (at, message) = said(public, embargoed).unwrap();
        assert_eq!(at, "embargoedUntil");
        assert!(
            message.contains("embargoed until 2026-02-08T10:30:00Z") && message.ends_with("until then"),
            "{message}"
        );
        assert_eq!(said(public, Shown { expires_at: Some(now), ..public }).unwrap().0, "expiresAt");
        assert_eq!(said(public, Shown { published_at: now + hour, ..public }).unwrap().0, "publishedAt");
        for (before, after) in [
            (public, public),
            (public, Shown { status: PubStatus::Canceled, ..public }),
            (withheld, withheld),
            (embargoed, withheld),
            (withheld, public),
        ] {
            assert_eq!(said(before, after), None, "{after:?}");
        }
    }
}
