//! Drafts as they are, a JSON object a line: for bulk loads, and for programs that make news.

use std::io::BufRead;

use serde_json::Value;

use crate::{
    draft::Draft,
    reading::Problem,
    records::{Lines, Records},
};

/// Whether the first line is a draft.
pub(crate) fn recognises(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    let kinds = ["article", "gallery", "story", "image", "topic", "place"];
    match serde_json::from_slice::<Value>(line) {
        Ok(value) => {
            let kind = value.get("type").and_then(Value::as_str);
            let is_draft = ["headline", "title", "uri", "name"].iter().any(|name| value.get(name).is_some());
            // A ninjs item in one line has these in other shapes, and types of its own.
            kind.is_some_and(|kind| kinds.contains(&kind)) && is_draft
        }
        // The first line may be longer than the head.
        Err(error) if error.is_eof() => {
            let text = String::from_utf8_lossy(&line[..line.len().min(200)]).replace(' ', "");
            kinds.iter().any(|kind| text.contains(&format!("\"type\":\"{kind}\"")))
        }
        Err(_) => false,
    }
}

/// The drafts of a document, read as they are asked for.
pub(crate) fn read<'s, R: BufRead + 's>(source: R) -> Records<'s> {
    let draft = |(number, line): (usize, String)| {
        serde_json::from_str::<Draft>(&line).map_err(|error| {
            let problem = Problem::from(error);
            let column = problem.at.rsplit(' ').next().unwrap_or_default();
            let message = problem.message.trim_start_matches("not JSON: ").to_owned();
            Problem::at(format!("line {number}, column {column}"), message)
        })
    };
    Box::new(Lines::new(source).filter_map(move |line| match line {
        Ok((_, line)) if line.trim().is_empty() => None,
        Ok(line) => Some(draft(line)),
        Err(problem) => Some(Err(problem)),
    }))
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
        assert!(problem.at.starts_with("line 3, column ") && problem.message.contains("headlin"), "{problem}");
        assert!(matches!(&read[2], Ok(Draft::Topic(_))));
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
