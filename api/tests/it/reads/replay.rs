//! Real numbers replayed: the shares of 1,898 news items in the two days after their publication (Moniz and Torgo, UCI), sent as reads
//! in compressed time, some of them late and some twice. At every refresh the lists must be those that the bare events give.

use std::{collections::HashMap, io::Read as _};

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;

use super::*;

const SLICE: TimeDelta = TimeDelta::minutes(20);
/// Slices over which the items are published: a week.
const WEEK: usize = 7 * 24 * 3;

struct Event {
    article: i64,
    reader: String,
    at: DateTime<Utc>,
    /// The slice in which it arrives.
    arrives: usize,
}

/// By item: the shares that are new in each slice.
fn shares() -> Vec<Vec<i64>> {
    let packed: &[u8] = include_bytes!("../../samples/facebook-palestine.csv.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let items = text.lines().skip(1).map(|line| {
        let mut last = 0;
        let counts = line.split(',').skip(1).map(|count| {
            // Counts are cumulative; -1 is not observed yet.
            let count = count.trim_matches('"').parse::<f64>().unwrap() as i64;
            let new = (count - last).max(0);
            last = last.max(count);
            new
        });
        counts.collect()
    });
    items.collect()
}

fn published(item: usize, items: usize, start: DateTime<Utc>) -> (usize, DateTime<Utc>) {
    let slice = item * WEEK / items;
    (slice, start + SLICE * i32::try_from(slice).unwrap())
}

fn events(shares: &[Vec<i64>], start: DateTime<Utc>) -> Vec<Event> {
    let mut events = Vec::new();
    for (item, slices) in shares.iter().enumerate() {
        let (first, _) = published(item, shares.len(), start);
        for (slice, count) in slices.iter().enumerate() {
            for share in 0..*count {
                let slice = first + slice;
                let at = start + SLICE * i32::try_from(slice).unwrap() + TimeDelta::seconds(share * 7919 % 1200);
                let late = if events.len() % 10 == 0 { events.len() / 10 % 7 } else { 0 };
                let article = i64::try_from(item + 1).unwrap();
                events.push(Event { article, reader: format!("{item}/{}", events.len()), at, arrives: slice + late });
            }
        }
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lists_are_those_of_the_bare_events_at_every_refresh() {
    let shares = shares();
    assert_eq!((shares.len(), shares.iter().flatten().sum::<i64>()), (1898, 123_958));
    // Ahead of the real clock, so that nothing looks as if it came after a long outage.
    let start = time("2031-03-03T00:00:00Z");
    let events = events(&shares, start);
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database
            .sql("INSERT INTO section (id, slug, name, position, hidden) VALUES (1, 'a', 'A', 1, false), (2, 'b', 'B', 2, false), (3, 'c', 'C', 3, true)")
            .await;
        let mut articles = HashMap::new();
        let mut rows = Vec::new();
        for item in 0..shares.len() {
            let (_, published) = published(item, shares.len(), start);
            let (id, section) = (i64::try_from(item + 1).unwrap(), [1, 2, 1, 2, 3][item % 5]);
            let excluded = item % 11 == 0;
            let text = published.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
            rows.push(format!("({id}, 'urn:test:{id}', 'article-{id}', 1, 'usable', 'current', 'en', 'Headline', '{text}', '{text}', {section}, 0, '[]', {excluded})"));
            if section != 3 && !excluded {
                articles.insert(id, (section, published));
            }
        }
        let columns = "id, uri, slug, version, status, genre, language, headline, published_at, updated_at, section_id, word_count, body, exclude_from_rankings";
        for rows in rows.chunks(200) {
            let sql = format!("INSERT INTO article ({columns}) VALUES {}", rows.join(", "));
            database.db.execute_unprepared(&sql).await.unwrap();
        }
        replay(&database, &events, &articles, start).await;
    }
}

async fn replay(
    database: &TestDb,
    events: &[Event],
    articles: &HashMap<i64, (i64, DateTime<Utc>)>,
    start: DateTime<Utc>,
) {
    let settings = Settings::default();
    let reads = reads(database, unlimited());
    let reader = client("203.0.113.7", BROWSER);
    let last = events.iter().map(|event| event.arrives).max().unwrap();
    let mut arriving: Vec<Vec<&Event>> = (0..=last).map(|_| Vec::new()).collect();
    events.iter().for_each(|event| arriving[event.arrives].push(event));
    let mut arrived: Vec<&Event> = Vec::new();
    let mut refreshes = 0;
    for (slice, arriving) in arriving.iter().enumerate() {
        let now = start + SLICE * i32::try_from(slice + 1).unwrap();
        for batch in arriving.chunks(900) {
            let sent =
                |event: &&Event| read(&format!("article-{}", event.article), Some(&event.reader), Some(event.at));
            let again = batch.iter().take(20);
            let sent = batch.iter().chain(again).map(sent).collect();
            let receipt = reads.record_for(sent, &reader, &back_end(), now).await.unwrap();
            assert_eq!((receipt.accepted, receipt.refused.len()), (batch.len(), batch.len().min(20)));
        }
        arrived.extend(arriving);
        // In the time of the events: every 40 minutes, every 2 hours and every 6 hours.
        for (window, hours, every) in [(Window::Now, 3, 2), (Window::Today, 24, 6), (Window::ThisWeek, 168, 18)] {
            if slice % every != 0 {
                continue;
            }
            let lists = recompute(&database.db, &settings, window, now).await.unwrap();
            check(&lists, &arrived, articles, now - TimeDelta::hours(hours), now);
            refreshes += 1;
        }
        if slice % 3 == 0 {
            api::ranking::upkeep(&database.db, &settings, now).await.unwrap();
        }
    }
    assert!(refreshes > 450, "{refreshes}");
    let hours = "SELECT count(*) AS n FROM read_hour";
    let hours = Statement::from_string(database.db.get_database_backend(), hours);
    let hours: i64 = database.db.query_one_raw(hours).await.unwrap().unwrap().try_get("", "n").unwrap();
    assert!(hours > 1000, "hours were summed: {hours}");
}

/// Compares lists with what the events say by themselves.
fn check(
    lists: &[List],
    arrived: &[&Event],
    articles: &HashMap<i64, (i64, DateTime<Utc>)>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) {
    let mut counts: HashMap<i64, i64> = HashMap::new();
    for event in arrived.iter().filter(|event| event.at >= start && event.at < end) {
        *counts.entry(event.article).or_default() += 1;
    }
    for section in [None, Some(1), Some(2), Some(3)] {
        let of_list = counts.iter().filter_map(|(article, reads)| {
            let (of, published) = articles.get(article)?;
            section.is_none_or(|section| section == *of).then_some((*reads, *published, *article))
        });
        let mut expected: Vec<_> = of_list.collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        let list = lists.iter().find(|list| list.section == section);
        let found: Vec<(i64, i64)> =
            list.into_iter().flat_map(|list| &list.entries).map(|entry| (entry.article_id, entry.reads)).collect();
        let expected: Vec<(i64, i64)> =
            expected.into_iter().map(|(reads, _, article)| (article, reads)).take(120).collect();
        assert_eq!(found, expected, "{section:?} at {end}");
        if let Some(list) = list {
            assert_eq!((list.start, list.end), (start, end));
        }
    }
}
