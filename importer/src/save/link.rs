//! References between items. One whose target has not arrived yet waits in `pending_link`; the arrival of the target turns it into
//! a real one.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{
    article, article_gallery, gallery,
    owner::Owner,
    pending_link::{self, LinkKind},
    related_article, story,
    story::{NAMED, StoryStatus},
    story_article::{self, UNPINNED},
    transaction::writing,
    visibility::PubStatus,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait, JoinType, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, TransactionSession as _, TransactionTrait,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::{Item, chunk_size, insert, nothing};
use crate::{
    draft::{Article, Draft},
    reading::Note,
    sender::Sender,
};

/// The references of articles that were written, and those of others that waited for them; the notes say of which article what was
/// left out. `changed` are those that were there before.
pub(super) async fn write_of_articles<C: ConnectionTrait>(
    db: &C,
    articles: &[(i64, &Article, DateTimeUtc)],
    changed: &[i64],
    sender: &Sender,
    now: DateTimeUtc,
) -> Result<Vec<(i64, Note)>, DbErr> {
    let ids: Vec<i64> = articles.iter().map(|(id, ..)| *id).collect();
    let is_new: HashMap<&str, i64> = articles.iter().map(|(id, draft, _)| (draft.uri.as_str(), *id)).collect();
    related_article::Entity::delete_many()
        .filter(related_article::Column::ArticleId.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    article_gallery::Entity::delete_many()
        .filter(article_gallery::Column::ArticleId.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    forget_pending(db, &[LinkKind::RelatedArticle, LinkKind::ArticleGallery], &ids).await?;

    let wanted =
        articles.iter().flat_map(|(_, draft, _)| &draft.related).filter(|uri| !is_new.contains_key(uri.as_str()));
    let mut known = article_ids(db, wanted.map(String::as_str).collect()).await?;
    known.extend(is_new.iter().map(|(uri, id)| ((*uri).to_owned(), *id)));
    let galleries =
        gallery_ids(db, articles.iter().flat_map(|(_, draft, _)| &draft.galleries).map(String::as_str).collect())
            .await?;
    let (mut related, mut shown, mut pending) = (Vec::new(), Vec::new(), Vec::new());
    for (id, draft, _) in articles {
        for (uri, position) in draft.related.iter().zip(1..) {
            match known.get(uri) {
                Some(related_id) => related.push(related_row(*id, *related_id, position)),
                None => pending.push(waiting(LinkKind::RelatedArticle, *id, uri, position, false)),
            }
        }
        for (uri, position) in draft.galleries.iter().zip(1..) {
            match galleries.get(uri) {
                Some(gallery_id) => shown.push(gallery_row(*id, *gallery_id, position)),
                None => pending.push(waiting(LinkKind::ArticleGallery, *id, uri, position, false)),
            }
        }
    }
    insert(db, related, 3, &nothing()).await?;
    insert(db, shown, 3, &nothing()).await?;
    insert(db, pending, 6, &nothing()).await?;
    forget_stories(db, articles, changed).await?;
    let notes = write_stories(db, articles, sender, now).await?;
    let arrived: Vec<(String, i64, DateTimeUtc)> =
        articles.iter().map(|(id, draft, published_at)| (draft.uri.clone(), *id, *published_at)).collect();
    resolve(db, &[LinkKind::RelatedArticle, LinkKind::StoryArticle], &arrived).await?;
    Ok(notes)
}

/// Articles that were there do not name stories any more that they named before. They stay in those that list them.
async fn forget_stories<C: ConnectionTrait>(
    db: &C,
    articles: &[(i64, &Article, DateTimeUtc)],
    changed: &[i64],
) -> Result<(), DbErr> {
    use story_article::Column as S;
    if changed.is_empty() {
        return Ok(());
    }
    let named = |(id, draft, _): &(i64, &Article, DateTimeUtc)| {
        let uris: HashSet<String> = draft.stories.iter().map(|story| story.uri.clone()).collect();
        (*id, uris)
    };
    let named: HashMap<i64, HashSet<String>> = articles.iter().map(named).collect();
    let rows: Vec<(i64, i64, bool, String, i64, Option<String>)> = story_article::Entity::find()
        .join(
            JoinType::InnerJoin,
            story_article::Entity::belongs_to(story::Entity).from(S::StoryId).to(story::Column::Id).into(),
        )
        .select_only()
        .columns([S::StoryId, S::ArticleId, S::ListedByStory])
        .columns([story::Column::Uri, story::Column::Version, story::Column::Digest])
        .filter(S::ArticleId.is_in(changed.iter().copied()))
        .filter(S::NamedByArticle.eq(true))
        .into_tuple()
        .all(db)
        .await?;
    let mut orphans = Vec::new();
    for (story, article, listed, uri, version, digest) in rows {
        if named.get(&article).is_none_or(|uris| uris.contains(&uri)) {
            continue;
        }
        let link = S::StoryId.eq(story).and(S::ArticleId.eq(article));
        // A story that has not come itself lists nothing.
        let has_come = version != NAMED || digest.is_some();
        if listed && has_come {
            let named = story_article::Entity::update_many().col_expr(S::NamedByArticle, false.into());
            named.filter(link).exec(db).await?;
        } else {
            story_article::Entity::delete_many().filter(link).exec(db).await?;
        }
        if !has_come {
            orphans.push(story);
        }
    }
    if orphans.is_empty() {
        return Ok(());
    }
    let members = story_article::Entity::find().select_only().column(S::StoryId).into_query();
    story::Entity::delete_many()
        .filter(story::Column::Id.is_in(orphans))
        .filter(story::Column::Id.not_in_subquery(members))
        .exec(db)
        .await?;
    Ok(())
}

/// Articles that came again as they are: what they say of stories holds, whatever has become of it.
pub(super) async fn repeat_stories<C: ConnectionTrait>(
    db: &C,
    articles: &[(i64, &Article)],
    sender: &Sender,
    now: DateTimeUtc,
) -> Result<Vec<(i64, Note)>, DbErr> {
    let ids = articles.iter().map(|(id, _)| *id);
    let times = article::Entity::find()
        .select_only()
        .columns([article::Column::Id, article::Column::PublishedAt])
        .filter(article::Column::Id.is_in(ids));
    let times: HashMap<i64, DateTimeUtc> =
        times.into_tuple::<(i64, DateTimeUtc)>().all(db).await?.into_iter().collect();
    let articles = articles.iter().filter_map(|(id, draft)| Some((*id, *draft, *times.get(id)?)));
    write_stories(db, &articles.collect::<Vec<_>>(), sender, now).await
}

/// The stories that articles name themselves; unknown ones are made, and those of others are not joined.
async fn write_stories<C: ConnectionTrait>(
    db: &C,
    articles: &[(i64, &Article, DateTimeUtc)],
    sender: &Sender,
    now: DateTimeUtc,
) -> Result<Vec<(i64, Note)>, DbErr> {
    let named: Vec<_> = articles.iter().flat_map(|(_, draft, _)| &draft.stories).collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let mut sources = HashMap::new();
    for (_, draft, _) in articles {
        for story in &draft.stories {
            sources.entry(story.uri.as_str()).or_insert(draft.source.as_ref());
        }
    }
    let mut known = owned_stories(db, named.iter().map(|story| story.uri.as_str()).collect()).await?;
    // In one order, so that two imports that make the same stories cannot stop each other.
    let mut missing: BTreeMap<&str, &str> = BTreeMap::new();
    missing.extend(
        named
            .iter()
            .filter(|story| !known.contains_key(&story.uri))
            .map(|story| (story.uri.as_str(), story.title.as_str())),
    );
    if !missing.is_empty() {
        let slugs: Vec<(&str, String)> =
            missing.iter().map(|(uri, title)| (*uri, super::wished_slug(None, title, uri))).collect();
        let taken = story::Entity::find()
            .select_only()
            .column(story::Column::Slug)
            .filter(story::Column::Slug.is_in(slugs.iter().map(|(_, slug)| slug.as_str())))
            .into_tuple::<String>();
        let mut taken: HashSet<String> = taken.all(db).await?.into_iter().collect();
        let mut rows = Vec::new();
        for (uri, mut slug) in slugs {
            while !taken.insert(slug.clone()) {
                slug = super::with_suffix(&slug, uri);
            }
            rows.push(story::ActiveModel {
                id: NotSet,
                uri: Set(uri.to_owned()),
                slug: Set(slug),
                version: Set(NAMED),
                title: Set(missing[uri].to_owned()),
                summary: Set(None),
                status: Set(StoryStatus::Open),
                pub_status: Set(PubStatus::Usable),
                lead_image_id: Set(None),
                updated_at: Set(now),
                digest: Set(None),
                owner: Set(sender.owner(sources.get(uri).copied().flatten()).to_string()),
            });
        }
        insert(db, rows, 11, &nothing()).await?;
        known.extend(owned_stories(db, missing.into_keys().collect()).await?);
    }
    let (mut members, mut notes) = (Vec::new(), Vec::new());
    for (id, draft, published_at) in articles {
        let mut stories = HashSet::new();
        for named in &draft.stories {
            match known.get(&named.uri) {
                Some((story, owner)) if sender.may_change(owner) => _ = stories.insert(*story),
                Some((_, owner)) => {
                    let message = format!("belongs to `{owner}`; {} adds no article to it; left out", sender.names());
                    notes.push((*id, Note { at: format!("story `{}`", named.uri), message }));
                }
                None => {}
            }
        }
        members.extend(stories.into_iter().map(|story| named_row(story, *id, *published_at)));
    }
    insert(db, members, MEMBER_COLUMNS, &said_by_article()).await?;
    Ok(notes)
}

/// Turns the references that waited for these items into real ones.
pub(super) async fn resolve<C: ConnectionTrait>(
    db: &C,
    kinds: &[LinkKind],
    arrived: &[(String, i64, DateTimeUtc)],
) -> Result<(), DbErr> {
    let items: HashMap<&str, (i64, DateTimeUtc)> =
        arrived.iter().map(|(uri, id, published_at)| (uri.as_str(), (*id, *published_at))).collect();
    for part in arrived.chunks(chunk_size(1)) {
        let waiting = pending_link::Entity::find()
            .filter(pending_link::Column::TargetUri.is_in(part.iter().map(|(uri, ..)| uri.as_str())))
            .filter(pending_link::Column::Kind.is_in(kinds.iter().copied()))
            .all(db)
            .await?;
        if waiting.is_empty() {
            continue;
        }
        let holders = waiting.iter().filter(|link| link.kind == LinkKind::StoryArticle);
        let held = holders.filter_map(|link| Some((link.owner_id, items.get(link.target_uri.as_str())?.0)));
        let joins = joins(db, held.collect()).await?;
        let (mut related, mut shown, mut members) = (Vec::new(), Vec::new(), Vec::new());
        for link in &waiting {
            let Some((target, published_at)) = items.get(link.target_uri.as_str()).copied() else { continue };
            match link.kind {
                LinkKind::RelatedArticle => related.push(related_row(link.owner_id, target, link.position)),
                LinkKind::ArticleGallery => shown.push(gallery_row(link.owner_id, target, link.position)),
                LinkKind::StoryArticle if !joins.contains(&(link.owner_id, target)) => {}
                LinkKind::StoryArticle => {
                    let pinned = link.pinned.then_some(link.position);
                    members.push(listed_row(link.owner_id, target, pinned, published_at));
                }
            }
        }
        insert(db, related, 3, &nothing()).await?;
        insert(db, shown, 3, &nothing()).await?;
        insert(db, members, MEMBER_COLUMNS, &said_by_story()).await?;
        pending_link::Entity::delete_many()
            .filter(pending_link::Column::Id.is_in(waiting.iter().map(|link| link.id)))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Of stories with articles that they waited for those that go together: the newsroom's stories hold everybody's articles, those of others
/// their own alone.
async fn joins<C: ConnectionTrait>(db: &C, held: HashSet<(i64, i64)>) -> Result<HashSet<(i64, i64)>, DbErr> {
    if held.is_empty() {
        return Ok(held);
    }
    let stories: HashSet<i64> = held.iter().map(|(story, _)| *story).collect();
    let stories = story::Entity::find()
        .select_only()
        .columns([story::Column::Id, story::Column::Owner])
        .filter(story::Column::Id.is_in(stories))
        .into_tuple::<(i64, String)>();
    let stories: HashMap<i64, Owner> =
        stories.all(db).await?.into_iter().map(|(id, owner)| (id, Owner::stored(&owner))).collect();
    let articles: HashSet<i64> = held.iter().map(|(_, article)| *article).collect();
    let articles = article::Entity::find()
        .select_only()
        .column(article::Column::Id)
        .expr_as(article::Entity::owner(), "owner")
        .filter(article::Column::Id.is_in(articles))
        .into_tuple::<(i64, String)>();
    let articles: HashMap<i64, Owner> =
        articles.all(db).await?.into_iter().map(|(id, owner)| (id, Owner::stored(&owner))).collect();
    let together = |(story, article): &(i64, i64)| {
        let owner = stories.get(story);
        owner == Some(&Owner::Newsroom) || owner.is_some() && owner == articles.get(article)
    };
    Ok(held.into_iter().filter(together).collect())
}

/// Turns the references into real ones whose two ends were written by two imports at the same moment, neither of which could see the
/// other's: each looks again once it has committed, so the second one finds both.
pub(super) async fn resolve_crossed<C>(db: &C, batch: &[Item]) -> Result<(), DbErr>
where
    C: ConnectionTrait + TransactionTrait,
{
    if db.get_database_backend() == DbBackend::Sqlite {
        // Its writers come one after the other.
        return Ok(());
    }
    let mut uris: HashSet<&str> = HashSet::new();
    for item in batch {
        match &item.draft {
            Draft::Article(article) => {
                uris.insert(&article.uri);
                uris.extend(article.related.iter().chain(&article.galleries).map(String::as_str));
            }
            Draft::Gallery(gallery) => _ = uris.insert(&gallery.uri),
            Draft::Story(story) => uris.extend(story.articles.iter().map(|member| member.uri.as_str())),
            Draft::Image(_) | Draft::Topic(_) | Draft::Place(_) | Draft::Restriction(_) => {}
        }
    }
    let mut waited_for: HashSet<String> = HashSet::new();
    let uris: Vec<&str> = uris.into_iter().collect();
    for part in uris.chunks(chunk_size(1)) {
        let waiting = pending_link::Entity::find().select_only().column(pending_link::Column::TargetUri);
        let waiting = waiting.filter(pending_link::Column::TargetUri.is_in(part.iter().copied()));
        waited_for.extend(waiting.into_tuple::<String>().all(db).await?);
    }
    if waited_for.is_empty() {
        return Ok(());
    }
    let transaction = db.begin_with_options(writing()).await?;
    let articles = article::Entity::find()
        .select_only()
        .columns([article::Column::Uri, article::Column::Id, article::Column::PublishedAt])
        .filter(article::Column::Uri.is_in(&waited_for));
    let articles: Vec<(String, i64, DateTimeUtc)> = articles.into_tuple().all(&transaction).await?;
    resolve(&transaction, &[LinkKind::RelatedArticle, LinkKind::StoryArticle], &articles).await?;
    let galleries = gallery::Entity::find()
        .select_only()
        .columns([gallery::Column::Uri, gallery::Column::Id, gallery::Column::PublishedAt])
        .filter(gallery::Column::Uri.is_in(&waited_for));
    let galleries: Vec<(String, i64, DateTimeUtc)> = galleries.into_tuple().all(&transaction).await?;
    resolve(&transaction, &[LinkKind::ArticleGallery], &galleries).await?;
    transaction.commit().await
}

pub(super) async fn forget_pending<C: ConnectionTrait>(
    db: &C,
    kinds: &[LinkKind],
    owners: &[i64],
) -> Result<(), DbErr> {
    pending_link::Entity::delete_many()
        .filter(pending_link::Column::Kind.is_in(kinds.iter().copied()))
        .filter(pending_link::Column::OwnerId.is_in(owners.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}

pub(super) fn waiting(
    kind: LinkKind,
    owner: i64,
    target: &str,
    position: i32,
    pinned: bool,
) -> pending_link::ActiveModel {
    pending_link::ActiveModel {
        id: NotSet,
        kind: Set(kind),
        owner_id: Set(owner),
        target_uri: Set(target.to_owned()),
        position: Set(position),
        pinned: Set(pinned),
    }
}

/// Columns of a row that puts an article into a story.
pub(super) const MEMBER_COLUMNS: usize = 6;

/// An article that a story lists, with its place among those that are pinned.
pub(super) fn listed_row(
    story: i64,
    article: i64,
    pinned: Option<i32>,
    published_at: DateTimeUtc,
) -> story_article::ActiveModel {
    story_article::ActiveModel {
        story_id: Set(story),
        article_id: Set(article),
        pinned_position: Set(pinned.unwrap_or(UNPINNED)),
        published_at: Set(published_at),
        named_by_article: Set(false),
        listed_by_story: Set(true),
    }
}

/// A story that an article names.
fn named_row(story: i64, article: i64, published_at: DateTimeUtc) -> story_article::ActiveModel {
    story_article::ActiveModel {
        named_by_article: Set(true),
        listed_by_story: Set(false),
        ..listed_row(story, article, None, published_at)
    }
}

/// What the story says is added to what the article says. A row that says so already is not touched.
pub(super) fn said_by_story() -> OnConflict {
    use story_article::Column as S;
    let pinned = Expr::col((story_article::Entity, S::PinnedPosition)).ne(Expr::cust("excluded.pinned_position"));
    OnConflict::columns([S::StoryId, S::ArticleId])
        .update_columns([S::ListedByStory, S::PinnedPosition])
        .action_and_where(S::ListedByStory.eq(false).or(pinned))
        .to_owned()
}

/// What the article says is added to what the story says.
fn said_by_article() -> OnConflict {
    use story_article::Column as S;
    OnConflict::columns([S::StoryId, S::ArticleId])
        .update_column(S::NamedByArticle)
        .action_and_where(S::NamedByArticle.eq(false))
        .to_owned()
}

fn related_row(article: i64, related: i64, position: i32) -> related_article::ActiveModel {
    related_article::ActiveModel { article_id: Set(article), related_id: Set(related), position: Set(position) }
}

fn gallery_row(article: i64, gallery: i64, position: i32) -> article_gallery::ActiveModel {
    article_gallery::ActiveModel { article_id: Set(article), gallery_id: Set(gallery), position: Set(position) }
}

pub(super) async fn article_ids<C: ConnectionTrait>(db: &C, uris: Vec<&str>) -> Result<HashMap<String, i64>, DbErr> {
    ids::<article::Entity, _>(db, uris, article::Column::Uri, article::Column::Id).await
}

async fn gallery_ids<C: ConnectionTrait>(db: &C, uris: Vec<&str>) -> Result<HashMap<String, i64>, DbErr> {
    ids::<gallery::Entity, _>(db, uris, gallery::Column::Uri, gallery::Column::Id).await
}

/// Stories with their owners, by their `uri`.
async fn owned_stories<C: ConnectionTrait>(db: &C, uris: Vec<&str>) -> Result<HashMap<String, (i64, Owner)>, DbErr> {
    let mut found = HashMap::new();
    for part in uris.chunks(chunk_size(1)) {
        let select = story::Entity::find()
            .select_only()
            .columns([story::Column::Uri, story::Column::Id, story::Column::Owner])
            .filter(story::Column::Uri.is_in(part.iter().copied()));
        let rows = select.into_tuple::<(String, i64, String)>().all(db).await?;
        found.extend(rows.into_iter().map(|(uri, id, owner)| (uri, (id, Owner::stored(&owner)))));
    }
    Ok(found)
}

/// An article that something refers to.
pub(super) struct Owned {
    pub(super) id: i64,
    pub(super) published_at: DateTimeUtc,
    pub(super) owner: Owner,
}

/// Articles with their owners, by their `uri`.
pub(super) async fn owned_articles<C: ConnectionTrait>(
    db: &C,
    uris: Vec<&str>,
) -> Result<HashMap<String, Owned>, DbErr> {
    let mut found = HashMap::new();
    for part in uris.chunks(chunk_size(1)) {
        let select = article::Entity::find()
            .select_only()
            .columns([article::Column::Uri, article::Column::Id, article::Column::PublishedAt])
            .expr_as(article::Entity::owner(), "owner")
            .filter(article::Column::Uri.is_in(part.iter().copied()));
        for (uri, id, published_at, owner) in select.into_tuple::<(String, i64, _, String)>().all(db).await? {
            found.insert(uri, Owned { id, published_at, owner: Owner::stored(&owner) });
        }
    }
    Ok(found)
}

async fn ids<E: EntityTrait, C: ConnectionTrait>(
    db: &C,
    uris: Vec<&str>,
    uri: E::Column,
    id: E::Column,
) -> Result<HashMap<String, i64>, DbErr> {
    use sea_orm::ColumnTrait as _;
    let mut found = HashMap::new();
    for part in uris.chunks(chunk_size(1)) {
        let select = E::find().select_only().columns([uri, id]).filter(uri.is_in(part.iter().copied()));
        found.extend(select.into_tuple::<(String, i64)>().all(db).await?);
    }
    Ok(found)
}
