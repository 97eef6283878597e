//! PKCE verifiers while a person is away at Atlassian: taken out once, and only for a short time.

use upvow_db::{DbError, FromRow, Row, Tx, args};
use upvow_domain::{Time, secret::CodeVerifier};

use crate::{
    Result, Vault,
    keys::{Keys, Place},
};

impl Vault {
    /// Keeps the verifier of one OAuth round trip. `trip` names it (a hash of `state`, say) and is stored as it is.
    pub async fn keep_verifier(
        &self,
        trip: &str,
        verifier: &CodeVerifier,
        expires_at: Time,
    ) -> Result<()> {
        let mut act = self.0.write().await?;
        let (tx, keys) = act.parts();
        let sealed = keys.seal(place(trip, expires_at), verifier.expose())?;
        tx.run(
            "INSERT INTO verifiers (trip, verifier, expires_at)
             VALUES ($1, $2, $3)",
            args![trip, sealed, expires_at],
        )
        .await?;
        act.commit().await
    }

    /// Takes the verifier out: the first call gets it, if the round trip has not expired; every later call gets none.
    pub async fn take_verifier(&self, trip: &str, now: Time) -> Result<Option<CodeVerifier>> {
        let mut act = self.0.write().await?;
        let (tx, keys) = act.parts();
        let found = tx
            .one::<VerifierRow>(
                "DELETE FROM verifiers WHERE trip = $1 RETURNING *",
                args![trip],
            )
            .await?;
        let opened = found
            .filter(|row| row.expires_at > now)
            .map(|row| row.open(keys))
            .transpose();
        act.commit_deletion().await?;
        opened
    }
}

/// A row of `verifiers`.
pub(crate) struct VerifierRow {
    pub(crate) trip: String,
    pub(crate) verifier: Vec<u8>,
    pub(crate) expires_at: Time,
}

impl VerifierRow {
    /// The round trips after this one, in order of their names.
    pub(crate) async fn page(tx: &mut Tx, after: &str) -> Result<Vec<VerifierRow>> {
        Ok(tx
            .all(
                "SELECT * FROM verifiers WHERE trip > $1 ORDER BY trip LIMIT 500",
                args![after],
            )
            .await?)
    }

    pub(crate) fn open(&self, keys: &Keys) -> Result<CodeVerifier> {
        let mut text = keys.open(place(&self.trip, self.expires_at), &self.verifier)?;
        Ok(CodeVerifier::new(std::mem::take(&mut *text)))
    }

    /// The same verifier sealed under other keys.
    pub(crate) fn reseal(&mut self, old: &Keys, new: &Keys) -> Result<()> {
        let verifier = self.open(old)?;
        self.verifier = new.seal(place(&self.trip, self.expires_at), verifier.expose())?;
        Ok(())
    }
}

/// Bound to its end as well: nobody can lengthen its life by changing a column.
fn place(trip: &str, expires_at: Time) -> Place<'_> {
    Place {
        what: "verifier",
        id: trip,
        version: expires_at.0,
    }
}

impl FromRow for VerifierRow {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(VerifierRow {
            trip: row.get("trip")?,
            verifier: row.get("verifier")?,
            expires_at: row.get("expires_at")?,
        })
    }
}
