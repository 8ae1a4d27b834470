//! Which article is meant: by slug, global id, uri or address, whatever a page has at hand. What was found is remembered for a while.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::ID;
use entity::article;
use moka::{Expiry, sync::Cache};
use sea_orm::{DatabaseConnection, QueryFilter as _, QuerySelect as _, entity::prelude::DateTimeUtc};

use crate::{
    article::{Address, By},
    error::Result,
    node::{self, Global, Kind},
};

/// How long a key is known to mean an article; so long may one that was killed still be counted, though never ranked.
const KNOWN: Duration = Duration::from_secs(60);
/// How long a key is known to mean none.
const UNKNOWN: Duration = Duration::from_secs(5);
/// Bytes of keys that are remembered, about.
const CAPACITY: u64 = 64 << 20;
/// Keys in one statement.
const AT_ONCE: usize = 500;

/// The articles that reads name.
pub(super) struct Articles {
    db: DatabaseConnection,
    article_url: String,
    known: Cache<Arc<str>, Option<i64>>,
}

struct Lifetime;

impl Expiry<Arc<str>, Option<i64>> for Lifetime {
    fn expire_after_create(&self, _: &Arc<str>, article: &Option<i64>, _: Instant) -> Option<Duration> {
        Some(if article.is_some() { KNOWN } else { UNKNOWN })
    }
}

impl Articles {
    pub(super) fn new(db: DatabaseConnection, article_url: String) -> Self {
        let known = Cache::builder()
            .weigher(|key: &Arc<str>, _| u32::try_from(key.len() + 64).unwrap_or(u32::MAX))
            .max_capacity(CAPACITY)
            .expire_after(Lifetime)
            .build();
        Self { db, article_url, known }
    }

    /// The published article that each key means, in the order of the keys.
    pub(super) async fn find<'a>(
        &self,
        keys: impl Iterator<Item = &'a str>,
        now: DateTimeUtc,
    ) -> Result<Vec<Option<i64>>> {
        let keys: Vec<(&str, Option<Option<i64>>)> = keys.map(|key| (key, self.known.get(key))).collect();
        let missing: HashSet<&str> = keys.iter().filter(|(_, known)| known.is_none()).map(|(key, _)| *key).collect();
        let missing: Vec<&str> = missing.into_iter().collect();
        let mut found = HashMap::new();
        for missing in missing.chunks(AT_ONCE) {
            found.extend(self.look_up(missing, now).await?);
        }
        for (key, article) in &found {
            self.known.insert((*key).into(), *article);
        }
        Ok(keys.into_iter().map(|(key, known)| known.unwrap_or_else(|| found.get(key).copied().flatten())).collect())
    }

    async fn look_up<'a>(&self, keys: &[&'a str], now: DateTimeUtc) -> Result<HashMap<&'a str, Option<i64>>> {
        use article::Column as A;
        let meant: Vec<(&str, Vec<By>)> = keys.iter().map(|key| (*key, self.meanings(key))).collect();
        let any = By::condition(meant.iter().flat_map(|(_, meanings)| meanings));
        let rows = article::Entity::published(now)
            .filter(any)
            .select_only()
            .columns([A::Id, A::Slug, A::Uri, A::Url])
            .into_tuple::<(i64, String, String, Option<String>)>()
            .all(&self.db)
            .await?;
        let mut by = HashMap::new();
        for (id, slug, uri, _) in &rows {
            by.extend([(By::Id(*id), *id), (By::Slug(slug.clone()), *id), (By::Uri(uri.clone()), *id)]);
        }
        let meant_by = |meaning: &By| match meaning {
            By::Page(address) => {
                let ranks =
                    rows.iter().filter_map(|(id, slug, _, url)| Some((address.rank(slug, url.as_deref())?, *id)));
                ranks.min().map(|(_, id)| id)
            }
            key => by.get(key).copied(),
        };
        let article = |meanings: &[By]| meanings.iter().find_map(meant_by);
        Ok(meant.iter().map(|(key, meanings)| (*key, article(meanings))).collect())
    }

    /// What a key can mean, the likeliest first.
    fn meanings(&self, key: &str) -> Vec<By> {
        if let Some(Global { kind: Kind::Article, key: id, .. }) = node::decode(&ID(key.to_owned())) {
            return vec![By::Id(id), By::Slug(key.to_owned())];
        }
        let scheme = key.split("://").next().unwrap_or_default();
        if !["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)) {
            return vec![By::Slug(key.to_owned()), By::Uri(key.to_owned())];
        }
        vec![By::Uri(key.to_owned()), By::Page(Address::new(key, &self.article_url))]
    }
}
