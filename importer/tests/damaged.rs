//! Damaged documents: whatever is cut off, repeated or overwritten, every reader ends with drafts or with a problem.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use importer::{
    Defaults, Document, Format, check,
    draft::{Block, Draft},
};
use proptest::prelude::*;

const NINJS: &str = include_str!("../../sample/articles/world/who-owns-the-moon-in-law.json");
const GALLERY: &str = include_str!("../../sample/galleries/how-far-the-planets-are.json");
const LINES: &str = "{\"type\":\"article\",\"uri\":\"urn:a\",\"headline\":\"A\",\"body\":[{\"type\":\"paragraph\",\"html\":\"<b>x\"}]}\n\
    {\"type\":\"place\",\"name\":\"Oslo\",\"timeZone\":\"Europe/Oslo\"}\n";
const TABLE: &str = "uri,headline,publishedAt,topics\nurn:a,\"A, b\",2024-02-08,x;y\nurn:b,B,1394470920294,\n";
const CITIES: &str = "geonameid\tname\tcountry\tlatitude\tlongitude\ttimezone\n1\tOslo\tNO\t59.9\t10.7\tEurope/Oslo\n";
const TOPICS: &str = "{\"type\":\"ConceptScheme\",\"prefSchemeAlias\":\"medtop\",\"conceptSet\":[{\"qcode\":\"medtop:01000000\",\
    \"prefLabel\":{\"en-GB\":\"arts\"},\"broader\":[\"medtop:01000000\"],\"retired\":\"2020\"}]}";
const NEWSROOM: &str =
    "{\"format\":\"newsgraph-newsroom\",\"sections\":[{\"slug\":\"world\",\"name\":\"World\",\"position\":1}]}";

fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<Vec<u8>> =
        [NINJS, GALLERY, LINES, TABLE, CITIES, TOPICS, NEWSROOM].iter().map(|text| text.as_bytes().to_vec()).collect();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")];
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.metadata().unwrap().len() < 60_000 {
                samples.push(fs::read(path).unwrap());
            }
        }
    }
    samples
}

/// What happens to a document on its way.
#[derive(Clone, Debug)]
enum Damage {
    Cut(usize),
    Repeat(usize, usize),
    Overwrite(usize, Vec<u8>),
    Insert(usize, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>().prop_map(|index| index.index(60_000));
    let pieces = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..8),
        prop::sample::select(vec![
            "\0",
            "\"",
            "{",
            "}",
            "[",
            "]",
            "<",
            "</",
            ">",
            "&#0;",
            "&#x110000;",
            "<![CDATA[",
            "<!--",
            "\u{feff}",
            "1e999",
            "-1",
            "99999999999999999999",
            "\\ud800",
            "\u{202e}",
            "<script>",
            "<svg onload=x>",
            ",",
            ";",
            "\t",
            "\n",
            "null",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        place.clone().prop_map(Damage::Cut),
        (place.clone(), 1..200_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        (place.clone(), pieces.clone()).prop_map(|(at, bytes)| Damage::Overwrite(at, bytes)),
        (place, pieces).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ]
}

fn apply(document: &mut Vec<u8>, damage: &Damage) {
    let within = |at: usize, document: &Vec<u8>| if document.is_empty() { 0 } else { at % document.len() };
    match damage {
        Damage::Cut(at) => document.truncate(within(*at, document)),
        Damage::Repeat(at, length) => {
            let start = within(*at, document);
            let piece = document[start..(start + length).min(document.len())].to_vec();
            document.splice(start..start, piece.repeat(3));
        }
        Damage::Overwrite(at, bytes) => {
            let start = within(*at, document);
            let end = (start + bytes.len()).min(document.len());
            document.splice(start..end, bytes.iter().copied());
        }
        Damage::Insert(at, bytes) => {
            let start = within(*at, document);
            document.splice(start..start, bytes.iter().copied());
        }
    }
}

/// Reads a document in a format and checks what comes of it.
fn read(format: Format, document: &[u8]) {
    match format.read(document, &Defaults::default()) {
        Ok(Document::News(reading)) => {
            for mut draft in reading.drafts {
                if check(&mut draft).is_err() {
                    continue;
                }
                assert!(!serde_json::to_string(&draft).unwrap().contains("\\u0000"));
                let Draft::Article(article) = draft else { continue };
                for html in article.body.iter().flat_map(Block::inlines) {
                    let html = html.html().to_lowercase();
                    assert!(!html.contains("<script") && !html.contains("<svg"), "{html}");
                }
            }
        }
        Ok(Document::Newsroom(_)) => {}
        Err(problem) => assert!(!problem.message.is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_reader_ends_on_every_damaged_document(
        sample in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..6),
        format in prop::sample::select(Format::ALL.to_vec()),
    ) {
        let samples = samples();
        let mut document = samples[sample.index(samples.len())].clone();
        for damage in &damages {
            apply(&mut document, damage);
        }
        if let Some(detected) = Format::detect_records(&document).or_else(|| Format::detect(&document)) {
            read(detected, &document);
        }
        read(format, &document);
    }

    #[test]
    fn every_reader_ends_on_random_bytes(
        document in prop::collection::vec(any::<u8>(), 0..2_000),
        format in prop::sample::select(Format::ALL.to_vec()),
    ) {
        read(format, &document);
    }
}
