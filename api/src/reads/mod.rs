//! Reads: counting what readers open, once each, so that an acknowledged read survives the end of the server and of the database.
//!
//! A read is checked and put into the buffer in memory; the request waits until the buffer has been saved and only then is answered.
//! `batch.rs` saves for many requests at once. `readers.rs` remembers who read what, `article.rs` finds the article that is meant.

mod article;
mod batch;
mod bots;
mod endpoint;
mod marks;
mod mutation;
mod readers;
mod secret;

use std::{
    fmt,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use sea_orm::{DatabaseConnection, entity::prelude::DateTimeUtc};
use serde::Serialize;
use tokio::sync::{Notify, watch};

use self::{
    article::Articles,
    batch::Buffer,
    readers::{Denied, NETWORKS_OF_SITE, Origin, PerNetwork, Reader, Readers},
};
pub use self::{endpoint::routes, secret::Secret};
pub(crate) use self::{marks::KEPT as MARKS_KEPT, mutation::ReadMutation};
use crate::{
    access::{Scope, Viewer},
    error::Error,
    http::client::Client,
};

/// How far back a read may lie.
const LATEST: TimeDelta = TimeDelta::hours(24);
/// A clock may be so far ahead of ours; what lies further ahead is in the future.
const SKEW: TimeDelta = TimeDelta::seconds(2);
/// Without a token, a read so far back is taken as one of now: it has been on its way. Whoever may choose the time of a read may choose as many
/// readers as there are half hours.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(5);
/// Reads in one request.
const MOST_AT_ONCE: usize = 1000;
/// How long a request waits for its reads to be saved.
const PATIENCE: Duration = Duration::from_secs(5);

/// What counting reads depends on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Reads that one client may send a minute; 0 is any number.
    pub per_minute: u32,
    /// Readers of one article within half an hour that count from one network; 0 is any number.
    pub per_network: u32,
    /// The same within a day.
    pub per_network_a_day: u32,
    /// Reads that may wait to be saved.
    pub buffer: usize,
    /// Readers of articles that are remembered.
    pub remembered: usize,
    /// What readers are remembered under, also after a restart when it is the same.
    pub secret: Secret,
    /// The public page of an article that names none, with `{slug}`.
    pub article_url: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            per_minute: 600,
            per_network: 20,
            per_network_a_day: 100,
            buffer: 100_000,
            remembered: 10_000_000,
            secret: Secret::random(),
            article_url: String::new(),
        }
    }
}

/// That someone has read an article.
#[derive(Clone, Debug)]
pub struct Read {
    /// The article's slug, global id, uri or address.
    pub article: String,
    /// Tells readers apart.
    pub reader: Option<String>,
    /// When; the moment it arrives when left out.
    pub at: Option<DateTimeUtc>,
}

/// What became of the reads of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// How many are counted; they are saved.
    pub accepted: usize,
    /// Those that are not, and why.
    pub refused: Vec<Refused>,
}

/// A read that is not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its place in the request, from 0.
    pub index: usize,
    /// Why, for programs.
    pub reason: Reason,
    /// Why, for people.
    pub message: String,
}

/// Why a read is not counted.
#[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[graphql(name = "ReadRefusal")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// It is not written as it should be.
    Invalid,
    /// No article that the public may see has this slug, id, uri or address.
    UnknownArticle,
    /// The same reader has been counted for the article less than 30 minutes from then.
    AlreadyCounted,
    /// As many readers of the article as may count from one network have been counted, within half an hour or today.
    TooManyReaders,
    /// The sender says that it is a robot.
    Bot,
    /// The browser loads the page ahead (`Sec-Purpose: prefetch` and the like): nobody sees it yet. Send it when `prerenderingchange` comes.
    Prerendered,
    /// Reads of the past are taken from holders of a token with the scope `record:reads` alone.
    NeedsToken,
    /// It lies in the future.
    InTheFuture,
    /// It lies more than a day back, or further than the server remembers readers.
    TooLate,
}

impl Reason {
    /// As it is counted.
    fn label(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::UnknownArticle => "unknown_article",
            Self::AlreadyCounted => "already_counted",
            Self::TooManyReaders => "too_many_readers",
            Self::Bot => "bot",
            Self::Prerendered => "prerendered",
            Self::NeedsToken => "needs_token",
            Self::InTheFuture => "in_the_future",
            Self::TooLate => "too_late",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Invalid => "it is not written as it should be",
            Self::UnknownArticle => "`article` is no slug, id, uri or address of an article that the public may see",
            Self::AlreadyCounted => "this reader has been counted for the article less than 30 minutes from then",
            Self::TooManyReaders => {
                "as many readers of the article as may count from one network in half an hour or in a day are counted"
            }
            Self::Bot => "the sender is a robot by its User-Agent",
            Self::Prerendered => {
                "the page is loaded ahead (Sec-Purpose, Purpose, X-Purpose or X-Moz) and nobody has seen it; send the read when the \
                 event `prerenderingchange` comes"
            }
            Self::NeedsToken => {
                "`at` lies more than 5 minutes back; leave it out, or send a token with the scope `record:reads`"
            }
            Self::InTheFuture => "`at` lies in the future; leave it out for reads of this moment",
            Self::TooLate => "`at` lies too far back; reads are taken up to a day late",
        }
    }
}

/// Why the reads of a request cannot be taken now.
#[derive(Clone, Debug)]
pub enum Busy {
    /// The client has sent too many; it may go on after this time.
    TooMany(Duration),
    /// There are more in one request than are taken at all.
    TooManyAtOnce(usize),
    /// There is no room, or saving takes too long. Reads that are sent again count once.
    Unsaved,
    /// The database cannot be asked for the articles.
    Failed(Error),
}

/// Counts reads.
#[derive(Clone)]
pub struct Reads(Arc<Inner>);

impl fmt::Debug for Reads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Reads")
    }
}

struct Inner {
    db: DatabaseConnection,
    settings: Settings,
    articles: Articles,
    rate: Option<DefaultKeyedRateLimiter<std::net::IpAddr>>,
    /// The same for the sites that networks belong to.
    sites: Option<DefaultKeyedRateLimiter<std::net::IpAddr>>,
    /// The minute in which clients that are quiet were dropped from `rate`.
    swept: AtomicI64,
    /// Whether the readers of before the start are known.
    remembers: watch::Sender<bool>,
    state: Mutex<State>,
    /// There is something to save.
    filled: Notify,
    /// The number of the last batch that has been saved.
    saved: watch::Sender<u64>,
    closing: watch::Sender<bool>,
    closed: watch::Sender<bool>,
}

struct State {
    readers: Readers,
    buffer: Buffer,
}

impl Reads {
    /// Starts to count, and to save in the background until [`Self::close`].
    pub fn start(db: DatabaseConnection, settings: Settings) -> Self {
        let quota = NonZeroU32::new(settings.per_minute).map(Quota::per_minute);
        let per_network = PerNetwork { half_hour: settings.per_network, day: settings.per_network_a_day };
        let inner = Arc::new(Inner {
            articles: Articles::new(db.clone(), settings.article_url.clone()),
            sites: NonZeroU32::new(settings.per_minute.saturating_mul(NETWORKS_OF_SITE))
                .map(|reads| RateLimiter::keyed(Quota::per_minute(reads))),
            rate: quota.map(RateLimiter::keyed),
            swept: AtomicI64::new(0),
            remembers: watch::Sender::new(false),
            state: Mutex::new(State {
                readers: Readers::new(settings.secret, settings.remembered, per_network),
                buffer: Buffer::default(),
            }),
            filled: Notify::new(),
            saved: watch::Sender::new(0),
            closing: watch::Sender::new(false),
            closed: watch::Sender::new(false),
            db,
            settings,
        });
        tokio::spawn(batch::save_all(Arc::clone(&inner)));
        Self(inner)
    }

    /// Saves what is in the buffer, and ends. What is recorded afterwards is not saved.
    pub async fn close(&self) {
        self.0.closing.send_replace(true);
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Counts the reads that a client sends, and answers when they are saved. An `Err` among them is one that could not be read.
    pub async fn record(
        &self,
        reads: Vec<Result<Read, String>>,
        client: &Client,
        now: DateTimeUtc,
    ) -> Result<Receipt, Busy> {
        self.record_for(reads, client, &Viewer::public(), now).await
    }

    /// As [`Self::record`]. A back end that holds a token for it sends reads for its readers: neither its address nor its agent is theirs,
    /// so nothing depends on them.
    pub async fn record_for(
        &self,
        reads: Vec<Result<Read, String>>,
        client: &Client,
        viewer: &Viewer,
        now: DateTimeUtc,
    ) -> Result<Receipt, Busy> {
        let number = reads.len();
        let became = self.take(reads, client, viewer, now).await;
        let metrics = crate::watch::metrics();
        match &became {
            Ok(receipt) => {
                metrics.reads("accepted", receipt.accepted);
                receipt.refused.iter().for_each(|refused| metrics.reads(refused.reason.label(), 1));
            }
            Err(Busy::TooMany(_)) => metrics.reads("rate_limited", number),
            Err(Busy::TooManyAtOnce(_)) => metrics.reads("too_many_at_once", number),
            Err(Busy::Unsaved) => metrics.reads("not_saved", number),
            Err(Busy::Failed(_)) => metrics.reads("database_failed", number),
        }
        became
    }

    /// Reads that wait to be saved, and how many may.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.0.state().buffer.len(), self.0.settings.buffer)
    }

    async fn take(
        &self,
        reads: Vec<Result<Read, String>>,
        client: &Client,
        viewer: &Viewer,
        now: DateTimeUtc,
    ) -> Result<Receipt, Busy> {
        let inner = &*self.0;
        let vouched = viewer.may(Scope::RecordReads);
        if reads.len() > MOST_AT_ONCE {
            return Err(Busy::TooManyAtOnce(reads.len()));
        }
        if !vouched {
            inner.check_rate(reads.len(), client, now)?;
        }
        let mut receipt = Receipt::default();
        if !vouched && bots::is_bot(&client.agent) {
            (0..reads.len()).for_each(|index| receipt.refuse(index, Reason::Bot));
            return Ok(receipt);
        }
        if client.looks_ahead {
            (0..reads.len()).for_each(|index| receipt.refuse(index, Reason::Prerendered));
            return Ok(receipt);
        }
        let mut valid = Vec::with_capacity(reads.len());
        for (index, read) in reads.into_iter().enumerate() {
            match read.and_then(checked) {
                Ok(read) => match moment(read.at, vouched, now) {
                    Ok(at) => valid.push((index, read, at)),
                    Err(reason) => receipt.refuse(index, reason),
                },
                Err(message) => receipt.refused.push(Refused { index, reason: Reason::Invalid, message }),
            }
        }
        let keys = valid.iter().map(|(_, read, _)| read.article.as_str());
        // A database that stands still gives no answer at all.
        let found = tokio::time::timeout(PATIENCE, inner.articles.find(keys, now)).await;
        let articles = found.map_err(|_| Busy::Unsaved)?.map_err(Busy::Failed)?;
        let mut remembers = inner.remembers.subscribe();
        let wait = remembers.wait_for(|remembers| *remembers);
        if !matches!(tokio::time::timeout(PATIENCE, wait).await, Ok(Ok(_))) {
            return Err(Busy::Unsaved);
        }
        let batch = inner.count(&valid, &articles, client, vouched, now, &mut receipt)?;
        receipt.refused.sort_by_key(|refused| refused.index);
        if let Some(batch) = batch {
            let mut saved = inner.saved.subscribe();
            let wait = saved.wait_for(|saved| *saved >= batch);
            if !matches!(tokio::time::timeout(PATIENCE, wait).await, Ok(Ok(_))) {
                return Err(Busy::Unsaved);
            }
        }
        Ok(receipt)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_rate(&self, reads: usize, client: &Client, now: DateTimeUtc) -> Result<(), Busy> {
        let (Some(rate), Some(reads)) = (&self.rate, u32::try_from(reads).ok().and_then(NonZeroU32::new)) else {
            return Ok(());
        };
        // Each minute those that have been quiet are dropped, so that only as many are known as send.
        let minute = now.timestamp() / 60;
        if self.swept.swap(minute, Ordering::Relaxed) != minute {
            for rate in [rate].into_iter().chain(&self.sites) {
                rate.retain_recent();
                rate.shrink_to_fit();
            }
        }
        let check = |rate: &DefaultKeyedRateLimiter<_>, network| match rate.check_key_n(&network, reads) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(denied)) => Err(Busy::TooMany(denied.wait_time_from(DefaultClock::default().now()))),
            // More than a minute's reads in one request can never be taken.
            Err(_) => Err(Busy::TooManyAtOnce(reads.get() as usize)),
        };
        check(rate, client.network())?;
        match (&self.sites, client.site()) {
            (Some(sites), Some(site)) => check(sites, site),
            _ => Ok(()),
        }
    }

    /// Puts reads into the buffer; answers the batch that they, and those they repeat, are saved with.
    fn count(
        &self,
        reads: &[(usize, Read, DateTimeUtc)],
        articles: &[Option<i64>],
        client: &Client,
        vouched: bool,
        now: DateTimeUtc,
        receipt: &mut Receipt,
    ) -> Result<Option<u64>, Busy> {
        let network = client.network();
        let limited = (!vouched).then(|| Origin { network, site: client.site() });
        let unnamed = Reader::Unnamed(network, &client.agent);
        let mut state = self.state();
        let State { readers, buffer } = &mut *state;
        if buffer.len() + reads.len() > self.settings.buffer {
            return Err(Busy::Unsaved);
        }
        readers.forget_before((now - LATEST).timestamp_millis());
        for ((index, read, at), article) in reads.iter().zip(articles) {
            let Some(article) = *article else {
                receipt.refuse(*index, Reason::UnknownArticle);
                continue;
            };
            let reader = read.reader.as_deref().map_or(unnamed, Reader::Key);
            match readers.count(reader, limited, article, at.timestamp_millis(), now.timestamp_millis()) {
                Ok(mark) => {
                    buffer.add(article, *at, mark);
                    receipt.accepted += 1;
                }
                Err(Denied::Counted) => receipt.refuse(*index, Reason::AlreadyCounted),
                Err(Denied::Crowded) => receipt.refuse(*index, Reason::TooManyReaders),
                Err(Denied::Forgotten) => receipt.refuse(*index, Reason::TooLate),
            }
        }
        let batch = buffer.batch();
        drop(state);
        if batch.is_some() {
            self.filled.notify_one();
        }
        Ok(batch)
    }
}

impl Receipt {
    fn refuse(&mut self, index: usize, reason: Reason) {
        self.refused.push(Refused { index, reason, message: reason.message().to_owned() });
    }
}

/// A read whose texts can be keys at all.
fn checked(mut read: Read) -> Result<Read, String> {
    if read.article.is_empty() || read.article.len() > 2048 || read.article.contains('\0') {
        return Err("`article` must be the slug, id, uri or address of an article".to_owned());
    }
    if read.reader.as_ref().is_some_and(|reader| reader.len() > 256) {
        return Err("`reader` must have 256 bytes at most".to_owned());
    }
    read.reader = read.reader.filter(|reader| !reader.is_empty());
    Ok(read)
}

/// When a read counts. Those of who is not `vouched` for count now.
fn moment(at: Option<DateTimeUtc>, vouched: bool, now: DateTimeUtc) -> Result<DateTimeUtc, Reason> {
    match at {
        None => Ok(now),
        Some(at) if at > now + SKEW => Err(Reason::InTheFuture),
        Some(at) if at < now - LATEST => Err(Reason::TooLate),
        Some(at) if !vouched => {
            if at < now - ON_ITS_WAY {
                Err(Reason::NeedsToken)
            } else {
                Ok(now)
            }
        }
        Some(at) => Ok(at.min(now)),
    }
}
