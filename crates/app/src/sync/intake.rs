//! The webhook door's inner half: verify, parse to a Signal, store signal and job in one transaction.
//! Signals that wait at the same moment share one commit.

use upvow_domain::secret::WebhookToken;

use crate::App;

/// A delivery as it came in. Nothing of it is kept but the Signal.
pub struct Delivery {
    /// The unguessable part of the address.
    pub token: WebhookToken,
    /// Every `Authorization` header.
    pub authorization: Vec<String>,
    /// `X-Atlassian-Webhook-Identifier`: the same across retries.
    pub delivery_id: Option<String>,
    /// The raw body; wiped after parsing.
    pub body: Vec<u8>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Stored, or already stored, or about nothing of ours: answer 2xx.
    Taken,
    /// Not ours to take: the one constant refusal.
    Refused,
    /// More than this door takes per minute: 429, Jira tries again.
    TooMany,
    /// It cannot be verified or stored now: 503, Jira tries again.
    NotNow,
}

/// Takes a delivery.
pub async fn receive(app: &App, delivery: Delivery) -> Outcome {
    todo!()
}
