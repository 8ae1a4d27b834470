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
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let texts = |block: &Block| match block {
            Block::Paragraph { html, text } => html.len() + text.len(),
            Block::Heading { text, .. } => text.len(),
            Block::Quote { html, text, cite } => html.len() + text.len() + length(cite),
            Block::List { items, .. } => items.iter().map(|item| item.html.len() + item.text.len() + 48).sum(),
            Block::Table { caption, header, rows } => {
                let cells = header.iter().chain(rows).flatten();
                length(caption) + cells.map(|cell| size_of::<Cell>() + cell.html.len() + cell.text.len()).sum::<usize>()
            }
            Block::Image { .. } => 0,
            Block::Gallery { gallery_uri } => gallery_uri.len(),
            Block::Related { title, .. } | Block::Embed { url: title, .. } => title.len() + 200,
            Block::Audio(medium) | Block::Video(medium) => {
                medium.url.len() + length(&medium.title) + length(&medium.caption) + length(&medium.media_type)
            }
        };
        self.0.iter().map(|block| size_of::<Block>() + texts(block)).sum()
    }

    /// Its words, without markup, pictures and links elsewhere.
    pub fn text(&self) -> String {
        self.0.iter().flat_map(Block::texts).collect::<Vec<_>>().join("\n")
    }
}

impl Block {
    /// Its words, each piece of text that stands by itself. What is found by a search is what stands here; pictures, files and links elsewhere
    /// have no words.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Paragraph { text, .. } | Self::Heading { text, .. } => vec![text],
            Self::Quote { text, cite, .. } => std::iter::once(text.as_str()).chain(cite.as_deref()).collect(),
            Self::List { items, .. } => items.iter().map(|item| item.text.as_str()).collect(),
            Self::Table { caption, header, rows } => {
                let cells = header.iter().chain(rows).flatten().map(|cell| cell.text.as_str());
                caption.as_deref().into_iter().chain(cells).filter(|text| !text.is_empty()).collect()
            }
            Self::Image { .. }
            | Self::Gallery { .. }
            | Self::Related { .. }
            | Self::Embed { .. }
            | Self::Audio(_)
            | Self::Video(_) => Vec::new(),
        }
    }

    /// Its words as plain text: lists have a line for each item, and tables one for each row.
    pub fn text(&self) -> String {
        let Self::Table { caption, header, rows } = self else { return self.texts().join("\n") };
        let line = |row: &Vec<Cell>| row.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" | ");
        let lines = caption.iter().cloned().chain(header.iter().chain(rows).map(line));
        lines.collect::<Vec<_>>().join("\n")
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
    /// A table.
    Table {
        /// What it shows, in a line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// Rows on top that name the columns.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        header: Vec<Vec<Cell>>,
        /// The others.
        rows: Vec<Vec<Cell>>,
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
        /// What it is, where that was said; the address tells it otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<EmbedKind>,
        /// Pixels that it wants.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        width: Option<i32>,
        /// Pixels that it wants.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height: Option<i32>,
        /// Row of `image` that stands for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        poster_id: Option<i64>,
    },
    /// A sound in its place.
    Audio(Medium),
    /// A video in its place.
    Video(Medium),
}

/// What something of another site is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbedKind {
    /// A video in a player of its site.
    Video,
    /// A sound in a player of its site.
    Audio,
    /// A post of a social network.
    Post,
    /// A chart or a table.
    Chart,
    /// A map.
    Map,
    /// Anything else.
    Other,
}

/// A file that is played.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Medium {
    /// Address of the file.
    pub url: String,
    /// IANA media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Its length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i32>,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The line under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Row of `image` to show until it is played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster_id: Option<i64>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// With inline markup.
    pub html: String,
    /// Without.
    pub text: String,
    /// Names its row or its column.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub header: bool,
    /// Columns that it takes.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub column_span: u16,
    /// Rows that it takes.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub row_span: u16,
}

fn one() -> u16 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_one(span: &u16) -> bool {
    *span == 1
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListItem {
    /// With inline markup.
    pub html: String,
    /// Without.
    pub text: String,
}
