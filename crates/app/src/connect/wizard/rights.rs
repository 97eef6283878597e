//! What the account that authorised may do in each connected project: asked of Jira each time, never kept.

use upvow_domain::{
    Caller, ConnectionId,
    jira::{JiraProjectId, ProjectKey},
};
use upvow_jira::Permissions;
use upvow_store::connections;

use super::reach;
use crate::{App, Result};

/// What the grant may do in one Jira project.
#[derive(Debug, Clone)]
pub struct Rights {
    /// The project.
    pub project: JiraProjectId,
    /// Its key.
    pub key: ProjectKey,
    /// Its name.
    pub name: String,
    /// Each right we use.
    pub rights: Vec<Right>,
}

/// One right.
#[derive(Debug, Clone)]
pub struct Right {
    /// Jira's name for it in its API: `CREATE_ISSUES`.
    pub permission: &'static str,
    /// And on its screens: `Create issues`.
    pub name: &'static str,
    /// What we use it for.
    pub used_for: &'static str,
    /// What does not work without it.
    pub without: &'static str,
    /// Who in Jira can grant it, and where.
    pub granted_by: &'static str,
    /// Nothing of the daily work needs it.
    pub optional: bool,
    /// Whether the account has it.
    pub granted: bool,
}

/// A right we ask about: everything of [`Right`] that is known beforehand, and where Jira's answer is.
struct Wanted {
    permission: &'static str,
    name: &'static str,
    used_for: &'static str,
    without: &'static str,
    optional: bool,
    granted: fn(&Permissions) -> bool,
}

const WANTED: [Wanted; 6] = [
    Wanted {
        permission: "BROWSE_PROJECTS",
        name: "Browse projects",
        used_for: "Reading the status of linked issues",
        without: "Nothing works: no issue of this project can be linked or followed",
        optional: false,
        granted: |may| may.browse,
    },
    Wanted {
        permission: "CREATE_ISSUES",
        name: "Create issues",
        used_for: "Making issues of posts",
        without: "Posts can only be linked to issues that exist",
        optional: false,
        granted: |may| may.create,
    },
    Wanted {
        permission: "EDIT_ISSUES",
        name: "Edit issues",
        used_for: "Marking issues we made, so that none is made twice",
        without: "An issue whose making was cut short has to be looked for, and that takes longer",
        optional: false,
        granted: |may| may.edit,
    },
    Wanted {
        permission: "TRANSITION_ISSUES",
        name: "Transition issues",
        used_for: "Moving an issue when its post moves",
        without: "Statuses follow from Jira to the board only",
        optional: false,
        granted: |may| may.transition,
    },
    Wanted {
        permission: "LINK_ISSUES",
        name: "Link issues",
        used_for: "Showing the post on the issue",
        without: "Whoever looks at the issue in Jira does not see the post or its votes",
        optional: false,
        granted: |may| may.link,
    },
    Wanted {
        permission: "DELETE_ISSUES",
        name: "Delete issues",
        used_for: "Removing the test issue of this set-up, and never another issue",
        without: "A test issue stays in Jira, labelled, for you to remove",
        optional: true,
        granted: |may| may.delete,
    },
];

/// Both kinds of projects, because whoever lacks a right often cannot see of which kind theirs is.
const GRANTED_BY: &str = "In a company-managed project a Jira administrator, in the project's permission scheme; in a team-managed project its administrator, under Project settings, Access.";

/// What the account may do in each connected project, asked of Jira now. Needs an admin.
pub async fn rights(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<Rights>> {
    let reach = reach(app, caller, id).await?;
    let chosen = {
        let mut tx = app.db.read().await?;
        connections::projects(&mut tx, caller.project, id).await?
    };
    let mut all = Vec::new();
    for project in chosen {
        let number = &project.jira_project_id;
        let may = reach
            .call(app, |at| async move { at.site().permissions(number).await })
            .await?;
        all.push(Rights {
            rights: WANTED.iter().map(|wanted| right(wanted, may)).collect(),
            project: project.jira_project_id,
            key: project.project_key,
            name: project.name,
        });
    }
    Ok(all)
}

fn right(wanted: &Wanted, may: Permissions) -> Right {
    Right {
        permission: wanted.permission,
        name: wanted.name,
        used_for: wanted.used_for,
        without: wanted.without,
        granted_by: GRANTED_BY,
        optional: wanted.optional,
        granted: (wanted.granted)(&may),
    }
}
