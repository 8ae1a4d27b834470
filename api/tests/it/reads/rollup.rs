//! Summing and deleting counts must not change any list.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;

use super::*;

async fn number(database: &TestDb, sql: &str) -> i64 {
    let statement = Statement::from_string(database.db.get_database_backend(), sql);
    database.db.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// Reads of 20 articles in some of the buckets of the ten days before `now`.
async fn ten_days(kind: Kind, now: DateTime<Utc>) -> TestDb {
    let database = newsroom(kind, 20, now - TimeDelta::days(11)).await;
    let mut rows = Vec::new();
    for bucket in 1..=10 * 24 * 12_i64 {
        for article in 1..=20 {
            if (bucket * 31 + article * 17) % 29 < article {
                let start =
                    (now - TimeDelta::minutes(5 * bucket)).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
                rows.push(format!("({article}, '{start}', {})", (bucket * article) % 7 + 1));
            }
        }
    }
    for rows in rows.chunks(2000) {
        database
            .sql(&format!("INSERT INTO read_bucket (article_id, bucket_start, reads) VALUES {}", rows.join(", ")))
            .await;
    }
    database
}

/// The lists without what is only noted in the database.
async fn lists(database: &TestDb, as_of: DateTime<Utc>) -> Vec<Vec<List>> {
    let mut all = Vec::new();
    for window in Window::ALL {
        all.push(ranked(database, window, as_of).await);
    }
    all
}

#[tokio::test]
async fn lists_of_the_last_day_are_the_same_before_and_after_upkeep() {
    for kind in Kind::BOTH {
        let now = time("2031-05-05T12:34:00Z");
        let database = ten_days(kind, time("2031-05-05T12:35:00Z")).await;
        let times = [0, 1, 7, 34, 61, 300, 720, 1000].map(|minutes| now - TimeDelta::minutes(minutes));
        let mut before = Vec::new();
        for as_of in times {
            before.push(lists(&database, as_of).await);
        }
        assert_eq!(before[0][0].len(), 2, "overall and of one section");
        let rows = number(&database, "SELECT count(*) AS n FROM read_bucket").await;
        api::ranking::upkeep(&database.db, &Settings::default(), now).await.unwrap();
        for (as_of, before) in times.iter().zip(&before) {
            assert_eq!(&lists(&database, *as_of).await, before, "{kind:?} {as_of}");
        }
        let left = number(&database, "SELECT count(*) AS n FROM read_bucket").await;
        assert!(left < rows * 85 / 100 && left > rows * 75 / 100, "{left} of {rows}");
        let hours = number(&database, "SELECT count(*) AS n FROM read_hour").await;
        assert!(hours > 20 * 200 && hours <= 20 * 24 * 10, "{hours}");
        // Longer ago the buckets are gone, and the list is that of the whole hours.
        let old = ranked(&database, Window::Today, time("2031-04-26T13:00:00Z")).await;
        assert!(!old[0].entries.is_empty());

        // An import brings reads of three days ago: the hours are summed anew.
        database.sql("UPDATE read_bucket SET reads = reads + 1000 WHERE article_id = 3 AND bucket_start >= '2031-05-02T12:00:00+00:00' AND bucket_start < '2031-05-02T13:00:00+00:00'").await;
        entity::read_rollup::Entity::reopen(&database.db, time("2031-05-02T12:00:00Z")).await.unwrap();
        let reopened = ranked(&database, Window::ThisWeek, now).await;
        api::ranking::upkeep(&database.db, &Settings::default(), now).await.unwrap();
        assert_eq!(ranked(&database, Window::ThisWeek, now).await, reopened);
        assert_ne!(reopened, before[0][2]);
    }
}

#[tokio::test]
async fn what_is_older_than_is_kept_is_deleted() {
    for kind in Kind::BOTH {
        let now = time("2031-05-05T12:34:00Z");
        let database = ten_days(kind, now).await;
        let settings =
            Settings { keep_buckets: TimeDelta::days(2), keep_hours: TimeDelta::days(3), ..Default::default() };
        api::ranking::upkeep(&database.db, &settings, now).await.unwrap();
        assert_eq!(
            number(&database, "SELECT count(*) AS n FROM read_bucket WHERE bucket_start < '2031-05-03T12:00:00+00:00'")
                .await,
            0
        );
        // The longest window needs more than was asked for.
        assert_eq!(
            number(&database, "SELECT count(*) AS n FROM read_hour WHERE hour_start < '2031-04-28T11:00:00+00:00'")
                .await,
            0
        );
        assert!(
            number(&database, "SELECT count(*) AS n FROM read_hour WHERE hour_start < '2031-04-29T11:00:00+00:00'")
                .await
                > 0
        );
    }
}
