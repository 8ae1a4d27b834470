//! Field Selection Merging (5.3.2): fields that answer under one key must be able to be one.
//!
//! The specification compares each pair of fields, which is quadratic, and again for what is inside of each pair. Here fields are
//! grouped instead: all that stand under one key must have types of one shape, and all of those that can stand on one object must be
//! of one name with the same arguments. Both hold of a group when they hold of its first field beside each other one, and what is
//! inside of a group is looked at once for the whole group. This is Simon Adameit's way, which Sangria and graphql-java go, too.

use std::collections::{HashMap, HashSet};
use std::ptr;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::BaseType;
use async_graphql::parser::types::Type;
use async_graphql::{Name as TypeName, Pos};

use super::super::ast::{Field, Selection, SelectionSet};
use super::super::limits::excess;
use super::super::types::{Kind, OutputField, Types};
use super::Rules;

/// Fields of one document that may be looked at: objects of an interface can be combined in many ways, level by level.
const MOST: u64 = 60_000;

/// A field, and the type on which it is selected.
#[derive(Clone, Copy)]
struct Entry<'a> {
    field: &'a Field<'a>,
    on: Option<&'a TypeName>,
    known: Option<&'a OutputField>,
}

/// Selection sets that become one, with the types on which they stand.
type Sets<'a> = Vec<(&'a SelectionSet<'a>, Option<&'a TypeName>)>;

pub(super) fn check(rules: &mut Rules<'_>) {
    let mut used = HashSet::new();
    let mut roots: Vec<Sets<'_>> = Vec::new();
    for operation in &rules.document.operations {
        roots.push(vec![(&operation.selections, rules.types.root(operation.kind))]);
        spreads(&operation.selections, &mut used);
    }
    for fragment in &rules.document.fragments {
        spreads(&fragment.selections, &mut used);
    }
    // A fragment that is spread is looked at where it is spread.
    for fragment in rules.document.fragments.iter().filter(|fragment| !used.contains(fragment.name.text)) {
        roots.push(vec![(&fragment.selections, rules.types.get(fragment.on.text).map(|(name, _)| name))]);
    }
    let mut merging = Merging { rules, left: MOST, seen: HashSet::new(), reported: HashSet::new() };
    for root in roots {
        merging.shapes(&root);
        merging.names(&root);
    }
    if merging.left == 0 {
        rules.flaws.push(|| {
            let message = "the fields of the document overlap in too many ways to be compared: use fewer fragments on objects of one interface";
            excess("QUERY_TOO_LARGE", message.to_owned(), MOST, MOST, None)
        });
    }
}

fn spreads<'a>(set: &'a SelectionSet<'a>, used: &mut HashSet<&'a str>) {
    for selection in &set.items {
        match selection {
            Selection::Field(field) => field.selections.iter().for_each(|set| spreads(set, used)),
            Selection::Inline(inline) => spreads(&inline.selections, used),
            Selection::Spread(spread) => {
                used.insert(spread.name.text);
            }
        }
    }
}

struct Merging<'r, 'a> {
    rules: &'r mut Rules<'a>,
    left: u64,
    /// What has been looked at: the sets that became one, and by which of the two rules.
    seen: HashSet<(bool, Vec<(usize, usize)>)>,
    reported: HashSet<(Pos, Pos)>,
}

impl<'a> Merging<'_, 'a> {
    /// Every field under one key has a type of one shape, whatever it stands on.
    fn shapes(&mut self, sets: &Sets<'a>) {
        for group in self.groups(sets, true) {
            let first = group[0];
            for other in &group[1..] {
                if let (Some(one), Some(two)) = (first.known, other.known)
                    && !same_shape(self.rules.types, &one.ty, &two.ty)
                {
                    self.conflict(first, *other, || format!("their types are \"{}\" and \"{}\"", one.ty, two.ty));
                }
            }
            self.shapes(&inside(&group));
        }
    }

    /// Every field under one key that can stand on one object is the same field.
    fn names(&mut self, sets: &Sets<'a>) {
        for group in self.groups(sets, false) {
            let mut on_objects: IndexMap<&TypeName, Vec<Entry<'a>>> = IndexMap::new();
            let mut on_others = Vec::new();
            for entry in group {
                let object = entry
                    .on
                    .and_then(|on| self.rules.types.get(on))
                    .filter(|(_, kind)| matches!(kind, Kind::Object(_)));
                match object {
                    Some((name, _)) => on_objects.entry(name).or_default().push(entry),
                    None => on_others.push(entry),
                }
            }
            if on_objects.is_empty() {
                self.same(&on_others);
            } else {
                for (_, mut on_one) in on_objects {
                    on_one.extend(&on_others);
                    self.same(&on_one);
                }
            }
        }
    }

    fn same(&mut self, group: &[Entry<'a>]) {
        let first = group[0];
        for other in &group[1..] {
            let (one, two) = (first.field, other.field);
            if one.name.text != two.name.text {
                self.conflict(first, *other, || {
                    format!("they are the fields \"{}\" and \"{}\"", one.name.text, two.name.text)
                });
            } else if !same_arguments(one, two) {
                self.conflict(first, *other, || "their arguments differ".to_owned());
            }
        }
        self.names(&inside(group));
    }

    fn conflict(&mut self, one: Entry<'a>, two: Entry<'a>, why: impl FnOnce() -> String) {
        let at = [one.field.at, two.field.at];
        if self.reported.insert((at[0], at[1])) {
            let key = one.field.key();
            self.rules.flaw(&at, || {
                let why = why();
                format!("two fields \"{key}\" cannot be answered as one: {why}; give one of them another name, such as \"other: …\"")
            });
        }
    }

    /// The fields of the sets, by their keys; nothing when these have been looked at.
    fn groups(&mut self, sets: &Sets<'a>, shapes: bool) -> Vec<Vec<Entry<'a>>> {
        if sets.is_empty() {
            return Vec::new();
        }
        let address = |(set, on): &(&'a SelectionSet<'a>, Option<&'a TypeName>)| {
            (ptr::from_ref(*set).addr(), on.map_or(0, |on| ptr::from_ref(on).addr()))
        };
        let mut key: Vec<(usize, usize)> = sets.iter().map(address).collect();
        key.sort_unstable();
        key.dedup();
        if !self.seen.insert((shapes, key)) {
            return Vec::new();
        }
        let (mut found, mut visited) = (IndexMap::new(), HashSet::new());
        for (set, on) in sets {
            self.collect(set, *on, &mut found, &mut visited);
        }
        found.into_values().collect()
    }

    fn collect(
        &mut self,
        set: &'a SelectionSet<'a>,
        on: Option<&'a TypeName>,
        found: &mut IndexMap<&'a str, Vec<Entry<'a>>>,
        visited: &mut HashSet<&'a str>,
    ) {
        let types = self.rules.types;
        for selection in &set.items {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return;
            }
            match selection {
                Selection::Field(field) => {
                    let known = on.and_then(|on| types.field(on, field.name.text));
                    found.entry(field.key()).or_default().push(Entry { field, on, known });
                }
                Selection::Inline(inline) => {
                    let inside = match inline.on {
                        Some(condition) => types.get(condition.text).map(|(name, _)| name),
                        None => on,
                    };
                    self.collect(&inline.selections, inside, found, visited);
                }
                Selection::Spread(spread) => {
                    let fragment = self.rules.fragments.get(spread.name.text).copied();
                    if let Some(fragment) = fragment.filter(|fragment| visited.insert(fragment.name.text)) {
                        let on = types.get(fragment.on.text).map(|(name, _)| name);
                        self.collect(&fragment.selections, on, found, visited);
                    }
                }
            }
        }
    }
}

/// The selection sets of all fields of a group.
fn inside<'a>(group: &[Entry<'a>]) -> Sets<'a> {
    let set = |entry: &Entry<'a>| Some((entry.field.selections.as_ref()?, entry.known.map(|known| &known.named)));
    group.iter().filter_map(set).collect()
}

/// SameResponseShape of the specification, without what is inside.
fn same_shape(types: &Types, one: &Type, two: &Type) -> bool {
    one.nullable == two.nullable
        && match (&one.base, &two.base) {
            (BaseType::List(one), BaseType::List(two)) => same_shape(types, one, two),
            (BaseType::Named(one), BaseType::Named(two)) => {
                let is_composite = |name: &TypeName| types.get(name).is_some_and(|(_, kind)| kind.is_composite());
                one == two || (is_composite(one) && is_composite(two))
            }
            _ => false,
        }
}

fn same_arguments(one: &Field<'_>, two: &Field<'_>) -> bool {
    if one.arguments.len() != two.arguments.len() {
        return false;
    }
    let others: HashMap<&str, _> = two.arguments.iter().map(|argument| (argument.name.text, &argument.value)).collect();
    one.arguments
        .iter()
        .all(|argument| others.get(argument.name.text).is_some_and(|value| argument.value.is_same(value)))
}
