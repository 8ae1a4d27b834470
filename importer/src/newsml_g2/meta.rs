//! What `itemMeta`, `contentMeta` and `rightsInfo` say, whatever kind of item they are of.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, Utc};
use entity::article::{Genre, PubStatus};

use super::{catalog, item::Item};
use crate::{
    Reading, address,
    draft::{Block, Contributor, Correction, Place, StoryOf, Term, Topic},
    text, vocabulary, wire,
    xml::{Element, Node},
};

/// How sure a machine must be of a subject to name it before others, in percent.
const SURE: u32 = 50;

impl<'d> Item<'d, '_> {
    /// The title, in the language of the item.
    pub(super) fn headline(&self) -> Option<String> {
        self.worded(self.headlines(false))
    }

    /// The line under the title.
    pub(super) fn sub_headline(&self) -> Option<String> {
        self.worded(self.headlines(true))
    }

    fn headlines(&self, are_below: bool) -> impl Iterator<Item = Node<'d>> {
        let headlines = self.content.into_iter().flat_map(|meta| meta.all("headline"));
        headlines.filter(move |line| self.role(*line).is_some_and(|role| role.contains("sub")) == are_below)
    }

    /// The title that names the item in lists of newsrooms.
    pub(super) fn title(&self) -> Option<String> {
        self.worded(self.meta.into_iter().flat_map(|meta| meta.all("title")))
    }

    /// A line of the content, such as `slugline`.
    pub(super) fn line(&self, name: &str) -> Option<String> {
        self.worded(self.content.into_iter().flat_map(|meta| meta.all(name)))
    }

    /// The description with the first of the roles; the empty role is none at all.
    pub(super) fn description(&self, roles: &[&str]) -> Option<String> {
        let descriptions: Vec<_> = self.content.into_iter().flat_map(|meta| meta.all("description")).collect();
        roles.iter().find_map(|role| {
            let has_role = |line: &&Node<'_>| self.role(**line).unwrap_or_default() == *role;
            self.worded(descriptions.iter().filter(has_role).copied())
        })
    }

    /// The first of the elements with text in the language of the item, else with text at all.
    pub(super) fn worded(&self, nodes: impl Iterator<Item = Node<'d>>) -> Option<String> {
        worded_in(self.language.as_deref(), nodes.filter(|node| !self.is_not_public(*node)))
    }

    /// Whether a property is one that must not be published, as agencies mark notes and contacts.
    fn is_not_public(&self, node: Node<'_>) -> bool {
        self.catalog
            .bare(node, "pubconstraint")
            .is_some_and(|constraint| constraint.to_ascii_lowercase().contains("nonpublic"))
    }

    fn role(&self, node: Node<'_>) -> Option<String> {
        self.catalog.bare(node, "role").map(|role| role.to_ascii_lowercase())
    }

    /// Whether the item may be shown, by its status, its signals and its times. What of these cannot be read holds it back.
    pub(super) fn status(&self, reading: &mut Reading) -> PubStatus {
        let Some(meta) = self.meta else { return PubStatus::Usable };
        if self.signals().any(|signal| vocabulary::takes_back(&signal)) {
            return PubStatus::Canceled;
        }
        let mut status = meta.one("pubStatus").map_or(PubStatus::Usable, |status| {
            let code = self.catalog.bare(status, "qcode").or_else(|| status.attr("literal").map(str::to_owned));
            let code = code.unwrap_or_default();
            vocabulary::status(&code).unwrap_or_else(|| {
                reading.warn(self.at("pubStatus"), format!("`{code}` is not known; held back"));
                PubStatus::Withheld
            })
        });
        for embargo in meta.all("embargoed") {
            match embargo.words() {
                Some(text) => {
                    wire::limit(&text, &self.at("embargoed"), &mut status, self.defaults, reading);
                }
                None if status == PubStatus::Usable => {
                    reading.warn(self.at("embargoed"), "names no end of the embargo; held back");
                    status = PubStatus::Withheld;
                }
                None => {}
            }
        }
        for text in meta.all("expires").filter_map(Element::words) {
            wire::limit(&text, &self.at("expires"), &mut status, self.defaults, reading);
        }
        if self.signals().any(|signal| vocabulary::holds_back(&signal)) {
            wire::hold(&mut status);
        }
        if status == PubStatus::Usable && self.embargoed_until().is_none() {
            let notes = meta.all("edNote").filter_map(Element::words);
            notes
                .filter_map(|note| wire::of_note(&note))
                .take(1)
                .for_each(|said| reading.warn(self.at("edNote"), said));
        }
        status
    }

    /// Until when it is not to be shown.
    pub(super) fn embargoed_until(&self) -> Option<DateTime<Utc>> {
        // What cannot be read has been told with the status.
        self.time("embargoed", &mut Reading::default())
    }

    fn signals(&self) -> impl Iterator<Item = String> {
        let signals = self.meta.into_iter().flat_map(|meta| meta.all("signal"));
        signals.filter_map(|signal| {
            self.catalog.bare(signal, "qcode").or_else(|| signal.attr("literal").map(str::to_owned))
        })
    }

    /// What has been put right, as far as the item says it to readers: notes to editors never reach them.
    pub(super) fn corrections(&self, reading: &mut Reading) -> Vec<Correction> {
        let signals = self.meta.into_iter().flat_map(|meta| meta.all("signal"));
        let is_correction =
            |signal: &Node<'_>| self.catalog.bare(*signal, "qcode").is_some_and(|code| vocabulary::corrects(&code));
        let mut corrections = Vec::new();
        for signal in signals.filter(is_correction) {
            let said = self.worded(signal.all("definition")).or_else(|| self.worded(signal.all("name")));
            match said {
                Some(text) => corrections.push(Correction { text, at: None }),
                None => reading.warn(self.at("signal"), "corrects the item, and does not tell readers what"),
            }
        }
        corrections
    }

    /// The time in an element of `itemMeta` or `contentMeta`.
    pub(super) fn time(&self, name: &str, reading: &mut Reading) -> Option<DateTime<Utc>> {
        let nodes = [self.meta, self.content].into_iter().flatten().flat_map(|meta| meta.all(name));
        let text = nodes.filter_map(|node| node.words()).next()?;
        wire::moment(&text, &self.at(name), self.defaults, reading)
    }

    /// When readers could first see it. When the content was made is another time, and often a day or a month alone.
    pub(super) fn published_at(&self, reading: &mut Reading) -> Option<DateTime<Utc>> {
        let times = ["firstCreated", "versionCreated"];
        let of_content = || {
            let is_moment = self.content?.words_of("contentCreated")?.contains('T');
            self.time("contentCreated", &mut Reading::default()).filter(|_| is_moment)
        };
        times.into_iter().find_map(|name| self.time(name, reading)).or_else(of_content)
    }

    /// When it is no longer to be shown: on the web, or anywhere.
    pub(super) fn expires_at(&self) -> Option<DateTime<Utc>> {
        let expiries: Vec<_> = self.meta?.all("expires").collect();
        let constraint = |node: &Node<'_>| self.catalog.bare(*node, "pubconstraint");
        let on_web = |node: &&Node<'_>| constraint(node).is_some_and(|constraint| constraint.contains("web"));
        let anywhere = |node: &&Node<'_>| constraint(node).is_none();
        let expiry = expiries.iter().find(on_web).or_else(|| expiries.iter().find(anywhere))?;
        // What cannot be read has been told with the status.
        wire::moment(&expiry.words()?, "", self.defaults, &mut Reading::default())
    }

    /// Its journalistic form: the first that is known; another one of the IPTC is something else.
    pub(super) fn genre(&self) -> Option<Genre> {
        let genres: Vec<_> = self.content?.all("genre").collect();
        let known = genres.iter().find_map(|node| {
            let code = self.catalog.bare(*node, "qcode").and_then(|code| vocabulary::genre(&code));
            code.or_else(|| node.all("name").find_map(|name| vocabulary::genre(&name.words()?)))
        });
        let is_standard =
            |node: &Node<'_>| self.catalog.code(*node, "qcode").is_some_and(|code| code.starts_with("genre:"));
        known.or_else(|| genres.iter().any(is_standard).then_some(Genre::Other))
    }

    /// The name of a concept: its own, else that of an `assert` about it, else its literal.
    pub(super) fn name(&self, node: Node<'d>) -> Option<String> {
        // Names stand beside those of other items, whatever language the item is in.
        let wanted = self.defaults.language.as_deref().or(self.language.as_deref());
        let is_name = |name: &Node<'d>| self.is_name(*name);
        let own = worded_in(wanted, node.all("name").filter(is_name));
        let own = own.or_else(|| worded_in(wanted, self.assertion(node)?.all("name").filter(is_name)));
        own.or_else(|| node.attr("literal").and_then(text::folded))
    }

    /// The names of a concept in each language; the first of a language counts.
    pub(super) fn names(&self, node: Node<'d>) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for name in node.all("name").filter(|name| self.is_name(*name)) {
            if let Some((tag, words)) = name.language().and_then(vocabulary::language_tag).zip(name.words()) {
                names.entry(tag).or_insert(words);
            }
        }
        names
    }

    /// Whether a name is one for readers: abbreviations for programs are names too, and no better than none.
    fn is_name(&self, name: Node<'d>) -> bool {
        self.role(name).is_none_or(|role| role != "mnemonic")
    }

    fn assertion(&self, node: Node<'d>) -> Option<Node<'d>> {
        self.asserts.get(&self.catalog.key(node)?).copied()
    }

    /// Topics and places that it is about, those that matter most first: what editors chose before what follows from it
    /// or a machine guessed, then by rank and relevance, else in the order of the document.
    pub(super) fn subjects(&self, reading: &mut Reading) -> (Vec<Topic>, Vec<Place>) {
        let number = |node: &Node<'_>, name: &str| node.attr(name).and_then(|text| text.parse::<u32>().ok());
        let mut subjects: Vec<_> = self.content.into_iter().flat_map(|meta| meta.all("subject")).collect();
        subjects.sort_by_key(|node| {
            let is_derived = matches!(self.catalog.bare(*node, "why").as_deref(), Some("inferred" | "ancestor"));
            let is_guess = self.catalog.bare(*node, "how").is_some_and(|how| how == "tool")
                && number(node, "confidence").is_some_and(|confidence| confidence < SURE);
            (
                is_derived,
                is_guess,
                number(node, "rank").unwrap_or(u32::MAX),
                // What says nothing stands in the middle.
                Reverse(number(node, "relevance").unwrap_or(50)),
            )
        });
        let (mut topics, mut places) = (Vec::new(), Vec::new());
        for subject in subjects.into_iter().take(wire::MANY) {
            // A subject seen from one side is the subject itself.
            let subject = subject.one("mainConcept").or_else(|| subject.path(&["bag", "bit"])).unwrap_or(subject);
            if self.is_place(subject) {
                places.extend(self.place(subject));
                continue;
            }
            match self.topic(subject) {
                Some(topic) => wire::add_topic(&mut topics, topic),
                None => {
                    let code = self.catalog.code(subject, "qcode").unwrap_or_default();
                    reading.warn(self.at("subject"), format!("`{code}` has no name; left out"));
                }
            }
        }
        let keywords = self.content.into_iter().flat_map(|meta| meta.all("keyword"));
        for name in keywords.filter_map(|keyword| keyword.words()).take(wire::MANY) {
            wire::add_topic(&mut topics, Topic { name, ..Topic::default() });
        }
        (topics, places)
    }

    /// A concept as a topic. Media topics are known by their code alone.
    pub(super) fn topic(&self, node: Node<'d>) -> Option<Topic> {
        let qcode = self.catalog.code(node, "qcode");
        let name = self.name(node).or_else(|| {
            let code = qcode.clone()?;
            if code.starts_with("medtop:") {
                return Some(code);
            }
            let (own, name) = vocabulary::subject(code.strip_prefix("subj:")?)?;
            (own == code).then(|| name.to_owned())
        })?;
        let broader = node.all("broader").find_map(|broader| self.catalog.code(broader, "qcode"));
        let broader = broader.filter(|broader| Some(broader) != qcode.as_ref());
        Some(Topic { name, qcode, broader, ..Topic::default() })
    }

    /// Whether a concept is a place.
    pub(super) fn is_place(&self, node: Node<'d>) -> bool {
        let types = |node: Node<'d>| {
            let own = self.catalog.bare(node, "type");
            own.into_iter().chain(node.all("type").filter_map(|kind| self.catalog.bare(kind, "qcode")))
        };
        let has_details = |node: Node<'d>| node.one("geoAreaDetails").or_else(|| node.one("POIDetails")).is_some();
        let is = |node| types(node).any(|kind| matches!(&*kind, "geoArea" | "poi")) || has_details(node);
        is(node) || self.assertion(node).is_some_and(is)
    }

    /// A concept as a place. Codes that are words are its name when it has no other.
    pub(super) fn place(&self, node: Node<'d>) -> Option<Place> {
        let code = self.catalog.code(node, "qcode");
        let is_word = |code: &&str| code.chars().all(char::is_alphabetic) && code.starts_with(char::is_uppercase);
        let word = || code.as_deref().map(catalog::bare).filter(is_word).map(str::to_owned);
        let name = self.name(node).or_else(word)?;
        let assertion = self.assertion(node);
        let about = || [Some(node), assertion].into_iter().flatten();
        let country = about()
            .flat_map(|node| node.all("broader").chain(node.all("sameAs")))
            .filter_map(|broader| self.catalog.code(broader, "qcode"))
            .chain(code.clone())
            .find_map(|code| Some(code.strip_prefix("iso3166-1a2:")?.split('-').next()?.to_ascii_uppercase()))
            .filter(|code| code.len() == 2);
        let position = about().find_map(|node| {
            node.path(&["geoAreaDetails", "position"]).or_else(|| node.path(&["POIDetails", "position"]))
        });
        let degrees = |name: &str, limit: f64| {
            position?.attr(name)?.parse().ok().filter(|degrees: &f64| (-limit..=limit).contains(degrees))
        };
        let latitude = degrees("latitude", 90.0);
        let longitude = degrees("longitude", 180.0);
        // One without the other is no position.
        let (latitude, longitude) = latitude.zip(longitude).unzip();
        Some(Place { slug: None, name, uri: code, country_code: country, time_zone: None, latitude, longitude })
    }

    /// Who made it, in the order of the document.
    pub(super) fn contributors(&self) -> Vec<Contributor> {
        let mut contributors = Vec::new();
        let makers = self.content.into_iter().flat_map(|meta| meta.all("creator").chain(meta.all("contributor")));
        for maker in makers.take(wire::MANY) {
            let Some(name) = self.name(maker) else { continue };
            let role = self.role(maker).or_else(|| maker.is("creator").then(|| "author".to_owned()));
            let uri = self.catalog.code(maker, "qcode");
            let definitions =
                maker.all("definition").chain(self.assertion(maker).into_iter().flat_map(|of| of.all("definition")));
            let wanted = self.defaults.language.as_deref().or(self.language.as_deref());
            let biography = worded_in(wanted, definitions);
            wire::add_contributor(
                &mut contributors,
                Contributor { name, uri, role, biography, ..Contributor::default() },
            );
        }
        contributors
    }

    /// Who supplied it: who provides the item, else who its information comes from. Whom those had it from is another matter (`originfo`).
    pub(super) fn source(&self) -> Option<Term> {
        let sources = self.content.into_iter().flat_map(|meta| meta.all("infoSource"));
        let sources = sources.filter(|source| self.role(*source).is_none_or(|role| role != "originfo"));
        let provider = self.meta.and_then(|meta| meta.one("provider"));
        let named = provider.into_iter().chain(sources).find_map(|node| Some((node, self.name(node)?)));
        let (node, name) = named.or_else(|| {
            let provider = provider?;
            let code = provider.attr("qcode").and_then(|_| self.catalog.bare(provider, "qcode"));
            let host = || url::Url::parse(provider.attr("uri")?).ok()?.host_str().map(str::to_owned);
            Some((provider, code.or_else(host)?))
        })?;
        let url = node.attr("uri").and_then(|uri| address::resolve(uri, None));
        Some(Term { slug: None, name, url: url.filter(|url| !url.contains("//cv.iptc.org/")) })
    }

    /// What may be done with it.
    pub(super) fn usage_terms(&self, reading: &mut Reading) -> Option<String> {
        let mut terms = self.rights("usageTerms");
        for rights in self.rights_infos() {
            for mining in rights.all("dataMining") {
                let said = self.name(mining).or_else(|| self.catalog.bare(mining, "qcode"));
                said.into_iter().for_each(|said| wire::add_terms(&mut terms, &format!("Data mining: {said}")));
            }
            let pages = rights.all("link").filter_map(|link| address::resolve(link.attr("href")?, None));
            pages.for_each(|page| wire::add_terms(&mut terms, &page));
            for name in
                ["rightsExpressionXML", "rightsExpressionData"].into_iter().filter(|name| rights.one(name).is_some())
            {
                reading.warn(self.at(name), "says what is allowed in a form for programs, which is not read");
            }
        }
        terms
    }

    /// The notice to show.
    pub(super) fn copyright_notice(&self) -> Option<String> {
        let holder = || {
            let mut holders = self.rights_infos().filter_map(|rights| rights.one("copyrightHolder"));
            holders.find_map(|holder| self.name(holder)).map(|name| wire::notice(&name))
        };
        self.rights("copyrightNotice").or_else(holder)
    }

    /// The rights in the content; there may be others in what is said of it.
    fn rights_infos(&self) -> impl Iterator<Item = Node<'d>> {
        self.node.all("rightsInfo").filter(move |rights| {
            let codes = rights.attr("scope").into_iter().flat_map(str::split_whitespace);
            let codes = codes.filter_map(|code| self.catalog.of_code(code));
            let uris = rights.attr("scopeuri").into_iter().flat_map(str::split_whitespace).map(str::to_owned);
            let scopes: Vec<String> = codes.chain(uris).map(|code| catalog::bare(&code).to_owned()).collect();
            scopes.is_empty() || scopes.iter().any(|scope| scope != "metadata")
        })
    }

    /// What all rights in the content say, with the time that it is said for.
    fn rights(&self, name: &str) -> Option<String> {
        let mut all = None;
        for rights in self.rights_infos() {
            let lines = all_worded_in(self.language.as_deref(), rights.all(name));
            for (node, words) in lines {
                let time = validity(node).or_else(|| validity(rights));
                let words = time.map_or(words.clone(), |time| format!("{words} ({time})"));
                wire::add_terms(&mut all, &words);
            }
        }
        all
    }

    /// How the content came to be, as a code of the digital source types of the IPTC.
    pub(super) fn digital_source_type(&self) -> Option<String> {
        self.catalog.bare(self.content?.one("digitalSourceType")?, "qcode")
    }

    /// 1 to 9.
    pub(super) fn urgency(&self) -> Option<i32> {
        let urgency = self.content?.words_of("urgency")?.parse().ok()?;
        (1..=9).contains(&urgency).then_some(urgency)
    }

    /// What editors chose to go with it: items by name, and pages elsewhere that have a title.
    pub(super) fn see_also(&self) -> (Vec<String>, Vec<Block>) {
        let (mut related, mut elsewhere) = (Vec::new(), Vec::new());
        for link in self.linked(&["seeAlso", "derivedFrom", "evolvedFrom"]) {
            let Some(uri) = self.target(link) else { continue };
            let is_page = link.attr("residref").or_else(|| link.attr("guidref")).is_none();
            match link.words_of("title").filter(|_| is_page) {
                Some(title) => elsewhere.push(Block::Related { uri: None, url: Some(uri), title }),
                None => related.push(uri),
            }
        }
        (related, elsewhere)
    }

    /// The item that it translates.
    pub(super) fn translation_of(&self) -> Option<String> {
        let mut links = self.linked(&["translatedFrom", "isTranslationOf"]).into_iter();
        links.find_map(|link| self.target(link))
    }

    fn linked(&self, relations: &[&str]) -> Vec<Node<'d>> {
        let links = self.meta.into_iter().flat_map(|meta| meta.all("link"));
        let of_relation =
            links.filter(|link| self.catalog.bare(*link, "rel").is_some_and(|rel| relations.contains(&&*rel)));
        of_relation.take(wire::MANY).collect()
    }

    fn target(&self, link: Node<'_>) -> Option<String> {
        let id = ["residref", "guidref"].iter().find_map(|name| link.attr(name));
        let uri =
            id.and_then(text::folded).or_else(|| address::resolve(link.attr("href")?, self.defaults.base.as_ref()));
        uri.filter(|uri| *uri != self.uri)
    }

    /// Running stories that it says it belongs to.
    pub(super) fn stories(&self) -> Vec<StoryOf> {
        let sets = self.meta.into_iter().flat_map(|meta| meta.all("memberOf"));
        sets.filter_map(|set| {
            let title = self.name(set)?;
            let uri = set.attr("uri").or_else(|| set.attr("qcode")).and_then(text::folded)?;
            Some(StoryOf { uri, title })
        })
        .collect()
    }
}

/// How little the language of a text is the wanted one.
fn distance(wanted: Option<&str>, node: Node<'_>) -> u8 {
    let wanted = wanted.unwrap_or("en");
    let main = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    match node.language() {
        Some(tag) if tag.eq_ignore_ascii_case(wanted) => 0,
        Some(tag) if main(tag) == main(wanted) => 1,
        None => 2,
        Some(tag) if main(tag) == "en" => 3,
        Some(_) => 4,
    }
}

/// The first of the elements with text in the wanted language, else in none or in English, else with text at all.
fn worded_in<'d>(wanted: Option<&str>, nodes: impl Iterator<Item = Node<'d>>) -> Option<String> {
    all_worded_in(wanted, nodes).into_iter().next().map(|(_, words)| words)
}

/// All of these that are as near to the wanted language as the nearest.
fn all_worded_in<'d>(wanted: Option<&str>, nodes: impl Iterator<Item = Node<'d>>) -> Vec<(Node<'d>, String)> {
    let mut worded: Vec<_> = nodes.filter_map(|node| Some((node, node.words()?))).collect();
    let nearest = worded.iter().map(|(node, _)| distance(wanted, *node)).min();
    worded.retain(|(node, _)| Some(distance(wanted, *node)) == nearest);
    worded
}

/// The time that something is said for, in words.
fn validity(node: Node<'_>) -> Option<String> {
    let day = |name: &str| {
        let time = node.attr(name)?;
        Some(time.split_once("T00:00:00").map_or(time, |(day, _)| day).to_owned())
    };
    let from = day("validfrom").map(|day| format!("from {day}"));
    let until = day("validto").map(|day| format!("until {day}"));
    let said: Vec<String> = from.into_iter().chain(until).collect();
    (!said.is_empty()).then(|| said.join(" "))
}
