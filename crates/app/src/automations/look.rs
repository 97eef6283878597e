//! What an automation would do, and what it did.

use std::collections::BTreeMap;

use upvow_domain::{
    AutomationId, BoardId, Caller, PostId, PostKind, Role, Scope, Time,
    jira::IssueKey,
    page::{Page, PageOf},
};
use upvow_store::{automations as stored, board_targets, boards as stored_boards};

use super::{Plan, check, find, row_of};
use crate::{
    App, AppError, Result, access, connect::wizard, cursor::Cursor, sync::fields::BoardFields,
};

/// The letter of the cursors of the list of acts.
const LIST: u8 = b'A';
/// So many posts are named; the others are counted.
const NAMED: i64 = 50;

/// What an automation would do now.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// How many posts are there and would get an issue.
    pub count: i64,
    /// The most wanted of them.
    pub posts: Vec<Match>,
    /// What keeps issues from being made: boards without a target, required fields that nothing fills.
    pub warnings: Vec<String>,
}

/// A post that would get an issue.
#[derive(Debug, Clone)]
pub struct Match {
    /// The post.
    pub post: PostId,
    /// Its title.
    pub title: String,
    /// Its board's name.
    pub board_name: String,
    /// How many voted.
    pub votes: i64,
    /// Its board has a place where issues are made.
    pub has_target: bool,
}

/// Something an automation did.
#[derive(Debug, Clone)]
pub struct Act {
    /// To which post.
    pub post: PostId,
    /// Its title.
    pub title: String,
    /// The issue's key, once known.
    pub key: Option<IssueKey>,
    /// Whether the link is still there.
    pub is_linked: bool,
    /// Why no issue came of it, as a code.
    pub problem: Option<String>,
    /// The same as a sentence.
    pub problem_text: Option<&'static str>,
    /// When.
    pub at: Time,
}

/// What the plan would do now; nothing is done. For a saved automation, posts it acted on are left out. Jira is asked
/// which fields the issue types require. Needs an admin.
pub async fn dry_run(
    app: &App,
    caller: &Caller,
    plan: &Plan,
    saved: Option<AutomationId>,
) -> Result<DryRun> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let (count, found, boards, targets) = {
        let mut tx = app.db.read().await?;
        check(&mut tx, caller, plan).await?;
        let id = match saved {
            Some(id) => find(&mut tx, caller, id).await?.id,
            None => app.fresh_id(),
        };
        let row = row_of(id, caller, plan, app.now());
        let mut boards = stored_boards::list(&mut tx, caller.project, true).await?;
        boards.retain(|board| plan.board.is_none_or(|only| only == board.id));
        (
            stored::count_matches(&mut tx, &row, saved.is_some()).await?,
            stored::matches(&mut tx, &row, saved.is_some(), NAMED).await?,
            boards,
            board_targets::list(&mut tx, caller.project).await?,
        )
    };
    let mut warnings = vec![];
    let names: BTreeMap<BoardId, &str> = boards
        .iter()
        .map(|board| (board.id, board.name.as_str()))
        .collect();
    let without: Vec<&str> = boards
        .iter()
        .filter(|board| targets.iter().all(|target| target.board_id != board.id))
        .map(|board| board.name.as_str())
        .collect();
    if !without.is_empty() {
        warnings.push(format!(
            "Nobody has said where issues of {} are made, so none can be made there. Choose it in the settings of the Jira connection.",
            without.join(", ")
        ));
    }
    for target in targets {
        if let Some(name) = names.get(&target.board_id) {
            warnings.extend(unfilled(app, caller, &target, name).await?);
        }
    }
    Ok(DryRun {
        count,
        posts: found
            .into_iter()
            .map(|row| Match {
                post: row.post_id,
                title: row.title,
                board_name: row.board_name,
                votes: row.votes,
                has_target: row.has_target,
            })
            .collect(),
        warnings,
    })
}

/// Required fields of a board's issue type that nothing fills.
async fn unfilled(
    app: &App,
    caller: &Caller,
    target: &board_targets::Target,
    board: &str,
) -> Result<Option<String>> {
    let (connection, project) = (target.connection_id, &target.jira_project_id);
    let types = match wizard::issue_types(app, caller, connection, project).await {
        Ok(types) => types,
        Err(AppError::Unavailable) => return Err(AppError::Unavailable),
        Err(_) => {
            return Ok(Some(format!(
                "Jira did not say which fields issues of {board} need. They are made all the same; what is refused is shown here."
            )));
        }
    };
    let chosen = types
        .into_iter()
        .find(|kind| kind.id == target.issue_type_id);
    Ok(match chosen {
        None => Some(format!(
            "The issue type {} of {board} is no longer there. Choose another in the settings of the Jira connection.",
            target.issue_type_name
        )),
        Some(kind) => {
            let filled = BoardFields::of(target.fields.as_deref()).values;
            let open = kind
                .needed
                .into_iter()
                .filter(|(id, _)| !filled.contains_key(id))
                .map(|(_, name)| name);
            let names: Vec<String> = open.collect();
            (!names.is_empty()).then(|| {
                format!(
                    "Issues of {board} need fields that nothing fills: {}. Fill them in for the board, give them a default in Jira, or choose another issue type.",
                    names.join(", ")
                )
            })
        }
    })
}

/// What it did, newest first. Needs an admin.
pub async fn acts(
    app: &App,
    caller: &Caller,
    id: AutomationId,
    page: &PageOf,
) -> Result<Page<Act>> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let before = Cursor::of(page, LIST)?
        .map(|cursor| (Time(cursor.key.cast_signed()), cursor.id::<PostKind>()));
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    find(&mut tx, caller, id).await?;
    let rows = stored::acts(&mut tx, id, before, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| {
        Cursor::by_key(LIST, row.at.0.cast_unsigned(), row.post_id)
    });
    Ok(page.map(|row| Act {
        post: row.post_id,
        title: row.title,
        key: row.issue_key,
        is_linked: row.state.is_some(),
        problem_text: row.problem.as_deref().map(problem_text),
        problem: row.problem,
        at: row.at,
    }))
}

/// Why no issue came of it, and what to do.
fn problem_text(code: &str) -> &'static str {
    match code {
        "no_target" => {
            "Nobody has said where issues of this board are made. Choose it in the settings of the Jira connection, then try again."
        }
        "not_connected" => "The Jira connection is not at work. Reconnect it, then try again.",
        _ => "Jira did not make it. The post's page says why, and has the retry.",
    }
}
