//! What issues can be made of posts, and where.

use upvow_domain::{
    BoardId, Caller, ConnectionId, Invalid, Role, Scope,
    jira::{IssueTypeId, JiraProjectId},
};
use upvow_jira::CreateField;
use upvow_store::board_targets;

use super::{find, is_connected, reach};
use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{
        Target,
        reach::{For, Reach},
    },
};

/// An issue type that posts can become.
#[derive(Debug, Clone)]
pub struct TypeChoice {
    /// Its number.
    pub id: IssueTypeId,
    /// Its name.
    pub name: String,
    /// Names of required fields we cannot fill: the type cannot be used.
    pub missing: Vec<String>,
}

/// The issue types of a connected project.
pub async fn issue_types(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
) -> Result<Vec<TypeChoice>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    find(app, caller, id).await?;
    let reach = Reach::find(app, caller.project, id, For::Setup).await?;
    is_connected(app, caller, id, project).await?;
    let types = reach
        .call(
            app,
            |at| async move { at.site().issue_types(project).await },
        )
        .await?;
    let mut choices = Vec::new();
    // A subtask needs a parent, which a post has not.
    for kind in types.into_iter().filter(|kind| !kind.subtask) {
        let type_id = &kind.id;
        let fields = reach
            .call(app, |at| async move {
                at.site().create_fields(project, type_id).await
            })
            .await?;
        choices.push(TypeChoice {
            missing: missing(&fields),
            id: kind.id,
            name: kind.name,
        });
    }
    Ok(choices)
}

/// Where the boards' issues are made now.
pub async fn targets(app: &App, caller: &Caller) -> Result<Vec<Target>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let rows = board_targets::list(&mut tx, caller.project).await?;
    Ok(rows
        .into_iter()
        .map(|row| Target {
            board: row.board_id,
            connection: row.connection_id,
            jira_project: row.jira_project_id,
            issue_type: row.issue_type_id,
            issue_type_name: row.issue_type_name,
        })
        .collect())
}

/// Sets where a board's issues are made.
pub async fn set_target(
    app: &App,
    caller: &Caller,
    board: BoardId,
    id: ConnectionId,
    project: &JiraProjectId,
    issue_type: &IssueTypeId,
) -> Result<()> {
    let reach = reach(app, caller, id).await?;
    {
        let mut tx = app.db.read().await?;
        if !board_targets::is_board(&mut tx, caller.project, board).await? {
            return Err(AppError::NotFound);
        }
    }
    let choices = issue_types(app, caller, id, project).await?;
    let chosen = choices
        .into_iter()
        .find(|choice| choice.id == *issue_type)
        .ok_or_else(|| Invalid::new("issue_type_id", "choose one of the project's issue types"))?;
    if !chosen.missing.is_empty() {
        return Err(Invalid::new(
            "issue_type_id",
            format!(
                "this type asks for fields that we cannot fill: {}; choose another",
                chosen.missing.join(", ")
            ),
        )
        .into());
    }
    let target = board_targets::Target {
        board_id: board,
        connection_id: id,
        jira_project_id: project.clone(),
        issue_type_id: issue_type.clone(),
        issue_type_name: chosen.name,
    };
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    board_targets::set(&mut tx, &target).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "board.target_set",
        &board.to_string(),
        "",
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Forgets where a board's issues are made by this connection: members are asked each time. Without a target it
/// changes nothing. Needs an admin.
pub async fn clear_target(
    app: &App,
    caller: &Caller,
    board: BoardId,
    id: ConnectionId,
) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    find(app, caller, id).await?;
    let mut tx = app.db.write().await?;
    if !board_targets::is_board(&mut tx, caller.project, board).await? {
        return Err(AppError::NotFound);
    }
    if board_targets::clear(&mut tx, board, id).await? {
        let subject = board.to_string();
        audit::note(&mut tx, app, caller, "board.target_cleared", &subject, "").await?;
    }
    Ok(tx.commit().await?)
}

/// Names of required fields without a default that an issue made of a post does not bring.
fn missing(fields: &[CreateField]) -> Vec<String> {
    const BROUGHT: [&str; 6] = [
        "project",
        "issuetype",
        "summary",
        "description",
        "labels",
        // Jira fills in whoever makes the issue.
        "reporter",
    ];
    fields
        .iter()
        .filter(|field| field.required && !field.has_default)
        .filter(|field| !BROUGHT.contains(&field.id.as_str()))
        .map(|field| field.name.clone())
        .collect()
}
