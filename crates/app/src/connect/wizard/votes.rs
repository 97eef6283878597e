//! The number field that shows the votes on the issues of a Jira project.

use upvow_domain::{
    Caller, ConnectionId, Invalid,
    jira::{IssueId, JiraProjectId, ProjectKey},
};
use upvow_jira::{JiraError, NumberField};
use upvow_store::{connections, issue_votes, links};

use super::{is_connected, reach};
use crate::{
    App, Result, audit,
    connect::{grants::CallError, reach::Reach},
    sync::votes,
};

/// The field of one Jira project, and what it could be.
#[derive(Debug, Clone)]
pub struct VoteField {
    /// The Jira project.
    pub project: JiraProjectId,
    /// Its key.
    pub key: ProjectKey,
    /// The field that shows the votes, if one was chosen.
    pub field: Option<String>,
    /// What is wrong with it: nothing is written to it until it is chosen anew.
    pub problem: Option<String>,
    /// A sentence for that.
    pub problem_text: Option<&'static str>,
    /// The site's number fields that the project could have: id, and name as Jira has it now.
    pub choices: Vec<(String, String)>,
}

/// The number fields that show votes, and what there is to choose from, asked of Jira now. Needs an admin.
pub async fn vote_fields(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<VoteField>> {
    let reach = reach(app, caller, id).await?;
    let (projects, chosen) = {
        let mut tx = app.db.read().await?;
        (
            connections::projects(&mut tx, caller.project, id).await?,
            issue_votes::fields(&mut tx, id).await?,
        )
    };
    let all = number_fields(app, &reach).await?;
    Ok(projects
        .into_iter()
        .map(|project| {
            let number = project.jira_project_id;
            let chosen = chosen.iter().find(|one| one.jira_project_id == number);
            VoteField {
                key: project.project_key,
                field: chosen.map(|one| one.field_id.clone()),
                problem_text: chosen.and_then(|one| one.problem.as_deref()).map(|_| {
                    "Jira refused the votes in this field: it is not on the edit screen of an issue's type, it is no number field any more, or the connected account may not edit. Put it on the screen and save it here again, or choose another."
                }),
                problem: chosen.and_then(|one| one.problem.clone()),
                choices: of_project(&all, &number),
                project: number,
            }
        })
        .collect())
}

/// Chooses the number field that shows the votes in a Jira project, or none. It must be one of the project's, and on the
/// edit screen of an issue there, if there is an issue to look at. Needs an admin.
pub async fn set_vote_field(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
    field: Option<&str>,
) -> Result<()> {
    let reach = reach(app, caller, id).await?;
    is_connected(app, caller, id, project).await?;
    let before = {
        let mut tx = app.db.read().await?;
        issue_votes::field(&mut tx, id, project).await?
    };
    let is_same = match (&before, field) {
        (None, None) => true,
        (Some(before), Some(field)) => before.field_id == field && before.problem.is_none(),
        _ => false,
    };
    if is_same {
        return Ok(());
    }
    if let Some(field) = field {
        let all = number_fields(app, &reach).await?;
        if !of_project(&all, project)
            .iter()
            .any(|(one, _)| one == field)
        {
            return Err(Invalid::new("field", "choose one of the project's number fields").into());
        }
        if is_editable(app, &reach, project, field).await? == Some(false) {
            return Err(Invalid::new(
                "field",
                "this field is not on the screen for editing issues of the project, so Jira would refuse the votes: put it there, or choose another",
            )
            .into());
        }
    }

    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    issue_votes::set_field(&mut tx, id, project, field).await?;
    // The issues that are there already show it soon, too, and one that was given up is emptied.
    for link in links::of_connection(&mut tx, caller.project, id).await? {
        if let Some(issue) = link.issue_id.filter(|_| link.state == "active")
            && link.jira_project_id.as_ref() == Some(project)
        {
            votes::order(&mut tx, app, caller.project, id, &reach.cloud, &issue).await?;
        }
    }
    let detail = field.unwrap_or_default();
    let subject = id.to_string();
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.votes_field",
        &subject,
        detail,
    )
    .await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}

async fn number_fields(app: &App, reach: &Reach) -> Result<Vec<NumberField>> {
    Ok(reach
        .call(app, |at| async move { at.site().number_fields().await })
        .await?)
}

fn of_project(all: &[NumberField], project: &JiraProjectId) -> Vec<(String, String)> {
    all.iter()
        .filter(|field| field.only_in.as_ref().is_none_or(|only| only == project))
        .map(|field| (field.id.clone(), field.name.clone()))
        .collect()
}

/// Whether an issue of the project takes the field: the one that was changed last. Nothing if there is none to look at.
async fn is_editable(
    app: &App,
    reach: &Reach,
    project: &JiraProjectId,
    field: &str,
) -> Result<Option<bool>> {
    let found = reach
        .call(app, |at| async move { at.site().search(project, "").await })
        .await?;
    let Some(issue) = found.into_iter().next() else {
        return Ok(None);
    };
    let id: &IssueId = &issue.id;
    let editable = reach
        .call(app, |at| async move { at.site().editable_fields(id).await })
        .await;
    match editable {
        Ok(fields) => Ok(Some(fields.iter().any(|one| one == field))),
        // It went away meanwhile: the first write will tell.
        Err(CallError::Jira(JiraError::NotFound)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
