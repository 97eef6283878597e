//! Projects: one customer's space each.

use upvow_db::Tx;
use upvow_domain::{
    Caller, ProjectId, Role, Scope,
    board::{self, Slug, StatusKind, Visibility},
};
use upvow_store::{boards, projects, statuses};

use crate::{App, AppError, Result, access, audit};

/// A project as anybody may see it.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its part of the address.
    pub slug: String,
    /// Its name.
    pub name: String,
}

impl From<projects::Project> for Project {
    fn from(row: projects::Project) -> Project {
        Project {
            id: row.id,
            slug: row.slug,
            name: row.name,
        }
    }
}

/// What a new project's posts can be: name, kind, colour, whether it is a column of the roadmap. The first is the
/// default. Each colour is dark enough for white text on it, and for itself as text on white.
const STATUSES: [(&str, StatusKind, &str, bool); 6] = [
    ("Open", StatusKind::Open, "#52606d", false),
    ("Under review", StatusKind::Open, "#8a5a00", false),
    ("Planned", StatusKind::Planned, "#2f5fd0", true),
    ("In progress", StatusKind::Started, "#7b3fc4", true),
    ("Done", StatusKind::Done, "#1b7a43", true),
    ("Closed", StatusKind::Closed, "#8c3a3a", false),
];

/// The project with this slug.
pub async fn by_slug(app: &App, slug: &str) -> Result<Project> {
    let slug = Slug::parse(slug).map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.read().await?;
    let project = projects::by_slug(&mut tx, slug.as_str()).await?;
    Ok(project.ok_or(AppError::NotFound)?.into())
}

/// The first project made here: where `/` leads. `None` before the first owner came.
pub async fn first(app: &App) -> Result<Option<Project>> {
    let mut tx = app.db.read().await?;
    Ok(projects::first(&mut tx).await?.map(Project::from))
}

/// The caller's own project.
pub async fn get(app: &App, caller: &Caller) -> Result<Project> {
    let mut tx = app.db.read().await?;
    let project = projects::find(&mut tx, caller.project).await?;
    Ok(project.ok_or(AppError::NotFound)?.into())
}

/// Makes a project with one board and the usual statuses. For the program: first start and demo.
pub async fn create(app: &App, name: &str) -> Result<Project> {
    let mut tx = app.db.write().await?;
    let project = found(&mut tx, app, name).await?;
    let program = Caller::program(project.id);
    audit::note(
        &mut tx,
        app,
        &program,
        "project.created",
        &project.id.to_string(),
        "",
    )
    .await?;
    tx.commit().await?;
    Ok(project)
}

/// The inner half of [`create`], in a transaction that is open.
pub(crate) async fn found(tx: &mut Tx, app: &App, name: &str) -> Result<Project> {
    let name = board::name("project", name)?;
    let slug = free_slug(tx, &name).await?;
    let id = app.fresh_id();
    let row = projects::Project { id, slug, name };
    projects::insert(tx, &row, app.now()).await?;

    let requests = boards::Board {
        id: app.fresh_id(),
        slug: "features".to_owned(),
        name: "Feature requests".to_owned(),
        description: "What should we build next?".to_owned(),
        visibility: Visibility::Public.name().to_owned(),
        posts: 0,
    };
    boards::insert(tx, id, &requests, app.now()).await?;
    for (place, (name, kind, color, on_roadmap)) in STATUSES.into_iter().enumerate() {
        let status = statuses::Status {
            id: app.fresh_id(),
            name: name.to_owned(),
            kind: kind.name().to_owned(),
            color: color.to_owned(),
            is_default: place == 0,
            on_roadmap,
        };
        statuses::insert(tx, id, &status).await?;
    }
    Ok(row.into())
}

/// A slug made from the name, with a number if others have it already.
async fn free_slug(tx: &mut Tx, name: &str) -> Result<String> {
    let base = Slug::from_name(name);
    for number in 1..100 {
        let slug = numbered(&base, number);
        if projects::by_slug(tx, &slug).await?.is_none() {
            return Ok(slug);
        }
    }
    Err(AppError::Conflict {
        code: "name_taken",
        message: "Very many projects have this name. Choose another one.".to_owned(),
    })
}

/// `features`, `features-2`, `features-3`, no longer than a slug may be.
pub(crate) fn numbered(slug: &Slug, number: u32) -> String {
    if number == 1 {
        return slug.as_str().to_owned();
    }
    let tail = format!("-{number}");
    let room = slug.as_str().len().min(40 - tail.len());
    let head = slug.as_str()[..room].trim_end_matches('-');
    format!("{head}{tail}")
}

/// Renames it. Needs an admin.
pub async fn rename(app: &App, caller: &Caller, name: &str) -> Result<Project> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let name = board::name("name", name)?;
    let mut tx = app.db.write().await?;
    projects::rename(&mut tx, caller.project, &name).await?;
    let project = projects::find(&mut tx, caller.project).await?;
    let project = project.ok_or(AppError::NotFound)?;
    audit::note(
        &mut tx,
        app,
        caller,
        "project.renamed",
        &project.id.to_string(),
        "",
    )
    .await?;
    tx.commit().await?;
    Ok(project.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(color: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn the_usual_statuses_can_be_read() {
        for (name, _, color, _) in STATUSES {
            assert_eq!(board::color(color).unwrap(), color);
            let contrast = 1.05 / (luminance(color) + 0.05);
            assert!(contrast >= 4.5, "{name}: {contrast}");
        }
    }

    #[test]
    fn numbered_slugs_stay_slugs() {
        let long = Slug::from_name(&"a".repeat(60));
        assert_eq!(numbered(&long, 12).len(), 40);
        assert!(Slug::parse(&numbered(&long, 12)).is_ok());
        let dashed = Slug::parse(&format!("{}-bc", "a".repeat(37))).unwrap();
        assert!(Slug::parse(&numbered(&dashed, 2)).is_ok());
        assert_eq!(numbered(&Slug::from_name("Ideas"), 1), "ideas");
    }
}
