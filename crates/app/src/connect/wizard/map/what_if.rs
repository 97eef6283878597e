//! What happens if an issue moves: asked before it does, of the saved map or of one that is not saved yet.

use upvow_domain::{
    Caller, ConnectionId, Invalid, PostId, StatusId,
    combination::{Combination, Why},
    jira::{IssueKey, JiraProjectId, JiraStatusId},
    rule::Direction,
};
use upvow_store::{
    rules::{self, Rule},
    voices,
};

use super::{MapChoice, reach, save, statuses};
use crate::{
    App, Result,
    sync::choir::{self, Draft, Score},
};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The issue that moves; `None` asks of any issue that is its post's only one.
    pub issue: Option<&'a IssueKey>,
    /// The Jira project.
    pub project: &'a JiraProjectId,
    /// The status it moves to.
    pub jira_status: &'a JiraStatusId,
    /// Rows that are not saved; `None` asks of those that are.
    pub rows: Option<&'a [MapChoice]>,
    /// A rule for several issues that is not saved; `None` asks of the one that is.
    pub combination: Option<Combination>,
}

/// What would happen.
#[derive(Debug, Clone)]
pub struct WhatIf {
    /// What the row of that status says, in one sentence.
    pub sentence: String,
    /// The board status the row goes with.
    pub status: Option<StatusId>,
    /// Who follows whom there.
    pub direction: Direction,
    /// The posts that are tied to the issue.
    pub posts: Vec<Outcome>,
}

/// What would happen to a post.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The post.
    pub post: PostId,
    /// Its title.
    pub title: String,
    /// How many voted for it.
    pub votes: i64,
    /// Where it is.
    pub from: StatusId,
    /// Where it would be; `None` leaves it where it is.
    pub to: Option<StatusId>,
    /// Why.
    pub why: Why,
    /// In one sentence.
    pub sentence: String,
}

/// What happens if an issue moves to that status. Nothing is written, here or in Jira. Needs an admin.
pub async fn what_if(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    question: &Question<'_>,
) -> Result<WhatIf> {
    let reach = reach(app, caller, id).await?;
    let statuses = statuses(app, &reach, question.project).await?;
    let status = statuses
        .iter()
        .find(|one| one.id == *question.jira_status)
        .ok_or_else(|| Invalid::new("jira_status", "choose a status that the Jira project has"))?;
    let draft = if let Some(rows) = question.rows {
        save::prepare(app, caller, id, rows).await?.1
    } else {
        let mut tx = app.db.read().await?;
        rules::list(&mut tx, caller.project, id).await?
    };
    let row = draft.iter().find(|row| {
        row.jira_project_id == *question.project && row.jira_status_id == *question.jira_status
    });
    let mut tx = app.db.read().await?;
    let saved = Score::read(&mut tx, caller.project).await?;
    let score = saved.with(question.combination.unwrap_or(saved.combination));
    let mut told = of_row(&score, row, &status.name);
    let Some(key) = question.issue else {
        return Ok(told);
    };
    let tied = voices::of_key(&mut tx, caller.project, id, key).await?;
    if tied.is_empty() {
        return Err(Invalid::new("issue", "no post is tied to this issue").into());
    }
    let draft = Draft::new(id, &draft);
    for link in tied {
        if link.jira_project_id.as_ref() != Some(question.project) {
            return Err(
                Invalid::new("jira_status", "choose a status of the issue's own project").into(),
            );
        }
        let Some(post) = voices::standing(&mut tx, caller.project, link.post_id).await? else {
            continue;
        };
        let mut all = voices::of_post(&mut tx, caller.project, link.post_id).await?;
        let is_paused = all
            .iter()
            .any(|one| one.link_id == link.link_id && one.problem.as_deref() == Some("flip_flop"));
        draft.apply(&mut all);
        let was = score.verdict(&all);
        for voice in all.iter_mut().filter(|one| one.link_id == link.link_id) {
            voice.jira_status_id = Some(status.id.clone());
            voice.category = Some(status.category.key().to_owned());
        }
        draft.apply(&mut all);
        let is = score.verdict(&all);
        let leads = is.leader == Some(link.link_id) || was.to != is.to;
        let to = is.to.filter(|_| leads && !is_paused).map(|to| to.status);
        let moved = to.filter(|to| *to != post.status_id);
        let together = choir::tell(&score, &all, is.to.map_or(post.status_id, |to| to.status));
        let effect = match moved {
            Some(to) => format!(
                "moves from {} to {}",
                score.name(post.status_id),
                score.name(to)
            ),
            None => format!("stays {}", score.name(post.status_id)),
        };
        let why = if is_paused {
            " This issue went back and forth too often and is paused; refresh its link first."
                .to_owned()
        } else if all.len() > 1 {
            format!(" {}", together.sentence)
        } else {
            format!(" {}", told.sentence)
        };
        told.posts.push(Outcome {
            post: post.post_id,
            sentence: format!("The post {effect}.{why}"),
            title: post.title,
            votes: post.votes,
            from: post.status_id,
            to: moved,
            why: is.why,
        });
    }
    Ok(told)
}

/// What the row says of an issue that is its post's only one.
fn of_row(score: &Score, row: Option<&Rule>, name: &str) -> WhatIf {
    let status = row.and_then(|row| row.status_id);
    let direction = row
        .and_then(|row| Direction::named(&row.direction))
        .unwrap_or(Direction::Off);
    let sentence = match (status, direction) {
        (None, _) => format!("{name} is not mapped: the post is left alone."),
        (Some(_), Direction::Off) => {
            format!("The row of {name} is off: neither side follows the other.")
        }
        (Some(to), Direction::ToJira) => format!(
            "By the row of {name}, Jira follows the board ({}) and not the other way round.",
            score.name(to)
        ),
        (Some(to), Direction::ToBoard | Direction::Both) => {
            format!("{name} goes with {}.", score.name(to))
        }
    };
    WhatIf {
        sentence,
        status,
        direction,
        posts: Vec::new(),
    }
}
