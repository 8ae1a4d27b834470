//! Parts of answers: root fields that depend on no variable, such as the feed beside every article, are the same for all values of the others.
//! When many pages have to be computed again after a change, each of these fields is computed once for all of them.
//!
//! A part is an answer of its own: it has its own tags, is kept and dropped like others, and is computed once for those who ask at the same time. An
//! answer is put together out of parts only when nothing is wrong in any of them; where there is an error, the document is executed as a
//! whole, so that errors, nulls and their places are the engine's.

use std::collections::HashSet;

use async_graphql::{
    CacheControl, Name, Positioned, Response, Value,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
        SelectionSet,
    },
};
use async_graphql_value::Value as Given;
use bytes::Bytes;
use chrono::DateTime;
use futures_util::future::{join, join_all};

use super::{Cache, Entry, Found, Recorded, Recorder};
use crate::{
    document::Hash,
    http::graphql::{Executed, Policy},
};

/// Says of a request that its answer is the public's, and how its document is known.
#[derive(Clone, Debug)]
pub(crate) struct Shareable {
    pub(crate) document: Hash,
    pub(crate) operation: Option<String>,
}

/// A root field that was computed, now or before.
struct Part {
    json: Bytes,
    hints: CacheControl,
    recorded: Recorded,
}

impl Part {
    fn kept(entry: &Entry) -> Self {
        let until = if entry.until == i64::MAX { None } else { DateTime::from_timestamp_micros(entry.until) };
        let recorded = Recorded { tags: entry.tags.to_vec(), until };
        Self { json: entry.body.plain().clone(), hints: entry.hints, recorded }
    }
}

impl Cache {
    /// Executes a document in parts, by `run`; none when it has no parts, or when they do not come to a whole. `recorder` is that of the whole.
    pub(crate) async fn in_parts<R>(
        &self,
        shareable: &Shareable,
        document: &ExecutableDocument,
        recorder: &Recorder,
        run: &impl Fn(ExecutableDocument, Recorder) -> R,
    ) -> Option<Executed>
    where
        R: Future<Output = Response>,
    {
        let Split { keys, common } = Split::of(document)?;
        let own = keys.iter().any(|key| !common.contains(key)).then(|| only(document, |key| !common.contains(key)));
        let own = async {
            match own {
                Some(own) => Some(run(own, recorder.clone()).await),
                None => None,
            }
        };
        let parts = common.iter().map(|key| self.part(shareable, document, key, run));
        let (own, parts) = join(own, join_all(parts)).await;
        let mut hints = CacheControl::default();
        let mut own = match own {
            Some(response) => {
                hints = response.cache_control;
                Some(fields(response)?)
            }
            None => None,
        };
        let mut parts: Vec<(&Name, Part)> =
            common.iter().zip(parts).map(|(key, part)| Some((key, part?))).collect::<Option<_>>()?;
        let mut json = b"{\"data\":{".to_vec();
        for (number, key) in keys.iter().enumerate() {
            json.extend_from_slice(if number == 0 { b"\"" } else { b",\"" });
            json.extend_from_slice(key.as_bytes());
            json.extend_from_slice(b"\":");
            if let Some(place) = parts.iter().position(|(part, _)| *part == key) {
                let (_, part) = parts.swap_remove(place);
                hints = merged(hints, part.hints);
                json.extend_from_slice(&part.json);
                recorder.include(part.recorded);
            } else {
                let value = own.as_mut()?.swap_remove(key)?;
                serde_json::to_writer(&mut json, &value).ok()?;
            }
        }
        json.extend_from_slice(b"}}");
        // What the data is stands in the JSON.
        let response = Response::new(Value::Object(Default::default())).cache_control(hints);
        Some(Executed { json: Some(json.into()), ..response.into() })
    }

    async fn part<R>(
        &self,
        shareable: &Shareable,
        document: &ExecutableDocument,
        key: &Name,
        run: &impl Fn(ExecutableDocument, Recorder) -> R,
    ) -> Option<Part>
    where
        R: Future<Output = Response>,
    {
        // No document has a name as long as this one.
        let name = [shareable.document.as_bytes().as_slice(), key.as_bytes()].concat();
        let flight = match self.seek(self.key(&name, shareable.operation.as_deref(), std::iter::empty())).await {
            Found::Hit(entry) | Found::Shared(entry) => return Some(Part::kept(&entry)),
            Found::Miss(flight) => flight,
            Found::Untrusted => return None,
        };
        let recorder = Recorder::default();
        let response = run(only(document, |other| other == key), recorder.clone()).await;
        let hints = response.cache_control;
        let json = fields(response).and_then(|fields| serde_json::to_vec(fields.get(key)?).ok());
        let Some(json) = json.map(Bytes::from) else {
            flight.land_alone();
            return None;
        };
        let recorded = recorder.finish();
        flight.land(&json, Policy::of(hints), hints, &recorded);
        Some(Part { json, hints, recorded })
    }
}

/// The fields of a response in which nothing is wrong and that has nothing beside them.
fn fields(response: Response) -> Option<async_graphql::indexmap::IndexMap<Name, Value>> {
    let is_plain = response.errors.is_empty() && response.extensions.is_empty() && response.http_headers.is_empty();
    match response.data {
        Value::Object(fields) if is_plain => Some(fields),
        _ => None,
    }
}

/// As the engine merges the hints of fields: the smallest counts, no time is none, and -1 is never.
fn merged(one: CacheControl, other: CacheControl) -> CacheControl {
    let max_age = match (one.max_age, other.max_age) {
        (-1, _) | (_, -1) => -1,
        (age, 0) | (0, age) => age,
        (one, other) => one.min(other),
    };
    CacheControl { public: one.public && other.public, max_age }
}

/// How a document falls into parts.
#[derive(Debug, PartialEq, Eq)]
struct Split {
    /// The names of all fields in the answer, in their order.
    keys: Vec<Name>,
    /// Those that depend on no variable.
    common: Vec<Name>,
}

impl Split {
    /// None when it is not worth while, or not plain that the parts are the whole.
    fn of(document: &ExecutableDocument) -> Option<Self> {
        let operation = operation(document)?;
        if operation.ty != OperationType::Query || !operation.directives.is_empty() {
            return None;
        }
        let mut keys: Vec<Name> = Vec::new();
        let mut common = Vec::new();
        for selection in &operation.selection_set.node.items {
            let Selection::Field(Positioned { node: field, .. }) = &selection.node else { return None };
            let key = &field.response_key().node;
            if !field.directives.is_empty() || field.name.node.starts_with("__") || keys.contains(key) {
                return None;
            }
            keys.push(key.clone());
            let mut variables = Variables { document, seen: HashSet::new() };
            if !variables.are_in_field(field) {
                common.push(key.clone());
            }
        }
        (keys.len() > 1 && !common.is_empty()).then_some(Self { keys, common })
    }
}

fn operation(document: &ExecutableDocument) -> Option<&OperationDefinition> {
    let mut operations = document.operations.iter();
    match (operations.next(), operations.next()) {
        (Some((_, operation)), None) => Some(&operation.node),
        _ => None,
    }
}

/// The document with those root fields alone whose names `wanted` takes.
fn only(document: &ExecutableDocument, wanted: impl Fn(&Name) -> bool) -> ExecutableDocument {
    let keep = |operation: &Positioned<OperationDefinition>| {
        let mut operation = operation.clone();
        operation.node.selection_set.node.items.retain(|selection| match &selection.node {
            Selection::Field(field) => wanted(&field.node.response_key().node),
            _ => true,
        });
        operation
    };
    let operations = match &document.operations {
        DocumentOperations::Single(operation) => DocumentOperations::Single(keep(operation)),
        DocumentOperations::Multiple(operations) => DocumentOperations::Multiple(
            operations.iter().map(|(name, operation)| (name.clone(), keep(operation))).collect(),
        ),
    };
    ExecutableDocument { operations, fragments: document.fragments.clone() }
}

/// Whether there are variables; each fragment is looked into once.
struct Variables<'d> {
    document: &'d ExecutableDocument,
    seen: HashSet<&'d Name>,
}

impl<'d> Variables<'d> {
    fn are_in_field(&mut self, field: &'d Field) -> bool {
        field.arguments.iter().any(|(_, value)| is_given(&value.node))
            || are_in_directives(&field.directives)
            || self.are_in(&field.selection_set.node)
    }

    fn are_in(&mut self, selections: &'d SelectionSet) -> bool {
        selections.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => self.are_in_field(&field.node),
            Selection::InlineFragment(fragment) => {
                are_in_directives(&fragment.node.directives) || self.are_in(&fragment.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                are_in_directives(&spread.node.directives)
                    || self.seen.insert(name)
                        && self.document.fragments.get(name).is_none_or(|fragment| {
                            are_in_directives(&fragment.node.directives)
                                || self.are_in(&fragment.node.selection_set.node)
                        })
            }
        })
    }
}

fn are_in_directives(directives: &[Positioned<Directive>]) -> bool {
    directives.iter().flat_map(|directive| &directive.node.arguments).any(|(_, value)| is_given(&value.node))
}

fn is_given(value: &Given) -> bool {
    match value {
        Given::Variable(_) => true,
        Given::List(values) => values.iter().any(is_given),
        Given::Object(fields) => fields.values().any(is_given),
        _ => false,
    }
}

/// Records what a part is made of as that of the whole.
impl Recorder {
    fn include(&self, Recorded { tags, until }: Recorded) {
        self.note(tags);
        if let Some(until) = until {
            self.expire(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn common(document: &str) -> Option<Vec<String>> {
        let split = Split::of(&parse_query(document).expect("it can be read"))?;
        Some(split.common.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn root_fields_without_variables_are_common() {
        let page = "query ($a: Int, $b: Boolean!) { one two(n: $a) { x } three: one { y @skip(if: $b) } four(in: { l: [1, $a] }) five { ...F } \
                    six { ...G } seven(n: 1) { ... @include(if: true) { z } } } fragment F on T { ...H } fragment G on T { ...G } fragment H on T { x(n: $a) }";
        assert_eq!(common(page), Some(vec!["one".to_owned(), "six".to_owned(), "seven".to_owned()]));
    }

    #[test]
    fn what_is_not_plain_is_not_split() {
        for document in [
            "{ one }",
            "query ($a: Int) { one(n: $a) two(n: $a) }",
            "{ one { x } one { y } }",
            "{ one ...F } fragment F on Query { two }",
            "{ one ... { two } }",
            "{ one two @skip(if: false) }",
            "{ one __typename }",
            "query @live { one two }",
            "mutation { one two }",
            "query A { one two } query B { one two }",
        ] {
            assert_eq!(common(document), None, "{document}");
        }
    }

    #[test]
    fn a_part_of_a_document_keeps_its_fragments_and_places() {
        let document = parse_query("query A { one two { ...F } } fragment F on T { x }").expect("it can be read");
        let part = only(&document, |key| key == "two");
        let items = &operation(&part).expect("there is one").selection_set.node.items;
        assert_eq!((items.len(), items[0].pos.column, part.fragments.len()), (1, 15, 1));
    }

    #[test]
    fn the_smallest_hint_counts() {
        let hint = |public, max_age| CacheControl { public, max_age };
        assert_eq!(merged(hint(true, 0), hint(true, 30)), hint(true, 30));
        assert_eq!(merged(hint(true, 15), hint(false, 30)), hint(false, 15));
        assert_eq!(merged(hint(true, -1), hint(true, 30)), hint(true, -1));
        assert_eq!(merged(hint(true, 0), hint(true, 0)), hint(true, 0));
    }
}
