//! Loading rows by their key, and the rows that belong to others, for many owners in one statement.

use std::{collections::HashMap, fmt::Debug, future::Future, hash::Hash, marker::PhantomData};

use async_graphql::dataloader::Loader;
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DatabaseConnection, EntityTrait, FromQueryResult, Iterable as _,
    ModelTrait as _, PrimaryKeyToColumn as _, QueryFilter as _, QueryTrait as _, Select,
    sea_query::{Expr, ExprTrait as _, Order},
};

use crate::{
    cache::{Kind, Tag},
    error::{Error, Result},
    store::Store,
};

/// The row of `E` that has this key.
pub(crate) struct ById<E>(i64, PhantomData<fn() -> E>);

impl<E> ById<E> {
    pub(crate) fn new(id: i64) -> Self {
        Self(id, PhantomData)
    }
}

impl<E> Clone for ById<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ById<E> {}

impl<E> PartialEq for ById<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<E> Eq for ById<E> {}

impl<E> Hash for ById<E> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// A table whose rows are found by their key.
pub(crate) trait Row: EntityTrait {
    /// What changes when a row does.
    const KIND: Kind;
}

impl Row for entity::place::Entity {
    const KIND: Kind = Kind::Place;
}

impl Row for entity::source::Entity {
    const KIND: Kind = Kind::Source;
}

impl Row for entity::story::Entity {
    const KIND: Kind = Kind::Story;
}

impl Row for entity::topic::Entity {
    const KIND: Kind = Kind::Topic;
}

impl<E> Loader<ById<E>> for Store
where
    E: Row,
    E::Model: Clone + Send + Sync + FromQueryResult + sea_orm::ModelTrait<Entity = E>,
{
    type Value = E::Model;
    type Error = Error;

    async fn load(&self, keys: &[ById<E>]) -> Result<HashMap<ById<E>, E::Model>> {
        let key = E::PrimaryKey::iter().next().expect("every table has a primary key").into_column();
        let rows = E::find()
            .filter(key.is_in(keys.iter().map(|key| key.0)))
            .all(self.reading(keys.iter().map(|key| Tag::id(E::KIND, key.0))))
            .await?;
        let id = |row: &E::Model| row.get(key).unwrap::<i64>();
        Ok(rows.into_iter().map(|row| (ById::new(id(&row)), row)).collect())
    }
}

/// Rows that belong to an owner, in an order of their own.
pub(crate) trait Children: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// What is loaded.
    type Row: Clone + Send + Sync + 'static;

    /// What changes when other rows belong to `owner`, or the same in another order.
    fn tag(owner: i64) -> Tag;

    /// What changes when a row does; none when that changes the list, too.
    fn row_tag(row: &Self::Row) -> Option<Tag>;

    /// The children of all `owners`, each with its owner; those of one owner in their order.
    fn rows(
        store: &Store,
        db: &DatabaseConnection,
        owners: Vec<i64>,
    ) -> impl Future<Output = Result<Vec<(i64, Self::Row)>>> + Send;
}

/// The children `C` of an owner, as loaders find them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Of<C>(i64, PhantomData<C>);

impl<C> Of<C> {
    pub(crate) fn new(owner: i64) -> Self {
        Self(owner, PhantomData)
    }
}

impl<C: Children> Loader<Of<C>> for Store {
    type Value = Vec<C::Row>;
    type Error = Error;

    async fn load(&self, keys: &[Of<C>]) -> Result<HashMap<Of<C>, Vec<C::Row>>> {
        let mut children: HashMap<Of<C>, Vec<C::Row>> = HashMap::new();
        let owners: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let db = self.reading(owners.iter().copied().map(C::tag));
        let rows = C::rows(self, db, owners).await?;
        self.note(rows.iter().filter_map(|(_, row)| C::row_tag(row)));
        for (owner, row) in rows {
            children.entry(Of::new(owner)).or_default().push(row);
        }
        Ok(children)
    }
}

/// The rows of `select` that a link table ties to `owners`, in the order of its `position`.
/// `link` names the link table's columns: owner, target and position.
pub(crate) async fn linked<E, C, R>(
    db: &DatabaseConnection,
    select: Select<E>,
    id: E::Column,
    link: [C; 3],
    owners: Vec<i64>,
) -> Result<Vec<(i64, R)>>
where
    E: EntityTrait,
    C: ColumnTrait,
    R: FromQueryResult,
{
    let [owner, target, position] = link;
    let select = select.filter(owner.is_in(owners));
    let mut statement = select.into_query();
    statement
        .inner_join(target.entity_name(), Expr::col(target.as_column_ref()).equals(id.as_column_ref()))
        .expr_as(Expr::col(owner.as_column_ref()), "owner_id")
        .order_by(position.as_column_ref(), Order::Asc)
        .order_by(target.as_column_ref(), Order::Asc);
    let rows = db.query_all(&statement).await?;
    rows.iter().map(|row| Ok((row.try_get("", "owner_id")?, R::from_query_result(row, "")?))).collect()
}
