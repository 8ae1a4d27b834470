//! The variables of operations (5.8): that they are of types that exist, are used, and are used where their types fit. A fragment uses
//! variables of every operation that spreads it.

use std::collections::{HashMap, HashSet};

use async_graphql::Pos;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, DirectiveLocation, Type};

use super::super::ast::{Kind as Written, Operation, Variable};
use super::{Rules, Uses};

/// One place where a variable stands.
pub(super) struct Usage<'a> {
    pub(super) name: &'a str,
    pub(super) at: Pos,
    /// The type that is wanted there, if it is known.
    pub(super) ty: Option<&'a Type>,
    /// Whether the schema has a value for when there is none.
    pub(super) has_default: bool,
    /// The input object that takes exactly one key, of which the variable is the value.
    pub(super) one_of: Option<&'a str>,
}

/// The fragments that a definition spreads, and those that these do.
pub(super) fn reached<'a>(uses: &Uses<'a>, fragments: &HashMap<&'a str, Uses<'a>>) -> HashSet<&'a str> {
    let mut reached = HashSet::new();
    let mut next: Vec<&'a str> = uses.spreads.clone();
    while let Some(name) = next.pop() {
        if let Some(uses) = fragments.get(name)
            && reached.insert(name)
        {
            next.extend(&uses.spreads);
        }
    }
    reached
}

impl<'a> Rules<'a> {
    pub(super) fn variable_definitions(&mut self, operation: &'a Operation<'a>) {
        let mut places: IndexMap<&str, Vec<Pos>> = IndexMap::new();
        for variable in &operation.variables {
            let Variable { name, ty, ty_at, named, default, directives, .. } = variable;
            places.entry(name.text).or_default().push(name.at);
            let is_input = self.known_type(*named).map(|(_, kind)| kind.is_input());
            if is_input == Some(false) {
                self.flaw(&[*ty_at], || {
                    format!("variable \"${}\" cannot be of type \"{ty}\", which is none for input", name.text)
                });
            }
            if let Some(default) = default {
                self.default(default, Some(ty).filter(|_| is_input == Some(true)), name.text);
            }
            self.directives(directives, DirectiveLocation::VariableDefinition);
        }
        for (name, places) in places {
            if places.len() > 1 {
                self.flaw(&places, || format!("variable \"${name}\" is defined {} times", places.len()));
            }
        }
    }

    /// Holds the variables of an operation against the places where it and its fragments use them.
    pub(super) fn variables_of(
        &mut self,
        operation: &'a Operation<'a>,
        uses: &Uses<'a>,
        reached: &HashSet<&'a str>,
        fragments: &HashMap<&'a str, Uses<'a>>,
    ) {
        // The last of several that have the name, which is an error already.
        let defined: HashMap<&str, &Variable<'_>> =
            operation.variables.iter().map(|variable| (variable.name.text, variable)).collect();
        let of = operation.name.map_or_else(String::new, |name| format!(" of operation \"{}\"", name.text));
        let mut used: HashSet<&str> = HashSet::new();
        let in_fragments = reached.iter().filter_map(|name| fragments.get(name)).flat_map(|uses| &uses.variables);
        let mut usages: Vec<&Usage<'a>> = uses.variables.iter().chain(in_fragments).collect();
        usages.sort_by_key(|usage| usage.at);
        for usage in usages {
            used.insert(usage.name);
            match defined.get(usage.name) {
                Some(variable) => self.usage(variable, usage),
                None => {
                    let name = usage.name;
                    self.flaw(&[usage.at, operation.at], || format!("variable \"${name}\"{of} is not defined"));
                }
            }
        }
        for variable in &operation.variables {
            let name = variable.name.text;
            if !used.contains(name) {
                self.flaw(&[variable.at], || format!("variable \"${name}\"{of} is not used"));
            }
        }
    }

    fn usage(&mut self, variable: &'a Variable<'a>, usage: &Usage<'a>) {
        let (Some(wanted), true) = (usage.ty, self.types.get(variable.named.text).is_some()) else { return };
        let (name, ty, at) = (variable.name.text, &variable.ty, [variable.at, usage.at]);
        if !is_allowed(variable, wanted, usage.has_default) {
            self.flaw(&at, || format!("variable \"${name}\" of type \"{ty}\" stands where \"{wanted}\" is wanted"));
        }
        if let (Some(object), true) = (usage.one_of, ty.nullable) {
            self.flaw(&at, || {
                format!(
                    "variable \"${name}\" of type \"{ty}\" may be left out or null, but \"{object}\" takes exactly one key, not null: \
                     make it \"{ty}!\""
                )
            });
        }
    }
}

/// IsVariableUsageAllowed of the specification.
fn is_allowed(variable: &Variable<'_>, wanted: &Type, has_default: bool) -> bool {
    if wanted.nullable || !variable.ty.nullable {
        return fits(&variable.ty, wanted);
    }
    let own_default = variable.default.as_ref().is_some_and(|default| !matches!(default.kind, Written::Null));
    (own_default || has_default) && fits_base(&variable.ty.base, &wanted.base)
}

/// AreTypesCompatible of the specification.
fn fits(ty: &Type, wanted: &Type) -> bool {
    (wanted.nullable || !ty.nullable) && fits_base(&ty.base, &wanted.base)
}

fn fits_base(ty: &BaseType, wanted: &BaseType) -> bool {
    match (ty, wanted) {
        (BaseType::Named(name), BaseType::Named(wanted)) => name == wanted,
        (BaseType::List(inner), BaseType::List(wanted)) => fits(inner, wanted),
        _ => false,
    }
}
