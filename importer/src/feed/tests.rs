//! Rules of the family, each by a small feed.
