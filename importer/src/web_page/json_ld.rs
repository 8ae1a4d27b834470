//! JSON-LD in pages: blocks that break the rules are mended where no content is guessed.

use serde_json::{Deserializer, Value};

use crate::Reading;

/// What pages put around JSON so that old browsers or XML parsers pass it over.
const WRAPPERS: [(&str, &str); 6] = [
    ("/*<![CDATA[*/", "/*]]>*/"),
    ("//<![CDATA[", "//]]>"),
    ("<![CDATA[", "]]>"),
    ("<!--//--><![CDATA[//><!--", "//--><!]]>"),
    ("<!--", "-->"),
    ("//<!--", "//-->"),
];

/// Wrappers around wrappers.
const ROUNDS: usize = 8;

/// The values of a block; `at` names it in warnings.
pub(super) fn values(block: &str, at: &str, reading: &mut Reading) -> Vec<Value> {
    let text = unwrapped(block);
    if text.is_empty() {
        reading.warn(at, "passed over, it is empty");
        return Vec::new();
    }
    let error = match serde_json::from_str::<Value>(text) {
        Ok(value) if text.len() == block.trim().len() => return vec![value],
        Ok(value) => {
            reading.warn(at, "what stands around the JSON is left out");
            return vec![value];
        }
        Err(error) => error,
    };
    let mended = mended(text);
    if let Some(values) = several(&mended) {
        reading.warn(at, format!("mended: {error}"));
        return values;
    }
    if text.contains("&quot;") {
        let decoded = mended.replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&");
        if let Some(values) = several(&decoded) {
            reading.warn(at, "mended: quotation marks are character references");
            return values;
        }
    }
    if let Some(values) = beginning(&mended) {
        reading.warn(at, format!("broken ({error}): only what stands before is read"));
        return values;
    }
    reading.warn(at, format!("passed over, it is not JSON: {error}"));
    Vec::new()
}

fn unwrapped(block: &str) -> &str {
    let strange = |character: char| character.is_whitespace() || character.is_control() || character == '\u{feff}';
    let mut text = block.trim_matches(strange);
    for _ in 0..ROUNDS {
        let before = text;
        for (start, end) in WRAPPERS {
            text = text.strip_prefix(start).unwrap_or(text).trim_matches(strange);
            text = text.strip_suffix(end).unwrap_or(text).trim_matches(strange);
        }
        // A comment of its own before the object.
        if let Some((comment, rest)) = text.strip_prefix("//").and_then(|rest| rest.split_once('\n'))
            && !comment.contains(['{', '['])
        {
            text = rest.trim_matches(strange);
        }
        if !text.starts_with(['{', '['])
            && let Some((comment, rest)) = text.split_once("-->")
            && !comment.contains(['{', '['])
        {
            text = rest.trim_matches(strange);
        }
        text = text.trim_end_matches(|end: char| strange(end) || end == ';');
        if text == before {
            break;
        }
    }
    text
}

/// Control characters in strings, escapes that JSON does not have, comments and superfluous commas.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut in_string = false;
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                in_string = !in_string;
                mended.push('"');
            }
            '\\' if in_string => match characters.next() {
                Some(escaped @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => {
                    mended.extend(['\\', escaped])
                }
                Some(other) if !other.is_control() => mended.push(other),
                _ => mended.push(' '),
            },
            control if control.is_control() => mended.push(' '),
            '/' if !in_string && characters.peek() == Some(&'*') => {
                let mut last = ' ';
                for comment in characters.by_ref().skip(1) {
                    if last == '*' && comment == '/' {
                        break;
                    }
                    last = comment;
                }
            }
            '/' if !in_string && characters.peek() == Some(&'/') => {
                characters.by_ref().find(|comment| *comment == '\n');
            }
            '}' | ']' if !in_string => {
                let end = mended.trim_end();
                if end.ends_with(',') {
                    mended.truncate(end.len() - 1);
                }
                mended.push(character);
            }
            other => mended.push(other),
        }
    }
    mended
}

/// One value after the other, with nothing but white space, commas or semicolons between them.
fn several(text: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|between: char| between.is_whitespace() || matches!(between, ',' | ';'));
        if rest.is_empty() {
            return (!values.is_empty()).then_some(values);
        }
        let mut stream = Deserializer::from_str(rest).into_iter::<Value>();
        values.push(stream.next()?.ok()?);
        rest = &rest[stream.byte_offset()..];
    }
}

/// The members before the first that is broken: a block that was cut, or one with a quotation mark too many.
fn beginning(text: &str) -> Option<Vec<Value>> {
    let error = serde_json::from_str::<Value>(text).err()?;
    // The mender has left no line breaks, so the column is the place.
    let broken = error.column().saturating_sub(1).min(text.len());
    let mut open: Vec<u8> = Vec::new();
    let (mut in_string, mut is_escaped) = (false, false);
    let mut cut = None;
    for (at, byte) in text.bytes().enumerate().take(broken) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => drop(open.pop()),
            b',' => cut = Some((at, open.clone())),
            _ => {}
        }
        if open.len() > 128 {
            return None;
        }
    }
    let (at, open) = cut?;
    let mut beginning = text.get(..at)?.to_owned();
    beginning.extend(open.iter().rev().map(|bracket| char::from(*bracket)));
    serde_json::from_str(&beginning).ok().map(|value| vec![value])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(block: &str) -> (Vec<Value>, usize) {
        let mut reading = Reading::default();
        let values = values(block, "JSON-LD 1", &mut reading);
        (values, reading.warnings.len())
    }

    #[test]
    fn whole_blocks_are_read_without_a_warning() {
        assert_eq!(read(" {\"a\": [1]}\n"), (vec![json!({"a": [1]})], 0));
    }

    #[test]
    fn what_stands_around_is_left_out() {
        for block in [
            "<![CDATA[ {\"a\":1} ]]>",
            "//<![CDATA[\n{\"a\":1}\n//]]>",
            "/*<![CDATA[*/{\"a\":1}/*]]>*/",
            "<!-- {\"a\":1} -->",
            "{\"a\":1};",
            "\u{feff}{\"a\":1}\u{0}",
            "// about it\n{\"a\":1}",
            "<!-- about it -->\n{\"a\":1}",
        ] {
            assert_eq!(read(block).0, [json!({"a": 1})], "{block}");
        }
    }

    #[test]
    fn small_faults_are_mended_with_a_warning() {
        for (block, expected) in [
            ("{\"a\":\"x\ny\tz\"}", json!({"a": "x y z"})),
            ("{\"a\":\"it\\'s\"}", json!({"a": "it's"})),
            ("{\"a\":[1,2,],}", json!({"a": [1, 2]})),
            ("{\"a\":1 /* one */, // two\n\"b\":\"http://x\"}", json!({"a": 1, "b": "http://x"})),
            ("{&quot;a&quot;:&quot;b&quot;}", json!({"a": "b"})),
        ] {
            assert_eq!(read(block), (vec![expected], 1), "{block}");
        }
        assert_eq!(read("{\"a\":1}\n{\"b\":2}").0, [json!({"a": 1}), json!({"b": 2})]);
        assert_eq!(read("{\"a\":1},{\"b\":2}").0.len(), 2);
    }

    #[test]
    fn members_before_a_fault_are_kept() {
        assert_eq!(read("{\"a\":\"x\",\"b\":{\"c\":1,\"d\":\"e\"f\"},\"g\":2}").0, [json!({"a": "x", "b": {"c": 1}})]);
        assert_eq!(read("[{\"a\":\"x\",\"b\":\"cut").0, [json!([{"a": "x"}])]);
        assert_eq!(read("{\"a\":\"she said \"no\", twice\",\"b\":1}"), (vec![], 1));
    }

    #[test]
    fn what_is_no_json_is_passed_over_with_a_warning() {
        for block in ["\n", "Just a title\n5", "<![CDATA[ ]]>", "{", "undefined", &"[".repeat(100_000)] {
            assert_eq!(read(block), (vec![], 1), "{block}");
        }
    }
}
