//! Drafts as they are, a JSON object a line: for bulk loads, and for programs that make news.

use std::io::BufRead;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    draft::{Article, Draft, Gallery, Image, Place, Restriction, Story, Topic},
    reading::Problem,
    records::{Lines, Records},
};

/// What a draft may be.
const KINDS: [&str; 7] = ["article", "gallery", "story", "image", "topic", "place", "restriction"];

/// Whether JSON is a draft, or a list of them, that is not a line each.
pub(crate) fn is_spread(value: &Value) -> bool {
    let first = value.as_array().and_then(|items| items.first()).unwrap_or(value);
    first.get("type").and_then(Value::as_str).is_some_and(|kind| KINDS.contains(&kind))
        && first.get("$standard").is_none()
}

/// Whether the first line is a draft.
pub(crate) fn recognises(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    match serde_json::from_slice::<Value>(line) {
        Ok(value) => {
            let kind = value.get("type").and_then(Value::as_str);
            let is_draft = ["headline", "title", "uri", "name"].iter().any(|name| value.get(name).is_some());
            // A ninjs item in one line has these in other shapes, and types of its own.
            kind.is_some_and(|kind| KINDS.contains(&kind)) && is_draft
        }
        // The first line may be longer than the head.
        Err(error) if error.is_eof() => {
            let text = String::from_utf8_lossy(&line[..line.len().min(200)]).replace(' ', "");
            KINDS.iter().any(|kind| text.contains(&format!("\"type\":\"{kind}\"")))
        }
        Err(_) => false,
    }
}

/// The drafts of a document, read as they are asked for.
pub(crate) fn read<'s, R: BufRead + 's>(source: R) -> Records<'s> {
    let draft = |(number, line): (usize, String)| {
        serde_json::from_str::<Draft>(&line).map_err(|error| explain(number, &line, &error))
    };
    Box::new(Lines::new(source).filter_map(move |line| match line {
        Ok((_, line)) if line.trim().is_empty() => None,
        Ok(line) => Some(draft(line)),
        Err(problem) => Some(Err(problem)),
    }))
}

/// Why a line is no draft: the item and the field, where the line is JSON.
fn explain(number: usize, line: &str, error: &serde_json::Error) -> Problem {
    let mut value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => {
            let column = error.column();
            return Problem::at(format!("line {number}, column {column}"), Problem::from(error).message);
        }
    };
    let uri = value.get("uri").and_then(Value::as_str).map(|uri| uri.chars().take(200).collect::<String>());
    let kind = value.as_object_mut().and_then(|object| object.remove("type"));
    let found = match kind.as_ref().and_then(Value::as_str) {
        Some("article") => field::<Article>(value),
        Some("gallery") => field::<Gallery>(value),
        Some("story") => field::<Story>(value),
        Some("image") => field::<Image>(value),
        Some("topic") => field::<Topic>(value),
        Some("place") => field::<Place>(value),
        Some("restriction") => field::<Restriction>(value),
        _ => None,
    };
    let (path, message) = found.unwrap_or_else(|| (String::new(), error.to_string()));
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    let name = path.rsplit('.').next().unwrap_or_default();
    let message = match name {
        "publishedAt" | "updatedAt" | "embargoedUntil" | "expiresAt" | "at" => {
            "not a time with a zone such as `2026-02-08T09:30:00Z`".to_owned()
        }
        _ => message,
    };
    let at = [Some(format!("line {number}")), uri, Some(path).filter(|path| !path.is_empty())];
    Problem::at(at.into_iter().flatten().collect::<Vec<_>>().join(": "), message)
}

/// The field that is wrong, and why.
fn field<T: DeserializeOwned>(value: Value) -> Option<(String, String)> {
    let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
    let path = error.path().to_string();
    Some((if path == "." { String::new() } else { path }, error.inner().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Block;

    #[test]
    fn each_line_is_a_draft_and_a_wrong_one_is_named() {
        let lines = "{\"type\":\"article\",\"uri\":\"urn:a\",\"headline\":\"A\",\"body\":[{\"type\":\"paragraph\",\"html\":\"x <b>y</b><script>z</script>\"}]}\n\
            \n{\"type\":\"article\",\"uri\":\"urn:b\",\"headlin\":\"B\"}\n{\"type\":\"topic\",\"name\":\"T\",\"qcode\":\"medtop:01000000\"}";
        assert!(recognises(lines.as_bytes()));
        let read: Vec<_> = read(lines.as_bytes()).collect();
        let Ok(Draft::Article(article)) = &read[0] else { panic!("{read:?}") };
        assert_eq!(serde_json::to_value(&article.body[0]).unwrap()["html"], "x <strong>y</strong>");
        let problem = read[1].as_ref().unwrap_err();
        assert_eq!(problem.at, "line 3: urn:b: headlin");
        assert!(problem.message.starts_with("unknown field `headlin`, expected one of `uri`"), "{problem}");
        assert!(matches!(&read[2], Ok(Draft::Topic(_))));
    }

    #[test]
    fn the_item_and_the_field_that_are_wrong_are_named() {
        for (rest, at, message) in [
            (r#""headline":5"#, "line 1: urn:a: headline", "invalid type: integer `5`, expected a string"),
            (r#""publishedAt":"yesterday""#, "line 1: urn:a: publishedAt", "not a time with a zone such as"),
            (
                r#""corrections":[{"text":"x"},{"text":"y","at":"2026"}]"#,
                "line 1: urn:a: corrections[1].at",
                "not a time",
            ),
            (r#""status":"gone""#, "line 1: urn:a: status", "unknown variant `gone`, expected one of `usable`"),
            (r#""body":[{"type":"heading","level":2}]"#, "line 1: urn:a: body[0]", "missing field `text`"),
            (r#""headline":"x","headline":"y""#, "line 1: urn:a", "duplicate field"),
            (r#""headline":"x""#, "line 1, column 46", "not JSON: "),
        ] {
            let end = if at.contains("column") { "" } else { "}" };
            let line = format!(r#"{{"type":"article","uri":"urn:a",{rest}{end}"#);
            let problem = read(line.as_bytes()).next().unwrap().unwrap_err();
            assert_eq!(problem.at, at, "{problem}");
            assert!(problem.message.starts_with(message), "{problem}");
        }
        let unknown = read(br#"{"type":"artikel","uri":"urn:a"}"#.as_slice()).next().unwrap().unwrap_err();
        assert!(unknown.to_string().starts_with("line 1: urn:a: unknown variant `artikel`"), "{unknown}");
    }

    #[test]
    fn tables_sounds_and_videos_are_blocks() {
        let blocks = r#"[{"type":"table","caption":"Trams","header":["Line","Riders"],"rows":[["<b>1</b>",{"html":"2","columnSpan":2}]]},
            {"type":"table","header":[["a","b"],["c","d"]],"rows":[]},
            {"type":"video","url":"https://m.example/v.mp4","mediaType":"video/mp4","durationSeconds":69.5,"width":640,"height":360,
             "caption":"Cap","poster":{"uri":"urn:p"}},
            {"type":"audio","url":"https://m.example/a.mp3","title":"T"},
            {"type":"embed","url":"https://x.example/1","kind":"chart","width":600,"height":400}]"#;
        let blocks = blocks.replace('\n', " ");
        let line = format!("{{\"type\":\"article\",\"uri\":\"urn:a\",\"headline\":\"A\",\"body\":{blocks}}}");
        let Some(Ok(Draft::Article(article))) = read(line.as_bytes()).next() else { panic!("{line}") };
        let [
            Block::Table { header, rows, .. },
            Block::Table { header: two, .. },
            Block::Video(video),
            Block::Audio(_),
            Block::Embed { kind, .. },
        ] = &article.body[..]
        else {
            panic!("{:?}", article.body)
        };
        assert_eq!((header.len(), header[0][1].html.text(), rows[0][1].column_span, two.len()), (1, "Riders", 2, 2));
        assert_eq!((video.duration_seconds, *kind), (Some(69.5), Some(crate::draft::EmbedKind::Chart)));
        // It is written as it is read.
        let again = serde_json::to_string(&Draft::Article(article.clone())).unwrap();
        assert_eq!(read(again.as_bytes()).next().unwrap().unwrap(), Draft::Article(article));
        for (cell, word) in [("7", "columnSpan"), ("{\"text\":\"x\"}", "text")] {
            let line = format!(
                "{{\"type\":\"article\",\"uri\":\"urn:a\",\"headline\":\"A\",\"body\":[{{\"type\":\"table\",\"rows\":[[{cell}]]}}]}}"
            );
            let problem = read(line.as_bytes()).next().unwrap().unwrap_err();
            assert!(problem.message.contains(word), "{problem}");
        }
    }

    #[test]
    fn other_json_is_not_taken_for_drafts() {
        for head in ["{\"uri\":\"x\",\"type\":\"text\"}", "[1]", "{", "", "{\"type\":\"article\"}"] {
            assert!(!recognises(head.as_bytes()), "{head}");
        }
        let long = format!("{{\"type\":\"article\",\"uri\":\"urn:a\",\"headline\":\"{}", "x".repeat(1_000));
        assert!(recognises(long.as_bytes()));
    }
}
