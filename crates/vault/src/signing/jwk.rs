//! Public keys as others know them: a JWK set (RFC 7517) of Ed25519 keys (RFC 8037), named by their thumbprints.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The public keys of this installation: the one that signs now, and those that signed before.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct JwkSet {
    /// Newest first.
    pub keys: Vec<Jwk>,
}

/// One public key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// `EdDSA`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alg: Option<String>,
    /// `sig`.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// Its name: the RFC 7638 thumbprint.
    pub kid: String,
    /// The 32 bytes in base64url.
    pub x: String,
    /// Since when it signs, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signs_since: Option<String>,
    /// Until when it signed, RFC 3339. What it signed stays valid; it signs nothing more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signed_until: Option<String>,
}

impl Jwk {
    pub(crate) fn of(public: &[u8], since: String) -> Jwk {
        let x = URL_SAFE_NO_PAD.encode(public);
        Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: Some("EdDSA".to_owned()),
            purpose: Some("sig".to_owned()),
            kid: thumbprint(&x),
            x,
            signs_since: Some(since),
            signed_until: None,
        }
    }

    /// The 32 bytes, if it is a key of ours in kind: `kid` must be what the bytes give, so that no name stands for
    /// another key.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        let is_ours = self.kty == "OKP" && self.crv == "Ed25519" && self.kid == thumbprint(&self.x);
        let bytes = URL_SAFE_NO_PAD.decode(&self.x).ok()?;
        (is_ours && bytes.len() == 32).then_some(bytes)
    }
}

/// RFC 7638: SHA-256 of the required members, in order, without space.
fn thumbprint(x: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        // RFC 8037, appendix A.3.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        assert_eq!(thumbprint(x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
