//! Which article an address of a page means: the one whose page it is, else the one that the template of addresses makes it of. What differs
//! without making another page is passed over, as in address bars: the scheme, the case of the host, a slash at the end, a fragment, and a query
//! that no page is stored with.

use entity::article::Card;
use url::Url;

/// The articles that an address can mean, the likeliest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    /// As it may be stored.
    pub(crate) pages: Vec<String>,
    /// The slug of which the template makes it.
    pub(crate) slug: Option<String>,
}

/// Parameters that say where a reader comes from, and nothing of the page.
const TRACKERS: [&str; 14] = [
    "at_campaign",
    "at_medium",
    "cmpid",
    "dclid",
    "fbclid",
    "gclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ref",
    "smid",
    "yclid",
];

impl Address {
    /// What `url` can mean where articles without an address of their own have one made of `template`.
    pub(crate) fn new(url: &str, template: &str) -> Self {
        let pages = forms(url);
        let slug = templates(template).iter().find_map(|template| {
            let (head, tail) = template.split_once("{slug}")?;
            let slug = |page: &String| {
                let slug = page.strip_prefix(head)?.strip_suffix(tail)?;
                (!slug.is_empty() && !slug.contains(['/', '?', '#', '&'])).then(|| slug.to_owned())
            };
            pages.iter().find_map(slug)
        });
        Self { pages, slug }
    }

    /// How surely it means an article: the lower, the surer; `None` when it means another.
    pub(crate) fn rank(&self, slug: &str, url: Option<&str>) -> Option<usize> {
        let page = url.and_then(|url| self.pages.iter().position(|page| page == url));
        page.or_else(|| (self.slug.as_deref() == Some(slug)).then_some(self.pages.len()))
    }

    /// [`Self::rank`] of a card.
    pub(crate) fn rank_of(&self, card: &Card) -> Option<usize> {
        self.rank(&card.slug, card.url.as_deref())
    }
}

/// The template as the forms of addresses may have it.
fn templates(template: &str) -> Vec<String> {
    const MARK: &str = "newsgraph-slug";
    let marked = forms(&template.replace("{slug}", MARK));
    marked.into_iter().filter(|form| form.contains(MARK)).map(|form| form.replace(MARK, "{slug}")).collect()
}

/// The forms in which the address of a page may be stored, the closest first.
fn forms(url: &str) -> Vec<String> {
    let mut forms = vec![url.to_owned()];
    let mut add = |form: String| {
        if !forms.contains(&form) {
            forms.push(form);
        }
    };
    // Without a host it is no address that has forms.
    let Some(parsed) = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else {
        return forms;
    };
    let mut queries = vec![parsed.clone()];
    let mut without_fragment = parsed;
    without_fragment.set_fragment(None);
    queries.push(without_fragment.clone());
    if without_fragment.query().is_some() {
        queries.push(without_trackers(&without_fragment));
        let mut bare = without_fragment;
        bare.set_query(None);
        queries.push(bare);
    }
    for url in &queries {
        for scheme in [url.scheme(), if url.scheme() == "https" { "http" } else { "https" }] {
            let mut url = url.clone();
            if url.set_scheme(scheme).is_err() {
                continue;
            }
            add(url.to_string());
            let path = url.path().to_owned();
            match path.strip_suffix('/') {
                Some(shorter) => {
                    url.set_path(shorter);
                    // The path of a home page is never empty in a URL, but may be where it is stored.
                    let form = url.to_string();
                    add(if shorter.is_empty() { form.trim_end_matches('/').to_owned() } else { form });
                }
                None => {
                    url.set_path(&format!("{path}/"));
                    add(url.to_string());
                }
            }
        }
    }
    // Sources store letters beyond ASCII as they are written, too.
    for form in forms.clone() {
        if form.contains('%')
            && let Ok(written) = percent_encoding::percent_decode_str(&form).decode_utf8()
            && !written.contains(char::is_control)
            && !written.contains(' ')
        {
            let written = written.into_owned();
            if !forms.contains(&written) {
                forms.push(written);
            }
        }
    }
    forms
}

fn without_trackers(url: &Url) -> Url {
    let is_tracker = |part: &&str| {
        let name = part.split('=').next().unwrap_or_default().to_ascii_lowercase();
        name.starts_with("utm_") || TRACKERS.contains(&name.as_str())
    };
    let kept: Vec<&str> = url.query().unwrap_or_default().split('&').filter(|part| !is_tracker(part)).collect();
    let mut url = url.clone();
    url.set_query(Some(kept.join("&")).as_deref().filter(|query| !query.is_empty()));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "https://gazette.example/{slug}";

    fn means(url: &str, slug: &str, stored: Option<&str>) -> bool {
        Address::new(url, TEMPLATE).rank(slug, stored).is_some()
    }

    #[test]
    fn what_makes_no_other_page_is_passed_over() {
        let stored = Some("https://gazette.example/tram-table");
        for url in [
            "https://gazette.example/tram-table",
            "http://gazette.example/tram-table",
            "https://gazette.example/tram-table/",
            "https://GAZETTE.example/tram-table",
            "HTTPS://Gazette.Example:443/tram-table",
            "https://gazette.example/tram-table?utm_source=x&fbclid=1",
            "https://gazette.example/tram-table/?page=2#comments",
            "https://gazette.example/tram-table#top",
        ] {
            assert!(means(url, "another-slug", stored), "{url}");
            assert!(means(url, "tram-table", None), "{url}");
        }
        for url in
            ["https://gazette.example/tram", "https://other.example/tram-table", "https://gazette.example/Tram-table"]
        {
            assert!(!means(url, "another-slug", stored), "{url}");
            assert!(!means(url, "tram-table", None), "{url}");
        }
        assert!(means("https://gazette.example/tram-table", "x", Some("http://gazette.example/tram-table/")));
        assert!(means("https://gazette.example/%D1%82", "x", Some("https://gazette.example/т")));
        assert!(means("https://gazette.example/т", "x", Some("https://gazette.example/%D1%82")));
    }

    #[test]
    fn a_query_that_a_page_is_stored_with_counts() {
        let address = Address::new("https://a.example/?id=5&utm_medium=mail", TEMPLATE);
        let rank = |url: &str| address.rank("x", Some(url));
        assert!(rank("https://a.example/?id=5") < rank("https://a.example/"));
        assert_eq!(rank("https://a.example/?id=6"), None);
    }

    #[test]
    fn a_stored_address_goes_before_one_that_is_made() {
        let address = Address::new("https://gazette.example/tram-table", TEMPLATE);
        let stored = address.rank("other", Some("http://gazette.example/tram-table/"));
        assert!(stored < address.rank("tram-table", None));
        assert!(stored < address.rank("tram-table", Some("https://elsewhere.example/")));
    }

    #[test]
    fn templates_may_have_the_slug_anywhere() {
        for (template, url) in [
            ("https://a.example/?p={slug}", "http://a.example/?p=x&utm_source=y"),
            ("https://a.example/{slug}.html", "https://a.example/x.html?q"),
            ("https://A.example/news/{slug}/", "https://a.example/news/x"),
            ("http://127.0.0.1:8000/articles/{slug}", "http://127.0.0.1:8000/articles/x"),
        ] {
            assert_eq!(Address::new(url, template).slug.as_deref(), Some("x"), "{template} {url}");
        }
        assert_eq!(Address::new("https://a.example/news/x/y", "https://a.example/news/{slug}").slug, None);
    }

    #[test]
    fn what_is_no_address_has_one_form() {
        for text in ["", "x", "mailto:a@b.example", "https://", "//a.example/x"] {
            assert_eq!(Address::new(text, TEMPLATE), Address { pages: vec![text.to_owned()], slug: None }, "{text}");
        }
    }
}
