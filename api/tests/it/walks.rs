//! Walks through lists while news is published, corrected and killed: what is public from before a walk begins until after it ends is
//! seen once, whatever list it is, whichever way the walk goes and however large its pages are.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use entity::transaction::writing;
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::{Value, json};

use crate::support::{Chance, Kind, TestDb};

/// A list, and which articles it holds by their keys.
struct Walk {
    /// Where its connection is: `list` and its arguments, and what is around them.
    document: &'static str,
    filter: Value,
    /// Whether it can also be walked from its end.
    backward: bool,
    holds: fn(i64) -> bool,
}

/// Section by 2 (1 is above 3, which has every sixth), topics by 3 and 5 (those of 5 are below 1), story by 4, dateline by 7, places by 4.
fn walks() -> Vec<Walk> {
    let walk = |document, filter, backward, holds| Walk { document, filter, backward, holds };
    vec![
        walk("list: articles(filter: $filter, ARGS)", json!(null), true, |_| true),
        walk("list: articles(filter: $filter, ARGS)", json!({ "sections": ["world", "sport"] }), true, |_| true),
        walk("list: articles(filter: $filter, ARGS)", json!({ "sections": ["world"] }), true, |id| {
            id % 2 == 1 || id % 6 == 0
        }),
        walk(
            "list: articles(filter: $filter, orderBy: OLDEST, ARGS)",
            json!({ "topics": ["threes", "fives"] }),
            true,
            |id| id % 3 == 0 || id % 5 == 0,
        ),
        walk("list: articles(filter: $filter, ARGS)", json!({ "places": ["riga"] }), true, |id| {
            id % 7 == 0 || id % 4 == 0
        }),
        walk(
            "list: articles(filter: $filter, ARGS)",
            json!({ "places": ["riga", "oslo"], "topics": ["threes"], "hasGallery": false }),
            true,
            |id| id % 3 == 0 && (id % 7 == 0 || id % 4 == 0),
        ),
        walk("list: feed(filter: $filter, ARGS)", json!(null), false, |_| true),
        walk("list: feed(filter: $filter, ARGS)", json!({ "sections": ["sport"], "languages": ["en"] }), false, |id| {
            id % 2 == 0 && id % 6 != 0
        }),
        walk("list: search(query: \"news\", filter: $filter, orderBy: RELEVANCE, ARGS)", json!(null), false, |_| true),
        walk(
            "list: search(query: \"news\", filter: $filter, orderBy: NEWEST, ARGS)",
            json!({ "topics": ["fives"] }),
            false,
            |id| id % 5 == 0,
        ),
        walk(
            "of: section(slug: \"world\") { list: articles(filter: $filter, ARGS)",
            json!({ "topics": ["threes"] }),
            true,
            |id| id % 2 == 1 && id % 3 == 0,
        ),
        walk(
            "of: topic(by: { slug: \"ones\" }) { list: articles(includeNarrower: true, filter: $filter, ARGS)",
            json!({ "places": ["riga"] }),
            true,
            |id| id % 5 == 0 && (id % 7 == 0 || id % 4 == 0),
        ),
        walk(
            "of: topic(by: { slug: \"threes\" }) { list: articles(filter: $filter, ARGS)",
            json!({ "urgencyAtMost": 9 }),
            true,
            |id| id % 3 == 0,
        ),
        // The pinned ones go first, by their keys; the others by time.
        walk(
            "of: story(slug: \"fours\") { list: articles(filter: $filter, ARGS)",
            json!({ "sections": ["sport", "world"] }),
            true,
            |id| id % 4 == 0,
        ),
    ]
}

/// When an article can be seen for certain, in steps of a clock of our own.
#[derive(Clone, Copy, Debug)]
struct Visible {
    since: i64,
    until: i64,
    /// From when on it cannot be seen for certain: killing takes a while.
    gone: i64,
}

/// What is known of every article by those who write them.
struct Newsroom {
    database: TestDb,
    clock: AtomicI64,
    visible: Mutex<BTreeMap<i64, Visible>>,
    finished: AtomicBool,
}

impl Newsroom {
    async fn new(kind: Kind) -> Self {
        let database = TestDb::migrated(kind).await;
        for sql in [
            "INSERT INTO section (id, slug, name, position, parent_id) VALUES (1, 'world', 'World', 1, NULL), (2, 'sport', 'Sport', 2, NULL), (3, 'asia', 'Asia', 3, 1)",
            "INSERT INTO topic (id, slug, name, broader_id) VALUES (1, 'ones', 'Ones', NULL), (3, 'threes', 'Threes', NULL), (5, 'fives', 'Fives', 1)",
            "INSERT INTO place (id, slug, name) VALUES (1, 'riga', 'Riga'), (2, 'oslo', 'Oslo')",
            "INSERT INTO story (id, uri, slug, version, title, status, updated_at) VALUES (1, 'urn:s', 'fours', 1, 'S', 'open', '2026-01-01T00:00:00+00:00')",
        ] {
            database.sql(sql).await;
        }
        Self { database, clock: AtomicI64::new(0), visible: Mutex::default(), finished: AtomicBool::new(false) }
    }

    fn now(&self) -> i64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    fn sees(&self, id: i64) {
        self.visible.lock().unwrap().insert(id, Visible { since: self.now(), until: i64::MAX, gone: i64::MAX });
    }

    fn loses(&self, id: i64) {
        if let Some(visible) = self.visible.lock().unwrap().get_mut(&id) {
            visible.until = visible.until.min(self.now());
        }
    }

    fn gone(&self, id: i64, is_gone: bool) {
        if let Some(visible) = self.visible.lock().unwrap().get_mut(&id) {
            visible.gone = if is_gone { visible.gone.min(self.now()) } else { i64::MAX };
        }
    }

    /// Publishes an article with all that ties it to others, in one transaction.
    async fn publish(&self, id: i64, time: &str) {
        // Where the word stands decides the rank.
        let (headline, standfirst) = [("News", "x"), ("x", "News"), ("x", "x")][usize::try_from(id % 3).unwrap()];
        let section = if id % 6 == 0 {
            3
        } else if id % 2 == 1 {
            1
        } else {
            2
        };
        let place = if id % 7 == 0 { "1" } else { "NULL" };
        let mut statements = vec![format!(
            "INSERT INTO article (id, uri, slug, version, status, genre, language, headline, standfirst, place_id, published_at, updated_at,
                section_id, urgency, word_count, body) VALUES ({id}, 'urn:test:{id}', 'article-{id}', 1, 'usable', 'current', 'en',
                '{headline} {id}', '{standfirst} {id}', {place}, '{time}', '{time}', {section}, 5, 0, '[{{\"type\": \"paragraph\",
                \"html\": \"some news\", \"text\": \"some news\"}}]')"
        )];
        for topic in [3, 5].into_iter().filter(|topic| id % topic == 0) {
            statements.push(format!("INSERT INTO article_topic (article_id, topic_id, position, published_at) VALUES ({id}, {topic}, 1, '{time}')"));
        }
        if id % 4 == 0 {
            let pinned = if id % 24 == 0 { id } else { i64::from(i32::MAX) };
            statements.push(format!("INSERT INTO story_article (story_id, article_id, pinned_position, published_at) VALUES (1, {id}, {pinned}, '{time}')"));
            statements.push(format!(
                "INSERT INTO article_place (article_id, place_id, position, published_at) VALUES ({id}, 1, 1, '{time}')"
            ));
        }
        let transaction = self.database.db.begin_with_options(writing()).await.unwrap();
        for sql in statements {
            transaction.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        }
        transaction.commit().await.unwrap();
        self.sees(id);
    }

    /// Publishes, corrects, kills and brings back.
    async fn write(&self, mut chance: Chance, changes: usize, own: i64) {
        let mut mine: Vec<i64> = Vec::new();
        for number in 0..changes {
            // Many share a time, so that pages end among equals; some come late, from slow sources.
            let minute = if chance.below(2) == 0 { 59 } else { chance.below(60) };
            let some = if mine.is_empty() {
                None
            } else {
                mine.get(usize::try_from(chance.below(i64::try_from(mine.len()).unwrap())).unwrap())
            };
            match (chance.below(6), some.copied()) {
                (0, Some(id)) => {
                    self.loses(id);
                    let status = ["canceled", "withheld"][usize::try_from(chance.below(2)).unwrap()];
                    self.database
                        .sql(&format!("UPDATE article SET status = '{status}', version = version + 1 WHERE id = {id}"))
                        .await;
                    self.gone(id, true);
                }
                (1, Some(id)) => {
                    self.gone(id, false);
                    self.database.sql(&format!("UPDATE article SET status = 'usable' WHERE id = {id}")).await;
                    let visible = self.visible.lock().unwrap().get(&id).copied();
                    if visible.is_some_and(|visible| visible.until < i64::MAX) {
                        self.sees(id);
                    }
                }
                (2, Some(id)) if chance.below(4) == 0 => {
                    self.loses(id);
                    self.database.sql(&format!("DELETE FROM article WHERE id = {id}")).await;
                    self.gone(id, true);
                    mine.retain(|other| *other != id);
                }
                (2 | 3, Some(id)) => {
                    let update = format!(
                        "UPDATE article SET headline = headline || '!', version = version + 1, updated_at = '2026-02-01T00:00:00+00:00',
                            urgency = {} WHERE id = {id}",
                        1 + chance.below(9)
                    );
                    self.database.sql(&update).await;
                }
                _ => {
                    let id = own + 2 * i64::try_from(number).unwrap();
                    self.publish(id, &format!("2026-01-01T00:{minute:02}:00+00:00")).await;
                    mine.push(id);
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Walks a list again and again while it is written to.
    async fn read(&self, walk: &Walk, forward: bool, mut chance: Chance) {
        let is_feed = walk.document.contains("feed(");
        let nodes = if is_feed { "days { articles { slug } }" } else { "nodes { slug }" };
        let (size, from) = if forward { ("first", "after") } else { ("last", "before") };
        let args = format!("{size}: $size, {from}: $cursor");
        let document = walk.document.replace("ARGS", &args);
        let close = "}".repeat(document.matches("{ list").count());
        let document = format!(
            "query ($filter: ArticleFilter, $size: Int, $cursor: String) {{ {document} {{ {nodes}
                pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} {close} }}"
        );
        let mut rounds = 0;
        while rounds == 0 || !self.finished.load(Ordering::SeqCst) {
            rounds += 1;
            let start = self.now();
            let (mut seen, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let size = [1, 2, 3, 7, 20, 50][usize::try_from(chance.below(6)).unwrap()];
                let variables = json!({ "filter": walk.filter, "size": size, "cursor": cursor });
                let answer = self.database.answer(&document, variables).await;
                let list =
                    if document.contains("of: ") { &answer["data"]["of"]["list"] } else { &answer["data"]["list"] };
                assert!(list.is_object(), "{document}: {answer}");
                let days =
                    list["days"].as_array().into_iter().flatten().flat_map(|day| day["articles"].as_array().unwrap());
                let nodes = list["nodes"].as_array().into_iter().flatten().chain(days);
                let id = |node: &Value| {
                    node["slug"].as_str().unwrap().trim_start_matches("article-").parse::<i64>().unwrap()
                };
                let mut page: Vec<i64> = nodes.map(id).collect();
                if !forward {
                    page.reverse();
                }
                seen.extend(page);
                let (next, more) =
                    if forward { ("endCursor", "hasNextPage") } else { ("startCursor", "hasPreviousPage") };
                if list["pageInfo"][more] == false || list["pageInfo"][next].is_null() {
                    break;
                }
                cursor = list["pageInfo"][next].clone();
            }
            let end = self.now();
            let at = format!("{:?} {document} {} round {rounds}", self.database.db.get_database_backend(), walk.filter);
            let mut once = seen.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), seen.len(), "{at}: seen twice: {seen:?}");
            let strange: Vec<&i64> = seen.iter().filter(|id| !(walk.holds)(**id)).collect();
            assert!(strange.is_empty(), "{at}: not of this list: {strange:?}");
            let visible = self.visible.lock().unwrap().clone();
            let certain = visible
                .iter()
                .filter(|(id, visible)| (walk.holds)(**id) && visible.since < start && visible.until > end);
            let lost: Vec<_> = certain.filter(|(id, _)| !seen.contains(id)).collect();
            assert!(lost.is_empty(), "{at} ({start} to {end}): lost {lost:?} of {seen:?}");
            let hidden = |id: &&i64| visible.get(id).is_some_and(|visible| visible.gone < start);
            let shown: Vec<&i64> = seen.iter().filter(hidden).collect();
            assert!(shown.is_empty(), "{at}: killed before the walk began, and seen: {shown:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_a_list_that_is_written_to_lose_nothing_and_see_nothing_twice() {
    for kind in Kind::BOTH {
        let newsroom = Newsroom::new(kind).await;
        for id in 1..=90 {
            newsroom.publish(id, &format!("2026-01-01T00:{:02}:00+00:00", id / 4)).await;
        }
        let walks = walks();
        let readers = walks.iter().zip(1..).flat_map(|(walk, seed)| {
            let forward = newsroom.read(walk, true, Chance(seed));
            let backward = walk.backward.then(|| newsroom.read(walk, false, Chance(100 + seed)));
            let pair = async move {
                match backward {
                    Some(backward) => drop(tokio::join!(forward, backward)),
                    None => forward.await,
                }
            };
            std::iter::once(pair)
        });
        let writers = async {
            // Odd and even keys; the first ninety stay.
            tokio::join!(newsroom.write(Chance(7), 50, 101), newsroom.write(Chance(8), 50, 102));
            newsroom.finished.store(true, Ordering::SeqCst);
        };
        tokio::join!(writers, futures_util::future::join_all(readers));
        // When all is quiet, each list holds what is public, and nothing else.
        for walk in &walks {
            newsroom.read(walk, true, Chance(1)).await;
        }
    }
}
