//! Pictures of a batch: those that items hold, and those that are items themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{
    image::{self, PubStatus},
    image_rendition,
    owner::Owner,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _, entity::prelude::DateTimeUtc, sea_query::OnConflict,
};

use super::{
    Outcome, Saved, chunk_size, digest, insert, nothing, restriction::strictness, supersede, superseded, taken,
};
use crate::{
    draft::{Block, Draft, Image, Term},
    reading::Note,
    sender::Sender,
};

/// Columns of the table.
const COLUMNS: usize = 18;

/// A batch's pictures.
#[derive(Default)]
pub(super) struct Images {
    saved: HashMap<String, SavedImage>,
    /// Those that readers saw before, and that are withheld now.
    withheld: HashSet<String>,
    /// Those that are canceled, and that nothing brings back.
    canceled: HashSet<String>,
}

struct SavedImage {
    id: i64,
    outcome: Outcome,
    /// Whose it was, when it was not the sender's: it stays as it is, or is the newsroom's now.
    owner: Option<Owner>,
}

impl Images {
    pub(super) fn id(&self, uri: &str) -> Option<i64> {
        self.saved.get(uri).map(|image| image.id)
    }

    /// What became of a picture that is an item itself.
    pub(super) fn saved(&self, uri: &str, sender: &Sender) -> Option<Saved> {
        let image = self.saved.get(uri)?;
        Some(match &image.owner {
            Some(owner) if !sender.may_change(owner) => Saved::refused(sender.refusal(owner)),
            owner => {
                let canceled = self.canceled.contains(uri).then(super::plan::stays_canceled);
                Saved::new(image.outcome, owner.iter().map(taken).chain(canceled).collect())
            }
        })
    }

    /// What there is to say about the pictures in an item: one that belongs to somebody else is shown as its owner has it.
    pub(super) fn notes(&self, draft: &Draft, sender: &Sender) -> Vec<Note> {
        let found = images(draft).into_iter().filter_map(|wish| Some((wish.image, self.saved.get(&wish.image.uri)?)));
        let found = found.filter_map(|(image, saved)| {
            let owner = saved.owner.as_ref()?;
            let message = if sender.may_change(owner) {
                taken(owner).message
            } else {
                format!("belongs to `{owner}`; {} may not change it, and shows it as it is", sender.names())
            };
            Some(Note { at: format!("image `{}`", image.uri), message })
        });
        found.collect()
    }

    /// A word about each picture of `draft` that is taken down.
    pub(super) fn taken_down(&self, draft: &Draft) -> Vec<Note> {
        if self.withheld.is_empty() {
            return Vec::new();
        }
        let withheld = images(draft)
            .into_iter()
            .filter(|wish| wish.status() == Some(PubStatus::Withheld) && self.withheld.contains(&wish.image.uri));
        let note = |wish: Wanted<'_>| {
            let at = if wish.is_item { "status".to_owned() } else { format!("image `{}`", wish.image.uri) };
            let message = "the picture is withheld: it was public and is taken down wherever it is shown, until a version \
                arrives that may be shown";
            Note { at, message: message.to_owned() }
        };
        withheld.map(note).collect()
    }

    fn add(&mut self, uri: &str, id: i64, outcome: Outcome, owner: Option<Owner>) {
        self.saved.insert(uri.to_owned(), SavedImage { id, outcome, owner });
    }
}

/// Makes the pictures in `drafts` that are not there yet. In a transaction of its own it is short: two imports that make the same pictures
/// wait for no more than that.
pub(super) async fn make<'d, C: ConnectionTrait>(
    db: &C,
    drafts: impl Iterator<Item = &'d Draft>,
    sender: &Sender,
    now: DateTimeUtc,
) -> Result<Images, DbErr> {
    let mut made = Images::default();
    for part in wanted(drafts).chunks(chunk_size(COLUMNS)) {
        let known = image::Entity::find().select_only().column(image::Column::Uri);
        let known = known.filter(image::Column::Uri.is_in(part.iter().map(|(uri, _)| *uri)));
        let known: HashSet<String> = known.into_tuple().all(db).await?.into_iter().collect();
        let new = part.iter().filter(|(uri, _)| !known.contains(*uri));
        let new = new.map(|(uri, wish)| (*uri, *wish, digest(wish.image))).collect();
        insert_new(db, new, sender, now, &mut made).await?;
    }
    Ok(made)
}

/// Saves every picture in `drafts` that has not just been `made`.
pub(super) async fn save<'d, C: ConnectionTrait>(
    db: &C,
    drafts: impl Iterator<Item = &'d Draft>,
    sender: &Sender,
    now: DateTimeUtc,
    made: Images,
) -> Result<Images, DbErr> {
    let mut saved = made;
    let mut all = wanted(drafts);
    all.retain(|(uri, _)| !saved.saved.contains_key(*uri));
    for part in all.chunks(chunk_size(COLUMNS)) {
        save_part(db, part, sender, now, &mut saved).await?;
    }
    Ok(saved)
}

/// The pictures in `drafts`, in one order, so that two imports of the same cannot stop each other. Of a picture that several items hold, the
/// one with the most to say counts.
fn wanted<'d>(drafts: impl Iterator<Item = &'d Draft>) -> Vec<(&'d str, Wanted<'d>)> {
    let mut wanted: BTreeMap<&str, Wanted<'_>> = BTreeMap::new();
    for wish in drafts.flat_map(images) {
        let best = wanted.entry(&wish.image.uri).or_insert(wish);
        if wish.weight() > best.weight() {
            *best = wish;
        }
    }
    wanted.into_iter().collect()
}

/// A picture as an item has it.
#[derive(Clone, Copy)]
struct Wanted<'d> {
    image: &'d Image,
    /// Whether it is the item itself, and not in another one.
    is_item: bool,
    /// The source that its item names.
    source: Option<&'d Term>,
}

impl Wanted<'_> {
    /// Of several the one with the most counts. What takes a picture back without saying of which version takes back all.
    fn weight(&self) -> impl Ord + use<> {
        let image = self.image;
        let is_taken_back = self.status().is_some_and(|status| status != PubStatus::Usable);
        let version = image.version.or(is_taken_back.then_some(i64::MAX));
        (version, is_taken_back, self.is_item, image.renditions.len(), image.credit.is_some())
    }

    /// The status that it gives, if any: what only shows a picture may hide it, and does not bring it back.
    fn status(&self) -> Option<PubStatus> {
        let status = self.image.status;
        if self.is_item {
            Some(status.unwrap_or_default())
        } else {
            status.filter(|status| *status != PubStatus::Usable)
        }
    }
}

/// Every picture in a draft.
pub(super) fn of_draft(draft: &Draft) -> impl Iterator<Item = &Image> {
    images(draft).into_iter().map(|wish| wish.image)
}

fn images(draft: &Draft) -> Vec<Wanted<'_>> {
    let found: Vec<&Image> = match draft {
        Draft::Article(article) => {
            let in_body = article.body.iter().filter_map(Block::image);
            let of_people = article.contributors.iter().filter_map(|person| person.image.as_deref());
            article.lead_image.iter().chain(in_body).chain(of_people).collect()
        }
        Draft::Gallery(gallery) => {
            gallery.lead_image.iter().chain(gallery.items.iter().map(|item| &item.image)).collect()
        }
        Draft::Story(story) => story.lead_image.iter().collect(),
        Draft::Image(image) => vec![&**image],
        Draft::Topic(_) | Draft::Place(_) | Draft::Restriction(_) => Vec::new(),
    };
    let is_item = matches!(draft, Draft::Image(_));
    let source = match draft {
        Draft::Article(article) => article.source.as_ref(),
        _ => None,
    };
    found.into_iter().map(|image| Wanted { image, is_item, source }).collect()
}

async fn save_part<C: ConnectionTrait>(
    db: &C,
    part: &[(&str, Wanted<'_>)],
    sender: &Sender,
    now: DateTimeUtc,
    saved: &mut Images,
) -> Result<(), DbErr> {
    let stored = image::Entity::find()
        .find_with_related(image_rendition::Entity)
        .filter(image::Column::Uri.is_in(part.iter().map(|(uri, _)| *uri)))
        .all(db)
        .await?;
    let mut stored: HashMap<String, (image::Model, Vec<image_rendition::Model>)> =
        stored.into_iter().map(|(image, files)| (image.uri.clone(), (image, files))).collect();
    let digests: Vec<String> = part.iter().map(|(_, wish)| digest(wish.image)).collect();
    let earlier = superseded(db, &digests).await?;
    let mut new = Vec::new();
    for ((uri, wish), digest) in part.iter().zip(digests) {
        let draft = wish.image;
        let Some((row, files)) = stored.remove(*uri) else {
            new.push((*uri, *wish, digest));
            continue;
        };
        let is_same = row.digest.as_ref() == Some(&digest);
        let owner = Owner::stored(&row.owner);
        let takes_over = sender.takes_over(&owner);
        let is_older = earlier.contains(&digest) || draft.version.is_some_and(|version| version <= row.version);
        if !sender.may_change(&owner) {
            // What only shows it as it is, or was, does not ask for a change.
            let asks = wish.is_item || !(is_same || earlier.contains(&digest));
            saved.add(uri, row.id, Outcome::Unchanged, asks.then_some(owner));
            continue;
        }
        let restricts = wish.status().is_some_and(|said| strictness(said) > strictness(row.status));
        let may_restrict = restricts && !earlier.contains(&digest);
        // Nothing says that a version without a number is later than the kill.
        let stays_canceled = row.status == PubStatus::Canceled && !restricts && draft.version.is_none();
        if is_same || ((is_older || stays_canceled) && !takes_over && !may_restrict) {
            saved.add(uri, row.id, Outcome::Unchanged, None);
            if !is_same && stays_canceled && wish.is_item {
                saved.canceled.insert((*uri).to_owned());
            }
            continue;
        }
        supersede(db, row.digest.clone()).await?;
        let (id, had_files) = (row.id, !files.is_empty());
        if is_older && !takes_over {
            if row.status == PubStatus::Usable && wish.status() == Some(PubStatus::Withheld) {
                saved.withheld.insert((*uri).to_owned());
            }
            let status = wish.status().unwrap_or(row.status);
            let after = image::Model { status, updated_at: now, digest: Some(digest), ..row };
            image::Entity::update(after.into_active_model().reset_all()).exec(db).await?;
            saved.add(uri, id, Outcome::Updated, None);
            continue;
        }
        let mut after = merged(&row, wish, digest, now);
        if row.status == PubStatus::Usable && after.status == PubStatus::Withheld {
            saved.withheld.insert((*uri).to_owned());
        }
        if takes_over {
            after.version = draft.version.unwrap_or_default();
            after.owner = Owner::Newsroom.to_string();
        }
        image::Entity::update(after.into_active_model().reset_all()).exec(db).await?;
        // A mention without any file takes none away.
        if !draft.renditions.is_empty() {
            if had_files {
                image_rendition::Entity::delete_many().filter(image_rendition::Column::ImageId.eq(id)).exec(db).await?;
            }
            insert_renditions(db, renditions(id, draft)).await?;
        }
        saved.add(uri, id, Outcome::Updated, takes_over.then_some(owner));
    }
    insert_new(db, new, sender, now, saved).await
}

/// Makes pictures that were not there a moment ago.
async fn insert_new<C: ConnectionTrait>(
    db: &C,
    new: Vec<(&str, Wanted<'_>, String)>,
    sender: &Sender,
    now: DateTimeUtc,
    saved: &mut Images,
) -> Result<(), DbErr> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.iter().map(|(uri, wish, digest)| {
        let empty = image::Model {
            id: 0,
            uri: (*uri).to_owned(),
            version: 0,
            status: PubStatus::Usable,
            alt: None,
            caption: None,
            credit: None,
            copyright_notice: None,
            usage_terms: None,
            width: None,
            height: None,
            focal_x: None,
            focal_y: None,
            placeholder: None,
            digital_source_type: None,
            updated_at: now,
            digest: None,
            owner: sender.owner(wish.source).to_string(),
        };
        let mut row = merged(&empty, wish, digest.clone(), now).into_active_model().reset_all();
        row.id = sea_orm::ActiveValue::NotSet;
        row
    });
    // Another import may have been faster with some of them: those are as good.
    image::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(image::Column::Uri).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    let rows =
        image::Entity::find().select_only().columns([image::Column::Uri, image::Column::Id, image::Column::Owner]);
    let rows = rows.filter(image::Column::Uri.is_in(new.iter().map(|(uri, ..)| *uri)));
    let rows: Vec<(String, i64, String)> = rows.into_tuple().all(db).await?;
    let rows: HashMap<String, (i64, Owner)> =
        rows.into_iter().map(|(uri, id, owner)| (uri, (id, Owner::stored(&owner)))).collect();
    let mut files = Vec::new();
    for (uri, wish, _) in new {
        match rows.get(uri) {
            Some((id, owner)) if sender.may_change(owner) => {
                files.extend(renditions(*id, wish.image));
                saved.add(uri, *id, Outcome::New, None);
            }
            Some((id, owner)) => saved.add(uri, *id, Outcome::Unchanged, Some(owner.clone())),
            None => {}
        }
    }
    insert_renditions(db, files).await
}

/// The row as the draft would have it; what the draft does not say stays.
fn merged(row: &image::Model, wish: &Wanted<'_>, digest: String, now: DateTimeUtc) -> image::Model {
    let draft = wish.image;
    let text = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
    image::Model {
        id: row.id,
        uri: row.uri.clone(),
        version: draft.version.map_or(row.version, |version| version.max(row.version)),
        status: wish.status().unwrap_or(row.status),
        alt: text(&draft.alt, &row.alt),
        caption: text(&draft.caption, &row.caption),
        credit: text(&draft.credit, &row.credit),
        copyright_notice: text(&draft.copyright_notice, &row.copyright_notice),
        usage_terms: text(&draft.usage_terms, &row.usage_terms),
        width: draft.width.or(row.width),
        height: draft.height.or(row.height),
        focal_x: draft.focal_point.map(|(x, _)| x).or(row.focal_x),
        focal_y: draft.focal_point.map(|(_, y)| y).or(row.focal_y),
        placeholder: text(&draft.placeholder, &row.placeholder),
        digital_source_type: text(&draft.digital_source_type, &row.digital_source_type),
        updated_at: now,
        digest: Some(digest),
        owner: row.owner.clone(),
    }
}

fn renditions(image_id: i64, draft: &Image) -> Vec<image_rendition::Model> {
    let files = draft.renditions.iter().map(|file| image_rendition::Model {
        image_id,
        name: file.name.clone(),
        href: file.href.clone(),
        media_type: file.media_type.clone(),
        width: file.width,
        height: file.height,
    });
    files.collect()
}

async fn insert_renditions<C: ConnectionTrait>(db: &C, files: Vec<image_rendition::Model>) -> Result<(), DbErr> {
    let rows = files.into_iter().map(|file| file.into_active_model().reset_all());
    insert(db, rows.collect(), 6, &nothing()).await
}
