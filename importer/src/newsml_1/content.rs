//! The text of an item and its media.

use std::collections::HashSet;

use super::{
    metadata::{rights_of, without_repeats},
    story::{Kind, Role, Story, Unit, kind, role_name},
};
use crate::{
    Defaults, Reading, address,
    draft::{Article, Block, Image, Medium, Rendition},
    html::{self, Picture},
    nitf, text, wire,
    xml::{self, Element as _, Node},
};

impl<'d> Story<'d> {
    /// Text, pictures, videos and sounds.
    pub(super) fn content(&self, article: &mut Article, defaults: &Defaults, reading: &mut Reading) {
        let mut units = self.units();
        units.sort_by_key(|unit| rank(unit.node));
        if units.len() > wire::MANY {
            reading.warn(
                &article.uri,
                format!("has {} pictures and videos; the first {} are read", units.len(), wire::MANY),
            );
            units.truncate(wire::MANY);
        }
        let texts = self.components.iter().filter(|(_, role)| *role == Role::Caption).map(|(node, _)| *node);
        let texts: Vec<_> = texts.take(2 * wire::MANY).collect();
        let mut captions = HashSet::new();
        let (mut images, mut logos, mut played) = (Vec::new(), Vec::new(), Vec::new());
        for unit in &units {
            let lines = Lines::of(self, unit, &units, &texts, defaults, &mut captions, reading);
            match unit.kind() {
                Kind::Picture if unit.is_logo => logos.extend(image(unit, lines, defaults, reading)),
                Kind::Picture => images.extend(image(unit, lines, defaults, reading)),
                Kind::Video | Kind::Sound => played.extend(medium(unit, lines, defaults, reading)),
                Kind::Other => played.extend(other(unit, lines, defaults, reading)),
            }
        }
        for caption in texts.iter().filter(|node| !captions.contains(&node.id())) {
            let words =
                caption.all("ContentItem").find_map(|content| content.words_of("DataContent")).unwrap_or_default();
            let start: String = words.chars().take(40).collect();
            reading.warn(&article.uri, format!("a caption is that of no single picture; left out: `{start}`"));
        }
        if images.is_empty() {
            images.extend(logos.into_iter().next());
        }
        let mut pictures = wire::Pictures::new(images);
        for component in self.texts() {
            let blocks = blocks(component, article, &mut pictures, defaults, reading);
            // A text that has a headline of its own is told apart from the one before it.
            if !article.body.is_empty() && !blocks.is_empty() {
                article.body.extend(heading(component, article));
            }
            article.body.extend(blocks);
        }
        if article.standfirst.is_none() {
            let below = self.components.iter().filter(|(_, role)| *role == Role::Standfirst);
            let below = below.flat_map(|(component, _)| component.all("ContentItem"));
            let texts = below.map(|content| body(content, article, &mut pictures, defaults, reading));
            let lines: Vec<_> = texts.flatten().map(|block| block.text().replace('\n', "; ")).collect();
            article.standfirst = text::folded(&lines.join(" "));
        }
        for supporting in self.supporting() {
            self.beside(supporting, article, &mut pictures, defaults, reading);
        }
        wire::attach(article, pictures.rest());
        article.body.extend(played);
    }

    /// Adds a text beside the main one, with its lines.
    fn beside(
        &self,
        component: Node<'d>,
        article: &mut Article,
        pictures: &mut wire::Pictures,
        defaults: &Defaults,
        reading: &mut Reading,
    ) {
        let mut all = vec![component];
        let mut next = 0;
        while let Some(component) = all.get(next).copied() {
            next += 1;
            let inner = self.inner(component).filter(|inner| self.role(*inner) == Role::Supporting);
            all.extend(inner);
        }
        let texts: Vec<Block> =
            all.iter().flat_map(|component| blocks(*component, article, pictures, defaults, reading)).collect();
        let line = |name: &str| all.iter().find_map(|component| component.path(&["NewsLines", name])?.words());
        let paragraph = |text: String| Block::Paragraph { html: html::Inline::from_text(&text) };
        let title = line("HeadLine").filter(|title| *title != article.headline);
        article.body.extend(title.map(|text| Block::Heading { level: 2, text }));
        article.body.extend(["SubHeadLine", "ByLine"].into_iter().filter_map(line).map(paragraph));
        article.body.extend(texts);
        for component in all {
            let (notice, terms) = rights_of(component);
            let known = [&article.copyright_notice, &article.usage_terms];
            let own = [notice, terms]
                .into_iter()
                .flatten()
                .filter(|line| !known.iter().any(|own| (**own).as_ref() == Some(line)));
            let own: Vec<_> = own.map(paragraph).collect();
            article.body.extend(own);
        }
    }
}

/// The headline of a text, unless it is that of the article.
fn heading(component: Node<'_>, article: &Article) -> Option<Block> {
    let text = component.path(&["NewsLines", "HeadLine"])?.words().filter(|text| *text != article.headline)?;
    Some(Block::Heading { level: 2, text })
}

/// The blocks of a component.
fn blocks(
    component: Node<'_>,
    article: &mut Article,
    pictures: &mut wire::Pictures,
    defaults: &Defaults,
    reading: &mut Reading,
) -> Vec<Block> {
    // The files of a component are one content in several forms.
    let mut contents = component.all("ContentItem").map(|content| {
        if kind(content) == Kind::Other { body(content, article, pictures, defaults, reading) } else { Vec::new() }
    });
    contents.find(|blocks| !blocks.is_empty()).unwrap_or_default()
}

fn rank(component: Node<'_>) -> u32 {
    let rank = component.path(&["DescriptiveMetadata"]).and_then(|metadata| value(metadata, "Rank")?.parse().ok());
    rank.unwrap_or(u32::MAX)
}

fn value<'d>(node: Node<'d>, name: &str) -> Option<&'d str> {
    node.all("Property")
        .find(|property| property.attr("FormalName").is_some_and(|own| own.eq_ignore_ascii_case(name)))?
        .attr("Value")
}

impl Unit<'_> {
    fn kind(&self) -> Kind {
        let has = |wanted: Kind| self.files.iter().any(|(content, _)| kind(*content) == wanted);
        let named = role_name(self.node);
        let typed = [Kind::Video, Kind::Sound, Kind::Picture].into_iter().find(|kind| has(*kind));
        // Files without a type are what their component is.
        let by_role = || {
            if named.starts_with("video") {
                Some(Kind::Video)
            } else if named.starts_with("audio") {
                Some(Kind::Sound)
            } else {
                self.files.iter().all(|(content, _)| content.one("MimeType").is_none()).then_some(Kind::Picture)
            }
        };
        typed.or_else(by_role).unwrap_or(Kind::Other)
    }
}

/// What is said of a medium: each line is that of the nearest component around its files, and none that of a neighbour.
#[derive(Default)]
struct Lines {
    title: Option<String>,
    caption: Option<String>,
    credit: Option<String>,
    copyright_notice: Option<String>,
    usage_terms: Option<String>,
}

impl Lines {
    fn of<'d>(
        story: &Story<'d>,
        unit: &Unit<'d>,
        units: &[Unit<'d>],
        texts: &[Node<'d>],
        defaults: &Defaults,
        used: &mut HashSet<roxmltree::NodeId>,
        reading: &mut Reading,
    ) -> Self {
        let innermost = unit.files.first().map_or(unit.node, |(_, component)| *component);
        let around: Vec<Node<'d>> = innermost
            .ancestors()
            .take_while(|node| !node.is("NewsItem"))
            .filter(|node| node.is("NewsComponent"))
            .collect();
        let mut lines = Self::default();
        // The author and the headline of a story are not those of its pictures.
        let mut is_about_media = true;
        for component in around {
            let is_own = is_in(component, unit.node);
            is_about_media = is_about_media && (is_own || !story.has_text(component));
            let is_alone = is_own || units.iter().filter(|unit| is_in(unit.node, component)).count() == 1;
            if lines.caption.is_none() && is_alone {
                // In a story, what stands beside the picture; in a picture, what is in it.
                let is_of_it = |node: &&Node<'d>| {
                    let is_beside = node.parent() == Some(component);
                    !used.contains(&node.id()) && if is_about_media { is_in(**node, component) } else { is_beside }
                };
                let captions: Vec<_> = texts.iter().filter(is_of_it).copied().collect();
                used.extend(captions.iter().map(|node| node.id()));
                let words: Vec<String> =
                    captions.into_iter().filter_map(|caption| caption_text(caption, defaults, reading)).collect();
                lines.caption = (!words.is_empty()).then(|| words.join(" "));
            }
            if is_about_media {
                let line = |name: &str| component.path(&["NewsLines", name])?.words();
                lines.caption =
                    lines.caption.take().or_else(|| line("CaptionLine")).or_else(|| typed_line(component, "caption"));
                lines.title = lines.title.take().or_else(|| line("HeadLine")).or_else(|| line("SubHeadLine"));
                let maker = || {
                    let party = component.path(&["AdministrativeMetadata", "Creator", "Party"])?;
                    party.attr("FormalName").filter(|_| party.attr("Scheme").is_none()).and_then(text::folded)
                };
                lines.credit =
                    lines.credit.take().or_else(|| line("CreditLine")).or_else(|| line("ByLine")).or_else(maker);
            }
            let (notice, terms) = rights_of(component);
            lines.copyright_notice = lines.copyright_notice.take().or(notice);
            lines.usage_terms = lines.usage_terms.take().or(terms);
        }
        lines
    }

    /// The line under it.
    fn caption(&mut self) -> Option<String> {
        self.caption.take().or_else(|| self.title.take())
    }
}

fn is_in(node: Node<'_>, component: Node<'_>) -> bool {
    let (inner, outer) = (node.range(), component.range());
    outer.start <= inner.start && inner.end <= outer.end
}

/// A `NewsLine` of a type.
fn typed_line(component: Node<'_>, wanted: &str) -> Option<String> {
    let lines = component.all("NewsLines").flat_map(|lines| lines.all("NewsLine"));
    let of_type = |line: &Node<'_>| {
        let kind = line.one("NewsLineType").and_then(|kind| kind.attr("FormalName")).unwrap_or_default();
        kind.to_ascii_lowercase().contains(wanted)
    };
    lines.filter(of_type).find_map(|line| line.words_of("NewsLineText"))
}

fn caption_text(component: Node<'_>, defaults: &Defaults, reading: &mut Reading) -> Option<String> {
    let mut article = Article::default();
    let mut pictures = wire::Pictures::new(Vec::new());
    let blocks =
        component.all("ContentItem").map(|content| body(content, &mut article, &mut pictures, defaults, reading));
    let texts: Vec<_> = blocks.flatten().map(|block| block.text().replace('\n', " ")).collect();
    text::folded(&without_repeats(texts).join(" "))
}

/// The files of a medium that have an address and are of a kind.
fn files(unit: &Unit<'_>, wanted: impl Fn(Kind) -> bool, defaults: &Defaults, reading: &mut Reading) -> Vec<Rendition> {
    let mut files = Vec::new();
    for (content, component) in unit.files.iter().filter(|(content, _)| wanted(kind(*content))).take(wire::MANY) {
        let Some(href) = content.attr("Href") else {
            if content.one("DataContent").is_some() {
                reading.warn("ContentItem", "is encoded data and not text; left out");
            }
            continue;
        };
        let Some(href) = address::resolve(href, defaults.base.as_ref()) else {
            reading.warn("ContentItem", format!("`{href}` is no address that can be opened; left out"));
            continue;
        };
        let facts = content.one("Characteristics");
        let fact = |names: &[&str]| names.iter().find_map(|name| value(facts?, name));
        // In a component of its own, a file is what the component is.
        let role = component.one("Role").and_then(|role| role.attr("FormalName")).filter(|_| *component != unit.node);
        files.push(Rendition {
            name: fact(&["ImageUse"]).or(role).unwrap_or("original").to_owned(),
            href,
            media_type: content.one("MimeType").and_then(|kind| wire::media_type(kind.attr("FormalName")?)),
            width: fact(&["PixelWidth", "Width"]).and_then(wire::pixels),
            height: fact(&["PixelHeight", "Height"]).and_then(wire::pixels),
        });
    }
    files
}

/// A picture: its files are forms of one.
fn image(unit: &Unit<'_>, mut lines: Lines, defaults: &Defaults, reading: &mut Reading) -> Option<Image> {
    let files = files(unit, |kind| matches!(kind, Kind::Picture | Kind::Other), defaults, reading);
    picture(files, &mut lines)
}

fn picture(files: Vec<Rendition>, lines: &mut Lines) -> Option<Image> {
    let mut image = Image {
        caption: lines.caption(),
        credit: lines.credit.take(),
        copyright_notice: lines.copyright_notice.take(),
        usage_terms: lines.usage_terms.take(),
        ..Image::default()
    };
    files.into_iter().for_each(|file| wire::add_file(&mut image, file));
    image.uri = image.renditions.first()?.href.clone();
    wire::measure(&mut image);
    Some(image)
}

/// A video or a sound: the file that browsers play, with the picture that stands for it.
fn medium(unit: &Unit<'_>, mut lines: Lines, defaults: &Defaults, reading: &mut Reading) -> Option<Block> {
    let is_sound = unit.kind() == Kind::Sound;
    let played = files(unit, |kind| kind != Kind::Picture, defaults, reading);
    let plays = |file: &&Rendition| {
        file.media_type
            .as_deref()
            .is_some_and(|kind| matches!(kind, "video/mp4" | "video/webm" | "audio/mpeg" | "audio/mp4"))
    };
    let best = played.iter().filter(plays).max_by_key(|file| file.width.unwrap_or(0)).or_else(|| played.first());
    let Some(file) = best.cloned() else {
        reading.warn("ContentItem", "no file of a video or a sound has an address that can be opened; left out");
        return None;
    };
    let stills = files(unit, |kind| kind == Kind::Picture, defaults, reading);
    let caption = lines.caption.take();
    let title = lines.title.take();
    let credit = lines.credit.clone().into_iter().chain(lines.copyright_notice.clone()).collect::<Vec<_>>().join("; ");
    if let Some(terms) = &lines.usage_terms {
        reading.warn("RightsLine", format!("terms of a video or a sound of its own have no place: `{terms}`"));
    }
    let poster = picture(stills, &mut lines).map(|image| Box::new(Image { caption: None, ..image }));
    let seconds = unit.files.iter().find_map(|(content, _)| {
        let facts = content.one("Characteristics")?;
        ["TotalDuration", "Duration", "PlayingTime", "Length"].iter().find_map(|name| seconds(value(facts, name)?))
    });
    let medium = Medium {
        url: file.href,
        media_type: file.media_type,
        duration_seconds: seconds,
        width: file.width,
        height: file.height,
        title,
        caption: wire::with_credit(caption, text::folded(&credit)),
        poster,
    };
    Some(if is_sound { Block::Audio(medium) } else { Block::Video(medium) })
}

/// A file that is neither seen nor heard, such as a PDF.
fn other(unit: &Unit<'_>, mut lines: Lines, defaults: &Defaults, reading: &mut Reading) -> Option<Block> {
    let file = files(unit, |_| true, defaults, reading).into_iter().next()?;
    Some(Block::embed(file.href, None, lines.title.take().or_else(|| lines.caption.take())))
}

/// Seconds, or hours, minutes and seconds.
fn seconds(text: &str) -> Option<f64> {
    let parts = text.split(':').map(|part| part.trim().parse::<f64>().ok()).collect::<Option<Vec<_>>>()?;
    let seconds = parts.into_iter().take(3).fold(0.0, |sum, part| sum * 60.0 + part);
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

/// The text in a file.
fn body(
    content: Node<'_>,
    article: &mut Article,
    pictures: &mut wire::Pictures,
    defaults: &Defaults,
    reading: &mut Reading,
) -> Vec<Block> {
    if content.one("Encoding").is_some() {
        reading.warn("ContentItem", "is encoded data and not text; left out");
        return Vec::new();
    }
    let kind = content.one("MimeType").and_then(|kind| kind.attr("FormalName")).unwrap_or_default();
    let Some(data) = content.one("DataContent") else {
        let Some(href) = content.attr("Href") else { return Vec::new() };
        let Some(address) = address::resolve(href, defaults.base.as_ref()).filter(|_| kind.starts_with("application/"))
        else {
            reading.warn("ContentItem", format!("the text at `{href}` is not fetched; left out"));
            return Vec::new();
        };
        return vec![Block::embed(address, None, None)];
    };
    let format = content.one("Format").and_then(|format| format.attr("FormalName")).unwrap_or_default();
    let base = defaults.base.as_ref();
    let mut picture = |picture: Picture| pictures.place(picture);
    match data.children().find(Node::is_element) {
        Some(nitf) if nitf.is("nitf") => {
            let before = std::mem::take(&mut article.body);
            nitf::content(nitf, article, defaults, reading);
            std::mem::replace(&mut article.body, before)
        }
        Some(_) if format.contains("NITF") => nitf::blocks_in(data, defaults, reading),
        Some(_) => {
            let mut markup = String::new();
            data.children().for_each(|child| xml::copy(child, &mut markup));
            html::blocks(&markup, base, &mut picture)
        }
        None => {
            let text = data.text().unwrap_or_default();
            if kind.contains("html") || format.contains("HTML") || wire::is_markup(text) {
                html::blocks(text, base, &mut picture)
            } else {
                html::blocks_of_text(text)
            }
        }
    }
}
