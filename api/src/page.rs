//! Keyset pagination: the only place that knows how a connection is cut.
//!
//! A list says what it selects and in which order ([`List`]); everything else is done here: arguments, cursors, the statement,
//! `pageInfo`. All pages that one level of a request asks for, of whatever parents, are one statement where they are ordered alike: a
//! `UNION ALL` whose branches each stop at their own limit, so that each walks its index no further than its page.

use std::{borrow::Cow, cmp::Ordering, collections::HashMap, fmt::Write as _, hash::Hash, sync::Arc};

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName, dataloader::Loader};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use entity::{article::Sight, cells::Cells};
use futures_util::{FutureExt as _, future::BoxFuture};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, FromQueryResult, QueryResult,
    entity::prelude::DateTimeUtc,
    sea_query::{Asterisk, Expr, ExprTrait as _, Order, Query, SelectStatement, SimpleExpr, UnionType, Value},
};
use serde::{Deserialize, Serialize};

use crate::{
    alike,
    cache::Tag,
    error::{Error, Result},
    facet::KeptTotal,
    nullability::{Nullable, semantic_non_null},
    session::Session,
    store::{ContextExt as _, Lookup, Store},
};

/// Items of a list when none of `first` and `last` is given.
pub(crate) const DEFAULT_SIZE: usize = 20;
/// Most items of a page.
pub(crate) const MAX_SIZE: usize = 100;

/// A list that connections cut pages from. Equal values are the same list.
pub(crate) trait List: Clone + Eq + Hash + Send + Sync + 'static {
    /// A row of it.
    type Row: FromQueryResult + Send + Sync + 'static;
    /// The object that wraps a row.
    type Node: From<Arc<Self::Row>> + OutputType + Send + Sync;

    /// What cursors are bound to: other lists refuse them.
    fn name(&self) -> String;
    /// Columns, tables and conditions; neither order nor limit.
    fn select(&self, store: &Store) -> SelectStatement;
    /// The order, which ends in a unique column.
    fn order(&self) -> Vec<Key>;
    /// What changes when the list gains, loses or moves an item; at least one. A list by several conditions that articles themselves hold
    /// needs the tags of one of them alone: what changes in the list changes there, too.
    fn tags(&self) -> Vec<Tag>;
    /// What changes when a row does; none when that changes the list, too.
    fn row_tag(row: &Self::Row) -> Option<Tag>;
    /// About the bytes of memory that a row takes.
    fn weight(row: &Self::Row) -> usize;

    /// Lists with the same items together, each of which an index holds in its order; an item may be in several.
    fn parts(&self) -> Vec<Self> {
        vec![self.clone()]
    }

    /// Lists with the same items together, by which they are counted best; when there are several, their rows have an `id`.
    fn counted(&self) -> Vec<Self> {
        vec![self.clone()]
    }

    /// What the database keeps the number of its public items by; without, they are counted.
    fn kept_total(&self) -> Option<KeptTotal> {
        None
    }

    /// How many of those that [`Self::kept_total`] counts are not in the list.
    fn kept_beside(&self) -> i64 {
        0
    }

    /// Whether how much a caller's choice lets through decides how the list is best read, or no index holds it in its order.
    fn is_chosen(&self) -> bool {
        false
    }
}

/// A column of an order.
pub(crate) struct Key {
    pub(crate) column: SimpleExpr,
    pub(crate) order: Order,
    pub(crate) kind: KeyKind,
}

impl Key {
    pub(crate) fn new(column: impl Into<SimpleExpr>, order: Order, kind: KeyKind) -> Self {
        Self { column: column.into(), order, kind }
    }

    /// The expression that both databases sort alike.
    fn sortable(&self, backend: DbBackend) -> SimpleExpr {
        match (self.kind, backend) {
            // By code point whatever the locale of the database, as SQLite and Rust do.
            (KeyKind::Text, DbBackend::Postgres) => Expr::cust_with_expr("$1 COLLATE \"C\"", self.column.clone()),
            _ => self.column.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Int,
    SmallInt,
    Time,
    Text,
}

/// The value of a key in a row or a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
enum KeyValue {
    /// Also times, in microseconds.
    Int(i64),
    Text(String),
}

impl KeyValue {
    fn read(cells: &mut Cells<'_>, kind: KeyKind) -> Result<Self, DbErr> {
        Ok(match kind {
            KeyKind::Int => Self::Int(cells.read()?),
            KeyKind::SmallInt => Self::Int(cells.read::<i32>()?.into()),
            KeyKind::Time => Self::Int(cells.read::<DateTimeUtc>()?.timestamp_micros()),
            KeyKind::Text => Self::Text(cells.read()?),
        })
    }

    /// The value to compare a column of `kind` with, if it can be one.
    fn bound(&self, kind: KeyKind) -> Option<Value> {
        match (self, kind) {
            (Self::Int(value), KeyKind::Int) => Some((*value).into()),
            (Self::Int(value), KeyKind::SmallInt) => i32::try_from(*value).ok().map(Into::into),
            (Self::Int(value), KeyKind::Time) => DateTime::from_timestamp_micros(*value).map(Into::into),
            (Self::Text(value), KeyKind::Text) if !value.contains('\0') => Some(value.clone().into()),
            _ => None,
        }
    }
}

fn key_name(index: usize) -> String {
    format!("key_{index}")
}

/// The place of an item in its list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cursor(Vec<KeyValue>);

impl Cursor {
    /// A place in a list that is no [`List`]: its keys are numbers.
    pub(crate) fn of_numbers(keys: &[i64]) -> Self {
        Self(keys.iter().copied().map(KeyValue::Int).collect())
    }

    /// The keys of [`Self::of_numbers`].
    pub(crate) fn numbers<const N: usize>(argument: &'static str, text: &str, list: &str) -> Result<[i64; N]> {
        let (name, keys) = Self::read(argument, text)?;
        let numbers = keys.iter().map_while(|key| match key {
            KeyValue::Int(number) => Some(*number),
            KeyValue::Text(_) => None,
        });
        let numbers: Vec<i64> = numbers.collect();
        let fits = name == list && numbers.len() == keys.len();
        <[i64; N]>::try_from(numbers).ok().filter(|_| fits).ok_or_else(|| of_another_list(argument))
    }

    pub(crate) fn encode(&self, list: &str) -> String {
        let json = serde_json::to_string(&(list, &self.0)).expect("strings and numbers always serialise");
        URL_SAFE_NO_PAD.encode(json)
    }

    fn read(argument: &'static str, text: &str) -> Result<(String, Vec<KeyValue>)> {
        let json = URL_SAFE_NO_PAD.decode(text).ok();
        json.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
            Error::bad_input(argument, format!("`{argument}` is not a cursor; pass one that this list answered"))
        })
    }

    fn decode(argument: &'static str, text: &str, list: &impl List) -> Result<Self> {
        let decoded = Self::read(argument, text)?;
        let order = list.order();
        let fits = decoded.0 == list.name()
            && decoded.1.len() == order.len()
            && decoded.1.iter().zip(&order).all(|(value, key)| value.bound(key.kind).is_some());
        if fits {
            return Ok(Self(decoded.1));
        }
        Err(of_another_list(argument))
    }

    /// The time in the first key, for lists that are ordered by one.
    pub(crate) fn time(&self) -> Option<DateTimeUtc> {
        match self.0.first() {
            Some(KeyValue::Int(micros)) => DateTime::from_timestamp_micros(*micros),
            _ => None,
        }
    }
}

fn of_another_list(argument: &'static str) -> Error {
    Error::bad_input(argument, format!("`{argument}` is a cursor of another list; pass one that this list answered"))
}

/// The arguments of a connection as they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageArgs {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
}

/// The part of a list that a page shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cut {
    forward: bool,
    size: usize,
    pub(crate) after: Option<Cursor>,
    before: Option<Cursor>,
}

impl PageArgs {
    pub(crate) fn forward(first: Option<i32>, after: Option<String>) -> Self {
        Self { first, after, ..Self::default() }
    }

    pub(crate) fn cut(self, list: &impl List) -> Result<Cut> {
        if self.first.is_some() && self.last.is_some() {
            return Err(Error::bad_input("last", "pass `first` or `last`, not both"));
        }
        let (forward, size) = match (self.first, self.last) {
            (_, Some(last)) => (false, bounded("last", last)?),
            (first, None) => (true, first.map_or(Ok(DEFAULT_SIZE), |first| bounded("first", first))?),
        };
        let cursor =
            |argument, text: Option<String>| text.map(|text| Cursor::decode(argument, &text, list)).transpose();
        Ok(Cut { forward, size, after: cursor("after", self.after)?, before: cursor("before", self.before)? })
    }
}

/// A number of items that may be asked for: 1 to [`MAX_SIZE`].
pub(crate) fn bounded(argument: &'static str, value: i32) -> Result<usize> {
    usize::try_from(value).ok().filter(|value| (1..=MAX_SIZE).contains(value)).ok_or_else(|| {
        Error::bad_input(
            argument,
            format!("`{argument}` is {value}; ask for 1 to {MAX_SIZE} items and page with cursors"),
        )
    })
}

/// A page of a list, as loaders find it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageKey<L> {
    pub(crate) list: L,
    pub(crate) cut: Cut,
}

/// The number of items of a list, as loaders find it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CountKey<L>(L);

/// The rows of a page.
#[derive(Debug)]
pub(crate) struct Page<R> {
    rows: Vec<(Cursor, Arc<R>)>,
    /// The row behind the last one of a forward page.
    pub(crate) next: Option<Arc<R>>,
    has_next: bool,
    has_previous: bool,
}

impl<R> Page<R> {
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Arc<R>> {
        self.rows.iter().map(|(_, row)| row)
    }
}

/// Which rows a branch of the statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Page = 0,
    /// One row at or before `after`, when there is one.
    Head = 1,
    /// One row at or behind `before`, when there is one.
    Tail = 2,
}

impl<L: List> PageKey<L> {
    fn branches(&self, store: &Store, backend: DbBackend, batch: i32) -> Vec<SelectStatement> {
        self.list.parts().iter().flat_map(|part| self.branches_of(part, store, backend, batch)).collect()
    }

    fn branches_of(&self, list: &L, store: &Store, backend: DbBackend, batch: i32) -> Vec<SelectStatement> {
        let Cut { forward, size, after, before } = &self.cut;
        let mut page = branch(list, store, backend, batch, Part::Page, *forward, *size as u64 + 1);
        let order = list.order();
        if let Some(after) = after {
            page.and_where(beyond(&order, backend, after, true, false));
        }
        if let Some(before) = before {
            page.and_where(beyond(&order, backend, before, false, false));
        }
        let mut branches = vec![page];
        if let Some(after) = after {
            let mut head = branch(list, store, backend, batch, Part::Head, false, 1);
            head.and_where(beyond(&order, backend, after, false, true));
            branches.push(head);
        }
        if let Some(before) = before {
            let mut tail = branch(list, store, backend, batch, Part::Tail, true, 1);
            tail.and_where(beyond(&order, backend, before, true, true));
            branches.push(tail);
        }
        branches
    }

    fn page(&self, mut rows: Vec<Found<L::Row>>) -> Page<L::Row> {
        let order = self.list.order();
        rows.sort_by(|a, b| compare(&order, &a.cursor, &b.cursor));
        let beyond = |part| rows.iter().any(|found| found.part == part);
        let (head, tail) = (beyond(Part::Head as i32), beyond(Part::Tail as i32));
        let mut rows: Vec<_> = rows
            .into_iter()
            .filter(|found| found.part == Part::Page as i32)
            .map(|found| (found.cursor, found.row))
            .collect();
        // An item of several parts is found in each.
        rows.dedup_by(|a, b| a.0 == b.0);
        let size = self.cut.size;
        let more = rows.len() > size;
        let mut next = None;
        if self.cut.forward {
            next = rows.drain(size.min(rows.len())..).next().map(|(_, row)| row);
        } else {
            rows.drain(..rows.len().saturating_sub(size));
        }
        let (has_next, has_previous) = if self.cut.forward { (more || tail, head) } else { (tail, more || head) };
        Page { rows, next, has_next, has_previous }
    }
}

fn branch<L: List>(
    list: &L,
    store: &Store,
    backend: DbBackend,
    batch: i32,
    part: Part,
    forward: bool,
    limit: u64,
) -> SelectStatement {
    let mut select = list.select(store);
    select.expr_as(Expr::val(batch).cast_as("integer"), "page_batch");
    select.expr_as(Expr::val(part as i32).cast_as("integer"), "page_part");
    for (index, key) in list.order().into_iter().enumerate() {
        let order = if forward { key.order.clone() } else { reversed(&key.order) };
        select.order_by_expr(key.sortable(backend), order);
        select.expr_as(key.column, key_name(index));
    }
    select.limit(limit);
    select
}

struct Found<R> {
    part: i32,
    cursor: Cursor,
    row: Arc<R>,
}

fn reversed(order: &Order) -> Order {
    if matches!(order, Order::Asc) { Order::Desc } else { Order::Asc }
}

fn compare(order: &[Key], a: &Cursor, b: &Cursor) -> Ordering {
    order
        .iter()
        .zip(a.0.iter().zip(&b.0))
        .map(|(key, (a, b))| if matches!(key.order, Order::Asc) { a.cmp(b) } else { b.cmp(a) })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The rows behind `cursor` (`forward`) or before it; also its own row when `inclusive`.
fn beyond(order: &[Key], backend: DbBackend, cursor: &Cursor, forward: bool, inclusive: bool) -> SimpleExpr {
    let mut condition: Option<SimpleExpr> = None;
    for (index, (key, value)) in order.iter().zip(&cursor.0).enumerate().rev() {
        let column = key.sortable(backend);
        let bound = value.bound(key.kind).expect("checked when the cursor was decoded");
        let ascending = matches!(key.order, Order::Asc) == forward;
        let last = index + 1 == order.len();
        let strictly = match (ascending, last && inclusive) {
            (true, true) => column.clone().gte(bound.clone()),
            (true, false) => column.clone().gt(bound.clone()),
            (false, true) => column.clone().lte(bound.clone()),
            (false, false) => column.clone().lt(bound.clone()),
        };
        condition = Some(match condition {
            None => strictly,
            // The first comparison says nothing that the others do not, but an index can be walked from it.
            Some(rest) => {
                let weakly =
                    if ascending { column.clone().gte(bound.clone()) } else { column.clone().lte(bound.clone()) };
                weakly.and(strictly.or(column.eq(bound).and(rest)))
            }
        });
    }
    condition.expect("an order has at least one column")
}

/// All of `branches` in one statement.
pub(crate) fn union(mut branches: impl Iterator<Item = SelectStatement>) -> Option<SelectStatement> {
    // SQLite takes a limit only on the whole of a compound statement, so each branch is a subquery.
    let wrap = |branch| Query::select().column(Asterisk).from_subquery(branch, "page").take();
    let mut statement = wrap(branches.next()?);
    for branch in branches {
        statement.union(UnionType::All, wrap(branch));
    }
    Some(statement)
}

/// The rows of all branches, planned for their values where these were `chosen`.
async fn answered(
    db: &DatabaseConnection,
    branches: impl Iterator<Item = SelectStatement>,
    chosen: bool,
) -> Result<Vec<QueryResult>> {
    let enough = if chosen { alike::CHOSEN } else { alike::ALIKE };
    let statements = alike::together(db.get_database_backend(), branches, enough);
    let mut rows = Vec::new();
    if !chosen {
        for statement in statements {
            rows.extend(db.query_all_raw(statement).await?);
        }
        return Ok(rows);
    }
    let session = Session::begin(db).await?;
    for statement in statements {
        rows.extend(session.query_all_raw(statement).await?);
    }
    session.end().await?;
    Ok(rows)
}

impl<L: List> Lookup for PageKey<L> {
    type Value = Arc<Page<L::Row>>;

    fn tags(&self, found: Option<&Self::Value>) -> Vec<Tag> {
        let mut tags = self.list.tags();
        tags.extend(found.into_iter().flat_map(|page| page.rows()).filter_map(|row| L::row_tag(row)));
        tags
    }

    fn also_made_of(&self, found: &Self::Value) -> Vec<Tag> {
        found.next.iter().filter_map(|row| L::row_tag(row)).collect()
    }

    fn weight(&self, found: &Self::Value) -> usize {
        found.rows().chain(&found.next).map(|row| 100 + L::weight(row)).sum()
    }

    async fn find(store: &Store, db: &DatabaseConnection, keys: &[Self]) -> Result<HashMap<Self, Self::Value>> {
        let shape = |key: &PageKey<L>| {
            let kinds = key.list.order().iter().map(|key| key.kind).collect::<Vec<_>>();
            (kinds, key.list.is_chosen())
        };
        let mut pages = HashMap::new();
        // Only lists that are ordered by values of the same kinds can be branches of one statement.
        let mut rest: Vec<PageKey<L>> = keys.to_vec();
        while let Some(first) = rest.first().map(shape) {
            let (alike, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|key| shape(key) == first);
            pages.extend(pages_of(store, db, &alike, first).await?);
            rest = others;
        }
        Ok(pages)
    }
}

/// The pages of lists that are ordered alike, in one statement.
async fn pages_of<L: List>(
    store: &Store,
    db: &DatabaseConnection,
    keys: &[PageKey<L>],
    (kinds, chosen): (Vec<KeyKind>, bool),
) -> Result<HashMap<PageKey<L>, Arc<Page<L::Row>>>> {
    let backend = store.backend();
    let branches = keys.iter().zip(0..).flat_map(|(key, batch)| key.branches(store, backend, batch));
    let mut found: Vec<Vec<Found<L::Row>>> = keys.iter().map(|_| Vec::new()).collect();
    for row in answered(db, branches, chosen).await? {
        let mut cells = Cells::from(&row, "page_batch")?;
        let batch = usize::try_from(cells.read::<i32>()?).expect("numbered from 0 above");
        let part = cells.read()?;
        let values = kinds.iter().map(|kind| KeyValue::read(&mut cells, *kind)).collect::<Result<_, _>>()?;
        let row = Arc::new(L::Row::from_query_result(&row, "")?);
        found[batch].push(Found { part, cursor: Cursor(values), row });
    }
    Ok(keys.iter().zip(found).map(|(key, rows)| (key.clone(), Arc::new(key.page(rows)))).collect())
}

impl<L: List> Loader<CountKey<L>> for Store {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[CountKey<L>]) -> Result<HashMap<CountKey<L>, i64>> {
        let db = self.reading(keys.iter().flat_map(|key| key.0.tags()));
        let session = Session::begin(db).await?;
        let public = matches!(self.sight(), Sight::Public(_));
        let (mut kept, mut totals, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for key in keys {
            match key.0.kept_total().filter(|_| public) {
                Some(total) => {
                    kept.push(key.clone());
                    totals.push(total);
                }
                None => others.push(key),
            }
        }
        let totals = KeptTotal::load(&session, self.now, &totals).await?;
        let totals = kept.into_iter().zip(totals).map(|(key, total)| {
            let listed = total - key.0.kept_beside();
            (key, listed)
        });
        let mut counts: HashMap<_, _> = totals.collect();
        let branches = others.iter().zip(0..).map(|(key, batch)| {
            Query::select()
                .expr_as(Expr::val(batch).cast_as("integer"), "page_batch")
                .expr_as(Expr::col(Asterisk).count(), "items")
                .from_subquery(counted(&key.0, self), "listed")
                .take()
        });
        if let Some(statement) = union(branches) {
            for row in session.query_all(&statement).await? {
                let batch = usize::try_from(row.try_get::<i32>("", "page_batch")?).expect("numbered from 0 above");
                counts.insert(others[batch].clone(), row.try_get("", "items")?);
            }
        }
        session.end().await?;
        Ok(counts)
    }
}

/// The items of a list, each once.
fn counted<L: List>(list: &L, store: &Store) -> SelectStatement {
    let mut parts = list.counted();
    let Some(last) = parts.pop().filter(|_| !parts.is_empty()) else { return list.select(store) };
    let ids = |part: &L| Query::select().column("id").from_subquery(part.select(store), "part").take();
    let mut counted = ids(&last);
    for part in &parts {
        counted.union(UnionType::Distinct, ids(part));
    }
    counted
}

/// How many items stand before a cursor, counted up to `most`.
pub(crate) async fn count_before<L: List>(
    store: &Store,
    list: &L,
    argument: &'static str,
    cursor: &str,
    most: u64,
) -> Result<i64> {
    let cursor = Cursor::decode(argument, cursor, list)?;
    let backend = store.backend();
    let mut items = list.select(store);
    items.and_where(beyond(&list.order(), backend, &cursor, false, false)).limit(most);
    let count = Query::select().expr_as(Expr::col(Asterisk).count(), "items").from_subquery(items, "listed").take();
    let rows = answered(store.reading(list.tags()), std::iter::once(count), list.is_chosen()).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.try_get("", "items"))?)
}

/// A page of a list, with what is needed to ask for the next one.
pub(crate) struct Connection<L: List> {
    list: Arc<L>,
    page: Arc<Page<L::Row>>,
}

impl<L: List> Connection<L> {
    /// In a place of its own, so that the futures of the fields beside it stay small.
    pub(crate) fn load<'c>(ctx: &'c Context<'_>, list: L, args: PageArgs) -> BoxFuture<'c, Result<Self>> {
        let loaded = async move {
            let cut = args.cut(&list)?;
            let page = ctx.look_up(PageKey { list: list.clone(), cut }).await?;
            Ok(Self::new(list, page.expect("every page that is asked for is answered")))
        };
        loaded.boxed()
    }
}

impl<L: List> TypeName for Connection<L> {
    fn type_name() -> Cow<'static, str> {
        named::<L>("Connection")
    }
}

impl<L: List> TypeName for Edge<L> {
    fn type_name() -> Cow<'static, str> {
        named::<L>("Edge")
    }
}

fn named<L: List>(suffix: &str) -> Cow<'static, str> {
    let mut name = <L::Node as OutputType>::type_name().into_owned();
    let _ = write!(name, "{suffix}");
    name.into()
}

impl<L: List> Connection<L> {
    /// What was found on the page of a list.
    pub(crate) fn new(list: L, page: Arc<Page<L::Row>>) -> Self {
        Self { list: Arc::new(list), page }
    }

    /// The list that it is a page of.
    pub(crate) fn list(&self) -> &L {
        &self.list
    }

    /// Its rows, and what is behind them.
    pub(crate) fn page(&self) -> &Page<L::Row> {
        &self.page
    }

    /// Its rows, each with its cursor.
    pub(crate) fn items(&self) -> impl Iterator<Item = (String, &Arc<L::Row>)> {
        let name = self.list.name();
        self.page.rows.iter().map(move |(cursor, row)| (cursor.encode(&name), row))
    }

    /// Whether there is more, and the cursors to ask for it.
    pub(crate) fn info(&self) -> PageInfo {
        PageInfo::of(&*self.list, &self.page)
    }

    /// Number of items in the whole list.
    pub(crate) async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let count = ctx.load(CountKey(L::clone(&self.list))).await?.unwrap_or_default();
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

/// A page of a list (a Relay connection).
#[Object(name_type, cache_control(max_age = 15))]
impl<L: List> Connection<L> {
    /// The items of the page, each with its cursor.
    async fn edges(&self) -> Vec<Edge<L>> {
        self.items().map(|(cursor, row)| Edge { cursor, row: Arc::clone(row) }).collect()
    }

    /// The items of the page.
    async fn nodes(&self) -> Vec<L::Node> {
        self.page.rows().cloned().map(Into::into).collect()
    }

    /// Whether there is more, and the cursors to ask for it.
    async fn page_info(&self) -> PageInfo {
        self.info()
    }

    /// Number of items in the whole list, whatever the page. It is counted only when it is asked for.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn total_count(&self, ctx: &Context<'_>) -> Nullable<i32> {
        Some(self.count(ctx).await.map(Some))
    }
}

/// An item in a page, with its place in the list.
pub(crate) struct Edge<L: List> {
    cursor: String,
    row: Arc<L::Row>,
}

/// An item in a page, with its place in the list.
#[Object(name_type)]
impl<L: List> Edge<L> {
    /// The place of the item in this list: pass it as `after` or `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The item.
    async fn node(&self) -> L::Node {
        self.row.clone().into()
    }
}

/// Whether a list goes on before and behind a page, and the cursors to page with.
#[derive(SimpleObject)]
pub(crate) struct PageInfo {
    /// Is there an item behind the last one of this page?
    has_next_page: bool,
    /// Is there an item before the first one of this page?
    has_previous_page: bool,
    /// Cursor of the first item; null when the page is empty.
    start_cursor: Option<String>,
    /// Cursor of the last item, to pass as `after` for the next page; null when the page is empty.
    end_cursor: Option<String>,
}

impl PageInfo {
    /// Of a page that was asked for with `first` and `after`.
    pub(crate) fn forward(after: bool, more: bool, cursors: &[String]) -> Self {
        Self {
            has_next_page: more,
            has_previous_page: after,
            start_cursor: cursors.first().cloned(),
            end_cursor: cursors.last().cloned(),
        }
    }

    fn of<L: List>(list: &L, page: &Page<L::Row>) -> Self {
        let cursor = |row: Option<&(Cursor, Arc<L::Row>)>| row.map(|(cursor, _)| cursor.encode(&list.name()));
        Self {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: cursor(page.rows.first()),
            end_cursor: cursor(page.rows.last()),
        }
    }
}
