//! Where the tests of other projects are not followed, and why.

/// Why a test feed is refused.
pub(crate) const REFUSED: &[&str] = &["CDF"];

/// Differences that are meant, with the reason.
pub(crate) type Accepted = &'static [(&'static str, &'static [&'static str])];

/// gofeed: all fields of items and channels that articles have.
pub(crate) const GOFEED: Accepted = &[
    (
        "Of several links the first counts here, the last one there.",
        &[
            "gofeed/parser/rss/rdf_channel_links.xml: feed link",
            "gofeed/parser/rss/rdf_item_links.xml: link",
            "gofeed/parser/rss/rss_channel_item_links.xml: link",
            "gofeed/parser/rss/rss_channel_links.xml: feed link",
            "gofeed/translator/rss/feed_item_links_-_rss_channel_item_links.xml: link",
            "gofeed/translator/rss/feed_links_-_rdf_channel_links.xml: feed link",
            "gofeed/translator/rss/feed_links_-_rss_channel_links.xml: feed link",
        ],
    ),
    (
        "`dc:date` says when it was published, not when it was changed.",
        &[
            "gofeed/extensions/dublincore/dublincore_item_fields.xml: updated",
            "gofeed/translator/rss/feed_item_fallbacks_-_rss_channel_item_extensions.xml: updated",
        ],
    ),
    (
        "All authors are kept, not the first alone.",
        &["gofeed/extensions/dublincore/dublincore_item_multiple_values.xml: authors"],
    ),
    ("An `atom:id` is a name, which `xml:base` does not change.", &["gofeed/parser/atom/entry_id_xml_base.xml: id"]),
    (
        "Content that is neither text nor markup is nothing to show.",
        &["gofeed/parser/atom/issue_275_extensions_and_source.xml: content"],
    ),
    (
        "Names and ids are plain text: markup in them is left out.",
        &[
            "gofeed/parser/rss/rss_channel_item_author_cdata_escaped_markup.xml: authors",
            "gofeed/parser/rss/rss_channel_item_guid_naked_markup.xml: id",
        ],
    ),
];

/// feed-rs, whose expectations are what it reads itself.
pub(crate) const FEED_RS: Accepted = &[
    (
        "Relative addresses are made absolute.",
        &["feed-rs/atom/atom_relative.xml: link", "feed-rs/rss1/rss_1.0_example_1.xml: link"],
    ),
    (
        "Ids that theirs invents, where the feed has another one or (with RSS 0.92) none.",
        &["feed-rs/rss0/rss_0.92_spec_1.xml: id", "feed-rs/rss1/rss_1.0_example_2.xml: id"],
    ),
    (
        "`authors` takes the place of `author` in JSON Feed 1.1.",
        &["feed-rs/jsonfeed/jsonfeed_elastic_1.1.json: authors"],
    ),
    (
        "Of the files of one video the default one is embedded.",
        &["feed-rs/rss2/rss_2.0_ch9.xml: media", "feed-rs/rss2/rss_2.0_spiegel.xml: media"],
    ),
    (
        "The lines under pictures are their captions and not in the text.",
        &["feed-rs/rss2/rss_2.0_cloudflare.xml: content", "feed-rs/rss2/rss_2.0_element_io.xml: content"],
    ),
    ("`itunes:keywords` are topics too.", &["feed-rs/rss2/rss_2.0_example_3.xml: categories"]),
    ("Theirs reads `mail (Name)` as a person called `author`.", &["feed-rs/rss2/rss_2.0_relurl_1.xml: authors"]),
    (
        "The publisher's own address is preferred to that of a service that counts readers.",
        &["feed-rs/rss2/rss_2.0_rps.xml: link"],
    ),
    ("A `guid` that is an address is the link of an item without one.", &["feed-rs/rss2/rss_2.0_spec_1.xml: link"]),
];

/// feedparser, whose tests are expressions in Python.
pub(crate) const FEEDPARSER: Accepted = &[
    (
        "All authors are kept, not the first alone.",
        &[
            "feedparser/wellformed/atom10/entry_authors_name.xml: authors",
            "feedparser/wellformed/rss/item_multiple_dc_creator.xml: authors",
        ],
    ),
    (
        "Of several dates the first counts here, the last one there.",
        &[
            "feedparser/wellformed/atom/entry_created_multiple_values.xml: published",
            "feedparser/wellformed/atom/entry_updated_multiple_values.xml: updated",
            "feedparser/wellformed/rss/item_expirationDate_multiple_values.xml: expires",
        ],
    ),
    (
        "The label of a category is what readers see, not its term.",
        &[
            "feedparser/wellformed/atom10/entry_category_term.xml: categories",
            "feedparser/wellformed/atom10/entry_category_term_non_ascii.xml: categories",
        ],
    ),
    (
        "What headers of HTTP say is not in the document.",
        &[
            "feedparser/wellformed/base/http_channel_link_base_content_location.xml: feed link",
            "feedparser/wellformed/base/http_item_link_base_content_location.xml: link",
            "feedparser/wellformed/http/headers_content_location-relative.xml: feed link",
            "feedparser/wellformed/http/headers_content_location-unsafe.xml: feed link",
            "feedparser/wellformed/lang/http_content_language.xml: feed language",
        ],
    ),
    (
        "CDF is no format of news any more.",
        &[
            "feedparser/wellformed/cdf/channel_abstract_map_description.xml: feed description",
            "feedparser/wellformed/cdf/channel_abstract_map_tagline.xml: feed description",
            "feedparser/wellformed/cdf/item_abstract_map_description.xml: summary",
            "feedparser/wellformed/cdf/item_abstract_map_summary.xml: summary",
            "feedparser/wellformed/cdf/item_href_map_link.xml: link",
        ],
    ),
    (
        "Drawings and formulas are no text.",
        &[
            "feedparser/wellformed/namespace/atomsvgtitle.xml: summary",
            "feedparser/wellformed/namespace/rss2.0mathml.xml: summary",
        ],
    ),
    (
        "A `summary` in RSS is no element of it.",
        &[
            "feedparser/wellformed/rss/item_description_and_summary.xml: content",
            "feedparser/wellformed/rss/item_summary_and_description.xml: content",
            "feedparser/wellformed/rss/item_summary_and_description.xml: summary",
        ],
    ),
    ("Elements that no vocabulary has.", &["feedparser/wellformed/rss/item_madeup_tags_element.xml: categories"]),
    (
        "Broken markup is read as browsers do: what is not closed swallows what follows.",
        &[
            "feedparser/wellformed/rss/item_description_not_a_doctype.xml: summary",
            "feedparser/wellformed/sanitize/entry_content_crazy.xml: content",
            "feedparser/wellformed/sanitize/entry_content_iframe.xml: content",
            "feedparser/wellformed/sanitize/entry_summary_crazy.xml: summary",
            "feedparser/wellformed/sanitize/entry_summary_iframe.xml: summary",
            "feedparser/wellformed/sanitize/entry_title_crazy.xml: title",
            "feedparser/wellformed/sanitize/feed_copyright_crazy.xml: feed copyright",
            "feedparser/wellformed/sanitize/feed_subtitle_crazy.xml: feed description",
            "feedparser/wellformed/sanitize/feed_tagline_crazy.xml: feed description",
            "feedparser/wellformed/sanitize/feed_title_crazy.xml: feed title",
            "feedparser/wellformed/sanitize/item_content_encoded_crazy.xml: summary",
            "feedparser/wellformed/sanitize/item_content_encoded_script_nested_cdata.xml: content",
            "feedparser/wellformed/sanitize/xml_malicious_comment.xml: feed title",
        ],
    ),
];
