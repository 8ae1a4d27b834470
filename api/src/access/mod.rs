//! Who may do what: tokens of the newsroom and of its identity provider, what they allow, and how a request is known to come from whom.
//!
//! The gate reads `Authorization` once, before anything else is done. From there on a request has a [`Viewer`]: the public, or the holder of a
//! token with its scopes. What a viewer may see of the news is said in `entity/src/visibility.rs`.

mod gate;
mod jwt;
mod scope;
pub mod token;
mod viewer;

pub(crate) use self::gate::{forbidden, unauthenticated};
pub use self::{
    gate::{Gate, identify},
    jwt::Settings as JwtSettings,
    scope::{Scope, Scopes},
    viewer::Viewer,
};
use crate::http::{cors::Origins, proxies::Proxies};

/// Who is believed, and who may read answers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The proxies before the server.
    pub proxies: Proxies,
    /// The origins whose pages may read answers.
    pub origins: Origins,
    /// The identity provider whose JWTs are taken, too.
    pub jwt: Option<JwtSettings>,
    /// Bytes of the body of an import.
    pub import_bytes: usize,
    /// BCP 47 tag of imported articles that name no language.
    pub import_language: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            proxies: Proxies::default(),
            origins: Origins::default(),
            jwt: None,
            import_bytes: 1 << 20,
            import_language: None,
        }
    }
}
