//! Whole pages in small: each rule of what a page says, and which of its parts is believed.

use entity::article::{Genre, PubStatus};

use super::*;
use crate::draft::{Contributor, EmbedKind, Image};

const URL: &str = "https://news.example/2024/moon";

fn read_at(page: &str) -> Reading {
    let defaults =
        Defaults { time_zone: "Europe/Berlin".parse().unwrap(), base: Url::parse(URL).ok(), ..Defaults::default() };
    read(page.as_bytes(), &defaults).unwrap()
}

fn article(page: &str) -> Article {
    let mut reading = read_at(page);
    match reading.drafts.pop() {
        Some(Draft::Article(article)) => *article,
        other => panic!("{other:?} {:?}", reading.skipped),
    }
}

/// The article of a page whose JSON-LD has these members.
fn of_json_ld(members: &str) -> Article {
    article(&page_of_json_ld(members))
}

fn page_of_json_ld(members: &str) -> String {
    format!(
        "<!doctype html><html><head><script type='application/ld+json'>\
         {{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\"headline\":\"The Moon\",{members}}}</script></head></html>"
    )
}

fn skipped(page: &str) -> String {
    let reading = read_at(page);
    assert!(reading.drafts.is_empty(), "{:?}", reading.drafts);
    reading.skipped[0].message.clone()
}

fn time(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    Some(text.parse().unwrap())
}

fn names(contributors: &[Contributor]) -> Vec<&str> {
    contributors.iter().map(|contributor| contributor.name.as_str()).collect()
}

fn topics(article: &Article) -> Vec<&str> {
    article.topics.iter().map(|topic| topic.name.as_str()).collect()
}

#[test]
fn an_article_of_schema_org_is_read_whole() {
    let article = of_json_ld(
        r#""@id": "https://news.example/id/1", "url": "/2024/moon?a=1#top", "inLanguage": "en_gb",
        "description": "Who &amp; why", "datePublished": "2024-02-08T09:30:00+01:00", "dateModified": "2024-02-08 10:30",
        "expires": "2030-01-01T00:00:00Z", "version": 3, "genre": "Interview", "dateline": "PARIS, Feb 8",
        "author": [{"@type": "Person", "name": "Ada Lovelace", "url": "/ada", "description": "Writes on <b>engines</b>.",
            "image": "/ada.jpg", "sameAs": ["https://social.example/@ada", "javascript:alert(1)"]}, "Alan Turing"],
        "editor": {"name": "Kurt Gödel"}, "articleSection": ["Science", "Space"], "keywords": ["Moon", "space", "Law"],
        "contentLocation": {"name": "Paris", "geo": {"latitude": 48.85, "longitude": "2.35"}},
        "publisher": {"@type": "Organization", "name": "The News", "url": "https://news.example/"},
        "copyrightHolder": {"name": "The News Ltd"}, "copyrightYear": 2024, "license": "https://news.example/terms",
        "translationOfWork": {"@id": "https://nouvelles.example/lune"}, "isAccessibleForFree": "True",
        "correction": {"@type": "CorrectionComment", "text": "It is 384,400 km.", "datePublished": "2024-02-09T00:00:00Z"},
        "image": {"@type": "ImageObject", "url": "/moon.jpg", "width": "1200px", "height": {"value": 800},
                  "caption": "Full moon", "creditText": "Ann", "copyrightNotice": "© Ann"},
        "articleBody": "One.\n\nTwo.""#,
    );
    assert_eq!(article.uri, "https://news.example/id/1");
    assert_eq!(article.url.as_deref(), Some("https://news.example/2024/moon?a=1"));
    assert_eq!((article.version, article.language.as_deref()), (Some(3), Some("en-GB")));
    assert_eq!((article.headline.as_str(), article.standfirst.as_deref()), ("The Moon", Some("Who & why")));
    assert_eq!(
        (article.published_at, article.updated_at),
        (time("2024-02-08T08:30:00Z"), time("2024-02-08T09:30:00Z"))
    );
    assert_eq!((article.expires_at, article.genre), (time("2030-01-01T00:00:00Z"), Some(Genre::Interview)));
    assert_eq!(article.dateline.as_deref(), Some("PARIS, Feb 8"));
    assert_eq!((article.places[0].name.as_str(), article.places[0].longitude), ("Paris", Some(2.35)));
    assert_eq!(names(&article.contributors), ["Ada Lovelace", "Alan Turing", "Kurt Gödel"]);
    let roles: Vec<_> = article.contributors.iter().map(|contributor| contributor.role.as_deref()).collect();
    assert_eq!(roles, [Some("author"), Some("author"), Some("editor")]);
    let ada = &article.contributors[0];
    assert_eq!(ada.uri.as_deref(), Some("https://news.example/ada"));
    assert_eq!(ada.biography.as_deref(), Some("Writes on engines."));
    assert_eq!(ada.image.as_ref().map(|image| image.uri.as_str()), Some("https://news.example/ada.jpg"));
    assert_eq!(ada.links, ["https://social.example/@ada"]);
    assert_eq!(article.section.as_ref().map(|section| section.name.as_str()), Some("Science"));
    assert_eq!(topics(&article), ["Moon", "space", "Law"]);
    let source = article.source.as_ref().unwrap();
    assert_eq!((source.name.as_str(), source.url.as_deref()), ("The News", Some("https://news.example/")));
    assert_eq!(article.copyright_notice.as_deref(), Some("© 2024 The News Ltd"));
    assert_eq!(article.usage_terms.as_deref(), Some("https://news.example/terms"));
    assert_eq!(article.translation_of.as_deref(), Some("https://nouvelles.example/lune"));
    assert_eq!(
        (article.corrections[0].text.as_str(), article.corrections[0].at),
        ("It is 384,400 km.", time("2024-02-09T00:00:00Z"))
    );
    let image = article.lead_image.as_ref().unwrap();
    assert_eq!(
        (image.uri.as_str(), image.width, image.height),
        ("https://news.example/moon.jpg", Some(1200), Some(800))
    );
    assert_eq!((image.caption.as_deref(), image.credit.as_deref()), (Some("Full moon"), Some("Ann")));
    assert_eq!(image.copyright_notice.as_deref(), Some("© Ann"));
    assert_eq!(article.body.iter().map(Block::text).collect::<Vec<_>>(), ["One.", "Two."]);
}

#[test]
fn things_of_a_graph_are_found_by_reference() {
    let article = article(
        r##"<!doctype html><script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
        {"@type": "WebPage", "@id": "https://news.example/2024/moon", "inLanguage": "fr", "primaryImageOfPage": {"@id": "#i"}},
        {"@type": ["Article", "OpinionNewsArticle"], "@id": "https://news.example/2024/moon#article", "headline": "The Moon",
         "author": {"@id": "#ada"}, "publisher": {"@id": "#news"}, "image": {"@id": "#i"},
         "mainEntityOfPage": {"@id": "https://news.example/2024/moon"}},
        {"@type": "Person", "@id": "#ada", "name": "Ada Lovelace"}, {"@type": "Organization", "@id": "#news", "name": "News"},
        {"@type": "ImageObject", "@id": "#i", "contentUrl": "/i.jpg", "width": 10, "height": 10}]}</script>"##,
    );
    assert_eq!((article.uri.as_str(), article.url.as_deref()), (URL, Some(URL)));
    assert_eq!((article.genre, article.language.as_deref()), (Some(Genre::Opinion), Some("fr")));
    assert_eq!(names(&article.contributors), ["Ada Lovelace"]);
    assert_eq!(article.source.unwrap().name, "News");
    assert_eq!(article.lead_image.unwrap().width, Some(10));
}

#[test]
fn json_ld_outweighs_microdata_and_that_outweighs_meta() {
    let meta = "<title>Title - News</title><meta property=og:type content=article>\
                <meta property=og:title content=OpenGraph><meta property=article:section content=Meta>\
                <meta name=description content='Of the meta'><meta property=og:site_name content=News>";
    let microdata = "<div itemscope itemtype=https://schema.org/NewsArticle><h2 itemprop=headline>OpenGraph</h2>\
                     <span itemprop=articleSection>Micro</span></div>";
    let json_ld = "<script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"JSON-LD\"}</script>";
    let page = article(&format!("{meta}{microdata}{json_ld}"));
    assert_eq!((page.headline.as_str(), page.section.unwrap().name.as_str()), ("JSON-LD", "Micro"));
    assert_eq!(page.standfirst.as_deref(), Some("Of the meta"));
    assert_eq!(article(&format!("{meta}{microdata}")).section.unwrap().name, "Micro");
    assert_eq!(article(meta).headline, "OpenGraph");
    assert_eq!(
        article(
            "<title>Title - News</title><meta name=application-name content=News><meta name=date content=2024-01-02>"
        )
        .headline,
        "Title"
    );
}

#[test]
fn meta_elements_are_read_by_many_names() {
    let page = |meta: &str| article(&format!("<title>T</title><meta property=og:type content=article>{meta}"));
    for name in
        ["article:published_time", "DC.date.issued", "parsely-pub-date", "sailthru.date", "citation_date", "date"]
    {
        let meta = format!("<meta name='{name}' content='8. Februar 2024, 9.30 Uhr'>");
        assert_eq!(page(&meta).published_at, time("2024-02-08T08:30:00Z"), "{name}");
    }
    assert_eq!(page("<time datetime='2024-02-08T08:30Z'>x</time>").published_at, time("2024-02-08T08:30:00Z"));
    let authors = page("<meta name=author content='By Ada Lovelace and Alan Turing'>");
    assert_eq!(names(&authors.contributors), ["Ada Lovelace", "Alan Turing"]);
    assert_eq!(authors.byline.as_deref(), Some("Ada Lovelace and Alan Turing"));
    assert_eq!(names(&page("<meta name=citation_author content='Lovelace, Ada'>").contributors), ["Ada Lovelace"]);
    assert_eq!(names(&page("<meta property=article:author content='https://f.example/ada'>").contributors), [""; 0]);
    let tags =
        page("<meta property=article:section content=EU><meta name=news_keywords content='Moon, eu, moon; Law'>");
    assert_eq!(topics(&tags), ["Moon, eu, moon", "Law"]);
    let tags = page(
        "<meta property=article:section content=EU><meta property=article:tag content=eu><meta property=article:tag content=Moon>",
    );
    assert_eq!(topics(&tags), ["Moon"]);
    assert_eq!(page("<meta property=og:locale content=de_AT>").language.as_deref(), Some("de-AT"));
    assert_eq!(
        page("<a rel='license nofollow' href=https://l.example/by>CC</a>").usage_terms.as_deref(),
        Some("https://l.example/by")
    );
    assert_eq!(page("<meta name=copyright content='© News'>").copyright_notice.as_deref(), Some("© News"));
    assert_eq!(page("<meta property=article:opinion content=true>").genre, Some(Genre::Opinion));
    let image = page(
        "<meta property=og:image content=/a.jpg><meta property=og:image:width content=640><meta property=og:image:alt content=A>",
    );
    let image = image.lead_image.unwrap();
    assert_eq!(
        (image.uri.as_str(), image.width, image.alt.as_deref()),
        ("https://news.example/a.jpg", Some(640), Some("A"))
    );
}

#[test]
fn the_widest_picture_is_taken_and_completed() {
    let uri = |article: Article| article.lead_image.map(|Image { uri, .. }| uri).unwrap_or_default();
    assert_eq!(uri(of_json_ld(r#""image": "https://a.example/1.jpg""#)), "https://a.example/1.jpg");
    assert_eq!(
        uri(of_json_ld(r#""image": ["https://a.example/1.jpg", "https://a.example/2.jpg"]"#)),
        "https://a.example/1.jpg"
    );
    let sizes =
        r#""image": [{"url": "/s.jpg", "width": 10, "height": 10}, {"url": "/l.jpg", "width": 90, "height": 90}]"#;
    assert_eq!(uri(of_json_ld(sizes)), "https://news.example/l.jpg");
    assert_eq!(
        uri(of_json_ld(r#""image": "<img src=x.jpg>", "thumbnailUrl": "/t.jpg""#)),
        "https://news.example/t.jpg"
    );
    let page = page_of_json_ld(r#""image": "/a.jpg""#)
        + "<meta property=og:image content=/a.jpg><meta property=og:image:width content=7><meta property=og:image:height content=7>";
    assert_eq!(article(&page).lead_image.unwrap().width, Some(7));
}

#[test]
fn genres_and_statuses_are_told_by_type_and_property() {
    let genre = |kind: &str| {
        article(&format!(
            "<!doctype html><script type=application/ld+json>{{\"@type\":\"{kind}\",\"headline\":\"H\"}}</script>"
        ))
        .genre
    };
    assert_eq!(genre("https://schema.org/AnalysisNewsArticle"), Some(Genre::Analysis));
    assert_eq!(genre("schema:BackgroundNewsArticle"), Some(Genre::Background));
    assert_eq!(genre("LiveBlogPosting"), Some(Genre::Current));
    assert_eq!(genre("AdvertiserContentArticle"), Some(Genre::Other));
    assert_eq!(genre("NewsArticle"), None);
    assert_eq!(of_json_ld(r#""creativeWorkStatus": "Retracted""#).status, PubStatus::Canceled);
    assert_eq!(of_json_ld(r#""creativeWorkStatus": "Draft""#).status, PubStatus::Withheld);
    assert_eq!(
        of_json_ld(r#""creativeWorkStatus": "Published", "datePublished": "2024-02-08""#).status,
        PubStatus::Usable
    );
}

#[test]
fn a_live_blog_is_a_text_with_a_heading_for_each_entry() {
    let article = of_json_ld(
        r#""liveBlogUpdate": [{"headline": "Lift-off", "articleBody": "At last."}, {"headline": "Landing", "articleBody": "<b>Safe.</b>"}]"#,
    );
    assert_eq!(article.body.iter().map(Block::text).collect::<Vec<_>>(), ["Lift-off", "At last.", "Landing", "Safe."]);
}

#[test]
fn each_entry_of_a_live_blog_has_its_time() {
    let article = of_json_ld(
        r#""liveBlogUpdate": [{"headline": "Lift-off", "datePublished": "2026-11-29T09:00:00+01:00", "articleBody": "At last."},
            {"dateCreated": "half past ten", "articleBody": "Safe."}]"#,
    );
    let texts: Vec<_> = article.body.iter().map(Block::text).collect();
    assert_eq!(texts, ["Lift-off", "2026-11-29 09:00 +01:00", "At last.", "half past ten", "Safe."]);
}

#[test]
fn how_content_came_to_be_is_kept_of_the_article_and_its_picture() {
    let article = of_json_ld(
        r#""digitalSourceType": {"@id": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"},
            "image": {"@type": "ImageObject", "url": "https://m.example/1.jpg", "digitalSourceType": "digitalCapture"}"#,
    );
    assert!(article.digital_source_type.unwrap().ends_with("/trainedAlgorithmicMedia"));
    assert_eq!(article.lead_image.unwrap().digital_source_type.as_deref(), Some("digitalCapture"));
}

#[test]
fn a_modification_before_the_publication_is_kept_with_a_warning() {
    let page = page_of_json_ld(r#""datePublished": "2024-02-08", "dateModified": "2024-02-07""#);
    let reading = read_at(&page);
    assert_eq!(reading.warnings[0].at, "dateModified");
    assert_eq!(article(&page).updated_at, time("2024-02-06T23:00:00Z"));
}

#[test]
fn a_time_that_cannot_be_read_gives_way_to_the_next_with_a_warning() {
    let page = page_of_json_ld(r#""datePublished": "soon""#)
        + "<meta property=article:published_time content=2024-02-08T00:00Z>";
    let reading = read_at(&page);
    assert_eq!(reading.warnings[0].to_string(), "JSON-LD datePublished: `soon` is no time that is known");
    assert_eq!(article(&page).published_at, time("2024-02-08T00:00:00Z"));
}

#[test]
fn the_text_of_the_page_is_searched_when_none_is_stated() {
    let paragraph =
        "<p>The treaties say that <a href='/law'>no nation</a> may own the Moon, nor any part of it, by any means.</p>";
    let page = format!(
        "<title>The Moon</title><meta property=og:type content=article><nav><a href=/>Home</a></nav>\
         <article><h1>The Moon</h1>{}<img src=/a.jpg alt=A></article><footer>Imprint</footer>",
        paragraph.repeat(12)
    );
    let article = article(&page);
    assert_eq!(article.body.len(), 13, "{:?}", article.body);
    let Block::Paragraph { html } = &article.body[0] else { panic!("{:?}", article.body[0]) };
    assert!(html.html().contains("<a href=\"https://news.example/law\">no nation</a>"), "{}", html.html());
    assert!(matches!(&article.body[12], Block::Image { image } if image.uri == "https://news.example/a.jpg"));
}

#[test]
fn pages_that_are_no_article_are_skipped_with_the_reason() {
    let home = "<title>News</title><link rel=canonical href=https://news.example/><meta name=author content=News>";
    assert_eq!(skipped(home), "the home page of a site, not an article");
    let teasers = |url: &str| {
        let teaser = |n| {
            format!("{{\"@type\":\"NewsArticle\",\"headline\":\"Teaser {n}\",\"url\":\"https://news.example/{n}\"}}")
        };
        format!(
            "<title>News</title><link rel=canonical href={url}><script type=application/ld+json>[{},{}]</script>",
            teaser(1),
            teaser(2)
        )
    };
    assert_eq!(skipped(&teasers("https://news.example/")), "the home page of a site, not an article");
    assert_eq!(
        skipped(
            "<title>Search</title><link rel=canonical href='https://news.example/?q=moon'><meta name=date content=2024-01-01>"
        ),
        "results of a search, not an article"
    );
    assert_eq!(
        skipped(
            "<title>Moon</title><script type=application/ld+json>{\"@type\":\"CollectionPage\"}</script><meta property=og:type content=article>"
        ),
        "a page of the type collectionpage, not an article"
    );
    assert!(skipped("<title>Imprint</title><p>Address").starts_with("no sign of an article"));
}

#[test]
fn an_article_needs_an_address_and_a_headline() {
    let page = page_of_json_ld(r#""inLanguage": "en""#);
    let reading = read(page.as_bytes(), &Defaults::default()).unwrap();
    assert!(reading.skipped[0].message.starts_with("an article without identity"), "{:?}", reading.skipped);
    assert!(
        skipped("<html><script type=application/ld+json>{\"@type\":\"Article\"}</script>")
            .starts_with("an article without a headline")
    );
}

#[test]
fn an_article_outweighs_others_of_its_page() {
    let article = article(
        r#"<title>The Moon</title><script type="application/ld+json">[
        {"@type": "NewsArticle", "headline": "Other", "url": "https://news.example/other", "author": "Not Me", "keywords": "x"},
        {"@type": "Article", "headline": "The Moon", "url": "http://www.news.example/2024/moon/"}]</script>"#,
    );
    assert_eq!((article.headline.as_str(), names(&article.contributors)), ("The Moon", vec![]));
}

#[test]
fn a_teaser_in_microdata_adds_nothing_to_the_article() {
    let teaser = "<div itemscope itemtype=https://schema.org/NewsArticle><h3 itemprop=headline>Mars</h3><i itemprop=author>X Y</i></div>";
    assert!(article(&(page_of_json_ld(r#""inLanguage": "en""#) + teaser)).contributors.is_empty());
}

#[test]
fn web_pages_are_recognised_by_their_beginning() {
    for page in [
        "<!DOCTYPE html><title>x",
        "\u{feff}  <!-- c --><html lang=en>",
        "<?xml version='1.0'?><!doctype HTML PUBLIC>",
        "<head>",
    ] {
        assert!(recognises(page.as_bytes()), "{page}");
    }
    assert!(recognises(b"\xff\xfe<\0h\0t\0m\0l\0>\0"));
    for other in [
        "",
        "{\"html\": 1}",
        "<rss>",
        "<nitf><head>",
        "<?xml version='1.0'?><feed>",
        "<!doctype nitf>",
        "<header>",
        "<!--",
    ] {
        assert!(!recognises(other.as_bytes()), "{other}");
    }
}

#[test]
fn what_is_no_web_page_is_a_problem() {
    for other in ["", "plain text", "{\"a\": 1}", "<rss><channel/></rss>"] {
        assert!(read(other.as_bytes(), &Defaults::default()).is_err(), "{other}");
    }
    assert!(read(&vec![b' '; SIZE + 1], &Defaults::default()).is_err());
    assert!(read("<div>".repeat(100_000).as_bytes(), &Defaults::default()).is_err());
}

#[test]
fn markup_in_properties_takes_bounded_time() {
    let deep = "<div><b>".repeat(20_000);
    let article =
        of_json_ld(&format!(r#""description": "{deep}", "author": "{deep}", "articleBody": "{deep}<p>x</p>""#));
    assert!(article.body.is_empty());
}

#[test]
fn videos_and_sounds_of_json_ld_follow_the_text() {
    let page = r#"<!doctype html><html><head><title>Trams burn</title><script type="application/ld+json">
        {"@context":"https://schema.org","@type":"NewsArticle","headline":"Trams burn","url":"https://news.example/trams",
         "articleBody":"The depot burned.","video":{"@type":"VideoObject","name":"Fire","description":"The fire at night.",
         "contentUrl":"https://m.example/v.mp4","thumbnailUrl":"https://m.example/v.jpg","duration":"PT1M9S","width":640,
         "encodingFormat":"video/mp4"},
         "audio":[{"@type":"AudioObject","contentUrl":"/a.mp3"}],
         "associatedMedia":[{"@type":"ImageObject","contentUrl":"https://m.example/p.jpg"},
         {"@type":"VideoObject","embedUrl":"https://www.youtube.com/embed/1","name":"Live"}]}</script></head><body></body></html>"#;
    let article = article(page);
    let [_, Block::Video(video), Block::Audio(audio), Block::Embed { url, kind, provider, .. }] = &article.body[..]
    else {
        panic!("{:?}", article.body)
    };
    assert_eq!(
        (video.url.as_str(), video.duration_seconds, video.width),
        ("https://m.example/v.mp4", Some(69.0), Some(640))
    );
    assert_eq!((video.title.as_deref(), video.caption.as_deref()), (Some("Fire"), Some("The fire at night.")));
    assert_eq!(video.poster.as_ref().unwrap().uri, "https://m.example/v.jpg");
    assert_eq!(audio.url, "https://news.example/a.mp3");
    assert_eq!(
        (url.as_str(), *kind, provider.as_deref()),
        ("https://www.youtube.com/embed/1", Some(EmbedKind::Video), Some("YouTube"))
    );
}

/// A page with JSON-LD in its head and markup in its body.
fn with_body(members: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><script type='application/ld+json'>{{\"@context\": \"https://schema.org\", \
         \"@type\": \"NewsArticle\", \"headline\": \"Ferry returns\", {members}}}</script></head><body>{body}</body></html>"
    )
}

const DATED: &str = r#""datePublished": "2026-11-30T06:00:00Z""#;

#[test]
fn flashes_keep_their_text_in_every_script() {
    for text in ["The ferry is back.", "Паром вернулся.", "渡轮回来了。", "عادت العبارة."]
    {
        for body in [
            format!("<nav><p>Menu</p></nav><article><h1>Ferry returns</h1><p>{text}</p><p>{text}</p></article>"),
            format!("<main><p>{text}</p><p>{text}</p></main><footer><p>Imprint</p></footer>"),
            format!("<div><p>{text}</p></div><div><p>{text}</p></div>"),
            format!("<article><div itemprop=articleBody><p>{text}</p><p>{text}</p></div><p>Share this</p></article>"),
        ] {
            let article = article(&with_body(DATED, &body));
            assert_eq!(article.body.iter().map(Block::text).collect::<Vec<_>>(), [text, text], "{body}");
        }
    }
    let reading = read_at(&with_body(DATED, "<div id=app></div>"));
    assert!(reading.warnings.iter().any(|note| note.to_string().starts_with("body: no text was found")));
}

#[test]
fn the_markup_of_the_page_is_taken_where_it_holds_the_stated_text() {
    let long = "The ferry to the islands is back after a week in the yard, and the first cars were on board at six. "
        .repeat(3);
    for sentence in ["It is back. ".to_owned(), long, "渡轮今天早上回来了，港口很忙。".to_owned()] {
        let sentence = sentence.trim();
        let markup = format!(
            "<article><h1>Ferry returns</h1><p>{sentence} <a href='/more'>More</a>.</p>\
             <figure><img src='/quay.jpg' alt='Quay'><figcaption>The quay</figcaption></figure>\
             <h2>What is next</h2><blockquote><p>We are glad.</p></blockquote><ul><li>Fares</li><li>Times</li></ul>\
             <p>{sentence}</p></article><aside><p>Other news of the day</p></aside>"
        );
        let stated = format!("\"articleBody\": \"{sentence} More.\\n\\n{sentence}\", {DATED}");
        let article = article(&with_body(&stated, &markup));
        let kinds: Vec<&str> = article
            .body
            .iter()
            .map(|block| match block {
                Block::Paragraph { .. } => "p",
                Block::Heading { .. } => "h",
                Block::Image { .. } => "i",
                Block::Quote { .. } => "q",
                Block::List { .. } => "l",
                _ => "?",
            })
            .collect();
        assert_eq!(kinds, ["p", "i", "h", "q", "l", "p"], "{sentence}");
    }
    let other = with_body(
        &format!("\"articleBody\": \"Stated text alone.\", {DATED}"),
        "<article><p>Log in to read.</p></article>",
    );
    assert_eq!(article(&other).body.iter().map(Block::text).collect::<Vec<_>>(), ["Stated text alone."]);
}

#[test]
fn the_byline_has_all_authors_in_order() {
    for (authors, expected) in [
        (r#"[{"@type": "Person", "name": "Kari Holm"}, "Ola Nord"]"#, "Kari Holm, Ola Nord"),
        (r#"["Kari Holm", {"@type": "Organization", "name": "Acme"}]"#, "Kari Holm, Acme"),
        (r#"[{"name": "Kari Holm"}, {"name": "Ola Nord"}]"#, "Kari Holm, Ola Nord"),
        (r#""By Kari Holm and Ola Nord""#, "Kari Holm and Ola Nord"),
        (r#"{"name": ["Kari Holm", "Ola Nord"]}"#, "Kari Holm, Ola Nord"),
        (r#"[{"name": "Kari Holm"}, {"name": "Kari Holm"}]"#, "Kari Holm"),
    ] {
        let article = of_json_ld(&format!("\"author\": {authors}"));
        assert_eq!(article.byline.as_deref(), Some(expected), "{authors}");
        let named: Vec<String> = names(&article.contributors).into_iter().map(str::to_owned).collect();
        assert!(named.iter().all(|name| expected.contains(name.as_str())), "{named:?}");
    }
    assert_eq!(of_json_ld("\"editor\": \"Eva Berg\"").byline, None);
    let page = |content: &str| {
        article(&format!(
            "<title>T</title><meta property=og:type content=article><meta name=author content='{content}'>"
        ))
    };
    for content in ["Kari Holm, Ola Nord", "Holm, Nord, Berg", "王伟, 李娜"] {
        let article = page(content);
        assert_eq!(article.byline.as_deref(), Some(content));
        assert_eq!(names(&article.contributors), content.split(", ").collect::<Vec<_>>(), "{content}");
    }
    assert_eq!(names(&page("王伟、李娜").contributors), ["王伟", "李娜"]);
    assert_eq!(names(&page("Holm, Kari").contributors), ["Holm, Kari"]);
    assert_eq!(names(&page("Martin Luther King, Jr.").contributors), ["Martin Luther King, Jr."]);
    assert_eq!(names(&page("Kari Holm, PhD").contributors), ["Kari Holm, PhD"]);
}

#[test]
fn further_pictures_stand_behind_the_text_once() {
    let article = of_json_ld(
        r#""articleBody": "Text.", "image": ["https://m.example/16x9/quay.jpg", "https://m.example/1x1/quay.jpg",
        "https://m.example/quay-1200x675.jpg", {"@type": "ImageObject", "url": "https://m.example/crew.jpg", "caption": "The crew"},
        {"@type": "ImageObject", "url": "https://m.example/crew-wide.jpg", "caption": "The crew"}]"#,
    );
    assert_eq!(article.lead_image.unwrap().uri, "https://m.example/16x9/quay.jpg");
    let [_, Block::Image { image }] = &article.body[..] else { panic!("{:?}", article.body) };
    assert_eq!((image.uri.as_str(), image.caption.as_deref()), ("https://m.example/crew.jpg", Some("The crew")));
}

#[test]
fn places_among_what_it_is_about_are_places() {
    let article = of_json_ld(
        r#""about": [{"@type": "City", "name": "Tromsø", "geo": {"@type": "GeoCoordinates", "latitude": 69.65, "longitude": 18.96},
        "address": {"addressCountry": "no"}}, {"@type": "Thing", "name": "Ferries"}],
        "mentions": [{"@type": "Country", "name": "Norway"}, {"@type": "Organization", "name": "Acme"}, {"@type": "City", "name": "Tromsø"}]"#,
    );
    assert_eq!(topics(&article), ["Ferries", "Acme"]);
    let places: Vec<_> = article
        .places
        .iter()
        .map(|place| (place.name.as_str(), place.latitude, place.country_code.as_deref()))
        .collect();
    assert_eq!(places, [("Tromsø", Some(69.65), Some("NO")), ("Norway", None, None)]);
}

#[test]
fn a_text_that_is_not_for_everybody_is_left_out() {
    let paragraphs = "<article><p>The paid text.</p></article>";
    for paid in [
        r#""isAccessibleForFree": false"#,
        r#""isAccessibleForFree": "False""#,
        r#""isAccessibleForFree": "http://schema.org/False""#,
        r#""conditionsOfAccess": "Subscribers only""#,
        r#""isAccessibleForFree": false, "articleBody": "The paid text.""#,
    ] {
        let page = with_body(&format!("{paid}, \"description\": \"In short.\", {DATED}"), paragraphs);
        let mut reading = read_at(&page);
        assert!(reading.warnings.iter().any(|note| note.message.contains("not for everybody")), "{paid}");
        let Some(Draft::Article(article)) = reading.drafts.pop() else { panic!("{paid}") };
        assert!(!serde_json::to_string(&article).unwrap().contains("The paid text"), "{paid}");
        assert_eq!(article.standfirst.as_deref(), Some("In short."));
    }
    for free in [r#""isAccessibleForFree": true, "conditionsOfAccess": "Free""#, r#""isAccessibleForFree": "True""#] {
        assert_eq!(article(&with_body(&format!("{free}, {DATED}"), paragraphs)).body.len(), 1, "{free}");
    }
}

#[test]
fn corrections_stand_oldest_first_and_licences_beside_what_else_there_is_to_know() {
    let article = of_json_ld(
        r#""correction": ["Undated.", {"@type": "CorrectionComment", "text": "Second.", "datePublished": "2026-11-30T11:30:00Z"},
        {"@type": "CorrectionComment", "text": "First.", "dateCreated": "2026-11-30T10:00:00Z"}],
        "license": "https://news.example/license", "usageInfo": ["https://news.example/usage", "https://news.example/license"]"#,
    );
    let texts: Vec<_> = article.corrections.iter().map(|correction| correction.text.as_str()).collect();
    assert_eq!(texts, ["First.", "Second.", "Undated."]);
    assert_eq!(article.corrections[0].at, time("2026-11-30T10:00:00Z"));
    assert_eq!(article.usage_terms.as_deref(), Some("https://news.example/license; https://news.example/usage"));
}

#[test]
fn entries_of_a_live_blog_keep_their_pictures_and_authors() {
    let article = article(&with_body(
        r#""@type": "LiveBlogPosting", "datePublished": "2026-11-30T06:00:00Z", "author": {"name": "Desk Editor"},
        "liveBlogUpdate": [{"@type": "BlogPosting", "headline": "Ship in sight", "articleBody": "It is near.",
          "image": {"@type": "ImageObject", "url": "https://m.example/ship.jpg", "caption": "The ship"},
          "video": {"@type": "VideoObject", "name": "Clip", "embedUrl": "https://v.example/1"}, "author": {"name": "Liv Lie"}},
         {"@type": "BlogPosting", "headline": "Moored", "articleBody": "It is there."}]"#,
        "",
    ));
    let kinds: Vec<String> = article
        .body
        .iter()
        .map(|block| match block {
            Block::Image { image } => format!("image {}", image.caption.clone().unwrap_or_default()),
            Block::Embed { url, .. } => format!("embed {url}"),
            block => block.text(),
        })
        .collect();
    assert_eq!(
        kinds,
        ["Ship in sight", "It is near.", "image The ship", "embed https://v.example/1", "Moored", "It is there."]
    );
    assert_eq!(names(&article.contributors), ["Desk Editor", "Liv Lie"]);
    assert_eq!(article.byline.as_deref(), Some("Desk Editor"));
}

#[test]
fn a_page_without_a_time_is_held_back_and_none_is_made_up() {
    let of = |members: &str, head: &str| {
        let page =
            with_body(members, "<article><p>Old text.</p></article>").replace("<head>", &format!("<head>{head}"));
        let mut reading = read_at(&page);
        let notes: Vec<String> = reading.warnings.iter().map(ToString::to_string).collect();
        let Some(Draft::Article(article)) = reading.drafts.pop() else { panic!("{notes:?}") };
        (article.published_at, article.status, notes)
    };
    let (published, status, notes) = of(r#""version": 1"#, "");
    assert_eq!((published, status), (None, PubStatus::Withheld));
    assert!(notes.iter().any(|note| note.contains("no time found")), "{notes:?}");
    let modified = "<meta property=article:modified_time content='2022-05-10T15:22:00Z'>";
    assert_eq!(of(r#""version": 1"#, modified).0, time("2022-05-10T15:22:00Z"));
    assert_eq!(of(r#""version": 1"#, modified).1, PubStatus::Usable);
    let stated = "<meta name=date content='10/05/2022 05:22 pm'>";
    let (published, status, notes) = of(r#""version": 1"#, stated);
    assert_eq!((published, status), (None, PubStatus::Withheld));
    assert!(notes.iter().any(|note| note.contains("may be two days")), "{notes:?}");
    let at = |tag: &str| {
        let page = with_body(r#""version": 1"#, "<article><p>Old text.</p></article>");
        article(&page.replace("<head>", &format!("<head>{stated}")).replace("lang=en", &format!("lang={tag}")))
            .published_at
    };
    assert_eq!(at("en-US"), time("2022-10-05T15:22:00Z"));
    assert_eq!(at("en-GB"), time("2022-05-10T15:22:00Z"));
    assert_eq!(at("fr"), time("2022-05-10T15:22:00Z"));
    let (published, status, notes) = of(r#""datePublished": "2022-05-10 05:22 XYZ""#, "");
    assert_eq!((published, status), (None, PubStatus::Withheld));
    assert!(notes.iter().any(|note| note.contains("`XYZ`")), "{notes:?}");
}
