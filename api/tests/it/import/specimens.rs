//! Items of real agencies, which nobody here wrote: they import, are served, and change nothing when they are imported again.

use std::path::PathBuf;

use api::import::{Options, Report, Summary, import};
use importer::Defaults;
use serde_json::json;

use super::{counts, suites};
use crate::support::{Kind, TestDb};

async fn run(database: &TestDb, inputs: &[PathBuf]) -> Summary {
    let mut report = Report::new(Box::new(std::io::sink()), None);
    let options = Options { defaults: Defaults::default(), ..Options::default() };
    import(&database.db, inputs, &options, &mut report).await.unwrap()
}

#[tokio::test]
async fn ninjs_specimens_are_served_beside_the_sample_newsroom() {
    let folder = suites(&["ninjs"]);
    let inputs = ["ninjs/examples", "ninjs/documentation-examples", "ninjs/graphql-sample-data"];
    let inputs = inputs.map(|path| folder.path().join(path));
    for kind in Kind::BOTH {
        let mut database = TestDb::migrated(kind).await;
        api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.unwrap();
        let first = run(&database, &inputs).await;
        database.now = api::now();
        assert_eq!(first.new, 26, "{kind:?}: {first}");
        // The schema of an extension is no item, and has none in it.
        assert_eq!(first.failed, 1, "{kind:?}: {first}");
        let before = counts(&database).await;
        let second = run(&database, &inputs).await;
        assert_eq!((second.new, second.updated), (0, 0), "{kind:?}: {second}");
        assert_eq!(counts(&database).await, before, "{kind:?}");
        let document = "query ($uri: String) { article(by: { uri: $uri }) { headline language urgency source { name }
            body { text } topics { name } usageTerms } }";
        let uri = "urn:newsml:dpa.com:20090101:190423-99-924900";
        let answer = database.answer(document, json!({ "uri": uri })).await;
        let article = &answer["data"]["article"];
        assert_eq!(article["headline"], "Faktencheck: Gerüchte und Wahrheiten zum Thema Impfen", "{answer}");
        assert_eq!((article["language"].as_str(), article["urgency"].as_i64()), (Some("de"), Some(4)));
        assert!(article["body"]["text"].as_str().unwrap().starts_with("Impfen als Pflicht?"), "{answer}");
    }
}
