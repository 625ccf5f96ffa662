//! Access tokens: short-lived proof of a session, signed by this installation and by nobody else.
//!
//! A JWT of type `at+jwt` (RFC 9068), ten minutes long. The library's defaults are lax (trust.md,
//! measured fact 4), so everything is checked here: one algorithm, our own key by its id, a header
//! without any extra, and every claim, against the clock that the caller brings. The token says
//! who; what they may do is read from the database at each request.

use std::collections::HashSet;

use entity::id::{PersonId, SessionId, TypedId as _};
use entity::instant::{Instant, MINUTE, SECOND};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::house::Keys;
use crate::kit::error::{Fault, Result};
use crate::kit::secret;

/// Life of an access token, in microseconds.
pub const LIFE: i64 = 10 * MINUTE;
/// How far two clocks may differ, in seconds.
const LEEWAY: i64 = 5;
/// For whom the tokens are: this API.
const AUDIENCE: &str = "earshot-api";
/// The type in the header (RFC 9068).
const TYPE: &str = "at+jwt";
/// The one algorithm.
const ALGORITHM: Algorithm = Algorithm::HS256;
/// Longest token that is looked at, in bytes.
const LONGEST: usize = 2_048;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Who a sound token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The person.
    pub person: PersonId,
    /// The session; whether it still lives is for the database to say.
    pub session: SessionId,
}

/// Why a token is not taken. For logs and tests: callers are told one sentence for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// Not three parts of base64url with JSON, or far too long.
    #[error("not a token")]
    Malformed,
    /// Another algorithm, type or key, or a header with more in it than ours.
    #[error("a foreign header")]
    Header,
    /// The signature does not fit, or a claim is missing or of the wrong form.
    #[error("a wrong signature or claims")]
    Signature,
    /// Of another installation or for another audience.
    #[error("issued by or for somebody else")]
    Stranger,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not come, or is longer than we give.
    #[error("not yet valid")]
    Early,
}

/// A signed token and its end.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// From then on it is refused.
    pub expires_at: Instant,
}

/// Signs and checks the access tokens of one installation.
pub struct Tokens<'a> {
    key: [u8; 32],
    issuer: &'a str,
}

impl<'a> Tokens<'a> {
    /// The tokens that `keys` sign under the name `issuer` (the public address).
    #[must_use]
    pub fn new(keys: &Keys, issuer: &'a str) -> Self {
        Self { key: keys.of("jwt"), issuer }
    }

    /// The name of the key: a digest that tells nothing of it.
    fn kid(&self) -> String {
        secret::hex(&secret::hmac_sha256(&self.key, "kid")[..8])
    }

    /// A token for `bearer` from `now` on, ending with the session if that is sooner.
    ///
    /// # Errors
    /// A fault when signing fails.
    pub fn issue(&self, bearer: Bearer, now: Instant, latest: Instant) -> Result<Issued> {
        let exp = now.plus(LIFE).min(latest).seconds();
        let claims = Claims {
            iss: self.issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: bearer.person.to_string(),
            sid: bearer.session.to_string(),
            jti: secret::hex(&secret::random::<16>()?),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp,
        };
        let token = self.sign(&claims)?;
        Ok(Issued { token, expires_at: Instant(exp * SECOND) })
    }

    fn sign(&self, claims: &Claims) -> Result<String> {
        let header =
            Header { typ: Some(TYPE.to_owned()), kid: Some(self.kid()), ..Header::new(ALGORITHM) };
        let token = jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(&self.key))
            .map_err(|error| Fault::internal(format!("an access token was not signed: {error}")))?;
        Ok(token)
    }

    /// Who `token` speaks for at `now`.
    ///
    /// # Errors
    /// [`Unsound`].
    pub fn read(&self, token: &str, now: Instant) -> Result<Bearer, Unsound> {
        if token.len() > LONGEST {
            return Err(Unsound::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Unsound::Malformed)?;
        let ours =
            Header { typ: Some(TYPE.to_owned()), kid: Some(self.kid()), ..Header::new(ALGORITHM) };
        // Equality, not a list of forbidden members: `crit`, `jwk`, `jku`, `zip` and what may still
        // be invented are all refused alike.
        if header != ours {
            return Err(Unsound::Header);
        }
        let key = DecodingKey::from_secret(&self.key);
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation())
            .map_err(|_| Unsound::Signature)?
            .claims;
        self.judge(&claims, now)
    }

    fn judge(&self, claims: &Claims, now: Instant) -> Result<Bearer, Unsound> {
        let now = now.seconds();
        if claims.iss != self.issuer || claims.aud != AUDIENCE || claims.jti.is_empty() {
            return Err(Unsound::Stranger);
        }
        if now >= claims.exp.saturating_add(LEEWAY) {
            return Err(Unsound::Expired);
        }
        let starts = claims.iat.max(claims.nbf).saturating_sub(LEEWAY);
        let life = claims.exp.saturating_sub(claims.iat);
        if now < starts || life > LIFE / SECOND {
            return Err(Unsound::Early);
        }
        let person = PersonId::parse(&claims.sub).map_err(|_| Unsound::Signature)?;
        let session = SessionId::parse(&claims.sid).map_err(|_| Unsound::Signature)?;
        Ok(Bearer { person, session })
    }
}

/// The library checks algorithm and signature; claims and times are [`Tokens::judge`]'s, because
/// its clock is the machine's and ours is an argument.
fn validation() -> Validation {
    let mut validation = Validation::new(ALGORITHM);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
    use serde_json::{Value, json};
    use uuid::Uuid;

    const NOW: Instant = Instant(1_800_000_000 * SECOND);
    const ISSUER: &str = "https://earshot.example";

    fn keys() -> Keys {
        Keys::new(b"0123456789abcdef0123456789abcdef")
    }

    fn bearer() -> Bearer {
        Bearer { person: PersonId(Uuid::from_u128(7)), session: SessionId(Uuid::from_u128(9)) }
    }

    fn good() -> Value {
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": bearer().person.to_string(),
            "sid": bearer().session.to_string(), "jti": "1",
            "iat": NOW.seconds(), "nbf": NOW.seconds(), "exp": NOW.seconds() + 600,
        })
    }

    fn header(tokens: &Tokens<'_>) -> Value {
        json!({"typ": TYPE, "alg": "HS256", "kid": tokens.kid()})
    }

    /// A token signed with our own key, whatever is in it: only our checks stand in its way.
    fn forged(tokens: &Tokens<'_>, header: &Value, claims: &Value) -> String {
        let body = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
        let tag = secret::hmac_sha256(&tokens.key, &body);
        format!("{body}.{}", B64.encode(tag))
    }

    fn with(mut value: Value, member: &str, new: Value) -> Value {
        value[member] = new;
        value
    }

    fn without(mut value: Value, member: &str) -> Value {
        value.as_object_mut().expect("an object").remove(member);
        value
    }

    #[test]
    fn a_fresh_token_is_taken_until_its_end() {
        let keys = keys();
        let tokens = Tokens::new(&keys, ISSUER);
        let issued = tokens.issue(bearer(), NOW, NOW.plus(LIFE * 9)).expect("signed");
        assert_eq!(issued.expires_at, NOW.plus(LIFE));
        assert_eq!(tokens.read(&issued.token, NOW), Ok(bearer()));
        assert_eq!(tokens.read(&issued.token, NOW.plus(LIFE + 4 * SECOND)), Ok(bearer()));
        assert_eq!(tokens.read(&issued.token, NOW.plus(LIFE + 5 * SECOND)), Err(Unsound::Expired));
        assert_eq!(tokens.read(&issued.token, NOW.plus(-5 * SECOND)), Ok(bearer()));
        assert_eq!(tokens.read(&issued.token, NOW.plus(-6 * SECOND)), Err(Unsound::Early));
        assert_eq!(
            tokens.read(&forged(&tokens, &header(&tokens), &good()), NOW),
            Ok(bearer()),
            "the forging of these tests is sound"
        );
    }

    #[test]
    fn a_token_ends_with_its_session() {
        let keys = keys();
        let tokens = Tokens::new(&keys, ISSUER);
        let issued = tokens.issue(bearer(), NOW, NOW.plus(60 * SECOND)).expect("signed");
        assert_eq!(issued.expires_at, NOW.plus(60 * SECOND));
    }

    #[test]
    fn foreign_headers_are_refused() {
        let keys = keys();
        let tokens = Tokens::new(&keys, ISSUER);
        let ours = header(&tokens);
        let forgeries = [
            with(ours.clone(), "alg", json!("none")),
            with(ours.clone(), "alg", json!("None")),
            with(ours.clone(), "alg", json!("HS384")),
            with(ours.clone(), "alg", json!("HS512")),
            with(ours.clone(), "alg", json!("RS256")),
            with(ours.clone(), "alg", json!("ES256")),
            with(ours.clone(), "alg", json!("EdDSA")),
            with(ours.clone(), "typ", json!("JWT")),
            with(ours.clone(), "typ", json!("AT+JWT")),
            without(ours.clone(), "typ"),
            without(ours.clone(), "alg"),
            without(ours.clone(), "kid"),
            with(ours.clone(), "kid", json!("")),
            with(ours.clone(), "kid", json!("../../dev/null")),
            with(ours.clone(), "kid", json!("x' UNION SELECT 'key")),
            with(ours.clone(), "kid", json!(["a"])),
            with(ours.clone(), "crit", json!(["exp"])),
            with(ours.clone(), "jku", json!("https://evil.example/keys")),
            with(ours.clone(), "x5u", json!("https://evil.example/cert")),
            with(ours.clone(), "jwk", json!({"kty": "oct", "k": "AAAA"})),
            with(ours.clone(), "zip", json!("DEF")),
            with(ours.clone(), "b64", json!(false)),
        ];
        for forgery in forgeries {
            let token = forged(&tokens, &forgery, &good());
            let told = tokens.read(&token, NOW);
            assert!(
                matches!(told, Err(Unsound::Header | Unsound::Malformed)),
                "{forgery}: {told:?}"
            );
        }
    }

    #[test]
    fn foreign_claims_are_refused() {
        let keys = keys();
        let tokens = Tokens::new(&keys, ISSUER);
        let now = NOW.seconds();
        let forgeries = [
            with(good(), "aud", json!("another-api")),
            with(good(), "aud", json!([AUDIENCE])),
            with(good(), "iss", json!("https://evil.example")),
            with(good(), "jti", json!("")),
            with(good(), "sub", json!("person_0")),
            with(good(), "sub", json!(bearer().session.to_string())),
            with(good(), "sid", json!(bearer().person.to_string())),
            with(good(), "exp", json!(now - 6)),
            with(good(), "exp", json!(now + 601)),
            with(good(), "exp", json!(i64::MAX)),
            with(good(), "exp", json!(i64::MIN)),
            with(good(), "exp", json!("never")),
            with(good(), "exp", json!(1e300)),
            with(good(), "nbf", json!(now + 6)),
            with(good(), "iat", json!(now + 6)),
            with(good(), "iat", json!(i64::MIN)),
            with(good(), "admin", json!(true)),
        ];
        let missing = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"];
        let missing = missing.into_iter().map(|member| without(good(), member));
        for forgery in forgeries.into_iter().chain(missing) {
            let token = forged(&tokens, &header(&tokens), &forgery);
            assert!(tokens.read(&token, NOW).is_err(), "{forgery}");
        }
    }

    #[test]
    fn foreign_signatures_are_refused() {
        let keys = keys();
        let tokens = Tokens::new(&keys, ISSUER);
        let token = tokens.issue(bearer(), NOW, NOW.plus(LIFE)).expect("signed").token;
        let (body, tag) = token.rsplit_once('.').expect("three parts");
        let other_keys = Keys::new(b"another root of thirty-two bytes");
        let other = Tokens::new(&other_keys, ISSUER);
        let stolen_header = forged(&other, &header(&tokens), &good());
        for bad in [
            format!("{body}."),
            body.to_owned(),
            format!("{body}.{}", &tag[1..]),
            format!("{body}.{tag}A"),
            format!("{body}.{tag}.{tag}"),
            format!(" {token}"),
            String::new(),
            "..".to_owned(),
            "a.b.c".to_owned(),
            "é.é.é".to_owned(),
            "x".repeat(1_000_000),
            stolen_header,
        ] {
            assert!(tokens.read(&bad, NOW).is_err(), "{bad:.60}");
        }
        let mut bytes = token.into_bytes();
        for index in 0..bytes.len() {
            let kept = bytes[index];
            bytes[index] = if kept == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8_lossy(&bytes).into_owned();
            let told = tokens.read(&bent, NOW);
            bytes[index] = kept;
            // The last character of base64 carries spare bits; strict decoding refuses those too.
            assert!(told.is_err(), "byte {index}");
        }
    }
}
