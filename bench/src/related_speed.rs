//! How long it takes to relate one more article to an archive.
//!
//! The archive is made up: a vocabulary and topics that are as unevenly used as real ones (Zipf), bodies of 150 words, a new article every
//! minute. Each of the last articles is added alone, as in the running server, and what that takes is printed. An archive can be read without
//! being related to itself: the tables that an added article is looked up in are the same, and a million articles take minutes and not hours.

use std::{
    error::Error,
    fmt::Write as _,
    io::Write as _,
    time::{Duration, Instant},
};

use api::config::DatabaseUrl;
use clap::Args;
use entity::{
    article, article_profile, article_term, article_topic,
    block::{Block, Blocks},
    section, term_count, topic,
    visibility::PubStatus,
};
use relate::{Analysis, Profile, Statistics, Text};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbErr,
    EntityTrait as _, IntoActiveModel as _, QuerySelect as _, TransactionTrait as _,
};

#[derive(Args, Debug)]
pub(crate) struct RelatedSpeed {
    /// An empty database: `postgres://…` or `sqlite://FILE`; or one that holds such an archive already.
    #[arg(long, value_name = "URL")]
    database_url: String,

    /// Articles of the archive.
    #[arg(long, default_value_t = 100_000)]
    articles: u64,

    /// Articles that are added one by one.
    #[arg(long, default_value_t = 200)]
    added: u64,

    /// Reads the archive without relating its articles to each other.
    #[arg(long)]
    unrelated: bool,
}

const WORDS: u64 = 60_000;
const TOPICS: u64 = 1_200;
/// Articles that are written at once.
const BATCH: u64 = 500;
/// Rows of a statement, within the parameters that both databases take.
const ROWS: usize = 4_000;

impl RelatedSpeed {
    pub(crate) fn run(&self) -> Result<(), Box<dyn Error>> {
        tokio::runtime::Runtime::new()?.block_on(self.measure())
    }

    async fn measure(&self) -> Result<(), Box<dyn Error>> {
        let url = match self.database_url.strip_prefix("sqlite://") {
            Some(file) => DatabaseUrl::Sqlite(file.into()),
            None => DatabaseUrl::Postgres(self.database_url.parse()?),
        };
        let db = api::database::connect(&url, 4).await?;
        api::database::migrate(&db).await?;
        let mut made_up = MadeUp { state: 1, start: api::now() - chrono::TimeDelta::minutes(2_000_000) };
        let mut text = String::new();
        let present: Option<i64> = article::Entity::find()
            .select_only()
            .column_as(article::Column::Id.max(), "id")
            .into_tuple()
            .one(&db)
            .await?
            .flatten();
        let mut id = present.map_or(0, i64::unsigned_abs);
        if id > 0 {
            made_up.state = made_up.state.wrapping_add(id);
            writeln!(text, "{id} articles that were there")?;
        } else if self.unrelated {
            made_up.write_terms(&db).await?;
            self.read(&db, &mut made_up).await?;
            id = self.articles;
            writeln!(text, "{id} articles, not related to each other")?;
        } else {
            made_up.write_terms(&db).await?;
            while id < self.articles {
                let count = (self.articles - id).min(BATCH);
                made_up.write(&db, id, count).await?;
                id += count;
            }
            let start = Instant::now();
            api::related::update(&db, api::now()).await?;
            let whole = start.elapsed();
            let each = whole.as_secs_f64() * 1000.0 / self.articles.max(1) as f64;
            writeln!(text, "{id} articles: {whole:.1?}, {each:.2} ms each")?;
        }
        let mut times = Vec::new();
        for _ in 0..self.added {
            made_up.write(&db, id, 1).await?;
            id += 1;
            let start = Instant::now();
            api::related::update(&db, api::now()).await?;
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let quantile =
            |part: f64| times.get(((times.len() as f64 - 1.0) * part) as usize).copied().unwrap_or(Duration::ZERO);
        writeln!(
            text,
            "one more: median {:.1?}, p99 {:.1?}, most {:.1?}",
            quantile(0.5),
            quantile(0.99),
            quantile(1.0)
        )?;
        let start = Instant::now();
        api::related::suggest(&db, made_up.time(id)).await?;
        writeln!(text, "story suggestions: {:.1?}", start.elapsed())?;
        Ok(std::io::stdout().write_all(text.as_bytes())?)
    }

    /// Writes what the job keeps of each article, with its terms as telling as they are in the whole archive.
    async fn read(&self, db: &DatabaseConnection, made_up: &mut MadeUp) -> Result<(), DbErr> {
        let mut statistics = Statistics::default();
        let mut counts = fnv::FnvHashMap::default();
        let mut again = made_up.clone();
        for id in 0..self.articles {
            let analysis = made_up.article(id).analysis();
            analysis.counted().for_each(|term| *counts.entry(term.0).or_insert(0) += 1);
            statistics.add(&analysis);
        }
        let counts = counts.into_iter().map(|(term, articles)| term_count::Model { term, articles });
        insert_all::<term_count::Entity>(db, counts.map(|row| row.into_active_model().reset_all())).await?;
        let mut id = 0;
        while id < self.articles {
            let made: Vec<Made> = (id..(id + BATCH).min(self.articles)).map(|id| again.article(id)).collect();
            id += made.len() as u64;
            let profiles: Vec<_> = made
                .iter()
                .map(|made| {
                    (made.row.id, made.row.published_at.timestamp(), Profile::new(&made.analysis(), &statistics))
                })
                .collect();
            let terms = profiles.iter().flat_map(|(article_id, published_second, profile)| {
                profile.features().map(|(term, weight)| article_term::Model {
                    term: term.0,
                    published_second: *published_second,
                    article_id: *article_id,
                    weight,
                })
            });
            let rows = profiles.iter().map(|(article_id, published_second, profile)| article_profile::Model {
                article_id: *article_id,
                published_second: *published_second,
                copies: *article_id,
                profile: profile.encode(),
            });
            let transaction = db.begin().await?;
            if db.get_database_backend() == sea_orm::DbBackend::Postgres {
                transaction.execute_unprepared("SET LOCAL newsgraph.index_texts_later = on").await?;
            }
            insert_all::<article_term::Entity>(&transaction, terms.map(|row| row.into_active_model().reset_all()))
                .await?;
            insert_all::<article_profile::Entity>(&transaction, rows.map(|row| row.into_active_model().reset_all()))
                .await?;
            write(&transaction, made).await?;
            transaction.execute_unprepared("DELETE FROM related_due").await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}

async fn insert_all<E: sea_orm::EntityTrait>(
    db: &impl sea_orm::ConnectionTrait,
    mut rows: impl Iterator<Item = E::ActiveModel>,
) -> Result<(), DbErr> {
    loop {
        let part: Vec<_> = rows.by_ref().take(ROWS).collect();
        if part.is_empty() {
            return Ok(());
        }
        E::insert_many(part).exec_without_returning(db).await?;
    }
}

async fn write(db: &impl sea_orm::ConnectionTrait, made: Vec<Made>) -> Result<(), DbErr> {
    let mut rows = Vec::new();
    let mut links = Vec::new();
    for Made { row, topics } in made {
        links.extend(topics.into_iter().zip(1..).map(|(topic_id, position)| article_topic::ActiveModel {
            article_id: Set(row.id),
            topic_id: Set(topic_id),
            position: Set(position),
            published_at: Set(row.published_at),
        }));
        rows.push(row.into_active_model().reset_all());
    }
    article::Entity::insert_many(rows).exec_without_returning(db).await?;
    article_topic::Entity::insert_many(links).exec_without_returning(db).await?;
    Ok(())
}

/// An article with its topics.
struct Made {
    row: article::Model,
    topics: Vec<i64>,
}

impl Made {
    fn analysis(&self) -> Analysis {
        let text = Text {
            language: &self.row.language,
            headline: &self.row.headline,
            standfirst: self.row.standfirst.as_deref().unwrap_or_default(),
            body: &self.row.body.text(),
        };
        Analysis::new(text, &self.topics)
    }
}

/// Articles that are made up, the same in every run.
#[derive(Clone)]
struct MadeUp {
    state: u64,
    start: chrono::DateTime<chrono::Utc>,
}

impl MadeUp {
    /// A number of the sequence of SplitMix64, as a part of 1.
    fn random(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A rank below `count`: the lower, the more often.
    fn rank(&mut self, count: u64) -> u64 {
        ((count as f64).powf(self.random()) - 1.0) as u64
    }

    /// A word that no stemmer shortens.
    fn word(&mut self) -> String {
        let mut rank = self.rank(WORDS);
        let mut word = String::from("k");
        for _ in 0..4 {
            word.push(char::from(b"bdfgklmnprtvz"[(rank % 13) as usize]));
            word.push(char::from(b"aou"[(rank / 13 % 3) as usize]));
            rank /= 39;
        }
        word
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<String> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn time(&self, id: u64) -> chrono::DateTime<chrono::Utc> {
        self.start + chrono::TimeDelta::minutes(id.cast_signed())
    }

    async fn write_terms(&self, db: &DatabaseConnection) -> Result<(), DbErr> {
        let section = section::ActiveModel {
            id: Set(1),
            slug: Set("news".to_owned()),
            name: Set("News".to_owned()),
            position: Set(1),
            ..Default::default()
        };
        section::Entity::insert(section).exec_without_returning(db).await?;
        let topics = (1..=TOPICS.cast_signed()).map(|id| topic::ActiveModel {
            id: Set(id),
            slug: Set(format!("topic-{id}")),
            name: Set(format!("Topic {id}")),
            name_key: Set(None),
            name_claim: Set(None),
            qcode: Set(None),
            broader_id: Set(None),
        });
        topic::Entity::insert_many(topics).exec_without_returning(db).await?;
        Ok(())
    }

    fn article(&mut self, id: u64) -> Made {
        let time = self.time(id);
        let text = self.words(150);
        let row = article::Model {
            id: id.cast_signed() + 1,
            uri: format!("urn:bench:{id}"),
            slug: format!("article-{id}"),
            url: None,
            version: 1,
            status: PubStatus::Usable,
            digital_source_type: None,
            genre: article::Genre::Current,
            language: "en".to_owned(),
            headline: self.words(8),
            slugline: None,
            standfirst: Some(self.words(18)),
            byline: None,
            dateline: None,
            place_id: None,
            published_at: time,
            updated_at: time,
            modified_at: None,
            embargoed_until: None,
            expires_at: None,
            urgency: None,
            section_id: 1,
            lead_image_id: None,
            source_id: None,
            usage_terms: None,
            copyright_notice: None,
            word_count: 150,
            translation_key: None,
            exclude_from_rankings: false,
            body: Blocks(vec![Block::Paragraph { html: text.clone(), text }]),
            digest: None,
            owner: String::new(),
        };
        let mut topics: Vec<i64> = (0..4).map(|_| (self.rank(TOPICS) + 1).cast_signed()).collect();
        topics.sort_unstable();
        topics.dedup();
        Made { row, topics }
    }

    async fn write(&mut self, db: &DatabaseConnection, first: u64, count: u64) -> Result<(), DbErr> {
        write(db, (first..first + count).map(|id| self.article(id)).collect()).await
    }
}
