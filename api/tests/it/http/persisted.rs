//! Documents that are sent by name: automatic persisted queries, and documents that were registered at the start.

use std::fs;

use api::document::Hash;
use api::http::graphql::Unusable;

use super::*;

const QUERY: &str = "query Greeting($t: String = \"you\") { hello echo(text: $t) }";

fn by_hash(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn registered(path: &std::path::Path, documents_only: bool) -> Server {
    let settings = Settings { documents: Some(path.to_owned()), documents_only, ..Settings::default() };
    Server::with(settings, async || true).await
}

/// What is said of wrong documents at the start.
fn flaws(path: &std::path::Path) -> String {
    let settings = Settings { documents: Some(path.to_owned()), documents_strict: true, ..Settings::default() };
    match Endpoint::new(toy::schema(), &toy::schema().sdl(), settings) {
        Err(Unusable::Documents(flaws)) => flaws,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing is wrong with them"),
    }
}

#[tokio::test]
async fn a_client_sends_a_text_once_and_then_its_hash() {
    let server = Server::start().await;
    let hash = Hash::of(QUERY).to_string();
    let named = json!({ "extensions": by_hash(&hash), "variables": { "t": "me" } }).to_string();
    let answer = server.send(named.clone()).await;
    answer.refused(200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");
    assert_eq!(answer.header("cache-control"), "no-store");

    let answer = server.send(json!({ "query": QUERY, "extensions": by_hash(&hash) }).to_string()).await;
    assert_eq!(answer.data()["echo"], "you");
    assert_eq!(server.send(named).await.data()["echo"], "me");
}

#[tokio::test]
async fn a_hash_may_come_by_get_in_either_case() {
    let server = Server::start().await;
    let hash = Hash::of(QUERY).to_string();
    let get = |hash: &str, query: Option<&str>| {
        let extensions = by_hash(hash).to_string();
        let mut parameters = vec![("extensions", extensions.as_str())];
        parameters.extend(query.map(|query| ("query", query)));
        Answer::of(server.get_with(&parameters))
    };
    let answer = get(&hash, None).await;
    answer.refused(200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");
    assert_eq!((answer.header("cache-control"), answer.header("etag")), ("no-store", ""));
    assert_eq!(get(&hash, Some(QUERY)).await.data()["hello"], "hello");
    assert_eq!(get(&hash.to_uppercase(), None).await.data()["hello"], "hello");
}

#[tokio::test]
async fn a_text_with_another_hash_is_refused_and_not_kept() {
    let server = Server::start().await;
    let hash = Hash::of(QUERY).to_string();
    let answer = server.send(json!({ "query": "{ refuses }", "extensions": by_hash(&hash) }).to_string()).await;
    let message = "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`";
    answer.refused(400, "PERSISTED_QUERY_HASH_MISMATCH", message);
    let answer = server.send(json!({ "extensions": by_hash(&hash) }).to_string()).await;
    assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn a_name_that_is_none_is_refused_with_what_would_be_right() {
    let server = Server::start().await;
    for (extensions, message) in [
        (json!({ "persistedQuery": 1 }), "`extensions.persistedQuery` must be an object"),
        (json!({ "persistedQuery": { "sha256Hash": "00" } }), "`extensions.persistedQuery.version` must be 1"),
        (
            json!({ "persistedQuery": { "version": 2, "sha256Hash": "00" } }),
            "`extensions.persistedQuery.version` must be 1",
        ),
        (json!({ "persistedQuery": { "version": 1 } }), "`extensions.persistedQuery.sha256Hash` must be a string"),
        (by_hash("00"), "`extensions.persistedQuery.sha256Hash` must be 64 hexadecimal digits"),
        (json!({ "persistedQuery": null }), "the body lacks the key `query`"),
    ] {
        let answer = server.send(json!({ "extensions": extensions }).to_string()).await;
        answer.refused(400, "BAD_REQUEST", message);
    }
    let answer = server.send(r#"{"documentId":7}"#).await;
    answer.refused(400, "BAD_REQUEST", "`documentId` must be a string");
}

#[tokio::test]
async fn an_invalid_text_is_as_invalid_by_its_hash() {
    let server = Server::start().await;
    for query in ["{ nothing }", "{", "{ number(value: 9999999999) }"] {
        let hash = Hash::of(query).to_string();
        let first = server.send(json!({ "query": query, "extensions": by_hash(&hash) }).to_string()).await;
        assert_eq!(first.status, StatusCode::BAD_REQUEST);
        let again = server.send(json!({ "extensions": by_hash(&hash) }).to_string()).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
    }
}

#[tokio::test]
async fn persisted_queries_can_be_turned_off() {
    let settings = Settings { persisted_queries: false, ..Settings::default() };
    let server = Server::with(settings, async || true).await;
    let hash = Hash::of(QUERY).to_string();
    server.send(json!({ "query": QUERY, "extensions": by_hash(&hash) }).to_string()).await.data();
    let answer = server.send(json!({ "extensions": by_hash(&hash) }).to_string()).await;
    answer.refused(200, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
}

#[tokio::test]
async fn a_mutation_by_its_hash_needs_post_too() {
    let server = Server::start().await;
    let hash = Hash::of("mutation { change }").to_string();
    let body = json!({ "query": "mutation { change }", "extensions": by_hash(&hash) });
    assert_eq!(server.send(body.to_string()).await.data()["change"], "changed");
    let answer = Answer::of(server.get_with(&[("extensions", &by_hash(&hash).to_string())])).await;
    answer.refused(405, "METHOD_NOT_ALLOWED", "a mutation must be sent with POST");
}

#[tokio::test]
async fn the_cache_forgets_what_was_seen_once_and_keeps_to_its_bytes() {
    let settings = Settings { document_bytes: 64 * 1024, ..Settings::default() };
    let server = Server::with(settings, async || true).await;
    let text = |index: usize| format!("{{ hello a{index}: echo(text: \"{}\") }}", "x".repeat(1_000));
    for index in 0..200 {
        server.query(&text(index)).await.data();
    }
    let mut known = 0;
    for index in 0..200 {
        let hash = Hash::of(text(index)).to_string();
        let answer = server.send(json!({ "extensions": by_hash(&hash) }).to_string()).await;
        known += usize::from(answer.code() != "PERSISTED_QUERY_NOT_FOUND");
    }
    assert!((1..60).contains(&known), "{known} of 200 documents of 1 kB are known");
}

#[tokio::test]
async fn files_of_a_folder_are_asked_for_by_their_path_or_hash() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pages")).unwrap();
    fs::write(folder.path().join("pages/greeting.graphql"), QUERY).unwrap();
    fs::write(folder.path().join("node.gql"), "{ node { id } }").unwrap();
    fs::write(folder.path().join("README.md"), "no document").unwrap();
    let hash = Hash::of(QUERY).to_string();
    let server = registered(folder.path(), true).await;
    for name in ["pages/greeting", &hash, &format!("sha256:{hash}")] {
        for key in ["documentId", "id"] {
            let body = json!({ key: name, "variables": { "t": name } });
            assert_eq!(server.send(body.to_string()).await.data()["echo"], name);
            let answer = Answer::of(server.get_with(&[(key, name)])).await;
            assert_eq!(answer.data()["echo"], "you");
        }
    }
    assert_eq!(server.send(json!({ "extensions": by_hash(&hash) }).to_string()).await.data()["hello"], "hello");
    assert_eq!(server.query(QUERY).await.data()["hello"], "hello", "its text is the same document");
    assert_eq!(server.send(r#"{"documentId":"node"}"#).await.data()["node"]["id"], 1);

    let answer = server.query("{ hello }").await;
    answer.refused(400, "QUERY_NOT_IN_SAFELIST", "this server answers registered documents only");
    for name in [json!({ "documentId": "README" }), json!({ "extensions": by_hash("README") })] {
        let answer = server.send(name.to_string()).await;
        answer.refused(400, "PERSISTED_QUERY_NOT_IN_LIST", "no document is registered as \"README\"");
    }
}

#[tokio::test]
async fn other_texts_are_answered_beside_registered_ones_unless_these_alone_are() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("greeting.graphql"), QUERY).unwrap();
    let server = registered(folder.path(), false).await;
    assert_eq!(server.query("{ hello }").await.data()["hello"], "hello");
    assert_eq!(server.send(r#"{"documentId":"greeting"}"#).await.data()["hello"], "hello");
    let answer = server.send(r#"{"documentId":"other"}"#).await;
    answer.refused(400, "PERSISTED_QUERY_NOT_IN_LIST", "no document is registered as \"other\"");
}

#[tokio::test]
async fn manifests_of_apollo_and_relay_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let apollo = folder.path().join("apollo.json");
    let operation = |id: &str, body: &str| json!({ "id": id, "name": "Q", "type": "query", "body": body });
    let manifest = json!({ "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [operation("one", "query Q { hello }"), operation("two", QUERY)] });
    fs::write(&apollo, manifest.to_string()).unwrap();
    let relay = folder.path().join("relay.json");
    fs::write(&relay, json!({ "one": "query Q { hello }", "two": QUERY }).to_string()).unwrap();
    for file in [apollo, relay] {
        let server = registered(&file, true).await;
        assert_eq!(server.send(r#"{"documentId":"one"}"#).await.data()["hello"], "hello");
        assert_eq!(server.send(json!({ "extensions": by_hash("two") }).to_string()).await.data()["echo"], "you");
    }
}

#[tokio::test]
async fn wrong_documents_are_named_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let nothing = tempfile::tempdir().unwrap();
    assert!(flaws(nothing.path()).contains("has no documents"));
    assert!(flaws(&folder.path().join("absent")).contains("absent: it cannot be read: No such file"));
    for (text, wanted) in [
        (&b"{"[..], "m.json: EOF while parsing"),
        (b"[]", "it must be Apollo's persisted query manifest or an object"),
        (br#"{"format":"other","version":1,"operations":[]}"#, "\"other\" in version 1 is not known"),
        (b"{}", "has no documents"),
        (br#"{"a":1}"#, "m.json: `a`: its text must be a string"),
        (br#"{"a":"{ nothing }"}"#, "m.json: `a`:1:3: Unknown field \"nothing\""),
        (b"\xff", "m.json: not valid UTF-8 at byte 1"),
    ] {
        let said = flaws(&file("m.json", text));
        assert!(said.contains(wanted), "{said}");
    }
    file("a.graphql", b"query A {\n  hello(\n}");
    file("b.graphql", b"{ nothing }\n");
    file("c.graphql", b"{ hello }");
    file("d.graphql", format!("{{ node {{ {} }} }}", "id ".repeat(2_000)).as_bytes());
    let said = flaws(folder.path());
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[0].ends_with("a.graphql:3:1: syntax error: unexpected `}`"), "{said}");
    assert!(lines[1].contains("b.graphql:1:3: Unknown field \"nothing\""), "{said}");
    assert!(lines[2].ends_with("d.graphql: document has 2,005 tokens, the limit is 2,000"), "{said}");
}

/// A folder of documents, and manifests of both tools, with the same good document and the same wrong ones.
fn with_wrong_ones(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    const WRONG_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";
    let files = folder.join("folder");
    fs::create_dir(&files).unwrap();
    for (name, text) in [
        ("good.graphql", QUERY.as_bytes()),
        ("stale.graphql", b"query S {\n  hello colour\n}"),
        ("broken.graphql", b"{"),
        ("twice.graphql", b"{ hello }"),
        ("twice.gql", b"{ again: hello }"),
        ("unreadable.graphql", b"\xff"),
    ] {
        fs::write(files.join(name), text).unwrap();
    }
    fs::write(files.join(WRONG_HASH).with_extension("graphql"), "{ other: hello }").unwrap();
    let texts = [
        ("good", QUERY),
        ("stale", "query S {\n  hello colour\n}"),
        ("broken", "{"),
        ("twice", "{ hello }"),
        ("twice", "{ again: hello }"),
        (WRONG_HASH, "{ other: hello }"),
    ];
    let pairs: Vec<String> = texts.iter().map(|(id, text)| format!("{}: {}", json!(id), json!(text))).collect();
    let relay = folder.join("relay.json");
    fs::write(&relay, format!("{{ \"unreadable\": 7, {} }}", pairs.join(", "))).unwrap();
    let operation = |(id, text): &(&str, &str)| json!({ "id": id, "name": "Q", "type": "query", "body": text });
    let mut operations: Vec<Value> = texts.iter().map(operation).collect();
    operations.extend([json!({ "id": "unreadable", "name": "Q" }), json!({ "name": "Q", "body": "{ hello }" })]);
    let apollo = folder.join("apollo.json");
    let manifest = json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": operations });
    fs::write(&apollo, manifest.to_string()).unwrap();
    vec![files, relay, apollo]
}

#[tokio::test]
async fn a_document_that_is_wrong_is_refused_by_its_own_code_and_the_others_are_answered() {
    const INVALID: &str = "REGISTERED_DOCUMENT_INVALID";
    let folder = tempfile::tempdir().unwrap();
    for path in with_wrong_ones(folder.path()) {
        for documents_only in [false, true] {
            let server = registered(&path, documents_only).await;
            let named = async |id: &str| server.send(json!({ "documentId": id }).to_string()).await;
            assert_eq!(named("good").await.data()["hello"], "hello");
            for (id, why) in [
                ("stale", "Unknown field \"colour\" on type \"Query\"."),
                ("broken", "syntax error: unexpected end of the document"),
                ("twice", "several documents are registered by this id"),
                ("unreadable", ""),
                (&"0".repeat(64), "its id is a SHA-256, but that of its text is "),
            ] {
                let answer = named(id).await;
                assert_eq!((answer.status.as_u16(), answer.code()), (400, INVALID), "{id} of {path:?}: {answer:?}");
                let message = answer.message();
                assert!(message.starts_with("the registered document cannot be answered: "), "{message}");
                assert!(message.contains(why) && !message.contains(folder.path().to_str().unwrap()), "{message}");
                let by_get = Answer::of(server.get_with(&[("documentId", id)])).await;
                assert_eq!((by_get.code(), by_get.header("cache-control")), (INVALID, "no-store"));
            }
            let stale = named("stale").await;
            assert_eq!(stale.body["errors"][0]["locations"], json!([{ "line": 2, "column": 9 }]));
            // By its hash and by its text it is the same one.
            let text = "query S {\n  hello colour\n}";
            let by_hash = json!({ "extensions": by_hash(&Hash::of(text).to_string()) });
            assert_eq!(server.send(by_hash.to_string()).await.code(), INVALID);
            let code = if documents_only { INVALID } else { "GRAPHQL_VALIDATION_FAILED" };
            assert_eq!(server.query(text).await.code(), code);
            // Those that have one id are known by their texts, but nobody gets a text by a hash that is not its own.
            assert_eq!(server.query("{ again: hello }").await.data()["again"], "hello");
            let other = server.query("{ other: hello }").await;
            assert_eq!(other.code(), if documents_only { INVALID } else { "" }, "{other:?}");
        }
        let said = flaws(&path);
        for wanted in ["colour", "unexpected end", "`twice`", "SHA-256", "unreadable"] {
            let wanted = if path.is_dir() { wanted.trim_matches('`') } else { wanted };
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        assert!(!said.contains("good"), "{said}");
    }
}

#[tokio::test]
async fn registered_documents_keep_to_the_cost_with_the_variables_that_come() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("nodes.graphql"), "query ($n: Int!) { nodes(first: $n) { id } }").unwrap();
    let limits = Limits { cost: 100, ..Limits::default() };
    let settings = Settings { documents: Some(folder.path().to_owned()), limits, ..Settings::default() };
    let server = Server::with(settings, async || true).await;
    server.send(r#"{"documentId":"nodes","variables":{"n":50}}"#).await.data();
    let answer = server.send(r#"{"documentId":"nodes","variables":{"n":51}}"#).await;
    assert_eq!(answer.code(), "QUERY_TOO_EXPENSIVE");
    let answer = server.send(r#"{"documentId":"nodes","variables":{"n":"x"}}"#).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
}
