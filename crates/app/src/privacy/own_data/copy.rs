//! A copy of everything that is held of somebody of the board. It is made when it is asked for, signed, handed over in the
//! same answer, and kept nowhere.

use serde_json::{Value, json};
use upvow_domain::Caller;
use upvow_store::people;

use super::prove;
use crate::{App, AppError, Result, audit, privacy::registry};

/// The form of a copy; [`SCHEMA`] describes it.
pub const FORMAT: &str = "upvow-own-data/1";
/// The kind of signed text that a copy carries.
pub const TYP: &str = "upvow-own-data+jwt";
/// The JSON Schema of a copy, as it is published.
pub const SCHEMA: &str = include_str!("own-data.schema.json");
/// Where it is published.
pub const SCHEMA_PATH: &str = "/trust/schemas/own-data.json";

/// The caller's copy, as JSON. Needs somebody signed in, in a browser, who shows again who they are.
pub async fn download(app: &App, caller: &Caller, password: Option<String>) -> Result<Vec<u8>> {
    let person = prove(app, caller, password).await?;
    let mut tx = app.db.write().await?;
    let found = people::find(&mut tx, person).await?;
    let found = found.ok_or(AppError::NotFound)?;
    let held = registry::copy::export_of_person(&mut tx, person, &found.email).await?;
    let id = person.to_string();
    audit::note(&mut tx, app, caller, "person.data_copied", &id, "").await?;
    tx.commit().await?;

    let terms = &app.settings.retention;
    let tables: Vec<Value> = held
        .into_iter()
        .map(|held| {
            let table = held.table;
            json!({
                "table": table.name,
                "title": table.title,
                "purpose": table.activity.purpose(),
                "legal_basis": table.activity.legal_basis(),
                "role": table.activity.role().name(),
                "kept": registry::kept(table.term, terms),
                "recipients": table.recipients,
                "fields": table.fields.iter().map(|field| json!({
                    "name": field.export_name,
                    "category": field.category.name(),
                    "erasure": field.erasure.name(),
                    "reason": field.erasure.reason(),
                })).collect::<Vec<_>>(),
                "rows": held.rows,
            })
        })
        .collect();
    let mut copy = json!({
        "format": FORMAT,
        "schema": app.settings.address(SCHEMA_PATH),
        "made_at": app.now().rfc3339(),
        "operator": app.settings.operator,
        "contact": app.settings.contact,
        "tables": tables,
    });
    let unwritable = |_| AppError::Internal {
        code: "copy_not_written",
    };
    let said = serde_json::to_vec(&copy).map_err(unwritable)?;
    copy["signature"] = app.vault.sign(&said, TYP)?.into();
    serde_json::to_vec_pretty(&copy).map_err(unwritable)
}
