//! Makes the engine's tree out of a valid document.

use std::collections::HashSet;

use async_graphql::parser::types::{
    self as engine, DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, TypeCondition,
    VariableDefinition,
};
use async_graphql::{Name as EngineName, Pos, Positioned, Value as ConstValue};
use async_graphql_value::{Number, Value as EngineValue};

use super::ast::{
    Argument, Directive, Document, Field, Fragment, Inline, Kind, Name, Operation, Selection, SelectionSet, Spread,
    Value, Variable,
};
use super::rules::Checked;

/// The engine's tree of a document that has been found to be valid.
pub(super) fn convert(document: &Document<'_>, checked: &Checked) -> ExecutableDocument {
    let engine = Engine { ids: &checked.ids };
    let operation = |operation: &Operation<'_>| Positioned::new(engine.operation(operation), operation.at);
    let operations = match &document.operations[..] {
        [only @ Operation { name: None, .. }] => DocumentOperations::Single(operation(only)),
        several => {
            let named = several.iter().filter_map(|one| Some((EngineName::new(one.name?.text), operation(one))));
            DocumentOperations::Multiple(named.collect())
        }
    };
    let fragments = document
        .fragments
        .iter()
        .map(|fragment| (EngineName::new(fragment.name.text), Positioned::new(engine.fragment(fragment), fragment.at)));
    ExecutableDocument { operations, fragments: fragments.collect() }
}

struct Engine<'c> {
    ids: &'c HashSet<Pos>,
}

impl Engine<'_> {
    fn operation(&self, operation: &Operation<'_>) -> OperationDefinition {
        OperationDefinition {
            ty: operation.kind,
            variable_definitions: operation.variables.iter().map(|variable| self.variable(variable)).collect(),
            directives: self.directives(&operation.directives),
            selection_set: self.selections(&operation.selections),
        }
    }

    fn fragment(&self, fragment: &Fragment<'_>) -> FragmentDefinition {
        FragmentDefinition {
            type_condition: condition(fragment.on),
            directives: self.directives(&fragment.directives),
            selection_set: self.selections(&fragment.selections),
        }
    }

    fn variable(&self, variable: &Variable<'_>) -> Positioned<VariableDefinition> {
        let default = variable.default.as_ref().map(|value| {
            // The grammar has no variables in it.
            let constant = self.value(value).into_const().unwrap_or(ConstValue::Null);
            Positioned::new(constant, value.at)
        });
        let definition = VariableDefinition {
            name: name(variable.name),
            var_type: Positioned::new(variable.ty.clone(), variable.ty_at),
            directives: self.directives(&variable.directives),
            default_value: default,
        };
        Positioned::new(definition, variable.at)
    }

    fn selections(&self, set: &SelectionSet<'_>) -> Positioned<engine::SelectionSet> {
        let items = set.items.iter().map(|item| {
            let (selection, at) = match item {
                Selection::Field(field) => {
                    (engine::Selection::Field(Positioned::new(self.field(field), field.at)), field.at)
                }
                Selection::Spread(spread) => {
                    (engine::Selection::FragmentSpread(Positioned::new(self.spread(spread), spread.at)), spread.at)
                }
                Selection::Inline(inline) => {
                    (engine::Selection::InlineFragment(Positioned::new(self.inline(inline), inline.at)), inline.at)
                }
            };
            Positioned::new(selection, at)
        });
        Positioned::new(engine::SelectionSet { items: items.collect() }, set.at)
    }

    fn field(&self, field: &Field<'_>) -> engine::Field {
        engine::Field {
            alias: field.alias.map(name),
            name: name(field.name),
            arguments: self.arguments(&field.arguments),
            directives: self.directives(&field.directives),
            selection_set: field.selections.as_ref().map(|set| self.selections(set)).unwrap_or_default(),
        }
    }

    fn spread(&self, spread: &Spread<'_>) -> engine::FragmentSpread {
        engine::FragmentSpread { fragment_name: name(spread.name), directives: self.directives(&spread.directives) }
    }

    fn inline(&self, inline: &Inline<'_>) -> engine::InlineFragment {
        engine::InlineFragment {
            type_condition: inline.on.map(condition),
            directives: self.directives(&inline.directives),
            selection_set: self.selections(&inline.selections),
        }
    }

    fn directives(&self, directives: &[Directive<'_>]) -> Vec<Positioned<engine::Directive>> {
        let directive = |directive: &Directive<'_>| {
            let node =
                engine::Directive { name: name(directive.name), arguments: self.arguments(&directive.arguments) };
            Positioned::new(node, directive.at)
        };
        directives.iter().map(directive).collect()
    }

    fn arguments(&self, arguments: &[Argument<'_>]) -> Vec<(Positioned<EngineName>, Positioned<EngineValue>)> {
        let argument =
            |Argument { name: of, value }: &Argument<'_>| (name(*of), Positioned::new(self.value(value), value.at));
        arguments.iter().map(argument).collect()
    }

    fn value(&self, value: &Value<'_>) -> EngineValue {
        match &value.kind {
            Kind::Variable(name) => EngineValue::Variable(EngineName::new(name)),
            Kind::Int(digits) if self.ids.contains(&value.at) => EngineValue::String((*digits).to_owned()),
            Kind::Int(digits) => EngineValue::Number(whole(digits)),
            Kind::Float(digits) => EngineValue::Number(fraction(digits)),
            Kind::String { text, .. } => EngineValue::String(text.clone().into_owned()),
            Kind::Boolean(value) => EngineValue::Boolean(*value),
            Kind::Null => EngineValue::Null,
            Kind::Enum(word) => EngineValue::Enum(EngineName::new(word)),
            Kind::List(items) => EngineValue::List(items.iter().map(|item| self.value(item)).collect()),
            Kind::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (EngineName::new(name.text), self.value(value)));
                EngineValue::Object(fields.collect())
            }
        }
    }
}

fn name(name: Name<'_>) -> Positioned<EngineName> {
    Positioned::new(EngineName::new(name.text), name.at)
}

fn condition(on: Name<'_>) -> Positioned<TypeCondition> {
    Positioned::new(TypeCondition { on: name(on) }, on.at)
}

/// As long as it may be, where a scalar of ours or a Float takes it.
fn whole(digits: &str) -> Number {
    let number = digits.parse::<i64>().map(Number::from).or_else(|_| digits.parse::<u64>().map(Number::from));
    number.unwrap_or_else(|_| fraction(digits))
}

/// One that is too large for a Float has been refused; a scalar of ours refuses 0 as it does any other number.
fn fraction(digits: &str) -> Number {
    digits.parse().ok().and_then(Number::from_f64).unwrap_or_else(|| Number::from(0))
}
