//! Connections that are slow, silent, of another version, or open when the server stops.

use std::time::Instant;

use super::*;

#[tokio::test]
async fn http_2_without_tls_is_served_on_the_same_port() {
    let server = Server::start().await;
    let client = crate::support::http_client().http2_prior_knowledge().build().expect("a client");
    let response = client.get(server.url("/graphql?query={hello}")).send().await.expect("an answer");
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    assert_eq!(response.text().await.expect("a body"), r#"{"data":{"hello":"hello"}}"#);
}

#[tokio::test]
async fn connections_that_do_not_finish_their_head_are_closed() {
    let server = Server::start().await;
    let started = Instant::now();
    let beginnings: [&[u8]; 4] = [b"", b"P", b"PRI * HTTP/2", b"POST /graphql HTTP/1.1\r\nhost: x\r\nx: "];
    let mut open = Vec::new();
    for beginning in beginnings {
        let mut stream = TcpStream::connect(server.address).await.expect("the server accepts");
        stream.write_all(beginning).await.expect("the server reads");
        open.push(stream);
    }
    for mut stream in open {
        let (closed, _) = read_to_end(&mut stream, Duration::from_secs(15)).await;
        assert!(closed);
    }
    let took = started.elapsed();
    assert!(took > Duration::from_secs(8) && took < Duration::from_secs(14), "{took:?}");
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_refused() {
    let settings = Settings { body_timeout: Duration::from_millis(300), ..Settings::default() };
    let server = Server::with(settings, async || true).await;
    let head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let mut stream = TcpStream::connect(server.address).await.expect("the server accepts");
    stream.write_all(head).await.expect("the server reads");
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(80)).await;
        // One byte now and then must not win more time.
        if stream.write_all(b" ").await.is_err() {
            break;
        }
    }
    let (closed, answer) = read_to_end(&mut stream, Duration::from_secs(3)).await;
    assert!(closed && answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("the body did not arrive within 0.3 seconds"), "{answer}");
}

#[tokio::test]
async fn a_body_that_ends_too_early_does_no_harm() {
    let server = Server::start().await;
    let head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let mut stream = TcpStream::connect(server.address).await.expect("the server accepts");
    stream.write_all(head).await.expect("the server reads");
    drop(stream);
    assert_eq!(server.query("{ hello }").await.data()["hello"], "hello");
}

#[tokio::test]
async fn what_is_not_http_is_answered_with_400_and_closed() {
    let server = Server::start().await;
    let answer = server.raw(b"\x16\x03\x01 this is no HTTP at all\r\n\r\n", Duration::from_secs(3)).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn requests_in_flight_finish_when_the_server_stops() {
    let mut server = Server::start().await;
    let request = server.post().json(&json!({ "query": "{ sleeps(milliseconds: 600) }" }));
    let running = tokio::spawn(Answer::of(request));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let stop = server.stop.take().expect("it runs");
    stop.send(()).expect("the server listens");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(server.address).await.is_err(), "no new connections");
    assert_eq!(running.await.expect("no panic").data()["sleeps"], "awake");
    let stopped = server.stopped.take().expect("it runs");
    let ended = tokio::time::timeout(Duration::from_secs(3), stopped).await;
    ended.expect("it ends once the requests are done").expect("no panic");
}

#[tokio::test]
async fn a_request_that_takes_longer_than_a_connection_may_stand_still_is_answered() {
    let how = server::Settings { idle: Duration::from_millis(150), ..server::Settings::default() };
    let server = Server::serving(toy::schema(), Settings::default(), async || true, how).await;
    let query = json!({ "query": "{ sleeps(milliseconds: 900) }" });
    assert_eq!(Answer::of(server.post().json(&query)).await.data()["sleeps"], "awake");
    let client = crate::support::http_client().http2_prior_knowledge().build().expect("a client");
    let answer = client.post(server.url("/graphql")).json(&query).send().await.expect("an answer");
    assert_eq!(answer.text().await.expect("a body"), r#"{"data":{"sleeps":"awake"}}"#);
    // Without a request it is left as before.
    let mut stream = TcpStream::connect(server.address).await.expect("the server accepts");
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
    let (closed, answer) = read_to_end(&mut stream, Duration::from_secs(10)).await;
    assert!(closed && answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
