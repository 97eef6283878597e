//! Somebody asks for a copy of what is held, somebody else for deletion.

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{Cast, setup::accept_as};
use crate::commands::demo::walk::browser::Browser;

/// An admin asks for a copy of what is held for the connection: signed, once, and no token in it.
pub(super) async fn copy(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let path = cast.page("/settings/privacy/requests/new");
    let page = cast.owner.get(&path).await?;
    let form = page
        .form("/requests/new")?
        .set("connection", connection)?
        .set("kind", "export")?;
    let request = cast.owner.send(&page, &form).await?;
    let form = request.form("/copy")?;
    let file = cast.owner.send(&request, &form).await?;
    let copy: Value = serde_json::from_str(&file.html).context("the copy is JSON")?;
    let signed = copy["signature"]
        .as_str()
        .and_then(|text| text.split('.').nth(1))
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .context("the copy is signed")?;
    let signed: Value = serde_json::from_slice(&signed)?;
    ensure!(signed == copy["export"], "what is signed is something else");
    let records = copy["export"]["accounts"][0]["records"]
        .as_array()
        .context("the copy has records")?;
    let token = records
        .iter()
        .find(|record| record["name"] == "refresh_token")
        .context("the copy tells of the refresh token")?;
    ensure!(
        token["present"] == true && token["value"].is_null(),
        "of the token the copy says {token}"
    );
    let again = cast.owner.send(&request, &form).await;
    ensure!(
        again.is_err_and(|error| error.to_string().contains("answered 4")),
        "the copy could be fetched twice"
    );
    Ok(((), format!("{} fields, no token", records.len())))
}

/// Somebody without an account here has everything of theirs deleted by signing in at Atlassian, and takes the receipt along.
pub(super) async fn erase(cast: &Cast<'_>) -> anyhow::Result<((), String)> {
    let person = Browser::new(&cast.places.board)?;
    let page = person.get("/privacy/request").await?;
    let form = page
        .form("/privacy/request/atlassian")?
        .set("kind", "deletion")?
        .set("law", "gdpr")?;
    let atlassian = person.send(&page, &form).await?;
    let back = accept_as(cast, &person, &atlassian, 3).await?;
    ensure!(
        back.url.path().starts_with("/privacy/request/"),
        "the sign-in led to {}",
        back.url.path()
    );
    let path = back.url.path().to_owned();
    let looking = async {
        loop {
            let page = person.get(&path).await?;
            if let Ok(link) = page.link("/receipts/") {
                return anyhow::Ok(link);
            }
            // The desk of the board hears of its own connections only, so it is looked at now and then.
            tokio::time::sleep(super::LOOK_EVERY).await;
        }
    };
    let link = tokio::time::timeout(super::PATIENCE, looking)
        .await
        .context("no receipt")??;
    let receipt = person.get(&link).await?.html;
    let said = receipt
        .split('.')
        .nth(1)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .context("the receipt is a signed text")?;
    let said: Value = serde_json::from_slice(&said)?;
    ensure!(
        said["reason"] == "request" && said["final_at"].is_string(),
        "the receipt says {said}"
    );
    Ok(((), "signed receipt".to_owned()))
}
