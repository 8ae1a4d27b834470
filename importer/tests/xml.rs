//! NewsML-G2, NewsML 1 and NITF as their publishers wrote them.

mod suite;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use importer::{
    Defaults, Problem, Reading,
    draft::{Article, Block, Draft, Topic},
    html, newsml_1, newsml_g2, nitf, text,
};
use proptest::prelude::*;

type Read = fn(&[u8], &Defaults) -> Result<Reading, Problem>;

const READERS: [Read; 3] = [newsml_g2::read, newsml_1::read, nitf::read];

/// Who takes longer hangs: a second is usual, and a busy machine takes a few.
const PATIENCE: Duration = Duration::from_secs(120);

fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/xml").join(name)).expect("is there")
}

fn samples() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/xml");
    let files = fs::read_dir(folder).expect("is there").map(|entry| entry.expect("is there").path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "xml")).collect();
    files.sort();
    files.into_iter().map(|path| fs::read(path).expect("is there")).collect()
}

/// Reads with the reader that recognises the document.
fn read(bytes: &[u8]) -> Reading {
    let recognised = [newsml_g2::recognises(bytes), newsml_1::recognises(bytes), nitf::recognises(bytes)];
    let readers: Vec<Read> = READERS.into_iter().zip(recognised).filter_map(|(read, is)| is.then_some(read)).collect();
    let [read] = readers[..] else { panic!("{recognised:?}") };
    read(bytes, &Defaults::default()).expect("can be read")
}

fn article(reading: &Reading) -> &Article {
    match &reading.drafts[..] {
        [Draft::Article(article)] => article,
        _ => panic!("{reading:?}"),
    }
}

fn words(blocks: &[Block]) -> Vec<String> {
    let text: Vec<_> = blocks.iter().map(Block::text).collect();
    text.join(" ").split_whitespace().map(str::to_owned).collect()
}

fn kind(draft: &Draft) -> &'static str {
    match draft {
        Draft::Article(_) => "article",
        Draft::Gallery(_) => "gallery",
        Draft::Story(_) => "story",
        Draft::Image(_) => "image",
        Draft::Topic(_) => "topic",
        Draft::Place(_) => "place",
        Draft::Restriction(_) => "restriction",
    }
}

#[test]
fn a_news_item_of_newsml_g2_is_an_article() {
    let reading = read(&sample("newsml-g2-listing-1.xml"));
    let article = article(&reading);
    assert_eq!(article.uri, "urn:newsml:acmenews.com:20161018:US-FINANCE-FED");
    assert_eq!(article.headline, "Fed to halt QE to avert \"bubble\"");
    assert_eq!(article.embargoed_until, Some("2018-10-23T12:00:00Z".parse().unwrap()));
    assert_eq!(article.topics[1].qcode.as_deref(), Some("medtop:20000523"));
    assert_eq!(article.topics[1].broader.as_deref(), Some("medtop:04000000"));
    assert_eq!(article.located.as_ref().unwrap().country_code.as_deref(), Some("DE"));
    assert_eq!(article.related, ["http://www.example.com/video/20081222-PNN-1517-407624/index.html"]);
    let whole = serde_json::to_string(&reading.drafts).unwrap();
    assert!(!whole.contains("STRICTLY"), "a note to editors");
}

#[test]
fn an_article_in_nitf_inside_newsml_g2_has_its_text() {
    let reading = read(&sample("newsml-g2-listing-22.xml"));
    let article = article(&reading);
    assert_eq!((article.body.len(), article.byline.as_deref()), (6, Some("Sports Network")));
    assert!(article.standfirst.as_deref().unwrap().starts_with("A pair of teams"));
    let reading = read(&sample("newsml-g2-listing-25.xml"));
    assert!(self::article(&reading).headline.starts_with("Arizona Diamondbacks"));
}

#[test]
fn pictures_videos_packages_and_concepts_are_read() {
    let kinds = |name: &str| read(&sample(name)).drafts.iter().map(kind).collect::<Vec<_>>();
    assert_eq!(kinds("newsml-g2-listing-3.xml"), ["image"]);
    assert_eq!(kinds("newsml-g2-listing-4.xml"), ["gallery"]);
    assert_eq!(kinds("newsml-g2-listing-6.xml"), ["story"]);
    assert_eq!(kinds("newsml-g2-knowledge-item.xml"), ["topic"; 3]);
}

#[test]
fn a_norwegian_story_in_nitf_is_read() {
    let reading = read(&sample("nitf-ntb.xml"));
    let article = article(&reading);
    assert_eq!(article.headline, "Pandemien herjer på den legeløse indiske landsbygda");
    assert_eq!((article.language.as_deref(), article.urgency), (Some("nb-NO"), Some(5)));
    assert_eq!(article.published_at, Some("2021-05-16T09:00:04Z".parse().unwrap()));
    assert_eq!((article.dateline.as_deref(), article.byline.as_deref()), (Some("Unnao"), Some("NTB-AFP-DPA")));
    let headings = article.body.iter().filter(|block| matches!(block, Block::Heading { level: 2, .. })).count();
    let paragraphs = article.body.iter().filter(|block| matches!(block, Block::Paragraph { .. })).count();
    assert_eq!((headings, paragraphs), (4, 18));
    // The picture has no address: nobody could open it.
    assert!(!article.body.iter().any(|block| matches!(block, Block::Image { .. })), "{:?}", article.body.last());
    assert!(reading.warnings.iter().any(|note| note.to_string().contains("JsxLggxsoo4")), "{:?}", reading.warnings);
    let codes: Vec<_> = article.topics.iter().filter_map(|topic| topic.qcode.as_deref()).collect();
    assert_eq!(codes, ["subj:07001000", "subj:07000000"]);
    assert!(!serde_json::to_string(article).unwrap().contains("@ntb.no"), "addresses of editors");
}

#[test]
fn a_release_in_newsml_1_is_read() {
    let reading = read(&sample("newsml-1-businesswire.xml"));
    let article = article(&reading);
    assert_eq!(article.uri, "urn:newsml:businesswire.com:20010714:20130605006126");
    assert_eq!((article.version, article.language.as_deref()), (Some(1), Some("zh")));
    assert_eq!(article.dateline.as_deref(), Some("加州桑尼維爾"));
    assert!(!serde_json::to_string(article).unwrap().contains("415-397-7600"), "whom editors may ask");
}

/// What each example of NewsML-G2 is read as.
///
/// Nothing is made of these: LISTING_24 is an outline, whose items have a guid and no headline, and whose package has
/// neither a guid nor a groupSet; LISTING_8 is the groupSet and LISTING_28 the contentMeta of an item, without guid and
/// title; the metadata examples have no headline, and neither text nor a file.
const EXAMPLES: [(&str, &str); 15] = [
    ("LISTING_10_", "topic"),
    ("LISTING_11_", "topic"),
    ("LISTING_14_", "topic"),
    ("LISTING_1_", "article"),
    ("LISTING_22_", "article"),
    ("LISTING_24_", ""),
    ("LISTING_25_", "article"),
    ("LISTING_28_", ""),
    ("LISTING_2_", "article"),
    ("LISTING_3_", "image"),
    ("LISTING_4_", "gallery"),
    ("LISTING_6_", "story"),
    ("LISTING_8_", ""),
    ("ap_metadata_", ""),
    ("facet-", ""),
];

#[test]
fn examples_of_newsml_g2_are_read() {
    for (path, bytes) in suite::below(suite::files("newsml-g2", 81), "newsml-g2/examples/", EXAMPLES.len()) {
        let name = path.rsplit('/').next().unwrap();
        let (_, expected) = EXAMPLES.iter().find(|(start, _)| name.starts_with(start)).unwrap();
        let reading = read(&bytes);
        let kinds: Vec<_> = reading.drafts.iter().map(kind).collect();
        assert_eq!(kinds.join(" "), *expected, "{name}: {reading:?}");
        assert!(!reading.drafts.is_empty() || !reading.skipped.is_empty(), "{name}");
    }
}

/// Whether a document says what the importer missed; the reasons to skip it are looked up in its text.
fn is_justified(reason: &str, document: &str) -> bool {
    let has_text = |element: &str| {
        let tag = format!("<{element}");
        let mut starts = document.match_indices(&tag).map(|(at, _)| &document[at..]);
        starts.any(|start| {
            let inside = start.split_once('>').filter(|(tag, _)| !tag.ends_with('/')).map(|(_, inside)| inside);
            inside.is_some_and(|inside| !inside.trim_start().starts_with('<'))
        })
    };
    match reason {
        "has no headline" => !has_text("headline") && !has_text("title") && !has_text("hl1"),
        "holds no items" => !document.contains("residref=") && !document.contains("itemRef href="),
        "holds no concept" => !document.contains("<concept>"),
        "the concept has no code or no name" => document.contains("<name/>"),
        "a plan of coverage is for newsrooms and not published" => document.contains("<planningItem"),
        "a catalogue of vocabularies holds nothing to publish" => document.contains("<catalog"),
        _ => false,
    }
}

#[test]
fn what_should_pass_is_read_or_skipped_for_what_it_lacks() {
    let (mut read_whole, mut skipped, mut lenient) = (0, 0, 0);
    for (name, bytes) in suite::below(suite::files("newsml-g2", 81), "newsml-g2/unit_tests/", 66) {
        let document = String::from_utf8(bytes.clone()).unwrap();
        let reading = read(&bytes);
        assert!(!reading.drafts.is_empty() || !reading.skipped.is_empty(), "{name}");
        if name.contains("should_fail") {
            lenient += 1;
            continue;
        }
        for note in &reading.skipped {
            assert!(is_justified(&note.message, &document), "{name}: {note}");
        }
        if reading.drafts.is_empty() {
            skipped += 1;
        } else {
            read_whole += 1;
        }
    }
    // Most of these are the smallest documents that the schema allows, without a headline.
    assert_eq!((read_whole, skipped, lenient), (11, 52, 3));
}

#[test]
fn releases_in_newsml_1_agree_with_the_same_in_ninjs() {
    let twins = suite::files("ninjs", 230);
    for (name, bytes) in suite::files("newsml-1.2", 2) {
        let reading = read(&bytes);
        let article = article(&reading);
        let twin = name.replace("newsml-1.2/", "ninjs/examples/1.4/").replace(".xml", ".json");
        let twin: serde_json::Value = serde_json::from_slice(&twins[&twin]).unwrap();
        assert_eq!(Some(&*article.headline), twin["headline"].as_str());
        assert_eq!(article.language.as_deref(), twin["language"].as_str());
        let time = twin["versioncreated"].as_str().unwrap().parse().unwrap();
        assert_eq!((article.published_at, article.updated_at), (Some(time), Some(time)));
        let names: Vec<_> = article.topics.iter().map(|topic| Some(&*topic.name)).collect();
        let subjects: Vec<_> = twin["subject"].as_array().unwrap().iter().map(|topic| topic["name"].as_str()).collect();
        assert_eq!(names, subjects);
        let body = html::blocks(twin["body_xhtml"].as_str().unwrap(), None, &mut html::Picture::into_image);
        // Of the text, these have the first paragraph alone.
        assert_eq!(words(&article.body[..1]), words(&body), "{name}");
        let files = |image: &importer::draft::Image| image.renditions.len();
        let pictures =
            article.lead_image.iter().map(files).chain(article.body.iter().filter_map(|block| match block {
                Block::Image { image } => Some(files(image)),
                _ => None,
            }));
        assert!(pictures.clone().count() > 0 && pictures.into_iter().all(|count| count > 0));
    }
}

#[test]
fn media_topics_are_read_as_a_tree() {
    let reading = read(&suite::sample("vocabularies/cptall-en-GB.xml"));
    let topics: Vec<&Topic> = reading
        .drafts
        .iter()
        .map(|draft| match draft {
            Draft::Topic(topic) => &**topic,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((topics.len(), reading.skipped.len(), reading.warnings.len()), (1_392, 0, 0));
    let json: serde_json::Value = serde_json::from_slice(&suite::sample("vocabularies/cptall-en-GB.json")).unwrap();
    let concepts = json["conceptSet"].as_array().unwrap();
    assert_eq!(concepts.len(), topics.len());
    let mut seen = std::collections::HashMap::new();
    for topic in &topics {
        assert!(topic.broader.is_none() || seen.contains_key(&topic.broader), "{topic:?} stands before its parent");
        seen.insert(topic.qcode.clone(), topic);
    }
    for concept in concepts {
        let topic = seen[&concept["qcode"].as_str().map(str::to_owned)];
        assert_eq!(Some(&*topic.name), concept["prefLabel"]["en-GB"].as_str().and_then(text::folded).as_deref());
    }
}

#[test]
fn hostile_documents_are_refused_at_once() {
    let documents = [
        format!("{}{}", "<newsItem>".repeat(100_000), "</newsItem>".repeat(100_000)),
        "<nitf><body><body.content>".to_owned() + &"<block>".repeat(100_000),
        format!("<NewsML{}/>", (0..100_000).map(|number| format!(" a{number}=''")).collect::<String>()),
        "<!DOCTYPE nitf [<!ENTITY a 'aaaaaaaaaaaaaaaaaaaaaaaaaa'>]>".to_owned() + "<nitf>&a;</nitf>",
        r#"<!DOCTYPE nitf [<!ENTITY a SYSTEM "file:///etc/passwd">]><nitf><head><title>&a;</title></head></nitf>"#
            .to_owned(),
        "<nitf>".to_owned() + &" ".repeat(33 << 20) + "</nitf>",
        "<!-- a comment -->\n<root>\n<element key='value'>text</element>\n<element>text</element>tail\n<empty-element/>\n</root>".to_owned(),
        String::new(),
    ];
    for document in documents {
        let start = Instant::now();
        for read in READERS {
            assert!(
                read(document.as_bytes(), &Defaults::default()).is_err(),
                "{}",
                &document[..document.len().min(80)]
            );
        }
        assert!(start.elapsed() < PATIENCE, "{:?}: {}", start.elapsed(), &document[..document.len().min(80)]);
    }
}

#[test]
fn large_documents_take_time_by_their_size() {
    let deep_html = format!("{}x{}", "<b><div>".repeat(50_000), "</div></b>".repeat(50_000));
    let documents = [
        format!(
            "<newsItem guid='a'><contentMeta><headline>H</headline>{}</contentMeta></newsItem>",
            (0..20_000)
                .map(|number| format!(
                    "<subject qcode='x:{number}'><name>n{number}</name>\
            </subject>"
                ))
                .collect::<String>()
        ),
        format!(
            "<newsItem guid='a'><contentMeta><headline>H</headline></contentMeta><contentSet><inlineData \
             contenttype='text/html'><![CDATA[{deep_html}]]></inlineData></contentSet></newsItem>"
        ),
        format!(
            "<newsMessage><itemSet>{}{}</itemSet></newsMessage>",
            "<newsItem guid='a'><contentMeta><headline>H</headline></contentMeta></newsItem>".repeat(5_000),
            "<packageItem guid='p'><groupSet><group><itemRef residref='a'/><itemRef residref='b'/></group></groupSet>\
            </packageItem>"
                .repeat(5_000)
        ),
        format!(
            "<NewsML>{}</NewsML>",
            "<NewsItem><Identification><NewsIdentifier><PublicIdentifier>urn:a</PublicIdentifier></NewsIdentifier>\
            </Identification>\
             <NewsComponent><NewsLines><HeadLine>H</HeadLine></NewsLines></NewsComponent></NewsItem>"
                .repeat(10_000)
        ),
        format!(
            "<nitf><head><docdata><doc-id id-string='a'/></docdata></head><body><body.head><hedline><hl1>H</hl1>\
            </hedline>\
             </body.head><body.content>{}</body.content></body></nitf>",
            "<media media-type='image'><media-reference source='https://m.example/1.jpg'/></media><p>t\
            </p>"
                .repeat(10_000)
        ),
    ];
    for document in documents {
        let start = Instant::now();
        let reading = read(document.as_bytes());
        assert!(!reading.drafts.is_empty());
        assert!(start.elapsed() < PATIENCE, "{:?}: {}", start.elapsed(), &document[..80]);
    }
}

/// Every reader ends, and the drafts of what it reads hold their promises.
fn check(bytes: &[u8]) {
    for read in READERS {
        let Ok(reading) = read(bytes, &Defaults::default()) else { continue };
        for draft in reading.drafts {
            assert!(!draft.uri().is_empty());
            if let Draft::Article(article) = draft {
                assert!(!article.headline.is_empty());
                assert!(article.urgency.is_none_or(|urgency| (1..=9).contains(&urgency)));
            }
        }
    }
    for recognises in [newsml_g2::recognises, newsml_1::recognises, nitf::recognises] {
        recognises(bytes);
    }
}

fn sample_bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::select(samples())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn truncated_documents_end(bytes in sample_bytes(), at in any::<proptest::sample::Index>()) {
        check(&bytes[..at.index(bytes.len())]);
    }

    #[test]
    fn changed_documents_end(
        mut bytes in sample_bytes(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes);
    }

    #[test]
    fn documents_with_parts_moved_end(
        bytes in sample_bytes(),
        other in sample_bytes(),
        cut in any::<proptest::sample::Index>(),
        from in any::<proptest::sample::Index>(),
    ) {
        // At tags, so that more of the results are well-formed.
        let tag = |bytes: &[u8], at: usize| {
            bytes[at..].iter().position(|byte| *byte == b'<').map_or(at, |tag| at + tag)
        };
        let (cut, from) = (tag(&bytes, cut.index(bytes.len())), tag(&other, from.index(other.len())));
        check(&[&bytes[..cut], &other[from..]].concat());
    }

    #[test]
    fn values_may_be_anything(value in "\\PC{0,40}", sample in sample_bytes()) {
        let text = String::from_utf8(sample).unwrap();
        let value = value.replace(['<', '&', '"'], "");
        let mut pieces = text.split('"');
        let mut changed = pieces.next().unwrap().to_owned();
        for (number, piece) in pieces.enumerate() {
            changed.push('"');
            // Namespaces stay, or nothing of it would be read.
            let is_value = number % 2 == 0 && !changed.trim_end_matches("=\"").ends_with("xmlns");
            changed.push_str(if is_value && number % 3 == 0 { &value } else { piece });
        }
        check(changed.as_bytes());
    }

    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes);
    }
}
