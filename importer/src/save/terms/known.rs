//! Which term a name means ([decision 34](../../../../docs/decisions/0034-tell-terms-apart-by-their-names.md)): by its identifier where it has
//! one, else by the name itself. Readable keys only stand in addresses, unless the newsroom itself has given them.

use std::collections::{HashMap, HashSet};

use entity::{
    contributor, place, section, source,
    term_alias::{self, KeyType},
    term_status::{self, TermKind, TermStatus},
    topic,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
    sea_query::{CaseStatement, Condition, Expr, ExprTrait as _, Query, SimpleExpr},
};

use super::super::with_suffix;
use crate::{
    draft::{Contributor, Place, Term, Topic},
    text,
};

/// Names that are looked up in one statement.
pub(in crate::save) const PART: usize = 2_000;

/// Rows whose names are folded in one statement.
const FOLDED: u64 = 500;

/// A table of terms.
pub(in crate::save) trait Table: EntityTrait {
    const KIND: TermKind;
    const ID: Self::Column;
    const SLUG: Self::Column;
    const NAME: Self::Column;
    const NAME_KEY: Self::Column;
    /// The identifier in a vocabulary.
    const CODE: Option<Self::Column>;
    /// Tells terms of one name apart.
    const COUNTRY: Option<Self::Column>;
}

macro_rules! table {
    ($table:ident, $kind:ident, $code:expr, $country:expr) => {
        impl Table for $table::Entity {
            const KIND: TermKind = TermKind::$kind;
            const ID: Self::Column = $table::Column::Id;
            const SLUG: Self::Column = $table::Column::Slug;
            const NAME: Self::Column = $table::Column::Name;
            const NAME_KEY: Self::Column = $table::Column::NameKey;
            const CODE: Option<Self::Column> = $code;
            const COUNTRY: Option<Self::Column> = $country;
        }
    };
}

table!(section, Section, None, None);
table!(source, Source, None, None);
table!(topic, Topic, Some(topic::Column::Qcode), None);
table!(contributor, Contributor, Some(contributor::Column::Uri), None);
table!(place, Place, Some(place::Column::Uri), Some(place::Column::CountryCode));

/// How a term is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::save) struct Name {
    /// What it is told apart by when it has no code.
    pub(in crate::save) key: String,
    /// The readable key that it is given if it is new and nothing else has it.
    wish: String,
    /// Whether the readable key is named, too.
    has_slug: bool,
    /// Whether it is the term itself that an editor sends: its readable key is the newsroom's word, not a wish.
    is_record: bool,
    /// The identifier in its vocabulary.
    pub(in crate::save) code: Option<String>,
    country: Option<String>,
}

impl Name {
    fn new(kind: TermKind, slug: Option<&str>, name: &str) -> Self {
        let key = text::name_key(name);
        // Some scripts have no letters in ASCII.
        let made = || text::slug(name).unwrap_or_else(|| with_suffix(kind.name(), &key));
        let wish = slug.map_or_else(made, ToOwned::to_owned);
        Self { key, wish, has_slug: slug.is_some(), is_record: false, code: None, country: None }
    }

    pub(in crate::save) fn of_section(section: &Term) -> Self {
        Self::new(TermKind::Section, section.slug.as_deref(), &section.name)
    }

    pub(in crate::save) fn of_source(source: &Term) -> Self {
        Self::new(TermKind::Source, source.slug.as_deref(), &source.name)
    }

    pub(in crate::save) fn of_topic(topic: &Topic) -> Self {
        Self { code: topic.qcode.clone(), ..Self::new(TermKind::Topic, topic.slug.as_deref(), &topic.name) }
    }

    pub(in crate::save) fn of_place(place: &Place) -> Self {
        let named = Self::new(TermKind::Place, place.slug.as_deref(), &place.name);
        Self { code: place.uri.clone(), country: place.country_code.clone(), ..named }
    }

    pub(in crate::save) fn of_contributor(person: &Contributor) -> Self {
        Self { code: person.uri.clone(), ..Self::new(TermKind::Contributor, None, &person.name) }
    }

    /// The name of a term that is sent as such, by an editor or not.
    pub(in crate::save) fn of_record(self, by_editor: bool) -> Self {
        Self { is_record: by_editor, ..self }
    }

    /// What only one term has that is known by a name alone.
    pub(in crate::save) fn claim(&self) -> Option<String> {
        let country = self.country.as_ref().map_or_else(String::new, |country| format!("\n{country}"));
        (self.code.is_none() && !self.is_told_by_slug()).then(|| format!("{}{country}", self.key))
    }

    /// Whether its readable key says which term it is.
    fn is_told_by_slug(&self) -> bool {
        self.has_slug && self.is_record
    }

    /// Readable keys for it, the best one first; the same at each import.
    fn slugs(&self, kind: TermKind) -> impl Iterator<Item = String> {
        let mut base = self.wish.clone();
        let mut second = None;
        match (kind, &self.code, &self.country) {
            (TermKind::Topic, Some(code), _) => {
                second = text::slug(&format!("{base} {}", code.rsplit(':').next().unwrap_or(code)));
            }
            (TermKind::Place, _, Some(country)) => {
                base = format!("{base}-{}", country.to_ascii_lowercase());
                second = Some(base.clone());
            }
            _ => {}
        }
        let which = self.code.clone().unwrap_or_else(|| self.key.clone());
        let others = (1..).map(move |number| match number {
            1 => with_suffix(&base, &which),
            _ => with_suffix(&base, &format!("{which} {number}")),
        });
        std::iter::once(self.wish.clone()).chain(second).chain(others)
    }
}

/// A term that is there.
#[derive(Clone, Debug)]
struct Row {
    slug: String,
    key: Option<String>,
    code: Option<String>,
    country: Option<String>,
    /// Whether the newsroom's editors or a vocabulary made it.
    is_listed: bool,
    /// Whether its readable key is another one than its name makes.
    has_own_slug: bool,
}

/// The terms of a kind that have been seen.
pub(in crate::save) struct Known {
    kind: TermKind,
    rows: HashMap<i64, Row>,
    by_slug: HashMap<String, i64>,
    by_code: HashMap<String, i64>,
    /// All of a name, for the names that have been looked up.
    by_name: HashMap<String, Vec<i64>>,
    /// Names that terms had before, or that were merged into them.
    by_earlier_name: HashMap<String, i64>,
}

impl Known {
    pub(in crate::save) fn new(kind: TermKind) -> Self {
        Self {
            kind,
            rows: HashMap::new(),
            by_slug: HashMap::new(),
            by_code: HashMap::new(),
            by_name: HashMap::new(),
            by_earlier_name: HashMap::new(),
        }
    }

    pub(in crate::save) fn find(&self, name: &Name) -> Option<i64> {
        match &name.code {
            Some(code) => self.by_code.get(code).copied(),
            None if name.is_told_by_slug() => self.by_slug.get(&name.wish).copied(),
            None => self.by_own_slug(name).or_else(|| self.by_name(name, |_| true)).or_else(|| self.otherwise(name)),
        }
    }

    /// The term that has a code.
    pub(in crate::save) fn by_code(&self, code: &str) -> Option<i64> {
        self.by_code.get(code).copied()
    }

    /// The term that has `key` as its code, else as its readable key.
    pub(in crate::save) fn find_key(&self, key: &str) -> Option<i64> {
        self.by_code.get(key).or_else(|| self.by_slug.get(key)).copied()
    }

    /// A term of the newsroom's own that is named by the readable key that it has there. All sections are: nobody else has any.
    fn by_own_slug(&self, name: &Name) -> Option<i64> {
        let id = self.by_slug.get(&name.wish).filter(|_| name.has_slug)?;
        (self.kind == TermKind::Section || self.rows.get(id)?.is_listed).then_some(*id)
    }

    /// Of several terms of a name that of the same country, one of the newsroom's own, one without a code, the oldest.
    fn by_name(&self, name: &Name, accepts: impl Fn(&Row) -> bool) -> Option<i64> {
        let rows = self.by_name.get(&name.key)?.iter().filter_map(|id| Some((*id, self.rows.get(id)?)));
        let fitting = rows.filter(|(_, row)| {
            let is_elsewhere = row.country.as_ref().zip(name.country.as_ref()).is_some_and(|(one, other)| one != other);
            !is_elsewhere && accepts(row)
        });
        let best =
            fitting.min_by_key(|(id, row)| (row.country != name.country, !row.is_listed, row.code.is_some(), *id));
        best.map(|(id, _)| id)
    }

    /// A term that had the name before; or one of the newsroom's own, whose readable key is the name.
    fn otherwise(&self, name: &Name) -> Option<i64> {
        if let Some(id) = self.by_earlier_name.get(&name.key) {
            return Some(*id);
        }
        if name.has_slug || !matches!(self.kind, TermKind::Section | TermKind::Topic | TermKind::Place) {
            return None;
        }
        let id = self.by_slug.get(&name.wish)?;
        let row = self.rows.get(id)?;
        let is_its_slug = name.key == row.slug || name.key == row.slug.replace('-', " ");
        // A program may name a section by its key; what a topic is called may just look like one.
        let is_meant = row.has_own_slug || (self.kind == TermKind::Section && name.key.contains('-'));
        (row.is_listed && is_its_slug && is_meant).then_some(*id)
    }

    /// A term that had a name alone until now, and may be given the code of `name`.
    fn without_code(&self, name: &Name) -> Option<i64> {
        let accepts = |row: &Row| row.code.is_none() && (row.country.is_none() || row.country == name.country);
        let own = || {
            let id = self.by_slug.get(&name.wish)?;
            accepts(self.rows.get(id)?).then_some(*id)
        };
        if name.is_told_by_slug() { own() } else { self.by_name(name, accepts) }
    }

    fn is_taken(&self, slug: &str) -> bool {
        self.by_slug.contains_key(slug)
    }

    fn learn(&mut self, id: i64, row: Row) {
        self.by_slug.insert(row.slug.clone(), id);
        if let Some(code) = &row.code {
            self.by_code.insert(code.clone(), id);
        }
        if let Some(ids) = row.key.as_ref().and_then(|key| self.by_name.get_mut(key))
            && !ids.contains(&id)
        {
            ids.push(id);
        }
        self.rows.insert(id, row);
    }

    /// Learns that a code means a term.
    pub(in crate::save) fn learn_code(&mut self, code: String, id: i64) {
        self.by_code.insert(code, id);
    }

    /// Forgets a term that is gone.
    pub(in crate::save) fn forget(&mut self, id: i64) {
        if let Some(row) = self.rows.remove(&id) {
            self.by_slug.remove(&row.slug);
            if let Some(ids) = row.key.and_then(|key| self.by_name.get_mut(&key)) {
                ids.retain(|known| *known != id);
            }
        }
        self.by_code.retain(|_, known| *known != id);
        self.by_earlier_name.retain(|_, known| *known != id);
    }

    /// Looks up what has one of the names.
    pub(in crate::save) async fn look_up<E: Table>(
        &mut self,
        db: &impl ConnectionTrait,
        names: impl IntoIterator<Item = &Name>,
    ) -> Result<(), DbErr> {
        let names: Vec<&Name> = names.into_iter().collect();
        for part in names.chunks(PART) {
            let of = |of: fn(&Name) -> Option<&str>| part.iter().filter_map(move |name| of(name));
            let codes: Vec<&str> = of(|name| name.code.as_deref()).collect();
            let keys: HashSet<&str> = of(|name| Some(&name.key)).collect();
            let slugs = of(|name| Some(&name.wish)).map(ToOwned::to_owned).collect();
            self.look_up_keys::<E>(db, slugs, &keys, &codes).await?;
        }
        Ok(())
    }

    /// Looks up what has one of the readable keys, names or codes.
    pub(in crate::save) async fn look_up_keys<E: Table>(
        &mut self,
        db: &impl ConnectionTrait,
        slugs: Vec<String>,
        keys: &HashSet<&str>,
        codes: &[&str],
    ) -> Result<(), DbErr> {
        for key in keys {
            self.by_name.entry((*key).to_owned()).or_default();
        }
        let nothing = || Expr::cust("CAST(NULL AS text)");
        let or_nothing =
            |column: Option<E::Column>| column.map_or_else(nothing, |column| Expr::col((E::default(), column)));
        let status = term_status::Entity::find()
            .select_only()
            .column(term_status::Column::Status)
            .filter(term_status::Column::Kind.eq(E::KIND))
            .filter(Expr::col((term_status::Entity, term_status::Column::TermId)).equals((E::default(), E::ID)))
            .into_query();
        let mut condition = E::SLUG.is_in(slugs).or(E::NAME_KEY.is_in(keys.iter().copied()));
        if let Some(code) = E::CODE {
            condition = condition.or(code.is_in(codes.iter().copied()));
        }
        let found = E::find()
            .select_only()
            .columns([E::ID, E::SLUG, E::NAME, E::NAME_KEY])
            .expr_as(or_nothing(E::CODE), "code")
            .expr_as(or_nothing(E::COUNTRY), "country")
            .expr_as(Expr::SubQuery(None, Box::new(status.into())), "status")
            .filter(condition);
        type Found = (i64, String, String, Option<String>, Option<String>, Option<String>, Option<TermStatus>);
        for (id, slug, name, key, code, country, status) in found.into_tuple::<Found>().all(db).await? {
            let is_listed = status == Some(TermStatus::Listed);
            let has_own_slug = is_listed && text::slug(&name).as_ref() != Some(&slug);
            self.learn(id, Row { slug, key, code, country, is_listed, has_own_slug });
        }
        let alias = |key_type: KeyType, keys: Vec<&str>| {
            use term_alias::Column as A;
            let aliases = term_alias::Entity::find().filter(A::Kind.eq(E::KIND)).filter(A::KeyType.eq(key_type));
            aliases.filter(A::Key.is_in(keys))
        };
        for row in alias(KeyType::Name, keys.iter().copied().collect()).all(db).await? {
            self.by_earlier_name.insert(row.key, row.term_id);
        }
        if E::CODE.is_some() && !codes.is_empty() {
            for row in alias(KeyType::Uri, codes.to_vec()).all(db).await? {
                self.by_code.entry(row.key).or_insert(row.term_id);
            }
        }
        Ok(())
    }

    /// Finds the terms of these names or makes them; answers the names of those that were made. `adopts` says whether a term that had a
    /// name alone may get a code. Another import may be faster with a readable key: then one more try finds what it made, or takes another key.
    pub(in crate::save) async fn make<E: Table, T, A>(
        &mut self,
        db: &impl ConnectionTrait,
        wanted: Vec<(Name, T)>,
        adopts: bool,
        mut row: impl FnMut(String, &Name, &T) -> A,
    ) -> Result<HashSet<Name>, DbErr>
    where
        A: sea_orm::ActiveModelTrait<Entity = E>,
    {
        let mut seen = HashSet::new();
        let mut unknown: Vec<(Name, T)> =
            wanted.into_iter().filter(|(name, _)| self.find(name).is_none() && seen.insert(name.clone())).collect();
        if unknown.is_empty() {
            return Ok(HashSet::new());
        }
        self.look_up::<E>(db, unknown.iter().map(|(name, _)| name)).await?;
        unknown.retain(|(name, _)| self.find(name).is_none());
        let mut planned = Planned::new(E::KIND);
        let mut adopted = HashSet::new();
        for (name, term) in &unknown {
            if adopts
                && let (Some(code), Some(column)) = (&name.code, E::CODE)
                && let Some(id) = self.without_code(name)
            {
                let update = E::update_many().col_expr(column, code.as_str().into());
                let update = update.filter(E::ID.eq(id).and(column.is_null()));
                if update.exec(db).await?.rows_affected > 0 {
                    if let Some(row) = self.rows.get_mut(&id) {
                        row.code = Some(code.clone());
                    }
                    self.by_code.insert(code.clone(), id);
                    adopted.insert(name.clone());
                    continue;
                }
            }
            planned.add(self, name, term, adopts);
        }
        let slugs: Vec<String> = planned.rows.iter().map(|(slug, ..)| slug.clone()).collect();
        // In one order everywhere: imports that make the same terms wait for each other, and do not stop each other.
        planned.rows.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
        let rows = planned.rows.into_iter().map(|(slug, name, term)| row(slug, &name, term)).collect();
        super::super::insert(db, rows, 10, &super::super::nothing()).await?;
        self.look_up::<E>(db, unknown.iter().map(|(name, _)| name)).await?;
        for part in slugs.chunks(PART) {
            self.look_up_keys::<E>(db, part.to_vec(), &HashSet::new(), &[]).await?;
        }
        Ok(unknown.into_iter().map(|(name, _)| name).filter(|name| !adopted.contains(name)).collect())
    }
}

/// Terms that are about to be made, each once.
struct Planned<'t, T> {
    known: Known,
    rows: Vec<(String, Name, &'t T)>,
}

impl<'t, T> Planned<'t, T> {
    fn new(kind: TermKind) -> Self {
        Self { known: Known::new(kind), rows: Vec::new() }
    }

    fn add(&mut self, there: &Known, name: &Name, term: &'t T, adopts: bool) {
        if self.known.find(name).is_some() {
            return;
        }
        if adopts
            && let Some(code) = &name.code
            && let Some(id) = self.known.without_code(name)
            && let Some(planned) = usize::try_from(id).ok().and_then(|place| self.rows.get_mut(place))
            && let Some(row) = self.known.rows.get_mut(&id)
        {
            row.code = Some(code.clone());
            self.known.by_code.insert(code.clone(), id);
            (planned.1, planned.2) = (name.clone(), term);
            return;
        }
        let mut slugs = name.slugs(there.kind);
        let slug =
            slugs.find(|slug| !there.is_taken(slug) && !self.known.is_taken(slug)).expect("there is no last one");
        self.known.by_name.entry(name.key.clone()).or_default();
        let row = Row {
            slug: slug.clone(),
            key: Some(name.key.clone()),
            code: name.code.clone(),
            country: name.country.clone(),
            is_listed: name.is_record,
            has_own_slug: false,
        };
        self.known.learn(i64::try_from(self.rows.len()).unwrap_or(i64::MAX), row);
        self.rows.push((slug, name.clone(), term));
    }
}

/// Folds the names of terms that nothing has looked at: they were there before names told terms apart, are of a version before that still
/// runs, or were changed by hand.
pub(in crate::save) async fn fold_names(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let any = Condition::any()
        .add(unseen::<section::Entity>())
        .add(unseen::<source::Entity>())
        .add(unseen::<topic::Entity>())
        .add(unseen::<place::Entity>())
        .add(unseen::<contributor::Entity>());
    if db.query_one(Query::select().expr_as(Expr::val(1), "unseen").cond_where(any)).await?.is_none() {
        return Ok(());
    }
    fold_names_of::<section::Entity>(db).await?;
    fold_names_of::<source::Entity>(db).await?;
    fold_names_of::<topic::Entity>(db).await?;
    fold_names_of::<place::Entity>(db).await?;
    fold_names_of::<contributor::Entity>(db).await
}

/// Whether a table has names that nothing has looked at.
fn unseen<E: Table>() -> SimpleExpr {
    Expr::exists(E::find().select_only().column(E::ID).filter(E::NAME_KEY.is_null()).into_query())
}

async fn fold_names_of<E: Table>(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let mut after = i64::MIN;
    loop {
        let unseen = E::find().select_only().columns([E::ID, E::NAME]).filter(E::NAME_KEY.is_null());
        let unseen = unseen.filter(E::ID.gt(after)).order_by_asc(E::ID).limit(FOLDED);
        let rows: Vec<(i64, String)> = unseen.into_tuple().all(db).await?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = *last;
        let mut keys = CaseStatement::new();
        for (id, name) in &rows {
            keys = keys.case(Expr::col(E::ID).eq(*id), text::name_key(name));
        }
        E::update_many()
            .col_expr(E::NAME_KEY, keys.into())
            .filter(E::ID.is_in(rows.iter().map(|(id, _)| *id)))
            .filter(E::NAME_KEY.is_null())
            .exec(db)
            .await?;
    }
}
