//! Articles: the news items that pages show.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SimpleExpr;
use serde::{Deserialize, Serialize};

use crate::block::Blocks;
pub use crate::visibility::{PubStatus, Sight};

/// The journalistic form (after the IPTC genre NewsCodes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Genre {
    /// News of events.
    Current,
    /// What lies behind events.
    Background,
    /// A story told at length.
    Feature,
    /// Events weighed and explained.
    Analysis,
    /// Questions and answers.
    Interview,
    /// An author's view.
    Opinion,
    /// What newspapers wrote.
    PressReview,
    /// A statement of an organisation, as it was sent.
    PressRelease,
    /// Facts in short.
    Factbox,
    /// The life of someone who died.
    Obituary,
    /// Results, prices, tables.
    Results,
    /// Anything else.
    Other,
}

/// A row of `article`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "article")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Identity across imports and versions.
    #[sea_orm(unique, column_type = "Text")]
    pub uri: String,
    /// Readable key, unique and stable.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// The public page, when the source names one.
    #[sea_orm(unique, column_type = "Text")]
    pub url: Option<String>,
    /// A higher version replaces.
    pub version: i64,
    /// Whether it may be shown.
    pub status: PubStatus,
    /// Journalistic form.
    pub genre: Genre,
    /// BCP 47.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// Headline.
    #[sea_orm(column_type = "Text")]
    pub headline: String,
    /// Short internal name.
    #[sea_orm(column_type = "Text")]
    pub slugline: Option<String>,
    /// Summary under the headline.
    #[sea_orm(column_type = "Text")]
    pub standfirst: Option<String>,
    /// Authors as the source words them.
    #[sea_orm(column_type = "Text")]
    pub byline: Option<String>,
    /// Dateline as the source words it.
    #[sea_orm(column_type = "Text")]
    pub dateline: Option<String>,
    /// Where the news comes from.
    pub place_id: Option<i64>,
    /// When readers could first see it.
    pub published_at: DateTimeUtc,
    /// When it last changed significantly.
    pub updated_at: DateTimeUtc,
    /// Not shown before.
    pub embargoed_until: Option<DateTimeUtc>,
    /// Not shown from then on.
    pub expires_at: Option<DateTimeUtc>,
    /// 1 (flash) to 9.
    pub urgency: Option<i32>,
    /// Its section.
    pub section_id: i64,
    /// The picture on top.
    pub lead_image_id: Option<i64>,
    /// Who supplied it.
    pub source_id: Option<i64>,
    /// Terms of use.
    #[sea_orm(column_type = "Text")]
    pub usage_terms: Option<String>,
    /// Copyright notice.
    #[sea_orm(column_type = "Text")]
    pub copyright_notice: Option<String>,
    /// Words in the body.
    pub word_count: i32,
    /// The `uri` of the original, equal in all its translations.
    #[sea_orm(column_type = "Text")]
    pub translation_key: Option<String>,
    /// Never in most-read lists.
    pub exclude_from_rankings: bool,
    /// The text.
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Blocks,
    /// Hash of the draft that it was saved from.
    #[sea_orm(column_type = "Text")]
    pub digest: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// An article without its body: what lists and pages need of each article they name.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
#[expect(missing_docs, reason = "each field is the column of the same name in `Model`")]
pub struct Card {
    pub id: i64,
    pub uri: String,
    pub slug: String,
    pub url: Option<String>,
    pub version: i64,
    pub status: PubStatus,
    pub genre: Genre,
    pub language: String,
    pub headline: String,
    pub slugline: Option<String>,
    pub standfirst: Option<String>,
    pub byline: Option<String>,
    pub dateline: Option<String>,
    pub place_id: Option<i64>,
    pub published_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub embargoed_until: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    pub urgency: Option<i32>,
    pub section_id: i64,
    pub lead_image_id: Option<i64>,
    pub source_id: Option<i64>,
    pub usage_terms: Option<String>,
    pub copyright_notice: Option<String>,
    pub word_count: i32,
    pub translation_key: Option<String>,
}

impl Entity {
    /// The articles that `sight` reaches.
    pub fn seen_by(sight: Sight) -> Select<Self> {
        Self::find().filter(Self::is_seen_by(sight))
    }

    /// The condition of [`Self::seen_by`], for statements that start elsewhere.
    pub fn is_seen_by(sight: Sight) -> SimpleExpr {
        crate::visibility::visible(
            [Column::Status, Column::PublishedAt, Column::EmbargoedUntil, Column::ExpiresAt],
            sight,
        )
    }

    /// The articles that the public may see at `now`, whoever asks.
    pub fn published(now: DateTimeUtc) -> Select<Self> {
        Self::seen_by(Sight::Public(now))
    }

    /// The condition of [`Self::published`], for statements that start elsewhere.
    pub fn is_published(now: DateTimeUtc) -> SimpleExpr {
        Self::is_seen_by(Sight::Public(now))
    }

    /// What rankings may hold at `now`: what the public may see, unless editors keep it or its section out of them.
    pub fn is_ranked(now: DateTimeUtc) -> SimpleExpr {
        use crate::section;
        use sea_orm::{QuerySelect as _, QueryTrait as _, sea_query::ExprTrait as _};
        let hidden = section::Entity::find().select_only().column(section::Column::Id);
        let hidden = hidden.filter(section::Column::Hidden.eq(true)).into_query();
        Self::is_published(now)
            .and(Column::ExcludeFromRankings.eq(false))
            .and(Column::SectionId.not_in_subquery(hidden))
    }
}
