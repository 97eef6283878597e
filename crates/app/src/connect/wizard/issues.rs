//! What issues can be made of posts, and where.

use upvow_domain::{
    BoardId, Caller, ConnectionId, Invalid, Role, Scope,
    jira::{IssueTypeId, JiraProjectId},
};
use upvow_jira::{CreateField, IssueType};
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
    sync::fields::{self, Asks, BoardFields, FormField, Texts, Unfillable},
};

/// An issue type that posts can become.
#[derive(Debug, Clone)]
pub struct TypeChoice {
    /// Its number.
    pub id: IssueTypeId,
    /// Its name.
    pub name: String,
    /// Required fields we cannot fill: the type cannot be used.
    pub missing: Vec<Unfillable>,
    /// Every field that somebody has to give a value for: id, and name as Jira has it now.
    pub needed: Vec<(String, String)>,
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
    let mut choices = Vec::new();
    for kind in types(app, caller, &reach, project).await? {
        let form = fields::read(app, &reach, project, &kind.id).await?;
        choices.push(TypeChoice {
            missing: fields::unfillable(&form, Asks::Type),
            needed: form
                .into_iter()
                .filter(CreateField::is_needed)
                .map(|field| (field.id, field.name))
                .collect(),
            id: kind.id,
            name: kind.name,
        });
    }
    Ok(choices)
}

/// The types that a post can become: a subtask needs a parent, which a post has not.
async fn types(
    app: &App,
    caller: &Caller,
    reach: &Reach,
    project: &JiraProjectId,
) -> Result<Vec<IssueType>> {
    is_connected(app, caller, reach.connection, project).await?;
    let mut types = reach
        .call(
            app,
            |at| async move { at.site().issue_types(project).await },
        )
        .await?;
    types.retain(|kind| !kind.subtask);
    Ok(types)
}

/// Where the boards' issues are made now.
pub async fn targets(app: &App, caller: &Caller) -> Result<Vec<Target>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let rows = board_targets::list(&mut tx, caller.project).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let fields = BoardFields::of(row.fields.as_deref());
            Target {
                board: row.board_id,
                connection: row.connection_id,
                jira_project: row.jira_project_id,
                issue_type: row.issue_type_id,
                issue_type_name: row.issue_type_name,
                asks: !fields.ask.is_empty(),
                filled: fields.values.len(),
            }
        })
        .collect())
}

/// Sets where a board's issues are made. The same place again keeps what goes into the fields; another place begins
/// with nothing, and asks for what Jira needs. Gives whether something is asked for each time.
pub async fn set_target(
    app: &App,
    caller: &Caller,
    board: BoardId,
    id: ConnectionId,
    project: &JiraProjectId,
    issue_type: &IssueTypeId,
) -> Result<bool> {
    let reach = reach(app, caller, id).await?;
    let before = {
        let mut tx = app.db.read().await?;
        if !board_targets::is_board(&mut tx, caller.project, board).await? {
            return Err(AppError::NotFound);
        }
        board_targets::of(&mut tx, caller.project, board).await?
    };
    let types = types(app, caller, &reach, project).await?;
    let chosen = types
        .into_iter()
        .find(|kind| kind.id == *issue_type)
        .ok_or_else(|| Invalid::new("issue_type_id", "choose one of the project's issue types"))?;
    let form = fields::read(app, &reach, project, issue_type).await?;
    usable(&form)?;
    let is_same = |row: &board_targets::Target| {
        row.connection_id == id
            && row.jira_project_id == *project
            && row.issue_type_id == *issue_type
    };
    let kept = match before.filter(is_same) {
        Some(row) => BoardFields::of(row.fields.as_deref()),
        None => BoardFields::default(),
    };
    let fields = asking(&form, kept);
    let target = board_targets::Target {
        board_id: board,
        connection_id: id,
        jira_project_id: project.clone(),
        issue_type_id: issue_type.clone(),
        issue_type_name: chosen.name,
        fields: fields.stored(),
    };
    save(app, caller, &reach, &target, "").await?;
    Ok(!fields.ask.is_empty())
}

/// What can go into the fields of a board's issues, asked of Jira now, with what goes in at present. Needs an admin.
pub async fn target_fields(
    app: &App,
    caller: &Caller,
    board: BoardId,
    id: ConnectionId,
) -> Result<Vec<FormField>> {
    let reach = reach(app, caller, id).await?;
    let target = target_of(app, caller, board, id).await?;
    let (project, kind) = (&target.jira_project_id, &target.issue_type_id);
    let form = fields::read(app, &reach, project, kind).await?;
    let board = BoardFields::of(target.fields.as_deref());
    Ok(fields::all(form, &board))
}

/// Sets what goes into the fields of a board's issues, and which are asked for each time. Checked against Jira's form as
/// it is now. What Jira needs and has no value here is asked for in any case. Needs an admin.
pub async fn set_target_fields(
    app: &App,
    caller: &Caller,
    board: BoardId,
    id: ConnectionId,
    texts: &Texts,
    ask: &[String],
) -> Result<()> {
    let reach = reach(app, caller, id).await?;
    let mut target = target_of(app, caller, board, id).await?;
    let (project, kind) = (&target.jira_project_id, &target.issue_type_id);
    let form = fields::read(app, &reach, project, kind).await?;
    let chosen = BoardFields {
        ask: form
            .iter()
            .filter(|field| ask.contains(&field.id) && !field.is_brought())
            .filter(|field| field.unsupported().is_none())
            .map(|field| field.id.clone())
            .collect(),
        values: fields::values(&form, texts)?,
    };
    target.fields = asking(&form, chosen).stored();
    save(app, caller, &reach, &target, "fields").await
}

/// With what Jira needs and nobody gave a value for among what is asked.
fn asking(form: &[CreateField], mut fields: BoardFields) -> BoardFields {
    for field in form.iter().filter(|field| field.is_needed()) {
        if !fields.values.contains_key(&field.id) && !fields.ask.contains(&field.id) {
            fields.ask.push(field.id.clone());
        }
    }
    fields
}

fn usable(form: &[CreateField]) -> Result<()> {
    let missing = fields::unfillable(form, Asks::Type);
    if missing.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = missing
        .iter()
        .map(|field| format!("{} {}", field.name, field.what_to_do))
        .collect();
    Err(Invalid::new(
        "issue_type_id",
        format!(
            "this type asks for fields that we cannot fill: {}",
            named.join("; ")
        ),
    )
    .into())
}

async fn target_of(
    app: &App,
    caller: &Caller,
    board: BoardId,
    id: ConnectionId,
) -> Result<board_targets::Target> {
    let mut tx = app.db.read().await?;
    board_targets::of(&mut tx, caller.project, board)
        .await?
        .filter(|target| target.connection_id == id)
        .ok_or(AppError::NotFound)
}

async fn save(
    app: &App,
    caller: &Caller,
    reach: &Reach,
    target: &board_targets::Target,
    detail: &str,
) -> Result<()> {
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    board_targets::set(&mut tx, target).await?;
    let subject = target.board_id.to_string();
    audit::note(&mut tx, app, caller, "board.target_set", &subject, detail).await?;
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
