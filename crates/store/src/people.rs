//! People of the board, across projects. Never a person in Jira.

use upvow_db::{DbError, FromRow, Result, Row, Tx, args};
use upvow_domain::{
    PersonId, Time,
    secret::{Email, PasswordHash},
};

/// Somebody who signed in, or was invited to.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their address.
    pub email: Email,
    /// Their name on the board.
    pub name: String,
    /// What is kept of their password, if they have one.
    pub password_hash: Option<PasswordHash>,
}

impl FromRow for Person {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Person {
            id: row.get("id")?,
            email: email(row)?,
            name: row.get("name")?,
            password_hash: row
                .get::<Option<String>>("password_hash")?
                .map(PasswordHash::new),
        })
    }
}

/// An address that was checked before it was stored.
pub(crate) fn email(row: &Row) -> Result<Email> {
    let text: String = row.get("email")?;
    Email::parse(&text).map_err(|_| DbError::Column("email".to_owned()))
}

/// The person with this id.
pub async fn find(tx: &mut Tx, id: PersonId) -> Result<Option<Person>> {
    tx.one("SELECT * FROM people WHERE id = $1", args![id])
        .await
}

/// The person with this address.
pub async fn by_email(tx: &mut Tx, email: &Email) -> Result<Option<Person>> {
    tx.one(
        "SELECT * FROM people WHERE email = $1",
        args![email.expose()],
    )
    .await
}

/// Adds a person unless the address is known already: then nothing changes.
pub async fn insert_new(
    tx: &mut Tx,
    id: PersonId,
    email: &Email,
    name: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO people (id, email, name, password_hash, created_at)
         VALUES ($1, $2, $3, NULL, $4)
         ON CONFLICT (email) DO NOTHING",
        args![id, email.expose(), name, now],
    )
    .await?;
    Ok(())
}

/// Changes the name on the board.
pub async fn rename(tx: &mut Tx, id: PersonId, name: &str) -> Result<()> {
    tx.run("UPDATE people SET name = $2 WHERE id = $1", args![id, name])
        .await?;
    Ok(())
}

/// Sets the password.
pub async fn set_password(tx: &mut Tx, id: PersonId, hash: &PasswordHash) -> Result<()> {
    tx.run(
        "UPDATE people SET password_hash = $2 WHERE id = $1",
        args![id, hash.expose()],
    )
    .await?;
    Ok(())
}
