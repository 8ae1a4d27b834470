//! Related articles and story suggestions that are computed, on both databases.

use api::{
    related::{suggest, update},
    sample::{Load, load},
};
use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

#[tokio::test]
async fn print_sample() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        load(&database.db, Load::Auto, database.now).await.unwrap();
        let start = std::time::Instant::now();
        let n = update(&database.db).await.unwrap();
        println!("{kind:?}: {n} in {:?}", start.elapsed());
        let start = std::time::Instant::now();
        suggest(&database.db, database.now).await.unwrap();
        println!("{kind:?}: suggest in {:?}", start.elapsed());
        let answer = database
            .answer("{ articles(first: 100) { nodes { headline related(first: 12) { reason score sharedTopics { name } article { headline } } } }
                storySuggestions(first: 50) { headline confidence articles { headline } } }", json!({}))
            .await;
        if let Some(errors) = answer.get("errors") { println!("{errors}"); }
        for node in answer["data"]["articles"]["nodes"].as_array().unwrap() {
            println!("\n{}", node["headline"]);
            for r in node["related"].as_array().unwrap().iter().filter(|r| !["EDITOR", "SAME_STORY"].contains(&r["reason"].as_str().unwrap())) {
                let t: Vec<&Value> = r["sharedTopics"].as_array().unwrap().iter().map(|t| &t["name"]).collect();
                println!("   {} {} {} {:?}", r["score"], r["reason"], r["article"]["headline"], t);
            }
        }
        for s in answer["data"]["storySuggestions"].as_array().unwrap() {
            println!("\nSUGGESTION {} {}", s["confidence"], s["headline"]);
            for a in s["articles"].as_array().unwrap() { println!("    {}", a["headline"]); }
        }
    }
}
