//! Newsroom formats to drafts, and drafts to rows. Knows nothing of GraphQL.
//!
//! A format is a file that turns bytes into drafts ([`draft`]) and never sees a database.

mod check;
pub mod draft;
mod format;
pub mod html;
pub mod newsroom;
pub mod ninjs;
mod reading;
pub mod save;
pub mod text;
pub mod time;
mod vocabulary;

pub use check::{check, language_tag};
pub use format::{Document, Format};
pub use reading::{Defaults, Note, Problem, Reading};
