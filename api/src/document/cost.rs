//! What a request may cost, known before it is run: about the number of values that its answer can hold. Lists multiply what is
//! inside them, by the length that is asked for or that they usually have; fields that are more work than their value count for more.
//! Fields are collected as the engine does: what is selected twice is answered once, and an object of a union or an interface is of one
//! of its types, so that the most expensive counts.
//!
//! Time grows with the length of the text, because each selection is weighed once for a type: what it costs is linear in the size of the
//! page that it is in.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Pos, ServerError, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::limits::{excess, grouped};
use super::types::{OutputField, Types};
use super::weights::{Size, USUAL_LENGTH, USUAL_PAGE};
use super::{Limits, error};

/// What each value of a list that is passed costs. A filter is written out wherever it is used, up to eight times, and a statement
/// takes 32,766 parameters.
const PER_GIVEN_VALUE: u64 = 5;

/// What a list costs more when it is filtered: rows are looked at that are not answered.
const FILTERED: u64 = 50;

/// What one operation costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) value: u64,
    /// Whether other variables can give another cost.
    pub(super) varies: bool,
}

/// The cost of an operation with these variables; an error when a page is larger than pages may be.
pub(super) fn of(
    types: &Types,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    limits: &Limits,
) -> Result<Cost, ServerError> {
    let scale = Scale {
        types,
        document,
        operation,
        variables,
        page_size: limits.page_size,
        varies: Cell::new(false),
        known: HashMap::new(),
    };
    scale.measured()
}

/// The root fields of an operation with these variables: the key that each is answered under, and its name.
pub(super) fn root_fields<'d>(
    types: &'d Types,
    document: &'d ExecutableDocument,
    operation: &'d OperationDefinition,
    variables: &'d Variables,
) -> Vec<(&'d Name, &'d Name)> {
    let scale =
        Scale { types, document, operation, variables, page_size: 0, varies: Cell::new(false), known: HashMap::new() };
    let (mut collected, root) = (Collected::new(), types.root(operation.ty));
    scale.collect(root, &operation.selection_set.node, &mut HashSet::new(), &mut collected);
    collected.into_iter().filter_map(|(key, fields)| Some((key, &fields.first()?.name.node))).collect()
}

/// Refuses what costs more than the limit.
pub(super) fn check(cost: u64, limits: &Limits) -> Result<(), ServerError> {
    if cost <= limits.cost {
        return Ok(());
    }
    let message = format!(
        "the request may cost {}, the limit is {}: ask for fewer items, or for less inside of lists",
        grouped(cost),
        grouped(limits.cost)
    );
    Err(excess("QUERY_TOO_EXPENSIVE", message, cost, limits.cost, None))
}

/// What a selection costs: something once, something for each item of the page that it stands in, and something if that page is filtered.
#[derive(Debug, Clone, Copy, Default)]
struct Linear {
    once: u64,
    per_item: u64,
    if_filtered: u64,
}

impl Linear {
    fn add(self, other: Self) -> Self {
        Self {
            once: self.once.saturating_add(other.once),
            per_item: self.per_item.saturating_add(other.per_item),
            if_filtered: self.if_filtered.saturating_add(other.if_filtered),
        }
    }

    fn max(self, other: Self) -> Self {
        Self {
            once: self.once.max(other.once),
            per_item: self.per_item.max(other.per_item),
            if_filtered: self.if_filtered.max(other.if_filtered),
        }
    }

    fn in_page_of(self, size: u64) -> u64 {
        self.once.saturating_add(self.per_item.saturating_mul(size))
    }
}

struct Scale<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    page_size: u64,
    varies: Cell<bool>,
    /// By type, and the places of the selections that are merged.
    known: HashMap<(Option<&'a Name>, Vec<*const SelectionSet>), Linear>,
}

/// The fields of an object by the keys that they are answered under.
type Collected<'a> = IndexMap<&'a Name, Vec<&'a Field>>;

impl<'a> Scale<'a> {
    fn measured(mut self) -> Result<Cost, ServerError> {
        let root = self.types.root(self.operation.ty);
        let sum = self.weigh(root, &[&self.operation.selection_set.node])?;
        Ok(Cost { value: sum.in_page_of(USUAL_PAGE), varies: self.varies.get() })
    }

    fn weigh(&mut self, on: Option<&'a Name>, sets: &[&'a SelectionSet]) -> Result<Linear, ServerError> {
        let types = self.types;
        let Some(members) = on.and_then(|on| types.possible(on)) else { return self.weigh_object(on, sets) };
        let mut most = Linear::default();
        for member in members {
            most = most.max(self.weigh_object(Some(member), sets)?);
        }
        Ok(most)
    }

    fn weigh_object(&mut self, on: Option<&'a Name>, sets: &[&'a SelectionSet]) -> Result<Linear, ServerError> {
        let key = (on, sets.iter().map(|set| std::ptr::from_ref(*set)).collect());
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let mut collected = Collected::new();
        let mut spread = HashSet::new();
        sets.iter().for_each(|set| self.collect(on, set, &mut spread, &mut collected));
        let mut sum = Linear::default();
        for fields in collected.values() {
            sum = sum.add(self.field(on, fields)?);
        }
        self.known.insert(key, sum);
        Ok(sum)
    }

    /// As CollectFields of the specification does. Fragments have been found to be free of cycles.
    fn collect(
        &self,
        on: Option<&Name>,
        set: &'a SelectionSet,
        spread: &mut HashSet<&'a Name>,
        collected: &mut Collected<'a>,
    ) {
        let is_one = |on: &Name, of: &Name| self.types.possible(of).is_some_and(|members| members.contains(on));
        let applies = |condition: &Name| on.is_none_or(|on| is_one(on, condition));
        for item in &set.items {
            if self.is_left_out(&item.node) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    collected.entry(&field.node.response_key().node).or_default().push(&field.node);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    if condition.is_none_or(applies) {
                        self.collect(on, &inline.node.selection_set.node, spread, collected);
                    }
                }
                Selection::FragmentSpread(name) => {
                    let name = &name.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name).filter(|_| spread.insert(name)) else {
                        continue;
                    };
                    if applies(&fragment.node.type_condition.node.on.node) {
                        self.collect(on, &fragment.node.selection_set.node, spread, collected);
                    }
                }
            }
        }
    }

    /// Fields that are answered under one key: they have the same arguments, and what is selected in them is merged.
    fn field(&mut self, on: Option<&'a Name>, fields: &[&'a Field]) -> Result<Linear, ServerError> {
        let Some(field) = fields.first() else { return Ok(Linear::default()) };
        let name = field.name.node.as_str();
        // Introspection has a budget of its own; `__typename` costs no more than writing it.
        if name.starts_with("__") {
            return Ok(Linear { once: 1, ..Linear::default() });
        }
        let types = self.types;
        let Some(known) = on.and_then(|on| types.field(on, name)) else {
            return Ok(Linear { once: 1, ..Linear::default() });
        };
        let asked = self.asked(known, field)?;
        let sets: Vec<_> = fields.iter().map(|field| &field.selection_set.node).collect();
        let inside = self.weigh(Some(&known.named), &sets)?;
        let given: u64 = field.arguments.iter().map(|(_, value)| self.given(&value.node)).sum();
        // A heavy field is heavy once, however long the list is that it answers.
        let once = given.saturating_mul(PER_GIVEN_VALUE).saturating_add(known.weight.saturating_sub(1));
        let filtered = self.filtered(known, field);
        let once = once.saturating_add(if filtered { FILTERED.saturating_add(inside.if_filtered) } else { 0 });
        let own = Linear { once, per_item: 0, if_filtered: known.of_filtered };
        // Inside an item of a list that has no page of its own, pages are the usual ones.
        let page = asked.filter(|_| !known.list).unwrap_or(USUAL_PAGE);
        let each = inside.in_page_of(page).saturating_add(1);
        let times = |size: u64| Linear { once: each.saturating_mul(size), ..Linear::default() };
        Ok(own.add(match (known.list, asked, known.size) {
            (false, ..) => times(1),
            (true, Some(size), _) | (true, None, Some(Size::Usually(size))) => times(size),
            (true, None, Some(Size::Page)) => Linear { per_item: each, ..Linear::default() },
            (true, None, _) => times(USUAL_LENGTH),
        }))
    }

    /// Whether a field has a filter that holds anything.
    fn filtered(&self, known: &OutputField, field: &'a Field) -> bool {
        let holds = |value: &ConstValue| match value {
            ConstValue::Object(fields) => fields.values().any(|value| *value != ConstValue::Null),
            _ => false,
        };
        known.takes("filter") && self.argument(known, field, "filter").0.as_ref().is_some_and(holds)
    }

    /// How many items the arguments of a field ask for.
    fn asked(&self, known: &OutputField, field: &'a Field) -> Result<Option<u64>, ServerError> {
        let mut asked = None;
        for argument in ["first", "last"] {
            if !known.takes(argument) {
                continue;
            }
            let (value, at) = self.argument(known, field, argument);
            let Some(ConstValue::Number(number)) = value else {
                continue;
            };
            let number = number.as_i64().unwrap_or(i64::MAX);
            let limit = i64::try_from(self.page_size).unwrap_or(i64::MAX);
            // As what is less than 1, it is refused by the field itself, and costs what a refusal does.
            let is_refused =
                self.types.largest_page.is_some_and(|most| number > i64::try_from(most).unwrap_or(i64::MAX));
            if is_refused {
                asked = asked.max(Some(0));
                continue;
            }
            if number > limit {
                let message = format!("`{argument}` is {number}; ask for 1 to {limit} items and page with cursors");
                let mut refusal = error("BAD_USER_INPUT", message, at);
                let extensions = refusal.extensions.get_or_insert_default();
                extensions.set("argument", argument);
                extensions.set("value", number);
                extensions.set("limit", limit);
                return Err(refusal);
            }
            asked = asked.max(Some(u64::try_from(number).unwrap_or(0)));
        }
        if let Some(Size::Argument(argument)) = known.size {
            let size = match self.argument(known, field, argument).0 {
                Some(ConstValue::List(items)) => items.len() as u64,
                _ => 1,
            };
            asked = asked.max(Some(size));
        }
        let pages = known.takes("first") || known.takes("last");
        Ok(asked.or(pages.then_some(USUAL_PAGE)))
    }

    /// How many values the lists of an argument have.
    fn given(&self, value: &Value) -> u64 {
        match value {
            Value::Variable(name) if self.is_single(name) => 0,
            Value::Variable(name) => self.variable(name).map_or(0, |value| elements(&value)),
            Value::List(items) => items.len() as u64 + items.iter().map(|item| self.given(item)).sum::<u64>(),
            Value::Object(fields) => fields.values().map(|value| self.given(value)).sum(),
            _ => 0,
        }
    }

    /// Whether a variable is no list and has none in it.
    fn is_single(&self, name: &Name) -> bool {
        let definitions = &self.operation.variable_definitions;
        let definition = definitions.iter().find(|definition| definition.node.name.node == *name);
        definition.is_some_and(|definition| self.types.is_single(&definition.node.var_type.node))
    }

    /// The value of an argument: as it is given, by a variable, by the variable's default or by the argument's.
    fn argument(&self, known: &OutputField, field: &'a Field, name: &str) -> (Option<ConstValue>, Option<Pos>) {
        let default = || known.default_of(name).cloned();
        let Some(given) = field.get_argument(name) else {
            return (default(), None);
        };
        let value = match &given.node {
            Value::Variable(variable) => self.variable(variable).or_else(default),
            other => other.clone().into_const_with(|variable| self.variable(&variable).ok_or(())).ok(),
        };
        (value, Some(given.pos))
    }

    fn variable(&self, name: &Name) -> Option<ConstValue> {
        self.varies.set(true);
        if let Some(value) = self.variables.get(name) {
            return Some(value.clone());
        }
        let definitions = &self.operation.variable_definitions;
        let definition = definitions.iter().find(|definition| definition.node.name.node == *name)?;
        definition.node.default_value.as_ref().map(|value| value.node.clone())
    }

    fn is_left_out(&self, selection: &Selection) -> bool {
        selection.directives().iter().any(|directive| {
            let left_out_if = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return false,
            };
            match directive.node.get_argument("if").map(|value| &value.node) {
                Some(Value::Boolean(value)) => *value == left_out_if,
                Some(Value::Variable(name)) => self.variable(name) == Some(ConstValue::Boolean(left_out_if)),
                _ => false,
            }
        })
    }
}

fn elements(value: &ConstValue) -> u64 {
    match value {
        ConstValue::List(items) => items.len() as u64 + items.iter().map(elements).sum::<u64>(),
        ConstValue::Object(fields) => fields.values().map(elements).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::super::weights::Weights;
    use super::*;

    const SDL: &str = "
        interface Node { id: ID! }
        union Block = Paragraph | Picture | Album
        type Query {
          node: Node
          blocks(first: Int = 10): [Block!]!
          articles(filter: Filter, first: Int, last: Int): ArticleConnection!
          ranking(first: Int = 7): Ranking!
          topStories(first: Int = 5): [Article!]!
          sections: [Section!]!
          nodes(ids: [ID!]!): [Article]!
          search: Article
          suggest(first: Int = 8): [Article!]!
        }
        type ArticleConnection { edges: [Edge!]! nodes: [Article!]! totalCount: Int! }
        type Edge { node: Article! cursor: String! }
        type Ranking { computedAt: String! entries: [Article!]! }
        type Section implements Node { id: ID! name: String! articles(first: Int): ArticleConnection! }
        type Paragraph { text: String! }
        type Picture { src: String! text: String! }
        type Album { pictures(first: Int = 4): [Picture!]! }
        type Article implements Node { id: ID! slug: String! section: Section! tags: [String!]! related(first: Int = 5): [Article!]! }
        input Filter { urgencyAtMost: Int languages: [String!] }
        schema { query: Query }
    ";
    const WEIGHTS: Weights = Weights {
        sizes: &[
            ("Query.sections", Size::Usually(20)),
            ("Ranking.entries", Size::Page),
            ("Query.nodes", Size::Argument("ids")),
        ],
        costs: &[("Query.search", 50), ("Query.suggest", 100), ("ArticleConnection.totalCount", 20)],
        largest_page: None,
        of_filtered: &[("ArticleConnection.totalCount", 400)],
    };

    fn measured(query: &str, variables: serde_json::Value) -> Result<Cost, ServerError> {
        measured_with(&WEIGHTS, query, variables)
    }

    fn measured_with(weights: &Weights, query: &str, variables: serde_json::Value) -> Result<Cost, ServerError> {
        let types = Types::from_sdl(SDL, weights).expect("it is SDL");
        let document = parse_query(query).expect("it is a query");
        let variables = Variables::from_json(variables);
        let operation = super::super::operation(&document, None).expect("there is one");
        of(&types, &document, &operation.node, &variables, &Limits::default())
    }

    fn cost(query: &str) -> u64 {
        measured(query, serde_json::json!({})).expect("its pages are no larger than pages may be").value
    }

    #[test]
    fn a_field_costs_one_and_a_page_what_its_items_do() {
        assert_eq!(cost("{ __typename }"), 1);
        // The connection, and for each of the nodes itself and its slug.
        assert_eq!(cost("{ articles(first: 10) { nodes { slug } } }"), 1 + 10 * 2);
        assert_eq!(cost("{ articles(last: 3) { edges { cursor node { slug } } } }"), 1 + 3 * 4);
        assert_eq!(cost("{ articles { nodes { slug } } }"), 1 + 20 * 2);
        assert_eq!(cost("{ ranking { computedAt entries { slug } } }"), 1 + 1 + 7 * 2);
        assert_eq!(cost("{ topStories { slug } }"), 5 * 2);
        assert_eq!(cost("{ sections { name } }"), 20 * 2);
        assert_eq!(cost("{ topStories(first: 1) { tags } }"), 1 + 10);
    }

    #[test]
    fn lists_multiply_through_nesting() {
        let inner = 1 + 100 * 2;
        assert_eq!(cost("{ sections { articles(first: 100) { nodes { slug } } } }"), 20 * (1 + inner));
        let query = "{ articles(first: 50) { nodes { section { articles(first: 100) { nodes { slug } } } } } }";
        assert_eq!(cost(query), 1 + 50 * (1 + 1 + inner));
        assert_eq!(
            cost("{ topStories(first: 10) { related(first: 10) { related { slug } } } }"),
            10 * (1 + 10 * (1 + 5 * 2))
        );
    }

    #[test]
    fn what_is_filtered_costs_more_and_so_does_counting_it() {
        let plain = 1 + 3 * 2;
        let list = |filter: &str, inside: &str| cost(&format!("{{ articles({filter} first: 3) {{ {inside} }} }}"));
        assert_eq!(list("", "nodes { slug }"), plain);
        assert_eq!(list("filter: null", "nodes { slug }"), plain);
        assert_eq!(list("filter: {}", "nodes { slug }"), plain);
        assert_eq!(list("filter: { urgencyAtMost: 3 }", "nodes { slug }"), plain + FILTERED);
        assert_eq!(list("", "totalCount"), 1 + 20);
        assert_eq!(list("filter: { urgencyAtMost: 3 }", "totalCount"), 1 + 20 + FILTERED + 400);
        assert_eq!(
            list("filter: { languages: [\"en\", \"de\"] }", "... { totalCount }"),
            1 + 20 + FILTERED + 400 + 2 * PER_GIVEN_VALUE
        );
        let query =
            "query ($f: Filter) { articles(filter: $f) { ...C } } fragment C on ArticleConnection { totalCount }";
        let with = |variables| measured(query, variables).expect("it has a cost");
        assert_eq!(with(serde_json::json!({ "f": null })), Cost { value: 21, varies: true });
        assert_eq!(with(serde_json::json!({ "f": { "urgencyAtMost": 1 } })), Cost { value: 471, varies: true });
        // The filter of a list around it is nothing to the one inside.
        let nested = cost(
            "{ articles(filter: { urgencyAtMost: 3 }, first: 1) { nodes { section { articles(first: 1) { totalCount } } } } }",
        );
        assert_eq!(nested, 1 + FILTERED + 1 + 1 + 21);
    }

    #[test]
    fn heavy_fields_cost_more_wherever_they_stand() {
        assert_eq!(cost("{ search { slug } }"), 50 + 1);
        assert_eq!(cost("{ suggest(first: 10) { slug } }"), 99 + 10 * 2);
        assert_eq!(cost("{ sections { articles(first: 1) { totalCount } } }"), 20 * (1 + 1 + 20));
    }

    #[test]
    fn fragments_and_aliases_cost_as_if_written_out() {
        let written = cost(
            "{ a: articles(first: 9) { nodes { slug } totalCount } b: articles(first: 3) { nodes { slug } totalCount } }",
        );
        let spread = cost(
            "{ a: articles(first: 9) { ...P } b: articles(first: 3) { ...P } } fragment P on ArticleConnection { ... { nodes { slug } } totalCount }",
        );
        assert_eq!(spread, written);
        let bomb: String = (0..60)
            .map(|i| format!("fragment F{i} on Article {{ related(first: 100) {{ ...F{} }} }} ", i + 1))
            .collect();
        assert_eq!(cost(&format!("{{ topStories {{ ...F0 }} }} {bomb} fragment F60 on Article {{ slug }}")), u64::MAX);
    }

    #[test]
    fn a_value_of_a_union_or_interface_is_of_its_most_expensive_type() {
        let picture = "... on Picture { src text }";
        let album = "... on Album { pictures { src } }";
        assert_eq!(cost(&format!("{{ blocks {{ {picture} }} }}")), 10 * 3);
        assert_eq!(cost(&format!("{{ blocks {{ {album} }} }}")), 10 * (1 + 4 * 2));
        assert_eq!(
            cost(&format!("{{ blocks {{ __typename {picture} {album} ... on Paragraph {{ text }} }} }}")),
            10 * 10
        );
        // As fragments, one inside of another, and on the union itself.
        let fragments = "fragment A on Block { ...B ... on Album { ...C } } fragment B on Picture { src text } \
                         fragment C on Album { pictures { src } }";
        assert_eq!(cost(&format!("{{ blocks {{ ...A ... on Block {{ ...B }} }} }} {fragments}")), 10 * 9);
        let section = "... on Section { articles(first: 3) { totalCount } }";
        assert_eq!(cost(&format!("{{ node {{ id ... on Article {{ slug }} {section} }} }}")), 1 + 1 + 1 + 20);
        assert_eq!(cost("{ node { ... on Node { id } ... on Article { related(first: 2) { id } } } }"), 1 + 1 + 2 * 2);
    }

    #[test]
    fn what_is_selected_twice_is_answered_once() {
        let once = cost("{ articles(first: 9) { nodes { slug section { name } } } }");
        for twice in [
            "{ articles(first: 9) { nodes { slug } } articles(first: 9) { nodes { section { name } slug } } }",
            "{ articles(first: 9) { ...A ...A ...B } } fragment A on ArticleConnection { nodes { slug section { name } } } \
             fragment B on ArticleConnection { nodes { slug ... { section { name name } } } }",
            "{ ...A ... { ...A } } fragment A on Query { articles(first: 9) { nodes { slug section { name } } } }",
        ] {
            assert_eq!(cost(twice), once, "{twice}");
        }
        let aliased = cost("{ a: articles(first: 9) { nodes { slug } } b: articles(first: 9) { nodes { slug } } }");
        assert_eq!(aliased, 2 * cost("{ articles(first: 9) { nodes { slug } } }"));
        // What is merged through many levels is weighed in time that does not explode.
        let levels: String = (0..40)
            .map(|i| {
                let next = i + 1;
                format!(
                    "fragment F{i} on Article {{ related {{ ...F{next} }} related {{ ...F{next} ...G{next} }} }} \
                         fragment G{i} on Article {{ related {{ ...G{next} ...F{next} }} slug }} "
                )
            })
            .collect();
        let query = format!(
            "{{ topStories {{ ...F0 ...G0 }} }} {levels} fragment F40 on Article {{ slug }} fragment G40 on Article {{ slug }}"
        );
        assert_eq!(cost(&query), u64::MAX);
    }

    #[test]
    fn variables_and_defaults_count() {
        let query = "query ($n: Int = 3) { articles(first: $n) { nodes { slug } } }";
        let with = |variables| measured(query, variables).expect("it has a cost");
        assert_eq!(with(serde_json::json!({ "n": 40 })), Cost { value: 1 + 40 * 2, varies: true });
        assert_eq!(with(serde_json::json!({})), Cost { value: 1 + 3 * 2, varies: true });
        assert_eq!(with(serde_json::json!({ "n": null })), Cost { value: 1 + 20 * 2, varies: true });
        let query = "query ($n: Int) { ranking(first: $n) { entries { slug } } }";
        assert_eq!(measured(query, serde_json::json!({})).expect("it has a cost").value, 1 + 7 * 2);
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { slug } }";
        assert_eq!(
            measured(query, serde_json::json!({ "ids": ["a", "b"] })).expect("it has a cost").value,
            2 * 2 + 2 * 5
        );
        let fixed = measured("query ($a: ID!) { nodes(ids: [\"a\"]) { slug } }", serde_json::json!({ "a": 1 }));
        assert_eq!(fixed.expect("it has a cost"), Cost { value: 2 + 5, varies: false });
        let single = measured("query ($a: ID!) { nodes(ids: [$a]) { slug } }", serde_json::json!({ "a": 1 }));
        assert_eq!(single.expect("it has a cost").value, 2 + 5, "a variable that is no list costs nothing more");
    }

    #[test]
    fn what_is_skipped_costs_nothing() {
        let query = "query ($all: Boolean!) { sections @include(if: $all) { name } ranking(first: 1) @skip(if: true) { computedAt } }";
        assert_eq!(measured(query, serde_json::json!({ "all": false })).expect("it has a cost").value, 0);
        assert_eq!(measured(query, serde_json::json!({ "all": true })).expect("it has a cost").value, 40);
    }

    #[test]
    fn pages_have_a_largest_size() {
        assert_eq!(cost("{ articles(first: 100) { totalCount } }"), 21);
        for query in
            ["{ articles(first: 101) { totalCount } }", "{ sections { articles(first: 2147483647) { totalCount } } }"]
        {
            let refusal = measured(query, serde_json::json!({})).expect_err("it is refused");
            assert!(refusal.message.ends_with("ask for 1 to 100 items and page with cursors"), "{}", refusal.message);
        }
        assert_eq!(cost("{ articles(first: -1) { nodes { slug } } }"), 1);
        let weights = Weights { largest_page: Some(100), ..WEIGHTS };
        for query in
            ["{ articles(first: 101) { nodes { slug } } }", "{ articles(last: 2147483647) { nodes { slug } } }"]
        {
            let refused_later = measured_with(&weights, query, serde_json::json!({}));
            assert_eq!(refused_later.expect("the field refuses it").value, 1, "{query}");
        }
    }

    #[test]
    fn the_limit_is_the_last_cost_that_is_taken() {
        let limits = Limits { cost: 41, ..Limits::default() };
        assert!(check(40, &limits).is_ok() && check(41, &limits).is_ok());
        let refusal = check(42, &limits).expect_err("it is refused");
        assert!(refusal.message.starts_with("the request may cost 42, the limit is 41"), "{}", refusal.message);
    }
}
