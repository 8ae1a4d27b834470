//! Articles of a batch, with their earlier versions, topics, places, contributors and corrections.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{
    article, article_contributor, article_place, article_topic, article_version,
    block::{Block, Blocks},
    contributor, correction,
    owner::Owner,
    topic,
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set, Unchanged},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, OnConflict},
};

use super::{
    Context, Outcome, Plan, Saved, Write, chunk_size, insert, link, nothing,
    publication::{self, Stated},
    restriction::State,
    significance, stored_blocks, supersede, taken,
    taken_down::{Shown, brought_back, taken_down},
    wished_slug, with_suffix,
};
use crate::{
    draft::{Article, Contributor, Draft},
    reading::Note,
    sender::Sender,
    text,
};

/// Rows that are read in one statement.
const PART: usize = 1_000;

/// An article of the batch, with its place in it.
struct Pending<'b> {
    index: usize,
    draft: &'b Article,
    digest: &'b str,
    taken_from: Option<&'b Owner>,
}

/// Of the originals that translations name those that are somebody else's, with their owners: a translation is shown beside its original.
pub(super) async fn strangers<'d, C: ConnectionTrait>(
    db: &C,
    drafts: impl Iterator<Item = &'d Draft>,
    sender: &Sender,
) -> Result<HashMap<String, Owner>, DbErr> {
    let originals = drafts.filter_map(|draft| match draft {
        Draft::Article(article) if !sender.is_editor() => article.translation_of.as_deref(),
        _ => None,
    });
    let originals: HashSet<&str> = originals.collect();
    if originals.is_empty() {
        return Ok(HashMap::new());
    }
    let owned = link::owned_articles(db, originals.into_iter().collect()).await?;
    let strangers = owned.into_iter().map(|(uri, article)| (uri, article.owner));
    Ok(strangers.filter(|(_, owner)| !sender.may_change(owner)).collect())
}

/// Writes the articles of a batch, and all that belongs to them.
pub(super) async fn write<C: ConnectionTrait>(write: &mut Write<'_, C>) -> Result<(), DbErr> {
    let (mut new, mut changed, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    let mut places = HashMap::new();
    for (index, (item, plan)) in write.batch.iter().zip(write.plans).enumerate() {
        let Draft::Article(draft) = &item.draft else { continue };
        match plan {
            Plan::Insert { digest } => new.push(Pending { index, draft, digest, taken_from: None }),
            Plan::Replace { id, version, digest, taken_from } => {
                changed.push((*id, *version, Pending { index, draft, digest, taken_from: taken_from.as_ref() }));
            }
            Plan::Same { id } if !draft.stories.is_empty() => {
                repeated.push((*id, &**draft));
                places.insert(*id, index);
            }
            Plan::Arrive { .. }
            | Plan::Same { .. }
            | Plan::Stale
            | Plan::Passed { .. }
            | Plan::Restrict { .. }
            | Plan::Remember
            | Plan::Refused { .. } => {}
        }
    }
    if !repeated.is_empty() {
        for (id, note) in link::repeat_stories(write.db, &repeated, write.context.sender, write.context.now).await? {
            let answer = write.answers[places[&id]].get_or_insert_with(|| Saved::new(Outcome::Unchanged, Vec::new()));
            answer.notes.push(note);
        }
    }
    if new.is_empty() && changed.is_empty() {
        return Ok(());
    }
    let pages = Taken::find(write.db, &new, &changed, write.context.sender).await?;
    let mut saved = insert_new(write, new, pages.clone()).await?;
    saved.extend(replace(write, changed, &pages).await?);
    write_links(write, &saved).await?;
    let articles: Vec<(i64, &Article, DateTimeUtc)> =
        saved.iter().map(|saved| (saved.id, saved.draft, saved.published_at)).collect();
    let changed: Vec<i64> = saved.iter().filter(|saved| !saved.is_new).map(|saved| saved.id).collect();
    let notes = link::write_of_articles(write.db, &articles, &changed, write.context.sender, write.context.now).await?;
    for (id, note) in notes {
        let index = saved.iter().find(|saved| saved.id == id).map(|saved| saved.index);
        if let Some(Some(answer)) = index.and_then(|index| write.answers.get_mut(index)) {
            answer.notes.push(note);
        }
    }
    Ok(())
}

/// An article that has been written.
struct Written<'b> {
    index: usize,
    id: i64,
    draft: &'b Article,
    published_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    is_new: bool,
}

/// The slugs and addresses that others have.
#[derive(Clone, Default)]
struct Taken {
    slugs: HashSet<String>,
    urls: HashMap<String, String>,
    /// Pages that other owners' articles had, with their `uri`: they are the newsroom's to give.
    freed: HashMap<String, (String, Owner)>,
}

impl Taken {
    async fn find<C: ConnectionTrait>(
        db: &C,
        new: &[Pending<'_>],
        changed: &[(i64, i64, Pending<'_>)],
        sender: &Sender,
    ) -> Result<Self, DbErr> {
        let wanted: HashSet<String> = new.iter().map(|pending| slug_of(pending.draft)).collect();
        let mut taken = Self::default();
        if !wanted.is_empty() {
            let slugs = article::Entity::find().select_only().column(article::Column::Slug);
            let slugs = slugs.filter(article::Column::Slug.is_in(wanted)).into_tuple::<String>();
            taken.slugs.extend(slugs.all(db).await?);
        }
        let drafts = new.iter().chain(changed.iter().map(|(_, _, pending)| pending)).map(|pending| pending.draft);
        let urls: HashMap<&str, &str> =
            drafts.filter_map(|draft| Some((draft.url.as_deref()?, draft.uri.as_str()))).collect();
        if !urls.is_empty() {
            let rows = article::Entity::find().select_only().columns([article::Column::Url, article::Column::Uri]);
            let rows = rows.expr_as(article::Entity::owner(), "owner");
            let rows = rows.filter(article::Column::Url.is_in(urls.keys().copied()));
            for (url, uri, owner) in rows.into_tuple::<(String, String, String)>().all(db).await? {
                let owner = Owner::stored(&owner);
                if sender.takes_over(&owner) && urls.get(url.as_str()).is_some_and(|wants| *wants != uri) {
                    taken.freed.insert(url, (uri, owner));
                } else {
                    taken.urls.insert(url, uri);
                }
            }
        }
        if !taken.freed.is_empty() {
            article::Entity::update_many()
                .col_expr(article::Column::Url, Expr::val(None::<String>))
                .filter(article::Column::Url.is_in(taken.freed.keys().map(String::as_str)))
                .exec(db)
                .await?;
        }
        Ok(taken)
    }

    /// The slug of a new article, which is taken from then on.
    fn slug(&mut self, draft: &Article) -> String {
        let mut slug = slug_of(draft);
        while !self.slugs.insert(slug.clone()) {
            slug = with_suffix(&slug, &draft.uri);
        }
        slug
    }

    /// The address, unless it is that of another item.
    fn url(&mut self, draft: &Article, notes: &mut Vec<Note>) -> Option<String> {
        let url = draft.url.clone()?;
        let owner = self.urls.entry(url.clone()).or_insert_with(|| draft.uri.clone());
        if *owner == draft.uri {
            if let Some((uri, owner)) = self.freed.remove(&url) {
                let message = format!("it was the page of `{uri}`, which belongs to `{owner}` and has none now");
                notes.push(Note { at: "url".to_owned(), message });
            }
            return Some(url);
        }
        notes.push(Note { at: "url".to_owned(), message: format!("it is the page of `{owner}`, too; left out") });
        None
    }
}

fn slug_of(draft: &Article) -> String {
    wished_slug(draft.slug.as_deref(), &draft.headline, &draft.uri)
}

async fn insert_new<'b, C: ConnectionTrait>(
    write: &mut Write<'b, C>,
    new: Vec<Pending<'b>>,
    mut pages: Taken,
) -> Result<Vec<Written<'b>>, DbErr> {
    let context = &write.context;
    let mut written = Vec::with_capacity(new.len());
    for part in new.chunks(chunk_size(32)) {
        let mut rows = Vec::with_capacity(part.len());
        let mut times = HashMap::new();
        for pending in part {
            let mut notes = Vec::new();
            let draft = pending.draft;
            let row = article::Model {
                slug: pages.slug(draft),
                url: pages.url(draft, &mut notes),
                version: draft.version.unwrap_or(1),
                digest: Some(pending.digest.to_owned()),
                translation_key: translation_key(context, draft, &mut notes),
                ..row(context, draft, &mut notes)?
            };
            times.insert(draft.uri.as_str(), (row.published_at, row.updated_at));
            let mut row = row.into_active_model().reset_all();
            row.id = NotSet;
            rows.push(row);
            write.answers[pending.index] = Some(Saved::new(Outcome::New, notes));
        }
        let mut statement = article::Entity::insert_many(rows).into_query();
        statement
            .returning(sea_orm::sea_query::Query::returning().columns([article::Column::Id, article::Column::Uri]));
        let mut ids: HashMap<String, i64> = HashMap::with_capacity(part.len());
        for row in write.db.query_all(&statement).await? {
            ids.insert(row.try_get("", "uri")?, row.try_get("", "id")?);
        }
        for pending in part {
            let id = ids.get(&pending.draft.uri).copied();
            let id = id.ok_or_else(|| DbErr::RecordNotInserted)?;
            let (published_at, updated_at) = times[pending.draft.uri.as_str()];
            let Pending { index, draft, .. } = *pending;
            written.push(Written { index, id, draft, published_at, updated_at, is_new: true });
        }
    }
    Ok(written)
}

/// The row of a new article; keys, version and digest are the caller's.
fn row(context: &Context<'_>, draft: &Article, notes: &mut Vec<Note>) -> Result<article::Model, DbErr> {
    let section_id = context.terms.section(draft.section.as_ref(), context.settings);
    let section_id = section_id.ok_or_else(|| DbErr::RecordNotFound("section of an article".to_owned()))?;
    let stated = stated(draft);
    if stated.published_at.is_none() && stated.embargoed_until.is_none_or(|end| end <= context.now) {
        notes.push(Note {
            at: "publishedAt".to_owned(),
            message: "no time; the time of the import is taken".to_owned(),
        });
    }
    let published_at = stated.first_at(context.now);
    let body = stored_blocks(&draft.body, context.images);
    Ok(article::Model {
        id: 0,
        uri: draft.uri.clone(),
        slug: String::new(),
        url: None,
        version: 1,
        status: draft.status,
        genre: draft.genre.unwrap_or(article::Genre::Current),
        language: draft.language.clone().unwrap_or_else(|| super::UNDETERMINED.to_owned()),
        headline: draft.headline.clone(),
        slugline: draft.slugline.clone(),
        standfirst: draft.standfirst.clone(),
        byline: draft.byline.clone(),
        dateline: draft.dateline.clone(),
        place_id: draft.located.as_ref().and_then(|place| context.terms.place(place)),
        published_at,
        updated_at: draft.updated_at.unwrap_or(published_at),
        modified_at: modified_at(published_at, draft, context),
        embargoed_until: draft.embargoed_until,
        expires_at: draft.expires_at,
        urgency: draft.urgency,
        section_id,
        lead_image_id: draft.lead_image.as_ref().and_then(|image| context.images.id(&image.uri)),
        source_id: draft.source.as_ref().and_then(|source| context.terms.source(source)),
        usage_terms: draft.usage_terms.clone(),
        copyright_notice: draft.copyright_notice.clone(),
        word_count: i32::try_from(words(&body).count()).unwrap_or(i32::MAX),
        translation_key: None,
        exclude_from_rankings: draft.exclude_from_rankings,
        body,
        digest: None,
        owner: context.sender.owner(draft.source.as_ref()).to_string(),
        digital_source_type: draft.digital_source_type.clone(),
    })
}

fn stated(draft: &Article) -> Stated {
    Stated {
        status: draft.status,
        published_at: draft.published_at,
        embargoed_until: draft.embargoed_until,
        updated_at: draft.updated_at,
    }
}

/// The original, unless it is somebody else's: that one would show the translation on its own page.
fn translation_key(context: &Context<'_>, draft: &Article, notes: &mut Vec<Note>) -> Option<String> {
    let original = draft.translation_of.as_ref()?;
    let Some(owner) = context.strangers.get(original) else { return Some(original.clone()) };
    let message = format!("`{original}` belongs to `{owner}`, and does not become the original of this one; left out");
    notes.push(Note { at: "translationOf".to_owned(), message });
    None
}

/// When readers can see what has changed: now, or when the article becomes visible.
fn modified_at(published_at: DateTimeUtc, draft: &Article, context: &Context<'_>) -> Option<DateTimeUtc> {
    Some(context.now.max(published_at)).max(draft.embargoed_until)
}

fn words(body: &Blocks) -> impl Iterator<Item = &str> {
    texts(body).flat_map(str::split_whitespace).filter(|word| text::words(word) > 0)
}

fn texts(body: &Blocks) -> impl Iterator<Item = &str> {
    body.0.iter().flat_map(Block::texts)
}

async fn replace<'b, C: ConnectionTrait>(
    write: &mut Write<'b, C>,
    changed: Vec<(i64, i64, Pending<'b>)>,
    pages: &Taken,
) -> Result<Vec<Written<'b>>, DbErr> {
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    // Locked in the order of keys: two imports of the same items wait for each other, and cannot stop each other.
    let old = article::Entity::find()
        .filter(article::Column::Id.is_in(changed.iter().map(|(id, ..)| *id)))
        .order_by_asc(article::Column::Id)
        .lock_exclusive()
        .all(write.db)
        .await?;
    let mut old: HashMap<i64, article::Model> = old.into_iter().map(|row| (row.id, row)).collect();
    let seen = publication::seen(write.db, old.values(), write.context.now).await?;
    keep_versions(write, &old).await?;
    supersede(write.db, old.values().filter_map(|row| row.digest.clone())).await?;
    let mut pages = pages.clone();
    let mut written = Vec::with_capacity(changed.len());
    for (id, version, pending) in changed {
        let Some(before) = old.remove(&id) else { continue };
        if before.version >= version && pending.taken_from.is_none() {
            // Another import was faster with this version.
            continue;
        }
        let owner = Owner::stored(&before.owner);
        if !before.owner.is_empty() && !write.context.sender.may_change(&owner) {
            // It was taken over since it was looked at.
            write.answers[pending.index] = Some(Saved::refused(write.context.sender.refusal(&owner)));
            continue;
        }
        let mut notes: Vec<Note> = pending.taken_from.into_iter().map(taken).collect();
        let draft = pending.draft;
        let mut after = if draft.status == article::PubStatus::Canceled {
            // A kill often comes without any content; what was there stays for its editors.
            article::Model {
                status: draft.status,
                updated_at: draft.updated_at.unwrap_or(write.context.now),
                owner: write.context.sender.owner(draft.source.as_ref()).to_string(),
                modified_at: Some(write.context.now),
                ..before.clone()
            }
        } else {
            changed_row(&write.context, draft, &before, seen.contains(&id), &mut pages, &mut notes)?
        };
        notes.extend(brought_back(before.status, after.status, version));
        notes.extend(taken_down("article", version, shown(&before), shown(&after), write.context.now));
        after.version = version;
        after.digest = Some(pending.digest.to_owned());
        let (published_at, updated_at) = (after.published_at, after.updated_at);
        article::Entity::update(after.into_active_model().reset_all()).exec(write.db).await?;
        let index = pending.index;
        write.answers[index] = Some(Saved::new(Outcome::Updated, notes));
        if draft.status != article::PubStatus::Canceled {
            written.push(Written { index, id, draft, published_at, updated_at, is_new: false });
        }
    }
    Ok(written)
}

/// What decides whether the article is shown, and which version is the later one.
pub(super) fn state(row: &article::Model) -> State {
    State {
        version: row.version,
        updated_at: Some(row.updated_at),
        status: row.status,
        embargoed_until: row.embargoed_until,
        expires_at: row.expires_at,
    }
}

pub(super) fn shown(row: &article::Model) -> Shown {
    Shown {
        status: row.status,
        published_at: row.published_at,
        embargoed_until: row.embargoed_until,
        expires_at: row.expires_at,
    }
}

fn changed_row(
    context: &Context<'_>,
    draft: &Article,
    before: &article::Model,
    was_seen: bool,
    pages: &mut Taken,
    notes: &mut Vec<Note>,
) -> Result<article::Model, DbErr> {
    let mut draft_row = row(context, draft, &mut Vec::new())?;
    let published_at = match was_seen {
        true => before.published_at,
        false => stated(draft).released(before.status, before.published_at, context.now),
    };
    let updated_at = draft.updated_at.unwrap_or(context.now);
    let updated_at = if is_significant(before, &draft_row, draft) { updated_at } else { before.updated_at };
    if draft.section.is_none() {
        draft_row.section_id = before.section_id;
    }
    Ok(article::Model {
        id: before.id,
        slug: before.slug.clone(),
        url: pages.url(draft, notes),
        translation_key: translation_key(context, draft, notes),
        published_at,
        updated_at,
        modified_at: modified_at(published_at, draft, context),
        ..draft_row
    })
}

/// A change that matters to readers: a correction, another status, or anything in the text but mended typing errors.
fn is_significant(before: &article::Model, after: &article::Model, draft: &Article) -> bool {
    if before.status != after.status || !draft.corrections.is_empty() {
        return true;
    }
    fn shown(row: &article::Model) -> impl Iterator<Item = &str> {
        [Some(row.headline.as_str()), row.standfirst.as_deref()].into_iter().flatten().chain(texts(&row.body))
    }
    significance::is_significant(shown(before), shown(after), &after.language)
}

/// Keeps what is about to be replaced.
pub(super) async fn keep_versions<C: ConnectionTrait>(
    write: &Write<'_, C>,
    old: &HashMap<i64, article::Model>,
) -> Result<(), DbErr> {
    let topics = topic::Entity::find()
        .select_only()
        .column(article_topic::Column::ArticleId)
        .column(topic::Column::Slug)
        .join(
            sea_orm::JoinType::InnerJoin,
            topic::Entity::belongs_to(article_topic::Entity)
                .from(topic::Column::Id)
                .to(article_topic::Column::TopicId)
                .into(),
        )
        .filter(article_topic::Column::ArticleId.is_in(old.keys().copied()))
        .order_by_asc(article_topic::Column::Position)
        .into_tuple::<(i64, String)>()
        .all(write.db)
        .await?;
    let mut topics_of: HashMap<i64, Vec<String>> = HashMap::new();
    for (article, topic) in topics {
        topics_of.entry(article).or_default().push(topic);
    }
    let versions = old.values().map(|row| {
        let mut item = serde_json::to_value(row).expect("rows are plain data");
        item["topics"] = topics_of.remove(&row.id).into();
        article_version::ActiveModel {
            article_id: Set(row.id),
            version: Set(row.version),
            headline: Set(row.headline.clone()),
            replaced_at: Set(write.context.now),
            item: Set(item),
        }
    });
    use article_version::Column as V;
    article_version::Entity::insert_many(versions)
        .on_conflict(OnConflict::columns([V::ArticleId, V::Version]).do_nothing().to_owned())
        .exec_without_returning(write.db)
        .await?;
    Ok(())
}

/// Topics, places, contributors and corrections of the articles that were written.
async fn write_links<C: ConnectionTrait>(write: &Write<'_, C>, saved: &[Written<'_>]) -> Result<(), DbErr> {
    let terms = write.context.terms;
    let changed: Vec<i64> = saved.iter().filter(|saved| !saved.is_new).map(|saved| saved.id).collect();
    if !changed.is_empty() {
        article_topic::Entity::delete_many()
            .filter(article_topic::Column::ArticleId.is_in(changed.iter().copied()))
            .exec(write.db)
            .await?;
        article_place::Entity::delete_many()
            .filter(article_place::Column::ArticleId.is_in(changed.iter().copied()))
            .exec(write.db)
            .await?;
        article_contributor::Entity::delete_many()
            .filter(article_contributor::Column::ArticleId.is_in(changed.iter().copied()))
            .exec(write.db)
            .await?;
    }
    let (mut topics, mut places, mut contributors) = (Vec::new(), Vec::new(), Vec::new());
    for article in saved {
        for (place_id, position) in terms.places(&article.draft.places).into_iter().zip(1..) {
            places.push(article_place::ActiveModel {
                article_id: Set(article.id),
                place_id: Set(place_id),
                position: Set(position),
                published_at: Set(article.published_at),
            });
        }
        for (topic_id, position) in terms.topics(&article.draft.topics).into_iter().zip(1..) {
            topics.push(article_topic::ActiveModel {
                article_id: Set(article.id),
                topic_id: Set(topic_id),
                position: Set(position),
                published_at: Set(article.published_at),
            });
        }
        for ((contributor_id, role), position) in terms.contributors(&article.draft.contributors).into_iter().zip(1..) {
            contributors.push(article_contributor::ActiveModel {
                article_id: Set(article.id),
                contributor_id: Set(contributor_id),
                position: Set(position),
                role: Set(role.map(ToOwned::to_owned)),
            });
        }
    }
    insert(write.db, topics, 4, &nothing()).await?;
    insert(write.db, places, 4, &nothing()).await?;
    insert(write.db, contributors, 4, &nothing()).await?;
    write_people(write, saved).await?;
    write_corrections(write, saved).await
}

/// Who the people are that made the articles, as far as the articles say.
async fn write_people<C: ConnectionTrait>(write: &Write<'_, C>, saved: &[Written<'_>]) -> Result<(), DbErr> {
    let Context { terms, images, sender, .. } = &write.context;
    let people = saved.iter().flat_map(|article| terms.described(&article.draft.contributors, sender));
    let told: BTreeMap<i64, &Contributor> = people.collect();
    let ids: Vec<i64> = told.keys().copied().collect();
    for part in ids.chunks(PART) {
        let rows = contributor::Entity::find()
            .filter(contributor::Column::Id.is_in(part.iter().copied()))
            .order_by_asc(contributor::Column::Id)
            .all(write.db)
            .await?;
        for row in rows {
            let person = told[&row.id];
            let mut after = row.clone();
            if person.uri.is_some() && sender.is_editor() {
                after.name.clone_from(&person.name);
            }
            after.biography = person.biography.clone().or(after.biography);
            if !person.links.is_empty() {
                after.links = Some(serde_json::Value::from(person.links.clone()).to_string());
            }
            after.image_id = person.image.as_ref().and_then(|image| images.id(&image.uri)).or(after.image_id);
            if after != row {
                let change = contributor::ActiveModel {
                    id: Unchanged(row.id),
                    name: Set(after.name),
                    biography: Set(after.biography),
                    links: Set(after.links),
                    image_id: Set(after.image_id),
                    ..Default::default()
                };
                contributor::Entity::update(change).exec(write.db).await?;
            }
        }
    }
    Ok(())
}

/// Corrections are added to those that are there: agencies send each of them once.
async fn write_corrections<C: ConnectionTrait>(write: &Write<'_, C>, saved: &[Written<'_>]) -> Result<(), DbErr> {
    let corrected: Vec<i64> =
        saved.iter().filter(|saved| !saved.draft.corrections.is_empty()).map(|saved| saved.id).collect();
    if corrected.is_empty() {
        return Ok(());
    }
    let mut known: HashMap<i64, Vec<correction::Model>> = HashMap::new();
    for row in correction::Entity::find().filter(correction::Column::ArticleId.is_in(corrected)).all(write.db).await? {
        known.entry(row.article_id).or_default().push(row);
    }
    let mut rows = Vec::new();
    for article in saved {
        let known = known.remove(&article.id).unwrap_or_default();
        let last = known.iter().map(|row| row.position).max().unwrap_or_default();
        let fresh = article.draft.corrections.iter().filter(|new| known.iter().all(|row| row.text != new.text));
        rows.extend(fresh.zip(last + 1..).map(|(new, position)| correction::ActiveModel {
            id: NotSet,
            article_id: Set(article.id),
            position: Set(position),
            text: Set(new.text.clone()),
            corrected_at: Set(new.at.unwrap_or(article.updated_at)),
        }));
    }
    insert(write.db, rows, 5, &nothing()).await
}
