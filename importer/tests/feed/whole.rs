//! One item with every element that the page on feeds names, alone and together, on one line and in many scripts.

use importer::{Defaults, Reading, feed};

use crate::account::{SCRIPTS, check, said, shape};

const PAGE: &str = include_str!("../../../docs/formats/feed.md");

/// Where a piece of markup stands.
#[derive(Clone, Copy, PartialEq)]
enum In {
    Item,
    /// An item that nothing else identifies than its link.
    Bare,
    Channel,
}

use In::{Bare, Channel, Item};

const ELEMENTS: &[(&str, In, &str)] = &[
    ("title", Item, "<title>TEXT title</title>"),
    ("media:title", Item, "<media:title>TEXT title</media:title>"),
    ("itunes:title", Item, "<itunes:title>TEXT title</itunes:title>"),
    ("dc:title", Item, "<dc:title>TEXT title</dc:title>"),
    ("content:encoded", Item, "<content:encoded>&lt;p&gt;TEXT 1&lt;/p&gt;&lt;p&gt;TEXT 2&lt;/p&gt;</content:encoded>"),
    ("atom:content", Item, "<atom:content type=\"html\">&lt;p&gt;TEXT 3&lt;/p&gt;</atom:content>"),
    ("yandex:full-text", Item, "<yandex:full-text>TEXT 4</yandex:full-text>"),
    ("xhtml:body", Item, "<xhtml:body><xhtml:p>TEXT 5</xhtml:p></xhtml:body>"),
    ("description", Item, "<description>TEXT 6</description>"),
    ("atom:summary", Item, "<atom:summary>TEXT 7</atom:summary>"),
    ("dc:description", Item, "<dc:description>TEXT 8</dc:description>"),
    ("dcterms:abstract", Item, "<dcterms:abstract>TEXT 9</dcterms:abstract>"),
    ("itunes:summary", Item, "<itunes:summary>TEXT 10</itunes:summary>"),
    ("itunes:subtitle", Item, "<itunes:subtitle>TEXT 11</itunes:subtitle>"),
    ("media:description", Item, "<media:description>TEXT 12</media:description>"),
    ("link", Item, "<link>https://news.example/1</link>"),
    ("guid", Bare, "<guid isPermaLink=\"false\">urn:x:2</guid>"),
    ("feedburner:origLink", Item, "<feedburner:origLink>https://news.example/o</feedburner:origLink>"),
    ("atom:id", Bare, "<atom:id>urn:x:3</atom:id>"),
    ("dc:identifier", Bare, "<dc:identifier>urn:x:4</dc:identifier>"),
    ("rdf:about", Bare, "@ rdf:about=\"urn:x:5\""),
    ("atom:link", Item, "<atom:link rel=\"alternate\" href=\"https://news.example/a\"/>"),
    ("pubDate", Item, "<pubDate>Mon, 30 Nov 2026 06:00:00 IST</pubDate>"),
    ("atom:published", Item, "<atom:published>2026-11-30T06:00:00Z</atom:published>"),
    ("atom:issued", Item, "<atom:issued>2026-11-30T06:01:00Z</atom:issued>"),
    ("dc:date", Item, "<dc:date>2026-11-30T06:02:00Z</dc:date>"),
    ("dcterms:issued", Item, "<dcterms:issued>2026-11-30T06:03:00Z</dcterms:issued>"),
    ("dcterms:created", Item, "<dcterms:created>2026-11-30T06:04:00Z</dcterms:created>"),
    ("prism:publicationDate", Item, "<prism:publicationDate>2026-11-30T06:05:00Z</prism:publicationDate>"),
    ("atom:updated", Item, "<atom:updated>2026-11-30T07:00:00Z</atom:updated>"),
    ("atom:modified", Item, "<atom:modified>2026-11-30T07:01:00Z</atom:modified>"),
    ("dcterms:modified", Item, "<dcterms:modified>2026-11-30T07:02:00Z</dcterms:modified>"),
    ("prism:modificationDate", Item, "<prism:modificationDate>2026-11-30T07:03:00Z</prism:modificationDate>"),
    (
        "dcterms:valid",
        Item,
        "<dcterms:valid>start=2037-01-15T06:00:00Z; end=2037-02-15T06:00:00Z; scheme=W3C-DTF</dcterms:valid>",
    ),
    ("dcterms:available", Item, "<dcterms:available>2037-01-16T06:00:00Z</dcterms:available>"),
    ("prism:embargoDate", Item, "<prism:embargoDate>2037-01-17T06:00:00Z</prism:embargoDate>"),
    ("expirationDate", Item, "<expirationDate>2037-03-15T06:00:00Z</expirationDate>"),
    ("prism:expirationDate", Item, "<prism:expirationDate>2037-03-16T06:00:00Z</prism:expirationDate>"),
    ("author", Item, "<author>a@news.example (TEXT)</author>"),
    ("atom:author", Item, "<atom:author><atom:name>TEXT</atom:name></atom:author>"),
    ("dc:creator", Item, "<dc:creator>TEXT</dc:creator>"),
    ("itunes:author", Item, "<itunes:author>TEXT</itunes:author>"),
    ("atom:contributor", Item, "<atom:contributor><atom:name>TEXT 13</atom:name></atom:contributor>"),
    ("dc:contributor", Item, "<dc:contributor>TEXT 14</dc:contributor>"),
    ("category", Item, "<category>TEXT 15</category>"),
    ("dc:subject", Item, "<dc:subject>TEXT 16</dc:subject>"),
    ("media:category", Item, "<media:category>TEXT 17</media:category>"),
    ("media:keywords", Item, "<media:keywords>TEXT 18, TEXT 19</media:keywords>"),
    ("itunes:keywords", Item, "<itunes:keywords>TEXT 20</itunes:keywords>"),
    ("itunes:category", Item, "<itunes:category text=\"TEXT 21\"/>"),
    ("source", Item, "<source url=\"https://wire.example/feed\">TEXT 22</source>"),
    ("atom:source", Item, "<atom:source><atom:title>TEXT 23</atom:title></atom:source>"),
    ("atom:rights", Item, "<atom:rights>TEXT 24</atom:rights>"),
    ("copyright", Item, "<copyright>TEXT 25</copyright>"),
    ("dc:rights", Item, "<dc:rights>TEXT 26</dc:rights>"),
    ("prism:killDate", Item, "<prism:killDate>2037-02-16T06:00:00Z</prism:killDate>"),
    ("app:draft", Item, "<app:control><app:draft>yes</app:draft></app:control>"),
    ("dcterms:rights", Item, "<dcterms:rights>TEXT 27</dcterms:rights>"),
    ("media:copyright", Item, "<media:copyright>TEXT 28</media:copyright>"),
    ("dcterms:license", Item, "<dcterms:license>TEXT 29</dcterms:license>"),
    ("cc:license", Item, "<cc:license>TEXT 30</cc:license>"),
    ("media:license", Item, "<media:license>TEXT 31</media:license>"),
    ("dc:language", Item, "<dc:language>nb</dc:language>"),
    ("georss:point", Item, "<georss:point>69.6 18.9</georss:point><dc:coverage>TEXT 32</dc:coverage>"),
    (
        "georss:where",
        Item,
        "<georss:where><gml:Point><gml:pos>69.6 18.9</gml:pos></gml:Point></georss:where><dc:coverage>TEXT 33</dc:coverage>",
    ),
    (
        "georss:featureName",
        Item,
        "<georss:point>69.6 18.9</georss:point><georss:featureName>TEXT 34</georss:featureName>",
    ),
    ("geo:lat", Item, "<geo:lat>69.6</geo:lat><geo:long>18.9</geo:long><dc:coverage>TEXT 35</dc:coverage>"),
    ("geo:long", Item, "<geo:lat>69.6</geo:lat><geo:long>18.8</geo:long><dc:coverage>TEXT 35</dc:coverage>"),
    ("dc:coverage", Item, "<georss:point>69.6 18.9</georss:point><dc:coverage>TEXT 36</dc:coverage>"),
    ("dcterms:spatial", Item, "<georss:point>69.6 18.9</georss:point><dcterms:spatial>TEXT 37</dcterms:spatial>"),
    ("enclosure", Item, "<enclosure url=\"https://m.example/b.mp3\" type=\"audio/mpeg\" length=\"1\"/>"),
    ("image", Item, "<image><url>https://m.example/2.jpg</url></image>"),
    ("itunes:image", Item, "<itunes:image href=\"https://m.example/3.jpg\"/>"),
    ("itunes:duration", Item, "<itunes:duration>1:05</itunes:duration>"),
    ("media:content", Item, "<media:content url=\"https://m.example/4.jpg\" medium=\"image\"/>"),
    (
        "media:group",
        Item,
        "<media:group><media:content url=\"https://m.example/5.jpg\" medium=\"image\" width=\"900\"/>\
         <media:content url=\"https://m.example/6.jpg\" medium=\"image\" width=\"90\"/></media:group>",
    ),
    ("media:thumbnail", Item, "<media:thumbnail url=\"https://m.example/7.jpg\" width=\"80\"/>"),
    ("media:player", Item, "<media:player url=\"https://m.example/play\"/>"),
    ("media:credit", Item, "<media:credit>TEXT 38</media:credit>"),
    (
        "media:text",
        Item,
        "<media:content url=\"https://m.example/8.jpg\" medium=\"image\"><media:text>TEXT 39</media:text></media:content>",
    ),
    (
        "media:status",
        Item,
        "<media:content url=\"https://m.example/9.jpg\" medium=\"image\"><media:status state=\"blocked\"/></media:content>",
    ),
    ("media:restriction", Item, "<media:restriction relationship=\"allow\" type=\"country\">au us</media:restriction>"),
    ("media:rating", Item, "<media:rating scheme=\"urn:simple\">adult</media:rating>"),
    ("media:adult", Item, "<media:adult>true</media:adult>"),
    ("at:deleted-entry", Channel, "<at:deleted-entry ref=\"urn:x:6\" when=\"2026-11-30T07:00:00Z\"/>"),
    ("ttl", Channel, "<ttl>30</ttl>"),
    ("sy:updatePeriod", Channel, "<sy:updatePeriod>daily</sy:updatePeriod>"),
    (
        "sy:updateFrequency",
        Channel,
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
    ),
    ("skipHours", Channel, "<skipHours><hour>3</hour></skipHours>"),
    ("comments", Item, "<comments>https://news.example/1#comments</comments>"),
    ("slash:comments", Item, "<slash:comments>7</slash:comments>"),
    ("wfw:commentRss", Item, "<wfw:commentRss>https://news.example/1/feed</wfw:commentRss>"),
    ("thr:in-reply-to", Item, "<thr:in-reply-to ref=\"urn:x:7\"/>"),
    ("thr:total", Item, "<thr:total>7</thr:total>"),
    ("itunes:explicit", Item, "<itunes:explicit>no</itunes:explicit>"),
    ("itunes:episode", Item, "<itunes:episode>1</itunes:episode>"),
    ("itunes:season", Item, "<itunes:season>1</itunes:season>"),
    ("itunes:episodeType", Item, "<itunes:episodeType>full</itunes:episodeType>"),
    ("itunes:block", Item, "<itunes:block>yes</itunes:block>"),
    ("media:community", Item, "<media:community><media:starRating average=\"3\"/></media:community>"),
    ("media:comments", Item, "<media:comments><media:comment>TEXT</media:comment></media:comments>"),
    ("media:embed", Item, "<media:embed url=\"https://m.example/embed\"/>"),
    ("media:responses", Item, "<media:responses><media:response>x</media:response></media:responses>"),
    ("media:backLinks", Item, "<media:backLinks><media:backLink>x</media:backLink></media:backLinks>"),
    ("media:price", Item, "<media:price type=\"rent\" price=\"1\" currency=\"EUR\"/>"),
    ("media:subTitle", Item, "<media:subTitle href=\"https://m.example/s.srt\" lang=\"en\"/>"),
    ("media:peerLink", Item, "<media:peerLink href=\"https://m.example/t.torrent\"/>"),
    ("media:location", Item, "<media:location description=\"x\"/>"),
    ("media:rights", Item, "<media:rights status=\"userCreated\"/>"),
    ("media:scenes", Item, "<media:scenes><media:scene><sceneTitle>x</sceneTitle></media:scene></media:scenes>"),
    ("media:hash", Item, "<media:hash algo=\"md5\">x</media:hash>"),
    ("cloud", Channel, "<cloud domain=\"news.example\"/>"),
    ("docs", Channel, "<docs>https://news.example/docs</docs>"),
    ("generator", Channel, "<generator>x</generator>"),
    ("managingEditor", Channel, "<managingEditor>e@news.example (TEXT)</managingEditor>"),
    ("webMaster", Channel, "<webMaster>w@news.example (TEXT)</webMaster>"),
    ("lastBuildDate", Channel, "<lastBuildDate>Mon, 30 Nov 2026 06:00:00 GMT</lastBuildDate>"),
    ("rating", Channel, "<rating>x</rating>"),
    ("skipDays", Channel, "<skipDays><day>Sunday</day></skipDays>"),
    ("sy:updateBase", Channel, "<sy:updateBase>2026-11-30T06:00:00Z</sy:updateBase>"),
    ("textInput", Channel, "<textInput><title>x</title></textInput>"),
    ("atom:generator", Channel, "<atom:generator>x</atom:generator>"),
    ("atom:icon", Channel, "<atom:icon>https://news.example/i.png</atom:icon>"),
    ("atom:logo", Channel, "<atom:logo>https://news.example/l.png</atom:logo>"),
    ("dc:type", Item, "<dc:type>Text</dc:type>"),
    ("dc:format", Item, "<dc:format>text/html</dc:format>"),
    ("dc:publisher", Item, "<dc:publisher>TEXT</dc:publisher>"),
    ("dc:relation", Item, "<dc:relation>x</dc:relation>"),
    ("prism:section", Item, "<prism:section>x</prism:section>"),
    ("prism:issn", Item, "<prism:issn>x</prism:issn>"),
];

const SPACES: &str = "xmlns:atom='http://www.w3.org/2005/Atom' xmlns:content='http://purl.org/rss/1.0/modules/content/' \
    xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/' xmlns:media='http://search.yahoo.com/mrss/' \
    xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:yandex='http://news.yandex.ru' xmlns:xhtml='http://www.w3.org/1999/xhtml' \
    xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' \
    xmlns:prism='http://prismstandard.org/namespaces/basic/2.0/' xmlns:cc='http://creativecommons.org/ns#' \
    xmlns:georss='http://www.georss.org/georss' xmlns:gml='http://www.opengis.net/gml' xmlns:geo='http://www.w3.org/2003/01/geo/wgs84_pos#' \
    xmlns:at='http://purl.org/atompub/tombstones/1.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' \
    xmlns:slash='http://purl.org/rss/1.0/modules/slash/' xmlns:wfw='http://wellformedweb.org/CommentAPI/' \
    xmlns:thr='http://purl.org/syndication/thread/1.0' xmlns:app='http://www.w3.org/2007/app'";

fn read(source: &str) -> Reading {
    feed::read(source.as_bytes(), &Defaults::default()).unwrap_or_else(|problem| panic!("{problem}: {source}"))
}

/// A feed with one item, and something in it.
fn rss(place: In, piece: &str, text: &str) -> String {
    let (attribute, piece) = piece.strip_prefix('@').map_or(("", piece), |attribute| (attribute, ""));
    let (channel, item) = if place == Channel { (piece, "") } else { ("", piece) };
    let identity = match place {
        Bare => "<link>https://news.example/bare</link>",
        _ => "<guid isPermaLink=\"false\">urn:x:1</guid>",
    };
    let media = "<enclosure url=\"https://m.example/a.mp3\" type=\"audio/mpeg\" length=\"1\"/>\n\
                 <media:content url=\"https://m.example/1.jpg\" medium=\"image\"/>";
    let source = format!(
        "<rss version=\"2.0\" {SPACES}>\n<channel>\n{channel}\n<item{attribute}>\n{identity}\n{item}\n{media}\n\
         <xhtml:div>TEXT of the base</xhtml:div>\n</item>\n</channel>\n</rss>"
    );
    source.replace("TEXT", text)
}

#[test]
fn each_element_is_as_the_page_says() {
    let said = said(PAGE, "RSS and Atom");
    let known: Vec<&str> = ELEMENTS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(said.keys().filter(|name| !known.contains(&name.as_str())).collect::<Vec<_>>(), [""; 0]);
    for (name, place, piece) in ELEMENTS {
        let of = said.get(*name).unwrap_or_else(|| panic!("the page does not name `{name}`"));
        for text in SCRIPTS {
            let (with, without) = (rss(*place, piece, text), rss(*place, "", text));
            let of_feed = *place == Channel && feed::channel(with.as_bytes()) != feed::channel(without.as_bytes());
            check(name, of, &read(&with), &read(&without), of_feed);
        }
    }
}

/// A document with everything that goes together.
fn whole(text: &str) -> String {
    let pieces = |place: In| -> String {
        let pieces = ELEMENTS.iter().filter(|(_, other, piece)| *other == place && !piece.starts_with('@'));
        pieces.map(|(.., piece)| format!("    {piece}\n")).collect()
    };
    let source = format!(
        "<rss version=\"2.0\" {SPACES}>\n<channel>\n  <title>TEXT feed</title>\n{}<item>\n{}\n{}</item>\n</channel>\n</rss>\n",
        pieces(Channel),
        pieces(Item),
        pieces(Bare)
    );
    source.replace("TEXT", text)
}

#[test]
fn a_whole_item_is_the_same_on_one_line_and_in_every_script() {
    let expected = shape(&read(&whole(SCRIPTS[0])));
    assert!(expected.len() > 60, "{expected:?}");
    for text in SCRIPTS {
        let source = whole(text);
        let minified: String = source.lines().map(str::trim).collect();
        assert_eq!(read(&minified).drafts, read(&source).drafts, "{text}");
        let unlined = |shape: Vec<String>| -> Vec<String> {
            shape.into_iter().map(|at| at.split(" (line").next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(unlined(shape(&read(&source))), unlined(expected.clone()), "{text}");
        assert!(feed::recognises(minified.as_bytes()));
    }
}

const PROPERTIES: &[(&str, In, &str)] = &[
    ("id", Bare, "\"urn:x:2\""),
    ("url", Item, "\"https://news.example/1\""),
    ("external_url", Item, "\"https://other.example/1\""),
    ("title", Item, "\"TEXT title\""),
    ("content_html", Item, "\"<p>TEXT 1</p><p>TEXT 2</p>\""),
    ("content_text", Item, "\"TEXT 3\""),
    ("summary", Item, "\"TEXT 4\""),
    ("image", Item, "\"https://m.example/1.jpg\""),
    ("banner_image", Item, "\"https://m.example/2.jpg\""),
    ("date_published", Item, "\"2026-11-30T06:00:00Z\""),
    ("date_modified", Item, "\"2026-11-30T07:00:00Z\""),
    (
        "authors",
        Item,
        "[{\"name\": \"TEXT\", \"url\": \"https://news.example/a\", \"avatar\": \"https://m.example/a.png\"}]",
    ),
    ("author", Item, "{\"name\": \"TEXT\"}"),
    ("tags", Item, "[\"TEXT 5\"]"),
    ("language", Item, "\"nb\""),
    (
        "attachments",
        Item,
        "[{\"url\": \"https://m.example/a.mp3\", \"mime_type\": \"audio/mpeg\", \"title\": \"TEXT\", \"size_in_bytes\": 7, \"duration_in_seconds\": 5}]",
    ),
    ("home_page_url", Channel, "\"https://news.example/\""),
    ("feed_url", Channel, "\"https://news.example/feed.json\""),
    ("description", Channel, "\"TEXT 6\""),
    ("user_comment", Channel, "\"x\""),
    ("next_url", Channel, "\"https://news.example/2.json\""),
    ("icon", Channel, "\"https://news.example/i.png\""),
    ("favicon", Channel, "\"https://news.example/f.ico\""),
    ("expired", Channel, "true"),
    ("hubs", Channel, "[{\"type\": \"WebSub\", \"url\": \"https://hub.example/\"}]"),
    ("_extension", Item, "{\"about\": \"https://news.example/ext\"}"),
];

fn json(place: In, piece: &str, text: &str) -> String {
    let (channel, item) = if place == Channel { (piece, "") } else { ("", piece) };
    let identity = if place == Bare { "\"url\": \"https://news.example/bare\"" } else { "\"id\": \"urn:x:1\"" };
    // A name that stands twice is the second.
    let base = ",\n\"title\": \"TEXT of the base\"";
    let comma = |piece: &str| if piece.is_empty() { String::new() } else { format!(",\n{piece}") };
    let source = format!(
        "{{\"version\": \"https://jsonfeed.org/version/1.1\"{},\n\"items\": [{{\n{identity}{base}{}}}]}}",
        comma(channel),
        comma(item)
    );
    source.replace("TEXT", text)
}

#[test]
fn each_property_of_json_feed_is_as_the_page_says() {
    let said = said(PAGE, "JSON Feed");
    let known: Vec<&str> = PROPERTIES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(said.keys().filter(|name| !known.contains(&name.as_str())).collect::<Vec<_>>(), [""; 0]);
    for (name, place, value) in PROPERTIES {
        let of = said.get(*name).unwrap_or_else(|| panic!("the page does not name `{name}`"));
        for text in SCRIPTS {
            let with = json(*place, &format!("\"{name}\": {value}"), text);
            let without = json(*place, "", text);
            let of_feed = *place == Channel && feed::channel(with.as_bytes()) != feed::channel(without.as_bytes());
            check(name, of, &read(&with), &read(&without), of_feed);
        }
    }
}

#[test]
fn a_whole_json_feed_is_the_same_on_one_line_and_in_every_script() {
    let of = |place: In, text: &str| {
        let pieces = PROPERTIES.iter().filter(|(_, other, _)| *other == place);
        pieces
            .map(|(name, _, value)| format!("\"{name}\": {value}"))
            .collect::<Vec<_>>()
            .join(",\n")
            .replace("TEXT", text)
    };
    let whole = |text: &str| {
        format!(
            "{{\"version\": \"https://jsonfeed.org/version/1.1\",\n{},\n\"items\": [{{\n{},\n{}\n}}]}}\n",
            of(Channel, text),
            of(Bare, text),
            of(Item, text)
        )
    };
    let expected = shape(&read(&whole(SCRIPTS[0])));
    for text in SCRIPTS {
        let source = whole(text);
        let value: serde_json::Value = serde_json::from_str(&source).unwrap();
        assert_eq!(read(&value.to_string()).drafts, read(&source).drafts, "{text}");
        assert_eq!(shape(&read(&source)), expected, "{text}");
        assert!(feed::recognises(value.to_string().as_bytes()));
    }
}
