//! A project's trail as a file of JSON lines. The first line is signed and says how far the file reaches, so that nothing
//! can be left out of it, not even at the end; `upvow audit verify --export FILE --keys KEYS` checks it anywhere.

use upvow_domain::{AuditId, Caller, PersonId, ProjectId, Role, Scope, Time};
use upvow_store::audit::{self, End, Entry, checkpoints};
use upvow_vault::signing::{JwkSet, verify_as};

use super::{checkpoints::Said, note};
use crate::{App, AppError, Result, access::need};

/// What kind of document the first line is.
const TYP: &str = "upvow-audit-export";
const AT_ONCE: i64 = 1_000;

/// A line of the file.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    /// The first.
    Export {
        /// How far it reaches, signed.
        signed: String,
    },
    /// A line of the trail.
    Entry(Box<Told>),
    /// What was signed of the trail.
    Checkpoint {
        /// A compact JWS.
        signed: String,
    },
}

/// A line of the trail.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Told {
    seq: i64,
    id: String,
    project: String,
    person: String,
    via: String,
    action: String,
    subject: String,
    detail: String,
    at: i64,
    prev: String,
    hash: String,
}

impl Told {
    fn of(entry: Entry) -> Told {
        Told {
            seq: entry.seq.unwrap_or_default(),
            id: entry.id.stored(),
            project: audit::chain_of(entry.project_id),
            person: entry.person_id.map(PersonId::stored).unwrap_or_default(),
            via: entry.via,
            action: entry.action,
            subject: entry.subject,
            detail: entry.detail,
            at: entry.at.0,
            prev: entry.prev.unwrap_or_default(),
            hash: entry.hash.unwrap_or_default(),
        }
    }

    /// The line as the trail has it; `None` if its ids are none.
    pub(super) fn entry(self) -> Option<Entry> {
        let person = match self.person.as_str() {
            "" => None,
            text => Some(PersonId::from_stored(text)?),
        };
        Some(Entry {
            id: AuditId::from_stored(&self.id)?,
            project_id: match self.project.as_str() {
                audit::SERVER => None,
                text => Some(ProjectId::from_stored(text)?),
            },
            person_id: person,
            via: self.via,
            action: self.action,
            subject: self.subject,
            detail: self.detail,
            at: Time(self.at),
            seq: Some(self.seq),
            prev: Some(self.prev),
            hash: Some(self.hash),
        })
    }
}

/// What the first line says, if one of these keys signed it.
pub(super) fn head(signed: &str, keys: &JwkSet) -> Option<Said> {
    serde_json::from_slice(&verify_as(signed, TYP, keys).ok()?).ok()
}

/// The project's whole trail. That it was taken is its own last line.
pub async fn export(app: &App, caller: &Caller) -> Result<String> {
    need(caller, Role::Admin, Scope::Admin)?;
    let chain = caller.project.stored();
    let mut tx = app.db.write().await?;
    note(
        &mut tx,
        app,
        caller,
        "trail.exported",
        &caller.project.to_string(),
        "",
    )
    .await?;
    let end = audit::end(&mut tx, &chain).await?.unwrap_or_default();
    tx.commit().await?;

    let mut tx = app.db.read().await?;
    let signed = checkpoints::list(&mut tx, &chain).await?;
    let from = signed.last().map_or_else(End::default, |newest| End {
        seq: newest.from_seq,
        hash: newest.from_hash.clone(),
    });
    let said = Said {
        chain: chain.clone(),
        from_seq: from.seq,
        from_hash: from.hash,
        seq: end.seq,
        hash: end.hash,
        at: app.now().0,
    };
    let mut text = String::new();
    let payload = serde_json::to_vec(&said).map_err(|_| broken())?;
    push(
        &mut text,
        &Line::Export {
            signed: app.vault.sign(&payload, TYP)?,
        },
    )?;
    let mut after = said.from_seq;
    while after < said.seq {
        let entries = audit::walk(&mut tx, &chain, after, AT_ONCE).await?;
        let Some(last) = entries.last().and_then(|entry| entry.seq) else {
            break;
        };
        // Lines of after the signed end belong to the next export.
        let inside = entries
            .into_iter()
            .filter(|entry| entry.seq <= Some(said.seq));
        for entry in inside {
            push(&mut text, &Line::Entry(Box::new(Told::of(entry))))?;
        }
        after = last;
    }
    for checkpoint in signed
        .into_iter()
        .filter(|checkpoint| checkpoint.seq <= said.seq)
    {
        push(
            &mut text,
            &Line::Checkpoint {
                signed: checkpoint.signed,
            },
        )?;
    }
    Ok(text)
}

fn push(text: &mut String, line: &Line) -> Result<()> {
    text.push_str(&serde_json::to_string(line).map_err(|_| broken())?);
    text.push('\n');
    Ok(())
}

const fn broken() -> AppError {
    AppError::Internal { code: "json" }
}
