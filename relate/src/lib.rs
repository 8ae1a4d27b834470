//! How alike news articles are: by the words of headline, standfirst and body, and by the topics they share.
//!
//! Knows neither GraphQL nor a database, so that it can be measured on texts alone. A text becomes an [`Analysis`] (its terms), with
//! [`Statistics`] of the archive a [`Profile`] (its most telling terms); [`rank`] orders candidates, [`stories`] finds groups that look
//! like one story, [`Profile::is_copy`] tells copies.

mod analysis;
mod language;
mod profile;
mod ranking;
mod sketch;
mod stories;
mod term;

pub use analysis::{Analysis, Text};
pub use profile::{Profile, Statistics};
pub use ranking::{CLOSE, Candidate, Ranked, Reason, rank};
pub use stories::{Group, stories};
pub use term::Term;
