//! A copy of what is held: which rows there are says the registry, what is in them the vault. Of a token nothing is in it
//! but whether there is one. It is made when it is fetched, signed, and kept nowhere.

use std::collections::BTreeMap;

use serde::Serialize;
use upvow_domain::{
    Caller, CaseId, GrantId, Role, Scope, Time,
    secret::{LinkSecret, SessionSecret},
};
use upvow_store::{
    cases::{self as stored, exports},
    connections,
};
use upvow_vault::GrantState;

use super::{act, happened, rows, trip::over, watch};
use crate::{App, AppError, Result, access::need, audit, random};

/// The form of a copy; [`SCHEMA`] describes it.
pub const FORMAT: &str = "upvow-export/1";
/// The kind of signed text that a copy carries.
pub const TYP: &str = "upvow-export+jwt";
/// The JSON Schema of a copy, as it is published.
pub const SCHEMA: &str = include_str!("export.schema.json");

/// A copy, to be saved as a file.
#[derive(Debug)]
pub struct Copy {
    /// Its file name.
    pub name: String,
    /// JSON.
    pub json: Vec<u8>,
}

#[derive(Serialize)]
struct Export {
    format: &'static str,
    schema: String,
    made_at: String,
    operator: String,
    contact: String,
    case: String,
    asked_by: String,
    accounts: Vec<Account>,
    /// Since when the account asked to be left alone, if it did.
    suppressed_since: Option<String>,
}

/// What is held of one account.
#[derive(Serialize)]
struct Account {
    held: bool,
    records: Vec<Record>,
    connections: Vec<Tie>,
}

#[derive(Serialize)]
struct Record {
    name: &'static str,
    category: &'static str,
    purpose: &'static str,
    legal_basis: &'static str,
    role: &'static str,
    kept: String,
    recipients: Vec<&'static str>,
    present: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

#[derive(Serialize)]
struct Tie {
    id: String,
    state: String,
    site: Option<String>,
    since: String,
}

/// Fetches the copy of a case by its link, in the browser that was verified. Once.
pub async fn fetch(app: &App, secret: &LinkSecret, browser: &SessionSecret) -> Result<Copy> {
    let row = {
        let mut tx = app.db.read().await?;
        stored::by_secret(&mut tx, random::hash(secret.expose())).await?
    };
    give(app, row.ok_or_else(over)?, browser).await
}

/// Fetches the copy of a case of the project, in the session that asked for it. Once. Needs an admin.
pub async fn fetch_here(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    id: CaseId,
) -> Result<Copy> {
    need(caller, Role::Admin, Scope::Admin)?;
    let row = {
        let mut tx = app.db.read().await?;
        stored::get(&mut tx, caller.project, id).await?
    };
    give(app, row.ok_or(AppError::NotFound)?, session).await
}

/// Until when this session can fetch the copy of a case of the project. Needs an admin.
pub async fn waits_here(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    id: CaseId,
) -> Result<Option<Time>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let row = stored::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let waiting = exports::find(&mut tx, row.id, random::hash(session.expose()), app.now()).await?;
    Ok(waiting.map(|waiting| waiting.expires_at))
}

async fn give(app: &App, row: stored::Case, browser: &SessionSecret) -> Result<Copy> {
    let browser = random::hash(browser.expose());
    let waiting = {
        let mut tx = app.db.read().await?;
        exports::find(&mut tx, row.id, browser.clone(), app.now()).await?
    };
    let waiting = waiting.ok_or_else(gone)?;
    let json = made(app, &row, waiting.suppressed_at).await?;

    let mut tx = app.db.write().await?;
    if !exports::take(&mut tx, row.id, browser, app.now()).await? {
        return Err(gone());
    }
    happened(&mut tx, app, row.id, "copy_fetched", "").await?;
    let caller = Caller::program(row.project_id);
    audit::note(
        &mut tx,
        app,
        &caller,
        "request.copy_fetched",
        &row.id.to_string(),
        "",
    )
    .await?;
    watch::close(&mut tx, app, row.id, "copy_fetched").await?;
    tx.commit().await?;
    Ok(Copy {
        name: format!("{}.json", row.id),
        json,
    })
}

async fn made(app: &App, row: &stored::Case, suppressed_at: Option<Time>) -> Result<Vec<u8>> {
    let grants = match (&row.cloud_id, row.grant_id) {
        (Some(cloud), _) => act::grants_of_site(app, cloud).await?,
        (None, Some(grant)) => vec![grant],
        (None, None) => vec![],
    };
    let mut accounts = Vec::with_capacity(grants.len().max(1));
    for grant in &grants {
        accounts.push(account(app, row, Some(*grant), suppressed_at).await?);
    }
    if accounts.is_empty() {
        accounts.push(account(app, row, None, suppressed_at).await?);
    }
    let export = Export {
        format: FORMAT,
        schema: app.settings.address("/trust/schemas/export.json"),
        made_at: app.now().rfc3339(),
        operator: app.settings.operator.clone(),
        contact: app.settings.contact.clone(),
        case: row.id.to_string(),
        asked_by: row.route.clone(),
        accounts,
        suppressed_since: suppressed_at.map(Time::rfc3339),
    };
    write(app, &export)
}

fn write(app: &App, export: &Export) -> Result<Vec<u8>> {
    let unwritable = |_| AppError::Internal {
        code: "copy_not_written",
    };
    let export = serde_json::to_string_pretty(export).map_err(unwritable)?;
    let signature = app.vault.sign(export.as_bytes(), TYP)?;
    // Put together by hand, so that what was signed is in the file byte by byte. A compact JWS needs no escaping.
    Ok(format!("{{\n\"export\": {export},\n\"signature\": \"{signature}\"\n}}\n").into_bytes())
}

/// The copy of what is held of this account, as whoever asks would get it; given to nobody. For the checks of the promises.
pub(super) async fn trial(app: &App, grant: GrantId) -> Result<Option<Vec<u8>>> {
    if let Err(upvow_vault::VaultError::Broken { .. }) = app.vault.open_grant(grant).await {
        return Ok(None);
    }
    let (held, values) = values(app, grant).await?;
    let account = Account {
        held,
        records: records(app, &values),
        connections: vec![],
    };
    let export = Export {
        format: FORMAT,
        schema: app.settings.address("/trust/schemas/export.json"),
        made_at: app.now().rfc3339(),
        operator: app.settings.operator.clone(),
        contact: app.settings.contact.clone(),
        case: String::new(),
        asked_by: String::new(),
        accounts: vec![account],
        suppressed_since: None,
    };
    write(app, &export).map(Some)
}

async fn account(
    app: &App,
    row: &stored::Case,
    grant: Option<GrantId>,
    suppressed_at: Option<Time>,
) -> Result<Account> {
    let (held, mut values) = match grant {
        Some(grant) => values(app, grant).await?,
        None => (false, BTreeMap::new()),
    };
    if let Some(at) = suppressed_at {
        values.insert("tombstone", None);
        values.insert("tombstone_since", Some(at.rfc3339()));
    }
    let records = records(app, &values);
    let ties = match grant {
        Some(grant) => {
            let mut tx = app.db.read().await?;
            connections::of_grant(&mut tx, grant).await?
        }
        None => vec![],
    };
    // An admin sees the project's own, an administrator of a site those of the site, the person all of theirs.
    let connections = ties
        .into_iter()
        .filter(|tie| row.person_id.is_none() || tie.project_id == row.project_id)
        .filter(|tie| row.cloud_id.is_none() || tie.cloud_id == row.cloud_id)
        .map(|tie| Tie {
            id: tie.id.to_string(),
            state: tie.state,
            site: tie.site_url,
            since: tie.created_at.rfc3339(),
        })
        .collect();
    Ok(Account {
        held,
        records,
        connections,
    })
}

/// Every row of the registry, with what there is.
fn records(app: &App, values: &BTreeMap<&'static str, Option<String>>) -> Vec<Record> {
    rows::exported(app)
        .map(|(entry, is_whole)| {
            let value = values.get(entry.export_name);
            Record {
                name: entry.export_name,
                category: entry.category,
                purpose: entry.purpose,
                legal_basis: entry.legal_basis,
                role: entry.role,
                kept: entry.kept,
                recipients: entry.recipients,
                present: value.is_some(),
                // What may be read of a field says the registry, whatever the vault gives.
                value: value.cloned().flatten().filter(|_| is_whole),
            }
        })
        .collect()
}

/// What the vault holds, by the names of the registry: `None` for what is there and is not to be read.
async fn values(
    app: &App,
    grant: GrantId,
) -> Result<(bool, BTreeMap<&'static str, Option<String>>)> {
    let mut values = BTreeMap::new();
    let Some(grant) = app.vault.open_grant(grant).await? else {
        return Ok((false, values));
    };
    let state = match grant.state {
        GrantState::Live => "live",
        GrantState::Dead => "dead",
    };
    values.insert("account_id", None);
    values.insert("account_hash", None);
    if grant.access.is_some() {
        values.insert("access_token", None);
    }
    if grant.refresh.is_some() {
        values.insert("refresh_token", None);
    }
    values.insert("scopes", Some(grant.scopes.join(" ")));
    values.insert("token_expires_at", Some(grant.expires_at.rfc3339()));
    values.insert("consented_at", Some(grant.consented_at.rfc3339()));
    values.insert("refreshed_at", Some(grant.refreshed_at.rfc3339()));
    values.insert("state", Some(state.to_owned()));
    values.insert("version", Some(grant.version.to_string()));
    Ok((true, values))
}

/// The one answer for a copy that was fetched, is too old, or is another browser's.
fn gone() -> AppError {
    AppError::Conflict {
        code: "copy_gone",
        message: "A copy can be fetched once, within 15 minutes, in the browser that showed who is asking. Ask again for another."
            .to_owned(),
    }
}
