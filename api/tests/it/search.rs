//! Search, on both databases with the same answers.

use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

/// An article for searches; its hour tells how new it is.
struct Text<'t> {
    slug: &'t str,
    language: &'t str,
    headline: &'t str,
    standfirst: &'t str,
    body: &'t str,
}

async fn write(database: &TestDb, texts: &[Text<'_>]) {
    database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
    for (id, text) in (1..).zip(texts) {
        let quoted = |text: &str| text.replace('\'', "''");
        let body = json!([
            { "type": "paragraph", "html": text.body, "text": text.body },
            { "type": "related", "title": "Unrelatedword", "url": "https://example.org/urlword" },
        ]);
        database
            .sql(&format!(
                "INSERT INTO article (id, uri, slug, version, status, genre, language, headline, standfirst, published_at, updated_at,
                section_id, word_count, body) VALUES ({id}, 'urn:{slug}', '{slug}', 1, 'usable', 'current', '{language}', '{}', '{}',
                '2026-01-01T{id:02}:00:00+00:00', '2026-01-01T{id:02}:00:00+00:00', 1, 0, '{}')",
                quoted(text.headline),
                quoted(text.standfirst),
                quoted(&body.to_string()),
                slug = text.slug,
                language = text.language,
            ))
            .await;
    }
}

fn text<'t>(slug: &'t str, language: &'t str, headline: &'t str, standfirst: &'t str, body: &'t str) -> Text<'t> {
    Text { slug, language, headline, standfirst, body }
}

async fn newsroom(kind: Kind) -> TestDb {
    let database = TestDb::migrated(kind).await;
    write(
        &database,
        &[
            text("headline", "en", "Banks raise their rates", "What it means.", "Nothing else."),
            text("standfirst", "en", "A dear month", "The bank raises the key rate.", "Savers rejoice."),
            text("partly", "en", "The bank speaks", "A long speech.", "It may raise the rate on Monday."),
            text(
                "body",
                "en",
                "Markets",
                "A quiet day.",
                "Dealers say the bank will raise rates and keep the covid-19 measures.",
            ),
            text(
                "newer-body",
                "en",
                "More markets",
                "Another day.",
                "The bank is raising rates; Moscow/London flights; key for rate.",
            ),
            text(
                "russian",
                "ru",
                "Выборы в Москве",
                "Ёлка и ставка.",
                "Избиратели пришли на «участки» голосовать за bank rates.",
            ),
            text("japanese", "ja", "Tokyo the elections", "", "The banks 東京"),
            text("only-bank", "en-GB", "O'Neil & <b>sons</b>", "It's here", "A 'bank' of clouds, \"quoted\"."),
        ],
    )
    .await;
    database
}

async fn found(database: &TestDb, query: &str) -> String {
    let document = "query ($query: String!) { search(query: $query) { totalCount nodes { slug } } }";
    let answer = database.answer(document, json!({ "query": query })).await;
    let Some(nodes) = answer["data"]["search"]["nodes"].as_array() else {
        assert_eq!(
            answer["errors"][0]["extensions"],
            json!({ "code": "BAD_USER_INPUT", "argument": "query" }),
            "{answer}"
        );
        return answer["errors"][0]["message"].as_str().unwrap().to_owned();
    };
    assert_eq!(answer["data"]["search"]["totalCount"], nodes.len(), "{query}");
    nodes.iter().map(|node| node["slug"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn words_are_found_in_any_form_the_best_match_and_then_the_newest_first() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        for (query, expected) in [
            ("raise rate bank", "headline standfirst partly newer-body body"),
            ("RAISING   the banks' rates", "headline standfirst partly newer-body body"),
            ("\"key rate\"", "standfirst"),
            ("\"keys rates\"", "standfirst"),
            ("bank -rate", "only-bank"),
            ("bank -\"key rate\" -clouds -dealers", "partly headline russian newer-body"),
            ("savers OR dealers", "body standfirst"),
            ("key rate -savers OR clouds", "only-bank newer-body"),
            ("выборами москва", "russian"),
            ("елка ставки", "russian"),
            ("ЁЛКИ", "russian"),
            ("участков", "russian"),
            // Japanese is not stemmed, and no word of it is too common.
            ("elections", "japanese"),
            ("election", ""),
            ("東京", "japanese"),
            ("covid", "body"),
            ("covid-19", "body"),
            ("london", "newer-body"),
            ("o'neil", "only-bank"),
            ("unrelatedword", ""),
            ("urlword", ""),
            ("nothing-like-this", ""),
        ] {
            assert_eq!(found(&database, query).await, expected, "{kind:?} {query}");
        }
    }
}

#[tokio::test]
async fn what_readers_type_is_text_and_never_an_operator() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let long = "word ".repeat(2_000);
        for query in
            ["'", "\"", "&", "|", ":*", "()", "", " ", "-", "--", "\u{0}", "\\", "%", "the", "The of", "-bank", &long]
        {
            let problem = found(&database, query).await;
            assert!(problem.contains("quer") || query.to_lowercase().contains("the"), "{kind:?} {query:?}: {problem}");
        }
        for query in [
            "bank:*",
            "bank'",
            "bank''",
            "bank\"",
            "bank & clouds",
            "bank AND clouds | x",
            "NEAR(",
            "NEAR(bank, 3) near",
            "headline:bank",
            "{headline}: bank",
            "bank NOT clouds",
            "^bank",
            "bank*",
            "bank + clouds",
            "!bank",
            "bank <-> clouds",
            "bank\\",
            "ban\u{0}k",
            "bank\u{0}",
            "%bank%",
            "'; DROP TABLE article; --",
            "$1 ? :x",
            "Ⓐ bank",
            "\u{301}",
            "🏦 bank",
            "bank ' OR 1=1",
        ] {
            let answer = found(&database, query).await;
            assert!(!answer.to_lowercase().contains("syntax"), "{kind:?} {query:?}: {answer}");
        }
        assert_eq!(found(&database, "bank clouds :*").await, "only-bank", "{kind:?}");
    }
}

#[tokio::test]
async fn only_words_that_are_too_common_are_refused_with_the_reason() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        write(&database, &[text("one", "en", "The one", "", "and of the")]).await;
        assert!(found(&database, "the \"of the\"").await.contains("too common"), "{kind:?}");
        assert_eq!(found(&database, "the one").await, "one", "{kind:?}");
        // Nothing at all is written yet.
        assert_eq!(found(&TestDb::migrated(kind).await, "the one").await, "", "{kind:?}");
    }
}

#[tokio::test]
async fn hits_are_shown_with_their_words_marked_in_escaped_text() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let document = "query ($query: String!, $order: SearchOrder!) { search(query: $query, orderBy: $order) {
            edges { score highlights { field fragments } node { slug } } } }";
        let answer = database.answer(document, json!({ "query": "sons clouds quotes", "order": "RELEVANCE" })).await;
        let expected = json!([{
            "score": 0.5,
            "highlights": [
                { "field": "HEADLINE", "fragments": ["O'Neil &amp; &lt;b&gt;<mark>sons</mark>&lt;/b&gt;"] },
                { "field": "BODY", "fragments": ["A 'bank' of <mark>clouds</mark>, \"<mark>quoted</mark>\"."] },
            ],
            "node": { "slug": "only-bank" },
        }]);
        assert_eq!(answer["data"]["search"]["edges"], expected, "{kind:?}: {answer}");
        let answer = database.answer(document, json!({ "query": "bank rate", "order": "NEWEST" })).await;
        let edges = answer["data"]["search"]["edges"].as_array().unwrap();
        let edges: Vec<String> =
            edges.iter().map(|edge| format!("{} {}", edge["node"]["slug"].as_str().unwrap(), edge["score"])).collect();
        let expected =
            ["russian 0.25", "newer-body 0.25", "body 0.25", "partly 0.5", "standfirst 0.75", "headline 1.0"];
        assert_eq!(edges, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn pages_of_a_search_lose_nothing_when_articles_arrive_in_between() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let document = "query ($after: String, $order: SearchOrder!) { search(query: \"bank\", orderBy: $order, first: 1, after: $after) {
            nodes { slug } pageInfo { endCursor hasNextPage hasPreviousPage } } }";
        for (order, expected) in [
            ("RELEVANCE", "partly headline standfirst only-bank russian newer-body body"),
            ("NEWEST", "only-bank russian newer-body body partly standfirst headline"),
        ] {
            let (mut slugs, mut after) = (Vec::new(), Value::Null);
            loop {
                let answer = database.answer(document, json!({ "after": after, "order": order })).await;
                let page = &answer["data"]["search"];
                assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
                slugs.push(page["nodes"][0]["slug"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned());
                after = page["pageInfo"]["endCursor"].clone();
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                let id = 100 + slugs.len() + if order == "NEWEST" { 50 } else { 0 };
                let row = crate::paging::article_row(i64::try_from(id).unwrap(), "2026-02-01T00:00:00+00:00");
                database.sql(&row.replace("Headline", "Bank news")).await;
            }
            assert_eq!(slugs.join(" "), expected, "{kind:?}");
            database.sql("DELETE FROM article WHERE id >= 100").await;
        }
        let wrong = database.answer(document, json!({ "after": "x", "order": "NEWEST" })).await;
        assert_eq!(wrong["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "argument": "after" }));
    }
}

#[tokio::test]
async fn the_index_follows_rows_that_are_changed_by_hand() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        database.sql("UPDATE article SET headline = 'Zebra' WHERE slug = 'headline'").await;
        assert_eq!(found(&database, "zebras").await, "headline", "{kind:?}");
        assert_eq!(found(&database, "raise rate bank").await, "standfirst partly newer-body body", "{kind:?}");
        database.sql("UPDATE article SET body = '[{\"type\":\"list\",\"items\":[{\"html\":\"x\",\"text\":\"Okapi\"}]}]', standfirst = NULL WHERE slug = 'headline'").await;
        assert_eq!(found(&database, "okapi").await, "headline", "{kind:?}");
        database.sql("UPDATE article SET language = 'ru' WHERE slug = 'headline'").await;
        assert_eq!(found(&database, "okapi").await, "headline", "{kind:?}");
        for hidden in [
            "status = 'withheld'",
            "status = 'usable', embargoed_until = '2999-01-01T00:00:00+00:00'",
            "embargoed_until = NULL, expires_at = '2026-01-02T00:00:00+00:00'",
            "expires_at = NULL, published_at = '2999-01-01T00:00:00+00:00'",
        ] {
            database.sql(&format!("UPDATE article SET {hidden} WHERE slug = 'headline'")).await;
            assert_eq!(found(&database, "okapi").await, "", "{kind:?} {hidden}");
        }
        database.sql("UPDATE article SET published_at = '2026-01-01T01:00:00+00:00' WHERE slug = 'headline'").await;
        assert_eq!(found(&database, "okapi").await, "headline", "{kind:?}");
        database.sql("DELETE FROM article WHERE slug = 'headline'").await;
        assert_eq!(found(&database, "okapi").await, "", "{kind:?}");
        // What is no text, and more text than an index takes, is saved all the same.
        let huge = (0..120_000).map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
        for body in [
            "\"text\"".to_owned(),
            "[1, [], {\"text\": 1, \"items\": 2}]".to_owned(),
            json!([{ "type": "paragraph", "text": huge }]).to_string(),
        ] {
            database.sql(&format!("UPDATE article SET body = '{body}' WHERE slug = 'body'")).await;
        }
        assert_eq!(found(&database, "w7 w77").await, "body", "{kind:?}");
    }
}

#[tokio::test]
async fn a_typo_of_one_letter_is_answered_with_what_was_meant() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let document = "query ($query: String!) { search(query: $query) { didYouMean nodes { slug } } }";
        let meant = async |query: &str| {
            let answer = database.answer(document, json!({ "query": query })).await;
            assert_eq!(answer.get("errors"), None, "{answer}");
            answer["data"]["search"]["didYouMean"].as_str().map(ToOwned::to_owned)
        };
        for (query, expected) in [
            ("brank", Some("bank")),
            ("baank rates", Some("bank rates")),
            ("Raise the rtae", Some("Raise the rate")),
            ("savres OR Dealres", Some("savers OR dealers")),
            ("\"key raate\" -mortgage", Some("\"key rate\" -mortgage")),
            ("учестки", Some("участки")),
            ("bank", None),
            ("bank savers dealers", None),
            ("zzzzzz", None),
            ("東亰", None),
        ] {
            assert_eq!(meant(query).await.as_deref(), expected, "{kind:?} {query}");
        }
        // What is not public is not suggested.
        database.sql("UPDATE article SET status = 'withheld' WHERE slug = 'body'").await;
        assert_eq!(meant("deelers").await, None, "{kind:?}");
    }
}

#[tokio::test]
async fn facets_count_what_is_found_and_leave_their_own_filter_out() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        database.sql("INSERT INTO section (id, slug, name, position, hidden) VALUES (2, 'sport', 'Sport', 2, FALSE), (3, 'drafts', 'Drafts', 3, TRUE)").await;
        database.sql("INSERT INTO topic (id, slug, name) VALUES (1, 'money', 'Money'), (2, 'sky', 'Sky')").await;
        database.sql("INSERT INTO place (id, slug, name) VALUES (1, 'moscow', 'Moscow')").await;
        database
            .sql("UPDATE article SET section_id = 2, genre = 'press_review' WHERE slug IN ('only-bank', 'russian')")
            .await;
        database.sql("UPDATE article SET section_id = 3 WHERE slug = 'body'").await;
        database
            .sql("UPDATE article SET place_id = 1, published_at = '2025-12-31T23:59:59+00:00' WHERE slug = 'headline'")
            .await;
        database
            .sql(
                "INSERT INTO article_topic (article_id, topic_id, position, published_at)
                SELECT id, 1, 1, published_at FROM article WHERE slug <> 'only-bank' UNION ALL SELECT id, 2, 2, published_at FROM article WHERE slug = 'only-bank'",
            )
            .await;
        let document = "query ($filter: ArticleFilter) { search(query: \"bank\", filter: $filter) { totalCount
            facets { sections { value label count } topics { value count } places { value count } genres { value label count } years { value count }
            sources { value } languages { value count } } } }";
        let answer =
            database.answer(document, json!({ "filter": { "sections": ["world"], "topics": ["money"] } })).await;
        let found = &answer["data"]["search"];
        assert_eq!(found["totalCount"], 4, "{kind:?} {answer}");
        let expected = json!({
            "sections": [{ "value": "world", "label": "World", "count": 4 }, { "value": "sport", "label": "Sport", "count": 1 }],
            "topics": [{ "value": "money", "count": 4 }],
            "places": [{ "value": "moscow", "count": 1 }],
            "genres": [{ "value": "CURRENT", "label": "Current", "count": 4 }],
            "years": [{ "value": "2026", "count": 3 }, { "value": "2025", "count": 1 }],
            "sources": [],
            "languages": [{ "value": "en", "count": 4 }],
        });
        assert_eq!(found["facets"], expected, "{kind:?}");
        // What is counted together is the same as each by itself, wherever the fields stand.
        let apart = "query ($filter: ArticleFilter) {
            search(query: \"bank\", filter: $filter) { totalCount }
            search(query: \"bank\", filter: $filter) { ...counts }
            years: search(query: \"bank\", filter: $filter) { ... on SearchConnection { only: facets { all: years { value count } } } }
            }
            fragment counts on SearchConnection { how: facets { sections { count } } facets { topics { value count } } }";
        let filter = json!({ "filter": { "sections": ["world"], "topics": ["money"] } });
        let answer = database.answer(apart, filter).await;
        let expected = json!({
            "search": { "totalCount": 4, "how": { "sections": [{ "count": 4 }, { "count": 1 }] }, "facets": { "topics": [{ "value": "money", "count": 4 }] } },
            "years": { "only": { "all": [{ "value": "2026", "count": 3 }, { "value": "2025", "count": 1 }] } },
        });
        assert_eq!(answer["data"], expected, "{kind:?} {answer}");
        let options = database.answer("{ filterOptions { sections { value count } genres { value label count } languages { value count } topics { value count } urgencies { value } stories { value } } }", json!({})).await;
        let expected = json!({
            "sections": [{ "value": "world", "count": 5 }, { "value": "sport", "count": 2 }],
            "genres": [{ "value": "CURRENT", "label": "Current", "count": 6 }, { "value": "PRESS_REVIEW", "label": "Press review", "count": 2 }],
            "languages": [{ "value": "en", "count": 5 }, { "value": "en-GB", "count": 1 }, { "value": "ja", "count": 1 }, { "value": "ru", "count": 1 }],
            "topics": [{ "value": "money", "count": 7 }, { "value": "sky", "count": 1 }],
            "urgencies": [],
            "stories": [],
        });
        assert_eq!(options["data"]["filterOptions"], expected, "{kind:?}");
        database.sql("UPDATE article SET status = 'canceled'").await;
        let options = database.answer("{ filterOptions { sections { value } topics { value } } }", json!({})).await;
        assert_eq!(options["data"]["filterOptions"], json!({ "sections": [], "topics": [] }), "{kind:?}");
    }
}

#[tokio::test]
async fn suggestions_complete_the_last_word_of_names_and_headlines() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        database.sql("INSERT INTO section (id, slug, name, position, hidden) VALUES (2, 'markets', 'Markets', 2, FALSE), (3, 'marked', 'Marked', 3, TRUE)").await;
        database.sql("INSERT INTO topic (id, slug, name) VALUES (1, 'stock-markets', 'Stock markets'), (2, 'marketing', 'Marketing')").await;
        database.sql("INSERT INTO place (id, slug, name) VALUES (1, 'market-town', 'Market Town')").await;
        database
            .sql("INSERT INTO story (id, uri, slug, version, title, status, updated_at) VALUES (1, 'urn:s', 'crash', 1, 'A market crash', 'open', '2026-01-01T00:00:00+00:00')")
            .await;
        let suggested = async |prefix: &str, first: i32| {
            let document = "query ($prefix: String!, $first: Int) { suggest(prefix: $prefix, first: $first) { kind slug text id } }";
            let answer = database.answer(document, json!({ "prefix": prefix, "first": first })).await;
            let list = answer["data"]["suggest"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
            list.iter()
                .map(|item| format!("{} {}", item["kind"].as_str().unwrap(), item["slug"].as_str().unwrap()))
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert_eq!(
            suggested("MARK", 8).await,
            "SECTION markets, TOPIC marketing, PLACE market-town, TOPIC stock-markets, STORY crash, ARTICLE newer-body, ARTICLE body",
            "{kind:?}"
        );
        assert_eq!(
            suggested("mark", 4).await,
            "SECTION markets, TOPIC marketing, ARTICLE newer-body, ARTICLE body",
            "{kind:?}"
        );
        assert_eq!(suggested("more mar", 8).await, "ARTICLE newer-body", "{kind:?}");
        assert_eq!(suggested("arkets", 8).await, "", "{kind:?}");
        assert_eq!(suggested("выб", 8).await, "ARTICLE russian", "{kind:?}");
        for nothing in ["", "  ", "'", "\"", ":*", "\u{0}", "zzz"] {
            assert_eq!(suggested(nothing, 8).await, "", "{kind:?} {nothing:?}");
        }
        for odd in ["o'ne", "mark' | 'x", "mark\"*", "mark\\", "a:b", "1e5", "ёл"] {
            suggested(odd, 8).await;
        }
        let long = database
            .answer(
                "query ($prefix: String!) { suggest(prefix: $prefix) { slug } }",
                json!({ "prefix": "x".repeat(10_000) }),
            )
            .await;
        assert_eq!(long["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "argument": "prefix" }));
        database.sql("UPDATE article SET status = 'withheld'").await;
        database.sql("UPDATE topic SET name = 'Trade' WHERE id = 2").await;
        database.sql("DELETE FROM place").await;
        assert_eq!(suggested("mark", 8).await, "SECTION markets, TOPIC stock-markets, STORY crash", "{kind:?}");
    }
}

/// Articles as rows of values, and what PostgreSQL reckons with.
async fn insert_all(database: &TestDb, rows: impl Iterator<Item = String>) {
    let rows = rows.collect::<Vec<_>>().join(", ");
    database
        .sql(&format!(
            "INSERT INTO article (id, uri, slug, version, status, genre, language, headline, published_at, updated_at, section_id,
            word_count, body) VALUES {rows}"
        ))
        .await;
    database.sql("ANALYZE").await;
}

#[tokio::test]
async fn of_what_is_too_much_the_newest_is_counted() {
    const ALL: i64 = 1_200;
    /// Articles that are counted, and those that are looked into for a phrase.
    const MOST: i64 = 400;
    const TEXTS: i64 = MOST / 10;
    let start: chrono::DateTime<chrono::Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let time = |id: i64| {
        let time = start + chrono::TimeDelta::hours(id);
        time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    };
    for kind in Kind::BOTH {
        let mut database = TestDb::migrated(kind).await;
        database.search_counted = u64::try_from(MOST).unwrap();
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1), (2, 'sport', 'Sport', 2)").await;
        let rows = (1..=2 * ALL).map(|number| {
            // Every other article is not public, and finds nothing and changes nothing.
            let (id, status) = ((number + 1) / 2, ["withheld", "usable"][usize::from(number % 2 == 0)]);
            let language = ["en", "ru"][usize::from(id % 4 == 0)];
            let marks = [
                (id <= MOST, "edge "),
                (id <= MOST + 1, "beyond "),
                (id <= TEXTS, "single file "),
                (id <= TEXTS + 1, "double file "),
                (id % 2 == 0, "tax cut "),
                (id % 2 == 1, "cut tax "),
            ];
            let marks: String = marks.iter().filter(|(has, _)| *has).map(|(_, words)| *words).collect();
            let (section, time) = (1 + i64::from(id % 6 == 0), time(id));
            let body = json!([{ "type": "paragraph", "html": marks, "text": marks }]);
            format!(
                "({number}, 'urn:{number}', 'a-{number}', 1, '{status}', 'current', '{language}', 'Often москва', '{time}', '{time}', {section}, 0, '{body}')"
            )
        });
        insert_all(&database, rows).await;
        let database = &database;
        let count = async |query: &str, filter: Value| {
            let document = "query ($query: String!, $filter: ArticleFilter) {
                alone: search(query: $query, filter: $filter, first: 1) { totalCount }
                search(query: $query, filter: $filter, first: 1) { totalCount countedSince facets {
                    languages { value count } sections { value count } years { value count } } } }";
            let answer = database.answer(document, json!({ "query": query, "filter": filter })).await;
            let found = answer["data"]["search"].clone();
            assert!(found.is_object(), "{answer}");
            let of = |facet: &str| {
                let values = found["facets"][facet].as_array().unwrap();
                let values =
                    values.iter().map(|value| format!("{} {}", value["value"].as_str().unwrap(), value["count"]));
                values.collect::<Vec<_>>().join(", ")
            };
            let facets = format!("{}; {}; {}", of("languages"), of("sections"), of("years"));
            let alone = answer["data"]["alone"]["totalCount"].as_i64().unwrap();
            assert!(alone <= found["totalCount"].as_i64().unwrap(), "{kind:?} {query}: {answer}");
            (found["totalCount"].as_i64().unwrap(), found["countedSince"].as_str().map(str::to_owned), facets)
        };
        let none = json!({});
        // As many as are counted, and one more; in one language and in two that read a word alike.
        assert_eq!(
            count("edge", none.clone()).await,
            (MOST, None, "en 300, ru 100; world 334, sport 66; 2026 400".to_owned()),
            "{kind:?}"
        );
        let since = Some(time(ALL - MOST + 1));
        assert_eq!(count("beyond", none.clone()).await, (MOST, since.clone(), "; ; ".to_owned()), "{kind:?}");
        let newest = "en 300, ru 100; world 333, sport 67; 2026 400".to_owned();
        assert_eq!(count("often", none.clone()).await, (MOST, since.clone(), newest.clone()), "{kind:?}");
        // One that they read differently.
        assert_eq!(count("москвы", none.clone()).await.0, ALL / 4, "{kind:?}: only Russian has this form");
        assert_eq!(count("москва", none.clone()).await, (MOST, since.clone(), newest), "{kind:?}");
        // A filter that lets few through is counted in full; without it, for its own facet, there are too many.
        let sport = json!({ "sections": ["sport"] });
        let (total, since_of_sport, facets) = count("often", sport).await;
        assert_eq!((total, &since_of_sport), (ALL / 6, &since), "{kind:?}");
        assert_eq!(facets, "ru 34, en 33; world 333, sport 67; 2026 67", "{kind:?}");
        // The newest are those before the end of the time that is searched; years do not leave it out then.
        let early = json!({ "published": { "to": time(601) } });
        let expected = "en 300, ru 100; world 333, sport 67; 2026 400".to_owned();
        assert_eq!(count("often", early).await, (MOST, Some(time(201)), expected), "{kind:?}");
        let few = json!({ "published": { "from": time(1_000), "to": time(1_101) } });
        let (total, since_of_few, _) = count("often", few.clone()).await;
        assert_eq!((total, since_of_few), (101, Some(time(701))), "{kind:?}: the years are too much");
        let document =
            "query ($filter: ArticleFilter) { search(query: \"often\", filter: $filter) { totalCount countedSince } }";
        let answer = database.answer(document, json!({ "filter": few })).await;
        assert_eq!(answer["data"]["search"], json!({ "totalCount": 101, "countedSince": null }), "{kind:?}");

        // SQLite's index knows where words stand, PostgreSQL looks into texts.
        let (total, since, _) = count("\"single file\"", none.clone()).await;
        assert_eq!((total, since), (TEXTS, None), "{kind:?}");
        let (total, since, facets) = count("\"double file\"", none.clone()).await;
        match kind {
            Kind::Sqlite => assert_eq!((total, since), (TEXTS + 1, None)),
            Kind::Postgres => {
                let newest = time(ALL - TEXTS * 4 + 1);
                assert_eq!((total, since, facets), (0, Some(newest), "; ; ".to_owned()));
            }
        }
        let (total, since, facets) = count("\"tax cut\"", none.clone()).await;
        match kind {
            Kind::Sqlite => assert_eq!((total, since.is_some()), (MOST, true)),
            Kind::Postgres => {
                let newest = time(ALL - TEXTS * 4 + 1);
                assert_eq!((total, since), (TEXTS * 2, Some(newest)));
                assert_eq!(facets, "en 40, ru 40; world 53, sport 27; 2026 80");
            }
        }
    }
}

/// Few articles are looked up, many are met on a walk along the times: SQLite looks up to 1,000 up, and PostgreSQL goes by its estimate.
#[tokio::test]
async fn few_and_many_articles_are_found_in_the_same_order() {
    const ALL: i64 = 1_200;
    const APART: i64 = 100;
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
        let start: chrono::DateTime<chrono::Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let rows = (1..=ALL).map(|id| {
            let time = (start + chrono::TimeDelta::minutes(id)).to_rfc3339_opts(chrono::SecondsFormat::Secs, false);
            let text = if id % APART == 0 { "A seldom word." } else { "Nothing." };
            let headline = if id % APART == 0 { "Often rare" } else { "Often" };
            let body = json!([{ "type": "paragraph", "html": text, "text": text }]);
            format!(
                "({id}, 'urn:{id}', 'a-{id}', 1, 'usable', 'current', 'en', '{headline}', '{time}', '{time}', 1, 0, '{body}')"
            )
        });
        insert_all(&database, rows).await;
        let document = "query ($query: String!, $order: SearchOrder!, $after: String) {
            search(query: $query, orderBy: $order, first: 5, after: $after) {
                totalCount pageInfo { endCursor } edges { score node { slug } }
            }
        }";
        for order in ["RELEVANCE", "NEWEST"] {
            let queries =
                [("often", 1, 1.0), ("rare", APART, 1.0), ("seldom", APART, 0.25), ("often seldom", APART, 0.5)];
            for (query, apart, score) in queries {
                let mut after = Value::Null;
                for page in 0..2 {
                    let variables = json!({ "query": query, "order": order, "after": after });
                    let answer = database.answer(document, variables).await;
                    let search = &answer["data"]["search"];
                    assert_eq!(search["totalCount"], ALL / apart, "{kind:?} {query}: {answer}");
                    let edges = search["edges"].as_array().unwrap();
                    let found: Vec<_> = edges.iter().map(|edge| edge["node"]["slug"].as_str().unwrap()).collect();
                    let newest = (0..5).map(|place| format!("a-{}", ALL - (page * 5 + place) * apart));
                    assert_eq!(found, newest.collect::<Vec<_>>(), "{kind:?} {order} {query}");
                    assert!(edges.iter().all(|edge| edge["score"] == score), "{kind:?} {order} {query}: {answer}");
                    after = search["pageInfo"]["endCursor"].clone();
                }
            }
        }
        for (prefix, apart) in [("o", 1), ("often", 1), ("rar", APART), ("often r", APART)] {
            let suggest = "query ($prefix: String!) { suggest(prefix: $prefix, first: 5) { slug } }";
            let answer = database.answer(suggest, json!({ "prefix": prefix })).await;
            let newest: Vec<_> = (0..5).map(|place| json!({ "slug": format!("a-{}", ALL - place * apart) })).collect();
            assert_eq!(answer["data"]["suggest"], json!(newest), "{kind:?} {prefix}");
        }
        for (misspelt, meant) in [("oftn", "often"), ("seldon", "seldom"), ("oftn seldon", "often seldom")] {
            let mended = "query ($query: String!) { search(query: $query) { didYouMean } }";
            let answer = database.answer(mended, json!({ "query": misspelt })).await;
            assert_eq!(answer["data"]["search"]["didYouMean"], meant, "{kind:?}");
        }
    }
}
