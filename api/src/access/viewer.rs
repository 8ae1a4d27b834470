//! The viewer: who asks, and what they may do.

use std::sync::Arc;

use entity::owner::Owner;
use importer::Sender;

use super::{Scope, Scopes};
use crate::error::{Error, Result};

/// Who a request comes from: the public, or the holder of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Viewer(Option<Arc<Holder>>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Holder {
    name: String,
    scopes: Scopes,
    /// In whose name they import; nobody's when a JWT names no subject.
    sender: Option<Sender>,
}

impl Viewer {
    /// Someone without a token.
    pub fn public() -> Self {
        Self(None)
    }

    /// The holder of a token. One that is bound to sources imports in their names.
    pub fn holder(name: impl Into<String>, scopes: Scopes, sources: Vec<String>) -> Self {
        let name = name.into();
        let sender = if sources.is_empty() { Owner::Token(name.clone()).into() } else { Sender::Sources(sources) };
        Self::new(name, scopes, Some(sender))
    }

    /// The subject of a JWT.
    pub fn subject(issuer: &str, subject: impl Into<String>, scopes: Scopes) -> Self {
        let name = subject.into();
        let sender = (!name.is_empty()).then(|| Owner::Token(format!("{issuer} {name}")).into());
        Self::new(name, scopes, sender)
    }

    fn new(name: String, scopes: Scopes, sender: Option<Sender>) -> Self {
        // Who writes articles is an editor.
        let sender = if scopes.allow(Scope::WriteArticles) { Some(Sender::Newsroom) } else { sender };
        Self(Some(Arc::new(Holder { name, scopes, sender })))
    }

    /// The viewer that the gate found; the public where there is no gate.
    pub fn of(extensions: &http::Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    /// Whether they have no token.
    pub fn is_public(&self) -> bool {
        self.0.is_none()
    }

    /// Whether they are answered what everybody is, so that answers may be shared: without a token, or with one that only says who they are.
    pub fn sees_what_everybody_does(&self) -> bool {
        self.0.as_ref().is_none_or(|holder| holder.scopes.only_identify())
    }

    /// The name of the token, or the subject of the JWT.
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|holder| holder.name.as_str())
    }

    /// In whose name they import, and what they may change; the public and a JWT without a subject in nobody's.
    pub fn sender(&self) -> Option<&Sender> {
        self.0.as_ref()?.sender.as_ref()
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
