//! Saving the map: what it would change, then the change.

use std::collections::{BTreeMap, BTreeSet};

use upvow_db::Tx;
use upvow_domain::{
    Caller, ConnectionId, Invalid, PostId, StatusId, VersionId,
    combination::Combination,
    jira::{JiraProjectId, JiraStatusId},
    rule::Direction,
};
use upvow_jira::JiraStatus;
use upvow_store::{
    connections, posts as stored_posts, rule_versions,
    rules::{self, BoardStatus, Rule},
    sync_rules, voices,
};

use super::{MapChoice, reach, statuses, versions};
use crate::{
    App, AppError, Result, audit,
    connect::{change, reach::Reach},
    live,
    posts::{self, Cause},
    sync::choir::{Draft, Score},
};

/// A map as it is to be.
#[derive(Debug, Clone)]
pub struct MapSave<'a> {
    /// Every row.
    pub rows: &'a [MapChoice],
    /// How several issues move their post; `None` leaves the project's rule as it is.
    pub combination: Option<Combination>,
    /// The version that was on the screen: if another one was saved since, nothing is.
    pub base: Option<VersionId>,
    /// Moves the posts that the new map puts elsewhere, now. Otherwise each moves when its issue does.
    pub move_posts: bool,
}

/// What a save changes.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Nothing was saved before.
    pub is_first: bool,
    /// Rows that differ.
    pub rows: Vec<RowChange>,
    /// The rule for several issues before and after, if it differs.
    pub combination: Option<(Combination, Combination)>,
    /// Posts that the new map would have in another status now.
    pub posts: Vec<PostMove>,
}

impl Difference {
    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.combination.is_none()
    }
}

/// A row that differs.
#[derive(Debug, Clone)]
pub struct RowChange {
    /// The Jira project.
    pub project: JiraProjectId,
    /// The Jira status.
    pub jira_status: JiraStatusId,
    /// What it is called.
    pub jira_status_name: String,
    /// Board status and direction before; `None` is a row that was not there.
    pub was: Option<(Option<StatusId>, Direction)>,
    /// And after; `None` is a row that is taken away.
    pub is: Option<(Option<StatusId>, Direction)>,
}

/// A post that would move.
#[derive(Debug, Clone)]
pub struct PostMove {
    /// The post.
    pub post: PostId,
    /// Its title.
    pub title: String,
    /// How many voted for it.
    pub votes: i64,
    /// Where it is.
    pub from: StatusId,
    /// Where it would be.
    pub to: StatusId,
}

/// Saves the map, all of it, with the project's rule for several issues as it is.
pub async fn save_status_map(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    rows: &[MapChoice],
) -> Result<()> {
    let save = MapSave {
        rows,
        combination: None,
        base: None,
        move_posts: false,
    };
    save_map(app, caller, id, &save).await.map(drop)
}

/// What saving this would change. Nothing is written. Needs an admin.
pub async fn map_difference(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    save: &MapSave<'_>,
) -> Result<Difference> {
    let (_, wanted) = prepare(app, caller, id, save.rows).await?;
    let mut tx = app.db.read().await?;
    difference(&mut tx, caller, id, &wanted, save.combination).await
}

/// Saves the map, all of it, and keeps it as a version. Statuses are checked against Jira. Needs an admin.
pub async fn save_map(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    save: &MapSave<'_>,
) -> Result<Difference> {
    let (reach, wanted) = prepare(app, caller, id, save.rows).await?;
    put(app, caller, &reach, wanted, save, None).await
}

/// The write itself: rows, rule, version, audit line, and the posts that move now.
pub(super) async fn put(
    app: &App,
    caller: &Caller,
    reach: &Reach,
    mut wanted: Vec<Rule>,
    save: &MapSave<'_>,
    restored_from: Option<VersionId>,
) -> Result<Difference> {
    let (id, project) = (reach.connection, caller.project);
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    if save.base.is_some() && rule_versions::newest(&mut tx, project, id).await? != save.base {
        return Err(AppError::Conflict {
            code: "map_changed",
            message: "Somebody else saved this map meanwhile. Load it again, and make your changes to what is there now."
                .to_owned(),
        });
    }
    let saved = rules::list(&mut tx, project, id).await?;
    if restored_from.is_none() {
        keep_fields(&mut wanted, &saved);
    }
    let found = difference(&mut tx, caller, id, &wanted, save.combination).await?;
    rules::replace(&mut tx, id, &wanted).await?;
    if let Some(combination) = save.combination {
        sync_rules::set_combination(&mut tx, project, combination.name(), app.now()).await?;
    }
    versions::keep(&mut tx, app, caller, id, &wanted, &found, restored_from).await?;
    connections::touch(&mut tx, project, id, app.now()).await?;
    let what = if restored_from.is_some() {
        "connection.map_restored"
    } else {
        "connection.map_saved"
    };
    audit::note(&mut tx, app, caller, what, &id.to_string(), "").await?;
    let mut changes = vec![change(project, id)];
    if save.move_posts {
        changes.extend(move_posts(&mut tx, app, caller, &found.posts).await?);
    }
    live::commit(app, tx, &changes).await?;
    app.work.notify_one();
    Ok(found)
}

/// The rows of every connected Jira project as Jira has them now, checked.
pub(super) async fn prepare(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    rows: &[MapChoice],
) -> Result<(Reach, Vec<Rule>)> {
    let reach = reach(app, caller, id).await?;
    let (known, board) = known(app, caller, &reach).await?;
    let wanted = check(app, rows, &known, &board)?;
    Ok((reach, wanted))
}

/// The statuses of every connected Jira project, and of the board.
pub(super) async fn known(
    app: &App,
    caller: &Caller,
    reach: &Reach,
) -> Result<(BTreeMap<JiraProjectId, Vec<JiraStatus>>, Vec<BoardStatus>)> {
    let (chosen, board) = {
        let mut tx = app.db.read().await?;
        (
            connections::projects(&mut tx, caller.project, reach.connection).await?,
            rules::board_statuses(&mut tx, caller.project).await?,
        )
    };
    let mut known = BTreeMap::new();
    for project in chosen {
        let statuses = statuses(app, reach, &project.jira_project_id).await?;
        known.insert(project.jira_project_id, statuses);
    }
    Ok((known, board))
}

/// What a step is sent along is set elsewhere, and stays with its row.
fn keep_fields(wanted: &mut [Rule], saved: &[Rule]) {
    for row in wanted {
        row.fields = saved
            .iter()
            .find(|old| {
                old.jira_project_id == row.jira_project_id
                    && old.jira_status_id == row.jira_status_id
            })
            .and_then(|old| old.fields.clone());
    }
}

/// What would change: rows, rule, and posts whose issues would say something else than they say by the saved map. A
/// post that somebody put elsewhere is not in it: the map gives no reason to take it back.
pub(super) async fn difference(
    tx: &mut Tx,
    caller: &Caller,
    id: ConnectionId,
    wanted: &[Rule],
    combination: Option<Combination>,
) -> Result<Difference> {
    let saved = rules::list(tx, caller.project, id).await?;
    let score = Score::read(tx, caller.project).await?;
    let next = score.with(combination.unwrap_or(score.combination));
    let rows = changes(&saved, wanted);
    let changed = score.combination != next.combination;
    let mut found = Difference {
        is_first: saved.is_empty(),
        combination: changed.then_some((score.combination, next.combination)),
        rows,
        posts: Vec::new(),
    };
    if found.is_empty() {
        return Ok(found);
    }
    let draft = Draft::new(id, wanted);
    let mut after = None;
    loop {
        // Another rule for several issues concerns every connection.
        let of = (!changed).then_some(id);
        let page = voices::posts_linked(tx, caller.project, of, after, 200).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.post_id);
        for post in page {
            let mut all = voices::of_post(tx, caller.project, post.post_id).await?;
            let was = score.verdict(&all).to;
            draft.apply(&mut all);
            let is = next.verdict(&all).to;
            if let Some(to) = is.filter(|to| is != was && to.status != post.status_id) {
                found.posts.push(PostMove {
                    post: post.post_id,
                    title: post.title,
                    votes: post.votes,
                    from: post.status_id,
                    to: to.status,
                });
            }
        }
    }
    Ok(found)
}

fn changes(saved: &[Rule], wanted: &[Rule]) -> Vec<RowChange> {
    let key = |row: &Rule| (row.jira_project_id.clone(), row.jira_status_id.clone());
    let goes = |row: &Rule| {
        let direction = Direction::named(&row.direction).unwrap_or(Direction::Off);
        (row.status_id, direction)
    };
    let before: BTreeMap<_, &Rule> = saved.iter().map(|row| (key(row), row)).collect();
    let after: BTreeSet<_> = wanted.iter().map(key).collect();
    let touched = wanted.iter().filter_map(|row| {
        let was = before.get(&key(row)).map(|old| goes(old));
        let is = Some(goes(row));
        // A row that was not there and maps to nothing says nothing new.
        let is_news = was != is && !(was.is_none() && row.status_id.is_none());
        is_news.then(|| RowChange {
            project: row.jira_project_id.clone(),
            jira_status: row.jira_status_id.clone(),
            jira_status_name: row.jira_status_name.clone(),
            was,
            is,
        })
    });
    let gone = saved.iter().filter(|row| !after.contains(&key(row)));
    touched
        .chain(gone.map(|row| RowChange {
            project: row.jira_project_id.clone(),
            jira_status: row.jira_status_id.clone(),
            jira_status_name: row.jira_status_name.clone(),
            was: Some(goes(row)),
            is: None,
        }))
        .collect()
}

/// Moves the posts as their issues say by the map that is saved now, in the order of their ids, as every job does.
async fn move_posts(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    found: &[PostMove],
) -> Result<Vec<live::Change>> {
    let score = Score::read(tx, caller.project).await?;
    let program = Caller::program(caller.project);
    let mut changes = Vec::new();
    for one in found {
        stored_posts::lock(tx, caller.project, one.post).await?;
        let all = voices::of_post(tx, caller.project, one.post).await?;
        if let Some(to) = score.verdict(&all).to {
            let (post, status) = (one.post, to.status);
            let moved = posts::apply_status(tx, app, &program, post, status, Cause::Jira).await?;
            changes.extend(moved);
        }
    }
    Ok(changes)
}

pub(super) fn check(
    app: &App,
    rows: &[MapChoice],
    known: &BTreeMap<JiraProjectId, Vec<JiraStatus>>,
    board: &[BoardStatus],
) -> Result<Vec<Rule>> {
    let mut seen = BTreeSet::new();
    let mut wanted = Vec::with_capacity(rows.len());
    for choice in rows {
        let statuses = known.get(&choice.project).ok_or_else(|| {
            Invalid::new("project", "choose rows of connected Jira projects only")
        })?;
        let (position, status) = (0_i64..)
            .zip(statuses)
            .find(|(_, status)| status.id == choice.jira_status)
            .ok_or_else(|| {
                Invalid::new(
                    "jira_status",
                    "a status is not in its Jira project any more; load the map again",
                )
            })?;
        if !seen.insert((&choice.project, &choice.jira_status)) {
            return Err(Invalid::new("jira_status", "name each Jira status once").into());
        }
        if let Some(to) = choice.status
            && !board.iter().any(|status| status.id == to)
        {
            return Err(Invalid::new("status", "choose statuses of this project's board").into());
        }
        wanted.push(Rule {
            id: app.fresh_id(),
            jira_project_id: choice.project.clone(),
            jira_status_id: status.id.clone(),
            jira_status_name: status.name.clone(),
            category: status.category.key().to_owned(),
            status_id: choice.status,
            direction: choice.direction.name().to_owned(),
            position,
            fields: None,
            vanished_at: None,
        });
    }
    if wanted.is_empty() {
        return Err(Invalid::new("rows", "save at least one row").into());
    }
    Ok(wanted)
}
