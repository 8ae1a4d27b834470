//! NewsML 1: news items made of components in components.
//!
//! What a component says holds for those in it, so that a fact is looked for in the component of the text and in those
//! around it, and that of a picture in the nearest around its files. Components that say the same in other languages are alternatives: the wanted language, else the first, is
//! read.

mod content;
mod metadata;
mod story;

use entity::article::PubStatus;

use self::{metadata::Envelope, story::Story};
use crate::{
    Defaults, Problem, Reading,
    draft::{Article, Draft},
    vocabulary, wire,
    xml::{self, Element as _, Node},
};

/// Whether the root element is that of NewsML 1.
pub fn recognises(bytes: &[u8]) -> bool {
    xml::root(bytes).is_some_and(|(name, _)| name == "NewsML")
}

/// Reads a document.
///
/// # Errors
///
/// The bytes are no XML that can be read, or the root element is not `NewsML`.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<Reading, Problem> {
    let mut reading = Reading::default();
    let text = xml::decode(bytes, &mut reading)?;
    let document = xml::parse(&text)?;
    let root = document.root_element();
    if !root.is("NewsML") {
        let message = "is not NewsML 1: the root element must be `NewsML`";
        return Err(Problem::at(root.tag_name().name(), message));
    }
    // Items may stand inside of components of others.
    let envelope = Envelope::of(root);
    for item in root.descendants().filter(|node| node.is("NewsItem")) {
        one(item, &envelope, defaults, &mut reading);
    }
    if reading.drafts.is_empty() && reading.skipped.is_empty() {
        reading.skip("NewsML", "holds no NewsItem");
    }
    Ok(reading)
}

/// An item.
fn one<'d>(item: Node<'d>, envelope: &Envelope<'d>, defaults: &Defaults, reading: &mut Reading) {
    let Some((uri, version)) = identity(item) else {
        return reading.skip("NewsItem", "has no NewsIdentifier, so that a later version could not be told");
    };
    let mut article = Article { uri, version, ..Article::default() };
    if let Some(management) = item.one("NewsManagement") {
        manage(management, &mut article, defaults, reading);
    }
    let Some(component) = item.one("NewsComponent") else {
        // A kill has nothing else to say.
        if article.status != PubStatus::Usable {
            return reading.drafts.push(wire::restriction_of(&article));
        }
        let what = if item.one("Update").is_some() {
            "changes parts of an item that was sent before (`Update`), which cannot be done: send the item whole"
        } else if item.one("TopicSet").is_some() {
            "holds a TopicSet: nothing to publish"
        } else {
            "holds no NewsComponent: nothing to publish"
        };
        return reading.skip(article.uri, what);
    };
    let story = Story::of(component, defaults);
    if story.has_others {
        reading.warn(&article.uri, "is there in more languages than one; one is read");
    }
    let related = std::mem::take(&mut article.related);
    story.metadata(envelope, &mut article, defaults, reading);
    metadata::relate(&mut article, related.iter().map(String::as_str));
    story.content(&mut article, defaults, reading);
    if story.is_picture() && article.body.is_empty() {
        return picture(article, reading);
    }
    if article.headline.is_empty() && article.status != PubStatus::Usable {
        return reading.drafts.push(wire::restriction_of(&article));
    }
    if !wire::has_headline(&mut article) {
        return reading.skip(article.uri, "has no headline");
    }
    let draft = wire::finish(article, reading);
    reading.drafts.push(draft);
}

/// An item that is a picture and no article.
fn picture(mut article: Article, reading: &mut Reading) {
    // What takes a picture back need not show it again.
    let Some(mut image) = article.lead_image.take() else {
        if article.status != PubStatus::Usable {
            return reading.drafts.push(wire::restriction_of(&article));
        }
        return reading.skip(article.uri, "has no file with an address that can be opened");
    };
    image.status = Some(article.status).filter(|status| *status != PubStatus::Usable);
    image.uri = article.uri;
    image.version = article.version;
    image.embargoed_until = article.embargoed_until;
    image.expires_at = article.expires_at;
    reading.drafts.push(Draft::Image(Box::new(image)));
}

/// The name of an item without its revision, and the revision.
fn identity(item: Node<'_>) -> Option<(String, Option<i64>)> {
    let identifier = item.path(&["Identification", "NewsIdentifier"])?;
    let part = |name: &str| identifier.words_of(name);
    let revision = part("RevisionId");
    let version = revision.as_ref().and_then(|revision| revision.parse().ok());
    let parts = || Some(format!("urn:newsml:{}:{}:{}", part("ProviderId")?, part("DateId")?, part("NewsItemId")?));
    let public = || {
        let public = part("PublicIdentifier")?;
        // `urn:newsml:provider:date:item:revision` and a letter when parts are updated.
        let Some((name, end)) = public.rsplit_once(':') else { return Some(public) };
        let number = end.trim_end_matches(|letter: char| letter.is_ascii_uppercase());
        Some(if revision.as_deref() == Some(number) { name.to_owned() } else { public })
    };
    Some((public().or_else(parts)?, version))
}

/// `NewsManagement`: times and status, and the items that this one comes of or goes with.
fn manage(management: Node<'_>, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
    let mut time = |name: &str| wire::moment(&management.words_of(name)?, name, defaults, reading);
    article.published_at = time("FirstCreated");
    article.updated_at = time("ThisRevisionCreated");
    article.published_at = article.published_at.or(article.updated_at);
    let formal = |name: &str| management.one(name)?.attr("FormalName");
    if let Some(element) = management.one("Status") {
        let status = element.attr("FormalName").unwrap_or_default();
        article.status = vocabulary::status(status).unwrap_or_else(|| {
            reading.warn("Status", format!("`{status}` is not known; held back"));
            PubStatus::Withheld
        });
    }
    let instructions = || management.all("Instruction").filter_map(|instruction| instruction.attr("FormalName"));
    if instructions().any(vocabulary::takes_back) {
        article.status = PubStatus::Canceled;
    } else if instructions().any(vocabulary::holds_back) {
        wire::hold(&mut article.status);
    } else if instructions().any(vocabulary::corrects) {
        reading.warn("Instruction", "corrects the item, and does not tell readers what");
    }
    let said = article.status;
    let mut is_unclear = false;
    for change in management.all("StatusWillChange") {
        let future = change.one("FutureStatus").and_then(|status| status.attr("FormalName")).unwrap_or_default();
        let Some(status) = vocabulary::status(future) else {
            reading.warn("StatusWillChange", format!("`{future}` is not known; held back"));
            is_unclear = true;
            continue;
        };
        let at = change.words_of("DateAndTime").unwrap_or_default();
        let mut held = PubStatus::Usable;
        let at = wire::limit(&at, "StatusWillChange", &mut held, defaults, reading);
        match (said, status, at) {
            // Held back until a time that the item names is not held back for good.
            (PubStatus::Withheld, PubStatus::Usable, Some(_)) => article.embargoed_until = at,
            (PubStatus::Usable | PubStatus::Withheld, PubStatus::Withheld | PubStatus::Canceled, Some(_)) => {
                article.expires_at = article.expires_at.into_iter().chain(at).min();
            }
            (PubStatus::Usable, _, None) => is_unclear = true,
            _ => {}
        }
    }
    if said == PubStatus::Withheld && article.embargoed_until.is_some() {
        article.status = PubStatus::Usable;
    }
    if is_unclear {
        wire::hold(&mut article.status);
    }
    let urgency = formal("Urgency").and_then(|urgency| urgency.parse().ok());
    article.urgency = urgency.filter(|urgency| (1..=9).contains(urgency));
    let links = management.all("DerivedFrom").chain(management.all("AssociatedWith"));
    let links: Vec<_> = links.filter_map(|link| link.attr("NewsItem")).take(wire::MANY).collect();
    metadata::relate(article, links);
}

#[cfg(test)]
mod tests;
