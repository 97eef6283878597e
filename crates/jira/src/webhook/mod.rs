//! The pure half of the webhook door: whether a delivery is genuine, and what little we read of it. No I/O, no clock.
//!
//! Deliveries of dynamic webhooks carry a JWT signed with the app's client secret. It does not cover the body, and one
//! secret signs for every site, so the door also needs an unguessable address per connection and a known webhook id.

mod signal;
mod signature;

pub use signal::{Event, LARGEST_DELIVERY, Signal, parse};
pub use signature::{hub_signature_ok, verify};

/// Why a delivery is not let in. Senders get one answer for all of them; these are for counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum DoorError {
    /// No `Authorization`.
    NoHeader,
    /// More than one `Authorization`.
    ManyHeaders,
    /// Not `Bearer` and a token.
    NotBearer,
    /// The token is longer than any that Jira sends.
    TokenTooLong,
    /// Not a JWT.
    NotAToken,
    /// Signed in another way than HS256, or not at all.
    Algorithm,
    /// Not signed with our secret.
    Signature,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// We have no secret to check with.
    NoSecret,
    /// The body is larger than we read.
    BodyTooLarge,
    /// The body is not a JSON object.
    NotAnObject,
}

impl DoorError {
    /// A word for counters and logs.
    pub const fn code(self) -> &'static str {
        match self {
            DoorError::NoHeader => "no_header",
            DoorError::ManyHeaders => "many_headers",
            DoorError::NotBearer => "not_bearer",
            DoorError::TokenTooLong => "token_too_long",
            DoorError::NotAToken => "not_a_token",
            DoorError::Algorithm => "algorithm",
            DoorError::Signature => "signature",
            DoorError::Expired => "expired",
            DoorError::NotYet => "not_yet",
            DoorError::NoSecret => "no_secret",
            DoorError::BodyTooLarge => "body_too_large",
            DoorError::NotAnObject => "not_an_object",
        }
    }
}
