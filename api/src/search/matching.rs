//! Which articles a query finds, and how well: a query rendered for each language and database.
//!
//! How well an article matches is one of a few ranks ([`Rank`]), the same on both databases: where the words stand. Within a rank newer is
//! above older. A rank depends on its article alone, so pages stay stable while others arrive; and each rank is one statement: where many
//! articles match it walks the times and stops at its page, where few do it looks them up.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use entity::article;
use sea_orm::{
    DbBackend, Statement,
    entity::prelude::Json,
    sea_query::{
        CaseStatement, Condition, Expr, ExprTrait as _, PostgresQueryBuilder, Query as Sql, SelectStatement,
        SimpleExpr, UnionType, extension::postgres::PgExpr as _,
    },
};

use super::{
    fts5::{self, LISTED, TEXTS, few, from_list, in_folded, in_headline, in_texts, in_titles},
    language::Language,
    query::{Alternative, Phrase, Query, wrong},
    script,
};
use crate::{
    error::Result,
    link::{col, is_any},
    session::Session,
    store::UsedLanguage,
};

/// Where the words of a query stand in an article, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rank {
    /// Anywhere, some of them only without the marks of their letters.
    Folded = 0,
    /// Nowhere but in the text.
    Text = 1,
    /// In the text, some of them in the headline or standfirst.
    Partly = 2,
    /// All in the headline and standfirst.
    Title = 3,
    /// All in the headline.
    Headline = 4,
}

impl Rank {
    /// The best first.
    pub(super) const ALL: [Self; 5] = [Self::Headline, Self::Title, Self::Partly, Self::Text, Self::Folded];

    /// From 0 to 1.
    pub(super) fn score(self) -> f64 {
        if self == Self::Folded { 0.125 } else { f64::from(self as i32) / 4.0 }
    }

    pub(super) fn read(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|rank| *rank as i64 == number)
    }
}

/// A query as it is put to the articles of some languages.
#[derive(Clone, Debug)]
struct Reading {
    query: Query,
    language: Language,
    /// The tags of the articles that it is for.
    tags: Vec<String>,
    /// The tags of the articles that are asked with it: more where it says the same in another language, none where another says the same.
    asked: Vec<String>,
    /// PostgreSQL's text search configuration.
    config: String,
    /// On SQLite: the forms of each word that articles have.
    forms: HashMap<String, Vec<String>>,
    /// The same without the marks of their letters.
    folded_forms: HashMap<String, Vec<String>>,
    /// On SQLite: the articles that match and their ranks, when they are few.
    found: Option<BTreeMap<i64, Rank>>,
}

/// A query, ready to be put to a database.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    backend: DbBackend,
    readings: Vec<Reading>,
    /// Whether there are articles in other languages than those of the readings.
    partial: bool,
}

impl Matching {
    /// Reads the query in every language that articles are written in.
    pub(super) async fn new(session: &Session, query: &Query, languages: &[UsedLanguage]) -> Result<Self> {
        let backend = session.backend();
        let mut readings: BTreeMap<(String, Option<Language>), Reading> = BTreeMap::new();
        let mut only_common = false;
        let mut partial = false;
        for UsedLanguage { tag, config } in languages.iter().cloned() {
            let language = Language::of(&tag);
            // Languages that are not stemmed are read alike.
            let key = (config.clone(), (!language.is_plain()).then(|| language.clone()));
            if let Some(reading) = readings.get_mut(&key) {
                reading.asked.push(tag.clone());
                reading.tags.push(tag);
                continue;
            }
            let Some(query) = query.without_common(|word| language.is_common(word)) else {
                only_common = true;
                partial = true;
                continue;
            };
            let (forms, folded_forms, found, asked) = (HashMap::new(), HashMap::new(), None, vec![tag.clone()]);
            readings
                .insert(key, Reading { query, language, tags: vec![tag], asked, config, forms, folded_forms, found });
        }
        if readings.is_empty() && only_common {
            let common: Vec<String> = query.wanted().map(|phrase| format!("`{}`", phrase.0.join(" "))).collect();
            return Err(wrong(format!(
                "{} is too common to be searched for; add a word that tells more",
                common.join(", ")
            )));
        }
        let mut readings: Vec<Reading> = readings.into_values().collect();
        if backend == DbBackend::Sqlite {
            for reading in &mut readings {
                reading.find_forms(session).await?;
            }
        }
        if readings.len() > 1 {
            let texts = as_texts(session, &readings).await?;
            ask_once(&mut readings, texts);
        }
        if backend == DbBackend::Sqlite {
            for reading in readings.iter_mut().filter(|reading| !reading.asked.is_empty()) {
                reading.find_few(session).await?;
            }
        }
        Ok(Self { backend, readings, partial })
    }

    /// The readings that articles are asked with.
    fn asked(&self) -> impl Iterator<Item = &Reading> + Clone {
        self.readings.iter().filter(|reading| !reading.asked.is_empty())
    }

    /// The ranks that there can be: with one word, part of the words is all of them.
    pub(super) fn ranks(&self) -> impl Iterator<Item = Rank> + use<> {
        let several = self.readings.iter().any(|reading| reading.query.wanted().count() > 1);
        Rank::ALL.into_iter().filter(move |rank| several || *rank != Rank::Partly)
    }

    /// Whether an article matches, with this rank or with any.
    pub(super) fn condition(&self, rank: Option<Rank>) -> SimpleExpr {
        self.any(self.asked().map(|reading| reading.condition(self.backend, rank)))
    }

    /// Conditions of which each article that matches fulfils one. PostgreSQL would look into the texts of what it has found by several words in
    /// several languages, to see again which has which.
    pub(super) fn conditions(&self) -> Vec<SimpleExpr> {
        match self.backend {
            DbBackend::Postgres => self.each(|reading| reading.condition(self.backend, None)),
            _ => vec![self.condition(None)],
        }
    }

    /// The same of all that PostgreSQL must look into for phrases: its index does not know where words stand. `None` when it need not.
    pub(super) fn looked_into(&self) -> Option<Vec<SimpleExpr>> {
        let looks = self.backend == DbBackend::Postgres && self.asked().any(|reading| reading.query.has_phrases());
        looks.then(|| self.each(|reading| reading.anywhere_on_postgres(Part::Together)))
    }

    fn each(&self, condition: impl Fn(&Reading) -> SimpleExpr) -> Vec<SimpleExpr> {
        self.asked().map(|reading| self.guarded(reading, condition(reading))).collect()
    }

    /// Those of `articles` that match, with this rank or with any.
    pub(super) async fn of(
        &self,
        session: &Session,
        mut articles: SelectStatement,
        rank: Option<Rank>,
    ) -> Result<SelectStatement> {
        let Some(found) = self.found(session, rank).await? else {
            articles.and_where(self.condition(rank));
            return Ok(articles);
        };
        from_list(&mut articles, &found.iter().flatten().copied().collect());
        // SQLite takes the tables of a cross join in the order that they are named in.
        articles.cross_join(article::Entity).and_where(col(article::Column::Id).equals(LISTED)).and_where(
            self.any(found.into_iter().map(|ids| is_any(self.backend, col(article::Column::Id), ids.into_iter()))),
        );
        Ok(articles)
    }

    /// Whether SQLite's index has more than so many articles that match, public or not.
    pub(super) async fn has_words_of_more(&self, session: &Session, articles: u64) -> Result<bool> {
        let mut most = 0;
        for reading in self.asked().filter(|reading| self.backend == DbBackend::Sqlite && reading.found.is_none()) {
            let found = reading.ids_on_sqlite(None).limit(articles + 1).take();
            let count = Sql::select().expr_as(Expr::cust("count(*)"), "articles").from_subquery(found, "found").take();
            let rows = session.query_all(&count).await?;
            let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get("", "articles"))?;
            most += count.cast_unsigned();
        }
        Ok(most > articles)
    }

    /// The articles that match in each reading, when they are few.
    async fn found(&self, session: &Session, rank: Option<Rank>) -> Result<Option<Vec<Vec<i64>>>> {
        if self.backend != DbBackend::Sqlite {
            return Ok(None);
        }
        let mut all = Vec::new();
        for reading in self.asked() {
            let found = match (reading.found_with(rank), rank) {
                (Some(found), _) => Some(found),
                (None, Some(_)) => few(session, reading.ids_on_sqlite(rank)).await?,
                (None, None) => None,
            };
            let Some(found) = found else { return Ok(None) };
            all.push(found);
        }
        Ok(Some(all))
    }

    /// About how many articles match, and how many there are, when PostgreSQL knows.
    pub(super) async fn estimate(&self, session: &Session) -> Result<Option<Estimate>> {
        if self.backend != DbBackend::Postgres {
            return Ok(None);
        }
        let matching = Sql::select().expr(Expr::val(1)).from(article::Entity).and_where(self.condition(None)).take();
        let (matching, values) = matching.build(PostgresQueryBuilder);
        let estimate =
            Statement::from_sql_and_values(self.backend, format!("EXPLAIN (FORMAT JSON) {matching}"), values);
        let size = "SELECT reltuples::double precision FROM pg_class WHERE oid = 'article'::regclass";
        let size = Statement::from_string(self.backend, size);
        let (estimate, size) = (session.query_all_raw(estimate).await?, session.query_all_raw(size).await?);
        let plan: Option<Json> = estimate.first().map(|row| row.try_get_by_index(0)).transpose()?;
        let articles: Option<f64> = size.first().map(|row| row.try_get_by_index(0)).transpose()?;
        let found = plan.and_then(|plan| plan[0]["Plan"]["Plan Rows"].as_f64());
        Ok(found.zip(articles).map(|(found, articles)| Estimate { found, articles }))
    }

    /// The articles for which the condition of any reading holds.
    fn any(&self, conditions: impl Iterator<Item = SimpleExpr>) -> SimpleExpr {
        let parts = self.asked().zip(conditions).map(|(reading, condition)| self.guarded(reading, condition));
        let any = parts.fold(Condition::any(), Condition::add);
        if self.readings.is_empty() { Expr::val(1).eq(0) } else { any.into() }
    }

    /// A condition for the articles of a reading alone.
    fn guarded(&self, reading: &Reading, condition: SimpleExpr) -> SimpleExpr {
        if !self.partial && self.asked().count() == 1 {
            return condition;
        }
        let language = match self.backend {
            // So that SQLite does not read the articles of each language for itself.
            DbBackend::Sqlite => Expr::cust("+article.language"),
            _ => col(article::Column::Language),
        };
        language.is_in(reading.asked.iter().cloned()).and(condition)
    }

    /// The words that are looked for and tell something in any of the languages.
    pub(super) fn telling_words(&self) -> HashSet<String> {
        let telling = |reading: &'_ Reading| {
            let words = reading.query.wanted().flat_map(|phrase| phrase.0.clone());
            words.filter(|word| !reading.language.is_common(word)).collect::<Vec<_>>()
        };
        self.readings.iter().flat_map(telling).collect()
    }

    /// Those of `articles` that have the one word that `word` is.
    pub(super) fn with_word(&self, mut articles: SelectStatement, word: &SimpleExpr) -> SelectStatement {
        if self.backend == DbBackend::Sqlite {
            let quoted = Expr::cust_with_exprs("'\"' || ? || '\"'", [word.clone()]);
            // From the articles that have the word: SQLite would look at all articles for each word.
            articles
                .from_clear()
                .from(TEXTS)
                .cross_join(article::Entity)
                .and_where(col(article::Column::Id).equals((TEXTS, "rowid")))
                .and_where(fts5::matches(TEXTS, quoted));
        }
        articles.and_where(self.any(self.asked().map(|reading| match self.backend {
            DbBackend::Postgres => {
                let config = reading.config.replace('\'', "''");
                let query =
                    Expr::cust_with_exprs(format!("plainto_tsquery('{config}'::regconfig, $1)"), [word.clone()]);
                vector("search_text").matches(query)
            }
            _ => Expr::val(true),
        })));
        articles
    }

    /// The words that are looked for, by the language of the articles: their stems.
    pub(super) fn stems(&self, tag: &str) -> Option<(&Language, HashSet<String>)> {
        let reading = self.readings.iter().find(|reading| reading.tags.iter().any(|known| known == tag))?;
        let words =
            reading.query.wanted().flat_map(|phrase| &phrase.0).filter(|word| !reading.language.is_common(word));
        Some((&reading.language, words.map(|word| reading.language.stem(word).into_owned()).collect()))
    }
}

/// What PostgreSQL reckons.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    /// Articles that match.
    found: f64,
    /// All articles; less than none when the table was never looked at.
    articles: f64,
}

impl Estimate {
    /// Whether the articles that match are better found in the index of words than met on a walk along the times. PostgreSQL decides it by the rows
    /// alone, but the words of a text are kept outside of its row: to look into them takes fifty times as long.
    pub(super) fn is_rare(self) -> bool {
        /// Articles of a page.
        const PAGE: f64 = 20.0;
        /// What it takes to look into a text, in rows that are read.
        const TEXT: f64 = 50.0;
        let (walked, looked_up) = (PAGE * self.articles / self.found.max(1.0), self.found);
        looked_up < TEXT * walked
    }

    pub(super) fn is_more_than(self, articles: u64) -> bool {
        self.found > articles as f64
    }
}

/// What each reading looks for, as its database reads it.
async fn as_texts(session: &Session, readings: &[Reading]) -> Result<Vec<String>> {
    if session.backend() == DbBackend::Sqlite {
        return Ok(readings.iter().map(|reading| reading.fts5(Part::Full)).collect());
    }
    let mut select = Sql::select();
    for reading in readings {
        select.expr(reading.tsquery(Part::Full).cast_as("text"));
    }
    let rows = session.query_all(&select).await?;
    let texts = rows.iter().flat_map(|row| (0..readings.len()).map(|index| row.try_get_by_index(index)));
    Ok(texts.collect::<Result<_, _>>()?)
}

/// Lets readings that come to the same in several languages, as those of most names do, be asked once.
fn ask_once(readings: &mut [Reading], texts: Vec<String>) {
    let mut first_with: HashMap<String, usize> = HashMap::new();
    for (index, text) in texts.into_iter().enumerate() {
        match first_with.entry(text) {
            Entry::Vacant(entry) => drop(entry.insert(index)),
            Entry::Occupied(entry) => {
                let tags = std::mem::take(&mut readings[index].asked);
                readings[*entry.get()].asked.extend(tags);
            }
        }
    }
}

/// Which words of a query a text must hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The whole query.
    Full,
    /// Without what it excludes.
    Wanted,
    /// Any of the words it looks for.
    Any,
    /// Without what it excludes, and wherever the words of its phrases stand.
    Together,
}

impl Reading {
    fn condition(&self, backend: DbBackend, rank: Option<Rank>) -> SimpleExpr {
        let id = col(article::Column::Id);
        match (self.found_with(rank), backend, rank) {
            (Some(ids), ..) => is_any(backend, id, ids.into_iter()),
            (None, DbBackend::Postgres, Some(rank)) => self.ranked_on_postgres(rank),
            (None, DbBackend::Postgres, None) => self.anywhere_on_postgres(Part::Full),
            // SQLite would look up one by one the many that match: with the sign it reads the index of the times, or of what is counted.
            (None, ..) => Expr::cust("+article.id").in_subquery(self.ids_on_sqlite(rank)),
        }
    }

    /// The articles that match with a rank, or with any, when they are known.
    fn found_with(&self, rank: Option<Rank>) -> Option<Vec<i64>> {
        let found = self.found.as_ref()?.iter().filter(|(_, is)| rank.is_none_or(|rank| rank == **is));
        Some(found.map(|(id, _)| *id).collect())
    }

    /// Whether an article has the words, be it without the marks of their letters.
    fn anywhere_on_postgres(&self, part: Part) -> SimpleExpr {
        vector("search_text").matches(self.tsquery(part)).or(self.folded_on_postgres(part))
    }

    fn folded_on_postgres(&self, part: Part) -> SimpleExpr {
        let plain = self.without_marks();
        let query = || plain.tsquery(part);
        let folded = vector("search_folded").matches(query());
        // A text without marks has no other words without them.
        if self.has_marks() { folded.or(vector("search_text").matches(query())) } else { folded }
    }

    /// Whether the query itself has letters with marks.
    fn has_marks(&self) -> bool {
        let mut words = self.query.0.iter().flat_map(|part| &part.with).flat_map(|phrase| &phrase.0);
        words.any(|word| script::folded(word) != *word)
    }

    fn ranked_on_postgres(&self, rank: Rank) -> SimpleExpr {
        let (title, text) = (|| vector("search_title"), || vector("search_text"));
        // The index knows the title as a whole; only the few that it finds are looked at for their headlines.
        let headline = || Expr::cust("ts_filter(article.search_title, '{a}')");
        let (full, wanted, any) =
            (|| self.tsquery(Part::Full), || self.tsquery(Part::Wanted), || self.tsquery(Part::Any));
        let in_title = || match self.query.excludes() {
            // The text holds its title, so only exclusions must be looked for in it.
            true => title().matches(wanted()).and(text().matches(full())),
            false => title().matches(wanted()),
        };
        match rank {
            Rank::Headline => in_title().and(headline().matches(wanted())),
            Rank::Title => in_title().and(headline().matches(wanted()).not()),
            Rank::Partly => text().matches(full()).and(title().matches(any())).and(title().matches(wanted()).not()),
            Rank::Text => text().matches(full()).and(title().matches(any()).not()),
            Rank::Folded => self.folded_on_postgres(Part::Full).and(text().matches(full()).not()),
        }
    }

    /// The articles that match with a rank, or with any.
    fn ids_on_sqlite(&self, rank: Option<Rank>) -> SelectStatement {
        let (wanted, any) = (self.fts5(Part::Wanted), self.fts5(Part::Any));
        let id = || Expr::cust("+rowid");
        let full = || in_texts(self.fts5(Part::Full));
        // The text holds its title, so only exclusions must be looked for in it.
        let but_excluded = |mut titles: SelectStatement| match self.query.excludes() {
            true => titles.and_where(id().in_subquery(full())).take(),
            false => titles,
        };
        // A text without marks has no other words without them.
        let folded = |but: Option<SelectStatement>| {
            let query = self.without_marks().fts5(Part::Full);
            let mut folded = in_folded(query.clone());
            let mut same = self.has_marks().then(|| in_texts(query));
            if let Some(but) = but {
                folded.and_where(id().in_subquery(but.clone()).not());
                same = same.map(|mut same| same.and_where(id().in_subquery(but).not()).take());
            }
            (folded, same)
        };
        match rank {
            None => {
                let (folded, same) = folded(None);
                let mut all = full();
                all.union(UnionType::Distinct, folded);
                if let Some(same) = same {
                    all.union(UnionType::Distinct, same);
                }
                all
            }
            Some(Rank::Folded) => {
                let (mut all, same) = folded(Some(full()));
                if let Some(same) = same {
                    all.union(UnionType::Distinct, same);
                }
                all
            }
            Some(Rank::Headline) => but_excluded(in_titles(in_headline(&wanted))),
            Some(Rank::Title) => but_excluded(in_titles(format!("({wanted}) NOT ({})", in_headline(&wanted)))),
            Some(Rank::Partly) => {
                in_titles(format!("({any}) NOT ({wanted})")).and_where(id().in_subquery(full())).take()
            }
            Some(Rank::Text) => full().and_where(id().in_subquery(in_titles(any)).not()).take(),
        }
    }

    /// Finds the articles that match and their ranks when they are few.
    async fn find_few(&mut self, session: &Session) -> Result<()> {
        let Some(found) = few(session, self.ids_on_sqlite(None)).await? else { return Ok(()) };
        let (wanted, any) = (self.fts5(Part::Wanted), self.fts5(Part::Any));
        let id = || Expr::col(LISTED);
        let rank = CaseStatement::new()
            .case(id().in_subquery(in_texts(self.fts5(Part::Full))).not(), Rank::Folded as i32)
            .case(id().in_subquery(in_titles(in_headline(&wanted))), Rank::Headline as i32)
            .case(id().in_subquery(in_titles(wanted)), Rank::Title as i32)
            .case(id().in_subquery(in_titles(any)), Rank::Partly as i32)
            .finally(Rank::Text as i32);
        let mut ranks = Sql::select().expr_as(id(), "id").expr_as(rank, "search_rank").take();
        from_list(&mut ranks, &found.into_iter().collect());
        let rows = session.query_all(&ranks).await?;
        let mut found = BTreeMap::new();
        for row in &rows {
            found.insert(row.try_get("", "id")?, Rank::read(row.try_get("", "search_rank")?).unwrap_or(Rank::Text));
        }
        self.found = Some(found);
        Ok(())
    }

    /// The query as PostgreSQL's: `phraseto_tsquery` reads text, never operators.
    fn tsquery(&self, part: Part) -> SimpleExpr {
        let phrase = |phrase: &Phrase| {
            let config = self.config.replace('\'', "''");
            let sql = match part {
                Part::Together => format!("plainto_tsquery('{config}'::regconfig, $1)"),
                _ => format!("phraseto_tsquery('{config}'::regconfig, $1)"),
            };
            match &phrase.0[..] {
                [only] if let Some(start) = script::beginning(only) => {
                    let word = Expr::cust_with_values(sql, [start.to_owned()]);
                    Expr::cust_with_exprs("(($1)::text || ':*')::tsquery", [word])
                }
                words => Expr::cust_with_values(sql, [words.join(" ")]),
            }
        };
        let joined = |mut parts: Box<dyn Iterator<Item = SimpleExpr> + '_>, operator: &str| {
            let first = parts.next().expect("a query looks for something");
            parts.fold(first, |left, right| Expr::cust_with_exprs(format!("($1 {operator} $2)"), [left, right]))
        };
        if part == Part::Any {
            return joined(Box::new(self.query.wanted().map(phrase)), "||");
        }
        let alternative = |alternative: &Alternative| {
            let with = alternative.with.iter().map(phrase);
            let without = alternative.without.iter().filter(|_| part == Part::Full).map(phrase);
            let without = without.map(|excluded| Expr::cust_with_exprs("(!! $1)", [excluded]));
            joined(Box::new(with.chain(without).collect::<Vec<_>>().into_iter()), "&&")
        };
        joined(Box::new(self.query.0.iter().map(alternative)), "||")
    }

    /// The query as FTS5's: every word in quotes, each with all its forms.
    fn fts5(&self, part: Part) -> String {
        let joined = |parts: Vec<String>, operator: &str| parts.join(operator);
        let phrase = |phrase: &Phrase| self.fts5_phrase(phrase);
        if part == Part::Any {
            return joined(self.query.wanted().map(phrase).collect(), " OR ");
        }
        let alternative = |alternative: &Alternative| {
            let with = joined(alternative.with.iter().map(phrase).collect(), " AND ");
            if part == Part::Wanted || alternative.without.is_empty() {
                return format!("({with})");
            }
            format!("(({with}) NOT ({}))", joined(alternative.without.iter().map(phrase).collect(), " OR "))
        };
        joined(self.query.0.iter().map(alternative).collect(), " OR ")
    }

    /// The same without the marks of letters.
    fn without_marks(&self) -> Self {
        let fold = |phrase: &Phrase| Phrase(phrase.0.iter().map(|word| script::folded(word)).collect());
        let fold_all = |phrases: &[Phrase]| phrases.iter().map(fold).collect();
        let alternatives = self.query.0.iter();
        let alternatives = alternatives
            .map(|part| Alternative { with: fold_all(&part.with), without: fold_all(&part.without) })
            .collect();
        Self { query: Query(alternatives), forms: self.folded_forms.clone(), ..self.clone() }
    }

    fn fts5_phrase(&self, Phrase(words): &Phrase) -> String {
        /// Most words of all combinations of forms; what is beyond has so rare a form that the phrase will not hold it.
        const MOST: usize = 256;
        if let [only] = &words[..]
            && let Some(start) = script::beginning(only)
        {
            return format!("(\"{}\" *)", start.replace('"', "\"\""));
        }
        let most = (MOST / words.len().max(1)).max(1);
        let mut phrases = vec![String::new()];
        for word in words {
            let forms = self.forms.get(word).map_or(std::slice::from_ref(word), Vec::as_slice);
            let longer = phrases.iter().flat_map(|phrase| forms.iter().map(move |form| format!("{phrase} {form}")));
            phrases = longer.take(most).collect();
        }
        let quoted = phrases.iter().map(|phrase| format!("\"{}\"", phrase.trim_start().replace('"', "\"\"")));
        format!("({})", quoted.collect::<Vec<_>>().join(" OR "))
    }

    /// Finds the forms of each word of the query that articles have, the most frequent first.
    async fn find_forms(&mut self, session: &Session) -> Result<()> {
        if self.language.is_plain() {
            return Ok(());
        }
        let phrases = self.query.0.iter().flat_map(|part| part.with.iter().chain(&part.without));
        let words: HashSet<String> = phrases.flat_map(|phrase| phrase.0.iter().cloned()).collect();
        for word in words.into_iter().filter(|word| !script::is_part_of_unspaced(word)) {
            let folded = script::folded(&word);
            let forms = self.forms_in(session, FORMS, &word).await?;
            self.forms.insert(word, forms);
            let forms = self.forms_in(session, FOLDED_FORMS, &folded).await?;
            self.folded_forms.insert(folded, forms);
        }
        Ok(())
    }

    /// The forms of a word in a vocabulary.
    async fn forms_in(&self, session: &Session, vocabulary: &'static str, word: &str) -> Result<Vec<String>> {
        /// Most forms of a word.
        const MOST: usize = 48;
        let stem = self.language.stem(word);
        let mut forms = vec![word.to_owned()];
        for start in self.language.beginnings(word) {
            let values = [start.as_str().into(), format!("{start}{}", char::MAX).into()];
            let statement = Statement::from_sql_and_values(DbBackend::Sqlite, vocabulary, values);
            for row in session.query_all_raw(statement).await? {
                let term: String = row.try_get("", "term")?;
                let is_new = forms.iter().all(|known| *known != term);
                if is_new && self.language.stem(&term) == stem && forms.len() < MOST {
                    forms.push(term);
                }
            }
        }
        Ok(forms)
    }
}

const FORMS: &str = "SELECT term FROM article_vocabulary WHERE term >= ? AND term < ? ORDER BY doc DESC";
const FOLDED_FORMS: &str = "SELECT term FROM article_folded_vocabulary WHERE term >= ? AND term < ? ORDER BY doc DESC";

fn vector(name: &'static str) -> SimpleExpr {
    Expr::col((article::Entity, name))
}
