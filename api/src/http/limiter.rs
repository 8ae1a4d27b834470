//! How much one client may ask for: a bucket of cost for each, which fills up at a steady rate. What a request costs is what it is expected to
//! hold (`document/cost.rs`), so that a thousand small questions and a few large ones weigh the same.
//!
//! A client is the holder of a token, or a network address. Only so many are known at a time, the ones that asked last; one that has been
//! quiet for as long as its bucket takes to fill up is forgotten without a loss. docs/decisions/0017 says why it is as it is.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use http::{
    HeaderMap, HeaderName, StatusCode,
    header::{HeaderValue, RETRY_AFTER},
};
use moka::{policy::EvictionPolicy, sync::Cache};

use super::{
    client::Client,
    graphql::{Refusal, refusal},
};
use crate::access::Viewer;

/// What every request costs, also one that is answered out of memory, or refused before more is known of it.
pub const EACH: u32 = 10;
/// Bytes of a document that cost one, when it is not known and must be parsed.
pub const BYTES_FOR_ONE: usize = 64;
/// What it costs to look up a credential that is not known.
pub const CREDENTIAL: u32 = 20;
/// Clients that are known at a time.
const MOST: u64 = 100_000;

/// Structured fields of draft-ietf-httpapi-ratelimit-headers, as of its tenth version.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// See [`RATE_LIMIT`].
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How much clients may ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Cost a minute of an address; 0 is any.
    pub per_minute: u32,
    /// Cost at once.
    pub burst: u32,
    /// Cost a minute of a token; 0 is any.
    pub per_minute_of_token: u32,
}

impl Settings {
    /// What a token may cost at once: as much more as it may cost more a minute.
    fn burst_of_token(&self) -> u32 {
        let burst = u64::from(self.burst) * u64::from(self.per_minute_of_token) / u64::from(self.per_minute.max(1));
        u32::try_from(burst).unwrap_or(u32::MAX).max(self.burst)
    }
}

/// Who is to be limited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// An address, or the network that one client can choose addresses from.
    Network(IpAddr),
    /// The holder of a token, by its name.
    Holder(Arc<str>),
}

impl Key {
    /// The sender of a request.
    pub fn of(viewer: &Viewer, client: &Client) -> Self {
        match viewer.name() {
            Some(name) => Self::Holder(name.into()),
            None => Self::Network(client.network()),
        }
    }
}

/// What a client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    left: u32,
    policy: Policy,
}

/// That a client has asked for too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    cost: u32,
    wait: Duration,
    remaining: Remaining,
}

/// Limits the clients of a server.
#[derive(Clone, Debug)]
pub struct Limiter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    networks: Option<Policy>,
    holders: Option<Policy>,
    buckets: Cache<Key, Arc<Bucket>>,
    refused: AtomicU64,
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Policy {
    quota: Quota,
}

impl Policy {
    fn new(per_minute: u32, burst: u32) -> Option<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute)?);
        Some(Self { quota: quota.allow_burst(NonZeroU32::new(burst)?) })
    }

    fn burst(self) -> u32 {
        self.quota.burst_size().get()
    }

    /// How long a bucket takes to hold `cost` more.
    fn time_for(self, cost: u32) -> Duration {
        self.quota.replenish_interval() * cost
    }
}

impl Limiter {
    /// A limiter with these settings, when there is anything to limit.
    pub fn new(settings: &Settings) -> Option<Self> {
        let networks = Policy::new(settings.per_minute, settings.burst);
        let holders = Policy::new(settings.per_minute_of_token, settings.burst_of_token());
        let longest = [networks, holders].into_iter().flatten().map(|policy| policy.time_for(policy.burst())).max()?;
        // The one that has been quiet longest makes room. An attacker with as many networks as that is not one client.
        let buckets = Cache::builder()
            .max_capacity(MOST)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(longest + Duration::from_secs(1))
            .build();
        Some(Self(Arc::new(Inner { networks, holders, buckets, refused: AtomicU64::new(0) })))
    }

    /// Takes `cost` out of the bucket of a client, or refuses when there is not as much in it. What costs more than a bucket can hold takes a
    /// full one. There is no answer for clients that are not limited.
    pub fn admit(&self, key: &Key, cost: u32) -> Result<Option<Remaining>, Refused> {
        let inner = &*self.0;
        let policy = match key {
            Key::Network(_) => inner.networks,
            Key::Holder(_) => inner.holders,
        };
        let Some(policy) = policy else { return Ok(None) };
        let bucket = inner.buckets.get(key).unwrap_or_else(|| {
            let new = || Arc::new(RateLimiter::direct(policy.quota).with_middleware());
            inner.buckets.get_with_by_ref(key, new)
        });
        let taken = NonZeroU32::new(cost.min(policy.burst())).unwrap_or(NonZeroU32::MIN);
        match bucket.check_n(taken) {
            Ok(Ok(state)) => Ok(Some(Remaining { left: state.remaining_burst_capacity(), policy })),
            Ok(Err(denied)) => {
                inner.refused.fetch_add(1, Ordering::Relaxed);
                let wait = denied.wait_time_from(DefaultClock::default().now());
                let lacking = wait.as_nanos().div_ceil(policy.quota.replenish_interval().as_nanos().max(1));
                let left = taken.get().saturating_sub(u32::try_from(lacking).unwrap_or(u32::MAX));
                Err(Refused { cost, wait, remaining: Remaining { left, policy } })
            }
            // Nothing is taken that does not fit into a bucket.
            Err(_) => Ok(None),
        }
    }

    /// Requests that were refused.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Clients that are known.
    pub fn clients(&self) -> u64 {
        self.0.buckets.entry_count()
    }
}

impl Remaining {
    /// What clients are told: the policy, and what is left of it.
    pub fn headers(self) -> [(HeaderName, HeaderValue); 2] {
        let Self { left, policy } = self;
        let full = policy.burst();
        let seconds = |cost| policy.time_for(cost).as_secs_f64().ceil() as u64;
        let policy = format!("\"client\";q={full};w={};qu=\"cost\"", seconds(full));
        let state = format!("\"client\";r={left};t={}", seconds(full.saturating_sub(left)));
        [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)]
            .map(|(name, value)| (name, HeaderValue::from_str(&value).expect("words and digits")))
    }
}

impl Refused {
    /// Seconds until the same can be asked for again.
    pub fn retry_after(&self) -> u64 {
        (self.wait.as_secs_f64().ceil() as u64).max(1)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let Refused { cost, remaining, .. } = refused;
        let (seconds, limit) = (refused.retry_after(), remaining.policy.burst());
        let message = format!(
            "the request costs {cost}, and {} of {limit} are left to this client; ask again in {seconds} seconds",
            remaining.left
        );
        let mut refusal = refusal(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", &message)
            .with(RETRY_AFTER, HeaderValue::from(seconds))
            .saying("value", cost.into())
            .saying("limit", limit.into())
            .saying("remaining", remaining.left.into())
            .saying("retryAfter", seconds.into());
        for (name, value) in remaining.headers() {
            refusal = refusal.with(name, value);
        }
        refusal
    }
}

/// The layer that makes requests count that lead nowhere; what is there counts where more is known of it.
pub(crate) async fn charge_for_nothing(State(limiter): State<Limiter>, request: Request, next: Next) -> Response {
    let key = Key::Network(Client::of(request.extensions(), request.headers()).network());
    let response = next.run(request).await;
    if response.status() != StatusCode::NOT_FOUND {
        return response;
    }
    match limiter.admit(&key, EACH) {
        Ok(_) => response,
        Err(refused) => Refusal::from(refused).into_response(),
    }
}

/// What one request takes, step by step as more becomes known of it.
#[derive(Debug)]
pub struct Account<'l> {
    limiter: Option<(&'l Limiter, Key)>,
    /// What the last step left; more than any bucket holds before the first.
    left: AtomicU32,
    policy: Option<Policy>,
    computed: AtomicBool,
}

impl<'l> Account<'l> {
    /// The account of a client.
    pub fn new(limiter: Option<&'l Limiter>, viewer: &Viewer, client: &Client) -> Self {
        let limiter = limiter.map(|limiter| (limiter, Key::of(viewer, client)));
        let policy = limiter.as_ref().and_then(|(limiter, key)| match key {
            Key::Network(_) => limiter.0.networks,
            Key::Holder(_) => limiter.0.holders,
        });
        Self { limiter, left: AtomicU32::new(u32::MAX), policy, computed: AtomicBool::new(false) }
    }

    /// Takes a part of what the request costs.
    pub fn charge(&self, cost: u64) -> Result<(), Refusal> {
        let Some((limiter, key)) = &self.limiter else { return Ok(()) };
        if cost == 0 {
            return Ok(());
        }
        if let Some(remaining) = limiter.admit(key, u32::try_from(cost).unwrap_or(u32::MAX))? {
            self.left.store(remaining.left, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Takes the rest of what the request costs, because it is going to be computed.
    pub fn charge_rest(&self, whole: u64) -> Result<(), Refusal> {
        self.computed.store(true, Ordering::Relaxed);
        self.charge(whole.saturating_sub(EACH.into()))
    }

    /// Whether the answer was computed for this request.
    pub fn is_computed(&self) -> bool {
        self.computed.load(Ordering::Relaxed)
    }

    /// Adds what is left to an answer, unless others may be given the same answer.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let left = self.left.load(Ordering::Relaxed);
        let Some(policy) = self.policy.filter(|_| left != u32::MAX) else { return };
        let is_shared = headers
            .get(http::header::CACHE_CONTROL)
            .and_then(|control| control.to_str().ok())
            .is_some_and(|control| control.starts_with("public"));
        if is_shared || headers.contains_key(RATE_LIMIT) {
            return;
        }
        headers.extend(Remaining { left, policy }.headers());
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn network(last: u8) -> Key {
        Key::Network(Ipv4Addr::new(192, 0, 2, last).into())
    }

    fn limiter(per_minute: u32, burst: u32, per_minute_of_token: u32) -> Limiter {
        Limiter::new(&Settings { per_minute, burst, per_minute_of_token }).expect("there is a limit")
    }

    fn text(headers: [(HeaderName, HeaderValue); 2]) -> [String; 2] {
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
    }

    #[test]
    fn a_bucket_gives_what_it_holds_to_each_client_and_no_more() {
        // One in ten minutes, so that none comes while the test runs.
        let limiter = Limiter(Arc::new(Inner {
            networks: Some(Policy {
                quota: Quota::with_period(Duration::from_secs(600))
                    .and_then(|quota| Some(quota.allow_burst(NonZeroU32::new(100)?)))
                    .expect("a quota"),
            }),
            holders: None,
            buckets: Cache::builder().max_capacity(MOST).build(),
            refused: AtomicU64::new(0),
        }));
        let left = |key, cost| limiter.admit(&key, cost).map(|remaining| remaining.expect("it is limited").left);
        assert_eq!(left(network(1), 60), Ok(40));
        assert_eq!(left(network(1), 40), Ok(0), "at the limit");
        let refused = left(network(1), 1).expect_err("above the limit");
        assert_eq!((refused.cost, refused.remaining.left, refused.retry_after()), (1, 0, 600));
        assert_eq!(limiter.refused(), 1);
        assert_eq!(left(network(2), 1_000), Ok(0), "what is larger than a bucket takes a full one");
        assert_eq!(left(network(3), 1), Ok(99), "others have buckets of their own");
        assert_eq!(limiter.admit(&Key::Holder("cms".into()), 1_000), Ok(None), "tokens are not limited here");
        let told = refused.remaining.headers();
        assert_eq!(
            text(told),
            ["ratelimit-policy: \"client\";q=100;w=60000;qu=\"cost\"", "ratelimit: \"client\";r=0;t=60000"]
        );
    }

    #[test]
    fn a_token_may_ask_for_as_much_more_at_once_as_a_minute() {
        let limiter = limiter(1_000, 200, 10_000);
        let remaining = limiter.admit(&Key::Holder("cms".into()), 1_500).expect("it fits").expect("it is limited");
        assert_eq!(remaining.policy.burst(), 2_000);
        assert!(limiter.admit(&network(1), 200).is_ok());
        assert!(limiter.admit(&network(1), 200).is_err());
    }

    #[test]
    fn nothing_is_limited_where_the_limits_are_zero() {
        assert!(Limiter::new(&Settings::default()).is_none());
        let limiter = limiter(0, 200, 60);
        assert_eq!(limiter.admit(&network(1), u32::MAX), Ok(None));
        assert!(limiter.admit(&Key::Holder("cms".into()), 1).is_ok_and(|remaining| remaining.is_some()));
    }

    #[tokio::test]
    async fn asking_for_what_is_not_there_counts() {
        use tower::ServiceExt as _;
        let limiter = limiter(1, 3 * EACH, 0);
        let router = axum::Router::new()
            .route("/here", axum::routing::get(|| async { "here" }))
            .fallback(crate::http::not_found)
            .layer(axum::middleware::from_fn_with_state(limiter, charge_for_nothing));
        let ask = async |path: &str| {
            let request = http::Request::get(path).body(axum::body::Body::empty()).expect("a request");
            router.clone().oneshot(request).await.expect("an answer").status().as_u16()
        };
        for _ in 0..3 {
            assert_eq!(ask("/nowhere").await, 404);
            assert_eq!(ask("/here").await, 200);
        }
        assert_eq!((ask("/nowhere").await, ask("/here").await), (429, 200));
    }

    #[test]
    fn only_so_many_clients_are_known() {
        let limiter = limiter(1_000, 200, 0);
        for number in 0..u32::try_from(MOST).expect("it is small") + 20_000 {
            let key = Key::Network(Ipv4Addr::from(number).into());
            assert!(limiter.admit(&key, 1).is_ok());
        }
        limiter.0.buckets.run_pending_tasks();
        assert!(limiter.clients() <= MOST, "{}", limiter.clients());
    }
}
