//! What is read, written and kept by one connection, as it is set now. Nothing here is asked of Jira.

use upvow_domain::{
    Caller, ConnectionId, Role, Scope,
    jira::{JiraProjectId, JiraStatusId, ProjectKey},
    rule::Direction,
};
use upvow_jira::{endpoint, hook, issue};
use upvow_store::{board_targets, boards, connections, links, rules, statuses};

use super::find;
use crate::{
    App, Result,
    access::need,
    connect::{consent, trial},
    privacy::retention::{Kind, in_words},
    sync::create,
};

/// The whole of it.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The site's name.
    pub site_name: Option<String>,
    /// The site's address.
    pub site_url: Option<String>,
    /// The Jira projects: no other is read or written.
    pub projects: Vec<SummaryProject>,
    /// The fields of a linked issue that are read.
    pub fields: Vec<&'static str>,
    /// What Jira tells us of, in these projects.
    pub events: Vec<&'static str>,
    /// What is read.
    pub read: Vec<String>,
    /// What is written.
    pub written: Vec<String>,
    /// What is kept, and how long.
    pub kept: Vec<String>,
    /// What is never kept.
    pub never: Vec<String>,
    /// Every call that this program can make at all.
    pub calls: Vec<Call>,
}

/// A Jira project of the connection.
#[derive(Debug, Clone)]
pub struct SummaryProject {
    /// Its number.
    pub id: JiraProjectId,
    /// Its key.
    pub key: ProjectKey,
    /// Its name.
    pub name: String,
    /// Boards whose issues are made there: the board's name, and the issue type.
    pub boards: Vec<(String, String)>,
    /// Its status map.
    pub statuses: Vec<StatusLine>,
}

/// A row of the status map.
#[derive(Debug, Clone)]
pub struct StatusLine {
    /// The Jira status.
    pub id: JiraStatusId,
    /// Its name when the map was saved.
    pub name: String,
    /// The board status it goes with.
    pub board_status: Option<String>,
    /// Who follows whom.
    pub direction: Direction,
}

/// A call to Atlassian.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// HTTP method.
    pub method: &'static str,
    /// Its path.
    pub path: &'static str,
    /// The scope it needs, if any.
    pub scope: &'static str,
    /// Why it is made.
    pub purpose: &'static str,
}

/// What the connection reads, writes and keeps, as it is set now. Needs an admin.
pub async fn summary(app: &App, caller: &Caller, id: ConnectionId) -> Result<Summary> {
    need(caller, Role::Admin, Scope::Admin)?;
    let found = find(app, caller, id).await?;
    let (chosen, map, targets, boards, statuses, links) = {
        let mut tx = app.db.read().await?;
        let project = caller.project;
        (
            connections::projects(&mut tx, project, id).await?,
            rules::list(&mut tx, project, id).await?,
            board_targets::list(&mut tx, project).await?,
            boards::list(&mut tx, project, true).await?,
            statuses::list(&mut tx, project).await?,
            links::count(&mut tx, project, id).await?,
        )
    };
    let projects: Vec<SummaryProject> = chosen
        .into_iter()
        .map(|project| SummaryProject {
            boards: targets
                .iter()
                .filter(|target| target.connection_id == id)
                .filter(|target| target.jira_project_id == project.jira_project_id)
                .filter_map(|target| {
                    let board = boards.iter().find(|board| board.id == target.board_id)?;
                    Some((board.name.clone(), target.issue_type_name.clone()))
                })
                .collect(),
            statuses: map
                .iter()
                .filter(|rule| rule.jira_project_id == project.jira_project_id)
                .map(|rule| StatusLine {
                    id: rule.jira_status_id.clone(),
                    name: rule.jira_status_name.clone(),
                    board_status: rule.status_id.and_then(|id| {
                        let status = statuses.iter().find(|status| status.id == id)?;
                        Some(status.name.clone())
                    }),
                    direction: Direction::named(&rule.direction).unwrap_or(Direction::Off),
                })
                .collect(),
            id: project.jira_project_id,
            key: project.project_key,
            name: project.name,
        })
        .collect();
    let text = consent::text(app);
    let moves_jira = projects
        .iter()
        .flat_map(|project| &project.statuses)
        .filter(|line| line.direction.moves_jira())
        .count();
    Ok(Summary {
        read: vec![
            format!("Of linked issues: {}.", issue::FIELDS.join(", ")),
            "An issue's summary, at the moment when a member looks at it.".to_owned(),
            "Names of projects, issue types, statuses and fields, for these pages.".to_owned(),
        ],
        written: written(app, moves_jira),
        kept: kept(app, links, map.len(), projects.len()),
        never: text.never,
        fields: issue::FIELDS.to_vec(),
        events: hook::EVENTS.to_vec(),
        calls: calls(),
        projects,
        site_name: found.site_name,
        site_url: found.site_url,
    })
}

fn written(app: &App, moves_jira: usize) -> Vec<String> {
    let home = app.settings.address("");
    let moves = match moves_jira {
        0 => "No status change: the map lets nothing on the board move an issue.".to_owned(),
        1 => "Status changes of linked issues, to the one status that the map lets the board set."
            .to_owned(),
        many => {
            format!(
                "Status changes of linked issues, to the {many} statuses that the map lets the board set."
            )
        }
    };
    vec![
        "Issues that members make of posts, with the post's title and text and a link back."
            .to_owned(),
        moves,
        format!(
            "A remote link on each linked issue, named upvow={home}&post=..., with the post's title, status and votes."
        ),
        format!(
            "The issue property {} on issues made of posts: the id of the link.",
            create::PROPERTY
        ),
        format!(
            "A test issue when you ask for one, with the label {} and the property {}, removed at once.",
            trial::LABEL,
            trial::PROPERTY
        ),
        "One webhook for these projects.".to_owned(),
    ]
}

fn kept(app: &App, links: i64, rules: usize, projects: usize) -> Vec<String> {
    let signals_for = in_words(app.settings.retention.of(Kind::Signals));
    let many = |count: i64, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    vec![
        "The id of the account that authorised and its tokens, sealed, until you disconnect."
            .to_owned(),
        format!(
            "The site's name and address, {} and {} of the status map, with their names.",
            many(number(projects), "project"),
            many(number(rules), "row")
        ),
        format!(
            "Of each linked issue its id, key, type and status: {} now.",
            many(links, "link")
        ),
        format!(
            "Of each message from Jira about a linked issue: ids, what happened and when, for {signals_for}."
        ),
    ]
}

fn calls() -> Vec<Call> {
    endpoint::ALL
        .iter()
        .map(|endpoint| Call {
            method: endpoint.method,
            path: endpoint.path,
            scope: endpoint.scope,
            purpose: endpoint.purpose,
        })
        .collect()
}
