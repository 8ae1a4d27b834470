//! Who sends items, and what of the newsroom's they may change: the one rule of owners, for imports and for edits.

use entity::owner::Owner;

use crate::{
    draft::{Draft, Term},
    reading::Problem,
    text::name_key,
};

/// Who sends items.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// An editor: the command line, or the holder of a token that writes articles. May change everything; what they change is the newsroom's
    /// from then on.
    Newsroom,
    /// A source feed, or the holder of a token that imports.
    Owner(Owner),
    /// The holder of a token that is bound to sources, by their names: imports in the name of the source that an item names, else of the
    /// first.
    Sources(Vec<String>),
}

impl From<Owner> for Sender {
    fn from(owner: Owner) -> Self {
        match owner {
            Owner::Newsroom => Self::Newsroom,
            owner => Self::Owner(owner),
        }
    }
}

impl Sender {
    /// Whether they may change what is `owner`'s.
    pub fn may_change(&self, owner: &Owner) -> bool {
        match self {
            Self::Newsroom => true,
            Self::Owner(Owner::Source(own)) => matches!(owner, Owner::Source(name) if is_one(own, name)),
            Self::Owner(own) => own == owner,
            Self::Sources(names) => matches!(owner, Owner::Source(name) if own_name(names, name).is_some()),
        }
    }

    /// Whether they may change what belongs to no sender: sections, topics, places, sources and people. All others only name new ones.
    pub fn is_editor(&self) -> bool {
        *self == Self::Newsroom
    }

    /// Whether an item of `owner` becomes the newsroom's when they change it. The versions of two owners are not compared.
    pub(crate) fn takes_over(&self, owner: &Owner) -> bool {
        self.is_editor() && *owner != Owner::Newsroom
    }

    /// Whose an item is that they send, by the source that it names.
    pub(crate) fn owner(&self, source: Option<&Term>) -> Owner {
        match self {
            Self::Newsroom => Owner::Newsroom,
            Self::Owner(owner) => owner.clone(),
            Self::Sources(names) => {
                let named = source.and_then(|source| own_name(names, &source.name)).or(names.first());
                named.cloned().map_or(Owner::Newsroom, Owner::Source)
            }
        }
    }

    /// Whether a source is their own.
    pub(crate) fn is_source(&self, name: &str) -> bool {
        match self {
            Self::Newsroom => true,
            Self::Owner(owner) => matches!(owner, Owner::Source(own) if is_one(own, name)),
            Self::Sources(names) => own_name(names, name).is_some(),
        }
    }

    /// Refuses an item in the name of a source that they are not bound to; one without a source gets theirs.
    pub(crate) fn credit(&self, draft: &mut Draft) -> Result<(), Problem> {
        let (Self::Sources(names), Draft::Article(article)) = (self, draft) else { return Ok(()) };
        let named = match &article.source {
            None => names.first(),
            Some(source) => Some(own_name(names, &source.name).ok_or_else(|| {
                let message =
                    format!("names the source `{}`; this token imports for {} alone", source.name, list(names));
                Problem::at("source", message)
            })?),
        };
        // Its name alone: a readable key of another source would put the item there.
        article.source = named.map(|name| Term { name: name.clone(), ..Term::default() });
        Ok(())
    }

    /// Why they may not change what is `owner`'s.
    pub fn refusal(&self, owner: &Owner) -> Problem {
        let message = format!(
            "belongs to `{owner}`; {} may not change it unless an editor hands it over (`newsgraph owner hand-over`)",
            self.names()
        );
        Problem::at("owner", message)
    }

    /// Their names, for messages.
    pub(crate) fn names(&self) -> String {
        match self {
            Self::Newsroom => format!("`{}`", Owner::Newsroom),
            Self::Owner(owner) => format!("`{owner}`"),
            Self::Sources(names) => {
                list(&names.iter().map(|name| Owner::Source(name.clone()).to_string()).collect::<Vec<_>>())
            }
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn own_name<'n>(names: &'n [String], name: &str) -> Option<&'n String> {
    names.iter().find(|own| is_one(own, name))
}

/// Whether two names are those of one source.
fn is_one(one: &str, other: &str) -> bool {
    one == other || name_key(one) == name_key(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Article;

    fn source(name: &str) -> Owner {
        Owner::Source(name.to_owned())
    }

    #[test]
    fn a_sender_changes_its_own_alone_and_an_editor_everything() {
        let token = Owner::Token("wire".to_owned());
        let bound = Sender::Sources(vec!["A".to_owned(), "B".to_owned()]);
        for (sender, may) in [
            (Sender::Newsroom, [true, true, true, true]),
            (Sender::from(Owner::Newsroom), [true, true, true, true]),
            (Sender::from(source("A")), [false, true, false, false]),
            (Sender::from(token.clone()), [false, false, false, true]),
            (bound, [false, true, true, false]),
        ] {
            let owners = [Owner::Newsroom, source("A"), source("B"), token.clone()];
            assert_eq!(owners.map(|owner| sender.may_change(&owner)), may, "{sender:?}");
        }
        for (name, may) in [(" a ", true), ("Ａ", true), ("Á", false), ("А", false)] {
            for sender in [Sender::from(source("A")), Sender::Sources(vec!["A".to_owned()])] {
                assert_eq!(sender.may_change(&source(name)), may, "{name}");
            }
        }
        // A token with the name of a source is another owner.
        assert!(!Sender::from(Owner::Token("A".to_owned())).may_change(&source("A")));
    }

    #[test]
    fn a_bound_token_imports_in_the_name_of_its_sources_alone() {
        let bound = Sender::Sources(vec!["The Wire".to_owned(), "Sport".to_owned()]);
        let credited = |named: Option<&str>| {
            let named = named.map(|name| Term { name: name.to_owned(), slug: Some("other".to_owned()), url: None });
            let mut draft = Draft::Article(Box::new(Article { source: named, ..Article::default() }));
            bound.credit(&mut draft)?;
            let Draft::Article(article) = draft else { unreachable!("it was an article") };
            Ok::<_, Problem>((article.source.clone().unwrap(), bound.owner(article.source.as_ref())))
        };
        let of = |name: &str| (Term { name: name.to_owned(), ..Term::default() }, source(name));
        assert_eq!(credited(None), Ok(of("The Wire")));
        assert_eq!(credited(Some(" the  WIRE ")), Ok(of("The Wire")));
        assert_eq!(credited(Some("Sport")), Ok(of("Sport")));
        assert_eq!(credited(Some("ＴＨＥ Wire")), Ok(of("The Wire")));
        assert!(credited(Some("the-wire")).is_err() && credited(Some("Thé Wire")).is_err());
        let refused = credited(Some("Reuters")).unwrap_err();
        assert!(refused.message.contains("`Reuters`") && refused.message.contains("`Sport`"), "{refused}");
    }
}
