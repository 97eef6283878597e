//! PKCE verifiers while a person is away at Atlassian: taken out once, and only for a short time.

use upvow_domain::{Time, secret::CodeVerifier};

use crate::{Result, Vault, VaultError};

impl Vault {
    /// Keeps the verifier of one OAuth round trip. `trip` names it (a hash of `state`, say) and is stored as it is.
    pub async fn keep_verifier(
        &self,
        _trip: &str,
        _verifier: &CodeVerifier,
        _expires_at: Time,
    ) -> Result<()> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Takes the verifier out: the first call gets it, if the round trip has not expired; every later call gets none.
    pub async fn take_verifier(&self, _trip: &str, _now: Time) -> Result<Option<CodeVerifier>> {
        Err(VaultError::Unavailable("unfinished"))
    }
}
