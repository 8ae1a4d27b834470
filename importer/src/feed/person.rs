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
    /// As one who has done `role`; `None` when there is no name but an address of mail.
    pub(super) fn contributor(&self, role: &str) -> Option<Contributor> {
        let name = name(&self.name)?;
        let uri = self.uri.clone().filter(|uri| uri.starts_with("http://") || uri.starts_with("https://"));
        Some(Contributor { name, uri, role: Some(role.to_owned()) })
    }
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
