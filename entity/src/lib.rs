//! The entity crate of Newsgraph.
