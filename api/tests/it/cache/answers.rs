//! What clients see of the cache.

use std::io::Read as _;

use sea_orm::TransactionTrait as _;

use super::*;

const LIST: &str = "{ articles(first: 5) { nodes { slug headline } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_computed_once_and_given_until_something_in_it_changes() {
    for kind in Kind::BOTH {
        let (database, cached, plain) = newsroom(kind).await;
        let first = cached.warm(LIST).await;
        assert_eq!(first.bytes, plain.ask(LIST).await.bytes, "{kind:?}");
        assert_eq!(plain.ask(LIST).await.status(), "", "nothing is said where nothing is kept");
        assert_eq!(first.header("content-type"), "application/json; charset=utf-8");
        database.sql("UPDATE article SET headline = 'Mended' WHERE id = 2").await;
        cached.caught_up(&database.db).await;
        let second = cached.followed(LIST).await;
        assert!(second.status().starts_with("Newsgraph; fwd=miss"), "{kind:?}: {}", second.status());
        assert_eq!(second.data()["articles"]["nodes"][1]["headline"], "Mended", "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_mutations_and_requests_that_ask_for_their_cost_are_not_kept() {
    let (_database, cached, _) = newsroom(Kind::Sqlite).await;
    cached.warm(LIST).await;
    for query in
        ["{ articles(first: 0) { nodes { slug } } }", "{ nothing }", "mutation { recordReads(reads: []) { accepted } }"]
    {
        for _ in 0..3 {
            let answer = cached.followed(query).await;
            assert!(!answer.is_hit(), "{query}: {}", answer.status());
        }
    }
    let answer = cached.send(&json!({ "query": LIST, "extensions": { "cost": true } }), "identity").await;
    assert_eq!(answer.status(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_in_another_order_are_the_same_request_and_other_values_are_not() {
    let (_database, cached, _) = newsroom(Kind::Sqlite).await;
    let query = "query ($a: Int, $b: String!) { articles(first: $a) { nodes { slug } } section(slug: $b) { name } }";
    let body = |variables: &str| serde_json::from_str::<Value>(&format!("{{\"variables\":{variables}}}")).unwrap();
    let ask = async |variables: &str| {
        let mut body = body(variables);
        body["query"] = query.into();
        cached.send(&body, "identity").await
    };
    cached.warm(LIST).await;
    while !ask(r#"{"a":2,"b":"section-1"}"#).await.is_hit() {}
    let mut other = ask(r#"{"b":"section-1","a":2}"#).await;
    while other.status().contains("bypass") {
        other = ask(r#"{"b":"section-1","a":2}"#).await;
    }
    assert!(other.is_hit());
    let three = ask(r#"{"a":3,"b":"section-1"}"#).await;
    assert_eq!(three.data()["articles"]["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(ask(r#"{"a":2,"b":"section-2"}"#).await.data()["section"]["name"], "Section 2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_answers_are_given_compressed_to_those_who_take_them_so() {
    let (_database, cached, _) = newsroom(Kind::Sqlite).await;
    let page = json!({
        "query": include_str!("../../queries/article/page.graphql"),
        "variables": { "slug": "article-1" },
    });
    let plain = cached.send(&page, "identity").await;
    for coding in ["br", "gzip"] {
        let mut answer = cached.send(&page, coding).await;
        // A kept one says how long it is.
        while !(answer.is_hit() && answer.headers.contains_key("content-length")) {
            tokio::time::sleep(Duration::from_millis(5)).await;
            answer = cached.send(&page, coding).await;
        }
        assert_eq!(answer.header("content-encoding"), coding);
        assert!(answer.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("accept-encoding")));
        let mut bytes = Vec::new();
        match coding {
            "br" => brotli::Decompressor::new(&*answer.bytes, 4096).read_to_end(&mut bytes).unwrap(),
            _ => flate2::read::GzDecoder::new(&*answer.bytes).read_to_end(&mut bytes).unwrap(),
        };
        assert_eq!(bytes, plain.bytes, "{coding}");
    }
    assert_eq!(cached.send(&page, "br;q=0, gzip;q=0").await.header("content-encoding"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_requests_at_the_same_time_are_computed_once() {
    let database = crate::article_page::newsroom(Kind::Postgres, 3).await;
    let cached = Server::start(&database.db, Settings::default());
    cached.warm("{ sections { slug } }").await;
    let query = "{ stories { nodes { slug } } }";
    // The first one is computed until all others have come.
    let lock = database.db.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE story IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let asked = futures_util::future::join_all((0..50).map(|_| cached.followed(query)));
    let released = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        lock.rollback().await.unwrap();
    };
    let (answers, ()) = tokio::join!(asked, released);
    let collapsed = answers.iter().filter(|answer| answer.status() == "Newsgraph; fwd=miss; collapsed").count();
    let computed = answers.iter().filter(|answer| answer.status().starts_with("Newsgraph; fwd=miss; stored")).count();
    let hits = answers.iter().filter(|answer| answer.is_hit()).count();
    // Those that found that changes were not followed at the moment asked again.
    assert_eq!((computed, computed + collapsed + hits), (1, 50), "{collapsed} collapsed, {hits} hits");
    assert!(collapsed > 0);
    assert!(answers.windows(2).all(|pair| pair[0].bytes == pair[1].bytes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_changes_answers_at_the_very_moment() {
    for kind in Kind::BOTH {
        let (database, cached, plain) = newsroom(kind).await;
        let at = |millis: i64| {
            let time = api::now() + chrono::TimeDelta::milliseconds(millis);
            (time, time.to_rfc3339_opts(chrono::SecondsFormat::Micros, false))
        };
        let list = "{ articles(first: 20) { nodes { slug } totalCount } gallery(slug: \"gallery-1\") { slug } }";
        let (end, text) = at(2_000);
        database.sql(&format!("UPDATE article SET expires_at = '{text}' WHERE id = 1")).await;
        database.sql(&format!("UPDATE article SET embargoed_until = '{text}' WHERE id = 2")).await;
        database.sql(&format!("UPDATE gallery SET expires_at = '{text}' WHERE id = 1")).await;
        cached.caught_up(&database.db).await;
        let mut seen = [false; 2];
        loop {
            let before = api::now();
            let answer = cached.followed(list).await;
            let after = api::now();
            let slugs = answer.data().to_string();
            if after < end {
                assert!(slugs.contains("\"article-1\"") && !slugs.contains("\"article-2\""), "{kind:?}: {slugs}");
                assert!(slugs.contains("gallery-1"), "{kind:?}");
                seen[0] |= answer.is_hit();
            } else if before >= end {
                assert!(!slugs.contains("\"article-1\"") && slugs.contains("\"article-2\""), "{kind:?}: {slugs}");
                assert!(!slugs.contains("gallery-1"), "{kind:?}");
                assert_eq!(answer.bytes, plain.ask(list).await.bytes);
                seen[1] |= answer.is_hit();
            }
            if seen[1] {
                break;
            }
        }
        assert!(seen[0], "{kind:?}: it was given out of the cache before the moment, too");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moment_that_passes_while_nobody_asks_is_not_forgotten_for_a_change_that_follows() {
    for kind in Kind::BOTH {
        let (database, cached, plain) = newsroom(kind).await;
        let end = api::now() + chrono::TimeDelta::seconds(2);
        let text = end.to_rfc3339_opts(chrono::SecondsFormat::Micros, false);
        database.sql(&format!("UPDATE article SET embargoed_until = '{text}' WHERE id = 2")).await;
        cached.caught_up(&database.db).await;
        cached.warm(LIST).await;
        tokio::time::sleep((end - api::now()).to_std().unwrap_or_default() + Duration::from_millis(50)).await;
        database.sql("UPDATE image SET alt = 'Other' WHERE id = 1").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(cached.followed(LIST).await.bytes, plain.ask(LIST).await.bytes, "{kind:?}");
    }
}
