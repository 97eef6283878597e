//! Is a delivery genuine.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use upvow_domain::Time;

use super::DoorError;
use crate::AppCredentials;

/// Longer tokens are not looked at.
const LONGEST_TOKEN: usize = 16 * 1024;
/// By how much two clocks may differ, in seconds.
const LEEWAY: f64 = 60.0;

/// Checks the `Authorization` headers of a delivery (all of them, in their order): exactly one, `Bearer`, HS256, signed
/// with the current or the previous client secret, and within `exp` and `nbf` where it has them. Atlassian documents no
/// other claim, so none is asked for.
pub fn verify(authorization: &[&str], app: &AppCredentials, now: Time) -> Result<(), DoorError> {
    let token = bearer(authorization)?;
    let (signed, signature) = token.rsplit_once('.').ok_or(DoorError::NotAToken)?;
    let (header, claims) = signed.split_once('.').ok_or(DoorError::NotAToken)?;
    if claims.contains('.') {
        return Err(DoorError::NotAToken);
    }
    let header: Header = part(header)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(DoorError::Algorithm);
    }
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| DoorError::NotAToken)?;
    let mut tried = false;
    let mut genuine = false;
    for secret in [Some(&app.client_secret), app.previous_secret.as_ref()]
        .into_iter()
        .flatten()
        .map(|secret| secret.expose().as_bytes())
        .filter(|secret| !secret.is_empty())
    {
        tried = true;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        genuine |= hmac::verify(&key, signed.as_bytes(), &signature).is_ok();
    }
    if !tried {
        return Err(DoorError::NoSecret);
    }
    if !genuine {
        return Err(DoorError::Signature);
    }
    in_time(&part(claims)?, now)
}

fn bearer<'a>(authorization: &[&'a str]) -> Result<&'a str, DoorError> {
    let header = match authorization {
        [] => return Err(DoorError::NoHeader),
        [one] => one.trim(),
        _ => return Err(DoorError::ManyHeaders),
    };
    if header.len() > LONGEST_TOKEN + "Bearer ".len() {
        return Err(DoorError::TokenTooLong);
    }
    let (scheme, token) = header.split_once(' ').ok_or(DoorError::NotBearer)?;
    let token = token.trim_start_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(DoorError::NotBearer);
    }
    Ok(token)
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Extensions that must be understood; we know none.
    #[serde(default)]
    crit: Option<serde::de::IgnoredAny>,
}

/// `exp` and `nbf`, in seconds. Other claims, which can name a person, are skipped.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    exp: Option<Value>,
    #[serde(default)]
    nbf: Option<Value>,
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DoorError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| DoorError::NotAToken)?;
    serde_json::from_slice(&bytes).map_err(|_| DoorError::NotAToken)
}

fn in_time(claims: &Claims, now: Time) -> Result<(), DoorError> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a moment in milliseconds is far below 2^52"
    )]
    let now = now.0 as f64 / 1000.0;
    let seconds = |claim: &Option<Value>| match claim {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(DoorError::NotAToken),
    };
    if seconds(&claims.exp)?.is_some_and(|exp| now >= exp + LEEWAY) {
        return Err(DoorError::Expired);
    }
    if seconds(&claims.nbf)?.is_some_and(|nbf| now < nbf - LEEWAY) {
        return Err(DoorError::NotYet);
    }
    Ok(())
}

/// Checks `X-Hub-Signature` of a webhook that an administrator made: `sha256=<hex>` over the body's bytes as they came.
/// Other methods, and an empty secret, never pass.
pub fn hub_signature_ok(header: &str, secret: &[u8], body: &[u8]) -> bool {
    let Some(hex) = header.trim().strip_prefix("sha256=") else {
        return false;
    };
    if secret.is_empty() || hex.len() != 64 {
        return false;
    }
    let mut tag = [0; 32];
    for (byte, pair) in tag.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16);
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
            return false;
        };
        *byte = u8::try_from(high * 16 + low).expect("two hexadecimal digits");
    }
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), body, &tag).is_ok()
}
