//! Links as a table: out as CSV, and in again, first as a dry run.

use std::collections::BTreeMap;

use upvow_domain::{BoardId, Caller, ConnectionId, Invalid, LinkId, PostId, Role, Scope, Time};
use upvow_jira::Issue;
use upvow_store::{connections, links, posts as stored_posts};

use super::{
    at_work, csv,
    make::{read_issue, tie},
};
use crate::{App, AppError, Result, access::need, connect::reach::Reach};

/// The first line of what goes out.
const COLUMNS: [&str; 9] = [
    "post id",
    "post title",
    "post url",
    "site",
    "issue key",
    "issue id",
    "primary",
    "state",
    "last sync",
];
/// So many links at a time.
const BATCH: i64 = 500;
/// So many lines can come in at once: each may ask Jira.
pub const MOST_LINES: usize = 200;
/// More text than that many lines need.
const MOST_BYTES: usize = 256 * 1024;

/// What happens, or happened, to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It will be linked.
    WillLink,
    /// It is linked now.
    Linked,
    /// It was linked before.
    WasThere,
    /// It cannot be, and why.
    Refused(String),
}

/// A line that came in.
#[derive(Debug, Clone)]
pub struct SheetLine {
    /// Its number in the text.
    pub number: usize,
    /// The post's title, or what stood in its place.
    pub post: String,
    /// The issue as it was written.
    pub issue: String,
    /// What happens to it.
    pub fate: Fate,
}

/// A part of the links as CSV, and where the next part begins; the first part has the columns' names. Needs a
/// moderator.
pub async fn export(
    app: &App,
    caller: &Caller,
    board: Option<BoardId>,
    after: Option<LinkId>,
) -> Result<(String, Option<LinkId>)> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let slug = upvow_store::projects::find(&mut tx, caller.project)
        .await?
        .ok_or(AppError::NotFound)?
        .slug;
    let rows = links::sheet(&mut tx, caller.project, board, after, BATCH).await?;
    let mut text = String::new();
    if after.is_none() {
        text.push_str(&csv::line(COLUMNS));
    }
    for row in &rows {
        let post = row.post_id.to_string();
        let url = app.settings.address(&format!("/p/{slug}/posts/{post}"));
        let synced = row.synced_at.map_or_else(String::new, Time::rfc3339);
        text.push_str(&csv::line([
            post.as_str(),
            &row.title,
            &url,
            row.site_url.as_deref().unwrap_or_default(),
            row.issue_key.as_ref().map_or("", |key| key.as_str()),
            row.issue_id.as_ref().map_or("", |id| id.as_str()),
            if row.is_primary { "yes" } else { "no" },
            &row.state,
            &synced,
        ]));
    }
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == BATCH);
    let next = rows.last().filter(|_| full).map(|row| row.id);
    Ok((text, next))
}

/// Links what a CSV says, by the columns `post id` (or `post url`), `issue key` and, with several connections, `site`.
/// Without `apply` nothing is done, and each line tells what would be. Again is no change. Needs a moderator.
pub async fn import(app: &App, caller: &Caller, text: &str, apply: bool) -> Result<Vec<SheetLine>> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let refused = |message: String| AppError::from(Invalid::new("csv", message));
    if text.len() > MOST_BYTES {
        return Err(refused("send at most 256 kB".to_owned()));
    }
    let mut lines = csv::read(text).into_iter();
    let head = lines.next().map(|(_, fields)| fields).unwrap_or_default();
    let place = |name: &str| {
        head.iter()
            .position(|field| field.eq_ignore_ascii_case(name))
    };
    let posts = place("post id").or_else(|| place("post url"));
    let (Some(posts), Some(issues)) = (posts, place("issue key")) else {
        return Err(refused(
            "begin with a line that names the columns: `post id` or `post url`, and `issue key`"
                .to_owned(),
        ));
    };
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() || lines.len() > MOST_LINES {
        return Err(refused(format!("send 1 to {MOST_LINES} lines at once")));
    }
    let sites = place("site");
    let mut reading = Reading {
        app,
        caller,
        connections: connected(app, caller).await?,
        reaches: BTreeMap::new(),
        issues: BTreeMap::new(),
    };
    let mut told = Vec::with_capacity(lines.len());
    for (number, fields) in lines {
        let field = |at: usize| fields.get(at).map_or("", String::as_str);
        let site = sites.map_or("", field);
        let mut line = SheetLine {
            number,
            post: field(posts).to_owned(),
            issue: field(issues).to_owned(),
            fate: Fate::WillLink,
        };
        line.fate = match reading.line(&mut line, site, apply).await {
            Ok(fate) => fate,
            Err(
                error @ (AppError::Invalid(_)
                | AppError::Conflict { .. }
                | AppError::NotFound
                | AppError::Jira(_)),
            ) => Fate::Refused(error.to_string()),
            Err(error) => return Err(error),
        };
        told.push(line);
    }
    Ok(told)
}

/// The active connections with their sites.
async fn connected(app: &App, caller: &Caller) -> Result<Vec<(ConnectionId, String)>> {
    let mut tx = app.db.read().await?;
    let rows = connections::list(&mut tx, caller.project).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.state == "active")
        .map(|row| (row.id, row.site_url.unwrap_or_default()))
        .collect())
}

/// What was learned while reading lines, so that nothing is asked of Jira twice.
struct Reading<'a> {
    app: &'a App,
    caller: &'a Caller,
    connections: Vec<(ConnectionId, String)>,
    reaches: BTreeMap<ConnectionId, Reach>,
    issues: BTreeMap<(ConnectionId, String), std::result::Result<Issue, String>>,
}

impl Reading<'_> {
    async fn line(&mut self, line: &mut SheetLine, site: &str, apply: bool) -> Result<Fate> {
        // An id, or the end of a post's address.
        let id = line.post.rsplit('/').next().unwrap_or_default();
        let id = id.split(['?', '#']).next().unwrap_or_default();
        let Ok(post) = id.parse::<PostId>() else {
            return Ok(Fate::Refused(
                "this is no id or address of a post".to_owned(),
            ));
        };
        let found = {
            let mut tx = self.app.db.read().await?;
            stored_posts::find(&mut tx, self.caller.project, post, None).await?
        };
        match found {
            Some(found) => line.post = found.row.title,
            None => return Ok(Fate::Refused("there is no such post".to_owned())),
        }
        let Some(connection) = self.connection(site) else {
            return Ok(Fate::Refused(match site {
                "" => "several Jira sites are connected: name one in a column `site`".to_owned(),
                site => format!("no active connection is to {site}"),
            }));
        };
        let reach = self.reach(connection).await?;
        let issue = match self.issue(&reach, &line.issue).await? {
            Ok(issue) => issue,
            Err(why) => return Ok(Fate::Refused(why)),
        };
        if apply {
            let (_, is_new) = tie(self.app, self.caller, &reach, post, &issue).await?;
            return Ok(if is_new { Fate::Linked } else { Fate::WasThere });
        }
        let mut tx = self.app.db.read().await?;
        let project = self.caller.project;
        let there = links::of_issue(&mut tx, project, post, connection, &issue.id).await?;
        Ok(match there {
            Some(there) if there.state != "ended" => Fate::WasThere,
            _ => Fate::WillLink,
        })
    }

    fn connection(&self, site: &str) -> Option<ConnectionId> {
        let site = site.trim_end_matches('/');
        let mut fits = self
            .connections
            .iter()
            .filter(|(_, url)| site.is_empty() || url.trim_end_matches('/') == site);
        match (fits.next(), fits.next()) {
            (Some((id, _)), None) => Some(*id),
            _ => None,
        }
    }

    async fn reach(&mut self, connection: ConnectionId) -> Result<Reach> {
        if let Some(reach) = self.reaches.get(&connection) {
            return Ok(reach.clone());
        }
        let mut tx = self.app.db.read().await?;
        let reach = at_work(&mut tx, self.caller, connection).await?;
        self.reaches.insert(connection, reach.clone());
        Ok(reach)
    }

    async fn issue(
        &mut self,
        reach: &Reach,
        named: &str,
    ) -> Result<std::result::Result<Issue, String>> {
        let key = (reach.connection, named.to_ascii_uppercase());
        if let Some(known) = self.issues.get(&key) {
            return Ok(known.clone());
        }
        let read = match read_issue(self.app, reach, named).await {
            Ok(issue) => Ok(issue),
            Err(AppError::Invalid(wrong)) => Err(wrong
                .first()
                .map_or_else(String::new, |one| one.message.clone())),
            Err(other) => return Err(other),
        };
        self.issues.insert(key, read.clone());
        Ok(read)
    }
}
