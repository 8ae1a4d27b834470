//! The viewer: who asks, and what they may do.

use std::sync::Arc;

use super::{Scope, Scopes};
use crate::error::{Error, Result};

/// Who a request comes from: the public, or the holder of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Viewer(Option<Arc<Holder>>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Holder {
    name: String,
    scopes: Scopes,
}

impl Viewer {
    /// Someone without a token.
    pub fn public() -> Self {
        Self(None)
    }

    /// The holder of a token.
    pub fn holder(name: impl Into<String>, scopes: Scopes) -> Self {
        Self(Some(Arc::new(Holder { name: name.into(), scopes })))
    }

    /// The viewer that the gate found; the public where there is no gate.
    pub fn of(extensions: &http::Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    /// Whether they see what everybody sees, so that the answer may be shared.
    pub fn is_public(&self) -> bool {
        self.0.is_none()
    }

    /// The name of the token, or the subject of the JWT.
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|holder| holder.name.as_str())
    }

    /// Whether they may do what needs `scope`.
    pub fn may(&self, scope: Scope) -> bool {
        self.0.as_ref().is_some_and(|holder| holder.scopes.allow(scope))
    }

    /// Whether they see news that is not public.
    pub fn reads_drafts(&self) -> bool {
        self.may(Scope::ReadDrafts)
    }

    /// Fails where they may not.
    pub(crate) fn demand(&self, scope: Scope) -> Result<()> {
        if self.may(scope) { Ok(()) } else { Err(Error::Forbidden { scope: scope.name() }) }
    }
}
