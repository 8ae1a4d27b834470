//! Reading a row by the order of its columns. Finding each column by its name, and telling a null from other errors by a text, takes
//! longer than everything else that is done with a row.

use sea_orm::{
    ActiveEnum, DbErr, QueryResult, RuntimeErr,
    entity::prelude::DateTimeUtc,
    sqlx::{self, ColumnIndex, Row as _, postgres::PgRow, sqlite::SqliteRow},
};

/// The columns of a row, from one on.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'r> {
    row: &'r QueryResult,
    next: usize,
}

impl<'r> Cells<'r> {
    /// The columns from the one with this number on; the first is 0.
    pub fn new(row: &'r QueryResult, first: usize) -> Self {
        Self { row, next: first }
    }

    /// The columns from the one with this name on.
    pub fn from(row: &'r QueryResult, name: &str) -> Result<Self, DbErr> {
        let found = match (row.try_as_pg_row(), row.try_as_sqlite_row()) {
            (Some(row), _) => <&str as ColumnIndex<PgRow>>::index(&name, row),
            (_, Some(row)) => <&str as ColumnIndex<SqliteRow>>::index(&name, row),
            _ => return Err(DbErr::Type("a row of an unknown database".to_owned())),
        };
        Ok(Self { row, next: found.map_err(failed)? })
    }

    /// The value of the next column, as the type has it.
    pub fn read<T: Cell>(&mut self) -> Result<T, DbErr> {
        self.next += 1;
        T::at(self.row, self.next - 1)
    }

    /// The value of the column that is so many behind the next one.
    pub fn at<T: Cell>(&self, offset: usize) -> Result<T, DbErr> {
        T::at(self.row, self.next + offset)
    }

    /// The next column, a word of `E`.
    pub fn word<E: ActiveEnum<Value = String>>(&mut self) -> Result<E, DbErr> {
        E::try_from_value(&self.read::<String>()?)
    }
}

fn failed(cause: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(cause.into()))
}

/// What a column may be read as.
pub trait Cell: Sized {
    /// The value of the column with this number.
    fn at(row: &QueryResult, index: usize) -> Result<Self, DbErr>;
}

impl<T: Value> Cell for Option<T> {
    fn at(row: &QueryResult, index: usize) -> Result<Self, DbErr> {
        // The type is known: the statement was made for it.
        match (row.try_as_pg_row(), row.try_as_sqlite_row()) {
            (Some(row), _) => row.try_get_unchecked::<Self, _>(index).map_err(failed),
            (_, Some(row)) => row.try_get_unchecked::<Self, _>(index).map_err(failed),
            _ => Err(DbErr::Type("a row of an unknown database".to_owned())),
        }
    }
}

/// A type of values.
pub trait Value:
    for<'r> sqlx::Decode<'r, sqlx::Postgres>
    + for<'r> sqlx::Decode<'r, sqlx::Sqlite>
    + sqlx::Type<sqlx::Postgres>
    + sqlx::Type<sqlx::Sqlite>
{
}

macro_rules! values {
    ($($type:ty),*) => { $(
        impl Value for $type {}

        impl Cell for $type {
            fn at(row: &QueryResult, index: usize) -> Result<Self, DbErr> {
                Option::<Self>::at(row, index)?.ok_or_else(|| DbErr::Type(format!("column {index} is null")))
            }
        }
    )* };
}

values!(i32, i64, f64, bool, String, DateTimeUtc);
