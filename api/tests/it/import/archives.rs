//! Archives, addresses and standard input, and what hostile ones come to.

use std::{
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use api::import::{Options, Report, Summary, import};

use super::{counts, suites};
use crate::support::{Kind, TestDb};

fn item(name: &str) -> String {
    format!("{{ \"uri\": \"urn:{name}\", \"type\": \"text\", \"headlines\": [{{ \"value\": \"{name}\" }}] }}")
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn tar_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_entry_type(tar::EntryType::Regular);
        // The builder refuses paths that climb out; a hostile archive does not.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    archive.into_inner().unwrap()
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// What an import of a file with these bytes comes to, and what it says.
async fn run(database: &TestDb, folder: &Path, bytes: &[u8], options: &Options) -> (Summary, String) {
    let (file, said) = (folder.join("input"), folder.join("said"));
    fs::write(&file, bytes).unwrap();
    let mut report = Report::new(Box::new(std::io::sink()), Some(Box::new(fs::File::create(&said).unwrap())));
    let summary = import(&database.db, &[file], options, &mut report).await.unwrap();
    (summary, fs::read_to_string(said).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_archives_is_imported() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (item("a"), item("b"));
    let entries: [(&str, &[u8]); 4] =
        [("news/a.json", a.as_bytes()), ("b.json", b.as_bytes()), ("__MACOSX/._b.json", b"x"), (".hidden", b"x")];
    for (number, archive) in
        [zip_of(&entries), tar_of(&entries), gzip_of(&tar_of(&entries)), gzip_of(&gzip_of(a.as_bytes()))]
            .iter()
            .enumerate()
    {
        let (summary, said) = run(&database, folder.path(), archive, &Options::default()).await;
        let expected = if number == 0 { (2, 0) } else { (0, if number == 3 { 1 } else { 2 }) };
        assert_eq!((summary.new, summary.unchanged, summary.failed), (expected.0, expected.1, 0), "{number}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_archives_are_refused_and_what_came_before_is_kept() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let a = item("a");
    let zeros = vec![0; 100 << 20];
    for (archive, why) in [
        (tar_of(&[("a.json", a.as_bytes()), ("../../etc/passwd", b"x")]), "leads out of the archive"),
        (tar_of(&[("a.json", a.as_bytes()), ("/etc/passwd", b"x")]), "leads out of the archive"),
        (zip_of(&[("a.json", a.as_bytes()), ("bomb.json", &zeros)]), "the largest document that is read"),
        (gzip_of(&tar_of(&[("a.json", a.as_bytes()), ("bomb.json", &zeros)])), "times its size"),
        (zip_of(&[("a.json", a.as_bytes())])[..120].to_vec(), "the archive is damaged"),
        (gzip_of(a.as_bytes())[..20].to_vec(), "the archive is damaged"),
    ] {
        let (summary, said) = run(&database, folder.path(), &archive, &Options::default()).await;
        assert!(summary.failed >= 1 && said.contains(why), "{why}: {summary}: {said}");
    }
    // Each would be allowed by itself.
    let bomb = gzip_of(&vec![0; 40 << 20]);
    let bombs: Vec<(&str, &[u8])> = ["1.gz", "2.gz", "3.gz", "4.gz"].map(|name| (name, bomb.as_slice())).to_vec();
    for archive in [zip_of(&bombs), gzip_of(&tar_of(&bombs)), tar_of(&bombs)] {
        let (summary, said) = run(&database, folder.path(), &archive, &Options::default()).await;
        assert!(summary.failed >= 1 && said.contains("with all archives in it"), "{summary}: {said}");
    }
    assert_eq!(counts(&database).await["article"], 1);
    let mut deep = gzip_of(a.as_bytes());
    for _ in 0..5 {
        deep = gzip_of(&deep);
    }
    let (_, said) = run(&database, folder.path(), &deep, &Options::default()).await;
    assert!(said.contains("archives in archives"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_what_would_be_saved_and_writes_nothing() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let dry = Options { dry_run: true, ..Options::default() };
        let lines = "{\"type\":\"article\",\"uri\":\"urn:a\",\"headline\":\"A\",\"version\":1}\n\
            {\"type\":\"article\",\"uri\":\"urn:a\",\"headline\":\"A2\",\"version\":2}\n\
            {\"type\":\"topic\",\"name\":\"T\"}\n{\"type\":\"article\",\"uri\":\"urn:b\"}\n";
        let (summary, said) = run(&database, folder.path(), lines.as_bytes(), &dry).await;
        assert_eq!((summary.new, summary.updated, summary.failed), (2, 1, 1), "{said}");
        assert!(counts(&database).await.values().all(|rows| *rows == 0), "{kind:?}");
        let (wet, _) = run(&database, folder.path(), lines.as_bytes(), &Options::default()).await;
        assert_eq!((wet.new, wet.updated), (2, 1));
        let (again, _) = run(&database, folder.path(), lines.as_bytes(), &dry).await;
        assert_eq!((again.new, again.updated, again.unchanged), (0, 0, 3), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_files_of_every_format_are_told_by_their_content_and_change_nothing_the_second_time() {
    let folder = suites(&["ninjs", "newsml-g2", "newsml-1.2", "gofeed", "feed-rs", "trafilatura", "heads"]);
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let inputs: Vec<PathBuf> =
        ["ninjs/examples", "newsml-g2/examples", "newsml-1.2", "gofeed", "feed-rs", "trafilatura", "heads"]
            .map(|path| folder.path().join(path))
            .into_iter()
            .chain(
                [
                    "../importer/tests/samples/xml/nitf-ntb.xml",
                    "../importer/tests/samples/web_page/code-covered.html",
                    "../importer/tests/samples/web_page/creative-commons.html",
                    "../importer/tests/samples/web_page/global-voices.html",
                    "../importer/tests/samples/web_page/v8-blog.html",
                    "tests/samples/news-aggregator.csv.gz",
                ]
                .map(|path| own.join(path)),
            )
            .collect();
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let mut report = Report::new(Box::new(std::io::sink()), None);
        let first = import(&database.db, &inputs, &Options::default(), &mut report).await.unwrap();
        // A picture that comes both in an article and by itself is new or not by which batch is first.
        assert_eq!(first.new + first.updated + first.unchanged, 2_179, "{kind:?}: {first}");
        assert!(first.new > 2_140, "{kind:?}: {first}");
        assert_eq!(first.failed, 657, "{kind:?}: {first}");
        let before = counts(&database).await;
        let second = import(&database.db, &inputs, &Options::default(), &mut report).await.unwrap();
        assert_eq!((second.new, second.updated), (0, 0), "{kind:?}: {second}");
        assert_eq!(counts(&database).await, before, "{kind:?}");
    }
}
