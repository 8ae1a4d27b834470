//! No format brings an address into a draft that is none of the web, in whatever field.

use importer::{Defaults, Document, Format, draft::Draft};
use serde_json::{Value, json};

const HOSTILE: [&str; 5] = [
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
];

/// A document of each format with an address wherever it takes one.
fn documents(address: &str) -> Vec<(Format, String)> {
    let xml = address.trim_start().replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let body = format!(
        "<p>Text that is long enough to be read by anybody, with a <a href=\"{xml}\">link</a>.</p><img src=\"{xml}\" alt=\"x\">\
         <iframe src=\"{xml}\"></iframe><video src=\"{xml}\" poster=\"{xml}\"></video><p class=\"related\"><a href=\"{xml}\">More</a></p>\
         <blockquote class=\"twitter-tweet\"><a href=\"{xml}\">x</a></blockquote>"
    );
    let escaped = body.replace('&', "&amp;").replace('<', "&lt;");
    let rendition =
        json!({ "name": "original", "href": address, "contenttype": "image/jpeg", "width": 1, "height": 1 });
    let ninjs = json!({
        "uri": "urn:a", "type": "text", "headline": "Headline", "headlines": [{ "value": "Headline" }], "url": address,
        "body_xhtml": body, "bodies": [{ "role": "main", "contenttype": "text/html", "value": body }],
        "infosources": [{ "name": "Source", "uri": address }], "version": "1",
        "associations": {
            "featuremedia": { "uri": address, "type": "picture" },
            "other": { "uri": "urn:i", "type": "picture", "renditions": { "original": rendition } },
            "video": { "uri": "urn:v", "type": "video", "renditions": { "original": { "href": address, "contenttype": "video/mp4" } } },
        },
        "altids": { "web": address },
    });
    let image =
        json!({ "uri": "urn:i", "renditions": [{ "name": "original", "href": address }], "placeholder": address });
    let lines = json!({
        "type": "article", "uri": "urn:a", "headline": "Headline", "url": address, "leadImage": { "uri": address },
        "source": { "name": "Source", "url": address }, "section": { "name": "Section", "url": address },
        "body": [
            { "type": "embed", "url": address }, { "type": "related", "url": address, "title": "Title" },
            { "type": "image", "image": image }, { "type": "paragraph", "html": body },
            { "type": "list", "items": [body] }, { "type": "quote", "html": body },
        ],
    });
    let gallery = json!({
        "type": "gallery", "uri": "urn:g", "title": "Gallery", "kind": "video", "leadImage": image,
        "items": [{ "image": image, "video": { "href": address } }],
    });
    let story = json!({ "type": "story", "uri": "urn:s", "title": "Story", "leadImage": image });
    let json_feed = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": "Feed", "home_page_url": address, "feed_url": address, "icon": address,
        "items": [{
            "id": "urn:a", "url": address, "external_url": address, "title": "Headline", "image": address, "banner_image": address,
            "content_html": body, "authors": [{ "name": "Name", "url": address, "avatar": address }],
            "attachments": [{ "url": address, "mime_type": "image/jpeg" }],
        }],
    });
    let schema_org = json!({
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": "Headline", "url": address, "mainEntityOfPage": address,
        "image": [address, { "@type": "ImageObject", "url": address, "contentUrl": address }], "datePublished": "2026-01-01T00:00:00Z",
        "publisher": { "@type": "Organization", "name": "Source", "url": address, "logo": address },
        "author": { "@type": "Person", "name": "Name", "url": address }, "thumbnailUrl": address,
    });
    let schema_org = schema_org.to_string().replace('<', "\\u003c");
    vec![
        (Format::Ninjs, ninjs.to_string()),
        (Format::JsonLines, format!("{lines}\n{gallery}\n{story}\n")),
        (
            Format::Table,
            format!(
                "uri,headline,url,image,source,text\nurn:a,Headline,\"{0}\",\"{0}\",Source,Text\n",
                address.replace('"', "\"\"")
            ),
        ),
        (Format::Feed, json_feed.to_string()),
        (
            Format::Feed,
            format!(
                "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
                 <channel><title>Feed</title><link>{xml}</link><image><url>{xml}</url></image><item><title>Headline</title><guid>urn:a</guid>\
                 <link>{xml}</link><enclosure url=\"{xml}\" type=\"image/jpeg\" length=\"1\"/><source url=\"{xml}\">Source</source>\
                 <media:content url=\"{xml}\" medium=\"image\"/><media:thumbnail url=\"{xml}\"/><media:player url=\"{xml}\"/>\
                 <description>{escaped}</description><content:encoded>{escaped}</content:encoded></item></channel></rss>"
            ),
        ),
        (
            Format::Feed,
            format!(
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Feed</title><id>urn:f</id><icon>{xml}</icon><link href=\"{xml}\"/><entry>\
                 <id>urn:a</id><title>Headline</title><link href=\"{xml}\"/><link rel=\"enclosure\" type=\"image/jpeg\" href=\"{xml}\"/>\
                 <author><name>Name</name><uri>{xml}</uri></author><content type=\"html\">{escaped}</content></entry></feed>"
            ),
        ),
        (
            Format::Nitf,
            format!(
                "<nitf><head><docdata><doc-id id-string=\"urn:a\"/></docdata></head><body><body.head><hedline><hl1>Headline</hl1></hedline>\
                 </body.head><body.content><p>Text with a <a href=\"{xml}\">link</a>.</p><media media-type=\"image\"><media-reference \
                 mime-type=\"image/jpeg\" source=\"{xml}\"/><media-caption>Caption</media-caption></media></body.content></body></nitf>"
            ),
        ),
        (
            Format::NewsmlG2,
            format!(
                "<newsItem xmlns=\"http://iptc.org/std/nar/2006-10-01/\" guid=\"urn:a\" version=\"1\" standard=\"NewsML-G2\" \
                 standardversion=\"2.30\" conformance=\"power\"><itemMeta><itemClass qcode=\"ninat:text\"/><provider literal=\"x\" \
                 uri=\"{xml}\"><name>Source</name></provider><versionCreated>2026-01-01T00:00:00Z</versionCreated><link rel=\"irel:seeAlso\" \
                 href=\"{xml}\"/></itemMeta><contentMeta><headline>Headline</headline><infoSource uri=\"{xml}\"><name>Source</name></infoSource>\
                 <icon href=\"{xml}\"/></contentMeta><contentSet><inlineXML contenttype=\"application/xhtml+xml\">\
                 <html xmlns=\"http://www.w3.org/1999/xhtml\"><body><p>Text <a href=\"{xml}\">link</a></p><img src=\"{xml}\"/></body></html>\
                 </inlineXML></contentSet></newsItem>"
            ),
        ),
        (
            Format::NewsmlG2,
            format!(
                "<newsItem xmlns=\"http://iptc.org/std/nar/2006-10-01/\" guid=\"urn:i\" version=\"1\" standard=\"NewsML-G2\" \
                 standardversion=\"2.30\" conformance=\"power\"><itemMeta><itemClass qcode=\"ninat:picture\"/>\
                 <versionCreated>2026-01-01T00:00:00Z</versionCreated></itemMeta><contentMeta><headline>Headline</headline></contentMeta>\
                 <contentSet><remoteContent rendition=\"rnd:highRes\" href=\"{xml}\" contenttype=\"image/jpeg\" width=\"1\" height=\"1\"/>\
                 </contentSet></newsItem>"
            ),
        ),
        (
            Format::WebPage,
            format!(
                "<!doctype html><html><head><title>Headline</title><link rel=\"canonical\" href=\"{xml}\"><base href=\"{xml}\">\
                 <meta property=\"og:type\" content=\"article\"><meta property=\"og:title\" content=\"Headline\"><meta property=\"og:url\" \
                 content=\"{xml}\"><meta property=\"og:image\" content=\"{xml}\"><meta property=\"article:author\" content=\"{xml}\">\
                 <script type=\"application/ld+json\">{schema_org}</script></head><body><article><h1>Headline</h1>{}</article></body></html>",
                body.repeat(8)
            ),
        ),
    ]
}

/// Everything in a draft that is an address, or could be taken for one; not the names by which items are known.
fn addresses(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if !(key == "uri" || key == "id") => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| addresses(value, key, found)),
        Value::Object(values) => values.iter().for_each(|(key, value)| addresses(value, key, found)),
        _ => {}
    }
}

#[test]
fn no_format_brings_an_address_that_runs_or_shows_itself() {
    let base = url::Url::parse("https://news.example/story").unwrap();
    let defaults = Defaults { base: Some(base), ..Defaults::default() };
    for hostile in HOSTILE {
        for (format, document) in documents(hostile) {
            let read = format.read(document.as_bytes(), &defaults);
            let Document::News(reading) = read.unwrap_or_else(|problem| panic!("{format}: {problem}: {document}"))
            else {
                panic!("{format} is news")
            };
            assert!(!reading.drafts.is_empty(), "{format}: {reading:?}");
            for mut draft in reading.drafts {
                let checked = importer::check(&mut draft);
                if checked.is_err() {
                    continue;
                }
                let mut found = Vec::new();
                addresses(&serde_json::to_value(&draft).unwrap(), "", &mut found);
                for text in found {
                    let lower = text.trim().to_ascii_lowercase();
                    let is_hostile = ["javascript:", "data:", "vbscript:", "file:"].iter().any(|scheme| {
                        lower.starts_with(scheme)
                            || lower.contains(&format!("=\"{scheme}"))
                            || lower.contains(&format!("='{scheme}"))
                    });
                    assert!(!is_hostile, "{format}: {text}");
                }
                for image in draft.images_mut() {
                    assert!(!image.uri.to_ascii_lowercase().trim().starts_with("javascript:"), "{format}: {image:?}");
                }
            }
        }
    }
}

#[test]
fn addresses_of_the_web_are_kept_by_every_format_as_they_are_parsed() {
    let base = url::Url::parse("https://news.example/story").unwrap();
    let defaults = Defaults { base: Some(base), ..Defaults::default() };
    let written = "HTTPS://Pictures.example/a b\"><i>.jpg";
    let kept = "https://pictures.example/a%20b%22%3E%3Ci%3E.jpg";
    for (format, document) in documents(written) {
        let Document::News(reading) = format.read(document.as_bytes(), &defaults).unwrap() else {
            panic!("{format} is news")
        };
        let mut all = String::new();
        for mut draft in reading.drafts {
            importer::check(&mut draft).unwrap();
            if let Draft::Article(article) = &draft {
                assert!(
                    article.url.as_deref().is_none_or(|url| url == kept || url.starts_with("https://news.example/")),
                    "{format}: {article:?}"
                );
            }
            for image in draft.images_mut() {
                assert!(image.renditions.iter().all(|file| file.href == kept), "{format}: {image:?}");
            }
            let mut found = Vec::new();
            addresses(&serde_json::to_value(&draft).unwrap(), "", &mut found);
            all.push_str(&found.join("\n"));
        }
        assert!(all.contains(kept), "{format}: {all}");
        assert!(!all.contains("<i>"), "{format}: {all}");
    }
}
