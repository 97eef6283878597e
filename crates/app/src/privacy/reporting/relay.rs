//! Requests that come in through a relay: an erasure that Atlassian, or whoever the operator trusts, passes on by machine.
//! Off unless the operator names senders and their keys.
//!
//! A request is signed (RFC 9421, Ed25519) over its method, its full address and the digest of its body. Everything is
//! checked before a byte of the body is parsed: sender, time, digest, signature, and that the nonce is new. All refusals
//! look alike, and look like a server without a relay. What is asked goes the same way as every other erasure.

use std::time::Duration;

use aws_lc_rs::{constant_time, digest, signature};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer};
use upvow_domain::secret::AccountId;
use upvow_store::relay_nonces;

use crate::{
    App, Result,
    jobs::code_of,
    privacy::erasure::{self, ErasureReason},
};

/// Where requests come in.
pub const PATH: &str = "/privacy/relay";
/// The most bytes of a request.
pub const LARGEST: usize = 32 * 1024;
/// How far a signature's time may be from ours, to either side.
const WINDOW: Duration = Duration::from_mins(5);
/// What a signature must cover, exactly and in this order.
const COVERED: &str = r#"("@method" "@target-uri" "content-digest")"#;
/// The most accounts of one request.
const MOST_ACCOUNTS: usize = 90;

/// A sender that the operator trusts.
#[derive(Debug, Clone)]
pub struct Sender {
    /// `name@domain`, as `keyid` names it.
    pub id: String,
    /// Its Ed25519 public key.
    pub key: [u8; 32],
}

impl Sender {
    /// Reads `name@domain=BASE64`, the key of 32 bytes; `None` if it is anything else.
    pub fn parse(text: &str) -> Option<Sender> {
        let (id, key) = text.trim().split_once('=')?;
        let (name, domain) = id.split_once('@')?;
        let clean = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        };
        let key = STANDARD.decode(key.trim()).ok()?;
        (clean(name) && clean(domain) && domain.contains('.')).then_some(Sender {
            id: id.to_owned(),
            key: key.try_into().ok()?,
        })
    }
}

/// A request as it came in. The headers are those of their names, each as often as it was there.
#[derive(Debug)]
pub struct Request {
    /// `Signature-Input`.
    pub signature_input: Vec<String>,
    /// `Signature`.
    pub signature: Vec<String>,
    /// `Content-Digest`.
    pub content_digest: Vec<String>,
    /// The bytes, not parsed.
    pub body: zeroize::Zeroizing<Vec<u8>>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is being done. The same whether or not anything is kept of the accounts.
    Taken,
    /// There is no relay, or it is not for us.
    Refused,
    /// Not now: it is to be sent again, signed anew.
    NotNow,
}

/// Takes a request, if it is one.
pub async fn receive(app: &App, request: &Request) -> Outcome {
    let Some(verified) = verify(app, request) else {
        return Outcome::Refused;
    };
    match carry_out(app, &verified, &request.body).await {
        Ok(true) => Outcome::Taken,
        Ok(false) => Outcome::Refused,
        Err(error) => {
            let error = code_of(&error).into();
            upvow_events::Event::RelayFailed { error }.log();
            Outcome::NotNow
        }
    }
}

/// Who signed it, and the word that makes it count once.
struct Verified {
    sender: String,
    nonce: String,
}

fn verify(app: &App, request: &Request) -> Option<Verified> {
    let senders = &app.settings.relay;
    if senders.is_empty() {
        return None;
    }
    let input = Input::parse(only(&request.signature_input)?)?;
    let sender = senders.iter().find(|sender| sender.id == input.keyid)?;
    let now = app.now();
    let created = upvow_domain::Time(input.created.checked_mul(1_000)?);
    if now.since(created).max(created.since(now)) > WINDOW {
        return None;
    }
    let told = only(&request.content_digest)?;
    let hash = told.strip_prefix("sha-256=:")?.strip_suffix(':')?;
    let hash = STANDARD.decode(hash).ok()?;
    let is = digest::digest(&digest::SHA256, &request.body);
    constant_time::verify_slices_are_equal(&hash, is.as_ref()).ok()?;
    let signed = only(&request.signature)?
        .strip_prefix(input.label)?
        .strip_prefix("=:")?
        .strip_suffix(':')?;
    let signed = STANDARD.decode(signed).ok()?;
    let base = format!(
        "\"@method\": POST\n\"@target-uri\": {}\n\"content-digest\": {told}\n\"@signature-params\": {}",
        app.settings.address(PATH),
        input.params,
    );
    signature::UnparsedPublicKey::new(&signature::ED25519, sender.key)
        .verify(base.as_bytes(), &signed)
        .ok()?;
    Some(Verified {
        sender: sender.id.clone(),
        nonce: input.nonce.to_owned(),
    })
}

/// The header, if it is there exactly once.
fn only(values: &[String]) -> Option<&str> {
    match values {
        [one] => Some(one),
        _ => None,
    }
}

/// `Signature-Input`, read by the narrowest grammar that says what is needed.
struct Input<'a> {
    label: &'a str,
    /// Everything after the label, as it is signed.
    params: &'a str,
    created: i64,
    nonce: &'a str,
    keyid: &'a str,
}

impl Input<'_> {
    fn parse(text: &str) -> Option<Input<'_>> {
        if text.len() > 1_000 {
            return None;
        }
        let (label, params) = text.split_once('=')?;
        let is_label = !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest = params.strip_prefix(COVERED)?.strip_prefix(';')?;
        let (mut created, mut nonce, mut keyid, mut alg) = (None, None, None, None);
        for part in rest.split(';') {
            let (name, value) = part.split_once('=')?;
            let quoted = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .filter(|value| {
                    value
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"-._@".contains(&b))
                });
            let before = match name {
                "created" => created.replace(value.parse::<i64>().ok()?).is_some(),
                "nonce" => nonce.replace(quoted?).is_some(),
                "keyid" => keyid.replace(quoted?).is_some(),
                "alg" => alg.replace(quoted?).is_some(),
                _ => return None,
            };
            if before {
                return None;
            }
        }
        let nonce = nonce.filter(|nonce| (16..=64).contains(&nonce.len()))?;
        (is_label && alg? == "ed25519").then_some(Input {
            label,
            params,
            created: created?,
            nonce,
            keyid: keyid?,
        })
    }
}

/// What a request asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    delete: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Account {
    #[serde(deserialize_with = "account_id")]
    account_id: AccountId,
}

fn account_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccountId, D::Error> {
    String::deserialize(deserializer).map(AccountId::new)
}

/// False if the request was used before, or asks for nothing that we know.
async fn carry_out(app: &App, verified: &Verified, body: &[u8]) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let (sender, nonce) = (verified.sender.as_str(), verified.nonce.as_str());
    if !relay_nonces::spend(&mut tx, sender, nonce, app.now()).await? {
        return Ok(false);
    }
    tx.commit().await?;
    let Ok(asked) = serde_json::from_slice::<Asked>(body) else {
        return Ok(false);
    };
    if asked.delete.is_empty() || asked.delete.len() > MOST_ACCOUNTS {
        return Ok(false);
    }
    for account in &asked.delete {
        erasure::erase_account(app, &account.account_id, ErasureReason::Request).await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_name_a_domain_and_a_key() {
        let key = STANDARD.encode([7; 32]);
        let read = Sender::parse(&format!(" k1@relay.example={key} ")).unwrap();
        assert_eq!((read.id.as_str(), read.key), ("k1@relay.example", [7; 32]));
        for odd in [
            format!("relay.example={key}"),
            format!("k1@={key}"),
            format!("k1@localhost={key}"),
            "k1@relay.example=AAAA".to_owned(),
            String::new(),
        ] {
            assert!(Sender::parse(&odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn only_the_one_form_is_read() {
        let good = format!(
            "sig1={COVERED};created=1790000000;nonce=\"0123456789abcdef\";keyid=\"k@a.b\";alg=\"ed25519\""
        );
        assert!(Input::parse(&good).is_some());
        for (from, to) in [
            ("sig1=", "SIG=\""),
            ("\"@method\" ", ""),
            ("created=1790000000;", ""),
            (
                "created=1790000000",
                "created=1790000000;created=1790000001",
            ),
            ("created=1790000000", "created=soon"),
            ("0123456789abcdef", "short"),
            ("0123456789abcdef", "0123456789abc\\\"def"),
            ("ed25519", "hmac-sha256"),
            (";alg=\"ed25519\"", ""),
            ("alg=", "tag=\"x\";alg="),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(good, bad);
            assert!(Input::parse(&bad).is_none(), "{bad}");
        }
    }
}
