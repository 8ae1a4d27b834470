//! Rules of the family, each by a small feed.

use super::*;
use crate::draft::{Article, Block, Draft};
use entity::article::PubStatus;

const NAMESPACES: &str = "xmlns:media='http://search.yahoo.com/mrss/' xmlns:dc='http://purl.org/dc/elements/1.1/' \
                          xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:atom='http://www.w3.org/2005/Atom' \
                          xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:dcterms='http://purl.org/dc/terms/' \
                          xmlns:georss='http://www.georss.org/georss'";

fn rss(channel: &str, items: &[&str]) -> String {
    let items: String = items.iter().map(|item| format!("<item>{item}</item>")).collect();
    format!("<rss version='2.0' {NAMESPACES}><channel>{channel}{items}</channel></rss>")
}

fn reading(source: &str) -> Reading {
    super::read(source.as_bytes(), &Defaults::default()).unwrap()
}

fn articles(source: &str) -> Vec<Article> {
    let article = |draft| match draft {
        Draft::Article(article) => *article,
        other => panic!("{other:?}"),
    };
    reading(source).drafts.into_iter().map(article).collect()
}

/// The article of an item with an identity and a title.
fn article(item: &str) -> Article {
    let item = format!("<guid>urn:x:1</guid><title>Title</title>{item}");
    let mut articles = articles(&rss("<title>News</title><link>https://news.example/</link>", &[&item]));
    assert_eq!(articles.len(), 1);
    articles.remove(0)
}

fn uris(channel: &str, items: &[&str]) -> Vec<String> {
    articles(&rss(channel, items)).into_iter().map(|article| article.uri).collect()
}

fn texts(article: &Article) -> Vec<String> {
    article.body.iter().map(Block::text).collect()
}

#[test]
fn an_id_that_is_not_unique_stands_behind_the_address_of_the_feed() {
    let items = ["<title>a</title><guid isPermaLink='false'>1234</guid>"];
    assert_eq!(uris("<link>https://n.example/?utm_source=rss&amp;c=1</link>", &items), ["https://n.example/?c=1#1234"]);
    assert_eq!(uris("<title>The News</title>", &items), ["urn:feed:the-news:1234"]);
    // Both are transliterated as `shi-bao`.
    assert_eq!(uris("<title>时报</title>", &items), ["urn:feed:%E6%97%B6%E6%8A%A5:1234"]);
    assert_eq!(uris("<title>史报</title>", &items), ["urn:feed:%E5%8F%B2%E6%8A%A5:1234"]);
    let reading = reading(&rss("", &items));
    assert_eq!(reading.drafts[0].uri(), "1234");
    assert_eq!(reading.warnings.len(), 1);
}

#[test]
fn an_id_that_is_unique_stays_as_it_is() {
    for id in
        ["https://n.example/?p=1", "urn:uuid:1234", "tag:n.example,2024:1", "5d420f3abfe6c20008d5eaad", "yt:video:a"]
    {
        let item = format!("<title>a</title><guid isPermaLink='false'>{id}</guid>");
        assert_eq!(uris("<link>https://n.example/</link>", &[&item]), [id]);
    }
}

#[test]
fn an_item_without_an_id_is_known_by_its_link_and_one_without_both_is_left_out() {
    let reading = reading(&rss("", &["<title>a</title><link>https://n.example/a</link>", "<title>b</title>"]));
    assert_eq!(reading.drafts[0].uri(), "https://n.example/a");
    assert_eq!(reading.skipped[0].at, "item 2 (line 1)");
}

#[test]
fn an_item_with_a_sound_alone_is_known_by_it() {
    let item = "<description>A song.</description><enclosure url='https://n.example/a.mp3' type='audio/mpeg'/>";
    assert_eq!(uris("", &[item]), ["https://n.example/a.mp3"]);
}

#[test]
fn an_id_that_items_share_is_none() {
    let items = [
        "<title>a</title><guid isPermaLink='false'>0</guid><link>https://n.example/a</link>",
        "<title>b</title><guid isPermaLink='false'>0</guid><link>https://n.example/b</link>",
        "<title>b</title><link>https://n.example/b</link>",
    ];
    let reading = reading(&rss("", &items));
    let uris: Vec<_> = reading.drafts.iter().map(Draft::uri).collect();
    assert_eq!(uris, ["https://n.example/a", "https://n.example/b"]);
    assert_eq!((reading.warnings.len(), reading.skipped.len()), (2, 1));
}

#[test]
fn titles_are_decoded_once() {
    let title = |item: &str| articles(item).remove(0).headline;
    assert_eq!(
        title(&rss("", &["<guid>urn:x</guid><title>AT&amp;amp;T &lt;b&gt;wins&lt;/b&gt;</title>"])),
        "AT&T wins"
    );
    let atom =
        |title: &str| format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>urn:x</id>{title}</entry></feed>");
    assert_eq!(title(&atom("<title>How to use &lt;b&gt; &amp;amp; co</title>")), "How to use <b> &amp; co");
    assert_eq!(title(&atom("<title type='html'>AT&amp;amp;T &lt;b&gt;wins&lt;/b&gt;</title>")), "AT&T wins");
    let xhtml = "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>1 &lt; <b>2</b></div></title>";
    assert_eq!(title(&atom(xhtml)), "1 < 2");
}

#[test]
fn an_item_without_a_title_takes_the_first_words_of_its_summary() {
    let words = "Parliament voted on Monday for a law that had been in the making for more than eleven years.";
    let reading = reading(&rss("", &[&format!("<guid>urn:x</guid><description>{words}</description>")]));
    let Draft::Article(article) = &reading.drafts[0] else { panic!() };
    assert_eq!(article.headline, "Parliament voted on Monday for a law that had been in the making for more than…");
    assert_eq!(article.standfirst.as_deref(), Some(words));
    assert_eq!(reading.warnings.len(), 1);
    assert_eq!(
        super::read(rss("", &["<guid>urn:x</guid>"]).as_bytes(), &Defaults::default()).unwrap().skipped.len(),
        1
    );
}

#[test]
fn content_is_the_text_and_the_description_beside_it_the_standfirst() {
    let both = article(
        "<description>In short.</description>\
         <content:encoded><![CDATA[<p>One <a href='/a'>link</a>.</p><p>Two.</p>]]></content:encoded>",
    );
    assert_eq!(both.standfirst.as_deref(), Some("In short."));
    assert_eq!(texts(&both), ["One link.", "Two."]);
    let Block::Paragraph { html } = &both.body[0] else { panic!() };
    assert_eq!(html.html(), "One <a href=\"https://news.example/a\">link</a>.");
    let same = article("<description>Same.</description><content:encoded>&lt;p&gt;Same.&lt;/p&gt;</content:encoded>");
    assert_eq!((same.standfirst, same.body.len()), (None, 1));
}

#[test]
fn a_description_alone_is_the_standfirst_unless_it_is_long() {
    let short = article("<description>A summary\nof two lines.</description>");
    assert_eq!((short.standfirst.as_deref(), short.body.len()), (Some("A summary of two lines."), 0));
    let long = article("<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</description>");
    assert_eq!((long.standfirst.as_deref(), texts(&long)), (None, vec!["One.".to_owned(), "Two.".to_owned()]));
    let picture = article("<description>&lt;img src='/p.jpg' alt='A'&gt;&lt;br&gt;A summary.</description>");
    assert_eq!(picture.standfirst.as_deref(), Some("A summary."));
    assert_eq!(picture.lead_image.unwrap().uri, "https://news.example/p.jpg");
    assert!(picture.body.is_empty());
}

#[test]
fn the_picture_that_a_text_begins_with_is_the_lead_and_others_keep_their_place() {
    let first =
        article("<content:encoded><![CDATA[<img src='/1.jpg'><p>Text.</p><img src='/2.jpg'>]]></content:encoded>");
    assert_eq!(first.lead_image.unwrap().uri, "https://news.example/1.jpg");
    assert_eq!(first.body.len(), 2);
    let later = article("<content:encoded><![CDATA[<p>Text.</p><img src='/2.jpg'>]]></content:encoded>");
    assert_eq!(later.lead_image.unwrap().uri, "https://news.example/2.jpg");
    assert_eq!(later.body.len(), 2);
}

#[test]
fn what_counts_readers_is_no_picture() {
    let article = article(
        "<media:thumbnail url='https://n.example/t.gif' width='1' height='1'/><content:encoded><![CDATA[<p>Text.</p>\
         <img src='https://n.example/p.gif' width='1' height='1'><img src='https://n.example/tracking/a.png'>]]></content:encoded>",
    );
    assert_eq!((article.lead_image, article.body.len()), (None, 1));
}

#[test]
fn the_files_of_a_media_group_are_renditions_of_one_picture() {
    let article = article(
        "<media:group><media:content url='https://n.example/s.jpg' medium='image' width='300' height='200'/>\
         <media:content url='https://n.example/l.jpg' type='image/jpeg' width='1200' height='800'>\
         <media:credit role='photographer'>Ann (ann@n.example)</media:credit></media:content>\
         <media:description type='html'>&lt;b&gt;The&lt;/b&gt; port</media:description><media:copyright>(c) N</media:copyright>\
         </media:group><media:thumbnail url='https://n.example/t.jpg' width='80'/>",
    );
    let image = article.lead_image.unwrap();
    assert_eq!((image.uri.as_str(), image.width, image.height), ("https://n.example/l.jpg", Some(1200), Some(800)));
    assert_eq!((image.credit.as_deref(), image.caption.as_deref()), (Some("Ann"), Some("The port")));
    assert_eq!(image.copyright_notice.as_deref(), Some("(c) N"));
    let names: Vec<_> = image.renditions.iter().map(|rendition| rendition.name.as_str()).collect();
    assert_eq!(names, ["original", "300w", "80w"]);
    assert_eq!(image.renditions[0].media_type.as_deref(), Some("image/jpeg"));
}

#[test]
fn other_pictures_follow_the_text() {
    let article = article(
        "<media:content url='https://n.example/1.jpg' medium='image'/><media:content url='https://n.example/2.jpg' medium='image'/>\
         <media:content url='https://n.example/3.jpg' medium='image' isDefault='true'/>",
    );
    assert_eq!(article.lead_image.unwrap().uri, "https://n.example/3.jpg");
    assert_eq!(article.body.len(), 2);
}

#[test]
fn sounds_and_videos_stand_at_the_end() {
    let article = article(
        "<content:encoded><![CDATA[<p>Text.</p>]]></content:encoded>\
         <enclosure url='https://n.example/a.mp3' type='audio/mpeg' length='1'/>\
         <media:content url='https://n.example/a.mp3' type='audio/mpeg'/>\
         <media:content url='https://n.example/v.mp4' medium='video' duration='69' width='640'><media:title>Clip</media:title>\
         <media:thumbnail url='https://n.example/v.jpg'/></media:content>",
    );
    let [_, Block::Audio(sound), Block::Video(video)] = &article.body[..] else { panic!("{:?}", article.body) };
    assert_eq!((sound.url.as_str(), sound.media_type.as_deref()), ("https://n.example/a.mp3", Some("audio/mpeg")));
    assert_eq!((video.url.as_str(), video.title.as_deref()), ("https://n.example/v.mp4", Some("Clip")));
    assert_eq!((video.duration_seconds, video.width), (Some(69.0), Some(640)));
    assert_eq!(video.poster.as_ref().unwrap().uri, "https://n.example/v.jpg");
    assert_eq!(article.lead_image.unwrap().uri, "https://n.example/v.jpg");
}

#[test]
fn no_address_of_mail_is_read() {
    let article = article(
        "<author>a@n.example (Ann Author)</author><dc:creator>Ann Author</dc:creator><dc:creator>b@n.example</dc:creator>\
         <dc:contributor>Carl &lt;c@n.example&gt;</dc:contributor>",
    );
    assert_eq!(article.byline.as_deref(), Some("Ann Author"));
    assert!(!serde_json::to_string(&article).unwrap().contains('@'));
    let people: Vec<_> =
        article.contributors.iter().map(|person| (person.name.as_str(), person.role.as_deref())).collect();
    assert_eq!(people, [("Ann Author", Some("author")), ("Carl", Some("contributor"))]);
}

#[test]
fn authors_of_a_feed_in_atom_or_json_are_those_of_entries_without_any() {
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><author><name>Desk</name></author>\
                <entry><id>urn:1</id><title>a</title></entry>\
                <entry><id>urn:2</id><title>b</title><author><name>Ann</name></author></entry></feed>";
    let bylines: Vec<_> = articles(atom).into_iter().map(|article| article.byline.unwrap()).collect();
    assert_eq!(bylines, ["Desk", "Ann"]);
}

#[test]
fn only_codes_of_the_iptc_are_codes() {
    let article = article(
        "<category domain='http://cv.iptc.org/newscodes/mediatopic/'>11000000</category>\
         <category domain='https://n.example/tags'>11000001</category><category>medtop:04000000</category>\
         <dc:subject>Economy</dc:subject><category>Economy</category>\
         <atom:category term='http://cv.iptc.org/newscodes/mediatopic/15000000' label='Sport'/>",
    );
    let topics: Vec<_> = article.topics.iter().map(|topic| (topic.name.as_str(), topic.qcode.as_deref())).collect();
    assert_eq!(
        topics,
        [
            ("11000000", Some("medtop:11000000")),
            ("11000001", None),
            ("medtop:04000000", Some("medtop:04000000")),
            ("Economy", None),
            ("Sport", Some("medtop:15000000")),
        ]
    );
}

#[test]
fn times_are_read_and_strange_ones_are_warned_about() {
    let dated = article("<pubDate>Sat, Dec 16 2023 02:02:33 PM</pubDate><dc:date>2020-01-01</dc:date>");
    assert_eq!(dated.published_at.unwrap().to_rfc3339(), "2023-12-16T14:02:33+00:00");
    let item = "<guid>urn:x</guid><title>a</title><pubDate>2024-02-08T09:30Z</pubDate><atom:updated>2024-02-07T09:30Z</atom:updated>";
    let odd = reading(&rss("", &[item, "<guid>urn:y</guid><title>b</title><pubDate>soon</pubDate>"]));
    let messages: Vec<_> = odd.warnings.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(messages, ["it was updated before it was published", "published: `soon` is no time that is known"]);
}

#[test]
fn rights_source_language_and_places_come_along() {
    let source = rss(
        "<title>News</title><link>https://n.example/</link><language>en_us</language><copyright>(c) News</copyright>",
        &[
            "<guid>urn:1</guid><title>a</title>",
            "<guid>urn:2</guid><title>b</title><dc:rights>CC BY</dc:rights><dc:language>de</dc:language>\
             <source url='https://w.example/rss'>Wire</source>\
             <georss:point>45.25 -71.5</georss:point><georss:featureName>Sherbrooke</georss:featureName>",
        ],
    );
    let found = articles(&source);
    let of = |article: &Article| {
        let source = article.source.clone().unwrap();
        (article.copyright_notice.clone().unwrap(), source.name, source.url.unwrap(), article.language.clone().unwrap())
    };
    let expected = |rights: &str, name: &str, url: &str, language: &str| {
        (rights.to_owned(), name.to_owned(), url.to_owned(), language.to_owned())
    };
    assert_eq!(of(&found[0]), expected("(c) News", "News", "https://n.example/", "en-US"));
    assert_eq!(of(&found[1]), expected("CC BY", "Wire", "https://w.example/rss", "de"));
    assert_eq!((found[1].places[0].name.as_str(), found[1].places[0].longitude), ("Sherbrooke", Some(-71.5)));
}

#[test]
fn an_entry_that_is_taken_back_is_canceled() {
    let feed = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'>\
                <at:deleted-entry ref='urn:1' when='2024-02-08T09:30:00Z'/></feed>";
    let found = articles(feed);
    assert_eq!((found[0].uri.as_str(), found[0].status), ("urn:1", PubStatus::Canceled));
}

#[test]
fn a_channel_says_how_often_to_look() {
    let of = |channel: &str| super::channel(rss(channel, &[]).as_bytes()).unwrap();
    assert_eq!(of("<ttl>30</ttl>").pace, Some(1_800));
    assert_eq!(
        of("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>").pace,
        Some(21_600)
    );
    assert_eq!(of("<ttl>18446744073709551615</ttl>").pace, None);
    assert_eq!(
        of("<skipHours><hour>0</hour><hour>24</hour><hour>7</hour><hour>99</hour></skipHours>").skip_hours,
        [0, 0, 7]
    );
    let own = of("<title>N</title><link>https://n.example/</link><atom:link rel='self' href='https://n.example/rss'/>");
    assert_eq!(own.home.as_deref(), Some("https://n.example/"));
    assert_eq!(own.address.as_deref(), Some("https://n.example/rss"));
}

#[test]
fn a_json_feed_is_read_item_by_item() {
    let feed = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "N", "home_page_url": "https://n.example/",
        "authors": [{"name": "Desk"}], "language": "pt-br",
        "items": [7, {"id": 1, "title": "Fish &#8211; Chips", "content_text": "One.\nTwo.", "image": "/i.jpg",
        "tags": ["Food", 7], "date_published": "2024-02-08T09:30:00Z",
        "attachments": [{"url": "https://n.example/a.mp3", "mime_type": "audio/mpeg", "title": "Listen"},
                        {"url": "https://n.example/a.m4a", "mime_type": "audio/mp4", "title": "Listen"}]}]}"#;
    let reading = reading(feed);
    assert_eq!(reading.warnings[0].at, "items[0]");
    let Draft::Article(article) = &reading.drafts[0] else { panic!() };
    assert_eq!((article.uri.as_str(), article.headline.as_str()), ("https://n.example/#1", "Fish – Chips"));
    assert_eq!((article.byline.as_deref(), article.language.as_deref()), (Some("Desk"), Some("pt-BR")));
    assert_eq!(texts(article), ["One.", "Two.", ""]);
    assert_eq!(article.lead_image.as_ref().unwrap().uri, "https://n.example/i.jpg");
}

#[test]
fn what_is_no_feed_is_refused_with_the_reason() {
    let problem = |source: &str| super::read(source.as_bytes(), &Defaults::default()).unwrap_err().to_string();
    assert!(problem("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>").contains("a sitemap, not a feed"));
    assert!(problem("<!DOCTYPE html><html><head></head></html>").contains("a web page, not a feed"));
    assert!(problem("<opml/>").contains("OPML"));
    assert!(problem("{\"items\": 1}").starts_with("items: "));
    assert!(problem("{\"version\": \"1.0\"}").contains("not a JSON Feed"));
    assert!(problem("{\"version\": ").starts_with("line 1, column 12: not JSON"));
    assert!(problem(" \n").contains("empty"));
    assert!(problem("plain text").contains("neither XML nor JSON"));
    assert!(problem("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>").contains("not RSS"));
    assert!(super::read(b"\x1f\x8b\x08", &Defaults::default()).unwrap_err().message.contains("gzip"));
}

#[test]
fn feeds_are_told_by_their_beginning() {
    for feed in [
        "<?xml version='1.0'?><!-- c --><rss version='2.0'><channel>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "\u{feff}  <rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/'><channel>",
        "{\"version\": \"https:\\/\\/jsonfeed.org\\/version\\/1.1\",",
    ] {
        assert!(recognises(feed.as_bytes()), "{feed}");
    }
    for other in
        ["", "<html>", "<urlset/>", "<newsItem/>", "{\"uri\": \"x\"}", "<feed xmlns='urn:shop'/>", "<rdf:RDF/>", "\0\0"]
    {
        assert!(!recognises(other.as_bytes()), "{other}");
    }
}

#[test]
fn hostile_feeds_end_soon() {
    let namespaces: String = (0..20_000).map(|index| format!(" xmlns:n{index}='urn:{index}'")).collect();
    let item = "<rss><channel><item><guid>urn:x</guid><title>a</title><description>";
    for hostile in [
        format!("{item}{}", "&lt;div>".repeat(50_000)),
        format!("<rss><channel><item><guid>urn:x</guid><title>{}", "&lt;div>".repeat(50_000)),
        format!(
            "{item}&lt;p>{}{}",
            (0..100).map(|index| format!("&lt;b id={index}>")).collect::<String>(),
            "&lt;p>x&lt;/p>".repeat(1_000)
        ),
        format!("<rss{namespaces}>{}</rss>", "<n1:a/>".repeat(20_000)),
        format!("<rss>{}", "<channel>".repeat(100_000)),
        format!("{item}{}", "&lt;b&gt;".repeat(20_000)),
        format!("<rss><channel>{}</channel></rss>", "</a>".repeat(100_000)),
        format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":{}", "[".repeat(100_000)),
        "<rss><channel><item><pubDate>9999999999-99-99T99:99:99+99:99</pubDate>".to_owned(),
        format!("<rss><![CDATA[{}", "<![CDATA[".repeat(50_000)),
    ] {
        let start = std::time::Instant::now();
        let _ = super::read(hostile.as_bytes(), &Defaults::default());
        // Not its speed: whether it hangs.
        assert!(start.elapsed() < std::time::Duration::from_secs(120), "{}", &hostile[..60]);
    }
}

#[test]
fn languages_are_written_as_bcp_47_writes_them() {
    for (tag, expected) in [
        ("en_us", Some("en-US")),
        ("ZH-hant-tw", Some("zh-Hant-TW")),
        (" de ", Some("de")),
        ("en-us.utf-8", None),
        ("english", None),
        ("", None),
    ] {
        assert_eq!(language(tag).as_deref(), expected, "{tag}");
    }
}

fn warned(reading: &Reading) -> String {
    reading.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn zones_of_times_follow_the_feed() {
    let published = |channel: &str, time: &str| {
        let feed = rss(channel, &[&format!("<guid>urn:x</guid><title>a</title><pubDate>{time}</pubDate>")]);
        articles(&feed)[0].published_at.map(|time| time.format("%d %H:%M").to_string())
    };
    let ist = "Mon, 30 Nov 2026 06:00:00 IST";
    assert_eq!(published("", ist).as_deref(), Some("30 00:30"));
    assert_eq!(published("<language>en-ie</language>", ist).as_deref(), Some("30 05:00"));
    assert_eq!(published("<link>https://news.example.ie/</link>", ist).as_deref(), Some("30 05:00"));
    let cst = "Nov 30, 2026 06:00 CST";
    assert_eq!(published("<language>zh-cn</language>", cst).as_deref(), Some("29 22:00"));
    assert_eq!(published("<language>en-us</language>", cst).as_deref(), Some("30 12:00"));
    let unknown =
        reading(&rss("", &["<guid>urn:x</guid><title>a</title><pubDate>Mon, 30 Nov 2026 06:00:00 XYZ</pubDate>"]));
    assert!(warned(&unknown).contains("names a zone that is not known, `XYZ`"), "{}", warned(&unknown));
    let Draft::Article(article) = &unknown.drafts[0] else { panic!() };
    assert_eq!(article.published_at, None);
}

#[test]
fn of_entries_of_one_id_the_latest_is_taken_wherever_it_stands() {
    let entry = |id: &str, title: &str, day: u8, link: &str| {
        format!(
            "<entry><id>{id}</id><title>{title}</title><link href='https://n.example/{link}'/>\
             <published>2026-05-01T08:00:00Z</published><updated>2026-05-{day:02}T08:00:00Z</updated></entry>"
        )
    };
    let feed = |entries: &[String]| {
        let feed = format!("<feed xmlns='http://www.w3.org/2005/Atom'><id>urn:f</id>{}</feed>", entries.concat());
        let reading = reading(&feed);
        assert!(reading.skipped.is_empty(), "{:?}", reading.skipped);
        let headlines: Vec<String> = reading
            .drafts
            .iter()
            .map(|draft| match draft {
                Draft::Article(article) => article.headline.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        (headlines, reading.warnings.len())
    };
    let (new, old) = (entry("tag:n.example,2026:1", "new", 3, "1"), entry("tag:n.example,2026:1", "old", 2, "1"));
    assert_eq!(feed(&[new.clone(), old.clone()]), (vec!["new".to_owned()], 1));
    assert_eq!(feed(&[old.clone(), new.clone()]), (vec!["new".to_owned()], 1));
    // It has moved.
    assert_eq!(feed(&[old, entry("tag:n.example,2026:1", "new", 3, "moved")]), (vec!["new".to_owned()], 1));
    // An id that says nothing.
    assert_eq!(feed(&[entry("0", "a", 2, "a"), entry("0", "b", 3, "b")]).0, ["a", "b"]);
    let json = r#"{"version": "https://jsonfeed.org/version/1.1", "items": [
        {"id": "urn:j", "title": "old", "content_text": "x", "date_modified": "2026-05-01T10:00:00Z"},
        {"id": "urn:j", "title": "new", "content_text": "x", "date_modified": "2026-05-02T10:00:00Z"}]}"#;
    assert_eq!(articles(json)[0].headline, "new");
    let item = |title: &str, day: u8| {
        format!("<guid>urn:r</guid><title>{title}</title><atom:updated>2026-05-{day:02}T10:00:00Z</atom:updated>")
    };
    assert_eq!(articles(&rss("", &[&item("old", 1), &item("new", 2)]))[0].headline, "new");
}

#[test]
fn the_address_of_an_entry_is_its_page_for_readers() {
    let url = |attributes: &str, links: &str| {
        let feed = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry{attributes}><id>urn:1</id><title>a</title>{links}</entry></feed>"
        );
        articles(&feed).remove(0).url.unwrap_or_default()
    };
    let page = "https://n.example/1";
    for links in [
        "<link href='https://n.example/1'/><link rel='alternate' type='application/x+json' href='https://n.example/1.json'/>",
        "<link rel='self' href='https://n.example/1.atom'/><link rel='alternate' type='text/html' href='https://n.example/1'/>",
        "<link rel='alternate' type='application/pdf' href='https://n.example/1.pdf'/><link type='text/html' href='https://n.example/1'/>",
        "<link rel='http://www.iana.org/assignments/relation/related' href='https://o.example/'/>\
         <link rel='http://www.iana.org/assignments/relation/alternate' href='https://n.example/1'/>",
        "<link rel='edit' href='https://n.example/e'/><link rel='replies' href='https://n.example/r'/>\
         <link rel='ALTERNATE' href='https://n.example/1'/>",
    ] {
        assert_eq!(url("", links), page, "{links}");
    }
    let languages = "<link hreflang='en' href='https://n.example/en'/><link hreflang='de' href='https://n.example/de'/>\
                     <link hreflang='fr-CA' href='https://n.example/fr'/>";
    assert_eq!(url(" xml:lang='de'", languages), "https://n.example/de");
    assert_eq!(url(" xml:lang='fr'", languages), "https://n.example/fr");
    assert_eq!(url("", languages), "https://n.example/en");
    assert_eq!(url("", "<link rel='related' href='https://o.example/'/>"), "");
    let sound = "<link rel='http://www.iana.org/assignments/relation/enclosure' type='audio/mpeg' href='https://n.example/1.mp3'/>";
    let feed = format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>urn:1</id><title>a</title>{sound}</entry></feed>"
    );
    let article = articles(&feed).remove(0);
    assert!(article.url.is_none() && matches!(&article.body[..], [Block::Audio(_)]), "{article:?}");
}

#[test]
fn what_is_valid_from_a_time_on_is_under_embargo_till_then() {
    let of = |valid: &str| article(&format!("<dcterms:valid>{valid}</dcterms:valid>"));
    let both = of("start=2037-01-15T06:00:00Z; end=2037-02-15T06:00:00Z; scheme=W3C-DTF");
    let text = |time: Option<chrono::DateTime<chrono::Utc>>| time.map(|time| time.to_rfc3339()).unwrap_or_default();
    assert_eq!(text(both.embargoed_until), "2037-01-15T06:00:00+00:00");
    assert_eq!(text(both.expires_at), "2037-02-15T06:00:00+00:00");
    let order = of("end=2037-02-15T06:00:00Z;Start=2037-01-15T06:00:00Z");
    assert_eq!((order.embargoed_until, order.expires_at), (both.embargoed_until, both.expires_at));
    assert_eq!(of("2037-01-15T06:00:00Z/2037-02-15T06:00:00Z").embargoed_until, both.embargoed_until);
    let end = of("end=2037-02-15T06:00:00Z");
    assert_eq!((end.embargoed_until, end.expires_at), (None, both.expires_at));
    let unread = of("start=soon; scheme=W3C-DTF");
    assert_eq!(unread.status, PubStatus::Withheld);
    let zone = of("start=2037-01-15 06:00 XYZ");
    assert_eq!((zone.status, zone.embargoed_until), (PubStatus::Withheld, None));
}

#[test]
fn files_that_are_blocked_or_not_yet_valid_are_left_out() {
    let date = "<pubDate>2026-11-30T06:00:00Z</pubDate>";
    for inner in [
        "<media:status state='blocked'/>",
        "<media:status state='Deleted' reason='x'/>",
        "<media:restriction relationship='deny'>all</media:restriction>",
        "<media:restriction relationship='allow'>none</media:restriction>",
        "<dcterms:valid>start=2037-01-15T06:00:00Z</dcterms:valid>",
        "<dcterms:valid>end=2026-11-01T06:00:00Z</dcterms:valid>",
    ] {
        for pieces in [
            format!("<media:content url='https://n.example/b.jpg' medium='image'>{inner}</media:content>"),
            format!("<media:group>{inner}<media:content url='https://n.example/b.jpg' medium='image'/></media:group>"),
        ] {
            let item = format!(
                "<guid>urn:x</guid><title>a</title>{date}{pieces}<media:content url='https://n.example/o.jpg' medium='image'/>"
            );
            let reading = reading(&rss("", &[&item]));
            let text = serde_json::to_string(&reading.drafts).unwrap();
            assert!(!text.contains("b.jpg") && text.contains("o.jpg"), "{pieces}: {text}");
            assert!(warned(&reading).contains("b.jpg"), "{pieces}: {}", warned(&reading));
        }
    }
    let everywhere =
        article("<media:status state='blocked'/><media:content url='https://n.example/b.jpg' medium='image'/>");
    assert!(everywhere.lead_image.is_none());
    let nearest = article(
        "<media:group><media:status state='blocked'/><media:content url='https://n.example/a.jpg' medium='image'>\
         <media:status state='active'/></media:content></media:group>",
    );
    assert!(nearest.lead_image.is_some());
    let enclosure = article(
        "<enclosure url='https://n.example/b.mp4' type='video/mp4'/><media:content url='https://n.example/b.mp4' type='video/mp4'>\
         <media:status state='deleted'/></media:content>",
    );
    assert!(enclosure.body.is_empty(), "{:?}", enclosure.body);
}

#[test]
fn rights_and_limits_hold_from_the_nearest_element_and_not_from_a_neighbour() {
    let article = article(
        "<media:group><media:credit>Group</media:credit><media:copyright>(c) Group</media:copyright>\
         <media:restriction relationship='deny' type='country'>de at</media:restriction>\
         <media:content url='https://n.example/l.jpg' medium='image' width='900'><media:credit>Own</media:credit></media:content>\
         <media:content url='https://n.example/s.jpg' medium='image' width='90'><media:description>Of the small one</media:description>\
         <media:license>Print only</media:license></media:content></media:group>",
    );
    let image = article.lead_image.unwrap();
    assert_eq!((image.credit.as_deref(), image.copyright_notice.as_deref()), (Some("Own"), Some("(c) Group")));
    assert_eq!((image.caption.as_deref(), image.usage_terms.as_deref()), (None, Some("Not for the countries DE, AT")));
}

#[test]
fn text_around_media_of_other_sites_is_kept() {
    let blocks = |html: &str| {
        let article = article(&format!("<description>{}</description>", html.replace('<', "&lt;")));
        let text = |block: &Block| match block {
            Block::Embed { url, .. } => format!("embed {url}"),
            Block::Video(medium) | Block::Audio(medium) => format!("medium {}", medium.url),
            block => block.text(),
        };
        let texts: Vec<String> = article.body.iter().map(text).collect();
        if texts.is_empty() { article.standfirst.into_iter().collect() } else { texts }
    };
    let around = ["Before.", "embed https://v.example/1", "After."];
    assert_eq!(blocks("Before. <iframe src=\"https://v.example/1\"/> After."), around);
    assert_eq!(blocks("Before. <iframe src=\"https://v.example/1\"> After."), around);
    assert_eq!(blocks("<p>Before. <iframe src=\"https://v.example/1\"></iframe> After.</p>"), around);
    assert_eq!(blocks("<p>Before.</p><p><b><iframe src='https://v.example/1' /></b>After.</p>"), around);
    assert_eq!(
        blocks("Before. <video src='https://v.example/1.mp4'/> After."),
        ["Before.", "medium https://v.example/1.mp4", "After."]
    );
    assert_eq!(blocks("Before. <script src='https://v.example/1.js'/> After."), ["Before. After."]);
    assert_eq!(
        blocks("<ul><li>One <iframe src='https://v.example/1'></iframe></li></ul>"),
        ["One", "embed https://v.example/1"]
    );
}
