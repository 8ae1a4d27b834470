//! The vocabularies of feeds, by the addresses and prefixes that publishers write for them.

/// The vocabularies that feeds are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::feed) enum Space {
    /// RSS of any version, and elements that are of no vocabulary.
    Rss,
    Atom,
    Content,
    CreativeCommons,
    Dc,
    DcTerms,
    Geo,
    GeoRss,
    Gml,
    Itunes,
    Media,
    Prism,
    Rdf,
    Syndication,
    Tombstone,
    Xhtml,
    Yandex,
    Other,
}

impl Space {
    /// By its address. Publishers differ in case, white space and the sign at its end.
    pub(super) fn of_address(address: &str) -> Option<Self> {
        let address = address.trim().to_ascii_lowercase();
        let address = address.trim_end_matches(['/', '#']);
        let address = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
        Some(match address {
            "www.w3.org/2005/atom" | "purl.org/atom/ns" | "purl.org/atom" => Self::Atom,
            "purl.org/rss/1.0/modules/content" => Self::Content,
            "backend.userland.com/creativecommonsrssmodule"
            | "cyber.law.harvard.edu/rss/creativecommonsrssmodule.html"
            | "creativecommons.org/ns"
            | "web.resource.org/cc" => Self::CreativeCommons,
            "purl.org/dc/elements/1.0" | "purl.org/dc/elements/1.1" => Self::Dc,
            "purl.org/dc/terms" => Self::DcTerms,
            "www.w3.org/2003/01/geo/wgs84_pos" => Self::Geo,
            "www.georss.org/georss" | "www.georss.org/georss/10" => Self::GeoRss,
            "www.opengis.net/gml" => Self::Gml,
            "www.itunes.com/dtds/podcast-1.0.dtd" | "example.com/dtds/podcast-1.0.dtd" => Self::Itunes,
            "search.yahoo.com/mrss"
            | "tools.search.yahoo.com/mrss"
            | "video.search.yahoo.com/mrss"
            | "search.yahoo.com/mrss/rss.xml" => Self::Media,
            "www.w3.org/1999/02/22-rdf-syntax-ns" => Self::Rdf,
            "purl.org/rss/1.0/modules/syndication" => Self::Syndication,
            "purl.org/atompub/tombstones/1.0" => Self::Tombstone,
            "www.w3.org/1999/xhtml" => Self::Xhtml,
            "news.yandex.ru" => Self::Yandex,
            address if address.contains("prismstandard.org/namespaces") => Self::Prism,
            address
                if address.starts_with("purl.org/rss/1.0/modules") || address.starts_with("purl.org/net/rss1.1") =>
            {
                Self::Other
            }
            address
                if address.is_empty()
                    || address.starts_with("purl.org/rss")
                    || address.starts_with("purl.org/net/rss")
                    || address.starts_with("my.netscape.com/")
                    || address.starts_with("channel.netscape.com/")
                    || address.starts_with("backend.userland.com/")
                    || address.starts_with("blogs.law.harvard.edu/")
                    || address.starts_with("cyber.law.harvard.edu/")
                    || address.starts_with("www.rssboard.org/") =>
            {
                Self::Rss
            }
            _ => return None,
        })
    }

    /// By the prefix that everybody uses, where it is not declared.
    pub(super) fn of_prefix(prefix: &str) -> Self {
        match prefix {
            "atom" | "atom10" | "a10" => Self::Atom,
            "cc" | "creativecommons" => Self::CreativeCommons,
            "content" => Self::Content,
            "dc" => Self::Dc,
            "dcterms" => Self::DcTerms,
            "geo" => Self::Geo,
            "georss" => Self::GeoRss,
            "gml" => Self::Gml,
            "itunes" => Self::Itunes,
            "media" => Self::Media,
            "prism" => Self::Prism,
            "rdf" => Self::Rdf,
            "rss" => Self::Rss,
            "sy" => Self::Syndication,
            "xhtml" => Self::Xhtml,
            "yandex" => Self::Yandex,
            _ => Self::Other,
        }
    }
}
