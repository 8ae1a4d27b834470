//! The text of a NITF story as HTML, with its media in their places.

use super::Media;
use crate::xml::{Element, Node, close, open, push_text};

/// The scheme of the marks that stand for media in the HTML.
pub(super) const MARK: &str = "nitf-media:";

/// Writes `node` and what is in it; media are collected in `media`, and marks stand in their places.
pub(super) fn write(node: Node<'_>, out: &mut String, media: &mut Vec<Media>) {
    if let Some(text) = node.text().filter(|_| node.is_text()) {
        return push_text(out, text);
    }
    if !node.is_element() {
        return;
    }
    let tag = match node.tag_name().name() {
        // What is for editors and programs alone.
        "ed-msg" | "media-metadata" | "media-object" | "nitf-table-metadata" | "custom-table" | "alt-code" => return,
        "note" if node.attr("noteclass").is_some_and(|class| class != "cpyrt" && class != "hd") => return,
        "media" => return write_media(node, out, media),
        "bq" => return write_quote(node, out, media),
        "a" => {
            open(out, "a", node.attr("href").map(|href| ("href", href)));
            within(node, out, media);
            return close(out, "a");
        }
        "br" => return out.push_str("<br>"),
        "hr" => return out.push_str("<hr>"),
        "td" | "th" => {
            let name = node.tag_name().name();
            open(out, name, ["colspan", "rowspan"].into_iter().filter_map(|name| Some((name, node.attr(name)?))));
            within(node, out, media);
            return close(out, name);
        }
        "caption" if node.parent().is_some_and(|parent| parent.is("table")) => "caption",
        "hl1" | "hl2" => "h2",
        "em" | "object.title" => "em",
        "caption" | "byline" | "dateline" | "credit" | "datasource" | "copyrite" | "tagline" | "fn" => "p",
        "block" | "abstract" | "note" | "bibliography" | "nitf-table" => "div",
        name @ ("p" | "q" | "sub" | "sup" | "strong" | "pre" | "ul" | "ol" | "li" | "dl" | "dt" | "dd" | "table"
        | "tbody" | "thead" | "tfoot" | "tr") => name,
        // Marks what words mean, such as `person` or `money`.
        _ => return within(node, out, media),
    };
    open(out, tag, None);
    within(node, out, media);
    close(out, tag);
}

/// Writes what is in `node`.
pub(super) fn within(node: Node<'_>, out: &mut String, media: &mut Vec<Media>) {
    node.children().for_each(|child| write(child, out, media));
}

fn write_quote(node: Node<'_>, out: &mut String, media: &mut Vec<Media>) {
    open(out, "blockquote", None);
    for child in node.children().filter(|child| !child.is("credit")) {
        write(child, out, media);
    }
    if let Some(credit) = node.words_of("credit") {
        open(out, "footer", None);
        push_text(out, &credit);
        close(out, "footer");
    }
    close(out, "blockquote");
}

/// How long a file is played.
fn seconds(file: Node<'_>) -> Option<f64> {
    let time: f64 = file.attr("time")?.trim().parse().ok()?;
    let unit = file.attr("time-unit-of-measure").unwrap_or("seconds").to_ascii_lowercase();
    let seconds = match unit.trim_end_matches('s') {
        "second" | "sec" | "" => time,
        "minute" | "min" => time * 60.0,
        "hour" => time * 3_600.0,
        "millisecond" | "msec" | "m" => time / 1_000.0,
        _ => return None,
    };
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

fn write_media(node: Node<'_>, out: &mut String, media: &mut Vec<Media>) {
    let captions: Vec<String> = node.all("media-caption").filter_map(Element::words).collect();
    let files: Vec<_> = node.all("media-reference").collect();
    let kind = node.attr("media-type").unwrap_or("image");
    let mime = files.iter().find_map(|file| file.attr("mime-type")).unwrap_or_default();
    if matches!(kind, "video" | "audio") || mime.starts_with("video/") || mime.starts_with("audio/") {
        let is_picture = |file: &&Node<'_>| file.attr("mime-type").is_some_and(|kind| kind.starts_with("image/"));
        let tag = if kind == "audio" || mime.starts_with("audio/") { "audio" } else { "video" };
        let played: Vec<_> = files.iter().filter(|file| !is_picture(file) && file.attr("source").is_some()).collect();
        let poster = files.iter().find(is_picture).and_then(|file| file.attr("source"));
        let seconds = played.iter().find_map(|file| seconds(**file)).map(|seconds| seconds.to_string());
        let of_file = |name| played.iter().find_map(|file| file.attr(name));
        let attributes = [
            ("poster", poster),
            ("width", of_file("width")),
            ("height", of_file("height")),
            ("title", of_file("alternate-text")),
            ("data-duration", seconds.as_deref()),
        ];
        open(out, "figure", None);
        open(out, tag, attributes.into_iter().filter_map(|(name, value)| Some((name, value?))));
        for file in played {
            let kind = file.attr("mime-type").and_then(crate::wire::media_type);
            let attributes = [("src", file.attr("source")), ("type", kind.as_deref())];
            open(out, "source", attributes.into_iter().filter_map(|(name, value)| Some((name, value?))));
        }
        close(out, tag);
        if let Some(caption) = captions.first() {
            open(out, "figcaption", None);
            push_text(out, caption);
            close(out, "figcaption");
        }
        return close(out, "figure");
    }
    let credits =
        node.all("media-producer").chain(node.all("media-caption").filter_map(|caption| caption.one("credit")));
    let mark = format!("{MARK}{}", media.len());
    media.push(Media {
        caption: (!captions.is_empty()).then(|| captions.join(" ")),
        credit: credits.filter_map(Element::words).next(),
        files: files
            .iter()
            .filter_map(|file| {
                let address = file.attr("source").or_else(|| file.attr("data-location"))?;
                Some(super::File {
                    address: address.to_owned(),
                    name: file.attr("name").map(str::to_owned),
                    alt: file.attr("alternate-text").map(str::to_owned),
                    media_type: file.attr("mime-type").and_then(crate::wire::media_type),
                    width: file.attr("width").and_then(crate::wire::pixels),
                    height: file.attr("height").and_then(crate::wire::pixels),
                })
            })
            .collect(),
    });
    open(out, "img", [("data-uri", mark.as_str())]);
}
