//! Automations, and what they did.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    AutomationId, BoardId, LinkId, PostId, ProjectId, StatusId, Time, jira::IssueKey,
};

use crate::row;

row! {
    /// An automation.
    Automation {
        /// Its id.
        id: AutomationId,
        /// Whose.
        project_id: ProjectId,
        /// On this board only.
        board_id: Option<BoardId>,
        /// `status` or `votes`.
        reaches: String,
        /// The status, if that is what posts reach; none if it was removed.
        status_id: Option<StatusId>,
        /// The number of votes, if that is what posts reach.
        votes: Option<i64>,
        /// Leaves posts alone that are linked already.
        skips_linked: bool,
        /// It acts.
        is_on: bool,
        /// It is still dealing with posts that were there when it was switched on.
        catches_up: bool,
        /// When it was made.
        created_at: Time,
    }
}

/// Adds one.
pub async fn insert(tx: &mut Tx, new: &Automation, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO automations
            (id, project_id, board_id, reaches, status_id, votes, skips_linked, is_on, catches_up, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        args![
            new.id,
            new.project_id,
            new.board_id,
            new.reaches.as_str(),
            new.status_id,
            new.votes,
            new.skips_linked,
            new.is_on,
            new.catches_up,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Writes everything that can change.
pub async fn update(tx: &mut Tx, row: &Automation, now: Time) -> Result<()> {
    tx.run(
        "UPDATE automations
         SET board_id = $3, reaches = $4, status_id = $5, votes = $6, skips_linked = $7, is_on = $8, catches_up = $9,
             updated_at = $10
         WHERE project_id = $1
           AND id = $2",
        args![
            row.project_id,
            row.id,
            row.board_id,
            row.reaches.as_str(),
            row.status_id,
            row.votes,
            row.skips_linked,
            row.is_on,
            row.catches_up,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Removes one, and what is known of what it did. False if there is none.
pub async fn delete(tx: &mut Tx, project: ProjectId, id: AutomationId) -> Result<bool> {
    let deleted = tx
        .run(
            "DELETE FROM automations WHERE project_id = $1 AND id = $2",
            args![project, id],
        )
        .await?;
    Ok(deleted == 1)
}

/// One of them.
pub async fn find(tx: &mut Tx, project: ProjectId, id: AutomationId) -> Result<Option<Automation>> {
    tx.one(
        "SELECT * FROM automations WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// All of a project, oldest first.
pub async fn list(tx: &mut Tx, project: ProjectId) -> Result<Vec<Automation>> {
    tx.all(
        "SELECT * FROM automations WHERE project_id = $1 ORDER BY id",
        args![project],
    )
    .await
}

/// Those that are on and wait for posts of this board to reach this status.
pub async fn on_status(
    tx: &mut Tx,
    project: ProjectId,
    board: BoardId,
    status: StatusId,
) -> Result<Vec<Automation>> {
    tx.all(
        "SELECT * FROM automations
         WHERE project_id = $1
           AND is_on
           AND reaches = 'status'
           AND status_id = $3
           AND (board_id IS NULL OR board_id = $2)
         ORDER BY id",
        args![project, board, status],
    )
    .await
}

/// Those that are on and wait for a number of votes above `before` and up to `now`.
pub async fn on_votes(
    tx: &mut Tx,
    project: ProjectId,
    board: BoardId,
    (before, now): (i64, i64),
) -> Result<Vec<Automation>> {
    tx.all(
        "SELECT * FROM automations
         WHERE project_id = $1
           AND is_on
           AND reaches = 'votes'
           AND votes > $3
           AND votes <= $4
           AND (board_id IS NULL OR board_id = $2)
         ORDER BY id",
        args![project, board, before, now],
    )
    .await
}

/// Takes the one turn an automation has with a post; false if it had it.
pub async fn take_turn(
    tx: &mut Tx,
    automation: AutomationId,
    post: PostId,
    now: Time,
) -> Result<bool> {
    let taken = tx
        .run(
            "INSERT INTO automation_acts (automation_id, post_id, at)
             VALUES ($1, $2, $3)
             ON CONFLICT (automation_id, post_id) DO NOTHING",
            args![automation, post, now],
        )
        .await?;
    Ok(taken == 1)
}

/// Notes what came of the turn: a link, or why there is none.
pub async fn set_outcome(
    tx: &mut Tx,
    automation: AutomationId,
    post: PostId,
    outcome: (Option<LinkId>, Option<&str>),
) -> Result<()> {
    tx.run(
        "UPDATE automation_acts SET link_id = $3, problem = $4
         WHERE automation_id = $1 AND post_id = $2",
        args![automation, post, outcome.0, outcome.1],
    )
    .await?;
    Ok(())
}

/// Gives a turn back that came to nothing. False if there is none.
pub async fn give_back(tx: &mut Tx, automation: AutomationId, post: PostId) -> Result<bool> {
    let gone = tx
        .run(
            "DELETE FROM automation_acts
             WHERE automation_id = $1 AND post_id = $2 AND problem IS NOT NULL",
            args![automation, post],
        )
        .await?;
    Ok(gone == 1)
}

row! {
    /// Something an automation did.
    Act {
        /// To which post.
        post_id: PostId,
        /// Its title.
        title: String,
        /// The issue's key, once known.
        issue_key: Option<IssueKey>,
        /// The link's state; none if it was removed since.
        state: Option<String>,
        /// Why no issue came of it, as a code.
        problem: Option<String>,
        /// When.
        at: Time,
    }
}

/// What it did, newest first; before that act, if given.
pub async fn acts(
    tx: &mut Tx,
    automation: AutomationId,
    before: Option<(Time, PostId)>,
    limit: i64,
) -> Result<Vec<Act>> {
    let (at, post) = before.map_or((i64::MAX, "z".to_owned()), |(at, post)| {
        (at.0, post.stored())
    });
    tx.all(
        "SELECT a.post_id, p.title, l.issue_key, l.state, COALESCE(a.problem, l.problem) AS problem, a.at
         FROM automation_acts a
         JOIN posts p ON p.id = a.post_id
         LEFT JOIN links l ON l.id = a.link_id
         WHERE a.automation_id = $1
           AND (a.at, a.post_id) < ($2, $3)
         ORDER BY a.at DESC, a.post_id DESC
         LIMIT $4",
        args![automation, at, post, limit],
    )
    .await
}

row! {
    /// How often an automation acted.
    Tally {
        /// Which.
        automation_id: AutomationId,
        /// Turns that were taken.
        acts: i64,
        /// Those that came to nothing.
        problems: i64,
    }
}

/// How often each of a project's automations acted.
pub async fn tallies(tx: &mut Tx, project: ProjectId) -> Result<Vec<Tally>> {
    tx.all(
        "SELECT a.automation_id, CAST(COUNT(*) AS BIGINT) AS acts,
                CAST(COUNT(COALESCE(a.problem, CASE WHEN l.state = 'failed' THEN 'failed' END)) AS BIGINT) AS problems
         FROM automation_acts a
         JOIN automations o ON o.id = a.automation_id
         LEFT JOIN links l ON l.id = a.link_id
         WHERE o.project_id = $1
         GROUP BY a.automation_id",
        args![project],
    )
    .await
}

row! {
    /// A post that an automation would act on.
    Match {
        /// The post.
        post_id: PostId,
        /// Its title.
        title: String,
        /// Its board.
        board_id: BoardId,
        /// That board's name.
        board_name: String,
        /// How many voted.
        votes: i64,
        /// Its board has a place where issues are made.
        has_target: bool,
    }
}

/// From posts `p` and boards `b`: what matches. `$1` project, `$2` board, `$3` leave linked ones, `$4` automation,
/// `$5` status or votes.
macro_rules! matching {
    ($what:literal, $reached:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM posts p
             JOIN boards b ON b.id = p.board_id
             WHERE p.project_id = $1
               AND ($2 IS NULL OR p.board_id = $2)
               AND (NOT $3 OR NOT EXISTS
                   (SELECT 1 FROM links l WHERE l.post_id = p.id AND l.state <> 'ended'))
               AND ($4 IS NULL OR NOT EXISTS
                   (SELECT 1 FROM automation_acts a WHERE a.automation_id = $4 AND a.post_id = p.id))
               AND ",
            $reached,
            $rest
        )
    };
}

/// The columns of a [`Match`].
macro_rules! matched {
    ($reached:literal) => {
        matching!(
            "p.id AS post_id, p.title, p.board_id, b.name AS board_name, p.votes,
             CASE WHEN EXISTS (SELECT 1 FROM board_targets t WHERE t.board_id = p.board_id)
                  THEN TRUE ELSE FALSE END AS has_target",
            $reached,
            " ORDER BY p.votes DESC, p.id DESC LIMIT $6"
        )
    };
}

/// Posts that are where the automation wants them and that it has not acted on, most wanted first. `None` for one
/// that is not saved yet counts every post.
pub async fn matches(tx: &mut Tx, of: &Automation, saved: bool, limit: i64) -> Result<Vec<Match>> {
    let id = saved.then_some(of.id);
    if of.reaches == "votes" {
        let args = args![
            of.project_id,
            of.board_id,
            of.skips_linked,
            id,
            of.votes,
            limit
        ];
        return tx.all(matched!("p.votes >= $5"), args).await;
    }
    let args = args![
        of.project_id,
        of.board_id,
        of.skips_linked,
        id,
        of.status_id,
        limit
    ];
    tx.all(matched!("p.status_id = $5"), args).await
}

/// How many those are.
pub async fn count_matches(tx: &mut Tx, of: &Automation, saved: bool) -> Result<i64> {
    let id = saved.then_some(of.id);
    if of.reaches == "votes" {
        let args = args![of.project_id, of.board_id, of.skips_linked, id, of.votes];
        let sql = matching!("CAST(COUNT(*) AS BIGINT) AS n", "p.votes >= $5", "");
        return tx.count(sql, args).await;
    }
    let args = args![
        of.project_id,
        of.board_id,
        of.skips_linked,
        id,
        of.status_id
    ];
    let sql = matching!("CAST(COUNT(*) AS BIGINT) AS n", "p.status_id = $5", "");
    tx.count(sql, args).await
}

/// Whether the post has a link that did not end.
pub async fn is_linked(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<bool> {
    let links = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM links
             WHERE project_id = $1 AND post_id = $2 AND state <> 'ended'",
            args![project, post],
        )
        .await?;
    Ok(links > 0)
}
