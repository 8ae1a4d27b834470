//! The components of an item, and which of them are read.

use std::collections::{HashMap, HashSet};

use crate::{
    Defaults,
    xml::{self, Element as _, Node},
};

/// What the role of a component, or of a file, makes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    /// Text, or components with text.
    Text,
    /// A text beside the main one, with lines of its own.
    Supporting,
    /// The lines under the headline.
    Standfirst,
    /// A picture, a video or a sound of the news; or those with what belongs to them.
    Medium,
    /// The sign of a company.
    Logo,
    /// The line under a picture.
    Caption,
    /// A headline again, a style sheet, the people to ask: nothing for readers.
    Other,
}

/// What a file is for readers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Picture,
    Video,
    Sound,
    Other,
}

/// The role that a component names, in letters alone.
pub(super) fn role_name(component: Node<'_>) -> String {
    let role = component.one("Role").and_then(|role| role.attr("FormalName")).unwrap_or_default();
    role.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Role {
    fn of(component: Node<'_>) -> Self {
        match role_name(component).as_str() {
            "subheadline" | "abstract" | "summary" | "teaser" | "lead" => Self::Standfirst,
            "logo" => Self::Logo,
            "caption" | "photocaption" | "picturecaption" | "imagecaption" | "graphiccaption" | "videocaption"
            | "legend" => Self::Caption,
            "supporting" | "supportingtext" | "sidebar" | "background" | "factbox" => Self::Supporting,
            "stylesheet" | "headline" | "contact" | "note" | "ednote" => Self::Other,
            role if is_medium(role) || is_rendition(role) => Self::Medium,
            _ if component.one("ContentItem").is_some_and(|content| kind(content) != Kind::Other) => Self::Medium,
            _ => Self::Text,
        }
    }
}

/// Whether a role says that the component is a medium.
fn is_medium(role: &str) -> bool {
    const MEDIA: [&str; 15] = [
        "photo",
        "photograph",
        "picture",
        "image",
        "graphic",
        "illustration",
        "infographic",
        "chart",
        "map",
        "cartoon",
        "animation",
        "video",
        "videoclip",
        "audio",
        "audioclip",
    ];
    MEDIA.contains(&role) || role.strip_suffix('s').is_some_and(|one| MEDIA.contains(&one))
}

/// Whether a role says that the component is a form of a medium that is in several.
fn is_rendition(role: &str) -> bool {
    matches!(role, "preview" | "thumbnail" | "quicklook" | "icon" | "highres" | "lowres" | "poster" | "keyframe")
}

/// What a file is by its types.
pub(super) fn kind(content: Node<'_>) -> Kind {
    let formal = |name: &str| content.one(name).and_then(|node| node.attr("FormalName")).unwrap_or_default();
    let mime = formal("MimeType").to_ascii_lowercase();
    let media = formal("MediaType").to_ascii_lowercase();
    match (mime.split('/').next().unwrap_or_default(), &*media) {
        ("image", _) => Kind::Picture,
        ("video", _) => Kind::Video,
        ("audio", _) => Kind::Sound,
        ("", "photo" | "graphic" | "image" | "picture" | "animation") => Kind::Picture,
        ("" | "application", "video") => Kind::Video,
        ("" | "application", "audio") => Kind::Sound,
        ("application", "photo" | "image" | "picture") => Kind::Picture,
        _ => Kind::Other,
    }
}

/// The components of an item that are read, in the order of the document.
pub(super) struct Story<'d> {
    pub(super) components: Vec<(Node<'d>, Role)>,
    roles: HashMap<roxmltree::NodeId, Role>,
    /// Those with text in them that is none of a medium.
    with_text: HashSet<roxmltree::NodeId>,
    pub(super) has_others: bool,
}

/// A picture, a video or a sound in all its forms, with the component that is about nothing else.
pub(super) struct Unit<'d> {
    pub(super) node: Node<'d>,
    pub(super) is_logo: bool,
    /// Each with the component that it is in.
    pub(super) files: Vec<(Node<'d>, Node<'d>)>,
}

impl<'d> Story<'d> {
    pub(super) fn of(component: Node<'d>, defaults: &Defaults) -> Self {
        let mut story =
            Self { components: Vec::new(), roles: HashMap::new(), with_text: HashSet::new(), has_others: false };
        story.enter(component, None, defaults);
        // Without a main text, the others are the story.
        let has_text = |wanted: Role| {
            let mut texts = story.components.iter().filter(|(_, role)| *role == wanted);
            texts.any(|(component, _)| component.one("ContentItem").is_some())
        };
        if !has_text(Role::Text) && has_text(Role::Supporting) {
            story
                .components
                .iter_mut()
                .filter(|(_, role)| *role == Role::Supporting)
                .for_each(|(_, role)| *role = Role::Text);
        }
        story.roles = story.components.iter().map(|(node, role)| (node.id(), *role)).collect();
        let is_text = |(node, role): &&(Node<'_>, Role)| {
            matches!(role, Role::Text | Role::Supporting)
                && node.all("ContentItem").any(|content| kind(content) == Kind::Other)
        };
        for (node, _) in story.components.iter().filter(is_text) {
            for around in node.ancestors() {
                if !story.with_text.insert(around.id()) {
                    break;
                }
            }
        }
        story
    }

    fn enter(&mut self, component: Node<'d>, around: Option<Role>, defaults: &Defaults) {
        let own = Role::of(component);
        let role = match (around, own) {
            // What is written in a picture is about the picture.
            (Some(Role::Medium | Role::Logo), Role::Text | Role::Supporting | Role::Standfirst)
                if component.one("ContentItem").is_some() =>
            {
                Role::Caption
            }
            (Some(around), Role::Text) => around,
            _ => own,
        };
        self.components.push((component, role));
        let inner: Vec<_> = component.all("NewsComponent").collect();
        let languages: Vec<_> = inner.iter().map(|inner| language(*inner)).collect();
        let are_alternatives = is_one_in_several(component)
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
                self.enter(*inner, Some(role), defaults);
            }
        } else {
            inner.into_iter().for_each(|inner| self.enter(inner, Some(role), defaults));
        }
    }

    /// The components in a component that are read.
    pub(super) fn inner(&self, component: Node<'d>) -> impl Iterator<Item = Node<'d>> {
        component.all("NewsComponent").filter(|inner| self.roles.contains_key(&inner.id()))
    }

    pub(super) fn role(&self, component: Node<'d>) -> Role {
        self.roles.get(&component.id()).copied().unwrap_or(Role::Other)
    }

    /// The media of the item, in the order of the document.
    pub(super) fn units(&self) -> Vec<Unit<'d>> {
        let mut units = Vec::new();
        if let Some((root, _)) = self.components.first() {
            self.collect_units(*root, &mut units);
        }
        units
    }

    fn collect_units(&self, component: Node<'d>, units: &mut Vec<Unit<'d>>) {
        let role = self.role(component);
        let is_whole = (matches!(role, Role::Medium | Role::Logo) && !self.has_media(component))
            || (is_one_in_several(component) && self.is_of_media(component));
        if is_whole {
            let mut files = Vec::new();
            self.collect_files(component, &mut files);
            return units.push(Unit { node: component, is_logo: role == Role::Logo, files });
        }
        let own: Vec<_> = media_in(component).map(|content| (content, component)).collect();
        if !own.is_empty() {
            units.push(Unit { node: component, is_logo: false, files: own });
        }
        let first = units.len();
        for inner in self.inner(component) {
            self.collect_units(inner, units);
        }
        // Forms of a picture that stand beside each other are those of one: of the picture that is there, or of each other.
        let is_form = |unit: &Unit<'_>| is_rendition(&role_name(unit.node)) && unit.node.parent() == Some(component);
        let forms = units[first..].iter().filter(|unit| is_form(unit)).count();
        let mut names = HashSet::new();
        let differ = units[first..].iter().filter(|unit| is_form(unit)).all(|unit| names.insert(role_name(unit.node)));
        if forms > 0 && differ && units.len() - first - forms <= 1 && units.len() - first > 1 {
            let mut all: Vec<Unit<'d>> = units.drain(first..).collect();
            let main = all.iter().position(|unit| !is_form(unit)).unwrap_or(0);
            let mut unit = all.remove(main);
            all.into_iter().for_each(|form| unit.files.extend(form.files));
            units.push(unit);
        }
    }

    /// Whether components in a medium are media themselves, and not forms of it.
    fn has_media(&self, component: Node<'d>) -> bool {
        if is_one_in_several(component) {
            return false;
        }
        self.inner(component).any(|inner| is_medium(&role_name(inner)) || self.has_media(inner))
    }

    /// Whether a component holds media, and no text but captions.
    fn is_of_media(&self, component: Node<'d>) -> bool {
        let mut files = Vec::new();
        self.collect_files(component, &mut files);
        !files.is_empty() && !self.has_text(component)
    }

    /// Whether there is text in a component that is none of a medium.
    pub(super) fn has_text(&self, component: Node<'d>) -> bool {
        self.with_text.contains(&component.id())
    }

    fn collect_files(&self, component: Node<'d>, files: &mut Vec<(Node<'d>, Node<'d>)>) {
        if self.role(component) != Role::Caption {
            let is_known = |content: &Node<'_>| kind(*content) != Kind::Other || content.attr("Href").is_some();
            files.extend(component.all("ContentItem").filter(is_known).map(|content| (content, component)));
        }
        self.inner(component).for_each(|inner| self.collect_files(inner, files));
    }

    /// Whether it is a picture alone.
    pub(super) fn is_picture(&self) -> bool {
        let units = self.units();
        let Some((root, _)) = self.components.first() else { return false };
        units.len() == 1
            && !self.has_text(*root)
            && units[0].files.iter().all(|(content, _)| kind(*content) == Kind::Picture)
    }

    /// The components whose facts are those of the article.
    pub(super) fn texts(&self) -> impl Iterator<Item = Node<'d>> {
        // Of a picture that stands alone, the lines are its own.
        let root = self.components.first().map(|(root, _)| *root);
        self.components
            .iter()
            .filter(move |(node, role)| (*role == Role::Text && !self.is_of_media(*node)) || Some(*node) == root)
            .map(|(component, _)| *component)
    }

    /// The texts beside the main one; those in others are not named again.
    pub(super) fn supporting(&self) -> impl Iterator<Item = Node<'d>> {
        let is = |node: Node<'d>| self.role(node) == Role::Supporting;
        let supporting = self.components.iter().map(|(node, _)| *node).filter(move |node| is(*node));
        supporting.filter(move |node| !node.parent().is_some_and(is))
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

/// Whether the components in a component are the same in several forms.
fn is_one_in_several(component: Node<'_>) -> bool {
    component.attr("EquivalentsList") == Some("yes")
}

fn media_in(component: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    component.all("ContentItem").filter(|content| kind(*content) != Kind::Other)
}

pub(super) fn language(component: Node<'_>) -> Option<&str> {
    component.path(&["DescriptiveMetadata", "Language"])?.attr("FormalName")
}
