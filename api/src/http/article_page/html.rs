//! The page of an article as HTML. Whatever the answer holds, nothing in it becomes markup but the links and emphasis of texts.

use std::fmt::Write as _;

use importer::html::Inline;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::DOCUMENT;

pub(super) const STYLE: &str = include_str!("style.css");

/// The page. `own` is its address here, `url` where its readers belong.
pub(super) fn page(article: &Value, url: &str, own: &str, public_url: &str, slug: &str) -> String {
    let headline = text(&article["headline"]);
    let mut head = format!("<title>{headline}</title>");
    let canonical = if is_web(url) { url } else { own };
    let _ = write!(head, "<link rel=\"canonical\" href=\"{}\">", escaped(canonical));
    let mut property = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = write!(head, "<meta property=\"{name}\" content=\"{value}\">");
        }
    };
    property("og:type", "article");
    property("og:title", &headline);
    property("og:description", &text(&article["standfirst"]));
    property("og:url", &escaped(canonical));
    property("og:image", &address(&article["leadImage"]["url"]).unwrap_or_default());
    property("article:published_time", &text(&article["publishedAt"]));
    property("article:modified_time", &text(&article["updatedAt"]));

    let body = &article["body"];
    let (number, count) = (body["page"].as_i64().unwrap_or(1), body["pageCount"].as_i64().unwrap_or(1));
    let mut main = String::new();
    line(&mut main, "p class=\"kicker\"", &text(&article["section"]["name"]));
    line(&mut main, "h1", &headline);
    if number == 1 {
        line(&mut main, "p class=\"standfirst\"", &text(&article["standfirst"]));
    }
    let byline = text(&article["byline"]);
    let published = moment(&article["publishedAt"]);
    let parts: Vec<&str> = [byline.as_str(), published.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    line(&mut main, "p class=\"meta\"", &parts.join(" · "));
    if number == 1 {
        figure(&mut main, &article["leadImage"]);
    }
    let dateline = text(&article["dateline"]["text"]);
    let blocks = body["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let starts_with_text = blocks.first().is_some_and(|block| block["__typename"] == "Paragraph");
    if number == 1 && !dateline.is_empty() && !starts_with_text {
        line(&mut main, "p class=\"meta\"", &dateline);
    }
    for (index, element) in blocks.iter().enumerate() {
        let before = if index == 0 && number == 1 && starts_with_text { dateline.as_str() } else { "" };
        block(&mut main, element, before);
    }
    pages(&mut main, number, count);
    corrections(&mut main, &article["corrections"]);
    let mut footer = String::new();
    for part in [&article["source"]["name"], &article["copyrightNotice"], &article["usageTerms"]] {
        line(&mut footer, "p", &text(part));
    }
    let link = graphiql(public_url, slug);
    let _ = write!(footer, "<p><a href=\"{}\">Ask for this article in GraphiQL</a></p>", escaped(&link));
    let _ = write!(main, "<footer>{footer}</footer>");
    whole(article["language"].as_str().unwrap_or_default(), &head, &format!("<article>{main}</article>"))
}

/// A page of one sentence.
pub(super) fn note(sentence: &str) -> String {
    let sentence = escaped(sentence);
    whole("en", &format!("<title>{sentence}</title>"), &format!("<p>{sentence}</p>"))
}

fn whole(language: &str, head: &str, main: &str) -> String {
    let subtag = language.split('-').next().unwrap_or_default();
    let direction = if ["ar", "fa", "he", "ur", "ps", "yi"].contains(&subtag) { "rtl" } else { "ltr" };
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}<style>{STYLE}</style></head>\
         <body><main>{main}</main></body></html>\n",
        escaped(language)
    )
}

/// GraphiQL with the query of the page.
fn graphiql(public_url: &str, slug: &str) -> String {
    let variables = serde_json::json!({ "slug": slug }).to_string();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("query", DOCUMENT)
        .append_pair("variables", &variables)
        .finish();
    format!("{public_url}/?{query}")
}

fn block(out: &mut String, block: &Value, before: &str) {
    match block["__typename"].as_str().unwrap_or_default() {
        "Paragraph" => {
            let before = if before.is_empty() { String::new() } else { format!("<b>{before}</b> — ") };
            let _ = write!(out, "<p>{before}{}</p>", markup(&block["html"]));
        }
        "Heading" => {
            let level = block["level"].as_i64().unwrap_or(2).clamp(2, 6);
            line(out, &format!("h{level}"), &text(&block["text"]));
        }
        "Quote" => {
            let cite = text(&block["cite"]);
            let cite = if cite.is_empty() { cite } else { format!("<p class=\"meta\">{cite}</p>") };
            let _ = write!(out, "<blockquote><p>{}</p>{cite}</blockquote>", markup(&block["html"]));
        }
        "ListBlock" => {
            let tag = if block["ordered"] == true { "ol" } else { "ul" };
            let items: String =
                each(&block["items"]).map(|item| format!("<li>{}</li>", markup(&item["html"]))).collect();
            let _ = write!(out, "<{tag}>{items}</{tag}>");
        }
        "TableBlock" => table(out, block),
        "ImageBlock" => figure(out, &block["image"]),
        "GalleryBlock" => {
            figure(out, &block["gallery"]["leadImage"]);
            line(out, "p class=\"meta\"", &text(&block["gallery"]["title"]));
        }
        "AudioBlock" => medium(out, "audio", &block["audioUrl"], &block["audioTitle"], block),
        "VideoBlock" => medium(out, "video", &block["videoUrl"], &block["videoTitle"], block),
        "RelatedLink" => link(out, &block["relatedUrl"], &block["relatedTitle"]),
        "EmbedBlock" => {
            let titles = [&block["embedTitle"], &block["provider"], &block["embedUrl"]];
            let title = titles.into_iter().find(|title| title.as_str().is_some_and(|title| !title.is_empty()));
            link(out, &block["embedUrl"], title.unwrap_or(&Value::Null));
        }
        // Of a later version: it is passed over rather than the page lost.
        _ => {}
    }
}

fn table(out: &mut String, table: &Value) {
    let cell = |cell: &Value, on_top: bool| {
        let tag = if on_top || cell["isHeader"] == true { "th" } else { "td" };
        let span = |name: &str, field: &str| match cell[field].as_i64() {
            Some(span) if span > 1 => format!(" {name}=\"{span}\""),
            _ => String::new(),
        };
        let spans = span("colspan", "columnSpan") + &span("rowspan", "rowSpan");
        format!("<{tag}{spans}>{}</{tag}>", markup(&cell["html"]))
    };
    let rows = |rows: &Value, on_top: bool| -> String {
        let row = |row: &Value| each(&row["cells"]).map(|one| cell(one, on_top)).collect::<String>();
        each(rows).map(|one| format!("<tr>{}</tr>", row(one))).collect()
    };
    let caption = text(&table["caption"]);
    let caption = if caption.is_empty() { caption } else { format!("<caption>{caption}</caption>") };
    let (header, body) = (rows(&table["header"], true), rows(&table["rows"], false));
    let header = if header.is_empty() { header } else { format!("<thead>{header}</thead>") };
    let _ = write!(out, "<div class=\"table\"><table>{caption}{header}<tbody>{body}</tbody></table></div>");
}

fn medium(out: &mut String, tag: &str, url: &Value, title: &Value, block: &Value) {
    let Some(url) = address(url) else { return };
    let poster = address(&block["poster"]["url"]).filter(|_| tag == "video");
    let poster = poster.map(|poster| format!(" poster=\"{poster}\"")).unwrap_or_default();
    let title = text(title);
    let caption = text(&block["caption"]);
    let caption = if caption.is_empty() { title.clone() } else { caption };
    let caption = if caption.is_empty() { caption } else { format!("<figcaption>{caption}</figcaption>") };
    let _ = write!(
        out,
        "<figure><{tag} controls preload=\"none\" src=\"{url}\"{poster} aria-label=\"{title}\"></{tag}>{caption}</figure>"
    );
}

fn figure(out: &mut String, image: &Value) {
    let Some(url) = address(&image["url"]) else { return };
    let lines: Vec<String> =
        [&image["caption"], &image["credit"]].into_iter().map(text).filter(|line| !line.is_empty()).collect();
    let caption =
        if lines.is_empty() { String::new() } else { format!("<figcaption>{}</figcaption>", lines.join(" ")) };
    let _ = write!(out, "<figure><img src=\"{url}\" alt=\"{}\">{caption}</figure>", text(&image["alt"]));
}

fn link(out: &mut String, url: &Value, title: &Value) {
    let title = text(title);
    if let Some(url) = address(url).filter(|_| !title.is_empty()) {
        let _ = write!(out, "<p><a href=\"{url}\">{title}</a></p>");
    }
}

fn pages(out: &mut String, number: i64, count: i64) {
    if count < 2 {
        return;
    }
    let mut links = format!("<span>Page {number} of {count}</span>");
    if number > 1 {
        let _ = write!(links, "<a rel=\"prev\" href=\"?page={}\">Previous page</a>", number - 1);
    }
    if number < count {
        let _ = write!(links, "<a rel=\"next\" href=\"?page={}\">Next page</a>", number + 1);
    }
    let _ = write!(out, "<nav>{links}</nav>");
}

fn corrections(out: &mut String, corrections: &Value) {
    let items: String = each(corrections)
        .map(|correction| format!("<li>{}: {}</li>", moment(&correction["correctedAt"]), text(&correction["text"])))
        .collect();
    if !items.is_empty() {
        let _ = write!(out, "<h2>Corrections</h2><ul>{items}</ul>");
    }
}

/// A time for people and programs.
fn moment(time: &Value) -> String {
    let Some(time) = time.as_str().and_then(|time| time.parse::<chrono::DateTime<chrono::Utc>>().ok()) else {
        return String::new();
    };
    format!("<time datetime=\"{}\">{}</time>", time.to_rfc3339(), time.format("%B %-d, %Y, %H:%M UTC"))
}

/// An element with text that is escaped already; none when there is no text.
fn line(out: &mut String, tag: &str, text: &str) {
    if !text.is_empty() {
        let name = tag.split(' ').next().unwrap_or(tag);
        let _ = write!(out, "<{tag}>{text}</{name}>");
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// Text, escaped.
fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

/// The markup of a text, cleaned once more: a database may have been changed by hand.
fn markup(value: &Value) -> String {
    Inline::from_html(value.as_str().unwrap_or_default()).html().to_owned()
}

/// An address that may be opened, escaped.
fn address(value: &Value) -> Option<String> {
    value.as_str().filter(|url| is_web(url)).map(escaped)
}

pub(super) fn is_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
