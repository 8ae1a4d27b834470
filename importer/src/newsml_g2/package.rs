//! `packageItem`: a story, or an article with its companions.

use std::collections::{HashMap, HashSet};

use entity::{article::PubStatus, gallery::GalleryKind, story::StoryStatus};

use super::item::{Item, restriction};
use crate::{
    Reading, address,
    draft::{Article, Draft, Gallery, GalleryItem, Image, Story, StoryMember},
    text, wire,
    xml::{Element as _, Node},
};

/// Deeper than any package.
const DEPTH: usize = 32;

/// An item that a package names.
struct Member {
    uri: String,
    class: String,
    title: Option<String>,
    /// In the main group, or in none.
    is_main: bool,
    /// In a group whose order means something.
    is_ordered: bool,
}

impl Member {
    /// Whether it is a picture or a video: as it came along, else as it is said to be.
    fn is_visual(&self, index: &Index, reading: &Reading) -> bool {
        match index.get(&self.uri).map(|position| &reading.drafts[*position]) {
            Some(Draft::Image(_) | Draft::Gallery(_)) => true,
            Some(Draft::Article(_)) => false,
            _ => matches!(&*self.class, "picture" | "graphic" | "video" | "animated"),
        }
    }

    fn is_text(&self) -> bool {
        matches!(&*self.class, "" | "text" | "composite")
    }
}

/// The drafts of a message by their `uri`.
pub(super) type Index = HashMap<String, usize>;

/// Reads a package. `index` knows what came with it.
pub(super) fn read(item: &Item<'_, '_>, index: &Index, reading: &mut Reading) {
    let status = item.status(reading);
    let members = members(item, reading);
    // A package that is taken back or held back is so before anything else is asked of it.
    if status == PubStatus::Canceled || (status == PubStatus::Withheld && members.is_empty()) {
        if item.uri.is_empty() {
            return reading.skip("packageItem", super::NO_GUID);
        }
        return reading.drafts.push(restriction(item, status));
    }
    if members.is_empty() {
        return reading.skip(&item.uri, "holds no items");
    }
    let is_held = status != PubStatus::Usable || item.embargoed_until().is_some();
    if !is_held && attach(item, &members, index, reading) {
        return;
    }
    if item.uri.is_empty() {
        return reading.skip("packageItem", super::NO_GUID);
    }
    let Some(title) = item.headline().or_else(|| item.title()) else {
        if is_held {
            return reading.drafts.push(restriction(item, status));
        }
        return reading.skip(&item.uri, "has no headline");
    };
    if members.iter().all(|member| member.is_visual(index, reading)) {
        return gallery(item, &members, index, title, status, reading);
    }
    let image = members.iter().find_map(|member| match &reading.drafts[*index.get(&member.uri)?] {
        Draft::Image(image) => Some((**image).clone()),
        _ => None,
    });
    let is_article = |member: &Member| member.is_text() && !member.is_visual(index, reading);
    let (texts, others): (Vec<_>, Vec<_>) = members.into_iter().partition(is_article);
    for other in others.iter().filter(|other| image.as_ref().is_none_or(|image| image.uri != other.uri)) {
        reading.warn(item.at("itemRef"), format!("`{}` is no article, and has no place in a story", other.uri));
    }
    let story = Story {
        uri: item.uri.clone(),
        version: item.version(),
        slug: None,
        title,
        summary: item.description(&["summary", "standfirst", "abstract", ""]),
        status: StoryStatus::Open,
        pub_status: status,
        embargoed_until: item.embargoed_until(),
        expires_at: item.expires_at(),
        lead_image: image,
        updated_at: item.time("versionCreated", reading),
        articles: texts.into_iter().map(|member| StoryMember { uri: member.uri, pinned: member.is_ordered }).collect(),
    };
    reading.drafts.push(Draft::Story(Box::new(story)));
}

/// A package of pictures and videos alone.
fn gallery(
    item: &Item<'_, '_>,
    members: &[Member],
    index: &Index,
    title: String,
    status: PubStatus,
    reading: &mut Reading,
) {
    let mut items = Vec::new();
    let mut kinds = Vec::new();
    for member in members.iter().take(wire::MANY) {
        match index.get(&member.uri).map(|position| &reading.drafts[*position]) {
            Some(Draft::Gallery(video)) => items.extend(video.items.iter().take(1).cloned()),
            Some(Draft::Image(image)) => {
                items.push(GalleryItem { image: (**image).clone(), caption: None, video: None });
            }
            _ if member.class == "video" => {
                let message = format!("the video `{}` is not in the message; left out", member.uri);
                reading.warn(item.at("itemRef"), message);
                continue;
            }
            // It is there already, or arrives later.
            _ => {
                let image = Image { uri: member.uri.clone(), ..Image::default() };
                items.push(GalleryItem { image, caption: member.title.clone(), video: None });
            }
        }
        kinds.push(&*member.class);
    }
    let all = |class: &str| !kinds.is_empty() && kinds.iter().all(|kind| *kind == class);
    let kind = if all("graphic") {
        GalleryKind::Infographic
    } else if all("video") {
        GalleryKind::Video
    } else {
        GalleryKind::Photo
    };
    let gallery = Gallery {
        uri: item.uri.clone(),
        version: item.version(),
        slug: None,
        title,
        summary: item.description(&["summary", "standfirst", "abstract", ""]),
        kind,
        status,
        section: None,
        lead_image: None,
        published_at: item.published_at(reading),
        updated_at: item.time("versionCreated", reading),
        embargoed_until: item.embargoed_until(),
        expires_at: item.expires_at(),
        items,
    };
    reading.drafts.push(Draft::Gallery(Box::new(gallery)));
}

/// The items of a package in their order; of groups that are alternatives, those of the first.
fn members(item: &Item<'_, '_>, reading: &mut Reading) -> Vec<Member> {
    let set = if item.node.is("groupSet") { Some(item.node) } else { item.node.one("groupSet") };
    let mut members =
        Members { item, groups: HashMap::new(), entered: HashSet::new(), seen: HashSet::new(), all: Vec::new() };
    let Some(set) = set else {
        if item.node.one("itemRef").is_some() {
            reading.warn(item.at("itemRef"), "stands outside of a groupSet");
        }
        members.group(item.node, true, DEPTH);
        return members.all;
    };
    for group in set.all("group") {
        if let Some(id) = group.attr("id") {
            members.groups.entry(id).or_insert(group);
        }
    }
    let root = set.attr("root").and_then(|id| members.groups.get(id).copied()).or_else(|| set.one("group"));
    if let Some(root) = root {
        members.group(root, true, DEPTH);
    }
    members.all
}

struct Members<'i, 'd, 'r> {
    item: &'i Item<'d, 'r>,
    groups: HashMap<&'d str, Node<'d>>,
    entered: HashSet<roxmltree::NodeId>,
    seen: HashSet<String>,
    all: Vec<Member>,
}

impl<'d> Members<'_, 'd, '_> {
    fn group(&mut self, group: Node<'d>, is_root: bool, depth: usize) {
        // A group may name itself by way of others.
        if depth == 0 || !self.entered.insert(group.id()) {
            return;
        }
        let catalog = &self.item.catalog;
        let role = catalog.bare(group, "role").map(|role| role.to_ascii_lowercase());
        let is_main = role.as_deref().map_or(is_root, |role| role == "main" || (is_root && role != "sidebar"));
        let mode = catalog.bare(group, "mode").unwrap_or_default();
        let mut references = group.elements().filter(|child| child.is("itemRef") || child.is("groupRef"));
        let alternatives = if mode == "alt" { 1 } else { usize::MAX };
        for reference in references.by_ref().take(alternatives) {
            if reference.is("groupRef") {
                if let Some(inner) = reference.attr("idref").and_then(|id| self.groups.get(id).copied()) {
                    self.group(inner, false, depth - 1);
                }
                continue;
            }
            let id = ["residref", "guidref"].iter().find_map(|name| reference.attr(name)).and_then(text::folded);
            let uri = id.or_else(|| address::resolve(reference.attr("href")?, self.item.defaults.base.as_ref()));
            let Some(uri) = uri.filter(|uri| self.seen.insert(uri.clone())) else { continue };
            let class = reference.one("itemClass").and_then(|class| catalog.bare(class, "qcode")).unwrap_or_default();
            let title = reference.words_of("title");
            self.all.push(Member { uri, class, title, is_main, is_ordered: mode == "seq" });
        }
    }
}

/// Gives an article of the same message its companions. False when the package is a story: it has not exactly one text
/// in its main group with companions beside it, or that text is elsewhere.
fn attach(item: &Item<'_, '_>, members: &[Member], index: &Index, reading: &mut Reading) -> bool {
    let draft_of = |member: &Member| Some(&reading.drafts[*index.get(&member.uri)?]);
    // What came along tells its kind itself.
    let is_text = |member: &Member| match draft_of(member) {
        Some(draft) => matches!(draft, Draft::Article(_)),
        None => member.is_text(),
    };
    let mut mains = members.iter().filter(|member| member.is_main && is_text(member));
    let (Some(main), None) = (mains.next(), mains.next()) else { return false };
    let Some(position) = index.get(&main.uri).copied().filter(|_| members.len() > 1) else { return false };
    let mut images: Vec<Image> = Vec::new();
    let (mut galleries, mut related, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for member in members.iter().filter(|member| member.uri != main.uri).take(wire::MANY) {
        match draft_of(member) {
            Some(Draft::Image(image)) => images.push((**image).clone()),
            Some(Draft::Gallery(_)) => galleries.push(member.uri.clone()),
            Some(Draft::Article(_)) => related.push(member.uri.clone()),
            None if member.is_text() => related.push(member.uri.clone()),
            None if member.class == "video" => galleries.push(member.uri.clone()),
            _ => missing.push(&member.uri),
        }
    }
    for uri in missing {
        reading.warn(item.at("itemRef"), format!("`{uri}` is not in the message and cannot go with `{}`", main.uri));
    }
    let Draft::Article(article) = &mut reading.drafts[position] else { return false };
    add(&mut article.galleries, galleries);
    add(&mut article.related, related);
    let placed = placed(article);
    wire::attach(article, images.into_iter().filter(|image| !placed.contains(&image.uri)).collect());
    true
}

fn placed(article: &Article) -> HashSet<String> {
    let mut draft = Draft::Article(Box::new(article.clone()));
    draft.images_mut().into_iter().map(|image| image.uri.clone()).collect()
}

fn add(list: &mut Vec<String>, uris: Vec<String>) {
    for uri in uris {
        if list.len() < wire::MANY && !list.contains(&uri) {
            list.push(uri);
        }
    }
}
