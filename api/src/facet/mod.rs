//! Counts by value: the facets of a search, and the values that filters take.
//!
//! What a search finds is counted when it is asked for. The counts of all articles are kept by the database (`kept`, `job`).

mod job;
mod kept;

use std::collections::BTreeMap;

use async_graphql::{Context, Object, SimpleObject};
use entity::{
    article::{self, Sight},
    article_place, article_topic, place, source, story, story_article, topic,
};
use sea_orm::{
    ColumnTrait as _, DbBackend, DbErr, EntityTrait, QueryResult, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{
        Asterisk, CommonTableExpression, Expr, ExprTrait as _, IntoIden as _, Order, Query, SelectStatement,
        SimpleExpr, UnionType, WithClause,
    },
};

pub use self::job::{mend, spawn, tidy};
use crate::{
    article::Filter,
    cache::{Kind, Tag},
    error::Result,
    page::union,
    session::Session,
    store::{ContextExt as _, Sections},
};

/// What articles are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Facet {
    Sections,
    Topics,
    Stories,
    Places,
    Sources,
    Genres,
    Languages,
    Urgencies,
    Years,
}

impl Facet {
    const ALL: [Self; 9] = [
        Self::Sections,
        Self::Topics,
        Self::Stories,
        Self::Places,
        Self::Sources,
        Self::Genres,
        Self::Languages,
        Self::Urgencies,
        Self::Years,
    ];

    /// What counts by value change with.
    pub(crate) const TAGS: [Kind; 8] = [
        Kind::Articles,
        Kind::Edits,
        Kind::Links,
        Kind::Sections,
        Kind::Topics,
        Kind::Stories,
        Kind::Places,
        Kind::Sources,
    ];

    fn field(self) -> &'static str {
        match self {
            Self::Sections => "sections",
            Self::Topics => "topics",
            Self::Stories => "stories",
            Self::Places => "places",
            Self::Sources => "sources",
            Self::Genres => "genres",
            Self::Languages => "languages",
            Self::Urgencies => "urgencies",
            Self::Years => "years",
        }
    }

    /// The facets that the object of this field is asked for.
    pub(crate) fn selected(ctx: &Context<'_>) -> Vec<Self> {
        let selection = ctx.look_ahead();
        Self::ALL.into_iter().filter(|facet| selection.field(facet.field()).exists()).collect()
    }
}

/// A value with the number of articles that have it.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ValueCount {
    /// The value, as the filter takes it: a slug, a form, a language, a number or a year.
    value: String,
    /// The value as readers see it.
    label: String,
    /// How many published articles have it; those of a section are also those of the sections below it.
    count: i32,
}

/// The counts that were asked for.
pub(crate) struct Counts(BTreeMap<Facet, Vec<ValueCount>>);

impl Counts {
    fn of(&self, facet: Facet) -> Vec<ValueCount> {
        self.0.get(&facet).cloned().unwrap_or_default()
    }

    /// Counts what `matched` selects with a filter, by each of `facets` without what the filter says of it; `most` values of each.
    pub(crate) async fn load(
        session: &Session,
        sections: &Sections,
        facets: &[Facet],
        filter: &Filter,
        matched: impl Fn(&Filter) -> Select<article::Entity>,
        most: usize,
    ) -> Result<Self> {
        let mut with = WithClause::new();
        let mut named: Vec<(Filter, &'static str)> = Vec::new();
        let mut branches = Vec::new();
        for (facet, own) in facets.iter().map(|facet| (*facet, filter.without(*facet))) {
            let table = match named.iter().find(|(known, _)| *known == own) {
                Some((_, table)) => table,
                None => {
                    let table = facet.field();
                    with.cte(
                        CommonTableExpression::new()
                            .query(columns(matched(&own)))
                            .table_name(format!("matched_{table}"))
                            .materialized(true)
                            .to_owned(),
                    );
                    named.push((own, table));
                    table
                }
            };
            branches.push(facet.counts(session.backend(), format!("matched_{table}"), most as u64));
        }
        let mut counts = Self(BTreeMap::new());
        let Some(mut statement) = union(branches.into_iter()) else { return Ok(counts) };
        statement.with_cte(with);
        for row in session.query_all(&statement).await? {
            counts.add(&row)?;
        }
        counts.finish(sections, most);
        Ok(counts)
    }

    /// Adds a value with its count.
    fn add(&mut self, row: &QueryResult) -> Result<(), DbErr> {
        let number: i32 = row.try_get("", "facet")?;
        let Some(facet) = Facet::ALL.into_iter().find(|facet| *facet as i32 == number) else { return Ok(()) };
        let (mut value, mut label): (String, String) = (row.try_get("", "value")?, row.try_get("", "label")?);
        if facet == Facet::Genres {
            label = label.replace('_', " ");
            if let Some(first) = label.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            value.make_ascii_uppercase();
        }
        let count: i64 = row.try_get("", "items")?;
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        self.0.entry(facet).or_default().push(ValueCount { value, label, count });
        Ok(())
    }

    /// Names sections, and puts the most frequent values first.
    fn finish(&mut self, sections: &Sections, most: usize) {
        if let Some(counts) = self.0.get_mut(&Facet::Sections) {
            let own =
                |id: i64| counts.iter().find(|count| count.value.parse() == Ok(id)).map_or(0, |count| count.count);
            let shown = sections.0.iter().filter(|section| !section.hidden).map(|section| ValueCount {
                value: section.slug.clone(),
                label: section.name.clone(),
                count: sections.family(section.id).into_iter().map(own).sum(),
            });
            *counts = shown.filter(|count| count.count > 0).collect();
        }
        for values in self.0.values_mut() {
            values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
            values.truncate(most);
        }
    }
}

/// What articles are counted by.
fn columns(matched: Select<article::Entity>) -> SelectStatement {
    use article::Column as A;
    matched
        .select_only()
        .columns([A::Id, A::SectionId, A::PlaceId, A::SourceId, A::Genre, A::Language, A::Urgency, A::PublishedAt])
        .into_query()
}

impl Facet {
    /// The values of the facet in `matched`, with their numbers.
    fn counts(self, backend: DbBackend, matched: String, most: u64) -> SelectStatement {
        let matched = matched.into_iden();
        let own = |column: &'static str| Expr::col((matched.clone(), column));
        let mut select = Query::select().from(matched.clone()).take();
        let (value, label) = match self {
            // Keys: what is below a section counts for it, too.
            Self::Sections => (own("section_id").cast_as("text"), own("section_id").cast_as("text")),
            Self::Places => {
                use article_place::Column as Link;
                let about = Query::select()
                    .expr(own("id"))
                    .expr(Expr::col(Link::PlaceId.as_column_ref()))
                    .from(matched.clone())
                    .inner_join(article_place::Entity, own("id").eq(Expr::col(Link::ArticleId.as_column_ref())))
                    .take();
                // An article counts once, whether the dateline or the list of places has the place.
                let either = Query::select()
                    .expr(own("id"))
                    .expr(own("place_id"))
                    .from(matched.clone())
                    .union(UnionType::Distinct, about)
                    .take();
                select = Query::select().from_subquery(either, "placed").take();
                let id = Expr::col(("placed", "place_id"));
                joined::<place::Entity>(&mut select, id, place::Column::Id, [place::Column::Slug, place::Column::Name])
            }
            Self::Sources => joined::<source::Entity>(
                &mut select,
                own("source_id"),
                source::Column::Id,
                [source::Column::Slug, source::Column::Name],
            ),
            Self::Topics => {
                use article_topic::Column as Link;
                select.inner_join(article_topic::Entity, own("id").eq(Expr::col(Link::ArticleId.as_column_ref())));
                let id = Expr::col(Link::TopicId.as_column_ref());
                joined::<topic::Entity>(&mut select, id, topic::Column::Id, [topic::Column::Slug, topic::Column::Name])
            }
            Self::Stories => {
                use story_article::Column as Link;
                select.inner_join(story_article::Entity, own("id").eq(Expr::col(Link::ArticleId.as_column_ref())));
                let id = Expr::col(Link::StoryId.as_column_ref());
                joined::<story::Entity>(&mut select, id, story::Column::Id, [story::Column::Slug, story::Column::Title])
            }
            Self::Genres => (own("genre"), own("genre")),
            Self::Languages => (own("language"), own("language")),
            Self::Urgencies => {
                select.and_where(own("urgency").is_not_null());
                (own("urgency").cast_as("text"), own("urgency").cast_as("text"))
            }
            Self::Years => {
                let year = match backend {
                    DbBackend::Postgres => "to_char($1 AT TIME ZONE 'UTC', 'YYYY')",
                    _ => "strftime('%Y', ?)",
                };
                let year = || Expr::cust_with_exprs(year, [own("published_at")]);
                (year(), year())
            }
        };
        select
            .expr_as(Expr::val(self as i32).cast_as("integer"), "facet")
            .expr_as(value, "value")
            .expr_as(label, "label")
            .expr_as(Expr::col(Asterisk).count(), "items")
            .add_group_by([Expr::cust("2"), Expr::cust("3")])
            .order_by("items", Order::Desc)
            .order_by("value", Order::Asc)
            // Those of a section that is above others are summed up of all.
            .limit(if matches!(self, Self::Sections) { 10_000 } else { most })
            .take()
    }
}

/// Joins the table of the values, and names the columns of their slugs and names.
fn joined<E: EntityTrait>(
    select: &mut SelectStatement,
    key: SimpleExpr,
    id: E::Column,
    [value, label]: [E::Column; 2],
) -> (SimpleExpr, SimpleExpr) {
    select.inner_join(E::default(), key.eq(Expr::col(id.as_column_ref())));
    (Expr::col(value.as_column_ref()), Expr::col(label.as_column_ref()))
}

/// How many of the articles that a search finds have which value. Each list leaves out what the filter says of it, so that a reader
/// sees what else could be chosen; at most 50 values of each, the most frequent first.
pub(crate) struct SearchFacets(pub(crate) Counts);

/// How many of the articles that a search finds have which value. Each list leaves out what the filter says of it, so that a reader
/// sees what else could be chosen; at most 50 values of each, the most frequent first.
#[Object]
impl SearchFacets {
    /// By section.
    async fn sections(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Sections)
    }

    /// By topic.
    async fn topics(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Topics)
    }

    /// By place: that of the dateline, and those that articles are about.
    async fn places(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Places)
    }

    /// By source.
    async fn sources(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Sources)
    }

    /// By journalistic form.
    async fn genres(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Genres)
    }

    /// By language.
    async fn languages(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Languages)
    }

    /// By the year of publication, in UTC. To choose one, filter by `published`.
    async fn years(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Years)
    }
}

/// Every value that a filter takes and at least one published article has, with the number of these; the most frequent first, at most 2,000
/// of each.
pub(crate) struct FilterOptions(Counts);

/// Every value that a filter takes and at least one published article has, with the number of these; the most frequent first, at most 2,000
/// of each.
#[Object(cache_control(max_age = 60))]
impl FilterOptions {
    /// For `sections`.
    async fn sections(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Sections)
    }

    /// For `topics`.
    async fn topics(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Topics)
    }

    /// For `stories`.
    async fn stories(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Stories)
    }

    /// For `places`.
    async fn places(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Places)
    }

    /// For `genres`.
    async fn genres(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Genres)
    }

    /// For `languages`.
    async fn languages(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Languages)
    }

    /// For `sources`.
    async fn sources(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Sources)
    }

    /// For `urgencyAtMost`: how many articles have just this urgency.
    async fn urgencies(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Urgencies)
    }
}

/// The root field of what filters take.
#[derive(Default)]
pub(crate) struct FilterQuery;

#[Object]
impl FilterQuery {
    /// Every value that an `ArticleFilter` takes, with the number of published articles that have it: what a page that lets readers choose
    /// needs.
    async fn filter_options(&self, ctx: &Context<'_>) -> Result<FilterOptions> {
        /// Far more values than a reader can choose from.
        const MOST: usize = 2_000;
        let store = ctx.store();
        let (sections, facets) = (store.sections().await?, Facet::selected(ctx));
        let session = Session::begin(store.reading(Facet::TAGS.map(Tag::all))).await?;
        let counts = match store.sight() {
            Sight::Public(now) => Counts::kept(&session, &sections, &facets, now, MOST).await?,
            // What is kept is what the public may see.
            sight => {
                let seen = |_: &Filter| article::Entity::seen_by(sight);
                Counts::load(&session, &sections, &facets, &Filter::default(), seen, MOST).await?
            }
        };
        session.end().await?;
        Ok(FilterOptions(counts))
    }
}
