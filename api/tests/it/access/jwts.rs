//! JWTs of an identity provider: a server here plays it, and publishes keys.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use api::access::JwtSettings;
use axum::{Json, Router, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};

use super::*;
use crate::support::Kind;

const ISSUER: &str = "https://id.example.org/";
const AUDIENCE: &str = "newsgraph";

struct Provider {
    address: SocketAddr,
    keys: Arc<Mutex<Vec<Value>>>,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    async fn start(keys: Vec<Value>) -> Self {
        let (keys, asked) = (Arc::new(Mutex::new(keys)), Arc::new(AtomicUsize::new(0)));
        let (published, asking) = (Arc::clone(&keys), Arc::clone(&asked));
        let answer = async move || {
            asking.fetch_add(1, Ordering::Relaxed);
            Json(json!({ "keys": *published.lock().unwrap() }))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/keys", get(answer));
        let serving = async { api::server::serve(listener, router, std::future::pending()).await.unwrap() };
        Self { address, keys, asked, task: tokio::spawn(serving) }
    }

    fn settings(&self) -> access::Settings {
        let keys = format!("http://{}/keys", self.address).parse().unwrap();
        let jwt = Some(JwtSettings { keys, issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned() });
        access::Settings { jwt, ..Default::default() }
    }
}

fn encoded(part: &Value) -> String {
    BASE64.encode(part.to_string())
}

fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature = BASE64.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn claims(scope: Value) -> Value {
    let now = api::now().timestamp();
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "editor@example.org", "exp": now + 300, "nbf": now - 10, "scope": scope })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

struct Elliptic(EcdsaKeyPair);

impl Elliptic {
    fn new() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }

    fn published(&self, id: &str) -> Value {
        let point = self.0.public_key().as_ref();
        let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id, "x": x, "y": y })
    }

    fn jwt(&self, id: &str, claims: &Value) -> String {
        signed(&json!({ "alg": "ES256", "typ": "JWT", "kid": id }), claims, |message| self.sign(message))
    }
}

const FEEDS: &str = "{ feeds { totalCount } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jwt_of_the_provider_allows_what_its_claim_names_and_any_other_is_refused() {
    let key = Elliptic::new();
    let provider = Provider::start(vec![json!({ "kty": "new", "kid": "later" }), key.published("one")]).await;
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::with(&database, provider.settings()).await;

    for scope in [json!("openid ingest"), json!(["profile", "ingest"]), json!("admin")] {
        let answer = server.query(FEEDS, Some(&key.jwt("one", &claims(scope)))).await;
        assert_eq!(answer.body["data"]["feeds"]["totalCount"], 0, "{answer:?}");
    }
    for scope in [json!("openid read:drafts"), json!(null), json!("")] {
        let answer = server.query(FEEDS, Some(&key.jwt("one", &claims(scope)))).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (200, "FORBIDDEN"), "{answer:?}");
    }

    let now = api::now().timestamp();
    let good = || claims(json!("admin"));
    let stranger = Elliptic::new();
    let valid = key.jwt("one", &good());
    let mut parts: Vec<&str> = valid.split('.').collect();
    let raised = encoded(&with(claims(json!("admin")), "sub", json!("someone else")));
    parts[1] = &raised;
    let without = |name: &str| {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.0.public_key().as_ref());
    let hmac = |message: &[u8]| ring::hmac::sign(&secret, message).as_ref().to_vec();
    for (why, jwt) in [
        ("expired", key.jwt("one", &with(good(), "exp", json!(now - 60)))),
        ("never expires", key.jwt("one", &without("exp"))),
        ("expiry is a text", key.jwt("one", &with(good(), "exp", json!("9999999999")))),
        ("not yet", key.jwt("one", &with(good(), "nbf", json!(now + 120)))),
        ("not yet, as a text", key.jwt("one", &with(good(), "nbf", json!((now + 120).to_string())))),
        ("another issuer", key.jwt("one", &with(good(), "iss", json!("https://evil.example/")))),
        ("no issuer", key.jwt("one", &without("iss"))),
        ("for another server", key.jwt("one", &with(good(), "aud", json!("shop")))),
        ("for nobody", key.jwt("one", &without("aud"))),
        ("another key", stranger.jwt("one", &good())),
        ("changed", parts.join(".")),
        ("not signed", signed(&json!({ "alg": "none", "kid": "one" }), &good(), |_| Vec::new())),
        ("signed with the public key as a secret", signed(&json!({ "alg": "HS256", "kid": "one" }), &good(), hmac)),
        ("another algorithm", signed(&json!({ "alg": "RS256", "kid": "one" }), &good(), |message| key.sign(message))),
        ("no key named", signed(&json!({ "alg": "ES256" }), &good(), |message| key.sign(message))),
        ("nonsense", "a.b.c".to_owned()),
    ] {
        let answer = server.query(FEEDS, Some(&jwt)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "UNAUTHENTICATED"), "{why}: {answer:?}");
    }
    assert_eq!(provider.asked.load(Ordering::Relaxed), 1, "the keys were fetched once");
    let own = token(&database, &[Scope::Ingest]).await;
    assert_eq!(server.query(FEEDS, Some(&own)).await.body["data"]["feeds"]["totalCount"], 0, "tokens still work");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_kinds_of_keys_are_taken_and_unknown_keys_do_not_make_the_server_ask_again_and_again() {
    let random = SystemRandom::new();
    let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let edwards = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let point = BASE64.encode(edwards.public_key().as_ref());
    let published = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": point });
    let provider = Provider::start(vec![published]).await;
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::with(&database, provider.settings()).await;
    let header = json!({ "alg": "EdDSA", "kid": "ed" });
    let jwt = signed(&header, &claims(json!("ingest")), |message| edwards.sign(message).as_ref().to_vec());
    assert_eq!(server.query(FEEDS, Some(&jwt)).await.body["data"]["feeds"]["totalCount"], 0);

    let later = Elliptic::new();
    provider.keys.lock().unwrap().push(later.published("two"));
    for attempt in 0..5 {
        let answer =
            server.query(FEEDS, Some(&later.jwt("two", &with(claims(json!("ingest")), "jti", json!(attempt))))).await;
        assert_eq!(answer.status.as_u16(), 401, "the keys are a moment old: they are asked for once a minute");
    }
    assert_eq!(provider.asked.load(Ordering::Relaxed), 1);
    let fresh = Server::with(&database, provider.settings()).await;
    assert_eq!(
        fresh.query(FEEDS, Some(&later.jwt("two", &claims(json!("ingest"))))).await.body["data"]["feeds"]["totalCount"],
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_provider_cannot_be_reached_its_jwts_are_put_off_and_the_public_is_served() {
    let key = Elliptic::new();
    let provider = Provider::start(vec![key.published("one")]).await;
    let settings = provider.settings();
    drop(provider);
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::with(&database, settings).await;
    let answer = server.query(FEEDS, Some(&key.jwt("one", &claims(json!("ingest"))))).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code(), answer.header("retry-after")),
        (503, "SERVICE_UNAVAILABLE", "2")
    );
    assert_eq!(server.query("{ sections { slug } }", None).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_jwt_imports_belongs_to_its_subject_at_its_issuer() {
    let key = Elliptic::new();
    let provider = Provider::start(vec![key.published("one")]).await;
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::with(&database, provider.settings()).await;
    let send = async |subject: Value, scope: &str, version: i64| {
        let jwt = key.jwt("one", &with(claims(json!(scope)), "sub", subject));
        let line =
            json!({ "type": "article", "uri": "urn:a", "headline": format!("Version {version}"), "version": version });
        Answer::of(server.post("/import?format=jsonl").bearer_auth(jwt).body(line.to_string())).await
    };
    let nobody = send(json!(""), "ingest", 1).await;
    assert_eq!((nobody.status.as_u16(), nobody.code()), (403, "FORBIDDEN"), "{nobody:?}");
    assert_eq!(send(json!("alice"), "ingest", 1).await.body["new"], 1);
    let other = send(json!("bob"), "ingest", 2).await;
    let message = other.body["report"][0]["message"].as_str().unwrap();
    assert!(message.contains(&format!("`token:{ISSUER} alice`")), "{other:?}");
    assert!(message.contains(&format!("`token:{ISSUER} bob`")), "{other:?}");
    assert_eq!(send(json!("alice"), "ingest", 2).await.body["updated"], 1);
    // An editor takes it over, also without a subject.
    assert_eq!(send(json!(""), "ingest write:articles", 1).await.body["updated"], 1);
    assert_eq!(send(json!("alice"), "ingest", 3).await.status.as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_has_never_answered_is_not_asked_for_each_jwt() {
    let asked = Arc::new(AtomicUsize::new(0));
    let asking = Arc::clone(&asked);
    let answer = async move || {
        asking.fetch_add(1, Ordering::Relaxed);
        http::StatusCode::INTERNAL_SERVER_ERROR
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let keys = format!("http://{}/keys", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().route("/keys", get(answer));
    let provider = tokio::spawn(async { api::server::serve(listener, router, std::future::pending()).await.unwrap() });
    let jwt = Some(JwtSettings { keys, issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned() });
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::with(&database, access::Settings { jwt, ..Default::default() }).await;
    let key = Elliptic::new();
    let begun = std::time::Instant::now();
    let jwts: Vec<String> = (0..50)
        .map(|number| key.jwt("one", &with(claims(json!("ingest")), "sub", json!(number.to_string()))))
        .collect();
    let requests = jwts.iter().map(|jwt| server.query(FEEDS, Some(jwt)));
    for answer in futures_util::future::join_all(requests).await {
        assert_eq!(answer.status, 503, "{answer:?}");
    }
    // Once a second at first, then less often.
    let most = 1 + usize::try_from(begun.elapsed().as_secs()).unwrap();
    let asked = asked.load(Ordering::Relaxed);
    assert!((1..=most).contains(&asked), "{asked} times");
    provider.abort();
}
