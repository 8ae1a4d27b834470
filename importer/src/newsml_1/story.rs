//! The components of an item, and which of them are read.

use crate::{
    Defaults,
    xml::{self, Element as _, Node},
};

/// What the role of a component, or of a file, makes of it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    /// Text, or components with text.
    Text,
    /// The lines under the headline.
    Standfirst,
    /// A picture of the news.
    Picture,
    /// The sign of a company.
    Logo,
    /// A headline again, a style sheet, the people to ask: nothing for readers.
    Other,
}

impl Role {
    fn of(component: Node<'_>) -> Self {
        let role = component.one("Role").and_then(|role| role.attr("FormalName")).unwrap_or_default();
        match role.to_ascii_lowercase().as_str() {
            "subheadline" | "abstract" | "summary" | "teaser" | "lead" => Self::Standfirst,
            "photo" | "picture" | "image" | "graphic" | "preview" | "thumbnail" | "quicklook" => Self::Picture,
            "logo" => Self::Logo,
            "stylesheet" | "headline" | "contact" | "caption" | "note" | "ednote" => Self::Other,
            _ if component.one("ContentItem").is_some_and(|content| is_picture(content)) => Self::Picture,
            _ => Self::Text,
        }
    }
}

pub(super) fn is_picture(content: Node<'_>) -> bool {
    let formal = |name: &str| content.one(name).and_then(|node| node.attr("FormalName")).unwrap_or_default();
    formal("MimeType").starts_with("image/") || ["Photo", "Graphic"].contains(&formal("MediaType"))
}

/// The components of an item that are read: those with text first, in the order of the document.
pub(super) struct Story<'d> {
    pub(super) components: Vec<(Node<'d>, Role)>,
    pub(super) has_others: bool,
}

impl<'d> Story<'d> {
    pub(super) fn of(component: Node<'d>, defaults: &Defaults) -> Self {
        let mut story = Self { components: Vec::new(), has_others: false };
        story.enter(component, defaults);
        story
    }

    fn enter(&mut self, component: Node<'d>, defaults: &Defaults) {
        self.components.push((component, Role::of(component)));
        let inner: Vec<_> = component.all("NewsComponent").collect();
        let languages: Vec<_> = inner.iter().map(|inner| language(*inner)).collect();
        let are_alternatives = component.attr("EquivalentsList") == Some("yes")
            || component
                .all("BasisForChoice")
                .filter_map(xml::Element::words)
                .any(|basis| basis.ends_with("/Language"));
        let first = languages.first().copied().flatten();
        if are_alternatives && languages.iter().any(|language| *language != first) {
            let is_wanted = |language: &Option<&str>| language.is_some() && *language == defaults.language.as_deref();
            let chosen = languages.iter().position(is_wanted).map_or(first, |wanted| languages[wanted]);
            self.has_others = true;
            for (inner, _) in inner.iter().zip(&languages).filter(|(_, language)| **language == chosen) {
                self.enter(*inner, defaults);
            }
        } else {
            inner.into_iter().for_each(|inner| self.enter(inner, defaults));
        }
    }

    /// Whether its only file is a picture.
    pub(super) fn is_picture(&self) -> bool {
        let with_files = self.components.iter().filter(|(component, _)| component.one("ContentItem").is_some());
        with_files.map(|(_, role)| *role).collect::<Vec<_>>() == [Role::Picture]
    }

    /// The components whose facts are those of the article.
    pub(super) fn texts(&self) -> impl Iterator<Item = Node<'d>> {
        // Of a picture that stands alone, the lines are its own.
        let is_alone = self.components.len() == 1;
        self.components.iter().filter(move |(_, role)| *role == Role::Text || is_alone).map(|(component, _)| *component)
    }

    /// The first text at a path in the components of the article.
    pub(super) fn words(&self, path: &[&str]) -> Option<String> {
        self.texts().find_map(|component| component.path(path)?.words())
    }

    /// All that stand at a path in the components of the article.
    pub(super) fn nodes<'p>(&'p self, group: &'p str, name: &'p str) -> impl Iterator<Item = Node<'d>> + 'p {
        self.texts().flat_map(move |component| component.all(group)).flat_map(move |group| group.all(name))
    }
}

pub(super) fn language(component: Node<'_>) -> Option<&str> {
    component.path(&["DescriptiveMetadata", "Language"])?.attr("FormalName")
}
