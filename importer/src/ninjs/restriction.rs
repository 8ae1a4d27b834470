//! Whether an item may be shown, and when: read before anything else that it says.

use chrono::{DateTime, Utc};
use entity::article::PubStatus;
use serde_json::Value;

use super::{
    Reader,
    view::{self, View},
};
use crate::{
    draft::{Draft, Restriction},
    reading::Defaults,
    vocabulary, wire,
};

/// What an item says of whether it may be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) status: PubStatus,
    pub(super) embargoed_until: Option<DateTime<Utc>>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl Limits {
    /// What cannot be read holds the item back.
    pub(super) fn of(item: &View<'_>, defaults: &Defaults) -> Self {
        let mut status = status(item);
        let mut limit = |name: &str| {
            let (spelled, value) = item.value(&[name])?;
            if value.as_str().is_some_and(|text| text.trim().is_empty()) {
                return None;
            }
            let time = item.time(&[name], defaults);
            if time.is_none() {
                item.warn(spelled, "it cannot be read, so the item is held back");
                wire::hold(&mut status);
            }
            time
        };
        let embargoed_until = limit("embargoed").max(limit("embargoeduntil"));
        let expires_at = limit("expires");
        if status == PubStatus::Usable
            && embargoed_until.is_none()
            && let Some((name, note)) = item.value(&["ednote"])
            && let Some(said) = note.as_str().and_then(wire::of_note)
        {
            item.warn(name, said);
        }
        Self { status, embargoed_until, expires_at }
    }

    /// Whether the item may be shown at any time.
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Reader<'_, '_> {
    /// What the item says of whether it may be shown, and nothing else of it.
    pub(super) fn restriction(&self, uri: &str, limits: Limits) -> Draft {
        Draft::Restriction(Box::new(Restriction {
            version: self.version(),
            updated_at: self.updated_at(),
            embargoed_until: limits.embargoed_until,
            expires_at: limits.expires_at,
            ..Restriction::new(uri, limits.status)
        }))
    }
}

fn status(item: &View<'_>) -> PubStatus {
    if signals(item).iter().any(|signal| vocabulary::takes_back(signal)) {
        return PubStatus::Canceled;
    }
    if signals(item).iter().any(|signal| vocabulary::holds_back(signal)) {
        return PubStatus::Withheld;
    }
    let Some((name, value)) = item.value(&["pubstatus"]) else { return PubStatus::Usable };
    let known = "none of usable, withheld or canceled; taken as withheld";
    let Value::String(text) = value else {
        item.warn(name, format!("not a text, so {known}"));
        return PubStatus::Withheld;
    };
    let text = text.trim();
    match vocabulary::status(text.rsplit(['/', ':']).next().unwrap_or(text)) {
        Some(status) => status,
        None if text.is_empty() => PubStatus::Usable,
        None => {
            let text: String = text.chars().take(40).collect();
            item.warn(name, format!("`{text}` is {known}"));
            PubStatus::Withheld
        }
    }
}

fn signals(item: &View<'_>) -> Vec<String> {
    let signals = item.list(&["signals", "signal"]).into_iter().flat_map(|signal| match signal {
        view::Entry::Object { view, .. } => ["name", "literal", "code", "uri"].map(|key| view.raw(&[key])).to_vec(),
        view::Entry::Text { text, .. } => vec![Some(text)],
    });
    let code = |name: String| name.rsplit(['/', ':']).next().unwrap_or(&name).to_owned();
    signals.flatten().map(code).collect()
}
