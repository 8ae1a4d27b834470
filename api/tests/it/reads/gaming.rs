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
async fn only_a_token_chooses_the_time_of_a_read() {
    for kind in Kind::BOTH {
        let now = time("2030-05-05T12:00:00Z");
        let database = newsroom(kind, 1, now - TimeDelta::days(2)).await;
        let reads = reads(&database, api::reads::Settings { per_minute: 0, ..Default::default() });
        // 20 readers in each half hour of a day.
        let made_up = (0..48).flat_map(|half| (0..20).map(move |reader| (half, reader)));
        let made_up = made_up.map(|(half, reader)| {
            let at = now - TimeDelta::minutes(half * 30);
            read("article-1", Some(&format!("{half} {reader}")), Some(at))
        });
        let one = client("203.0.113.7", BROWSER);
        let receipt = reads.record(made_up.collect(), &one, now).await.unwrap();
        assert_eq!(receipt.accepted, 20, "those of now");
        assert!(reasons(&receipt).iter().all(|(_, reason)| *reason == Reason::NeedsToken));
        // A read that has been on its way for a while counts, as one of now.
        let other = client("203.0.113.8", BROWSER);
        let slow =
            |reader: &str, minutes: i64| read("article-1", Some(reader), Some(now - TimeDelta::minutes(minutes)));
        let receipt = reads.record(vec![slow("a", 4), slow("b", 6)], &other, now).await.unwrap();
        assert_eq!((receipt.accepted, reasons(&receipt)), (1, vec![(1, Reason::NeedsToken)]));
        let again = vec![read("article-1", Some("a"), None)];
        let later = now + TimeDelta::minutes(29);
        assert_eq!(reasons(&reads.record(again, &other, later).await.unwrap()), [(0, Reason::AlreadyCounted)]);
        // Nor are there more by waiting than a day may have.
        let mut accepted = 0;
        for half in 1..=20 {
            let more = (0..20).map(|reader| read("article-1", Some(&format!("{half} {reader}")), None)).collect();
            accepted += reads.record(more, &one, now + TimeDelta::minutes(half * 30)).await.unwrap().accepted;
        }
        assert_eq!(20 + accepted, 100, "{kind:?}");
    }
}

#[tokio::test]
async fn the_networks_of_a_site_do_not_count_without_end() {
    let now = api::now();
    let database = newsroom(Kind::Sqlite, 1, now).await;
    let reads = reads(&database, api::reads::Settings { per_minute: 100, ..Default::default() });
    let (mut accepted, mut held_back) = (0, 0);
    for network in 0..1500 {
        let home = client(&format!("2001:db8:7:{network:x}::1"), BROWSER);
        match reads.record(vec![read("article-1", None, None)], &home, now).await {
            Ok(receipt) => accepted += receipt.accepted,
            Err(Busy::TooMany(_)) => held_back += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(accepted, 200, "ten times as many as one network");
    assert!(held_back > 0);
    let neighbour = client("2001:db8:8::1", BROWSER);
    assert_eq!(reads.record(vec![read("article-1", None, None)], &neighbour, now).await.unwrap().accepted, 1);
}

#[tokio::test]
async fn a_page_that_is_loaded_ahead_does_not_count_until_it_is_seen() {
    let now = api::now();
    let database = newsroom(Kind::Sqlite, 1, now).await;
    let reads = reads(&database, Default::default());
    let seen = client("203.0.113.7", BROWSER);
    let ahead = Client { looks_ahead: true, ..seen.clone() };
    for viewer in [Viewer::public(), back_end()] {
        let receipt = reads.record_for(vec![read("article-1", None, None)], &ahead, &viewer, now).await.unwrap();
        assert_eq!((receipt.accepted, reasons(&receipt)), (0, vec![(0, Reason::Prerendered)]));
    }
    assert_eq!(reads.record(vec![read("article-1", None, None)], &seen, now).await.unwrap().accepted, 1);
}

#[tokio::test]
async fn what_is_sent_late_counts_where_it_belongs_and_no_closer_than_thirty_minutes() {
    for kind in Kind::BOTH {
        let now = time("2030-05-05T12:00:00Z");
        let database = newsroom(kind, 1, now - TimeDelta::days(2)).await;
        let reads = reads(&database, unlimited());
        let minutes = [0, 10, 31, 240, 225, 215, 60 * 24, 60 * 24 + 1, -1];
        let sent = minutes.iter().map(|minutes| read("article-1", Some("a"), Some(now - TimeDelta::minutes(*minutes))));
        let sender = client("203.0.113.7", "axios/1.7.9");
        let receipt = reads.record_for(sent.collect(), &sender, &back_end(), now).await.unwrap();
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
