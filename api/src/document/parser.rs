//! Parses documents by the grammar of the specification of September 2025. The engine's parser knows no descriptions in documents and
//! no `\u{…}`, and takes `query A()`; `docs/decisions/0023` says why there is one of our own.
//!
//! It recurses no deeper than the brackets of the text, which the lexer has counted before.

use std::borrow::Cow;

use async_graphql::parser::types::{BaseType, OperationType, Type};
use async_graphql::{Name as EngineName, Pos, ServerError};

use super::ast::{
    Argument, Directive, Document, Field, Fragment, Inline, Kind, Name, Operation, Selection, SelectionSet, Spread,
    Value, Variable,
};
use super::error;
use super::lexer::{self, Flaw, Lexer, Places, Token};

/// Parses a text that the lexer has found to be of tokens.
pub(super) fn parse(source: &str) -> Result<Document<'_>, ServerError> {
    let mut parser = Parser {
        source,
        lexer: Lexer { source, at: 0 },
        places: Places::new(source),
        token: None,
        place: Pos { line: 1, column: 1 },
    };
    parser.advance();
    let document = parser.document();
    document.map_err(|stop| match stop {
        Stop::Unexpected(at) => lexer::unexpected(source, at),
        Stop::Flaw(flaw) => flaw.explain(source),
        Stop::Said(error) => *error,
    })
}

enum Stop {
    /// The token at this offset does not belong there.
    Unexpected(usize),
    Flaw(Flaw),
    Said(Box<ServerError>),
}

type Parsed<T> = Result<T, Stop>;

struct Parser<'s> {
    source: &'s str,
    lexer: Lexer<'s>,
    places: Places<'s>,
    /// The token to be read next and where it ends; none at the end.
    token: Option<(Token, usize)>,
    /// Its place.
    place: Pos,
}

impl<'s> Parser<'s> {
    fn advance(&mut self) {
        self.token = match self.lexer.next() {
            Some(Ok(token)) => Some((token, self.lexer.at)),
            // The lexer has been over the text, so there is no flaw in it.
            Some(Err(_)) | None => None,
        };
        self.place = self.places.of(self.token.map_or(self.source.len(), |(token, _)| token.at));
    }

    fn unexpected<T>(&self) -> Parsed<T> {
        Err(Stop::Unexpected(self.token.map_or(self.source.len(), |(token, _)| token.at)))
    }

    fn kind(&self) -> Option<lexer::Kind> {
        self.token.map(|(token, _)| token.kind)
    }

    fn text(&self) -> &'s str {
        self.token.map_or("", |(token, end)| &self.source[token.at..end])
    }

    fn is_at(&self, sign: u8) -> bool {
        self.kind() == Some(lexer::Kind::Sign(sign))
    }

    fn take(&mut self, sign: u8) -> bool {
        let is = self.is_at(sign);
        if is {
            self.advance();
        }
        is
    }

    fn expect(&mut self, sign: u8) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { self.unexpected() }
    }

    fn is_at_word(&self, word: &str) -> bool {
        self.kind() == Some(lexer::Kind::Name) && self.text() == word
    }

    fn name(&mut self) -> Parsed<Name<'s>> {
        if self.kind() != Some(lexer::Kind::Name) {
            return self.unexpected();
        }
        let name = Name { at: self.place, text: self.text() };
        self.advance();
        Ok(name)
    }

    /// What stands between two signs, at least once.
    fn many<T>(&mut self, open: u8, close: u8, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect(open)?;
        let mut items = vec![item(self)?];
        while !self.take(close) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// What stands between two signs, if the first is there.
    fn some<T>(&mut self, open: u8, close: u8, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        if self.is_at(open) { self.many(open, close, item) } else { Ok(Vec::new()) }
    }

    fn document(&mut self) -> Parsed<Document<'s>> {
        let mut document = Document { operations: Vec::new(), fragments: Vec::new() };
        loop {
            self.definition(&mut document)?;
            if self.token.is_none() {
                return Ok(document);
            }
        }
    }

    fn definition(&mut self, document: &mut Document<'s>) -> Parsed<()> {
        let at = self.place;
        if self.is_at(b'{') {
            let (kind, selections) = (OperationType::Query, self.selection_set()?);
            let (variables, directives) = (Vec::new(), Vec::new());
            document.operations.push(Operation { at, kind, name: None, variables, directives, selections });
            return Ok(());
        }
        self.description()?;
        let kind = match self.text() {
            "query" => OperationType::Query,
            "mutation" => OperationType::Mutation,
            "subscription" => OperationType::Subscription,
            "fragment" => {
                let fragment = self.fragment(at)?;
                document.fragments.push(fragment);
                return Ok(());
            }
            word @ ("schema" | "scalar" | "type" | "interface" | "union" | "enum" | "input" | "directive"
            | "extend") => {
                let message = format!("syntax error: unexpected `{word}`: a request has operations and fragments only");
                return Err(Stop::Said(Box::new(error("GRAPHQL_PARSE_FAILED", message, Some(self.place)))));
            }
            _ => return self.unexpected(),
        };
        self.advance();
        let name = if self.kind() == Some(lexer::Kind::Name) { Some(self.name()?) } else { None };
        let variables = self.some(b'(', b')', Self::variable_definition)?;
        let (directives, selections) = (self.directives(false)?, self.selection_set()?);
        document.operations.push(Operation { at, kind, name, variables, directives, selections });
        Ok(())
    }

    /// Descriptions are for those who read the document.
    fn description(&mut self) -> Parsed<()> {
        if matches!(self.kind(), Some(lexer::Kind::String | lexer::Kind::Block)) {
            self.string()?;
        }
        Ok(())
    }

    fn fragment(&mut self, at: Pos) -> Parsed<Fragment<'s>> {
        self.advance();
        if self.is_at_word("on") {
            return self.unexpected();
        }
        let name = self.name()?;
        if !self.is_at_word("on") {
            return self.unexpected();
        }
        self.advance();
        let on = self.name()?;
        Ok(Fragment { at, name, on, directives: self.directives(false)?, selections: self.selection_set()? })
    }

    fn variable_definition(&mut self) -> Parsed<Variable<'s>> {
        let at = self.place;
        self.description()?;
        self.expect(b'$')?;
        let name = self.name()?;
        self.expect(b':')?;
        let ty_at = self.place;
        let (ty, named) = self.ty()?;
        let default = if self.take(b'=') { Some(self.value(true)?) } else { None };
        Ok(Variable { at, name, ty, ty_at, named, default, directives: self.directives(true)? })
    }

    fn ty(&mut self) -> Parsed<(Type, Name<'s>)> {
        let (base, named) = if self.take(b'[') {
            let (inner, named) = self.ty()?;
            self.expect(b']')?;
            (BaseType::List(Box::new(inner)), named)
        } else {
            let named = self.name()?;
            (BaseType::Named(EngineName::new(named.text)), named)
        };
        Ok((Type { base, nullable: !self.take(b'!') }, named))
    }

    fn selection_set(&mut self) -> Parsed<SelectionSet<'s>> {
        Ok(SelectionSet { at: self.place, items: self.many(b'{', b'}', Self::selection)? })
    }

    fn selection(&mut self) -> Parsed<Selection<'s>> {
        let at = self.place;
        if self.kind() != Some(lexer::Kind::Spread) {
            return self.field().map(Selection::Field);
        }
        self.advance();
        if self.kind() == Some(lexer::Kind::Name) && !self.is_at_word("on") {
            let name = self.name()?;
            return Ok(Selection::Spread(Spread { at, name, directives: self.directives(false)? }));
        }
        let on = if self.is_at_word("on") {
            self.advance();
            Some(self.name()?)
        } else {
            None
        };
        Ok(Selection::Inline(Inline { at, on, directives: self.directives(false)?, selections: self.selection_set()? }))
    }

    fn field(&mut self) -> Parsed<Field<'s>> {
        let at = self.place;
        let first = self.name()?;
        let (alias, name) = if self.take(b':') { (Some(first), self.name()?) } else { (None, first) };
        let arguments = self.some(b'(', b')', |parser| parser.argument(false))?;
        let directives = self.directives(false)?;
        let selections = if self.is_at(b'{') { Some(self.selection_set()?) } else { None };
        Ok(Field { at, alias, name, arguments, directives, selections })
    }

    fn directives(&mut self, constant: bool) -> Parsed<Vec<Directive<'s>>> {
        let mut directives = Vec::new();
        while self.is_at(b'@') {
            let at = self.place;
            self.advance();
            let name = self.name()?;
            let arguments = self.some(b'(', b')', |parser| parser.argument(constant))?;
            directives.push(Directive { at, name, arguments });
        }
        Ok(directives)
    }

    fn argument(&mut self, constant: bool) -> Parsed<Argument<'s>> {
        let name = self.name()?;
        self.expect(b':')?;
        Ok(Argument { name, value: self.value(constant)? })
    }

    fn value(&mut self, constant: bool) -> Parsed<Value<'s>> {
        let (at, text) = (self.place, self.text());
        let kind = match self.kind() {
            Some(lexer::Kind::Sign(b'$')) if !constant => {
                self.advance();
                return Ok(Value { at, kind: Kind::Variable(self.name()?.text) });
            }
            Some(lexer::Kind::Sign(b'[')) => {
                self.advance();
                let mut items = Vec::new();
                while !self.take(b']') {
                    items.push(self.value(constant)?);
                }
                return Ok(Value { at, kind: Kind::List(items) });
            }
            Some(lexer::Kind::Sign(b'{')) => {
                self.advance();
                let mut fields = Vec::new();
                while !self.take(b'}') {
                    let name = self.name()?;
                    self.expect(b':')?;
                    fields.push((name, self.value(constant)?));
                }
                return Ok(Value { at, kind: Kind::Object(fields) });
            }
            Some(lexer::Kind::String | lexer::Kind::Block) => {
                let block = self.kind() == Some(lexer::Kind::Block);
                return Ok(Value { at, kind: Kind::String { text: self.string()?, block } });
            }
            Some(lexer::Kind::Number) => match is_float(text) {
                Some(true) => Kind::Float(text),
                Some(false) => Kind::Int(text),
                None => return self.unexpected(),
            },
            Some(lexer::Kind::Name) => match text {
                "true" => Kind::Boolean(true),
                "false" => Kind::Boolean(false),
                "null" => Kind::Null,
                word => Kind::Enum(word),
            },
            _ => return self.unexpected(),
        };
        self.advance();
        Ok(Value { at, kind })
    }

    fn string(&mut self) -> Parsed<Cow<'s, str>> {
        let Some((Token { at, kind }, _)) = self.token else { return self.unexpected() };
        let text = self.text();
        let value = if kind == lexer::Kind::Block {
            block_string(&text[3..text.len() - 3])
        } else {
            let inside = &text[1..text.len() - 1];
            unescaped(inside).map_err(|(index, what)| Stop::Flaw(Flaw { at: at + 1 + index, what }))?
        };
        self.advance();
        Ok(value)
    }
}

/// Whether a number has a fraction or an exponent; none when it is no number.
fn is_float(text: &str) -> Option<bool> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let right = (fraction.is_empty() || fraction.strip_prefix('.').is_some_and(all_digits))
        && exponent.is_none_or(|exponent| all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    right.then_some(!rest.is_empty())
}

/// The value of what stands between the quotes of a string, or where an escape is wrong.
fn unescaped(text: &str) -> Result<Cow<'_, str>, (usize, &'static str)> {
    const NONE: &str = "an escape in a string that there is not";
    const SURROGATE: &str = "an escape in a string that is half a character";
    let mut value = String::new();
    let mut rest = text;
    while let Some(index) = rest.find('\\') {
        let at = text.len() - rest.len() + index;
        value.push_str(&rest[..index]);
        let escape = &rest[index + 1..];
        let letter = escape.chars().next().ok_or((at, NONE))?;
        rest = &escape[letter.len_utf8()..];
        value.push(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' if rest.starts_with('{') => {
                let (digits, after) = rest[1..].split_once('}').ok_or((at, NONE))?;
                rest = after;
                let code = hexadecimal(digits).ok_or((at, NONE))?;
                char::from_u32(code).ok_or((at, if is_surrogate(code) { SURROGATE } else { NONE }))?
            }
            'u' => {
                let first = rest.get(..4).and_then(hexadecimal).ok_or((at, NONE))?;
                rest = &rest[4..];
                match char::from_u32(first) {
                    Some(character) => character,
                    None => {
                        let second = rest.strip_prefix("\\u").and_then(|rest| rest.get(..4)).and_then(hexadecimal);
                        let pair = (first, second.ok_or((at, SURROGATE))?);
                        let ((0xd800..=0xdbff, 0xdc00..=0xdfff), Some(after)) = (pair, rest.get(6..)) else {
                            return Err((at, SURROGATE));
                        };
                        rest = after;
                        char::from_u32(0x1_0000 + ((pair.0 - 0xd800) << 10) + (pair.1 - 0xdc00))
                            .ok_or((at, SURROGATE))?
                    }
                }
            }
            _ => return Err((at, NONE)),
        });
    }
    if value.is_empty() && rest.len() == text.len() {
        return Ok(Cow::Borrowed(text));
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

fn is_surrogate(code: u32) -> bool {
    (0xd800..=0xdfff).contains(&code)
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let right = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    right.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// BlockStringValue of the specification: without the indentation that all lines but the first share, and without blank lines around.
fn block_string(text: &str) -> Cow<'_, str> {
    let text = text.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let is_blank = |line: &&str| indentation(line) == line.len();
    let shared = lines.iter().skip(1).filter(|line| !is_blank(line)).map(|line| indentation(line)).min().unwrap_or(0);
    let dedented = lines.iter().enumerate().map(|(index, line)| match index {
        0 => line,
        _ => line.get(shared..).unwrap_or(""),
    });
    let kept: Vec<&str> = dedented.skip_while(|line| is_blank(line)).collect();
    let end = kept.iter().rposition(|line| !is_blank(line)).map_or(0, |last| last + 1);
    Cow::Owned(kept[..end].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(source: &str) -> Vec<String> {
        let text = format!("{{ a(b: [{source}]) }}");
        let document = parse(&text).expect("it is a document");
        let Selection::Field(field) = &document.operations[0].selections.items[0] else { panic!("a field") };
        let Kind::List(items) = &field.arguments[0].value.kind else { panic!("a list") };
        items
            .iter()
            .map(|item| match &item.kind {
                Kind::String { text, .. } => text.clone().into_owned(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn refusal(source: &str) -> (String, Pos) {
        let error = parse(source).expect_err("it is refused");
        (error.message, error.locations[0])
    }

    #[test]
    fn every_escape_is_read() {
        let source = r#""plain é" "\"\\\/\b\f\n\r\t" "\u00e9\u{e9}\u{1F5DE}" "\uD83D\uDDDE" "\u{00000041}" """#;
        let expected = ["plain é", "\"\\/\u{8}\u{c}\n\r\t", "éé\u{1f5de}", "\u{1f5de}", "A", ""];
        assert_eq!(strings(source), expected);
    }

    #[test]
    fn escapes_that_are_none_are_refused_with_their_place() {
        for (escape, half) in [
            (r"\x", false),
            (r"\u12", false),
            (r"\u{}", false),
            (r"\u{110000}", false),
            (r"\u{1", false),
            (r"\u+123", false),
            (r"\u{FFFFFFFFFF}", false),
            (r"\uD83D", true),
            (r"\uDDDE", true),
            (r"\uD83D\u0041", true),
            (r"\u{D83D}", true),
            (r"\uD83D\u{DDDE}", true),
        ] {
            let (message, at) = refusal(&format!("{{ a(b: \"é{escape}\") }}"));
            let expected = if half { "that is half a character" } else { "that there is not" };
            assert!(
                message.starts_with("syntax error: an escape in a string") && message.contains(expected),
                "{message}"
            );
            assert_eq!(at, Pos { line: 1, column: 10 }, "{escape}");
        }
    }

    #[test]
    fn block_strings_lose_what_their_lines_share() {
        let source = "\"\"\"\n    Hello,\r\n      \\\"\"\" World!\\n\r\n\r    Yours  \n\n  \"\"\" \"\"\" one \"\"\" \"\"\"\"\"\" \"\"\"  \n\t\n\"\"\"";
        assert_eq!(strings(source), ["Hello,\n  \"\"\" World!\\n\n\nYours  ", " one ", "", ""]);
    }

    #[test]
    fn numbers_are_those_of_the_grammar() {
        for (text, float) in
            [("0", false), ("-0", false), ("12", false), ("0.5", true), ("1e3", true), ("-1.5E+30", true)]
        {
            assert_eq!(is_float(text), Some(float), "{text}");
        }
        for text in ["01", "-", "1.", ".5", "1e", "1e+", "1.5.2", "1a", "0x1", "1e3e3", "--1", "1_0"] {
            assert_eq!(is_float(text), None, "{text}");
        }
    }

    #[test]
    fn what_the_grammar_has_is_read() {
        for source in [
            "\"The sections\" query A(\"Which\" $s: String = \"a\" @a(b: 1) \"\"\"Two\"\"\" $t: [Int!]! = [1, -0]) @b { c }",
            "\"A fragment\" fragment F on T { a } \"\"\"\nAn operation\n\"\"\" query { ...F }",
            "{ ... on # here\n T { a } ... @include(if: $b) { c } ...fragment }",
            "query query { query: mutation(fragment: on, null: null) }",
            "mutation { a } subscription S { b }",
            "\u{feff}{ a }",
        ] {
            assert!(parse(source).is_ok(), "{source}");
        }
    }

    #[test]
    fn what_the_grammar_has_not_is_refused_with_its_place() {
        for (source, token, column) in [
            ("query A() { a }", ")", 9),
            ("{ a() }", ")", 5),
            ("{ }", "}", 3),
            ("{ a { } }", "}", 7),
            ("\"No name\" { a }", "{", 11),
            ("query ($a: Int = $b) { a }", "$", 18),
            ("query ($a: Int @b(c: $d)) { a }", "$", 22),
            ("fragment on on T { a }", "on", 10),
            ("{ ... on { a } }", "{", 10),
            ("fragment F($a: Int) on T { a }", "(", 11),
            ("{ ...F(a: 1) }", "(", 7),
            ("{ a: }", "}", 6),
            ("{ a(b: 01) }", "01", 8),
            ("{ a } 1", "1", 7),
            ("quer { a }", "quer", 1),
            ("{ a(b: {c 1}) }", "1", 11),
        ] {
            let (message, at) = refusal(source);
            assert_eq!(message, format!("syntax error: unexpected `{token}`"), "{source}");
            assert_eq!(at, Pos { line: 1, column }, "{source}");
        }
        let (message, _) = refusal("type T { a: Int }");
        assert_eq!(message, "syntax error: unexpected `type`: a request has operations and fragments only");
    }
}
