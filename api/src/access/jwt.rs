//! JWTs of an identity provider, checked against the keys that it publishes (a JWKS). Signatures are checked by `ring`, which the program has
//! for TLS anyway.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use chrono::DateTime;
use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind, Validation,
    crypto::{CryptoProvider, JwtVerifier, KeyUtils},
    errors::ErrorKind,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse},
    signature::{Error as WrongSignature, Verifier},
};
use ring::signature as algorithms;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::{
    Scopes, Viewer,
    gate::{Denied, Known},
};
use crate::fetch::{Fetched, Fetcher, Request};

/// Keys are fetched anew when they are so old: so long one that was withdrawn can still be used.
const FRESH: Duration = Duration::from_secs(600);
/// They are asked for once in this time, whatever is sent.
const APART: Duration = Duration::from_secs(60);
/// While there are none they are asked for sooner: after this time, and after twice as long each time, up to [`APART`].
const SOON: Duration = Duration::from_secs(1);
/// How long a request waits for them.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest set of keys that is read.
const LARGEST: usize = 1 << 20;
/// How far clocks may be apart, in seconds.
const LEEWAY: u64 = 30;
/// Signatures whose keys can be published. A provider's secret, or no signature at all, is never one of them.
const ALLOWED: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The identity provider whose JWTs are taken.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it publishes its keys.
    pub keys: Url,
    /// What its JWTs name as `iss`.
    pub issuer: String,
    /// What JWTs for this server name as `aud`.
    pub audience: String,
}

/// An identity provider with its keys.
pub(super) struct Provider {
    settings: Settings,
    keys: RwLock<Keys>,
    /// Held by the one who fetches the keys.
    fetching: Mutex<()>,
}

/// Keys by their `kid`; one may have none.
type KeysById = HashMap<Option<String>, Key>;

#[derive(Default)]
struct Keys {
    by_id: Arc<KeysById>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
    /// Tries that failed since they were fetched last.
    failures: u32,
}

/// A key, and the algorithm that it is for.
struct Key {
    key: DecodingKey,
    algorithm: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    sub: String,
    exp: i64,
    #[serde(default)]
    scope: Scope,
}

/// RFC 8693 has a text with spaces; some providers have lists.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Scope {
    Text(String),
    List(Vec<String>),
    #[default]
    None,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

impl Provider {
    pub(super) fn new(settings: Settings) -> Self {
        // Another part of the process may have chosen one before.
        let _ = RING.install_default();
        Self { settings, keys: RwLock::default(), fetching: Mutex::new(()) }
    }

    /// Who holds a JWT, if it is one of this provider for this server.
    pub(super) async fn check(&self, jwt: &str) -> Result<Option<Known>, Denied> {
        let Ok(header) = jsonwebtoken::decode_header(jwt) else { return Ok(None) };
        if !ALLOWED.contains(&header.alg) {
            return Ok(None);
        }
        let mut keys = self.keys(None).await?;
        if !keys.contains_key(&header.kid) {
            keys = self.keys(Some(&header.kid)).await?;
        }
        let Some(key) = keys.get(&header.kid) else { return Ok(None) };
        if key.algorithm.as_ref().is_some_and(|algorithm| *algorithm != format!("{:?}", header.alg)) {
            return Ok(None);
        }
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let claims = match jsonwebtoken::decode::<Claims>(jwt, &key.key, &validation) {
            Ok(token) => token.claims,
            Err(cause) => {
                tracing::debug!(%cause, "a JWT was refused");
                return Ok(None);
            }
        };
        let scopes = match claims.scope {
            Scope::Text(text) => Scopes::named(&text),
            Scope::List(names) => Scopes::named(&names.join(" ")),
            Scope::None => Scopes::default(),
        };
        let expires_at = DateTime::from_timestamp(claims.exp.saturating_add(LEEWAY as i64), 0);
        let viewer = Viewer::subject(&self.settings.issuer, claims.sub, scopes);
        Ok(Some(Known { viewer, token: None, expires_at }))
    }

    /// The keys; fetched when they are old, or when `wanted` is not among them, but never twice in a while.
    async fn keys(&self, wanted: Option<&Option<String>>) -> Result<Arc<KeysById>, Denied> {
        if let Some(keys) = self.at_hand(wanted) {
            return keys;
        }
        let _alone = self.fetching.lock().await;
        // Someone else may have fetched them in the meantime, or tried to.
        if let Some(keys) = self.at_hand(wanted) {
            return keys;
        }
        {
            // Before the answer: who waits for it may give up.
            let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            keys.tried = Some(Instant::now());
            keys.failures = keys.failures.saturating_add(1);
        }
        let fetched = self.fetch().await;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        match fetched {
            Ok(by_id) => {
                keys.by_id = Arc::new(by_id);
                keys.fetched = Some(Instant::now());
                keys.failures = 0;
            }
            Err(cause) => tracing::warn!(cause, "the keys of the identity provider could not be fetched"),
        }
        if keys.fetched.is_some() { Ok(Arc::clone(&keys.by_id)) } else { Err(Denied::Unavailable) }
    }

    /// The keys that are there, or that there are none, unless they should be fetched and may be.
    fn at_hand(&self, wanted: Option<&Option<String>>) -> Option<Result<Arc<KeysById>, Denied>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let apart = if keys.fetched.is_some() { APART } else { back_off(keys.failures) };
        let too_early = keys.tried.is_some_and(|tried| tried.elapsed() < apart);
        let Some(fetched) = keys.fetched else { return too_early.then_some(Err(Denied::Unavailable)) };
        let enough = fetched.elapsed() < FRESH && wanted.is_none_or(|wanted| keys.by_id.contains_key(wanted));
        (enough || too_early).then(|| Ok(Arc::clone(&keys.by_id)))
    }

    async fn fetch(&self) -> Result<KeysById, String> {
        // Who runs the server names the address, which may be in its own network.
        let fetcher = Fetcher::new(true)?;
        let request = Request::new(self.settings.keys.clone());
        let fetched = tokio::time::timeout(PATIENCE, fetcher.fetch(&request)).await;
        let body = match fetched.map_err(|_| format!("no answer within {} seconds", PATIENCE.as_secs()))? {
            Ok(Fetched::Body(body)) => body.bytes,
            Ok(Fetched::NotModified(_)) => return Err("the server answered that nothing has changed".to_owned()),
            Err(failure) => return Err(failure.message),
        };
        if body.len() > LARGEST {
            return Err(format!("the keys have {} bytes", body.len()));
        }
        let set: KeySet = serde_json::from_slice(&body).map_err(|error| format!("not a set of keys: {error}"))?;
        Ok(set.keys.into_iter().filter_map(usable).collect())
    }
}

/// How long to wait after so many failures.
fn back_off(failures: u32) -> Duration {
    (SOON * (1 << failures.clamp(1, 8).saturating_sub(1))).min(APART)
}

/// A key that signatures can be checked with. Those of kinds that are not known are left out, one by one.
fn usable(key: serde_json::Value) -> Option<(Option<String>, Key)> {
    let jwk: Jwk = serde_json::from_value(key.clone()).ok()?;
    let is_public = matches!(
        jwk.algorithm,
        AlgorithmParameters::RSA(_) | AlgorithmParameters::EllipticCurve(_) | AlgorithmParameters::OctetKeyPair(_)
    );
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let algorithm = key.get("alg").and_then(|name| name.as_str()).map(ToOwned::to_owned);
    if !is_public || !signs {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some((jwk.common.key_id, Key { key, algorithm }))
}

/// Checks of signatures; nothing is signed here.
static RING: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: |algorithm, key| Ok(Box::new(RingVerifier { algorithm: *algorithm, key: key.clone() })),
    key_utils: KeyUtils::new_unimplemented(),
};

struct RingVerifier {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), WrongSignature> {
        if self.key.family() != self.algorithm.family() {
            return Err(WrongSignature::new());
        }
        let checked = match self.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                let algorithm = rsa(self.algorithm).ok_or_else(WrongSignature::new)?;
                algorithms::RsaPublicKeyComponents { n, e }.verify(algorithm, message, signature)
            }
            DecodingKeyKind::SecretOrDer(key) => {
                let algorithm = curve(self.algorithm).ok_or_else(WrongSignature::new)?;
                algorithms::UnparsedPublicKey::new(algorithm, key).verify(message, signature)
            }
        };
        checked.map_err(|_| WrongSignature::new())
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static algorithms::RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &algorithms::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &algorithms::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &algorithms::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &algorithms::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &algorithms::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &algorithms::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn curve(algorithm: Algorithm) -> Option<&'static dyn algorithms::VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::ES256 => &algorithms::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &algorithms::ECDSA_P384_SHA384_FIXED,
        Algorithm::EdDSA => &algorithms::ED25519,
        _ => return None,
    })
}
