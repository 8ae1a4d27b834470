//! Marks in the database: written with the counts that they stand for (`batch.rs`), read when a server starts.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use entity::{read_mark, transaction::writing};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Statement, TransactionTrait as _, Value, entity::prelude::DateTimeUtc,
};

use super::{LATEST, readers::Mark};

/// Older marks are of no use: no read is taken that could be close to theirs.
pub(crate) const KEPT: TimeDelta = TimeDelta::hours(25);
/// Rows in one statement.
const AT_ONCE: u64 = 500;
/// Characters of a mark; whole groups of base64, so that texts can be put one behind the other.
const LENGTH: usize = 40;

const _: () = assert!(KEPT.num_minutes() >= LATEST.num_minutes() + 30);

pub(super) fn write(marks: &[Mark]) -> String {
    let mut text = String::with_capacity(marks.len() * LENGTH);
    for mark in marks {
        let mut bytes = [0; 30];
        bytes[..6].copy_from_slice(&mark.at.to_le_bytes()[..6]);
        for (place, hash) in [(6, mark.reader), (14, mark.network), (22, mark.site)] {
            bytes[place..place + 8].copy_from_slice(&hash.to_le_bytes());
        }
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    }
    text
}

/// The marks in a text; what is no mark is left out.
pub(super) fn read(text: &str) -> impl Iterator<Item = Mark> {
    text.as_bytes().chunks_exact(LENGTH).filter_map(|characters| {
        let bytes: [u8; 30] = URL_SAFE_NO_PAD.decode(characters).ok()?.try_into().ok()?;
        let mut at = [0; 8];
        at[..6].copy_from_slice(&bytes[..6]);
        let hash = |place: usize| {
            let mut hash = [0; 8];
            hash.copy_from_slice(&bytes[place..place + 8]);
            u64::from_le_bytes(hash)
        };
        Some(Mark { at: i64::from_le_bytes(at), reader: hash(6), network: hash(14), site: hash(22) })
    })
}

/// Hands over the marks under a secret, row by row, the latest first, until `take` wants no more.
pub(super) async fn load(
    db: &DatabaseConnection,
    secret_id: i64,
    now: DateTimeUtc,
    mut take: impl FnMut(&str) -> bool,
) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        // The database may still be at work for a server that was killed: this waits until what that has begun has ended.
        let transaction = db.begin().await?;
        transaction.execute_unprepared("LOCK TABLE read_mark IN SHARE MODE").await?;
        transaction.commit().await?;
    }
    use read_mark::Column as M;
    let mut before = i64::MAX;
    loop {
        let rows: Vec<(i64, String)> = read_mark::Entity::find()
            .select_only()
            .columns([M::Id, M::Marks])
            .filter(M::Id.lt(before))
            .filter(M::SecretId.eq(secret_id))
            .filter(M::SavedAt.gte(now - KEPT))
            .order_by_desc(M::Id)
            .limit(AT_ONCE)
            .into_tuple()
            .all(db)
            .await?;
        for (id, marks) in &rows {
            before = *id;
            if !take(marks) {
                return Ok(());
            }
        }
        if (rows.len() as u64) < AT_ONCE {
            return Ok(());
        }
    }
}

/// Makes one row of those that a server has saved since then: a busy one saves a hundred batches a second.
pub(super) async fn gather(
    db: &DatabaseConnection,
    writer: &str,
    secret_id: i64,
    since: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let values = || -> [Value; 4] { [writer.into(), secret_id.into(), since.into(), now.into()] };
    let transaction = db.begin_with_options(writing()).await?;
    let gather = match backend {
        DbBackend::Postgres => include_str!("gather_postgres.sql"),
        _ => include_str!("gather_sqlite.sql"),
    };
    transaction.execute_raw(Statement::from_sql_and_values(backend, gather, values())).await?;
    let gathered = include_str!("delete_gathered.sql");
    transaction.execute_raw(Statement::from_sql_and_values(backend, gathered, values())).await?;
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_as_they_were_written() {
        let mark = |number: u64| Mark {
            at: 1_767_225_600_000 + i64::try_from(number).expect("it is small"),
            reader: u64::MAX - number,
            network: number,
            site: number << 40,
        };
        let marks: Vec<Mark> = (0..5).map(mark).collect();
        let text = write(&marks);
        assert_eq!(text.len(), 5 * LENGTH);
        assert_eq!(read(&text).collect::<Vec<_>>(), marks);
        assert_eq!(read(&format!("{text}{}", write(&marks))).count(), 10, "texts one behind the other");
        assert_eq!(read("").count() + read("x").count() + read(&"!".repeat(80)).count(), 0);
    }
}
