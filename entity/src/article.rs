//! Articles: the news items that pages show.

use sea_orm::sea_query::SimpleExpr;
use sea_orm::{FromQueryResult, PartialModelTrait, QueryResult, QuerySelect, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::block::Blocks;
use crate::cells::Cells;
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
    /// When anything of it last changed for readers; `updated_at` when it is not known.
    pub modified_at: Option<DateTimeUtc>,
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
    /// Whose it is ([`Owner`](crate::owner::Owner)); empty when it was there before articles had owners.
    #[sea_orm(column_type = "Text")]
    pub owner: String,
    /// How it came to be, as a code of IPTC's digital source types.
    #[sea_orm(column_type = "Text")]
    pub digital_source_type: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// An article without its body: what lists and pages need of each article they name.
#[derive(Clone, Debug, PartialEq)]
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
    pub modified_at: Option<DateTimeUtc>,
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
    pub digital_source_type: Option<String>,
}

impl Card {
    /// The columns, in the order in which they are read.
    const COLUMNS: [Column; 28] = [
        Column::Id,
        Column::Uri,
        Column::Slug,
        Column::Url,
        Column::Version,
        Column::Status,
        Column::Genre,
        Column::Language,
        Column::Headline,
        Column::Slugline,
        Column::Standfirst,
        Column::Byline,
        Column::Dateline,
        Column::PlaceId,
        Column::PublishedAt,
        Column::UpdatedAt,
        Column::ModifiedAt,
        Column::EmbargoedUntil,
        Column::ExpiresAt,
        Column::Urgency,
        Column::SectionId,
        Column::LeadImageId,
        Column::SourceId,
        Column::UsageTerms,
        Column::CopyrightNotice,
        Column::WordCount,
        Column::TranslationKey,
        Column::DigitalSourceType,
    ];
    /// How many columns a statement has for a card.
    pub const WIDTH: usize = Self::COLUMNS.len();

    /// Reads a card from its columns, which stand side by side.
    pub fn read(cells: &mut Cells<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: cells.read()?,
            uri: cells.read()?,
            slug: cells.read()?,
            url: cells.read()?,
            version: cells.read()?,
            status: cells.word()?,
            genre: cells.word()?,
            language: cells.read()?,
            headline: cells.read()?,
            slugline: cells.read()?,
            standfirst: cells.read()?,
            byline: cells.read()?,
            dateline: cells.read()?,
            place_id: cells.read()?,
            published_at: cells.read()?,
            updated_at: cells.read()?,
            modified_at: cells.read()?,
            embargoed_until: cells.read()?,
            expires_at: cells.read()?,
            urgency: cells.read()?,
            section_id: cells.read()?,
            lead_image_id: cells.read()?,
            source_id: cells.read()?,
            usage_terms: cells.read()?,
            copyright_notice: cells.read()?,
            word_count: cells.read()?,
            translation_key: cells.read()?,
            digital_source_type: cells.read()?,
        })
    }

    /// About the bytes of memory that it takes.
    pub fn weight(&self) -> usize {
        let texts = [&self.uri, &self.slug, &self.language, &self.headline].map(String::len);
        let optional = [
            &self.url,
            &self.slugline,
            &self.standfirst,
            &self.byline,
            &self.dateline,
            &self.usage_terms,
            &self.copyright_notice,
            &self.translation_key,
            &self.digital_source_type,
        ];
        let optional = optional.map(|text| text.as_ref().map_or(0, String::len));
        size_of::<Self>() + texts.into_iter().chain(optional).map(|length| length + 8).sum::<usize>()
    }
}

impl FromQueryResult for Card {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let cells = if prefix.is_empty() { Cells::from(row, "id") } else { Cells::from(row, &format!("{prefix}id")) };
        Self::read(&mut cells?)
    }
}

impl PartialModelTrait for Card {
    fn select_cols_nested<S: QuerySelect>(select: S, prefix: Option<&str>, _: Option<&'static str>) -> S {
        Self::COLUMNS.into_iter().fold(select, |select, column| match prefix {
            Some(prefix) => select.column_as(column, format!("{prefix}{}", sea_orm::IdenStatic::as_str(&column))),
            None => select.column(column),
        })
    }
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

    /// When articles last changed for readers, as their index has it.
    pub fn modified_at() -> SimpleExpr {
        use sea_orm::sea_query::{Expr, Func};
        let column = |column: Column| Expr::col((Entity, column));
        Func::coalesce([column(Column::ModifiedAt), column(Column::UpdatedAt)]).into()
    }

    /// The articles that the public may see at `now`, whoever asks.
    pub fn published(now: DateTimeUtc) -> Select<Self> {
        Self::seen_by(Sight::Public(now))
    }

    /// The condition of [`Self::published`], for statements that start elsewhere.
    pub fn is_published(now: DateTimeUtc) -> SimpleExpr {
        Self::is_seen_by(Sight::Public(now))
    }

    /// Whose an article is, as text; also of one that was there before articles had owners.
    pub fn owner() -> SimpleExpr {
        use crate::{earlier_owner, owner::Owner};
        use sea_orm::{
            QueryTrait as _,
            sea_query::{CaseStatement, Expr, ExprTrait as _, Func},
        };
        let of_source = Expr::col((earlier_owner::Entity, earlier_owner::Column::SourceId));
        let earlier = earlier_owner::Entity::find()
            .select_only()
            .column(earlier_owner::Column::Owner)
            .filter(of_source.equals((Self, Column::SourceId)))
            .into_query();
        let earlier = Func::coalesce([
            SimpleExpr::SubQuery(None, Box::new(earlier.into())),
            Expr::val(Owner::Newsroom.to_string()),
        ]);
        CaseStatement::new().case(Column::Owner.eq(""), earlier).finally(Expr::col((Self, Column::Owner))).into()
    }

    /// What rankings may hold at `now`: what the public may see, unless editors keep it or its section out of them.
    pub fn is_ranked(now: DateTimeUtc) -> SimpleExpr {
        use crate::section;
        use sea_orm::{QueryTrait as _, sea_query::ExprTrait as _};
        let hidden = section::Entity::find().select_only().column(section::Column::Id);
        let hidden = hidden.filter(section::Column::Hidden.eq(true)).into_query();
        Self::is_published(now)
            .and(Column::ExcludeFromRankings.eq(false))
            .and(Column::SectionId.not_in_subquery(hidden))
    }
}
