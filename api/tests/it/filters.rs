//! Filters, and what a feed says of news that has arrived.

use serde_json::{Value, json};

use crate::{
    paging::article_row,
    support::{Kind, TestDb},
};

const FEED: &str = "query ($filter: ArticleFilter, $after: String, $first: Int) { feed(filter: $filter, first: $first, after: $after) {
    days { articles { slug } } pageInfo { endCursor hasNextPage } } }";
const ARTICLES: &str = "query ($filter: ArticleFilter, $after: String, $first: Int, $order: ArticleOrder) {
    articles(filter: $filter, first: $first, after: $after, orderBy: $order) { totalCount nodes { slug } pageInfo { endCursor hasNextPage } } }";

fn ids(nodes: &Value) -> Vec<i64> {
    let nodes = nodes.as_array().unwrap_or_else(|| panic!("no list: {nodes}"));
    nodes.iter().map(|node| node["slug"].as_str().unwrap().trim_start_matches("article-").parse().unwrap()).collect()
}

/// Sixty articles, one a minute: section by 2, place by 3, source by 5, topics by 4 and 7 (and all below 4 of a tree), story by 10.
async fn newsroom(kind: Kind) -> TestDb {
    let database = TestDb::migrated(kind).await;
    database
        .sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'odd', 'Odd', 1), (2, 'even', 'Even', 2)")
        .await;
    database.sql("INSERT INTO place (id, slug, name) VALUES (1, 'none', 'None'), (2, 'thirds', 'Thirds')").await;
    database.sql("INSERT INTO source (id, slug, name) VALUES (1, 'fifths', 'Fifths')").await;
    // The last two stand above each other.
    database.sql("INSERT INTO topic (id, slug, name, broader_id) VALUES (1, 'top', 'Top', NULL), (2, 'fours', 'Fours', 1), (3, 'sevens', 'Sevens', 2), (4, 'ring', 'Ring', NULL), (5, 'round', 'Round', 4)").await;
    database.sql("UPDATE topic SET broader_id = 5 WHERE id = 4").await;
    database.sql("INSERT INTO story (id, uri, slug, version, title, status, updated_at) VALUES (1, 'urn:story', 'tens', 1, 'Tens', 'open', '2026-01-01T00:00:00+00:00')").await;
    database.sql("INSERT INTO gallery (id, uri, slug, version, title, kind, status, published_at) VALUES (1, 'urn:g', 'g', 1, 'G', 'photo', 'usable', '2026-01-01T00:00:00+00:00')").await;
    for id in 1..=60 {
        database.sql(&article_row(id, &format!("2026-01-01T00:{:02}:00+00:00", id - 1))).await;
    }
    for change in [
        "UPDATE article SET section_id = 2 WHERE id % 2 = 0",
        "UPDATE article SET place_id = 2 WHERE id % 3 = 0",
        "UPDATE article SET source_id = 1, urgency = 1 + id / 10 WHERE id % 5 = 0",
        "UPDATE article SET genre = 'opinion', language = 'en-GB' WHERE id % 6 = 0",
        "INSERT INTO article_topic (article_id, topic_id, position, published_at) SELECT id, 2, 1, published_at FROM article WHERE id % 4 = 0",
        "INSERT INTO article_topic (article_id, topic_id, position, published_at) SELECT id, 3, 2, published_at FROM article WHERE id % 7 = 0",
        "INSERT INTO article_topic (article_id, topic_id, position, published_at) SELECT id, 4, 2, published_at FROM article WHERE id = 11",
        "INSERT INTO story_article (story_id, article_id, pinned_position, published_at) SELECT 1, id, 2147483647, published_at FROM article WHERE id % 10 = 0",
        "INSERT INTO article_gallery (article_id, gallery_id, position) SELECT id, 1, 1 FROM article WHERE id % 9 = 0",
    ] {
        database.sql(change).await;
    }
    database
}

#[tokio::test]
async fn every_filter_lets_through_what_it_says_in_order_and_once() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let all = |keep: &dyn Fn(i64) -> bool| (1..=60).rev().filter(|id| keep(*id)).collect::<Vec<i64>>();
        let cases = [
            (json!({}), all(&|_| true)),
            (json!({ "sections": ["even"] }), all(&|id| id % 2 == 0)),
            (json!({ "sections": ["even", "odd", "even", "none"] }), all(&|_| true)),
            (json!({ "sections": [] }), vec![]),
            (json!({ "sections": ["unknown"] }), vec![]),
            (json!({ "places": ["thirds", "none"] }), all(&|id| id % 3 == 0)),
            (json!({ "sources": ["fifths"] }), all(&|id| id % 5 == 0)),
            (json!({ "topics": ["fours"] }), all(&|id| id % 4 == 0)),
            (json!({ "topics": ["fours", "sevens"] }), all(&|id| id % 4 == 0 || id % 7 == 0)),
            (json!({ "topics": ["top"] }), vec![]),
            (json!({ "topics": ["top"], "includeNarrowerTopics": true }), all(&|id| id % 4 == 0 || id % 7 == 0)),
            (json!({ "topics": ["round"], "includeNarrowerTopics": true }), vec![11]),
            (json!({ "topics": ["sevens"], "sections": ["odd", "even"], "stories": ["tens"] }), vec![]),
            (json!({ "topics": ["fours", "sevens"], "stories": ["tens"] }), all(&|id| id % 20 == 0)),
            (
                json!({ "sections": ["odd", "even"], "places": ["thirds"], "sources": ["fifths"] }),
                all(&|id| id % 15 == 0),
            ),
            (
                json!({ "topics": ["fours"], "published": { "from": "2026-01-01T00:10:00Z", "to": "2026-01-01T00:40:00Z" } }),
                all(&|id| (11..41).contains(&id) && id % 4 == 0),
            ),
            (json!({ "genres": ["OPINION"] }), all(&|id| id % 6 == 0)),
            (json!({ "genres": ["OPINION", "CURRENT"], "languages": ["en-gb"] }), all(&|id| id % 6 == 0)),
            (json!({ "languages": ["en"] }), all(&|_| true)),
            (json!({ "languages": ["e", "ru"] }), vec![]),
            (json!({ "urgencyAtMost": 3 }), all(&|id| id % 5 == 0 && id < 30)),
            (json!({ "hasGallery": true, "sections": ["odd"] }), all(&|id| id % 18 == 9)),
            (json!({ "hasGallery": false, "sources": ["fifths"] }), all(&|id| id % 5 == 0 && id % 9 != 0)),
            (
                json!({ "published": { "from": "2026-01-01T00:10:00Z", "to": "2026-01-01T01:20:00+01:00" }, "sections": ["odd", "even"] }),
                all(&|id| (11..21).contains(&id)),
            ),
        ];
        for (filter, expected) in cases {
            for size in [1, 7, 100] {
                let (mut listed, mut fed) = (Vec::new(), Vec::new());
                let (mut after, mut feed_after) = (Value::Null, Value::Null);
                loop {
                    let answer =
                        database.answer(ARTICLES, json!({ "filter": filter, "first": size, "after": after })).await;
                    let page = &answer["data"]["articles"];
                    listed.extend(ids(&page["nodes"]));
                    assert_eq!(page["totalCount"], expected.len(), "{kind:?} {filter} {answer}");
                    let answer =
                        database.answer(FEED, json!({ "filter": filter, "first": size, "after": feed_after })).await;
                    let feed = &answer["data"]["feed"];
                    for day in feed["days"].as_array().unwrap() {
                        fed.extend(ids(&day["articles"]));
                    }
                    assert_eq!(feed["pageInfo"]["hasNextPage"], page["pageInfo"]["hasNextPage"]);
                    (after, feed_after) =
                        (page["pageInfo"]["endCursor"].clone(), feed["pageInfo"]["endCursor"].clone());
                    if page["pageInfo"]["hasNextPage"] == false || size == 1 && listed.len() > 3 {
                        break;
                    }
                }
                assert_eq!(listed, expected[..listed.len()], "{kind:?} {filter} {size}");
                assert!(size == 1 || listed.len() == expected.len(), "{kind:?} {filter} {size}: {listed:?}");
                assert_eq!(fed, listed, "{kind:?} {filter}");
            }
            for (order, reversed) in [("OLDEST", true), ("RECENTLY_UPDATED", false)] {
                let answer = database.answer(ARTICLES, json!({ "filter": filter, "first": 100, "order": order })).await;
                let mut found = ids(&answer["data"]["articles"]["nodes"]);
                if reversed {
                    found.reverse();
                }
                assert_eq!(found, expected, "{kind:?} {filter} {order}");
            }
        }
        for wrong in [
            json!({ "urgencyAtMost": 0 }),
            json!({ "sections": ["\u{0}"] }),
            json!({ "topics": vec!["x"; 101] }),
            json!({ "languages": vec!["x"; 101] }),
        ] {
            let answer = database.answer(ARTICLES, json!({ "filter": wrong })).await;
            assert_eq!(
                answer["errors"][0]["extensions"],
                json!({ "code": "BAD_USER_INPUT", "argument": "filter" }),
                "{kind:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_topic_lists_those_below_it_only_when_asked() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let document = "query ($after: String, $before: String) { topic(by: { slug: \"top\" }) { own: articles { totalCount } articles(includeNarrower: true, first: 5, after: $after) {
            totalCount nodes { slug } pageInfo { endCursor } } evens: articles(includeNarrower: true, last: 2, before: $before, filter: { sections: [\"even\"] }) { nodes { slug } } } }";
        let answer = database.answer(document, json!({})).await;
        let topic = &answer["data"]["topic"];
        assert_eq!(topic["own"]["totalCount"], 0, "{kind:?} {answer}");
        assert_eq!(topic["articles"]["totalCount"], 21);
        assert_eq!(ids(&topic["articles"]["nodes"]), [60, 56, 52, 49, 48]);
        assert_eq!(ids(&topic["evens"]["nodes"]), [8, 4]);
        let next = database.answer(document, json!({ "after": topic["articles"]["pageInfo"]["endCursor"] })).await;
        assert_eq!(ids(&next["data"]["topic"]["articles"]["nodes"]), [44, 42, 40, 36, 35]);
    }
}

#[tokio::test]
async fn a_feed_says_how_many_articles_have_arrived_since_it_was_loaded() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let load = "query ($filter: ArticleFilter) { feed(first: 5, filter: $filter) { pageInfo { startCursor } } }";
        let since = "query ($filter: ArticleFilter, $cursor: String!) { feed(first: 1, filter: $filter) { newSince(cursor: $cursor) } }";
        for (filter, expected) in
            [(json!(null), 4), (json!({ "sections": ["odd"] }), 2), (json!({ "topics": ["fours"] }), 1)]
        {
            let loaded = database.answer(load, json!({ "filter": filter })).await;
            let cursor = loaded["data"]["feed"]["pageInfo"]["startCursor"].clone();
            let count = async || {
                database.answer(since, json!({ "filter": filter, "cursor": cursor })).await["data"]["feed"]["newSince"]
                    .clone()
            };
            assert_eq!(count().await, 0, "{kind:?}");
            for id in 61..=65 {
                database.sql(&article_row(id, &format!("2026-01-01T02:00:{}+00:00", id - 50))).await;
            }
            database.sql("UPDATE article SET section_id = 2 WHERE id > 60 AND id % 2 = 0").await;
            database.sql("INSERT INTO article_topic (article_id, topic_id, position, published_at) SELECT id, 2, 1, published_at FROM article WHERE id = 64").await;
            database.sql("UPDATE article SET status = 'withheld' WHERE id = 63").await;
            assert_eq!(count().await, expected, "{kind:?} {filter}");
            database.sql("DELETE FROM article WHERE id > 60").await;
        }
        let wrong = database.answer(since, json!({ "cursor": "x" })).await;
        assert_eq!(wrong["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "argument": "cursor" }));
    }
}

#[tokio::test]
async fn a_section_stands_for_those_below_it_and_a_place_for_datelines_and_subjects() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        for sql in [
            "INSERT INTO section (id, slug, name, position, parent_id) VALUES (3, 'below', 'Below', 3, 1), (4, 'deep', 'Deep', 4, 3)",
            "UPDATE article SET section_id = 3 WHERE id % 10 = 0",
            "UPDATE article SET section_id = 4 WHERE id = 2",
            // Place 2 is in the datelines of every third; 12 has it in both.
            "INSERT INTO article_place (article_id, place_id, position, published_at) SELECT id, 2, 1, published_at FROM article WHERE id IN (4, 12, 40)",
        ] {
            database.sql(sql).await;
        }
        let all = |keep: &dyn Fn(i64) -> bool| (1..=60).rev().filter(|id| keep(*id)).collect::<Vec<i64>>();
        let placed = |id: i64| id % 3 == 0 || id == 4 || id == 40;
        let cases = [
            (json!({ "sections": ["odd"] }), all(&|id| id % 2 == 1 || id % 10 == 0 || id == 2)),
            (json!({ "sections": ["below"] }), all(&|id| id % 10 == 0 || id == 2)),
            (json!({ "sections": ["deep"] }), vec![2]),
            (json!({ "places": ["thirds"] }), all(&placed)),
            (json!({ "places": ["thirds", "none"], "sections": ["even", "odd"] }), all(&placed)),
            (
                json!({ "places": ["thirds"], "topics": ["fours", "sevens"] }),
                all(&|id| placed(id) && (id % 4 == 0 || id % 7 == 0)),
            ),
            (json!({ "places": ["thirds"], "stories": ["tens"] }), all(&|id| placed(id) && id % 10 == 0)),
            (json!({ "places": ["thirds", "none", "a", "b", "c", "d"], "languages": ["en"] }), all(&placed)),
        ];
        for (filter, expected) in cases {
            for order in ["NEWEST", "OLDEST", "RECENTLY_UPDATED"] {
                let (mut listed, mut after) = (Vec::new(), Value::Null);
                loop {
                    let variables = json!({ "filter": filter, "first": 4, "after": after, "order": order });
                    let answer = database.answer(ARTICLES, variables).await;
                    let page = &answer["data"]["articles"];
                    assert_eq!(page["totalCount"], expected.len(), "{kind:?} {filter} {answer}");
                    listed.extend(ids(&page["nodes"]));
                    after = page["pageInfo"]["endCursor"].clone();
                    if page["pageInfo"]["hasNextPage"] == false {
                        break;
                    }
                }
                if order == "OLDEST" {
                    listed.reverse();
                }
                assert_eq!(listed, expected, "{kind:?} {filter} {order}");
            }
        }
        let document = "query ($filter: ArticleFilter) {
            section(slug: \"even\") { articles(filter: $filter, first: 100) { totalCount nodes { slug } } }
            topic(by: { slug: \"top\" }) { articles(includeNarrower: true, filter: $filter, first: 100) { totalCount nodes { slug } } }
            story(slug: \"tens\") { articles(filter: $filter, first: 100) { totalCount nodes { slug } } }
            search(query: \"headline\", filter: $filter, first: 100) { totalCount nodes { slug } facets { sections { value count } places { value count } } }
            filterOptions { sections { value count } places { value count } } }";
        let answer = database.answer(document, json!({ "filter": { "places": ["thirds"] } })).await;
        assert_eq!(answer["errors"], Value::Null, "{kind:?}");
        let data = &answer["data"];
        let lists = [
            (&data["section"]["articles"], all(&|id| placed(id) && id % 2 == 0 && id % 10 != 0)),
            (&data["topic"]["articles"], all(&|id| placed(id) && (id % 4 == 0 || id % 7 == 0))),
            (&data["story"]["articles"], all(&|id| placed(id) && id % 10 == 0)),
            (&data["search"], all(&placed)),
        ];
        for (list, expected) in lists {
            assert_eq!(
                (ids(&list["nodes"]), &list["totalCount"]),
                (expected.clone(), &json!(expected.len())),
                "{kind:?} {answer}"
            );
        }
        // Each counts what choosing it lists.
        assert_eq!(
            data["filterOptions"],
            json!({
                "sections": [
                    { "value": "odd", "count": 37 },
                    { "value": "even", "count": 23 },
                    { "value": "below", "count": 7 },
                    { "value": "deep", "count": 1 },
                ],
                "places": [{ "value": "thirds", "count": 22 }],
            }),
            "{kind:?}"
        );
        assert_eq!(data["search"]["facets"]["places"], data["filterOptions"]["places"], "{kind:?}");
        assert_eq!(data["search"]["facets"]["sections"][2], json!({ "value": "below", "count": 3 }), "{kind:?}");
    }
}
