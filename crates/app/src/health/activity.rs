//! What the jobs of a connection did, attempt by attempt: ids, codes and numbers.

use upvow_domain::{
    AttemptId, Caller, ConnectionId, JobId, LinkId, PostId, Role, Scope, Time,
    jira::IssueKey,
    page::{Page, PageOf},
};
use upvow_store::attempts::{self as stored, Wanted};

use super::{causes::sentence, problems};
use crate::{
    App, Result,
    access::need,
    cursor::Cursor,
    jobs::{Kind, Outcome},
};

/// The letter of this list's cursors.
const LIST: u8 = b'a';
/// An export ends after this many rows: it is for a spreadsheet.
pub const MOST_EXPORTED: usize = 10_000;

/// Which attempts are asked for; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What was to be done: one of [`kinds`].
    pub kind: Option<&'static str>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// About this link.
    pub link: Option<LinkId>,
    /// About links to this issue.
    pub key: Option<IssueKey>,
    /// Not before.
    pub since: Option<Time>,
}

/// One run of a job.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// When it ended.
    pub at: Time,
    /// What was to be done.
    pub kind: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, if it was not simply done.
    pub code: Option<String>,
    /// A sentence for that code.
    pub text: Option<String>,
    /// The HTTP status of Jira's last answer.
    pub http_status: Option<i64>,
    /// How many calls were made.
    pub calls: i64,
    /// How many of them changed something in Jira.
    pub writes: i64,
    /// Which attempt of its job it was, from 1.
    pub number: i64,
    /// How long it took, in milliseconds.
    pub took: i64,
    /// The job: the same for all its attempts.
    pub job: JobId,
    /// About which link.
    pub link: Option<LinkId>,
    /// The link's post, while the link is there.
    pub post: Option<PostId>,
    /// The issue's key, while the link is there.
    pub key: Option<IssueKey>,
}

/// The names of all kinds of work.
pub fn kinds() -> Vec<&'static str> {
    Kind::ALL.into_iter().map(Kind::name).collect()
}

/// The kind of that name, if there is such work.
pub fn kind(name: &str) -> Option<&'static str> {
    Kind::named(name).map(Kind::name)
}

/// What was done, newest first. Needs an admin.
pub async fn list(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    filter: &Filter,
    page: &PageOf,
) -> Result<Page<Attempt>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let after = Cursor::of(page, LIST)?.map(Cursor::id);
    let limit = page.rows();
    let wanted = Wanted {
        kind: filter.kind,
        outcome: filter.outcome.map(Outcome::name),
        link: filter.link,
        key: filter.key.clone(),
        since: filter.since,
    };
    let mut tx = app.db.read().await?;
    problems::find(&mut tx, caller, id).await?;
    let rows = stored::list(&mut tx, caller.project, id, &wanted, after, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| Cursor::by_id(LIST, row.id));
    Ok(page.map(attempt))
}

fn attempt(row: stored::Attempt) -> Attempt {
    Attempt {
        id: row.id,
        at: row.at,
        kind: row.kind,
        // A newer version may have written what this one does not know.
        outcome: Outcome::named(&row.outcome).unwrap_or(Outcome::Done),
        text: row.code.as_deref().map(sentence),
        code: row.code,
        http_status: row.http_status,
        calls: row.calls,
        writes: row.writes,
        number: row.number,
        took: row.took,
        job: row.job_id,
        link: row.link_id,
        post: row.post_id,
        key: row.issue_key,
    }
}

/// The head of the export.
pub const CSV_HEAD: &str =
    "at,kind,outcome,code,http_status,calls,writes,attempt,took_ms,issue,link,post,job\r\n";

impl Attempt {
    /// Its line of the export.
    pub fn csv(&self) -> String {
        let number = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
        let cells = [
            self.at.rfc3339(),
            self.kind.clone(),
            self.outcome.name().to_owned(),
            self.code.clone().unwrap_or_default(),
            number(self.http_status),
            self.calls.to_string(),
            self.writes.to_string(),
            self.number.to_string(),
            self.took.to_string(),
            self.key
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            self.link.map_or_else(String::new, |id| id.to_string()),
            self.post.map_or_else(String::new, |id| id.to_string()),
            self.job.to_string(),
        ];
        let mut line = cells.map(|text| cell(&text)).join(",");
        line.push_str("\r\n");
        line
    }
}

/// A cell that a spreadsheet shows and never computes.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let plain = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if plain.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", plain.replace('"', "\"\""))
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_computes_nothing_of_it() {
        assert_eq!(cell("DEMO-1"), "DEMO-1");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell("-1\",2"), "\"'-1\"\",2\"");
        assert_eq!(cell("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn every_kind_of_work_is_known_by_its_name() {
        for name in kinds() {
            assert_eq!(kind(name), Some(name));
        }
        assert_eq!(kind("nothing"), None);
    }
}
