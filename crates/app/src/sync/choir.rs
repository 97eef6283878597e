//! What all linked issues of a post say together, by the project's rule: who decides, and in one sentence why.

use std::collections::HashMap;

use upvow_db::Tx;
use upvow_domain::{
    Caller, ConnectionId, LinkId, PostId, ProjectId, Role, Scope, StatusId,
    board::StatusKind,
    combination::{self, Combination, Place, Says, Verdict, Why},
    jira::{Category, IssueKey, JiraProjectId, JiraStatusId},
    rule::Direction,
};
use upvow_store::{
    rules::{self, BoardStatus, Rule},
    sync_rules,
    voices::{self, Voice},
};

use crate::{App, AppError, Result, access::need};

/// The project's rule, and the board statuses it goes by.
#[derive(Debug, Clone)]
pub(crate) struct Score {
    pub(crate) combination: Combination,
    board: Vec<BoardStatus>,
}

impl Score {
    /// As saved.
    pub(crate) async fn read(tx: &mut Tx, project: ProjectId) -> Result<Score> {
        Ok(Score {
            combination: combination_of(tx, project).await?,
            board: rules::board_statuses(tx, project).await?,
        })
    }

    /// The same board under another rule.
    pub(crate) fn with(&self, combination: Combination) -> Score {
        Score {
            combination,
            board: self.board.clone(),
        }
    }

    /// What the issues say together.
    pub(crate) fn verdict(&self, voices: &[Voice]) -> Verdict {
        let says: Vec<combination::Voice> = voices
            .iter()
            .map(|voice| combination::Voice {
                link: voice.link_id,
                is_primary: voice.is_primary,
                says: self.says(voice),
            })
            .collect();
        let begun = self
            .board
            .iter()
            .find(|status| StatusKind::named(&status.kind) == Some(StatusKind::Started));
        combination::combine(self.combination, &says, begun.and_then(place))
    }

    /// The name of a board status.
    pub(crate) fn name(&self, id: StatusId) -> &str {
        self.board
            .iter()
            .find(|status| status.id == id)
            .map_or("", |status| status.name.as_str())
    }

    fn says(&self, voice: &Voice) -> Says {
        if voice.jira_status_id.is_none() {
            return Says::Unread;
        }
        let direction = voice
            .direction
            .as_deref()
            .and_then(Direction::named)
            .unwrap_or(Direction::Off);
        let at = voice
            .status_id
            .and_then(|id| self.board.iter().find(|status| status.id == id))
            .and_then(place);
        match at {
            Some(place) if direction != Direction::Off => Says::At {
                place,
                moves: direction.moves_board(),
            },
            _ => Says::Unmapped {
                is_done: voice.category.as_deref().map(Category::from_key) == Some(Category::Done),
            },
        }
    }

    /// Whether the issue has come to the end of its way: by the map, or by Jira's own reckoning.
    fn is_done(&self, voice: &Voice) -> bool {
        match self.says(voice) {
            Says::At { place, .. } => place.kind.is_resolved(),
            Says::Unmapped { is_done } => is_done,
            Says::Unread => false,
        }
    }
}

/// The rule of a project that chose none is the primary one.
pub(crate) async fn combination_of(tx: &mut Tx, project: ProjectId) -> Result<Combination> {
    let name = sync_rules::combination(tx, project).await?;
    Ok(name
        .as_deref()
        .and_then(Combination::named)
        .unwrap_or(Combination::Primary))
}

fn place(status: &BoardStatus) -> Option<Place> {
    Some(Place {
        kind: StatusKind::named(&status.kind)?,
        position: status.position,
        status: status.id,
    })
}

/// A map that is not saved, in place of the one that is: rows by Jira project and status.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    connection: ConnectionId,
    rows: HashMap<(JiraProjectId, JiraStatusId), Rule>,
}

impl Draft {
    /// These rows for this connection.
    pub(crate) fn new(connection: ConnectionId, rows: &[Rule]) -> Draft {
        Draft {
            connection,
            rows: rows
                .iter()
                .map(|row| {
                    let key = (row.jira_project_id.clone(), row.jira_status_id.clone());
                    (key, row.clone())
                })
                .collect(),
        }
    }

    /// Has the voices of the connection read from these rows.
    pub(crate) fn apply(&self, voices: &mut [Voice]) {
        for voice in voices
            .iter_mut()
            .filter(|voice| voice.connection_id == self.connection)
        {
            let row = voice
                .jira_project_id
                .clone()
                .zip(voice.jira_status_id.clone())
                .and_then(|key| self.rows.get(&key));
            voice.status_id = row.and_then(|row| row.status_id);
            voice.direction = row.map(|row| row.direction.clone());
            voice.jira_status_name = row.map(|row| row.jira_status_name.clone());
        }
    }
}

/// What decides a post's status among its linked issues, for members.
#[derive(Debug, Clone)]
pub struct Together {
    /// The project's rule.
    pub combination: Combination,
    /// How many issues are heard.
    pub issues: usize,
    /// How many of them are done.
    pub done: usize,
    /// The issue that decides.
    pub leader: Option<LinkId>,
    /// Its key.
    pub leader_key: Option<IssueKey>,
    /// The board status that it gives; none leaves the post where it is.
    pub status: Option<StatusId>,
    /// Why.
    pub why: Why,
    /// All of that in one sentence.
    pub sentence: String,
}

/// What the linked issues of a post say together. `None` with fewer than two issues. Needs a moderator.
pub async fn together(app: &App, caller: &Caller, post: PostId) -> Result<Option<Together>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let standing = voices::standing(&mut tx, caller.project, post).await?;
    let standing = standing.ok_or(AppError::NotFound)?;
    let all = voices::of_post(&mut tx, caller.project, post).await?;
    if all.len() < 2 {
        return Ok(None);
    }
    let score = Score::read(&mut tx, caller.project).await?;
    Ok(Some(tell(&score, &all, standing.status_id)))
}

/// The sentence and what is in it. `status` is the post's own.
pub(crate) fn tell(score: &Score, voices: &[Voice], status: StatusId) -> Together {
    let verdict = score.verdict(voices);
    let leader = verdict
        .leader
        .and_then(|id| voices.iter().find(|voice| voice.link_id == id));
    let done = voices.iter().filter(|voice| score.is_done(voice)).count();
    let to = verdict.to.map(|place| place.status);
    let counted = counted(done, voices.len());
    let rest = reason(score, &verdict, leader, done == voices.len());
    let since = match to {
        Some(to) if to != status => "; it was moved on the board since",
        _ => "",
    };
    Together {
        combination: score.combination,
        issues: voices.len(),
        done,
        leader: verdict.leader,
        leader_key: leader.and_then(|voice| voice.issue_key.clone()),
        status: to,
        why: verdict.why,
        sentence: format!("{counted}; {rest}{since}."),
    }
}

/// `Two of 3 issues are done`.
fn counted(done: usize, issues: usize) -> String {
    match (done, issues) {
        (0, 1) => "The issue is not done".to_owned(),
        (1, 1) => "The issue is done".to_owned(),
        (2, 2) => "Both issues are done".to_owned(),
        (0, 2) => "Neither issue is done".to_owned(),
        (0, _) => format!("None of {issues} issues is done"),
        (1, _) => format!("One of {} issues is done", small(issues)),
        (all, _) if all == issues => format!("All {} issues are done", small(issues)),
        (some, _) => format!(
            "{} of {} issues are done",
            capital(&small(some)),
            small(issues)
        ),
    }
}

/// `the post follows the one furthest behind, KITE-12: In Progress`.
fn reason(score: &Score, verdict: &Verdict, leader: Option<&Voice>, all_done: bool) -> String {
    let named = leader.map_or_else(|| "an issue".to_owned(), named);
    match (verdict.why, score.combination) {
        (Why::Follows, Combination::Primary) => {
            format!("the post follows the primary one, {named}")
        }
        (Why::Follows, Combination::AllDone) if all_done => "and so is the post".to_owned(),
        (Why::Follows, Combination::AllDone) => {
            format!("until all are, the post follows the one furthest ahead of the others, {named}")
        }
        (Why::Follows, Combination::FurthestAhead) => {
            format!("the post follows the one furthest ahead, {named}")
        }
        (Why::Follows, Combination::FurthestBehind) => {
            format!("the post follows the one furthest behind, {named}")
        }
        (Why::CountsAsBegun, _) => {
            let begun = verdict.to.map_or("", |place| score.name(place.status));
            format!("until all are, the post shows that work has begun: {begun}")
        }
        (Why::BoardLeads, _) => format!(
            "{named} decides, and there Jira follows the board, so the post stays where it is"
        ),
        (Why::Unmapped, _) => {
            format!("{named} stands in a status that is not mapped, so the post stays where it is")
        }
        (Why::Unread, _) => format!("{named} was not read yet, so the post waits"),
        (Why::Nobody, _) => "the post stays where it is".to_owned(),
    }
}

/// `KITE-12: In Progress`.
fn named(voice: &Voice) -> String {
    let key = voice
        .issue_key
        .as_ref()
        .map_or("a new issue", IssueKey::as_str);
    match &voice.jira_status_name {
        Some(status) => format!("{key}: {status}"),
        None => key.to_owned(),
    }
}

/// Small numbers are words.
fn small(number: usize) -> String {
    const WORDS: [&str; 10] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    WORDS
        .get(number)
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_uppercase(), letters.as_str())
    })
}
