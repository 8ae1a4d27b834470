//! What the head of a story says of it.

use entity::article::PubStatus;

use crate::{
    Defaults, Reading,
    draft::{Article, Correction, Place, Term, Topic},
    text, vocabulary, wire,
    xml::{Element as _, Node},
};

/// What the head says of the story.
pub(super) fn metadata(head: Node<'_>, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
    let publication = head.one("pubdata");
    if let Some(data) = head.one("docdata") {
        document(data, article, defaults, reading);
    }
    if let Some(time) = publication.and_then(|publication| publication.attr("date.publication"))
        && article.published_at.is_none()
    {
        article.published_at = wire::moment(time, "date.publication", defaults, reading);
    }
    let revisions = head.all("revision-history").filter_map(|revision| revision.attr("norm"));
    article.updated_at = revisions.filter_map(|norm| wire::moment(norm, "revision-history", defaults, reading)).max();
    let object = head.one("tobject");
    // NITF has three types of its own; agencies put their desks there.
    let desk = object.and_then(|object| object.attr("tobject.type"));
    let desk = desk.filter(|desk| !["news", "data", "advisory"].iter().any(|own| desk.eq_ignore_ascii_case(own)));
    let section = publication.and_then(|publication| publication.attr("position.section")).or(desk);
    article.section = section.and_then(text::folded).map(|name| Term { name, ..Term::default() });
    let Some(object) = object else { return };
    let properties = object.all("tobject.property").filter_map(|at| at.attr("tobject.property.type"));
    article.genre = properties.filter_map(vocabulary::genre).next();
    let subjects: Vec<Topic> = object.all("tobject.subject").filter_map(subject).take(wire::MANY).collect();
    let others = std::mem::take(&mut article.topics);
    subjects.into_iter().chain(others).for_each(|topic| wire::add_topic(&mut article.topics, topic));
}

/// `docdata`.
fn document(data: Node<'_>, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
    if let Some(status) = data.attr("management-status") {
        match vocabulary::status(status) {
            Some(status) => article.status = status,
            None => {
                article.status = PubStatus::Withheld;
                reading.warn("management-status", format!("`{status}` is not known; held back"));
            }
        }
    }
    let mut time = |name: &str| wire::moment(data.one(name)?.attr("norm")?, name, defaults, reading);
    article.published_at = time("date.issue");
    article.expires_at = time("date.expire");
    let release = time("date.release");
    article.embargoed_until = release.filter(|release| Some(*release) > article.published_at);
    // Held back until a time that the story names is not held back for good.
    if release.is_some() && data.attr("management-status") == Some("embargoed") {
        article.status = PubStatus::Usable;
    }
    let urgency = data.one("urgency").and_then(|urgency| urgency.attr("ed-urg")?.parse().ok());
    article.urgency = urgency.filter(|urgency| (1..=9).contains(urgency));
    if let Some(key) = data.one("du-key") {
        article.slugline = key.attr("key").and_then(text::folded);
        article.version = key.attr("version").and_then(|version| version.parse().ok());
    }
    let notice = data.one("doc.copyright").and_then(|copyright| {
        let holder = copyright.attr("holder").and_then(text::folded)?;
        Some(match copyright.attr("year").and_then(text::folded) {
            Some(year) => format!("\u{a9} {year} {holder}"),
            None => format!("\u{a9} {holder}"),
        })
    });
    article.copyright_notice = notice.or(article.copyright_notice.take());
    if let Some(rights) = data.one("doc.rights") {
        let said = ["limitations", "geography", "agent"].iter().filter_map(|name| text::folded(rights.attr(name)?));
        let terms = said.collect::<Vec<_>>().join("; ");
        article.usage_terms = article.usage_terms.take().or((!terms.is_empty()).then_some(terms));
        let owner = || rights.attr("owner").and_then(text::folded).map(|owner| format!("\u{a9} {owner}"));
        article.copyright_notice = article.copyright_notice.take().or_else(owner);
    }
    let corrections = data.all("correction").filter_map(|correction| text::folded(correction.attr("info")?));
    article.corrections = corrections.map(|text| Correction { text, at: None }).collect();
    article.places = data.all("evloc").filter_map(place).collect();
    for content in data.all("identified-content").flat_map(|content| content.elements()).take(wire::MANY) {
        identified(content, article);
    }
    for keyword in data.path(&["key-list"]).into_iter().flat_map(|list| list.all("keyword")).take(wire::MANY) {
        let name = keyword.attr("key").and_then(text::folded).or_else(|| keyword.words());
        // Agencies repeat the key of the story here.
        if let Some(name) = name.filter(|name| Some(name) != article.slugline.as_ref()) {
            wire::add_topic(&mut article.topics, Topic { name, ..Topic::default() });
        }
    }
}

/// What `identified-content` names.
fn identified(content: Node<'_>, article: &mut Article) {
    match content.tag_name().name() {
        "location" => article.places.extend(place(content)),
        "person" | "org" | "event" | "object.title" | "function" => {
            let Some(name) = content.words().or_else(|| content.attr("value").and_then(text::folded)) else { return };
            wire::add_topic(&mut article.topics, Topic { name, qcode: code(content), ..Topic::default() });
        }
        "classifier" => {
            let Some(name) = content.words().or_else(|| content.attr("value").and_then(text::folded)) else { return };
            wire::add_topic(&mut article.topics, Topic { name, qcode: code(content), ..Topic::default() });
        }
        _ => {}
    }
}

/// A code with the vocabulary that it is of.
fn code(content: Node<'_>) -> Option<String> {
    let code = content.attr("idsrc").zip(content.attr("value").or_else(|| content.attr("code")));
    let (vocabulary, code) = code.or_else(|| content.attr("code-source").zip(content.attr("code")))?;
    text::folded(&format!("{vocabulary}:{code}"))
}

fn subject(subject: Node<'_>) -> Option<Topic> {
    let attribute = |name: &str| subject.attr(&format!("tobject.subject.{name}")).and_then(text::folded);
    let refnum = attribute("refnum");
    let name = attribute("detail").or_else(|| attribute("matter")).or_else(|| attribute("type"));
    // Agencies have lists of their own beside that of the IPTC.
    let list = attribute("ipr").filter(|list| !list.eq_ignore_ascii_case("IPTC"));
    let qcode = refnum.map(|refnum| format!("{}:{refnum}", list.as_deref().unwrap_or("subj")));
    Some(Topic { name: name.or_else(|| qcode.clone())?, qcode, ..Topic::default() })
}

/// A `location` or an `evloc`: the smallest place that it names.
pub(super) fn place(location: Node<'_>) -> Option<Place> {
    let part = |name: &str| location.words_of(name);
    let attribute = |name: &str| location.attr(name).and_then(text::folded);
    let city = part("city").or_else(|| attribute("city")).or_else(|| part("sublocation"));
    let region = || part("state").or_else(|| attribute("county-dist")).or_else(|| attribute("state-prov"));
    let country = location.one("country").and_then(|country| country.attr("iso-cc"));
    let country = country.or_else(|| location.attr("iso-cc")).filter(|code| code.len() == 2 && code.is_ascii());
    let name = city.or_else(region).or_else(|| part("country")).or_else(|| location.words());
    let name = name.or_else(|| text::folded(country?))?;
    Some(Place { name, country_code: country.map(str::to_ascii_uppercase), ..Place::default() })
}
