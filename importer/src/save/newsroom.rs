//! A newsroom's own settings: terms first, and what refers to articles when these are there.

use std::collections::HashMap;

use chrono::DurationRound as _;
use entity::{
    external_headline, read_bucket, read_rollup, section, source,
    term_status::{self, TermKind},
    top_story,
    transaction::writing,
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    TransactionSession as _, TransactionTrait,
    entity::prelude::DateTimeUtc,
    sea_query::OnConflict,
};

use super::{Saver, insert, link};
use crate::{address, check::NO_ADDRESS, draft::Draft, newsroom::Newsroom, reading::Note};

/// Reads are counted in buckets of this length.
const BUCKET: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// Saves sections, sources, places and topics.
pub async fn save_newsroom<C: ConnectionTrait + TransactionTrait>(
    db: &C,
    newsroom: &Newsroom,
    now: DateTimeUtc,
) -> Result<Vec<Note>, DbErr> {
    let mut notes = Vec::new();
    let mut sections: HashMap<String, i64> = HashMap::new();
    for draft in &newsroom.sections {
        let parent = draft.parent.as_ref();
        let parent_id = parent.and_then(|slug| sections.get(slug)).copied();
        if parent.is_some() && parent_id.is_none() {
            notes.push(Note {
                at: format!("sections/{}", draft.slug),
                message: "the section above is not listed before it; it stands at the top".to_owned(),
            });
        }
        let row = section::ActiveModel {
            id: NotSet,
            slug: Set(draft.slug.clone()),
            name: Set(draft.name.clone()),
            position: Set(draft.position),
            parent_id: Set(parent_id),
            hidden: Set(draft.hidden),
        };
        use section::Column as S;
        let update =
            OnConflict::column(S::Slug).update_columns([S::Name, S::Position, S::ParentId, S::Hidden]).to_owned();
        let row = section::Entity::insert(row).on_conflict(update).exec_with_returning(db).await?;
        sections.insert(row.slug, row.id);
    }
    term_status::Entity::list(db, TermKind::Section, sections.values().copied()).await?;
    let sources = newsroom.sources.iter().map(|source| {
        let url = source.url.as_deref().and_then(address::web);
        if source.url.is_some() && url.is_none() {
            notes.push(Note { at: format!("sources/{}/url", source.slug), message: NO_ADDRESS.to_owned() });
        }
        source::ActiveModel {
            id: NotSet,
            slug: Set(source.slug.clone()),
            name: Set(source.name.clone()),
            url: Set(url),
        }
    });
    let update =
        OnConflict::column(source::Column::Slug).update_columns([source::Column::Name, source::Column::Url]).to_owned();
    insert(db, sources.collect(), 4, &update).await?;
    let slugs = newsroom.sources.iter().map(|source| source.slug.as_str());
    let ids = source::Entity::find().select_only().column(source::Column::Id).filter(source::Column::Slug.is_in(slugs));
    term_status::Entity::list(db, TermKind::Source, ids.into_tuple::<i64>().all(db).await?).await?;
    let topics = newsroom.topics.iter().map(|topic| Draft::Topic(Box::new(topic.clone())));
    let places = newsroom.places.iter().map(|place| Draft::Place(Box::new(place.clone())));
    let terms: Vec<Draft> = topics.chain(places).collect();
    let names: Vec<String> = terms.iter().map(|term| term.uri().to_owned()).collect();
    let saved = Saver::new(db, super::Settings::default()).save(terms, now).await?;
    for (name, saved) in names.into_iter().zip(saved) {
        notes.extend(saved.notes);
        notes.extend(saved.outcome.err().map(|error| Note { at: name, message: error.problem().to_string() }));
    }
    Ok(notes)
}

/// Saves top stories, headlines of other outlets and counts of reads; the notes name articles that are not there.
pub async fn save_curation<C: ConnectionTrait + TransactionTrait>(
    db: &C,
    newsroom: &Newsroom,
) -> Result<Vec<Note>, DbErr> {
    let mut notes = Vec::new();
    let on_top = newsroom.top_stories.iter().flat_map(|list| &list.items).map(|item| item.article.as_str());
    let read = newsroom.reads.iter().map(|reads| reads.article.as_str());
    let mut uris: Vec<&str> = on_top.chain(read).collect();
    uris.sort_unstable();
    uris.dedup();
    let articles = link::article_ids(db, uris.clone()).await?;
    for missing in uris.into_iter().filter(|uri| !articles.contains_key(*uri)) {
        notes.push(Note { at: missing.to_owned(), message: "no article has this `uri`; left out".to_owned() });
    }
    let transaction = db.begin_with_options(writing()).await?;
    save_top_stories(&transaction, newsroom, &articles, &mut notes).await?;
    save_external_headlines(&transaction, newsroom, &mut notes).await?;
    save_reads(&transaction, newsroom, &articles).await?;
    transaction.commit().await?;
    Ok(notes)
}

async fn save_top_stories<C: ConnectionTrait>(
    db: &C,
    newsroom: &Newsroom,
    articles: &HashMap<String, i64>,
    notes: &mut Vec<Note>,
) -> Result<(), DbErr> {
    let sections = section::Entity::find()
        .select_only()
        .columns([section::Column::Slug, section::Column::Id])
        .into_tuple::<(String, i64)>();
    let sections: HashMap<String, i64> = sections.all(db).await?.into_iter().collect();
    for list in &newsroom.top_stories {
        let section_id = list.section.as_ref().map(|slug| sections.get(slug).copied());
        if section_id == Some(None) {
            let at = format!("topStories/{}", list.section.as_deref().unwrap_or_default());
            notes.push(Note { at, message: "no section has this slug; left out".to_owned() });
            continue;
        }
        let section_id = section_id.flatten();
        let of_list = match section_id {
            Some(id) => top_story::Column::SectionId.eq(id),
            None => top_story::Column::SectionId.is_null(),
        };
        top_story::Entity::delete_many().filter(of_list).exec(db).await?;
        let known = list.items.iter().filter_map(|item| Some((*articles.get(&item.article)?, item)));
        for ((article_id, item), position) in known.zip(1..) {
            let row = top_story::ActiveModel {
                id: NotSet,
                section_id: Set(section_id),
                position: Set(position),
                article_id: Set(article_id),
                kicker: Set(item.kicker.clone()),
                headline: Set(item.headline.clone()),
                pinned_until: Set(item.pinned_until),
            };
            row.insert(db).await?;
        }
    }
    Ok(())
}

async fn save_external_headlines<C: ConnectionTrait>(
    db: &C,
    newsroom: &Newsroom,
    notes: &mut Vec<Note>,
) -> Result<(), DbErr> {
    use external_headline::Column as H;
    let mut headlines = Vec::new();
    for (index, headline) in newsroom.external_headlines.iter().enumerate() {
        match address::web(&headline.url) {
            Some(url) => headlines.push((headline, url)),
            None => notes.push(Note {
                at: format!("externalHeadlines/{index}/url"),
                message: format!("`{}`: {NO_ADDRESS}", headline.headline),
            }),
        }
    }
    let rows = headlines.into_iter().zip(1..).map(|((headline, url), position)| external_headline::ActiveModel {
        id: NotSet,
        placement: Set(headline.placement.into()),
        position: Set(position),
        headline: Set(headline.headline.clone()),
        url: Set(url),
        source_name: Set(headline.source_name.clone()),
        standfirst: Set(headline.standfirst.clone()),
        published_at: Set(headline.published_at),
    });
    let update = OnConflict::columns([H::Placement, H::Url])
        .update_columns([H::Position, H::Headline, H::SourceName, H::Standfirst, H::PublishedAt])
        .to_owned();
    insert(db, rows.collect(), 8, &update).await
}

/// Counts replace those that are there, so that a second import changes nothing.
async fn save_reads<C: ConnectionTrait>(
    db: &C,
    newsroom: &Newsroom,
    articles: &HashMap<String, i64>,
) -> Result<(), DbErr> {
    let mut buckets: HashMap<(i64, DateTimeUtc), i64> = HashMap::new();
    for reads in &newsroom.reads {
        let Some(article) = articles.get(&reads.article) else { continue };
        let Ok(bucket) = reads.at.duration_trunc(BUCKET) else { continue };
        *buckets.entry((*article, bucket)).or_default() += i64::from(reads.count);
    }
    if let Some(earliest) = buckets.keys().map(|(_, bucket)| *bucket).min() {
        read_rollup::Entity::reopen(db, earliest).await?;
    }
    let rows = buckets.into_iter().map(|((article, bucket), reads)| read_bucket::ActiveModel {
        article_id: Set(article),
        bucket_start: Set(bucket),
        reads: Set(reads),
    });
    use read_bucket::Column as R;
    let update = OnConflict::columns([R::ArticleId, R::BucketStart]).update_column(R::Reads).to_owned();
    insert(db, rows.collect(), 3, &update).await
}
