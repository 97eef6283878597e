//! A grant as the store holds it, and what opens and seals its fields.

use upvow_db::{Cell, DbError, FromRow, Row, Tx, args};
use upvow_domain::{
    GrantId, Time,
    secret::{AccessToken, AccountId, RefreshToken},
};
use upvow_events::Event;

use crate::{
    Result, VaultError,
    keys::{Keys, Place},
};

/// A row of `grants`. Every sealed field is bound to the row's id and version and to the store's epoch.
pub(crate) struct GrantRow {
    pub(crate) id: GrantId,
    pub(crate) account_hash: Option<Vec<u8>>,
    pub(crate) state: String,
    pub(crate) version: i64,
    pub(crate) account: Option<Vec<u8>>,
    pub(crate) access: Option<Vec<u8>>,
    pub(crate) refresh: Option<Vec<u8>>,
    pub(crate) revoke_access: Option<Vec<u8>>,
    pub(crate) revoke_refresh: Option<Vec<u8>>,
    pub(crate) scopes: String,
    pub(crate) expires_at: Time,
    pub(crate) consented_at: Time,
    pub(crate) refreshed_at: Time,
    pub(crate) fence: i64,
    pub(crate) lease_until: Option<Time>,
}

pub(crate) const ACCOUNT: &str = "grant account";
pub(crate) const ACCESS: &str = "grant access";
pub(crate) const REFRESH: &str = "grant refresh";
pub(crate) const REVOKE_ACCESS: &str = "grant revoke access";
pub(crate) const REVOKE_REFRESH: &str = "grant revoke refresh";

impl GrantRow {
    pub(crate) async fn find(tx: &mut Tx, id: GrantId) -> Result<Option<GrantRow>> {
        Ok(tx
            .one("SELECT * FROM grants WHERE id = $1", args![id])
            .await?)
    }

    /// The grants after this one, in order of their ids.
    pub(crate) async fn page(tx: &mut Tx, after: &str) -> Result<Vec<GrantRow>> {
        Ok(tx
            .all(
                "SELECT * FROM grants WHERE id > $1 ORDER BY id LIMIT 200",
                args![after],
            )
            .await?)
    }

    /// The sealed fields with their names.
    pub(crate) fn fields(&self) -> [(&'static str, Option<&[u8]>); 5] {
        [
            (ACCOUNT, self.account.as_deref()),
            (ACCESS, self.access.as_deref()),
            (REFRESH, self.refresh.as_deref()),
            (REVOKE_ACCESS, self.revoke_access.as_deref()),
            (REVOKE_REFRESH, self.revoke_refresh.as_deref()),
        ]
    }

    pub(crate) fn open_account(&self, keys: &Keys) -> Result<Option<AccountId>> {
        self.open(keys, ACCOUNT, self.account.as_deref(), AccountId::new)
    }

    pub(crate) fn open_access(&self, keys: &Keys) -> Result<Option<AccessToken>> {
        self.open(keys, ACCESS, self.access.as_deref(), AccessToken::new)
    }

    pub(crate) fn open_refresh(&self, keys: &Keys) -> Result<Option<RefreshToken>> {
        self.open(keys, REFRESH, self.refresh.as_deref(), RefreshToken::new)
    }

    pub(crate) fn open_revoke_access(&self, keys: &Keys) -> Result<Option<AccessToken>> {
        self.open(
            keys,
            REVOKE_ACCESS,
            self.revoke_access.as_deref(),
            AccessToken::new,
        )
    }

    pub(crate) fn open_revoke_refresh(&self, keys: &Keys) -> Result<Option<RefreshToken>> {
        self.open(
            keys,
            REVOKE_REFRESH,
            self.revoke_refresh.as_deref(),
            RefreshToken::new,
        )
    }

    fn open<T>(
        &self,
        keys: &Keys,
        what: &'static str,
        sealed: Option<&[u8]>,
        wrap: fn(String) -> T,
    ) -> Result<Option<T>> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let place = Place {
            what,
            id: &self.id.stored(),
            version: self.version,
        };
        let mut text = keys.open(place, sealed)?;
        Ok(Some(wrap(std::mem::take(&mut *text))))
    }

    /// The same grant sealed under other keys. A field that does not open is lost (`Err` names it): without the
    /// account there is no grant.
    pub(crate) fn reseal(&mut self, old: &Keys, new: &Keys) -> Result<()> {
        let account = self.open_account(old)?;
        let sealed = Sealing {
            keys: new,
            id: &self.id.stored(),
            version: self.version,
        };
        let access = sealed.access(ACCESS, self.open_access(old)?.as_ref())?;
        let refresh = sealed.refresh(REFRESH, self.open_refresh(old)?.as_ref())?;
        let revoke_access = sealed.access(REVOKE_ACCESS, self.open_revoke_access(old)?.as_ref())?;
        let revoke_refresh =
            sealed.refresh(REVOKE_REFRESH, self.open_revoke_refresh(old)?.as_ref())?;
        let (account_hash, account) = match &account {
            Some(account) => (
                Some(new.account_hash(account)),
                Some(sealed.account(account)?),
            ),
            None => (None, None),
        };
        if self.account_hash.is_some() {
            self.account_hash = account_hash;
        }
        (self.account, self.access, self.refresh) = (account, access, refresh);
        (self.revoke_access, self.revoke_refresh) = (revoke_access, revoke_refresh);
        Ok(())
    }

    /// All columns, in the table's order.
    pub(crate) fn cells(self) -> Vec<Cell> {
        args![
            self.id,
            self.account_hash,
            self.state,
            self.version,
            self.account,
            self.access,
            self.refresh,
            self.revoke_access,
            self.revoke_refresh,
            self.scopes,
            self.expires_at,
            self.consented_at,
            self.refreshed_at,
            self.fence,
            self.lease_until,
        ]
    }
}

/// Seals the fields of one version of one grant.
pub(crate) struct Sealing<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) id: &'a str,
    pub(crate) version: i64,
}

impl Sealing<'_> {
    pub(crate) fn account(&self, account: &AccountId) -> Result<Vec<u8>> {
        self.seal(ACCOUNT, account.expose())
    }

    pub(crate) fn access(
        &self,
        what: &'static str,
        token: Option<&AccessToken>,
    ) -> Result<Option<Vec<u8>>> {
        token.map(|t| self.seal(what, t.expose())).transpose()
    }

    pub(crate) fn refresh(
        &self,
        what: &'static str,
        token: Option<&RefreshToken>,
    ) -> Result<Option<Vec<u8>>> {
        token.map(|t| self.seal(what, t.expose())).transpose()
    }

    fn seal(&self, what: &'static str, plain: &str) -> Result<Vec<u8>> {
        self.keys.seal(
            Place {
                what,
                id: self.id,
                version: self.version,
            },
            plain,
        )
    }
}

impl FromRow for GrantRow {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(GrantRow {
            id: row.get("id")?,
            account_hash: row.get("account_hash")?,
            state: row.get("state")?,
            version: row.get("version")?,
            account: row.get("account")?,
            access: row.get("access")?,
            refresh: row.get("refresh")?,
            revoke_access: row.get("revoke_access")?,
            revoke_refresh: row.get("revoke_refresh")?,
            scopes: row.get("scopes")?,
            expires_at: row.get("expires_at")?,
            consented_at: row.get("consented_at")?,
            refreshed_at: row.get("refreshed_at")?,
            fence: row.get("fence")?,
            lease_until: row.get("lease_until")?,
        })
    }
}

/// `None` for a field that does not open; other errors stay.
pub(crate) fn if_whole<T>(opened: Result<Option<T>>) -> Result<Option<T>> {
    match opened {
        Err(VaultError::Broken { what }) => {
            Event::FieldLost { what: what.into() }.log();
            Ok(None)
        }
        other => other,
    }
}
