//! Pending links: references to items that have not arrived yet; the import of the target turns them into real ones.

use sea_orm::entity::prelude::*;

/// What a pending reference becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum LinkKind {
    /// A row of `related_article`; the owner is an article.
    RelatedArticle,
    /// A row of `article_gallery`; the owner is an article.
    ArticleGallery,
    /// A row of `story_article`; the owner is a story.
    StoryArticle,
}

/// A row of `pending_link`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_link")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What the reference becomes.
    pub kind: LinkKind,
    /// The row that refers.
    pub owner_id: i64,
    /// The item that is waited for.
    #[sea_orm(column_type = "Text")]
    pub target_uri: String,
    /// Order among the owner's references.
    pub position: i32,
    /// Pinned, for articles of stories.
    pub pinned: bool,
}

impl ActiveModelBehavior for ActiveModel {}
