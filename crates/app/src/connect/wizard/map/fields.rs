//! What a step in Jira is sent along: values for the fields that its screen asks for, set beforehand. The screen is read
//! from the steps that are open to issues which are linked already.

use std::collections::BTreeSet;

use upvow_domain::{
    Caller, ConnectionId,
    jira::{IssueKey, JiraProjectId, JiraStatusId},
};
use upvow_jira::CreateField;
use upvow_store::{connections, links, rules};

use super::reach;
use crate::{
    App, AppError, Result, audit,
    connect::{change, reach::Reach},
    live,
    sync::fields::{self, Asks, FormField, Texts, Unfillable},
};

/// How many linked issues are asked for an open step.
const ASKED: usize = 8;

/// What a step to a status asks for.
#[derive(Debug, Clone)]
pub struct StepFields {
    /// What the status is called.
    pub jira_status_name: String,
    /// The issue whose step was read; `None` if no linked issue has such a step open now.
    pub seen_on: Option<IssueKey>,
    /// Its fields that can be filled, those that must be sent first.
    pub fields: Vec<FormField>,
    /// What it must be sent and we cannot fill: such a step stays with people in Jira.
    pub unfillable: Vec<Unfillable>,
}

/// The ids in stored defaults.
pub(super) fn ids(stored: &str) -> Vec<String> {
    let all = fields::sent(Some(stored)).into_iter();
    all.map(|(id, _)| id).collect()
}

/// What a step to this status asks for, read from Jira now. Needs an admin.
pub async fn step_fields(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
    status: &JiraStatusId,
) -> Result<StepFields> {
    let reach = reach(app, caller, id).await?;
    let rule = rule(app, caller, id, project, status).await?;
    let set = fields::values_of(rule.fields.as_deref());
    let (seen_on, found) = screen(app, caller, &reach, project, status).await?;
    Ok(StepFields {
        jira_status_name: rule.jira_status_name,
        seen_on,
        unfillable: fields::unfillable(&found, Asks::Step),
        fields: fields::of_step(found, &set),
    })
}

/// Sets what a step to this status is sent along: values by field id, none takes all away. Each is checked against the
/// screen as it is now. Needs an admin.
pub async fn set_step_fields(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    (project, status): (&JiraProjectId, &JiraStatusId),
    texts: &Texts,
) -> Result<()> {
    let reach = reach(app, caller, id).await?;
    let rule = rule(app, caller, id, project, status).await?;
    let (_, screen) = screen(app, caller, &reach, project, status).await?;
    let stored = fields::stored(&fields::values(&screen, texts)?);
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    if !rules::set_fields(&mut tx, id, rule.id, stored.as_deref()).await? {
        return Err(AppError::Conflict {
            code: "map_changed",
            message: "Somebody saved the map meanwhile. Open this step again.".to_owned(),
        });
    }
    connections::touch(&mut tx, caller.project, id, app.now()).await?;
    let subject = id.to_string();
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.step_fields_set",
        &subject,
        "",
    )
    .await?;
    live::commit(app, tx, &[change(caller.project, id)]).await?;
    Ok(())
}

async fn rule(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
    status: &JiraStatusId,
) -> Result<rules::Rule> {
    let mut tx = app.db.read().await?;
    let rows = rules::of_jira_project(&mut tx, caller.project, id, project).await?;
    rows.into_iter()
        .find(|row| row.jira_status_id == *status)
        .ok_or(AppError::NotFound)
}

/// The fields of the steps to this status that are open to linked issues now.
async fn screen(
    app: &App,
    caller: &Caller,
    reach: &Reach,
    project: &JiraProjectId,
    status: &JiraStatusId,
) -> Result<(Option<IssueKey>, Vec<CreateField>)> {
    let linked = {
        let mut tx = app.db.read().await?;
        links::of_connection(&mut tx, caller.project, reach.connection).await?
    };
    let mut asked = BTreeSet::new();
    let candidates = linked.into_iter().filter(|link| {
        link.state == "active"
            && link.jira_project_id.as_ref() == Some(project)
            && link.jira_status_id.as_ref() != Some(status)
    });
    // One issue for each status that issues stand in: from the same status the same steps are open.
    let mut stands = candidates.filter(|link| asked.insert(link.jira_status_id.clone()));
    for link in stands.by_ref().take(ASKED) {
        let Some(issue) = &link.issue_id else {
            continue;
        };
        let open = reach
            .call(app, |at| async move { at.site().transitions(issue).await })
            .await;
        let Ok(open) = open else { continue };
        let mut ways = open.into_iter().filter(|way| way.to == *status).peekable();
        if ways.peek().is_some() {
            let mut fields: Vec<CreateField> = Vec::new();
            for field in ways.flat_map(|way| way.fields) {
                if fields.iter().all(|one| one.id != field.id) {
                    fields.push(field);
                }
            }
            return Ok((link.issue_key, fields));
        }
    }
    Ok((None, Vec::new()))
}
