//! The IPTC Media Topics as their JSON has them (SKOS), into the tree of topics. Concepts that are retired are no topics any more:
//! their codes resolve to their successors. <https://iptc.org/standards/media-topics/>, CC BY 4.0.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::{
    draft::{Draft, Topic},
    reading::{Defaults, Problem, Reading},
    text, vocabulary,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scheme {
    concept_set: Vec<Concept>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Concept {
    qcode: String,
    #[serde(default)]
    retired: Option<String>,
    pref_label: BTreeMap<String, String>,
    #[serde(default)]
    broader: Vec<String>,
    #[serde(default)]
    change_note: BTreeMap<String, String>,
}

/// Whether the bytes look like a SKOS vocabulary with codes.
pub(crate) fn recognises(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4_096)]);
    head.trim_start().starts_with('{') && head.contains("ConceptScheme") && head.contains("prefSchemeAlias")
}

/// Reads a vocabulary; topics are known by their names in the language asked for, else by the English ones, and keep those in all others.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<Reading, Problem> {
    let scheme: Scheme = serde_json::from_slice(bytes)?;
    let concepts: HashMap<&str, &Concept> =
        scheme.concept_set.iter().map(|concept| (concept.qcode.as_str(), concept)).collect();
    let mut reading = Reading::default();
    let mut replaced: HashMap<String, Vec<String>> = HashMap::new();
    for concept in scheme.concept_set.iter().filter(|concept| concept.retired.is_some()) {
        match successor(concept, &concepts) {
            Some(heir) => replaced.entry(heir).or_default().push(concept.qcode.clone()),
            None => reading.skip(concept.qcode.as_str(), "retired, and nothing says what replaces it"),
        }
    }
    // Concepts above others go first, so that they are there when the others are saved.
    let mut current: Vec<&Concept> = scheme.concept_set.iter().filter(|concept| concept.retired.is_none()).collect();
    current.sort_by_cached_key(|concept| depth(concept, &concepts));
    for concept in current {
        let Some(name) = name(concept, defaults) else {
            reading.skip(concept.qcode.as_str(), "no name");
            continue;
        };
        reading.drafts.push(Draft::Topic(Box::new(Topic {
            slug: None,
            name,
            names: names(concept),
            broader: concept.broader.first().and_then(|broader| code(broader)),
            replaces: replaced.remove(&concept.qcode).unwrap_or_default(),
            qcode: Some(concept.qcode.clone()),
        })));
    }
    Ok(reading)
}

fn code(concept: &str) -> Option<String> {
    vocabulary::media_topic(concept).or_else(|| vocabulary::qcode(concept))
}

/// How many concepts are above one.
fn depth(concept: &Concept, concepts: &HashMap<&str, &Concept>) -> usize {
    let mut current = concept;
    for depth in 0..concepts.len() {
        let above = current.broader.iter().find_map(|broader| concepts.get(code(broader)?.as_str()));
        match above {
            Some(above) => current = above,
            None => return depth,
        }
    }
    // A circle has no top.
    concepts.len()
}

/// What the note on the change names, else the concept above; when that is retired too, its successor. Of several that are named, one that is
/// in force.
fn successor(concept: &Concept, concepts: &HashMap<&str, &Concept>) -> Option<String> {
    let mut seen = vec![concept.qcode.as_str()];
    let mut current = concept;
    loop {
        let noted: Vec<String> = current.change_note.values().flat_map(|note| named(note, current, concepts)).collect();
        let in_force = noted.iter().find(|code| concepts[code.as_str()].retired.is_none());
        let above = || current.broader.iter().find_map(|broader| code(broader));
        let next = in_force.or(noted.first()).cloned().or_else(above)?;
        let (found, heir) = concepts.get_key_value(next.as_str())?;
        if heir.retired.is_none() {
            return Some(next);
        }
        if seen.contains(found) {
            return None;
        }
        seen.push(found);
        current = heir;
    }
}

/// The other concepts that a text names, by their codes: some leave the alias out, and some say it twice.
fn named(note: &str, concept: &Concept, concepts: &HashMap<&str, &Concept>) -> Vec<String> {
    let Some((alias, _)) = concept.qcode.split_once(':') else { return Vec::new() };
    let words = note.split(|sign: char| !(sign.is_ascii_alphanumeric() || matches!(sign, ':' | '_' | '-')));
    let codes = words.filter_map(|word| match word.rsplit_once(':') {
        Some((aliases, code)) => aliases.split(':').all(|name| name == alias).then(|| format!("{alias}:{code}")),
        None => word.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{alias}:{word}")),
    });
    codes.filter(|code| *code != concept.qcode && concepts.contains_key(code.as_str())).collect()
}

fn name(concept: &Concept, defaults: &Defaults) -> Option<String> {
    let wanted = defaults.language.as_deref().unwrap_or("en");
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
    let labels = &concept.pref_label;
    let exact = labels.get(wanted);
    let related = || labels.iter().find(|(tag, _)| primary(tag) == primary(wanted)).map(|(_, name)| name);
    let english = || labels.iter().find(|(tag, _)| primary(tag) == "en").map(|(_, name)| name);
    let name = exact.or_else(related).or_else(english).or_else(|| labels.values().next())?;
    title(name)
}

/// The names in every language.
fn names(concept: &Concept) -> BTreeMap<String, String> {
    concept.pref_label.iter().filter_map(|(tag, name)| Some((vocabulary::language_tag(tag)?, title(name)?))).collect()
}

/// The vocabulary writes names without capitals; pages show them as titles.
fn title(name: &str) -> Option<String> {
    let name = text::folded(name)?;
    let mut letters = name.chars();
    let first = letters.next()?;
    Some(first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retired_concepts_resolve_to_their_successors() {
        let scheme = r#"{ "type": "ConceptScheme", "prefSchemeAlias": "medtop", "conceptSet": [
            { "qcode": "medtop:01000000", "prefLabel": { "en-GB": "arts", "de": "Kunst" } },
            { "qcode": "medtop:20000002", "prefLabel": { "en-GB": "theatre" }, "broader": ["http://cv.iptc.org/newscodes/mediatopic/01000000"] },
            { "qcode": "medtop:20000003", "prefLabel": { "en-GB": "old" }, "retired": "2021-09-30T12:00:00+00:00",
              "changeNote": { "en-GB": "Retired. Use medtop:20000004 instead." } },
            { "qcode": "medtop:20000004", "prefLabel": { "en-GB": "older" }, "retired": "2023-09-30T12:00:00+00:00",
              "broader": ["http://cv.iptc.org/newscodes/mediatopic/20000002"] } ] }"#;
        assert!(recognises(scheme.as_bytes()));
        let german = Defaults { language: Some("de".to_owned()), ..Defaults::default() };
        let reading = read(scheme.as_bytes(), &german).unwrap();
        let topics: Vec<&Topic> = reading
            .drafts
            .iter()
            .map(|draft| match draft {
                Draft::Topic(topic) => &**topic,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!((topics[0].name.as_str(), topics[1].name.as_str()), ("Kunst", "Theatre"));
        let names = [("de", "Kunst"), ("en-GB", "Arts")].map(|(tag, name)| (tag.to_owned(), name.to_owned()));
        assert_eq!(topics[0].names, names.into());
        assert_eq!(topics[1].broader.as_deref(), Some("medtop:01000000"));
        assert_eq!(topics[1].replaces, ["medtop:20000003", "medtop:20000004"]);
    }

    #[test]
    fn of_several_successors_one_in_force_counts() {
        let scheme = r#"{ "type": "ConceptScheme", "prefSchemeAlias": "medtop", "conceptSet": [
            { "qcode": "medtop:20000257", "prefLabel": { "en-GB": "renewable energy" } },
            { "qcode": "medtop:20000430", "prefLabel": { "en-GB": "natural resource" } },
            { "qcode": "medtop:20000431", "prefLabel": { "en-GB": "energy resources" }, "retired": "2023-03-31T12:00:00+00:00",
              "changeNote": { "en-GB": "Retired. Use the relevant term instead." },
              "broader": ["http://cv.iptc.org/newscodes/mediatopic/20000430"] },
            { "qcode": "medtop:20000436", "prefLabel": { "en-GB": "renewable energy" }, "retired": "2023-03-31T12:00:00+00:00",
              "changeNote": { "en-GB": "Retired. Use medtop:20000431 energy resources or medtop:medtop:20000257 renewable energy." },
              "broader": ["http://cv.iptc.org/newscodes/mediatopic/20000430"] },
            { "qcode": "medtop:20000437", "prefLabel": { "en-GB": "wind" }, "retired": "2021-05-05T12:00:00+00:00",
              "changeNote": { "en-GB": "2021-05-05: Retired. Use renewable energy (20000257)." } } ] }"#;
        let reading = read(scheme.as_bytes(), &Defaults::default()).unwrap();
        let Draft::Topic(topic) = &reading.drafts[0] else { panic!("{reading:?}") };
        assert_eq!(topic.replaces, ["medtop:20000436", "medtop:20000437"]);
    }
}
