//! `conceptItem` and `knowledgeItem`: concepts of vocabularies.

use std::collections::HashMap;

use entity::article::PubStatus;

use super::item::Item;
use crate::{
    Reading,
    draft::{Draft, Topic},
    xml::{Element as _, Node},
};

/// Deeper than any vocabulary; a chain that is longer goes round.
const DEPTH: usize = 64;

/// Reads the concepts of an item, those above before those below.
pub(super) fn read(item: &Item<'_, '_>, reading: &mut Reading) {
    if item.status(reading) != PubStatus::Usable {
        return reading.skip(&item.uri, "its concepts are not usable");
    }
    let sets = item.node.all("conceptSet").flat_map(|set| set.all("concept"));
    let own = item.node.is("concept").then_some(item.node);
    let concepts: Vec<_> = own.into_iter().chain(item.node.all("concept")).chain(sets).collect();
    if concepts.is_empty() {
        return reading.skip(&item.uri, "holds no concept");
    }
    let (mut topics, mut places) = (Vec::new(), Vec::new());
    for concept in concepts {
        match draft(item, concept) {
            Some(Draft::Topic(topic)) => topics.push(*topic),
            Some(place) => places.push(place),
            None => {
                let code = code(item, concept).unwrap_or_default();
                reading.skip(format!("{} {code}", item.uri), "the concept has no code or no name");
            }
        }
    }
    sort(&mut topics);
    reading.drafts.extend(places);
    reading.drafts.extend(topics.into_iter().map(|topic| Draft::Topic(Box::new(topic))));
}

fn code(item: &Item<'_, '_>, concept: Node<'_>) -> Option<String> {
    item.catalog.code(concept.one("conceptId")?, "qcode")
}

fn draft<'d>(item: &Item<'d, '_>, concept: Node<'d>) -> Option<Draft> {
    let code = code(item, concept)?;
    if item.is_place(concept) {
        let mut place = item.place(concept)?;
        place.uri = Some(code);
        return Some(Draft::Place(Box::new(place)));
    }
    let mut topic = item.topic(concept)?;
    topic.broader = topic.broader.filter(|broader| *broader != code);
    topic.qcode = Some(code);
    topic.names = item.names(concept);
    Some(Draft::Topic(Box::new(topic)))
}

fn sort(topics: &mut [Topic]) {
    let above: HashMap<_, _> = topics.iter().map(|topic| (topic.qcode.clone(), topic.broader.clone())).collect();
    topics.sort_by_cached_key(|topic| {
        let chain = std::iter::successors(topic.broader.clone(), |code| above.get(&Some(code.clone()))?.clone());
        chain.take(DEPTH).count()
    });
}
