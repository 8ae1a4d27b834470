//! The history of the database: one ordered list of steps, the same for PostgreSQL and SQLite.
//!
//! A step that has shipped is never edited: a change is a new step at the end of the list. Steps do not import entities,
//! because entities move on and history must not.

pub use sea_orm_migration::prelude::{DbErr, MigrationTrait, MigratorTrait, SchemaManager};

mod table;

mod m20261124_000001_create_reference_tables;
mod m20261124_000002_create_images;
mod m20261124_000003_create_articles;
mod m20261124_000004_create_galleries;
mod m20261124_000005_create_stories;
mod m20261124_000006_create_curation;
mod m20261124_000007_create_rankings;
mod m20261124_000008_create_pending_links;
mod m20261124_000009_add_digests;
mod m20261124_000010_create_topic_aliases;
mod m20261124_000011_create_feeds;
mod m20261124_000012_create_article_places;
mod m20261124_000020_count_reads;
mod m20261124_000030_create_search;
mod m20261124_000031_add_filter_indexes;
mod m20261124_000032_index_texts_later;
mod m20261124_000040_create_computed_relations;
mod m20261124_000041_keep_facet_counts;
mod m20261124_000042_create_topic_names;
mod m20261124_000050_create_api_tokens;
mod m20261124_000060_create_changes;
mod m20261124_000061_give_images_a_status;
mod m20261124_000062_index_titles;
mod m20261124_000063_index_what_is_counted;
mod m20261124_000064_index_kept_counts;
mod m20261130_000020_say_who_put_articles_into_stories;
mod m20261130_000021_mark_pins_of_stories;
mod m20261130_000022_publish_when_embargoes_end;
mod m20261130_000023_search_tables;
mod m20261130_000030_create_newsroom;
mod m20261130_000040_give_items_owners;
mod m20261130_000060_remember_readers;
mod m20261130_000061_say_when_articles_changed;
mod m20261130_000062_index_when_articles_changed;
mod m20261130_000070_list_contributors;
mod m20261130_000071_count_by_contributor;
mod m20261130_000072_describe_contributors;
mod m20261130_000080_index_relations_by_score;
mod m20261130_000081_doubt_terms;
mod m20261201_000010_restrict_items;
mod m20261201_000030_tell_terms_by_name;
mod m20261201_000040_search_every_script;
mod m20261201_000050_count_links_by_key;

/// Newsgraph's migrations, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_create_reference_tables::Migration),
            Box::new(m20261124_000002_create_images::Migration),
            Box::new(m20261124_000003_create_articles::Migration),
            Box::new(m20261124_000004_create_galleries::Migration),
            Box::new(m20261124_000005_create_stories::Migration),
            Box::new(m20261124_000006_create_curation::Migration),
            Box::new(m20261124_000007_create_rankings::Migration),
            Box::new(m20261124_000008_create_pending_links::Migration),
            Box::new(m20261124_000009_add_digests::Migration),
            Box::new(m20261124_000010_create_topic_aliases::Migration),
            Box::new(m20261124_000011_create_feeds::Migration),
            Box::new(m20261124_000012_create_article_places::Migration),
            Box::new(m20261124_000020_count_reads::Migration),
            Box::new(m20261124_000030_create_search::Migration),
            Box::new(m20261124_000031_add_filter_indexes::Migration),
            Box::new(m20261124_000032_index_texts_later::Migration),
            Box::new(m20261124_000040_create_computed_relations::Migration),
            Box::new(m20261124_000041_keep_facet_counts::Migration),
            Box::new(m20261124_000042_create_topic_names::Migration),
            Box::new(m20261124_000050_create_api_tokens::Migration),
            Box::new(m20261124_000060_create_changes::Migration),
            Box::new(m20261124_000061_give_images_a_status::Migration),
            Box::new(m20261124_000062_index_titles::Migration),
            Box::new(m20261124_000063_index_what_is_counted::Migration),
            Box::new(m20261124_000064_index_kept_counts::Migration),
            Box::new(m20261130_000040_give_items_owners::Migration),
            Box::new(m20261130_000020_say_who_put_articles_into_stories::Migration),
            Box::new(m20261130_000021_mark_pins_of_stories::Migration),
            Box::new(m20261130_000022_publish_when_embargoes_end::Migration),
            Box::new(m20261130_000023_search_tables::Migration),
            Box::new(m20261130_000060_remember_readers::Migration),
            Box::new(m20261130_000061_say_when_articles_changed::Migration),
            Box::new(m20261130_000062_index_when_articles_changed::Migration),
            Box::new(m20261130_000080_index_relations_by_score::Migration),
            Box::new(m20261130_000081_doubt_terms::Migration),
            Box::new(m20261130_000030_create_newsroom::Migration),
            Box::new(m20261130_000070_list_contributors::Migration),
            Box::new(m20261130_000071_count_by_contributor::Migration),
            Box::new(m20261130_000072_describe_contributors::Migration),
            Box::new(m20261201_000010_restrict_items::Migration),
            Box::new(m20261201_000030_tell_terms_by_name::Migration),
            Box::new(m20261201_000040_search_every_script::Migration),
            Box::new(m20261201_000050_count_links_by_key::Migration),
        ]
    }
}
