use std::collections::BTreeSet;

use super::*;
use crate::support::{Kind, TestDb, seen_by_all};

/// The value of a series, which must be there.
#[track_caller]
fn value(figures: &BTreeMap<String, f64>, series: &str) -> f64 {
    *figures.get(series).unwrap_or_else(|| panic!("{series} is missing in {:#?}", figures.keys()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_does_is_counted() {
    for kind in Kind::BOTH {
        let database = TestDb::empty(kind).await;
        let program = Program::serve(database.url(), &[], &[]).await;
        seen_by_all().await;
        for _ in 0..3 {
            let answer = program.ask(PAGE).await;
            assert!(answer["data"]["sections"].as_array().is_some_and(|all| !all.is_empty()), "{answer}");
        }
        program.ask("query Front { nothing }").await;
        program.ask("{ __typename }").await;
        program.ask("query Wrong($n: Int!) { articles(first: $n) { nodes { slug } } }").await;
        let not_known = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "0".repeat(64) } } });
        program.post(&not_known).send().await.unwrap();
        let reads = r#"[{"article":"how-the-korean-armistice-line-was-drawn","reader":"one"},{"article":"none"}]"#;
        let sent = program.http.post(format!("http://{}/reads", program.address)).body(reads).send().await.unwrap();
        assert_eq!(sent.status(), 200);
        let missing = program.http.get(format!("http://{}/nothing/here", program.address)).send().await.unwrap();
        assert_eq!(missing.status(), 404);

        let figures = parsed(&program.figures_with(&["newsgraph_ranking_computed_timestamp_seconds"]).await);
        let is = |series: &str, expected: f64| assert_eq!(value(&figures, series), expected, "{kind:?}: {series}");
        is("newsgraph_graphql_requests_total{operation=\"Front\",outcome=\"success\"}", 3.0);
        // A document that is wrong has no operation.
        is("newsgraph_graphql_requests_total{operation=\"anonymous\",outcome=\"invalid\"}", 1.0);
        is("newsgraph_graphql_requests_total{operation=\"anonymous\",outcome=\"success\"}", 1.0);
        is("newsgraph_graphql_requests_total{operation=\"anonymous\",outcome=\"unknown_document\"}", 1.0);
        is("newsgraph_graphql_requests_total{operation=\"other\",outcome=\"invalid\"}", 1.0);
        is("newsgraph_graphql_request_duration_seconds_count{operation=\"Front\"}", 3.0);
        let outcomes = ["hit", "collapsed", "miss", "untrusted", "stale"];
        let answers = |figures: &_, outcome: &str| {
            value(figures, &format!("newsgraph_cache_answers_total{{outcome=\"{outcome}\"}}"))
        };
        // Each query of the public that was run is one of them.
        assert_eq!(outcomes.map(|outcome| answers(&figures, outcome)).iter().sum::<f64>(), 4.0, "{kind:?}");
        is("newsgraph_reads_total{outcome=\"accepted\"}", 1.0);
        is("newsgraph_reads_total{outcome=\"unknown_article\"}", 1.0);
        is("newsgraph_read_batches_total{outcome=\"saved\"}", 1.0);
        is("newsgraph_http_requests_total{route=\"graphql\",status=\"2xx\"}", 7.0);
        is("newsgraph_http_requests_total{route=\"reads\",status=\"2xx\"}", 1.0);
        is("newsgraph_http_requests_total{route=\"other\",status=\"4xx\"}", 1.0);
        is("newsgraph_http_requests_in_flight", 0.0);
        is("newsgraph_database_up", 1.0);
        let rules = importer::time::zone::rules();
        let (version, source) = (rules.version(), rules.source());
        is(&format!("newsgraph_time_zones_info{{version=\"{version}\",source=\"{source}\"}}"), 1.0);
        is("newsgraph_change_feed_trusted", 1.0);
        is("newsgraph_pool_connections_max{pool=\"requests\"}", 16.0);
        is("newsgraph_job_interval_seconds{task=\"today\"}", 300.0);
        for (series, least) in [
            ("newsgraph_statement_duration_seconds_count{pool=\"requests\",kind=\"select\"}", 2.0),
            ("newsgraph_statement_duration_seconds_count{pool=\"jobs\",kind=\"insert\"}", 1.0),
            ("newsgraph_documents_total{state=\"new\"}", 2.0),
            ("newsgraph_documents_total{state=\"known\"}", 1.0),
            ("newsgraph_document_cache_entries", 2.0),
            ("newsgraph_pool_connections{pool=\"jobs\"}", 1.0),
            ("newsgraph_job_last_run_timestamp_seconds{task=\"now\"}", 1.7e9),
            ("newsgraph_ranking_computed_timestamp_seconds{window=\"this_week\"}", 1.7e9),
            ("newsgraph_runtime_workers", 1.0),
            ("process_resident_memory_bytes", 1e6),
            ("process_open_fds", 5.0),
            ("process_threads", 2.0),
            ("process_start_time_seconds", 1.7e9),
        ] {
            assert!(value(&figures, series) >= least, "{kind:?}: {series} is {}", value(&figures, series));
        }
        // Jobs still change things after the start, which drops answers.
        let mut tries = 0;
        while answers(&program.figures().await, "hit") == 0.0 {
            assert!(tries < 100, "{kind:?}: nothing comes out of the cache");
            tries += 1;
            program.ask(PAGE).await;
        }
        let text = program.figures_text().await;
        assert!(!text.contains("korean") && !text.contains("127.0.0.1"), "figures hold neither content nor addresses");
        // Only the one address serves them, and nothing else.
        for (address, path) in [(&program.address, "metrics"), (&program.figures, "graphql"), (&program.figures, "")] {
            let answer = program.http.get(format!("http://{address}/{path}")).send().await.unwrap();
            assert_eq!(answer.status(), 404, "{address}/{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_shows_in_the_figures_of_the_feed_and_of_the_cache() {
    let database = TestDb::empty(Kind::Postgres).await;
    let program = Program::serve(database.url(), &[], &[]).await;
    seen_by_all().await;
    program.ask(PAGE).await;
    let before = program.figures().await;
    database.sql("UPDATE section SET name = 'Elsewhere' WHERE slug = 'world'").await;
    seen_by_all().await;
    assert!(program.ask(PAGE).await.to_string().contains("Elsewhere"));
    let after = program.figures().await;
    for series in ["newsgraph_change_feed_changes_total", "newsgraph_cache_dropped_total"] {
        assert!(value(&after, series) > value(&before, series), "{series}");
    }
}

/// A row of the table of figures for each that is served, and none for what is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_lists_every_figure_with_its_kind() {
    let database = TestDb::empty(Kind::Sqlite).await;
    let program = Program::serve(database.url(), &[], &[]).await;
    let text = program.all_figures(&database).await;
    let served: BTreeSet<(String, String)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(|(name, kind)| (suffixed(name, kind), kind.to_owned()))
        .collect();
    let page = read_project("docs/observability.md");
    let rows =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | ")).filter_map(|(name, rest)| {
            let kind = rest.split(" | ").next()?;
            matches!(kind, "counter" | "gauge" | "histogram" | "info").then(|| (name.to_owned(), kind.to_owned()))
        });
    let listed: BTreeSet<(String, String)> = rows.collect();
    let missing: Vec<_> = served.difference(&listed).collect();
    let superfluous: Vec<_> = listed.difference(&served).collect();
    assert!(missing.is_empty() && superfluous.is_empty(), "missing: {missing:?}, superfluous: {superfluous:?}");
    for line in text.lines().filter(|line| line.starts_with("# HELP ")) {
        assert!(line.split(' ').count() > 4, "{line}");
    }
}

/// The name of the series.
fn suffixed(name: &str, kind: &str) -> String {
    match kind {
        "counter" => format!("{name}_total"),
        "info" => format!("{name}_info"),
        _ => name.to_owned(),
    }
}
