//! Related articles: what to read next, each with why.
//!
//! The editors' choice and the articles of the same stories are read as they are; the others are computed in the background
//! ([`update`]) and kept in a table. All three are one statement; a second one goes on where the first found too little.

mod job;
mod suggestion;
mod update;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{Context, Enum, Object};
use entity::{
    article::{self, Card},
    article_profile,
    article_relation::{self, RelationReason},
    cells::Cells,
    related_article, story_article,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait, ConnectionTrait as _, DatabaseConnection, DbBackend, PartialModelTrait as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Asterisk, Expr, ExprTrait as _, Order, Query, SelectStatement, SimpleExpr},
};

pub(crate) use self::suggestion::SuggestionQuery;
pub use self::{
    job::spawn,
    suggestion::suggest,
    update::{renew, update},
};
use crate::{
    alike,
    article::{Article, Topics},
    cache::{Kind, Tag},
    error::Result,
    link::{col, is_any, look_up},
    nullability::{Nullable, semantic_non_null},
    page::union,
    store::{ContextExt as _, Lookup, Store},
    topic::Topic,
};

/// An article to read next.
pub(crate) struct RelatedArticle {
    /// The article whose page it is for.
    of: i64,
    article: Article,
    reason: RelatedReason,
    score: f64,
}

/// An article to read next.
#[Object]
impl RelatedArticle {
    /// The article.
    async fn article(&self) -> &Article {
        &self.article
    }

    /// Why it is here.
    async fn reason(&self) -> RelatedReason {
        self.reason
    }

    /// How close it is, from 0 to 1. The editors' choice has 1; in a story, the score halves with each week between the two
    /// publications; else it grows with the likeness of topics and texts and falls with the time between the two. Scores of different
    /// reasons do not compare.
    async fn score(&self) -> f64 {
        self.score
    }

    /// The topics that both articles have, in the editorial order of the one that is asked about.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn shared_topics(&self, ctx: &Context<'_>) -> Nullable<Vec<Topic>> {
        Some(
            async {
                let (mine, theirs) = futures_util::try_join!(
                    ctx.children::<Topics>(self.of),
                    ctx.children::<Topics>(self.article.card.id)
                )?;
                let shared = mine.iter().filter(|topic| theirs.iter().any(|other| other.id == topic.id));
                Ok(Some(shared.cloned().map(Topic).collect()))
            }
            .await,
        )
    }
}

/// Why an article is related.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RelatedReason {
    /// The editors chose it.
    Editor,
    /// It belongs to the same story.
    SameStory,
    /// It is about the same, rare topics.
    SharedTopics,
    /// Its text is alike.
    SimilarText,
}

impl RelatedReason {
    const ALL: [Self; 4] = [Self::Editor, Self::SameStory, Self::SharedTopics, Self::SimilarText];
}

impl RelatedArticle {
    /// What changes when the article does.
    pub(crate) fn tag(&self) -> Tag {
        Tag::id(Kind::Article, self.article.card.id)
    }

    /// The best of what was found: none twice, no other language version and no copy of the article itself or of one before. An article
    /// that the editors chose stays.
    pub(crate) fn choose(article: &Card, found: &[Found], first: usize) -> Vec<Self> {
        distinct(found, HashSet::from([key_of(article)]))
            .take(first)
            .map(|found| Self {
                of: article.id,
                score: found.score.unwrap_or_else(|| score(found.reason, article, &found.card)),
                reason: found.reason,
                article: Arc::clone(&found.card).into(),
            })
            .collect()
    }
}

fn score(reason: RelatedReason, article: &Card, related: &Card) -> f64 {
    if reason == RelatedReason::Editor {
        return 1.0;
    }
    let weeks = (article.published_at - related.published_at).as_seconds_f64().abs() / (7.0 * 24.0 * 3600.0);
    // Rounded, so that both databases answer the same text.
    ((0.5_f64).powf(weeks) * 1000.0).round() / 1000.0
}

/// An article that was found, with what choosing needs.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    reason: RelatedReason,
    card: Arc<Card>,
    /// Of a computed one.
    score: Option<f64>,
    /// Equal in articles that are copies of each other.
    copies: Option<i64>,
    /// Of the article itself.
    own_copies: Option<i64>,
}

impl Found {
    /// Kinds are shown one after the other.
    fn kind(&self) -> usize {
        match self.reason {
            RelatedReason::Editor => 0,
            RelatedReason::SameStory => 1,
            RelatedReason::SharedTopics | RelatedReason::SimilarText => 2,
        }
    }
}

/// For which reasons articles may be related.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reasons {
    /// In their order.
    only: Vec<RelatedReason>,
    /// None of the articles of its stories, whatever else makes them related.
    no_stories: bool,
}

impl Reasons {
    pub(crate) fn new(only: Option<Vec<RelatedReason>>, no_stories: bool) -> Self {
        let mut only = only.unwrap_or_else(|| RelatedReason::ALL.to_vec());
        only.sort_unstable();
        only.dedup();
        Self { only, no_stories }
    }

    fn wants(&self, reason: RelatedReason) -> bool {
        self.only.contains(&reason)
    }
}

/// What is related to an article, which belongs to some stories.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RelatedKey {
    pub(crate) article: i64,
    pub(crate) stories: Vec<i64>,
    pub(crate) first: usize,
    pub(crate) reasons: Reasons,
}

/// How far a statement goes.
#[derive(Clone, Copy)]
struct Reach {
    /// Links of each kind.
    links: u64,
    /// Articles in all.
    articles: u64,
    /// Counts only links to what the public may see, which takes a look at each of these articles.
    visible: bool,
}

impl Reach {
    /// Enough for nearly all: some may be the editors' choice too, copies, or other languages of the article.
    fn brief(first: usize) -> Self {
        let articles = first as u64 + 5;
        Self { links: articles, articles, visible: false }
    }

    /// Enough where many are hidden or alike.
    fn far(first: usize) -> Self {
        Self { links: 2 * first as u64 + 10, articles: u64::from(u16::MAX), visible: true }
    }
}

/// The links to related articles, whatever says that they are, and their columns.
const LINK: &str = "link";
const ID: &str = "id";
const REASON: &str = "reason";
const PLACE: &str = "place";
const SCORE: &str = "score";
const COMPUTED: &str = "computed";
const PUBLISHED: &str = "published_at";
/// How many links of each kind there are, in the order of [`Found::kind`].
const LINKS: [(&str, &str); KINDS] = [
    ("editors_links", "count(*) FILTER (WHERE reason = 0) OVER ()"),
    ("story_links", "count(*) FILTER (WHERE reason = 1) OVER ()"),
    ("computed_links", "count(*) FILTER (WHERE reason = 2) OVER ()"),
];
const KINDS: usize = 3;
const _: () = assert!(RelatedReason::SameStory as i32 == 1 && RelatedReason::SharedTopics as i32 == 2);

impl RelatedKey {
    fn editors_choice(&self, store: &Store, reach: Reach) -> SelectStatement {
        use related_article::Column as Link;
        let values = [col(Link::Position), null("double precision"), null("text"), null("timestamptz")];
        let mut links = self.links(store, reach, RelatedReason::Editor, Link::RelatedId, values);
        links
            .and_where(col(Link::ArticleId).eq(self.article))
            .order_by(Link::Position, Order::Asc)
            .order_by(Link::RelatedId, Order::Asc);
        links
    }

    /// A branch for each story, which walks its index no further than it must, and one for what is pinned in them.
    fn same_story(&self, store: &Store, reach: Reach) -> Vec<SelectStatement> {
        use story_article::Column as Link;
        let of = |condition: SimpleExpr| {
            let values = [number(0), null("double precision"), null("text"), col(Link::PublishedAt)];
            let mut links = self.links(store, reach, RelatedReason::SameStory, Link::ArticleId, values);
            links.and_where(condition).order_by(Link::PublishedAt, Order::Desc).order_by(Link::ArticleId, Order::Desc);
            links
        };
        let unpinned =
            |story: &i64| of(col(Link::StoryId).eq(*story).and(Link::PinnedPosition.eq(story_article::UNPINNED)));
        let is_ours = is_any(store.backend(), col(Link::StoryId), self.stories.iter().copied());
        let pinned =
            (!self.stories.is_empty()).then(|| of(is_ours.and(Link::PinnedPosition.lt(story_article::UNPINNED))));
        self.stories.iter().map(unpinned).chain(pinned).collect()
    }

    /// What may have made a computed one related.
    fn computed_reasons(&self) -> Vec<RelationReason> {
        let reasons =
            [(RelatedReason::SharedTopics, RelationReason::Topics), (RelatedReason::SimilarText, RelationReason::Text)];
        reasons.into_iter().filter(|(reason, _)| self.reasons.wants(*reason)).map(|(_, reason)| reason).collect()
    }

    fn computed(&self, store: &Store, reach: Reach) -> SelectStatement {
        use article_relation::Column as Link;
        // Its own column tells whether topics or the text made it one.
        let values = [number(0), col(Link::Score), col(Link::Reason), null("timestamptz")];
        let mut links = self.links(store, reach, RelatedReason::SharedTopics, Link::RelatedId, values);
        links
            .and_where(col(Link::ArticleId).eq(self.article))
            .and_where(Link::Reason.is_in(self.computed_reasons()))
            .order_by(Link::Score, Order::Desc)
            .order_by(Link::RelatedId, Order::Desc);
        links
    }

    /// The first of a kind of links, with the values of their columns `PLACE` to `PUBLISHED`; neither of which article nor in their order.
    fn links(
        &self,
        store: &Store,
        reach: Reach,
        reason: RelatedReason,
        link: impl ColumnTrait,
        [place, score, computed, published]: [SimpleExpr; 4],
    ) -> SelectStatement {
        let mut links = Query::select()
            .expr_as(col(link), ID)
            .expr_as(number(reason as i32), REASON)
            .expr_as(place, PLACE)
            .expr_as(score, SCORE)
            .expr_as(computed, COMPUTED)
            .expr_as(published, PUBLISHED)
            .from(link.entity_name())
            .limit(reach.links)
            .take();
        if reach.visible {
            let mut visible = Query::select().expr(Expr::val(1)).from(article::Entity).take();
            visible
                .and_where(col(article::Column::Id).eq(col(link)))
                .and_where(article::Entity::is_published(store.now));
            if store.backend() == DbBackend::Postgres {
                // Looked up for each link, until there are enough of them.
                visible.offset(0);
            }
            links.and_where(Expr::exists(visible));
        }
        if self.reasons.no_stories && !self.stories.is_empty() {
            use story_article::Column as Story;
            let told = Query::select()
                .expr(Expr::val(1))
                .from(story_article::Entity)
                .and_where(col(Story::ArticleId).eq(col(link)))
                .and_where(is_any(store.backend(), col(Story::StoryId), self.stories.iter().copied()))
                .take();
            links.and_where(Expr::exists(told).not());
        }
        links
    }

    /// The links, the best ones first, then the articles that they lead to, one after the other until there are enough.
    fn statement(&self, store: &Store, batch: i32, reach: Reach) -> Option<SelectStatement> {
        let mut kinds = Vec::new();
        if self.reasons.wants(RelatedReason::Editor) {
            kinds.push(self.editors_choice(store, reach));
        }
        if self.reasons.wants(RelatedReason::SameStory) && !self.reasons.no_stories {
            kinds.extend(self.same_story(store, reach));
        }
        if !self.computed_reasons().is_empty() {
            kinds.push(self.computed(store, reach));
        }
        let mut links = Query::select().column(Asterisk).from_subquery(union(kinds.into_iter())?, LINK).take();
        for (name, count) in LINKS {
            links.expr_as(Expr::cust(count), name);
        }
        let mut cards = Card::select_cols(article::Entity::published(store.now).select_only()).into_query();
        let copies_of = |id: SimpleExpr| {
            Query::select()
                .column(article_profile::Column::Copies)
                .from(article_profile::Entity)
                .and_where(col(article_profile::Column::ArticleId).eq(id))
                .take()
        };
        cards
            .expr_as(copies_of(col(article::Column::Id)), "copies")
            .expr_as(copies_of(self.article.into()), "own_copies")
            .expr_as(number(batch), "batch")
            .columns(
                [REASON, PLACE, SCORE, COMPUTED]
                    .into_iter()
                    .chain(LINKS.map(|(name, _)| name))
                    .map(|column| (LINK, column)),
            )
            .and_where(article::Column::Id.ne(self.article))
            .limit(reach.articles);
        for (column, order) in [
            (REASON, Order::Asc),
            (PLACE, Order::Asc),
            (SCORE, Order::Desc),
            (PUBLISHED, Order::Desc),
            (ID, Order::Desc),
        ] {
            links.order_by((LINK, column), order.clone());
            cards.order_by((LINK, column), order);
        }
        cards.from_clear().from_subquery(links, LINK);
        look_up(store.backend(), &mut cards, article::Column::Id, Expr::col((LINK, ID)));
        Some(cards)
    }

    /// What each key finds within its reach, and how many links of each kind lead there.
    async fn reached(
        store: &Store,
        db: &DatabaseConnection,
        keys: &[(&Self, Reach)],
    ) -> Result<Vec<(Vec<Found>, [u64; KINDS])>> {
        let statements = keys.iter().zip(0..).filter_map(|((key, reach), batch)| key.statement(store, batch, *reach));
        let mut rows = Vec::new();
        for statement in alike::together(store.backend(), statements, alike::ALIKE) {
            rows.extend(db.query_all_raw(statement).await?);
        }
        let mut all: Vec<Vec<(i32, i32, Found)>> = keys.iter().map(|_| Vec::new()).collect();
        let mut links = vec![[0; KINDS]; keys.len()];
        for row in rows {
            let mut cells = Cells::new(&row, 0);
            let card = Arc::new(Card::read(&mut cells)?);
            let (copies, own_copies) = (cells.read()?, cells.read()?);
            let batch = usize::try_from(cells.read::<i32>()?).expect("numbered from 0 above");
            let (code, place) = (cells.read::<i32>()?, cells.read::<i32>()?);
            let score = cells.read()?;
            let computed: Option<String> = cells.read()?;
            let computed = computed.map(|word| RelationReason::try_from_value(&word)).transpose()?;
            for links in &mut links[batch] {
                *links = cells.read::<i64>()?.unsigned_abs();
            }
            let reason = match computed {
                Some(RelationReason::Topics) => RelatedReason::SharedTopics,
                Some(RelationReason::Text) => RelatedReason::SimilarText,
                None if code == RelatedReason::Editor as i32 => RelatedReason::Editor,
                None => RelatedReason::SameStory,
            };
            all[batch].push((code, place, Found { reason, card, score, copies, own_copies }));
        }
        let reached = all.into_iter().zip(links).map(|(mut found, links)| {
            found.sort_by(|(reason, place, one), (other_reason, other_place, other)| {
                let scores = other.score.unwrap_or_default().total_cmp(&one.score.unwrap_or_default());
                let newest = (other.card.published_at, other.card.id).cmp(&(one.card.published_at, one.card.id));
                (reason, place).cmp(&(other_reason, other_place)).then(scores).then(newest)
            });
            (found.into_iter().map(|(.., found)| found).collect(), links)
        });
        Ok(reached.collect())
    }
}

fn number(value: i32) -> SimpleExpr {
    Expr::val(value).cast_as("integer")
}

/// No value, for a column that only other kinds of links have.
fn null(type_name: &str) -> SimpleExpr {
    Expr::cust(format!("CAST(NULL AS {type_name})"))
}

impl Lookup for RelatedKey {
    type Value = Arc<Vec<Found>>;

    /// Those that are chosen are named where they are shown.
    fn tags(&self, _: Option<&Self::Value>) -> Vec<Tag> {
        let stories = self.stories.iter().map(|story| Tag::id(Kind::StoryArticles, *story));
        [Tag::id(Kind::Related, self.article)].into_iter().chain(stories).collect()
    }

    fn also_made_of(&self, found: &Self::Value) -> Vec<Tag> {
        found.iter().map(|found| Tag::id(Kind::Article, found.card.id)).collect()
    }

    fn weight(&self, found: &Self::Value) -> usize {
        found.iter().map(|found| size_of_val(found) + found.card.weight()).sum()
    }

    async fn find(store: &Store, db: &DatabaseConnection, keys: &[Self]) -> Result<HashMap<Self, Self::Value>> {
        let brief: Vec<_> = keys.iter().map(|key| (key, Reach::brief(key.first))).collect();
        let mut found = HashMap::with_capacity(keys.len());
        let mut wanting = Vec::new();
        for ((key, reach), (reached, links)) in brief.iter().zip(Self::reached(store, db, &brief).await?) {
            if suffices(&reached, links, *reach, key.first) {
                found.insert((*key).clone(), Arc::new(reached));
            } else {
                wanting.push((*key, Reach::far(key.first)));
            }
        }
        for ((key, _), (reached, _)) in wanting.iter().zip(Self::reached(store, db, &wanting).await?) {
            found.insert((*key).clone(), Arc::new(reached));
        }
        Ok(found)
    }
}

/// Whether no more is needed for the first so many, and one that may be the article itself in another language. A kind of which not all links
/// were followed has more to say before the next one.
fn suffices(found: &[Found], links: [u64; KINDS], reach: Reach, first: usize) -> bool {
    let kinds: Vec<usize> = distinct(found, HashSet::new()).map(Found::kind).collect();
    for (kind, links) in links.into_iter().enumerate() {
        if kinds.iter().filter(|of| **of <= kind).count() > first {
            return true;
        }
        if links >= reach.links {
            return false;
        }
    }
    // Where all is hidden, nothing tells how many links there were.
    !found.is_empty() && (found.len() as u64) < reach.articles
}

/// Those that are none of the `seen` and no copy or other language of the article itself or of one before. What the editors chose may be a copy.
fn distinct<'f>(found: &'f [Found], mut seen: HashSet<&'f str>) -> impl Iterator<Item = &'f Found> {
    let mut copies: HashSet<i64> = found.iter().filter_map(|found| found.own_copies).collect();
    found.iter().filter(move |found| {
        let is_copy = found.copies.is_some_and(|group| !copies.insert(group));
        (!is_copy || found.reason == RelatedReason::Editor) && seen.insert(key_of(&found.card))
    })
}

/// The same for all languages of an article.
fn key_of(card: &Card) -> &str {
    card.translation_key.as_deref().unwrap_or(&card.uri)
}
