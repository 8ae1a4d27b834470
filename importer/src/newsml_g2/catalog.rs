//! Codes of controlled vocabularies: `alias:code` means the same as the URI that the catalogue makes of it, and each
//! has one form in what is saved.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    text,
    xml::{Element as _, Node},
};

/// Alias and URI of the vocabularies of the IPTC.
const IPTC: &str = include_str!("../../data/iptc-catalog.tsv");

struct Standard {
    uris: HashMap<&'static str, &'static str>,
    aliases: HashMap<&'static str, &'static str>,
}

static STANDARD: LazyLock<Standard> = LazyLock::new(|| {
    let lines = || IPTC.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
    Standard { uris: lines().collect(), aliases: lines().map(|(alias, uri)| (uri, alias)).collect() }
});

/// The vocabularies that a document declares, above those of the IPTC.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    own: HashMap<String, String>,
}

impl Catalog {
    /// With what the `catalog` elements in `node` declare. What `catalogRef` points to is not fetched: it is the
    /// catalogue of the IPTC, or one whose aliases stay as they are.
    pub(super) fn with(&self, node: Node<'_>) -> Self {
        let mut catalog = self.clone();
        for scheme in node.all("catalog").flat_map(|catalog| catalog.all("scheme")) {
            if let (Some(alias), Some(uri)) = (scheme.attr("alias"), scheme.attr("uri")) {
                catalog.own.insert(alias.to_owned(), uri.to_owned());
            }
        }
        catalog
    }

    /// The one form of a code such as `medtop:20000639`.
    pub(super) fn of_code(&self, qcode: &str) -> Option<String> {
        let qcode = text::folded(qcode)?;
        let Some((alias, code)) = qcode.split_once(':') else { return Some(qcode) };
        match self.own.get(alias) {
            Some(uri) => {
                let uri = format!("{uri}{code}");
                let short = of_uri(&uri);
                // An alias that the IPTC uses otherwise would be taken for its own.
                let is_taken = STANDARD.uris.contains_key(alias);
                Some(short.unwrap_or(if is_taken { uri } else { qcode }))
            }
            None => Some(qcode),
        }
    }

    /// The one form of the code that an element has in `qcode` or `uri`, or in an attribute of the names `name` and
    /// `nameuri`.
    pub(super) fn code(&self, node: Node<'_>, name: &str) -> Option<String> {
        let code = node.attr(name).and_then(|qcode| self.of_code(qcode));
        code.or_else(|| {
            let uri = if name == "qcode" { node.attr("uri") } else { node.attr(&format!("{name}uri")) };
            let uri = text::folded(uri?)?;
            Some(of_uri(&uri).unwrap_or(uri))
        })
    }

    /// What names a concept inside of its item: its code, else its literal.
    pub(super) fn key(&self, node: Node<'_>) -> Option<String> {
        self.code(node, "qcode").or_else(|| Some(format!("literal:{}", node.attr("literal")?)))
    }

    /// The code alone, without its vocabulary.
    pub(super) fn bare(&self, node: Node<'_>, name: &str) -> Option<String> {
        Some(bare(&self.code(node, name)?).to_owned())
    }
}

/// A code without its vocabulary.
pub(super) fn bare(code: &str) -> &str {
    if code.contains("://") {
        return code.trim_end_matches('/').rsplit(['/', '#']).next().unwrap_or(code);
    }
    code.split_once(':').map_or(code, |(_, code)| code)
}

/// The code that a URI is in the catalogue of the IPTC.
fn of_uri(uri: &str) -> Option<String> {
    let (scheme, code) = uri.split_at(uri.trim_end_matches('/').rfind(['/', '#'])? + 1);
    let alias = STANDARD.aliases.get(scheme).or_else(|| {
        let plain = format!("http://{}", scheme.strip_prefix("https://")?);
        STANDARD.aliases.get(plain.as_str())
    })?;
    Some(format!("{alias}:{}", code.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::parse;

    #[test]
    fn codes_and_uris_of_the_iptc_have_one_form() {
        let text = "<a><catalog><scheme alias='mt' uri='http://cv.iptc.org/newscodes/mediatopic/'/>\
                    <scheme alias='x' uri='http://x.example/'/><scheme alias='subj' uri='http://own.example/s/'/>\
                    </catalog>\
                    <b qcode='mt:20000639'/><b uri='http://cv.iptc.org/newscodes/mediatopic/20000639'/>\
                    <b uri='https://cv.iptc.org/newscodes/mediatopic/20000639'/><b qcode='medtop:20000639'/>\
                    <b qcode='x:1'/><b qcode='subj:1'/><b uri='urn:other:1'/><b qcode='unknown:1'/></a>";
        let document = parse(text).unwrap();
        let catalog = Catalog::default().with(document.root_element());
        let codes: Vec<_> = document.root_element().all("b").map(|b| catalog.code(b, "qcode").unwrap()).collect();
        assert_eq!(codes[..4], ["medtop:20000639"; 4]);
        assert_eq!(codes[4..], ["x:1", "http://own.example/s/1", "urn:other:1", "unknown:1"]);
    }

    #[test]
    fn a_code_stands_without_its_vocabulary() {
        assert_eq!(bare("crol:photographer"), "photographer");
        assert_eq!(bare("http://own.example/s/1"), "1");
    }

    #[test]
    fn the_catalogue_holds_each_alias_and_uri_once() {
        assert_eq!(STANDARD.uris.len(), STANDARD.aliases.len());
        assert_eq!(STANDARD.uris["medtop"], "http://cv.iptc.org/newscodes/mediatopic/");
    }
}
