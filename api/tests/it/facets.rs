//! The kept counts of filter values, against a count of everything that is public.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
};

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::{
    paging::article_row,
    support::{Chance, Kind, TestDb},
};

const OPTIONS: &str = "{ filterOptions { sections { ...v } topics { ...v } stories { ...v } places { ...v } genres { ...v } languages { ...v }
    sources { ...v } contributors { ...v } urgencies { ...v } } } fragment v on ValueCount { value count }";

type Counted = BTreeMap<(String, String), i64>;

/// What `filterOptions` answers.
async fn kept(database: &TestDb) -> Counted {
    let answer = database.answer(OPTIONS, json!({})).await;
    let options = answer["data"]["filterOptions"].as_object().unwrap_or_else(|| panic!("{answer}"));
    let values = options.iter().flat_map(|(facet, values)| {
        values.as_array().unwrap().iter().map(move |value| {
            let name = value["value"].as_str().unwrap().to_owned();
            ((facet.clone(), name), value["count"].as_i64().unwrap())
        })
    });
    values.collect()
}

/// The same, counted article by article.
async fn counted(database: &TestDb) -> Counted {
    let backend = database.db.get_database_backend();
    let sql = "WITH RECURSIVE shown AS (
            SELECT * FROM article WHERE status = 'usable' AND published_at <= $1
                AND (embargoed_until IS NULL OR embargoed_until <= $1) AND (expires_at IS NULL OR expires_at > $1)
        ), above AS (
            SELECT id, id AS top FROM section UNION SELECT section.id, above.top FROM section JOIN above ON section.parent_id = above.id
        )
        SELECT 'sections' AS facet, section.slug AS value, count(*) AS n FROM shown JOIN above ON above.id = shown.section_id
            JOIN section ON section.id = above.top WHERE NOT section.hidden GROUP BY section.slug
        UNION ALL SELECT 'topics', topic.slug, count(*) FROM shown JOIN article_topic ON article_id = shown.id
            JOIN topic ON topic.id = topic_id GROUP BY topic.slug
        UNION ALL SELECT 'stories', story.slug, count(*) FROM shown JOIN story_article ON article_id = shown.id
            JOIN story ON story.id = story_id GROUP BY story.slug
        UNION ALL SELECT 'places', place.slug, count(*) FROM place JOIN shown ON shown.place_id = place.id
            OR shown.id IN (SELECT article_id FROM article_place WHERE article_place.place_id = place.id) GROUP BY place.slug
        UNION ALL SELECT 'sources', source.slug, count(*) FROM shown JOIN source ON source.id = source_id GROUP BY source.slug
        UNION ALL SELECT 'contributors', contributor.slug, count(*) FROM shown JOIN article_contributor ON article_id = shown.id
            JOIN contributor ON contributor.id = contributor_id GROUP BY contributor.slug
        UNION ALL SELECT 'genres', upper(genre), count(*) FROM shown GROUP BY genre
        UNION ALL SELECT 'languages', language, count(*) FROM shown GROUP BY language
        UNION ALL SELECT 'urgencies', CAST(urgency AS text), count(*) FROM shown WHERE urgency IS NOT NULL GROUP BY urgency";
    let rows = database.db.query_all_raw(Statement::from_sql_and_values(backend, sql, [database.now.into()])).await;
    let row = |row: &sea_orm::QueryResult| {
        let name = (row.try_get("", "facet").unwrap(), row.try_get("", "value").unwrap());
        (name, row.try_get("", "n").unwrap())
    };
    rows.unwrap().iter().map(row).collect()
}

/// What lists by one value say that they hold.
async fn totals(database: &TestDb, values: impl Iterator<Item = &(String, String)>) -> Counted {
    let mut fields: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (facet, value) in values {
        let (name, quoted) = ((facet.clone(), value.clone()), format!("\"{value}\""));
        let filter = match facet.as_str() {
            "genres" => format!("genres: [{value}]"),
            "urgencies" => continue,
            _ => format!("{facet}: [{quoted}]"),
        };
        fields.insert(format!("articles(filter: {{ {filter} }}) {{ totalCount }}"), name.clone());
        let (of, by) = match facet.as_str() {
            "topics" => ("topic", "by: { slug"),
            "sources" => ("source", "by: { slug"),
            "contributors" => ("contributor", "by: { slug"),
            "stories" => ("story", "slug"),
            "places" => ("place", "slug"),
            _ => continue,
        };
        let end = if by == "slug" { "" } else { " }" };
        fields.insert(format!("{of}({by}: {quoted}{end}) {{ articles {{ totalCount }} }}"), name);
    }
    let aliased = fields.keys().enumerate().map(|(number, field)| format!("f{number}: {field} "));
    let answer = database.answer(&format!("{{ {} __typename }}", aliased.collect::<String>()), json!({})).await;
    let mut totals = Counted::new();
    for (number, name) in fields.values().enumerate() {
        let field = &answer["data"][format!("f{number}")];
        let list = field.get("articles").unwrap_or(field);
        let total = list["totalCount"].as_i64().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(*totals.entry(name.clone()).or_insert(total), total, "{name:?}: {fields:?} {answer}");
    }
    totals
}

/// What lists that are not by a single value say that they hold, and what they should: all, several values, a section without those below it.
async fn assert_totals(database: &TestDb, when: &str) {
    const LISTS: &str = "{ all: articles { totalCount } urgent: articles(filter: { urgencyAtMost: 3 }) { totalCount }
        sections: articles(filter: { sections: [\"section-1\", \"section-3\", \"section-6\"] }) { totalCount }
        sources: articles(filter: { sources: [\"source-2\", \"source-4\"] }) { totalCount }
        languages: articles(filter: { languages: [\"l1\", \"l4\"] }) { totalCount }
        genres: articles(filter: { genres: [OPINION, CURRENT] }) { totalCount }
        none: articles(filter: { sources: [] }) { totalCount }
        section(slug: \"section-2\") { articles { totalCount } } }";
    let sql = "WITH shown AS (
            SELECT * FROM article WHERE status = 'usable' AND published_at <= $1
                AND (embargoed_until IS NULL OR embargoed_until <= $1) AND (expires_at IS NULL OR expires_at > $1)
        )
        SELECT count(*), sum(CASE WHEN urgency <= 3 THEN 1 ELSE 0 END),
            sum(CASE WHEN section_id IN (1, 3, 5, 6) THEN 1 ELSE 0 END), sum(CASE WHEN source_id IN (2, 4) THEN 1 ELSE 0 END),
            sum(CASE WHEN language IN ('l1', 'l4') THEN 1 ELSE 0 END), sum(CASE WHEN genre IN ('opinion', 'current') THEN 1 ELSE 0 END),
            0, sum(CASE WHEN section_id = 2 THEN 1 ELSE 0 END) FROM shown";
    let backend = database.db.get_database_backend();
    let row = database.db.query_one_raw(Statement::from_sql_and_values(backend, sql, [database.now.into()])).await;
    let row = row.unwrap().unwrap();
    let counted = |index| {
        let number = row
            .try_get_by_index::<Option<i64>>(index)
            .or_else(|_| row.try_get_by_index(index).map(|n: Option<i32>| n.map(i64::from)));
        number.unwrap().unwrap_or_default()
    };
    let data = database.answer(LISTS, json!({})).await["data"].clone();
    let lists = ["all", "urgent", "sections", "sources", "languages", "genres", "none", "section"];
    for (index, name) in lists.into_iter().enumerate() {
        let list = data[name].get("articles").unwrap_or(&data[name]);
        assert_eq!(list["totalCount"], counted(index), "{backend:?} {when}: {name} of {data}");
    }
}

async fn assert_right(database: &TestDb, when: &str) {
    let (kept, counted) = (kept(database).await, counted(database).await);
    for (value, total) in totals(database, counted.keys()).await {
        assert_eq!(counted[&value], total, "{when}: the list by {value:?}");
    }
    assert_totals(database, when).await;
    let wrong: Vec<_> = kept.iter().filter(|(value, count)| counted.get(value) != Some(count)).collect();
    let missing: Vec<_> = counted.iter().filter(|(value, _)| !kept.contains_key(value)).collect();
    let kind = database.db.get_database_backend();
    assert!(wrong.is_empty() && missing.is_empty(), "{kind:?} {when}: wrong {wrong:?}, missing {missing:?}");
}

/// Terms with the keys 1 to 6 each; the sections are two trees.
async fn terms(database: &TestDb) {
    for id in 1..=6 {
        let parent = if id > 2 { (id - 2).to_string() } else { "NULL".to_owned() };
        let hidden = if id == 6 { "TRUE" } else { "FALSE" };
        for sql in [
            format!(
                "INSERT INTO section (id, slug, name, position, parent_id, hidden) VALUES ({id}, 'section-{id}', 'S', {id}, {parent}, {hidden})"
            ),
            format!("INSERT INTO topic (id, slug, name) VALUES ({id}, 'topic-{id}', 'T')"),
            format!("INSERT INTO place (id, slug, name) VALUES ({id}, 'place-{id}', 'P')"),
            format!("INSERT INTO source (id, slug, name) VALUES ({id}, 'source-{id}', 'S')"),
            format!("INSERT INTO contributor (id, slug, name) VALUES ({id}, 'contributor-{id}', 'C')"),
            format!(
                "INSERT INTO story (id, uri, slug, version, title, status, updated_at) VALUES ({id}, 'urn:s:{id}', 'story-{id}', 1, 'S', 'open', '2026-01-01T00:00:00+00:00')"
            ),
        ] {
            database.sql(&sql).await;
        }
    }
}

/// A change of a few articles, as an importer, an editor or a hand in the database makes it.
fn change(chance: &mut Chance, next: &AtomicI64) -> String {
    let last = next.load(Ordering::SeqCst);
    let id = 1 + chance.below(last);
    let some = format!("id % 7 = {}", chance.below(7));
    let of = 1 + chance.below(6);
    let times = ["NULL", "'2020-01-01T00:00:00+00:00'", "'2999-01-01T00:00:00+00:00'"];
    let time = times[usize::try_from(chance.below(3)).unwrap()];
    let (table, column, extra, values) = [
        ("article_topic", "topic_id", "position, published_at", "1, published_at"),
        ("article_place", "place_id", "position, published_at", "1, published_at"),
        ("story_article", "story_id", "pinned_position, published_at", "1, published_at"),
        ("article_contributor", "contributor_id", "position", "1"),
    ][usize::try_from(chance.below(4)).unwrap()];
    match chance.below(20) {
        0..=4 => {
            let id = next.fetch_add(1, Ordering::SeqCst) + 1;
            article_row(id, "2026-01-01T00:00:00+00:00")
        }
        5..=8 => format!(
            "INSERT INTO {table} (article_id, {column}, {extra}) SELECT id, {of}, {values} FROM article
            WHERE {some} AND NOT EXISTS (SELECT 1 FROM {table} WHERE article_id = article.id AND {column} = {of})"
        ),
        9 => format!("DELETE FROM {table} WHERE article_id = {id}"),
        10 => format!(
            "UPDATE {table} SET {column} = {of} WHERE article_id = {id} AND {column} = (SELECT min({column}) FROM {table} WHERE article_id = {id})
            AND NOT EXISTS (SELECT 1 FROM {table} AS other WHERE other.article_id = {id} AND other.{column} = {of})"
        ),
        11 => format!("UPDATE article SET status = '{}' WHERE id = {id}", ["withheld", "canceled"][usize::from(of > 3)]),
        12 => format!("UPDATE article SET status = 'usable' WHERE {some}"),
        13 => format!("UPDATE article SET section_id = {of}, language = 'l{of}', headline = 'New' WHERE {some}"),
        14 => format!("UPDATE article SET genre = 'opinion', urgency = {of}, source_id = NULL WHERE id = {id}"),
        15 => format!("UPDATE article SET place_id = {of}, source_id = {of}, urgency = NULL WHERE id = {id}"),
        16 => format!("UPDATE article SET expires_at = {time} WHERE id = {id}"),
        17 => format!("UPDATE article SET embargoed_until = {time} WHERE id = {id}"),
        18 => format!("UPDATE article SET published_at = '{}-01-01T00:00:00+00:00' WHERE id = {id}", ["2025", "2998"][usize::from(of > 4)]),
        _ if of == 1 => format!("DELETE FROM article WHERE id = {id}"),
        _ if of == 2 => format!("UPDATE article SET place_id = NULL, status = 'usable' WHERE {some}"),
        _ => format!("UPDATE article SET version = version + 1, headline = 'Corrected' WHERE {some}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_counts_are_those_of_a_full_count_after_thousands_of_edits() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        terms(&database).await;
        let next = AtomicI64::new(0);
        for _ in 0..60 {
            let id = next.fetch_add(1, Ordering::SeqCst) + 1;
            database.sql(&article_row(id, "2026-01-01T00:00:00+00:00")).await;
        }
        let mut chance = Chance(3);
        for number in 1..=2_000 {
            let sql = change(&mut chance, &next);
            database.sql(&sql).await;
            if number % 100 == 0 {
                assert_right(&database, &sql).await;
            }
            if number % 300 == 0 {
                api::facet::tidy(&database.db, database.now).await.unwrap();
                assert_right(&database, "after it was tidied up").await;
            }
        }
        // What refers to a term goes with it.
        for sql in [
            "DELETE FROM topic WHERE id < 3",
            "DELETE FROM place WHERE id < 4",
            "DELETE FROM contributor WHERE id = 2",
            "DELETE FROM story WHERE id = 5",
        ] {
            database.sql(sql).await;
            assert_right(&database, sql).await;
        }
        database.sql("UPDATE article SET expires_at = '2020-01-01T00:00:00+00:00' WHERE id % 2 = 0").await;
        api::facet::tidy(&database.db, database.now).await.unwrap();
        assert_right(&database, "after many expired").await;
        database.sql("UPDATE article SET expires_at = NULL WHERE id % 4 = 0").await;
        assert_right(&database, "after some are shown again").await;
        assert_eq!(api::facet::mend(&database.db).await.unwrap(), 0, "{kind:?}");
        if kind == Kind::Postgres {
            database.sql("TRUNCATE article_place").await;
            assert_right(&database, "after places were emptied").await;
        }
        database.sql("DELETE FROM article").await;
        assert_eq!(kept(&database).await, Counted::new(), "{kind:?}");
        api::facet::tidy(&database.db, database.now).await.unwrap();
        let left = "SELECT id FROM facet_count";
        let left = database.db.query_all_raw(Statement::from_string(database.db.get_database_backend(), left)).await;
        assert_eq!(left.unwrap().len(), 0, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_counts_are_right_when_transactions_cross() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        terms(&database).await;
        let next = AtomicI64::new(0);
        for _ in 0..40 {
            let id = next.fetch_add(1, Ordering::SeqCst) + 1;
            database.sql(&article_row(id, "2026-01-01T00:00:00+00:00")).await;
        }
        let writer = async |seed: u64| {
            use entity::transaction::writing;
            use sea_orm::TransactionTrait as _;
            let mut chance = Chance(seed);
            let mut failed = 0;
            for _ in 0..150 {
                let transaction = database.db.begin_with_options(writing()).await.unwrap();
                let mut done = true;
                for _ in 0..=chance.below(3) {
                    // Deadlocks and keys that two take at once are what writers have to expect.
                    done = done && transaction.execute_unprepared(&change(&mut chance, &next)).await.is_ok();
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                let ended =
                    if done && chance.below(6) > 0 { transaction.commit().await } else { transaction.rollback().await };
                failed += i32::from(!done || ended.is_err());
            }
            failed
        };
        let tidier = async {
            for _ in 0..20 {
                let _ = api::facet::tidy(&database.db, database.now).await;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let (one, two, three, ()) = tokio::join!(writer(1), writer(2), writer(3), tidier);
        assert!(one + two + three < 300, "{kind:?}: too few writes succeeded");
        assert_right(&database, "after three writers").await;
        assert_eq!(api::facet::mend(&database.db).await.unwrap(), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn articles_that_were_there_before_are_counted_and_lost_counts_are_found() {
    use migration::{Migrator, MigratorTrait as _};
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let migrations = Migrator::migrations();
        let later = migrations.iter().skip_while(|migration| !migration.name().ends_with("keep_facet_counts")).count();
        Migrator::down(&database.db, Some(u32::try_from(later).unwrap())).await.unwrap();
        terms(&database).await;
        let next = AtomicI64::new(0);
        let mut chance = Chance(5);
        for id in 1..=40 {
            next.store(id, Ordering::SeqCst);
            database.sql(&article_row(id, "2026-01-01T00:00:00+00:00")).await;
        }
        for _ in 0..200 {
            database.sql(&change(&mut chance, &next)).await;
        }
        Migrator::up(&database.db, None).await.unwrap();
        assert_right(&database, "after the migration").await;
        database.sql("DELETE FROM facet_count WHERE facet IN ('topic', 'genre', 'contributor')").await;
        database.sql("INSERT INTO facet_count (facet, value_id, value, articles) VALUES ('topic', 1, '', 7)").await;
        assert!(api::facet::mend(&database.db).await.unwrap() > 1, "{kind:?}");
        assert_right(&database, "after they were mended").await;
    }
}

#[tokio::test]
async fn filter_options_take_one_statement_whatever_they_list() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        terms(&database).await;
        for id in 1..=30 {
            database.sql(&article_row(id, "2026-01-01T00:00:00+00:00")).await;
        }
        let (answer, own) = database.counted(OPTIONS, json!({})).await;
        assert_eq!(answer["data"]["filterOptions"]["sections"], json!([{ "value": "section-1", "count": 30 }]));
        // Sections, and the counts; PostgreSQL is told how to plan them.
        assert!(own <= 5, "{kind:?}: {own}");
        assert_eq!(answer["errors"], Value::Null);
    }
}
