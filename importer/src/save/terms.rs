//! What articles refer to by name: sections, topics, places, sources and contributors. Unknown ones are made once, also by two
//! imports at the same moment.

pub(super) mod known;

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
    sea_query::{OnConflict, Query},
};

use self::known::{Known, Name, PART};
use super::{Item, Outcome, Plan, Saved, Settings, insert, refile::Due};
use crate::{
    draft::{Contributor, Draft, Place, Term, Topic},
    reading::{Note, Problem},
    sender::Sender,
};

/// The keys of the terms that have been seen.
pub(super) struct Terms {
    sections: Known,
    sources: Known,
    contributors: Known,
    /// Those whom this import named first.
    new_people: HashSet<i64>,
    places: Known,
    topics: Known,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            sections: Known::new(TermKind::Section),
            sources: Known::new(TermKind::Source),
            contributors: Known::new(TermKind::Contributor),
            new_people: HashSet::new(),
            places: Known::new(TermKind::Place),
            topics: Known::new(TermKind::Topic),
        }
    }
}

impl Terms {
    pub(super) fn section(&self, term: Option<&Term>, settings: &Settings) -> Option<i64> {
        let name = term.map_or_else(|| Name::of_section(&fallback(settings)), Name::of_section);
        self.sections.find(&name)
    }

    pub(super) fn source(&self, term: &Term) -> Option<i64> {
        self.sources.find(&Name::of_source(term))
    }

    pub(super) fn place(&self, place: &Place) -> Option<i64> {
        self.places.find(&Name::of_place(place))
    }

    /// The topics of a list that are known, each once.
    pub(super) fn topics<'t>(&self, topics: impl IntoIterator<Item = &'t Topic>) -> Vec<i64> {
        let mut seen = HashSet::new();
        let ids = topics.into_iter().filter_map(|topic| self.topics.find(&Name::of_topic(topic)));
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
            Some((self.contributors.find(&Name::of_contributor(person))?, person.role.as_deref()))
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
        let known = told.filter_map(|person| Some((self.contributors.find(&Name::of_contributor(person))?, person)));
        known.filter(|(id, _)| sender.is_editor() || self.new_people.contains(id))
    }

    /// Finds or makes every term that `batch` names and that something is written with: items that are refused or say nothing new make
    /// none. The outcomes are those of drafts that are terms themselves.
    pub(super) async fn make<C: ConnectionTrait>(
        &mut self,
        db: &C,
        batch: &[Item],
        plans: &[Plan],
        due: &Due,
        sender: &Sender,
        settings: &Settings,
    ) -> Result<Vec<Option<Saved>>, DbErr> {
        known::fold_names(db).await?;
        let mut outcomes = vec![None; batch.len()];
        let mut wanted = Wanted::default();
        for (item, plan) in batch.iter().zip(plans) {
            let is_filed = plan.writes() || due.has(plan);
            match &item.draft {
                Draft::Article(article) if is_filed => {
                    wanted.sections.push(article.section.clone().unwrap_or_else(|| fallback(settings)));
                    wanted.sources.extend(article.source.as_ref());
                    wanted.people.extend(&article.contributors);
                    let places = article.located.iter().chain(&article.places);
                    wanted.places.extend(places.map(|place| (Name::of_place(place), place)));
                    for topic in &article.topics {
                        // A code without a name says nothing to readers: it is only looked for.
                        match topic.qcode.as_ref() == Some(&topic.name) {
                            true => wanted.codes.push(Name::of_topic(topic)),
                            false => wanted.topics.push((Name::of_topic(topic), topic)),
                        }
                    }
                }
                Draft::Gallery(gallery) if is_filed => wanted.sections.extend(gallery.section.clone()),
                Draft::Topic(_) | Draft::Place(_) if matches!(plan, Plan::Refused { .. }) => {}
                Draft::Topic(topic) => wanted.topics.push((of_topic(topic, sender), topic)),
                Draft::Place(place) => wanted.places.push((of_place(place, sender), place)),
                Draft::Article(_) | Draft::Gallery(_) | Draft::Story(_) | Draft::Image(_) | Draft::Restriction(_) => {}
            }
        }
        let (mut new_topics, mut new_places) = (HashSet::new(), HashSet::new());
        for _ in 0..super::ATTEMPTS {
            // Another import may have taken a readable key at the same moment; then it is known to be taken.
            self.make_sections(db, &wanted.sections).await?;
            new_topics.extend(self.make_topics(db, &wanted.topics, sender).await?);
            new_places.extend(self.make_places(db, &wanted.places, sender).await?);
            self.make_sources(db, &wanted.sources, sender).await?;
            self.make_contributors(db, &wanted.people).await?;
            if !self.lacks(&wanted) {
                break;
            }
            known::fold_names(db).await?;
        }
        wanted.codes.retain(|name| self.topics.find(name).is_none());
        self.learn_topics(db, &wanted.codes).await?;
        self.write_topics(db, batch, &new_topics, sender, &mut outcomes).await?;
        self.write_places(db, batch, &new_places, sender, &mut outcomes).await?;
        Ok(outcomes)
    }

    /// Whether a term of these is still unknown.
    fn lacks(&self, wanted: &Wanted<'_>) -> bool {
        wanted.sections.iter().any(|section| self.sections.find(&Name::of_section(section)).is_none())
            || wanted.sources.iter().any(|source| self.source(source).is_none())
            || wanted.topics.iter().any(|(name, _)| self.topics.find(name).is_none())
            || wanted.places.iter().any(|(name, _)| self.places.find(name).is_none())
            || wanted.people.iter().any(|person| self.contributors.find(&Name::of_contributor(person)).is_none())
    }

    async fn make_sections<C: ConnectionTrait>(&mut self, db: &C, wanted: &[Term]) -> Result<(), DbErr> {
        let named = wanted.iter().map(|term| (Name::of_section(term), term));
        let named: Vec<_> = named.filter(|(name, _)| self.sections.find(name).is_none()).collect();
        if named.is_empty() {
            return Ok(());
        }
        let last = section::Entity::find().select_only().expr(section::Column::Position.max());
        let mut position = last.into_tuple::<Option<i32>>().one(db).await?.flatten().unwrap_or_default();
        let row = |slug, name: &Name, term: &&Term| {
            position += 1;
            section::ActiveModel {
                slug: Set(slug),
                name: Set(term.name.clone()),
                name_key: Set(Some(name.key.clone())),
                name_claim: Set(name.claim()),
                position: Set(position),
                hidden: Set(false),
                ..Default::default()
            }
        };
        self.sections.make::<section::Entity, _, _>(db, named, false, row).await?;
        Ok(())
    }

    /// The names of topics that were made.
    async fn make_topics<C: ConnectionTrait>(
        &mut self,
        db: &C,
        topics: &[(Name, &Topic)],
        sender: &Sender,
    ) -> Result<HashSet<Name>, DbErr> {
        let row = |slug, name: &Name, topic: &&Topic| topic::ActiveModel {
            slug: Set(slug),
            name: Set(topic.name.clone()),
            name_key: Set(Some(name.key.clone())),
            name_claim: Set(name.claim()),
            qcode: Set(name.code.clone()),
            ..Default::default()
        };
        let unknown: Vec<_> = topics.iter().filter(|(name, _)| self.topics.find(name).is_none()).cloned().collect();
        let codes: Vec<&str> = unknown.iter().filter_map(|(name, _)| name.code.as_deref()).collect();
        self.learn_aliases(db, &codes).await?;
        self.topics.make::<topic::Entity, _, _>(db, unknown, sender.is_editor(), row).await
    }

    /// Learns which topics have these names, and which have taken over these codes.
    async fn learn_topics<C: ConnectionTrait>(&mut self, db: &C, names: &[Name]) -> Result<(), DbErr> {
        self.topics.look_up::<topic::Entity>(db, names).await?;
        let codes: Vec<&str> = names.iter().filter_map(|name| name.code.as_deref()).collect();
        self.learn_aliases(db, &codes).await
    }

    async fn learn_aliases<C: ConnectionTrait>(&mut self, db: &C, codes: &[&str]) -> Result<(), DbErr> {
        for part in codes.chunks(PART) {
            let aliases = topic_alias::Entity::find().filter(topic_alias::Column::Qcode.is_in(part.iter().copied()));
            for alias in aliases.all(db).await? {
                self.topics.learn_code(alias.qcode, alias.topic_id);
            }
        }
        Ok(())
    }

    async fn make_places<C: ConnectionTrait>(
        &mut self,
        db: &C,
        places: &[(Name, &Place)],
        sender: &Sender,
    ) -> Result<HashSet<Name>, DbErr> {
        let row = |slug, name: &Name, place: &&Place| place_row(slug, name, place);
        self.places.make::<place::Entity, _, _>(db, places.to_vec(), sender.is_editor(), row).await
    }

    async fn make_sources<C: ConnectionTrait>(
        &mut self,
        db: &C,
        sources: &[&Term],
        sender: &Sender,
    ) -> Result<(), DbErr> {
        let row = |slug, name: &Name, term: &&Term| source::ActiveModel {
            slug: Set(slug),
            name: Set(term.name.clone()),
            name_key: Set(Some(name.key.clone())),
            name_claim: Set(name.claim()),
            // Where another source is at home is not theirs to say.
            url: Set(term.url.clone().filter(|_| sender.is_source(&term.name))),
            ..Default::default()
        };
        let named = sources.iter().map(|term| (Name::of_source(term), *term)).collect();
        self.sources.make::<source::Entity, _, _>(db, named, false, row).await?;
        Ok(())
    }

    async fn make_contributors<C: ConnectionTrait>(&mut self, db: &C, people: &[&Contributor]) -> Result<(), DbErr> {
        let row = |slug, name: &Name, person: &&Contributor| contributor::ActiveModel {
            slug: Set(slug),
            name: Set(person.name.clone()),
            name_key: Set(Some(name.key.clone())),
            name_claim: Set(name.claim()),
            uri: Set(person.uri.clone()),
            ..Default::default()
        };
        let named = people.iter().map(|person| (Name::of_contributor(person), *person)).collect();
        // A name alone may be somebody else's: who has an identifier is another person.
        let new = self.contributors.make::<contributor::Entity, _, _>(db, named, false, row).await?;
        self.new_people.extend(new.iter().filter_map(|name| self.contributors.find(name)));
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
            Draft::Topic(topic) => Some((index, &**topic, of_topic(topic, sender))),
            _ => None,
        });
        let sent: Vec<(usize, &Topic, Name)> = sent.collect();
        let broader: Vec<&str> = sent.iter().filter_map(|(_, topic, _)| topic.broader.as_deref()).collect();
        for part in broader.chunks(PART) {
            let slugs = part.iter().map(|key| (*key).to_owned()).collect();
            self.topics.look_up_keys::<topic::Entity>(db, slugs, &HashSet::new(), part).await?;
        }
        self.learn_aliases(db, &broader).await?;
        let ids = sent.iter().filter_map(|(.., name)| Some((name, self.topics.find(name)?)));
        if sender.is_editor() {
            let broader = broader.iter().filter_map(|key| self.topics.by_code(key));
            let ids: Vec<i64> = ids.map(|(_, id)| id).chain(broader).collect();
            term_status::Entity::list(db, TermKind::Topic, ids).await?;
        } else {
            let made = ids.filter(|(name, _)| new.contains(*name)).map(|(_, id)| id);
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
            let broader = draft.broader.as_ref().and_then(|broader| self.topics.find_key(broader));
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
                change.name_key = Set(Some(name.key.clone()));
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
            self.topics.forget(topic.id);
        }
        let rows = codes.iter().map(|code| topic_alias::ActiveModel { qcode: Set(code.clone()), topic_id: Set(heir) });
        let update =
            OnConflict::column(topic_alias::Column::Qcode).update_column(topic_alias::Column::TopicId).to_owned();
        insert(db, rows.collect(), 2, &update).await?;
        for code in codes {
            self.topics.learn_code(code.clone(), heir);
        }
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
            Draft::Place(place) => Some((index, &**place, of_place(place, sender))),
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
                name_key: Some(name.key.clone()),
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
    places: Vec<(Name, &'b Place)>,
    topics: Vec<(Name, &'b Topic)>,
    codes: Vec<Name>,
}

/// The section of articles that name none.
fn fallback(settings: &Settings) -> Term {
    Term { name: settings.section.clone(), ..Term::default() }
}

/// The name of a topic that is sent as such.
fn of_topic(topic: &Topic, sender: &Sender) -> Name {
    Name::of_topic(topic).of_record(sender.is_editor())
}

/// The name of a place that is sent as such.
fn of_place(place: &Place, sender: &Sender) -> Name {
    Name::of_place(place).of_record(sender.is_editor())
}

pub(super) fn place_row(slug: String, name: &Name, place: &Place) -> place::ActiveModel {
    place::ActiveModel {
        slug: Set(slug),
        name: Set(place.name.clone()),
        name_key: Set(Some(name.key.clone())),
        name_claim: Set(name.claim()),
        country_code: Set(place.country_code.clone()),
        time_zone: Set(place.time_zone.clone()),
        latitude: Set(place.latitude),
        longitude: Set(place.longitude),
        uri: Set(place.uri.clone()),
        ..Default::default()
    }
}
