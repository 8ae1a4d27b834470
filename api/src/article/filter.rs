//! Filters: what callers choose by name, and the same by key, as the database is asked for it.

use std::collections::HashMap;

use async_graphql::{Context, InputObject, dataloader::Loader};
use entity::{
    article::{self, Genre as StoredGenre},
    article_contributor, article_gallery, article_place, article_topic, contributor, gallery, place, source, story,
    story_article, topic,
    visibility::Sight,
};
use sea_orm::{
    ActiveEnum, ColumnTrait as _, ConnectionTrait as _, EntityTrait, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Select,
    entity::prelude::DateTimeUtc,
    sea_query::{CommonTableExpression, Expr, ExprTrait as _, Query, SelectStatement, UnionType},
};

use super::Genre;
use crate::{
    cache::{Kind, Tag},
    error::{Error, Result},
    facet::{Facet, KeptTotal},
    page::union,
    scalar::{DateTime, Language},
    store::{ContextExt as _, Store},
};

/// What articles to list; what is given must all hold, and of each list one value must. Slugs that nothing has match nothing. The field
/// `filterOptions` lists the values that there are.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash)]
pub(crate) struct ArticleFilter {
    /// Slugs of sections; each stands also for the sections below it.
    sections: Option<Vec<String>>,
    /// Slugs of topics.
    topics: Option<Vec<String>>,
    /// Whether `topics` stands also for all topics below those that it names.
    include_narrower_topics: Option<bool>,
    /// Slugs of stories.
    stories: Option<Vec<String>>,
    /// Slugs of places: where an article was written, as its dateline says, or what it is about.
    places: Option<Vec<String>>,
    /// Journalistic forms.
    genres: Option<Vec<Genre>>,
    /// Languages; `en` stands also for `en-GB`.
    languages: Option<Vec<Language>>,
    /// Slugs of sources.
    sources: Option<Vec<String>>,
    /// Slugs of contributors: authors, photographers and who else made an article.
    contributors: Option<Vec<String>>,
    /// At least this urgent: 1 is the most urgent, 9 takes all that have an urgency.
    urgency_at_most: Option<i32>,
    /// With (true) or without (false) a gallery.
    has_gallery: Option<bool>,
    /// Published in this span of time.
    published: Option<DateTimeRange>,
    /// Last changed significantly in this span of time (`updatedAt`).
    updated: Option<DateTimeRange>,
    /// Last changed at all in this span of time (`modifiedAt`): what to ask for at each poll. Let spans overlap by a minute, because what is being
    /// saved is seen a moment later.
    modified: Option<DateTimeRange>,
}

/// A span of time; either end may be left open.
#[derive(Clone, Debug, InputObject, PartialEq, Eq, Hash)]
pub(crate) struct DateTimeRange {
    /// Its start, inclusive.
    from: Option<DateTime>,
    /// Its end, exclusive.
    to: Option<DateTime>,
}

impl DateTimeRange {
    fn is_turned_round(&self) -> bool {
        self.from.as_ref().zip(self.to.as_ref()).is_some_and(|(from, to)| from.0 > to.0)
    }
}

/// Most values that one list of a filter takes.
const MAX_FILTER_VALUES: usize = 100;

impl ArticleFilter {
    fn check(&self) -> Result<()> {
        let lists = [&self.sections, &self.topics, &self.stories, &self.places, &self.sources, &self.contributors];
        let lengths = lists.iter().flat_map(|list| list.as_ref().map(Vec::len));
        let lengths = lengths.chain(self.languages.as_ref().map(Vec::len)).chain(self.genres.as_ref().map(Vec::len));
        if let Some(length) = lengths.max().filter(|length| *length > MAX_FILTER_VALUES) {
            let message = format!("a list of `filter` has {length} values, the limit is {MAX_FILTER_VALUES}");
            return Err(Error::bad_input("filter", message));
        }
        if lists.into_iter().flatten().flatten().any(|value| value.contains('\0')) {
            return Err(Error::bad_input("filter", "a value of `filter` holds a NUL character; no slug does"));
        }
        if let Some(urgency) = self.urgency_at_most.filter(|urgency| !(1..=9).contains(urgency)) {
            return Err(Error::bad_input("filter", format!("`urgencyAtMost` is {urgency}; pass 1 (flash) to 9")));
        }
        let spans = [("published", &self.published), ("updated", &self.updated), ("modified", &self.modified)];
        for (name, span) in spans {
            if span.as_ref().is_some_and(DateTimeRange::is_turned_round) {
                let message = format!("`{name}` begins after its end; nothing lies in it: is `from` meant as `to`?");
                return Err(Error::bad_input("filter", message));
            }
        }
        Ok(())
    }

    /// The filter by keys, if its values make sense. It is boxed as an argument, so that the futures of the fields that take one stay small.
    pub(crate) async fn resolve(filter: Option<Box<Self>>, ctx: &Context<'_>) -> Result<Filter> {
        match filter {
            Some(filter) => Box::pin(filter.by_keys(ctx)).await,
            None => Ok(Filter::default()),
        }
    }

    async fn by_keys(self, ctx: &Context<'_>) -> Result<Filter> {
        self.check()?;
        let sections = match &self.sections {
            None => None,
            Some(slugs) => {
                let known = ctx.store().sections().await?;
                let chosen = slugs.iter().filter_map(|slug| known.by_slug(slug));
                Some(sorted(chosen.flat_map(|section| known.family(section.id))))
            }
        };
        let languages = match &self.languages {
            None => None,
            Some(ranges) => {
                let known = ctx.store().languages().await?;
                let matches = |tag: &str| ranges.iter().any(|range| in_range(tag, &range.0));
                Some(known.iter().filter(|known| matches(&known.tag)).map(|known| known.tag.clone()).collect())
            }
        };
        let named = Named {
            topics: self.topics,
            narrower: self.include_narrower_topics.unwrap_or_default(),
            stories: self.stories,
            places: self.places,
            sources: self.sources,
            contributors: self.contributors,
        };
        let from = |range: &Option<DateTimeRange>| range.as_ref()?.from.map(|time| time.0);
        let to = |range: &Option<DateTimeRange>| range.as_ref()?.to.map(|time| time.0);
        let keys = if named.is_empty() { Keys::default() } else { ctx.load(named).await?.unwrap_or_default() };
        Ok(Filter {
            sections,
            topics: keys.topics,
            stories: keys.stories,
            places: keys.places,
            place_role: PlaceRole::Any,
            sources: keys.sources,
            contributors: keys.contributors,
            genres: self.genres.map(|genres| genres.into_iter().map(Into::into).collect()),
            languages,
            urgency_at_most: self.urgency_at_most,
            has_gallery: self.has_gallery.map(|with| (with, ctx.store().sight())),
            from: from(&self.published),
            to: to(&self.published),
            updated: (from(&self.updated), to(&self.updated)),
            modified: (from(&self.modified), to(&self.modified)),
        })
    }
}

/// Whether a language is in a basic language range (RFC 4647).
pub(crate) fn in_range(tag: &str, range: &str) -> bool {
    let (tag, range) = (tag.to_ascii_lowercase(), range.to_ascii_lowercase());
    tag.strip_prefix(&range).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn sorted(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What a place is to an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum PlaceRole {
    #[default]
    Any,
    /// The dateline names it.
    Dateline,
    /// The article is about it.
    About,
}

/// What articles to list, by keys. Of each list that is given an article has one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    pub(crate) sections: Option<Vec<i64>>,
    pub(crate) topics: Option<Vec<i64>>,
    pub(crate) stories: Option<Vec<i64>>,
    pub(crate) places: Option<Vec<i64>>,
    pub(super) place_role: PlaceRole,
    pub(crate) sources: Option<Vec<i64>>,
    pub(crate) contributors: Option<Vec<i64>>,
    pub(crate) genres: Option<Vec<StoredGenre>>,
    languages: Option<Vec<String>>,
    urgency_at_most: Option<i32>,
    /// Whether with galleries, and who must be able to see these.
    pub(crate) has_gallery: Option<(bool, Sight)>,
    pub(crate) from: Option<DateTimeUtc>,
    pub(crate) to: Option<DateTimeUtc>,
    /// Between which moments the last significant update lies.
    updated: (Option<DateTimeUtc>, Option<DateTimeUtc>),
    /// The same of the last change.
    modified: (Option<DateTimeUtc>, Option<DateTimeUtc>),
}

impl Filter {
    /// Most values of a list that are asked for apart.
    const MOST_PARTS: usize = 8;

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether any change of an article can bring it in or out.
    pub(super) fn is_by_change(&self) -> bool {
        [self.updated, self.modified].iter().any(|(from, to)| from.is_some() || to.is_some())
    }

    /// Only articles of this contributor.
    pub(super) fn with_contributor(self, contributor: i64) -> Self {
        Self { contributors: Some(vec![contributor]), ..self }
    }

    /// Only articles with this place.
    pub(super) fn with_place(self, place: i64) -> Self {
        Self { places: Some(vec![place]), ..self }
    }

    /// Only articles about any of these topics.
    pub(crate) fn with_topics(self, topics: Vec<i64>) -> Self {
        Self { topics: Some(topics), ..self }
    }

    /// Without what it says of `facet`.
    pub(crate) fn without(&self, facet: Facet) -> Self {
        let mut filter = self.clone();
        match facet {
            Facet::Sections => filter.sections = None,
            Facet::Topics => filter.topics = None,
            Facet::Stories => filter.stories = None,
            Facet::Places => filter.places = None,
            Facet::Sources => filter.sources = None,
            Facet::Contributors => filter.contributors = None,
            Facet::Genres => filter.genres = None,
            Facet::Languages => filter.languages = None,
            Facet::Urgencies => filter.urgency_at_most = None,
            Facet::Years => (filter.from, filter.to) = (None, None),
        }
        filter
    }

    /// Filters that let through the same articles together, each with one place in one role: an index holds the articles of each.
    pub(super) fn by_place(&self) -> Vec<Self> {
        let few = self.places.as_ref().filter(|places| (1..=Self::MOST_PARTS / 2).contains(&places.len()));
        match few {
            Some(places) if self.place_role == PlaceRole::Any => {
                let part = |place: &i64, place_role| Self { places: Some(vec![*place]), place_role, ..self.clone() };
                let roles = |place| [PlaceRole::Dateline, PlaceRole::About].map(|role| part(place, role));
                places.iter().flat_map(roles).collect()
            }
            _ => vec![self.clone()],
        }
    }

    /// Filters that let through the same articles together, each with one value of a list: the newest articles of one section or
    /// place are read from an index, those of several are merged from theirs.
    pub(super) fn parts(&self) -> Vec<Self> {
        let placed = self.by_place();
        let most = Self::MOST_PARTS / placed.len();
        placed.iter().flat_map(|filter| filter.by_value(most)).collect()
    }

    /// A filter for each value of the first list that has several.
    fn by_value(&self, most: usize) -> Vec<Self> {
        type List = fn(&mut Filter) -> &mut Option<Vec<i64>>;
        let lists: [List; 4] = [
            |filter| &mut filter.stories,
            |filter| &mut filter.topics,
            |filter| &mut filter.sources,
            |filter| &mut filter.sections,
        ];
        let mut whole = self.clone();
        let few = lists.into_iter().find_map(|list| {
            let values = list(&mut whole).clone()?;
            (2..=most).contains(&values.len()).then_some((list, values))
        });
        let Some((list, values)) = few else { return vec![whole] };
        let part = |value| {
            let mut part = self.clone();
            *list(&mut part) = Some(vec![value]);
            part
        };
        values.into_iter().map(part).collect()
    }

    /// The one value of a list that has one.
    pub(super) fn single(list: Option<&Vec<i64>>) -> Option<i64> {
        list.filter(|values| values.len() == 1).map(|values| values[0])
    }

    /// What the number of all articles that it lets through is kept by, when it asks for one thing.
    pub(super) fn kept_total(&self) -> Option<KeptTotal> {
        if self.is_empty() {
            return Some(KeptTotal::All);
        }
        let facet = Facet::ALL.into_iter().find(|facet| self.without(*facet).is_empty())?;
        let numbers = |ids: &Option<Vec<i64>>| Some(KeptTotal::Numbers(facet, ids.clone()?));
        let linked = |ids: &Option<Vec<i64>>| Some(KeptTotal::Linked(facet, Self::single(ids.as_ref())?));
        match facet {
            Facet::Sections => numbers(&self.sections),
            Facet::Sources => numbers(&self.sources),
            Facet::Topics => linked(&self.topics),
            Facet::Stories => linked(&self.stories),
            Facet::Places => linked(&self.places),
            Facet::Contributors => linked(&self.contributors),
            Facet::Genres => {
                let genres = self.genres.as_ref()?.iter().map(ActiveEnum::to_value);
                Some(KeptTotal::Texts(facet, genres.collect()))
            }
            Facet::Languages => Some(KeptTotal::Texts(facet, self.languages.clone()?)),
            Facet::Urgencies => Some(KeptTotal::Numbers(facet, (1..=self.urgency_at_most?.into()).collect())),
            Facet::Years => None,
        }
    }

    /// Of `select`, the articles that the filter lets through.
    pub(crate) fn apply(&self, mut select: Select<article::Entity>) -> Select<article::Entity> {
        use article::Column as A;
        let ids = |ids: &Option<Vec<i64>>| ids.clone().unwrap_or_default();
        for (list, column) in [(&self.sections, A::SectionId), (&self.sources, A::SourceId)] {
            if list.is_some() {
                select = select.filter(column.is_in(ids(list)));
            }
        }
        if self.places.is_some() {
            use article_place::Column as P;
            let of_dateline = A::PlaceId.is_in(ids(&self.places));
            let about = P::PlaceId.is_in(ids(&self.places));
            select = select.filter(match self.place_role {
                PlaceRole::Dateline => of_dateline,
                PlaceRole::About => A::Id.in_subquery(linked(article_place::Entity, P::ArticleId, about)),
                PlaceRole::Any => {
                    let own = Expr::col((article_place::Entity, P::ArticleId)).equals((article::Entity, A::Id));
                    of_dateline.or(Expr::exists(linked(article_place::Entity, P::ArticleId, about.and(own))))
                }
            });
        }
        if self.topics.is_some() {
            select = select.filter(A::Id.in_subquery(linked(
                article_topic::Entity,
                article_topic::Column::ArticleId,
                article_topic::Column::TopicId.is_in(ids(&self.topics)),
            )));
        }
        if self.contributors.is_some() {
            select = select.filter(A::Id.in_subquery(linked(
                article_contributor::Entity,
                article_contributor::Column::ArticleId,
                article_contributor::Column::ContributorId.is_in(ids(&self.contributors)),
            )));
        }
        if self.stories.is_some() {
            select = select.filter(A::Id.in_subquery(linked(
                story_article::Entity,
                story_article::Column::ArticleId,
                story_article::Column::StoryId.is_in(ids(&self.stories)),
            )));
        }
        if let Some(genres) = &self.genres {
            select = select.filter(A::Genre.is_in(genres.iter().copied()));
        }
        if let Some(languages) = &self.languages {
            select = select.filter(A::Language.is_in(languages.iter().cloned()));
        }
        if let Some(urgency) = self.urgency_at_most {
            select = select.filter(A::Urgency.lte(urgency));
        }
        if let Some((with, sight)) = self.has_gallery {
            // A list of all articles with galleries could be longer than what PostgreSQL keeps at hand.
            let own = Expr::col((article_gallery::Entity, article_gallery::Column::ArticleId))
                .equals((article::Entity, A::Id));
            let of_link = Expr::col((gallery::Entity, gallery::Column::Id))
                .equals((article_gallery::Entity, article_gallery::Column::GalleryId));
            let mut galleries = linked(article_gallery::Entity, article_gallery::Column::ArticleId, own);
            galleries.inner_join(gallery::Entity, of_link).and_where(gallery::Entity::is_seen_by(sight));
            let gallery = Expr::exists(galleries);
            select = select.filter(if with { gallery } else { gallery.not() });
        }
        for (time, (from, to)) in [
            (Expr::col((article::Entity, A::UpdatedAt)), self.updated),
            (article::Entity::modified_at(), self.modified),
        ] {
            select = select.apply_if(from, |select, from| select.filter(time.clone().gte(from)));
            select = select.apply_if(to, |select, to| select.filter(time.clone().lt(to)));
        }
        select = select.apply_if(self.from, |select, from| select.filter(A::PublishedAt.gte(from)));
        select.apply_if(self.to, |select, to| select.filter(A::PublishedAt.lt(to)))
    }
}

fn linked<E: EntityTrait>(_: E, article: E::Column, condition: sea_orm::sea_query::SimpleExpr) -> SelectStatement {
    E::find().select_only().column(article).filter(condition).into_query()
}

/// What a filter names by slugs, as loaders find it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Named {
    topics: Option<Vec<String>>,
    narrower: bool,
    stories: Option<Vec<String>>,
    places: Option<Vec<String>>,
    sources: Option<Vec<String>>,
    contributors: Option<Vec<String>>,
}

impl Named {
    fn is_empty(&self) -> bool {
        let lists = [&self.topics, &self.stories, &self.places, &self.sources, &self.contributors];
        lists.into_iter().all(Option::is_none)
    }

    /// What changes when a slug comes to name something else, or something for the first time.
    fn tags(&self) -> Vec<Tag> {
        let lists = [
            (Kind::TopicSlug, &self.topics),
            (Kind::StorySlug, &self.stories),
            (Kind::PlaceSlug, &self.places),
            (Kind::SourceSlug, &self.sources),
            (Kind::ContributorSlug, &self.contributors),
        ];
        let slugs =
            lists.into_iter().flat_map(|(kind, slugs)| slugs.iter().flatten().map(move |slug| Tag::key(kind, slug)));
        slugs.chain(self.narrower.then(|| Tag::all(Kind::TopicTree))).collect()
    }
}

/// The keys of what a filter names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    topics: Option<Vec<i64>>,
    stories: Option<Vec<i64>>,
    places: Option<Vec<i64>>,
    sources: Option<Vec<i64>>,
    contributors: Option<Vec<i64>>,
}

impl Loader<Named> for Store {
    type Value = Keys;
    type Error = Error;

    async fn load(&self, keys: &[Named]) -> Result<HashMap<Named, Keys>> {
        let mut selects = Vec::new();
        for (named, batch) in keys.iter().zip(0..) {
            if let Some(slugs) = &named.topics {
                let topics = slugs_of::<topic::Entity>(topic::Column::Id, topic::Column::Slug, slugs);
                selects.push(of_batch(if named.narrower { below(topics) } else { topics }, batch, 0));
            }
            if let Some(slugs) = &named.stories {
                let mut stories = slugs_of::<story::Entity>(story::Column::Id, story::Column::Slug, slugs);
                stories.and_where(story::Entity::is_reached(self.sight()));
                selects.push(of_batch(stories, batch, 1));
            }
            if let Some(slugs) = &named.places {
                selects.push(of_batch(
                    slugs_of::<place::Entity>(place::Column::Id, place::Column::Slug, slugs),
                    batch,
                    2,
                ));
            }
            if let Some(slugs) = &named.sources {
                selects.push(of_batch(
                    slugs_of::<source::Entity>(source::Column::Id, source::Column::Slug, slugs),
                    batch,
                    3,
                ));
            }
            if let Some(slugs) = &named.contributors {
                let contributors =
                    slugs_of::<contributor::Entity>(contributor::Column::Id, contributor::Column::Slug, slugs);
                selects.push(of_batch(contributors, batch, 4));
            }
        }
        let mut found: Vec<[Vec<i64>; 5]> = keys.iter().map(|_| Default::default()).collect();
        if let Some(statement) = union(selects.into_iter()) {
            for row in self.reading(keys.iter().flat_map(Named::tags)).query_all(&statement).await? {
                let (batch, list): (i32, i32) = (row.try_get("", "batch")?, row.try_get("", "list")?);
                let place = |number: i32| usize::try_from(number).expect("numbered from 0 above");
                found[place(batch)][place(list)].push(row.try_get("", "id")?);
            }
        }
        let answer = |(named, [topics, stories, places, sources, contributors]): (&Named, [Vec<i64>; 5])| {
            let given = |list: &Option<Vec<String>>, ids: Vec<i64>| list.as_ref().map(|_| sorted(ids.into_iter()));
            let keys = Keys {
                topics: given(&named.topics, topics),
                stories: given(&named.stories, stories),
                places: given(&named.places, places),
                sources: given(&named.sources, sources),
                contributors: given(&named.contributors, contributors),
            };
            (named.clone(), keys)
        };
        Ok(keys.iter().zip(found).map(answer).collect())
    }
}

fn slugs_of<E: EntityTrait>(id: E::Column, slug: E::Column, slugs: &[String]) -> SelectStatement {
    E::find().select_only().column_as(id, "id").filter(slug.is_in(slugs.iter().cloned())).into_query()
}

fn of_batch(keys: SelectStatement, batch: i32, list: i32) -> SelectStatement {
    Query::select()
        .column("id")
        .expr_as(Expr::val(batch).cast_as("integer"), "batch")
        .expr_as(Expr::val(list).cast_as("integer"), "list")
        .from_subquery(keys, "named")
        .take()
}

/// The keys of `topics` and of all topics below them. `UNION` ends where topics stand above each other in a circle.
pub(crate) fn below(topics: SelectStatement) -> SelectStatement {
    let narrower = Query::select()
        .column((topic::Entity, topic::Column::Id))
        .from(topic::Entity)
        .inner_join("family", Expr::col((topic::Entity, topic::Column::BroaderId)).equals(("family", "id")))
        .take();
    let mut family = topics;
    family.union(UnionType::Distinct, narrower);
    let family = CommonTableExpression::new().query(family).columns(["id"]).table_name("family").to_owned();
    let with = Query::with().recursive(true).cte(family).to_owned();
    Query::select().column("id").from("family").with_cte(with).take()
}
