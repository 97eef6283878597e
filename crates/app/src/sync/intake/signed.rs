//! The door for a webhook that an administrator of Jira made by hand: its secret signs the bytes of the body.
//! Everything after the check of the signature is as with the other door.

use upvow_domain::secret::WebhookToken;
use upvow_jira::webhook::{self, LARGEST_DELIVERY};
use upvow_store::{admin_hooks, connections};
use zeroize::Zeroize as _;

use super::{Judged, Outcome, Refusal, not_now, note, read, settle};
use crate::{App, random};

/// A delivery of such a webhook, as it came in.
pub struct SignedDelivery {
    /// The unguessable part of the address.
    pub token: WebhookToken,
    /// Every `X-Hub-Signature` header.
    pub signatures: Vec<String>,
    /// `X-Atlassian-Webhook-Identifier`: the same across retries.
    pub delivery_id: Option<String>,
    /// The raw body; wiped after parsing.
    pub body: Vec<u8>,
}

/// Takes a delivery of a webhook that was made by hand.
pub async fn receive_signed(app: &App, mut delivery: SignedDelivery) -> Outcome {
    let judged = judge(app, &mut delivery).await;
    delivery.body.zeroize();
    settle(app, judged, "by_hand").await
}

/// The checks, cheapest first.
async fn judge(app: &App, delivery: &mut SignedDelivery) -> Result<Judged, Refusal> {
    if delivery.body.len() > LARGEST_DELIVERY {
        return Err((Outcome::Refused, "too_large"));
    }
    let hash = random::hash(delivery.token.expose());
    let mut tx = app.db.read().await.map_err(not_now)?;
    let door = admin_hooks::of_token(&mut tx, hash)
        .await
        .map_err(not_now)?;
    let Some(door) = door else {
        return Err((Outcome::Refused, "unknown_address"));
    };
    if !app.intake().admits(door.id, app.now()) {
        return Err((Outcome::TooMany, "too_many"));
    }
    let [signature] = &delivery.signatures[..] else {
        let why = if delivery.signatures.is_empty() {
            "no_header"
        } else {
            "many_headers"
        };
        return Err((Outcome::Refused, why));
    };
    // A secret that cannot be opened now may be there later; one that is lost is made anew by an admin, and until then
    // Jira keeps trying as long as it does.
    let secret = match app.vault.open_hook(door.id).await {
        Ok(Some(secret)) => secret,
        Ok(None) => return Err((Outcome::NotNow, "no_secret")),
        Err(_) => return Err((Outcome::NotNow, "vault")),
    };
    if !webhook::hub_signature_ok(signature, secret.expose().as_bytes(), &delivery.body) {
        return Err((Outcome::Refused, "signature"));
    }
    let (id, said) = read(delivery.delivery_id.take(), &mut delivery.body)?;
    let user = connections::get(&mut tx, door.project_id, door.connection_id)
        .await
        .map_err(not_now)?
        .filter(|user| user.state == "active");
    note(app, &mut tx, user.as_ref(), Some(door.id), id, said).await
}
