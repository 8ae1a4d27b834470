//! Sections: how a newsroom sorts its articles.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::section;

use crate::{
    article::{ArticleArgs, ArticleFilter, ArticleList, ArticleOrder, Scope},
    curation::{CuratedItem, top_stories},
    node::Kind,
    nullability::{Nullable, semantic_non_null},
    page::{Connection, PageArgs},
    ranking::{Ranking, RankingWindow},
    scalar::Url,
    store::{ContextExt as _, Sections},
};

/// A section.
#[derive(Clone)]
pub(crate) struct Section(pub(crate) Arc<section::Model>);

/// A part of the newsroom's output, as in its menu: World, Sport and so on.
#[Object(cache_control(max_age = 300))]
impl Section {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Section.id(self.0.id)
    }

    /// Readable key, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Address of the section's page on your site.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        ctx.store().settings.pages.section.of(&self.0.slug)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its place in menus, ascending.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// The section that it is a part of.
    async fn parent(&self, ctx: &Context<'_>) -> Nullable<Section> {
        Some(
            async {
                let Some(parent) = self.0.parent_id else { return Ok(None) };
                let sections = ctx.store().sections().await?;
                Ok(sections.known().find(|section| section.id == parent).cloned().map(Section))
            }
            .await,
        )
    }

    /// The sections that are parts of it, in the order of menus.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn children(&self, ctx: &Context<'_>) -> Nullable<Vec<Section>> {
        Some(
            async {
                let sections = ctx.store().sections().await?;
                let children =
                    sections.known().filter(|section| section.parent_id == Some(self.0.id) && !section.hidden);
                Ok(Some(children.cloned().map(Section).collect()))
            }
            .await,
        )
    }

    /// Its published articles, newest first; without those of the sections below it, which a filter by `sections` lists, too.
    #[graphql(directive = semantic_non_null::apply(None))]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to list; everything when left out.")] filter: Option<Box<ArticleFilter>>,
        #[graphql(desc = "In which order: `NEWEST` when left out.")] order_by: Option<ArticleOrder>,
        #[graphql(desc = "The first so many items: 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<ArticleList>> {
        Some(
            async {
                let page = PageArgs { first, after, last, before };
                ArticleArgs { filter, order_by, page }.connection(ctx, Scope::Section(self.0.id)).await.map(Some)
            }
            .await,
        )
    }

    /// What the editors put on top of the section.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn top_stories(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(5)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<CuratedItem>> {
        Some(top_stories(ctx, Some(self.0.id), first).await.map(Some))
    }

    /// What readers of the section read most.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn most_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The span of time in which reads count.")] window: RankingWindow,
        #[graphql(default_with = "Some(7)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Ranking> {
        Some(Ranking::load(ctx, window, Some(self.0.id), first).await.map(Some))
    }
}

impl Sections {
    /// A section and all that are below it.
    pub(crate) fn family(&self, id: i64) -> Vec<i64> {
        let mut family = vec![id];
        let mut next = 0;
        while let Some(above) = family.get(next).copied() {
            let below = self.all.iter().filter(|section| section.parent_id == Some(above)).map(|section| section.id);
            let new: Vec<i64> = below.filter(|id| !family.contains(id)).collect();
            family.extend(new);
            next += 1;
        }
        family
    }
}

/// The root fields of sections.
#[derive(Default)]
pub(crate) struct SectionQuery;

#[Object]
impl SectionQuery {
    /// The sections of the newsroom in the order of its menu.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn sections(&self, ctx: &Context<'_>) -> Nullable<Vec<Section>> {
        Some(
            async {
                let sections = ctx.store().sections().await?;
                Ok(Some(sections.known().filter(|section| !section.hidden).cloned().map(Section).collect()))
            }
            .await,
        )
    }

    /// One section; null when none has the slug.
    async fn section(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its readable key.")] slug: String,
    ) -> Nullable<Section> {
        Some(async { Ok(ctx.store().sections().await?.by_slug(&slug).cloned().map(Section)) }.await)
    }
}
