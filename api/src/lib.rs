//! The api crate of Newsgraph.
