//! Newsroom formats to drafts, and drafts to rows. Knows nothing of GraphQL.
//!
//! A format is a file that turns bytes into drafts ([`draft`]) and never sees a database.

pub mod draft;
pub mod html;
mod reading;
pub mod text;
pub mod time;
pub mod web_page;

pub use reading::{Defaults, Note, Problem, Reading};
