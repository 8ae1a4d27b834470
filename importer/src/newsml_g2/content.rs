//! `contentSet`: the text of an item and its files.

use super::item::Item;
use crate::{
    Reading, address,
    draft::{Article, Block, Medium, Rendition, Video},
    html::{self, Picture},
    nitf, wire,
    xml::{self, Element as _, Node},
};

/// What an item holds.
#[derive(Default)]
pub(super) struct Body {
    pub(super) blocks: Vec<Block>,
    pub(super) files: Vec<File>,
}

/// A file that can be opened.
pub(super) struct File {
    pub(super) href: String,
    name: String,
    kind: Option<String>,
    width: Option<i32>,
    height: Option<i32>,
    seconds: Option<f64>,
}

impl File {
    /// Whether its media type begins like that.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.as_ref().is_some_and(|own| own.starts_with(kind))
    }

    /// Whether its media type is known.
    pub(super) fn has_kind(&self) -> bool {
        self.kind.is_some()
    }

    /// As a file of a picture.
    pub(super) fn rendition(&self) -> Rendition {
        Rendition {
            name: self.name.clone(),
            href: self.href.clone(),
            media_type: self.kind.clone(),
            width: self.width,
            height: self.height,
        }
    }
}

impl File {
    /// As a sound or a video of a text.
    pub(super) fn medium(&self) -> Medium {
        Medium {
            url: self.href.clone(),
            media_type: self.kind.clone(),
            duration_seconds: self.seconds,
            width: self.width,
            height: self.height,
            ..Medium::default()
        }
    }
}

/// Reads the content. The lines that a NITF text has itself go to `article`.
pub(super) fn read(item: &Item<'_, '_>, article: &mut Article, reading: &mut Reading) -> Body {
    let mut body = Body::default();
    let sets = item.node.all("contentSet").chain(item.node.is("contentSet").then_some(item.node));
    for set in sets {
        for content in set.elements() {
            match content.tag_name().name() {
                "remoteContent" => body.files.extend(file(item, content, reading)),
                // The others are the same text in other forms.
                "inlineXML" if body.blocks.is_empty() => body.blocks = inline_xml(item, content, article, reading),
                "inlineData" if body.blocks.is_empty() => body.blocks = inline_data(item, content, reading),
                _ => {}
            }
        }
    }
    body
}

fn inline_xml(item: &Item<'_, '_>, content: Node<'_>, article: &mut Article, reading: &mut Reading) -> Vec<Block> {
    let Some(inner) = content.children().find(Node::is_element) else {
        return html::blocks_of_text(content.text().unwrap_or_default());
    };
    match inner.tag_name().name() {
        "nitf" => {
            nitf::content(inner, article, item.defaults, reading);
            return std::mem::take(&mut article.body);
        }
        "html" | "body" | "div" | "section" | "article" | "p" | "main" => {}
        name => {
            reading.warn(item.at("inlineXML"), format!("`{name}` is neither NITF nor XHTML; left out"));
            return Vec::new();
        }
    }
    let mut markup = String::new();
    content.children().for_each(|child| xml::copy(child, &mut markup));
    html::blocks(&markup, item.defaults.base.as_ref(), &mut Picture::into_image)
}

fn inline_data(item: &Item<'_, '_>, content: Node<'_>, reading: &mut Reading) -> Vec<Block> {
    if content.attr("encoding").is_some() {
        reading.warn(item.at("inlineData"), "is encoded data and not text; left out");
        return Vec::new();
    }
    let text: String = content.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    let kind = content.attr("contenttype").and_then(wire::media_type).unwrap_or_default();
    if kind == "text/html" || kind == "application/xhtml+xml" || wire::is_markup(&text) {
        html::blocks(&text, item.defaults.base.as_ref(), &mut Picture::into_image)
    } else if kind.is_empty() || kind.starts_with("text/") {
        html::blocks_of_text(&text)
    } else {
        reading.warn(item.at("inlineData"), format!("`{kind}` is no text; left out"));
        Vec::new()
    }
}

fn file(item: &Item<'_, '_>, content: Node<'_>, reading: &mut Reading) -> Option<File> {
    let target = content.attr("href").or_else(|| content.attr("residref")).unwrap_or_default();
    let Some(href) = address::resolve(target, item.defaults.base.as_ref()) else {
        reading.warn(item.at("remoteContent"), format!("`{target}` is no address that can be opened; left out"));
        return None;
    };
    let name = item.catalog.bare(content, "rendition").unwrap_or_else(|| "original".to_owned());
    let pixels = |name: &str| content.attr(name).and_then(wire::pixels);
    Some(File {
        href,
        name,
        kind: content.attr("contenttype").and_then(wire::media_type),
        width: pixels("width"),
        height: pixels("height"),
        seconds: seconds(item, content),
    })
}

fn seconds(item: &Item<'_, '_>, content: Node<'_>) -> Option<f64> {
    let duration = content.attr("duration")?;
    let seconds: f64 = match item.catalog.bare(content, "durationunit").as_deref() {
        None | Some("seconds") if !duration.contains(':') => duration.parse().ok()?,
        Some("milliseconds") => duration.parse::<f64>().ok()? / 1_000.0,
        // Hours, minutes and seconds; frames behind these do not matter.
        _ if duration.contains(':') => {
            let parts = duration.split([':', ';']).take(3).map(|part| part.parse::<f64>().ok());
            parts.collect::<Option<Vec<_>>>()?.into_iter().fold(0.0, |sum, part| sum * 60.0 + part)
        }
        _ => return None,
    };
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

/// The file that players of browsers can show, with the most pixels; any other when there is none.
pub(super) fn video(files: &[File]) -> Option<Video> {
    let videos = || files.iter().filter(|file| !file.is("image/") && !file.is("text/"));
    let playable = videos().filter(|file| file.is("video/mp4") || file.is("video/webm"));
    let file = playable.max_by_key(|file| file.width.unwrap_or(0)).or_else(|| videos().next())?;
    Some(Video { href: file.href.clone(), media_type: file.kind.clone(), duration_seconds: file.seconds })
}

/// The picture that stands for the item.
pub(super) fn icon(item: &Item<'_, '_>) -> Option<Rendition> {
    let parts = item.content.into_iter().chain(item.node.all("partMeta"));
    let icon = parts.flat_map(|meta| meta.all("icon")).find(|icon| icon.attr("href").is_some())?;
    Some(Rendition {
        name: item.catalog.bare(icon, "rendition").unwrap_or_else(|| "icon".to_owned()),
        href: address::resolve(icon.attr("href")?, item.defaults.base.as_ref())?,
        media_type: icon.attr("contenttype").and_then(wire::media_type),
        width: icon.attr("width").and_then(wire::pixels),
        height: icon.attr("height").and_then(wire::pixels),
    })
}
