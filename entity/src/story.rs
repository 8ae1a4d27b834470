//! Stories: running subjects that articles belong to ("More news on …").

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

pub use crate::visibility::PubStatus;
use crate::{
    article, story_article,
    visibility::{Sight, reached},
};

/// Whether a story still goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StoryStatus {
    /// Articles are still added.
    Open,
    /// Told to its end.
    Closed,
}

/// The `version` of a story that articles have named and that has not come itself.
pub const NAMED: i64 = 0;

/// A row of `story`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "story")]
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
    /// A higher version replaces.
    pub version: i64,
    /// Title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Summary.
    #[sea_orm(column_type = "Text")]
    pub summary: Option<String>,
    /// Whether it still goes on.
    pub status: StoryStatus,
    /// The picture that stands for it.
    pub lead_image_id: Option<i64>,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Hash of the draft that it was saved from.
    #[sea_orm(column_type = "Text")]
    pub digest: Option<String>,
    /// Whose it is ([`Owner`](crate::owner::Owner)); empty when it was there before stories had owners.
    #[sea_orm(column_type = "Text")]
    pub owner: String,
    /// Whether it may be shown.
    pub pub_status: PubStatus,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The stories whose own status `sight` reaches.
    pub fn is_reached(sight: Sight) -> sea_orm::sea_query::SimpleExpr {
        reached(Column::PubStatus, sight)
    }

    /// The stories that `sight` reaches: a story that has articles, but none that may be seen, is as hidden as they are.
    pub fn seen_by(sight: Sight) -> Select<Self> {
        use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
        use sea_orm::{QuerySelect as _, QueryTrait as _};
        let of_story = || Expr::col((story_article::Entity, story_article::Column::StoryId)).equals((Self, Column::Id));
        let of_link = Expr::col((article::Entity, article::Column::Id))
            .equals((story_article::Entity, story_article::Column::ArticleId));
        let members = Query::select().expr(Expr::val(1)).from(story_article::Entity).and_where(of_story()).take();
        let mut seen = article::Entity::seen_by(sight).select_only().expr(Expr::val(1)).into_query();
        seen.inner_join(story_article::Entity, of_link).and_where(of_story());
        Self::find().filter(Self::is_reached(sight)).filter(Expr::exists(seen).or(Expr::exists(members).not()))
    }
}
