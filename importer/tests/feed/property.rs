//! Whatever a feed is made of, reading it ends and says something.

use importer::{Defaults, feed};
use proptest::prelude::*;

const SAMPLES: &[&[u8]] = &[
    include_bytes!("../samples/feed/atom_spec_1.xml"),
    include_bytes!("../samples/feed/jsonfeed_example_1.json"),
    include_bytes!("../samples/feed/rss_0.91_encoding_1.xml"),
    include_bytes!("../samples/feed/rss_1.0_spec_1.xml"),
    include_bytes!("../samples/feed/rss_2.0_vimeo_media.xml"),
    include_bytes!("../samples/feed/media_example_5.xml"),
    include_bytes!("../samples/feed/entry_content_crazy.xml"),
    include_bytes!("../samples/feed/koi8r.xml"),
];

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "<",
    ">",
    "&",
    "</",
    "/>",
    "<!",
    "<?",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "&#0;",
    "&#x110000;",
    "&amp;",
    "&lt;",
    "&quot",
    "xmlns:media=''",
    "xml:base='::'",
    "mode='base64'",
    "type='image/png'",
    "\u{0}",
    "\u{feff}",
    "\u{10ffff}",
    "\u{202e}",
    "{",
    "[",
    "\"",
    "'",
    "-9e999",
    "<item>",
    "</channel>",
    "<media:group>",
    "<guid/>",
    "<a:b:c>",
    "99999999999999999999",
];

fn check(bytes: &[u8]) {
    let _ = feed::recognises(bytes);
    let _ = feed::channel(bytes);
    match feed::read(bytes, &Defaults::default()) {
        Ok(reading) => {
            for draft in &reading.drafts {
                assert!(!draft.uri().is_empty());
            }
        }
        Err(problem) => assert!(!problem.message.is_empty()),
    }
}

proptest! {
    #[test]
    fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        check(&bytes);
    }

    #[test]
    fn changed_samples_are_read_or_refused(
        sample in proptest::sample::select(SAMPLES),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), proptest::sample::select(PIECES), 0_usize..20), 1..8),
    ) {
        let mut bytes = sample.to_vec();
        for (at, piece, dropped) in changes {
            let start = at.index(bytes.len() + 1).min(bytes.len());
            let end = (start + dropped).min(bytes.len());
            bytes.splice(start..end, piece.bytes());
        }
        check(&bytes);
    }

    #[test]
    fn cut_samples_are_read_or_refused(sample in proptest::sample::select(SAMPLES), length in any::<proptest::sample::Index>()) {
        check(&sample[..length.index(sample.len())]);
    }

    #[test]
    fn any_date_is_a_time_or_none(text in "[0-9A-Za-zа-я:,+./ -]{0,40}") {
        let _ = importer::time::parse(&text, "Europe/Berlin".parse().unwrap());
    }
}
