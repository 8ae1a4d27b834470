//! Items that hold others: what comes with an article, galleries, stories and packages.

use entity::{article::PubStatus, gallery::GalleryKind, story::StoryStatus};

use super::{Kind, Reader, bodies, headline, matches, media, restriction::Limits, standfirst, terms, view::View};
use crate::{
    draft::{Block, Draft, Gallery, GalleryItem, Image, Story, StoryMember, Video},
    html::Picture,
    reading::{Defaults, Reading},
};

/// Pictures of one item: they are compared with those of its text.
const PICTURES: usize = 1_000;

/// What comes with an article by association.
#[derive(Default)]
pub(super) struct Companions {
    lead: Option<Image>,
    /// Without a place in the text yet.
    pub(super) pictures: Vec<Image>,
    pub(super) embeds: Vec<Block>,
    pub(super) galleries: Vec<String>,
    pub(super) related: Vec<String>,
    pub(super) translation_of: Option<String>,
}

impl Companions {
    /// The associations of the item; those that are whole items themselves are read, too.
    pub(super) fn read(reader: &Reader<'_, '_>, reading: &mut Reading) -> Self {
        let mut found = Self::default();
        for member in Member::all(reader.item) {
            let Some(within) = reader.within(&member.view) else {
                member.view.warn("", "items are nested too deeply; left out");
                continue;
            };
            match within.kind() {
                Ok(Kind::Picture) => found.add_picture(&member, reader.defaults),
                Ok(Kind::Recording) => found.embeds.extend(within.recording()),
                Ok(Kind::Composite) => {
                    found.galleries.extend(member.uri.clone());
                    if !member.view.views(&["associations"]).is_empty() {
                        within.read_as_own(reading);
                    }
                }
                Ok(Kind::Text) => {
                    let Some(uri) = member.uri.clone() else { continue };
                    if member.is(&["translatedfrom", "translationof"]) {
                        found.translation_of = Some(uri);
                    } else {
                        found.related.push(uri);
                    }
                    if !bodies(&member.view).is_empty() {
                        within.read_as_own(reading);
                    }
                }
                Err(reason) => member.view.warn("type", format!("{reason}; left out")),
            }
        }
        found
    }

    fn add_picture(&mut self, member: &Member<'_>, defaults: &Defaults) {
        let Some(image) = media::image(&member.view, defaults) else {
            return member.view.warn("", "a picture without `uri` and without renditions; left out");
        };
        let is_lead = member.is(&[
            "mainimage",
            "mainpic",
            "mainpicture",
            "main",
            "featured",
            "featureimage",
            "featuremedia",
            "lead",
            "hero",
        ]);
        if is_lead && self.lead.is_none() {
            self.lead = Some(image);
        } else if self.pictures.len() < PICTURES {
            self.pictures.push(image);
        }
        // A logo or a portrait says little of the news: it never goes on top by itself.
        if self.lead.is_none() && !member.is(&["logo", "portrait", "bodyimage"]) {
            self.lead = self.pictures.pop();
        }
    }

    /// A picture that the text shows: one of the associations, else as the text has it.
    pub(super) fn place(&mut self, picture: Picture) -> Option<Image> {
        if let Some(index) = self.pictures.iter().position(|image| matches(image, &picture)) {
            let mut image = self.pictures.remove(index);
            image.caption = picture.caption.or(image.caption);
            image.alt = image.alt.or(picture.alt);
            return Some(image);
        }
        // The lead picture is not shown twice.
        if self.lead.as_ref().is_some_and(|lead| matches(lead, &picture)) {
            return None;
        }
        picture.into_image()
    }

    pub(super) fn take_lead(&mut self) -> Option<Image> {
        self.lead.take()
    }
}

/// An associated item.
struct Member<'v> {
    view: View<'v>,
    /// Its name and relation, in lower case.
    names: Vec<String>,
    uri: Option<String>,
}

impl<'v> Member<'v> {
    fn all(item: &View<'v>) -> Vec<Self> {
        let members = item.views(&["associations"]).into_iter().map(|(key, view)| {
            let names = [key, view.raw(&["name"]), view.raw(&["rel"])];
            let names = names.into_iter().flatten().map(|name| name.to_ascii_lowercase()).collect();
            Self { uri: view.text(&["uri"]), names, view }
        });
        members.collect()
    }

    fn is(&self, wanted: &[&str]) -> bool {
        self.names.iter().any(|name| wanted.contains(&name.as_str()))
    }
}

impl Reader<'_, '_> {
    /// Reads an item that is in another one as an item of its own.
    fn read_as_own(&self, reading: &mut Reading) {
        if let Err(problem) = self.read(reading) {
            reading.skip(self.item.at(), problem.message);
        }
    }
}

/// A composite: a story or a gallery when it says so or holds nothing else, else an article with what comes with it.
pub(super) fn read(reader: &Reader<'_, '_>, uri: String, limits: Limits, reading: &mut Reading) {
    let profile = reader.item.raw(&["profile"]).unwrap_or_default().to_ascii_lowercase();
    let members = Member::all(reader.item);
    let kinds: Vec<Kind> = members.iter().filter_map(|member| reader.within(&member.view)?.kind().ok()).collect();
    let all = |wanted: &[Kind]| !kinds.is_empty() && kinds.iter().all(|kind| wanted.contains(kind));
    let has_body = !bodies(reader.item).is_empty();
    if profile == "story" || (!has_body && all(&[Kind::Text, Kind::Composite])) {
        story(reader, uri, limits, members, reading);
    } else if profile == "gallery" || (!has_body && all(&[Kind::Picture, Kind::Recording])) {
        gallery(reader, uri, limits, members, reading);
    } else if members.is_empty() && !has_body && limits.status != PubStatus::Usable {
        // A kill need not repeat what the item held.
        reader.skip(&uri, limits, "holds nothing", reading);
    } else {
        reader.article(uri, limits, reading);
    }
}

fn story(reader: &Reader<'_, '_>, uri: String, limits: Limits, members: Vec<Member<'_>>, reading: &mut Reading) {
    let item = reader.item;
    let Some(title) = headline(item) else { return reader.skip(&uri, limits, "no headline", reading) };
    let mut story = Story {
        version: reader.version(),
        slug: reader.slug(),
        title,
        summary: standfirst(item),
        status: StoryStatus::Open,
        pub_status: limits.status,
        embargoed_until: limits.embargoed_until,
        expires_at: limits.expires_at,
        lead_image: None,
        updated_at: reader.updated_at(),
        articles: Vec::new(),
        uri,
    };
    for member in members {
        let Some(within) = reader.within(&member.view) else { continue };
        match within.kind() {
            Ok(Kind::Picture) => {
                story.lead_image = story.lead_image.or_else(|| media::image(&member.view, reader.defaults))
            }
            Ok(_) => {
                let Some(uri) = member.uri.clone() else {
                    member.view.warn("uri", "an article of a story without `uri`; left out");
                    continue;
                };
                story.articles.push(StoryMember { uri, pinned: member.is(&["pinned"]) });
                if headline(&member.view).is_some() && !bodies(&member.view).is_empty() {
                    within.read_as_own(reading);
                }
            }
            Err(reason) => member.view.warn("type", format!("{reason}; left out")),
        }
    }
    reading.drafts.push(Draft::Story(Box::new(story)));
}

fn gallery(reader: &Reader<'_, '_>, uri: String, limits: Limits, members: Vec<Member<'_>>, reading: &mut Reading) {
    let item = reader.item;
    let Some(title) = headline(item) else { return reader.skip(&uri, limits, "no headline", reading) };
    let mut items = Vec::new();
    let (mut graphics, mut videos) = (0, 0);
    for member in &members {
        let Some(image) = media::image(&member.view, reader.defaults) else {
            member.view.warn("", "an item of a gallery without `uri` and without renditions; left out");
            continue;
        };
        let kind = member.view.raw(&["type"]).unwrap_or_default().to_ascii_lowercase();
        graphics += usize::from(kind == "graphic");
        videos += usize::from(kind == "video");
        items.push(GalleryItem { image, caption: None, video: video(&member.view) });
    }
    let shown = match items.len() {
        0 => GalleryKind::Photo,
        all if all == graphics => GalleryKind::Infographic,
        all if all == videos => GalleryKind::Video,
        _ => GalleryKind::Photo,
    };
    reading.drafts.push(Draft::Gallery(Box::new(Gallery {
        version: reader.version(),
        slug: reader.slug(),
        title,
        summary: standfirst(item),
        kind: terms::gallery_kind(item).unwrap_or(shown),
        status: limits.status,
        section: terms::section(item),
        lead_image: None,
        published_at: reader
            .time("firstpublished")
            .or_else(|| reader.time("firstcreated"))
            .or_else(|| reader.updated_at()),
        updated_at: reader.updated_at(),
        embargoed_until: limits.embargoed_until,
        expires_at: limits.expires_at,
        items,
        uri,
    })));
}

fn video(item: &View<'_>) -> Option<Video> {
    let files = media::renditions(item, |media_type| media_type.starts_with("video/"));
    let file = files.into_iter().filter(|file| file.media_type.is_some()).max_by_key(|file| file.width)?;
    Some(Video { href: file.href, media_type: file.media_type, duration_seconds: media::duration(item) })
}
