use std::path::Path;

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
