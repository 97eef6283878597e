//! What somebody agreed to before going to Atlassian.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, ConsentId, InviteId, PersonId, ProjectId, Time};

use crate::row;

/// An agreement to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct NewConsent<'a> {
    /// A fresh id.
    pub id: ConsentId,
    /// Who agreed; nobody we know, if it was the holder of a link.
    pub person: Option<PersonId>,
    /// That link.
    pub invite: Option<InviteId>,
    /// Which text.
    pub version: &'a str,
    /// SHA-256 of its words.
    pub sha256: &'a str,
    /// Which version of the privacy addendum was in force.
    pub addendum: i64,
}

/// Records an agreement: to which text, by whom, when.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    new: &NewConsent<'_>,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO consents (id, project_id, person_id, invite_id, text_version, text_sha256, addendum, agreed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            new.id,
            project,
            new.person,
            new.invite,
            new.version,
            new.sha256,
            new.addendum,
            now
        ],
    )
    .await?;
    Ok(())
}

row! {
    /// What a connection works by, on our side.
    Agreed {
        /// The member who agreed, by their name on the board.
        name: String,
        /// The version of the text.
        text_version: String,
    }
}

/// Who agreed last for a connection, and to what.
pub async fn agreed(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Option<Agreed>> {
    tx.one(
        "SELECT p.name, s.text_version
         FROM connections c
         JOIN consents s ON s.id = c.consent_id
         JOIN people p ON p.id = s.person_id
         WHERE c.project_id = $1 AND c.id = $2",
        args![project, connection],
    )
    .await
}
