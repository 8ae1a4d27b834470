//! The change feed in the order of commits: nothing is passed over, whenever a transaction took its numbers.

use sea_orm::TransactionTrait as _;

use super::*;

const ONE: &str = "{ article(by: { slug: \"article-1\" }) { headline } }";
const TWO: &str = "{ article(by: { slug: \"article-2\" }) { headline } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_transaction_that_commits_late_is_seen_and_holds_nothing_up() {
    let (database, cached, _) = newsroom(Kind::Postgres).await;
    // It takes its number first.
    let long = database.db.begin().await.unwrap();
    long.execute_unprepared("UPDATE article SET headline = 'Late' WHERE id = 1").await.unwrap();
    let nested = long.begin().await.unwrap();
    nested.execute_unprepared("UPDATE article SET slugline = 'Nested' WHERE id = 3").await.unwrap();
    nested.commit().await.unwrap();
    for number in 0..5 {
        cached.warm(ONE).await;
        cached.warm(TWO).await;
        database.sql(&format!("UPDATE article SET headline = 'Soon {number}' WHERE id = 2")).await;
        cached.caught_up(&database.db).await;
        assert_eq!(cached.followed(TWO).await.data()["article"]["headline"], format!("Soon {number}"));
        let one = cached.followed(ONE).await;
        assert!(one.is_hit(), "what is not committed drops nothing: {}", one.status());
        assert_eq!(one.data()["article"]["headline"], "Headline 1");
    }
    let three = "{ article(by: { slug: \"article-3\" }) { slugline } }";
    cached.warm(three).await;
    long.commit().await.unwrap();
    cached.caught_up(&database.db).await;
    assert_eq!(cached.followed(ONE).await.data()["article"]["headline"], "Late");
    assert_eq!(cached.followed(three).await.data()["article"]["slugline"], "Nested");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_rolled_back_drops_nothing_in_the_end() {
    let (database, cached, _) = newsroom(Kind::Postgres).await;
    cached.warm(ONE).await;
    let given_up = database.db.begin().await.unwrap();
    given_up.execute_unprepared("UPDATE article SET headline = 'Never' WHERE id = 1").await.unwrap();
    given_up.rollback().await.unwrap();
    cached.caught_up(&database.db).await;
    let answer = cached.followed(ONE).await;
    assert!(answer.is_hit(), "{}", answer.status());
    assert_eq!(answer.data()["article"]["headline"], "Headline 1");
}

#[tokio::test]
async fn old_changes_are_deleted_but_not_those_of_transactions_that_took_long() {
    for kind in Kind::BOTH {
        let (database, ..) = newsroom(kind).await;
        let upkeep = async |now| api::ranking::upkeep(&database.db, &Default::default(), now).await.unwrap();
        let left = async |condition: &str| {
            let sql = format!("SELECT count(*) AS n FROM change WHERE {condition}");
            let statement = sea_orm::Statement::from_string(database.db.get_database_backend(), sql);
            database.db.query_one_raw(statement).await.unwrap().unwrap().try_get::<i64>("", "n").unwrap()
        };
        assert!(left("kind = 'articles'").await > 0);
        if kind == Kind::Sqlite {
            upkeep(database.now).await;
            assert!(left("kind = 'articles'").await > 0, "they are not old yet");
            upkeep(api::now() + chrono::TimeDelta::hours(2)).await;
            assert_eq!(left("true").await, 0);
            continue;
        }
        let long = database.db.begin().await.unwrap();
        long.execute_unprepared("UPDATE article SET headline = 'Late' WHERE id = 1").await.unwrap();
        database.sql("UPDATE image SET alt = 'Soon' WHERE id = 1").await;
        upkeep(api::now()).await;
        database.sql("UPDATE change SET at = at - interval '2 hours'").await;
        long.commit().await.unwrap();
        upkeep(api::now()).await;
        assert_eq!(left("kind = 'articles'").await, 0);
        assert!(left("kind = 'article' AND key = '1'").await > 0);
        assert!(left("kind = 'image' AND key = '1'").await > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interleaved_transactions_are_each_seen_once_committed() {
    let (database, cached, _) = newsroom(Kind::Postgres).await;
    let headline = |id: usize| format!("{{ article(by: {{ slug: \"article-{id}\" }}) {{ headline }} }}");
    for round in 0..10 {
        let mut open = Vec::new();
        for id in 1..=3 {
            cached.warm(&headline(id)).await;
            let transaction = database.db.begin().await.unwrap();
            let sql = format!("UPDATE article SET headline = 'Round {round}' WHERE id = {id}");
            transaction.execute_unprepared(&sql).await.unwrap();
            open.push((id, transaction));
        }
        fastrand::shuffle(&mut open);
        for (id, transaction) in open {
            transaction.commit().await.unwrap();
            tokio::time::sleep(Duration::from_millis(101)).await;
            let answer = cached.ask(&headline(id)).await;
            assert_eq!(answer.data()["article"]["headline"], format!("Round {round}"), "{id}");
        }
    }
}
