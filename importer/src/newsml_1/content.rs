//! The text of an item and its pictures.

use super::story::{Role, Story, is_picture};
use crate::{
    Defaults, Reading, address,
    draft::{Article, Block, Image, Rendition},
    html::{self, Picture},
    nitf, text, wire,
    xml::{self, Element as _, Node},
};

impl Story<'_> {
    /// Text and pictures.
    pub(super) fn content(&self, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
        let of_role =
            |wanted: Role| self.components.iter().filter(move |(_, role)| *role == wanted).map(|(node, _)| *node);
        let mut photos: Vec<_> = of_role(Role::Picture).take(wire::MANY).collect();
        photos.sort_by_key(|photo| rank(*photo));
        let read = |picture: Node<'_>, reading: &mut Reading| image(picture, article, defaults, reading);
        let mut images: Vec<Image> = photos.into_iter().filter_map(|photo| read(photo, reading)).collect();
        if images.is_empty() {
            images.extend(of_role(Role::Logo).find_map(|logo| read(logo, reading)));
        }
        let mut pictures = wire::Pictures::new(images);
        for component in self.texts() {
            // The files of a component are one content in several forms.
            let mut contents = component.all("ContentItem").map(|content| {
                if is_picture(content) { Vec::new() } else { body(content, article, &mut pictures, defaults, reading) }
            });
            let blocks = contents.find(|blocks| !blocks.is_empty()).unwrap_or_default();
            article.body.extend(blocks);
        }
        if article.standfirst.is_none() {
            let below = of_role(Role::Standfirst).flat_map(|component| component.all("ContentItem"));
            let texts = below.map(|content| body(content, article, &mut pictures, defaults, reading));
            let lines: Vec<_> = texts.flatten().map(|block| block.text().replace('\n', "; ")).collect();
            article.standfirst = text::folded(&lines.join(" "));
        }
        wire::attach(article, pictures.rest());
    }
}

fn rank(component: Node<'_>) -> u32 {
    let rank = component.path(&["DescriptiveMetadata"]).and_then(|metadata| value(metadata, "Rank")?.parse().ok());
    rank.unwrap_or(u32::MAX)
}

fn value<'d>(node: Node<'d>, name: &str) -> Option<&'d str> {
    node.all("Property").find(|property| property.attr("FormalName") == Some(name))?.attr("Value")
}

/// A picture: its files are the content of its component, and of those in it.
fn image(component: Node<'_>, article: &Article, defaults: &Defaults, reading: &mut Reading) -> Option<Image> {
    let line = |name: &str| component.one("NewsLines").and_then(|lines| lines.words_of(name));
    let mut image = Image {
        caption: line("CaptionLine").or_else(|| line("HeadLine")).or_else(|| line("SubHeadLine")),
        credit: line("CreditLine").or_else(|| line("ByLine")),
        copyright_notice: line("CopyrightLine").or_else(|| article.copyright_notice.clone()),
        usage_terms: line("RightsLine").or_else(|| article.usage_terms.clone()),
        ..Image::default()
    };
    for content in component.all("ContentItem").take(wire::MANY) {
        let Some(href) = content.attr("Href") else { continue };
        let Some(href) = address::resolve(href, defaults.base.as_ref()) else {
            reading.warn("ContentItem", format!("`{href}` is no address that can be opened; left out"));
            continue;
        };
        let facts = content.one("Characteristics");
        let fact = |names: &[&str]| names.iter().find_map(|name| value(facts?, name));
        let rendition = Rendition {
            name: fact(&["ImageUse"]).unwrap_or("original").to_owned(),
            href,
            media_type: content.one("MimeType").and_then(|kind| wire::media_type(kind.attr("FormalName")?)),
            width: fact(&["PixelWidth", "Width"]).and_then(wire::pixels),
            height: fact(&["PixelHeight", "Height"]).and_then(wire::pixels),
        };
        wire::add_file(&mut image, rendition);
    }
    image.uri = image.renditions.first()?.href.clone();
    wire::measure(&mut image);
    Some(image)
}

/// The text in a file.
fn body(
    content: Node<'_>,
    article: &mut Article,
    pictures: &mut wire::Pictures,
    defaults: &Defaults,
    reading: &mut Reading,
) -> Vec<Block> {
    if content.one("Encoding").is_some() {
        reading.warn("ContentItem", "is encoded data and not text; left out");
        return Vec::new();
    }
    let Some(data) = content.one("DataContent") else { return Vec::new() };
    let kind = content.one("MimeType").and_then(|kind| kind.attr("FormalName")).unwrap_or_default();
    let format = content.one("Format").and_then(|format| format.attr("FormalName")).unwrap_or_default();
    let base = defaults.base.as_ref();
    let mut picture = |picture: Picture| pictures.place(picture);
    match data.children().find(Node::is_element) {
        Some(nitf) if nitf.is("nitf") => {
            nitf::content(nitf, article, defaults, reading);
            std::mem::take(&mut article.body)
        }
        Some(_) if format.contains("NITF") => nitf::blocks_in(data, &article.uri, defaults, reading),
        Some(_) => {
            let mut markup = String::new();
            data.children().for_each(|child| xml::copy(child, &mut markup));
            html::blocks(&markup, base, &mut picture)
        }
        None => {
            let text = data.text().unwrap_or_default();
            if kind.contains("html") || format.contains("HTML") || wire::is_markup(text) {
                html::blocks(text, base, &mut picture)
            } else {
                html::blocks_of_text(text)
            }
        }
    }
}
