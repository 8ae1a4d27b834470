//! How long caches may use the answers of each root field without asking again.

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};

use crate::{
    support::{Kind, TestDb, http_client},
    web::serve,
};

const EXPECTED: [(&str, &str); 28] = [
    ("{ sections { slug } }", "public, max-age=60"),
    ("{ section(slug: \"x\") { slug } }", "public, max-age=60"),
    ("{ topics { nodes { slug } } }", "public, max-age=15"),
    ("{ topic(by: { slug: \"x\" }) { slug } }", "public, max-age=60"),
    ("{ places { slug } }", "public, max-age=60"),
    ("{ place(slug: \"x\") { slug } }", "public, max-age=60"),
    ("{ contributors { nodes { slug } } }", "public, max-age=15"),
    ("{ contributor(by: { slug: \"x\" }) { slug } }", "public, max-age=60"),
    ("{ sources { nodes { slug } } }", "public, max-age=15"),
    ("{ source(by: { slug: \"x\" }) { slug } }", "public, max-age=60"),
    ("{ stories { nodes { slug } } }", "public, max-age=15"),
    ("{ story(slug: \"x\") { slug } }", "public, max-age=30"),
    ("{ galleries { nodes { slug } } }", "public, max-age=15"),
    ("{ gallery(slug: \"x\") { slug } }", "public, max-age=60"),
    ("{ article(by: { slug: \"x\" }) { slug } }", "public, max-age=30"),
    ("{ articles { nodes { slug } } }", "public, max-age=15"),
    ("{ removedArticles(since: \"2999-01-01T00:00:00Z\") { nodes { slug } } }", "public, max-age=15"),
    ("{ feed { days { date } } }", "public, max-age=15"),
    ("{ filterOptions { sections { value } } }", "public, max-age=60"),
    ("{ search(query: \"word\") { nodes { slug } } }", "public, max-age=15"),
    ("{ suggest(prefix: \"word\") { text } }", "public, max-age=60"),
    ("{ mostRead(window: NOW) { computedAt } }", "public, max-age=60"),
    ("{ topStories { headline } }", "public, max-age=15"),
    ("{ externalHeadlines(placement: PARTNER_NEWS) { headline } }", "public, max-age=60"),
    // An error, to the public.
    ("{ feeds { nodes { name } } }", "no-store"),
    // For editors, who want to see what they have just done.
    ("{ storySuggestions { headline } }", "public, no-cache"),
    // What it finds is known only then.
    ("{ nodes(ids: []) { id } }", "public, no-cache"),
    ("{ sections { slug articles { nodes { slug } } } }", "public, max-age=15"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_root_field_says_how_long_its_answer_may_be_used() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let (address, _) = serve(&database).await;
    let client = http_client().build().unwrap();
    let get = |query: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("query", query).finish();
        client.get(format!("http://{address}/graphql?{query}")).send()
    };
    for (query, expected) in EXPECTED {
        let response = get(query).await.unwrap();
        let header = response.headers()["cache-control"].to_str().unwrap().to_owned();
        assert_eq!(header, expected, "{query}: {}", response.text().await.unwrap());
    }
    let query =
        parse_schema(api::schema::sdl()).unwrap().definitions.into_iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(ty) if ty.node.name.node == "Query" => Some(ty.node.kind),
            _ => None,
        });
    let Some(TypeKind::Object(query)) = query else { panic!("there are queries") };
    for field in query.fields {
        let field = field.node.name.node;
        let named =
            |query: &str| query[2..].split(|letter: char| !letter.is_alphanumeric()).next() == Some(field.as_str());
        assert!(field == "node" || EXPECTED.iter().any(|(query, _)| named(query)), "add `{field}` to the table");
    }
}
