//! The importer crate of Newsgraph.
