//! Reads and the rankings that come of them: what a page may send, what counts, and what survives.

mod durability;
mod endpoint;
mod gaming;
mod replay;
mod rollup;
mod servers;

use std::{collections::BTreeMap, net::IpAddr};

use api::{
    access::{Scope, Viewer},
    http::client::Client,
    ranking::{List, Settings, recompute},
    reads::{Read, Reads, Receipt},
};
use chrono::{DateTime, Utc};
use entity::ranking::Window;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use crate::{
    paging::article_row,
    support::{Kind, TestDb},
};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Two sections and articles 1 to `articles`, published one minute apart before `last`.
async fn newsroom(kind: Kind, articles: i64, last: DateTime<Utc>) -> TestDb {
    let database = TestDb::migrated(kind).await;
    fill(&database.db, articles, last).await;
    database
}

pub(crate) async fn fill(db: &DatabaseConnection, articles: i64, last: DateTime<Utc>) {
    let sections =
        "INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1), (2, 'sport', 'Sport', 2)";
    db.execute_unprepared(sections).await.unwrap();
    for id in 1..=articles {
        let published = last - chrono::TimeDelta::minutes(articles - id);
        let published = published.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
        db.execute_unprepared(&article_row(id, &published)).await.unwrap();
    }
}

fn reads(database: &TestDb, settings: api::reads::Settings) -> Reads {
    Reads::start(database.db.clone(), settings)
}

/// Settings under which nobody is held back.
fn unlimited() -> api::reads::Settings {
    api::reads::Settings { per_minute: 0, per_network: 0, per_network_a_day: 0, ..Default::default() }
}

fn client(address: &str, agent: &str) -> Client {
    Client { address: address.parse::<IpAddr>().unwrap(), agent: agent.to_owned(), looks_ahead: false }
}

/// A back end with a token for it.
fn back_end() -> Viewer {
    Viewer::holder("back end", [Scope::RecordReads].into_iter().collect(), Vec::new())
}

fn read(article: &str, reader: Option<&str>, at: Option<DateTime<Utc>>) -> Result<Read, String> {
    Ok(Read { article: article.to_owned(), reader: reader.map(ToOwned::to_owned), at })
}

/// The reads of each article that the database has counted.
pub(crate) async fn counted(db: &DatabaseConnection) -> BTreeMap<i64, i64> {
    let sql = "SELECT article_id, CAST(sum(reads) AS bigint) AS reads FROM read_bucket GROUP BY article_id";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| (row.try_get("", "article_id").unwrap(), row.try_get("", "reads").unwrap())).collect()
}

async fn ranked(database: &TestDb, window: Window, now: DateTime<Utc>) -> Vec<List> {
    recompute(&database.db, &Settings::default(), window, now).await.unwrap()
}

/// Article and reads, best first.
fn overall(lists: &[List]) -> Vec<(i64, i64)> {
    let list = lists.iter().find(|list| list.section.is_none());
    list.into_iter().flat_map(|list| &list.entries).map(|entry| (entry.article_id, entry.reads)).collect()
}

fn reasons(receipt: &Receipt) -> Vec<(usize, api::reads::Reason)> {
    receipt.refused.iter().map(|refused| (refused.index, refused.reason)).collect()
}
