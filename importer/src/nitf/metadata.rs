//! What the head of a story says of it.

use entity::article::PubStatus;

use super::person;
use crate::{
    Defaults, Reading, address,
    draft::{Article, Correction, Place, Term, Topic},
    text, vocabulary, wire,
    xml::{Element as _, Node},
};

/// What keeps the story from readers: its status and its times. One that cannot be read holds it back.
pub(super) fn restrictions(head: Node<'_>, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
    let Some(data) = head.one("docdata") else { return };
    if let Some(status) = data.attr("management-status") {
        article.status = vocabulary::status(status).unwrap_or_else(|| {
            reading.warn("management-status", format!("`{status}` is not known; held back"));
            PubStatus::Withheld
        });
    }
    let norm = |name: &str| data.one(name)?.attr("norm");
    article.published_at = norm("date.issue").and_then(|time| wire::moment(time, "date.issue", defaults, reading));
    let mut until = |name: &str| {
        let time = norm(name)?;
        wire::limit(time, name, &mut article.status, defaults, reading)
    };
    let release = until("date.release");
    article.expires_at = until("date.expire");
    article.embargoed_until = release.filter(|release| Some(*release) > article.published_at);
    // Held back until a time that the story names is not held back for good.
    let is_embargoed = data.attr("management-status").is_some_and(|status| status.eq_ignore_ascii_case("embargoed"));
    if release.is_some() && is_embargoed && (article.expires_at.is_some() || norm("date.expire").is_none()) {
        article.status = PubStatus::Usable;
    }
    if article.status == PubStatus::Usable && article.embargoed_until.is_none() {
        let notes = data.all("ed-msg").flat_map(|note| [note.attr("msg-type"), note.attr("info")]).flatten();
        notes.filter_map(wire::of_note).take(1).for_each(|said| reading.warn("ed-msg", said));
    }
    article.version = data.one("du-key").and_then(|key| key.attr("version")?.parse().ok());
}

/// What the head says of the story.
pub(super) fn metadata(head: Node<'_>, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
    if let Some(data) = head.one("docdata") {
        document(data, article);
    }
    let published = |name: &str| head.all("pubdata").find_map(|publication| publication.attr(name));
    if let Some(time) = published("date.publication")
        && article.published_at.is_none()
    {
        article.published_at = wire::moment(time, "date.publication", defaults, reading);
    }
    article.url = published("ex-ref").and_then(|page| address::resolve(page, None));
    let revisions = head.all("revision-history").filter_map(|revision| revision.attr("norm"));
    article.updated_at = revisions.filter_map(|norm| wire::moment(norm, "revision-history", defaults, reading)).max();
    let object = head.one("tobject");
    // NITF has three types of its own; agencies put their desks there.
    let desk = object.and_then(|object| object.attr("tobject.type"));
    let desk = desk.filter(|desk| !["news", "data", "advisory"].iter().any(|own| desk.eq_ignore_ascii_case(own)));
    let section = published("position.section").or(desk);
    article.section = section.and_then(text::folded).map(|name| Term { name, ..Term::default() });
    if let Some(object) = object {
        let properties = object.all("tobject.property").filter_map(|at| at.attr("tobject.property.type"));
        article.genre = properties.filter_map(vocabulary::genre).next();
        let subjects = object.all("tobject.subject").take(wire::MANY);
        let subjects: Vec<Topic> = subjects.filter_map(|node| subject(node, reading)).collect();
        let others = std::mem::take(&mut article.topics);
        subjects.into_iter().chain(others).for_each(|topic| wire::add_topic(&mut article.topics, topic));
    }
    wire::spell_places(article);
}

/// `docdata`.
fn document(data: Node<'_>, article: &mut Article) {
    let urgency = data.one("urgency").and_then(|urgency| urgency.attr("ed-urg")?.parse().ok());
    article.urgency = urgency.filter(|urgency| (1..=9).contains(urgency));
    article.slugline = data.one("du-key").and_then(|key| key.attr("key")).and_then(text::folded);
    let notice = data.one("doc.copyright").and_then(|copyright| {
        let holder = copyright.attr("holder").and_then(text::folded)?;
        Some(match copyright.attr("year").and_then(text::folded) {
            Some(year) => format!("\u{a9} {year} {holder}"),
            None => wire::notice(&holder),
        })
    });
    article.copyright_notice = notice.or(article.copyright_notice.take());
    for rights in data.all("doc.rights") {
        let part = |name: &str| rights.attr(name).and_then(text::folded);
        let mut said: Vec<String> =
            ["limitations", "geography", "type", "agent"].into_iter().filter_map(part).collect();
        said.extend(part("startdate").map(|date| format!("from {date}")));
        said.extend(part("enddate").map(|date| format!("until {date}")));
        for terms in said {
            wire::add_terms(&mut article.usage_terms, &terms);
        }
        let owner = || part("owner").map(|owner| wire::notice(&owner));
        article.copyright_notice = article.copyright_notice.take().or_else(owner);
    }
    let source = data.all("doc-id").find_map(|id| id.attr("regsrc"));
    for correction in data.all("correction") {
        article
            .corrections
            .extend(correction.attr("info").and_then(text::folded).map(|text| Correction { text, at: None }));
        // It may be another document that is corrected.
        let whole = |id: String| match correction.attr("regsrc").or(source).and_then(text::folded) {
            Some(source) if !id.contains(':') => format!("{source}:{id}"),
            _ => id,
        };
        let corrected = correction.attr("id-string").and_then(text::folded).map(whole);
        article.related.extend(corrected.filter(|uri| *uri != article.uri));
    }
    article.places = data.all("evloc").filter_map(place).collect();
    for content in data.all("identified-content").flat_map(|content| content.elements()).take(wire::MANY) {
        identified(content, article);
    }
    for keyword in data.all("key-list").flat_map(|list| list.all("keyword")).take(wire::MANY) {
        let written = keyword.attr("key").and_then(text::folded).or_else(|| keyword.words());
        // Agencies repeat the key of the story here.
        let Some(written) = written.filter(|written| Some(written) != article.slugline.as_ref()) else { continue };
        for name in wire::keywords(&written) {
            wire::add_topic(&mut article.topics, Topic { name, ..Topic::default() });
        }
    }
}

/// What `identified-content` names.
fn identified(content: Node<'_>, article: &mut Article) {
    match content.tag_name().name() {
        "location" => article.places.extend(place(content)),
        "person" | "org" | "event" | "object.title" | "function" | "classifier" => {
            let name = if content.is("person") { person(content) } else { content.words() };
            let Some(name) = name.or_else(|| content.attr("value").and_then(text::folded)) else { return };
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

fn subject(subject: Node<'_>, reading: &mut Reading) -> Option<Topic> {
    let attribute = |name: &str| subject.attr(&format!("tobject.subject.{name}")).and_then(text::folded);
    let refnum = attribute("refnum");
    let name = attribute("detail").or_else(|| attribute("matter")).or_else(|| attribute("type"));
    // Agencies have lists of their own beside that of the IPTC.
    let list = attribute("ipr").filter(|list| !list.eq_ignore_ascii_case("IPTC"));
    let (None, None, Some(code)) = (&name, &list, &refnum) else {
        let qcode = refnum.map(|refnum| format!("{}:{refnum}", list.as_deref().unwrap_or("subj")));
        return Some(Topic { name: name.or_else(|| qcode.clone())?, qcode, ..Topic::default() });
    };
    wire::subject(code, "tobject.subject", reading)
}

/// A `location` or an `evloc`: the smallest place that it names.
pub(super) fn place(location: Node<'_>) -> Option<Place> {
    let part = |name: &str| location.words_of(name);
    let attribute = |name: &str| location.attr(name).and_then(text::folded);
    let city = part("city").or_else(|| attribute("city")).or_else(|| part("sublocation"));
    let region = || {
        part("state")
            .or_else(|| part("region"))
            .or_else(|| attribute("county-dist"))
            .or_else(|| attribute("state-prov"))
    };
    let country = location.one("country").and_then(|country| country.attr("iso-cc"));
    let country = country.or_else(|| location.attr("iso-cc")).filter(|code| code.len() == 2 && code.is_ascii());
    let city = city.map(|city| vocabulary::title_case(&city));
    let name =
        city.or_else(region).or_else(|| part("country")).or_else(|| location.words().map(|name| wire::title(&name)));
    let name = name.or_else(|| text::folded(country?))?;
    Some(Place { name, country_code: country.map(str::to_ascii_uppercase), ..Place::default() })
}
