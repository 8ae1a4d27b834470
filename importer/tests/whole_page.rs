//! One page with every property that the page on web pages names, alone and together, on one line and in many scripts.

#[path = "suite/account.rs"]
mod account;

use importer::{Defaults, Reading, web_page};

use crate::account::{SCRIPTS, check, said, shape};

const PAGE: &str = include_str!("../../docs/formats/html.md");

const PROPERTIES: &[(&str, &str)] = &[
    ("url", r#""url": "https://news.example/a""#),
    ("mainEntityOfPage", r#""mainEntityOfPage": {"@type": "WebPage", "@id": "https://news.example/b"}"#),
    ("@id", r#""@id": "https://news.example/id""#),
    ("headline", r#""headline": "TEXT 1""#),
    ("name", r#""name": "TEXT 2""#),
    ("description", r#""description": "TEXT 3""#),
    ("abstract", r#""abstract": "TEXT 4""#),
    ("articleBody", r#""articleBody": "Other words 5.\n\nMore words 6.""#),
    ("author", r#""author": [{"@type": "Person", "name": "Ann Lee"}, "Ola Nord"]"#),
    ("creator", r#""creator": {"@type": "Person", "name": "Kari Holm"}"#),
    ("editor", r#""editor": {"@type": "Person", "name": "Eva Berg"}"#),
    ("contributor", r#""contributor": "Nils Foto""#),
    ("translator", r#""translator": "Tom Lund""#),
    ("publisher", r#""publisher": {"@type": "Organization", "name": "TEXT 7"}"#),
    ("sourceOrganization", r#""sourceOrganization": {"@type": "Organization", "name": "TEXT 8"}"#),
    ("provider", r#""provider": {"@type": "Organization", "name": "TEXT 9"}"#),
    ("datePublished", r#""datePublished": "2026-11-30T06:00:00Z""#),
    ("dateCreated", r#""dateCreated": "2026-11-30T05:00:00Z""#),
    ("dateModified", r#""dateModified": "2026-11-30T07:00:00Z""#),
    ("expires", r#""expires": "2037-01-01T00:00:00Z""#),
    ("creativeWorkStatus", r#""creativeWorkStatus": "Withdrawn""#),
    ("version", r#""version": 3"#),
    ("inLanguage", r#""inLanguage": "nb-NO""#),
    ("articleSection", r#""articleSection": ["TEXT 10", "TEXT 11"]"#),
    ("keywords", r#""keywords": "TEXT 12; TEXT 13""#),
    (
        "about",
        r#""about": [{"@type": "Thing", "name": "TEXT 14"}, {"@type": "City", "name": "TEXT 15", "geo": {"latitude": 69.6, "longitude": 18.9, "addressCountry": "NO"}}]"#,
    ),
    (
        "mentions",
        r#""mentions": [{"@type": "Organization", "name": "TEXT 16"}, {"@type": "Country", "name": "TEXT 17"}]"#,
    ),
    ("genre", r#""genre": "Opinion""#),
    ("dateline", r#""dateline": "TEXT 18""#),
    ("locationCreated", r#""locationCreated": {"@type": "Place", "name": "TEXT 19"}"#),
    (
        "contentLocation",
        r#""contentLocation": {"@type": "Place", "name": "TEXT 20", "address": {"addressCountry": "NO"}}"#,
    ),
    ("spatialCoverage", r#""spatialCoverage": {"@type": "Place", "name": "TEXT 21"}"#),
    (
        "image",
        r#""image": [{"@type": "ImageObject", "url": "https://m.example/quay.jpg", "caption": "TEXT 22", "creditText": "TEXT 23", "license": "https://m.example/l", "copyrightNotice": "TEXT 24", "width": 900, "height": 600}, "https://m.example/crew.jpg"]"#,
    ),
    ("thumbnailUrl", r#""thumbnailUrl": "https://m.example/t.jpg""#),
    ("primaryImageOfPage", r#""primaryImageOfPage": "https://m.example/p.jpg""#),
    (
        "video",
        r#""video": {"@type": "VideoObject", "name": "TEXT 25", "contentUrl": "https://m.example/v.mp4", "thumbnailUrl": "https://m.example/v.jpg"}"#,
    ),
    ("audio", r#""audio": {"@type": "AudioObject", "name": "TEXT 26", "contentUrl": "https://m.example/a.mp3"}"#),
    ("associatedMedia", r#""associatedMedia": {"@type": "VideoObject", "embedUrl": "https://v.example/1"}"#),
    ("license", r#""license": "https://news.example/license""#),
    ("usageInfo", r#""usageInfo": "https://news.example/usage""#),
    ("acquireLicensePage", r#""acquireLicensePage": "https://news.example/buy""#),
    ("copyrightNotice", r#""copyrightNotice": "TEXT 27""#),
    ("copyrightHolder", r#""copyrightHolder": {"@type": "Organization", "name": "TEXT 28"}"#),
    ("copyrightYear", r#""copyrightYear": 2026, "copyrightHolder": {"@type": "Organization", "name": "TEXT 28"}"#),
    (
        "digitalSourceType",
        r#""digitalSourceType": "https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia""#,
    ),
    (
        "correction",
        r#""correction": ["TEXT 29", {"@type": "CorrectionComment", "text": "TEXT 30", "dateCreated": "2026-11-30T10:00:00Z"}]"#,
    ),
    ("translationOfWork", r#""translationOfWork": {"@id": "https://news.example/original"}"#),
    (
        "liveBlogUpdate",
        r#""liveBlogUpdate": [{"@type": "BlogPosting", "headline": "TEXT 31", "articleBody": "Live words 32.", "image": "https://m.example/live.jpg", "author": {"@type": "Person", "name": "Liv Lie"}}]"#,
    ),
    ("isAccessibleForFree", r#""isAccessibleForFree": false"#),
    ("conditionsOfAccess", r#""conditionsOfAccess": "Subscription""#),
    ("alternativeHeadline", r#""alternativeHeadline": "TEXT 33""#),
    ("backstory", r#""backstory": "TEXT 34""#),
    ("pageStart", r#""pageStart": 1"#),
    ("pageEnd", r#""pageEnd": 2"#),
    ("pagination", r#""pagination": "1-2""#),
    ("printColumn", r#""printColumn": "1""#),
    ("printEdition", r#""printEdition": "late""#),
    ("printPage", r#""printPage": "A1""#),
    ("printSection", r#""printSection": "A""#),
    ("speakable", r#""speakable": {"@type": "SpeakableSpecification", "cssSelector": "p"}"#),
    ("wordCount", r#""wordCount": 12"#),
    ("timeRequired", r#""timeRequired": "PT2M""#),
    ("interactionStatistic", r#""interactionStatistic": {"@type": "InteractionCounter", "userInteractionCount": 5}"#),
    ("commentCount", r#""commentCount": 5"#),
    ("comment", r#""comment": {"@type": "Comment", "text": "TEXT 35"}"#),
    ("sponsor", r#""sponsor": {"@type": "Organization", "name": "TEXT 36"}"#),
    ("funder", r#""funder": {"@type": "Organization", "name": "TEXT 37"}"#),
    ("citation", r#""citation": "TEXT 38""#),
    ("hasPart", r#""hasPart": {"@type": "WebPageElement", "isAccessibleForFree": true, "cssSelector": ".x"}"#),
    ("isPartOf", r#""isPartOf": {"@type": "CreativeWork", "name": "TEXT 39"}"#),
    ("coverageStartTime", r#""coverageStartTime": "2026-11-30T06:00:00Z""#),
    ("coverageEndTime", r#""coverageEndTime": "2026-11-30T09:00:00Z""#),
    ("potentialAction", r#""potentialAction": {"@type": "ReadAction"}"#),
    ("accessMode", r#""accessMode": "textual""#),
    ("accessibilityFeature", r#""accessibilityFeature": "alternativeText""#),
];

const META: &[(&str, &str)] = &[
    ("og:title", r#"<meta property="og:title" content="TEXT 1">"#),
    ("dc.title", r#"<meta name="dc.title" content="TEXT 2">"#),
    ("parsely-title", r#"<meta name="parsely-title" content="TEXT 3">"#),
    ("twitter:title", r#"<meta name="twitter:title" content="TEXT 4">"#),
    ("title", "<title>TEXT 5</title>"),
    ("og:description", r#"<meta property="og:description" content="TEXT 6">"#),
    ("description", r#"<meta name="description" content="TEXT 7">"#),
    ("dc.description", r#"<meta name="dc.description" content="TEXT 8">"#),
    ("twitter:description", r#"<meta name="twitter:description" content="TEXT 9">"#),
    ("og:url", r#"<meta property="og:url" content="https://news.example/other">"#),
    ("og:type", r#"<meta property="og:type" content="article">"#),
    ("og:image", r#"<meta property="og:image" content="https://m.example/1.jpg">"#),
    ("twitter:image", r#"<meta name="twitter:image" content="https://m.example/2.jpg">"#),
    ("og:site_name", r#"<meta property="og:site_name" content="TEXT 10">"#),
    ("og:locale", r#"<meta property="og:locale" content="nb_NO">"#),
    ("content-language", r#"<meta http-equiv="content-language" content="nb">"#),
    ("article:published_time", r#"<meta property="article:published_time" content="2026-11-30T06:00:00Z">"#),
    ("article:modified_time", r#"<meta property="article:modified_time" content="2026-11-30T07:00:00Z">"#),
    ("article:expiration_time", r#"<meta property="article:expiration_time" content="2037-01-01T00:00:00Z">"#),
    ("dc.date", r#"<meta name="dc.date" content="2026-11-30T06:10:00Z">"#),
    ("date", r#"<meta name="date" content="2026-11-30T06:20:00Z">"#),
    ("article:author", r#"<meta property="article:author" content="Ann Lee">"#),
    ("author", r#"<meta name="author" content="Ann Lee, Ola Nord">"#),
    ("dc.creator", r#"<meta name="dc.creator" content="Ann Lee">"#),
    ("citation_author", r#"<meta name="citation_author" content="Lee, Ann">"#),
    ("article:section", r#"<meta property="article:section" content="TEXT 11">"#),
    ("article:tag", r#"<meta property="article:tag" content="TEXT 12">"#),
    ("news_keywords", r#"<meta name="news_keywords" content="TEXT 13; TEXT 14">"#),
    ("keywords", r#"<meta name="keywords" content="TEXT 15; TEXT 16">"#),
    ("article:opinion", r#"<meta property="article:opinion" content="true">"#),
    ("article:content_tier", r#"<meta property="article:content_tier" content="locked">"#),
    ("copyright", r#"<meta name="copyright" content="TEXT 17">"#),
    ("dcterms.license", r#"<meta name="dcterms.license" content="TEXT 18">"#),
];

fn read(source: &str) -> Reading {
    let base = Some("https://news.example/2026/ferry".parse().expect("an address"));
    let defaults = Defaults { base, ..Defaults::default() };
    web_page::read(source.as_bytes(), &defaults).unwrap_or_else(|problem| panic!("{problem}: {source}"))
}

fn page(head: &str, text: &str) -> String {
    let body = "<h1>TEXT shown</h1>\n<article>\n<p>TEXT. TEXT. TEXT.</p>\n<p>TEXT, TEXT and TEXT.</p>\n</article>";
    let source = format!("<!doctype html>\n<html>\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n");
    source.replace("TEXT", text)
}

fn of_json_ld(members: &[&str], text: &str) -> String {
    let mut all = vec![r#""@context": "https://schema.org", "@type": "NewsArticle""#];
    all.extend(members);
    page(&format!("<script type=\"application/ld+json\">\n{{{}}}\n</script>", all.join(",\n")), text)
}

#[test]
fn each_property_of_schema_org_is_as_the_page_says() {
    let said = said(PAGE, "schema.org");
    let known: Vec<&str> = PROPERTIES.iter().map(|(name, _)| *name).collect();
    assert_eq!(said.keys().filter(|name| !known.contains(&name.as_str())).collect::<Vec<_>>(), [""; 0]);
    for (name, member) in PROPERTIES {
        let of = said.get(*name).unwrap_or_else(|| panic!("the page does not name `{name}`"));
        for text in SCRIPTS {
            let without = match *name {
                "copyrightYear" => of_json_ld(&[r#""copyrightHolder": {"name": "TEXT 28"}"#], text),
                _ => of_json_ld(&[], text),
            };
            check(name, of, &read(&of_json_ld(&[member], text)), &read(&without), false);
        }
    }
}

#[test]
fn each_name_of_the_head_is_as_the_page_says() {
    let said = said(PAGE, "OpenGraph and `meta`");
    let known: Vec<&str> = META.iter().map(|(name, _)| *name).collect();
    assert_eq!(said.keys().filter(|name| !known.contains(&name.as_str())).collect::<Vec<_>>(), [""; 0]);
    for (name, element) in META {
        let of = said.get(*name).unwrap_or_else(|| panic!("the page does not name `{name}`"));
        let kind = r#"<meta property="og:type" content="article">"#;
        let base = if *name == "og:type" { "" } else { kind };
        for text in SCRIPTS {
            let with = read(&page(&format!("{base}\n{element}"), text));
            check(name, of, &with, &read(&page(base, text)), false);
        }
    }
}

#[test]
fn a_whole_page_is_the_same_on_one_line_and_in_every_script() {
    let whole = |text: &str| {
        let is_last = |name: &str| {
            matches!(name, "isAccessibleForFree" | "conditionsOfAccess" | "copyrightYear" | "creativeWorkStatus")
        };
        let members: Vec<&str> =
            PROPERTIES.iter().filter(|(name, _)| !is_last(name)).map(|(_, member)| *member).collect();
        of_json_ld(&members, text)
    };
    let expected = shape(&read(&whole(SCRIPTS[0])));
    assert!(expected.len() > 60, "{expected:?}");
    for text in SCRIPTS {
        let source = whole(text);
        let minified: String = source.lines().map(str::trim).collect();
        assert_eq!(read(&minified).drafts, read(&source).drafts, "{text}");
        assert_eq!(shape(&read(&source)), expected, "{text}");
        assert!(web_page::recognises(minified.as_bytes()), "{text}");
    }
}
