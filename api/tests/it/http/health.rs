//! The questions of an orchestrator.

use super::*;

#[tokio::test]
async fn a_process_that_answers_is_alive() {
    let server = Server::with(Settings::default(), async || false).await;
    let answer = Answer::of(server.get("/health/live")).await;
    assert_eq!((answer.status, answer.body), (StatusCode::OK, json!({ "status": "ok" })));
}

#[tokio::test]
async fn ready_says_ok_when_the_check_passes() {
    let server = Server::start().await;
    let answer = Answer::of(server.get("/health/ready")).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!((answer.status, answer.body), (StatusCode::OK, json!({ "status": "ok" })));
}

#[tokio::test]
async fn ready_names_what_is_unavailable_and_nothing_more() {
    let server = Server::with(Settings::default(), async || false).await;
    let answer = Answer::of(server.get("/health/ready")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body, json!({ "status": "unavailable", "checks": { "database": "unavailable" } }));
}

#[tokio::test]
async fn ready_does_not_wait_longer_than_two_seconds() {
    let server = Server::with(Settings::default(), std::future::pending::<bool>).await;
    let answer = Answer::of(server.get("/health/ready").timeout(Duration::from_secs(5))).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body, json!({ "status": "unavailable", "checks": { "database": "timeout" } }));
}
