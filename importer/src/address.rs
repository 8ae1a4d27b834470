//! Addresses that readers can open.

use url::Url;

/// The address that `href` is, by itself or relative to `base`; `None` when it is none of the web.
pub(crate) fn resolve(href: &str, base: Option<&Url>) -> Option<String> {
    join(href, base).filter(is_web).map(String::from)
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
