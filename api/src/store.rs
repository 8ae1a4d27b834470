//! What resolvers reach the data through: the loaders of one request, and the settings that answers depend on.
//!
//! Loads are batched **by level**: the batches that fields ask for start when every field that can run has run, and the fields
//! go on when all of these batches are back. So the number of statements of a request depends on the shape of its document
//! alone, not on timing, and equal keys of one level always meet in one statement.

use std::{
    collections::{HashMap, HashSet},
    future::{Future, Ready, poll_fn, ready},
    hash::Hash,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use async_graphql::{
    Context,
    dataloader::{DataLoader, HashMapCache, Loader},
    runtime::Timer,
};
use entity::{article, section, term_status::TermKind, visibility::Sight};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, Either},
    stream::FuturesUnordered,
    task::{FutureObj, Spawn, SpawnError},
};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
    entity::prelude::DateTimeUtc,
    sea_query::{CommonTableExpression, Expr, ExprTrait as _, Query, SelectStatement, UnionType},
};
use tokio::sync::OnceCell;

use crate::{
    access::Viewer,
    cache::{self, Kept, Kind, Recorder, Rows, Tag},
    error::{Error, Result},
    link::{ByKey, Children, Family, Keyed, Of},
    ranking,
    scalar::Url,
};

/// The settings that answers depend on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where clients reach this server, without a slash at the end: the base of the addresses of media it serves.
    pub public_url: String,
    /// The public page of an article that names none: `{slug}` stands for its slug.
    pub article_url: String,
    /// The public pages of what else has one.
    pub pages: PageUrls,
    /// How rankings are computed and shown.
    pub rankings: ranking::Settings,
    /// What is kept in memory.
    pub cache: cache::Settings,
    /// How many of the articles that a search finds are counted.
    pub search_counted: u64,
}

impl Settings {
    /// As many as are counted usually.
    pub const SEARCH_COUNTED: u64 = 50_000;

    /// Those of a server with these addresses, the rest as usual.
    pub fn new(public_url: String, article_url: String) -> Self {
        let (rankings, cache) = Default::default();
        let pages = PageUrls::under(&public_url);
        Self { public_url, article_url, pages, rankings, cache, search_counted: Self::SEARCH_COUNTED }
    }
}

/// The addresses of the public pages of what has one, beside articles.
#[derive(Clone, Debug)]
pub struct PageUrls {
    /// Of sections.
    pub section: PageUrl,
    /// Of topics.
    pub topic: PageUrl,
    /// Of stories.
    pub story: PageUrl,
    /// Of galleries.
    pub gallery: PageUrl,
    /// Of contributors.
    pub contributor: PageUrl,
}

impl PageUrls {
    /// Those below an address without a slash at the end.
    pub fn under(url: &str) -> Self {
        let below = |folder: &str| PageUrl(format!("{url}/{folder}/{{slug}}"));
        Self {
            section: below("sections"),
            topic: below("topics"),
            story: below("stories"),
            gallery: below("galleries"),
            contributor: below("contributors"),
        }
    }
}

/// The address of a page: `{slug}` stands for the slug of what it shows.
#[derive(Clone, Debug)]
pub struct PageUrl(pub String);

impl PageUrl {
    pub(crate) fn of(&self, slug: &str) -> Url {
        Url(self.0.replace("{slug}", slug))
    }
}

/// The data of one request, as it is at one moment.
pub(crate) struct Store {
    db: DatabaseConnection,
    pub(crate) now: DateTimeUtc,
    pub(crate) settings: Arc<Settings>,
    pub(crate) viewer: Viewer,
    recorder: Recorder,
    /// What is kept of requests before; none when the viewer sees more than the public, or changes are not followed.
    kept: Option<Rows>,
    sections: OnceCell<Arc<Sections>>,
    languages: OnceCell<Arc<Vec<UsedLanguage>>>,
}

/// A language that articles are written in.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct UsedLanguage {
    /// As articles name it.
    pub(crate) tag: String,
    /// PostgreSQL's text search configuration for it.
    pub(crate) config: String,
}

/// Every section: there are few, and nearly every answer names some.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    /// In the order of menus, also those that the viewer may not know of.
    pub(crate) all: Vec<Arc<section::Model>>,
    /// Those that only items have which the viewer may not see.
    secret: HashSet<i64>,
    /// Whether there are some of which items decide, at each moment, whether the public may know of them.
    are_doubtful: bool,
}

/// All sections, as they are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct AllSections;

impl Lookup for AllSections {
    type Value = Arc<Sections>;

    fn tags(&self, found: Option<&Arc<Sections>>) -> Vec<Tag> {
        let items = found.filter(|found| found.are_doubtful).map(|_| [Kind::Articles, Kind::Galleries]);
        let kinds = [Kind::Sections, Kind::Terms].into_iter().chain(items.into_iter().flatten());
        kinds.map(Tag::all).collect()
    }

    fn weight(&self, found: &Arc<Sections>) -> usize {
        let section = |section: &Arc<section::Model>| 120 + section.slug.len() + section.name.len();
        found.all.iter().map(section).sum::<usize>() + 16 * found.secret.len()
    }

    async fn find(store: &Store, db: &DatabaseConnection, _: &[Self]) -> Result<HashMap<Self, Arc<Sections>>> {
        let id = || Expr::col((section::Entity, section::Column::Id));
        let rows = section::Entity::find()
            .expr_as(TermKind::Section.is_seen_by(id(), store.sight()), "is_seen")
            .expr_as(TermKind::Section.is_doubtful(id()), "is_doubtful")
            .order_by_asc(section::Column::Position)
            .order_by_asc(section::Column::Id)
            .into_query();
        let mut sections = Sections::default();
        for row in db.query_all(&rows).await? {
            let section = section::Model::from_query_result(&row, "")?;
            sections.are_doubtful |= row.try_get::<bool>("", "is_doubtful")?;
            if !row.try_get::<bool>("", "is_seen")? {
                sections.secret.insert(section.id);
            }
            sections.all.push(Arc::new(section));
        }
        // Whoever knows of a section knows of those above it.
        let known: Vec<_> =
            sections.all.iter().filter(|section| !sections.secret.contains(&section.id)).cloned().collect();
        for section in known {
            let mut above = section.parent_id;
            while let Some(id) = above.filter(|id| sections.secret.remove(id)) {
                above = sections.all.iter().find(|section| section.id == id).and_then(|section| section.parent_id);
            }
        }
        Ok(HashMap::from([(Self, Arc::new(sections))]))
    }
}

impl Sections {
    pub(crate) fn by_id(&self, id: i64) -> Option<&Arc<section::Model>> {
        self.all.iter().find(|section| section.id == id)
    }

    /// The section with a slug, when the viewer may know of it.
    pub(crate) fn by_slug(&self, slug: &str) -> Option<&Arc<section::Model>> {
        self.known().find(|section| section.slug == slug)
    }

    /// Those that the viewer may know of.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Arc<section::Model>> {
        self.all.iter().filter(|section| !self.secret.contains(&section.id))
    }
}

/// Something that is found by a key: together with all others of its kind that a level asks for, or because it was kept since.
pub(crate) trait Lookup: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is found.
    type Value: Clone + Send + Sync + 'static;

    /// What changes when something else is found; before anything is, what changes when it is.
    fn tags(&self, found: Option<&Self::Value>) -> Vec<Tag>;

    /// What else changes what was found, though answers that are made of it may not show it; they name it where they do.
    fn also_made_of(&self, _: &Self::Value) -> Vec<Tag> {
        Vec::new()
    }

    /// From when on it is untrue by itself.
    fn until(&self, _: &Self::Value) -> Option<DateTimeUtc> {
        None
    }

    /// About the bytes of memory that what was found takes.
    fn weight(&self, found: &Self::Value) -> usize;

    /// Finds what there is for `keys`.
    fn find(
        store: &Store,
        db: &DatabaseConnection,
        keys: &[Self],
    ) -> impl Future<Output = Result<HashMap<Self, Self::Value>>> + Send;
}

impl<K: Lookup> Loader<K> for Store {
    type Value = K::Value;
    type Error = Error;

    async fn load(&self, keys: &[K]) -> Result<HashMap<K, K::Value>> {
        let db = self.reading(keys.iter().flat_map(|key| key.tags(None)));
        let found = K::find(self, db, keys).await?;
        keys.iter().for_each(|key| self.found(key, found.get(key)));
        Ok(found)
    }
}

impl Store {
    /// What the viewer may see in lists.
    pub(crate) fn sight(&self) -> Sight {
        if self.viewer.reads_drafts() { Sight::Drafts } else { Sight::Public(self.now) }
    }

    /// What the viewer may see of an item that is asked for by a key: editors find also what was killed.
    pub(crate) fn sight_by_key(&self) -> Sight {
        if self.viewer.reads_drafts() { Sight::All } else { Sight::Public(self.now) }
    }

    /// The database, for a read of what `tags` name. There is no other way to it: what an answer is made of cannot be left unsaid.
    pub(crate) fn reading(&self, tags: impl IntoIterator<Item = Tag>) -> &DatabaseConnection {
        let named = self.recorder.note(tags);
        debug_assert!(named, "a read must name what it reads");
        &self.db
    }

    /// Records what else the answer is made of, once it is known.
    pub(crate) fn note(&self, tags: impl IntoIterator<Item = Tag>) {
        self.recorder.note(tags);
    }

    /// Records that the answer is true only before `time`.
    pub(crate) fn expire(&self, time: DateTimeUtc) {
        self.recorder.expire(time);
    }

    /// The kind of database.
    pub(crate) fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    /// What was found for `key` and is kept, if it is still true.
    fn kept<K: Lookup>(&self, key: &K) -> Option<Option<K::Value>> {
        let kept = self.kept.as_ref()?.get::<K, K::Value>(key)?;
        self.recorder.note(kept.tags.iter().copied());
        if let Some(until) = kept.until {
            self.recorder.expire(until);
        }
        Some(kept.value.clone())
    }

    /// Records what the answer is made of, now that something was found or not; and keeps it for other requests.
    fn found<K: Lookup>(&self, key: &K, found: Option<&K::Value>) {
        let tags = key.tags(found);
        self.recorder.note(tags.iter().copied());
        let until = found.and_then(|found| key.until(found));
        if let Some(until) = until {
            self.recorder.expire(until);
        }
        if let Some(kept) = &self.kept {
            let also = found.map(|found| key.also_made_of(found)).unwrap_or_default();
            let weight = found.map_or(0, |found| key.weight(found));
            kept.keep(key, Kept { value: found.cloned(), tags: tags.into(), until }, &also, weight);
        }
    }

    /// Every section in the order of menus, read once a request.
    pub(crate) async fn sections(&self) -> Result<Arc<Sections>> {
        if let Some(sections) = self.sections.get() {
            return Ok(Arc::clone(sections));
        }
        let read = || async {
            if let Some(kept) = self.kept(&AllSections) {
                return Ok(kept.unwrap_or_default());
            }
            let mut found = Loader::load(self, &[AllSections]).await?;
            Ok::<_, Error>(found.remove(&AllSections).unwrap_or_default())
        };
        Box::pin(self.sections.get_or_try_init(read)).await.cloned()
    }

    /// The languages that articles are written in which the viewer may see, read once a request. A new one comes with an article, and then
    /// the list that was asked for has changed, too.
    pub(crate) async fn languages(&self) -> Result<Arc<Vec<UsedLanguage>>> {
        let read = || async {
            let backend = self.backend();
            let config = if backend == DbBackend::Postgres { "search_config(tag)::text" } else { "''" };
            let rows = self.db.query_all(&used_languages(self.sight(), config)).await?;
            let rows: Vec<UsedLanguage> =
                rows.iter().map(|row| UsedLanguage::from_query_result(row, "")).collect::<Result<_, _>>()?;
            Ok::<_, Error>(Arc::new(rows))
        };
        Box::pin(self.languages.get_or_try_init(read)).await.cloned()
    }
}

/// The languages of the articles that `sight` reaches, each with its text search configuration. Each step of the recursion is a jump in the index
/// to the next language; a language that only hidden articles have must change nothing.
fn used_languages(sight: Sight, config: &'static str) -> SelectStatement {
    let language = || Expr::col((article::Entity, article::Column::Language));
    let tag = || Expr::col(("used", "tag"));
    let mut tags = Query::select().expr_as(language().min(), "tag").from(article::Entity).take();
    let next = Query::select().expr(language().min()).from(article::Entity).and_where(language().gt(tag())).take();
    let next = Expr::SubQuery(None, Box::new(next.into()));
    tags.union(UnionType::All, Query::select().expr(next).from("used").and_where(tag().is_not_null()).take());
    let tags = CommonTableExpression::new().query(tags).columns(["tag"]).table_name("used").to_owned();
    let seen = article::Entity::seen_by(sight).select_only().expr(Expr::val(1)).filter(language().eq(tag()));
    Query::select()
        .column("tag")
        .expr_as(Expr::cust(config), "config")
        .from("used")
        .and_where(Expr::exists(seen.into_query()))
        .with_cte(Query::with().recursive(true).cte(tags).to_owned())
        .take()
}

/// The loaders of one request, and the batches they have asked for.
pub struct Request {
    loader: DataLoader<Store, HashMapCache>,
    batches: Batches,
}

impl Request {
    /// The loaders of a request that sees the public's view of `db` at `now`.
    pub fn new(db: DatabaseConnection, settings: Arc<Settings>, now: DateTimeUtc) -> Self {
        Self::of(db, settings, now, Viewer::public(), Recorder::default(), None)
    }

    /// The loaders of a request that sees `db` at `now` as `viewer` may; `recorder` writes down what the answer is made of,
    /// `kept` is what is kept of requests before.
    pub(crate) fn of(
        db: DatabaseConnection,
        settings: Arc<Settings>,
        now: DateTimeUtc,
        viewer: Viewer,
        recorder: Recorder,
        kept: Option<Rows>,
    ) -> Self {
        let batches = Batches::default();
        let kept = kept.filter(|_| !viewer.reads_drafts());
        let (sections, languages) = Default::default();
        let store = Store { db, now, settings, viewer, recorder, kept, sections, languages };
        Self { loader: DataLoader::with_cache(store, batches.clone(), NoDelay, HashMapCache::default()), batches }
    }

    /// Executes `request` on `schema` with these loaders.
    pub async fn execute(
        self,
        schema: &crate::schema::Schema,
        request: async_graphql::Request,
    ) -> async_graphql::Response {
        let batches = self.batches.clone();
        let mut response = batches.run(schema.execute(request.data(self))).await;
        // Fields fail in the order in which they are answered: sorted, the same request gets the same bytes.
        response.errors.sort_by_cached_key(|error| {
            let place = error.locations.first().map(|place| (place.line, place.column));
            let path: Vec<String> = error.path.iter().map(|part| format!("{part:?}")).collect();
            (place, path)
        });
        response
    }
}

/// Batches that wait for the level to be complete.
#[derive(Clone, Default)]
struct Batches(Arc<Mutex<Vec<FutureObj<'static, ()>>>>);

impl Spawn for Batches {
    fn spawn_obj(&self, batch: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
        Ok(())
    }
}

impl Batches {
    /// Runs `execution`, and in turn with it the batches it asks for, a level at a time.
    async fn run<T>(&self, execution: impl Future<Output = T>) -> T {
        let mut execution = pin!(execution);
        let mut level = FuturesUnordered::new();
        poll_fn(|context| {
            loop {
                if let Poll::Ready(answer) = execution.as_mut().poll(context) {
                    return Poll::Ready(answer);
                }
                if level.is_empty() {
                    level.extend(std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)));
                    if level.is_empty() {
                        return Poll::Pending;
                    }
                }
                while let Poll::Ready(Some(())) = level.poll_next_unpin(context) {}
                if !level.is_empty() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

/// A level starts when it is complete, so the loader itself need not wait.
struct NoDelay;

impl Timer for NoDelay {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        std::future::ready(()).boxed()
    }
}

/// What a key finds, now or as soon as it is loaded. What is rare has a place of its own: the engine moves the future of each field, and each is
/// as large as that of the largest field of its object.
pub(crate) type LookedUp<'c, V> = Either<Ready<Result<Option<V>>>, BoxFuture<'c, Result<Option<V>>>>;

/// How resolvers reach the request's data by name.
pub(crate) trait ContextExt {
    /// The request's data.
    fn store(&self) -> &Store;

    /// The value of `key`, loaded with all others that the level asks for.
    fn load<K>(&self, key: K) -> BoxFuture<'_, Result<Option<<Store as Loader<K>>::Value>>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Store: Loader<K, Error = Error>;

    /// What `key` finds: what was found before and is kept, else as [`Self::load`] does.
    fn look_up<K: Lookup>(&self, key: K) -> LookedUp<'_, K::Value>;

    /// The children `C` of `owner`, loaded with those of all other owners and tables that the level asks for.
    fn children<C: Children>(&self, owner: i64) -> impl Future<Output = Result<Family<C>>> + Send;

    /// The row that has a key.
    fn row<R: Keyed>(&self, key: i64) -> impl Future<Output = Result<Option<Arc<R>>>> + Send;
}

impl ContextExt for Context<'_> {
    fn store(&self) -> &Store {
        self.data_unchecked::<Request>().loader.loader()
    }

    fn load<K>(&self, key: K) -> BoxFuture<'_, Result<Option<<Store as Loader<K>>::Value>>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Store: Loader<K, Error = Error>,
    {
        self.data_unchecked::<Request>().loader.load_one(key).boxed()
    }

    fn look_up<K: Lookup>(&self, key: K) -> LookedUp<'_, K::Value> {
        match self.store().kept(&key) {
            Some(found) => Either::Left(ready(Ok(found))),
            None => Either::Right(self.load(key)),
        }
    }

    async fn children<C: Children>(&self, owner: i64) -> Result<Family<C>> {
        let found = self.look_up(Of::new::<C>(owner)).await?;
        let family = found.as_ref().and_then(|family| family.downcast_ref::<Family<C>>());
        Ok(family.map_or_else(|| Arc::new([]), Arc::clone))
    }

    async fn row<R: Keyed>(&self, key: i64) -> Result<Option<Arc<R>>> {
        Ok(self.children::<ByKey<R>>(key).await?.first().cloned())
    }
}
