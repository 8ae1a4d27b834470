//! The tables of Newsgraph, one file each, and the named queries on them. Knows nothing of GraphQL or of imports.

pub mod article;
pub mod article_contributor;
pub mod article_gallery;
pub mod article_topic;
pub mod article_version;
pub mod block;
pub mod contributor;
pub mod correction;
pub mod external_headline;
pub mod gallery;
pub mod gallery_item;
pub mod image;
pub mod image_rendition;
pub mod pending_link;
pub mod place;
pub mod ranking;
pub mod ranking_entry;
pub mod read_bucket;
pub mod related_article;
pub mod section;
pub mod source;
pub mod story;
pub mod story_article;
pub mod top_story;
pub mod topic;
pub mod visibility;
