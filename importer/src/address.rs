//! Addresses that readers can open: of the web, and in the form that a parser gives them, so that nothing in one can end an attribute, begin
//! another address or run.

use url::Url;

/// Longer addresses do not fit into an index.
pub(crate) const LONGEST: usize = 2_000;

/// The address of the web that `text` is, as it is kept and answered; `None` when it is none, or too long.
pub fn web(text: &str) -> Option<String> {
    kept(Url::parse(text.trim()).ok()?)
}

/// The path of a file that this server has itself, as it is kept; `None` when it leads elsewhere.
pub(crate) fn own(path: &str) -> Option<String> {
    let here = Url::parse("http://newsgraph.invalid/").ok()?;
    let url =
        here.join(path.trim()).ok().filter(|url| path.trim().starts_with('/') && url.origin() == here.origin())?;
    let path = unquoted(&url[url::Position::BeforePath..]);
    (path.len() <= LONGEST).then_some(path)
}

/// The address that `href` is, by itself or relative to `base`; `None` when it is none of the web.
pub(crate) fn resolve(href: &str, base: Option<&Url>) -> Option<String> {
    kept(join(href, base)?)
}

fn kept(url: Url) -> Option<String> {
    let kept = is_web(&url).then(|| unquoted(without_credentials(url).as_str()))?;
    (kept.len() <= LONGEST).then_some(kept)
}

/// An address as everybody may see it: without a name and a password in it.
pub fn without_credentials(mut url: Url) -> Url {
    // Both can only fail for addresses without a host, which have no credentials.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url
}

/// An address that stands in an attribute whichever quotes are around it: parsers leave `'` as it is.
fn unquoted(address: &str) -> String {
    address.replace('\'', "%27")
}

/// The same for any scheme.
pub(crate) fn join(href: &str, base: Option<&Url>) -> Option<Url> {
    let href = href.trim();
    match Url::parse(href) {
        Ok(url) => Some(url),
        Err(url::ParseError::RelativeUrlWithoutBase) if !href.is_empty() => base?.join(href).ok(),
        Err(_) => None,
    }
}

pub(crate) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Whether an identifier could be taken for an address that runs or shows what stands in itself.
pub(crate) fn is_active(identifier: &str) -> bool {
    Url::parse(identifier.trim()).is_ok_and(|url| {
        matches!(url.scheme(), "javascript" | "data" | "vbscript" | "blob" | "file" | "filesystem" | "about")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_web_are_kept_as_they_are_parsed() {
        for (written, kept) in [
            ("https://news.example/a?b=1&c=2#d", "https://news.example/a?b=1&c=2#d"),
            (" HTTP://News.Example ", "http://news.example/"),
            ("https://news.example/'onclick=x'#'", "https://news.example/%27onclick=x%27#%27"),
            ("https://news.example/путь", "https://news.example/%D0%BF%D1%83%D1%82%D1%8C"),
            (
                "https://news.example/a.jpg 1x, https://evil.example/b.jpg",
                "https://news.example/a.jpg%201x,%20https://evil.example/b.jpg",
            ),
            (
                "https://news.example/\"><script>alert(1)</script>",
                "https://news.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
            ),
            ("https://news.example/a\nb\tc", "https://news.example/abc"),
            ("https:\\\\news.example\\a", "https://news.example/a"),
        ] {
            assert_eq!(web(written).as_deref(), Some(kept), "{written}");
        }
    }

    #[test]
    fn nothing_else_is_an_address() {
        for text in [
            "",
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://news.example/a",
            "blob:https://news.example/1",
            "//news.example/a",
            "/a",
            "news.example/a",
            "mailto:a@news.example",
            "http://",
            "https:///",
        ] {
            assert_eq!(web(text), None, "{text:?}");
        }
        assert_eq!(web(&format!("https://news.example/{}", "x".repeat(LONGEST))), None);
        assert_eq!(web(&format!("https://news.example/{}", "я".repeat(LONGEST / 4))), None, "as it is kept");
    }

    #[test]
    fn names_and_passwords_are_never_kept() {
        assert_eq!(web("https://reader:secret@news.example/a").as_deref(), Some("https://news.example/a"));
        let base = Url::parse("https://reader:secret@news.example/feed.xml").unwrap();
        assert_eq!(resolve("/a", Some(&base)).as_deref(), Some("https://news.example/a"));
        assert_eq!(without_credentials(base).as_str(), "https://news.example/feed.xml");
    }

    #[test]
    fn own_paths_stay_here() {
        assert_eq!(own("/media/a b.jpg?x").as_deref(), Some("/media/a%20b.jpg?x"));
        for elsewhere in [
            "//evil.example/a",
            "/\\evil.example/a",
            "\\\\evil.example",
            "media/a.jpg",
            "/\t/evil.example/a",
            "javascript:1",
        ] {
            assert_eq!(own(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn identifiers_that_run_are_known() {
        assert!(is_active(" javaScript:alert(1)") && is_active("data:image/png;base64,AAAA"));
        assert!(
            !is_active("urn:x:1")
                && !is_active("tag:example.org,2026:1")
                && !is_active("AP-1")
                && !is_active("https://a.example")
        );
    }
}
