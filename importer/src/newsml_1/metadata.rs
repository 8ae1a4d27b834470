//! What the components around the text say of it.

use std::collections::HashMap;

use super::story::{Story, language};
use crate::{
    Defaults, Reading,
    draft::{Article, Contributor, Place, Term, Topic},
    text, vocabulary, wire,
    xml::{Element, Node},
};

/// What a document says for all its items.
pub(super) struct Envelope<'d> {
    sender: Option<String>,
    language: Option<String>,
    /// What a `TopicSet` calls a code.
    names: HashMap<String, Node<'d>>,
    /// Its topics by their identifiers in the document.
    topics: HashMap<&'d str, Node<'d>>,
}

impl<'d> Envelope<'d> {
    pub(super) fn of(root: Node<'d>) -> Self {
        let topics = || root.descendants().filter(|node| node.is("TopicSet")).flat_map(|set| set.all("Topic"));
        let mut names = HashMap::new();
        for topic in topics() {
            for name in topic.all("FormalName").filter_map(Element::words) {
                names.entry(name).or_insert(topic);
            }
        }
        Self {
            sender: root.path(&["NewsEnvelope", "SentFrom"]).and_then(party),
            language: root.language().map(str::to_owned),
            names,
            topics: topics().filter_map(|topic| Some((topic.attr("Duid")?, topic))).collect(),
        }
    }
}

/// What a topic is called, in the wanted language, else in none or in English, else in any.
fn description(topic: Node<'_>, wanted: Option<&str>) -> Option<String> {
    let main = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let rank = |node: &Node<'_>| match node.attribute(("http://www.w3.org/XML/1998/namespace", "lang")) {
        Some(tag) if wanted.is_some_and(|wanted| main(wanted) == main(tag)) => 0,
        None => 1,
        Some(tag) if main(tag) == "en" => 2,
        Some(_) => 3,
    };
    let mut descriptions: Vec<_> = topic.all("Description").collect();
    descriptions.sort_by_key(rank);
    descriptions.into_iter().find_map(Element::words)
}

impl<'d> Story<'d> {
    /// Takes lines, rights, people, topics and places from them.
    pub(super) fn metadata(
        &self,
        envelope: &Envelope<'d>,
        article: &mut Article,
        defaults: &Defaults,
        reading: &mut Reading,
    ) {
        let line = |name: &str| self.words(&["NewsLines", name]);
        article.headline = line("HeadLine").unwrap_or_default();
        article.standfirst = line("SubHeadLine");
        article.byline = line("ByLine").map(|byline| match line("ByLineTitle") {
            Some(title) if !byline.contains(&title) => format!("{byline}, {title}"),
            _ => byline,
        });
        article.dateline = line("DateLine");
        article.slugline = line("SlugLine");
        for component in self.texts() {
            let (notice, terms) = rights_of(component);
            article.copyright_notice = article.copyright_notice.take().or(notice);
            if let Some(terms) = terms {
                wire::add_terms(&mut article.usage_terms, &terms);
            }
        }
        let tag = self.texts().filter_map(language).last().or(envelope.language.as_deref());
        article.language = tag.or(defaults.language.as_deref()).and_then(text::folded);
        let mut genres = self.nodes("DescriptiveMetadata", "Genre").filter_map(|genre| genre.attr("FormalName"));
        article.genre = genres.find_map(vocabulary::genre);
        article.source = self.source(envelope);
        self.people(article);
        if let Some(credit) = line("CreditLine") {
            wire::add_credit(article, &credit);
        }
        self.topics(envelope, article, reading);
        let places = self
            .nodes("DescriptiveMetadata", "Location")
            .filter_map(|location| Some((location.attr("HowPresent").unwrap_or_default(), place(location)?)));
        for (how, place) in places {
            if how.eq_ignore_ascii_case("Origin") || how.eq_ignore_ascii_case("DateLine") {
                article.located.get_or_insert(place);
            } else {
                article.places.push(place);
            }
        }
        wire::spell_places(article);
        let links = self.texts().flat_map(|component| component.all("NewsItemRef"));
        let links: Vec<_> = links.filter_map(|link| link.attr("NewsItem")).collect();
        relate(article, links);
    }

    fn source(&self, envelope: &Envelope<'d>) -> Option<Term> {
        let mut parties = ["Source", "Provider"].into_iter().flat_map(|name| self.parties(name));
        let name = parties.next().or_else(|| envelope.sender.clone())?;
        Some(Term { name, ..Term::default() })
    }

    fn parties(&self, name: &'static str) -> Vec<String> {
        self.nodes("AdministrativeMetadata", name).filter_map(party).collect()
    }

    fn people(&self, article: &mut Article) {
        let written = article.byline.as_deref().map(wire::names_in).unwrap_or_default();
        let written = written.into_iter().map(|name| (name, Some("author")));
        let creators = self.parties("Creator").into_iter().map(|name| (name, Some("author")));
        let others = self.parties("Contributor").into_iter().map(|name| (name, None));
        for (name, role) in written.chain(creators).chain(others).take(wire::MANY) {
            let role = role.map(str::to_owned);
            wire::add_contributor(&mut article.contributors, Contributor { name, role, ..Contributor::default() });
        }
    }

    fn topics(&self, envelope: &Envelope<'d>, article: &mut Article, reading: &mut Reading) {
        let language = article.language.clone();
        let wanted = language.as_deref();
        let codes = ["SubjectDetail", "SubjectMatter", "Subject"];
        let subjects = self.nodes("DescriptiveMetadata", "SubjectCode").take(wire::MANY).collect::<Vec<_>>();
        for code in codes.iter().flat_map(|name| subjects.iter().flat_map(|subject| subject.all(name).take(wire::MANY)))
        {
            let Some(code) = code.attr("FormalName").and_then(text::folded) else { continue };
            let named = envelope.names.get(&code).and_then(|topic| description(*topic, wanted));
            let topic = match named {
                Some(name) => Some(Topic { name, qcode: Some(format!("subj:{code}")), ..Topic::default() }),
                None => wire::subject(&code, "SubjectCode", reading),
            };
            topic.into_iter().for_each(|topic| wire::add_topic(&mut article.topics, topic));
        }
        for occurrence in self.nodes("DescriptiveMetadata", "TopicOccurrence").take(wire::MANY) {
            let link = occurrence.attr("Topic").unwrap_or_default();
            let id = link.rsplit_once('#').map_or(link, |(_, id)| id);
            let Some(topic) = envelope.topics.get(id) else {
                reading.warn("TopicOccurrence", format!("`{link}` is in no TopicSet of the document; left out"));
                continue;
            };
            occurs(*topic, wanted, article, reading);
        }
        // `BWIndustryKeywords` and the like: each agency has names of its own for them.
        let properties = self.nodes("Metadata", "Property").filter(|property| {
            property.attr("FormalName").is_some_and(|name| name.to_ascii_lowercase().contains("keyword"))
        });
        let keywords: Vec<_> =
            properties.filter_map(|property| property.attr("Value").and_then(text::folded)).collect();
        let lines: Vec<_> = self.nodes("NewsLines", "KeywordLine").filter_map(Element::words).collect();
        let words = lines.iter().flat_map(|line| wire::keywords(line));
        for name in keywords.into_iter().chain(words).take(wire::MANY) {
            wire::add_topic(&mut article.topics, Topic { name, ..Topic::default() });
        }
    }
}

/// Adds a topic of a `TopicSet`, or the place that it is.
fn occurs(topic: Node<'_>, wanted: Option<&str>, article: &mut Article, reading: &mut Reading) {
    let formal: Vec<_> =
        topic.all("FormalName").filter_map(|name| Some((name.attr("Scheme"), name.words()?))).collect();
    let Some(name) = description(topic, wanted).or_else(|| Some(formal.first()?.1.clone())) else {
        let id = topic.attr("Duid").unwrap_or_default();
        return reading.warn("TopicOccurrence", format!("the topic `{id}` has no name; left out"));
    };
    let mut types = topic.all("TopicType").filter_map(|kind| kind.attr("FormalName")).map(str::to_ascii_lowercase);
    let is_place = types.any(|kind| {
        ["country", "city", "location", "place", "region", "state", "geograph"].iter().any(|own| kind.contains(own))
    });
    if is_place {
        let is_code = |code: &&String| code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase());
        let country_code = formal.iter().map(|(_, code)| code).find(is_code).cloned();
        return article.places.push(Place { name, country_code, ..Place::default() });
    }
    let code = formal.into_iter().find_map(|(scheme, code)| {
        let scheme = scheme?;
        let is_subject = scheme.to_ascii_lowercase().contains("subject") && vocabulary::subject(&code).is_some();
        let scheme = if is_subject { "subj" } else { scheme };
        vocabulary::qcode(&format!("{scheme}:{code}")).filter(|_| code != name)
    });
    wire::add_topic(&mut article.topics, Topic { name, qcode: code, ..Topic::default() });
}

/// Adds items that go with the article.
pub(super) fn relate<'t>(article: &mut Article, items: impl IntoIterator<Item = &'t str>) {
    for uri in items.into_iter().filter_map(|uri| text::folded(&without_revision(uri))) {
        if uri != article.uri && !article.related.contains(&uri) && article.related.len() < wire::MANY {
            article.related.push(uri);
        }
    }
}

/// The notice and the terms of a component itself: its lines, and what else the rights for programs say.
pub(super) fn rights_of(component: Node<'_>) -> (Option<String>, Option<String>) {
    let lines = |name: &str| {
        let lines: Vec<String> =
            component.all("NewsLines").flat_map(|lines| lines.all(name)).filter_map(Element::words).collect();
        text::folded(&without_repeats(lines).join("; "))
    };
    let rights = || component.all("RightsMetadata");
    let mut notice = lines("CopyrightLine");
    for copyright in rights().flat_map(|rights| rights.all("Copyright")) {
        let Some(holder) = copyright.words_of("CopyrightHolder") else { continue };
        let own = match copyright.words_of("CopyrightDate") {
            Some(date) => format!("\u{a9} {date} {holder}"),
            None => wire::notice(&holder),
        };
        if !notice.as_ref().is_some_and(|notice| notice.contains(&holder)) {
            wire::add_terms(&mut notice, &own);
        }
    }
    let mut terms = lines("RightsLine");
    for rights in rights().flat_map(|rights| rights.all("UsageRights")) {
        let part = |name: &str| rights.words_of(name);
        let mut parts: Vec<String> = ["UsageType", "Geography", "Limitations"].into_iter().filter_map(part).collect();
        parts.extend(part("RightsHolder").map(|holder| format!("rights of {holder}")));
        parts.extend(part("StartDate").map(|date| format!("from {date}")));
        parts.extend(part("EndDate").map(|date| format!("until {date}")));
        parts.iter().for_each(|part| wire::add_terms(&mut terms, part));
    }
    (notice, terms)
}

/// Texts without those that are said again, such as in another form.
pub(super) fn without_repeats(texts: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

fn without_revision(uri: &str) -> String {
    let is_full = uri.starts_with("urn:newsml:") && uri.split(':').count() > 5;
    let name = uri.rsplit_once(':').filter(|_| is_full).map_or(uri, |(name, _)| name);
    name.to_owned()
}

/// The name of a party. In a scheme it is a code, such as the initials of an editor.
fn party(of: Node<'_>) -> Option<String> {
    let party = of.all("Party").find(|party| party.attr("Scheme").is_none())?;
    party.attr("FormalName").and_then(text::folded)
}

/// The smallest place that the properties of a `Location` name.
fn place(location: Node<'_>) -> Option<Place> {
    let property = |wanted: &[&str]| {
        let is_wanted = |property: &Node<'_>| {
            property.attr("FormalName").is_some_and(|name| wanted.iter().any(|own| name.eq_ignore_ascii_case(own)))
        };
        location.all("Property").find(is_wanted)?.attr("Value").and_then(text::folded)
    };
    let country = property(&["CountryCode", "Country"]);
    let code = country.clone().filter(|code| code.len() == 2 && code.chars().all(|letter| letter.is_ascii_uppercase()));
    let name = property(&["City", "Town", "Locality"]).or_else(|| property(&["CountryArea", "State", "Region"]));
    Some(Place {
        name: name.map(|name| wire::title(&name)).or_else(|| property(&["CountryName"])).or(country)?,
        country_code: code,
        ..Place::default()
    })
}
