//! The one place that draws random numbers, and what is made of them.

use aws_lc_rs::{digest, rand};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use upvow_domain::{Time, id::Id};
use uuid::{Builder, Uuid};

/// Random bytes from the operating system's source by way of the crypto library.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system's random source answers");
    bytes
}

/// 256 random bits, fit for an address, a cookie or a header.
pub(crate) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// A new id made at `now`.
pub(crate) fn id<K>(now: Time) -> Id<K> {
    let millis = u64::try_from(now.0).unwrap_or(0);
    Id::new(Builder::from_unix_timestamp_millis(millis, &bytes::<10>()).into_uuid())
}

/// What is stored of a 256-bit secret so that it can be recognised.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes())
        .as_ref()
        .to_vec()
}

/// Another node's or this node's name.
pub fn node() -> Uuid {
    Uuid::from_bytes(bytes::<16>())
}
