//! The background job that computes related articles: for each article that was saved or changed, and for those it should stand beside.
//!
//! Triggers of the database note every change in `related_due`, also one made by hand. The job takes a few articles at a time, in one
//! transaction: it replaces their terms, looks up candidates by their most telling terms, and updates `article_relation` on both sides. The
//! work for an article is bounded however large the archive is. The notes of what is not public yet wait until it is: before, it changes nothing of
//! what the public sees, not even how telling a word is.

use std::collections::{HashMap, HashSet};

use entity::{
    article, article_profile,
    article_relation::{self, RelationReason},
    article_term, article_topic,
    block::Blocks,
    related_due, story_article, term_count,
    transaction::writing,
    visibility::PubStatus,
};
use relate::{Analysis, CLOSE, Candidate, Profile, Reason, Statistics, Term, Text, rank};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
    TransactionTrait as _,
    entity::prelude::{DateTimeUtc, Json},
    sea_query::{Expr, ExprTrait as _, OnConflict, Query, SimpleExpr},
};
use serde::Deserialize as _;

/// Articles of a transaction: on SQLite other writers wait for it.
const BATCH: u64 = 20;
/// Notes that a batch is chosen from: an article has one for each of its changes.
const NOTES: u64 = 200;
/// Articles whose terms are counted in a transaction.
const COUNTED: u64 = 200;
/// Articles that are looked at of each feature: published before the article, and after it.
const BEFORE: i64 = 150;
const AFTER: i64 = 50;
/// Candidates that are compared.
const CANDIDATES: i64 = 200;
/// Related articles that are kept of each: more than are shown, because some may not be public, or be copies. So many of its stories, and so
/// many others: pages that show its stories want those alone.
const KEPT: usize = 40;
/// Related articles that an article has at most before they are cut to those that are kept: not at each that comes.
const OVERFULL: i64 = 100;
/// Rows of a statement, within the parameters that both databases take.
const ROWS: usize = 4000;

/// Any number that no other lock has: one of several servers computes at a time.
const LOCK: i64 = 0x6e65_7773_7265_6c61;

/// Computes what is due at `now`; answers for how many articles. Another server that computes at the moment is left to it.
pub async fn update(db: &DatabaseConnection, now: DateTimeUtc) -> Result<usize, DbErr> {
    let due = related_due::Entity::find().filter(is_ready(now)).select_only().column(related_due::Column::Id);
    match due.limit(BATCH + 1).into_tuple::<i64>().all(db).await?.len() as u64 {
        0 => return Ok(0),
        some if some > BATCH => count_ahead(db, now).await?,
        _ => {}
    }
    let mut updated = 0;
    while let Some(batch) = update_batch(db, now).await? {
        updated += batch;
    }
    Ok(updated)
}

/// A transaction that no other server's job runs beside; `None` when one does.
pub(super) async fn begin(db: &DatabaseConnection) -> Result<Option<DatabaseTransaction>, DbErr> {
    let transaction = db.begin_with_options(writing()).await?;
    if db.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT pg_try_advisory_xact_lock($1) AS locked";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [LOCK.into()]);
        let row = transaction.query_one_raw(lock).await?;
        if !row.is_some_and(|row| row.try_get("", "locked").unwrap_or(false)) {
            transaction.rollback().await?;
            return Ok(None);
        }
    }
    Ok(Some(transaction))
}

/// Starts anew when another version of the program kept its profiles in another way.
pub async fn renew(db: &DatabaseConnection) -> Result<(), DbErr> {
    let any = article_profile::Entity::find().one(db).await?;
    if any.is_none_or(|row| Profile::decode(&row.profile).is_some()) {
        return Ok(());
    }
    let Some(transaction) = begin(db).await? else { return Ok(()) };
    article_relation::Entity::delete_many().exec(&transaction).await?;
    article_term::Entity::delete_many().exec(&transaction).await?;
    term_count::Entity::delete_many().exec(&transaction).await?;
    article_profile::Entity::delete_many().exec(&transaction).await?;
    transaction.execute_unprepared("INSERT INTO related_due (article_id) SELECT id FROM article ORDER BY id").await?;
    transaction.commit().await
}

/// Counts the terms of all new articles before the first is compared: in an archive that has just been imported, how telling terms are
/// must not depend on which article comes first. Those that were counted before a restart are passed over.
async fn count_ahead(db: &DatabaseConnection, now: DateTimeUtc) -> Result<(), DbErr> {
    use related_due::Column as Due;
    let mut counted = 0;
    loop {
        let due = related_due::Entity::find()
            .filter(Due::Id.gt(counted))
            .filter(waits(now).not().and(is_known().not()))
            .order_by_asc(Due::Id)
            .limit(COUNTED);
        let due = due.all(db).await?;
        let Some(last) = due.last() else { return Ok(()) };
        counted = last.id;
        let ids: HashSet<i64> = due.into_iter().map(|row| row.article_id).collect();
        let Some(transaction) = begin(db).await? else { return Ok(()) };
        let known = profiles(&transaction, ids.iter().copied()).await?;
        let new = articles(&transaction, ids.into_iter().filter(|id| !known.contains_key(id)), now).await?;
        let read = Read::of(&transaction, new, &known).await?;
        write_profiles(&transaction, &read).await?;
        transaction.commit().await?;
    }
}

/// Takes the articles that changed last; answers how many, and `None` when nothing is due or another server computes.
async fn update_batch(db: &DatabaseConnection, now: DateTimeUtc) -> Result<Option<usize>, DbErr> {
    use related_due::Column as Due;
    let Some(transaction) = begin(db).await? else { return Ok(None) };
    let due = related_due::Entity::find().filter(is_ready(now)).order_by_desc(Due::Id).limit(NOTES);
    let due = due.all(&transaction).await?;
    let mut ids = HashSet::new();
    for row in due {
        if ids.len() < BATCH as usize {
            ids.insert(row.article_id);
        }
    }
    if ids.is_empty() {
        transaction.rollback().await?;
        return Ok(None);
    }
    // Before the articles are read: what is noted from now on is another change.
    let noted = related_due::Entity::find().select_only().column(Due::Id);
    let noted = noted.filter(Due::ArticleId.is_in(ids.iter().copied())).filter(waits(now).not());
    let noted = noted.into_tuple::<i64>().all(&transaction).await?;
    let known = profiles(&transaction, ids.iter().copied()).await?;
    forget(&transaction, &ids, &known).await?;
    let read = Read::of(&transaction, articles(&transaction, ids.iter().copied(), now).await?, &known).await?;
    write_terms(&transaction, &read).await?;
    write_profiles(&transaction, &read).await?;
    let mut relations = HashMap::new();
    walk_indexes(&transaction, true).await?;
    for article in &read {
        relate(&transaction, article, &mut relations).await?;
    }
    walk_indexes(&transaction, false).await?;
    write_relations(&transaction, &relations).await?;
    for part in noted.chunks(ROWS) {
        related_due::Entity::delete_many().filter(Due::Id.is_in(part.iter().copied())).exec(&transaction).await?;
    }
    transaction.commit().await?;
    Ok(Some(ids.len()))
}

/// Terms are so unevenly used that PostgreSQL's planner expects few articles of each, and would fetch and sort all those of a common one:
/// only a walk along the index stops where it should.
async fn walk_indexes(db: &DatabaseTransaction, walk: bool) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let others = if walk { "off" } else { "on" };
        db.execute_unprepared(&format!("SET LOCAL enable_bitmapscan = {others}")).await?;
    }
    Ok(())
}

/// An article as it is compared.
#[derive(FromQueryResult)]
struct Row {
    id: i64,
    language: String,
    headline: String,
    standfirst: Option<String>,
    body: Json,
    published_at: DateTimeUtc,
}

/// Whether the article of a note is not public yet, and will be by itself.
fn waits(now: DateTimeUtc) -> SimpleExpr {
    use article::Column as A;
    let of_note = Expr::col((article::Entity, A::Id)).equals((related_due::Entity, related_due::Column::ArticleId));
    let later = A::PublishedAt.gt(now).or(A::EmbargoedUntil.gt(now));
    let waiting = Query::select()
        .expr(Expr::val(1))
        .from(article::Entity)
        .and_where(of_note.and(A::Status.eq(PubStatus::Usable)).and(later))
        .take();
    Expr::exists(waiting)
}

/// Whether a note is to be followed now: also that of an article that is taken back until later, when something was computed of it.
fn is_ready(now: DateTimeUtc) -> SimpleExpr {
    waits(now).not().or(is_known())
}

/// Whether something was computed of the article of a note.
fn is_known() -> SimpleExpr {
    let of_note = Expr::col((article_profile::Entity, article_profile::Column::ArticleId))
        .equals((related_due::Entity, related_due::Column::ArticleId));
    Expr::exists(Query::select().expr(Expr::val(1)).from(article_profile::Entity).and_where(of_note).take())
}

/// Those of the articles that the public may see.
async fn articles(
    db: &DatabaseTransaction,
    ids: impl Iterator<Item = i64>,
    now: DateTimeUtc,
) -> Result<Vec<Row>, DbErr> {
    use article::Column as A;
    article::Entity::published(now)
        .select_only()
        .columns([A::Id, A::Language, A::Headline, A::Standfirst, A::Body, A::PublishedAt])
        .filter(A::Id.is_in(ids))
        .order_by_asc(A::Id)
        .into_model()
        .all(db)
        .await
}

async fn profiles(
    db: &DatabaseTransaction,
    ids: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, article_profile::Model>, DbErr> {
    let found = article_profile::Entity::find().filter(article_profile::Column::ArticleId.is_in(ids)).all(db).await?;
    Ok(found.into_iter().map(|row| (row.article_id, row)).collect())
}

/// An article that has been read.
struct Read {
    id: i64,
    published_second: i64,
    copies: i64,
    profile: Profile,
}

impl Read {
    /// Reads articles, and counts what is new since they were `known`.
    async fn of(
        db: &DatabaseTransaction,
        rows: Vec<Row>,
        known: &HashMap<i64, article_profile::Model>,
    ) -> Result<Vec<Self>, DbErr> {
        let topics = article_topic::Entity::find()
            .filter(article_topic::Column::ArticleId.is_in(rows.iter().map(|row| row.id)))
            .order_by_asc(article_topic::Column::Position)
            .order_by_asc(article_topic::Column::TopicId);
        let mut topics_of: HashMap<i64, Vec<i64>> = HashMap::new();
        for row in topics.all(db).await? {
            topics_of.entry(row.article_id).or_default().push(row.topic_id);
        }
        let analyses: Vec<Analysis> = rows
            .iter()
            .map(|row| {
                // One that was edited by hand may be no list of blocks: that must not keep the others waiting.
                let body = Blocks::deserialize(&row.body).unwrap_or_default();
                let text = Text {
                    language: &row.language,
                    headline: &row.headline,
                    standfirst: row.standfirst.as_deref().unwrap_or_default(),
                    body: &body.text(),
                };
                Analysis::new(text, topics_of.get(&row.id).map_or(&[], Vec::as_slice))
            })
            .collect();
        let mut counts: HashMap<Term, i64> = HashMap::new();
        let mut add = |term, articles| *counts.entry(term).or_default() += articles;
        for (row, analysis) in rows.iter().zip(&analyses) {
            match known.get(&row.id).and_then(|known| Profile::decode(&known.profile)) {
                None => analysis.counted().for_each(|term| add(term, 1)),
                // Newsrooms tag articles after they were saved. The words of an article hardly change, and are not counted again.
                Some(before) => {
                    analysis.topics().for_each(|term| add(term, 1));
                    before.topics().for_each(|term| add(term, -1));
                }
            }
        }
        count(db, counts).await?;
        let statistics = statistics(db, &analyses).await?;
        let read = rows.into_iter().zip(&analyses).map(|(row, analysis)| Self {
            id: row.id,
            published_second: row.published_at.timestamp(),
            copies: row.id,
            profile: Profile::new(analysis, &statistics),
        });
        Ok(read.collect())
    }
}

async fn count(db: &DatabaseTransaction, counts: HashMap<Term, i64>) -> Result<(), DbErr> {
    use term_count::Column as T;
    let counts = counts.into_iter().filter(|(_, articles)| *articles != 0);
    let mut rows =
        counts.map(|(term, articles)| term_count::ActiveModel { term: Set(term.0), articles: Set(articles) });
    loop {
        let part: Vec<_> = rows.by_ref().take(ROWS).collect();
        if part.is_empty() {
            return Ok(());
        }
        let sum = Expr::col((term_count::Entity, T::Articles)).add(Expr::col(("excluded", T::Articles)));
        let add = OnConflict::column(T::Term).value(T::Articles, sum).to_owned();
        term_count::Entity::insert_many(part).on_conflict(add).exec_without_returning(db).await?;
    }
}

async fn statistics(db: &DatabaseTransaction, analyses: &[Analysis]) -> Result<Statistics, DbErr> {
    let terms: HashSet<i64> = analyses.iter().flat_map(Analysis::counted).map(|term| term.0).collect();
    let terms: Vec<i64> = terms.into_iter().collect();
    let mut counts = Vec::with_capacity(terms.len());
    for part in terms.chunks(ROWS) {
        let rows = term_count::Entity::find().filter(term_count::Column::Term.is_in(part.iter().copied())).all(db);
        counts.extend(rows.await?.into_iter().map(|row| (Term(row.term), Ord::max(row.articles, 0).unsigned_abs())));
    }
    Ok(Statistics::new(counts))
}

/// Takes away what was computed of articles, whatever has become of them.
async fn forget(
    db: &DatabaseTransaction,
    ids: &HashSet<i64>,
    known: &HashMap<i64, article_profile::Model>,
) -> Result<(), DbErr> {
    use article_profile::Column as P;
    use article_relation::Column as R;
    use article_term::Column as T;
    if known.is_empty() {
        return Ok(());
    }
    for row in known.values() {
        let terms = Profile::decode(&row.profile);
        let terms = terms.iter().flat_map(Profile::features).map(|(term, _)| term.0);
        article_term::Entity::delete_many()
            .filter(T::Term.is_in(terms))
            .filter(T::PublishedSecond.eq(row.published_second))
            .filter(T::ArticleId.eq(row.article_id))
            .exec(db)
            .await?;
        // Its copies go on under the name of the first of them.
        let others = || Condition::all().add(P::Copies.eq(row.article_id)).add(P::ArticleId.ne(row.article_id));
        let first = article_profile::Entity::find().filter(others()).order_by_asc(P::ArticleId).one(db).await?;
        if let Some(first) = first {
            let rename = article_profile::Entity::update_many().col_expr(P::Copies, Expr::value(first.article_id));
            rename.filter(others()).exec(db).await?;
        }
    }
    let ids = || ids.iter().copied();
    article_profile::Entity::delete_many().filter(P::ArticleId.is_in(ids())).exec(db).await?;
    article_relation::Entity::delete_many().filter(R::ArticleId.is_in(ids())).exec(db).await?;
    article_relation::Entity::delete_many().filter(R::RelatedId.is_in(ids())).exec(db).await?;
    Ok(())
}

async fn write_terms(db: &DatabaseTransaction, read: &[Read]) -> Result<(), DbErr> {
    let mut rows = read.iter().flat_map(|article| {
        article.profile.features().map(|(term, weight)| article_term::ActiveModel {
            term: Set(term.0),
            published_second: Set(article.published_second),
            article_id: Set(article.id),
            weight: Set(weight),
        })
    });
    loop {
        let part: Vec<_> = rows.by_ref().take(ROWS).collect();
        if part.is_empty() {
            return Ok(());
        }
        article_term::Entity::insert_many(part)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(db)
            .await?;
    }
}

async fn write_profiles(db: &DatabaseTransaction, read: &[Read]) -> Result<(), DbErr> {
    if read.is_empty() {
        return Ok(());
    }
    let rows = read.iter().map(|article| article_profile::ActiveModel {
        article_id: Set(article.id),
        published_second: Set(article.published_second),
        copies: Set(article.copies),
        profile: Set(article.profile.encode()),
    });
    article_profile::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Relations by article and related article.
type Relations = HashMap<(i64, i64), (f32, RelationReason)>;

/// Finds what is related to an article, on both sides.
async fn relate(db: &DatabaseTransaction, article: &Read, relations: &mut Relations) -> Result<(), DbErr> {
    let found = profiles(db, candidates(db, article).await?.into_iter()).await?;
    let days = |other: i64| (other - article.published_second).unsigned_abs() as f32 / 86_400.0;
    let candidates = found.values().filter_map(|row| {
        let profile = Profile::decode(&row.profile)?;
        Some(Candidate { key: row.article_id, profile, days: days(row.published_second) })
    });
    let mut candidates: Vec<Candidate<i64>> = candidates.collect();
    candidates.sort_by_key(|candidate| candidate.key);
    let copies = candidates.iter().filter(|candidate| candidate.profile.is_copy(&article.profile));
    let copies: Vec<i64> = copies.map(|candidate| found[&candidate.key].copies).collect();
    if let Some(first) = copies.iter().min() {
        use article_profile::Column as P;
        // It may be what shows that others are copies of each other, too.
        let all = P::ArticleId.eq(article.id).or(P::Copies.is_in(copies.iter().copied()));
        let name = article_profile::Entity::update_many().col_expr(P::Copies, Expr::value(*first));
        name.filter(all).exec(db).await?;
    }
    let ranked = rank(&article.profile, &candidates);
    let told = told_together(db, article.id, found.keys().copied()).await?;
    let mut places = [0; 2];
    for ranked in ranked.into_iter().take_while(|ranked| ranked.score >= CLOSE) {
        let next = &mut places[usize::from(told.contains(&ranked.key))];
        let place = *next;
        *next += 1;
        let reason = match ranked.reason {
            Reason::Topics => RelationReason::Topics,
            Reason::Text => RelationReason::Text,
        };
        let mut add = |one, other| {
            let relation = relations.entry((one, other)).or_insert((ranked.score, reason));
            if relation.0 < ranked.score {
                *relation = (ranked.score, reason);
            }
        };
        if place < KEPT {
            add(article.id, ranked.key);
        }
        // The other may be one that little else is related to.
        if place < 2 * KEPT {
            add(ranked.key, article.id);
        }
    }
    Ok(())
}

/// Of `others`, the articles of the stories that an article belongs to.
async fn told_together(
    db: &DatabaseTransaction,
    article: i64,
    others: impl Iterator<Item = i64>,
) -> Result<HashSet<i64>, DbErr> {
    use story_article::Column as S;
    let stories = story_article::Entity::find().select_only().column(S::StoryId).filter(S::ArticleId.eq(article));
    let stories: Vec<i64> = stories.into_tuple().all(db).await?;
    if stories.is_empty() {
        return Ok(HashSet::new());
    }
    let told = story_article::Entity::find().select_only().column(S::ArticleId);
    let told = told.filter(S::ArticleId.is_in(others)).filter(S::StoryId.is_in(stories)).into_tuple::<i64>();
    Ok(told.all(db).await?.into_iter().collect())
}

async fn candidates(db: &DatabaseTransaction, article: &Read) -> Result<Vec<i64>, DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => include_str!("candidates.postgres.sql"),
        _ => include_str!("candidates.sqlite.sql"),
    };
    let asked: Vec<_> =
        article.profile.query().map(|(term, weight)| serde_json::json!({ "term": term.0, "weight": weight })).collect();
    let values = [
        serde_json::Value::from(asked).to_string().into(),
        article.published_second.into(),
        BEFORE.into(),
        AFTER.into(),
        article.id.into(),
        CANDIDATES.into(),
    ];
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    rows.iter().map(|row| row.try_get("", "article_id")).collect()
}

async fn write_relations(db: &DatabaseTransaction, relations: &Relations) -> Result<(), DbErr> {
    use article_relation::Column as R;
    let mut rows = relations.iter().map(|((article, related), (score, reason))| article_relation::ActiveModel {
        article_id: Set(*article),
        related_id: Set(*related),
        // Rounded, so that both databases answer the same text.
        score: Set((f64::from(*score) * 1000.0).round() / 1000.0),
        reason: Set(*reason),
    });
    loop {
        let part: Vec<_> = rows.by_ref().take(ROWS).collect();
        if part.is_empty() {
            break;
        }
        let replace =
            OnConflict::columns([R::ArticleId, R::RelatedId]).update_columns([R::Score, R::Reason]).to_owned();
        article_relation::Entity::insert_many(part).on_conflict(replace).exec_without_returning(db).await?;
    }
    let touched: HashSet<i64> = relations.keys().map(|(article, _)| *article).collect();
    let touched: Vec<i64> = touched.into_iter().collect();
    for part in touched.chunks(ROWS) {
        let overfull = article_relation::Entity::find()
            .select_only()
            .column(R::ArticleId)
            .filter(R::ArticleId.is_in(part.iter().copied()))
            .group_by(R::ArticleId)
            .having(R::RelatedId.count().gt(OVERFULL));
        for article in overfull.into_tuple::<i64>().all(db).await? {
            cut(db, article).await?;
        }
    }
    Ok(())
}

/// Leaves an article the closest of its relations. The keys are named one by one: a delete that joins would read the whole table.
async fn cut(db: &DatabaseTransaction, article: i64) -> Result<(), DbErr> {
    use article_relation::Column as R;
    let related = article_relation::Entity::find()
        .select_only()
        .column(R::RelatedId)
        .filter(R::ArticleId.eq(article))
        .order_by_desc(R::Score)
        .order_by_desc(R::RelatedId);
    let related = related.into_tuple::<i64>().all(db).await?;
    let told = told_together(db, article, related.iter().copied()).await?;
    let (told, others): (Vec<i64>, Vec<i64>) = related.into_iter().partition(|other| told.contains(other));
    let surplus = told.into_iter().skip(KEPT).chain(others.into_iter().skip(KEPT));
    let surplus = R::ArticleId.eq(article).and(R::RelatedId.is_in(surplus));
    article_relation::Entity::delete_many().filter(surplus).exec(db).await?;
    Ok(())
}
