use std::path::Path;

use crate::support::{Kind, TestDb, http_client};

/// `cargo run -- schema > schema.graphql` brings it up to date.
#[test]
fn the_sdl_in_the_repository_is_the_schema() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema.graphql");
    let kept = std::fs::read_to_string(kept).expect("schema.graphql is kept");
    assert!(
        kept == api::schema::sdl(),
        "schema.graphql is stale: run `cargo run -- schema > schema.graphql` and review it"
    );
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let query = "{ __schema { types { name description fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let answer = api::schema::build().execute(query).await.data.into_json().unwrap();
    let mut bare = Vec::new();
    let described =
        |value: &serde_json::Value| value["description"].as_str().is_some_and(|text| !text.trim().is_empty());
    for kind in answer["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") {
            continue;
        }
        // The roots are described by their fields, and `ID` by the specification.
        if !described(kind) && !["Query", "Mutation", "ID"].contains(&name) {
            bare.push(name.to_owned());
        }
        for list in ["fields", "inputFields", "enumValues"] {
            for member in kind[list].as_array().into_iter().flatten() {
                let member_name = format!("{name}.{}", member["name"].as_str().unwrap());
                if !described(member) {
                    bare.push(member_name.clone());
                }
                for argument in member["args"].as_array().into_iter().flatten().filter(|argument| !described(argument))
                {
                    bare.push(format!("{member_name}({})", argument["name"].as_str().unwrap()));
                }
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

/// Serves a database, with or without introspection.
async fn serve(introspection: bool) -> (TestDb, String) {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let article_url = format!("{url}/articles/{{slug}}");
    let reads = api::reads::Settings { article_url: article_url.clone(), ..Default::default() };
    let reads = api::reads::Reads::start(database.db.clone(), reads);
    let pools =
        api::app::Pools { requests: database.db.clone(), jobs: database.db.clone(), replicas: Default::default() };
    let mut options = api::app::Options::default();
    options.graphql.limits.introspection = introspection;
    let settings = api::Settings::new(url.clone(), article_url);
    let router = api::app::router_with(pools, settings, reads, options).unwrap();
    tokio::spawn(async { api::server::serve(listener, router, std::future::pending()).await.unwrap() });
    (database, url)
}

#[tokio::test]
async fn the_schema_is_a_file_of_the_server_too() {
    let (_database, url) = serve(true).await;
    let http = http_client().build().unwrap();
    let file = format!("{url}/schema.graphql");
    let whole = http.get(&file).send().await.unwrap();
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["content-type"], "text/plain; charset=utf-8");
    let tag = whole.headers()["etag"].clone();
    assert!(tag.to_str().unwrap().starts_with('"'), "{tag:?}");
    assert_eq!(whole.text().await.unwrap(), api::schema::sdl());

    let head = http.head(&file).send().await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["etag"]), (200, &tag));
    assert_eq!(head.text().await.unwrap(), "");
    let known = http.get(&file).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(known.status(), 304);
    assert_eq!(known.text().await.unwrap(), "");

    let packed = http.get(&file).header("accept-encoding", "gzip").send().await.unwrap();
    assert_ne!(packed.headers()["etag"], tag, "other bytes have another tag");
    let posted = http.post(&file).body("{}").send().await.unwrap();
    assert_eq!((posted.status().as_u16(), &posted.headers()["allow"]), (405, &"GET, HEAD".parse().unwrap()));
}

#[tokio::test]
async fn where_introspection_is_off_the_file_is_refused_likewise() {
    let (_database, url) = serve(false).await;
    let http = http_client().build().unwrap();
    let refused = http.get(format!("{url}/schema.graphql")).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    let refused: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "INTROSPECTION_DISABLED", "{refused}");
    let query = serde_json::json!({ "query": "{ __schema { queryType { name } } }" });
    let asked = http.post(format!("{url}/graphql")).json(&query).send().await.unwrap();
    let asked: serde_json::Value = asked.json().await.unwrap();
    assert_eq!(asked["errors"][0]["extensions"]["code"], "INTROSPECTION_DISABLED", "{asked}");
}
