//! Galleries of a batch, with their items.

use std::collections::{HashMap, HashSet};

use entity::{gallery, gallery_item, owner::Owner, pending_link::LinkKind};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _,
};

use super::{
    Context, Outcome, Plan, Saved, Write, chunk_size, insert, link, nothing,
    publication::{self, Stated},
    supersede, taken,
    taken_down::{Shown, brought_back, taken_down},
    wished_slug, with_suffix,
};
use crate::draft::{Draft, Gallery};

/// Columns of the table.
const COLUMNS: usize = 15;

/// Writes the galleries of a batch. Those that replace others are few: each is written by itself.
pub(super) async fn write<C: ConnectionTrait>(write: &mut Write<'_, C>) -> Result<(), DbErr> {
    let mut written = insert_new(write).await?;
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        if let (Draft::Gallery(draft), Plan::Replace { id, version, digest, taken_from }) = (&item.draft, plan)
            && let Some(row) = replace(write, index, draft, (*id, *version, digest), taken_from.as_ref()).await?
        {
            written.push((row, draft));
        }
    }
    let mut items = Vec::new();
    for (row, draft) in &written {
        let images = draft.items.iter().filter_map(|item| Some((write.context.images.id(&item.image.uri)?, item)));
        items.extend(images.zip(1..).map(|((image_id, item), position)| gallery_item::ActiveModel {
            gallery_id: Set(row.id),
            position: Set(position),
            image_id: Set(image_id),
            caption: Set(item.caption.clone()),
            media_url: Set(item.video.as_ref().map(|video| video.href.clone())),
            media_type: Set(item.video.as_ref().and_then(|video| video.media_type.clone())),
            duration_seconds: Set(item.video.as_ref().and_then(|video| video.duration_seconds)),
        }));
    }
    insert(write.db, items, 7, &nothing()).await?;
    let arrived: Vec<_> = written.into_iter().map(|(row, _)| (row.uri, row.id, row.published_at)).collect();
    link::resolve(write.db, &[LinkKind::ArticleGallery], &arrived).await
}

/// The galleries that are not there yet, in one statement.
async fn insert_new<'b, C: ConnectionTrait>(
    write: &mut Write<'b, C>,
) -> Result<Vec<(gallery::Model, &'b Gallery)>, DbErr> {
    let mut new: Vec<(usize, &'b Gallery, &'b str)> = Vec::new();
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        if let (Draft::Gallery(draft), Plan::Insert { digest }) = (&item.draft, plan) {
            new.push((index, draft, digest));
        }
    }
    let mut written = Vec::with_capacity(new.len());
    for part in new.chunks(chunk_size(COLUMNS)) {
        let mut slugs = Slugs::of(write.db, part.iter().map(|(_, draft, _)| *draft)).await?;
        let rows = part.iter().map(|(_, draft, digest)| {
            let version = draft.version.unwrap_or(1);
            row(&write.context, draft, slugs.take(draft), version, digest)
        });
        let mut rows: Vec<gallery::Model> = rows.collect();
        let inserted = rows.iter().map(|row| {
            let mut row = row.clone().into_active_model().reset_all();
            row.id = NotSet;
            row
        });
        let mut statement = gallery::Entity::insert_many(inserted).into_query();
        statement
            .returning(sea_orm::sea_query::Query::returning().columns([gallery::Column::Id, gallery::Column::Uri]));
        let mut ids: HashMap<String, i64> = HashMap::with_capacity(part.len());
        for row in write.db.query_all(&statement).await? {
            ids.insert(row.try_get("", "uri")?, row.try_get("", "id")?);
        }
        for row in &mut rows {
            row.id = ids.get(&row.uri).copied().ok_or(DbErr::RecordNotInserted)?;
        }
        for ((index, draft, _), row) in part.iter().zip(rows) {
            write.answers[*index] = Some(Saved::new(Outcome::New, Vec::new()));
            written.push((row, *draft));
        }
    }
    Ok(written)
}

/// Replaces a gallery; none when another import was faster, or it belongs to somebody else.
async fn replace<C: ConnectionTrait>(
    write: &mut Write<'_, C>,
    index: usize,
    draft: &Gallery,
    (id, version, digest): (i64, i64, &str),
    taken_from: Option<&Owner>,
) -> Result<Option<gallery::Model>, DbErr> {
    let before = gallery::Entity::find_by_id(id).lock_exclusive().one(write.db).await?;
    let before = before.filter(|before| before.version < version || taken_from.is_some());
    let Some(before) = before else { return Ok(None) };
    let owner = Owner::stored(&before.owner);
    if !write.context.sender.may_change(&owner) {
        write.answers[index] = Some(Saved::refused(write.context.sender.refusal(&owner)));
        return Ok(None);
    }
    let mut notes: Vec<_> = taken_from.into_iter().map(taken).collect();
    supersede(write.db, before.digest.clone()).await?;
    let mut after = row(&write.context, draft, before.slug.clone(), version, digest);
    after.id = id;
    // Earlier versions of galleries are not kept: one that was taken back counts as seen.
    let usable = gallery::PubStatus::Usable;
    let now = write.context.now;
    after.published_at = match publication::is_seen(usable, before.published_at, before.embargoed_until, now) {
        true => before.published_at,
        false => stated(draft).released(before.status, before.published_at, now),
    };
    notes.extend(brought_back(before.status, after.status, version));
    notes.extend(taken_down("gallery", version, shown(&before), shown(&after), now));
    let after = gallery::Entity::update(after.into_active_model().reset_all()).exec(write.db).await?;
    gallery_item::Entity::delete_many().filter(gallery_item::Column::GalleryId.eq(id)).exec(write.db).await?;
    write.answers[index] = Some(Saved::new(Outcome::Updated, notes));
    Ok(Some(after))
}

fn shown(row: &gallery::Model) -> Shown {
    Shown {
        status: row.status,
        published_at: row.published_at,
        embargoed_until: row.embargoed_until,
        expires_at: row.expires_at,
    }
}

fn row(context: &Context<'_>, draft: &Gallery, slug: String, version: i64, digest: &str) -> gallery::Model {
    let lead = draft.lead_image.as_ref().or_else(|| Some(&draft.items.first()?.image));
    let section = draft.section.as_ref();
    gallery::Model {
        id: 0,
        uri: draft.uri.clone(),
        slug,
        version,
        title: draft.title.clone(),
        summary: draft.summary.clone(),
        kind: draft.kind,
        status: draft.status,
        section_id: section.and_then(|section| context.terms.section(Some(section), context.settings)),
        lead_image_id: lead.and_then(|image| context.images.id(&image.uri)),
        published_at: stated(draft).first_at(context.now),
        embargoed_until: draft.embargoed_until,
        expires_at: draft.expires_at,
        digest: Some(digest.to_owned()),
        owner: context.sender.owner(None).to_string(),
    }
}

fn stated(draft: &Gallery) -> Stated {
    Stated {
        status: draft.status,
        published_at: draft.published_at.or(draft.updated_at),
        embargoed_until: draft.embargoed_until,
        updated_at: draft.updated_at,
    }
}

/// The slugs that are taken of those that galleries may wish.
struct Slugs(HashSet<String>);

impl Slugs {
    async fn of<'g, C: ConnectionTrait>(db: &C, drafts: impl Iterator<Item = &'g Gallery>) -> Result<Self, DbErr> {
        let candidates: Vec<String> = drafts.flat_map(candidates).collect();
        let mut taken = HashSet::new();
        for part in candidates.chunks(chunk_size(1)) {
            let slugs = gallery::Entity::find().select_only().column(gallery::Column::Slug);
            let slugs = slugs.filter(gallery::Column::Slug.is_in(part.iter().map(String::as_str)));
            taken.extend(slugs.into_tuple::<String>().all(db).await?);
        }
        Ok(Self(taken))
    }

    /// The first free one of those that a gallery may wish.
    fn take(&mut self, draft: &Gallery) -> String {
        let [wished, second, third] = candidates(draft);
        let free = [wished, second].into_iter().find(|slug| !self.0.contains(slug)).unwrap_or(third);
        self.0.insert(free.clone());
        free
    }
}

fn candidates(draft: &Gallery) -> [String; 3] {
    let wished = wished_slug(draft.slug.as_deref(), &draft.title, &draft.uri);
    let second = with_suffix(&wished, &draft.uri);
    let third = with_suffix(&second, &draft.uri);
    [wished, second, third]
}
