//! Counts by value: the facets of a search, and the values that filters take.
//!
//! What a search finds is counted when it is asked for. The counts of all articles are kept by the database (`kept`, `job`).

mod job;
mod kept;

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Context, Lookahead, Object, SimpleObject};
use entity::{
    article::{self, Sight},
    article_contributor, article_place, article_topic, contributor, place, source, story, story_article, topic,
};
use sea_orm::{
    ColumnTrait as _, DbBackend, DbErr, EntityTrait, QueryResult, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{
        Asterisk, CommonTableExpression, Expr, ExprTrait as _, IntoIden as _, Order, Query, SelectStatement,
        SimpleExpr, UnionType, WithClause,
    },
};

pub use self::job::{mend, spawn, tidy};
pub(crate) use self::kept::KeptTotal;
use crate::{
    article::Filter,
    cache::{Kind, Tag},
    error::Result,
    nullability::{Nullable, semantic_non_null},
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
    Contributors,
    Genres,
    Languages,
    Urgencies,
    Years,
}

impl Facet {
    pub(crate) const ALL: [Self; 10] = [
        Self::Sections,
        Self::Topics,
        Self::Stories,
        Self::Places,
        Self::Sources,
        Self::Contributors,
        Self::Genres,
        Self::Languages,
        Self::Urgencies,
        Self::Years,
    ];

    /// What counts by value change with.
    pub(crate) const TAGS: [Kind; 9] = [
        Kind::Articles,
        Kind::Edits,
        Kind::Links,
        Kind::Sections,
        Kind::Topics,
        Kind::Stories,
        Kind::Places,
        Kind::Sources,
        Kind::Contributors,
    ];

    fn field(self) -> &'static str {
        match self {
            Self::Sections => "sections",
            Self::Topics => "topics",
            Self::Stories => "stories",
            Self::Places => "places",
            Self::Sources => "sources",
            Self::Contributors => "contributors",
            Self::Genres => "genres",
            Self::Languages => "languages",
            Self::Urgencies => "urgencies",
            Self::Years => "years",
        }
    }

    /// The facets that an object is asked for.
    pub(crate) fn selected(selection: &Lookahead<'_>) -> Vec<Self> {
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

/// What is to be counted.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// All articles, whatever their values.
    pub(crate) total: bool,
    pub(crate) facets: Vec<Facet>,
}

impl Wanted {
    /// The filters of what is counted, each with all that is counted of what it lets through: everything, or by a facet.
    pub(crate) fn tables(&self, own: impl Fn(Option<Facet>) -> Filter) -> Vec<(Filter, Vec<Option<Facet>>)> {
        let mut tables: Vec<(Filter, Vec<Option<Facet>>)> = Vec::new();
        let all = self.total.then_some(None).into_iter();
        for facet in all.chain(self.facets.iter().copied().map(Some)) {
            let own = own(facet);
            match tables.iter_mut().find(|(known, _)| *known == own) {
                Some((_, counted)) => counted.push(facet),
                None => tables.push((own, vec![facet])),
            }
        }
        tables
    }
}

/// How much is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    /// Values of each facet.
    pub(crate) values: usize,
    /// Articles of each part of what is counted; any number without.
    pub(crate) articles: Option<u64>,
}

/// The counts that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) total: i64,
    /// Whether there are more articles than were to be counted.
    pub(crate) exceeded: bool,
    values: BTreeMap<Facet, Vec<ValueCount>>,
}

/// What the number of all articles is called among the facets of a statement, and that of articles whose number is not asked for.
const TOTAL: i32 = -1;
const SIZE: i32 = -2;

impl Counts {
    /// Nothing but a number.
    pub(crate) fn of_total(total: u64) -> Self {
        Self { total: total.cast_signed(), ..Self::default() }
    }

    fn of(&self, facet: Facet) -> Vec<ValueCount> {
        self.values.get(&facet).cloned().unwrap_or_default()
    }

    /// Counts what `matched` selects with a filter, in parts that have no article in common: all of it, and by each facet; `most` values of each.
    /// What a facet counts is let through by a filter of its own.
    pub(crate) async fn load(
        session: &Session,
        sections: &Sections,
        wanted: &Wanted,
        own: impl Fn(Option<Facet>) -> Filter,
        matched: impl Fn(&Filter) -> Vec<Select<article::Entity>>,
        Most { values, articles }: Most,
    ) -> Result<Self> {
        let mut with = WithClause::new();
        let mut branches = Vec::new();
        for ((own, counted), number) in wanted.tables(own).into_iter().zip(0..) {
            let name = format!("matched_{number}");
            let mut parts = matched(&own).into_iter().map(columns);
            let rows = match articles {
                Some(most) => union(parts.map(|mut part| part.limit(most + 1).take())),
                None => {
                    parts.next().map(|first| parts.fold(first, |mut all, part| all.union(UnionType::All, part).take()))
                }
            };
            let Some(rows) = rows else { continue };
            let mut table = CommonTableExpression::new();
            table.query(rows).table_name(name.clone()).materialized(counted != [None]);
            with.cte(table);
            if counted.contains(&None) {
                branches.push(size_of(name.clone(), TOTAL));
            } else if articles.is_some() {
                branches.push(size_of(name.clone(), SIZE));
            }
            let facets = counted.into_iter().flatten();
            branches.extend(facets.map(|facet| facet.counts(session.backend(), name.clone(), values as u64)));
        }
        let mut counts = Self::default();
        let Some(mut statement) = union(branches.into_iter()) else { return Ok(counts) };
        statement.with_cte(with);
        for row in session.query_all(&statement).await? {
            counts.add(&row, articles)?;
        }
        counts.finish(sections, values);
        Ok(counts)
    }

    /// Adds a value with its count, or the size of a table of which `most` articles were to be counted.
    fn add(&mut self, row: &QueryResult, most: Option<u64>) -> Result<(), DbErr> {
        let number: i32 = row.try_get("", "facet")?;
        let count: i64 = row.try_get("", "items")?;
        if number == TOTAL {
            self.total = count;
        }
        if [TOTAL, SIZE].contains(&number) {
            self.exceeded |= most.is_some_and(|most| count.cast_unsigned() > most);
            return Ok(());
        }
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let Some(facet) = Facet::ALL.into_iter().find(|facet| *facet as i32 == number) else { return Ok(()) };
        let (mut value, mut label): (String, String) = (row.try_get("", "value")?, row.try_get("", "label")?);
        if facet == Facet::Genres {
            label = label.replace('_', " ");
            if let Some(first) = label.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            value.make_ascii_uppercase();
        }
        self.values.entry(facet).or_default().push(ValueCount { value, label, count });
        Ok(())
    }

    /// Names sections, and puts the most frequent values first.
    fn finish(&mut self, sections: &Sections, most: usize) {
        if let Some(counts) = self.values.get_mut(&Facet::Sections) {
            let own =
                |id: i64| counts.iter().find(|count| count.value.parse() == Ok(id)).map_or(0, |count| count.count);
            let shown = sections.known().filter(|section| !section.hidden).map(|section| ValueCount {
                value: section.slug.clone(),
                label: section.name.clone(),
                count: sections.family(section.id).into_iter().map(own).sum(),
            });
            *counts = shown.filter(|count| count.count > 0).collect();
        }
        for values in self.values.values_mut() {
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

/// The number of all rows of `matched`.
fn size_of(matched: String, number: i32) -> SelectStatement {
    let nothing = || Expr::val("");
    counted(
        Query::select().from(matched.into_iden()).take(),
        number,
        [nothing(), nothing()],
        Expr::col(Asterisk).count(),
    )
}

/// A statement that answers counts by value.
fn counted(
    mut select: SelectStatement,
    number: i32,
    [value, label]: [SimpleExpr; 2],
    items: SimpleExpr,
) -> SelectStatement {
    select
        .expr_as(Expr::val(number).cast_as("integer"), "facet")
        .expr_as(value.cast_as("text"), "value")
        .expr_as(label.cast_as("text"), "label")
        .expr_as(items, "items")
        .take()
}

/// The values with their numbers, as they are before they are named.
const BY_VALUE: &str = "by_value";

impl Facet {
    /// The values of the facet in `matched`, with their numbers.
    fn counts(self, backend: DbBackend, matched: String, most: u64) -> SelectStatement {
        let matched = matched.into_iden();
        let own = |column: &'static str| Expr::col((matched.clone(), column));
        let mut rows = Query::select().from(matched.clone()).take();
        let value = match self {
            // Keys: what is below a section counts for it, too.
            Self::Sections => own("section_id"),
            Self::Places => {
                use article_place::Column as Link;
                let about = Query::select()
                    .expr(Expr::col(Link::PlaceId.as_column_ref()))
                    .from(matched.clone())
                    .inner_join(article_place::Entity, own("id").eq(Expr::col(Link::ArticleId.as_column_ref())))
                    // An article counts once, whether the dateline or the list of places has the place.
                    .and_where(
                        own("place_id").is_null().or(own("place_id").ne(Expr::col(Link::PlaceId.as_column_ref()))),
                    )
                    .take();
                let either =
                    Query::select().expr(own("place_id")).from(matched.clone()).union(UnionType::All, about).take();
                rows = Query::select().from_subquery(either, "placed").take();
                Expr::col(("placed", "place_id"))
            }
            Self::Sources => own("source_id"),
            Self::Topics => {
                use article_topic::Column as Link;
                rows.inner_join(article_topic::Entity, own("id").eq(Expr::col(Link::ArticleId.as_column_ref())));
                Expr::col(Link::TopicId.as_column_ref())
            }
            Self::Contributors => {
                use article_contributor::Column as Link;
                rows.inner_join(article_contributor::Entity, own("id").eq(Expr::col(Link::ArticleId.as_column_ref())));
                Expr::col(Link::ContributorId.as_column_ref())
            }
            Self::Stories => {
                use story_article::Column as Link;
                rows.inner_join(story_article::Entity, own("id").eq(Expr::col(Link::ArticleId.as_column_ref())));
                Expr::col(Link::StoryId.as_column_ref())
            }
            Self::Genres => own("genre"),
            Self::Languages => own("language"),
            Self::Urgencies => {
                rows.and_where(own("urgency").is_not_null());
                own("urgency")
            }
            Self::Years => {
                let year = match backend {
                    DbBackend::Postgres => "to_char($1 AT TIME ZONE 'UTC', 'YYYY')",
                    _ => "strftime('%Y', ?)",
                };
                Expr::cust_with_exprs(year, [own("published_at")])
            }
        };
        rows.expr_as(value, "value").expr_as(Expr::col(Asterisk).count(), "items").add_group_by([Expr::cust("1")]);
        let by_value = |column: &'static str| Expr::col((BY_VALUE, column));
        let mut select = Query::select().from_subquery(rows, BY_VALUE).take();
        let named = match self {
            Self::Topics => {
                joined::<topic::Entity>(&mut select, topic::Column::Id, [topic::Column::Slug, topic::Column::Name])
            }
            Self::Stories => {
                select.and_where(story::Column::PubStatus.eq(story::PubStatus::Usable));
                joined::<story::Entity>(&mut select, story::Column::Id, [story::Column::Slug, story::Column::Title])
            }
            Self::Places => {
                joined::<place::Entity>(&mut select, place::Column::Id, [place::Column::Slug, place::Column::Name])
            }
            Self::Sources => {
                joined::<source::Entity>(&mut select, source::Column::Id, [source::Column::Slug, source::Column::Name])
            }
            Self::Contributors => {
                use contributor::Column as C;
                joined::<contributor::Entity>(&mut select, C::Id, [C::Slug, C::Name])
            }
            Self::Sections | Self::Genres | Self::Languages | Self::Urgencies | Self::Years => {
                [by_value("value"), by_value("value")]
            }
        };
        counted(select, self as i32, named, by_value("items"))
            .order_by("items", Order::Desc)
            .order_by("value", Order::Asc)
            // Those of a section that is above others are summed up of all.
            .limit(if matches!(self, Self::Sections) { 10_000 } else { most })
            .take()
    }
}

/// Joins the table of the values, and names the columns of their slugs and names.
fn joined<E: EntityTrait>(select: &mut SelectStatement, id: E::Column, named: [E::Column; 2]) -> [SimpleExpr; 2] {
    select.inner_join(E::default(), Expr::col((BY_VALUE, "value")).eq(Expr::col(id.as_column_ref())));
    named.map(|column| Expr::col(column.as_column_ref()))
}

/// How many of the articles that a search finds have which value. Each list leaves out what the filter says of it, so that a reader
/// sees what else could be chosen; at most 50 values of each, the most frequent first.
pub(crate) struct SearchFacets(pub(crate) Arc<Counts>);

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

    /// By author, photographer or who else made the article.
    async fn contributors(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Contributors)
    }

    /// By journalistic form.
    async fn genres(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Genres)
    }

    /// By language.
    async fn languages(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Languages)
    }

    /// By the year of publication, in UTC. To choose one, filter by `published`; what the filter says of it is left out only when `countedSince`
    /// is null.
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

    /// For `contributors`.
    async fn contributors(&self) -> Vec<ValueCount> {
        self.0.of(Facet::Contributors)
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
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn filter_options(&self, ctx: &Context<'_>) -> Nullable<FilterOptions> {
        Some(
            async {
                /// Far more values than a reader can choose from.
                const MOST: usize = 2_000;
                let store = ctx.store();
                let (sections, facets) = (store.sections().await?, Facet::selected(&ctx.look_ahead()));
                let session = Session::begin(store.reading(Facet::TAGS.map(Tag::all))).await?;
                let counts = match store.sight() {
                    Sight::Public(now) => Counts::kept(&session, &sections, &facets, now, MOST).await?,
                    // What is kept is what the public may see.
                    sight => {
                        let seen = |_: &Filter| vec![article::Entity::seen_by(sight)];
                        let wanted = Wanted { total: false, facets };
                        let most = Most { values: MOST, articles: None };
                        Counts::load(&session, &sections, &wanted, |_| Filter::default(), seen, most).await?
                    }
                };
                session.end().await?;
                Ok(Some(FilterOptions(counts)))
            }
            .await,
        )
    }
}
