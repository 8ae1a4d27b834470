//! A newsroom's own settings: terms first, and what refers to articles when these are there.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::Hash,
};

use chrono::{DurationRound as _, SubsecRound as _};
use entity::{
    article, external_headline, feed, gallery, newsroom as own, read_bucket, read_rollup, section, source,
    term_status::{self, TermKind},
    top_story,
    transaction::writing,
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, TransactionSession as _, TransactionTrait,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, OnConflict},
};

use super::{Outcome, Saver, chunk_size, insert, link, terms::known::fold_names};
use crate::{
    address,
    check::NO_ADDRESS,
    draft::Draft,
    newsroom::{ExternalHeadline, Newsroom, RemovedSection, TopStories},
    reading::Note,
    text,
};

/// Reads are counted in buckets of this length.
const BUCKET: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// Articles that are given the newsroom's language in one statement.
const LANGUAGE_STEP: u64 = 500;

/// What saving a newsroom's settings came to.
#[derive(Clone, Debug, Default)]
pub struct SavedSettings {
    /// What was left out, and what there is to say about it.
    pub notes: Vec<Note>,
    /// How many of what were changed, by the property that says them.
    pub counts: Vec<(&'static str, Counts)>,
}

/// How many settings of a kind came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They were not there before.
    pub new: usize,
    /// They were there with other values.
    pub updated: usize,
    /// They were there.
    pub unchanged: usize,
    /// They were taken away.
    pub removed: usize,
}

impl Counts {
    fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::New => &mut self.new,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
        } += 1;
    }

    /// What turns `before` into `after`, where a key names each.
    fn between<K: Eq + Hash, V: PartialEq>(before: &HashMap<K, V>, after: &HashMap<K, V>) -> Self {
        let mut counts = Self::default();
        for (key, value) in after {
            counts.count(match before.get(key) {
                None => Outcome::New,
                Some(known) if known == value => Outcome::Unchanged,
                Some(_) => Outcome::Updated,
            });
        }
        counts.removed = before.keys().filter(|key| !after.contains_key(key)).count();
        counts
    }

    fn changes_nothing(self) -> bool {
        self.new + self.updated + self.removed == 0
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, updated, unchanged, removed } = self;
        write!(formatter, "{new} new, {updated} updated, {unchanged} unchanged")?;
        if *removed > 0 { write!(formatter, ", {removed} removed") } else { Ok(()) }
    }
}

impl SavedSettings {
    fn note(&mut self, at: impl Into<String>, message: impl Into<String>) {
        self.notes.push(Note { at: at.into(), message: message.into() });
    }

    fn count(&mut self, kind: &'static str, counts: Counts) {
        if counts != Counts::default() {
            self.counts.push((kind, counts));
        }
    }
}

/// Saves the language, sections, sources, places and topics.
pub async fn save_newsroom<C: ConnectionTrait + TransactionTrait>(
    db: &C,
    newsroom: &Newsroom,
    now: DateTimeUtc,
) -> Result<SavedSettings, DbErr> {
    let mut saved = SavedSettings::default();
    fold_names(db).await?;
    if let Some(language) = &newsroom.language {
        save_language(db, language, &mut saved).await?;
    }
    save_sections(db, newsroom, &mut saved).await?;
    if !newsroom.remove_sections.is_empty() {
        let transaction = db.begin_with_options(writing()).await?;
        let mut counts = Counts::default();
        for removed in &newsroom.remove_sections {
            remove_section(&transaction, removed, &mut counts, &mut saved).await?;
        }
        transaction.commit().await?;
        saved.count("removeSections", counts);
    }
    save_sources(db, newsroom, &mut saved).await?;
    let topics = newsroom.topics.iter().map(|topic| Draft::Topic(Box::new(topic.clone())));
    let places = newsroom.places.iter().map(|place| Draft::Place(Box::new(place.clone())));
    let terms: Vec<Draft> = topics.chain(places).collect();
    let names: Vec<(bool, String)> =
        terms.iter().map(|term| (matches!(term, Draft::Topic(_)), term.uri().to_owned())).collect();
    let (mut topics, mut places) = (Counts::default(), Counts::default());
    for ((is_topic, name), term) in
        names.into_iter().zip(Saver::new(db, super::Settings::default()).save(terms, now).await?)
    {
        saved.notes.extend(term.notes);
        match term.outcome {
            Ok(outcome) if is_topic => topics.count(outcome),
            Ok(outcome) => places.count(outcome),
            Err(error) => saved.note(name, error.problem().to_string()),
        }
    }
    saved.count("topics", topics);
    saved.count("places", places);
    Ok(saved)
}

/// Keeps the language, and gives it to the articles that have none yet: settings may arrive after the news.
async fn save_language<C: ConnectionTrait>(db: &C, language: &str, saved: &mut SavedSettings) -> Result<(), DbErr> {
    let before = own::Entity::language(db).await?;
    let outcome = match &before {
        None => Outcome::New,
        Some(known) if known == language => Outcome::Unchanged,
        Some(_) => Outcome::Updated,
    };
    let mut counts = Counts::default();
    counts.count(outcome);
    saved.count("language", counts);
    if outcome != Outcome::Unchanged {
        let row = own::ActiveModel { id: Set(own::Entity::ID), language: Set(Some(language.to_owned())) };
        let update = OnConflict::column(own::Column::Id).update_column(own::Column::Language).to_owned();
        own::Entity::insert(row).on_conflict(update).exec_without_returning(db).await?;
    }
    let mut articles = Counts::default();
    let mut are_unknown = language != super::UNDETERMINED;
    while are_unknown {
        let unknown = article::Entity::find().select_only().column(article::Column::Id);
        let unknown = unknown.filter(article::Column::Language.eq(super::UNDETERMINED));
        let ids: Vec<i64> = unknown.order_by_asc(article::Column::Id).limit(LANGUAGE_STEP).into_tuple().all(db).await?;
        articles.updated += ids.len();
        are_unknown = !ids.is_empty();
        article::Entity::update_many()
            .col_expr(article::Column::Language, Expr::value(language))
            .filter(article::Column::Id.is_in(ids))
            .exec(db)
            .await?;
    }
    saved.count("articles", articles);
    Ok(())
}

async fn save_sections<C: ConnectionTrait>(
    db: &C,
    newsroom: &Newsroom,
    saved: &mut SavedSettings,
) -> Result<(), DbErr> {
    let mut sections: HashMap<String, section::Model> = HashMap::new();
    if !newsroom.sections.is_empty() {
        let all = section::Entity::find().all(db).await?;
        sections.extend(all.into_iter().map(|row| (row.slug.clone(), row)));
    }
    let mut listed: HashMap<&str, i64> = HashMap::new();
    let mut counts = Counts::default();
    for draft in &newsroom.sections {
        let parent_id = draft.parent.as_deref().and_then(|slug| listed.get(slug)).copied();
        if draft.parent.is_some() && parent_id.is_none() {
            saved.note(
                format!("sections/{}", draft.slug),
                "the section above is not listed before it; it stands at the top",
            );
        }
        let known = sections.get(&draft.slug);
        let wanted = section::Model {
            id: known.map_or(0, |row| row.id),
            slug: draft.slug.clone(),
            name: draft.name.clone(),
            name_key: Some(text::name_key(&draft.name)),
            name_claim: known.and_then(|row| row.name_claim.clone()),
            position: draft.position,
            parent_id,
            hidden: draft.hidden,
        };
        let outcome = match known {
            None => Outcome::New,
            Some(row) if *row == wanted => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        };
        counts.count(outcome);
        let row = if outcome == Outcome::Unchanged {
            wanted
        } else {
            let mut row = wanted.into_active_model().reset_all();
            row.id = NotSet;
            use section::Column as S;
            let update = OnConflict::column(S::Slug)
                .update_columns([S::Name, S::NameKey, S::Position, S::ParentId, S::Hidden])
                .to_owned();
            section::Entity::insert(row).on_conflict(update).exec_with_returning(db).await?
        };
        listed.insert(&draft.slug, row.id);
        sections.insert(row.slug.clone(), row);
    }
    term_status::Entity::list(db, TermKind::Section, listed.values().copied()).await?;
    saved.count("sections", counts);
    Ok(())
}

/// Takes a section away. Its articles and galleries go into another one; sections below it move up.
async fn remove_section<C: ConnectionTrait>(
    db: &C,
    removed: &RemovedSection,
    counts: &mut Counts,
    saved: &mut SavedSettings,
) -> Result<(), DbErr> {
    let at = format!("removeSections/{}", removed.slug);
    let find = |slug: &str| section::Entity::find().filter(section::Column::Slug.eq(slug)).one(db);
    let Some(row) = find(&removed.slug).await? else {
        counts.unchanged += 1;
        return Ok(());
    };
    let into = match &removed.into {
        None => None,
        Some(slug) => match find(slug).await?.filter(|into| into.id != row.id) {
            Some(into) => Some(into.id),
            None => {
                saved.note(at, format!("no other section has the slug `{slug}`; the section stays"));
                return Ok(());
            }
        },
    };
    let articles = article::Entity::find().filter(article::Column::SectionId.eq(row.id)).count(db).await?;
    match into {
        None if articles > 0 => {
            saved.note(
                at,
                format!("{articles} articles stand in it; say with `into` which section takes them. It stays"),
            );
            return Ok(());
        }
        None => {}
        Some(into) => {
            article::Entity::update_many()
                .col_expr(article::Column::SectionId, Expr::value(into))
                .filter(article::Column::SectionId.eq(row.id))
                .exec(db)
                .await?;
        }
    }
    gallery::Entity::update_many()
        .col_expr(gallery::Column::SectionId, Expr::value(into))
        .filter(gallery::Column::SectionId.eq(row.id))
        .exec(db)
        .await?;
    section::Entity::update_many()
        .col_expr(section::Column::ParentId, Expr::value(row.parent_id))
        .filter(section::Column::ParentId.eq(row.id))
        .exec(db)
        .await?;
    section::Entity::delete_by_id(row.id).exec(db).await?;
    counts.removed += 1;
    let key = text::name_key(&row.name);
    let is_named = |name: &String| text::name_key(name) == key;
    for feed in feed::Entity::find().order_by_asc(feed::Column::Name).all(db).await? {
        if feed.section.iter().chain(feed.mapping.sections.values()).any(is_named) {
            let message = format!(
                "the source `{}` files news under it, which makes it anew; see `newsgraph source update`",
                feed.name
            );
            saved.note(at.clone(), message);
        }
    }
    Ok(())
}

async fn save_sources<C: ConnectionTrait>(db: &C, newsroom: &Newsroom, saved: &mut SavedSettings) -> Result<(), DbErr> {
    use source::Column as S;
    let mut wanted: HashMap<&str, (&String, Option<String>)> = HashMap::new();
    for source in &newsroom.sources {
        let url = source.url.as_deref().and_then(address::web);
        if source.url.is_some() && url.is_none() {
            saved.note(format!("sources/{}/url", source.slug), NO_ADDRESS);
        }
        wanted.insert(&source.slug, (&source.name, url));
    }
    let rows = source::Entity::find().filter(S::Slug.is_in(wanted.keys().copied())).all(db).await?;
    let before: HashMap<&str, _> = rows.iter().map(|row| (row.slug.as_str(), (&row.name, row.url.clone()))).collect();
    saved.count("sources", Counts::between(&before, &wanted));
    let changed = wanted.into_iter().filter(|(slug, values)| before.get(slug) != Some(values));
    let rows = changed.map(|(slug, (name, url))| source::ActiveModel {
        id: NotSet,
        slug: Set(slug.to_owned()),
        name: Set(name.clone()),
        name_key: Set(Some(text::name_key(name))),
        name_claim: NotSet,
        url: Set(url),
    });
    let update = OnConflict::column(S::Slug).update_columns([S::Name, S::NameKey, S::Url]).to_owned();
    insert(db, rows.collect(), 5, &update).await?;
    let slugs = newsroom.sources.iter().map(|source| source.slug.as_str());
    let ids = source::Entity::find().select_only().column(S::Id).filter(S::Slug.is_in(slugs));
    term_status::Entity::list(db, TermKind::Source, ids.into_tuple::<i64>().all(db).await?).await
}

/// Saves top stories, headlines of other outlets and counts of reads; the notes name articles that are not there.
pub async fn save_curation<C: ConnectionTrait + TransactionTrait>(
    db: &C,
    newsroom: &Newsroom,
) -> Result<SavedSettings, DbErr> {
    let mut saved = SavedSettings::default();
    let on_top = newsroom.top_stories.iter().flatten().flat_map(|list| &list.items).map(|item| item.article.as_str());
    let read = newsroom.reads.iter().map(|reads| reads.article.as_str());
    let mut uris: Vec<&str> = on_top.chain(read).collect();
    uris.sort_unstable();
    uris.dedup();
    let articles = link::article_ids(db, uris.clone()).await?;
    for missing in uris.into_iter().filter(|uri| !articles.contains_key(*uri)) {
        saved.note(missing, "no article has this `uri`; left out");
    }
    let transaction = db.begin_with_options(writing()).await?;
    if let Some(lists) = &newsroom.top_stories {
        save_top_stories(&transaction, lists, &articles, &mut saved).await?;
    }
    if let Some(headlines) = &newsroom.external_headlines {
        save_external_headlines(&transaction, headlines, &mut saved).await?;
    }
    save_reads(&transaction, newsroom, &articles, &mut saved).await?;
    transaction.commit().await?;
    Ok(saved)
}

async fn save_top_stories<C: ConnectionTrait>(
    db: &C,
    lists: &[TopStories],
    articles: &HashMap<String, i64>,
    saved: &mut SavedSettings,
) -> Result<(), DbErr> {
    let sections = section::Entity::find()
        .select_only()
        .columns([section::Column::Slug, section::Column::Id])
        .into_tuple::<(String, i64)>();
    let sections: HashMap<String, i64> = sections.all(db).await?.into_iter().collect();
    // The last one of a list that is named twice counts.
    let mut wanted: HashMap<Option<i64>, &TopStories> = HashMap::new();
    for list in lists {
        let section_id = match &list.section {
            None => None,
            Some(slug) => match sections.get(slug) {
                Some(id) => Some(*id),
                None => {
                    saved.note(format!("topStories/{slug}"), "no section has this slug; left out");
                    continue;
                }
            },
        };
        wanted.insert(section_id, list);
    }
    let of_article = |row: top_story::Model| {
        ((row.section_id, row.article_id), (row.position, row.kicker, row.headline, row.pinned_until))
    };
    let stored = top_story::Entity::find().all(db).await?;
    let named = stored.into_iter().filter(|row| lists.is_empty() || wanted.contains_key(&row.section_id));
    let before: HashMap<_, _> = named.map(of_article).collect();
    let mut rows = Vec::new();
    for (section_id, list) in wanted {
        let mut seen = HashSet::new();
        let known = list.items.iter().filter_map(|item| Some((*articles.get(&item.article)?, item)));
        let known = known.filter(|(article_id, _)| seen.insert(*article_id));
        rows.extend(known.zip(1..).map(|((article_id, item), position)| top_story::Model {
            id: 0,
            section_id,
            position,
            article_id,
            kicker: item.kicker.clone(),
            headline: item.headline.clone(),
            pinned_until: item.pinned_until.map(|time| time.trunc_subsecs(6)),
        }));
    }
    let after: HashMap<_, _> = rows.iter().cloned().map(of_article).collect();
    let counts = Counts::between(&before, &after);
    saved.count("topStories", counts);
    if counts.changes_nothing() {
        return Ok(());
    }
    let lists: HashSet<Option<i64>> = before.keys().map(|(section_id, _)| *section_id).collect();
    for section_id in lists {
        let of_list = match section_id {
            Some(id) => top_story::Column::SectionId.eq(id),
            None => top_story::Column::SectionId.is_null(),
        };
        top_story::Entity::delete_many().filter(of_list).exec(db).await?;
    }
    for row in rows {
        let mut row = row.into_active_model().reset_all();
        row.id = NotSet;
        row.insert(db).await?;
    }
    Ok(())
}

/// The headlines are those of all boxes: what is not listed is taken away.
async fn save_external_headlines<C: ConnectionTrait>(
    db: &C,
    headlines: &[ExternalHeadline],
    saved: &mut SavedSettings,
) -> Result<(), DbErr> {
    let by_address = |row: &external_headline::Model| ((row.placement, row.url.clone()), row.clone());
    let stored = external_headline::Entity::find().all(db).await?;
    let stored = stored.into_iter().map(|row| external_headline::Model { id: 0, ..row });
    let before: HashMap<_, _> = stored.map(|row| by_address(&row)).collect();
    let mut rows: Vec<external_headline::Model> = Vec::new();
    let mut seen = HashSet::new();
    for (headline, position) in headlines.iter().zip(1..) {
        let placement: external_headline::Placement = headline.placement.into();
        let Some(url) = address::web(&headline.url) else {
            let at = format!("externalHeadlines/{}/url", position - 1);
            saved.note(at, format!("`{}`: {NO_ADDRESS}", headline.headline));
            continue;
        };
        if !seen.insert((placement, url.clone())) {
            saved.note(
                format!("externalHeadlines/{}", position - 1),
                "its address stands in the same box before; left out",
            );
            continue;
        }
        rows.push(external_headline::Model {
            id: 0,
            placement,
            position,
            headline: headline.headline.clone(),
            url,
            source_name: headline.source_name.clone(),
            standfirst: headline.standfirst.clone(),
            published_at: headline.published_at.map(|time| time.trunc_subsecs(6)),
        });
    }
    let after: HashMap<_, _> = rows.iter().map(by_address).collect();
    let counts = Counts::between(&before, &after);
    saved.count("externalHeadlines", counts);
    if counts.changes_nothing() {
        return Ok(());
    }
    external_headline::Entity::delete_many().exec(db).await?;
    let rows = rows.into_iter().map(|row| {
        let mut row = row.into_active_model().reset_all();
        row.id = NotSet;
        row
    });
    let never = OnConflict::new().do_nothing().to_owned();
    insert(db, rows.collect(), 8, &never).await
}

/// Counts replace those that are there, so that a second import changes nothing.
async fn save_reads<C: ConnectionTrait>(
    db: &C,
    newsroom: &Newsroom,
    articles: &HashMap<String, i64>,
    saved: &mut SavedSettings,
) -> Result<(), DbErr> {
    use read_bucket::Column as R;
    let mut buckets: HashMap<(i64, DateTimeUtc), i64> = HashMap::new();
    for reads in &newsroom.reads {
        let Some(article) = articles.get(&reads.article) else { continue };
        let Ok(bucket) = reads.at.duration_trunc(BUCKET) else { continue };
        *buckets.entry((*article, bucket)).or_default() += i64::from(reads.count);
    }
    let times = || buckets.keys().map(|(_, bucket)| *bucket);
    let Some((earliest, latest)) = times().min().zip(times().max()) else { return Ok(()) };
    let read: HashSet<i64> = buckets.keys().map(|(article, _)| *article).collect();
    let read: Vec<i64> = read.into_iter().collect();
    let mut before: HashMap<(i64, DateTimeUtc), i64> = HashMap::new();
    for part in read.chunks(chunk_size(2)) {
        let rows = read_bucket::Entity::find()
            .filter(R::ArticleId.is_in(part.iter().copied()))
            .filter(R::BucketStart.between(earliest, latest));
        let rows = rows.all(db).await?.into_iter().map(|row| ((row.article_id, row.bucket_start), row.reads));
        before.extend(rows.filter(|(key, _)| buckets.contains_key(key)));
    }
    saved.count("reads", Counts::between(&before, &buckets));
    buckets.retain(|key, reads| before.get(key) != Some(reads));
    let Some(earliest) = buckets.keys().map(|(_, bucket)| *bucket).min() else { return Ok(()) };
    read_rollup::Entity::reopen(db, earliest).await?;
    let rows = buckets.into_iter().map(|((article, bucket), reads)| read_bucket::ActiveModel {
        article_id: Set(article),
        bucket_start: Set(bucket),
        reads: Set(reads),
    });
    let update = OnConflict::columns([R::ArticleId, R::BucketStart]).update_column(R::Reads).to_owned();
    insert(db, rows.collect(), 3, &update).await
}
