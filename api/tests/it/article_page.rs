use entity::ranking::Window;
use sea_orm::{ActiveEnum as _, ConnectionTrait as _, DatabaseConnection};
use serde_json::{Value, json};

use crate::{
    paging::article_row,
    support::{Kind, TestDb},
};

const QUERY: &str = include_str!("../queries/article/page.graphql");

/// A newsroom in which everything that the page shows is there `size` times; the article of the page is number 1.
pub(crate) async fn newsroom(kind: Kind, size: i64) -> TestDb {
    let mut database = TestDb::migrated(kind).await;
    database.now = now();
    fill(&database.db, size).await;
    database
}

/// The moment at which the newsroom is asked.
fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// Puts the newsroom into a database without rows.
pub(crate) async fn fill(db: &DatabaseConnection, size: i64) {
    let now = now();
    let sql = async |sql: &str| {
        db.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    };
    let before = |minutes: i64| {
        (now - chrono::TimeDelta::minutes(minutes)).to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
    };
    let articles = size * size + size + 1;
    for id in 1..=size {
        sql(&format!(
            "INSERT INTO section (id, slug, name, position) VALUES ({id}, 'section-{id}', 'Section {id}', {id})"
        ))
        .await;
        sql(&format!("INSERT INTO topic (id, slug, name) VALUES ({id}, 'topic-{id}', 'Topic {id}')")).await;
        sql(&format!("INSERT INTO image (id, uri, version, alt, updated_at) VALUES ({id}, 'urn:image:{id}', 1, 'Alt {id}', '{}')", before(0)))
            .await;
        for (name, width) in [("thumbnail", 320), ("large", 1600)] {
            sql(&format!("INSERT INTO image_rendition (image_id, name, href, width) VALUES ({id}, '{name}', '/media/{id}-{name}.png', {width})"))
                .await;
        }
    }
    sql("INSERT INTO place (id, slug, name, time_zone) VALUES (1, 'seoul', 'Seoul', 'Asia/Seoul')").await;
    sql("INSERT INTO source (id, slug, name, url) VALUES (1, 'source-1', 'Source 1', 'https://source.example/')").await;
    sql("INSERT INTO contributor (id, slug, name, uri) VALUES (1, 'contributor-1', 'Contributor 1', 'urn:contributor:1')").await;
    for id in 1..=articles {
        sql(&article_row(id, &before(id))).await;
    }
    let paragraph = json!({ "type": "paragraph", "html": "One <em>paragraph</em>.", "text": "One paragraph." });
    let images = (1..=size).map(|id| json!({ "type": "image", "image_id": id }));
    let body: Vec<Value> = std::iter::once(paragraph).chain(images).collect();
    sql(&format!(
        "UPDATE article SET body = '{}', place_id = 1, dateline = 'SEOUL', lead_image_id = 1 WHERE id = 1",
        Value::from(body)
    ))
    .await;
    sql("INSERT INTO article_contributor (article_id, contributor_id, position, role) VALUES (1, 1, 1, 'author')")
        .await;
    for id in 1..=size {
        let time = before(id);
        sql(&format!("INSERT INTO article_topic (article_id, topic_id, position, published_at) SELECT 1, {id}, {id}, published_at FROM article WHERE id = 1"))
            .await;
        sql(&format!("INSERT INTO story (id, uri, slug, version, title, status, updated_at) VALUES ({id}, 'urn:story:{id}', 'story-{id}', 1, 'Story {id}', 'open', '{time}')"))
            .await;
        sql(&format!(
                "INSERT INTO story_article (story_id, article_id, pinned_position, published_at)
                SELECT {id}, id, 2147483647, published_at FROM article WHERE id = 1 OR (id > {first} AND id <= {first} + {size})",
                first = 1 + (id - 1) * size
            ))
            .await;
        let gallery_kind = if id % 2 == 0 { "infographic" } else { "photo" };
        sql(&format!("INSERT INTO gallery (id, uri, slug, version, title, kind, status, lead_image_id, published_at) VALUES ({id}, 'urn:gallery:{id}', 'gallery-{id}', 1, 'Gallery {id}', '{gallery_kind}', 'usable', {id}, '{time}')"))
            .await;
        sql(&format!("INSERT INTO gallery_item (gallery_id, position, image_id) SELECT {id}, id, id FROM image")).await;
        sql(&format!("INSERT INTO article_gallery (article_id, gallery_id, position) VALUES (1, {id}, {id})")).await;
        sql(&format!(
            "INSERT INTO related_article (article_id, related_id, position) VALUES (1, {}, {id})",
            articles + 1 - id
        ))
        .await;
        sql(&format!("INSERT INTO top_story (position, article_id) VALUES ({id}, {id})")).await;
        sql(&format!(
            "INSERT INTO read_bucket (article_id, bucket_start, reads) VALUES ({id}, '{}', {})",
            before(10),
            10 + id
        ))
        .await;
    }
    for window in Window::ALL {
        api::ranking::recompute(db, &Default::default(), window, now).await.unwrap();
    }
}

#[tokio::test]
async fn the_page_takes_the_same_few_statements_whatever_it_holds() {
    for kind in Kind::BOTH {
        let mut counts = Vec::new();
        for size in [1, 20] {
            let database = newsroom(kind, size).await;
            let (answer, statements) = database.counted(QUERY, json!({ "slug": "article-1" })).await;
            counts.push(statements);
            assert_eq!(answer.get("errors"), None, "{kind:?}: {answer}");
            let data = &answer["data"];
            let items = |pointer: &str| data.pointer(pointer).and_then(Value::as_array).map(Vec::len);
            let size = usize::try_from(size).unwrap();
            assert_eq!(items("/sections"), Some(size));
            assert_eq!(items("/article/topics"), Some(size.min(10)));
            assert_eq!(items("/article/body/blocks"), Some(size + 1));
            assert_eq!(items("/article/stories"), Some(size));
            assert_eq!(items("/article/stories/0/articles/nodes"), Some(size.min(5)), "without the article itself");
            assert_eq!(items("/article/related"), Some((2 * size).min(5)));
            assert_eq!(items("/article/galleries"), Some(size));
            assert_eq!(items("/now/entries"), Some(size.min(7)));
            assert_eq!(items("/week/entries"), Some(size.min(7)));
            assert_eq!(items("/topStories"), Some(size.min(5)));
            assert_eq!(items("/feed/days").map(|days| days > 0), Some(true));
            assert_eq!(data["article"]["dateline"]["place"]["timeZone"], "Asia/Seoul");
            assert_eq!(data["article"]["leadImage"]["url"], "http://newsgraph.test/media/1-large.png");
            assert_eq!(data["photos"]["nodes"][0]["leadImage"]["url"], "http://newsgraph.test/media/1-thumbnail.png");
            assert_eq!(data["article"]["galleries"][0]["itemCount"], size);
        }
        // A level of the document that is added or saved changes the number: then change it here, and in the documents that name it.
        assert_eq!(counts, [9, 9], "{kind:?}");
    }
}

#[tokio::test]
async fn rankings_remember_the_list_before_and_drop_what_is_killed() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 3).await;
        assert_eq!(Window::Now.to_value(), "now");
        let query = "{ mostRead(window: NOW) { entries { rank previousRank movement reads article { slug } } } }";
        database.sql("UPDATE read_bucket SET reads = 100 WHERE article_id = 1").await;
        api::ranking::recompute(&database.db, &Default::default(), Window::Now, database.now).await.unwrap();
        let answer = database.answer(query, json!({})).await;
        let entry = |rank: i64, previous: i64, movement: &str, reads: i64, id: i64| json!({ "rank": rank, "previousRank": previous, "movement": movement, "reads": reads, "article": { "slug": format!("article-{id}") } });
        let expected = json!([entry(1, 3, "UP", 100, 1), entry(2, 1, "DOWN", 13, 3), entry(3, 2, "DOWN", 12, 2)]);
        assert_eq!(answer["data"]["mostRead"]["entries"], expected, "{kind:?}");
        database.sql("UPDATE article SET status = 'canceled' WHERE id = 3").await;
        let answer = database.answer(query, json!({})).await;
        assert_eq!(answer["data"]["mostRead"]["entries"][1]["article"]["slug"], "article-2", "{kind:?}");
        database.sql("DELETE FROM read_bucket").await;
        api::ranking::recompute(&database.db, &Default::default(), Window::Now, database.now).await.unwrap();
        let kept = database.answer(query, json!({})).await;
        assert_eq!(kept["data"]["mostRead"]["entries"].as_array().unwrap().len(), 2, "{kind:?}");
    }
}

#[tokio::test]
async fn a_ranking_goes_on_behind_what_was_killed() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 20).await;
        let query = "{ mostRead(window: NOW, first: 3) { entries { rank article { slug } } } article(by: { slug: \"article-6\" }) { rank(window: NOW) } }";
        database.sql("UPDATE article SET status = 'canceled' WHERE id BETWEEN 9 AND 20").await;
        let answer = database.answer(query, json!({})).await;
        let entry = |rank: i32, id: i32| json!({ "rank": rank, "article": { "slug": format!("article-{id}") } });
        let expected = json!([entry(1, 8), entry(2, 7), entry(3, 6)]);
        assert_eq!(answer["data"]["mostRead"]["entries"], expected, "{kind:?}");
        assert_eq!(answer["data"]["article"]["rank"], 3, "{kind:?}");
    }
}
