//! Small rows by the key of their owner: the topics of an article, the files of an image, a place by its own key. All that one level of a
//! request asks for, of whatever tables, is one statement: the rows of each table are laid into columns that all have in common.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};

use entity::cells::Cells;
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    entity::prelude::DateTimeUtc,
    sea_query::{Asterisk, Expr, ExprTrait as _, JoinType, Query, SelectStatement, SimpleExpr},
};

use crate::{
    cache::{Kind, Tag},
    error::Result,
    page::union,
    store::{Lookup, Store},
};

/// A small row: what is read of it.
pub(crate) trait Small: Send + Sync + Sized + 'static {
    fn columns(store: &Store) -> Columns;

    /// The row that these columns hold.
    fn read(row: &Laid<'_>) -> Result<Self, DbErr>;

    /// About the bytes of memory that it takes.
    fn weight(&self) -> usize;
}

/// A small row that is found by its own key.
pub(crate) trait Keyed: Small {
    /// What changes when it does.
    const KIND: Kind;

    /// The column of the key.
    fn key() -> impl ColumnTrait;
}

/// Rows that belong to an owner, in an order of their own.
pub(crate) trait Children: Send + Sync + 'static {
    /// What is loaded.
    type Row: Small;

    /// What changes when other rows belong to `owner`, or the same in another order.
    fn tag(owner: i64) -> Tag;

    /// What changes when a row does; none when that changes the list, too.
    fn row_tag(_: &Self::Row) -> Option<Tag> {
        None
    }

    /// The column of the owner.
    fn owner() -> impl ColumnTrait;

    /// Tables and conditions; neither columns nor owners.
    fn from(_: &Store) -> SelectStatement {
        table_of(Self::owner())
    }

    /// Numbers that the rows of an owner stand by, two at most.
    fn order() -> Vec<SimpleExpr> {
        Vec::new()
    }

    /// Puts the rows of an owner in their order, where numbers do not tell it.
    fn arrange(_: &mut [Arc<Self::Row>]) {}
}

/// The one row that has a key.
pub(crate) struct ByKey<R>(PhantomData<fn() -> R>);

impl<R: Keyed> Children for ByKey<R> {
    type Row = R;

    fn tag(key: i64) -> Tag {
        Tag::id(R::KIND, key)
    }

    fn owner() -> impl ColumnTrait {
        R::key()
    }
}

/// The children of an owner.
pub(crate) type Family<C> = Arc<[Arc<<C as Children>::Row>]>;

/// How many columns of a type there are.
const ORDER: usize = 2;
const INTS: usize = 5;
const TEXTS: usize = 10;
const FLOATS: usize = 2;
const TIMES: usize = 1;

/// The columns of a table, by their types; each is read by its place among those of its type.
#[derive(Default)]
pub(crate) struct Columns {
    ints: Vec<SimpleExpr>,
    texts: Vec<SimpleExpr>,
    floats: Vec<SimpleExpr>,
    times: Vec<SimpleExpr>,
}

impl Columns {
    pub(crate) fn ints(mut self, columns: impl IntoIterator<Item = impl Into<SimpleExpr>>) -> Self {
        // Whole numbers have several sizes.
        self.ints = columns.into_iter().map(|column| Expr::expr(column.into()).cast_as("bigint")).collect();
        self
    }

    pub(crate) fn texts<C: ColumnTrait>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.texts.extend(columns.into_iter().map(col));
        self
    }

    pub(crate) fn floats<C: ColumnTrait>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.floats = columns.into_iter().map(col).collect();
        self
    }

    pub(crate) fn times<C: ColumnTrait>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.times = columns.into_iter().map(col).collect();
        self
    }

    /// Lays them out behind the numbers that rows stand by.
    fn lay(self, order: Vec<SimpleExpr>, statement: &mut SelectStatement) {
        let order = order.into_iter().map(|column| column.cast_as("bigint")).collect();
        for (columns, length, kind) in [
            (order, ORDER, "bigint"),
            (self.ints, INTS, "bigint"),
            (self.texts, TEXTS, "text"),
            (self.floats, FLOATS, "double precision"),
            (self.times, TIMES, "timestamp with time zone"),
        ] {
            debug_assert!(columns.len() <= length, "there are not so many columns of the type {kind}");
            let missing = length.saturating_sub(columns.len());
            let nothing = || Expr::cust(format!("CAST(NULL AS {kind})"));
            // Without names of their own they would have those of other tables.
            for (place, column) in columns.into_iter().chain((0..missing).map(|_| nothing())).enumerate() {
                statement.expr_as(column, format!("{kind} {place}"));
            }
        }
    }
}

/// A column with its table.
pub(crate) fn col<C: ColumnTrait>(column: C) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}

/// A row as [`Columns`] have laid it out.
pub(crate) struct Laid<'r>(Cells<'r>);

impl Laid<'_> {
    pub(crate) fn int<T: TryFrom<i64>>(&self, place: usize) -> Result<T, DbErr> {
        self.some_int(place)?.ok_or_else(|| DbErr::Type(format!("number {place} is null")))
    }

    pub(crate) fn some_int<T: TryFrom<i64>>(&self, place: usize) -> Result<Option<T>, DbErr> {
        let number: Option<i64> = self.0.at(place)?;
        number.map(T::try_from).transpose().map_err(|_| DbErr::Type(format!("number {place} is out of range")))
    }

    pub(crate) fn text(&self, place: usize) -> Result<String, DbErr> {
        self.0.at(INTS + place)
    }

    pub(crate) fn some_text(&self, place: usize) -> Result<Option<String>, DbErr> {
        self.0.at(INTS + place)
    }

    pub(crate) fn float(&self, place: usize) -> Result<Option<f64>, DbErr> {
        self.0.at(INTS + TEXTS + place)
    }

    pub(crate) fn time(&self, place: usize) -> Result<DateTimeUtc, DbErr> {
        self.0.at(INTS + TEXTS + FLOATS + place)
    }
}

/// A row in its place.
struct Placed<'r> {
    owner: i64,
    order: [Option<i64>; ORDER],
    row: Laid<'r>,
}

/// `rows`, whose key is `id`, with the link table that ties them to owners by its column `target`.
pub(crate) fn linked<C: ColumnTrait>(
    store: &Store,
    id: impl ColumnTrait,
    target: C,
    mut rows: SelectStatement,
) -> SelectStatement {
    rows.from_clear().from(target.entity_name());
    look_up(store.backend(), &mut rows, id, col(target));
    rows
}

/// Joins the row whose `key` is `link`, to each row of the tables that are there already.
///
/// The row is looked up for each of them, whatever the planner believes of their number. It believes what the tables were when they were
/// analysed last; after a bulk load it would read a whole table to find a few rows of it.
pub(crate) fn look_up(backend: DbBackend, select: &mut SelectStatement, key: impl ColumnTrait, link: SimpleExpr) {
    let is_linked = col(key).eq(link);
    if backend != DbBackend::Postgres {
        // SQLite never puts the tables of a cross join into another order. The query builder writes no condition behind it.
        select.cross_join(key.entity_name()).and_where(is_linked);
        return;
    }
    select.join_lateral(JoinType::InnerJoin, row_by_row(key, is_linked), key.entity_name(), Expr::val(true));
}

/// The rows of a table for which `condition` holds, as what a lateral join can do row by row alone: the planner dissolves no query that has
/// an offset.
pub(crate) fn row_by_row(column: impl ColumnTrait, condition: SimpleExpr) -> SelectStatement {
    Query::select().column(Asterisk).from(column.entity_name()).and_where(condition).offset(0).take()
}

/// The table of a column.
fn table_of(column: impl ColumnTrait) -> SelectStatement {
    Query::select().from(column.entity_name()).take()
}

/// Whether a column is one of many numbers, as one parameter: the statement is the same for any number of them, so that it is planned once.
pub(crate) fn is_any(backend: DbBackend, column: SimpleExpr, numbers: impl Iterator<Item = i64>) -> SimpleExpr {
    let mut list = String::new();
    for number in numbers {
        let before = if list.is_empty() { "" } else { "," };
        let _ = fmt::Write::write_fmt(&mut list, format_args!("{before}{number}"));
    }
    if backend == DbBackend::Postgres {
        Expr::cust_with_exprs("$1 = ANY(CAST($2 AS bigint[]))", [column, Expr::val(format!("{{{list}}}"))])
    } else {
        Expr::cust_with_exprs("? IN (SELECT value FROM json_each(?))", [column, Expr::val(format!("[{list}]"))])
    }
}

/// [`Children`] as a value, so that those of several tables are loaded together.
trait Table: Send + Sync {
    fn id(&self) -> TypeId;
    fn branch(&self, store: &Store, owners: &[i64], number: i32) -> SelectStatement;
    fn family(&self, rows: &[Placed<'_>], owner: i64) -> Result<Arc<dyn Any + Send + Sync>, DbErr>;
    fn tags(&self, owner: i64, family: Option<&Arc<dyn Any + Send + Sync>>) -> Vec<Tag>;
    fn weight(&self, family: &Arc<dyn Any + Send + Sync>) -> usize;
}

struct TableOf<C>(PhantomData<fn() -> C>);

impl<C: Children> Table for TableOf<C> {
    fn id(&self) -> TypeId {
        TypeId::of::<C>()
    }

    fn branch(&self, store: &Store, owners: &[i64], number: i32) -> SelectStatement {
        let mut statement = C::from(store);
        statement.clear_selects();
        statement
            .expr_as(Expr::val(number).cast_as("integer"), "part")
            .expr_as(col(C::owner()), "owner")
            .and_where(is_any(store.backend(), col(C::owner()), owners.iter().copied()));
        C::Row::columns(store).lay(C::order(), &mut statement);
        statement
    }

    fn family(&self, rows: &[Placed<'_>], owner: i64) -> Result<Arc<dyn Any + Send + Sync>, DbErr> {
        let rows = rows.iter().filter(|placed| placed.owner == owner);
        let mut family = rows.map(|placed| C::Row::read(&placed.row).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
        C::arrange(&mut family);
        let family: Family<C> = family.into();
        Ok(Arc::new(family))
    }

    fn tags(&self, owner: i64, family: Option<&Arc<dyn Any + Send + Sync>>) -> Vec<Tag> {
        let rows = family.and_then(|family| family.downcast_ref::<Family<C>>());
        let rows = rows.into_iter().flat_map(|family| family.iter());
        std::iter::once(C::tag(owner)).chain(rows.filter_map(|row| C::row_tag(row))).collect()
    }

    fn weight(&self, family: &Arc<dyn Any + Send + Sync>) -> usize {
        let rows = family.downcast_ref::<Family<C>>();
        rows.into_iter().flat_map(|family| family.iter()).map(|row| 40 + row.weight()).sum()
    }
}

/// The children of an owner, as they are looked up.
#[derive(Clone)]
pub(crate) struct Of {
    table: &'static dyn Table,
    owner: i64,
}

impl Of {
    pub(crate) fn new<C: Children>(owner: i64) -> Self {
        Self { table: &const { TableOf::<C>(PhantomData) }, owner }
    }
}

impl PartialEq for Of {
    fn eq(&self, other: &Self) -> bool {
        self.owner == other.owner && self.table.id() == other.table.id()
    }
}

impl Eq for Of {}

impl Hash for Of {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.table.id().hash(state);
        self.owner.hash(state);
    }
}

impl Lookup for Of {
    /// A [`Family`].
    type Value = Arc<dyn Any + Send + Sync>;

    fn tags(&self, found: Option<&Self::Value>) -> Vec<Tag> {
        self.table.tags(self.owner, found)
    }

    fn weight(&self, found: &Self::Value) -> usize {
        self.table.weight(found)
    }

    async fn find(store: &Store, db: &DatabaseConnection, keys: &[Self]) -> Result<HashMap<Self, Self::Value>> {
        let mut tables: Vec<(&'static dyn Table, Vec<i64>)> = Vec::new();
        for key in keys {
            match tables.iter_mut().find(|(table, _)| table.id() == key.table.id()) {
                Some((_, owners)) => owners.push(key.owner),
                None => tables.push((key.table, vec![key.owner])),
            }
        }
        // Always the same text for the same tables.
        tables.sort_by_key(|(table, _)| table.id());
        let branches = tables.iter().zip(0..).map(|((table, owners), number)| table.branch(store, owners, number));
        let Some(statement) = union(branches) else { return Ok(HashMap::new()) };
        let rows = db.query_all(&statement).await?;
        let mut laid: Vec<Vec<Placed<'_>>> = tables.iter().map(|_| Vec::new()).collect();
        for row in &rows {
            let mut cells = Cells::new(row, 0);
            let part = usize::try_from(cells.read::<i32>()?).expect("numbered from 0 above");
            let (owner, order) = (cells.read()?, [cells.read()?, cells.read()?]);
            laid[part].push(Placed { owner, order, row: Laid(cells) });
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((table, owners), mut rows) in tables.into_iter().zip(laid) {
            rows.sort_by_key(|placed| (placed.owner, placed.order));
            for owner in owners {
                found.insert(Self { table, owner }, table.family(&rows, owner)?);
            }
        }
        Ok(found)
    }
}

/// All rows of a table.
pub(crate) fn rows_of<E: EntityTrait>(entity: E) -> SelectStatement {
    Query::select().from(entity.table_ref()).take()
}
