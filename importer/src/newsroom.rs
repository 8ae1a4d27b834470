//! What a newsroom has and no news format carries: its sections in their order, its vocabulary, top stories, headlines of other
//! outlets, and counts of reads. A JSON document with `"format": "newsgraph-newsroom"`.

use chrono::{DateTime, TimeDelta, Utc};
use entity::external_headline::Placement;
use serde::Deserialize;

use crate::{
    draft::{Place, Topic},
    reading::Problem,
    vocabulary,
};

/// The value of `format`.
const FORMAT: &str = "newsgraph-newsroom";

/// A newsroom's own settings of its pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Newsroom {
    format: String,
    /// The moment that stands for now, in a newsroom that is loaded at another one.
    #[serde(default)]
    pub anchor: Option<DateTime<Utc>>,
    /// BCP 47 tag of articles that name no language.
    #[serde(default)]
    pub language: Option<String>,
    /// Sections; parents go first.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// Sections that are taken away.
    #[serde(default)]
    pub remove_sections: Vec<RemovedSection>,
    /// Agencies, papers and feeds.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Places.
    #[serde(default)]
    pub places: Vec<Place>,
    /// Topics.
    #[serde(default)]
    pub topics: Vec<Topic>,
    /// What stands on top of the front and of sections. Lists that are not named stay; an empty array empties all.
    #[serde(default)]
    pub top_stories: Option<Vec<TopStories>>,
    /// The headlines of other outlets, in all boxes: those that are not listed are taken away.
    #[serde(default)]
    pub external_headlines: Option<Vec<ExternalHeadline>>,
    /// Counts of reads.
    #[serde(default)]
    pub reads: Vec<Reads>,
}

/// A section.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Section {
    /// Readable key.
    pub slug: String,
    /// Name as readers see it.
    pub name: String,
    /// Order in menus, ascending.
    pub position: i32,
    /// The section above, by its slug.
    #[serde(default)]
    pub parent: Option<String>,
    /// Left out of menus and rankings.
    #[serde(default)]
    pub hidden: bool,
}

/// A section that is taken away.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemovedSection {
    /// Readable key.
    pub slug: String,
    /// The section that takes its articles and galleries, by its slug. A section without articles needs none.
    #[serde(default)]
    pub into: Option<String>,
}

/// An agency, a paper or a feed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// Readable key.
    pub slug: String,
    /// Name as readers see it.
    pub name: String,
    /// Home page.
    #[serde(default)]
    pub url: Option<String>,
}

/// What stands on top of the front or of a section.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TopStories {
    /// Slug of the section; null is the front.
    #[serde(default)]
    pub section: Option<String>,
    /// The articles in their order; they replace those that stood there.
    pub items: Vec<TopStory>,
}

/// An article on top.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TopStory {
    /// The article's `uri`.
    pub article: String,
    /// Short line above the headline.
    #[serde(default)]
    pub kicker: Option<String>,
    /// Headline for this place.
    #[serde(default)]
    pub headline: Option<String>,
    /// When it leaves the list by itself.
    #[serde(default)]
    pub pinned_until: Option<DateTime<Utc>>,
}

/// A headline of another outlet.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExternalHeadline {
    /// The box that shows it.
    pub placement: PlacementName,
    /// Its words.
    pub headline: String,
    /// Where the article is.
    pub url: String,
    /// Name of the outlet.
    pub source_name: String,
    /// Summary.
    #[serde(default)]
    pub standfirst: Option<String>,
    /// When the outlet published it.
    #[serde(default)]
    pub published_at: Option<DateTime<Utc>>,
}

/// A box of headlines of other outlets, as the GraphQL schema spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlacementName {
    /// What others report.
    InOtherMedia,
    /// News of partners.
    PartnerNews,
}

impl From<PlacementName> for Placement {
    fn from(name: PlacementName) -> Self {
        match name {
            PlacementName::InOtherMedia => Self::InOtherMedia,
            PlacementName::PartnerNews => Self::PartnerNews,
        }
    }
}

/// Reads of an article that were counted in the five minutes from a moment on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reads {
    /// The article's `uri`.
    pub article: String,
    /// The moment.
    pub at: DateTime<Utc>,
    /// How many.
    pub count: u32,
}

/// Whether the bytes look like a newsroom document.
pub fn recognises(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1_000)];
    start.windows(FORMAT.len()).any(|window| window == FORMAT.as_bytes())
}

impl Newsroom {
    /// Reads a document.
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let mut newsroom: Self = serde_json::from_slice(bytes)?;
        if newsroom.format != FORMAT {
            return Err(Problem::at("format", format!("`{}` is not `{FORMAT}`", newsroom.format)));
        }
        if let Some(language) = &mut newsroom.language {
            *language = vocabulary::language_tag(language).ok_or_else(|| {
                Problem::at("language", format!("`{language}` is no BCP 47 tag such as `en` or `pt-BR`"))
            })?;
        }
        for removed in &newsroom.remove_sections {
            if newsroom.sections.iter().any(|section| section.slug == removed.slug) {
                let at = format!("removeSections/{}", removed.slug);
                return Err(Problem::at(at, "the section stands in `sections`, too; name it in one of the two"));
            }
        }
        Ok(newsroom)
    }

    /// Moves every time by `difference`.
    pub fn shift(&mut self, difference: TimeDelta) {
        let on_top = self.top_stories.iter_mut().flatten().flat_map(|list| &mut list.items);
        let pins = on_top.filter_map(|item| item.pinned_until.as_mut());
        let headlines = self.external_headlines.iter_mut().flatten();
        let published = headlines.filter_map(|headline| headline.published_at.as_mut());
        let reads = self.reads.iter_mut().map(|reads| &mut reads.at);
        for time in pins.chain(published).chain(reads).chain(&mut self.anchor) {
            *time += difference;
        }
    }
}
