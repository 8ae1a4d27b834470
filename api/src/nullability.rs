//! Which fields are null only when they failed.
//!
//! A field that runs a query of its own, or takes an argument that may be wrong, is nullable: when it fails, it is null and has an error,
//! and the rest of the page stands. What it holds, such as the items of a list, is not null. `@semanticNonNull` says so to clients that
//! know it, as the nullability working group proposes: docs/decisions/0022 says why.

use async_graphql::TypeDirective;

use crate::error::Result;

/// What a field answers that may fail by itself. The engine lets the error of a resolver fail the object around the field, nullable or not;
/// an error inside of a value that is optional makes that null.
pub(crate) type Nullable<T> = Option<Result<Option<T>>>;

/// Null only when the field has an error; at these levels of its lists: 0 is the field itself, 1 its items. Without errors there is a value.
#[TypeDirective(name = "semanticNonNull", location = "FieldDefinition")]
pub(crate) fn semantic_non_null(#[graphql(default_with = "Some(vec![Some(0)])")] levels: Option<Vec<Option<i32>>>) {}
