//! Feeds of other projects and what those say that they mean.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use importer::{
    Defaults, Problem, Reading,
    draft::{Article, Block, Draft, Image},
    feed,
    html::Inline,
    text, time,
};
use serde_json::Value;

use crate::{
    accepted::{FEED_RS, FEEDPARSER, GOFEED, REFUSED},
    suite,
};

/// The suites of feeds, and of how many files they are.
const SUITES: [(&str, usize); 5] =
    [("gofeed", 784), ("feed-rs", 101), ("feedparser", 1346), ("feedvalidator", 52), ("trafilatura", 7)];

fn files(suite: &str) -> BTreeMap<String, Vec<u8>> {
    let (_, count) = SUITES.into_iter().find(|(name, _)| *name == suite).expect("a suite of feeds");
    suite::files(suite, count)
}

/// The name of the file with what a suite expects.
fn with_extension(file: &str, extension: &str) -> String {
    Path::new(file).with_extension(extension).to_string_lossy().into_owned()
}

fn articles(reading: &Reading) -> Vec<&Article> {
    fn article(draft: &Draft) -> &Article {
        match draft {
            Draft::Article(article) => article,
            other => panic!("{other:?}"),
        }
    }
    reading.drafts.iter().map(article).collect()
}

/// What is a title when there is no other one.
const ITUNES_TITLE: &str =
    "<itunes:title xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>test</itunes:title>";

/// Most test feeds have an item with the field under test alone. Where it has no identity or no title, it gets one, since items
/// without are left out.
fn read(bytes: &[u8]) -> Result<Reading, Problem> {
    let first = feed::read(bytes, &Defaults::default())?;
    if first.skipped.is_empty() {
        return Ok(first);
    }
    let mut bytes = bytes.to_vec();
    for (skipped, of_rss, of_atom) in [
        ("identifies", "<P:guid isPermaLink='false'>urn:test:N</P:guid>", "<P:id>urn:test:N</P:id>"),
        ("neither a title", ITUNES_TITLE, ITUNES_TITLE),
    ] {
        let reading = feed::read(&bytes, &Defaults::default())?;
        if reading.skipped.iter().any(|note| note.message.contains(skipped)) {
            bytes = with_element(&bytes, of_rss, of_atom);
        }
    }
    feed::read(&bytes, &Defaults::default())
}

/// Each item with one more element, of the vocabulary of the item.
fn with_element(bytes: &[u8], of_rss: &str, of_atom: &str) -> Vec<u8> {
    let (mut changed, mut at, mut count) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let tags = [
            ("<item", of_rss),
            ("<rss:item", of_rss),
            ("<entry", of_atom),
            ("<atom:entry", of_atom),
            ("<a:entry", of_atom),
        ];
        let is_tag = |tag: &str| {
            rest.starts_with(tag.as_bytes()) && rest.get(tag.len()).is_some_and(|next| b"> \n\r\t/".contains(next))
        };
        let found = tags.iter().find(|(tag, _)| is_tag(tag));
        let end = rest.iter().position(|byte| *byte == b'>').map(|end| at + end + 1);
        let (Some(end), Some((tag, element))) = (end, found) else {
            changed.push(bytes[at]);
            at += 1;
            continue;
        };
        count += 1;
        changed.extend_from_slice(&bytes[at..end]);
        if !changed.ends_with(b"/>") {
            let prefix = tag[1..].split_once(':').map(|(prefix, _)| format!("{prefix}:")).unwrap_or_default();
            changed.extend_from_slice(element.replace("N", &count.to_string()).replace("P:", &prefix).as_bytes());
        }
        at = end;
    }
    changed
}

/// What is read of a field, and what it should be: in the same form.
struct Check {
    file: String,
    field: &'static str,
    expected: String,
    found: String,
}

#[derive(Default)]
struct Score {
    checks: Vec<Check>,
}

impl Score {
    fn check(&mut self, file: &str, field: &'static str, expected: &str, found: Option<String>) {
        let found = found.unwrap_or_default();
        self.checks.push(Check { file: file.to_owned(), field, expected: expected.to_owned(), found });
    }

    /// Of a text that is HTML or plain, which not every model says.
    fn text(&mut self, file: &str, field: &'static str, expected: &str, found: Option<String>) {
        if expected.is_empty() || (field == "title" && words(expected).is_empty()) {
            // Nothing is left of it for readers.
            return;
        }
        let is_plain = found.as_ref().is_some_and(|found| *found == dense(expected));
        self.check(file, field, &if is_plain { dense(expected) } else { words(expected) }, found);
    }

    /// So many fields were compared, all differences are accepted, and all accepted ones are there.
    fn settle(self, suite: &str, checks: usize, accepted: &[(&str, &[&str])]) {
        let mut by_field: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut differences = BTreeSet::new();
        for Check { file, field, expected, found } in &self.checks {
            let counts = by_field.entry(field).or_default();
            counts.1 += 1;
            if expected == found {
                counts.0 += 1;
            } else {
                let same = expected.chars().zip(found.chars()).take_while(|(one, other)| one == other).count();
                let short = |text: &str| text.chars().skip(same.saturating_sub(40)).take(300).collect::<String>();
                eprintln!("{file}: {field}: expected {:?}, found {:?}", short(expected), short(found));
                differences.insert(format!("{file}: {field}"));
            }
        }
        eprintln!("{suite}: {by_field:?}");
        let accepted: BTreeSet<String> =
            accepted.iter().flat_map(|(_, cases)| cases.iter().map(|case| (*case).to_owned())).collect();
        let new: Vec<_> = differences.difference(&accepted).collect();
        let gone: Vec<_> = accepted.difference(&differences).collect();
        assert!(new.is_empty() && gone.is_empty(), "{suite}: new differences {new:#?}, gone {gone:#?}");
        assert_eq!(self.checks.len(), checks, "{suite}");
    }
}

fn dense(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "|").collect()
}

/// Text without any white space, since blocks do not keep it.
fn words(html: &str) -> String {
    dense(&text::plain(html).unwrap_or_default())
}

fn address(text: &str) -> String {
    url::Url::parse(text.trim()).map_or_else(|_| text.to_owned(), String::from)
}

fn moment(text: &str) -> String {
    time::parse(text, importer::time::Zone::UTC).map(|time| time.to_rfc3339()).unwrap_or_else(|| text.to_owned())
}

fn body(article: &Article) -> String {
    dense(&article.body.iter().map(|block| block.text()).collect::<Vec<_>>().join(" "))
}

/// The text of the summary or, where a summary is the text, of the body.
fn summary(article: &Article) -> String {
    article.standfirst.as_deref().map_or_else(|| body(article), dense)
}

fn text_at<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str().filter(|text| !text.trim().is_empty())
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn authors(article: &Article, role: &str) -> String {
    let named = article.contributors.iter().filter(|person| person.role.as_deref() == Some(role));
    named.map(|person| person.name.as_str()).collect::<Vec<_>>().join("|").replace(" and ", "|").replace(", ", "|")
}

fn topics(article: &Article) -> String {
    article.topics.iter().map(|topic| topic.name.as_str()).collect::<Vec<_>>().join("|")
}

fn unique(values: impl Iterator<Item = String>) -> String {
    let mut seen = BTreeSet::new();
    values.filter(|value| !value.is_empty() && seen.insert(value.clone())).collect::<Vec<_>>().join("|")
}

fn image_addresses(image: &Image) -> impl Iterator<Item = String> {
    image.renditions.iter().map(|rendition| rendition.href.clone())
}

/// Addresses of all files of an article.
fn files_of(article: &Article) -> BTreeSet<String> {
    let in_body = article.body.iter().flat_map(|block| match block {
        Block::Image { image } => image_addresses(image).collect(),
        Block::Embed { url, .. } => vec![url.clone()],
        Block::Audio(medium) | Block::Video(medium) => vec![medium.url.clone()],
        _ => Vec::new(),
    });
    article.lead_image.iter().flat_map(image_addresses).chain(in_body).collect()
}

/// Whether an identity is that of the feed, with or without the feed's address before it.
fn id_of(article: &Article, expected: &str) -> String {
    let expected = text::folded(expected).unwrap_or_default();
    let is_own = article.uri == expected
        || article.uri.strip_suffix(&expected).is_some_and(|before| before.ends_with(['#', ':']));
    if is_own { expected } else { article.uri.clone() }
}

#[test]
fn gofeed_agrees() {
    let mut score = Score::default();
    let files = files("gofeed");
    for (file, bytes) in files.iter().filter(|(file, _)| file.ends_with(".xml")) {
        let Some(expected) = files.get(&with_extension(file, "json")) else { continue };
        let expected: Value = serde_json::from_slice(expected).unwrap();
        let reading = read(bytes).unwrap_or_else(|problem| panic!("{file}: {problem}"));
        let channel = feed::channel(bytes).unwrap();
        for (field, pointer, found) in [
            ("feed title", "/title", &channel.title),
            ("feed description", "/description", &channel.description),
            ("feed description", "/subtitle", &channel.description),
            ("feed copyright", "/copyright", &channel.copyright_notice),
            ("feed copyright", "/rights", &channel.copyright_notice),
        ] {
            if let Some(expected) = text_at(&expected, pointer) {
                score.text(file, field, expected, found.as_deref().map(dense));
            }
        }
        if let Some(link) = text_at(&expected, "/link") {
            score.check(file, "feed link", &address(link), channel.home.clone());
        }
        if let Some(language) = text_at(&expected, "/language") {
            let lower = |tag: &str| tag.to_lowercase();
            score.check(file, "feed language", &lower(language), channel.language.as_deref().map(lower));
        }
        let items = [list(&expected, "items"), list(&expected, "entries")].concat();
        let found = articles(&reading);
        for (index, item) in
            items.iter().filter(|item| item.as_object().is_some_and(|item| !item.is_empty())).enumerate()
        {
            let Some(article) = found.get(index) else {
                score.check(file, "item", "an article", None);
                continue;
            };
            gofeed_item(&mut score, file, item, article);
        }
    }
    score.settle("gofeed", 256, GOFEED);
}

fn gofeed_item(score: &mut Score, file: &str, item: &Value, article: &Article) {
    if let Some(title) = text_at(item, "/title") {
        score.text(file, "title", title, Some(dense(&article.headline)));
    }
    for pointer in ["/description", "/summary"] {
        if let Some(text) = text_at(item, pointer) {
            score.text(file, "summary", text, Some(summary(article)));
        }
    }
    if let Some(text) = text_at(item, "/content").or_else(|| text_at(item, "/content/value")) {
        score.text(file, "content", text, Some(body(article)));
    }
    if let Some(link) = text_at(item, "/link") {
        score.check(file, "link", &address(link), article.url.clone());
    }
    if let Some(id) = text_at(item, "/guid").or_else(|| text_at(item, "/guid/value")).or_else(|| text_at(item, "/id")) {
        score.check(file, "id", &text::folded(id).unwrap_or_default(), Some(id_of(article, id)));
    }
    for pointer in ["/publishedParsed", "/pubDateParsed"] {
        if let Some(time) = text_at(item, pointer) {
            score.check(file, "published", &moment(time), article.published_at.map(|time| time.to_rfc3339()));
        }
    }
    if let Some(time) = text_at(item, "/updatedParsed") {
        score.check(file, "updated", &moment(time), article.updated_at.map(|time| time.to_rfc3339()));
    }
    let names: Vec<String> = match item.get("authors") {
        Some(_) => {
            list(item, "authors").iter().filter_map(|author| text_at(author, "/name")).map(str::to_owned).collect()
        }
        None => {
            text_at(item, "/author/name").or_else(|| text_at(item, "/author")).map(str::to_owned).into_iter().collect()
        }
    };
    let names: Vec<String> = names.into_iter().filter(|name| !name.contains('@')).collect();
    if !names.is_empty() {
        let expected = unique(names.iter().filter_map(|name| text::plain(name)));
        score.check(file, "authors", &expected, Some(authors(article, "author")));
    }
    let categories = list(item, "categories").iter().filter_map(|category| {
        let name =
            text_at(category, "/label").or_else(|| text_at(category, "/term")).or_else(|| text_at(category, "/value"));
        text::plain(name.or(category.as_str())?)
    });
    let categories = unique(categories);
    if !categories.is_empty() {
        score.check(file, "categories", &categories, Some(topics(article)));
    }
    if let Some(rights) = text_at(item, "/rights") {
        score.text(file, "rights", rights, article.copyright_notice.as_deref().map(dense));
    }
    let enclosures = [list(item, "enclosures").to_vec(), item.get("enclosure").cloned().into_iter().collect()].concat();
    let media = enclosures.iter().chain(item.get("image")).filter_map(|medium| text_at(medium, "/url")).map(address);
    let known = files_of(article);
    for medium in media {
        score.check(file, "media", &medium, known.get(&medium).cloned().or_else(|| Some(format!("{known:?}"))));
    }
    if let Some(title) = text_at(item, "/source/title") {
        let source = article.source.as_ref().map(|source| dense(&source.name));
        score.text(file, "source", title, source);
    }
}

#[test]
fn feed_rs_agrees() {
    let mut score = Score::default();
    let files = files("feed-rs");
    for (file, bytes) in &files {
        let Some(expected) = files.get(&with_extension(file, "serde.json")) else { continue };
        let expected: Value = serde_json::from_slice(expected).unwrap();
        let reading = read(bytes).unwrap_or_else(|problem| panic!("{file}: {problem}"));
        let channel = feed::channel(bytes).unwrap();
        if let Some(title) = text_at(&expected, "/title/content") {
            score.text(file, "feed title", title, channel.title.as_deref().map(dense));
        }
        if let Some(language) = text_at(&expected, "/language") {
            let normal = |tag: &str| tag.to_lowercase().replace('_', "-");
            score.check(file, "feed language", &normal(language), channel.language.as_deref().map(normal));
        }
        if let Some(minutes) = expected.get("ttl").and_then(Value::as_u64) {
            score.check(file, "ttl", &(minutes * 60).to_string(), channel.pace.map(|pace| pace.to_string()));
        }
        let found = articles(&reading);
        let items = list(&expected, "entries");
        score.check(file, "items", &items.len().to_string(), Some(found.len().to_string()));
        for (item, article) in items.iter().zip(found) {
            feed_rs_item(&mut score, file, item, article);
        }
    }
    score.settle("feed-rs", 705, FEED_RS);
}

fn feed_rs_item(score: &mut Score, file: &str, item: &Value, article: &Article) {
    let links: Vec<&str> = list(item, "links").iter().filter_map(|link| text_at(link, "/href")).collect();
    if let Some(id) = text_at(item, "/id") {
        // Where the feed has none, theirs is a hash.
        let is_hash = !article.uri.ends_with(id) && Some(&article.uri) == article.url.as_ref();
        if !is_hash {
            score.check(file, "id", id, Some(id_of(article, id)));
        }
    }
    if let Some(title) = text_at(item, "/title/content") {
        score.text(file, "title", title, Some(dense(&article.headline)));
    }
    if let Some(url) = &article.url {
        let is_known = links.iter().any(|link| address(link) == *url);
        score.check(file, "link", if is_known { url } else { links.first().unwrap_or(&"") }, Some(url.clone()));
    }
    let content = text_at(item, "/content/body");
    if let Some(text) = content {
        score.text(file, "content", text, Some(body(article)));
    }
    if let Some(text) =
        text_at(item, "/summary/content").filter(|text| content.is_none_or(|body| words(body) != words(text)))
    {
        score.text(file, "summary", text, Some(summary(article)));
    }
    for (field, found) in [("published", article.published_at), ("updated", article.updated_at)] {
        // Theirs makes up the one from the other.
        if let (Some(expected), Some(found)) = (text_at(item, &format!("/{field}")), found) {
            score.check(file, field, &moment(expected), Some(found.to_rfc3339()));
        }
    }
    let people = list(item, "authors").iter().filter_map(|person| text::plain(text_at(person, "/name")?));
    let people = unique(people.filter(|name| !name.contains('@')));
    if !people.is_empty() {
        // Theirs has several people in one line as one.
        let people = people.replace(" and ", "|").replace(", ", "|");
        score.check(file, "authors", &people, Some(authors(article, "author")));
    }
    let categories = list(item, "categories")
        .iter()
        .filter_map(|category| text::plain(text_at(category, "/label").or_else(|| text_at(category, "/term"))?));
    let categories = unique(categories);
    if !categories.is_empty() {
        score.check(file, "categories", &categories, Some(topics(article)));
    }
    let known = files_of(article);
    for media in list(item, "media") {
        let contents = list(media, "content").iter().filter_map(|content| text_at(content, "/url"));
        let thumbnails = list(media, "thumbnails").iter().filter_map(|thumbnail| text_at(thumbnail, "/image/uri"));
        for medium in contents.chain(thumbnails).map(address) {
            score.check(file, "media", &medium, known.get(&medium).cloned().or_else(|| Some(format!("{known:?}"))));
        }
    }
}

#[test]
fn feedparser_agrees() {
    let mut score = Score::default();
    let (mut imported, mut warned, mut refused) = (0, 0, Vec::new());
    for (file, bytes) in files("feedparser") {
        match read(&bytes) {
            Ok(reading) => {
                imported += 1;
                warned += usize::from(!reading.warnings.is_empty());
                let articles = articles(&reading);
                let text = String::from_utf8_lossy(&bytes);
                for (path, literal) in expectations(&text) {
                    let Some((field, expected, found)) = feedparser_fact(&path, &literal, &bytes, &articles) else {
                        continue;
                    };
                    if MARKED_UP.contains(&field) {
                        score.text(&file, field, &expected, found);
                    } else {
                        score.check(&file, field, &expected, found);
                    }
                }
            }
            Err(problem) => refused.push(format!("{file}: {problem}")),
        }
    }
    eprintln!("feedparser: imported {imported}, with warnings {warned}, refused {refused:#?}");
    let all_cdf = refused.iter().all(|refusal| REFUSED.iter().any(|reason| refusal.contains(reason)));
    assert!(all_cdf, "{refused:#?}");
    assert_eq!((imported, warned, refused.len()), (1343, 235, 3));
    score.settle("feedparser", 910, FEEDPARSER);
}

/// Pairs of `path == literal` of the `Expect:` of a test.
fn expectations(text: &str) -> Vec<(String, String)> {
    let Some(start) = text.find("Expect:") else { return Vec::new() };
    let expect = text[start + "Expect:".len()..].split("-->").next().unwrap_or_default();
    let mut pairs = Vec::new();
    let mut rest = expect;
    while let Some((left, right)) = rest.split_once("==") {
        let path = left.rsplit(" and ").next().unwrap_or_default().trim().trim_start_matches('(').to_owned();
        let right = right.trim_start();
        let Some((literal, after)) = literal(right) else {
            rest = right;
            continue;
        };
        pairs.push((path, literal));
        rest = after;
    }
    pairs
}

/// A string or a tuple of Python, and what is behind it.
fn literal(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('u').filter(|rest| rest.starts_with(['\'', '"'])).unwrap_or(text);
    if text.starts_with('(') {
        let end = text.find(')')?;
        return Some((text[..=end].to_owned(), &text[end + 1..]));
    }
    let quote = ["\"\"\"", "'''", "'", "\""].into_iter().find(|quote| text.starts_with(quote))?;
    let mut value = String::new();
    let mut rest = &text[quote.len()..];
    loop {
        if let Some(after) = rest.strip_prefix(quote) {
            return Some((value, after));
        }
        let sign = rest.chars().next()?;
        rest = &rest[sign.len_utf8()..];
        if sign != '\\' {
            value.push(sign);
            continue;
        }
        let escape = rest.chars().next()?;
        rest = &rest[escape.len_utf8()..];
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        match escape {
            'x' | 'u' | 'U' => {
                value.push(char::from_u32(u32::from_str_radix(rest.get(..digits)?, 16).ok()?)?);
                rest = &rest[digits..];
            }
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            other => value.push(other),
        }
    }
}

/// `(2004, 1, 1, 19, 48, 21, …)`
fn tuple(literal: &str) -> Option<String> {
    let numbers: Vec<u32> =
        literal.trim_matches(['(', ')']).split(',').filter_map(|part| part.trim().parse().ok()).collect();
    let [year, month, day, hour, minute, second, ..] = numbers.as_slice() else { return None };
    Some(moment(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")))
}

/// Fields whose expected value may be markup.
const MARKED_UP: &[&str] =
    &["feed title", "feed description", "feed copyright", "title", "summary", "content", "rights", "source"];

fn feedparser_fact(
    path: &str,
    literal: &str,
    bytes: &[u8],
    articles: &[&Article],
) -> Option<(&'static str, String, Option<String>)> {
    let path = path.replace("not bozo and ", "").replace(['"', ' '], "").replace("['", ".").replace("']", "");
    let channel = feed::channel(bytes)?;
    let nothing = Article::default();
    if let Some(field) = path.strip_prefix("feed.") {
        let text = |text: &Option<String>| text.as_deref().map(dense);
        return Some(match field {
            "title" | "title_detail.value" => ("feed title", literal.to_owned(), text(&channel.title)),
            "tagline" | "subtitle" | "description" | "tagline_detail.value" | "subtitle_detail.value" => {
                ("feed description", literal.to_owned(), text(&channel.description))
            }
            "copyright" | "rights" | "copyright_detail.value" => {
                ("feed copyright", literal.to_owned(), text(&channel.copyright_notice))
            }
            "link" => ("feed link", address(literal), channel.home),
            "language" => {
                ("feed language", literal.to_lowercase(), channel.language.map(|language| language.to_lowercase()))
            }
            _ => return None,
        });
    }
    let field = path.strip_prefix("entries[0].")?;
    let article = articles.first().copied().unwrap_or(&nothing);
    let time = |time: Option<chrono::DateTime<chrono::Utc>>| time.map(|time| time.to_rfc3339());
    Some(match field {
        "title" | "title_detail.value" => ("title", literal.to_owned(), Some(dense(&article.headline))),
        "description" | "summary" | "summary_detail.value" => ("summary", literal.to_owned(), Some(summary(article))),
        "content[0].value" => ("content", literal.to_owned(), Some(body(article))),
        "link" => ("link", address(literal), article.url.clone()),
        "id" | "guid" => ("id", literal.to_owned(), Some(id_of(article, literal))),
        "author_detail.name" | "authors[0].name" => ("authors", literal.to_owned(), Some(authors(article, "author"))),
        "contributors[0].name" => {
            let names = authors(article, "contributor");
            ("contributors", literal.to_owned(), names.split('|').next().map(str::to_owned))
        }
        "published_parsed" | "created_parsed" => ("published", tuple(literal)?, time(article.published_at)),
        "updated_parsed" | "modified_parsed" => {
            ("updated", tuple(literal)?, time(article.updated_at.or(article.published_at)))
        }
        "expired_parsed" => ("expires", tuple(literal)?, time(article.expires_at)),
        "rights" => ("rights", literal.to_owned(), article.copyright_notice.as_deref().map(dense)),
        "license" => ("license", literal.to_owned(), article.usage_terms.clone()),
        "source.title" => ("source", literal.to_owned(), article.source.as_ref().map(|source| dense(&source.name))),
        "language" | "content[0].language" => {
            ("language", literal.to_lowercase(), article.language.as_ref().map(|language| language.to_lowercase()))
        }
        _ => {
            let index = field.strip_prefix("tags[")?.strip_suffix("].term")?;
            let topic = article.topics.get(index.parse::<usize>().ok()?);
            ("categories", literal.to_owned(), topic.map(|topic| topic.name.clone()))
        }
    })
}

/// All markup that an article holds.
fn markup(article: &Article) -> Vec<&Inline> {
    article.body.iter().flat_map(Block::inlines).collect()
}

#[test]
fn nothing_that_runs_is_left() {
    for (name, bytes) in SUITES.into_iter().flat_map(|(suite, _)| files(suite)) {
        let Ok(reading) = read(&bytes) else { continue };
        for article in articles(&reading) {
            for inline in markup(article) {
                let fragment = scraper::Html::parse_fragment(inline.html());
                for element in fragment.tree.nodes().filter_map(|node| node.value().as_element()) {
                    let is_known = matches!(
                        element.name(),
                        "html" | "body" | "a" | "strong" | "em" | "code" | "sub" | "sup" | "q" | "br"
                    );
                    assert!(is_known, "{name}: {}", inline.html());
                    for (attribute, value) in element.attrs() {
                        let is_safe =
                            ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| value.starts_with(scheme));
                        assert!(attribute == "href" && is_safe, "{name}: {}", inline.html());
                    }
                }
            }
            let addresses = files_of(article).into_iter().chain(article.url.clone());
            for address in addresses {
                assert!(address.starts_with("http://") || address.starts_with("https://"), "{name}: {address}");
            }
            let people = article.contributors.iter().map(|person| &person.name).chain(&article.byline);
            for person in people {
                let is_mail = person.split_whitespace().any(|word| word.contains('@') && word.contains('.'));
                assert!(!is_mail, "{name}: {person}");
            }
        }
    }
}

#[test]
fn extensions_of_the_feed_validator_are_read() {
    for (name, bytes) in files("feedvalidator") {
        let reading = read(&bytes).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert!(feed::recognises(&bytes), "{name}");
        let has_items = !name.ends_with("/feed-replies.xml");
        assert_eq!(!articles(&reading).is_empty(), has_items, "{name}: {:?}", reading.skipped);
    }
}

#[test]
fn sitemaps_are_refused_as_sitemaps() {
    for (file, bytes) in files("trafilatura") {
        let result = read(&bytes);
        if file.ends_with(".gz") {
            assert!(result.unwrap_err().message.contains("gzip"), "{file}");
        } else if file.contains("sitemap") {
            assert!(!feed::recognises(&bytes), "{file}");
            assert!(result.unwrap_err().message.starts_with("a sitemap, not a feed"), "{file}");
        } else {
            assert!(feed::recognises(&bytes), "{file}");
            assert!(!result.unwrap().drafts.is_empty(), "{file}");
        }
    }
}

#[test]
fn hostile_documents_are_refused() {
    let xml = "<!-- a comment -->\n<root>\n<element key='value'>text</element>\n<element>text</element>tail\n<empty-element/>\n</root>";
    let xml = ("a document of XML".to_owned(), xml.as_bytes().to_vec());
    for (name, bytes) in suite::files("json", 161).into_iter().chain([xml]) {
        let problem = feed::read(&bytes, &Defaults::default()).expect_err(&name);
        assert!(!problem.message.is_empty());
        assert!(!feed::recognises(&bytes), "{name}");
    }
}

#[test]
fn feeds_are_recognised_and_other_data_is_not() {
    for suite in ["gofeed", "feed-rs"] {
        for (name, bytes) in files(suite) {
            let is_feed = read(&bytes).is_ok();
            let is_expectation = suite == "gofeed" && name.ends_with(".json");
            if is_feed && !is_expectation && !name.contains("universal") {
                assert!(feed::recognises(&bytes), "{name}");
            }
        }
    }
    let suites = [("ninjs", 230), ("newsml-g2", 81), ("newsml-1.2", 2), ("heads", 101), ("extruct", 39)];
    for (name, bytes) in suites.into_iter().flat_map(|(suite, count)| suite::files(suite, count)) {
        assert!(!feed::recognises(&bytes), "{name}");
    }
    for (name, bytes) in OTHERS {
        assert!(!feed::recognises(bytes), "{name}");
    }
}

const OTHERS: [(&str, &[u8]); 6] = [
    ("NITF", include_bytes!("../samples/xml/nitf-ntb.xml")),
    ("a page", include_bytes!("../samples/web_page/global-voices.html")),
    ("a page", include_bytes!("../samples/web_page/v8-blog.html")),
    (
        "rates as central banks publish them",
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" \
          xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\"><gesmes:subject>Reference rates</gesmes:subject><Cube>\
          <Cube time='2026-03-02'><Cube currency='USD' rate='1.1'/></Cube></Cube></gesmes:Envelope>",
    ),
    (
        "rates as central banks publish them",
        b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><ValCurs Date=\"02.03.2026\" name=\"Foreign Currency Market\">\
          <Valute ID=\"R01010\"><NumCode>036</NumCode><CharCode>AUD</CharCode><Nominal>1</Nominal><Name>\xc4\xee\xeb\xeb\xe0\xf0</Name>\
          <Value>50,1</Value></Valute></ValCurs>",
    ),
    ("a table of rates", b"Date, USD, JPY, BGN, \n02 March 2026, 1.1, 170.5, 1.9558, \n"),
];
