//! Owners: whose items are, for editors, and the command that hands them over.

use std::{collections::HashMap, fmt::Write as _};

use async_graphql::{Context, Enum, SimpleObject, dataloader::Loader};
use entity::{
    api_token, article, feed, gallery, image,
    owner::{NoOwner, Owner as Stored},
    story,
    transaction::writing,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, TransactionTrait as _,
    sea_query::{Expr, ExprTrait as _, Func, SimpleExpr},
};

use crate::{
    cache::{Kind as Changed, Tag},
    error::{Error, Result},
    store::{ContextExt as _, Store},
};

/// Rows that are handed over in one transaction.
const PART: u64 = 1_000;

/// Whose an item is: imports of others do not change it. The newsroom's editors change everything.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(crate) struct Owner {
    /// What kind of owner it is.
    kind: OwnerKind,
    /// The name of the source or token; null when it is the newsroom.
    name: Option<String>,
}

/// What kind of owner an item has.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum OwnerKind {
    /// The newsroom itself: its command line, and programs that may write articles.
    Newsroom,
    /// A source whose news comes by itself: a feed that the server visits, or a program that sends for it.
    Source,
    /// A program or person that imports news with a token of that name.
    Token,
}

impl From<Stored> for Owner {
    fn from(owner: Stored) -> Self {
        let kind = match &owner {
            Stored::Newsroom => OwnerKind::Newsroom,
            Stored::Source(_) => OwnerKind::Source,
            Stored::Token(_) => OwnerKind::Token,
        };
        Self { kind, name: owner.name().map(ToOwned::to_owned) }
    }
}

impl Owner {
    /// The owner that a column names, for editors alone.
    pub(crate) fn shown(ctx: &Context<'_>, stored: &str) -> Option<Self> {
        ctx.store().viewer.reads_drafts().then(|| Stored::stored(stored).into())
    }

    /// The owner of an article, for editors alone.
    pub(crate) async fn of_article(ctx: &Context<'_>, id: i64) -> Result<Option<Self>> {
        if !ctx.store().viewer.reads_drafts() {
            return Ok(None);
        }
        ctx.load(OfArticle(id)).await
    }
}

/// The owner of the article with this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OfArticle(i64);

impl Loader<OfArticle> for Store {
    type Value = Owner;
    type Error = Error;

    async fn load(&self, keys: &[OfArticle]) -> Result<HashMap<OfArticle, Owner>> {
        let rows = article::Entity::find()
            .select_only()
            .column(article::Column::Id)
            .expr_as(article::Entity::owner(), "owner")
            .filter(article::Column::Id.is_in(keys.iter().map(|key| key.0)))
            .into_tuple::<(i64, String)>()
            .all(self.reading(keys.iter().map(|key| Tag::id(Changed::Article, key.0))))
            .await?;
        Ok(rows.into_iter().map(|(id, owner)| (OfArticle(id), Stored::stored(&owner).into())).collect())
    }
}

/// A table of items that have owners.
struct Table<E: EntityTrait> {
    /// What one is called, and several.
    names: [&'static str; 2],
    id: E::Column,
    uri: E::Column,
    owner: E::Column,
    /// The owner of a row, also of one that has none.
    shown: SimpleExpr,
}

/// The owner of a row of other items than articles, when it was there before they had owners.
fn or_newsroom(owner: impl sea_orm::ColumnTrait) -> SimpleExpr {
    sea_orm::sea_query::CaseStatement::new()
        .case(owner.eq(""), Stored::Newsroom.to_string())
        .finally(Expr::col(owner.as_column_ref()))
        .into()
}

fn articles() -> Table<article::Entity> {
    use article::Column as C;
    Table { names: ["article", "articles"], id: C::Id, uri: C::Uri, owner: C::Owner, shown: article::Entity::owner() }
}

fn galleries() -> Table<gallery::Entity> {
    use gallery::Column as C;
    Table { names: ["gallery", "galleries"], id: C::Id, uri: C::Uri, owner: C::Owner, shown: or_newsroom(C::Owner) }
}

fn images() -> Table<image::Entity> {
    use image::Column as C;
    Table { names: ["picture", "pictures"], id: C::Id, uri: C::Uri, owner: C::Owner, shown: or_newsroom(C::Owner) }
}

fn stories() -> Table<story::Entity> {
    use story::Column as C;
    Table { names: ["story", "stories"], id: C::Id, uri: C::Uri, owner: C::Owner, shown: or_newsroom(C::Owner) }
}

/// How many items of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; 4]);

impl std::fmt::Display for Counts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = [articles().names, galleries().names, images().names, stories().names];
        let parts = self.0.iter().zip(names).filter(|(count, _)| **count > 0);
        let parts: Vec<_> =
            parts.map(|(count, names)| format!("{count} {}", names[usize::from(*count != 1)])).collect();
        formatter.write_str(if parts.is_empty() { "nothing" } else { "" })?;
        formatter.write_str(&parts.join(", "))
    }
}

/// The owners that items have, each with the number of its items.
pub async fn list(db: &DatabaseConnection) -> Result<Vec<(Stored, Counts)>, DbErr> {
    let mut owners: Vec<(Stored, Counts)> = Vec::new();
    let found = [
        count(db, articles()).await?,
        count(db, galleries()).await?,
        count(db, images()).await?,
        count(db, stories()).await?,
    ];
    for (kind, found) in found.into_iter().enumerate() {
        for (owner, number) in found {
            let owner = Stored::stored(&owner);
            let place = owners.iter().position(|(known, _)| *known == owner).unwrap_or_else(|| {
                owners.push((owner, Counts::default()));
                owners.len() - 1
            });
            owners[place].1.0[kind] += u64::try_from(number).unwrap_or_default();
        }
    }
    owners.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(owners)
}

async fn count<E: EntityTrait>(db: &impl ConnectionTrait, table: Table<E>) -> Result<Vec<(String, i64)>, DbErr> {
    let select = E::find().select_only().expr_as(table.shown.clone(), "whose").expr_as(table.id.count(), "number");
    select.group_by(Expr::col("whose")).into_tuple().all(db).await
}

/// The owners as a table for people, or as JSON for programs.
pub fn table(owners: &[(Stored, Counts)], json: bool) -> String {
    if json {
        let json = |(owner, Counts([articles, galleries, images, stories])): &(Stored, Counts)| {
            serde_json::json!({ "owner": owner.to_string(), "articles": articles, "galleries": galleries, "images": images,
                "stories": stories })
        };
        let owners: Vec<_> = owners.iter().map(json).collect();
        return format!("{:#}\n", serde_json::Value::from(owners));
    }
    let mut table = String::new();
    for (owner, counts) in owners {
        let _ = writeln!(table, "{owner}  {counts}");
    }
    table
}

/// An item with its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// What it is: `article`, `gallery`, `picture` or `story`.
    pub kind: &'static str,
    /// Its identifier.
    pub uri: String,
    /// Whose it is.
    pub owner: Stored,
}

/// The items that have one of these identifiers, with their owners.
pub async fn show(db: &DatabaseConnection, uris: &[String]) -> Result<Vec<Owned>, DbErr> {
    let mut found = find(db, articles(), uris).await?;
    found.extend(find(db, galleries(), uris).await?);
    found.extend(find(db, images(), uris).await?);
    found.extend(find(db, stories(), uris).await?);
    Ok(found)
}

async fn find<E: EntityTrait>(
    db: &impl ConnectionTrait,
    table: Table<E>,
    uris: &[String],
) -> Result<Vec<Owned>, DbErr> {
    let mut found = Vec::new();
    for part in uris.chunks(PART as usize) {
        let select = E::find().select_only().column(table.uri).expr_as(table.shown.clone(), "whose");
        let select = select.filter(table.uri.is_in(part.iter().map(String::as_str))).order_by_asc(table.uri);
        let rows = select.into_tuple::<(String, String)>().all(db).await?;
        let owned = |(uri, owner): (String, String)| Owned { kind: table.names[0], uri, owner: Stored::stored(&owner) };
        found.extend(rows.into_iter().map(owned));
    }
    Ok(found)
}

/// Which items are handed over: all of these must hold.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Those of an owner.
    pub from: Option<Stored>,
    /// Those with one of these identifiers; any when there is none.
    pub uris: Vec<String>,
    /// Those whose identifier begins so.
    pub prefix: Option<String>,
}

/// Why nothing is handed over.
#[derive(Debug)]
pub enum Refused {
    /// It is not said what.
    Everything,
    /// Nothing has these identifiers, or not from that owner.
    Unknown(Vec<String>),
    /// The database failed.
    Failed(DbErr),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everything => {
                formatter.write_str("say which items: their identifiers, `--prefix`, or all `--from` an owner")
            }
            Self::Unknown(uris) => {
                let uris = uris.iter().map(|uri| format!("`{uri}`")).collect::<Vec<_>>().join(", ");
                write!(
                    formatter,
                    "no item to hand over has the identifier {uris}; nothing is changed; see `newsgraph owner show`"
                )
            }
            Self::Failed(error) => write!(formatter, "the database cannot be used: {error}"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<DbErr> for Refused {
    fn from(error: DbErr) -> Self {
        Self::Failed(error)
    }
}

/// Hands items over; answers how many changed hands. Large numbers take several transactions: what was broken off is run again.
pub async fn hand_over(db: &DatabaseConnection, which: &Which, to: &Stored) -> Result<Counts, Refused> {
    if which.from.is_none() && which.uris.is_empty() && which.prefix.is_none() {
        return Err(Refused::Everything);
    }
    if !which.uris.is_empty() {
        let found = show(db, &which.uris).await?;
        let is_there = |uri: &&String| {
            let fits = |item: &Owned| item.uri == **uri && which.from.as_ref().is_none_or(|from| *from == item.owner);
            found.iter().any(fits)
        };
        let unknown: Vec<String> = which.uris.iter().filter(|uri| !is_there(uri)).cloned().collect();
        if !unknown.is_empty() {
            return Err(Refused::Unknown(unknown));
        }
    }
    Ok(Counts([
        hand_over_of(db, articles(), which, to).await?,
        hand_over_of(db, galleries(), which, to).await?,
        hand_over_of(db, images(), which, to).await?,
        hand_over_of(db, stories(), which, to).await?,
    ]))
}

async fn hand_over_of<E: EntityTrait>(
    db: &DatabaseConnection,
    table: Table<E>,
    which: &Which,
    to: &Stored,
) -> Result<u64, DbErr> {
    let (mut handed_over, mut last) = (0, 0);
    loop {
        let transaction = db.begin_with_options(writing()).await?;
        let mut select = E::find().select_only().column(table.id).filter(table.id.gt(last));
        select = select.filter(table.shown.clone().ne(to.to_string()));
        if let Some(from) = &which.from {
            select = select.filter(table.shown.clone().eq(from.to_string()));
        }
        if !which.uris.is_empty() {
            select = select.filter(table.uri.is_in(which.uris.iter().map(String::as_str)));
        }
        if let Some(prefix) = &which.prefix {
            // SQLite's LIKE takes `a` and `A` for one.
            let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
            let beginning =
                Func::cust("substr").arg(Expr::col(table.uri.as_column_ref())).arg(Expr::val(1)).arg(Expr::val(length));
            select = select.filter(Expr::expr(beginning).eq(prefix.as_str()));
        }
        let ids: Vec<i64> = select.order_by_asc(table.id).limit(PART).into_tuple().all(&transaction).await?;
        let Some(highest) = ids.last() else { return Ok(handed_over) };
        last = *highest;
        let changed = E::update_many()
            .col_expr(table.owner, Expr::val(to.to_string()))
            .filter(table.id.is_in(ids))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        handed_over += changed.rows_affected;
    }
}

/// Whether anybody sends in the name of an owner: a source feed, or a token. What is handed over to somebody else waits for them.
pub async fn is_known(db: &DatabaseConnection, owner: &Stored) -> std::result::Result<bool, DbErr> {
    Ok(match owner {
        Stored::Newsroom => true,
        Stored::Source(name) => {
            let feeds = feed::Entity::find().filter(feed::Column::Name.eq(name.as_str())).all(db).await?;
            let tokens = api_token::Entity::find().filter(api_token::Column::Sources.is_not_null()).all(db).await?;
            let mut bound = tokens.iter().filter_map(|token| token.sources.as_ref());
            !feeds.is_empty() || bound.any(|sources| sources.0.contains(name))
        }
        // The name of a JWT's subject stands behind its issuer.
        Stored::Token(name) if name.contains("://") => true,
        Stored::Token(name) => {
            !api_token::Entity::find().filter(api_token::Column::Name.eq(name.as_str())).all(db).await?.is_empty()
        }
    })
}

/// An owner as it is written on the command line.
pub fn parse(text: &str) -> std::result::Result<Stored, NoOwner> {
    text.trim().parse()
}
