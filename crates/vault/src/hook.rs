//! The secret part of webhook addresses. Every registration needs it again, so it is kept here, sealed; the main
//! database holds its hash only.

use upvow_db::{DbError, FromRow, Row, Tx, args};
use upvow_domain::{HookId, Time, secret::WebhookToken};

use crate::{
    Result, Vault,
    keys::{Keys, Place},
};

impl Vault {
    /// Keeps the token of this hook, in place of the one it had.
    pub async fn keep_hook(&self, id: HookId, token: &WebhookToken, now: Time) -> Result<()> {
        let mut act = self.0.write().await?;
        let (tx, keys) = act.parts();
        let version = HookRow::find(tx, id)
            .await?
            .map_or(1, |had| had.version + 1);
        let sealed = keys.seal(place(&id.stored(), version), token.expose())?;
        tx.run(
            "INSERT INTO hooks (id, version, token, kept_at)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE
             SET version = excluded.version,
                 token = excluded.token,
                 kept_at = excluded.kept_at",
            args![id, version, sealed, now],
        )
        .await?;
        act.commit_deletion().await
    }

    /// The token of this hook.
    pub async fn open_hook(&self, id: HookId) -> Result<Option<WebhookToken>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        match HookRow::find(tx, id).await? {
            Some(row) => row.open(keys).map(Some),
            None => Ok(None),
        }
    }

    /// Deletes the token. False if there was none.
    pub async fn drop_hook(&self, id: HookId) -> Result<bool> {
        let mut act = self.0.write().await?;
        let gone = act
            .tx
            .run("DELETE FROM hooks WHERE id = $1", args![id])
            .await?;
        act.commit_deletion().await?;
        Ok(gone == 1)
    }
}

/// A row of `hooks`.
pub(crate) struct HookRow {
    pub(crate) id: HookId,
    pub(crate) version: i64,
    pub(crate) token: Vec<u8>,
    pub(crate) kept_at: Time,
}

impl HookRow {
    async fn find(tx: &mut Tx, id: HookId) -> Result<Option<HookRow>> {
        Ok(tx
            .one("SELECT * FROM hooks WHERE id = $1", args![id])
            .await?)
    }

    /// The hooks after this one, in order of their ids.
    pub(crate) async fn page(tx: &mut Tx, after: &str) -> Result<Vec<HookRow>> {
        Ok(tx
            .all(
                "SELECT * FROM hooks WHERE id > $1 ORDER BY id LIMIT 500",
                args![after],
            )
            .await?)
    }

    pub(crate) fn open(&self, keys: &Keys) -> Result<WebhookToken> {
        let mut text = keys.open(place(&self.id.stored(), self.version), &self.token)?;
        Ok(WebhookToken::new(std::mem::take(&mut *text)))
    }

    /// The same token sealed under other keys.
    pub(crate) fn reseal(&mut self, old: &Keys, new: &Keys) -> Result<()> {
        let token = self.open(old)?;
        self.token = new.seal(place(&self.id.stored(), self.version), token.expose())?;
        Ok(())
    }
}

fn place(id: &str, version: i64) -> Place<'_> {
    Place {
        what: "hook token",
        id,
        version,
    }
}

impl FromRow for HookRow {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(HookRow {
            id: row.get("id")?,
            version: row.get("version")?,
            token: row.get("token")?,
            kept_at: row.get("kept_at")?,
        })
    }
}
