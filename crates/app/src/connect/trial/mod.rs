//! The test issue: made in a project to try the rights, read, and removed at once. It is the only issue that is ever
//! deleted, and it is recognised by its property alone. At most one is made for each asking: where it is not known what
//! became of an attempt, the issue is looked for and never made again.

mod job;

use upvow_db::Tx;
use upvow_domain::{
    Caller, ConnectionId, Invalid, ProjectId, Role, Scope, TestIssueId, Time,
    jira::{IssueKey, JiraProjectId, ProjectKey},
};
use upvow_store::{
    connections, jobs as queue,
    test_issues::{self, TestIssue},
};

pub(crate) use job::{given_up, run};

use super::{
    change,
    reach::{For, Reach},
};
use crate::{
    App, AppError, Result,
    access::need,
    audit,
    jobs::{self, Kind, Order},
    live,
};

/// The issue property by which we know it again.
pub(crate) const PROPERTY: &str = "upvow.test";
/// What people in Jira see on it.
pub(crate) const LABEL: &str = "upvow-test";
/// How many are told on a page.
const TOLD: i64 = 50;

/// Where a test issue is in its short life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialState {
    /// It is being made, or removed.
    UnderWay,
    /// It was made, read and removed.
    Removed,
    /// It is still in Jira: the right to delete is missing.
    Left,
    /// It could not be made.
    Failed,
}

/// A test issue as admins see it.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Its id.
    pub id: TestIssueId,
    /// In which Jira project.
    pub project: JiraProjectId,
    /// That project's key, if it is still connected.
    pub project_key: Option<ProjectKey>,
    /// How it stands.
    pub state: TrialState,
    /// The issue's key, once known.
    pub key: Option<IssueKey>,
    /// The issue's page at Jira, while it is there.
    pub browse_url: Option<String>,
    /// A sentence: what came of it, and what to do.
    pub text: String,
    /// When it last changed.
    pub at: Time,
}

/// Has a test issue made and removed in each of these connected projects. One that is under way is not doubled. Needs an
/// admin.
pub async fn begin(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    projects: &[JiraProjectId],
) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    connections::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    Reach::of(&mut tx, caller.project, id, For::Setup).await?;
    let connected = connections::projects(&mut tx, caller.project, id).await?;
    let is_connected =
        |project: &JiraProjectId| connected.iter().any(|one| one.jira_project_id == *project);
    if projects.is_empty() || !projects.iter().all(is_connected) {
        return Err(Invalid::new("projects", "choose among the connected projects").into());
    }
    let before = test_issues::list(&mut tx, caller.project, id, TOLD).await?;
    for project in projects {
        let is_under_way = before.iter().any(|row| {
            row.jira_project_id == *project && matches!(row.state.as_str(), "waiting" | "made")
        });
        if is_under_way {
            continue;
        }
        let trial = app.fresh_id();
        let now = app.now();
        test_issues::insert(
            &mut tx,
            caller.project,
            trial,
            id,
            project,
            caller.person,
            now,
        )
        .await?;
        order(&mut tx, app, caller.project, id, trial).await?;
        let subject = trial.to_string();
        audit::note(&mut tx, app, caller, "connection.test_issue", &subject, "").await?;
    }
    live::commit(app, tx, &[change(caller.project, id)]).await?;
    app.work.notify_one();
    Ok(())
}

/// Tries once more to remove one that was left. Needs an admin.
pub async fn remove(app: &App, caller: &Caller, id: TestIssueId) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let row = test_issues::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    Reach::of(&mut tx, caller.project, row.connection_id, For::Setup).await?;
    if row.state == "left" {
        order(&mut tx, app, caller.project, row.connection_id, id).await?;
        let (action, subject) = ("connection.test_issue_again", id.to_string());
        audit::note(&mut tx, app, caller, action, &subject, "").await?;
    }
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}

/// The connection's test issues, newest first. Needs an admin.
pub async fn list(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<Trial>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let found = connections::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let connected = connections::projects(&mut tx, caller.project, id).await?;
    let rows = test_issues::list(&mut tx, caller.project, id, TOLD).await?;
    let site = found.site_url.unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| {
            let project = connected
                .iter()
                .find(|one| one.jira_project_id == row.jira_project_id);
            tell(row, project.map(|one| one.project_key.clone()), &site)
        })
        .collect())
}

fn tell(row: TestIssue, project_key: Option<ProjectKey>, site: &str) -> Trial {
    let state = match row.state.as_str() {
        "removed" => TrialState::Removed,
        "left" => TrialState::Left,
        "failed" => TrialState::Failed,
        _ => TrialState::UnderWay,
    };
    let browse_url = match (&row.issue_key, state) {
        (Some(key), TrialState::Left | TrialState::UnderWay) => {
            Some(format!("{site}/browse/{key}"))
        }
        _ => None,
    };
    Trial {
        text: text(&row, state),
        id: row.id,
        project: row.jira_project_id,
        project_key,
        state,
        key: row.issue_key,
        browse_url,
        at: row.updated_at,
    }
}

fn text(row: &TestIssue, state: TrialState) -> String {
    match (state, row.problem.as_deref()) {
        (TrialState::UnderWay, _) if row.issue_id.is_some() => {
            "The issue was made and read. It is being removed.".to_owned()
        }
        (TrialState::UnderWay, _) if row.tried_at.is_some() => {
            "Jira's answer did not arrive, so it is being looked for. No second one is made."
                .to_owned()
        }
        (TrialState::UnderWay, _) => "The issue is being made.".to_owned(),
        (TrialState::Removed, _) => {
            "Made, read and removed again: the rights are there.".to_owned()
        }
        (TrialState::Left, problem) => {
            let why = match problem {
                Some("may_not_delete") => "The account may not delete issues",
                Some("not_ours") => "Its property is gone, so we do not touch it",
                _ => "Jira did not let us delete it",
            };
            let closed = if row.is_closed {
                "It was closed instead"
            } else {
                "It could not be closed either"
            };
            format!("Made and read. {why}, so it is still there, with the label {LABEL}. {closed}; whoever may delete issues can remove it.")
        }
        (TrialState::Failed, Some("no_type")) => "Each issue type of this project asks for fields that we cannot fill, so no issue can be made of a post either. Choose another project, or have those fields made optional.".to_owned(),
        (TrialState::Failed, Some("may_not_create")) => "The account may not create issues here. A Jira admin can grant it; see the rights above.".to_owned(),
        (TrialState::Failed, Some("create_refused")) => "Jira refused the issue. Look at the fields that this project asks for.".to_owned(),
        (TrialState::Failed, Some("lost")) => format!("Jira's answer never arrived, and no issue of ours was found in ten minutes. To be sure, search Jira for the label {LABEL}."),
        (TrialState::Failed, _) => "It did not work. Try again later.".to_owned(),
    }
}

async fn order(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    connection: ConnectionId,
    id: TestIssueId,
) -> Result<()> {
    let order = Order {
        kind: Kind::TryIssue,
        subject: id.stored(),
        lane: format!("test:{}", id.stored()),
        project,
        connection: Some(connection),
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

/// What the periodic pass does: nobody works on one any more, so somebody is to.
pub(crate) async fn resume(app: &App) -> Result<()> {
    let mut tx = app.db.write().await?;
    for row in test_issues::unfinished(&mut tx).await? {
        if !queue::is_live(&mut tx, Kind::TryIssue.name(), &row.id.stored()).await? {
            order(&mut tx, app, row.project_id, row.connection_id, row.id).await?;
        }
    }
    Ok(tx.commit().await?)
}
