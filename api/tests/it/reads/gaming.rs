//! What one reader cannot do, whatever is sent.

use api::reads::{Busy, Reason};
use chrono::TimeDelta;

use super::*;

#[tokio::test]
async fn a_thousand_attempts_of_one_reader_move_nothing() {
    for kind in Kind::BOTH {
        let now = api::now();
        let database = newsroom(kind, 3, now).await;
        let reads = reads(&database, api::reads::Settings { per_network: 5, ..Default::default() });
        // Honest readers: 10 of the first article, 20 of the second, 30 of the third, each at home.
        for (article, readers) in [(1, 10), (2, 20), (3, 30)] {
            for reader in 0..readers {
                let home = client(&format!("198.51.{article}.{reader}"), BROWSER);
                reads.record(vec![read(&format!("article-{article}"), None, None)], &home, now).await.unwrap();
            }
        }
        let honest = overall(&ranked(&database, Window::Now, now).await);
        assert_eq!(honest, [(3, 30), (2, 20), (1, 10)]);

        let mut accepted = 0;
        let mut attempt = async |client: &Client, reader: Option<&str>, at: Option<DateTime<Utc>>| match reads
            .record(vec![read("article-1", reader, at)], client, now)
            .await
        {
            Ok(receipt) => accepted += receipt.accepted,
            Err(busy) => assert!(matches!(busy, Busy::TooMany(wait) if !wait.is_zero()), "{busy:?}"),
        };
        let me = client("203.0.113.7", BROWSER);
        for number in 0..200 {
            attempt(&me, Some("me"), None).await;
            // Other keys, other agents, other times, other addresses of the same network, and robots.
            attempt(&me, Some(&number.to_string()), None).await;
            attempt(&client("203.0.113.7", &format!("{BROWSER} {number}")), None, None).await;
            attempt(&me, Some("me"), Some(now - TimeDelta::seconds(number))).await;
            attempt(&client(&format!("2001:db8:1:2::{number:x}"), BROWSER), None, None).await;
            attempt(&client("192.0.2.9", "Googlebot/2.1 (+http://www.google.com/bot.html)"), None, None).await;
        }
        // Two networks; the reads of a moment ago may lie in another half hour.
        assert!(accepted <= 2 * 5 + 5, "{accepted}");
        let gamed = overall(&ranked(&database, Window::Now, now).await);
        let order: Vec<i64> = gamed.iter().map(|(article, _)| *article).collect();
        assert!(gamed[2].1 < 30 && order[0] == 3, "{gamed:?}");
        let counted = counted(&database.db).await;
        assert_eq!(counted[&1], 10 + i64::try_from(accepted).unwrap());
    }
}

#[tokio::test]
async fn a_client_that_sends_too_much_is_told_when_to_go_on() {
    let now = api::now();
    let database = newsroom(Kind::Sqlite, 1, now).await;
    let reads = reads(&database, api::reads::Settings { per_minute: 3, ..Default::default() });
    let fast = client("203.0.113.7", BROWSER);
    let one = || vec![read("article-1", Some("a"), None)];
    for _ in 0..3 {
        reads.record(one(), &fast, now).await.unwrap();
    }
    let Err(Busy::TooMany(wait)) = reads.record(one(), &fast, now).await else { panic!("it is not held back") };
    assert!(wait.as_secs_f64() > 0.0 && wait.as_secs_f64() <= 20.0, "{wait:?}");
    assert!(reads.record(one(), &client("203.0.113.8", BROWSER), now).await.is_ok(), "others go on");
}

#[tokio::test]
async fn what_is_sent_late_counts_where_it_belongs_and_no_closer_than_thirty_minutes() {
    for kind in Kind::BOTH {
        let now = time("2030-05-05T12:00:00Z");
        let database = newsroom(kind, 1, now - TimeDelta::days(2)).await;
        let reads = reads(&database, unlimited());
        let minutes = [0, 10, 31, 240, 225, 215, 60 * 24, 60 * 24 + 1, -1];
        let sent = minutes.iter().map(|minutes| read("article-1", Some("a"), Some(now - TimeDelta::minutes(*minutes))));
        let receipt = reads.record(sent.collect(), &client("203.0.113.7", BROWSER), now).await.unwrap();
        let expected = [
            (1, Reason::AlreadyCounted),
            (4, Reason::AlreadyCounted),
            (5, Reason::AlreadyCounted),
            (7, Reason::TooLate),
            (8, Reason::InTheFuture),
        ];
        assert_eq!(reasons(&receipt), expected);
        assert_eq!(receipt.accepted, 4);
        assert_eq!(overall(&ranked(&database, Window::Now, now + TimeDelta::minutes(1)).await), [(1, 2)], "{kind:?}");
        assert_eq!(overall(&ranked(&database, Window::Today, now + TimeDelta::minutes(1)).await), [(1, 4)], "{kind:?}");
    }
}

#[tokio::test]
async fn what_may_not_be_ranked_leaves_every_list_at_once() {
    for kind in Kind::BOTH {
        let now = api::now();
        let mut database = newsroom(kind, 6, now).await;
        database.sql("UPDATE article SET section_id = 2 WHERE id = 4").await;
        let reads = reads(&database, unlimited());
        for article in 1..=6 {
            let slug = format!("article-{article}");
            reads.record(vec![read(&slug, None, None)], &client("203.0.113.7", BROWSER), now).await.unwrap();
        }
        database.now = now + TimeDelta::seconds(1);
        ranked(&database, Window::Now, database.now).await;
        let shown = async || {
            let answer = database
                .answer("{ mostRead(window: NOW) { entries { article { slug } } } }", serde_json::json!({}))
                .await;
            let entries = answer["data"]["mostRead"]["entries"].as_array().unwrap().clone();
            let slugs = entries.iter().map(|entry| entry["article"]["slug"].as_str().unwrap().replace("article-", ""));
            slugs.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown().await, "6 5 4 3 2 1", "equal numbers: the later publication first");
        database.sql("UPDATE article SET status = 'canceled' WHERE id = 6").await;
        assert_eq!(shown().await, "5 4 3 2 1");
        database.sql("UPDATE article SET exclude_from_rankings = true WHERE id = 5").await;
        assert_eq!(shown().await, "4 3 2 1");
        database.sql("UPDATE section SET hidden = true WHERE id = 2").await;
        assert_eq!(shown().await, "3 2 1");
        ranked(&database, Window::Now, database.now + TimeDelta::seconds(1)).await;
        assert_eq!(shown().await, "3 2 1");
    }
}
