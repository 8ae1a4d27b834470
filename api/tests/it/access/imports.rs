//! `POST /import`: the command line's import over HTTP.

use std::io::Write as _;

use super::*;
use crate::support::Kind;

const GOOD: &str = r#"{ "uri": "urn:good", "type": "text", "versionCreated": "2026-01-01T00:00:00Z",
    "headlines": [{ "value": "Good" }], "body_text": "Some text." }"#;

fn summary(answer: &Answer) -> Vec<i64> {
    ["new", "updated", "unchanged", "skipped", "failed"].map(|name| answer.body[name].as_i64().unwrap_or(-1)).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_or_an_archive_is_imported_and_what_became_of_each_item_is_said() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let server = Server::start(&database).await;
        let ingest = token(&database, &[Scope::Ingest]).await;
        let send = async |query: &str, body: Vec<u8>| {
            Answer::of(server.post(&format!("/import{query}")).bearer_auth(&ingest).body(body)).await
        };
        let dry = send("?dryRun=true", GOOD.into()).await;
        assert_eq!((summary(&dry), &dry.body["dryRun"]), (vec![1, 0, 0, 0, 0], &json!(true)), "{dry:?}");
        assert_eq!(dry.body["report"][0]["outcome"], "would be new");
        let first = send("?section=Sport&language=de&timeZone=Europe/Berlin", GOOD.into()).await;
        assert_eq!((first.status, summary(&first)), (StatusCode::OK, vec![1, 0, 0, 0, 0]), "{first:?}");
        assert_eq!(
            summary(&send("?section=Sport&language=de&timeZone=Europe/Berlin", GOOD.into()).await),
            [0, 0, 1, 0, 0]
        );
        let saved = server.query("{ article(by: { uri: \"urn:good\" }) { language section { name } } }", None).await;
        assert_eq!(saved.body["data"]["article"], json!({ "language": "de", "section": { "name": "Sport" } }));

        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in [
            ("a.json", GOOD.replace("urn:good", "urn:a")),
            ("b.json", "{ \"uri\": ".to_owned()),
            ("c.json", GOOD.replace("urn:good", "urn:c")),
        ] {
            archive.start_file(name, options).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        let packed = send("", archive.finish().unwrap().into_inner()).await;
        assert_eq!((packed.status, summary(&packed)), (StatusCode::OK, vec![2, 0, 0, 0, 1]), "{packed:?}");
        let line = &packed.body["report"][0];
        assert_eq!((&line["file"], &line["outcome"]), (&json!("body/b.json"), &json!("failed")), "{packed:?}");
        assert!(line["message"].as_str().unwrap().len() > 5, "{line}");

        let broken = send("?format=ninjs", b"{".to_vec()).await;
        assert_eq!((broken.status.as_u16(), summary(&broken)), (422, vec![0, 0, 0, 0, 1]), "{broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_token_with_the_scope_imports_and_nothing_beyond_the_limits() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::with(&database, access::Settings { import_bytes: 1000, ..Default::default() }).await;
    let ingest = token(&database, &[Scope::Ingest]).await;
    let others = token(&database, &[Scope::ReadDrafts, Scope::WriteArticles, Scope::Curate, Scope::RecordReads]).await;
    let nobody = Answer::of(server.post("/import").body(GOOD)).await;
    assert_eq!((nobody.status.as_u16(), nobody.code()), (401, "UNAUTHENTICATED"));
    assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"newsgraph\"");
    let other = Answer::of(server.post("/import").bearer_auth(&others).body(GOOD)).await;
    assert_eq!((other.status.as_u16(), other.code()), (403, "FORBIDDEN"));
    assert!(other.header("www-authenticate").ends_with("error=\"insufficient_scope\", scope=\"ingest\""), "{other:?}");
    for (query, body, status, says) in [
        ("?colour=red", GOOD.to_owned(), 400, "`colour` is no parameter of imports"),
        ("?format=word", GOOD.to_owned(), 400, "`format` must be one of ninjs"),
        ("?timeZone=Mars", GOOD.to_owned(), 400, "Europe/Moscow"),
        ("?language=no%20language", GOOD.to_owned(), 400, "BCP 47"),
        ("?dryRun=1", GOOD.to_owned(), 400, "`true` or `false`"),
        ("?section=", GOOD.to_owned(), 400, "the name of a section"),
        ("", String::new(), 400, "the body is empty"),
        ("", " ".repeat(1001), 413, "the limit is 1000 bytes"),
    ] {
        let answer = Answer::of(server.post(&format!("/import{query}")).bearer_auth(&ingest).body(body)).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {answer:?}");
        assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains(says), "{answer:?}");
    }
    let at_the_limit = format!("{GOOD}{}", " ".repeat(1000 - GOOD.len()));
    let answer = Answer::of(server.post("/import").bearer_auth(&ingest).body(at_the_limit)).await;
    assert_eq!((answer.status, summary(&answer)), (StatusCode::OK, vec![1, 0, 0, 0, 0]), "{answer:?}");
    let answer = Answer::of(server.http.get(server.url("/import")).bearer_auth(&ingest)).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_imports_than_may_run_at_once_are_told_to_come_again() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::start(&database).await;
    let ingest = token(&database, &[Scope::Ingest]).await;
    // Their bodies are on their way: they answer `Expect` when they have their turn.
    let mut running = Vec::new();
    for _ in 0..2 {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST /import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ingest}\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            GOOD.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100");
        running.push(stream);
    }
    let late = Answer::of(server.post("/import").bearer_auth(&ingest).body(GOOD)).await;
    assert_eq!((late.status.as_u16(), late.code(), late.header("retry-after")), (503, "SERVICE_UNAVAILABLE", "5"));
    for mut stream in running {
        stream.write_all(GOOD.as_bytes()).await.unwrap();
        let (mut answer, mut part) = (Vec::new(), [0; 1024]);
        while !String::from_utf8_lossy(&answer).contains("200 OK") {
            let length = stream.read(&mut part).await.unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&part[..length]);
        }
    }
    assert_eq!(Answer::of(server.post("/import").bearer_auth(&ingest).body(GOOD)).await.status, StatusCode::OK);
}
