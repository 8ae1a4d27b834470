//! Clients that ask for too much, too much at once, or do not take what they have asked for.

use std::sync::Arc;

use api::http::{
    admission::{self, Admission},
    limiter::{self, Limiter},
    proxies::Proxies,
};
use tokio::task::JoinSet;

use super::*;

fn limited(burst: u32) -> Settings {
    // One a minute, so that what is taken stays taken while the test runs.
    let limiter = Limiter::new(&limiter::Settings { per_minute: 1, burst, per_minute_of_token: 0 });
    Settings { limiter, ..Settings::default() }
}

async fn cost(server: &Server, query: &str) -> u64 {
    let body = json!({ "query": query, "extensions": { "dryRun": true } }).to_string();
    server.send(body).await.body["extensions"]["cost"]["requested"].as_u64().expect("a cost")
}

#[tokio::test]
async fn a_client_may_ask_for_as_much_as_its_limit_by_cost_and_is_told_what_is_left() {
    let query = "{ nodes(first: 100) { id } }";
    let free = Server::start().await;
    let cost = u32::try_from(cost(&free, query).await).expect("it is small");
    assert!(cost > 100, "{cost}");

    let server = Server::with(limited(2 * cost + 20), async || true).await;
    let first = server.query(query).await;
    first.data();
    assert_eq!(first.header("ratelimit"), format!("\"client\";r={};t={}", cost + 20, 60 * cost));
    assert!(first.header("ratelimit-policy").starts_with(&format!("\"client\";q={};w=", 2 * cost + 20)));
    server.query(query).await.data();
    // Below: what is left is enough for something small.
    assert_eq!(server.query("{ hello }").await.data()["hello"], "hello");
    // Above: not for something larger, of which each attempt costs what every request costs.
    let refused = server.query(query).await;
    let message =
        format!("the request costs {}, and 0 of {} are left to this client; ask again in", cost - 10, 2 * cost + 20);
    assert!(refused.message().starts_with(&message), "{}", refused.body);
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "RATE_LIMITED"));
    let extensions = &refused.body["errors"][0]["extensions"];
    assert_eq!((&extensions["limit"], &extensions["value"]), (&json!(2 * cost + 20), &json!(cost - 10)));
    assert_eq!(extensions["retryAfter"].to_string(), refused.header("retry-after"));
    assert!(refused.header("ratelimit").starts_with("\"client\";r=0;t="));
    let nothing_left = server.query("{ hello }").await;
    assert_eq!((nothing_left.status.as_u16(), nothing_left.code()), (429, "RATE_LIMITED"));
    assert_eq!(server.get("/health/live").send().await.expect("an answer").status(), 200, "health costs nothing");
}

#[tokio::test]
async fn what_is_refused_before_its_cost_is_known_costs_a_little() {
    let server = Server::with(limited(100), async || true).await;
    for _ in 0..10 {
        assert_eq!(server.query("{ nonsense }").await.code(), "GRAPHQL_VALIDATION_FAILED");
    }
    assert_eq!(server.query("{ nonsense }").await.code(), "RATE_LIMITED");

    // A document that is not known must be parsed, and costs by its length.
    let server = Server::with(limited(200), async || true).await;
    let document = |name: &str| format!("{{ {name}: hello }} # {}", "x".repeat(6_400));
    assert_eq!(server.query(&document("a")).await.data()["a"], "hello");
    assert_eq!(server.query(&document("b")).await.code(), "RATE_LIMITED");
    assert_eq!(server.query(&document("a")).await.data()["a"], "hello", "it is known");
}

#[tokio::test]
async fn an_answer_that_others_may_be_given_does_not_say_what_is_left_to_one() {
    let server = Server::with(limited(10_000), async || true).await;
    let shared = Answer::of(server.get_with(&[("query", "{ hello }")])).await;
    assert_eq!((shared.header("cache-control"), shared.header("ratelimit")), ("public, max-age=30", ""));
    let own = Answer::of(server.get_with(&[("query", "{ number(value: 1) }")])).await;
    assert!(own.header("cache-control").starts_with("private") && own.header("ratelimit").starts_with("\"client\";r="));
}

#[tokio::test]
async fn requests_above_what_can_be_computed_are_shed_and_the_rest_is_as_ever() {
    let admission = Admission::new(admission::Settings { at_once: 2, waiting: 2, longest: Duration::from_secs(5) });
    let settings = Settings { admission: admission.clone(), ..Settings::default() };
    let server = Arc::new(Server::with(settings, async || true).await);
    let mut all = JoinSet::new();
    for _ in 0..20 {
        let server = Arc::clone(&server);
        all.spawn(async move { server.query("{ sleeps(milliseconds: 300) }").await });
    }
    let (mut answered, mut shed) = (0, 0);
    while let Some(answer) = all.join_next().await {
        let answer = answer.expect("no panic");
        match answer.status.as_u16() {
            200 => answered += 1,
            503 => {
                assert_eq!(answer.code(), "OVERLOADED");
                assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=3).contains(&seconds)));
                shed += 1;
            }
            status => panic!("{status}"),
        }
        // While the others are computed.
        assert_eq!(server.get("/health/ready").send().await.expect("an answer").status(), 200);
    }
    assert_eq!((answered, shed), (4, 16), "two at once, and two that waited");
    assert_eq!(admission.shed(), 16);
    assert_eq!(server.query("{ hello }").await.data()["hello"], "hello");
}

/// A server that takes one connection, and looks often whether its peer reads.
async fn narrow() -> Server {
    let how = server::Settings { connections: 1, look: Duration::from_millis(300), ..server::Settings::default() };
    Server::serving(toy::schema(), Settings::default(), async || true, how).await
}

/// Whether there is room for another connection.
async fn has_room(server: &Server) -> bool {
    let answer = server.raw(b"GET /graphql?query={hello} HTTP/1.0\r\n\r\n", Duration::from_secs(5)).await;
    let is_answered = answer.contains(r#"{"data":{"hello":"hello"}}"#);
    assert!(is_answered || answer.contains("OVERLOADED"), "{answer}");
    is_answered
}

async fn until_there_is_room(server: &Server) {
    for _ in 0..200 {
        if has_room(server).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the connection is kept");
}

#[tokio::test]
async fn connections_above_the_limit_are_told_so_and_may_ask_for_the_health() {
    let server = narrow().await;
    let mut held = TcpStream::connect(server.address).await.expect("the server accepts");
    held.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
    let mut start = [0; 12];
    held.read_exact(&mut start).await.expect("an answer");
    assert_eq!(&start, b"HTTP/1.1 200");
    let refused = server.raw(b"GET /graphql?query={hello} HTTP/1.1\r\nhost: x\r\n\r\n", Duration::from_secs(5)).await;
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("OVERLOADED"), "{refused}");
    assert!(refused.contains("\r\nconnection: close\r\n") && refused.contains("\r\nretry-after: 2\r\n"), "{refused}");
    let health = server.raw(b"GET /health/ready HTTP/1.1\r\nhost: x\r\n\r\n", Duration::from_secs(5)).await;
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    drop(held);
    until_there_is_room(&server).await;
}

/// More than the buffers of two sockets hold.
const LARGE: usize = 24 << 20;

#[tokio::test]
async fn a_peer_that_reads_its_answer_too_slowly_is_left() {
    let server = narrow().await;
    let mut slow = TcpStream::connect(server.address).await.expect("the server accepts");
    let request = format!("GET /graphql?query={{letters(count:{LARGE})}} HTTP/1.1\r\nhost: x\r\n\r\n");
    slow.write_all(request.as_bytes()).await.expect("the server reads");
    let reading = tokio::spawn(async move {
        let mut byte = [0; 1];
        while slow.read_exact(&mut byte).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    while has_room(&server).await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    until_there_is_room(&server).await;
    reading.abort();
}

#[tokio::test]
async fn a_peer_that_reads_steadily_gets_all_of_it() {
    let server = narrow().await;
    let mut steady = TcpStream::connect(server.address).await.expect("the server accepts");
    let request = format!("GET /graphql?query={{letters(count:{LARGE})}} HTTP/1.0\r\n\r\n");
    steady.write_all(request.as_bytes()).await.expect("the server reads");
    let (mut received, mut buffer) = (0, vec![0; 512 * 1024]);
    loop {
        match steady.read(&mut buffer).await.expect("it is not cut off") {
            0 => break,
            count => received += count,
        }
        // Twenty looks and more.
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    assert!(received > LARGE, "{received}");
}

type H2 = h2::client::SendRequest<bytes::Bytes>;

/// A connection of HTTP/2 that is driven in the background; how it ended comes of the task.
async fn h2(server: &Server) -> (H2, JoinHandle<Result<(), h2::Error>>) {
    let stream = TcpStream::connect(server.address).await.expect("the server accepts");
    let (requests, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    (requests, tokio::spawn(connection))
}

fn get(server: &Server, path: &str) -> ::http::Request<()> {
    ::http::Request::get(server.url(path)).body(()).expect("a request")
}

#[tokio::test]
async fn a_peer_of_http_2_that_opens_no_window_is_left_though_it_answers_pings() {
    let server = narrow().await;
    let (requests, connection) = h2(&server).await;
    let mut requests = requests.ready().await.expect("it is");
    let path = format!("/graphql?query={{letters(count:{LARGE})}}");
    let (response, _) = requests.send_request(get(&server, &path), true).expect("it is sent");
    let response = response.await.expect("a head");
    assert_eq!(response.status(), 200);
    // The body is held, and not a byte of it taken.
    until_there_is_room(&server).await;
    drop(response);
    connection.abort();
}

#[tokio::test]
async fn a_peer_of_http_2_that_resets_what_it_has_asked_for_again_and_again_is_cut_off() {
    let server = Server::start().await;
    let (mut requests, connection) = h2(&server).await;
    let mut sent = 0;
    while sent < 20_000 {
        let Ok(ready) = requests.clone().ready().await else { break };
        requests = ready;
        let Ok((response, mut stream)) =
            requests.send_request(get(&server, "/graphql?query={sleeps(milliseconds:50)}"), true)
        else {
            break;
        };
        stream.send_reset(h2::Reason::CANCEL);
        drop(response);
        sent += 1;
        if sent % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    drop(requests);
    let end = connection.await.expect("no panic").expect_err("it is cut off");
    assert_eq!(end.reason(), Some(h2::Reason::ENHANCE_YOUR_CALM), "after {sent}: {end}");
    assert_eq!(server.query("{ hello }").await.data()["hello"], "hello");
}

#[tokio::test]
async fn a_peer_of_http_2_has_no_more_than_so_many_requests_at_a_time() {
    let server = Server::start().await;
    let (mut requests, connection) = h2(&server).await;
    requests = requests.ready().await.expect("it is");
    // The settings of the server have come with the first answer.
    let (first, _) = requests.send_request(get(&server, "/graphql?query={hello}"), true).expect("it is sent");
    assert_eq!(first.await.expect("an answer").status(), 200);
    assert_eq!(requests.current_max_send_streams(), 100);
    connection.abort();
}

#[tokio::test]
async fn floods_of_settings_and_pings_that_nobody_reads_the_answers_of_stop_the_one_who_sends_them() {
    let server = Server::start().await;
    for frame in [[0, 0, 0, 4, 0, 0, 0, 0, 0].to_vec(), [&[0, 0, 8, 6, 0, 0, 0, 0, 0][..], &[7; 8]].concat()] {
        let mut stream = TcpStream::connect(server.address).await.expect("the server accepts");
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.expect("the server reads");
        let flood = frame.repeat(10_000);
        // The server owes an answer to each, and reads no more until they are taken: the sender gets stuck, or is cut off.
        let stuck = async {
            for _ in 0..1_000 {
                if stream.write_all(&flood).await.is_err() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), stuck).await;
        assert_eq!(server.query("{ hello }").await.data()["hello"], "hello");
    }
}

/// An answer to a connection that stays open, up to the end of its head.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut byte = [0; 1];
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).await.expect("an answer");
        read.push(byte[0]);
    }
    String::from_utf8(read).expect("it is text")
}

#[tokio::test]
async fn one_client_has_a_limited_number_of_connections_and_a_proxy_that_is_trusted_has_none() {
    let how = server::Settings { connections_of_client: 2, ..server::Settings::default() };
    let server = Server::serving(toy::schema(), Settings::default(), async || true, how.clone()).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address).await.expect("the server accepts");
        // As often as it asks: a connection that is used is one of its connections.
        for _ in 0..3 {
            stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
            assert!(head(&mut stream).await.starts_with("HTTP/1.1 200 "));
            let mut rest = [0; 256];
            let _ = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut rest)).await;
        }
        held.push(stream);
    }
    let third = server.raw(b"GET /graphql?query={hello} HTTP/1.1\r\nhost: x\r\n\r\n", Duration::from_secs(5)).await;
    assert!(third.starts_with("HTTP/1.1 429 ") && third.contains("RATE_LIMITED"), "{third}");
    assert!(third.contains("\r\nconnection: close\r\n") && third.contains("\r\nretry-after: 2\r\n"), "{third}");
    held.clear();
    let ask = async || server.raw(b"GET /graphql?query={hello} HTTP/1.0\r\n\r\n", Duration::from_secs(5)).await;
    while !ask().await.contains(r#"{"data":{"hello":"hello"}}"#) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let proxies = Proxies { trusted: vec!["127.0.0.0/8".parse().expect("a network")], ..Default::default() };
    let how = server::Settings { proxies, ..how };
    let server = Server::serving(toy::schema(), Settings::default(), async || true, how).await;
    for _ in 0..10 {
        let mut stream = TcpStream::connect(server.address).await.expect("the server accepts");
        stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200 "));
        held.push(stream);
    }
}

/// A server on which one client may have 100 KB of unfinished bodies, and all may have 150 KB.
async fn tight() -> Server {
    let proxies = Proxies { trusted: vec!["127.0.0.0/8".parse().expect("a network")], ..Default::default() };
    let how =
        server::Settings { body_bytes: 150_000, body_bytes_of_client: 100_000, proxies, ..server::Settings::default() };
    Server::serving(toy::schema(), Settings::default(), async || true, how).await
}

#[tokio::test]
async fn bodies_that_are_not_finished_have_a_bound_for_a_client_and_for_all() {
    let server = tight().await;
    // The first part of a body, which would be longer.
    let begin = async |client: &str| {
        let mut stream = TcpStream::connect(server.address).await.expect("the server accepts");
        let start = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {client}\r\ncontent-type: application/json\r\ncontent-length: 60001\r\n\r\n{}",
            " ".repeat(60_000)
        );
        stream.write_all(start.as_bytes()).await.expect("the server reads");
        stream
    };
    // It is known to be held when the next one is refused.
    let refused_of = async |client: &str| loop {
        let mut stream = begin(client).await;
        let answer = tokio::time::timeout(Duration::from_secs(1), head(&mut stream)).await;
        match answer {
            Ok(answer) => break answer,
            Err(_) => drop(stream),
        }
    };
    let mut first = begin("198.51.100.1").await;
    let refused = refused_of("198.51.100.1").await;
    assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("\r\nretry-after: 2\r\n"), "{refused}");
    let mut second = begin("198.51.100.2").await;
    let refused = refused_of("198.51.100.3").await;
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("\r\nretry-after: 2\r\n"), "{refused}");
    assert_eq!(server.query("{ hello }").await.data()["hello"], "hello", "a body in one piece goes on");
    for stream in [&mut first, &mut second] {
        stream.write_all(b" ").await.expect("the server reads");
        assert!(head(stream).await.starts_with("HTTP/1.1 400 "), "the body is empty");
    }
    let mut third = begin("198.51.100.3").await;
    third.write_all(b" ").await.expect("the server reads");
    assert!(head(&mut third).await.starts_with("HTTP/1.1 400 "), "there is room again");
}

#[tokio::test]
async fn streams_of_http_2_share_the_bound_on_bodies_of_their_client() {
    let server = tight().await;
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..3 {
        let (requests, connection) = h2(&server).await;
        let mut requests = requests.ready().await.expect("it is");
        let mut streams = Vec::new();
        for _ in 0..4 {
            let request = ::http::Request::post(server.url("/graphql")).header("content-type", "application/json");
            let request = request.body(()).expect("a request");
            requests = requests.ready().await.expect("it is");
            let (response, mut stream) = requests.send_request(request, false).expect("it is sent");
            stream.send_data(vec![b' '; 15_000].into(), false).expect("it is sent");
            streams.push((response, stream));
        }
        held.push((requests, connection, streams));
    }
    // 12 streams with 15,000 bytes each, of which six may be held.
    let responses = held.iter_mut().flat_map(|(_, _, streams)| streams).map(|(response, _)| response);
    let responses = responses.map(|response| tokio::time::timeout(Duration::from_secs(2), response));
    for response in futures_util::future::join_all(responses).await.into_iter().flatten() {
        assert_eq!(response.expect("an answer").status(), 429);
        refused += 1;
    }
    assert_eq!(refused, 6);
    held.into_iter().for_each(|(_, connection, _)| connection.abort());
    assert_eq!(server.query("{ hello }").await.data()["hello"], "hello");
}
