//! The neutral news item: what every format is read into, and all that is saved.
//!
//! It is also a format of its own, for bulk loads: a JSON object a line, with the fields below in camelCase and a `type`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
pub use entity::block::EmbedKind;
use entity::{
    article::{Genre, PubStatus},
    gallery::GalleryKind,
    story::StoryStatus,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use crate::html::Inline;

/// Something that a newsroom sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Draft {
    /// A news article.
    Article(Box<Article>),
    /// Photos, infographics or videos in order.
    Gallery(Box<Gallery>),
    /// A running story.
    Story(Box<Story>),
    /// A picture of its own.
    Image(Box<Image>),
    /// A concept of a vocabulary.
    Topic(Box<Topic>),
    /// A city or another place.
    Place(Box<Place>),
    /// That an item must not be shown any more, or not for now.
    Restriction(Box<Restriction>),
}

/// What a document says of an item without its content: a kill, a hold, or times that it may be shown at. It is about whatever is stored under
/// the `uri`, be it an article, a gallery, a story or a picture, which keeps its content for editors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restriction {
    /// The item.
    pub uri: String,
    /// The version of the item that says so.
    pub version: Option<i64>,
    /// `canceled` or `withheld`; `usable` when the times alone restrict it.
    #[serde(default)]
    pub status: PubStatus,
    /// When it was said.
    pub updated_at: Option<DateTime<Utc>>,
    /// Not to be shown before.
    pub embargoed_until: Option<DateTime<Utc>>,
    /// Not to be shown from then on.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Restriction {
    /// That the item `uri` is canceled or withheld.
    pub fn new(uri: impl Into<String>, status: PubStatus) -> Self {
        let uri = uri.into();
        Self { uri, version: None, status, updated_at: None, embargoed_until: None, expires_at: None }
    }

    /// What an item says of whether it may be shown; none for terms.
    pub fn of(draft: &Draft) -> Option<Self> {
        let said = |uri: &str, version, status, updated_at| Self { version, updated_at, ..Self::new(uri, status) };
        Some(match draft {
            Draft::Restriction(restriction) => (**restriction).clone(),
            Draft::Article(article) => Self {
                embargoed_until: article.embargoed_until,
                expires_at: article.expires_at,
                ..said(&article.uri, article.version, article.status, article.updated_at)
            },
            Draft::Gallery(gallery) => Self {
                embargoed_until: gallery.embargoed_until,
                expires_at: gallery.expires_at,
                ..said(&gallery.uri, gallery.version, gallery.status, gallery.updated_at)
            },
            Draft::Story(story) => Self {
                embargoed_until: story.embargoed_until,
                expires_at: story.expires_at,
                ..said(&story.uri, story.version, story.pub_status, story.updated_at)
            },
            Draft::Image(image) => Self::of_image(image),
            Draft::Topic(_) | Draft::Place(_) => return None,
        })
    }

    /// What a picture says of whether it may be shown.
    pub fn of_image(image: &Image) -> Self {
        Self {
            version: image.version,
            embargoed_until: image.embargoed_until,
            expires_at: image.expires_at,
            ..Self::new(&image.uri, image.status.unwrap_or_default())
        }
    }
}

/// A news article.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Article {
    /// Identity across imports and versions.
    pub uri: String,
    /// A higher one replaces. Without it, changed content is a new version unless it is older than what is stored.
    pub version: Option<i64>,
    /// The wished readable key; made from the headline otherwise.
    pub slug: Option<String>,
    /// The public page.
    pub url: Option<String>,
    /// Whether it may be shown.
    #[serde(default)]
    pub status: PubStatus,
    /// The journalistic form.
    pub genre: Option<Genre>,
    /// BCP 47.
    pub language: Option<String>,
    /// The title that readers see. One that is canceled or withheld may leave it out.
    #[serde(default)]
    pub headline: String,
    /// A short working title.
    pub slugline: Option<String>,
    /// Summary under the headline.
    pub standfirst: Option<String>,
    /// The line that names the authors.
    pub byline: Option<String>,
    /// The line before the text that says where and when it was written.
    pub dateline: Option<String>,
    /// The place that the dateline names.
    pub located: Option<Place>,
    /// Places that it is about.
    #[serde(default)]
    pub places: Vec<Place>,
    /// When readers could first see it.
    pub published_at: Option<DateTime<Utc>>,
    /// When this version was made.
    pub updated_at: Option<DateTime<Utc>>,
    /// Not to be shown before.
    pub embargoed_until: Option<DateTime<Utc>>,
    /// Not to be shown from then on.
    pub expires_at: Option<DateTime<Utc>>,
    /// 1 (flash) to 9.
    pub urgency: Option<i32>,
    /// Where it stands in the newsroom.
    pub section: Option<Term>,
    /// What it is about; the first matters most.
    #[serde(default)]
    pub topics: Vec<Topic>,
    /// Who made it, in the order of the byline.
    #[serde(default)]
    pub contributors: Vec<Contributor>,
    /// Who supplied it.
    pub source: Option<Term>,
    /// What may be done with it.
    pub usage_terms: Option<String>,
    /// The notice to show.
    pub copyright_notice: Option<String>,
    /// The picture on top.
    pub lead_image: Option<Image>,
    /// The text.
    #[serde(default)]
    pub body: Vec<Block>,
    /// Items that are galleries of this article, by `uri`; they may arrive later.
    #[serde(default)]
    pub galleries: Vec<String>,
    /// Articles that its editors chose to go with it, by `uri`; they may arrive later.
    #[serde(default)]
    pub related: Vec<String>,
    /// Running stories that it belongs to.
    #[serde(default)]
    pub stories: Vec<StoryOf>,
    /// The article that this one translates, by `uri`.
    pub translation_of: Option<String>,
    /// What was wrong and has been put right, oldest first.
    #[serde(default)]
    pub corrections: Vec<Correction>,
    /// Never in most-read lists.
    #[serde(default)]
    pub exclude_from_rankings: bool,
    /// How the text came to be, as a code of IPTC's digital source types, such as `trainedAlgorithmicMedia` for a text made by a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_source_type: Option<String>,
}

/// A piece of an article's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum Block {
    /// A paragraph.
    Paragraph {
        /// Its text with links and emphasis.
        html: Inline,
    },
    /// A heading inside the text.
    Heading {
        /// 2 to 6; 1 is the headline.
        level: u8,
        /// Plain text.
        text: String,
    },
    /// A quotation that stands apart.
    Quote {
        /// Its text with links and emphasis.
        html: Inline,
        /// Who or what is quoted.
        cite: Option<String>,
    },
    /// A list.
    List {
        /// Numbered?
        #[serde(default)]
        ordered: bool,
        /// Its items.
        items: Vec<Inline>,
    },
    /// A table.
    Table {
        /// What it shows, in a line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// Rows on top that name the columns: one row of cells, or several.
        #[serde(default, deserialize_with = "header", skip_serializing_if = "Vec::is_empty")]
        header: Vec<Vec<Cell>>,
        /// The others, each a row of cells.
        rows: Vec<Vec<Cell>>,
    },
    /// A picture in its place.
    Image {
        /// The picture.
        image: Box<Image>,
    },
    /// A gallery in its place.
    Gallery {
        /// The item; it may arrive later.
        uri: String,
    },
    /// A link to another article.
    Related {
        /// The item, when it is one of this newsroom's; it may arrive later.
        uri: Option<String>,
        /// Its address, when it is elsewhere.
        url: Option<String>,
        /// The text of the link.
        title: String,
    },
    /// Something of another site, by its address.
    Embed {
        /// Its address.
        url: String,
        /// Name of the site.
        provider: Option<String>,
        /// Its title.
        title: Option<String>,
        /// What it is: the address tells it otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<EmbedKind>,
        /// Pixels that it wants.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        width: Option<i32>,
        /// Pixels that it wants.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height: Option<i32>,
        /// The picture that stands for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        poster: Option<Box<Image>>,
    },
    /// A sound in its place.
    Audio(Medium),
    /// A video in its place.
    Video(Medium),
}

/// A file that is played.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The line under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The picture to show until it is played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster: Option<Box<Image>>,
}

/// A cell of a table: its text with links and emphasis, or an object with more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its text with links and emphasis.
    pub html: Inline,
    /// Names its row or its column.
    pub header: bool,
    /// Columns that it takes.
    pub column_span: u16,
    /// Rows that it takes.
    pub row_span: u16,
}

impl From<Inline> for Cell {
    fn from(html: Inline) -> Self {
        Self { html, header: false, column_span: 1, row_span: 1 }
    }
}

/// A cell with more than its text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CellObject {
    html: Inline,
    #[serde(default)]
    header: bool,
    #[serde(default = "one")]
    column_span: u16,
    #[serde(default = "one")]
    row_span: u16,
}

fn one() -> u16 {
    1
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { html, header, column_span, row_span } = self.clone();
        if header || (column_span, row_span) != (1, 1) {
            CellObject { html, header, column_span, row_span }.serialize(serializer)
        } else {
            html.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        cell(value).map_err(D::Error::custom)
    }
}

fn cell(value: Value) -> Result<Cell, String> {
    match value {
        Value::String(html) => Ok(Inline::from_html(&html).into()),
        value @ Value::Object(_) => {
            let cell: CellObject =
                serde_json::from_value(value).map_err(|error| format!("a cell of a table: {error}"))?;
            let CellObject { html, header, column_span, row_span } = cell;
            Ok(Cell { html, header, column_span, row_span })
        }
        _ => {
            Err("a cell of a table is a text, or an object with `html`, `header`, `columnSpan` and `rowSpan`"
                .to_owned())
        }
    }
}

/// The rows on top of a table, of which there is mostly one.
fn header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<Cell>>, D::Error> {
    let row = |cells: Vec<Value>| cells.into_iter().map(cell).collect::<Result<Vec<_>, _>>();
    let values = Vec::<Value>::deserialize(deserializer)?;
    let rows = if values.iter().all(Value::is_array) {
        let cells = |row: Value| if let Value::Array(cells) = row { cells } else { Vec::new() };
        values.into_iter().map(|value| row(cells(value))).collect::<Result<_, _>>()
    } else {
        row(values).map(|row| vec![row])
    };
    rows.map_err(D::Error::custom)
}

impl Block {
    /// Something of another site of which the address and the title are known.
    pub fn embed(url: String, provider: Option<String>, title: Option<String>) -> Self {
        Self::Embed { url, provider, title, kind: None, width: None, height: None, poster: None }
    }

    /// The text without markup; empty for what is no text.
    pub fn text(&self) -> String {
        match self {
            Self::Paragraph { html } | Self::Quote { html, .. } => html.text().to_owned(),
            Self::Heading { text, .. } => text.clone(),
            Self::List { items, .. } => items.iter().map(Inline::text).collect::<Vec<_>>().join("\n"),
            Self::Table { caption, header, rows } => {
                let line = |row: &Vec<Cell>| row.iter().map(|cell| cell.html.text()).collect::<Vec<_>>().join(" | ");
                let lines = caption.iter().cloned().chain(header.iter().chain(rows).map(line));
                lines.collect::<Vec<_>>().join("\n")
            }
            Self::Image { .. }
            | Self::Gallery { .. }
            | Self::Related { .. }
            | Self::Embed { .. }
            | Self::Audio(_)
            | Self::Video(_) => String::new(),
        }
    }

    /// The picture that it is or that stands for it.
    pub fn image(&self) -> Option<&Image> {
        match self {
            Self::Image { image } => Some(image),
            Self::Embed { poster, .. } => poster.as_deref(),
            Self::Audio(medium) | Self::Video(medium) => medium.poster.as_deref(),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn image_mut(&mut self) -> Option<&mut Image> {
        match self {
            Self::Image { image } => Some(image),
            Self::Embed { poster, .. } => poster.as_deref_mut(),
            Self::Audio(medium) | Self::Video(medium) => medium.poster.as_deref_mut(),
            _ => None,
        }
    }

    /// The markup of its texts.
    pub fn inlines(&self) -> Vec<&Inline> {
        match self {
            Self::Paragraph { html } | Self::Quote { html, .. } => vec![html],
            Self::List { items, .. } => items.iter().collect(),
            Self::Table { header, rows, .. } => header.iter().chain(rows).flatten().map(|cell| &cell.html).collect(),
            _ => Vec::new(),
        }
    }
}

/// Something that is known by a name: a section or a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Term {
    /// Readable key; made from the name otherwise.
    pub slug: Option<String>,
    /// Name as readers see it.
    pub name: String,
    /// Home page.
    pub url: Option<String>,
}

/// What an article is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Topic {
    /// Readable key; made from the name otherwise.
    pub slug: Option<String>,
    /// Name as readers see it.
    pub name: String,
    /// Names by language (BCP 47), where there are several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Code in a controlled vocabulary, such as `medtop:20000639`.
    pub qcode: Option<String>,
    /// The concept above: its code, else its readable key.
    pub broader: Option<String>,
    /// Codes of retired concepts that resolve to this one.
    #[serde(default)]
    pub replaces: Vec<String>,
}

/// A city or another place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    /// Readable key; made from the name otherwise.
    pub slug: Option<String>,
    /// Name as readers see it.
    pub name: String,
    /// Identifier in a gazetteer.
    pub uri: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country_code: Option<String>,
    /// IANA name of the zone.
    pub time_zone: Option<String>,
    /// Degrees north, WGS 84.
    pub latitude: Option<f64>,
    /// Degrees east, WGS 84.
    pub longitude: Option<f64>,
}

/// Someone who made an article.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contributor {
    /// Name as readers see it.
    pub name: String,
    /// Identifier in the source's own system.
    pub uri: Option<String>,
    /// What they did, such as `author`.
    pub role: Option<String>,
    /// Who they are, in a few sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biography: Option<String>,
    /// Their portrait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Box<Image>>,
    /// Their pages elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
}

/// A running story that an article names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoryOf {
    /// The item; it is made with this title when it is not there.
    pub uri: String,
    /// Its title.
    pub title: String,
}

/// What was wrong and has been put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Correction {
    /// For readers: what was wrong and what is right.
    pub text: String,
    /// When it was put right; the time of the version otherwise.
    pub at: Option<DateTime<Utc>>,
}

/// A picture with its rights and its files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// Identity across imports.
    pub uri: String,
    /// A higher one replaces.
    pub version: Option<i64>,
    /// Whether it may be shown. Left out, a picture that is an item itself may be, and one in another item stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PubStatus>,
    /// What it shows, for those who do not see it.
    pub alt: Option<String>,
    /// The line under it.
    pub caption: Option<String>,
    /// Whom to name.
    pub credit: Option<String>,
    /// The notice to show.
    pub copyright_notice: Option<String>,
    /// What may be done with it.
    pub usage_terms: Option<String>,
    /// Pixels of the original.
    pub width: Option<i32>,
    /// Pixels of the original.
    pub height: Option<i32>,
    /// What must stay in sight, as parts of width and height: 0 to 1 from the left and from the top.
    pub focal_point: Option<(f64, f64)>,
    /// CSS colour to show while loading.
    pub placeholder: Option<String>,
    /// How it came to be, as a code of IPTC's digital source types, such as `digitalCapture` or `trainedAlgorithmicMedia`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_source_type: Option<String>,
    /// Not to be shown before: until then it is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<DateTime<Utc>>,
    /// Not to be shown from then on: after it it is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Its files.
    #[serde(default)]
    pub renditions: Vec<Rendition>,
}

/// A file of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rendition {
    /// Name, such as `thumbnail`; unique in the picture.
    pub name: String,
    /// Its address.
    pub href: String,
    /// IANA media type.
    pub media_type: Option<String>,
    /// Pixels.
    pub width: Option<i32>,
    /// Pixels.
    pub height: Option<i32>,
}

/// Photos, infographics or videos in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gallery {
    /// Identity across imports and versions.
    pub uri: String,
    /// A higher one replaces.
    pub version: Option<i64>,
    /// The wished readable key; made from the title otherwise.
    pub slug: Option<String>,
    /// Its title. One that is canceled or withheld may leave it out.
    #[serde(default)]
    pub title: String,
    /// What it shows, in a sentence or two.
    pub summary: Option<String>,
    /// What it shows.
    #[serde(default)]
    pub kind: GalleryKind,
    /// Whether it may be shown.
    #[serde(default)]
    pub status: PubStatus,
    /// Where it stands in the newsroom.
    pub section: Option<Term>,
    /// The picture that stands for it; the first item's otherwise.
    pub lead_image: Option<Image>,
    /// When readers could first see it.
    pub published_at: Option<DateTime<Utc>>,
    /// When this version was made.
    pub updated_at: Option<DateTime<Utc>>,
    /// Not to be shown before.
    pub embargoed_until: Option<DateTime<Utc>>,
    /// Not to be shown from then on.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it holds.
    #[serde(default)]
    pub items: Vec<GalleryItem>,
}

/// An item of a gallery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GalleryItem {
    /// The picture, or the poster of a video.
    pub image: Image,
    /// The line under it here; the picture's own otherwise.
    pub caption: Option<String>,
    /// The video.
    pub video: Option<Video>,
}

/// The file of a video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Video {
    /// Its address.
    pub href: String,
    /// IANA media type.
    pub media_type: Option<String>,
    /// Its length.
    pub duration_seconds: Option<f64>,
}

/// A running story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Story {
    /// Identity across imports and versions.
    pub uri: String,
    /// A higher one replaces.
    pub version: Option<i64>,
    /// The wished readable key; made from the title otherwise.
    pub slug: Option<String>,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub summary: Option<String>,
    /// Whether it still goes on.
    #[serde(default = "open")]
    pub status: StoryStatus,
    /// Whether it may be shown.
    #[serde(default, skip_serializing_if = "is_usable")]
    pub pub_status: PubStatus,
    /// Not to be shown before: until then it is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<DateTime<Utc>>,
    /// Not to be shown from then on: after it it is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The picture that stands for it.
    pub lead_image: Option<Image>,
    /// When this version was made.
    pub updated_at: Option<DateTime<Utc>>,
    /// Its articles: the pinned ones in their order.
    #[serde(default)]
    pub articles: Vec<StoryMember>,
}

fn is_usable(status: &PubStatus) -> bool {
    *status == PubStatus::Usable
}

fn open() -> StoryStatus {
    StoryStatus::Open
}

/// An article of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoryMember {
    /// The article; it may arrive later.
    pub uri: String,
    /// Shown before all that are not pinned.
    #[serde(default)]
    pub pinned: bool,
}

impl Draft {
    /// What identifies the item: its `uri`, or the code or name of a term.
    pub fn uri(&self) -> &str {
        match self {
            Self::Article(article) => &article.uri,
            Self::Gallery(gallery) => &gallery.uri,
            Self::Story(story) => &story.uri,
            Self::Image(image) => &image.uri,
            Self::Topic(topic) => topic.qcode.as_deref().unwrap_or(&topic.name),
            Self::Place(place) => place.uri.as_deref().unwrap_or(&place.name),
            Self::Restriction(restriction) => &restriction.uri,
        }
    }

    /// Moves every time by `difference`.
    pub fn shift(&mut self, difference: TimeDelta) {
        let mut times: Vec<&mut Option<DateTime<Utc>>> = Vec::new();
        match self {
            Self::Article(article) => {
                times.extend([
                    &mut article.published_at,
                    &mut article.updated_at,
                    &mut article.embargoed_until,
                    &mut article.expires_at,
                ]);
                times.extend(article.corrections.iter_mut().map(|correction| &mut correction.at));
            }
            Self::Gallery(gallery) => times.extend([
                &mut gallery.published_at,
                &mut gallery.updated_at,
                &mut gallery.embargoed_until,
                &mut gallery.expires_at,
            ]),
            Self::Story(story) => {
                times.extend([&mut story.updated_at, &mut story.embargoed_until, &mut story.expires_at]);
            }
            Self::Restriction(restriction) => times.extend([
                &mut restriction.updated_at,
                &mut restriction.embargoed_until,
                &mut restriction.expires_at,
            ]),
            Self::Image(image) => times.extend([&mut image.embargoed_until, &mut image.expires_at]),
            Self::Topic(_) | Self::Place(_) => {}
        }
        for time in times.into_iter().flatten() {
            *time += difference;
        }
    }

    /// Every picture in the item.
    pub fn images_mut(&mut self) -> Vec<&mut Image> {
        match self {
            Self::Article(article) => {
                let in_body = article.body.iter_mut().filter_map(Block::image_mut);
                let of_people = article.contributors.iter_mut().filter_map(|person| person.image.as_deref_mut());
                article.lead_image.iter_mut().chain(in_body).chain(of_people).collect()
            }
            Self::Gallery(gallery) => {
                gallery.lead_image.iter_mut().chain(gallery.items.iter_mut().map(|item| &mut item.image)).collect()
            }
            Self::Story(story) => story.lead_image.iter_mut().collect(),
            Self::Image(image) => vec![image],
            Self::Topic(_) | Self::Place(_) | Self::Restriction(_) => Vec::new(),
        }
    }
}
