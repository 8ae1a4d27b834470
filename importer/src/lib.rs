//! Newsroom formats to drafts, and drafts to rows. Knows nothing of GraphQL.
//!
//! A format is a file that turns bytes into drafts ([`draft`]) and never sees a database.

pub mod draft;
pub mod html;
pub mod newsml_1;
pub mod newsml_g2;
pub mod nitf;
mod reading;
pub mod text;
pub mod time;
mod wire;
mod xml;

pub use reading::{Defaults, Note, Problem, Reading};
