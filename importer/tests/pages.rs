//! The pages on formats name what the readers read, no more and no less.

use std::collections::{BTreeMap, BTreeSet};

use importer::{
    draft::{
        Article, Block, Contributor, Correction, Draft, Gallery, GalleryItem, Image, Place, Rendition, Restriction,
        Story, StoryMember, StoryOf, Term, Topic, Video,
    },
    newsroom::{ExternalHeadline, Newsroom, Reads, RemovedSection, Section, Source, TopStories, TopStory},
};
use serde::de::DeserializeOwned;

type Names = BTreeSet<String>;

/// What stands between backticks.
fn quoted(text: &str) -> Names {
    text.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

/// What serde says that it expects instead of what nobody would write.
fn expected<T: DeserializeOwned>(json: &str) -> Names {
    let Err(error) = serde_json::from_str::<T>(json) else { panic!("`{json}` is taken") };
    let error = error.to_string();
    let (_, expected) = error.split_once("expected ").unwrap_or_else(|| panic!("{error}"));
    quoted(expected)
}

fn fields<T: DeserializeOwned>() -> Names {
    expected::<T>(r#"{"?": 0}"#)
}

/// The first column of each table of a page, by the heading above it.
fn tables(page: &str) -> BTreeMap<String, Names> {
    let mut tables: BTreeMap<String, Names> = BTreeMap::new();
    let mut heading = String::new();
    for line in page.lines() {
        if let Some(text) = line.strip_prefix('#') {
            heading = text.trim_start_matches('#').trim().to_owned();
        } else if line.starts_with("| `") {
            let cell = line.split('|').nth(1).unwrap_or_default();
            tables.entry(heading.clone()).or_default().extend(quoted(cell));
        }
    }
    tables
}

/// Compares the table under each heading with the code, and all headings of tables with the list.
fn same(page: &str, code: &[(&str, Names)]) {
    let tables = tables(page);
    for (heading, names) in code {
        assert_eq!(tables.get(*heading), Some(names), "the table under `{heading}`");
    }
    let headings: BTreeSet<&str> = code.iter().map(|(heading, _)| *heading).collect();
    let listed: BTreeSet<&str> = tables.keys().map(String::as_str).collect();
    assert_eq!(listed, headings, "the headings of tables");
}

#[test]
fn the_page_on_json_lines_names_every_field() {
    let page = include_str!("../../docs/formats/json-lines.md");
    let with_type = |mut names: Names| {
        names.insert("type".to_owned());
        names
    };
    let code = [
        ("article", with_type(fields::<Article>())),
        ("gallery", with_type(fields::<Gallery>())),
        ("story", with_type(fields::<Story>())),
        ("image", fields::<Image>()),
        ("restriction", with_type(fields::<Restriction>())),
        ("topic", fields::<Topic>()),
        ("place", fields::<Place>()),
        ("term", fields::<Term>()),
        ("contributor", fields::<Contributor>()),
        ("story of an article", fields::<StoryOf>()),
        ("story member", fields::<StoryMember>()),
        ("correction", fields::<Correction>()),
        ("rendition", fields::<Rendition>()),
        ("gallery item", fields::<GalleryItem>()),
        ("video", fields::<Video>()),
    ];
    let kinds = expected::<Draft>(r#"{"type": "?"}"#);
    for kind in &kinds {
        assert!(code.iter().any(|(heading, _)| heading == kind), "no table for lines of the type `{kind}`");
    }
    // Some blocks have the names of lines.
    let blocks = expected::<Block>(r#"{"type": "?"}"#);
    let (lines, texts) = page.split_once("\n## Blocks\n").expect("a chapter on blocks");
    let (texts, others) = texts.split_once("\n## ").expect("a chapter after it");
    let texts_of_blocks = tables(texts);
    for block in &blocks {
        let names = with_type(expected::<Block>(&format!(r#"{{"type": "{block}", "?": 0}}"#)));
        assert_eq!(texts_of_blocks.get(block), Some(&names), "the block `{block}`");
    }
    assert_eq!(texts_of_blocks.len(), blocks.len(), "{:?}", texts_of_blocks.keys());
    same(&format!("{lines}\n## {others}"), &code);

    for (value, names) in [
        ("genre", expected::<entity::article::Genre>(r#""?""#)),
        ("status of an article", expected::<entity::article::PubStatus>(r#""?""#)),
        ("kind of an embed", expected::<importer::draft::EmbedKind>(r#""?""#)),
        ("kind of a gallery", expected::<entity::gallery::GalleryKind>(r#""?""#)),
        ("status of a story", expected::<entity::story::StoryStatus>(r#""?""#)),
    ] {
        for name in names {
            assert!(page.contains(&format!("`{name}`")), "the {value} `{name}`");
        }
    }
}

#[test]
fn the_example_on_json_lines_is_read() {
    let page = include_str!("../../docs/formats/json-lines.md");
    let example = page.lines().find(|line| line.starts_with('{')).expect("an example");
    assert!(matches!(serde_json::from_str::<Draft>(example), Ok(Draft::Article(_))));
}

#[test]
fn the_page_on_a_newsrooms_own_settings_names_every_property() {
    let page = include_str!("../../docs/formats/newsroom.md");
    same(
        page,
        &[
            ("newsroom", fields::<Newsroom>()),
            ("section", fields::<Section>()),
            ("removed section", fields::<RemovedSection>()),
            ("source", fields::<Source>()),
            ("top stories", fields::<TopStories>()),
            ("top story", fields::<TopStory>()),
            ("external headline", fields::<ExternalHeadline>()),
            ("reads", fields::<Reads>()),
        ],
    );
    for placement in expected::<importer::newsroom::PlacementName>(r#""?""#) {
        assert!(page.contains(&format!("`{placement}`")), "{placement}");
    }
    let (_, example) = page.split_once("```json\n").expect("an example");
    let (example, _) = example.split_once("```").expect("its end");
    let newsroom = Newsroom::read(example.as_bytes()).expect("the example is read");
    assert_eq!(newsroom.external_headlines.map(|headlines| headlines.len()), Some(0));
}

/// The reader of ninjs.
const NINJS: [&str; 6] = [
    include_str!("../src/ninjs/mod.rs"),
    include_str!("../src/ninjs/media.rs"),
    include_str!("../src/ninjs/package.rs"),
    include_str!("../src/ninjs/restriction.rs"),
    include_str!("../src/ninjs/terms.rs"),
    include_str!("../src/ninjs/view.rs"),
];

/// The texts that the code hands to a function as its first argument: one, or a list of them.
fn handed_to(functions: &[&str]) -> Names {
    let mut names = Names::new();
    for code in NINJS {
        for function in functions {
            for call in code.split(&format!("{function}(")).skip(1) {
                let argument = call.trim_start();
                let texts = match argument.strip_prefix("&[") {
                    Some(list) => list.split(']').next().unwrap_or_default(),
                    None if argument.starts_with('"') => argument.split([',', ')']).next().unwrap_or_default(),
                    None => continue,
                };
                names.extend(texts.split('"').skip(1).step_by(2).map(ToOwned::to_owned));
            }
        }
    }
    names
}

fn lower(names: &Names) -> Names {
    names.iter().map(|name| name.to_lowercase()).collect()
}

#[test]
fn the_page_on_ninjs_names_every_property_profile_and_association() {
    let tables = tables(include_str!("../../docs/formats/ninjs.md"));
    let readers = [
        ".raw", ".text", ".view", ".views", ".list", ".time", ".integer", ".float", ".pixels", ".numbers", ".value",
        "limit",
    ];
    let mut read = handed_to(&readers);
    read.extend(handed_to(&["named"]));
    assert!(read.len() > 60, "{read:?}");
    assert_eq!(lower(&tables["Properties"]), read, "the table of properties");
    assert_eq!(tables["Associations"], handed_to(&["member.is"]), "the table of associations");
    let package = NINJS[2];
    let profiles: Names =
        package.split("profile == \"").skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect();
    assert_eq!(profiles.len(), 2, "{profiles:?}");
    for profile in profiles {
        assert!(tables["Profiles"].contains(&profile), "the profile `{profile}`");
    }
}
