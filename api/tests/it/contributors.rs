//! Authors, places, sources and galleries lead to their articles, and are found by what readers and pages know of them.

use serde_json::{Value, json};

use crate::{
    paging::article_row,
    support::{Kind, TestDb},
};

/// Sixty articles, one a minute: Ann has those of 2, Bo those of 3, a gallery goes with those of 9; written in Riga those of 4, about Riga those of
/// 6, supplied by the Wire those of 5. Of Cy there is one article, which is withheld.
async fn newsroom(kind: Kind) -> TestDb {
    let database = TestDb::migrated(kind).await;
    for sql in [
        "INSERT INTO section (id, slug, name, position) VALUES (1, 'odd', 'Odd', 1)",
        "INSERT INTO place (id, slug, name) VALUES (1, 'riga', 'Riga'), (2, 'oslo', 'Oslo')",
        "INSERT INTO source (id, slug, name) VALUES (1, 'wire', 'The Wire'), (2, 'secret-wire', 'Secret Wire')",
        "INSERT INTO contributor (id, slug, name, uri) VALUES (1, 'ann-lee', 'Ann Lee', 'urn:p:ann'), (2, 'bo-lee', 'Bo Lee', NULL),
            (3, 'cy-lee', 'Cy Lee', 'urn:p:cy')",
        "INSERT INTO gallery (id, uri, slug, version, title, kind, status, published_at)
            VALUES (1, 'urn:g', 'g', 1, 'G', 'photo', 'usable', '2026-01-01T00:00:00+00:00')",
    ] {
        database.sql(sql).await;
    }
    for id in 1..=60 {
        database.sql(&article_row(id, &format!("2026-01-01T00:{:02}:00+00:00", id - 1))).await;
    }
    for sql in [
        "UPDATE article SET place_id = 1 WHERE id % 4 = 0",
        "UPDATE article SET place_id = 2 WHERE id % 4 = 1",
        "UPDATE article SET source_id = 1 WHERE id % 5 = 0",
        "UPDATE article SET source_id = 2, status = 'withheld' WHERE id = 7",
        "INSERT INTO article_place (article_id, place_id, position, published_at) SELECT id, 1, 1, published_at FROM article WHERE id % 6 = 0",
        "INSERT INTO article_contributor (article_id, contributor_id, position, role) SELECT id, 1, 1, 'author' FROM article WHERE id % 2 = 0",
        "INSERT INTO article_contributor (article_id, contributor_id, position, role) SELECT id, 2, 2, 'photographer' FROM article WHERE id % 3 = 0",
        "INSERT INTO article_contributor (article_id, contributor_id, position) VALUES (7, 3, 1)",
        "INSERT INTO article_gallery (article_id, gallery_id, position) SELECT id, 1, 1 FROM article WHERE id % 9 = 0",
    ] {
        database.sql(sql).await;
    }
    database
}

fn ids(nodes: &Value) -> Vec<i64> {
    let nodes = nodes.as_array().unwrap_or_else(|| panic!("no list: {nodes}"));
    nodes.iter().map(|node| node["slug"].as_str().unwrap().trim_start_matches("article-").parse().unwrap()).collect()
}

#[tokio::test]
async fn lists_of_articles_are_walked_from_what_they_belong_to() {
    type Holds = fn(i64) -> bool;
    let lists: [(&str, Value, Holds); 10] = [
        ("contributor(by: { slug: \"ann-lee\" })", json!(null), |id| id % 2 == 0),
        ("contributor(by: { uri: \"urn:p:ann\" })", json!({ "contributors": ["bo-lee"] }), |id| id % 6 == 0),
        ("contributor(by: { slug: \"bo-lee\" })", json!({ "places": ["oslo"] }), |id| id % 3 == 0 && id % 4 == 1),
        ("place(slug: \"riga\")", json!(null), |id| id % 4 == 0 || id % 6 == 0),
        ("place(slug: \"riga\")", json!({ "places": ["riga", "oslo"] }), |id| id % 4 == 0 || id % 6 == 0),
        ("place(slug: \"riga\")", json!({ "places": ["oslo"] }), |_| false),
        ("place(slug: \"oslo\")", json!({ "contributors": ["ann-lee", "bo-lee"] }), |id| id % 4 == 1 && id % 3 == 0),
        ("source(by: { slug: \"wire\" })", json!(null), |id| id % 5 == 0),
        ("source(by: { slug: \"wire\" })", json!({ "contributors": ["ann-lee"], "places": ["riga"] }), |id| {
            id % 20 == 0 || id % 30 == 0
        }),
        ("gallery(slug: \"g\")", json!(null), |id| id % 9 == 0),
    ];
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        for (of, filter, holds) in &lists {
            let expected: Vec<i64> = (1..=60).rev().filter(|id| *id != 7 && holds(*id)).collect();
            let document = format!(
                "query ($filter: ArticleFilter, $after: String) {{ of: {of} {{ articles(filter: $filter, first: 4, after: $after) {{
                    totalCount nodes {{ slug }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
            );
            let (mut found, mut after) = (Vec::new(), Value::Null);
            loop {
                let answer = database.answer(&document, json!({ "filter": filter, "after": after })).await;
                let list = &answer["data"]["of"]["articles"];
                assert_eq!(list["totalCount"], expected.len(), "{kind:?} {of} {filter}: {answer}");
                found.extend(ids(&list["nodes"]));
                after = list["pageInfo"]["endCursor"].clone();
                if list["pageInfo"]["hasNextPage"] != true {
                    break;
                }
            }
            assert_eq!(found, expected, "{kind:?} {of} {filter}");
            let oldest = document.replace("first: 4", "last: 3, orderBy: OLDEST").replace(", after: $after", "");
            let oldest = oldest.replace(", $after: String", "");
            let answer = database.answer(&oldest, json!({ "filter": filter })).await;
            let mut newest: Vec<i64> = expected.iter().take(3).copied().collect();
            newest.reverse();
            assert_eq!(ids(&answer["data"]["of"]["articles"]["nodes"]), newest, "{kind:?} {of} {filter}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_contributor_whom_only_hidden_articles_have_is_not_public() {
    const QUERY: &str = "{ contributors { totalCount nodes { slug } } byUri: contributor(by: { uri: \"urn:p:cy\" }) { slug }
        contributor(by: { slug: \"cy-lee\" }) { slug } node(id: \"Q29udHJpYnV0b3I6Mw\") { id } suggest(prefix: \"le\") { kind slug text id }
        filterOptions { contributors { value label count } } sources { totalCount nodes { slug } } source(by: { slug: \"secret-wire\" }) { slug }
        articles(filter: { contributors: [\"cy-lee\"] }) { totalCount } }";
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let answer = database.answer(QUERY, json!({})).await;
        let ann = json!({ "kind": "CONTRIBUTOR", "slug": "ann-lee", "text": "Ann Lee", "id": "Q29udHJpYnV0b3I6MQ" });
        let bo = json!({ "kind": "CONTRIBUTOR", "slug": "bo-lee", "text": "Bo Lee", "id": "Q29udHJpYnV0b3I6Mg" });
        let hidden = json!({
            "contributors": { "totalCount": 2, "nodes": [{ "slug": "ann-lee" }, { "slug": "bo-lee" }] },
            "byUri": null,
            "contributor": null,
            "node": null,
            "suggest": [bo, ann],
            "filterOptions": { "contributors": [
                { "value": "ann-lee", "label": "Ann Lee", "count": 30 },
                { "value": "bo-lee", "label": "Bo Lee", "count": 20 },
            ] },
            "sources": { "totalCount": 1, "nodes": [{ "slug": "wire" }] },
            "source": null,
            "articles": { "totalCount": 0 },
        });
        assert_eq!(answer["data"], hidden, "{kind:?}: {answer}");
        // It comes with the article.
        database.sql("UPDATE article SET status = 'usable' WHERE id = 7").await;
        let answer = database.answer(QUERY, json!({})).await;
        let data = &answer["data"];
        assert_eq!(data["contributor"], json!({ "slug": "cy-lee" }), "{kind:?}: {answer}");
        assert_eq!(data["byUri"], data["contributor"], "{kind:?}: {answer}");
        assert_eq!(data["node"], json!({ "id": "Q29udHJpYnV0b3I6Mw" }), "{kind:?}: {answer}");
        assert_eq!(data["contributors"]["totalCount"], 3, "{kind:?}: {answer}");
        assert_eq!(data["suggest"].as_array().map(Vec::len), Some(3), "{kind:?}: {answer}");
        assert_eq!(data["source"], json!({ "slug": "secret-wire" }), "{kind:?}: {answer}");
        assert_eq!(data["articles"]["totalCount"], 1, "{kind:?}: {answer}");
        assert_eq!(data["filterOptions"]["contributors"][2]["value"], "cy-lee", "{kind:?}: {answer}");
    }
}

#[tokio::test]
async fn what_a_search_finds_is_counted_by_contributor() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        api::search::index_texts(&database.db).await.unwrap();
        let query = "{ search(query: \"headline\", filter: { contributors: [\"bo-lee\"] }) { totalCount facets {
            contributors { value label count } } } }";
        let answer = database.answer(query, json!({})).await;
        let expected = json!({ "totalCount": 20, "facets": { "contributors": [
            { "value": "ann-lee", "label": "Ann Lee", "count": 30 },
            { "value": "bo-lee", "label": "Bo Lee", "count": 20 },
        ] } });
        assert_eq!(answer["data"]["search"], expected, "{kind:?}: {answer}");
    }
}

#[tokio::test]
async fn pages_have_the_addresses_that_are_set() {
    for kind in Kind::BOTH {
        let database = crate::article_page::newsroom(kind, 1).await;
        let query = "{ section(slug: \"section-1\") { url } topic(by: { slug: \"topic-1\" }) { url } story(slug: \"story-1\") { url }
            gallery(slug: \"gallery-1\") { url } contributor(by: { slug: \"contributor-1\" }) { url } }";
        let mut settings = api::Settings::new("http://api.example".to_owned(), "https://a.example/{slug}".to_owned());
        let ask = async |settings: &api::Settings| {
            let request = api::Request::new(database.db.clone(), std::sync::Arc::new(settings.clone()), database.now);
            let answer = request.execute(&api::schema::build(), async_graphql::Request::new(query)).await;
            serde_json::to_value(answer).unwrap()["data"].clone()
        };
        let page = |url: &str| json!({ "url": url });
        let usual = json!({
            "section": page("http://api.example/sections/section-1"),
            "topic": page("http://api.example/topics/topic-1"),
            "story": page("http://api.example/stories/story-1"),
            "gallery": page("http://api.example/galleries/gallery-1"),
            "contributor": page("http://api.example/contributors/contributor-1"),
        });
        assert_eq!(ask(&settings).await, usual, "{kind:?}");
        settings.pages.contributor = api::PageUrl("https://a.example/by/{slug}.html".to_owned());
        let answer = ask(&settings).await;
        assert_eq!(answer["contributor"], page("https://a.example/by/contributor-1.html"), "{kind:?}");
        assert_eq!(answer["topic"], usual["topic"], "{kind:?}");
    }
}
