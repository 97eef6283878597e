//! Verifying, with nothing but the public keys. Says what is wrong rather than only that something is.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::JwkSet;

/// Why a signed text is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It is not three parts of base64url with a header of ours.
    #[error("it is not a signed text, or a part of it is cut off")]
    Malformed,
    /// Another algorithm, or none.
    #[error("it is not signed with EdDSA, the one algorithm that is accepted")]
    Algorithm,
    /// It is of another kind.
    #[error("it is signed, but it is another kind of document")]
    OtherType,
    /// None of the keys is the one that it names.
    #[error("the key it names is not among the known keys")]
    UnknownKey,
    /// The signature does not fit: something was changed.
    #[error("the signature does not fit: the text was changed, or somebody else signed it")]
    BadSignature,
}

/// The members a header of ours has. A member that must be understood (`crit`) is not, and so it is refused.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// The payload of a compact JWS that one of these keys signed, whatever its kind.
pub fn verify(jws: &str, keys: &JwkSet) -> Result<Vec<u8>, SignatureError> {
    read(jws, None, keys)
}

/// The same, if it is of this kind: so that nothing that was signed for one purpose serves another.
pub fn verify_as(jws: &str, typ: &str, keys: &JwkSet) -> Result<Vec<u8>, SignatureError> {
    read(jws, Some(typ), keys)
}

/// Which key a signed text says it is signed with. Nothing is verified by this.
pub fn kid_of(jws: &str) -> Option<String> {
    let header = URL_SAFE_NO_PAD.decode(jws.split('.').next()?).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    Some(header.kid)
}

fn read(jws: &str, typ: Option<&str>, keys: &JwkSet) -> Result<Vec<u8>, SignatureError> {
    let mut parts = jws.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(SignatureError::Malformed);
    };
    let decode = |part: &str| {
        URL_SAFE_NO_PAD
            .decode(part)
            .map_err(|_| SignatureError::Malformed)
    };
    let decoded = decode(header)?;
    // The algorithm first: a text that says `none` is told for what it is, whatever else it lacks.
    let said: serde_json::Value =
        serde_json::from_slice(&decoded).map_err(|_| SignatureError::Malformed)?;
    if said.get("alg").and_then(|alg| alg.as_str()) != Some("EdDSA") {
        return Err(SignatureError::Algorithm);
    }
    let told: Header = serde_json::from_slice(&decoded).map_err(|_| SignatureError::Malformed)?;
    if told.alg != "EdDSA" {
        return Err(SignatureError::Algorithm);
    }
    let key = keys.keys.iter().find(|key| key.kid == told.kid);
    let key = key
        .and_then(super::Jwk::bytes)
        .ok_or(SignatureError::UnknownKey)?;
    let signed = &jws.as_bytes()[..header.len() + 1 + payload.len()];
    UnparsedPublicKey::new(&ED25519, key)
        .verify(signed, &decode(signature)?)
        .map_err(|_| SignatureError::BadSignature)?;
    if typ.is_some_and(|typ| typ != told.typ) {
        return Err(SignatureError::OtherType);
    }
    decode(payload)
}
