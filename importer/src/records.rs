//! Documents of many records, however large: read a record at a time, in bounded memory.

use std::io::{self, BufRead};

use crate::{draft::Draft, reading::Problem};

/// The records of a document.
pub type Records<'s> = Box<dyn Iterator<Item = Result<Draft, Problem>> + 's>;

/// The longest line: one article with all its text.
const LONGEST: u64 = 16 * 1024 * 1024;

/// The lines of a document with their numbers, from 1. A line that is too long, or is not UTF-8, is a problem and passed over.
pub(crate) struct Lines<R> {
    source: R,
    number: usize,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, number: 0, ended: false }
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::at(format!("line {}", self.number), message)
    }

    /// Passes over the rest of a line.
    fn pass(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.source.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let (used, ended) = (end.map_or(buffer.len(), |end| end + 1), end.is_some() || buffer.is_empty());
            self.source.consume(used);
            if ended {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(usize, String), Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        use io::Read as _;
        if self.ended {
            return None;
        }
        self.number += 1;
        let mut line = Vec::new();
        match self.source.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => {
                self.ended = true;
                None
            }
            Ok(_) if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST => {
                let problem = self.problem(format!("longer than {} MiB, the longest line that is read", LONGEST >> 20));
                self.ended = self.pass().is_err();
                Some(Err(problem))
            }
            Ok(_) => {
                let line = if self.number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
                match std::str::from_utf8(line) {
                    Ok(line) => Some(Ok((self.number, line.to_owned()))),
                    Err(error) => Some(Err(self.problem(format!("not UTF-8 at byte {}", error.valid_up_to() + 1)))),
                }
            }
            Err(error) => {
                self.ended = true;
                Some(Err(self.problem(format!("cannot be read: {error}"))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_cannot_be_read_does_not_end_the_document() {
        let mut document = b"one\n\xff\xfe\n".to_vec();
        document.extend(vec![b'x'; LONGEST as usize + 10]);
        document.extend(b"\nlast");
        let lines: Vec<_> = Lines::new(document.as_slice()).collect();
        assert_eq!(lines[0], Ok((1, "one\n".to_owned())));
        assert_eq!(lines[1].as_ref().unwrap_err().at, "line 2");
        assert_eq!(lines[2].as_ref().unwrap_err().at, "line 3");
        assert_eq!(lines[3], Ok((4, "last".to_owned())));
        assert_eq!(lines.len(), 4);
    }
}
