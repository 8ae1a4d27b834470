//! Galleries of a batch, with their items.

use std::collections::HashSet;

use entity::{gallery, gallery_item, owner::Owner, pending_link::LinkKind};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
};

use super::{
    Context, Outcome, Plan, Saved, Write, insert, link, nothing,
    publication::{self, Stated},
    supersede, taken,
    taken_down::{Shown, taken_down},
    wished_slug, with_suffix,
};
use crate::draft::{Draft, Gallery};

/// Writes the galleries of a batch. They are few, so each is written by itself.
pub(super) async fn write<C: ConnectionTrait>(write: &mut Write<'_, C>) -> Result<(), DbErr> {
    let mut arrived = Vec::new();
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        let Draft::Gallery(draft) = &item.draft else { continue };
        let mut notes = Vec::new();
        let (row, outcome) = match plan {
            Plan::Arrive { .. } | Plan::Same { .. } | Plan::Stale | Plan::Refused { .. } => continue,
            Plan::Insert { digest } => {
                let slug = slug(write.db, draft).await?;
                let version = draft.version.unwrap_or(1);
                let mut row = row(&write.context, draft, slug, version, digest).into_active_model().reset_all();
                row.id = NotSet;
                let inserted = gallery::Entity::insert(row).exec_with_returning(write.db).await?;
                (inserted, Outcome::New)
            }
            Plan::Replace { id, version, digest, taken_from } => {
                let before = gallery::Entity::find_by_id(*id).lock_exclusive().one(write.db).await?;
                let before = before.filter(|before| before.version < *version || taken_from.is_some());
                let Some(before) = before else { continue };
                let owner = Owner::stored(&before.owner);
                if !write.context.sender.may_change(&owner) {
                    write.answers[index] = Some(Saved::refused(write.context.sender.refusal(&owner)));
                    continue;
                }
                notes.extend(taken_from.iter().map(taken));
                supersede(write.db, before.digest.clone()).await?;
                let mut after = row(&write.context, draft, before.slug.clone(), *version, digest);
                after.id = *id;
                // Earlier versions of galleries are not kept: one that was taken back counts as seen.
                let usable = gallery::PubStatus::Usable;
                after.published_at = match publication::is_seen(
                    usable,
                    before.published_at,
                    before.embargoed_until,
                    write.context.now,
                ) {
                    true => before.published_at,
                    false => stated(draft).released(before.status, before.published_at, write.context.now),
                };
                notes.extend(taken_down("gallery", *version, shown(&before), shown(&after), write.context.now));
                let after = gallery::Entity::update(after.into_active_model().reset_all()).exec(write.db).await?;
                gallery_item::Entity::delete_many()
                    .filter(gallery_item::Column::GalleryId.eq(*id))
                    .exec(write.db)
                    .await?;
                (after, Outcome::Updated)
            }
        };
        let items = draft.items.iter().filter_map(|item| Some((write.context.images.id(&item.image.uri)?, item)));
        let items = items.zip(1..).map(|((image_id, item), position)| gallery_item::ActiveModel {
            gallery_id: Set(row.id),
            position: Set(position),
            image_id: Set(image_id),
            caption: Set(item.caption.clone()),
            media_url: Set(item.video.as_ref().map(|video| video.href.clone())),
            media_type: Set(item.video.as_ref().and_then(|video| video.media_type.clone())),
            duration_seconds: Set(item.video.as_ref().and_then(|video| video.duration_seconds)),
        });
        insert(write.db, items.collect(), 7, &nothing()).await?;
        arrived.push((row.uri, row.id, row.published_at));
        write.answers[index] = Some(Saved::new(outcome, notes));
    }
    link::resolve(write.db, &[LinkKind::ArticleGallery], &arrived).await
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

async fn slug<C: ConnectionTrait>(db: &C, draft: &Gallery) -> Result<String, DbErr> {
    let wished = wished_slug(draft.slug.as_deref(), &draft.title, &draft.uri);
    let candidates = [wished.clone(), with_suffix(&wished, &draft.uri)];
    let taken = gallery::Entity::find()
        .select_only()
        .column(gallery::Column::Slug)
        .filter(gallery::Column::Slug.is_in(candidates.iter().map(String::as_str)))
        .into_tuple::<String>();
    let taken: HashSet<String> = taken.all(db).await?.into_iter().collect();
    let free = candidates.into_iter().find(|slug| !taken.contains(slug));
    Ok(free.unwrap_or_else(|| with_suffix(&with_suffix(&wished, &draft.uri), &draft.uri)))
}
