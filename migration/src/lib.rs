//! The migration crate of Newsgraph.
