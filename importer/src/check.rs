//! The last look at a draft before it is saved, whatever format it came from: texts are normalised, and what would break an
//! address, an index or a page is left out with a word about it.

use chrono::{DateTime, SubsecRound as _, Utc};
use entity::article::PubStatus;

use crate::{
    address,
    draft::{
        Article, Block, Cell, Contributor, Draft, Gallery, Image, Medium, Place, Rendition, Restriction, Story, Term,
        Topic,
    },
    reading::{Note, Problem},
    text,
    time::Zone,
    vocabulary,
};

/// Longer identifiers do not fit into an index.
const IDENTIFIER: usize = 2_000;
/// The longest name or headline, in characters.
const NAME: usize = 1_000;
/// What is said of an address that is none.
pub(crate) const NO_ADDRESS: &str = "no address that starts with http:// or https://, of 2,000 bytes at most; left out";
/// What one article may hold of anything that is listed.
const LISTED: usize = 500;
/// Pages of a person.
const LINKS: usize = 20;
/// Blocks of a text.
const BLOCKS: usize = 20_000;
/// Rows of a table.
const ROWS: usize = 1_000;
/// Columns of a table.
const COLUMNS: usize = 100;

/// Normalises `draft`; the notes say what was left out. An item that cannot be told from others, or has no headline, is a problem.
pub fn check(draft: &mut Draft) -> Result<Vec<Note>, Problem> {
    let mut check = Check { notes: Vec::new() };
    bare(draft);
    match draft {
        Draft::Article(article) => check.article(article)?,
        Draft::Gallery(gallery) => check.gallery(gallery)?,
        Draft::Story(story) => check.story(story)?,
        Draft::Image(image) => {
            if !check.image("", image) {
                return Err(Problem::at("uri", "an image needs an identifier of 1 to 2,000 bytes"));
            }
        }
        Draft::Topic(topic) => {
            if !check.topic(topic) {
                return Err(Problem::at("name", "a topic needs a name"));
            }
        }
        Draft::Restriction(restriction) => check.restriction(restriction)?,
        Draft::Place(place) => {
            if !check.place("", place) {
                return Err(Problem::at("name", "a place needs a name"));
            }
        }
    }
    Ok(check.notes)
}

/// An item that is canceled or withheld and has neither a title nor a text says nothing but that.
fn bare(draft: &mut Draft) {
    let is_bare = match draft {
        Draft::Article(article) => {
            let headline = article.headline.trim();
            article.status != PubStatus::Usable
                && (headline.is_empty() || headline == article.uri.trim())
                && article.body.is_empty()
        }
        Draft::Gallery(gallery) => {
            gallery.status != PubStatus::Usable && gallery.title.trim().is_empty() && gallery.items.is_empty()
        }
        Draft::Story(story) => {
            story.pub_status != PubStatus::Usable && story.title.trim().is_empty() && story.articles.is_empty()
        }
        Draft::Image(_) | Draft::Topic(_) | Draft::Place(_) | Draft::Restriction(_) => false,
    };
    if is_bare && let Some(said) = Restriction::of(draft) {
        *draft = Draft::Restriction(Box::new(said));
    }
}

struct Check {
    notes: Vec<Note>,
}

impl Check {
    fn note(&mut self, at: impl Into<String>, message: impl Into<String>) {
        self.notes.push(Note { at: at.into(), message: message.into() });
    }

    fn restriction(&mut self, restriction: &mut Restriction) -> Result<(), Problem> {
        identifier(&mut restriction.uri)?;
        times([&mut restriction.updated_at, &mut restriction.embargoed_until, &mut restriction.expires_at]);
        let has_time = restriction.embargoed_until.is_some() || restriction.expires_at.is_some();
        if restriction.status == PubStatus::Usable && !has_time {
            let message = "a restriction needs `status` (`canceled` or `withheld`), `embargoedUntil` or `expiresAt`";
            return Err(Problem::at("status", message));
        }
        Ok(())
    }

    fn article(&mut self, article: &mut Article) -> Result<(), Problem> {
        identifier(&mut article.uri)?;
        line(&mut article.headline);
        if article.headline.is_empty() {
            if article.status == PubStatus::Usable {
                return Err(Problem::at("headline", "an article needs a headline"));
            }
            article.headline.clone_from(&article.uri);
        }
        article.digital_source_type =
            article.digital_source_type.take().and_then(|code| self.source_type("digitalSourceType", &code));
        self.slug(&mut article.slug);
        self.address("url", &mut article.url);
        self.language(&mut article.language);
        for field in [&mut article.slugline, &mut article.byline, &mut article.dateline] {
            optional_line(field);
        }
        for field in [&mut article.standfirst, &mut article.usage_terms, &mut article.copyright_notice] {
            optional(field);
        }
        times([
            &mut article.published_at,
            &mut article.updated_at,
            &mut article.embargoed_until,
            &mut article.expires_at,
        ]);
        self.order_of_times(article.published_at, article.updated_at);
        if article.urgency.is_some_and(|urgency| !(1..=9).contains(&urgency)) {
            self.note("urgency", "not 1 to 9; left out");
            article.urgency = None;
        }
        self.term("section", &mut article.section);
        self.term("source", &mut article.source);
        article.located = article.located.take().filter_map_mut(|place| self.place("located", place));
        article.places.retain_mut(|place| self.place("places", place));
        article.topics.retain_mut(|topic| self.topic(topic));
        article.contributors.retain_mut(|person| self.contributor(person));
        article.lead_image = article.lead_image.take().filter_map_mut(|image| self.image("leadImage", image));
        article.galleries.retain_mut(|uri| self.names_item("galleries", uri));
        article.related.retain_mut(|uri| self.names_item("related", uri));
        let own = article.uri.clone();
        article.related.retain(|uri| *uri != own);
        article.stories.retain_mut(|story| {
            line(&mut story.title);
            if story.title.is_empty() {
                self.note("stories", "a story without a title is left out");
            }
            !story.title.is_empty() && self.names_item("stories", &mut story.uri)
        });
        article.translation_of =
            article.translation_of.take().filter_map_mut(|uri| self.names_item("translationOf", uri));
        article.corrections.retain_mut(|correction| {
            correction.at = correction.at.map(micros);
            fold(&mut correction.text);
            !correction.text.is_empty()
        });
        self.truncate("places", &mut article.places, LISTED);
        self.truncate("topics", &mut article.topics, LISTED);
        self.truncate("contributors", &mut article.contributors, LISTED);
        self.truncate("related", &mut article.related, LISTED);
        self.truncate("galleries", &mut article.galleries, LISTED);
        self.truncate("stories", &mut article.stories, LISTED);
        self.truncate("body", &mut article.body, BLOCKS);
        article.body.retain_mut(|block| self.block(block));
        Ok(())
    }

    fn block(&mut self, block: &mut Block) -> bool {
        match block {
            Block::Paragraph { html } | Block::Quote { html, .. } if html.is_empty() => false,
            Block::Paragraph { .. } => true,
            Block::Quote { cite, .. } => {
                optional(cite);
                true
            }
            Block::Heading { level, text } => {
                if !(2..=6).contains(level) {
                    self.note(
                        "body",
                        format!("a heading of the level {level} is taken for one of the nearest of 2 to 6"),
                    );
                    *level = (*level).clamp(2, 6);
                }
                fold(text);
                !text.is_empty()
            }
            Block::List { items, .. } => {
                items.retain(|item| !item.is_empty());
                !items.is_empty()
            }
            Block::Image { image } => self.image("body", image),
            Block::Gallery { uri } => self.names_item("body", uri),
            Block::Related { uri, url, title } => {
                *uri = uri.take().filter_map_mut(|uri| self.names_item("body", uri));
                self.address("body", url);
                line(title);
                let is_link = !title.is_empty() && (uri.is_some() || url.is_some());
                if !is_link {
                    self.note("body", "a link to an article without a title, or without `uri` and `url`, is left out");
                }
                is_link
            }
            Block::Embed { url, provider, title, width, height, poster, .. } => {
                optional_line(provider);
                optional_line(title);
                self.pixels("body", width, height);
                self.poster(poster);
                self.file("body", url)
            }
            Block::Audio(medium) => self.medium(medium),
            Block::Video(medium) => self.medium(medium),
            Block::Table { caption, header, rows } => self.table(caption, header, rows),
        }
    }

    /// False when nothing is left of it.
    fn table(&mut self, caption: &mut Option<String>, header: &mut Vec<Vec<Cell>>, rows: &mut Vec<Vec<Cell>>) -> bool {
        optional(caption);
        self.truncate("body", rows, ROWS);
        self.truncate("body", header, ROWS);
        for row in header.iter_mut().chain(rows.iter_mut()) {
            self.truncate("body", row, COLUMNS);
            for cell in row {
                cell.column_span = cell.column_span.clamp(1, COLUMNS as u16);
                cell.row_span = cell.row_span.clamp(1, ROWS as u16);
            }
        }
        // What stands on top names its column.
        header.iter_mut().flatten().for_each(|cell| cell.header = true);
        let is_row = |row: &Vec<Cell>| row.iter().any(|cell| !cell.html.is_empty());
        header.retain(is_row);
        rows.retain(|row| !row.is_empty());
        rows.iter().any(is_row) || !header.is_empty()
    }

    fn poster(&mut self, poster: &mut Option<Box<Image>>) {
        *poster = poster.take().filter_map_mut(|image| self.image("body", image));
    }

    /// False when it has no address.
    fn medium(&mut self, medium: &mut Medium) -> bool {
        for text in [&mut medium.title, &mut medium.media_type] {
            optional_line(text);
        }
        optional(&mut medium.caption);
        let can_be = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
        self.only("body", "durationSeconds", &mut medium.duration_seconds, can_be, "0 or more");
        self.pixels("body", &mut medium.width, &mut medium.height);
        self.poster(&mut medium.poster);
        self.file("body", &mut medium.url)
    }

    /// Whether what is shown has an address.
    fn file(&mut self, at: &str, url: &mut String) -> bool {
        self.must_have_address(at, "a file or an embed", url)
    }

    fn gallery(&mut self, gallery: &mut Gallery) -> Result<(), Problem> {
        identifier(&mut gallery.uri)?;
        line(&mut gallery.title);
        if gallery.title.is_empty() {
            if gallery.status == PubStatus::Usable {
                return Err(Problem::at("title", "a gallery needs a title"));
            }
            gallery.title.clone_from(&gallery.uri);
        }
        self.slug(&mut gallery.slug);
        optional(&mut gallery.summary);
        times([
            &mut gallery.published_at,
            &mut gallery.updated_at,
            &mut gallery.embargoed_until,
            &mut gallery.expires_at,
        ]);
        self.term("section", &mut gallery.section);
        gallery.lead_image = gallery.lead_image.take().filter_map_mut(|image| self.image("leadImage", image));
        gallery.items.retain_mut(|item| {
            optional(&mut item.caption);
            item.video =
                item.video.take().filter_map_mut(|video| self.must_have_address("items", "a video", &mut video.href));
            self.image("items", &mut item.image)
        });
        self.truncate("items", &mut gallery.items, LISTED);
        Ok(())
    }

    fn story(&mut self, story: &mut Story) -> Result<(), Problem> {
        identifier(&mut story.uri)?;
        line(&mut story.title);
        if story.title.is_empty() {
            if story.pub_status == PubStatus::Usable {
                return Err(Problem::at("title", "a story needs a title"));
            }
            story.title.clone_from(&story.uri);
        }
        self.slug(&mut story.slug);
        optional(&mut story.summary);
        times([&mut story.updated_at, &mut story.embargoed_until, &mut story.expires_at]);
        story.lead_image = story.lead_image.take().filter_map_mut(|image| self.image("leadImage", image));
        story.articles.retain_mut(|member| self.names_item("articles", &mut member.uri));
        let mut seen = std::collections::HashSet::new();
        story.articles.retain(|member| seen.insert(member.uri.clone()));
        Ok(())
    }

    /// False when nothing identifies the picture.
    fn contributor(&mut self, person: &mut Contributor) -> bool {
        line(&mut person.name);
        optional_line(&mut person.role);
        person.uri = person.uri.take().filter_map_mut(|uri| {
            let is_active = address::is_active(uri);
            if is_active {
                self.note("contributors", format!("the identifier of `{}` could run; left out", person.name));
            }
            !is_active && self.names_item("contributors", uri)
        });
        optional(&mut person.biography);
        person.image = person.image.take().filter_map_mut(|image| self.image("contributors", image));
        let links: Vec<Option<String>> = person.links.iter().map(|link| address::web(link)).collect();
        if links.contains(&None) {
            self.note("contributors", format!("a link of `{}` is {NO_ADDRESS}", person.name));
        }
        let mut seen = std::collections::HashSet::new();
        person.links = links.into_iter().flatten().filter(|link| seen.insert(link.clone())).collect();
        self.truncate("contributors", &mut person.links, LINKS);
        let has_name = text::is_name(&person.name);
        if !has_name {
            self.note("contributors", "somebody without a name is left out");
        }
        has_name
    }

    fn image(&mut self, at: &str, image: &mut Image) -> bool {
        for field in [&mut image.alt, &mut image.caption, &mut image.credit] {
            optional(field);
        }
        for field in [&mut image.copyright_notice, &mut image.usage_terms] {
            optional(field);
        }
        if let Some(placeholder) = image.placeholder.take().as_deref().and_then(text::folded) {
            image.placeholder = colour(&placeholder);
            if image.placeholder.is_none() {
                self.note(at, "`placeholder` is no CSS colour such as `#aabbcc`; left out");
            }
        }
        self.pixels(at, &mut image.width, &mut image.height);
        image.digital_source_type = image.digital_source_type.take().and_then(|code| self.source_type(at, &code));
        times([&mut image.embargoed_until, &mut image.expires_at]);
        let is_inside = |(x, y): (f64, f64)| (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
        self.only(at, "focalPoint", &mut image.focal_point, is_inside, "in the picture, from 0 to 1");
        let mut names = std::collections::HashSet::new();
        let count = image.renditions.len();
        for file in &mut image.renditions {
            self.pixels(at, &mut file.width, &mut file.height);
        }
        image.renditions.retain_mut(|file| rendition(file) && names.insert(file.name.clone()));
        if image.renditions.len() < count {
            self.note(at, "renditions without a usable address or with a name that another has are left out");
        }
        if identifier(&mut image.uri).is_err() {
            self.note(at, "a picture without a usable identifier is left out");
            return false;
        }
        if address::is_active(&image.uri) {
            self.note(at, "a picture whose identifier is an address that could run something is left out");
            return false;
        }
        true
    }

    fn topic(&mut self, topic: &mut Topic) -> bool {
        line(&mut topic.name);
        topic.slug = topic.slug.as_deref().and_then(text::slug);
        topic.qcode = topic.qcode.take().filter_map_mut(|code| self.names_item("topics", code));
        if let Some(qcode) = &topic.qcode
            && let Some((current, name)) = vocabulary::current_media_topic(qcode)
            && (*qcode != current || topic.name == *qcode)
        {
            let others = vocabulary::other_successors(qcode);
            if !others.is_empty() {
                let message =
                    format!("`{qcode}` is retired; read as `{current}` ({name}), and could be {}", others.join(" or "));
                self.note("topics", message);
            }
            // A retired concept is its successor, and a code alone says nothing to readers.
            topic.slug = None;
            if *qcode != current {
                topic.names.clear();
            }
            name.clone_into(&mut topic.name);
            topic.qcode = Some(current);
        }
        optional_line(&mut topic.broader);
        topic.replaces.retain_mut(|code| identifier(code).is_ok());
        let names = std::mem::take(&mut topic.names).into_iter().filter_map(|(language, mut name)| {
            line(&mut name);
            let Some(tag) = vocabulary::language_tag(&language) else {
                self.note("topics", format!("`{}` is no BCP 47 tag; the name in it is left out", excerpt(&language)));
                return None;
            };
            Some((tag, name)).filter(|(_, name)| !name.is_empty())
        });
        topic.names = names.take(LISTED).collect();
        self.has_name("topics", "topic", &topic.name, topic.slug.as_ref())
    }

    fn place(&mut self, at: &str, place: &mut Place) -> bool {
        line(&mut place.name);
        place.slug = place.slug.as_deref().and_then(text::slug);
        place.uri = place.uri.take().filter_map_mut(|uri| !address::is_active(uri) && identifier(uri).is_ok());
        place.country_code = place.country_code.take().map(|code| code.trim().to_ascii_uppercase());
        let is_code = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if let Some(code) = place.country_code.take_if(|code| !is_code(code)).filter(|code| !code.is_empty()) {
            let message = format!("`{}` is no country of two letters such as `NO`; left out", excerpt(&code));
            self.note(at, message);
        }
        if let Some(zone) = place.time_zone.take() {
            match zone.trim().parse::<Zone>() {
                Ok(zone) => place.time_zone = Some(zone.name().to_owned()),
                Err(_) => self.note(at, format!("`{zone}` is no IANA time zone such as `Europe/Moscow`; left out")),
            }
        }
        self.only(at, "latitude", &mut place.latitude, |degrees| degrees.abs() <= 90.0, "-90 to 90");
        self.only(at, "longitude", &mut place.longitude, |degrees| degrees.abs() <= 180.0, "-180 to 180");
        self.has_name(at, "place", &place.name, place.slug.as_ref())
    }

    fn term(&mut self, at: &str, term: &mut Option<Term>) {
        let Some(mut known) = term.take() else { return };
        line(&mut known.name);
        known.slug = known.slug.as_deref().and_then(text::slug);
        self.address(at, &mut known.url);
        if self.has_name(at, "term", &known.name, known.slug.as_ref()) {
            *term = Some(known);
        }
    }

    /// Leaves out a value that cannot be.
    fn only<T: Copy>(
        &mut self,
        at: &str,
        name: &str,
        value: &mut Option<T>,
        can_be: impl FnOnce(T) -> bool,
        rule: &str,
    ) {
        if value.is_some_and(|value| !can_be(value)) {
            self.note(at, format!("`{name}` is not {rule}; left out"));
            *value = None;
        }
    }

    /// Whether there is a name with a letter or a digit.
    fn has_name(&mut self, at: &str, what: &str, name: &str, slug: Option<&String>) -> bool {
        let has_name = !name.is_empty() && (slug.is_some() || text::is_name(name));
        if !has_name {
            self.note(at, format!("a {what} without a name is left out"));
        }
        has_name
    }

    fn pixels(&mut self, at: &str, width: &mut Option<i32>, height: &mut Option<i32>) {
        self.only(at, "width", width, |pixels| pixels > 0, "1 or more");
        self.only(at, "height", height, |pixels| pixels > 0, "1 or more");
    }

    /// Whether what identifies something can do so.
    fn names_item(&mut self, at: &str, uri: &mut String) -> bool {
        match identifier(uri) {
            Ok(()) => true,
            Err(problem) => {
                self.note(at, format!("{}; left out", problem.message));
                false
            }
        }
    }

    fn slug(&mut self, slug: &mut Option<String>) {
        let Some(wished) = slug.take() else { return };
        *slug = text::slug(&wished);
        if slug.is_none() && !wished.trim().is_empty() {
            self.note("slug", format!("`{}` has no letter or digit; left out", excerpt(&wished)));
        }
    }

    fn source_type(&mut self, at: &str, code: &str) -> Option<String> {
        let known = vocabulary::digital_source_type(code);
        if known.is_none() {
            self.note(at, format!("`{}` is no code of a digital source type; left out", excerpt(code)));
        }
        known
    }

    fn address(&mut self, at: &str, address: &mut Option<String>) {
        let Some(url) = address.take() else { return };
        *address = address::web(&url);
        if address.is_none() {
            self.note(at, NO_ADDRESS);
        }
    }

    /// Whether `url` is an address; what is nothing without one is left out.
    fn must_have_address(&mut self, at: &str, what: &str, url: &mut String) -> bool {
        match address::web(url) {
            Some(address) => *url = address,
            None => {
                self.note(at, format!("{what} without an address that starts with http:// or https:// is left out"));
                return false;
            }
        }
        true
    }

    fn language(&mut self, language: &mut Option<String>) {
        let Some(tag) = language.take() else { return };
        *language = vocabulary::language_tag(&tag);
        if language.is_none() {
            self.note("language", "no BCP 47 tag such as `en` or `pt-BR`; left out");
        }
    }

    fn order_of_times(&mut self, published: Option<DateTime<Utc>>, updated: Option<DateTime<Utc>>) {
        if let (Some(published), Some(updated)) = (published, updated)
            && updated < published
        {
            self.note("updatedAt", "modified before it was published; kept as it is");
        }
    }

    fn truncate<T>(&mut self, at: &str, list: &mut Vec<T>, most: usize) {
        if list.len() > most {
            self.note(at, format!("{} entries; the first {most} are kept", list.len()));
            list.truncate(most);
        }
    }
}

/// `filter` with a value that the predicate may change.
trait FilterMapMut<T> {
    fn filter_map_mut(self, keep: impl FnOnce(&mut T) -> bool) -> Option<T>;
}

impl<T> FilterMapMut<T> for Option<T> {
    fn filter_map_mut(self, keep: impl FnOnce(&mut T) -> bool) -> Self {
        let mut value = self?;
        keep(&mut value).then_some(value)
    }
}

fn fold(text: &mut String) {
    *text = text::folded(text).unwrap_or_default();
}

fn line(text: &mut String) {
    fold(text);
    if let Some((end, _)) = text.char_indices().nth(NAME) {
        text.truncate(end);
    }
}

fn optional(text: &mut Option<String>) {
    *text = text.as_deref().and_then(text::folded);
}

fn optional_line(field: &mut Option<String>) {
    *field = field.take().filter_map_mut(|text| {
        line(text);
        !text.is_empty()
    });
}

fn identifier(uri: &mut String) -> Result<(), Problem> {
    fold(uri);
    match uri.len() {
        0 => Err(Problem::at("uri", "an item needs a `uri`: without it, it could not be told from others")),
        1..=IDENTIFIER => Ok(()),
        length => Err(Problem::at("uri", format!("the `uri` has {length} bytes; the limit is {IDENTIFIER}"))),
    }
}

fn rendition(file: &mut Rendition) -> bool {
    line(&mut file.name);
    optional_line(&mut file.media_type);
    match address::web(&file.href).or_else(|| address::own(&file.href)) {
        Some(href) => file.href = href,
        None => return false,
    }
    !file.name.is_empty()
}

/// The colour that `text` is in CSS: `#rrggbb` or another number of digits, a name, or a function such as `rgb()`.
pub fn colour(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let is_colour = match (text.strip_prefix('#'), text.split_once('(')) {
        (Some(digits), _) => cssparser::color::parse_hash_color(digits.as_bytes()).is_ok(),
        (None, Some((function, values))) => is_colour_function(function, values),
        (None, None) => text == "transparent" || cssparser::color::parse_named_color(&text).is_ok(),
    };
    is_colour.then_some(text)
}

/// Whether `values` are numbers for a function that makes a colour of three, and of how much one sees through it.
fn is_colour_function(function: &str, values: &str) -> bool {
    const FUNCTIONS: [&str; 9] = ["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch"];
    let Some(values) = values.strip_suffix(')').filter(|_| FUNCTIONS.contains(&function)) else { return false };
    let values: Vec<&str> = values.split([' ', ',', '/']).filter(|value| !value.is_empty()).collect();
    let is_number = |value: &&str| {
        let number = ["%", "deg", "grad", "rad", "turn"].into_iter().find_map(|unit| value.strip_suffix(unit));
        *value == "none" || number.unwrap_or(value).parse::<f32>().is_ok_and(f32::is_finite)
    };
    (3..=4).contains(&values.len()) && values.iter().all(is_number)
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Databases keep microseconds.
fn micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

fn times<const N: usize>(times: [&mut Option<DateTime<Utc>>; N]) {
    for time in times {
        *time = time.map(micros);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article() -> Article {
        Article { uri: "urn:x".to_owned(), headline: "Headline".to_owned(), ..Article::default() }
    }

    fn checked(article: Article) -> (Article, Vec<Note>) {
        let mut draft = Draft::Article(Box::new(article));
        let notes = check(&mut draft).unwrap();
        let Draft::Article(article) = draft else { panic!("still an article") };
        (*article, notes)
    }

    #[test]
    fn of_the_links_of_a_person_addresses_of_the_web_are_kept_once() {
        let links = ["https://a.example/ann", "javascript:alert(1)", "https://a.example/ann"].map(str::to_owned);
        let person = Contributor { name: "Ann Lee".to_owned(), links: links.into(), ..Contributor::default() };
        let (article, notes) = checked(Article { contributors: vec![person], ..article() });
        assert_eq!(article.contributors[0].links, ["https://a.example/ann"]);
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].to_string().contains("`Ann Lee`"), "{notes:?}");
    }

    #[test]
    fn nothing_is_left_out_without_a_word() {
        for (more, at, word) in [
            (r#""located":{"name":"A","latitude":520.5}"#, "located", "`latitude`"),
            (r#""places":[{"name":"A","longitude":-181}]"#, "places", "`longitude`"),
            (r#""places":[{"name":"A","countryCode":"NOR"}]"#, "places", "`NOR`"),
            (r#""places":[{"name":" "}]"#, "places", "a place without a name"),
            (r#""topics":[{"name":"..."}]"#, "topics", "a topic without a name"),
            (r#""topics":[{"name":"A","qcode":" "}]"#, "topics", "left out"),
            (r#""topics":[{"name":"A","names":{"no such tag":"B"}}]"#, "topics", "`no such tag`"),
            (r#""section":{"name":" "}"#, "section", "left out"),
            (r#""contributors":[{"name":"?"}]"#, "contributors", "left out"),
            (r#""contributors":[{"name":"A","uri":"javascript:a()"}]"#, "contributors", "could run"),
            (r#""slug":"...""#, "slug", "left out"),
            (r#""related":[" "]"#, "related", "left out"),
            (r#""galleries":[" "]"#, "galleries", "left out"),
            (r#""translationOf":" ""#, "translationOf", "left out"),
            (r#""stories":[{"uri":"urn:s","title":" "}]"#, "stories", "left out"),
            (r#""leadImage":{"uri":"urn:i","width":-5}"#, "leadImage", "`width`"),
            (r#""leadImage":{"uri":"urn:i","focalPoint":[3,3]}"#, "leadImage", "`focalPoint`"),
            (r#""leadImage":{"uri":"urn:i","digitalSourceType":"!"}"#, "leadImage", "left out"),
            (r#""body":[{"type":"heading","level":1,"text":"A"}]"#, "body", "level 1"),
            (r#""body":[{"type":"related","title":"A"}]"#, "body", "left out"),
            (
                r#""body":[{"type":"video","url":"https://a.example/1","durationSeconds":-1}]"#,
                "body",
                "`durationSeconds`",
            ),
            (r#""body":[{"type":"gallery","uri":" "}]"#, "body", "left out"),
        ] {
            let text = format!(r#"{{"type":"article","uri":"urn:x","headline":"H",{more}}}"#);
            let notes = check(&mut serde_json::from_str(&text).unwrap()).unwrap();
            assert!(notes.len() == 1 && notes[0].at == at && notes[0].message.contains(word), "{more}: {notes:?}");
        }
    }

    #[test]
    fn an_item_needs_an_identifier_and_a_headline() {
        for wrong in [
            Article { uri: " \0".to_owned(), ..article() },
            Article { headline: "\n".to_owned(), ..article() },
            Article { uri: "x".repeat(3_000), ..article() },
        ] {
            assert!(check(&mut Draft::Article(Box::new(wrong))).is_err());
        }
        // What is withdrawn needs none, and with nothing else to say it is no article.
        let text = vec![Block::Heading { level: 2, text: "H".to_owned() }];
        let killed = Article { headline: String::new(), status: PubStatus::Canceled, body: text, ..article() };
        assert_eq!(checked(killed).0.headline, "urn:x");
        for status in [PubStatus::Canceled, PubStatus::Withheld] {
            let mut killed = Draft::Article(Box::new(Article { headline: String::new(), status, ..article() }));
            check(&mut killed).unwrap();
            assert_eq!(killed, Draft::Restriction(Box::new(Restriction::new("urn:x", status))));
        }
    }

    #[test]
    fn what_is_wrong_is_left_out_with_a_note() {
        let (article, notes) = checked(Article {
            url: Some("javascript:alert(1)".to_owned()),
            language: Some("no such language".to_owned()),
            urgency: Some(12),
            related: vec!["urn:x".to_owned(), "urn:y".to_owned()],
            located: Some(Place {
                name: "Oslo".to_owned(),
                time_zone: Some("Mars/Base".to_owned()),
                ..Place::default()
            }),
            ..article()
        });
        assert_eq!((article.url, article.language, article.urgency), (None, None, None));
        assert_eq!(article.related, ["urn:y"]);
        assert_eq!(article.located.unwrap().time_zone, None);
        assert_eq!(notes.len(), 4);
    }

    #[test]
    fn a_placeholder_is_a_colour() {
        for (written, kept) in [
            ("#ABC", Some("#abc")),
            ("#aabbcc80", Some("#aabbcc80")),
            (" Tomato ", Some("tomato")),
            ("rgb(1 2 3 / 50%)", Some("rgb(1 2 3 / 50%)")),
            ("hsl(120deg, 100%, 25%)", Some("hsl(120deg, 100%, 25%)")),
            ("#aabbc", None),
            ("rgb(1, 2)", None),
            ("rgb(url(x), 2, 3)", None),
            ("var(--colour)", None),
            ("red; background: url(//evil.example)", None),
            ("url(javascript:alert(1))", None),
            ("javascript", None),
            ("abcdef", None),
            ("L6PZfSi_.AyE_3t7t7R**0o#DgR4", None),
        ] {
            let image = Image { uri: "urn:i".to_owned(), placeholder: Some(written.to_owned()), ..Image::default() };
            let (article, notes) = checked(Article { lead_image: Some(image), ..article() });
            assert_eq!(article.lead_image.unwrap().placeholder.as_deref(), kept, "{written}");
            assert_eq!(notes.len(), usize::from(kept.is_none()), "{written}");
        }
    }

    #[test]
    fn every_address_of_an_item_is_one_of_the_web() {
        const WRONG: [&str; 4] = ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example/"];
        for wrong in WRONG {
            let text = || Some(wrong.to_owned());
            let file = || Rendition { name: "original".to_owned(), href: wrong.to_owned(), ..Rendition::default() };
            let image = || Image { uri: "urn:i".to_owned(), renditions: vec![file()], ..Image::default() };
            let term = || Some(Term { name: "Name".to_owned(), url: text(), slug: None });
            let (article, notes) = checked(Article {
                url: text(),
                section: term(),
                source: term(),
                lead_image: Some(image()),
                body: vec![
                    serde_json::from_value(serde_json::json!({ "type": "embed", "url": wrong })).unwrap(),
                    Block::Related { uri: None, url: text(), title: "Title".to_owned() },
                    Block::Image { image: Box::new(image()) },
                ],
                ..article()
            });
            let saved = serde_json::to_string(&article).unwrap();
            assert!(!saved.contains(wrong), "{saved}");
            assert_eq!(notes.len(), 8, "{notes:?}");
            let item = serde_json::json!({ "image": image(), "video": { "href": wrong } });
            let mut gallery: Draft = serde_json::from_value(serde_json::json!({
                "type": "gallery", "uri": "urn:g", "title": "Gallery", "kind": "video", "items": [item], "leadImage": image(),
            }))
            .unwrap();
            assert_eq!(check(&mut gallery).unwrap().len(), 3);
            assert!(!serde_json::to_string(&gallery).unwrap().contains(wrong));
            let only_named = Image { uri: wrong.to_owned(), ..Image::default() };
            let (article, notes) = checked(Article { lead_image: Some(only_named), ..self::article() });
            let is_named = wrong.starts_with("//");
            assert_eq!((article.lead_image.is_some(), notes.is_empty()), (is_named, is_named), "{wrong}");
        }
    }

    #[test]
    fn no_text_holds_control_characters() {
        let (article, _) = checked(Article {
            headline: "a\0b\u{1b}c".to_owned(),
            standfirst: Some("x\0".to_owned()),
            byline: Some("\u{7}".to_owned()),
            ..article()
        });
        assert_eq!(
            (article.headline.as_str(), article.standfirst.as_deref(), article.byline),
            ("abc", Some("x"), None)
        );
    }
}
