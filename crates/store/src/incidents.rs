//! What needs a person, and who was told of it. A row is what keeps a letter from being written twice.

use upvow_db::{FromRow, Result, Row, Tx, args};
use upvow_domain::{ConnectionId, IncidentId, PersonId, ProjectId, Time, secret::Email};

use crate::{people, row};

row! {
    /// Something that needs a person.
    Incident {
        /// Its id.
        id: IncidentId,
        /// Whose.
        project_id: ProjectId,
        /// Of which connection.
        connection_id: ConnectionId,
        /// Of what kind.
        class: String,
        /// What it began with.
        cause: String,
        /// Since when.
        opened_at: Time,
        /// Until when; none while it is open.
        closed_at: Option<Time>,
    }
}

/// What a letter needs.
#[derive(Debug, Clone)]
pub struct Addressed {
    /// To whom.
    pub email: Email,
    /// What the incident began with.
    pub cause: String,
    /// Of what kind it is.
    pub class: String,
    /// Of which connection.
    pub connection_id: ConnectionId,
    /// The site's name, a label.
    pub site_name: Option<String>,
    /// The project's name.
    pub project_name: String,
    /// The project's part of the address.
    pub project_slug: String,
    /// When the incident was over.
    pub closed_at: Option<Time>,
}

impl FromRow for Addressed {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Addressed {
            email: people::email(row)?,
            cause: row.get("cause")?,
            class: row.get("class")?,
            connection_id: row.get("connection_id")?,
            site_name: row.get("site_name")?,
            project_name: row.get("project_name")?,
            project_slug: row.get("project_slug")?,
            closed_at: row.get("closed_at")?,
        })
    }
}

row! {
    /// Somebody who was told.
    Told {
        /// Who.
        person_id: PersonId,
    }
}

/// Opens an incident. False if one of its class is open, whoever opened it.
pub async fn open(tx: &mut Tx, incident: &Incident) -> Result<bool> {
    let opened = tx
        .run(
            "INSERT INTO incidents (id, project_id, connection_id, class, cause, opened_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (connection_id, class) WHERE closed_at IS NULL DO NOTHING",
            args![
                incident.id,
                incident.project_id,
                incident.connection_id,
                incident.class.as_str(),
                incident.cause.as_str(),
                incident.opened_at
            ],
        )
        .await?;
    Ok(opened == 1)
}

/// Notes what happened once and is over: it is there for its letters.
pub async fn note(tx: &mut Tx, incident: &Incident) -> Result<()> {
    tx.run(
        "INSERT INTO incidents (id, project_id, connection_id, class, cause, opened_at, closed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        args![
            incident.id,
            incident.project_id,
            incident.connection_id,
            incident.class.as_str(),
            incident.cause.as_str(),
            incident.opened_at
        ],
    )
    .await?;
    Ok(())
}

/// Closes an incident. False if it was closed before.
pub async fn close(tx: &mut Tx, project: ProjectId, id: IncidentId, now: Time) -> Result<bool> {
    let closed = tx
        .run(
            "UPDATE incidents SET closed_at = $3
             WHERE project_id = $1 AND id = $2 AND closed_at IS NULL",
            args![project, id, now],
        )
        .await?;
    Ok(closed == 1)
}

/// The open incidents of a connection.
pub async fn open_of(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Vec<Incident>> {
    tx.all(
        "SELECT * FROM incidents
         WHERE project_id = $1 AND connection_id = $2 AND closed_at IS NULL
         ORDER BY id",
        args![project, connection],
    )
    .await
}

/// Everybody's open incidents, for the periodic pass.
pub async fn all_open(tx: &mut Tx) -> Result<Vec<Incident>> {
    tx.all(
        "SELECT * FROM incidents WHERE closed_at IS NULL ORDER BY id",
        vec![],
    )
    .await
}

/// Puts a letter to each owner of the project into the book; gives those who have none yet.
pub async fn address_owners(
    tx: &mut Tx,
    project: ProjectId,
    id: IncidentId,
    kind: &str,
    now: Time,
) -> Result<Vec<PersonId>> {
    let owners: Vec<Told> = tx
        .all(
            "SELECT person_id FROM members WHERE project_id = $1 AND role = 'owner' ORDER BY person_id",
            args![project],
        )
        .await?;
    address(tx, id, kind, owners, now).await
}

/// Puts a letter to each owner and admin of the project into the book; gives those who have none yet.
pub async fn address_admins(
    tx: &mut Tx,
    project: ProjectId,
    id: IncidentId,
    kind: &str,
    now: Time,
) -> Result<Vec<PersonId>> {
    let admins: Vec<Told> = tx
        .all(
            "SELECT person_id FROM members
             WHERE project_id = $1 AND role IN ('owner', 'admin')
             ORDER BY person_id",
            args![project],
        )
        .await?;
    address(tx, id, kind, admins, now).await
}

async fn address(
    tx: &mut Tx,
    id: IncidentId,
    kind: &str,
    people: Vec<Told>,
    now: Time,
) -> Result<Vec<PersonId>> {
    let mut added = Vec::new();
    for one in people {
        if add_letter(tx, id, one.person_id, kind, now).await? {
            added.push(one.person_id);
        }
    }
    Ok(added)
}

/// Puts a letter into the book. False if it is there.
pub async fn add_letter(
    tx: &mut Tx,
    id: IncidentId,
    person: PersonId,
    kind: &str,
    now: Time,
) -> Result<bool> {
    let added = tx
        .run(
            "INSERT INTO incident_letters (incident_id, person_id, kind, state, at)
             VALUES ($1, $2, $3, 'waiting', $4)
             ON CONFLICT (incident_id, person_id, kind) DO NOTHING",
            args![id, person, kind, now],
        )
        .await?;
    Ok(added == 1)
}

/// Who was sent the first letter of an incident.
pub async fn told(tx: &mut Tx, id: IncidentId) -> Result<Vec<PersonId>> {
    let told: Vec<Told> = tx
        .all(
            "SELECT person_id FROM incident_letters
             WHERE incident_id = $1 AND kind = 'opened' AND state IN ('sending', 'sent')
             ORDER BY person_id",
            args![id],
        )
        .await?;
    Ok(told.into_iter().map(|told| told.person_id).collect())
}

/// Moves a letter from one state to another. False if it was in another one.
pub async fn set_letter(
    tx: &mut Tx,
    letter: (IncidentId, PersonId, &str),
    from: &str,
    to: &str,
    now: Time,
) -> Result<bool> {
    let (id, person, kind) = letter;
    let moved = tx
        .run(
            "UPDATE incident_letters SET state = $5, at = $6
             WHERE incident_id = $1 AND person_id = $2 AND kind = $3 AND state = $4",
            args![id, person, kind, from, to, now],
        )
        .await?;
    Ok(moved == 1)
}

/// What a letter needs; nothing if the person may not hear of it any more.
pub async fn addressed(
    tx: &mut Tx,
    project: ProjectId,
    id: IncidentId,
    person: PersonId,
) -> Result<Option<Addressed>> {
    tx.one(
        "SELECT p.email, i.cause, i.class, i.connection_id, c.site_name, pr.name AS project_name,
            pr.slug AS project_slug, i.closed_at
         FROM incidents i
         JOIN connections c ON c.id = i.connection_id
         JOIN projects pr ON pr.id = i.project_id
         JOIN members m ON m.project_id = i.project_id AND m.person_id = $3
            AND (m.role = 'owner' OR (m.role = 'admin' AND i.class = 'account'))
         JOIN people p ON p.id = m.person_id
         WHERE i.project_id = $1 AND i.id = $2",
        args![project, id, person],
    )
    .await
}
