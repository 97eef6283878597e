//! Things nobody may guess, and the signatures made with them.

use std::fmt::Write as _;

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// `prefix` followed by 256 random bits, safe in URLs.
pub(crate) fn fresh(prefix: &str) -> String {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).expect("the system has a source of randomness");
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// A number from 0 on, less than `limit`.
pub(crate) fn below(limit: i64) -> i64 {
    let mut bytes = [0_u8; 4];
    rand::fill(&mut bytes).expect("the system has a source of randomness");
    i64::from(u32::from_le_bytes(bytes)) % limit.max(1)
}

/// A random UUID, as cloud ids and delivery identifiers are.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator shares no code with the product, its randomness neither"
)]
pub(crate) fn fresh_uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// An HS256 JWT over `claims`.
pub(crate) fn jwt(secret: &str, claims: &Value) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let body = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{head}.{body}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The HMAC of a body in hexadecimal, as `X-Hub-Signature` carries it.
pub(crate) fn body_signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut text = String::new();
    for byte in hmac::sign(&key, body).as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Does `verifier` fit the S256 `challenge` of an earlier authorize request (RFC 7636)?
pub(crate) fn pkce_fits(challenge: &str, verifier: &str) -> bool {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes())) == challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_fits_and_another_does_not() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(pkce_fits(
            challenge,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ));
        assert!(!pkce_fits(
            challenge,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"
        ));
    }

    #[test]
    fn the_example_of_atlassians_page_is_signed_alike() {
        assert_eq!(
            body_signature("It's a Secret to Everybody", b"Hello World!"),
            "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
        );
    }

    #[test]
    fn fresh_secrets_differ() {
        assert_ne!(fresh(""), fresh(""));
    }
}
