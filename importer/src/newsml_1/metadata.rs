//! What the components around the text say of it.

use std::collections::HashMap;

use super::story::{Story, language};
use crate::{
    Defaults,
    draft::{Article, Contributor, Place, Term, Topic},
    text, vocabulary, wire,
    xml::{self, Element as _, Node},
};

/// What a document says for all its items.
pub(super) struct Envelope {
    sender: Option<String>,
    language: Option<String>,
    /// What a `TopicSet` calls a code.
    names: HashMap<String, String>,
}

impl Envelope {
    pub(super) fn of(root: Node<'_>) -> Self {
        let topics = root.all("TopicSet").flat_map(|set| set.all("Topic"));
        let names = topics.filter_map(|topic| Some((topic.words_of("FormalName")?, topic.words_of("Description")?)));
        Self {
            sender: root.path(&["NewsEnvelope", "SentFrom"]).and_then(party),
            language: root.language().map(str::to_owned),
            names: names.collect(),
        }
    }
}

impl Story<'_> {
    /// Takes lines, rights, people, topics and places from them.
    pub(super) fn metadata(&self, envelope: &Envelope, article: &mut Article, defaults: &Defaults) {
        let line = |name: &str| self.words(&["NewsLines", name]);
        article.headline = line("HeadLine").unwrap_or_default();
        article.standfirst = line("SubHeadLine");
        article.byline = line("ByLine");
        article.dateline = line("DateLine");
        article.slugline = line("SlugLine");
        article.copyright_notice = line("CopyrightLine").or_else(|| self.copyright()).or_else(|| line("CreditLine"));
        article.usage_terms = line("RightsLine").or_else(|| {
            let rights = self.nodes("RightsMetadata", "UsageRights").next()?;
            let parts = ["UsageType", "Geography", "Limitations"].iter().filter_map(|name| rights.words_of(name));
            let terms = parts.collect::<Vec<_>>().join("; ");
            (!terms.is_empty()).then_some(terms)
        });
        let tag = self.texts().filter_map(language).last().or(envelope.language.as_deref());
        article.language = tag.or(defaults.language.as_deref()).and_then(text::folded);
        let mut genres = self.nodes("DescriptiveMetadata", "Genre").filter_map(|genre| genre.attr("FormalName"));
        article.genre = genres.find_map(vocabulary::genre);
        article.source = self.source(envelope);
        self.people(article);
        self.topics(envelope, article);
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
        let links = self.texts().flat_map(|component| component.all("NewsItemRef"));
        let links = links.filter_map(|link| link.attr("NewsItem")).filter(|uri| *uri != article.uri);
        article.related = links.filter_map(|uri| text::folded(&without_revision(uri))).take(wire::MANY).collect();
    }

    fn copyright(&self) -> Option<String> {
        let copyright = self.nodes("RightsMetadata", "Copyright").next()?;
        let holder = copyright.words_of("CopyrightHolder")?;
        Some(match copyright.words_of("CopyrightDate") {
            Some(date) => format!("\u{a9} {date} {holder}"),
            None => format!("\u{a9} {holder}"),
        })
    }

    fn source(&self, envelope: &Envelope) -> Option<Term> {
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

    fn topics(&self, envelope: &Envelope, article: &mut Article) {
        let codes = ["SubjectDetail", "SubjectMatter", "Subject"];
        let subjects = self.nodes("DescriptiveMetadata", "SubjectCode").take(wire::MANY).collect::<Vec<_>>();
        for code in codes.iter().flat_map(|name| subjects.iter().flat_map(|subject| subject.all(name).take(1))) {
            if let Some(code) = code.attr("FormalName").and_then(text::folded) {
                let qcode = format!("subj:{code}");
                let name = envelope.names.get(&code).unwrap_or(&qcode).clone();
                wire::add_topic(&mut article.topics, Topic { name, qcode: Some(qcode), ..Topic::default() });
            }
        }
        // `BWIndustryKeywords` and the like: each agency has names of its own for them.
        let properties = self.nodes("Metadata", "Property").filter(|property| {
            property.attr("FormalName").is_some_and(|name| name.to_ascii_lowercase().contains("keyword"))
        });
        let keywords = properties.filter_map(|property| property.attr("Value").and_then(text::folded));
        let lines = self.nodes("NewsLines", "KeywordLine").filter_map(xml::Element::words);
        for name in keywords.chain(lines).take(wire::MANY) {
            wire::add_topic(&mut article.topics, Topic { name, ..Topic::default() });
        }
    }
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
        name: name.or_else(|| property(&["CountryName"])).or(country)?,
        country_code: code,
        ..Place::default()
    })
}
