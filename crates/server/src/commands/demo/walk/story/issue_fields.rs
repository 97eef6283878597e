//! What Jira asks for beyond title and text, and what issues show of votes.

use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Cast, brief, items, step::Issue, text};

/// A choice on the simulated site's stories, and its number field for votes.
const CHOICE: (&str, &str) = ("Customer impact", "High");
const NUMBER: &str = "Feedback votes";

/// Fills in a choice and labels for every board, and chooses the field for votes.
pub(super) async fn fill(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let base = cast.page(&format!("/settings/connections/{connection}/targets"));
    let targets = cast
        .owner
        .read(&cast.api(&format!("/connections/{connection}/targets")))
        .await?;
    for target in items(&targets)? {
        let board = text(target, "board_id")?;
        let at = cast.api(&format!("/connections/{connection}/targets/{board}/fields"));
        let fields = cast.owner.read(&at).await?;
        let choice = items(&fields)?
            .iter()
            .find(|field| field["name"] == CHOICE.0)
            .with_context(|| format!("no {} in {}", CHOICE.0, brief(&fields)))?;
        let name = format!("field-{}", text(choice, "id")?);
        let page = cast.owner.get(&format!("{base}/{board}")).await?;
        ensure!(
            page.text().contains(CHOICE.0),
            "the page does not name the field as Jira does"
        );
        let form = page.form(&format!("/targets/{board}"))?;
        let option = form.option(&name, CHOICE.1)?;
        let form = form
            .set(&name, &option)?
            .set("field-labels", "feedback upvow")?;
        cast.owner.send(&page, &form).await?;
    }
    let page = cast.owner.get(&base).await?;
    let mut form = page.form("/targets")?;
    let names: Vec<String> = form
        .controls()
        .iter()
        .map(|control| control.name.clone())
        .filter(|name| name.starts_with("votes-"))
        .collect();
    for name in &names {
        let field = form.option(name, NUMBER)?;
        form = form.set(name, &field)?;
    }
    cast.owner.send(&page, &form).await?;
    Ok((
        (),
        format!("{} is {}, votes go to {NUMBER}", CHOICE.0, CHOICE.1),
    ))
}

/// The issue in Jira has what the board fills in.
pub(super) async fn filled(cast: &Cast<'_>, issue: &Issue) -> anyhow::Result<((), String)> {
    let read = cast
        .jira
        .rest(
            Method::GET,
            &format!("issue/{}?fields=*all&expand=names", issue.key),
            None,
        )
        .await?;
    ensure!(
        read["fields"]["labels"] == json!(["feedback", "upvow"]),
        "the labels are {}",
        brief(&read["fields"]["labels"])
    );
    let chosen = read["fields"]
        .as_object()
        .into_iter()
        .flatten()
        .any(|(id, value)| id.starts_with("customfield_") && value["value"] == CHOICE.1);
    ensure!(chosen, "{} is not {}", CHOICE.0, CHOICE.1);
    Ok(((), String::new()))
}

/// The issue carries the votes, for programs as a property and for people in the field.
pub(super) async fn votes(cast: &Cast<'_>, issue: &Issue) -> anyhow::Result<((), String)> {
    let begun = Instant::now();
    let fields = cast.jira.rest(Method::GET, "field", None).await?;
    let field = fields
        .as_array()
        .into_iter()
        .flatten()
        .find(|field| field["name"] == NUMBER)
        .and_then(|field| field["id"].as_str())
        .with_context(|| format!("no field {NUMBER}"))?;
    loop {
        let read = cast
            .jira
            .rest(
                Method::GET,
                &format!("issue/{}?fields={field}&properties=upvow.votes", issue.key),
                None,
            )
            .await?;
        let told: &Value = &read["properties"]["upvow.votes"];
        let number = &read["fields"][field];
        if told["votes"].is_number() && number.as_f64() == told["votes"].as_f64() {
            ensure!(told["votes"] == 2, "the votes are {}", brief(told));
            return Ok(((), format!("{} votes", told["votes"])));
        }
        if begun.elapsed() > super::PATIENCE {
            bail!(
                "the property is {}, the field {}",
                brief(told),
                brief(number)
            );
        }
        tokio::time::sleep(super::LOOK_EVERY).await;
    }
}
