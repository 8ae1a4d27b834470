//! Section 5 of the specification of September 2025: whether a document fits the schema. Each rule is checked while the document is
//! walked once; what depends on what fragments spread is checked behind. Time grows with the size of the document with its fragments
//! in place, which `size.rs` bounds before.

mod merging;
mod subscriptions;
mod values;
mod variables;

use std::collections::{HashMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{DirectiveLocation, OperationType, Type};
use async_graphql::{Name as TypeName, Pos, ServerError};

use self::values::Place;
use self::variables::Usage;
use super::ast::{
    Argument, Directive, Document, Field, Fragment, Inline, Name, Operation, Selection, SelectionSet, Spread,
};
use super::error;
use super::flaws::Flaws;
use super::types::{Input, Kind, OutputField, Types};

const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";

/// What is known of a valid document.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// The places of whole numbers that stand for an id: they are texts to the engine, however long they are.
    pub(super) ids: HashSet<Pos>,
}

/// Holds a document against the schema. Its fragments must not spread themselves.
pub(super) fn check(
    document: &Document<'_>,
    types: &Types,
    suggestions: bool,
    most: usize,
) -> Result<Checked, Vec<ServerError>> {
    // The last of several that have a name, which is an error already.
    let fragments = document.fragments.iter().map(|fragment| (fragment.name.text, fragment)).collect();
    let mut rules = Rules {
        types,
        document,
        fragments,
        suggestions,
        flaws: Flaws::new(most),
        checked: Checked::default(),
        uses: Uses::default(),
    };
    rules.definitions();
    merging::check(&mut rules);
    let Rules { flaws, checked, .. } = rules;
    flaws.into_result().map(|()| checked)
}

struct Rules<'a> {
    types: &'a Types,
    document: &'a Document<'a>,
    fragments: HashMap<&'a str, &'a Fragment<'a>>,
    suggestions: bool,
    flaws: Flaws,
    checked: Checked,
    /// Of the definition that is being walked.
    uses: Uses<'a>,
}

/// The fragments and variables that a definition uses by itself.
#[derive(Default)]
struct Uses<'a> {
    spreads: Vec<&'a str>,
    variables: Vec<Usage<'a>>,
}

/// The type of a selection set; none when it is not known, because something around it is wrong.
type Parent<'a> = Option<(&'a TypeName, &'a Kind)>;

impl<'a> Rules<'a> {
    fn flaw(&mut self, at: &[Pos], message: impl FnOnce() -> String) {
        self.flaws.push(|| {
            let mut flaw = error(INVALID, message(), None);
            flaw.locations = at.to_vec();
            flaw
        });
    }

    fn definitions(&mut self) {
        let document = self.document;
        self.names(document);
        let operations: Vec<Uses<'a>> = document.operations.iter().map(|operation| self.operation(operation)).collect();
        let mut fragments: HashMap<&'a str, Uses<'a>> = HashMap::new();
        for fragment in &document.fragments {
            let uses = self.fragment(fragment);
            fragments.insert(fragment.name.text, uses);
        }
        let mut spread = HashSet::new();
        for (operation, uses) in document.operations.iter().zip(&operations) {
            let reached = variables::reached(uses, &fragments);
            self.variables_of(operation, uses, &reached, &fragments);
            spread.extend(reached);
        }
        for fragment in &document.fragments {
            if !spread.contains(fragment.name.text) {
                self.flaw(&[fragment.at], || format!("fragment \"{}\" is not used", fragment.name.text));
            }
        }
    }

    fn names(&mut self, document: &'a Document<'a>) {
        let mut first: HashMap<&str, Pos> = HashMap::new();
        for operation in &document.operations {
            let Some(name) = operation.name else {
                if document.operations.len() > 1 {
                    let message = "an operation without a name must be the only one of its document";
                    self.flaw(&[operation.at], || message.to_owned());
                }
                continue;
            };
            match first.get(name.text) {
                Some(before) => {
                    self.flaw(&[*before, name.at], || format!("there are two operations named \"{}\"", name.text));
                }
                None => {
                    first.insert(name.text, name.at);
                }
            }
        }
        first.clear();
        for Fragment { name, .. } in &document.fragments {
            match first.get(name.text) {
                Some(before) => {
                    self.flaw(&[*before, name.at], || format!("there are two fragments named \"{}\"", name.text));
                }
                None => {
                    first.insert(name.text, name.at);
                }
            }
        }
    }

    fn operation(&mut self, operation: &'a Operation<'a>) -> Uses<'a> {
        let root = self.types.root(operation.kind);
        if root.is_none() {
            self.flaw(&[operation.at], || match operation.kind {
                OperationType::Subscription => "subscriptions are not served over plain HTTP requests".to_owned(),
                kind => format!("the schema has nothing for a {kind}"),
            });
        }
        self.variable_definitions(operation);
        let location = match operation.kind {
            OperationType::Query => DirectiveLocation::Query,
            OperationType::Mutation => DirectiveLocation::Mutation,
            OperationType::Subscription => DirectiveLocation::Subscription,
        };
        self.directives(&operation.directives, location);
        let parent = root.and_then(|root| self.types.get(root));
        self.selections(&operation.selections, parent);
        if operation.kind == OperationType::Subscription && root.is_some() {
            self.single_root_field(operation);
        }
        std::mem::take(&mut self.uses)
    }

    fn fragment(&mut self, fragment: &'a Fragment<'a>) -> Uses<'a> {
        let parent = self.condition(fragment.on);
        self.directives(&fragment.directives, DirectiveLocation::FragmentDefinition);
        self.selections(&fragment.selections, parent);
        std::mem::take(&mut self.uses)
    }

    /// The type of a type condition, which must be one that has fields.
    fn condition(&mut self, on: Name<'a>) -> Parent<'a> {
        let known = self.known_type(on)?;
        if !known.1.is_composite() {
            self.flaw(&[on.at], || format!("a fragment cannot be on \"{}\", which has no fields", on.text));
            return None;
        }
        Some(known)
    }

    fn known_type(&mut self, name: Name<'a>) -> Parent<'a> {
        let known = self.types.get(name.text);
        if known.is_none() {
            let (types, suggestions) = (self.types, self.suggestions);
            self.flaw(&[name.at], || {
                format!("Unknown type \"{}\".{}", name.text, alike(suggestions, name.text, types.names()))
            });
        }
        known
    }

    fn selections(&mut self, set: &'a SelectionSet<'a>, parent: Parent<'a>) {
        for selection in &set.items {
            match selection {
                Selection::Field(field) => self.field(field, parent),
                Selection::Spread(spread) => self.spread(spread, parent),
                Selection::Inline(inline) => self.inline(inline, parent),
            }
        }
    }

    fn field(&mut self, field: &'a Field<'a>, parent: Parent<'a>) {
        let known = parent.and_then(|(on, _)| self.types.field(on, field.name.text));
        if let (Some((on, kind)), None) = (parent, known) {
            self.unknown_field(field, on, kind);
        }
        let place = Place::Argument { of: field.name.text };
        self.arguments(&field.arguments, known.map(|known| &known.arguments), place);
        if let Some(known) = known {
            let missing = required(&known.arguments, &field.arguments);
            for (argument, ty) in missing {
                self.flaw(&[field.at], || {
                    format!("field \"{}\" lacks the required argument \"{argument}\" of type \"{ty}\"", field.name.text)
                });
            }
        }
        self.directives(&field.directives, DirectiveLocation::Field);
        let kind = known.and_then(|known| self.types.get(&known.named));
        if let (Some(known), Some((_, kind))) = (known, kind) {
            self.leaf(field, known, kind);
        }
        if let Some(selections) = &field.selections {
            self.selections(selections, kind.filter(|(_, kind)| kind.is_composite()));
        }
    }

    fn unknown_field(&mut self, field: &'a Field<'a>, on: &'a TypeName, kind: &'a Kind) {
        let (types, suggestions, name) = (self.types, self.suggestions, field.name.text);
        self.flaw(&[field.at], || {
            let mut message = format!("Unknown field \"{name}\" on type \"{on}\".");
            // An interface or a union: those of its objects that have the field.
            let objects = types.possible(on).into_iter().flatten().map(TypeName::as_str);
            let mut having: Vec<&str> = objects
                .filter(|object| suggestions && *object != on.as_str() && types.field(object, name).is_some())
                .collect();
            having.sort_unstable();
            if having.is_empty() {
                let fields = kind.fields().into_iter().flat_map(|fields| fields.keys().map(TypeName::as_str));
                message += &alike(suggestions, name, fields);
            } else {
                having.truncate(5);
                message += &format!(" Did you mean to use an inline fragment on \"{}\"?", having.join("\", \""));
            }
            message
        });
    }

    /// What has fields needs a selection of them, and what has none takes no selection.
    fn leaf(&mut self, field: &'a Field<'a>, known: &'a OutputField, kind: &'a Kind) {
        let (name, ty) = (field.name.text, &known.ty);
        match &field.selections {
            Some(selections) if kind.is_leaf() => self.flaw(&[selections.at], || {
                format!("field \"{name}\" of type \"{ty}\" has no fields in it: take the selection away")
            }),
            None if !kind.is_leaf() => self.flaw(&[field.at], || {
                format!("field \"{name}\" of type \"{ty}\" needs a selection of its fields: write \"{name} {{ … }}\"")
            }),
            _ => {}
        }
    }

    fn spread(&mut self, spread: &'a Spread<'a>, parent: Parent<'a>) {
        let name = spread.name.text;
        self.uses.spreads.push(name);
        match self.fragments.get(name) {
            Some(fragment) => {
                let on = self.types.get(fragment.on.text).filter(|(_, kind)| kind.is_composite());
                if let Some((on, parent)) = self.apart(on, parent) {
                    self.flaw(&[spread.at], || {
                        format!("fragment \"{name}\" is on \"{on}\", which no \"{parent}\" can be")
                    });
                }
            }
            None => self.flaw(&[spread.name.at], || format!("Unknown fragment: \"{name}\"")),
        }
        self.directives(&spread.directives, DirectiveLocation::FragmentSpread);
    }

    fn inline(&mut self, inline: &'a Inline<'a>, parent: Parent<'a>) {
        let inside = match inline.on {
            Some(on) => self.condition(on),
            None => parent,
        };
        if let Some((on, parent)) = self.apart(inside, parent) {
            self.flaw(&[inline.at], || format!("the fragment is on \"{on}\", which no \"{parent}\" can be"));
        }
        self.directives(&inline.directives, DirectiveLocation::InlineFragment);
        self.selections(&inline.selections, inside);
    }

    /// The names of two types, when no object can be both.
    fn apart(&self, on: Parent<'a>, parent: Parent<'a>) -> Option<(&'a TypeName, &'a TypeName)> {
        let ((on, _), (parent, _)) = (on?, parent?);
        let (some, others) = (self.types.possible(on)?, self.types.possible(parent)?);
        (on != parent && some.is_disjoint(others)).then_some((on, parent))
    }

    fn directives(&mut self, directives: &'a [Directive<'a>], location: DirectiveLocation) {
        let mut first: HashMap<&str, Pos> = HashMap::new();
        for directive in directives {
            let name = directive.name.text;
            let (types, suggestions) = (self.types, self.suggestions);
            let known = types.directive(name);
            match known {
                None => self.flaw(&[directive.at], || {
                    format!("Unknown directive \"@{name}\".{}", alike(suggestions, name, types.directive_names()))
                }),
                Some(known) => {
                    if !known.locations.contains(&location) {
                        let place = name_of(location);
                        self.flaw(&[directive.at], || format!("directive \"@{name}\" cannot stand on {place}"));
                    }
                    match first.get(name) {
                        Some(before) if !known.repeatable => {
                            let at = [*before, directive.at];
                            self.flaw(&at, || format!("directive \"@{name}\" stands twice in one place"));
                        }
                        _ => {
                            first.insert(name, directive.at);
                        }
                    }
                    for (argument, ty) in required(&known.arguments, &directive.arguments) {
                        self.flaw(&[directive.at], || {
                            format!("directive \"@{name}\" lacks the required argument \"{argument}\" of type \"{ty}\"")
                        });
                    }
                }
            }
            let place = Place::DirectiveArgument { of: name };
            self.arguments(&directive.arguments, known.map(|known| &known.arguments), place);
        }
    }

    fn arguments(
        &mut self,
        arguments: &'a [Argument<'a>],
        known: Option<&'a IndexMap<TypeName, Input>>,
        place: Place<'a>,
    ) {
        // A list of the places of each, in the order of their first.
        let mut places: IndexMap<&str, Vec<Pos>> = IndexMap::new();
        for Argument { name, value } in arguments {
            places.entry(name.text).or_default().push(name.at);
            let input = known.and_then(|known| known.get(name.text));
            if let (Some(known), None) = (known, input) {
                let suggestions = self.suggestions;
                self.flaw(&[name.at], || {
                    let names = known.keys().map(TypeName::as_str);
                    format!("Unknown argument \"{}\" on {place}.{}", name.text, alike(suggestions, name.text, names))
                });
            }
            self.value(value, input, &place.with(name.text));
        }
        for (name, places) in places {
            if places.len() > 1 {
                self.flaw(&places, || format!("argument \"{name}\" of {place} stands {} times", places.len()));
            }
        }
    }
}

/// The arguments that must be given and are not, with their types.
fn required<'a>(known: &'a IndexMap<TypeName, Input>, given: &'a [Argument<'a>]) -> Vec<(&'a TypeName, &'a Type)> {
    let is_given = |name: &str| given.iter().any(|argument| argument.name.text == name);
    let required = known.iter().filter(|(name, input)| input.is_required() && !is_given(name));
    required.map(|(name, input)| (name, &input.ty)).collect()
}

fn name_of(location: DirectiveLocation) -> &'static str {
    match location {
        DirectiveLocation::Query => "a query",
        DirectiveLocation::Mutation => "a mutation",
        DirectiveLocation::Subscription => "a subscription",
        DirectiveLocation::Field => "a field",
        DirectiveLocation::FragmentDefinition => "the definition of a fragment",
        DirectiveLocation::FragmentSpread => "the spread of a fragment",
        DirectiveLocation::InlineFragment => "an inline fragment",
        DirectiveLocation::VariableDefinition => "the definition of a variable",
        _ => "anything in a request",
    }
}

/// " Did you mean …?", when some of the names are spelt alike.
fn alike<'n>(suggestions: bool, given: &str, names: impl Iterator<Item = &'n str>) -> String {
    const MOST: usize = 5;
    if !suggestions {
        return String::new();
    }
    let furthest = given.len() * 2 / 5 + 1;
    let near = names.filter(|name| !name.starts_with("__") && name.len().abs_diff(given.len()) <= furthest);
    let mut near: Vec<(usize, &str)> = near
        .map(|name| (strsim::damerau_levenshtein(&given.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= furthest)
        .collect();
    near.sort_unstable();
    let names: Vec<String> = near.into_iter().take(MOST).map(|(_, name)| format!("\"{name}\"")).collect();
    match &names[..] {
        [] => String::new(),
        [only] => format!(" Did you mean {only}?"),
        [first @ .., last] => format!(" Did you mean {} or {last}?", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::weights::Weights;
    use super::super::{Limits, Schema, read};

    fn said(document: &str) -> Vec<(String, Vec<(usize, usize)>)> {
        said_within(document, &Limits::default())
    }

    fn said_within(document: &str, limits: &Limits) -> Vec<(String, Vec<(usize, usize)>)> {
        let sdl = include_str!("../../../../web/conformance/schema.graphql");
        let schema = Schema::from_sdl(sdl, &Weights::default(), true).expect("the schema can be read");
        let errors = read(document, &schema, limits).err().unwrap_or_default();
        let places = |places: &[async_graphql::Pos]| places.iter().map(|place| (place.line, place.column)).collect();
        errors.into_iter().map(|error| (error.message, places(&error.locations))).collect()
    }

    /// Of each rule, at the places that graphql-js names.
    #[test]
    fn each_rule_says_what_is_wrong_and_where() {
        const OTHER: &str = "; give one of them another name, such as \"other: …\"";
        for (document, expected) in [
            (
                "query A { robot { id } } query A { robot { id } }",
                vec![("there are two operations named \"A\"".to_owned(), vec![(1, 7), (1, 32)])],
            ),
            (
                "{ robot { id } } query B { robot { id } }",
                vec![("an operation without a name must be the only one of its document".to_owned(), vec![(1, 1)])],
            ),
            (
                "subscription { ticks ... on Subscription { again: ticks } }",
                vec![("a subscription must have one root field only".to_owned(), vec![(1, 44)])],
            ),
            (
                "subscription { ticks @skip(if: true) }",
                vec![("a subscription takes no \"@skip\" or \"@include\" on its root field".to_owned(), vec![(1, 22)])],
            ),
            (
                "subscription { __typename }",
                vec![("a subscription cannot be of \"__typename\"".to_owned(), vec![(1, 16)])],
            ),
            (
                "{ robot { idd } }",
                vec![("Unknown field \"idd\" on type \"Robot\". Did you mean \"id\"?".to_owned(), vec![(1, 11)])],
            ),
            (
                "{ named { age } }",
                vec![("Unknown field \"age\" on type \"Named\". Did you mean to use an inline fragment on \"Person\", \"Robot\"?".to_owned(), vec![(1, 11)])],
            ),
            (
                "{ robot { id { x } } }",
                vec![("field \"id\" of type \"ID!\" has no fields in it: take the selection away".to_owned(), vec![(1, 14)])],
            ),
            (
                "{ robot }",
                vec![("field \"robot\" of type \"Robot\" needs a selection of its fields: write \"robot { … }\"".to_owned(), vec![(1, 3)])],
            ),
            (
                "{ a: robot { id } a: person { id } }",
                vec![(format!("two fields \"a\" cannot be answered as one: they are the fields \"robot\" and \"person\"{OTHER}"), vec![(1, 3), (1, 19)])],
            ),
            (
                "{ robot { name } ...F } fragment F on Query { robot { name(short: true) } }",
                vec![(format!("two fields \"name\" cannot be answered as one: their arguments differ{OTHER}"), vec![(1, 11), (1, 55)])],
            ),
            (
                "{ robot { best { a: id } } robot { best { a: age } } }",
                vec![(format!("two fields \"a\" cannot be answered as one: their types are \"ID!\" and \"Float\"{OTHER}"), vec![(1, 18), (1, 43)])],
            ),
            (
                "{ node(id: 1) { ... on Cat { lives } ... on Dog { lives } } }",
                vec![(format!("two fields \"lives\" cannot be answered as one: their types are \"Int!\" and \"Int\"{OTHER}"), vec![(1, 30), (1, 51)])],
            ),
            (
                "{ anything { ... on Person { pets { __typename } } ... on Robot { pets { __typename } } } }",
                vec![(format!("two fields \"pets\" cannot be answered as one: their types are \"[Pet]\" and \"Pet\"{OTHER}"), vec![(1, 30), (1, 67)])],
            ),
            (
                "{ anything { ... on Person { best { size } } ... on Robot { best { size } } } }",
                vec![(format!("two fields \"size\" cannot be answered as one: their types are \"Size\" and \"Colour\"{OTHER}"), vec![(1, 37), (1, 68)])],
            ),
            (
                "{ named { peers(frist: 1) { name } } }",
                vec![("Unknown argument \"frist\" on \"peers\". Did you mean \"first\"?".to_owned(), vec![(1, 17)])],
            ),
            (
                "{ named { peers(first: 1, first: 2) { name } } }",
                vec![("argument \"first\" of \"peers\" stands 2 times".to_owned(), vec![(1, 17), (1, 27)])],
            ),
            (
                "{ node { id } }",
                vec![("field \"node\" lacks the required argument \"id\" of type \"ID!\"".to_owned(), vec![(1, 3)])],
            ),
            (
                "{ robot { id } } fragment F on Robot { id }",
                vec![("fragment \"F\" is not used".to_owned(), vec![(1, 18)])],
            ),
            (
                "{ robot { ...F ...F } } fragment F on Robot { id } fragment F on Robot { age }",
                vec![("there are two fragments named \"F\"".to_owned(), vec![(1, 34), (1, 61)])],
            ),
            (
                "{ robot { ...F } }",
                vec![("Unknown fragment: \"F\"".to_owned(), vec![(1, 14)])],
            ),
            (
                "{ robot { ... on Robt { id } } }",
                vec![("Unknown type \"Robt\". Did you mean \"Robot\"?".to_owned(), vec![(1, 18)])],
            ),
            (
                "{ robot { ... on Colour { id } } }",
                vec![("a fragment cannot be on \"Colour\", which has no fields".to_owned(), vec![(1, 18)])],
            ),
            (
                "{ robot { ... on Cat { id } } }",
                vec![("the fragment is on \"Cat\", which no \"Robot\" can be".to_owned(), vec![(1, 11)])],
            ),
            (
                "{ named { ...F } } fragment F on Cat { id }",
                vec![("fragment \"F\" is on \"Cat\", which no \"Named\" can be".to_owned(), vec![(1, 11)])],
            ),
            (
                "{ draw(from: { x: 1.5 }) }",
                vec![("argument \"from\" of \"draw\".x must be an Int from -2147483648 to 2147483647, found 1.5".to_owned(), vec![(1, 19)])],
            ),
            (
                "{ draw(from: { x: 2147483648 }) }",
                vec![("argument \"from\" of \"draw\".x must be an Int from -2147483648 to 2147483647, found 2147483648".to_owned(), vec![(1, 19)])],
            ),
            (
                "{ draw(from: { y: 1 }) }",
                vec![("argument \"from\" of \"draw\" lacks the required field \"x\"".to_owned(), vec![(1, 14)])],
            ),
            (
                "{ draw(from: { x: 1, z: 2 }) }",
                vec![("argument \"from\" of \"draw\" has a field \"z\" that \"Point\" does not have. Did you mean \"x\" or \"y\"?".to_owned(), vec![(1, 22)])],
            ),
            (
                "{ draw(from: { x: 1, x: 2 }) }",
                vec![("argument \"from\" of \"draw\" has the key \"x\" twice".to_owned(), vec![(1, 16), (1, 22)])],
            ),
            (
                "{ draw(from: { x: 1, y: null }) }",
                vec![("argument \"from\" of \"draw\".y must be a \"Float!\", found null".to_owned(), vec![(1, 25)])],
            ),
            (
                "{ draw(from: { x: 1, path: [[1], [null]] }) }",
                vec![("argument \"from\" of \"draw\".path[1][0] must be a \"Int!\", found null".to_owned(), vec![(1, 35)])],
            ),
            (
                "{ draw(from: { x: 1, label: [[\"a\"]] }) }",
                vec![("argument \"from\" of \"draw\".label must be a value of the type \"String\", found a list".to_owned(), vec![(1, 29)])],
            ),
            (
                "{ named { peers(colours: [\"RED\"]) { name } } }",
                vec![("argument \"colours\" of \"peers\"[0] must be a value of the enum \"Colour\", found \"RED\"".to_owned(), vec![(1, 27)])],
            ),
            (
                "{ find(by: {}) { id } }",
                vec![("argument \"by\" of \"find\" takes exactly one of colours, id, name, point, not null; found none".to_owned(), vec![(1, 12)])],
            ),
            (
                "{ find(by: { id: 1, name: \"a\" }) { id } }",
                vec![("argument \"by\" of \"find\" takes exactly one of colours, id, name, point, not null; found id and name".to_owned(), vec![(1, 12)])],
            ),
            (
                "{ find(by: { name: null }) { id } }",
                vec![("argument \"by\" of \"find\" takes exactly one of colours, id, name, point, not null; found name, which is null".to_owned(), vec![(1, 12)])],
            ),
            (
                "query ($a: ID) { look(by: { id: $a }) { __typename } }",
                vec![("variable \"$a\" of type \"ID\" may be left out or null, but \"Key\" takes exactly one key, not null: make it \"ID!\"".to_owned(), vec![(1, 8), (1, 33)])],
            ),
            (
                "{ robot @unknown { id } }",
                vec![("Unknown directive \"@unknown\".".to_owned(), vec![(1, 9)])],
            ),
            (
                "query @skip(if: true) { robot { id } }",
                vec![("directive \"@skip\" cannot stand on a query".to_owned(), vec![(1, 7)])],
            ),
            (
                "{ robot @include(if: true) @include(if: true) { id } }",
                vec![("directive \"@include\" stands twice in one place".to_owned(), vec![(1, 9), (1, 28)])],
            ),
            (
                "{ robot @include { id } }",
                vec![("directive \"@include\" lacks the required argument \"if\" of type \"Boolean!\"".to_owned(), vec![(1, 9)])],
            ),
            (
                "{ robot @include(if: 1) { id } }",
                vec![("argument \"if\" of \"@include\" must be a value of the type \"Boolean\", found 1".to_owned(), vec![(1, 22)])],
            ),
            (
                "query ($a: Int!) { robot @skip(if: $a) { id } }",
                vec![("variable \"$a\" of type \"Int!\" stands where \"Boolean!\" is wanted".to_owned(), vec![(1, 8), (1, 36)])],
            ),
            (
                "query ($a: Int, $a: Int) { named { peers(first: $a) { name } } }",
                vec![("variable \"$a\" is defined 2 times".to_owned(), vec![(1, 9), (1, 18)])],
            ),
            (
                "query ($a: Robot) { named(name: $a) { name } }",
                vec![("variable \"$a\" cannot be of type \"Robot\", which is none for input".to_owned(), vec![(1, 12)]), ("variable \"$a\" of type \"Robot\" stands where \"String\" is wanted".to_owned(), vec![(1, 8), (1, 33)])],
            ),
            (
                "query ($a: Colr) { named(name: $a) { name } }",
                vec![("Unknown type \"Colr\". Did you mean \"Colour\"?".to_owned(), vec![(1, 12)])],
            ),
            (
                "query Q { named(name: $a) { name } }",
                vec![("variable \"$a\" of operation \"Q\" is not defined".to_owned(), vec![(1, 23), (1, 1)])],
            ),
            (
                "query ($a: Int) { robot { id } }",
                vec![("variable \"$a\" is not used".to_owned(), vec![(1, 8)])],
            ),
            (
                "query ($a: String) { node(id: $a) { id } }",
                vec![("variable \"$a\" of type \"String\" stands where \"ID!\" is wanted".to_owned(), vec![(1, 8), (1, 31)])],
            ),
            (
                "query ($a: [String]) { look(also: { name: \"a\" }, by: { colours: $a }) { __typename } }",
                vec![("variable \"$a\" of type \"[String]\" stands where \"[Colour!]\" is wanted".to_owned(), vec![(1, 8), (1, 65)]), ("variable \"$a\" of type \"[String]\" may be left out or null, but \"Key\" takes exactly one key, not null: make it \"[String]!\"".to_owned(), vec![(1, 8), (1, 65)])],
            ),
            (
                "query ($a: ID) { nodes(ids: [$a]) { id } }",
                vec![("variable \"$a\" of type \"ID\" stands where \"ID!\" is wanted".to_owned(), vec![(1, 8), (1, 30)])],
            ),
            (
                "query ($a: Int = null) { draw(from: { x: $a }) }",
                vec![("variable \"$a\" of type \"Int\" stands where \"Int!\" is wanted".to_owned(), vec![(1, 8), (1, 42)])],
            ),
            (
                "query ($a: Int = \"one\") { named { peers(first: $a) { name } } }",
                vec![("the default of \"$a\" must be an Int from -2147483648 to 2147483647, found \"one\"".to_owned(), vec![(1, 18)])],
            ),
        ] {
            assert_eq!(said(document), expected, "{document}");
        }
    }

    #[test]
    fn what_the_rules_allow_is_taken() {
        for document in [
            "{ robot { best { name } ...F } } fragment F on Robot { best { name age } }",
            "{ node(id: 1) { ... on Cat { lives } ... on Dog { friend { __typename } } } }",
            "{ anything { ... on Person { size } ... on Robot { other: size } } }",
            "{ named { ... on Person { a: age } ... on Robot { b: age } ... on Node { id } } }",
            "{ a: draw(from: { x: 1, y: 2 }) a: draw(from: { y: 2, x: 1 }) }",
            "query ($a: Int) { named { peers(first: $a) { name } } }",
            "query ($a: Int = 1) { draw(from: { x: $a }) }",
            "query ($a: Float) { draw(from: { x: 1, y: $a }) }",
            "query ($a: [Colour!]!) { named { peers(colours: $a) { name } } }",
            "query ($a: ID!) { find(by: { id: $a }) { id } }",
            "query ($a: String!) { named(name: $a) { name } }",
            "query ($a: Boolean = false) { robot @skip(if: $a) { id } }",
            "{ everything(matrix: [[1, null], [2], null, 3]) { __typename } }",
            "{ everything(colours: RED, matrix: 3) { __typename } }",
            "{ draw(from: { x: -0, path: [1, [2]] }, at: { any: [1, \"a\", B] }, scale: 1) }",
            "{ node(id: 123456789012345678901234567890) { id } }",
            "query @tag(name: \"a\") @tag(name: \"b\") { robot { id } }",
            "subscription { ticks ... on Subscription { ticks } }",
            "\"A\" query A(\"Which\" $a: ID!) { node(id: $a) { ...F } } \"\"\" B \"\"\" fragment F on Node { id }",
            "{ __schema { types { fields(includeDeprecated: true) { name } } } __type(name: \"Node\") { isOneOf } }",
        ] {
            assert_eq!(said(document), [], "{document}");
        }
    }

    #[test]
    fn objects_of_one_interface_are_not_combined_for_ever() {
        use std::fmt::Write as _;

        // Each level has three fragments, for any object, a person and a robot, and each leads to other fragments below.
        let mut document = "{ named { ...A0 ...B0 ...C0 } }".to_owned();
        const LEVELS: usize = 14;
        for level in 0..LEVELS {
            let (next, last) = (level + 1, level + 1 == LEVELS);
            let inside = |names: String| if last { "__typename".to_owned() } else { format!("best {{ {names} }}") };
            let write = write!(
                document,
                " fragment A{level} on Named {{ {} }} fragment B{level} on Person {{ {} }} fragment C{level} on Robot {{ {} }}",
                inside(format!("...A{next} ...B{next} ...C{next}")),
                inside(format!("...D{next}x{level}")),
                inside(format!("...E{next}x{level}")),
            );
            write.expect("a string");
        }
        for start in 0..LEVELS - 1 {
            for (name, level) in
                ["D", "E"].into_iter().flat_map(|name| (start + 1..LEVELS).map(move |level| (name, level)))
            {
                let inside = if level + 1 < LEVELS {
                    format!("best {{ ...{name}{}x{start} }}", level + 1)
                } else {
                    "__typename".to_owned()
                };
                write!(document, " fragment {name}{level}x{start} on Named {{ {inside} }}").expect("a string");
            }
        }
        let limits = Limits { tokens: 10_000, depth: 20, nesting: 100, ..Limits::default() };
        let errors = said_within(&document, &limits);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].0.starts_with("the fields of the document overlap in too many ways"), "{errors:?}");
    }
}
