//! Query tests are data: a document in `tests/queries/<concept>/<case>.graphql`, its variables beside it in `<case>.json`, and the
//! accepted answer in `<case>.graphql.snap`. Both databases must give it.

use serde_json::{Value, json};

use crate::{article_page::newsroom, support::Kind};

#[tokio::test]
async fn every_query_is_answered_as_accepted_by_both_databases() {
    let databases = [newsroom(Kind::Postgres, 3).await, newsroom(Kind::Sqlite, 3).await];
    let mut cases = Vec::new();
    insta::glob!("../queries", "*/*.graphql", |path| cases.push(path.to_owned()));
    assert!(!cases.is_empty());
    for path in cases {
        let document = std::fs::read_to_string(&path).unwrap();
        let variables: Value = std::fs::read_to_string(path.with_extension("json"))
            .map_or(json!({}), |text| serde_json::from_str(&text).unwrap());
        let postgres = databases[0].answer(&document, variables.clone()).await;
        let sqlite = databases[1].answer(&document, variables).await;
        assert_eq!(postgres, sqlite, "{}", path.display());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            insta::assert_json_snapshot!(name, sqlite);
        });
    }
}
