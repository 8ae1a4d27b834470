//! The lists of articles that pages are cut from: whose, which and in what order.

use async_graphql::{Enum, InputObject};
use entity::{
    article::{self, Card},
    article_gallery, article_topic, place, source, story_article, topic,
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PartialModelTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    Select,
    sea_query::{Expr, ExprTrait as _, Order, SelectStatement, SimpleExpr},
};

use super::{Article, Genre};
use crate::{
    error::{Error, Result},
    page::{Key, KeyKind, List},
    scalar::{DateTime, Language},
    store::Store,
};

/// The order of a list of articles; equal times are told apart by the item.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq, Hash)]
pub(crate) enum ArticleOrder {
    /// Latest publication first.
    #[default]
    Newest,
    /// Earliest publication first.
    Oldest,
    /// Latest significant update first.
    RecentlyUpdated,
}

/// What articles to list; what is given must all hold, and of each list one value must. Slugs that nothing has match nothing.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash)]
pub(crate) struct ArticleFilter {
    /// Slugs of sections.
    sections: Option<Vec<String>>,
    /// Slugs of topics.
    topics: Option<Vec<String>>,
    /// Slugs of stories.
    stories: Option<Vec<String>>,
    /// Slugs of the places of datelines.
    places: Option<Vec<String>>,
    /// Journalistic forms.
    genres: Option<Vec<Genre>>,
    /// Languages.
    languages: Option<Vec<Language>>,
    /// Slugs of sources.
    sources: Option<Vec<String>>,
    /// At least this urgent: 1 is the most urgent, 9 takes all that have an urgency.
    urgency_at_most: Option<i32>,
    /// With (true) or without (false) a gallery.
    has_gallery: Option<bool>,
    /// Published in this span of time.
    published: Option<DateTimeRange>,
}

/// A span of time; either end may be left open.
#[derive(Clone, Debug, InputObject, PartialEq, Eq, Hash)]
pub(crate) struct DateTimeRange {
    /// Its start, inclusive.
    from: Option<DateTime>,
    /// Its end, exclusive.
    to: Option<DateTime>,
}

/// Most values that one list of a filter takes.
const MAX_FILTER_VALUES: usize = 100;

impl ArticleFilter {
    /// The filter, if its values make sense.
    pub(crate) fn checked(filter: Option<Self>) -> Result<Self> {
        let filter = filter.unwrap_or_default();
        let lists = [&filter.sections, &filter.topics, &filter.stories, &filter.places, &filter.sources];
        for values in lists.into_iter().flatten() {
            if values.len() > MAX_FILTER_VALUES {
                return Err(Error::bad_input(
                    "filter",
                    format!("a list of `filter` has {} values, the limit is {MAX_FILTER_VALUES}", values.len()),
                ));
            }
            if values.iter().any(|value| value.contains('\0')) {
                return Err(Error::bad_input("filter", "a value of `filter` holds a NUL character; no slug does"));
            }
        }
        if let Some(urgency) = filter.urgency_at_most.filter(|urgency| !(1..=9).contains(urgency)) {
            return Err(Error::bad_input("filter", format!("`urgencyAtMost` is {urgency}; pass 1 (flash) to 9")));
        }
        Ok(filter)
    }

    pub(crate) fn apply(&self, mut select: Select<article::Entity>) -> Select<article::Entity> {
        use article::Column as A;
        if let Some(slugs) = &self.sections {
            let ids =
                slugs_of::<entity::section::Entity>(entity::section::Column::Id, entity::section::Column::Slug, slugs);
            select = select.filter(A::SectionId.in_subquery(ids));
        }
        if let Some(slugs) = &self.places {
            select = select.filter(A::PlaceId.in_subquery(slugs_of::<place::Entity>(
                place::Column::Id,
                place::Column::Slug,
                slugs,
            )));
        }
        if let Some(slugs) = &self.sources {
            select = select.filter(A::SourceId.in_subquery(slugs_of::<source::Entity>(
                source::Column::Id,
                source::Column::Slug,
                slugs,
            )));
        }
        if let Some(slugs) = &self.topics {
            let topics = slugs_of::<topic::Entity>(topic::Column::Id, topic::Column::Slug, slugs);
            let articles = article_topic::Entity::find()
                .select_only()
                .column(article_topic::Column::ArticleId)
                .filter(article_topic::Column::TopicId.in_subquery(topics));
            select = select.filter(A::Id.in_subquery(articles.into_query()));
        }
        if let Some(slugs) = &self.stories {
            let stories =
                slugs_of::<entity::story::Entity>(entity::story::Column::Id, entity::story::Column::Slug, slugs);
            let articles = story_article::Entity::find()
                .select_only()
                .column(story_article::Column::ArticleId)
                .filter(story_article::Column::StoryId.in_subquery(stories));
            select = select.filter(A::Id.in_subquery(articles.into_query()));
        }
        if let Some(genres) = &self.genres {
            select = select.filter(A::Genre.is_in(genres.iter().map(|genre| article::Genre::from(*genre))));
        }
        if let Some(languages) = &self.languages {
            select = select.filter(A::Language.is_in(languages.iter().map(|language| language.0.clone())));
        }
        if let Some(urgency) = self.urgency_at_most {
            select = select.filter(A::Urgency.lte(urgency));
        }
        if let Some(with) = self.has_gallery {
            let galleries =
                article_gallery::Entity::find().select_only().column(article_gallery::Column::ArticleId).into_query();
            select = select.filter(if with { A::Id.in_subquery(galleries) } else { A::Id.not_in_subquery(galleries) });
        }
        if let Some(DateTimeRange { from, to }) = &self.published {
            select = select.apply_if(*from, |select, from| select.filter(A::PublishedAt.gte(from.0)));
            select = select.apply_if(*to, |select, to| select.filter(A::PublishedAt.lt(to.0)));
        }
        select
    }
}

fn slugs_of<E: sea_orm::EntityTrait>(id: E::Column, slug: E::Column, slugs: &[String]) -> SelectStatement {
    E::find().select_only().column(id).filter(slug.is_in(slugs.iter().cloned())).into_query()
}

/// A list of published articles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ArticleList {
    pub(crate) scope: Scope,
    pub(crate) filter: ArticleFilter,
    pub(crate) order: ArticleOrder,
    /// Left out.
    pub(crate) excluding: Vec<i64>,
}

/// Whose articles a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    All,
    /// Of the feed; the same as all, but with cursors of its own.
    Feed,
    Section(i64),
    Topic(i64),
    /// Pinned ones first.
    Story(i64),
}

impl ArticleList {
    pub(crate) fn new(scope: Scope, filter: Option<ArticleFilter>, order: Option<ArticleOrder>) -> Result<Self> {
        Ok(Self {
            scope,
            filter: ArticleFilter::checked(filter)?,
            order: order.unwrap_or_default(),
            excluding: Vec::new(),
        })
    }
}

impl List for ArticleList {
    type Row = Card;
    type Node = Article;

    fn name(&self) -> String {
        format!("{:?}:{:?}", self.scope, self.order)
    }

    fn select(&self, store: &Store) -> SelectStatement {
        let mut select = self.filter.apply(Card::select_cols(article::Entity::published(store.now).select_only()));
        if !self.excluding.is_empty() {
            select = select.filter(article::Column::Id.is_not_in(self.excluding.iter().copied()));
        }
        let of_article = |id: SimpleExpr| id.equals((article::Entity, article::Column::Id));
        match self.scope {
            Scope::All | Scope::Feed => select.into_query(),
            Scope::Section(id) => select.filter(article::Column::SectionId.eq(id)).into_query(),
            Scope::Topic(id) => {
                let joined = of_article(Expr::col((article_topic::Entity, article_topic::Column::ArticleId)));
                select
                    .filter(article_topic::Column::TopicId.eq(id))
                    .into_query()
                    .inner_join(article_topic::Entity, joined)
                    .take()
            }
            Scope::Story(id) => {
                let joined = of_article(Expr::col((story_article::Entity, story_article::Column::ArticleId)));
                select
                    .filter(story_article::Column::StoryId.eq(id))
                    .into_query()
                    .inner_join(story_article::Entity, joined)
                    .take()
            }
        }
    }

    fn order(&self) -> Vec<Key> {
        let direction = if self.order == ArticleOrder::Oldest { Order::Asc } else { Order::Desc };
        let (time, id): (SimpleExpr, SimpleExpr) = match (self.scope, self.order) {
            (_, ArticleOrder::RecentlyUpdated) => {
                (column(article::Entity, article::Column::UpdatedAt), column(article::Entity, article::Column::Id))
            }
            // The link tables repeat the time, so that their index gives the order.
            (Scope::Topic(_), _) => (
                column(article_topic::Entity, article_topic::Column::PublishedAt),
                column(article_topic::Entity, article_topic::Column::ArticleId),
            ),
            (Scope::Story(_), _) => (
                column(story_article::Entity, story_article::Column::PublishedAt),
                column(story_article::Entity, story_article::Column::ArticleId),
            ),
            _ => (column(article::Entity, article::Column::PublishedAt), column(article::Entity, article::Column::Id)),
        };
        let mut keys = vec![Key::new(time, direction.clone(), KeyKind::Time), Key::new(id, direction, KeyKind::Int)];
        if matches!((self.scope, self.order), (Scope::Story(_), ArticleOrder::Newest)) {
            let pinned = column(story_article::Entity, story_article::Column::PinnedPosition);
            keys.insert(0, Key::new(pinned, Order::Asc, KeyKind::SmallInt));
        }
        keys
    }
}

fn column<E: sea_orm::EntityTrait>(entity: E, column: E::Column) -> SimpleExpr {
    Expr::col((entity, column))
}
