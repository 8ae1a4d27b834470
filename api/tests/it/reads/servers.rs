//! Several servers on one database.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sums_of_servers_that_count_together_are_right() {
    let now = api::now();
    let database = newsroom(Kind::Postgres, 50, now).await;
    let servers: Vec<Reads> = (0..4).map(|_| reads(&database, unlimited())).collect();
    let mut tasks = Vec::new();
    for (number, server) in servers.iter().enumerate() {
        for worker in 0..4 {
            let server = server.clone();
            tasks.push(tokio::spawn(async move {
                for request in 0..25 {
                    let reads = (1..=50).map(|article| {
                        read(&format!("article-{article}"), Some(&format!("{number} {worker} {request}")), None)
                    });
                    let receipt = server.record(reads.collect(), &client("203.0.113.7", BROWSER), now).await.unwrap();
                    assert_eq!(receipt.accepted, 50);
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(counted(&database.db).await, (1..=50).map(|article| (article, 400)).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_computes_each_turn_and_another_goes_on_when_it_ends() {
    let database = newsroom(Kind::Postgres, 1, api::now()).await;
    database
        .sql(
            "CREATE TABLE turns (name text, ran_at timestamptz);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO turns VALUES (NEW.name, NEW.ran_at); RETURN NEW; END';
            CREATE TRIGGER note AFTER INSERT OR UPDATE ON job_run FOR EACH ROW EXECUTE FUNCTION note()",
        )
        .await;
    let mut settings = Settings::default();
    for pace in [&mut settings.now, &mut settings.today, &mut settings.this_week] {
        pace.refresh = TimeDelta::seconds(1);
    }
    let turns = async |condition: &str| {
        let sql = format!(
            "SELECT count(*) AS n, count(DISTINCT date_trunc('second', ran_at)) AS seconds FROM turns WHERE name = 'now' AND {condition}"
        );
        let row = database.db.query_one_raw(Statement::from_string(database.db.get_database_backend(), sql)).await;
        let row = row.unwrap().unwrap();
        (row.try_get::<i64>("", "n").unwrap(), row.try_get::<i64>("", "seconds").unwrap())
    };
    let mut servers: Vec<_> =
        (0..3).map(|_| api::ranking::spawn(&database.db, &settings, &Default::default())).collect();
    while turns("true").await.0 < 5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (runs, seconds) = turns("true").await;
    assert_eq!(runs, seconds, "one run in each second");
    for jobs in servers.drain(..2) {
        jobs.iter().for_each(tokio::task::JoinHandle::abort);
    }
    let ended = api::now().to_rfc3339();
    while turns(&format!("ran_at > '{ended}'")).await.0 < 3 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    servers.iter().flatten().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_batch_that_is_sent_again_counts_once() {
    let database = newsroom(Kind::Postgres, 2, api::now()).await;
    let save = async |number: i64| {
        let sql = include_str!("../../../src/reads/save_postgres.sql");
        // The last article is gone.
        let values =
            ["w".into(), number.into(), api::now().into(), "{1,2,3}".into(), "{0,0,0}".into(), "{5,7,9}".into()];
        let values = values.into_iter().chain([sea_orm::Value::from(1_i64), "".into()]);
        let backend = database.db.get_database_backend();
        database.db.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
        counted(&database.db).await
    };
    assert_eq!(save(1).await, [(1, 5), (2, 7)].into());
    assert_eq!(save(1).await, [(1, 5), (2, 7)].into());
    assert_eq!(save(2).await, [(1, 10), (2, 14)].into());
    assert_eq!(save(1).await, [(1, 10), (2, 14)].into());
}
