//! Names of people, without the addresses that feeds write beside them.

use crate::{draft::Contributor, text};

/// Someone whom a feed names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    /// As written.
    pub name: String,
    /// Their page.
    pub uri: Option<String>,
}

impl Person {
    /// As those who have done `role`; nobody when there is no name but an address of mail.
    pub(super) fn contributors(&self, role: &str) -> Vec<Contributor> {
        let Some(name) = name(&self.name) else { return Vec::new() };
        let names = names(&name);
        // A page of all of them is that of none.
        let uri = self.uri.clone().filter(|uri| names.len() == 1 && uri.starts_with("http"));
        let contributor =
            |name| Contributor { name, uri: uri.clone(), role: Some(role.to_owned()), ..Contributor::default() };
        names.into_iter().map(contributor).collect()
    }
}

/// The people of a line such as `Ann Lee, Bob Ray and Cy Young`. A line of which a part is one word or an initial is one name.
fn names(line: &str) -> Vec<String> {
    let parts: Vec<&str> = line.split(", ").flat_map(|part| part.split(" and ")).map(str::trim).collect();
    let is_full = |part: &&str| (2..=4).contains(&part.split(' ').count()) && !part.ends_with('.');
    if parts.iter().all(is_full) { parts.into_iter().map(str::to_owned).collect() } else { vec![line.to_owned()] }
}

/// The name in `mail (Name)`, `Name <mail>`, `Name (mail)` and the like.
pub(super) fn name(text: &str) -> Option<String> {
    let text = text.replace("mailto:", "");
    // Not markup: the brackets of an address.
    let text = if is_markup(&text) { text::plain(&text)? } else { text };
    if !text.contains('@') {
        return text::plain(&text);
    }
    let separated = text.replace(['(', ')', '<', '>', '[', ']', '"', ','], " \u{0} ");
    let words = separated.split_whitespace().filter(|word| !word.contains('@'));
    let kept = words.collect::<Vec<_>>().join(" ");
    let parts: Vec<_> = kept.split('\u{0}').filter_map(text::folded).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn is_markup(text: &str) -> bool {
    text.split('<').skip(1).any(|tag| !tag.split('>').next().unwrap_or_default().contains('@'))
        || text.contains("&lt;")
        || text.contains("&#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_in_one_line_are_told_apart() {
        assert_eq!(names("Ann Lee, Bob van Ray and Cy Young"), ["Ann Lee", "Bob van Ray", "Cy Young"]);
        for one in ["LAPALU, N., SIMON, A.", "Ann Lee, Reuters", "Marks and Spencer", "Martin Luther King, Jr.", "Desk"]
        {
            assert_eq!(names(one), [one]);
        }
    }

    #[test]
    fn an_address_of_mail_is_never_part_of_a_name() {
        for (text, expected) in [
            ("me@example.com (Example Editor)", Some("Example Editor")),
            ("Example Editor <me@example.com>", Some("Example Editor")),
            ("Example Editor &lt;me@example.com&gt;", Some("Example Editor")),
            ("Example Editor (me@example.com)", Some("Example Editor")),
            ("Example Editor me@example.com", Some("Example Editor")),
            ("mailto:me@example.com", None),
            ("me@example.com", None),
            ("<a href=\"/me\">Ann O&#8217;Hara</a>", Some("Ann O’Hara")),
            ("a@example.com (A), b@example.com (B)", Some("A, B")),
            ("Ann (Reuters)", Some("Ann (Reuters)")),
            (" ", None),
        ] {
            assert_eq!(name(text).as_deref(), expected, "{text}");
        }
    }
}
