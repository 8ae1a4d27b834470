//! NewsML 1: news items made of components in components.
//!
//! What a component says holds for those in it, so that a fact is looked for in the component of the text and in those
//! around it. Components that say the same in other languages are alternatives: the wanted language, else the first, is
//! read.

mod content;
mod metadata;
mod story;

use entity::article::PubStatus;

use self::{metadata::Envelope, story::Story};
use crate::{
    Defaults, Problem, Reading,
    draft::{Article, Draft, Image},
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
fn one(item: Node<'_>, envelope: &Envelope, defaults: &Defaults, reading: &mut Reading) {
    let Some((uri, version)) = identity(item) else {
        return reading.skip("NewsItem", "has no NewsIdentifier, so that a later version could not be told");
    };
    let Some(component) = item.one("NewsComponent") else {
        let what = if item.one("TopicSet").is_some() { "a TopicSet" } else { "no NewsComponent" };
        return reading.skip(uri, format!("holds {what}: nothing to publish"));
    };
    let mut article = Article { uri, version, ..Article::default() };
    if let Some(management) = item.one("NewsManagement") {
        manage(management, &mut article, defaults, reading);
    }
    let story = Story::of(component, defaults);
    if story.has_others {
        reading.warn(&article.uri, "is there in more languages than one; one is read");
    }
    story.metadata(envelope, &mut article, defaults);
    story.content(&mut article, defaults, reading);
    if story.is_picture() && article.body.is_empty() {
        return picture(article, reading);
    }
    if !wire::has_headline(&mut article) {
        return reading.skip(article.uri, "has no headline");
    }
    let draft = wire::finish(article, reading);
    reading.drafts.push(draft);
}

/// An item that is a picture and no article.
fn picture(article: Article, reading: &mut Reading) {
    let is_usable = article.status == PubStatus::Usable;
    // What takes a picture back need not show it again.
    let Some(mut image) = article.lead_image.or_else(|| (!is_usable).then(Image::default)) else {
        return reading.skip(article.uri, "has no file with an address that can be opened");
    };
    image.status = Some(article.status).filter(|_| !is_usable);
    if article.embargoed_until.is_some() {
        reading.warn(&article.uri, "a picture is shown where it is used; its embargo is not kept");
    }
    image.uri = article.uri;
    image.version = article.version;
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

/// `NewsManagement`: times and status.
fn manage(management: Node<'_>, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
    let mut time = |name: &str| wire::moment(&management.words_of(name)?, name, defaults, reading);
    article.published_at = time("FirstCreated");
    article.updated_at = time("ThisRevisionCreated");
    article.published_at = article.published_at.or(article.updated_at);
    let formal = |name: &str| management.one(name)?.attr("FormalName");
    if let Some(status) = formal("Status") {
        article.status = vocabulary::status(status).unwrap_or_else(|| {
            reading.warn("Status", format!("`{status}` is not known; held back"));
            PubStatus::Withheld
        });
    }
    let instructions = || management.all("Instruction").filter_map(|instruction| instruction.attr("FormalName"));
    if instructions().any(vocabulary::takes_back) {
        article.status = PubStatus::Canceled;
    } else if instructions().any(vocabulary::corrects) {
        reading.warn("Instruction", "corrects the item, and does not tell readers what");
    }
    let change = management.one("StatusWillChange");
    let future = change.and_then(|change| change.one("FutureStatus")?.attr("FormalName"));
    let at = change.and_then(|change| change.words_of("DateAndTime"));
    if let Some((future, at)) = future.zip(at) {
        let at = wire::moment(&at, "StatusWillChange", defaults, reading);
        match (article.status, vocabulary::status(future)) {
            // Held back until a time that the item names is not held back for good.
            (PubStatus::Withheld, Some(PubStatus::Usable)) if at.is_some() => {
                article.status = PubStatus::Usable;
                article.embargoed_until = at;
            }
            (PubStatus::Usable, Some(PubStatus::Withheld | PubStatus::Canceled)) => article.expires_at = at,
            _ => {}
        }
    }
    let urgency = formal("Urgency").and_then(|urgency| urgency.parse().ok());
    article.urgency = urgency.filter(|urgency| (1..=9).contains(urgency));
}

#[cfg(test)]
mod tests;
