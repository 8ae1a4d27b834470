//! What articles refer to by name: sections, topics, places, sources and contributors. Unknown ones are made once, also by two
//! imports at the same moment.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{contributor, place, section, source, topic};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _, sea_query::ExprTrait as _,
};

use super::{Item, Outcome, Settings, insert, nothing};
use crate::{
    draft::{Contributor, Draft, Place, Term, Topic},
    text,
};

/// The keys of the terms that have been seen.
#[derive(Default)]
pub(super) struct Terms {
    sections: Option<Vec<section::Model>>,
    sources: Known,
    contributors: Known,
    places: Known,
    topics: Known,
}

/// Keys by slug, and by the identifier in a vocabulary.
#[derive(Default)]
struct Known {
    by_slug: HashMap<String, i64>,
    by_code: HashMap<String, i64>,
}

impl Known {
    fn find(&self, name: &Name) -> Option<i64> {
        match &name.code {
            Some(code) => self.by_code.get(code).copied(),
            None => self.by_slug.get(&name.slug).copied(),
        }
    }

    fn learn(&mut self, id: i64, slug: String, code: Option<String>) {
        self.by_slug.insert(slug, id);
        if let Some(code) = code {
            self.by_code.insert(code, id);
        }
    }
}

/// How a term is known: by the code of its vocabulary when it has one, else by its slug.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Name {
    slug: String,
    code: Option<String>,
}

impl Name {
    fn new(slug: Option<&str>, name: &str, code: Option<&str>) -> Option<Self> {
        let slug = slug.map(ToOwned::to_owned).or_else(|| text::slug(name))?;
        Some(Self { slug, code: code.map(ToOwned::to_owned) })
    }

    fn of_topic(topic: &Topic) -> Option<Self> {
        Self::new(topic.slug.as_deref(), &topic.name, topic.qcode.as_deref())
    }

    fn of_place(place: &Place) -> Option<Self> {
        Self::new(place.slug.as_deref(), &place.name, place.uri.as_deref())
    }

    fn of_contributor(person: &Contributor) -> Option<Self> {
        Self::new(None, &person.name, person.uri.as_deref())
    }

    fn of_source(source: &Term) -> Option<Self> {
        Self::new(source.slug.as_deref(), &source.name, None)
    }
}

impl Terms {
    pub(super) fn section(&self, term: Option<&Term>, settings: &Settings) -> Option<i64> {
        let fallback = Term { name: settings.section.clone(), ..Term::default() };
        Some(self.find_section(term.unwrap_or(&fallback))?.id)
    }

    fn find_section(&self, term: &Term) -> Option<&section::Model> {
        let sections = self.sections.as_ref()?;
        let slug = term.slug.clone().or_else(|| text::slug(&term.name))?;
        let by_name = || sections.iter().find(|section| section.name.to_lowercase() == term.name.to_lowercase());
        sections.iter().find(|section| section.slug == slug).or_else(by_name)
    }

    pub(super) fn source(&self, term: &Term) -> Option<i64> {
        self.sources.find(&Name::of_source(term)?)
    }

    pub(super) fn place(&self, place: &Place) -> Option<i64> {
        self.places.find(&Name::of_place(place)?)
    }

    /// The topics of a list that are known, each once.
    pub(super) fn topics<'t>(&self, topics: impl IntoIterator<Item = &'t Topic>) -> Vec<i64> {
        let mut seen = HashSet::new();
        let ids = topics.into_iter().filter_map(|topic| self.topics.find(&Name::of_topic(topic)?));
        ids.filter(|id| seen.insert(*id)).collect()
    }

    /// The contributors of a list that are known, each once, with their roles.
    pub(super) fn contributors<'t>(&self, people: &'t [Contributor]) -> Vec<(i64, Option<&'t str>)> {
        let mut seen = HashSet::new();
        let known = people.iter().filter_map(|person| {
            Some((self.contributors.find(&Name::of_contributor(person)?)?, person.role.as_deref()))
        });
        known.filter(|(id, _)| seen.insert(*id)).collect()
    }

    /// Finds or makes every term that `batch` names. The outcomes are those of drafts that are terms themselves.
    pub(super) async fn make<C: ConnectionTrait>(
        &mut self,
        db: &C,
        batch: &[Item],
        settings: &Settings,
    ) -> Result<Vec<Option<Outcome>>, DbErr> {
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut wanted = Wanted::default();
        for item in batch {
            match &item.draft {
                Draft::Article(article) => {
                    wanted.section(article.section.as_ref(), settings);
                    wanted.sources.extend(article.source.as_ref());
                    wanted.people.extend(&article.contributors);
                    wanted.places.extend(article.located.iter().chain(&article.places));
                    wanted.topics.extend(&article.topics);
                }
                Draft::Gallery(gallery) => {
                    if gallery.section.is_some() {
                        wanted.section(gallery.section.as_ref(), settings);
                    }
                }
                Draft::Topic(topic) => wanted.topics.push(topic),
                Draft::Place(place) => wanted.places.push(place),
                Draft::Story(_) | Draft::Image(_) => {}
            }
        }
        self.make_sections(db, wanted.sections).await?;
        let new_topics = self.make_topics(db, &wanted.topics).await?;
        let new_places = self.make_places(db, &wanted.places).await?;
        self.make_others(db, &wanted.sources, &wanted.people).await?;
        for item in batch {
            outcomes.push(match &item.draft {
                Draft::Topic(topic) => Some(self.update_topic(db, topic, &new_topics).await?),
                Draft::Place(place) => Some(self.update_place(db, place, &new_places).await?),
                _ => None,
            });
        }
        Ok(outcomes)
    }

    async fn make_sections<C: ConnectionTrait>(&mut self, db: &C, wanted: Vec<Term>) -> Result<(), DbErr> {
        if self.sections.is_none() {
            self.sections = Some(section::Entity::find().all(db).await?);
        }
        let mut missing: BTreeMap<String, String> = BTreeMap::new();
        for term in wanted {
            if self.find_section(&term).is_none()
                && let Some(slug) = term.slug.or_else(|| text::slug(&term.name))
            {
                missing.insert(slug, term.name);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let last = self.sections.iter().flatten().map(|section| section.position).max().unwrap_or_default();
        let rows = missing.into_iter().zip(last + 1..).map(|((slug, name), position)| section::ActiveModel {
            slug: Set(slug),
            name: Set(name),
            position: Set(position),
            hidden: Set(false),
            ..Default::default()
        });
        insert(db, rows.collect(), 6, &nothing()).await?;
        self.sections = Some(section::Entity::find().all(db).await?);
        Ok(())
    }

    /// The names of topics that were made.
    async fn make_topics<C: ConnectionTrait>(&mut self, db: &C, topics: &[&Topic]) -> Result<HashSet<Name>, DbErr> {
        let wanted: BTreeMap<Name, &Topic> =
            topics.iter().filter_map(|topic| Some((Name::of_topic(topic)?, *topic))).collect();
        let mut unknown: BTreeMap<Name, &Topic> =
            wanted.into_iter().filter(|(name, _)| self.topics.find(name).is_none()).collect();
        self.learn_topics(db, unknown.keys()).await?;
        unknown.retain(|name, _| self.topics.find(name).is_none());
        let mut rows: BTreeMap<String, topic::ActiveModel> = BTreeMap::new();
        let mut adopted = false;
        for (name, topic) in &unknown {
            let mut slug = name.slug.clone();
            if let Some(code) = &name.code {
                // A topic that had a name alone until now gets its code; one with another code keeps its slug to itself.
                if let Some(id) = self.topics.by_slug.get(&slug) {
                    let update = topic::Entity::update_many()
                        .col_expr(topic::Column::Qcode, code.as_str().into())
                        .filter(topic::Column::Id.eq(*id).and(topic::Column::Qcode.is_null()));
                    adopted = true;
                    if update.exec(db).await?.rows_affected > 0 {
                        continue;
                    }
                }
                if self.topics.by_slug.contains_key(&slug) || rows.contains_key(&slug) {
                    slug = text::slug(&format!("{slug} {}", code.rsplit(':').next().unwrap_or(code))).unwrap_or(slug);
                }
            }
            let row = topic::ActiveModel {
                slug: Set(slug.clone()),
                name: Set(topic.name.clone()),
                qcode: Set(name.code.clone()),
                ..Default::default()
            };
            rows.entry(slug).or_insert(row);
        }
        let none = rows.is_empty();
        insert(db, rows.into_values().collect(), 8, &nothing()).await?;
        if adopted || !none {
            self.learn_topics(db, unknown.keys()).await?;
        }
        Ok(unknown.into_keys().collect())
    }

    async fn learn_topics<C: ConnectionTrait>(
        &mut self,
        db: &C,
        names: impl Iterator<Item = &Name>,
    ) -> Result<(), DbErr> {
        let names: Vec<&Name> = names.collect();
        for part in names.chunks(2_000) {
            let rows: Vec<(i64, String, Option<String>)> = topic::Entity::find()
                .select_only()
                .columns([topic::Column::Id, topic::Column::Slug, topic::Column::Qcode])
                .filter(any_of(topic::Column::Slug, topic::Column::Qcode, part))
                .into_tuple()
                .all(db)
                .await?;
            for (id, slug, code) in rows {
                self.topics.learn(id, slug, code);
            }
        }
        Ok(())
    }

    async fn make_places<C: ConnectionTrait>(&mut self, db: &C, places: &[&Place]) -> Result<HashSet<Name>, DbErr> {
        let wanted: BTreeMap<Name, &Place> =
            places.iter().filter_map(|place| Some((Name::of_place(place)?, *place))).collect();
        let mut unknown: BTreeMap<Name, &Place> =
            wanted.into_iter().filter(|(name, _)| self.places.find(name).is_none()).collect();
        self.learn_places(db, unknown.keys()).await?;
        unknown.retain(|name, _| self.places.find(name).is_none());
        if unknown.is_empty() {
            return Ok(HashSet::new());
        }
        let mut rows: BTreeMap<String, place::ActiveModel> = BTreeMap::new();
        for (name, place) in &unknown {
            let mut slug = name.slug.clone();
            if let Some(code) = &name.code
                && (self.places.by_slug.contains_key(&slug) || rows.contains_key(&slug))
            {
                slug = super::with_suffix(&slug, code);
            }
            rows.entry(slug.clone()).or_insert(place_row(slug, place));
        }
        insert(db, rows.into_values().collect(), 8, &nothing()).await?;
        self.learn_places(db, unknown.keys()).await?;
        Ok(unknown.into_keys().collect())
    }

    async fn learn_places<C: ConnectionTrait>(
        &mut self,
        db: &C,
        names: impl Iterator<Item = &Name>,
    ) -> Result<(), DbErr> {
        let names: Vec<&Name> = names.collect();
        for part in names.chunks(2_000) {
            let rows: Vec<(i64, String, Option<String>)> = place::Entity::find()
                .select_only()
                .columns([place::Column::Id, place::Column::Slug, place::Column::Uri])
                .filter(any_of(place::Column::Slug, place::Column::Uri, part))
                .into_tuple()
                .all(db)
                .await?;
            for (id, slug, uri) in rows {
                self.places.learn(id, slug, uri);
            }
        }
        Ok(())
    }

    async fn make_others<C: ConnectionTrait>(
        &mut self,
        db: &C,
        sources: &[&Term],
        people: &[&Contributor],
    ) -> Result<(), DbErr> {
        let mut unknown: BTreeMap<Name, &Term> =
            sources.iter().filter_map(|term| Some((Name::of_source(term)?, *term))).collect();
        unknown.retain(|name, _| self.sources.find(name).is_none());
        if !unknown.is_empty() {
            let rows = unknown.iter().map(|(name, term)| source::ActiveModel {
                slug: Set(name.slug.clone()),
                name: Set(term.name.clone()),
                url: Set(term.url.clone()),
                ..Default::default()
            });
            insert(db, rows.collect(), 4, &nothing()).await?;
            let slugs = unknown.keys().map(|name| name.slug.as_str());
            for row in source::Entity::find().filter(source::Column::Slug.is_in(slugs)).all(db).await? {
                self.sources.learn(row.id, row.slug, None);
            }
        }
        let mut unknown: BTreeMap<Name, &Contributor> =
            people.iter().filter_map(|person| Some((Name::of_contributor(person)?, *person))).collect();
        unknown.retain(|name, _| self.contributors.find(name).is_none());
        self.learn_contributors(db, unknown.keys()).await?;
        unknown.retain(|name, _| self.contributors.find(name).is_none());
        if unknown.is_empty() {
            return Ok(());
        }
        let mut rows: BTreeMap<String, contributor::ActiveModel> = BTreeMap::new();
        for (name, person) in &unknown {
            let mut slug = name.slug.clone();
            if let Some(code) = &name.code
                && (self.contributors.by_slug.contains_key(&slug) || rows.contains_key(&slug))
            {
                slug = super::with_suffix(&slug, code);
            }
            let row = contributor::ActiveModel {
                slug: Set(slug.clone()),
                name: Set(person.name.clone()),
                uri: Set(person.uri.clone()),
                ..Default::default()
            };
            rows.entry(slug).or_insert(row);
        }
        insert(db, rows.into_values().collect(), 8, &nothing()).await?;
        self.learn_contributors(db, unknown.keys()).await
    }

    async fn learn_contributors<C: ConnectionTrait>(
        &mut self,
        db: &C,
        names: impl Iterator<Item = &Name>,
    ) -> Result<(), DbErr> {
        let names: Vec<&Name> = names.collect();
        for part in names.chunks(2_000) {
            let condition = any_of(contributor::Column::Slug, contributor::Column::Uri, part);
            for row in contributor::Entity::find().filter(condition).all(db).await? {
                self.contributors.learn(row.id, row.slug, row.uri);
            }
        }
        Ok(())
    }

    /// A topic that was sent as an item of its own: its name and its place in the tree are those of the item.
    async fn update_topic<C: ConnectionTrait>(
        &self,
        db: &C,
        draft: &Topic,
        new: &HashSet<Name>,
    ) -> Result<Outcome, DbErr> {
        let name = Name::of_topic(draft).ok_or(DbErr::RecordNotFound("name of a topic".to_owned()))?;
        let id = self.topics.find(&name).ok_or(DbErr::RecordNotFound("topic".to_owned()))?;
        let row = topic::Entity::find_by_id(id).one(db).await?.ok_or(DbErr::RecordNotFound("topic".to_owned()))?;
        let broader_id = match &draft.broader {
            Some(broader) => {
                let known = self.topics.by_code.get(broader).or(self.topics.by_slug.get(broader)).copied();
                match known {
                    Some(id) => Some(id),
                    None => {
                        let found = topic::Entity::find()
                            .filter(
                                topic::Column::Qcode.eq(broader.as_str()).or(topic::Column::Slug.eq(broader.as_str())),
                            )
                            .one(db)
                            .await?;
                        found.map(|topic| topic.id)
                    }
                }
            }
            None => row.broader_id,
        }
        // A concept is not above itself.
        .filter(|broader| *broader != id);
        let is_new = new.contains(&name);
        if row.name == draft.name && row.broader_id == broader_id {
            return Ok(if is_new { Outcome::New } else { Outcome::Unchanged });
        }
        let mut change = row.into_active_model();
        change.name = Set(draft.name.clone());
        change.broader_id = Set(broader_id);
        change.update(db).await?;
        Ok(if is_new { Outcome::New } else { Outcome::Updated })
    }

    /// A place that was sent as an item of its own: what it says replaces what is stored.
    async fn update_place<C: ConnectionTrait>(
        &self,
        db: &C,
        draft: &Place,
        new: &HashSet<Name>,
    ) -> Result<Outcome, DbErr> {
        let name = Name::of_place(draft).ok_or(DbErr::RecordNotFound("name of a place".to_owned()))?;
        if new.contains(&name) {
            return Ok(Outcome::New);
        }
        let id = self.places.find(&name).ok_or(DbErr::RecordNotFound("place".to_owned()))?;
        let row = place::Entity::find_by_id(id).one(db).await?.ok_or(DbErr::RecordNotFound("place".to_owned()))?;
        let wanted = place::Model {
            name: draft.name.clone(),
            country_code: draft.country_code.clone().or(row.country_code.clone()),
            time_zone: draft.time_zone.clone().or(row.time_zone.clone()),
            latitude: draft.latitude.or(row.latitude),
            longitude: draft.longitude.or(row.longitude),
            ..row.clone()
        };
        if wanted == row {
            return Ok(Outcome::Unchanged);
        }
        wanted.into_active_model().reset_all().update(db).await?;
        Ok(Outcome::Updated)
    }
}

/// The terms that a batch names.
#[derive(Default)]
struct Wanted<'b> {
    sections: Vec<Term>,
    sources: Vec<&'b Term>,
    people: Vec<&'b Contributor>,
    places: Vec<&'b Place>,
    topics: Vec<&'b Topic>,
}

impl Wanted<'_> {
    fn section(&mut self, term: Option<&Term>, settings: &Settings) {
        let fallback = || Term { name: settings.section.clone(), ..Term::default() };
        self.sections.push(term.cloned().unwrap_or_else(fallback));
    }
}

fn place_row(slug: String, place: &Place) -> place::ActiveModel {
    place::ActiveModel {
        slug: Set(slug),
        name: Set(place.name.clone()),
        country_code: Set(place.country_code.clone()),
        time_zone: Set(place.time_zone.clone()),
        latitude: Set(place.latitude),
        longitude: Set(place.longitude),
        uri: Set(place.uri.clone()),
        ..Default::default()
    }
}

fn any_of<E: ColumnTrait>(slug: E, code: E, names: &[&Name]) -> sea_orm::Condition {
    sea_orm::Condition::any()
        .add(slug.is_in(names.iter().map(|name| name.slug.as_str())))
        .add(code.is_in(names.iter().filter_map(|name| name.code.as_deref())))
}
