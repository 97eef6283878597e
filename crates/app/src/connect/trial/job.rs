//! The job of a test issue.

use std::time::Duration;

use serde_json::{Map, Value, json};
use upvow_db::Tx;
use upvow_domain::{
    Caller, TestIssueId,
    jira::{Category, IssueId, IssueTypeId},
};
use upvow_jira::{Adf, Created, JiraError, NewIssue};
use upvow_store::{
    board_targets,
    jobs::Job,
    test_issues::{self, TestIssue},
};

use super::{LABEL, PROPERTY};
use crate::{
    App, Result,
    connect::{
        change,
        grants::CallError,
        reach::{For, Reach},
        wizard,
    },
    jobs::{Claim, Trouble, Turn},
    live,
};

/// Jira's index lags; an issue that was made is found after this at the latest.
const SURE_AFTER: Duration = Duration::from_mins(10);
/// How often is looked meanwhile.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// Clocks differ, and Jira counts in minutes.
const LOOK_BACK: Duration = Duration::from_mins(10);
/// What the property holds: an id of ours and nothing else.
fn marker(id: TestIssueId) -> Value {
    json!({ "test": id.stored() })
}

/// The job: whatever a crash left, in the end there is no test issue, or it is said where it is.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: TestIssueId = claim.subject()?;
    let project = claim.job.project_id;
    let (row, reach) = {
        let mut tx = app.db.read().await?;
        let row = test_issues::get(&mut tx, project, id)
            .await?
            .ok_or(Trouble::Moot)?;
        let reach = Reach::of(&mut tx, project, row.connection_id, For::Setup).await?;
        (row, reach)
    };
    if !matches!(row.state.as_str(), "waiting" | "made" | "left") {
        return Err(Trouble::Moot);
    }
    let issue = match row.issue_id.clone() {
        Some(issue) => issue,
        None => match make(app, &reach, &row).await? {
            Made::Is(created) => {
                let mut tx = app.db.write().await?;
                reach.still(&mut tx).await?;
                test_issues::set_made(&mut tx, id, (&created.id, &created.key), app.now()).await?;
                live::commit(app, tx, &[change(project, row.connection_id)]).await?;
                created.id
            }
            Made::Not(code) => return end(app, claim, &row, "failed", Some(code), false).await,
        },
    };
    look(app, &reach, &issue, id).await?;
    let value = &marker(id);
    let (at, by_id) = (&issue, &issue);
    match reach
        .call(app, |site| async move {
            site.site().delete_own_issue(at, PROPERTY, value).await
        })
        .await
    {
        Ok(()) => end(app, claim, &row, "removed", None, false).await,
        Err(CallError::Jira(JiraError::Forbidden)) => {
            let is_closed = close(app, &reach, by_id).await?;
            end(app, claim, &row, "left", Some("may_not_delete"), is_closed).await
        }
        // Somebody took our property off: then it is nobody's to delete but theirs.
        Err(CallError::Jira(JiraError::Refused { .. })) => {
            end(app, claim, &row, "left", Some("not_ours"), false).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What came of making it.
enum Made {
    Is(Created),
    /// It could not be made, for this reason.
    Not(&'static str),
}

async fn make(app: &App, reach: &Reach, row: &TestIssue) -> Result<Made, Trouble> {
    if let Some(tried_at) = row.tried_at {
        if let Some(created) = look_up(app, reach, row).await? {
            return Ok(Made::Is(created));
        }
        let sure_at = tried_at.plus(SURE_AFTER);
        if app.now() < sure_at {
            return Err(Trouble::At {
                code: "looking_for_issue",
                at: app.now().plus(LOOK_EVERY).min(sure_at),
            });
        }
        return Ok(Made::Not("lost"));
    }
    let Some(issue_type) = usable_type(app, row).await? else {
        return Ok(Made::Not("no_type"));
    };
    {
        let mut tx = app.db.write().await?;
        reach.still(&mut tx).await?;
        if !test_issues::set_tried(&mut tx, row.id, Some(app.now()), app.now()).await? {
            return Err(Trouble::Moot);
        }
        tx.commit().await?;
    }
    let new = &issue_of(app, row, issue_type);
    match reach
        .call(app, |at| async move { at.site().create_issue(new).await })
        .await
    {
        Ok(created) => Ok(Made::Is(created)),
        Err(CallError::Jira(error)) if error.outcome_unknown() => Err(error.into()),
        Err(CallError::Jira(JiraError::Refused { .. })) => Ok(Made::Not("create_refused")),
        Err(CallError::Jira(JiraError::Forbidden | JiraError::NotFound)) => {
            Ok(Made::Not("may_not_create"))
        }
        Err(error) => {
            // Nothing was made, so the next attempt need not look.
            let mut tx = app.db.write().await?;
            test_issues::set_tried(&mut tx, row.id, None, app.now()).await?;
            tx.commit().await?;
            Err(error.into())
        }
    }
}

fn issue_of(app: &App, row: &TestIssue, issue_type: IssueTypeId) -> NewIssue {
    let text = format!(
        "{} made this issue to see whether it may. It is removed at once. If you can read this, the right to delete is missing, and you may delete it.",
        app.settings.operator
    );
    NewIssue {
        project: row.jira_project_id.clone(),
        issue_type,
        summary: "Test issue of the feedback board; please delete it if it stays".to_owned(),
        description: Adf::from_markdown(&text, None),
        labels: vec![LABEL.to_owned()],
        extra_fields: Map::new(),
        correlation: Some((PROPERTY.to_owned(), marker(row.id))),
    }
}

/// The type that a board makes its issues of, if it can be filled; else the first one that can.
async fn usable_type(app: &App, row: &TestIssue) -> Result<Option<IssueTypeId>, Trouble> {
    let program = Caller::program(row.project_id);
    let types = wizard::issue_types(app, &program, row.connection_id, &row.jira_project_id).await?;
    let preferred: Vec<IssueTypeId> = {
        let mut tx = app.db.read().await?;
        board_targets::list(&mut tx, row.project_id)
            .await?
            .into_iter()
            .filter(|target| target.connection_id == row.connection_id)
            .filter(|target| target.jira_project_id == row.jira_project_id)
            .map(|target| target.issue_type_id)
            .collect()
    };
    let usable: Vec<_> = types
        .into_iter()
        .filter(|kind| kind.missing.is_empty())
        .collect();
    let chosen = usable
        .iter()
        .find(|kind| preferred.contains(&kind.id))
        .or(usable.first());
    Ok(chosen.map(|kind| kind.id.clone()))
}

async fn look_up(app: &App, reach: &Reach, row: &TestIssue) -> Result<Option<Created>, CallError> {
    let within = app.now().since(row.created_at) + LOOK_BACK;
    let (project, value) = (&row.jira_project_id, &marker(row.id));
    reach
        .call(app, |at| async move {
            at.site()
                .find_issue_by_property(project, PROPERTY, value, within, &[])
                .await
        })
        .await
}

/// Reads the issue, and makes sure of its property: the create set it, and this matters only if Jira left it out.
async fn look(app: &App, reach: &Reach, issue: &IssueId, id: TestIssueId) -> Result<(), Trouble> {
    let (by_id, value) = (&issue.clone().into(), &marker(id));
    let read = reach
        .call(app, |at| async move { at.site().issue(by_id).await })
        .await;
    match read {
        Ok(_) | Err(CallError::Jira(JiraError::NotFound | JiraError::Forbidden)) => {}
        Err(error) => return Err(error.into()),
    }
    let has = reach
        .call(app, |at| async move {
            at.site().property(issue, PROPERTY).await
        })
        .await?;
    if has.is_none() {
        let set = reach
            .call(app, |at| async move {
                at.site().set_property(issue, PROPERTY, value).await
            })
            .await;
        match set {
            Ok(()) | Err(CallError::Jira(JiraError::NotFound | JiraError::Forbidden)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Closes one that has to stay, by one step that the workflow offers and that asks for nothing. Gives whether it is closed.
async fn close(app: &App, reach: &Reach, issue: &IssueId) -> Result<bool, Trouble> {
    let open = match reach
        .call(app, |at| async move { at.site().transitions(issue).await })
        .await
    {
        Ok(open) => open,
        Err(CallError::Jira(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let step = open
        .iter()
        .find(|way| way.to_category == Category::Done && way.needs.is_empty());
    let Some(step) = step else {
        return Ok(false);
    };
    let way = step.id.as_str();
    let moved = reach
        .call(app, |at| async move {
            at.site().transition(issue, way, Map::new()).await
        })
        .await;
    if let Err(CallError::Jira(_)) = moved {
        return Ok(false);
    }
    moved?;
    let by_id = &issue.clone().into();
    let after = reach
        .call(app, |at| async move { at.site().issue(by_id).await })
        .await;
    // A good answer proves nothing.
    Ok(after.is_ok_and(|issue| issue.status_category == Category::Done))
}

async fn end(
    app: &App,
    claim: &Claim,
    row: &TestIssue,
    state: &str,
    problem: Option<&str>,
    is_closed: bool,
) -> Turn {
    let mut tx = app.db.write().await?;
    test_issues::set_end(&mut tx, row.id, state, problem, is_closed, app.now()).await?;
    claim
        .finish(app, tx, &[change(row.project_id, row.connection_id)])
        .await
}

/// The job was given up: it is said where the issue is, or that there is none that we know of.
pub(crate) async fn given_up(tx: &mut Tx, app: &App, job: &Job, code: &str) -> Result<()> {
    let Some(id) = TestIssueId::from_stored(&job.subject) else {
        return Ok(());
    };
    let Some(row) = test_issues::get(tx, job.project_id, id).await? else {
        return Ok(());
    };
    let state = if row.issue_id.is_some() {
        "left"
    } else {
        "failed"
    };
    Ok(test_issues::set_end(tx, id, state, Some(code), row.is_closed, app.now()).await?)
}
