//! PostgreSQL counts the values of filters by looking up the article of each link. Without statistics of the table it would read all
//! articles for each link of a bulk load.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::table::on;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables of links: the facet that they are counted for, their column, and which of them are counted.
const LINKS: [(&str, &str, &str, &str); 4] = [
    ("article_topic", "topic", "topic_id", "TRUE"),
    ("story_article", "story", "story_id", "TRUE"),
    ("article_place", "place", "place_id", "article.place_id IS DISTINCT FROM link.place_id"),
    ("article_contributor", "contributor", "contributor_id", "TRUE"),
];

const JOINED: &str = "JOIN facet_article AS article ON article.id = link.article_id";
const LOOKED_UP: &str =
    "CROSS JOIN LATERAL (SELECT * FROM facet_article WHERE id = link.article_id OFFSET 0) AS article";

fn functions(looked_up: bool) -> String {
    let file = include_str!("facet/postgres_link.sql").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION");
    let (function, _) = file.split_once("CREATE TRIGGER").expect("the function is above its triggers");
    let function = if looked_up { function.replace(JOINED, LOOKED_UP) } else { function.to_owned() };
    let of = |(table, facet, column, counted): (&str, &str, &str, &str)| {
        let sql = function.replace("{table}", table).replace("{facet}", facet);
        sql.replace("{column}", column).replace("{counted}", counted)
    };
    LINKS.map(of).concat()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, &functions(true)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, &functions(false)).await
    }
}
