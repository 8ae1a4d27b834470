//! News web pages.
mod encoding;
mod json_ld;
