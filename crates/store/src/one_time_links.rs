//! Links that work once. Of their secret only its hash is here; the address is here until the link is used or over.

use upvow_db::{FromRow, Result, Row, Tx, args};
use upvow_domain::{Time, secret::Email};

use crate::people;

/// A link that was just made.
#[derive(Debug)]
pub struct NewLink<'a> {
    /// The hash of its secret.
    pub secret_hash: &'a [u8],
    /// `sign_in` or `owner`.
    pub purpose: &'a str,
    /// Whose address it proves.
    pub email: Option<&'a Email>,
    /// The name to use if the address is new.
    pub name: Option<&'a str>,
    /// Where to go then.
    pub next_path: &'a str,
    /// Until when it works.
    pub expires_at: Time,
}

/// What a link that was used is good for.
#[derive(Debug)]
pub struct Used {
    /// Whose address it proves.
    pub email: Option<Email>,
    /// The name to use if the address is new.
    pub name: Option<String>,
    /// Where to go now.
    pub next_path: String,
}

impl FromRow for Used {
    fn from_row(row: &Row) -> Result<Self> {
        let has_email = row.get::<Option<String>>("email")?.is_some();
        Ok(Used {
            email: has_email.then(|| people::email(row)).transpose()?,
            name: row.get("name")?,
            next_path: row.get("next_path")?,
        })
    }
}

/// Adds a link; links that are over go away.
pub async fn insert(tx: &mut Tx, new: &NewLink<'_>, now: Time) -> Result<()> {
    tx.run(
        "DELETE FROM one_time_links WHERE expires_at <= $1",
        args![now],
    )
    .await?;
    tx.run(
        "INSERT INTO one_time_links (secret_hash, purpose, email, name, next_path, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![new.secret_hash, new.purpose, new.email.map(Email::expose), new.name, new.next_path, now, new.expires_at],
    )
    .await?;
    Ok(())
}

/// Uses a link; `None` if there is none of this purpose that still works. Of two who use it at once, one gets `None`.
pub async fn take(
    tx: &mut Tx,
    purpose: &str,
    secret_hash: &[u8],
    now: Time,
) -> Result<Option<Used>> {
    tx.one(
        "DELETE FROM one_time_links
         WHERE secret_hash = $1
           AND purpose = $2
           AND expires_at > $3
         RETURNING email, name, next_path",
        args![secret_hash, purpose, now],
    )
    .await
}

/// Ends every link of this purpose.
pub async fn delete_all(tx: &mut Tx, purpose: &str) -> Result<()> {
    tx.run(
        "DELETE FROM one_time_links WHERE purpose = $1",
        args![purpose],
    )
    .await?;
    Ok(())
}
