//! Newsroom formats to drafts, and drafts to rows. Knows nothing of GraphQL.
//!
//! A format is a file that turns bytes into drafts ([`draft`]) and never sees a database.

mod address;
mod check;
pub mod draft;
pub mod feed;
mod format;
mod gazetteer;
pub mod html;
mod json_lines;
pub mod media_topics;
pub mod newsml_1;
pub mod newsml_g2;
pub mod newsroom;
pub mod ninjs;
pub mod nitf;
mod reading;
mod records;
pub mod save;
mod sender;
mod table;
pub mod text;
pub mod time;
mod vocabulary;
pub mod web_page;
mod wire;
mod xml;

pub use address::{web as web_address, without_credentials};
pub use check::{check, colour};
pub use format::{Document, Format};
pub use reading::{Defaults, Note, Problem, Reading};
pub use records::Records;
pub use sender::Sender;
pub use vocabulary::{current_media_topic, language_tag};
