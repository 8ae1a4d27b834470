//! The blocks of an article's body, as they are stored.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// The body of an article: its blocks, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Blocks(pub Vec<Block>);

impl Blocks {
    /// About the bytes of memory that they take.
    pub fn weight(&self) -> usize {
        let texts = |block: &Block| match block {
            Block::Paragraph { html, text } => html.len() + text.len(),
            Block::Heading { text, .. } => text.len(),
            Block::Quote { html, text, cite } => html.len() + text.len() + cite.as_ref().map_or(0, String::len),
            Block::List { items, .. } => items.iter().map(|item| item.html.len() + item.text.len() + 48).sum(),
            Block::Image { .. } => 0,
            Block::Gallery { gallery_uri } => gallery_uri.len(),
            Block::Related { title, .. } | Block::Embed { url: title, .. } => title.len() + 200,
        };
        self.0.iter().map(|block| size_of::<Block>() + texts(block)).sum()
    }

    /// Its words, without markup, pictures and links elsewhere.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut add = |words: &str| {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(words);
        };
        for block in &self.0 {
            match block {
                Block::Paragraph { text, .. } | Block::Heading { text, .. } | Block::Quote { text, .. } => add(text),
                Block::List { items, .. } => items.iter().for_each(|item| add(&item.text)),
                Block::Image { .. } | Block::Gallery { .. } | Block::Related { .. } | Block::Embed { .. } => {}
            }
        }
        text
    }
}

/// One block. `html` holds inline markup that a sanitiser has passed: links, emphasis, sub- and superscript, code, line breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Paragraph {
        /// With inline markup.
        html: String,
        /// Without.
        text: String,
    },
    /// A heading inside the body.
    Heading {
        /// 2 to 6; 1 is the headline.
        level: u8,
        /// Plain text.
        text: String,
    },
    /// A quotation that stands apart.
    Quote {
        /// With inline markup.
        html: String,
        /// Without.
        text: String,
        /// Who or what is quoted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cite: Option<String>,
    },
    /// A list.
    List {
        /// Numbered?
        ordered: bool,
        /// Its items.
        items: Vec<ListItem>,
    },
    /// An image in its place.
    Image {
        /// Row of `image`.
        image_id: i64,
    },
    /// A gallery in its place.
    Gallery {
        /// Item; the gallery may arrive later.
        gallery_uri: String,
    },
    /// A link to another article.
    Related {
        /// Item, when it is one of this newsroom's; it may arrive later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        article_uri: Option<String>,
        /// Address, when it is elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// Text of the link.
        title: String,
    },
    /// Something of another site, by its address alone.
    Embed {
        /// Address.
        url: String,
        /// Name of the site.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// Title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListItem {
    /// With inline markup.
    pub html: String,
    /// Without.
    pub text: String,
}
