//! The command line of imports: what it says of files that cannot be read, and its exit status.

use std::{fs, path::Path, process::Output};

use serde_json::Value;

async fn newsgraph(folder: &Path, arguments: &[&str]) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_newsgraph"))
        .current_dir(folder)
        .env_clear()
        .args(arguments)
        .output()
        .await
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const GOOD: &str = r#"{ "uri": "urn:good", "type": "text", "versionCreated": "2026-01-01T00:00:00Z",
    "headlines": [{ "value": "Good" }] }"#;

#[tokio::test]
async fn files_that_cannot_be_read_are_named_with_the_place_and_the_others_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("news")).unwrap();
    fs::write(path.join("news/a-good.json"), GOOD).unwrap();
    fs::write(path.join("news/b-broken.json"), "{\n  \"uri\": \"urn:x\",\n  \"headline\": }").unwrap();
    fs::write(path.join("news/c-other.json"), GOOD.replace("good", "other")).unwrap();
    fs::write(path.join("news/d.bin"), [0, 159, 146, 150]).unwrap();
    let run = newsgraph(path, &["import", "ninjs", "news", "missing.json", "--report", "report.jsonl"]).await;
    let (said, summary) = (text(&run.stderr), text(&run.stdout));
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert_eq!(summary.trim(), "2 new, 0 updated, 0 unchanged, 0 skipped, 3 failed, 0 refused, 0 warnings", "{said}");
    assert!(said.contains("failed: news/b-broken.json: line 3, column 15: not JSON: expected value"), "{said}");
    assert!(said.contains("failed: news/d.bin:"), "{said}");
    assert!(said.contains("failed: missing.json: cannot be read"), "{said}");
    let report = fs::read_to_string(path.join("report.jsonl")).unwrap();
    let lines: Vec<Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["file"], &lines[0]["at"]), (&"news/b-broken.json".into(), &"line 3, column 15".into()));

    let again = newsgraph(path, &["import", "--format", "ninjs", "news/a-good.json", "news/c-other.json"]).await;
    assert_eq!(text(&again.stdout).trim(), "0 new, 0 updated, 2 unchanged, 0 skipped, 0 failed, 0 refused, 0 warnings");
    assert_eq!(again.status.code(), Some(0));
}

#[tokio::test]
async fn a_wrong_setting_is_named_with_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, named) in [
        (["import", "x.json", "--format", "word"], "possible values: ninjs"),
        (["import", "x.json", "--time-zone", "Mars"], "Europe/Moscow"),
        (["import", "x.json", "--language", "no language"], "BCP 47"),
        (["serve", "--sample", "maybe", "--log=info"], "auto, true, false"),
    ] {
        let run = newsgraph(folder.path(), &arguments).await;
        assert_eq!(run.status.code(), Some(2));
        assert!(text(&run.stderr).contains(named), "{}", text(&run.stderr));
    }
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was started");
}
