//! What the formats of news agencies share: names, files and topics, and how an article is finished.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::article::PubStatus;

use crate::{
    Defaults, Reading,
    draft::{Article, Block, Contributor, Draft, Image, Rendition, Restriction, Topic},
    html::Picture,
    text,
    time::{self, Origin},
    vocabulary,
};

/// More topics, files or companions than any newsroom gives an item; what goes beyond is no news and costs time.
pub(crate) const MANY: usize = 200;

/// A media type without what agencies append to it.
pub(crate) fn media_type(text: &str) -> Option<String> {
    let text = text.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, subtype) = text.split_once('/')?;
    // `video/mp4-1920x1080`
    let subtype = match subtype.rsplit_once('-') {
        Some((before, size)) if size.contains('x') && size.chars().all(|sign| sign == 'x' || sign.is_ascii_digit()) => {
            before
        }
        _ => subtype,
    };
    let is_token = |text: &str| {
        !text.is_empty() && text.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '.' | '+'))
    };
    (is_token(kind) && is_token(subtype)).then(|| format!("{kind}/{subtype}"))
}

/// A number of pixels.
pub(crate) fn pixels(text: &str) -> Option<i32> {
    text.trim().trim_end_matches("px").parse().ok().filter(|pixels| *pixels > 0)
}

/// A time, with a warning when it is none.
pub(crate) fn moment(text: &str, at: &str, defaults: &Defaults, reading: &mut Reading) -> Option<DateTime<Utc>> {
    if text.trim().is_empty() {
        return None;
    }
    match time::read(text, &Origin::new(defaults, [], [])) {
        Ok(moment) => Some(moment),
        Err(reason) => {
            reading.warn(at, format!("`{}` {reason}", text.trim().chars().take(40).collect::<String>()));
            None
        }
    }
}

/// A time that limits when an item may be shown. One that cannot be read holds the item back.
pub(crate) fn limit(
    text: &str,
    at: &str,
    status: &mut PubStatus,
    defaults: &Defaults,
    reading: &mut Reading,
) -> Option<DateTime<Utc>> {
    let moment = time::parse(text, defaults.time_zone);
    if moment.is_none() {
        let text = text.trim().chars().take(40).collect::<String>();
        reading.warn(at, format!("`{text}` is not a time; held back"));
        hold(status);
    }
    moment
}

/// Holds back what may be shown.
pub(crate) fn hold(status: &mut PubStatus) {
    if *status == PubStatus::Usable {
        *status = PubStatus::Withheld;
    }
}

/// What to say of a note to editors that may restrict an item which nothing else holds back.
pub(crate) fn of_note(note: &str) -> Option<String> {
    let word = vocabulary::restricting_word(note)?;
    Some(format!("the note to editors says `{word}`, and nothing else holds the item back: it is shown"))
}

/// What is said of an item without its content.
pub(crate) fn restriction(
    uri: impl Into<String>,
    version: Option<i64>,
    status: PubStatus,
    updated_at: Option<DateTime<Utc>>,
) -> Draft {
    Draft::Restriction(Box::new(Restriction { version, updated_at, ..Restriction::new(uri, status) }))
}

/// What an article says of itself that has no content.
pub(crate) fn restriction_of(article: &Article) -> Draft {
    Draft::Restriction(Box::new(Restriction {
        version: article.version,
        updated_at: article.updated_at.or(article.published_at),
        embargoed_until: article.embargoed_until,
        expires_at: article.expires_at,
        ..Restriction::new(article.uri.clone(), article.status)
    }))
}

/// A notice for the holder of a copyright, unless it is one already.
pub(crate) fn notice(holder: &str) -> String {
    let lower = holder.to_lowercase();
    let is_notice = ["\u{a9}", "(c)", "copyright"].iter().any(|sign| lower.contains(sign));
    if is_notice { holder.to_owned() } else { format!("\u{a9} {holder}") }
}

/// Adds what else is said of the use of an item, unless it is said already.
pub(crate) fn add_terms(terms: &mut Option<String>, more: &str) {
    let Some(more) = text::folded(more) else { return };
    match terms {
        Some(terms) if terms.contains(&more) => {}
        Some(terms) => *terms = format!("{terms}; {more}"),
        None => *terms = Some(more),
    }
}

/// Whom to name for an article: a term of its use, unless its lines name them already.
pub(crate) fn add_credit(article: &mut Article, credit: &str) {
    let source = article.source.as_ref().map(|source| &source.name);
    let lines = [article.byline.as_ref(), article.copyright_notice.as_ref(), source];
    if !lines.into_iter().flatten().any(|line| line.contains(credit)) {
        add_terms(&mut article.usage_terms, &format!("Credit: {credit}"));
    }
}

/// A caption, with whom to name where nothing else can say it.
pub(crate) fn with_credit(caption: Option<String>, credit: Option<String>) -> Option<String> {
    match (caption, credit) {
        (Some(caption), Some(credit)) if !caption.contains(&credit) => Some(format!("{caption} ({credit})")),
        (caption, credit) => caption.or(credit),
    }
}

/// Lines that stand by themselves, in one.
pub(crate) fn sentences(lines: Vec<String>) -> Option<String> {
    let join = |mut text: String, line: String| {
        if let Some(end) = text.chars().next_back().filter(|sign| sign.is_alphanumeric()) {
            text.push(if matches!(end, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}') { '\u{3002}' } else { '.' });
        }
        text + " " + &line
    };
    lines.into_iter().reduce(join)
}

/// The keywords of a line, in whatever script its commas are.
pub(crate) fn keywords(line: &str) -> impl Iterator<Item = String> {
    const SIGNS: [char; 10] =
        [',', ';', '|', '\n', '\u{60c}', '\u{61b}', '\u{3001}', '\u{ff0c}', '\u{ff1b}', '\u{37e}'];
    line.split(SIGNS).filter_map(text::folded)
}

/// The topic that a code of the IPTC subjects is, by its name there.
pub(crate) fn subject(code: &str, at: &str, reading: &mut Reading) -> Option<Topic> {
    let Some((qcode, name)) = vocabulary::subject(code) else {
        reading.warn(at, format!("`{code}` has no name; left out"));
        return None;
    };
    if !qcode.ends_with(code) {
        reading.warn(at, format!("`{code}` has no name; read as the subject above it, `{qcode}` ({name})"));
    }
    Some(Topic { name: name.to_owned(), qcode: Some(qcode), ..Topic::default() })
}

/// The name of a place that a line in capitals has; shorter ones may be abbreviations.
pub(crate) fn title(name: &str) -> String {
    if name.chars().filter(|sign| sign.is_alphabetic()).count() > 3 {
        vocabulary::title_case(name)
    } else {
        name.to_owned()
    }
}

/// Gives the place of the dateline, which agencies write in capitals, the name and the country that it has among the places of the story.
pub(crate) fn spell_places(article: &mut Article) {
    let Some(located) = &mut article.located else { return };
    let name = located.name.to_lowercase();
    if let Some(place) = article.places.iter().find(|place| place.name.to_lowercase() == name) {
        located.name.clone_from(&place.name);
        located.country_code = located.country_code.take().or_else(|| place.country_code.clone());
    }
}

/// The people whom a line such as `By A. Writer and B. Author` names; nobody when it does not begin like that, because
/// it may name anything then.
pub(crate) fn names_in(byline: &str) -> Vec<String> {
    let Some((_, names)) = byline.split_once(' ').filter(|(by, _)| by.eq_ignore_ascii_case("by")) else {
        return Vec::new();
    };
    let names = names.replace(" and ", ",").replace(" & ", ",");
    names.split([',', ';']).filter_map(text::folded).collect()
}

/// Adds a file to a picture, under a name of its own.
pub(crate) fn add_file(image: &mut Image, mut file: Rendition) {
    if image.renditions.len() >= MANY || image.renditions.iter().any(|other| other.href == file.href) {
        return;
    }
    let name = text::slug(&file.name).unwrap_or_else(|| "original".to_owned());
    file.name.clone_from(&name);
    let mut number = 1;
    while image.renditions.iter().any(|other| other.name == file.name) {
        number += 1;
        file.name = format!("{name}-{number}");
    }
    image.renditions.push(file);
}

/// Takes the size of a picture from the largest of its files.
pub(crate) fn measure(image: &mut Image) {
    let area = |file: &&Rendition| i64::from(file.width.unwrap_or(0)) * i64::from(file.height.unwrap_or(0));
    if let Some(largest) = image.renditions.iter().filter(|file| area(file) > 0).max_by_key(area) {
        (image.width, image.height) = (largest.width, largest.height);
    }
}

/// The pictures that came with an article, and which of them its text places.
pub(crate) struct Pictures {
    images: Vec<Image>,
    known: HashMap<String, usize>,
    placed: HashSet<usize>,
}

impl Pictures {
    pub(crate) fn new(images: Vec<Image>) -> Self {
        let mut known = HashMap::new();
        for (index, image) in images.iter().enumerate() {
            let hrefs = image.renditions.iter().map(|file| &file.href);
            for name in hrefs.chain([&image.uri]) {
                known.entry(name.clone()).or_insert(index);
            }
        }
        Self { images, known, placed: HashSet::new() }
    }

    /// The image that a picture of the text is: one of these, or another.
    pub(crate) fn place(&mut self, picture: Picture) -> Option<Image> {
        let index = picture.uri.as_ref().and_then(|uri| self.known.get(uri)).or_else(|| self.known.get(&picture.src));
        let Some(index) = index.copied() else { return picture.into_image() };
        self.placed.insert(index);
        let mut image = self.images[index].clone();
        image.alt = image.alt.or(picture.alt);
        image.caption = picture.caption.or(image.caption);
        Some(image)
    }

    /// Those that have no place in the text.
    pub(crate) fn rest(self) -> Vec<Image> {
        let images = self.images.into_iter().enumerate();
        images.filter(|(index, _)| !self.placed.contains(index)).map(|(_, image)| image).collect()
    }
}

/// Gives an article the pictures that came with it and have no place in its text: the first on top, others below.
pub(crate) fn attach(article: &mut Article, images: Vec<Image>) {
    for image in images {
        if article.lead_image.is_none() {
            article.lead_image = Some(image);
        } else {
            article.body.push(Block::Image { image: Box::new(image) });
        }
    }
}

/// Whether text that says that it is plain begins with a tag.
pub(crate) fn is_markup(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with('<') && start[1..].starts_with(|sign: char| sign.is_ascii_alphabetic()) && text.contains("</")
}

/// Adds a topic unless it is there already.
pub(crate) fn add_topic(topics: &mut Vec<Topic>, topic: Topic) {
    let is_same = |other: &Topic| match (&other.qcode, &topic.qcode) {
        (Some(other), Some(qcode)) => other == qcode,
        _ => other.name.to_lowercase() == topic.name.to_lowercase(),
    };
    if topics.len() < MANY && !topics.iter().any(is_same) {
        topics.push(topic);
    }
}

/// Adds a contributor unless one of that name is there already.
pub(crate) fn add_contributor(contributors: &mut Vec<Contributor>, contributor: Contributor) {
    if contributors.len() < MANY && !contributors.iter().any(|other| other.name.eq_ignore_ascii_case(&contributor.name))
    {
        contributors.push(contributor);
    }
}

/// Whether the article has a headline. One that is taken back needs none: it is known by its name and not shown.
pub(crate) fn has_headline(article: &mut Article) -> bool {
    if article.headline.is_empty() && article.status == PubStatus::Canceled {
        article.headline.clone_from(&article.uri);
    }
    !article.headline.is_empty()
}

/// The article as a draft: without its headline said again below it, with a picture on top when one stands
/// before all text or after it.
pub(crate) fn finish(mut article: Article, reading: &mut Reading) -> Draft {
    let says_headline = |block: &Block| matches!(block, Block::Heading { text, .. } if *text == article.headline);
    if article.body.first().is_some_and(says_headline) {
        article.body.remove(0);
    }
    if article.standfirst.as_ref() == Some(&article.headline) {
        article.standfirst = None;
    }
    let is_picture = |block: &Block| matches!(block, Block::Image { .. });
    let can_be_shown = |block: &Block| matches!(block, Block::Image { image } if !image.renditions.is_empty());
    if article.lead_image.is_none()
        && let Some(index) =
            article.body.iter().position(is_picture).filter(|index| can_be_shown(&article.body[*index]))
        && (index == 0 || article.body[index..].iter().all(is_picture))
        && let Block::Image { image } = article.body.remove(index)
    {
        article.lead_image = Some(*image);
    }
    if let (Some(published), Some(updated)) = (article.published_at, article.updated_at)
        && updated < published
    {
        reading.warn(&article.uri, format!("was changed at {updated}, before it was published at {published}"));
    }
    Draft::Article(Box::new(article))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::Inline;

    #[test]
    fn media_types_lose_what_is_appended() {
        assert_eq!(media_type("video/mp4-1920x1080").as_deref(), Some("video/mp4"));
        assert_eq!(media_type("text/html; charset=utf-8").as_deref(), Some("text/html"));
        assert_eq!(media_type("video/mpeg-2").as_deref(), Some("video/mpeg-2"));
        assert_eq!(media_type("jpeg"), None);
    }

    #[test]
    fn only_a_line_that_begins_with_by_names_people() {
        assert_eq!(names_in("By A. Writer and B. Author"), ["A. Writer", "B. Author"]);
        assert!(names_in("NTB-AFP-DPA").is_empty());
    }

    #[test]
    fn a_picture_before_or_after_all_text_goes_on_top() {
        let image = || {
            let renditions = vec![Rendition { href: "https://m.example/1.jpg".to_owned(), ..Rendition::default() }];
            Block::Image { image: Box::new(Image { renditions, ..Image::default() }) }
        };
        let text = || Block::Paragraph { html: Inline::from_text("t") };
        let finished = |body: Vec<Block>| match finish(Article { body, ..Article::default() }, &mut Reading::default())
        {
            Draft::Article(article) => (article.lead_image.is_some(), article.body.len()),
            other => panic!("{other:?}"),
        };
        assert_eq!(finished(vec![image(), text()]), (true, 1));
        assert_eq!(finished(vec![text(), image(), image()]), (true, 2));
        assert_eq!(finished(vec![text(), image(), text()]), (false, 3));
    }

    #[test]
    fn files_have_names_of_their_own() {
        let mut image = Image::default();
        for (name, href, side) in [("web", "a", 1), ("web", "b", 3), ("thumb", "b", 9)] {
            let (width, height) = (Some(side), Some(side));
            add_file(
                &mut image,
                Rendition { name: name.to_owned(), href: href.to_owned(), media_type: None, width, height },
            );
        }
        measure(&mut image);
        assert_eq!(image.renditions.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["web", "web-2"]);
        assert_eq!(image.width, Some(3));
    }
}
