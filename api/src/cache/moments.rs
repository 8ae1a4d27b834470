//! Time as a change: the moments at which articles and galleries appear or disappear by themselves, known ahead with what they touch. So
//! they count at the very moment, also while the database is away.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::TimeDelta;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement, Value, entity::prelude::DateTimeUtc,
};

use super::tag::Tag;

/// Most moments of a kind that are known.
const MOST: usize = 500;
/// In the place of items when there are too many at one moment.
const EVERYTHING: (&str, i64) = ("", 0);

/// The moments ahead, in microseconds.
#[derive(Debug)]
pub(super) struct Moments {
    /// The first that has not passed.
    next: AtomicI64,
    /// Those before are known.
    until: AtomicI64,
    ahead: Mutex<BTreeMap<i64, Vec<Tag>>>,
}

impl Default for Moments {
    fn default() -> Self {
        Self { next: AtomicI64::new(i64::MAX), until: AtomicI64::new(i64::MIN), ahead: Mutex::default() }
    }
}

impl Moments {
    /// Up to when moments are known; in the far past when they are not.
    pub(super) fn known_until(&self) -> i64 {
        self.until.load(Ordering::Acquire)
    }

    /// From now on none is known.
    pub(super) fn forget(&self) {
        self.until.store(i64::MIN, Ordering::Release);
    }

    /// Takes over the moments before `until`, in the place of those that were known. They may have passed by now.
    pub(super) fn know(&self, moments: BTreeMap<i64, Vec<Tag>>, until: i64) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        self.next.store(moments.keys().next().copied().unwrap_or(i64::MAX), Ordering::Release);
        *ahead = moments;
        self.until.store(until, Ordering::Release);
    }

    /// Has `touch` touch what changes by the moments up to `now`, before it answers.
    pub(super) fn pass(&self, now: i64, touch: impl FnOnce(&[Tag])) {
        if now < self.next.load(Ordering::Acquire) {
            return;
        }
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let later = ahead.split_off(&(now + 1));
        let tags: Vec<Tag> = std::mem::replace(&mut *ahead, later).into_values().flatten().collect();
        touch(&tags);
        // Only then may others go by.
        self.next.store(ahead.keys().next().copied().unwrap_or(i64::MAX), Ordering::Release);
    }
}

/// The moments after `from` and before `until`, with what they touch, and before when they are known.
pub(super) async fn ahead(
    db: &DatabaseConnection,
    from: DateTimeUtc,
    mut until: DateTimeUtc,
) -> Result<(BTreeMap<i64, Vec<Tag>>, i64), DbErr> {
    let mut found: BTreeMap<i64, Vec<(&str, i64)>> = BTreeMap::new();
    let backend = db.get_database_backend();
    let [one, two] = if backend == DbBackend::Postgres { ["$1", "$2"] } else { ["?", "?"] };
    // A statement for each, so that each reads its index no further than it must.
    // What lies ahead has not lapsed; the index says so, too.
    const NOT_LAPSED: &str = "AND (lapsed_at = expires_at) IS NOT TRUE";
    for (table, column, condition) in [
        ("article", "published_at", ""),
        ("article", "embargoed_until", ""),
        ("article", "expires_at", NOT_LAPSED),
        ("gallery", "published_at", ""),
        ("gallery", "embargoed_until", ""),
        ("gallery", "expires_at", ""),
    ] {
        let sql = format!(
            "SELECT id, {column} AS moment FROM {table} WHERE {column} > {one} AND {column} <= {two} AND status = 'usable' {condition} \
             ORDER BY {column} LIMIT {MOST}"
        );
        let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, [from.into(), until.into()])).await?;
        let mut last = until;
        for row in &rows {
            last = row.try_get("", "moment")?;
            found.entry(last.timestamp_micros()).or_default().push((table, row.try_get("", "id")?));
        }
        if rows.len() == MOST {
            let moment = last.timestamp_micros();
            if found.keys().next() == Some(&moment) {
                found.entry(moment).or_default().push(EVERYTHING);
                until = until.min(last + TimeDelta::microseconds(1));
            } else {
                // Others may come at the same moment as the last one.
                until = until.min(last);
            }
        }
    }
    let until = until.timestamp_micros();
    found.retain(|moment, _| *moment < until);
    let mut tags: BTreeMap<(&str, i64), Vec<Tag>> = [(EVERYTHING, vec![Tag::everything()])].into();
    for table in ["article", "gallery"] {
        let ids: Vec<i64> = found.values().flatten().filter(|(of, _)| *of == table).map(|(_, id)| *id).collect();
        if ids.is_empty() {
            continue;
        }
        let list = serde_json::Value::from(ids).to_string();
        let (sql, values): (_, [Value; 1]) = match backend {
            DbBackend::Postgres => (
                format!(
                    "SELECT {table}_id AS id, kind, key FROM {table}_tag \
                     WHERE {table}_id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($1::text::jsonb)))"
                ),
                [list.into()],
            ),
            _ => (
                format!(
                    "SELECT {table}_id AS id, kind, key FROM {table}_tag WHERE {table}_id IN (SELECT value FROM json_each(?))"
                ),
                [list.into()],
            ),
        };
        for row in db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await? {
            let (kind, key): (String, String) = (row.try_get("", "kind")?, row.try_get("", "key")?);
            tags.entry((table, row.try_get("", "id")?)).or_default().push(Tag::of(&kind, &key));
        }
    }
    let moments = found.into_iter().map(|(moment, items)| {
        let tags = items.iter().filter_map(|item| tags.get(item)).flatten().copied();
        (moment, tags.collect())
    });
    Ok((moments.collect(), until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tag::Kind;

    #[test]
    fn moments_touch_once_and_in_time() {
        let moments = Moments::default();
        assert_eq!(moments.known_until(), i64::MIN);
        let tag = |id| Tag::id(Kind::Article, id);
        moments.know([(10, vec![tag(1)]), (20, vec![tag(2)]), (30, vec![tag(3)])].into(), 100);
        assert_eq!(moments.known_until(), 100);
        let mut touched = Vec::new();
        for now in [9, 10, 19, 25, 25, 30] {
            moments.pass(now, |tags| touched.push((now, tags.to_vec())));
        }
        assert_eq!(touched, [(10, vec![tag(1)]), (25, vec![tag(2)]), (30, vec![tag(3)])]);
    }
}
