//! The lists of articles that pages are cut from: whose, which and in what order.

use async_graphql::Enum;
use entity::{
    article::{self, Card},
    article_gallery, article_place, article_topic, story_article,
};
use sea_orm::{
    ColumnTrait, EntityTrait, PartialModelTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, ExprTrait as _, Order, SelectStatement, SimpleExpr},
};

use super::{
    Article,
    filter::{Filter, PlaceRole},
};
use crate::{
    cache::{Kind, Tag},
    facet::{Facet, KeptTotal},
    link::{col, linked},
    page::{Key, KeyKind, List},
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
    /// Latest significant update first (`updatedAt`).
    RecentlyUpdated,
    /// Latest change of any kind first (`modifiedAt`): for programs that poll.
    RecentlyModified,
}

impl ArticleOrder {
    /// Whether any change of an article can move it.
    fn is_by_change(self) -> bool {
        matches!(self, Self::RecentlyUpdated | Self::RecentlyModified)
    }
}

/// A list of published articles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ArticleList {
    pub(crate) scope: Scope,
    pub(crate) filter: Filter,
    pub(crate) order: ArticleOrder,
    /// Left out.
    pub(crate) excluding: Vec<i64>,
    /// One of its articles, which is left out, too.
    beside: Option<i64>,
}

/// Whose articles a list holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    All,
    /// Of the feed; the same as all, but with cursors of its own.
    Feed,
    Section(i64),
    Topic(i64),
    /// Of a topic and all below it.
    Family(i64, Vec<i64>),
    /// Pinned ones first.
    Story(i64),
    /// Written there or about it.
    Place(i64),
    Source(i64),
    Contributor(i64),
    /// That show a gallery.
    Gallery(i64),
}

impl ArticleList {
    pub(crate) fn new(scope: Scope, mut filter: Filter, order: Option<ArticleOrder>) -> Self {
        // One place is what a filter can have read from an index.
        if let Scope::Place(id) = scope
            && filter.places.as_ref().is_none_or(|places| places.contains(&id))
        {
            filter = filter.with_place(id);
        }
        Self { scope, filter, order: order.unwrap_or_default(), excluding: Vec::new(), beside: None }
    }

    /// Leaves out `article`, which is one of its articles and can be seen.
    pub(crate) fn beside(&mut self, article: Option<i64>) {
        self.beside = article;
        self.excluding.retain(|other| Some(*other) != article);
    }

    /// The articles of a link table. It repeats their times: what is said of these is said of it, too, so that its index is walked from there.
    fn joined<C: ColumnTrait>(
        &self,
        store: &Store,
        select: Select<article::Entity>,
        article: C,
        time: C,
    ) -> SelectStatement {
        let select = select.apply_if(self.filter.from, |select, from| select.filter(time.gte(from)));
        let select = select.apply_if(self.filter.to, |select, to| select.filter(time.lt(to)));
        if self.is_chosen() {
            // What else is chosen may be the rarer: the planner knows how rare.
            let of_article = col(article).eq(col(article::Column::Id));
            return select.into_query().inner_join(article.entity_name(), of_article).take();
        }
        linked(store, article::Column::Id, article, select.into_query())
    }

    /// The link table whose index holds the list in its order.
    fn link(&self) -> Option<Link> {
        match &self.scope {
            Scope::Topic(id) => Some(Link::Topic(*id)),
            Scope::Story(id) => Some(Link::Story(*id)),
            Scope::Family(..) | Scope::Gallery(_) => None,
            Scope::All
            | Scope::Feed
            | Scope::Section(_)
            | Scope::Place(_)
            | Scope::Source(_)
            | Scope::Contributor(_) => {
                let story = Filter::single(self.filter.stories.as_ref()).map(Link::Story);
                let topic = || Filter::single(self.filter.topics.as_ref()).map(Link::Topic);
                let places = self.filter.places.as_ref().filter(|_| self.filter.place_role == PlaceRole::About);
                story.or_else(topic).or_else(|| Filter::single(places).map(Link::Place))
            }
        }
    }
}

/// A table that ties articles to something, and repeats their times.
#[derive(Clone, Copy)]
enum Link {
    Topic(i64),
    Story(i64),
    Place(i64),
}

impl List for ArticleList {
    type Row = Card;
    type Node = Article;

    fn name(&self) -> String {
        match &self.scope {
            Scope::Family(id, _) => format!("Family({id}):{:?}", self.order),
            scope => format!("{scope:?}:{:?}", self.order),
        }
    }

    fn select(&self, store: &Store) -> SelectStatement {
        let mut filter = self.filter.clone();
        let link = self.link();
        match (link, &self.scope) {
            (Some(Link::Topic(_)), scope) if !matches!(scope, Scope::Topic(_)) => filter.topics = None,
            (Some(Link::Story(_)), scope) if !matches!(scope, Scope::Story(_)) => filter.stories = None,
            (Some(Link::Place(_)), _) => filter.places = None,
            _ => {}
        }
        let mut select = filter.apply(Card::select_cols(article::Entity::seen_by(store.sight()).select_only()));
        let excluding: Vec<i64> = self.excluding.iter().copied().chain(self.beside).collect();
        if !excluding.is_empty() {
            select = select.filter(article::Column::Id.is_not_in(excluding));
        }
        match &self.scope {
            Scope::Section(id) => select = select.filter(article::Column::SectionId.eq(*id)),
            Scope::Family(_, topics) => select = Filter::default().with_topics(topics.clone()).apply(select),
            // Unless it is what the filter says.
            Scope::Place(id) => {
                if Filter::single(self.filter.places.as_ref()) != Some(*id) {
                    select = Filter::default().with_place(*id).apply(select);
                }
            }
            Scope::Source(id) => select = select.filter(article::Column::SourceId.eq(*id)),
            Scope::Contributor(id) => select = Filter::default().with_contributor(*id).apply(select),
            Scope::Gallery(id) => {
                use article_gallery::Column as L;
                let articles = article_gallery::Entity::find().select_only().column(L::ArticleId);
                let articles = articles.filter(L::GalleryId.eq(*id)).into_query();
                select = select.filter(article::Column::Id.in_subquery(articles));
            }
            Scope::All | Scope::Feed | Scope::Topic(_) | Scope::Story(_) => {}
        }
        match link {
            None => select.into_query(),
            Some(Link::Topic(id)) => {
                use article_topic::Column as L;
                self.joined(store, select.filter(L::TopicId.eq(id)), L::ArticleId, L::PublishedAt)
            }
            Some(Link::Story(id)) => {
                use story_article::Column as L;
                self.joined(store, select.filter(L::StoryId.eq(id)), L::ArticleId, L::PublishedAt)
            }
            Some(Link::Place(id)) => {
                use article_place::Column as L;
                self.joined(store, select.filter(L::PlaceId.eq(id)), L::ArticleId, L::PublishedAt)
            }
        }
    }

    fn parts(&self) -> Vec<Self> {
        let merged = matches!(self.scope, Scope::All | Scope::Feed) && !self.order.is_by_change();
        let filters = if merged { self.filter.parts() } else { self.filter.by_place() };
        filters.into_iter().map(|filter| Self { filter, ..self.clone() }).collect()
    }

    fn counted(&self) -> Vec<Self> {
        self.filter.by_place().into_iter().map(|filter| Self { filter, ..self.clone() }).collect()
    }

    fn kept_total(&self) -> Option<KeptTotal> {
        match &self.scope {
            _ if !self.excluding.is_empty() => None,
            Scope::All | Scope::Feed => self.filter.kept_total(),
            Scope::Place(id) if Filter::single(self.filter.places.as_ref()) == Some(*id) => self.filter.kept_total(),
            _ if !self.filter.is_empty() => None,
            Scope::Section(id) => Some(KeptTotal::Numbers(Facet::Sections, vec![*id])),
            Scope::Topic(id) => Some(KeptTotal::Linked(Facet::Topics, *id)),
            Scope::Story(id) => Some(KeptTotal::Linked(Facet::Stories, *id)),
            Scope::Source(id) => Some(KeptTotal::Numbers(Facet::Sources, vec![*id])),
            Scope::Contributor(id) => Some(KeptTotal::Linked(Facet::Contributors, *id)),
            Scope::Family(..) | Scope::Place(_) | Scope::Gallery(_) => None,
        }
    }

    fn kept_beside(&self) -> i64 {
        self.beside.map_or(0, |_| 1)
    }

    fn is_chosen(&self) -> bool {
        // No index has the articles of something by their updates: all of them are sorted, or those of everything are walked.
        let sorted = self.order.is_by_change() && !matches!(self.scope, Scope::All | Scope::Feed);
        // Nor those of several topics, of a contributor or of a gallery by their times.
        let is_gathered = matches!(self.scope, Scope::Family(..) | Scope::Contributor(_) | Scope::Gallery(_));
        sorted || !self.filter.is_empty() || is_gathered
    }

    fn tags(&self) -> Vec<Tag> {
        let mut tags = self.own_tags();
        if self.filter.has_gallery.is_some() {
            tags.extend([Tag::all(Kind::Links), Tag::all(Kind::Galleries)]);
        }
        if self.order.is_by_change() || self.filter.is_by_change() {
            tags.push(Tag::all(Kind::Edits));
        }
        tags
    }

    fn weight(row: &Card) -> usize {
        row.weight()
    }

    fn row_tag(row: &Card) -> Option<Tag> {
        Some(Tag::id(Kind::Article, row.id))
    }

    fn order(&self) -> Vec<Key> {
        let direction = if self.order == ArticleOrder::Oldest { Order::Asc } else { Order::Desc };
        let (time, id): (SimpleExpr, SimpleExpr) = match (self.link(), self.order) {
            (_, ArticleOrder::RecentlyUpdated) => {
                (column(article::Entity, article::Column::UpdatedAt), column(article::Entity, article::Column::Id))
            }
            (_, ArticleOrder::RecentlyModified) => {
                (article::Entity::modified_at(), column(article::Entity, article::Column::Id))
            }
            // The link tables repeat the time, so that their index gives the order.
            (Some(Link::Topic(_)), _) => (
                column(article_topic::Entity, article_topic::Column::PublishedAt),
                column(article_topic::Entity, article_topic::Column::ArticleId),
            ),
            (Some(Link::Story(_)), _) => (
                column(story_article::Entity, story_article::Column::PublishedAt),
                column(story_article::Entity, story_article::Column::ArticleId),
            ),
            (Some(Link::Place(_)), _) => (
                column(article_place::Entity, article_place::Column::PublishedAt),
                column(article_place::Entity, article_place::Column::ArticleId),
            ),
            _ => (column(article::Entity, article::Column::PublishedAt), column(article::Entity, article::Column::Id)),
        };
        let mut keys = vec![Key::new(time, direction.clone(), KeyKind::Time), Key::new(id, direction, KeyKind::Int)];
        if matches!((&self.scope, self.order), (Scope::Story(_), ArticleOrder::Newest)) {
            let pinned = column(story_article::Entity, story_article::Column::PinnedPosition);
            keys.insert(0, Key::new(pinned, Order::Asc, KeyKind::SmallInt));
        }
        keys
    }
}

impl ArticleList {
    /// The tags of what ties articles to the list, each of which tells of all changes of its articles; without any, those of one choice that
    /// articles hold themselves.
    fn own_tags(&self) -> Vec<Tag> {
        let Filter { sections, topics, stories, places, sources, contributors, .. } = &self.filter;
        let of = |kind, ids: &'_ [i64]| ids.iter().map(|id| Tag::id(kind, *id)).collect::<Vec<_>>();
        let mut tags = match &self.scope {
            Scope::Topic(id) => of(Kind::TopicArticles, &[*id]),
            Scope::Family(_, family) => of(Kind::TopicArticles, family),
            Scope::Story(id) => of(Kind::StoryArticles, &[*id]),
            Scope::Place(id) => of(Kind::PlaceArticles, &[*id]),
            Scope::Source(id) => of(Kind::SourceArticles, &[*id]),
            Scope::Contributor(id) => of(Kind::ContributorArticles, &[*id]),
            Scope::Gallery(id) => of(Kind::GalleryArticles, &[*id]),
            Scope::All | Scope::Feed | Scope::Section(_) => Vec::new(),
        };
        let links = [
            (Kind::TopicArticles, topics),
            (Kind::StoryArticles, stories),
            (Kind::PlaceArticles, places),
            (Kind::ContributorArticles, contributors),
        ];
        for (kind, chosen) in links {
            tags.extend(chosen.iter().flat_map(|ids| of(kind, ids)));
        }
        if !tags.is_empty() {
            return tags;
        }
        if let Scope::Section(id) = &self.scope {
            return of(Kind::SectionArticles, &[*id]);
        }
        let columns = [(Kind::SourceArticles, sources), (Kind::SectionArticles, sections)];
        let chosen = columns.into_iter().find_map(|(kind, ids)| Some(of(kind, ids.as_ref()?)));
        chosen.filter(|tags| !tags.is_empty()).unwrap_or_else(|| vec![Tag::all(Kind::Articles)])
    }
}

fn column<E: EntityTrait>(entity: E, column: E::Column) -> SimpleExpr {
    Expr::col((entity, column))
}
