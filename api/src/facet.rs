//! Counts by value: the facets of a search, and the values that filters take.

use std::collections::BTreeMap;

use async_graphql::{Context, Object, SimpleObject};
use entity::{article, article_topic, place, section, source, story, story_article, topic};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{
        Asterisk, CommonTableExpression, Expr, ExprTrait as _, IntoIden as _, Order, Query, SelectStatement,
        SimpleExpr, WithClause,
    },
};

use crate::{
    article::Filter,
    cache::{Kind, Tag},
    error::Result,
    page::union,
    session::Session,
    store::ContextExt as _,
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
    /// How many published articles have it.
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
        facets: &[Facet],
        filter: &Filter,
        matched: impl Fn(&Filter) -> Select<article::Entity>,
        most: u64,
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
            branches.push(facet.counts(session.backend(), format!("matched_{table}"), most));
        }
        let mut counts = Self(BTreeMap::new());
        let Some(mut statement) = union(branches.into_iter()) else { return Ok(counts) };
        statement.with_cte(with);
        for row in session.query_all(&statement).await? {
            let number: i32 = row.try_get("", "facet")?;
            let Some(facet) = Facet::ALL.into_iter().find(|facet| *facet as i32 == number) else { continue };
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
            counts.0.entry(facet).or_default().push(ValueCount { value, label, count });
        }
        for values in counts.0.values_mut() {
            values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        }
        Ok(counts)
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
            Self::Sections => {
                select.and_where(section::Column::Hidden.eq(false));
                joined::<section::Entity>(
                    &mut select,
                    own("section_id"),
                    section::Column::Id,
                    [section::Column::Slug, section::Column::Name],
                )
            }
            Self::Places => joined::<place::Entity>(
                &mut select,
                own("place_id"),
                place::Column::Id,
                [place::Column::Slug, place::Column::Name],
            ),
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
            .limit(most)
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

    /// By the place of the dateline.
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

/// Every value that a filter takes and at least one published article has, with the number of these; the most frequent first.
pub(crate) struct FilterOptions(Counts);

/// Every value that a filter takes and at least one published article has, with the number of these; the most frequent first.
#[Object]
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
    /// needs. Only the lists that are asked for are counted.
    async fn filter_options(&self, ctx: &Context<'_>) -> Result<FilterOptions> {
        /// Far more values than a reader can choose from.
        const MOST: u64 = 2_000;
        let store = ctx.store();
        let facets = Facet::selected(ctx);
        let session = Session::begin(store.reading(Facet::TAGS.map(Tag::all))).await?;
        let published = |_: &Filter| article::Entity::published(store.now);
        let counts = Counts::load(&session, &facets, &Filter::default(), published, MOST).await?;
        session.end().await?;
        Ok(FilterOptions(counts))
    }
}
