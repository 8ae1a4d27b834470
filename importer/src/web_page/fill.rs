//! What a less trusted part of a page adds to what is known already.

use crate::draft::{Article, Image};

/// Takes from `other` what `article` does not have.
pub(super) fn fill(article: &mut Article, other: Article) {
    fn or<T>(known: &mut Option<T>, other: Option<T>) {
        if known.is_none() {
            *known = other;
        }
    }
    fn or_all<T>(known: &mut Vec<T>, other: Vec<T>) {
        if known.is_empty() {
            *known = other;
        }
    }
    if article.uri.is_empty() {
        article.uri = other.uri;
    }
    if article.headline.is_empty() {
        article.headline = other.headline;
    }
    if article.status == entity::article::PubStatus::default() {
        article.status = other.status;
    }
    or(&mut article.version, other.version);
    or(&mut article.url, other.url);
    or(&mut article.genre, other.genre);
    or(&mut article.language, other.language);
    or(&mut article.standfirst, other.standfirst);
    or(&mut article.dateline, other.dateline);
    or(&mut article.located, other.located);
    or(&mut article.published_at, other.published_at);
    or(&mut article.updated_at, other.updated_at);
    or(&mut article.expires_at, other.expires_at);
    or(&mut article.section, other.section);
    or(&mut article.source, other.source);
    or(&mut article.usage_terms, other.usage_terms);
    or(&mut article.copyright_notice, other.copyright_notice);
    or(&mut article.digital_source_type, other.digital_source_type);
    or(&mut article.translation_of, other.translation_of);
    or_all(&mut article.places, other.places);
    or_all(&mut article.topics, other.topics);
    or_all(&mut article.corrections, other.corrections);
    // A byline words the contributors of its own place.
    if article.contributors.is_empty() {
        article.contributors = other.contributors;
        or(&mut article.byline, other.byline);
    }
    match (&mut article.lead_image, other.lead_image) {
        (Some(image), Some(other)) if image.uri == other.uri => fill_image(image, other),
        (image, other) => or(image, other),
    }
}

fn fill_image(image: &mut Image, other: Image) {
    if image.width.is_none() {
        super::image::with_size(image, other.width, other.height);
    }
    for (known, other) in [
        (&mut image.alt, other.alt),
        (&mut image.caption, other.caption),
        (&mut image.credit, other.credit),
        (&mut image.copyright_notice, other.copyright_notice),
        (&mut image.usage_terms, other.usage_terms),
        (&mut image.digital_source_type, other.digital_source_type),
    ] {
        if known.is_none() {
            *known = other;
        }
    }
}
