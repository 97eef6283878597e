//! Which Jira status and which board status go together, and who follows whom: the map, what happens if an issue moves,
//! and what a save would change.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    boards::{self, Status},
    connect::{
        Connection,
        wizard::{
            self, Astray, Difference, MapChoice, MapHead, MapRow, MapSave, ProjectMap, Question,
            WhatIf,
        },
    },
};
use upvow_domain::{
    Invalid, StatusId,
    combination::Combination,
    jira::{IssueKey, JiraProjectId, JiraStatusId},
    rule::Direction,
};

use super::{Step, Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show, show_as},
        words::count,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(
            "/p/{project}/settings/connections/{id}/statuses",
            get(ask).post(save),
        )
        .route(
            "/p/{project}/settings/connections/{id}/statuses/what-if",
            post(what_if),
        )
}

#[derive(Template)]
#[template(path = "connect_statuses.html")]
struct Page {
    frame: Frame,
    way: Way,
    maps: Vec<ProjectMap>,
    head: MapHead,
    statuses: Vec<Status>,
    /// What was chosen and refused, or asked about.
    typed: Option<Fields>,
    /// The answer to "what happens if".
    told: Option<WhatIf>,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "connect_statuses_review.html")]
struct Review {
    frame: Frame,
    way: Way,
    found: Difference,
    keys: Vec<(JiraProjectId, String)>,
    statuses: Vec<Status>,
    fields: Vec<(String, String)>,
}

impl Page {
    /// The name of a row's fields.
    fn key(&self, map: &ProjectMap, row: &MapRow) -> String {
        format!("{}-{}", map.project, row.jira_status)
    }

    fn is_status(&self, map: &ProjectMap, row: &MapRow, status: &Status) -> bool {
        match &self.typed {
            Some(typed) => {
                typed.get(&format!("status-{}", self.key(map, row))) == status.id.to_string()
            }
            None => row.status == Some(status.id),
        }
    }

    fn is_way(&self, map: &ProjectMap, row: &MapRow, way: &Direction) -> bool {
        match &self.typed {
            Some(typed) => typed.get(&format!("way-{}", self.key(map, row))) == way.name(),
            None if row.status.is_none() => *way == Direction::Off,
            None => row.direction == *way,
        }
    }

    fn is_suggested(&self, row: &MapRow) -> bool {
        row.suggested && row.status.is_some() && self.typed.is_none()
    }

    /// `2 Jira statuses are not mapped`.
    fn unmapped(&self, map: &ProjectMap) -> Option<String> {
        match map.unmapped() {
            0 => None,
            1 => Some(
                "1 status is not mapped: issues that get it leave their post alone.".to_owned(),
            ),
            open => Some(format!(
                "{open} statuses are not mapped: issues that get them leave their post alone."
            )),
        }
    }

    fn is_combination(&self, rule: &Combination) -> bool {
        match self.typed.as_ref().map(|typed| typed.get("combination")) {
            Some(name) if !name.is_empty() => name == rule.name(),
            _ => self.head.combination == *rule,
        }
    }

    /// Whether the row moves issues: then its step can be sent along with something.
    fn has_step(&self, row: &MapRow) -> bool {
        !self.way.is_setup && !row.suggested && row.status.is_some() && row.direction.moves_jira()
    }

    fn asked(&self, name: &str) -> &str {
        self.typed.as_ref().map_or("", |typed| typed.get(name))
    }

    fn is_asked(&self, map: &ProjectMap, row: &MapRow) -> bool {
        self.asked("if_status") == format!("{} {}", map.project, row.jira_status)
    }

    fn astray_words(&self, map: &ProjectMap) -> String {
        let issues = i64::try_from(map.astray.len()).unwrap_or(i64::MAX);
        format!(
            "{} in a status that is not mapped",
            count(issues, "linked issue")
        )
    }

    fn key_of(&self, issue: &Astray) -> String {
        issue
            .key
            .as_ref()
            .map_or_else(|| "An issue".to_owned(), ToString::to_string)
    }

    fn status_name(&self, id: &StatusId) -> &str {
        name_of(&self.statuses, *id)
    }
}

impl Review {
    /// `In Progress: Planned, both` before and after.
    fn goes(&self, goes: Option<&(Option<StatusId>, Direction)>) -> String {
        match goes {
            None => "Not in the map".to_owned(),
            Some((None, _)) => "Not mapped".to_owned(),
            Some((Some(status), way)) => {
                format!("{} · {}", name_of(&self.statuses, *status), way_name(way))
            }
        }
    }

    fn key(&self, project: &JiraProjectId) -> &str {
        let known = self.keys.iter().find(|(id, _)| id == project);
        known.map_or("", |(_, key)| key.as_str())
    }

    fn status_name(&self, id: &StatusId) -> &str {
        name_of(&self.statuses, *id)
    }

    fn posts(&self) -> String {
        match self.found.posts.len() {
            0 => "No post changes its status by this.".to_owned(),
            1 => "1 post would have another status by the new map:".to_owned(),
            many => format!("{many} posts would have another status by the new map:"),
        }
    }
}

fn name_of(statuses: &[Status], id: StatusId) -> &str {
    let known = statuses.iter().find(|status| status.id == id);
    known.map_or("A removed status", |status| status.name.as_str())
}

/// What a rule for several issues is called, and what it does.
pub(super) fn rule_words(rule: &Combination) -> (&'static str, &'static str) {
    match rule {
        Combination::Primary => (
            "The primary issue decides",
            "The post follows the issue with the star, and the other issues follow the post.",
        ),
        Combination::AllDone => (
            "Done when all are done",
            "Until then the post follows the issue furthest ahead; one that is done counts as begun.",
        ),
        Combination::FurthestAhead => (
            "The one furthest ahead",
            "As soon as one issue is started or done, so is the post.",
        ),
        Combination::FurthestBehind => (
            "The one furthest behind",
            "The post waits for the slowest of its issues.",
        ),
    }
}

/// What a direction is called, as its icon cannot say it to everybody.
pub(super) fn way_name(way: &Direction) -> &'static str {
    match way {
        Direction::Both => "Both follow each other",
        Direction::ToBoard => "The board follows Jira",
        Direction::ToJira => "Jira follows the board",
        Direction::Off => "Neither follows",
    }
}

fn way_icon(way: &Direction) -> &'static str {
    match way {
        Direction::Both => "both",
        Direction::ToBoard => "right",
        Direction::ToJira => "left",
        Direction::Off => "off",
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match with_projects(&ctx, &connection).await? {
        Ok(connection) => {
            let shown = Shown {
                asked,
                ..Shown::default()
            };
            page(&ctx, &connection, shown).await
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// What a page shows beside the map.
#[derive(Default)]
struct Shown {
    asked: Asked,
    typed: Option<Fields>,
    told: Option<WhatIf>,
    errors: Errors,
}

async fn page(ctx: &Ctx, connection: &Connection, shown: Shown) -> Result<Response, PageError> {
    let Shown {
        asked,
        typed,
        told,
        mut errors,
    } = shown;
    let (app, caller) = (&ctx.app, &ctx.caller);
    let maps = match wizard::status_map(app, caller, connection.id).await {
        Ok(maps) => maps,
        Err(error) => {
            errors = Errors::of(error)?;
            Vec::new()
        }
    };
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Match the statuses").with_notice(&asked),
        way: Way::of(ctx, connection, Step::Statuses),
        maps,
        head: wizard::map_head(app, caller, connection.id).await?,
        statuses: boards::statuses(app, caller).await?,
        typed,
        told,
        errors,
    };
    show_as(page.errors.status(), &page)
}

/// The first save is a save. A later one shows what it changes, and waits for a yes.
async fn save(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match try_save(&ctx, &connection, &fields).await {
        Ok(answer) => Ok(answer),
        Err(PageError(error)) => {
            let shown = Shown {
                errors: Errors::of(error)?,
                typed: Some(fields),
                ..Shown::default()
            };
            page(&ctx, &connection, shown).await
        }
    }
}

async fn try_save(
    ctx: &Ctx,
    connection: &Connection,
    fields: &Fields,
) -> Result<Response, PageError> {
    let (app, caller, id) = (&ctx.app, &ctx.caller, connection.id);
    let rows = chosen(fields);
    let save = MapSave {
        rows: &rows,
        combination: Combination::named(fields.get("combination")),
        base: fields.id("version"),
        move_posts: fields.is_on("move_posts"),
    };
    let way = Way::of(ctx, connection, Step::Statuses);
    if !fields.is_on("confirmed") {
        let found = wizard::map_difference(app, caller, id, &save).await?;
        if !found.is_first && !found.is_empty() {
            let kept = fields
                .iter()
                .filter(|(name, _)| !name.starts_with("if_"))
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
            return show(&Review {
                frame: Frame::of(ctx, Part::Settings, "What this changes"),
                found,
                keys: connection
                    .projects
                    .iter()
                    .map(|project| (project.id.clone(), project.key.to_string()))
                    .collect(),
                statuses: boards::statuses(app, caller).await?,
                fields: kept.collect(),
                way,
            });
        }
    }
    wizard::save_map(app, caller, id, &save).await?;
    if way.is_setup {
        return Ok(way.on());
    }
    Ok(Redirect::to(&format!("{}/statuses?done=saved", way.base)).into_response())
}

/// The same page with an answer, and with the rows as they stand in the form.
async fn what_if(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let mut shown = Shown::default();
    if fields.get("if_status").is_empty() {
        // Back from looking at what a save changes.
        shown.typed = Some(fields);
        return page(&ctx, &connection, shown).await;
    }
    match told(&ctx, &connection, &fields).await {
        Ok(told) => shown.told = Some(told),
        Err(PageError(error)) => shown.errors = Errors::of(error)?,
    }
    shown.typed = Some(fields);
    page(&ctx, &connection, shown).await
}

async fn told(ctx: &Ctx, connection: &Connection, fields: &Fields) -> Result<WhatIf, PageError> {
    let key = fields.get("if_issue").trim().to_uppercase();
    let issue = match key.as_str() {
        "" => None,
        key => Some(IssueKey::parse(key).map_err(|_| {
            Invalid::new("if_issue", "enter the key of a linked issue, like DEMO-12")
        })?),
    };
    let (project, status) = fields.get("if_status").split_once(' ').unwrap_or_default();
    let choose = |_| Invalid::new("if_status", "choose a status");
    let rows = chosen(fields);
    let question = Question {
        issue: issue.as_ref(),
        project: &JiraProjectId::parse(project).map_err(choose)?,
        jira_status: &JiraStatusId::parse(status).map_err(choose)?,
        rows: Some(&rows),
        combination: Combination::named(fields.get("combination")),
    };
    Ok(wizard::what_if(&ctx.app, &ctx.caller, connection.id, &question).await?)
}

/// The rows of a sent form: `status-<project>-<status>` and `way-<project>-<status>`.
fn chosen(fields: &Fields) -> Vec<MapChoice> {
    fields
        .iter()
        .filter_map(|(name, value)| {
            let key = name.strip_prefix("status-")?;
            let (project, jira_status) = key.split_once('-')?;
            let status = value.parse().ok();
            let direction = match status {
                Some(_) => Direction::named(fields.get(&format!("way-{key}")))?,
                None => Direction::Off,
            };
            Some(MapChoice {
                project: JiraProjectId::parse(project).ok()?,
                jira_status: JiraStatusId::parse(jira_status).ok()?,
                status,
                direction,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_reads_back_from_its_form() {
        let status = "status_00000000000000000000000000000001";
        let fields = Fields::of(
            [
                ("status-10000-3", status),
                ("way-10000-3", "to_board"),
                ("status-10000-4", ""),
                ("way-10000-4", "both"),
                ("status-../x-4", status),
                ("other", "x"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        );
        let rows = chosen(&fields);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].direction, Direction::ToBoard);
        assert_eq!(rows[0].status.unwrap().to_string(), status);
        // Without a board status there is nobody to follow.
        assert_eq!((rows[1].status, rows[1].direction), (None, Direction::Off));
    }
}
