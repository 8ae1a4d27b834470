//! What articles refer to by name: sections, topics, places, sources and contributors. Unknown ones are made once, also by two
//! imports at the same moment.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{
    article_topic, contributor, place, section, source,
    term_status::{self, TermKind},
    topic, topic_alias, topic_name,
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
    sea_query::{ExprTrait as _, OnConflict, Query},
};

use super::{Item, Outcome, Plan, Saved, Settings, insert, nothing};
use crate::{
    draft::{Contributor, Draft, Place, Term, Topic},
    reading::{Note, Problem},
    sender::Sender,
    text,
};

/// Names that are looked up in one statement.
const PART: usize = 2_000;

/// The keys of the terms that have been seen.
#[derive(Default)]
pub(super) struct Terms {
    sections: Option<Vec<section::Model>>,
    sources: Known,
    contributors: Known,
    /// Those whom this import named first.
    new_people: HashSet<i64>,
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

    fn learn_all(&mut self, rows: Vec<(i64, String, Option<String>)>) {
        for (id, slug, code) in rows {
            self.learn(id, slug, code);
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

    /// The places of a list that are known, each once.
    pub(super) fn places<'t>(&self, places: impl IntoIterator<Item = &'t Place>) -> Vec<i64> {
        let mut seen = HashSet::new();
        let ids = places.into_iter().filter_map(|place| self.place(place));
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

    /// Those of a list of whom something is told, if the sender may tell it: others than editors only name new ones. Of a person without a
    /// uri the name alone tells nothing.
    pub(super) fn described<'t>(
        &self,
        people: &'t [Contributor],
        sender: &Sender,
    ) -> impl Iterator<Item = (i64, &'t Contributor)> {
        let told = people.iter().filter(|person| {
            person.uri.is_some() || person.biography.is_some() || person.image.is_some() || !person.links.is_empty()
        });
        let known = told.filter_map(|person| Some((self.contributors.find(&Name::of_contributor(person)?)?, person)));
        known.filter(|(id, _)| sender.is_editor() || self.new_people.contains(id))
    }

    /// Finds or makes every term that `batch` names, but for items that are refused. The outcomes are those of drafts that are terms
    /// themselves.
    pub(super) async fn make<C: ConnectionTrait>(
        &mut self,
        db: &C,
        batch: &[Item],
        plans: &[Plan],
        sender: &Sender,
        settings: &Settings,
    ) -> Result<Vec<Option<Saved>>, DbErr> {
        let mut outcomes = vec![None; batch.len()];
        let mut wanted = Wanted::default();
        let accepted = batch.iter().zip(plans).filter(|(_, plan)| !matches!(plan, Plan::Refused { .. }));
        for (item, _) in accepted {
            match &item.draft {
                Draft::Article(article) => {
                    wanted.section(article.section.as_ref(), settings);
                    wanted.sources.extend(article.source.as_ref());
                    wanted.people.extend(&article.contributors);
                    wanted.places.extend(article.located.iter().chain(&article.places));
                    // A code without a name says nothing to readers: it is only looked for.
                    let (named, codes): (Vec<_>, Vec<_>) =
                        article.topics.iter().partition(|topic| topic.qcode.as_ref() != Some(&topic.name));
                    wanted.topics.extend(named);
                    wanted.codes.extend(codes);
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
        self.make_sections(db, std::mem::take(&mut wanted.sections)).await?;
        let mut new_topics = self.make_topics(db, &wanted.topics, sender).await?;
        let codes = wanted.codes.iter().filter_map(|topic| Some((Name::of_topic(topic)?, ())));
        let unknown: Vec<_> = codes.filter(|(name, ())| self.topics.find(name).is_none()).collect();
        self.learn_topics(db, &unknown).await?;
        let mut new_places = self.make_places(db, &wanted.places, sender).await?;
        self.make_others(db, &wanted.sources, &wanted.people, sender).await?;
        // Another import may have taken a slug for a term of the same name at the same moment; now it is known to be taken.
        for _ in 1..super::ATTEMPTS {
            if !self.lacks(&wanted) {
                break;
            }
            new_topics.extend(self.make_topics(db, &wanted.topics, sender).await?);
            new_places.extend(self.make_places(db, &wanted.places, sender).await?);
            self.make_others(db, &wanted.sources, &wanted.people, sender).await?;
        }
        self.write_topics(db, batch, &new_topics, sender, &mut outcomes).await?;
        self.write_places(db, batch, &new_places, sender, &mut outcomes).await?;
        Ok(outcomes)
    }

    /// Whether a term of these is still unknown.
    fn lacks(&self, wanted: &Wanted<'_>) -> bool {
        let unknown = |known: &Known, name: Option<Name>| name.is_some_and(|name| known.find(&name).is_none());
        wanted.topics.iter().any(|topic| unknown(&self.topics, Name::of_topic(topic)))
            || wanted.places.iter().any(|place| unknown(&self.places, Name::of_place(place)))
            || wanted.people.iter().any(|person| unknown(&self.contributors, Name::of_contributor(person)))
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
    async fn make_topics<C: ConnectionTrait>(
        &mut self,
        db: &C,
        topics: &[&Topic],
        sender: &Sender,
    ) -> Result<HashSet<Name>, DbErr> {
        let mut unknown = distinct(topics.iter().filter_map(|topic| Some((Name::of_topic(topic)?, *topic))));
        unknown.retain(|(name, _)| self.topics.find(name).is_none());
        self.learn_topics(db, &unknown).await?;
        unknown.retain(|(name, _)| self.topics.find(name).is_none());
        let mut rows: BTreeMap<String, topic::ActiveModel> = BTreeMap::new();
        let mut adopted = HashSet::new();
        for (name, topic) in &unknown {
            let mut slug = name.slug.clone();
            if let Some(code) = &name.code {
                // A topic that had a name alone until now gets its code; one with another code keeps its slug to itself.
                if sender.is_editor()
                    && let Some(id) = self.topics.by_slug.get(&slug)
                {
                    let update = topic::Entity::update_many()
                        .col_expr(topic::Column::Qcode, code.as_str().into())
                        .filter(topic::Column::Id.eq(*id).and(topic::Column::Qcode.is_null()));
                    if update.exec(db).await?.rows_affected > 0 {
                        adopted.insert(name.clone());
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
        let tried = tried(&rows, |row| row.qcode.as_ref());
        insert(db, rows.into_values().collect(), 8, &nothing()).await?;
        if !unknown.is_empty() {
            self.learn_topics(db, &unknown).await?;
            self.learn_topics(db, &tried).await?;
        }
        Ok(unknown.into_iter().map(|(name, _)| name).filter(|name| !adopted.contains(name)).collect())
    }

    async fn learn_topics<C: ConnectionTrait, T>(&mut self, db: &C, named: &[(Name, T)]) -> Result<(), DbErr> {
        use topic::Column as T;
        self.topics.learn_all(look_up::<topic::Entity, _, _>(db, [T::Id, T::Slug, T::Qcode], named).await?);
        for part in named.chunks(PART) {
            let codes = part.iter().filter_map(|(name, _)| name.code.as_deref());
            let aliases = topic_alias::Entity::find().filter(topic_alias::Column::Qcode.is_in(codes));
            for alias in aliases.all(db).await? {
                self.topics.by_code.insert(alias.qcode, alias.topic_id);
            }
        }
        Ok(())
    }

    async fn make_places<C: ConnectionTrait>(
        &mut self,
        db: &C,
        places: &[&Place],
        sender: &Sender,
    ) -> Result<HashSet<Name>, DbErr> {
        let mut unknown = distinct(places.iter().filter_map(|place| Some((Name::of_place(place)?, *place))));
        unknown.retain(|(name, _)| self.places.find(name).is_none());
        self.learn_places(db, &unknown).await?;
        unknown.retain(|(name, _)| self.places.find(name).is_none());
        if unknown.is_empty() {
            return Ok(HashSet::new());
        }
        let mut rows: BTreeMap<String, place::ActiveModel> = BTreeMap::new();
        let mut adopted = HashSet::new();
        for (name, place) in &unknown {
            let mut slug = name.slug.clone();
            if let Some(code) = &name.code {
                // A place that had a name alone until now gets its identifier.
                if sender.is_editor()
                    && let Some(id) = self.places.by_slug.get(&slug)
                {
                    let country = match &place.country_code {
                        Some(country) => {
                            place::Column::CountryCode.is_null().or(place::Column::CountryCode.eq(country.as_str()))
                        }
                        None => place::Column::CountryCode.is_null(),
                    };
                    let update = place::Entity::update_many()
                        .col_expr(place::Column::Uri, code.as_str().into())
                        .filter(place::Column::Id.eq(*id).and(place::Column::Uri.is_null()).and(country));
                    if update.exec(db).await?.rows_affected > 0 {
                        adopted.insert(name.clone());
                        continue;
                    }
                }
                let is_taken = |slug: &String| self.places.by_slug.contains_key(slug) || rows.contains_key(slug);
                if is_taken(&slug)
                    && let Some(country) = &place.country_code
                {
                    slug = format!("{slug}-{}", country.to_ascii_lowercase());
                }
                if is_taken(&slug) {
                    slug = super::with_suffix(&slug, code);
                }
            }
            rows.entry(slug.clone()).or_insert(place_row(slug, place));
        }
        let tried = tried(&rows, |row| row.uri.as_ref());
        insert(db, rows.into_values().collect(), 8, &nothing()).await?;
        self.learn_places(db, &unknown).await?;
        self.learn_places(db, &tried).await?;
        Ok(unknown.into_iter().map(|(name, _)| name).filter(|name| !adopted.contains(name)).collect())
    }

    async fn learn_places<C: ConnectionTrait, T>(&mut self, db: &C, named: &[(Name, T)]) -> Result<(), DbErr> {
        use place::Column as P;
        self.places.learn_all(look_up::<place::Entity, _, _>(db, [P::Id, P::Slug, P::Uri], named).await?);
        Ok(())
    }

    async fn make_others<C: ConnectionTrait>(
        &mut self,
        db: &C,
        sources: &[&Term],
        people: &[&Contributor],
        sender: &Sender,
    ) -> Result<(), DbErr> {
        let mut unknown: BTreeMap<Name, &Term> =
            sources.iter().filter_map(|term| Some((Name::of_source(term)?, *term))).collect();
        unknown.retain(|name, _| self.sources.find(name).is_none());
        if !unknown.is_empty() {
            let rows = unknown.iter().map(|(name, term)| source::ActiveModel {
                slug: Set(name.slug.clone()),
                name: Set(term.name.clone()),
                // Where another source is at home is not theirs to say.
                url: Set(term.url.clone().filter(|_| sender.is_source(&term.name))),
                ..Default::default()
            });
            insert(db, rows.collect(), 4, &nothing()).await?;
            let slugs = unknown.keys().map(|name| name.slug.as_str());
            for row in source::Entity::find().filter(source::Column::Slug.is_in(slugs)).all(db).await? {
                self.sources.learn(row.id, row.slug, None);
            }
        }
        let mut unknown = distinct(people.iter().filter_map(|person| Some((Name::of_contributor(person)?, *person))));
        unknown.retain(|(name, _)| self.contributors.find(name).is_none());
        self.learn_contributors(db, &unknown).await?;
        unknown.retain(|(name, _)| self.contributors.find(name).is_none());
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
        let tried = tried(&rows, |row| row.uri.as_ref());
        insert(db, rows.into_values().collect(), 8, &nothing()).await?;
        self.learn_contributors(db, &unknown).await?;
        self.learn_contributors(db, &tried).await?;
        let new = unknown.iter().filter_map(|(name, _)| self.contributors.find(name));
        self.new_people.extend(new);
        Ok(())
    }

    async fn learn_contributors<C: ConnectionTrait, T>(&mut self, db: &C, named: &[(Name, T)]) -> Result<(), DbErr> {
        use contributor::Column as P;
        let columns = [P::Id, P::Slug, P::Uri];
        self.contributors.learn_all(look_up::<contributor::Entity, _, _>(db, columns, named).await?);
        Ok(())
    }

    /// Topics that were sent as items of their own: their names and their places in the tree are those of the items, when an editor sends
    /// them. Others only name new ones.
    async fn write_topics<C: ConnectionTrait>(
        &mut self,
        db: &C,
        batch: &[Item],
        new: &HashSet<Name>,
        sender: &Sender,
        outcomes: &mut [Option<Saved>],
    ) -> Result<(), DbErr> {
        let sent = batch.iter().enumerate().filter_map(|(index, item)| match &item.draft {
            Draft::Topic(topic) => Some((index, &**topic, Name::of_topic(topic)?)),
            _ => None,
        });
        let sent: Vec<(usize, &Topic, Name)> = sent.collect();
        let broader: Vec<(Name, ())> = sent
            .iter()
            .filter_map(|(_, topic, _)| topic.broader.clone())
            .map(|broader| (Name { slug: broader.clone(), code: Some(broader) }, ()))
            .collect();
        self.learn_topics(db, &broader).await?;
        let ids = sent.iter().map(|(.., name)| name).chain(broader.iter().map(|(name, ())| name));
        if sender.is_editor() {
            let ids: Vec<i64> = ids.filter_map(|name| self.topics.find(name)).collect();
            term_status::Entity::list(db, TermKind::Topic, ids).await?;
        } else {
            let made = ids.filter(|name| new.contains(*name)).filter_map(|name| self.topics.find(name));
            term_status::Entity::doubt(db, TermKind::Topic, made.collect::<Vec<i64>>()).await?;
        }
        let rows = topic::Entity::find()
            .filter(topic::Column::Id.is_in(sent.iter().filter_map(|(.., name)| self.topics.find(name))));
        let mut rows: HashMap<i64, topic::Model> = rows.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
        let may_name = |name: &Name| sender.is_editor() || new.contains(name);
        let named = sent.iter().filter(|(.., name)| may_name(name));
        let named = named.filter_map(|(_, topic, name)| Some((self.topics.find(name)?, &topic.names)));
        let renamed = write_topic_names(db, named.collect()).await?;
        for (index, draft, name) in sent {
            let Some(row) = self.topics.find(&name).and_then(|id| rows.remove(&id)) else { continue };
            let broader = draft
                .broader
                .as_ref()
                .and_then(|broader| self.topics.by_code.get(broader).or(self.topics.by_slug.get(broader)).copied());
            // A concept is not above itself.
            let broader_id = broader.or(row.broader_id).filter(|broader| *broader != row.id);
            let id = row.id;
            if !sender.is_editor() {
                if row.name != draft.name {
                    outcomes[index] = Some(not_theirs("topic", &row.name, sender));
                    continue;
                }
                let outcome = if new.contains(&name) { Outcome::New } else { Outcome::Unchanged };
                let is_left_out = row.broader_id != broader_id || !draft.replaces.is_empty();
                let note = is_left_out.then(|| Note {
                    at: "broader".to_owned(),
                    message: "only editors place topics in the tree; left out".to_owned(),
                });
                outcomes[index] = Some(Saved::new(outcome, note.into_iter().collect()));
                continue;
            }
            let mut changed = row.name != draft.name || row.broader_id != broader_id;
            if changed {
                let mut change = row.into_active_model();
                change.name = Set(draft.name.clone());
                change.broader_id = Set(broader_id);
                change.update(db).await?;
            }
            changed |= renamed.contains(&id);
            changed |= self.retire(db, id, &draft.replaces).await?;
            let outcome = match (new.contains(&name), changed) {
                (true, _) => Outcome::New,
                (false, true) => Outcome::Updated,
                (false, false) => Outcome::Unchanged,
            };
            outcomes[index] = Some(Saved::new(outcome, Vec::new()));
        }
        Ok(())
    }

    /// Lets the codes of retired concepts resolve to a topic, which takes over their articles. Answers whether anything changed.
    async fn retire<C: ConnectionTrait>(&mut self, db: &C, heir: i64, codes: &[String]) -> Result<bool, DbErr> {
        use article_topic::Column as Link;
        if codes.is_empty() {
            return Ok(false);
        }
        let known = topic_alias::Entity::find()
            .filter(topic_alias::Column::Qcode.is_in(codes.iter().map(String::as_str)))
            .filter(topic_alias::Column::TopicId.eq(heir));
        if known.all(db).await?.len() == codes.len() {
            return Ok(false);
        }
        let retired = topic::Entity::find()
            .filter(topic::Column::Qcode.is_in(codes.iter().map(String::as_str)))
            .filter(topic::Column::Id.ne(heir))
            .all(db)
            .await?;
        for topic in retired {
            let has_heir = Query::select()
                .column(Link::ArticleId)
                .from(article_topic::Entity)
                .and_where(Link::TopicId.eq(heir))
                .take();
            article_topic::Entity::update_many()
                .col_expr(Link::TopicId, heir.into())
                .filter(Link::TopicId.eq(topic.id))
                .filter(Link::ArticleId.not_in_subquery(has_heir))
                .exec(db)
                .await?;
            topic::Entity::update_many()
                .col_expr(topic::Column::BroaderId, heir.into())
                .filter(topic::Column::BroaderId.eq(topic.id))
                .filter(topic::Column::Id.ne(heir))
                .exec(db)
                .await?;
            topic::Entity::delete_by_id(topic.id).exec(db).await?;
            self.topics.by_slug.remove(&topic.slug);
        }
        let rows = codes.iter().map(|code| topic_alias::ActiveModel { qcode: Set(code.clone()), topic_id: Set(heir) });
        let update =
            OnConflict::column(topic_alias::Column::Qcode).update_column(topic_alias::Column::TopicId).to_owned();
        insert(db, rows.collect(), 2, &update).await?;
        self.topics.by_code.extend(codes.iter().map(|code| (code.clone(), heir)));
        Ok(true)
    }

    /// Places that were sent as items of their own: what they say replaces what is stored, when an editor sends them.
    async fn write_places<C: ConnectionTrait>(
        &self,
        db: &C,
        batch: &[Item],
        new: &HashSet<Name>,
        sender: &Sender,
        outcomes: &mut [Option<Saved>],
    ) -> Result<(), DbErr> {
        let sent = batch.iter().enumerate().filter_map(|(index, item)| match &item.draft {
            Draft::Place(place) => Some((index, &**place, Name::of_place(place)?)),
            _ => None,
        });
        let sent: Vec<_> = sent.collect();
        let names = sent.iter().map(|(.., name)| name);
        if sender.is_editor() {
            let ids: Vec<i64> = names.filter_map(|name| self.places.find(name)).collect();
            term_status::Entity::list(db, TermKind::Place, ids).await?;
        } else {
            let made = names.filter(|name| new.contains(*name)).filter_map(|name| self.places.find(name));
            term_status::Entity::doubt(db, TermKind::Place, made.collect::<Vec<i64>>()).await?;
        }
        let (made, there): (Vec<_>, Vec<_>) = sent.into_iter().partition(|(.., name)| new.contains(name));
        for (index, ..) in made {
            outcomes[index] = Some(Saved::new(Outcome::New, Vec::new()));
        }
        let rows = place::Entity::find()
            .filter(place::Column::Id.is_in(there.iter().filter_map(|(.., name)| self.places.find(name))));
        let mut rows: HashMap<i64, place::Model> = rows.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
        for (index, draft, name) in there {
            let Some(row) = self.places.find(&name).and_then(|id| rows.remove(&id)) else { continue };
            let wanted = place::Model {
                name: draft.name.clone(),
                country_code: draft.country_code.clone().or(row.country_code.clone()),
                time_zone: draft.time_zone.clone().or(row.time_zone.clone()),
                latitude: draft.latitude.or(row.latitude),
                longitude: draft.longitude.or(row.longitude),
                ..row.clone()
            };
            if wanted != row && !sender.is_editor() {
                outcomes[index] = Some(not_theirs("place", &row.name, sender));
                continue;
            }
            let outcome = if wanted == row { Outcome::Unchanged } else { Outcome::Updated };
            outcomes[index] = Some(Saved::new(outcome, Vec::new()));
            if wanted != row {
                wanted.into_active_model().reset_all().update(db).await?;
            }
        }
        Ok(())
    }
}

/// A term that is there is changed by editors alone.
fn not_theirs(kind: &str, name: &str, sender: &Sender) -> Saved {
    let message = format!("the {kind} `{name}` is `newsroom`'s; {} may not change it", sender.names());
    Saved::refused(Problem::at("owner", message))
}

/// Writes the names of topics in several languages; answers which topics did not have them. Names in other languages stay.
async fn write_topic_names<C: ConnectionTrait>(
    db: &C,
    topics: HashMap<i64, &BTreeMap<String, String>>,
) -> Result<HashSet<i64>, DbErr> {
    use topic_name::Column as N;
    let named: Vec<i64> = topics.iter().filter(|(_, names)| !names.is_empty()).map(|(id, _)| *id).collect();
    let mut known: HashSet<(i64, String, String)> = HashSet::new();
    for part in named.chunks(PART) {
        let rows = topic_name::Entity::find().filter(N::TopicId.is_in(part.iter().copied())).all(db).await?;
        known.extend(rows.into_iter().map(|row| (row.topic_id, row.language, row.name)));
    }
    let all =
        topics.into_iter().flat_map(|(id, names)| names.iter().map(move |(tag, name)| (id, tag.clone(), name.clone())));
    let new: Vec<_> = all.filter(|name| !known.contains(name)).collect();
    let renamed = new.iter().map(|(id, ..)| *id).collect();
    let rows = new.into_iter().map(|(topic_id, language, name)| topic_name::ActiveModel {
        topic_id: Set(topic_id),
        language: Set(language),
        name: Set(name),
        ..Default::default()
    });
    let update = OnConflict::columns([N::TopicId, N::Language]).update_column(N::Name).to_owned();
    insert(db, rows.collect(), 4, &update).await?;
    Ok(renamed)
}

/// The terms that a batch names.
#[derive(Default)]
struct Wanted<'b> {
    sections: Vec<Term>,
    sources: Vec<&'b Term>,
    people: Vec<&'b Contributor>,
    places: Vec<&'b Place>,
    topics: Vec<&'b Topic>,
    codes: Vec<&'b Topic>,
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

/// The rows that have one of the names: their keys, slugs and codes.
async fn look_up<E: EntityTrait, T, C: ConnectionTrait>(
    db: &C,
    columns: [E::Column; 3],
    named: &[(Name, T)],
) -> Result<Vec<(i64, String, Option<String>)>, DbErr> {
    let [_, slug, code] = columns;
    let mut found = Vec::new();
    for part in named.chunks(PART) {
        let slugs = part.iter().map(|(name, _)| name.slug.as_str());
        let codes = part.iter().filter_map(|(name, _)| name.code.as_deref());
        let rows = E::find().select_only().columns(columns).filter(slug.is_in(slugs).or(code.is_in(codes)));
        found.append(&mut rows.into_tuple().all(db).await?);
    }
    Ok(found)
}

/// The slugs that rows were given: when another import was faster with one, it is learnt that it is taken.
fn tried<A>(rows: &BTreeMap<String, A>, code: impl Fn(&A) -> &Option<String>) -> Vec<(Name, ())> {
    rows.iter().map(|(slug, row)| (Name { slug: slug.clone(), code: code(row).clone() }, ())).collect()
}

/// Each name once, in the order in which they come first.
fn distinct<T>(named: impl Iterator<Item = (Name, T)>) -> Vec<(Name, T)> {
    let mut seen = HashSet::new();
    named.filter(|(name, _)| seen.insert(name.clone())).collect()
}
