//! How one value is sealed.
//!
//! AES-256-GCM alone does not commit to its key: somebody who knows two keys can make one ciphertext that opens under
//! both, to two different texts. So every value has keys of its own, drawn from the epoch key, and carries a proof of
//! which key it was sealed under:
//!
//! ```text
//! salt       = 32 random bytes
//! prk        = HKDF-Extract(salt, key)                               SHA-256
//! aead key   = HKDF-Expand(prk, "upvow seal 1 key" || context)       32 bytes
//! commitment = HKDF-Expand(prk, "upvow seal 1 commitment" || context) 32 bytes
//! sealed     = 1 || salt || commitment || AES-256-GCM(aead key, nonce 0, aad = context, plain)
//! ```
//!
//! To open, the commitment is made anew and compared in constant time before anything is decrypted. Two keys that
//! give the same commitment would be a collision of HMAC-SHA256. The aead key is used once (its salt is random and
//! 256 bits long), so the nonce may be fixed and no count of messages limits an epoch.
//!
//! The context says where the value belongs: store, record, field, epoch, version, each with its length before it, so
//! that no two places have the same context. It goes into all three, and a value moved elsewhere does not open.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    constant_time, hkdf, rand,
};
use zeroize::Zeroizing;

use crate::{Result, VaultError};

const FORMAT: u8 = 1;
const SALT: usize = 32;
const COMMITMENT: usize = 32;
const HEAD: usize = 1 + SALT + COMMITMENT;

/// The sealed value was changed, cut, moved, or sealed under another key. There is no telling which.
pub(crate) struct Unopened;

/// Seals `plain` under `key` for the place that `context` names.
pub(crate) fn seal(key: &[u8; 32], context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let mut salt = [0; SALT];
    random(&mut salt)?;
    let (aead, commitment) = derive(key, &salt, context);
    let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + 16));
    body.extend_from_slice(plain);
    aead.seal_in_place_append_tag(nonce(), Aad::from(context), &mut *body)
        .map_err(|_| VaultError::Unavailable("sealing"))?;
    Ok([&[FORMAT], &salt[..], &commitment[..], &body[..]].concat())
}

/// Opens what [`seal`] made with the same key and context.
pub(crate) fn open(
    key: &[u8; 32],
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    if sealed.len() < HEAD || sealed[0] != FORMAT {
        return Err(Unopened);
    }
    let (salt, rest) = sealed[1..].split_at(SALT);
    let (claimed, body) = rest.split_at(COMMITMENT);
    let (aead, commitment) = derive(key, salt, context);
    constant_time::verify_slices_are_equal(claimed, &commitment[..]).map_err(|_| Unopened)?;
    let mut body = Zeroizing::new(body.to_vec());
    let length = aead
        .open_in_place(nonce(), Aad::from(context), &mut body)
        .map_err(|_| Unopened)?
        .len();
    body.truncate(length);
    Ok(body)
}

/// The parts, each with its length before it: different parts never give the same bytes.
pub(crate) fn context(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_be_bytes());
        all.extend_from_slice(part);
    }
    all
}

/// Fills with random bytes. Keys and salts only: ids and everything else come from the caller.
pub(crate) fn random(bytes: &mut [u8]) -> Result<()> {
    rand::fill(bytes).map_err(|_| VaultError::Unavailable("random numbers"))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).expect("half a byte is one digit");
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(b & 15)])
        .collect()
}

/// Reads what [`hex`] wrote.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    let (pairs, odd) = digits.as_deref()?.as_chunks::<2>();
    odd.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

fn derive(
    key: &[u8; 32],
    salt: &[u8],
    context: &[u8],
) -> (LessSafeKey, Zeroizing<[u8; COMMITMENT]>) {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(key);
    let draw = |label: &[u8]| {
        let mut out = Zeroizing::new([0; 32]);
        prk.expand(&[label, context], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *out))
            .expect("32 bytes are within what HKDF gives");
        out
    };
    let aead = UnboundKey::new(&AES_256_GCM, &*draw(b"upvow seal 1 key"))
        .expect("32 bytes are an AES-256 key");
    (LessSafeKey::new(aead), draw(b"upvow seal 1 commitment"))
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
