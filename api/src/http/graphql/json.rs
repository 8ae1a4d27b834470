//! JSON that means one thing: an object with the same key twice is refused, because two readers of the request
//! (a proxy and this server) could each believe another value.

use std::collections::hash_map::RandomState;
use std::fmt;

use async_graphql::indexmap::IndexMap;
use async_graphql::indexmap::map::Entry;
use async_graphql::{Name, Number, Value};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::document::shortened;

/// Reads a JSON text of any shape. Nesting is bounded by `serde_json`.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    match serde_json::from_str::<Strict>(text) {
        Ok(Strict(value)) => Ok(value),
        Err(error) => Err(error.to_string()),
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // `-0` is a whole number, though none of the machine's is.
        if value == 0.0 {
            return Ok(Value::Number(0.into()));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(value)) = elements.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object: IndexMap<Name, Value, RandomState> = IndexMap::default();
        while let Some(key) = entries.next_key::<String>()? {
            let Strict(value) = entries.next_value()?;
            match object.entry(Name::new(key)) {
                Entry::Vacant(entry) => entry.insert(value),
                Entry::Occupied(entry) => {
                    let message = format!("the key \"{}\" stands twice in one object", shortened(entry.key()));
                    return Err(A::Error::custom(message));
                }
            };
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_read() {
        let text = r#"{"a":[null,true,-1,18446744073709551615,1.5,"\u00e9\ud83c\udfc3"],"b":{"a":{}}}"#;
        let value = parse(text).expect("it is JSON");
        assert_eq!(
            value.into_json().expect("it can be JSON").to_string(),
            text.replace("\\u00e9\\ud83c\\udfc3", "é🏃")
        );
    }

    #[test]
    fn a_repeated_key_is_refused_at_any_depth() {
        let error = parse(r#"{"a":[{"b":1,"b":1}]}"#).expect_err("it is refused");
        assert_eq!(error, "the key \"b\" stands twice in one object at line 1 column 19");
        assert!(parse(r#"{"a":{"b":1},"c":{"b":1}}"#).is_ok());
        assert!(parse(r#"{"a":1,"\u0061":1}"#).is_err(), "escapes do not make another key");
    }

    #[test]
    fn half_of_a_surrogate_pair_is_refused() {
        for text in [r#""\ud83c""#, r#""\udfc3""#, r#""\ud83c\ud83c""#, r#""\ud83cx""#] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_instead_of_overflowing_the_stack() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&"{\"a\":".repeat(20_000)).is_err());
    }

    #[test]
    fn numbers_beyond_a_double_are_refused() {
        assert!(parse("1e999").is_err());
    }
}
