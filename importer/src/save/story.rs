//! Stories of a batch, with the articles in them.

use std::collections::HashMap;

use entity::{
    article,
    pending_link::LinkKind,
    story,
    story_article::{self, UNPINNED},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _, entity::prelude::DateTimeUtc,
};

use super::{Context, Outcome, Plan, Write, insert, link, nothing, supersede, wished_slug, with_suffix};
use crate::draft::{Draft, Story};

/// Writes the stories of a batch. They are few, so each is written by itself.
pub(super) async fn write<C: ConnectionTrait>(write: &mut Write<'_, C>) -> Result<(), DbErr> {
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        let Draft::Story(draft) = &item.draft else { continue };
        let (id, outcome) = match plan {
            Plan::Stale => continue,
            Plan::Insert { digest } => {
                let slug = slug(write.db, draft).await?;
                let row = row(&write.context, draft, slug, draft.version.unwrap_or(1), digest);
                let mut row = row.into_active_model().reset_all();
                row.id = NotSet;
                (story::Entity::insert(row).exec(write.db).await?.last_insert_id, Outcome::New)
            }
            Plan::Replace { id, version, digest } => {
                let before = story::Entity::find_by_id(*id).lock_exclusive().one(write.db).await?;
                let Some(before) = before.filter(|before| before.version < *version) else { continue };
                supersede(write.db, before.digest.clone()).await?;
                let mut after = row(&write.context, draft, before.slug, *version, digest);
                after.id = *id;
                story::Entity::update(after.into_active_model().reset_all()).exec(write.db).await?;
                (*id, Outcome::Updated)
            }
        };
        write_members(write.db, id, draft, outcome == Outcome::Updated).await?;
        write.answers[index] = Some((outcome, Vec::new()));
    }
    Ok(())
}

fn row(context: &Context<'_>, draft: &Story, slug: String, version: i64, digest: &str) -> story::Model {
    story::Model {
        id: 0,
        uri: draft.uri.clone(),
        slug,
        version,
        title: draft.title.clone(),
        summary: draft.summary.clone(),
        status: draft.status,
        lead_image_id: draft.lead_image.as_ref().and_then(|image| context.images.id(&image.uri)),
        updated_at: draft.updated_at.unwrap_or(context.now),
        digest: Some(digest.to_owned()),
    }
}

/// The story says which articles it holds; those that have not arrived yet are waited for.
async fn write_members<C: ConnectionTrait>(db: &C, story: i64, draft: &Story, replace: bool) -> Result<(), DbErr> {
    if replace {
        story_article::Entity::delete_many().filter(story_article::Column::StoryId.eq(story)).exec(db).await?;
        link::forget_pending(db, &[LinkKind::StoryArticle], &[story]).await?;
    }
    let rows = article::Entity::find()
        .select_only()
        .columns([article::Column::Uri, article::Column::Id, article::Column::PublishedAt])
        .filter(article::Column::Uri.is_in(draft.articles.iter().map(|member| member.uri.as_str())))
        .into_tuple::<(String, i64, DateTimeUtc)>()
        .all(db)
        .await?;
    let known: HashMap<String, (i64, DateTimeUtc)> =
        rows.into_iter().map(|(uri, id, published_at)| (uri, (id, published_at))).collect();
    let (mut members, mut pending) = (Vec::new(), Vec::new());
    for (member, position) in draft.articles.iter().zip(1..) {
        match known.get(&member.uri) {
            Some((article, published_at)) => {
                let pinned = if member.pinned { position } else { UNPINNED };
                members.push(link::member_row(story, *article, pinned, *published_at));
            }
            None => pending.push(link::waiting(LinkKind::StoryArticle, story, &member.uri, position, member.pinned)),
        }
    }
    insert(db, members, 4, &nothing()).await?;
    insert(db, pending, 6, &nothing()).await
}

async fn slug<C: ConnectionTrait>(db: &C, draft: &Story) -> Result<String, DbErr> {
    let wished = wished_slug(draft.slug.as_deref(), &draft.title, &draft.uri);
    let taken = story::Entity::find().filter(story::Column::Slug.eq(wished.as_str())).one(db).await?.is_some();
    Ok(if taken { with_suffix(&wished, &draft.uri) } else { wished })
}
