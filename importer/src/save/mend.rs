//! Parts terms that stand for several things, and merges those that stand for one: what `newsgraph terms` does.

use std::fmt;

use entity::{
    article, article_terms_due, contributor, place, section, source,
    term_alias::{self, KeyType},
    term_status::{self, TermKind},
    top_story, topic, topic_alias, topic_name,
    transaction::writing,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, TransactionSession as _, TransactionTrait,
    sea_query::{Alias, Condition, Expr, ExprTrait as _, Func, OnConflict, Query, SelectStatement, SimpleExpr},
};

use super::{
    insert, nothing,
    terms::known::{Known, Name, Table, fold_names},
};
use crate::{
    draft::{Contributor, Place, Term, Topic},
    text,
};

/// Articles that change terms in one transaction.
const PART: usize = 1_000;

/// Why nothing is parted or merged.
#[derive(Debug)]
pub enum Refused {
    /// No term has the readable key.
    Unknown(TermKind, String),
    /// It is not said which articles go.
    Everything,
    /// No article fits that has the term.
    Nobody(String),
    /// The other term would be the same one.
    Same(String),
    /// A kind of terms that has no identifiers.
    NoIdentifiers(TermKind),
    /// The name says nothing.
    NoName,
    /// The database failed.
    Failed(DbErr),
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(kind, slug) => write!(formatter, "no {} has the readable key `{slug}`", kind.name()),
            Self::Everything => formatter.write_str(
                "say which articles go: their identifiers, `--prefix`, `--owner`, `--source`, `--language` or `--byline`; or `--again` for \
                 those that name it when they come again",
            ),
            Self::Nobody(slug) => write!(formatter, "no such article has `{slug}`; nothing is changed"),
            Self::Same(slug) => write!(
                formatter,
                "`{slug}` is the same one; a namesake needs an identifier of its own, by which news names it (`--identifier`)"
            ),
            Self::NoIdentifiers(kind) => write!(formatter, "a {} has no identifier but its name", kind.name()),
            Self::NoName => formatter.write_str("the name has neither a letter nor a digit"),
            Self::Failed(error) => write!(formatter, "the database cannot be used: {error}"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<DbErr> for Refused {
    fn from(error: DbErr) -> Self {
        Self::Failed(error)
    }
}

/// Which articles go: all of these must hold.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Those with one of these identifiers; any when there is none.
    pub uris: Vec<String>,
    /// Those whose identifier begins so.
    pub prefix: Option<String>,
    /// Those of an owner.
    pub owner: Option<entity::owner::Owner>,
    /// Those of the source with this readable key.
    pub source: Option<String>,
    /// Those in a language.
    pub language: Option<String>,
    /// Those whose byline has this in it.
    pub byline: Option<String>,
}

impl Which {
    fn is_any(&self) -> bool {
        let Self { uris, prefix, owner, source, language, byline } = self;
        uris.is_empty()
            && prefix.is_none()
            && owner.is_none()
            && source.is_none()
            && language.is_none()
            && byline.is_none()
    }
}

/// What a term is parted into.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The name of the other one.
    pub name: String,
    /// Its identifier, where news names it by one.
    pub identifier: Option<String>,
    /// The articles that go to it.
    pub which: Which,
    /// Whether all articles of the term are filed anew when they come again.
    pub again: bool,
}

/// What parting came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// The readable key of the other term.
    pub slug: String,
    /// Articles that went to it.
    pub moved: usize,
    /// Articles that are filed anew when they come again.
    pub due: u64,
}

impl fmt::Display for Parted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} has {}", self.slug, number(self.moved))?;
        match self.due {
            0 => Ok(()),
            due => {
                let are = if due == 1 { "is" } else { "are" };
                let due = number(usize::try_from(due).unwrap_or(usize::MAX));
                write!(formatter, "; when they come again, {due} of the others {are} filed by the names that they give")
            }
        }
    }
}

fn number(articles: usize) -> String {
    format!("{articles} article{}", if articles == 1 { "" } else { "s" })
}

/// What merging came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Terms that are gone.
    pub terms: usize,
    /// Their articles.
    pub moved: usize,
}

impl fmt::Display for Merged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} with {}", self.terms, number(self.moved))
    }
}

/// Where articles, and other items, have a term.
struct Use {
    table: &'static str,
    column: &'static str,
    /// The column that names the article; none of what is no article.
    article: Option<&'static str>,
}

fn uses(kind: TermKind) -> &'static [Use] {
    macro_rules! uses {
        ($(($table:literal, $column:literal, $article:expr)),*) => {
            &[$(Use { table: $table, column: $column, article: $article }),*]
        };
    }
    match kind {
        TermKind::Section => uses![("article", "section_id", Some("id")), ("gallery", "section_id", None)],
        TermKind::Source => uses![("article", "source_id", Some("id"))],
        TermKind::Place => {
            uses![("article", "place_id", Some("id")), ("article_place", "place_id", Some("article_id"))]
        }
        TermKind::Topic => uses![("article_topic", "topic_id", Some("article_id"))],
        TermKind::Contributor => uses![("article_contributor", "contributor_id", Some("article_id"))],
    }
}

impl Use {
    fn of(&self, column: &'static str) -> Expr {
        Expr::col((Alias::new(self.table), Alias::new(column)))
    }

    /// The articles that have a term.
    fn articles(&self, term: i64) -> Option<SelectStatement> {
        let article = self.article?;
        let mut select = Query::select();
        select.expr(self.of(article)).from(Alias::new(self.table)).and_where(self.of(self.column).eq(term));
        Some(select)
    }

    /// Gives a term's items to another, those of some articles or all. An article that has both has the other alone then.
    async fn hand_over(
        &self,
        db: &impl ConnectionTrait,
        [from, into]: [i64; 2],
        articles: Option<&[i64]>,
    ) -> Result<(), DbErr> {
        let column = || Expr::col(Alias::new(self.column));
        let of_some = |article: &'static str| {
            articles.map(|articles| Expr::col(Alias::new(article)).is_in(articles.iter().copied()))
        };
        let mut condition = Condition::all().add(column().eq(from));
        match (self.article, articles) {
            (None, Some(_)) => return Ok(()),
            (Some(article), Some(_)) => condition = condition.add_option(of_some(article)),
            (_, None) => {}
        }
        let mut update = Query::update();
        update.table(Alias::new(self.table)).value(Alias::new(self.column), into).cond_where(condition.clone());
        let Some(article) = self.article.filter(|article| *article != "id") else {
            db.execute(&update).await?;
            return Ok(());
        };
        let has_both = Query::select()
            .column(Alias::new(article))
            .from(Alias::new(self.table))
            .and_where(column().eq(into))
            .take();
        update.and_where(Expr::col(Alias::new(article)).not_in_subquery(has_both));
        db.execute(&update).await?;
        db.execute(Query::delete().from_table(Alias::new(self.table)).cond_where(condition)).await?;
        Ok(())
    }
}

/// The articles that have a term and fit.
async fn articles(db: &impl ConnectionTrait, kind: TermKind, term: i64, which: &Which) -> Result<Vec<i64>, Refused> {
    use article::Column as A;
    let mut has_term = Condition::any();
    for found in uses(kind).iter().filter_map(|of| of.articles(term)) {
        has_term = has_term.add(A::Id.in_subquery(found));
    }
    let mut select = article::Entity::find().select_only().column(A::Id).filter(has_term);
    if !which.uris.is_empty() {
        select = select.filter(A::Uri.is_in(which.uris.iter().map(String::as_str)));
    }
    if let Some(prefix) = &which.prefix {
        // SQLite's LIKE takes `a` and `A` for one.
        let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
        let beginning = Func::cust("substr").arg(Expr::col(A::Uri)).arg(Expr::val(1)).arg(Expr::val(length));
        select = select.filter(Expr::expr(beginning).eq(prefix.as_str()));
    }
    if let Some(owner) = &which.owner {
        select = select.filter(article::Entity::owner().eq(owner.to_string()));
    }
    if let Some(slug) = &which.source {
        let source = source::Entity::find().filter(source::Column::Slug.eq(slug.as_str())).one(db).await?;
        let source = source.ok_or_else(|| Refused::Unknown(TermKind::Source, slug.clone()))?;
        select = select.filter(A::SourceId.eq(source.id));
    }
    if let Some(language) = &which.language {
        select = select.filter(A::Language.eq(language.as_str()));
    }
    if let Some(byline) = &which.byline {
        let without =
            Func::cust("replace").arg(Expr::col(A::Byline)).arg(Expr::val(byline.as_str())).arg(Expr::val(""));
        select = select.filter(Expr::expr(without).ne(Expr::col(A::Byline)));
    }
    Ok(select.order_by_asc(A::Id).into_tuple().all(db).await?)
}

/// Moves articles from one term to another. Old articles of a source whose owner its name tells keep that owner.
async fn hand_over(db: &impl ConnectionTrait, kind: TermKind, terms: [i64; 2], articles: &[i64]) -> Result<(), DbErr> {
    if kind == TermKind::Source {
        article::Entity::update_many()
            .col_expr(article::Column::Owner, article::Entity::owner())
            .filter(article::Column::Id.is_in(articles.iter().copied()))
            .filter(article::Column::Owner.eq(""))
            .exec(db)
            .await?;
    }
    for of in uses(kind) {
        of.hand_over(db, terms, Some(articles)).await?;
    }
    Ok(())
}

/// Parts a term: another one of a name of its own, made if it is not there, gets the chosen articles, and is found by that name from then on.
pub async fn part<C: ConnectionTrait + TransactionTrait>(
    db: &C,
    kind: TermKind,
    slug: &str,
    part: &Part,
) -> Result<Parted, Refused> {
    fold_names(db).await?;
    match kind {
        TermKind::Section => part_of::<section::Entity, C>(db, slug, part).await,
        TermKind::Topic => part_of::<topic::Entity, C>(db, slug, part).await,
        TermKind::Place => part_of::<place::Entity, C>(db, slug, part).await,
        TermKind::Source => part_of::<source::Entity, C>(db, slug, part).await,
        TermKind::Contributor => part_of::<contributor::Entity, C>(db, slug, part).await,
    }
}

/// The key and the name of the term with a readable key.
async fn find<E: Table>(db: &impl ConnectionTrait, slug: &str) -> Result<(i64, String), Refused> {
    let found = E::find().select_only().columns([E::ID, E::NAME]).filter(E::SLUG.eq(slug));
    let found = found.into_tuple::<(i64, String)>().one(db).await?;
    found.ok_or_else(|| Refused::Unknown(E::KIND, slug.to_owned()))
}

async fn part_of<E: Table, C: ConnectionTrait + TransactionTrait>(
    db: &C,
    slug: &str,
    part: &Part,
) -> Result<Parted, Refused> {
    let (from, name) = find::<E>(db, slug).await?;
    let wanted = text::folded(&part.name).filter(|name| text::is_name(name)).ok_or(Refused::NoName)?;
    if part.identifier.is_some() && E::CODE.is_none() {
        return Err(Refused::NoIdentifiers(E::KIND));
    }
    if part.identifier.is_none() && text::name_key(&name) == text::name_key(&wanted) {
        return Err(Refused::Same(slug.to_owned()));
    }
    if part.which.is_any() && !part.again {
        return Err(Refused::Everything);
    }
    let chosen = if part.which.is_any() { Vec::new() } else { articles(db, E::KIND, from, &part.which).await? };
    if chosen.is_empty() && !part.which.is_any() {
        return Err(Refused::Nobody(slug.to_owned()));
    }
    let transaction = db.begin_with_options(writing()).await?;
    // The name meant the term that is parted; now it means the other one.
    let key = text::name_key(&wanted);
    term_alias::Entity::delete_many()
        .filter(term_alias::Column::Kind.eq(E::KIND))
        .filter(term_alias::Column::TermId.eq(from))
        .filter(alias_keys(&key, part.identifier.as_deref()))
        .exec(&transaction)
        .await?;
    let other = make(&transaction, E::KIND, &wanted, part.identifier.as_deref(), from).await?;
    let Some(into) = other.filter(|id| *id != from) else { return Err(Refused::Same(slug.to_owned())) };
    transaction.commit().await?;
    for chosen in chosen.chunks(PART) {
        let transaction = db.begin_with_options(writing()).await?;
        hand_over(&transaction, E::KIND, [from, into], chosen).await?;
        transaction.commit().await?;
    }
    let due = if part.again { file_anew(db, E::KIND, from).await? } else { 0 };
    let made = E::find().select_only().column(E::SLUG).filter(E::ID.eq(into)).into_tuple::<String>().one(db).await?;
    Ok(Parted { slug: made.unwrap_or_default(), moved: chosen.len(), due })
}

fn alias_keys(name: &str, identifier: Option<&str>) -> Condition {
    use term_alias::Column as A;
    let of = |key_type: KeyType, key: &str| A::KeyType.eq(key_type).and(A::Key.eq(key));
    let name = identifier.is_none().then(|| of(KeyType::Name, name));
    let identifier = identifier.map(|identifier| of(KeyType::Uri, identifier));
    Condition::any().add_option(name).add_option(identifier)
}

/// Finds the term of a name or makes it, like `model` in what has nothing to do with its name.
async fn make(
    db: &impl ConnectionTrait,
    kind: TermKind,
    name: &str,
    identifier: Option<&str>,
    model: i64,
) -> Result<Option<i64>, DbErr> {
    let mut known = Known::new(kind);
    let identifier = identifier.map(ToOwned::to_owned);
    let (term_name, made) = match kind {
        TermKind::Section => {
            let term = Term { name: name.to_owned(), ..Term::default() };
            let last = section::Entity::find().select_only().expr(section::Column::Position.max());
            let last = last.into_tuple::<Option<i32>>().one(db).await?.flatten().unwrap_or_default();
            let Some(model) = section::Entity::find_by_id(model).one(db).await? else { return Ok(None) };
            let row = |slug, name: &Name, term: &Term| section::ActiveModel {
                slug: Set(slug),
                name: Set(term.name.clone()),
                name_key: Set(Some(name.key.clone())),
                name_claim: Set(name.claim()),
                position: Set(last + 1),
                parent_id: Set(model.parent_id),
                hidden: Set(model.hidden),
                ..Default::default()
            };
            let name = Name::of_section(&term);
            (name.clone(), known.make::<section::Entity, _, _>(db, vec![(name, term)], false, row).await?)
        }
        TermKind::Topic => {
            let term = Topic { name: name.to_owned(), qcode: identifier, ..Topic::default() };
            let Some(model) = topic::Entity::find_by_id(model).one(db).await? else { return Ok(None) };
            let row = |slug, name: &Name, term: &Topic| topic::ActiveModel {
                slug: Set(slug),
                name: Set(term.name.clone()),
                name_key: Set(Some(name.key.clone())),
                name_claim: Set(name.claim()),
                qcode: Set(name.code.clone()),
                broader_id: Set(model.broader_id),
                ..Default::default()
            };
            let name = Name::of_topic(&term);
            (name.clone(), known.make::<topic::Entity, _, _>(db, vec![(name, term)], false, row).await?)
        }
        TermKind::Place => {
            let term = Place { name: name.to_owned(), uri: identifier, ..Place::default() };
            let row = |slug, name: &Name, term: &Place| super::terms::place_row(slug, name, term);
            let name = Name::of_place(&term);
            (name.clone(), known.make::<place::Entity, _, _>(db, vec![(name, term)], false, row).await?)
        }
        TermKind::Source => {
            let term = Term { name: name.to_owned(), ..Term::default() };
            let row = |slug, name: &Name, term: &Term| source::ActiveModel {
                slug: Set(slug),
                name: Set(term.name.clone()),
                name_key: Set(Some(name.key.clone())),
                name_claim: Set(name.claim()),
                ..Default::default()
            };
            let name = Name::of_source(&term);
            (name.clone(), known.make::<source::Entity, _, _>(db, vec![(name, term)], false, row).await?)
        }
        TermKind::Contributor => {
            let term = Contributor { name: name.to_owned(), uri: identifier, ..Contributor::default() };
            let row = |slug, name: &Name, term: &Contributor| contributor::ActiveModel {
                slug: Set(slug),
                name: Set(term.name.clone()),
                name_key: Set(Some(name.key.clone())),
                name_claim: Set(name.claim()),
                uri: Set(term.uri.clone()),
                ..Default::default()
            };
            let name = Name::of_contributor(&term);
            (name.clone(), known.make::<contributor::Entity, _, _>(db, vec![(name, term)], false, row).await?)
        }
    };
    let id = known.find(&term_name);
    if made.contains(&term_name) {
        // It is as public as its articles are.
        term_status::Entity::doubt(db, kind, id).await?;
    }
    Ok(id)
}

/// Lets all articles of a term be filed anew when they come again.
async fn file_anew(db: &impl ConnectionTrait, kind: TermKind, term: i64) -> Result<u64, Refused> {
    let due = articles(db, kind, term, &Which::default()).await?;
    let rows = due.iter().map(|id| article_terms_due::ActiveModel { article_id: Set(*id), kind: Set(kind) });
    insert(db, rows.collect(), 2, &nothing()).await?;
    Ok(u64::try_from(due.len()).unwrap_or_default())
}

/// Merges terms into one, which is found by their names and identifiers from then on.
pub async fn merge<C: ConnectionTrait + TransactionTrait>(
    db: &C,
    kind: TermKind,
    slugs: &[String],
    into: &str,
) -> Result<Merged, Refused> {
    fold_names(db).await?;
    match kind {
        TermKind::Section => merge_of::<section::Entity, C>(db, slugs, into).await,
        TermKind::Topic => merge_of::<topic::Entity, C>(db, slugs, into).await,
        TermKind::Place => merge_of::<place::Entity, C>(db, slugs, into).await,
        TermKind::Source => merge_of::<source::Entity, C>(db, slugs, into).await,
        TermKind::Contributor => merge_of::<contributor::Entity, C>(db, slugs, into).await,
    }
}

async fn merge_of<E: Table, C: ConnectionTrait + TransactionTrait>(
    db: &C,
    slugs: &[String],
    into: &str,
) -> Result<Merged, Refused> {
    let (heir, _) = find::<E>(db, into).await?;
    let mut merged = Merged::default();
    let mut terms = Vec::new();
    for slug in slugs {
        let (id, name) = find::<E>(db, slug).await?;
        if id == heir {
            return Err(Refused::Same(slug.clone()));
        }
        terms.push((id, name));
    }
    for (id, name) in terms {
        let of_term = articles(db, E::KIND, id, &Which::default()).await?;
        for part in of_term.chunks(PART) {
            let transaction = db.begin_with_options(writing()).await?;
            hand_over(&transaction, E::KIND, [id, heir], part).await?;
            transaction.commit().await?;
        }
        let transaction = db.begin_with_options(writing()).await?;
        // What has come meanwhile, and what is no article.
        let late = articles(&transaction, E::KIND, id, &Which::default()).await?;
        hand_over(&transaction, E::KIND, [id, heir], &late).await?;
        for of in uses(E::KIND) {
            of.hand_over(&transaction, [id, heir], None).await?;
        }
        inherit(&transaction, E::KIND, id, heir).await?;
        inherit_keys(&transaction, E::KIND, id, heir, &name).await?;
        transaction.commit().await?;
        merged.terms += 1;
        merged.moved += of_term.len() + late.len();
    }
    Ok(merged)
}

/// The heir is found by what the term was found by.
async fn inherit_keys(db: &impl ConnectionTrait, kind: TermKind, id: i64, heir: i64, name: &str) -> Result<(), DbErr> {
    use term_alias::Column as A;
    // Its own aliases went with the row of the term, by a trigger.
    let alias = term_alias::ActiveModel {
        kind: Set(kind),
        key_type: Set(KeyType::Name),
        key: Set(text::name_key(name)),
        term_id: Set(heir),
    };
    let update = OnConflict::columns([A::Kind, A::KeyType, A::Key]).update_column(A::TermId).to_owned();
    insert(db, vec![alias], 4, &update).await?;
    let of_term = term_status::Entity::delete_many().filter(term_status::Column::Kind.eq(kind));
    of_term.filter(term_status::Column::TermId.eq(id)).exec(db).await?;
    Ok(())
}

/// Gives the heir what only it can have now, and takes the term away.
async fn inherit(db: &impl ConnectionTrait, kind: TermKind, id: i64, heir: i64) -> Result<(), DbErr> {
    use term_alias::Column as A;
    term_alias::Entity::update_many()
        .col_expr(A::TermId, heir.into())
        .filter(A::Kind.eq(kind))
        .filter(A::TermId.eq(id))
        .exec(db)
        .await?;
    match kind {
        TermKind::Section => inherit_section(db, id, heir).await,
        TermKind::Topic => inherit_topic(db, id, heir).await,
        TermKind::Place => {
            let rows = [id, heir].map(|id| place::Entity::find_by_id(id).one(db));
            let [Some(gone), Some(heir)] = both(rows).await? else { return Ok(()) };
            place::Entity::delete_by_id(id).exec(db).await?;
            let uri = inherited_code(db, kind, gone.uri, heir.uri.clone(), heir.id).await?;
            let mut change = heir.clone().into_active_model();
            change.uri = Set(uri);
            change.country_code = Set(heir.country_code.or(gone.country_code));
            change.time_zone = Set(heir.time_zone.or(gone.time_zone));
            if heir.latitude.is_none() && heir.longitude.is_none() {
                (change.latitude, change.longitude) = (Set(gone.latitude), Set(gone.longitude));
            }
            place::Entity::update(change).exec(db).await.map(|_| ())
        }
        TermKind::Source => {
            let rows = [id, heir].map(|id| source::Entity::find_by_id(id).one(db));
            let [Some(gone), Some(heir)] = both(rows).await? else { return Ok(()) };
            source::Entity::delete_by_id(id).exec(db).await?;
            let mut change = heir.clone().into_active_model();
            change.url = Set(heir.url.or(gone.url));
            source::Entity::update(change).exec(db).await.map(|_| ())
        }
        TermKind::Contributor => {
            let rows = [id, heir].map(|id| contributor::Entity::find_by_id(id).one(db));
            let [Some(gone), Some(heir)] = both(rows).await? else { return Ok(()) };
            contributor::Entity::delete_by_id(id).exec(db).await?;
            let uri = inherited_code(db, kind, gone.uri, heir.uri.clone(), heir.id).await?;
            let mut change = heir.clone().into_active_model();
            change.uri = Set(uri);
            change.biography = Set(heir.biography.or(gone.biography));
            change.links = Set(heir.links.or(gone.links));
            change.image_id = Set(heir.image_id.or(gone.image_id));
            contributor::Entity::update(change).exec(db).await.map(|_| ())
        }
    }
}

async fn both<T>(rows: [impl Future<Output = Result<T, DbErr>>; 2]) -> Result<[T; 2], DbErr> {
    let [one, other] = rows;
    Ok([one.await?, other.await?])
}

/// The identifier that the heir has then; a second one finds it, too.
async fn inherited_code(
    db: &impl ConnectionTrait,
    kind: TermKind,
    gone: Option<String>,
    own: Option<String>,
    heir: i64,
) -> Result<Option<String>, DbErr> {
    let (Some(code), Some(own)) = (gone.clone(), own.clone()) else { return Ok(own.or(gone)) };
    let alias =
        term_alias::ActiveModel { kind: Set(kind), key_type: Set(KeyType::Uri), key: Set(code), term_id: Set(heir) };
    insert(db, vec![alias], 4, &nothing()).await?;
    Ok(Some(own))
}

async fn inherit_section(db: &impl ConnectionTrait, id: i64, heir: i64) -> Result<(), DbErr> {
    use section::Column as S;
    use top_story::Column as T;
    let parent = section::Entity::find_by_id(id).one(db).await?.and_then(|row| row.parent_id);
    // Sections do not stand below themselves.
    section::Entity::update_many()
        .col_expr(S::ParentId, Expr::val(parent.filter(|parent| *parent != heir)))
        .filter(S::Id.eq(heir).and(S::ParentId.eq(id)))
        .exec(db)
        .await?;
    let below = section::Entity::update_many().col_expr(S::ParentId, heir.into());
    below.filter(S::ParentId.eq(id).and(S::Id.ne(heir))).exec(db).await?;
    let has_own = top_story::Entity::find().filter(T::SectionId.eq(heir)).one(db).await?.is_some();
    if !has_own {
        let lists = top_story::Entity::update_many().col_expr(T::SectionId, heir.into());
        lists.filter(T::SectionId.eq(id)).exec(db).await?;
    }
    section::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

async fn inherit_topic(db: &impl ConnectionTrait, id: i64, heir: i64) -> Result<(), DbErr> {
    use topic::Column as T;
    use topic_alias::Column as A;
    use topic_name::Column as N;
    let rows = [id, heir].map(|id| topic::Entity::find_by_id(id).one(db));
    let [Some(gone), Some(kept)] = both(rows).await? else { return Ok(()) };
    let broader = gone.broader_id.filter(|broader| *broader != heir);
    let own = topic::Entity::update_many().col_expr(T::BroaderId, Expr::val(broader));
    own.filter(T::Id.eq(heir).and(T::BroaderId.eq(id))).exec(db).await?;
    let below = topic::Entity::update_many().col_expr(T::BroaderId, heir.into());
    below.filter(T::BroaderId.eq(id).and(T::Id.ne(heir))).exec(db).await?;
    let aliases = topic_alias::Entity::update_many().col_expr(A::TopicId, heir.into());
    aliases.filter(A::TopicId.eq(id)).exec(db).await?;
    let languages = topic_name::Entity::find().select_only().column(N::Language).filter(N::TopicId.eq(heir));
    let names = topic_name::Entity::update_many().col_expr(N::TopicId, heir.into()).filter(N::TopicId.eq(id));
    names.filter(N::Language.not_in_subquery(languages.into_query())).exec(db).await?;
    topic::Entity::delete_by_id(id).exec(db).await?;
    match (gone.qcode, kept.qcode) {
        (Some(code), None) => {
            let update = topic::Entity::update_many().col_expr(T::Qcode, Expr::val(code));
            update.filter(T::Id.eq(heir)).exec(db).await?;
        }
        (Some(code), Some(_)) => {
            insert(db, vec![topic_alias::ActiveModel { qcode: Set(code), topic_id: Set(heir) }], 2, &nothing()).await?;
        }
        (None, _) => {}
    }
    Ok(())
}

/// What there is to know of a term before it is parted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// What else finds it: names that it had or that were merged into it, and identifiers.
    pub keys: Vec<String>,
    /// How many articles have it.
    pub articles: usize,
    /// How many of each owner, language and byline, the most frequent first.
    pub by: [Vec<(String, i64)>; 3],
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "name: {}", self.name)?;
        for key in &self.keys {
            writeln!(formatter, "also found by: {key}")?;
        }
        writeln!(formatter, "articles: {}", self.articles)?;
        for (title, counts) in ["owner", "language", "byline"].into_iter().zip(&self.by) {
            for (value, count) in counts {
                writeln!(formatter, "{title} {value}: {count}")?;
            }
        }
        Ok(())
    }
}

/// Says what is known of a term.
pub async fn show<C: ConnectionTrait>(db: &C, kind: TermKind, slug: &str) -> Result<Shown, Refused> {
    match kind {
        TermKind::Section => show_of::<section::Entity, C>(db, slug).await,
        TermKind::Topic => show_of::<topic::Entity, C>(db, slug).await,
        TermKind::Place => show_of::<place::Entity, C>(db, slug).await,
        TermKind::Source => show_of::<source::Entity, C>(db, slug).await,
        TermKind::Contributor => show_of::<contributor::Entity, C>(db, slug).await,
    }
}

async fn show_of<E: Table, C: ConnectionTrait>(db: &C, slug: &str) -> Result<Shown, Refused> {
    use term_alias::Column as A;
    let (id, name) = find::<E>(db, slug).await?;
    let mut keys: Vec<String> = Vec::new();
    if let Some(code) = E::CODE {
        let code = E::find().select_only().column(code).filter(E::ID.eq(id)).into_tuple::<Option<String>>();
        keys.extend(code.one(db).await?.flatten());
    }
    let aliases = term_alias::Entity::find().filter(A::Kind.eq(E::KIND)).filter(A::TermId.eq(id));
    let aliases = aliases.order_by_asc(A::KeyType).order_by_asc(A::Key).all(db).await?;
    let own = text::name_key(&name);
    keys.extend(aliases.into_iter().map(|alias| alias.key).filter(|key| *key != own));
    let counted = [
        article::Entity::owner(),
        Expr::col((article::Entity, article::Column::Language)),
        Expr::col((article::Entity, article::Column::Byline)),
    ];
    let mut by: [Vec<(String, i64)>; 3] = Default::default();
    for (value, counts) in counted.into_iter().zip(&mut by) {
        *counts = count(db, E::KIND, id, value).await?;
    }
    Ok(Shown { name, keys, articles: articles(db, E::KIND, id, &Which::default()).await?.len(), by })
}

async fn count(
    db: &impl ConnectionTrait,
    kind: TermKind,
    term: i64,
    value: SimpleExpr,
) -> Result<Vec<(String, i64)>, DbErr> {
    let mut has_term = Condition::any();
    for found in uses(kind).iter().filter_map(|of| of.articles(term)) {
        has_term = has_term.add(article::Column::Id.in_subquery(found));
    }
    let counts = article::Entity::find()
        .select_only()
        .expr_as(value, "value")
        .expr_as(article::Column::Id.count(), "number")
        .filter(has_term)
        .group_by(Expr::col("value"));
    let counts = counts.into_tuple::<(Option<String>, i64)>().all(db).await?;
    let mut counts: Vec<(String, i64)> = counts
        .into_iter()
        .filter_map(|(value, number)| Some((value.filter(|value| !value.is_empty())?, number)))
        .collect();
    counts.sort_by(|(one, few), (other, many)| many.cmp(few).then_with(|| one.cmp(other)));
    Ok(counts)
}
