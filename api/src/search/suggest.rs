//! Suggestions while someone types: headlines and names whose words begin so.

use std::collections::HashSet;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::{article, contributor, place, section, story, term_status::TermKind, topic, topic_name};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, IdenStatic as _, QueryFilter as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, ExprTrait as _, Order, SelectStatement, SimpleExpr},
};

use super::{
    fts5::{few, in_headline, in_titles},
    query::words,
    script,
};
use crate::{
    cache::{Kind, Tag},
    error::{Error, Result},
    link::{col, is_any},
    node,
    nullability::{Nullable, semantic_non_null},
    page::{bounded, union},
    session::Session,
    store::{ContextExt as _, Store},
    term,
};

/// The longest prefix, in characters.
const LONGEST: usize = 200;

/// What a suggestion names.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SuggestionKind {
    /// A section.
    Section,
    /// A topic.
    Topic,
    /// A story.
    Story,
    /// A place.
    Place,
    /// An author, a photographer or who else makes articles.
    Contributor,
    /// An article, by its headline.
    Article,
}

/// Something whose name has words that begin as what was typed.
#[derive(Clone, SimpleObject)]
#[graphql(cache_control(max_age = 60))]
pub(crate) struct Suggestion {
    /// What it is.
    kind: SuggestionKind,
    /// Its global id, for `node`.
    id: ID,
    /// Its readable key.
    slug: String,
    /// Its headline, title or name; a topic that has several names is given by the one that fits.
    text: String,
}

/// The root field of suggestions.
#[derive(Default)]
pub(crate) struct SuggestQuery;

#[Object]
impl SuggestQuery {
    /// What a reader may be about to type: sections, topics, stories, places and contributors by name, topics also by their names in other
    /// languages, and the newest articles by headline. Every word of the prefix must be in the name, the last one as the beginning of a word.
    /// Names that begin with the prefix come first; articles have at least half of the list when there are as many.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was typed so far; at most 200 characters.")] prefix: String,
        #[graphql(default_with = "Some(8)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<Suggestion>> {
        Some(
            async {
                let first = bounded("first", first.unwrap_or(8))?;
                let length = prefix.chars().count();
                if length > LONGEST {
                    let message = format!("`prefix` has {length} characters, the limit is {LONGEST}");
                    return Err(Error::bad_input("prefix", message));
                }
                let words: Vec<String> = words(&prefix).map(|word| word.folded).collect();
                if words.is_empty() {
                    return Ok(Some(Vec::new()));
                }
                suggestions(ctx.store(), &words, first).await.map(Some)
            }
            .await,
        )
    }
}

async fn suggestions(store: &Store, typed: &[String], first: usize) -> Result<Vec<Suggestion>> {
    let tags =
        [Kind::Edits, Kind::Sections, Kind::Topics, Kind::Stories, Kind::Places, Kind::Contributors, Kind::Galleries];
    let tags = tags.map(Tag::all);
    let session = Session::begin(store.reading(tags.into_iter().chain(term::tags()))).await?;
    let prefix = Prefix { backend: session.backend(), words: typed, first: first as u64 };
    let is_known = |kind: TermKind, id: SimpleExpr| kind.is_seen_by(id, store.sight());
    let branches = [
        prefix.names::<section::Entity>(
            section::Entity::find()
                .filter(section::Column::Hidden.eq(false))
                .filter(is_known(TermKind::Section, col(section::Column::Id))),
            SuggestionKind::Section,
            [section::Column::Id, section::Column::Slug, section::Column::Name],
        ),
        prefix.names::<topic::Entity>(
            topic::Entity::find().filter(is_known(TermKind::Topic, col(topic::Column::Id))),
            SuggestionKind::Topic,
            [topic::Column::Id, topic::Column::Slug, topic::Column::Name],
        ),
        prefix.topic_names(is_known(TermKind::Topic, col(topic::Column::Id))),
        prefix.names::<story::Entity>(
            story::Entity::seen_by(store.sight()),
            SuggestionKind::Story,
            [story::Column::Id, story::Column::Slug, story::Column::Title],
        ),
        prefix.names::<place::Entity>(
            place::Entity::find().filter(is_known(TermKind::Place, col(place::Column::Id))),
            SuggestionKind::Place,
            [place::Column::Id, place::Column::Slug, place::Column::Name],
        ),
        prefix.names::<contributor::Entity>(
            contributor::Entity::find().filter(is_known(TermKind::Contributor, col(contributor::Column::Id))),
            SuggestionKind::Contributor,
            [contributor::Column::Id, contributor::Column::Slug, contributor::Column::Name],
        ),
        prefix.headlines(&session, store).await?,
    ];
    let statement = union(branches.into_iter()).expect("there are branches");
    let rows = session.query_all(&statement).await?;
    session.end().await?;
    let (mut names, mut headlines) = (Vec::new(), Vec::new());
    for row in &rows {
        let number: i32 = row.try_get("", "kind")?;
        let (kind, id) = match number {
            0 => (SuggestionKind::Section, node::Kind::Section),
            1 => (SuggestionKind::Topic, node::Kind::Topic),
            2 => (SuggestionKind::Story, node::Kind::Story),
            3 => (SuggestionKind::Place, node::Kind::Place),
            4 => (SuggestionKind::Contributor, node::Kind::Contributor),
            _ => (SuggestionKind::Article, node::Kind::Article),
        };
        let (slug, text) = (row.try_get("", "slug")?, row.try_get("", "label")?);
        let found = Suggestion { kind, id: id.id(row.try_get("", "id")?), slug, text };
        if kind == SuggestionKind::Article { headlines.push(found) } else { names.push(found) }
    }
    // Of equal names that of the section stands before that of the topic, and the shorter before the longer.
    names.sort_by_cached_key(|name| {
        let own: Vec<String> = words(&name.text).map(|word| word.folded).collect();
        (!own.join(" ").starts_with(&typed.join(" ")), name.kind, name.text.chars().count(), name.text.clone())
    });
    // A topic may fit by its names in several languages.
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.id.clone()));
    names.truncate(first - headlines.len().min(first / 2));
    names.extend(headlines);
    names.truncate(first);
    Ok(names)
}

/// What was typed, as it is put to a database.
struct Prefix<'t> {
    backend: DbBackend,
    words: &'t [String],
    first: u64,
}

impl Prefix<'_> {
    /// The newest articles by headline.
    async fn headlines(&self, session: &Session, store: &Store) -> Result<SelectStatement> {
        use article::Column as A;
        let found = match self.backend {
            DbBackend::Postgres => self.on_postgres("left(article.headline, 10000)"),
            _ => {
                let found = in_titles(in_headline(&self.fts5_of_text()));
                match few(session, found.clone()).await? {
                    Some(ids) => is_any(self.backend, col(A::Id), ids.into_iter()),
                    // Not by the key, but along the times until there are enough.
                    None => Expr::cust("+article.id").in_subquery(found),
                }
            }
        };
        let select = article::Entity::seen_by(store.sight()).filter(found);
        let mut statement = self.labelled(select, SuggestionKind::Article, [A::Id, A::Slug, A::Headline]);
        statement
            .order_by_expr(Expr::col((article::Entity, A::PublishedAt)), Order::Desc)
            .order_by_expr(Expr::col((article::Entity, A::Id)), Order::Desc)
            .limit(self.first);
        Ok(statement)
    }

    /// Topics by their names in other languages.
    fn topic_names(&self, is_known: SimpleExpr) -> SelectStatement {
        use topic_name::Column as N;
        let found = match self.backend {
            DbBackend::Postgres => self.on_postgres("topic_name.name"),
            _ => Expr::cust_with_values(
                "topic_name.id IN (SELECT rowid FROM topic_name_words WHERE topic_name_words MATCH ?)",
                [self.fts5()],
            ),
        };
        let select = topic_name::Entity::find().select_only().column_as(N::TopicId, "id");
        let mut statement = select.filter(found).into_query();
        statement
            .expr_as(Expr::col((topic::Entity, topic::Column::Slug)), "slug")
            .expr_as(Expr::col((topic_name::Entity, N::Name)), "label")
            .inner_join(
                topic::Entity,
                Expr::col((topic::Entity, topic::Column::Id)).equals((topic_name::Entity, N::TopicId)),
            )
            .and_where(Expr::col((topic::Entity, topic::Column::Name)).not_equals((topic_name::Entity, N::Name)))
            .and_where(is_known);
        self.best(&mut statement, SuggestionKind::Topic, Expr::col((topic_name::Entity, N::Name)), N::Id)
    }

    /// The names of a table.
    fn names<E: EntityTrait>(
        &self,
        select: Select<E>,
        kind: SuggestionKind,
        columns: [E::Column; 3],
    ) -> SelectStatement {
        let [id, slug, name] = columns;
        let (table, label) = (E::default().table_name().to_owned(), name.as_str().to_owned());
        let found = match self.backend {
            DbBackend::Postgres => self.on_postgres(&format!("{table}.{label}")),
            // Those of four tables share an index.
            _ if kind == SuggestionKind::Contributor => Expr::cust_with_values(
                "contributor.id IN (SELECT rowid FROM contributor_words WHERE contributor_words MATCH ?)",
                [self.fts5()],
            ),
            _ => Expr::cust_with_values(
                format!(
                    "{table}.id IN (SELECT rowid / 4 FROM name_words WHERE name_words MATCH ? AND rowid % 4 = {})",
                    kind as i32
                ),
                [self.fts5()],
            ),
        };
        let select = select.filter(found).select_only();
        let mut statement = select.column_as(id, "id").column_as(slug, "slug").column_as(name, "label").into_query();
        self.best(&mut statement, kind, Expr::col(name.as_column_ref()), id)
    }

    /// Those whose name begins with the prefix first, and the shortest.
    fn best<C: ColumnTrait>(
        &self,
        statement: &mut SelectStatement,
        kind: SuggestionKind,
        name: impl Into<SimpleExpr>,
        id: C,
    ) -> SelectStatement {
        let name: SimpleExpr = name.into();
        let begins = match self.backend {
            DbBackend::Postgres => "strpos(lower($1), $2) = 1",
            _ => "instr(lower(?), ?) = 1",
        };
        let begins = Expr::cust_with_exprs(begins, [name.clone(), Expr::val(self.words.join(" "))]);
        statement
            .expr_as(Expr::val(kind as i32).cast_as("integer"), "kind")
            .order_by_expr(begins, Order::Desc)
            .order_by_expr(Expr::cust_with_exprs("length($1)".replace("$1", self.mark()), [name]), Order::Asc)
            .order_by_expr(Expr::col(id.as_column_ref()), Order::Asc)
            .limit(self.first)
            .take()
    }

    fn mark(&self) -> &'static str {
        if self.backend == DbBackend::Postgres { "$1" } else { "?" }
    }

    fn labelled<E: EntityTrait>(
        &self,
        select: Select<E>,
        kind: SuggestionKind,
        [id, slug, label]: [E::Column; 3],
    ) -> SelectStatement {
        let mut statement =
            select.select_only().column_as(id, "id").column_as(slug, "slug").column_as(label, "label").into_query();
        statement.expr_as(Expr::val(kind as i32).cast_as("integer"), "kind");
        statement
    }

    /// Whether the words of `text`, an expression of ours that an index has, begin so. What was typed has only letters and digits.
    fn on_postgres(&self, text: &str) -> SimpleExpr {
        let words: Vec<String> = self.words.iter().map(|word| format!("'{word}'")).collect();
        let query = format!("{}:*", words.join(" & "));
        Expr::cust_with_values(
            format!("to_tsvector('pg_catalog.simple', search_plain({text})) @@ $1::tsquery"),
            [query],
        )
    }

    /// For texts, of which scripts without spaces are indexed two letters at a time.
    fn fts5_of_text(&self) -> String {
        if !self.words.iter().any(|word| word.contains(script::is_unspaced)) {
            return self.fts5();
        }
        let phrase = |word: &String| match &script::wanted(word)[..] {
            [only] => format!("\"{}\" *", only.trim_end_matches('*')),
            terms => format!("\"{}\"", terms.join(" ")),
        };
        let phrases: Vec<String> = self.words.iter().map(phrase).collect();
        phrases.join(" AND ")
    }

    fn fts5(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| format!("\"{word}\"")).collect();
        format!("{} *", words.join(" AND "))
    }
}
