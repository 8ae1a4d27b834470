//! How large a parsed document becomes when every fragment is put in its places. Validators and the executor walk each
//! spread again, so thirty fragments that each spread the next one twice would be a billion visits; here each
//! fragment is measured once and its measure is reused.

use std::collections::HashMap;

use async_graphql::{Pos, ServerError};

use super::ast::{Document, Fragment, Selection, SelectionSet};
use super::limits::at_most;
use super::{Limits, error};

/// Refuses a document whose fragments spread themselves, or that is too large, too deep or too wide.
pub(super) fn check(document: &Document<'_>, limits: &Limits) -> Result<(), ServerError> {
    let by_name = document.fragments.iter().map(|fragment| (fragment.name.text, fragment)).collect();
    let mut scale = Scale { by_name, fragments: HashMap::new(), aliases: 0, directives: 0, crowd: 0 };
    let mut whole = Measure::default();
    for operation in &document.operations {
        let measure = scale.weigh(&operation.selections, false)?;
        let at = Some(operation.at);
        at_most("{} fields directly under an operation", measure.width, limits.root_fields, at)?;
        at_most("a depth of {} fields", measure.depth, limits.depth, at)?;
        whole.add(measure);
    }
    // Validators visit every definition, so fragments that nothing spreads count as well.
    for fragment in &document.fragments {
        scale.count_directives(fragment.directives.len());
        whole.add(scale.fragment(fragment.name.text, fragment.at)?);
    }
    for operation in &document.operations {
        scale.count_directives(operation.directives.len());
        for variable in &operation.variables {
            scale.count_directives(variable.directives.len());
        }
    }
    if whole.introspection && !limits.introspection {
        return Err(error("INTROSPECTION_DISABLED", "this server does not answer `__schema` and `__type`", None));
    }

    at_most("{} fields once its fragments are in place", whole.fields, limits.fields, None)?;
    at_most("{} selections inside each other", whole.nesting, limits.nesting, None)?;
    at_most("a depth of {} fields in a fragment", whole.depth, limits.depth, None)?;
    at_most("{} aliases", scale.aliases, limits.aliases, None)?;
    at_most("{} directives", scale.directives, limits.directives, None)?;
    at_most("{} directives in one place", scale.crowd, limits.directives_per_field, None)?;
    at_most("a depth of {} fields in its introspection", whole.introspection_depth, limits.introspection_depth, None)?;
    at_most("introspection that gives about {} values", whole.introspection_values, limits.introspection_values, None)
}

/// What a selection set weighs with its fragments in place.
#[derive(Clone, Copy, Default)]
struct Measure {
    fields: u64,
    width: u64,
    depth: u64,
    nesting: u64,
    introspection: bool,
    introspection_depth: u64,
    introspection_values: u64,
}

impl Measure {
    /// Beside each other: what is counted adds up, what is deep is as deep as the deepest.
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.width = self.width.saturating_add(other.width);
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting);
        self.introspection |= other.introspection;
        self.introspection_depth = self.introspection_depth.max(other.introspection_depth);
        self.introspection_values = self.introspection_values.saturating_add(other.introspection_values);
    }

    /// Inside one more spread or inline fragment.
    fn spread(self) -> Self {
        Self { fields: self.fields.saturating_add(1), nesting: self.nesting.saturating_add(1), ..self }
    }

    /// Inside a field.
    fn under(self, field: &str, introspection: bool) -> Self {
        let inside = Self { width: 1, ..self.spread() };
        if introspection {
            let values = self.introspection_values.saturating_mul(usual_length(field)).saturating_add(1);
            Self { introspection_depth: self.introspection_depth + 1, introspection_values: values, ..inside }
        } else {
            Self { depth: self.depth + 1, ..inside }
        }
    }
}

/// What the lists of introspection hold in a schema like ours, so that lists inside lists are paid for.
fn usual_length(field: &str) -> u64 {
    match field {
        "types" => 100,
        "fields" | "possibleTypes" => 10,
        "directives" | "enumValues" | "inputFields" => 5,
        "args" | "interfaces" => 3,
        _ => 1,
    }
}

struct Scale<'a> {
    by_name: HashMap<&'a str, &'a Fragment<'a>>,
    /// None while a fragment is being measured: to meet it then is to meet a cycle.
    fragments: HashMap<&'a str, Option<Measure>>,
    aliases: u64,
    directives: u64,
    /// Most directives in one place.
    crowd: u64,
}

impl<'a> Scale<'a> {
    fn count_directives(&mut self, count: usize) {
        self.directives += count as u64;
        self.crowd = self.crowd.max(count as u64);
    }

    fn weigh(&mut self, set: &'a SelectionSet<'a>, introspection: bool) -> Result<Measure, ServerError> {
        let mut sum = Measure::default();
        for item in &set.items {
            self.count_directives(item.directives().len());
            sum.add(match item {
                Selection::Field(field) => {
                    let name = field.name.text;
                    self.aliases += u64::from(field.alias.is_some());
                    let root = matches!(name, "__schema" | "__type");
                    let mut measure = match &field.selections {
                        Some(selections) => self.weigh(selections, introspection || root)?,
                        None => Measure::default(),
                    };
                    measure.introspection |= root;
                    measure.under(name, introspection)
                }
                Selection::Inline(inline) => self.weigh(&inline.selections, introspection)?.spread(),
                Selection::Spread(spread) => self.fragment(spread.name.text, spread.at)?.spread(),
            });
        }
        Ok(sum)
    }

    /// A name without a fragment weighs nothing: validation will refuse it.
    fn fragment(&mut self, name: &'a str, at: Pos) -> Result<Measure, ServerError> {
        let Some(fragment) = self.by_name.get(name).copied() else {
            return Ok(Measure::default());
        };
        match self.fragments.get(name) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => {
                let message = format!("fragment \"{name}\" spreads itself");
                return Err(error("GRAPHQL_VALIDATION_FAILED", message, Some(at)));
            }
            None => {}
        }
        self.fragments.insert(name, None);
        // A fragment on an introspection type can only be spread inside introspection.
        let introspection = fragment.on.text.starts_with("__");
        let measure = self.weigh(&fragment.selections, introspection)?;
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }
}
