//! The linked-issues panel of a post: links, and where issues can be made. Nothing here asks Jira; what an issue says of
//! itself is fetched by the open page and never stored.

use upvow_app::{
    AppError,
    connect::{self, Connection, Target, wizard},
    posts::Post,
    sync::{
        choir,
        links::{self, Link, LinkState},
    },
};
use upvow_domain::{Role, Time};

use super::words::When;
use crate::{Ctx, PageError};

/// The panel.
pub(super) struct Panel {
    pub(super) links: Vec<Link>,
    /// What several issues say together, in one sentence.
    pub(super) together: Option<String>,
    /// The connections that links can be made by.
    pub(super) connections: Vec<Connection>,
    /// Where this post's board has its issues made.
    pub(super) target: Option<Destination>,
    /// May connect Jira, if nobody did yet.
    pub(super) may_connect: bool,
    now: Time,
}

/// A project and type in Jira, with their names.
pub(super) struct Destination {
    pub(super) connection: String,
    pub(super) jira_project: String,
    pub(super) project_key: String,
    pub(super) issue_type: String,
    pub(super) issue_type_name: String,
}

impl Panel {
    /// Reads the panel of a post.
    pub(super) async fn read(ctx: &Ctx, post: &Post) -> Result<Panel, PageError> {
        let (app, caller) = (&ctx.app, &ctx.caller);
        let connections = connect::usable(app, caller).await?;
        let targets = match wizard::targets(app, caller).await {
            Ok(targets) => targets,
            // Who may not read where issues go chooses by hand.
            Err(AppError::Forbidden { .. }) => Vec::new(),
            Err(other) => return Err(other.into()),
        };
        let target = targets
            .iter()
            .find(|target| target.board == post.row.board_id)
            .and_then(|target| destination(target, &connections));
        Ok(Panel {
            links: links::list(app, caller, post.row.id).await?,
            together: choir::together(app, caller, post.row.id)
                .await?
                .map(|together| together.sentence),
            connections,
            target,
            may_connect: caller.at_least(Role::Admin),
            now: app.now(),
        })
    }

    /// How the state of a link is told: a class and a word.
    pub(super) fn state(&self, link: &Link) -> (&'static str, &'static str) {
        match link.state {
            LinkState::Creating if link.problem.is_some() => ("warn", "Still trying"),
            LinkState::Creating => ("calm", "Being made"),
            LinkState::Active if link.problem.is_some() => ("warn", "Needs a look"),
            LinkState::Active => ("ok", "In step"),
            LinkState::Failed => ("bad", "Not in step"),
            LinkState::Gone => ("plain", "Deleted in Jira"),
            LinkState::Ended => ("plain", "Connection ended"),
        }
    }

    /// Whether the link can still be compared with Jira.
    pub(super) fn is_alive(&self, link: &Link) -> bool {
        !matches!(link.state, LinkState::Gone | LinkState::Ended)
    }

    /// Whether Jira refused it for its fields.
    pub(super) fn waits_for_fields(&self, link: &Link) -> bool {
        link.state == LinkState::Failed && link.problem.as_deref() == Some("create_refused")
    }

    pub(super) fn is_making(&self, link: &Link) -> bool {
        link.state == LinkState::Creating
    }

    pub(super) fn category(&self, link: &Link) -> &'static str {
        link.category
            .map_or("undefined", upvow_domain::jira::Category::key)
    }

    pub(super) fn synced(&self, link: &Link) -> Option<When> {
        link.synced_at.map(|at| When::new(at, self.now))
    }

    /// What a connection is called.
    pub(super) fn site(&self, connection: &Connection) -> String {
        site(connection)
    }
}

/// What a connection is called.
pub(super) fn site(connection: &Connection) -> String {
    connection
        .site_name
        .clone()
        .unwrap_or_else(|| "Jira".to_owned())
}

fn destination(target: &Target, connections: &[Connection]) -> Option<Destination> {
    let connection = connections.iter().find(|one| one.id == target.connection)?;
    let project = connection
        .projects
        .iter()
        .find(|one| one.id == target.jira_project)?;
    Some(Destination {
        connection: connection.id.to_string(),
        jira_project: project.id.to_string(),
        project_key: project.key.to_string(),
        issue_type: target.issue_type.to_string(),
        issue_type_name: target.issue_type_name.clone(),
    })
}
