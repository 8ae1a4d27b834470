//! Lines of the log, and what stands in them: short, whatever somebody sends.

use std::{borrow::Cow, io};

use serde_json::Value;

/// Bytes of a line of text.
const LINE: usize = 8 * 1024;
/// Characters of a text in a line that is too long.
const TEXT: usize = 500;

/// The beginning of a text that may be long.
pub(crate) fn beginning(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Writes the lines of a log, which come one at a time, and cuts those that are too long.
#[derive(Debug)]
pub struct Lines<W> {
    to: W,
    is_json: bool,
}

impl<W: io::Write> Lines<W> {
    /// Lines of text, or of JSON, which stay valid.
    pub fn new(to: W, is_json: bool) -> Self {
        Self { to, is_json }
    }
}

impl<W: io::Write> io::Write for Lines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if line.len() <= LINE {
            self.to.write_all(line)?;
        } else {
            let text = String::from_utf8_lossy(line);
            self.to.write_all(shortened(text.trim_end(), self.is_json).as_bytes())?;
            self.to.write_all(b"\n")?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn shortened(line: &str, is_json: bool) -> String {
    if is_json && let Ok(mut value) = serde_json::from_str::<Value>(line) {
        shorten(&mut value);
        return value.to_string();
    }
    let end = line.floor_char_boundary(LINE);
    format!("{}… ({} bytes more)", &line[..end], line.len() - end)
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(short) = beginning(text, TEXT) {
                *text = short;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(shorten),
        Value::Object(values) => values.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn written(line: &str, is_json: bool) -> String {
        let mut bytes = Vec::new();
        Lines::new(&mut bytes, is_json).write_all(line.as_bytes()).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn long_lines_are_cut_and_short_ones_are_not() {
        assert_eq!(written("a line\n", false), "a line\n");
        let long = format!("path={}\n", "я".repeat(60_000));
        let line = written(&long, false);
        assert!(line.len() < LINE + 100 && line.ends_with(" bytes more)\n"), "{line}");
    }

    #[test]
    fn long_lines_of_json_stay_json() {
        let long = serde_json::json!({ "fields": { "path": "/".repeat(60_000), "status": 404 }, "level": "INFO" });
        let line = written(&format!("{long}\n"), true);
        let read: Value = serde_json::from_str(&line).unwrap();
        assert!(line.len() < 1_000, "{line}");
        assert_eq!((&read["fields"]["status"], &read["level"]), (&404.into(), &"INFO".into()));
    }
}
