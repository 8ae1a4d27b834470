//! Single Root Field (5.2.4): a subscription is of one field, and it is plain which before variables come.

use std::collections::HashSet;

use async_graphql::Pos;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::OperationType;

use super::super::ast::{Directive, Operation, Selection, SelectionSet};
use super::Rules;

impl<'a> Rules<'a> {
    pub(super) fn single_root_field(&mut self, operation: &'a Operation<'a>) {
        let mut found = Found::default();
        self.collect_root(&operation.selections, &mut found);
        if !found.conditions.is_empty() {
            return self.flaw(&found.conditions, || {
                "a subscription takes no \"@skip\" or \"@include\" on its root field".to_owned()
            });
        }
        if found.fields.is_empty() {
            self.flaw(&[operation.selections.at], || "a subscription must have a root field".to_owned());
        }
        if found.fields.len() > 1 {
            let others: Vec<Pos> = found.fields.values().skip(1).flat_map(|(_, places)| places).copied().collect();
            self.flaw(&others, || "a subscription must have one root field only".to_owned());
        }
        for (name, places) in found.fields.into_values() {
            if name.starts_with("__") {
                self.flaw(&places, || format!("a subscription cannot be of \"{name}\""));
            }
        }
    }

    fn collect_root(&self, set: &'a SelectionSet<'a>, found: &mut Found<'a>) {
        for selection in &set.items {
            let is_condition = |directive: &&Directive<'_>| matches!(directive.name.text, "skip" | "include");
            let conditions = selection.directives().iter().filter(is_condition);
            // The first of them tells enough, and what is under a condition is not looked into.
            if let Some(condition) = conditions.min_by_key(|directive| directive.name.text != "skip") {
                found.conditions.push(condition.at);
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let (_, places) = found.fields.entry(field.key()).or_insert((field.name.text, Vec::new()));
                    places.push(field.at);
                }
                Selection::Inline(inline) if inline.on.is_none_or(|on| self.can_be_root(on.text)) => {
                    self.collect_root(&inline.selections, found);
                }
                Selection::Inline(_) => {}
                Selection::Spread(spread) => {
                    let fragment = self.fragments.get(spread.name.text);
                    if let Some(fragment) = fragment.filter(|fragment| found.visited.insert(fragment.name.text))
                        && self.can_be_root(fragment.on.text)
                    {
                        self.collect_root(&fragment.selections, found);
                    }
                }
            }
        }
    }

    fn can_be_root(&self, on: &str) -> bool {
        let root = self.types.root(OperationType::Subscription);
        root.is_some_and(|root| self.types.possible(on).is_some_and(|possible| possible.contains(root)))
    }
}

#[derive(Default)]
struct Found<'a> {
    fields: IndexMap<&'a str, (&'a str, Vec<Pos>)>,
    conditions: Vec<Pos>,
    visited: HashSet<&'a str>,
}
