//! Scopes: what a token allows.

use std::{collections::BTreeSet, fmt};

use clap::ValueEnum;

/// Something that the holder of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Scope {
    /// Sees what the public sees: the token says who asks, so that limits are its own, and answers stay public.
    #[value(name = "read:public")]
    ReadPublic,
    /// Sees news that is not public: held back, under embargo, expired or not published yet; by its key also what was killed.
    #[value(name = "read:drafts")]
    ReadDrafts,
    /// Writes articles.
    #[value(name = "write:articles")]
    WriteArticles,
    /// Places top stories and headlines of other outlets.
    #[value(name = "curate")]
    Curate,
    /// Imports news with `POST /import`, and sees how the feeds do that the server visits.
    #[value(name = "ingest")]
    Ingest,
    /// Sends the reads of many readers, without the limits of one address.
    #[value(name = "record:reads")]
    RecordReads,
    /// All of these.
    #[value(name = "admin")]
    Admin,
}

impl Scope {
    /// Its name, as in the claim `scope` of a JWT.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadPublic => "read:public",
            Self::ReadDrafts => "read:drafts",
            Self::WriteArticles => "write:articles",
            Self::Curate => "curate",
            Self::Ingest => "ingest",
            Self::RecordReads => "record:reads",
            Self::Admin => "admin",
        }
    }
}

/// What a token allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// The scopes that are named in a text with spaces between them. Names of others are left out: an identity provider has scopes of its
    /// own, and a later version of the program may know more.
    pub fn named(text: &str) -> Self {
        let known = |name: &str| Scope::value_variants().iter().copied().find(|scope| scope.name() == name);
        text.split_ascii_whitespace().filter_map(known).collect()
    }

    /// Whether they allow nothing that the public may not.
    pub fn only_identify(&self) -> bool {
        self.0.iter().all(|scope| *scope == Scope::ReadPublic)
    }

    /// Whether they allow what needs `scope`.
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope) || self.0.contains(&Scope::Admin)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|scope| scope.name()).collect();
        formatter.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_back_and_named_as_on_the_command_line() {
        let all: Scopes = Scope::value_variants().iter().copied().collect();
        assert_eq!(Scopes::named(&all.to_string()), all);
        for scope in Scope::value_variants() {
            let value = scope.to_possible_value().expect("no scope is hidden");
            assert_eq!(value.get_name(), scope.name());
        }
        assert_eq!(Scopes::named("openid ingest  profile"), [Scope::Ingest].into_iter().collect());
    }

    #[test]
    fn admin_is_all_and_the_others_are_themselves() {
        let admin = Scopes::named("admin");
        let ingest = Scopes::named("ingest");
        assert!(Scopes::default().only_identify() && Scopes::named("read:public profile").only_identify());
        assert!(!ingest.only_identify() && !Scopes::named("read:public read:drafts").only_identify());
        for scope in Scope::value_variants().iter().copied() {
            assert!(admin.allow(scope), "{scope:?}");
            assert_eq!(ingest.allow(scope), scope == Scope::Ingest, "{scope:?}");
            assert!(!Scopes::default().allow(scope), "{scope:?}");
        }
    }
}
