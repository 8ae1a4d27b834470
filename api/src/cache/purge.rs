//! The purge hook: a content delivery network, or another cache before the server, is told what is no longer true, so that it drops its copies.
//!
//! Names are sent once nothing that is older can be answered by any server (the lease), so that a cache that asks again at once is not given the old
//! answer by another one. They wait, each once, until they have been taken; when there are too many, everything is dropped instead. Each server
//! with the setting tells all changes, whichever server or hand they come from, so one of them with it is enough. At its start it does not know
//! what it has missed, and has everything dropped.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use http::{HeaderName, HeaderValue};
use serde_json::json;
use tokio::sync::Notify;
use url::Url;

use super::{
    LEASE,
    tag::{SURROGATE_KEY, Tag},
};

/// Most names of one request; Cloudflare takes no more.
const BATCH: usize = 100;
/// Most names that wait.
const MOST: usize = 10_000;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The times between attempts, the first and the longest.
const BACK_OFF: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// Who is told.
#[derive(Clone, Debug)]
pub struct Purge {
    /// Where requests are sent.
    pub url: Url,
    /// What shows that they may: a header, such as `Fastly-Key`.
    pub header: Option<(HeaderName, HeaderValue)>,
}

/// What is still to be told.
#[derive(Debug, Default)]
pub(super) struct Purger {
    /// Names, and from when on they may be told.
    due: Mutex<HashMap<Tag, Instant>>,
    more: Notify,
}

impl Purger {
    /// Tells as long as it is held.
    pub(super) fn start(purge: Purge) -> Arc<Self> {
        let purger = Arc::new(Self::default());
        tokio::spawn(tell(purge, Arc::downgrade(&purger)));
        purger
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Tag, Instant>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These have changed just now.
    pub(super) fn add(&self, tags: &[Tag]) {
        let at = Instant::now() + LEASE.to_std().unwrap_or_default();
        let mut due = self.lock();
        due.extend(tags.iter().map(|tag| (*tag, at)));
        if due.len() > MOST || due.contains_key(&Tag::everything()) {
            due.clear();
            due.insert(Tag::everything(), at);
        }
        drop(due);
        self.more.notify_one();
    }

    /// Takes those that may be told now; or says when there are some.
    fn take(&self, now: Instant) -> Result<Vec<Tag>, Option<Instant>> {
        let mut due = self.lock();
        let tags: Vec<Tag> = due.iter().filter(|(_, at)| **at <= now).map(|(tag, _)| *tag).take(BATCH).collect();
        if tags.is_empty() {
            return Err(due.values().min().copied());
        }
        for tag in &tags {
            due.remove(tag);
        }
        Ok(tags)
    }

    /// They have not been taken: they are told again.
    fn give_back(&self, tags: Vec<Tag>, now: Instant) {
        let mut due = self.lock();
        for tag in tags {
            due.entry(tag).or_insert(now);
        }
    }
}

async fn tell(purge: Purge, purger: Weak<Purger>) {
    // Another part of the program may have chosen a provider before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
    let client = match client {
        Ok(client) => client,
        Err(cause) => return tracing::error!(%cause, "no purges can be sent"),
    };
    let mut wait = BACK_OFF[0];
    while let Some(pending) = purger.upgrade() {
        let now = Instant::now();
        match pending.take(now) {
            Ok(tags) => match send(&client, &purge, &tags).await {
                Ok(()) => wait = BACK_OFF[0],
                Err(cause) => {
                    tracing::warn!(cause, again_in = ?wait, "the purge hook was not answered well");
                    pending.give_back(tags, now);
                    drop(pending);
                    tokio::time::sleep(wait).await;
                    wait = (2 * wait).min(BACK_OFF[1]);
                }
            },
            Err(first) => {
                let more = async {
                    let until = first.unwrap_or(now + PATIENCE);
                    let _ = tokio::time::timeout_at(until.into(), pending.more.notified()).await;
                };
                more.await;
            }
        }
    }
}

/// Names in the header, as Fastly and Varnish take them, and in the body, as Cloudflare does.
async fn send(client: &reqwest::Client, Purge { url, header }: &Purge, tags: &[Tag]) -> Result<(), String> {
    let names: Vec<String> = tags.iter().map(Tag::to_string).collect();
    let mut request = client.post(url.clone()).header(SURROGATE_KEY, names.join(" ")).json(&json!({ "tags": names }));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let answer = request.send().await.map_err(|cause| cause.without_url().to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("it answered {}", answer.status())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tag::Kind;

    #[test]
    fn names_wait_until_they_are_due_and_are_told_once_unless_they_change_again() {
        let purger = Purger::default();
        let (one, two) = (Tag::id(Kind::Article, 1), Tag::id(Kind::Article, 2));
        purger.add(&[one, two]);
        purger.add(&[one]);
        let now = Instant::now();
        assert!(purger.take(now).is_err_and(|first| first.is_some_and(|first| first > now)));
        let later = now + Duration::from_secs(1);
        let mut taken = purger.take(later).unwrap();
        taken.sort_unstable();
        assert_eq!(taken, [one, two]);
        assert_eq!(purger.take(later), Err(None));
        purger.give_back(taken, later);
        assert_eq!(purger.take(later).unwrap().len(), 2);
    }

    #[test]
    fn too_many_names_are_everything() {
        let purger = Purger::default();
        let tags: Vec<Tag> = (0..=i64::try_from(MOST).unwrap()).map(|id| Tag::id(Kind::Article, id)).collect();
        purger.add(&tags);
        purger.add(&tags[..5]);
        let later = Instant::now() + Duration::from_secs(1);
        assert_eq!(purger.take(later), Ok(vec![Tag::everything()]));
        assert_eq!(purger.take(later), Err(None));
    }
}
