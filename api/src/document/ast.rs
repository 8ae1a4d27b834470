//! A document as it was written: every value with its place, objects with their keys in order and as often as they stand there. The
//! engine's own tree keeps neither, and the specification's rules need both.

use std::borrow::Cow;

use async_graphql::Pos;
use async_graphql::parser::types::{OperationType, Type};

#[derive(Debug)]
pub(super) struct Document<'s> {
    pub(super) operations: Vec<Operation<'s>>,
    pub(super) fragments: Vec<Fragment<'s>>,
}

/// A word and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'s> {
    pub(super) at: Pos,
    pub(super) text: &'s str,
}

#[derive(Debug)]
pub(super) struct Operation<'s> {
    pub(super) at: Pos,
    pub(super) kind: OperationType,
    pub(super) name: Option<Name<'s>>,
    pub(super) variables: Vec<Variable<'s>>,
    pub(super) directives: Vec<Directive<'s>>,
    pub(super) selections: SelectionSet<'s>,
}

#[derive(Debug)]
pub(super) struct Fragment<'s> {
    pub(super) at: Pos,
    pub(super) name: Name<'s>,
    pub(super) on: Name<'s>,
    pub(super) directives: Vec<Directive<'s>>,
    pub(super) selections: SelectionSet<'s>,
}

/// The definition of a variable.
#[derive(Debug)]
pub(super) struct Variable<'s> {
    pub(super) at: Pos,
    pub(super) name: Name<'s>,
    pub(super) ty: Type,
    pub(super) ty_at: Pos,
    /// The name in the type, without brackets and signs.
    pub(super) named: Name<'s>,
    pub(super) default: Option<Value<'s>>,
    pub(super) directives: Vec<Directive<'s>>,
}

#[derive(Debug)]
pub(super) struct SelectionSet<'s> {
    pub(super) at: Pos,
    pub(super) items: Vec<Selection<'s>>,
}

#[derive(Debug)]
pub(super) enum Selection<'s> {
    Field(Field<'s>),
    Spread(Spread<'s>),
    Inline(Inline<'s>),
}

impl<'s> Selection<'s> {
    pub(super) fn directives(&self) -> &[Directive<'s>] {
        match self {
            Self::Field(field) => &field.directives,
            Self::Spread(spread) => &spread.directives,
            Self::Inline(inline) => &inline.directives,
        }
    }
}

#[derive(Debug)]
pub(super) struct Field<'s> {
    pub(super) at: Pos,
    pub(super) alias: Option<Name<'s>>,
    pub(super) name: Name<'s>,
    pub(super) arguments: Vec<Argument<'s>>,
    pub(super) directives: Vec<Directive<'s>>,
    pub(super) selections: Option<SelectionSet<'s>>,
}

impl<'s> Field<'s> {
    /// The key under which the answer has it.
    pub(super) fn key(&self) -> &'s str {
        self.alias.unwrap_or(self.name).text
    }
}

#[derive(Debug)]
pub(super) struct Spread<'s> {
    pub(super) at: Pos,
    pub(super) name: Name<'s>,
    pub(super) directives: Vec<Directive<'s>>,
}

#[derive(Debug)]
pub(super) struct Inline<'s> {
    pub(super) at: Pos,
    pub(super) on: Option<Name<'s>>,
    pub(super) directives: Vec<Directive<'s>>,
    pub(super) selections: SelectionSet<'s>,
}

#[derive(Debug)]
pub(super) struct Directive<'s> {
    pub(super) at: Pos,
    pub(super) name: Name<'s>,
    pub(super) arguments: Vec<Argument<'s>>,
}

#[derive(Debug)]
pub(super) struct Argument<'s> {
    pub(super) name: Name<'s>,
    pub(super) value: Value<'s>,
}

#[derive(Debug)]
pub(super) struct Value<'s> {
    pub(super) at: Pos,
    pub(super) kind: Kind<'s>,
}

#[derive(Debug)]
pub(super) enum Kind<'s> {
    Variable(&'s str),
    Int(&'s str),
    Float(&'s str),
    String { text: Cow<'s, str>, block: bool },
    Boolean(bool),
    Null,
    Enum(&'s str),
    List(Vec<Value<'s>>),
    Object(Vec<(Name<'s>, Value<'s>)>),
}

impl Value<'_> {
    /// Whether it is written alike, whatever the order of keys.
    pub(super) fn is_same(&self, other: &Value<'_>) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Boolean(one), Kind::Boolean(two)) => one == two,
            (Kind::Variable(one), Kind::Variable(two))
            | (Kind::Int(one), Kind::Int(two))
            | (Kind::Float(one), Kind::Float(two))
            | (Kind::Enum(one), Kind::Enum(two)) => one == two,
            (Kind::String { text: one, block: first }, Kind::String { text: two, block: second }) => {
                one == two && first == second
            }
            (Kind::List(one), Kind::List(two)) => {
                one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.is_same(two))
            }
            (Kind::Object(one), Kind::Object(two)) => {
                let sorted = |fields: &'_ [(Name<'_>, Value<'_>)]| {
                    let mut order: Vec<usize> = (0..fields.len()).collect();
                    order.sort_by_key(|index| fields[*index].0.text);
                    order
                };
                one.len() == two.len()
                    && sorted(one).into_iter().zip(sorted(two)).all(|(first, second)| {
                        let ((key, value), (other_key, other)) = (&one[first], &two[second]);
                        key.text == other_key.text && value.is_same(other)
                    })
            }
            _ => false,
        }
    }
}
