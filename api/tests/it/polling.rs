//! What a front-end learns that asks now and then: every change, and what has left.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::json;

use crate::{
    paging::article_row,
    support::{Kind, TestDb},
};

/// Five articles of the last days.
async fn newsroom(kind: Kind) -> TestDb {
    let mut database = TestDb::migrated(kind).await;
    database.now = api::now();
    database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
    for id in 1..=5 {
        database.sql(&article_row(id, &ago(database.now, TimeDelta::days(6 - id)))).await;
    }
    // Of before there was such a time.
    database.sql("UPDATE article SET modified_at = NULL").await;
    database
}

fn ago(now: DateTime<Utc>, time: TimeDelta) -> String {
    (now - time).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false)
}

async fn slugs(database: &TestDb, arguments: &str) -> Vec<String> {
    let query = format!("{{ articles({arguments}) {{ totalCount nodes {{ slug }} }} }}");
    let answer = database.answer(&query, json!({})).await;
    let nodes = answer["data"]["articles"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(answer["data"]["articles"]["totalCount"], nodes.len(), "{answer}");
    nodes.iter().map(|node| node["slug"].as_str().unwrap().replace("article-", "")).collect()
}

async fn removed(database: &TestDb, since: DateTime<Utc>) -> Vec<String> {
    let query = "query ($since: DateTime!) { removedArticles(since: $since) { totalCount nodes { slug } } }";
    let answer = database.answer(query, json!({ "since": since })).await;
    let nodes = answer["data"]["removedArticles"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(answer["data"]["removedArticles"]["totalCount"], nodes.len(), "{answer}");
    nodes.iter().map(|node| node["slug"].as_str().unwrap().replace("article-", "")).collect()
}

#[tokio::test]
async fn every_change_is_among_those_since_the_last_poll() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        let poll = |since: DateTime<Utc>| {
            format!("orderBy: RECENTLY_MODIFIED, filter: {{ modified: {{ from: {:?} }} }}", since.to_rfc3339())
        };
        assert_eq!(slugs(&database, "orderBy: RECENTLY_MODIFIED").await, ["5", "4", "3", "2", "1"], "{kind:?}");
        let last = api::now();
        assert_eq!(slugs(&database, &poll(last)).await, Vec::<String>::new(), "{kind:?}");
        database.sql("UPDATE article SET headline = 'Volcano' WHERE id = 2").await;
        database.sql("UPDATE article SET standfirst = 'More' WHERE id = 1").await;
        // What nobody sees is no change.
        database.sql("UPDATE article SET digest = 'x' WHERE id = 3").await;
        database.sql("UPDATE article SET headline = headline WHERE id = 4").await;
        database.now = api::now();
        assert_eq!(slugs(&database, &poll(last)).await, ["1", "2"], "{kind:?}");
        assert_eq!(slugs(&database, "orderBy: RECENTLY_MODIFIED").await, ["1", "2", "5", "4", "3"], "{kind:?}");
        assert_eq!(slugs(&database, "orderBy: RECENTLY_UPDATED").await, ["5", "4", "3", "2", "1"], "{kind:?}");
        let times = "{ articles(first: 2, orderBy: RECENTLY_MODIFIED) { nodes { modifiedAt updatedAt } pageInfo { endCursor } } }";
        let answer = database.answer(times, json!({})).await;
        let page = &answer["data"]["articles"];
        for node in page["nodes"].as_array().unwrap() {
            let time = |name: &str| node[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
            assert!(time("modifiedAt") >= last - TimeDelta::milliseconds(1) && time("updatedAt") < last, "{node}");
        }
        let next = format!("orderBy: RECENTLY_MODIFIED, after: {}", page["pageInfo"]["endCursor"]);
        let query = format!("{{ articles({next}) {{ nodes {{ slug }} }} }}");
        let answer = database.answer(&query, json!({})).await;
        assert_eq!(answer["data"]["articles"]["nodes"][0]["slug"], "article-5", "{answer}");

        let span = |from: i64, to: i64| {
            let time = |days: i64| ago(database.now, TimeDelta::days(days) + TimeDelta::hours(1));
            format!(
                "orderBy: RECENTLY_UPDATED, filter: {{ updated: {{ from: {:?}, to: {:?} }} }}",
                time(from),
                time(to)
            )
        };
        assert_eq!(slugs(&database, &span(3, 1)).await, ["4", "3"], "{kind:?}");
        let sections = format!("{{ sections {{ articles({}) {{ nodes {{ slug }} }} }} }}", poll(last));
        let answer = database.answer(&sections, json!({})).await;
        assert_eq!(answer["data"]["sections"][0]["articles"]["nodes"].as_array().map(Vec::len), Some(2), "{answer}");
        let found = format!(
            "{{ search(query: \"volcano\", filter: {{ modified: {{ from: {:?} }} }}) {{ totalCount }} }}",
            last.to_rfc3339()
        );
        assert_eq!(database.answer(&found, json!({})).await["data"]["search"]["totalCount"], 1, "{kind:?}");
    }
}

#[tokio::test]
async fn what_has_left_the_publics_sight_is_told_to_who_polls() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        let last = api::now() - TimeDelta::milliseconds(5);
        database.sql(&article_row(6, &ago(database.now, TimeDelta::hours(-2)))).await;
        database.sql(&article_row(7, &ago(database.now, TimeDelta::hours(2)))).await;
        database.sql("UPDATE article SET status = 'withheld' WHERE id = 7").await;
        // Nobody has ever seen this one.
        database.sql("UPDATE article SET status = 'canceled' WHERE id = 6").await;
        assert_eq!(removed(&database, last).await, ["7"], "{kind:?}");
        database.sql("UPDATE article SET status = 'canceled' WHERE id = 1").await;
        database.sql("DELETE FROM article WHERE id = 2").await;
        let soon = api::now() + TimeDelta::seconds(20);
        database.sql(&format!("UPDATE article SET expires_at = '{}' WHERE id = 3", ago(soon, TimeDelta::zero()))).await;
        let later = ago(database.now, TimeDelta::hours(-1));
        database.sql(&format!("UPDATE article SET embargoed_until = '{later}' WHERE id = 4")).await;
        database.now = api::now();
        assert_eq!(removed(&database, last).await, ["7", "1", "2", "4"], "{kind:?}");
        assert_eq!(slugs(&database, "first: 20").await, ["5", "3"], "{kind:?}");
        database.now = soon + TimeDelta::seconds(1);
        assert_eq!(removed(&database, last).await, ["7", "1", "2", "4", "3"], "{kind:?}: it has expired");
        assert_eq!(removed(&database, soon - TimeDelta::seconds(1)).await, ["3"], "{kind:?}");
        database.sql("UPDATE article SET status = 'usable' WHERE id = 1").await;
        assert_eq!(removed(&database, last).await, ["7", "2", "4", "3"], "{kind:?}: it is back");

        let query =
            "query ($since: DateTime!, $after: String) { removedArticles(since: $since, first: 2, after: $after) {
            nodes { id uri removedAt } pageInfo { endCursor hasNextPage } } }";
        let first = database.answer(query, json!({ "since": last })).await;
        let page = &first["data"]["removedArticles"];
        assert_eq!((&page["nodes"][0]["uri"], &page["pageInfo"]["hasNextPage"]), (&json!("urn:test:7"), &json!(true)));
        let after = &page["pageInfo"]["endCursor"];
        let second = database.answer(query, json!({ "since": last, "after": after })).await;
        assert_eq!(second["data"]["removedArticles"]["nodes"][0]["uri"], "urn:test:4", "{second}");
        let old = database.answer(query, json!({ "since": database.now - TimeDelta::days(31) })).await;
        let error = &old["errors"][0];
        assert_eq!(
            (&error["extensions"]["code"], &error["extensions"]["argument"]),
            (&json!("BAD_USER_INPUT"), &json!("since"))
        );
        api::ranking::upkeep(&database.db, &Default::default(), database.now + TimeDelta::days(31)).await.unwrap();
        assert_eq!(removed(&database, last).await, ["3"], "{kind:?}: only what the articles say themselves is known");
    }
}

#[tokio::test]
async fn lists_by_change_are_read_from_their_index() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let order = "SELECT id FROM article ORDER BY coalesce(modified_at, updated_at) DESC, id DESC LIMIT 20";
        let backend = database.db.get_database_backend();
        let explain = if backend == DbBackend::Postgres {
            database.sql("ANALYZE article").await;
            format!("EXPLAIN {order}")
        } else {
            format!("EXPLAIN QUERY PLAN {order}")
        };
        let transaction = sea_orm::TransactionTrait::begin(&database.db).await.unwrap();
        if backend == DbBackend::Postgres {
            // So few rows are read from the table otherwise.
            transaction
                .execute_unprepared("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
                .await
                .unwrap();
        }
        let rows = transaction.query_all_raw(Statement::from_string(backend, explain)).await.unwrap();
        let column = if backend == DbBackend::Postgres { "QUERY PLAN" } else { "detail" };
        let plan: String = rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect();
        assert!(plan.contains("article_modified_at_id_idx") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
