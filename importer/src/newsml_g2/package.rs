//! `packageItem`: a story, or an article with its companions.

use std::collections::{HashMap, HashSet};

use entity::{article::PubStatus, story::StoryStatus};

use super::item::Item;
use crate::{
    Reading, address,
    draft::{Article, Draft, Image, Story, StoryMember},
    text, wire,
    xml::{Element as _, Node},
};

/// Deeper than any package.
const DEPTH: usize = 32;

/// An item that a package names.
struct Member {
    uri: String,
    class: String,
    /// In the main group, or in none.
    is_main: bool,
    /// In a group whose order means something.
    is_ordered: bool,
}

impl Member {
    fn is_text(&self) -> bool {
        matches!(&*self.class, "" | "text" | "composite")
    }
}

/// The drafts of a message by their `uri`.
pub(super) type Index = HashMap<String, usize>;

/// Reads a package. `index` knows what came with it.
pub(super) fn read(item: &Item<'_, '_>, index: &Index, reading: &mut Reading) {
    if item.status(reading) == PubStatus::Canceled {
        return reading.skip(&item.uri, "the package is canceled");
    }
    let members = members(item, reading);
    if members.is_empty() {
        return reading.skip(&item.uri, "holds no items");
    }
    if attach(item, &members, index, reading) {
        return;
    }
    if item.uri.is_empty() {
        return reading.skip("packageItem", super::NO_GUID);
    }
    let Some(title) = item.headline().or_else(|| item.title()) else {
        return reading.skip(&item.uri, "has no headline");
    };
    if item.status(&mut Reading::default()) == PubStatus::Withheld || item.time("embargoed", reading).is_some() {
        return reading.skip(&item.uri, "the package is held back, and a story cannot be");
    }
    let texts = members.into_iter().filter(Member::is_text);
    let story = Story {
        uri: item.uri.clone(),
        version: item.version(),
        slug: None,
        title,
        summary: item.description(&["summary", "standfirst", "abstract", ""]),
        status: StoryStatus::Open,
        lead_image: None,
        updated_at: item.time("versionCreated", reading),
        articles: texts.map(|member| StoryMember { uri: member.uri, pinned: member.is_ordered }).collect(),
    };
    reading.drafts.push(Draft::Story(Box::new(story)));
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
            self.all.push(Member { uri, class, is_main, is_ordered: mode == "seq" });
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
