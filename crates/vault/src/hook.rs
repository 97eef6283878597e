//! The secret part of webhook addresses. Every registration needs it again, so it is kept here, sealed; the main
//! database holds its hash only.

use upvow_domain::{HookId, Time, secret::WebhookToken};

use crate::{Result, Vault, VaultError};

impl Vault {
    /// Keeps the token of this hook, in place of the one it had.
    pub async fn keep_hook(&self, _id: HookId, _token: &WebhookToken, _now: Time) -> Result<()> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// The token of this hook.
    pub async fn open_hook(&self, _id: HookId) -> Result<Option<WebhookToken>> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Deletes the token. False if there was none.
    pub async fn drop_hook(&self, _id: HookId) -> Result<bool> {
        Err(VaultError::Unavailable("unfinished"))
    }
}
