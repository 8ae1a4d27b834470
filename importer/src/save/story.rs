//! Stories of a batch, with the articles in them.

use entity::{
    owner::Owner,
    pending_link::LinkKind,
    story,
    story_article::{self, UNPINNED},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};

use super::{Context, Outcome, Plan, Saved, Write, insert, link, nothing, supersede, taken, wished_slug, with_suffix};
use crate::{
    draft::{Draft, Story},
    reading::Note,
    sender::Sender,
};

/// Writes the stories of a batch. They are few, so each is written by itself.
pub(super) async fn write<C: ConnectionTrait>(write: &mut Write<'_, C>) -> Result<(), DbErr> {
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        let Draft::Story(draft) = &item.draft else { continue };
        let mut notes = Vec::new();
        let (id, outcome) = match plan {
            Plan::Stale | Plan::Refused { .. } => continue,
            Plan::Insert { digest } => {
                let slug = slug(write.db, draft).await?;
                let row = row(&write.context, draft, slug, draft.version.unwrap_or(1), digest);
                let mut row = row.into_active_model().reset_all();
                row.id = NotSet;
                (story::Entity::insert(row).exec(write.db).await?.last_insert_id, Outcome::New)
            }
            Plan::Replace { id, version, digest, taken_from } => {
                let before = story::Entity::find_by_id(*id).lock_exclusive().one(write.db).await?;
                let before = before.filter(|before| before.version < *version || taken_from.is_some());
                let Some(before) = before else { continue };
                let owner = Owner::stored(&before.owner);
                if !write.context.sender.may_change(&owner) {
                    write.answers[index] = Some(Saved::refused(write.context.sender.refusal(&owner)));
                    continue;
                }
                notes.extend(taken_from.iter().map(taken));
                supersede(write.db, before.digest.clone()).await?;
                let mut after = row(&write.context, draft, before.slug, *version, digest);
                after.id = *id;
                story::Entity::update(after.into_active_model().reset_all()).exec(write.db).await?;
                (*id, Outcome::Updated)
            }
        };
        let is_new = outcome == Outcome::New;
        notes.extend(write_members(write.db, id, draft, write.context.sender, is_new).await?);
        write.answers[index] = Some(Saved::new(outcome, notes));
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
        owner: context.sender.owner(None).to_string(),
    }
}

/// The story says which articles it holds; those that have not arrived yet are waited for. Articles of others stay out: their pages
/// would show the story.
async fn write_members<C: ConnectionTrait>(
    db: &C,
    story: i64,
    draft: &Story,
    sender: &Sender,
    is_new: bool,
) -> Result<Vec<Note>, DbErr> {
    if !is_new {
        story_article::Entity::delete_many().filter(story_article::Column::StoryId.eq(story)).exec(db).await?;
        link::forget_pending(db, &[LinkKind::StoryArticle], &[story]).await?;
    }
    let known = link::owned_articles(db, draft.articles.iter().map(|member| member.uri.as_str()).collect()).await?;
    let (mut members, mut pending, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for (member, position) in draft.articles.iter().zip(1..) {
        match known.get(&member.uri) {
            Some(article) if sender.may_change(&article.owner) => {
                let pinned = if member.pinned { position } else { UNPINNED };
                members.push(link::member_row(story, article.id, pinned, article.published_at));
            }
            Some(article) => {
                let message = format!("belongs to `{}`, and does not join this story; left out", article.owner);
                notes.push(Note { at: format!("article `{}`", member.uri), message });
            }
            None => pending.push(link::waiting(LinkKind::StoryArticle, story, &member.uri, position, member.pinned)),
        }
    }
    insert(db, members, 4, &nothing()).await?;
    insert(db, pending, 6, &nothing()).await?;
    Ok(notes)
}

async fn slug<C: ConnectionTrait>(db: &C, draft: &Story) -> Result<String, DbErr> {
    let wished = wished_slug(draft.slug.as_deref(), &draft.title, &draft.uri);
    let taken = story::Entity::find().filter(story::Column::Slug.eq(wished.as_str())).one(db).await?.is_some();
    Ok(if taken { with_suffix(&wished, &draft.uri) } else { wished })
}
