//! Counts the tokens and brackets of a document before the parser runs, because the parser's time grows with the
//! tokens and its stack with the brackets. It reads strings and comments as the parser does: were they read
//! differently, tokens could hide in them.

use async_graphql::{Pos, ServerError};

use super::limits::at_most;
use super::{Limits, error, shortened};

/// Refuses a text with too many tokens, too many brackets inside each other, or that has no tokens at some place.
pub(super) fn check(source: &str, limits: &Limits) -> Result<(), ServerError> {
    let mut lexer = Lexer { source, at: 0 };
    let (mut tokens, mut depth, mut deepest) = (0, 0_u64, 0);
    while let Some(token) = lexer.next() {
        let Token { at, kind } = token.map_err(|flaw| flaw.explain(source))?;
        tokens += 1;
        match kind {
            Kind::Sign(b'{' | b'(' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Kind::Sign(b'}' | b')' | b']') => depth = depth.saturating_sub(1),
            Kind::Name => {
                let length = (lexer.at - at) as u64;
                at_most("a name of {} letters", length, limits.name_length, None)?;
            }
            Kind::Sign(_) | Kind::Spread | Kind::Number | Kind::String | Kind::Block => {}
        }
    }
    at_most("{} tokens", tokens, limits.tokens, None)?;
    at_most("{} brackets inside each other", deepest, limits.nesting, None)
}

/// The number of tokens of a text that has passed [`check`].
pub(super) fn count(source: &str) -> u64 {
    Lexer { source, at: 0 }.count() as u64
}

/// The token at an offset that the parser stopped at, and its place; no token at the end of the text.
pub(super) fn unexpected(source: &str, at: usize) -> ServerError {
    let mut lexer = Lexer { source, at };
    let message = match lexer.next() {
        Some(Ok(token)) => format!("syntax error: unexpected `{}`", shortened(&source[token.at..lexer.at])),
        Some(Err(flaw)) => return flaw.explain(source),
        None => "syntax error: unexpected end of the document".to_owned(),
    };
    error("GRAPHQL_PARSE_FAILED", message, Some(position(source, at)))
}

pub(super) struct Lexer<'a> {
    pub(super) source: &'a str,
    pub(super) at: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sign(u8),
    Spread,
    Name,
    Number,
    String,
    Block,
}

pub(super) struct Flaw {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

impl Flaw {
    pub(super) fn explain(&self, source: &str) -> ServerError {
        let rest = &source[self.at..];
        let message = match rest.chars().next() {
            Some('"' | '\\') | None => format!("syntax error: {}", self.what),
            Some(character) => {
                format!("syntax error: {} `{}`", self.what, shortened(&character.escape_debug().to_string()))
            }
        };
        error("GRAPHQL_PARSE_FAILED", message, Some(position(source, self.at)))
    }
}

impl Iterator for Lexer<'_> {
    type Item = Result<Token, Flaw>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip_ignored();
        let at = self.at;
        let rest = &self.source.as_bytes()[at..];
        let kind = match *rest.first()? {
            sign @ (b'{' | b'(' | b'[' | b'}' | b')' | b']' | b'!' | b'$' | b'&' | b':' | b'=' | b'@' | b'|') => {
                self.at += 1;
                Kind::Sign(sign)
            }
            b'.' if rest.starts_with(b"...") => {
                self.at += 3;
                Kind::Spread
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.at += length_while(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
                Kind::Name
            }
            b'-' | b'0'..=b'9' => {
                self.at += number_length(rest);
                Kind::Number
            }
            b'"' => {
                let (length, kind) = match rest {
                    [b'"', b'"', b'"', content @ ..] => (block_string_length(content), Kind::Block),
                    [_, content @ ..] => (string_length(content), Kind::String),
                    [] => (None, Kind::String),
                };
                let Some(length) = length else {
                    return Some(Err(Flaw { at, what: "a string is not closed" }));
                };
                self.at += length;
                kind
            }
            _ => {
                return Some(Err(Flaw { at, what: "unexpected character" }));
            }
        };
        Some(Ok(Token { at, kind }))
    }
}

impl Lexer<'_> {
    fn skip_ignored(&mut self) {
        const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
        loop {
            let rest = &self.source.as_bytes()[self.at..];
            self.at += match rest.first() {
                Some(b' ' | b'\t' | b'\n' | b'\r' | b',') => 1,
                Some(b'#') => length_while(rest, |byte| byte != b'\n' && byte != b'\r'),
                Some(_) if rest.starts_with(BYTE_ORDER_MARK) => BYTE_ORDER_MARK.len(),
                _ => return,
            };
        }
    }
}

fn length_while(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !belongs(*byte)).unwrap_or(bytes.len())
}

/// Wider than the grammar's numbers; the parser refuses what is none.
fn number_length(bytes: &[u8]) -> usize {
    let mut length = 1;
    while let Some(byte) = bytes.get(length) {
        let belongs = match byte {
            b'.' => bytes.get(length + 1).is_some_and(u8::is_ascii_digit),
            b'+' | b'-' => matches!(bytes[length - 1], b'e' | b'E'),
            _ => byte.is_ascii_alphanumeric() || *byte == b'_',
        };
        if !belongs {
            break;
        }
        length += 1;
    }
    length
}

/// With both quotes, from what follows the first; none when it does not end on its line.
fn string_length(content: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match content.get(at)? {
            b'"' => return Some(at + 2),
            b'\\' => at += 2,
            b'\n' | b'\r' => return None,
            _ => at += 1,
        }
    }
}

fn block_string_length(content: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = content.get(at..)?;
        if rest.starts_with(b"\\\"\"\"") {
            at += 4;
        } else if rest.starts_with(b"\"\"\"") {
            return Some(at + 6);
        } else if rest.is_empty() {
            return None;
        } else {
            at += 1;
        }
    }
}

fn position(source: &str, offset: usize) -> Pos {
    Places::new(source).of(offset)
}

/// Places of offsets that grow, in one pass over the text. Lines end as the specification says: by "\n", "\r" or both.
pub(super) struct Places<'a> {
    source: &'a str,
    at: usize,
    place: Pos,
}

impl<'a> Places<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, at: 0, place: Pos { line: 1, column: 1 } }
    }

    pub(super) fn of(&mut self, offset: usize) -> Pos {
        let bytes = self.source.as_bytes();
        for (index, character) in self.source[self.at..offset].char_indices() {
            match character {
                '\r' if bytes.get(self.at + index + 1) == Some(&b'\n') => {}
                '\n' | '\r' => self.place = Pos { line: self.place.line + 1, column: 1 },
                _ => self.place.column += 1,
            }
        }
        self.at = offset;
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(source: &str) -> Vec<&str> {
        let mut lexer = Lexer { source, at: 0 };
        let mut found = Vec::new();
        while let Some(token) = lexer.next() {
            match token {
                Ok(token) => found.push(&source[token.at..lexer.at]),
                Err(flaw) => panic!("{} at {}", flaw.what, flaw.at),
            }
        }
        found
    }

    fn flaw(source: &str) -> ServerError {
        check(source, &Limits::default()).expect_err("it is refused")
    }

    #[test]
    fn signs_names_numbers_and_strings_are_one_token_each() {
        assert_eq!(
            tokens("query Q($a:[Int!]=-1.5e+3){x:y(b:\"s\")@skip(if:$a)...F}"),
            [
                "query", "Q", "(", "$", "a", ":", "[", "Int", "!", "]", "=", "-1.5e+3", ")", "{", "x", ":", "y", "(",
                "b", ":", "\"s\"", ")", "@", "skip", "(", "if", ":", "$", "a", ")", "...", "F", "}"
            ]
        );
    }

    #[test]
    fn white_space_commas_comments_and_byte_order_marks_are_no_tokens() {
        assert_eq!(tokens("\u{feff} ,\t{ # { \"\"\" {\r a # }\n }\r\n#"), ["{", "a", "}"]);
    }

    #[test]
    fn what_looks_like_tokens_inside_strings_is_none() {
        assert_eq!(tokens(r#""{ a # \" \\" "b""#), [r#""{ a # \" \\""#, "\"b\""]);
        assert_eq!(tokens(r#""""""" a "" b"#), ["\"\"\"\"\"\"", "a", "\"\"", "b"]);
        assert_eq!(tokens("\"\"\" { \" \"\" \\\"\"\" \n # \"\"\" c"), ["\"\"\" { \" \"\" \\\"\"\" \n # \"\"\"", "c"]);
    }

    #[test]
    fn a_number_ends_before_a_spread() {
        assert_eq!(tokens("1...F"), ["1", "...", "F"]);
    }

    #[test]
    fn strings_that_do_not_end_are_refused_with_their_place() {
        for source in ["{ a(b: \"c", "{ a(b: \"c\n\")", "{ a(b: \"\"\"c\"\"", "{ a(b: \"c\\"] {
            let error = flaw(source);
            assert_eq!(error.message, "syntax error: a string is not closed", "{source}");
            assert_eq!(error.locations, [Pos { line: 1, column: 8 }], "{source}");
        }
    }

    #[test]
    fn characters_outside_the_grammar_are_refused_with_their_place() {
        let error = flaw("{\n  aé }");
        assert_eq!(error.message, "syntax error: unexpected character `é`");
        assert_eq!(error.locations, [Pos { line: 2, column: 4 }]);
        assert_eq!(flaw("{ a\0 }").message, "syntax error: unexpected character `\\0`");
    }

    #[test]
    fn tokens_are_allowed_up_to_the_limit() {
        let limits = Limits { tokens: 5, ..Limits::default() };
        assert!(check("{ a b }", &limits).is_ok());
        assert!(check("{ a b c }", &limits).is_ok());
        let refusal = check("{ a b c d }", &limits).expect_err("it is refused");
        assert_eq!(refusal.message, "document has 6 tokens, the limit is 5");
    }

    #[test]
    fn brackets_of_every_kind_nest_up_to_the_limit() {
        let limits = Limits { nesting: 3, ..Limits::default() };
        assert!(check("{a(b:[c])}{([])}", &limits).is_ok());
        let refusal = check("{a(b:[{}])}", &limits).expect_err("it is refused");
        assert_eq!(refusal.message, "document has 4 brackets inside each other, the limit is 3");
    }

    #[test]
    fn a_long_name_is_refused() {
        let name = "n".repeat(200);
        assert!(check(&name, &Limits::default()).is_ok());
        assert_eq!(flaw(&format!("{name}n")).message, "document has a name of 201 letters, the limit is 200");
    }

    #[test]
    fn closing_brackets_alone_do_no_harm() {
        assert!(check("}}}}{", &Limits::default()).is_ok());
    }
}
