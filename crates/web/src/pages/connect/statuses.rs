//! Step 4: which Jira status and which board status go together, and who follows whom.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::{
    boards::{self, Status},
    connect::{
        Connection,
        wizard::{self, MapChoice, MapRow, ProjectMap},
    },
};
use upvow_domain::{
    jira::{JiraProjectId, JiraStatusId},
    rule::Direction,
};

use super::{Step, Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show_as},
        words::count,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route(
        "/p/{project}/settings/connections/{id}/statuses",
        get(ask).post(save),
    )
}

#[derive(Template)]
#[template(path = "connect_statuses.html")]
struct Page {
    frame: Frame,
    way: Way,
    maps: Vec<ProjectMap>,
    statuses: Vec<Status>,
    /// What was chosen and refused.
    typed: Option<Fields>,
    errors: Errors,
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
    fn unmapped(&self) -> Option<String> {
        let rows = self.maps.iter().flat_map(|map| &map.rows);
        let open = rows.filter(|row| row.status.is_none()).count();
        match i64::try_from(open).unwrap_or(i64::MAX) {
            0 => None,
            1 => Some(
                "1 Jira status is not mapped: issues that get it leave their post alone."
                    .to_owned(),
            ),
            open => Some(format!(
                "{} are not mapped: issues that get them leave their post alone.",
                count(open, "Jira status").replace("statuss", "statuses")
            )),
        }
    }
}

/// What a direction is called, as its icon cannot say it to everybody.
fn way_name(way: &Direction) -> &'static str {
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
        Ok(connection) => page(&ctx, &connection, None, Errors::default(), &asked).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: &Connection,
    typed: Option<Fields>,
    mut errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let maps = match wizard::status_map(&ctx.app, &ctx.caller, connection.id).await {
        Ok(maps) => maps,
        Err(error) => {
            errors = Errors::of(error)?;
            Vec::new()
        }
    };
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Match the statuses").with_notice(asked),
        way: Way::of(ctx, connection, Step::Statuses),
        maps,
        statuses: boards::statuses(&ctx.app, &ctx.caller).await?,
        typed,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn save(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let choices = chosen(&fields);
    match wizard::save_status_map(&ctx.app, &ctx.caller, connection.id, &choices).await {
        Ok(()) => Ok(Way::of(&ctx, &connection, Step::Statuses).on()),
        Err(error) => {
            let errors = Errors::of(error)?;
            page(&ctx, &connection, Some(fields), errors, &Asked::default()).await
        }
    }
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
