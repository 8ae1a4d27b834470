//! Stories of a batch, with the articles in them.

use std::collections::HashSet;

use entity::{
    owner::Owner,
    pending_link::LinkKind,
    story::{self, NAMED},
    story_article::{self, UNPINNED},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _, sea_query::ExprTrait as _,
};

use super::{
    Context, Outcome, Plan, Saved, Write, chunk_size, insert, link, nothing, supersede, taken,
    taken_down::brought_back, wished_slug, with_suffix,
};
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
            Plan::Stale | Plan::Passed { .. } | Plan::Restrict { .. } | Plan::Remember | Plan::Refused { .. } => {
                continue;
            }
            Plan::Same { id } => (*id, Outcome::Unchanged),
            Plan::Insert { digest } => {
                let version = draft.version.unwrap_or(1);
                match named(write.db, draft).await? {
                    // An article of this very batch has named it.
                    Some((_, owner)) if !write.context.sender.may_change(&owner) => {
                        write.answers[index] = Some(Saved::refused(write.context.sender.refusal(&owner)));
                        continue;
                    }
                    Some((id, _)) => {
                        arrive(write, id, draft, version, digest).await?;
                        (id, Outcome::New)
                    }
                    None => {
                        let slug = slug(write.db, draft, None).await?;
                        let mut row = row(&write.context, draft, slug, version, digest).into_active_model().reset_all();
                        row.id = NotSet;
                        (story::Entity::insert(row).exec(write.db).await?.last_insert_id, Outcome::New)
                    }
                }
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
                let mut after = row(&write.context, draft, before.slug.clone(), *version, digest);
                after.id = *id;
                story::Entity::update(after.into_active_model().reset_all()).exec(write.db).await?;
                notes.extend(brought_back(before.pub_status, draft.pub_status, *version));
                (*id, Outcome::Updated)
            }
            Plan::Arrive { id, version, digest, taken_from } => {
                let before = story::Entity::find_by_id(*id).lock_exclusive().one(write.db).await?;
                if before.is_none_or(|before| before.version != NAMED) {
                    // Another import was faster with it.
                    continue;
                }
                notes.extend(taken_from.iter().map(taken));
                arrive(write, *id, draft, *version, digest).await?;
                (*id, Outcome::New)
            }
        };
        notes.extend(write_members(write.db, id, draft, write.context.sender).await?);
        write.answers[index] = Some(Saved::new(outcome, notes));
    }
    Ok(())
}

/// The key and the owner of a story that articles have named and that has not come itself.
async fn named<C: ConnectionTrait>(db: &C, draft: &Story) -> Result<Option<(i64, Owner)>, DbErr> {
    let named = story::Entity::find().select_only().columns([story::Column::Id, story::Column::Owner]);
    let named = named.filter(story::Column::Uri.eq(draft.uri.as_str())).filter(story::Column::Version.eq(NAMED));
    let named: Option<(i64, String)> = named.into_tuple().one(db).await?;
    Ok(named.map(|(id, owner)| (id, Owner::stored(&owner))))
}

/// Gives a story that articles have named what it says of itself.
async fn arrive<C: ConnectionTrait>(
    write: &Write<'_, C>,
    id: i64,
    draft: &Story,
    version: i64,
    digest: &str,
) -> Result<(), DbErr> {
    let slug = slug(write.db, draft, Some(id)).await?;
    let row = story::Model { id, ..row(&write.context, draft, slug, version, digest) };
    story::Entity::update(row.into_active_model().reset_all()).exec(write.db).await?;
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
        pub_status: draft.pub_status,
    }
}

/// The story says which articles it lists, and which of them are pinned; those that have not arrived yet are waited for. What articles say
/// themselves stays. Articles of others stay out: their pages would show the story.
async fn write_members<C: ConnectionTrait>(
    db: &C,
    story: i64,
    draft: &Story,
    sender: &Sender,
) -> Result<Vec<Note>, DbErr> {
    use story_article::Column as S;
    link::forget_pending(db, &[LinkKind::StoryArticle], &[story]).await?;
    let known = link::owned_articles(db, draft.articles.iter().map(|member| member.uri.as_str()).collect()).await?;
    let (mut members, mut pending, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let mut listed = HashSet::new();
    for (member, position) in draft.articles.iter().zip(1..) {
        match known.get(&member.uri) {
            Some(article) if sender.may_change(&article.owner) => {
                listed.insert(article.id);
                let pinned = member.pinned.then_some(position);
                members.push(link::listed_row(story, article.id, pinned, article.published_at));
            }
            Some(article) => {
                let message = format!("belongs to `{}`, and does not join this story; left out", article.owner);
                notes.push(Note { at: format!("article `{}`", member.uri), message });
            }
            None => pending.push(link::waiting(LinkKind::StoryArticle, story, &member.uri, position, member.pinned)),
        }
    }
    let before = story_article::Entity::find().filter(S::StoryId.eq(story)).filter(S::ListedByStory.eq(true));
    let dropped = before.all(db).await?.into_iter().filter(|row| !listed.contains(&row.article_id));
    let (named, gone): (Vec<_>, Vec<_>) = dropped.partition(|row| row.named_by_article);
    let of = |rows: &[story_article::Model]| {
        let articles = rows.iter().map(|row| row.article_id).collect::<Vec<_>>();
        S::StoryId.eq(story).and(S::ArticleId.is_in(articles))
    };
    for part in gone.chunks(chunk_size(1)) {
        story_article::Entity::delete_many().filter(of(part)).exec(db).await?;
    }
    for part in named.chunks(chunk_size(1)) {
        story_article::Entity::update_many()
            .col_expr(S::ListedByStory, false.into())
            .col_expr(S::PinnedPosition, UNPINNED.into())
            .filter(of(part))
            .exec(db)
            .await?;
    }
    insert(db, members, link::MEMBER_COLUMNS, &link::said_by_story()).await?;
    insert(db, pending, 6, &nothing()).await?;
    Ok(notes)
}

/// The wished slug, unless another story than `own` has it.
async fn slug<C: ConnectionTrait>(db: &C, draft: &Story, own: Option<i64>) -> Result<String, DbErr> {
    let wished = wished_slug(draft.slug.as_deref(), &draft.title, &draft.uri);
    let holder = story::Entity::find().filter(story::Column::Slug.eq(wished.as_str())).one(db).await?;
    let is_free = holder.is_none_or(|holder| Some(holder.id) == own);
    Ok(if is_free { wished } else { with_suffix(&wished, &draft.uri) })
}
