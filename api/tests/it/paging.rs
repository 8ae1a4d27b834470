use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

/// An insert of an article that is published at `time`.
pub(crate) fn article_row(id: i64, time: &str) -> String {
    format!(
        "INSERT INTO article (id, uri, slug, version, status, genre, language, headline, published_at, updated_at, section_id,
            word_count, body) VALUES ({id}, 'urn:test:{id}', 'article-{id}', 1, 'usable', 'current', 'en', 'Headline {id}',
            '{time}', '{time}', 1, 0, '[]')"
    )
}

/// Seven articles: two of them share a time with each other, three others do too.
async fn seven_articles(kind: Kind) -> TestDb {
    let database = TestDb::migrated(kind).await;
    database
        .sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1), (2, 'sport', 'Sport', 2)")
        .await;
    for (id, time) in [
        (1, "09:00:00"),
        (2, "09:00:00"),
        (3, "10:00:00"),
        (4, "11:00:00"),
        (5, "11:00:00"),
        (6, "11:00:00"),
        (7, "12:00:00"),
    ] {
        database.sql(&article_row(id, &format!("2026-01-01T{time}+00:00"))).await;
    }
    database
}

const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String) {
    articles(first: $first, after: $after, last: $last, before: $before) {
        nodes { slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }";

fn slugs(answer: &Value) -> Vec<i64> {
    let nodes = answer["data"]["articles"]["nodes"].as_array().unwrap_or_else(|| panic!("no page: {answer}"));
    nodes.iter().map(|node| node["slug"].as_str().unwrap().trim_start_matches("article-").parse().unwrap()).collect()
}

fn info<'a>(answer: &'a Value, field: &str) -> &'a Value {
    &answer["data"]["articles"]["pageInfo"][field]
}

#[tokio::test]
async fn pages_forward_and_backward_lose_nothing_among_equal_times() {
    for kind in Kind::BOTH {
        let database = seven_articles(kind).await;
        for size in 1..=8 {
            let (mut forward, mut after) = (Vec::new(), Value::Null);
            loop {
                let page = database.answer(PAGE, json!({ "first": size, "after": after })).await;
                assert_eq!(info(&page, "hasPreviousPage"), &json!(!after.is_null()), "{kind:?} {size}");
                assert_eq!(page["data"]["articles"]["totalCount"], 7);
                forward.extend(slugs(&page));
                after = info(&page, "endCursor").clone();
                if info(&page, "hasNextPage") == false {
                    break;
                }
            }
            assert_eq!(forward, [7, 6, 5, 4, 3, 2, 1], "{kind:?} {size}");
            let (mut backward, mut before) = (Vec::new(), Value::Null);
            loop {
                let page = database.answer(PAGE, json!({ "last": size, "before": before })).await;
                assert_eq!(info(&page, "hasNextPage"), &json!(!before.is_null()), "{kind:?} {size}");
                backward.extend(slugs(&page).into_iter().rev());
                before = info(&page, "startCursor").clone();
                if info(&page, "hasPreviousPage") == false {
                    break;
                }
            }
            assert_eq!(backward, [1, 2, 3, 4, 5, 6, 7], "{kind:?} {size}");
        }
    }
}

#[tokio::test]
async fn a_page_between_two_cursors_knows_what_is_on_both_sides() {
    for kind in Kind::BOTH {
        let database = seven_articles(kind).await;
        let all = database.answer("{ articles { edges { cursor node { slug } } } }", json!({})).await;
        let cursor = |index: usize| all["data"]["articles"]["edges"][index]["cursor"].clone();
        let page = database.answer(PAGE, json!({ "first": 2, "after": cursor(0), "before": cursor(5) })).await;
        assert_eq!(slugs(&page), [6, 5]);
        assert_eq!((info(&page, "hasNextPage"), info(&page, "hasPreviousPage")), (&json!(true), &json!(true)));
        let page = database.answer(PAGE, json!({ "last": 9, "after": cursor(0), "before": cursor(5) })).await;
        assert_eq!(slugs(&page), [6, 5, 4, 3]);
        assert_eq!((info(&page, "hasNextPage"), info(&page, "hasPreviousPage")), (&json!(true), &json!(true)));
    }
}

#[tokio::test]
async fn bad_arguments_are_named_with_what_would_be_right() {
    for kind in Kind::BOTH {
        let database = seven_articles(kind).await;
        let other = database
            .answer("{ section(slug: \"world\") { articles(first: 1) { pageInfo { endCursor } } } }", json!({}))
            .await;
        let other = other["data"]["section"]["articles"]["pageInfo"]["endCursor"].clone();
        assert!(other.is_string());
        let cases = [
            (json!({ "first": 0 }), "first"),
            (json!({ "first": 101 }), "first"),
            (json!({ "first": -1 }), "first"),
            (json!({ "last": 0 }), "last"),
            (json!({ "first": 1, "last": 1 }), "last"),
            (json!({ "after": other }), "after"),
            (json!({ "after": "" }), "after"),
            (json!({ "before": "\u{0}\u{fffd}" }), "before"),
            (json!({ "after": "WyJBbGw6TmV3ZXN0IixbXV0" }), "after"),
        ];
        for (variables, argument) in cases {
            let answer = database.answer(PAGE, variables.clone()).await;
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{kind:?} {variables}: {answer}");
            assert_eq!(error["extensions"]["argument"], argument, "{kind:?} {variables}");
            assert_eq!(error["path"], json!(["articles"]));
        }
    }
}

#[tokio::test]
async fn what_is_not_public_is_nowhere() {
    for kind in Kind::BOTH {
        let database = seven_articles(kind).await;
        database.sql("UPDATE article SET status = 'withheld' WHERE id = 1").await;
        database.sql("UPDATE article SET status = 'canceled' WHERE id = 2").await;
        database.sql("UPDATE article SET embargoed_until = '2999-01-01T00:00:00+00:00' WHERE id = 3").await;
        database.sql("UPDATE article SET expires_at = '2026-01-02T00:00:00+00:00' WHERE id = 4").await;
        database.sql("UPDATE article SET published_at = '2999-01-01T00:00:00+00:00' WHERE id = 5").await;
        let page = database.answer(PAGE, json!({})).await;
        assert_eq!(slugs(&page), [7, 6], "{kind:?}");
        assert_eq!(page["data"]["articles"]["totalCount"], 2);
        let mut document = String::new();
        for id in 1..=7 {
            let _ = write!(document, "a{id}: article(by: {{ slug: \"article-{id}\" }}) {{ slug }} ");
        }
        let answer = database.answer(&format!("{{ {document} }}"), json!({})).await;
        for id in 1..=5 {
            assert_eq!(answer["data"][format!("a{id}")], Value::Null, "{kind:?} {id}");
        }
        assert_eq!(answer["data"]["a6"]["slug"], "article-6");
    }
}

#[tokio::test]
async fn the_articles_of_a_story_are_the_pinned_ones_then_the_newest() {
    for kind in Kind::BOTH {
        let database = seven_articles(kind).await;
        database
            .sql(
                "INSERT INTO story (id, uri, slug, version, title, status, updated_at)
                VALUES (1, 'urn:story', 'story', 1, 'Story', 'open', '2026-01-01T12:00:00+00:00')",
            )
            .await;
        database
            .sql(
                "INSERT INTO story_article (story_id, article_id, pinned_position, published_at)
                SELECT 1, id, CASE id WHEN 2 THEN 1 WHEN 4 THEN 2 ELSE 2147483647 END, published_at FROM article",
            )
            .await;
        let query = "query ($after: String) { story(slug: \"story\") { articles(first: 3, after: $after) {
            nodes { slug } pageInfo { endCursor hasNextPage } } } }";
        let (mut found, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = database.answer(query, json!({ "after": after })).await;
            let articles = &page["data"]["story"]["articles"];
            found.extend(
                articles["nodes"].as_array().unwrap().iter().map(|node| node["slug"].as_str().unwrap().to_owned()),
            );
            after = articles["pageInfo"]["endCursor"].clone();
            if articles["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(
            found.join(" "),
            "article-2 article-4 article-7 article-6 article-5 article-3 article-1",
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn days_follow_the_newest_rules_of_time_zones() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
        database.sql(&article_row(1, "2026-11-20T07:30:00+00:00")).await;
        for (zone, date) in [
            ("America/Vancouver", "2026-11-20"),
            ("America/Los_Angeles", "2026-11-19"),
            ("US/Pacific", "2026-11-19"),
            ("UTC", "2026-11-20"),
        ] {
            let query = "query ($zone: TimeZone!) { feed(timeZone: $zone) { days { date } edges { date } } }";
            let feed = database.answer(query, json!({ "zone": zone })).await;
            let expected = json!({ "days": [{ "date": date }], "edges": [{ "date": date }] });
            assert_eq!(feed["data"]["feed"], expected, "{kind:?} {zone}");
        }
    }
}

#[tokio::test]
async fn the_feed_is_grouped_by_local_day_and_a_cut_day_is_marked() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
        // In Berlin, 29 March 2026 has 23 hours: it begins at 23:00 UTC and ends at 22:00 UTC.
        for (id, time) in
            [(1, "28T22:59:59"), (2, "28T23:00:00"), (3, "29T12:00:00"), (4, "29T21:59:59"), (5, "29T22:00:00")]
        {
            database.sql(&article_row(id, &format!("2026-03-{time}+00:00"))).await;
        }
        let query = "query ($after: String) { feed(timeZone: \"Europe/Berlin\", first: 3, after: $after) {
            days { date continued continues articles { slug } } pageInfo { endCursor hasNextPage hasPreviousPage } } }";
        let first = database.answer(query, json!({})).await;
        let slugs = |ids: &[i64]| ids.iter().map(|id| json!({ "slug": format!("article-{id}") })).collect::<Vec<_>>();
        assert_eq!(
            first["data"]["feed"]["days"],
            json!([
                { "date": "2026-03-30", "continued": false, "continues": false, "articles": slugs(&[5]) },
                { "date": "2026-03-29", "continued": false, "continues": true, "articles": slugs(&[4, 3]) },
            ]),
            "{kind:?}"
        );
        let second = database.answer(query, json!({ "after": first["data"]["feed"]["pageInfo"]["endCursor"] })).await;
        assert_eq!(
            second["data"]["feed"]["days"],
            json!([
                { "date": "2026-03-29", "continued": true, "continues": false, "articles": slugs(&[2]) },
                { "date": "2026-03-28", "continued": false, "continues": false, "articles": slugs(&[1]) },
            ]),
            "{kind:?}"
        );
        let wrong =
            database.answer("{ feed(timeZone: \"Europe/Atlantis\") { pageInfo { endCursor } } }", json!({})).await;
        assert_eq!(wrong["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "argument": "timeZone" }));
    }
}

#[tokio::test]
async fn lists_of_many_are_those_of_each() {
    const PAGE: &str = "{ nodes { slug } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } }";
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
        for id in 1..=12 {
            database.sql(&article_row(id, &format!("2026-01-{:02}T00:00:00+00:00", 1 + id % 7))).await;
        }
        for topic in 1..=9 {
            database.sql(&format!("INSERT INTO topic (id, slug, name) VALUES ({topic}, 'topic-{topic}', 'T')")).await;
            let link = format!(
                "INSERT INTO article_topic (article_id, topic_id, position, published_at)
                SELECT id, {topic}, 1, published_at FROM article WHERE id % {topic} < 2"
            );
            database.sql(&link).await;
        }
        let ask = async |topics: &[i64], arguments: &dyn Fn(i64) -> String| {
            let field = |topic: &i64| {
                format!(
                    "t{topic}: topic(by: {{ slug: \"topic-{topic}\" }}) {{ articles{} {PAGE} }} ",
                    arguments(*topic)
                )
            };
            let (answer, statements) =
                database.counted(&format!("{{ {} }}", topics.iter().map(field).collect::<String>()), json!({})).await;
            assert_eq!(answer["errors"], Value::Null, "{kind:?} {answer}");
            (answer["data"].clone(), statements)
        };
        let all: Vec<i64> = (1..=9).collect();
        let (first, _) = ask(&all, &|_| "(first: 2)".to_owned()).await;
        let cursor = |topic: i64| first[format!("t{topic}")]["articles"]["pageInfo"]["endCursor"].as_str().unwrap();
        let sizes = |topic: i64| format!("(first: {})", 1 + topic % 4);
        let behind = |topic: i64| format!("(first: 3, after: \"{}\")", cursor(topic));
        let before = |topic: i64| format!("(last: {}, before: \"{}\")", 1 + topic % 2, cursor(topic));
        let mixed = |topic: i64| if topic % 2 == 0 { behind(topic) } else { "(first: 2, orderBy: OLDEST)".to_owned() };
        let ways: [&dyn Fn(i64) -> String; 5] = [&|_| String::new(), &sizes, &behind, &before, &mixed];
        for arguments in ways {
            let (together, of_all) = ask(&all, arguments).await;
            // Each topic is looked up by itself, and may be found too late for the others' lists.
            assert!(of_all < 2 * all.len(), "{kind:?}: {of_all} statements");
            for topic in &all {
                let (alone, _) = ask(&[*topic], arguments).await;
                let name = format!("t{topic}");
                assert_eq!(together[&name], alone[&name], "{kind:?} {}", arguments(*topic));
            }
        }
    }
}

/// SQLite takes 500 parts of a compound statement, and each article asks for several.
#[tokio::test]
async fn related_articles_of_hundreds_of_articles_are_those_of_each() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
        for id in 1..=300 {
            database.sql(&article_row(id, &format!("2026-01-01T{:02}:{:02}:00+00:00", id / 60, id % 60))).await;
        }
        database
            .sql(
                "INSERT INTO related_article (article_id, related_id, position) SELECT id, 301 - id, 1 FROM article
                UNION ALL SELECT id, id % 7 + 1, 2 FROM article WHERE id > 7 AND id % 7 + 1 <> 301 - id",
            )
            .await;
        const LIST: &str = "{ nodes { slug related(first: 3) { reason article { slug } } } }";
        let lists = ["first: 100", "last: 100", "first: 100, orderBy: RECENTLY_UPDATED"];
        let fields = lists.iter().enumerate().map(|(number, list)| format!("l{number}: articles({list}) {LIST} "));
        let middle = database.answer("{ articles(first: 100) { pageInfo { endCursor } } }", json!({})).await;
        let middle = middle["data"]["articles"]["pageInfo"]["endCursor"].as_str().unwrap();
        let behind = format!("behind: articles(first: 100, after: \"{middle}\") {LIST}");
        let answer = database.answer(&format!("{{ {}{behind} }}", fields.collect::<String>()), json!({})).await;
        assert_eq!(answer["errors"], Value::Null, "{kind:?} {answer}");
        for list in ["l0", "l1", "behind"] {
            let nodes = answer["data"][list]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), 100, "{kind:?}");
            for node in nodes {
                let id: i64 = node["slug"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
                let related: Vec<_> = node["related"].as_array().unwrap().iter().collect();
                let first = related[0]["article"]["slug"].as_str().unwrap();
                assert!(first.ends_with(&format!("-{}", 301 - id)), "{kind:?} {id}: {related:?}");
                assert_eq!(related.len(), 1 + usize::from(id > 7 && id % 7 + 1 != 301 - id), "{kind:?} {id}");
            }
        }
    }
}
