//! What stands around every page: title, bar, notice.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use upvow_app::{App, AppError, Mail, projects::Project};
use upvow_domain::Role;

use super::{fields::Asked, words::initial};
use crate::{Ctx, PageError, Visit, assets};

/// Which part of the product a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Lists of posts, and posts.
    Posts,
    /// The roadmap.
    Roadmap,
    /// Everything below settings.
    Settings,
    /// None of these.
    Other,
}

/// The frame.
pub(crate) struct Frame {
    /// The page's own title.
    pub(crate) title: String,
    /// Which part of the bar is marked.
    pub(crate) part: Part,
    /// The project, if the page is in one.
    pub(crate) project: Option<Project>,
    /// Whoever is signed in.
    pub(crate) who: Option<Who>,
    /// May triage and sees members' matters.
    pub(crate) is_member: bool,
    /// May change settings.
    pub(crate) is_admin: bool,
    /// Owns the project, and answers for its privacy.
    pub(crate) is_owner: bool,
    /// What was just done.
    pub(crate) notice: Option<&'static str>,
    /// Where we are, to come back to after signing in.
    pub(crate) path: String,
    /// Who runs this.
    pub(crate) operator: String,
    /// Where privacy questions go.
    pub(crate) contact: String,
    /// The demo shows its letters on a page.
    pub(crate) has_outbox: bool,
    /// Made without knowing who reads.
    pub is_alone: bool,
}

/// Whoever is signed in.
pub(crate) struct Who {
    /// Their name on the board.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
    /// The letter in their circle.
    pub(crate) initial: String,
}

impl Frame {
    /// The frame of a page in a project.
    pub(crate) fn of(ctx: &Ctx, part: Part, title: impl Into<String>) -> Frame {
        Frame {
            part,
            project: Some(ctx.project.clone()),
            who: ctx.me.as_ref().map(|me| Who {
                name: me.name.clone(),
                email: me.email.expose().to_owned(),
                initial: initial(Some(&me.name)),
            }),
            is_member: ctx.caller.at_least(Role::Moderator),
            is_admin: ctx.caller.at_least(Role::Admin),
            is_owner: ctx.caller.at_least(Role::Owner),
            path: without_notice(&ctx.path),
            ..Frame::bare(&ctx.app, title)
        }
    }

    /// The frame of a page outside of projects.
    pub(crate) fn outside(visit: &Visit, title: impl Into<String>) -> Frame {
        Frame {
            path: without_notice(&visit.path),
            ..Frame::bare(&visit.app, title)
        }
    }

    fn bare(app: &App, title: impl Into<String>) -> Frame {
        Frame {
            operator: app.settings.operator.clone(),
            contact: app.settings.contact.clone(),
            has_outbox: matches!(app.mail, Mail::Outbox(_)),
            is_alone: false,
            ..Frame::alone(title)
        }
    }

    /// The frame of a page that knows nothing of where it is: a refusal.
    pub(crate) fn alone(title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            part: Part::Other,
            project: None,
            who: None,
            is_member: false,
            is_admin: false,
            is_owner: false,
            notice: None,
            path: "/".to_owned(),
            operator: String::new(),
            contact: String::new(),
            has_outbox: false,
            is_alone: true,
        }
    }

    /// Tells what was just done, if the address says so. Only sentences of ours are shown, never words of the address.
    pub(crate) fn with_notice(mut self, asked: &Asked) -> Frame {
        self.notice = notice(asked.0.get("done"));
        self
    }

    /// `/p/acme`, or nothing outside of projects.
    pub(crate) fn base(&self) -> String {
        self.project
            .as_ref()
            .map_or_else(String::new, |project| format!("/p/{}", project.slug))
    }

    /// Whether the bar offers to sign in: not where that is what the page is for, and not where nobody knows who reads.
    pub(crate) fn offers_sign_in(&self) -> bool {
        !self.is_alone
            && !["/sign-in", "/claim", "/welcome", "/invited"]
                .iter()
                .any(|own| self.path.starts_with(own))
    }

    pub(crate) fn is_posts(&self) -> bool {
        self.part == Part::Posts
    }

    pub(crate) fn is_roadmap(&self) -> bool {
        self.part == Part::Roadmap
    }

    pub(crate) fn is_settings(&self) -> bool {
        self.part == Part::Settings
    }

    /// Where the mark leads.
    pub(crate) fn home(&self) -> String {
        self.project
            .as_ref()
            .map_or_else(|| "/".to_owned(), |project| format!("/p/{}", project.slug))
    }

    /// What the mark is called.
    pub(crate) fn name(&self) -> &str {
        self.project
            .as_ref()
            .map_or("Upvow", |project| project.name.as_str())
    }

    /// The address of a file of the design.
    pub(crate) fn file(&self, name: &str) -> String {
        assets::url(name)
    }
}

/// The address without what was just done: coming back must not tell it again.
fn without_notice(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.starts_with("done="))
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

fn notice(code: &str) -> Option<&'static str> {
    Some(match code {
        "posted" => "Your idea is posted, and your vote is on it.",
        "saved" => "Saved.",
        "commented" => "Your comment is posted.",
        "comment_removed" => "The comment is removed.",
        "post_removed" => "The post is removed.",
        "status" => "The status is changed. Linked issues follow in a moment.",
        "told" => "Letters to the voters are on their way.",
        "not_told" => "Nobody is told.",
        "automation_removed" => "The automation is removed. What it made stays.",
        "moved" => "The post is on its new board.",
        "issue" => "The issue is being made in Jira.",
        "linked" => "The issue is linked.",
        "unlinked" => "The issue is unlinked.",
        "refreshed" => "Comparing with Jira now.",
        "primary" => "This issue now counts where only one can.",
        "signed_out" => "You are signed out.",
        "session_ended" => "That session is ended.",
        "password" => "Your password is set. Other sessions are ended.",
        "invited" => "They are a member now, and a sign-in link is on its way.",
        "role" => "The role is changed.",
        "member_removed" => "They are no longer a member.",
        "board_made" => "The board is there.",
        "status_made" => "The status is there.",
        "status_removed" => "The status is removed; its posts have moved.",
        "token_ended" => "The token is ended. Programs that use it are refused from now on.",
        "authorised" => "Atlassian gave its permission. Now choose your site.",
        "link_revoked" => "The link is taken back.",
        "account_changed" => "The connection works by the other account now. Its links were kept.",
        "account_kept" => "The account stays what it was.",
        "trying" => "A test issue is being made and removed.",
        "retried" => "It is being tried again. What succeeds disappears from the list.",
        "reconnected" => "The connection is back at work. Its links were kept.",
        "syncing" => "The connection is at work.",
        "compares" => "Comparing with Jira. It goes on if you leave this page.",
        "compare_paused" => "Comparing is paused.",
        "compare_cancelled" => "Comparing is cancelled. What was found so far counts.",
        "admin_webhook_removed" => {
            "The webhook made by hand is refused from now on. Delete it in Jira, too."
        }
        "noted" => "You took note. The date is kept.",
        "target" => "New issues of that board go there from now on.",
        _ => return None,
    })
}

/// Writes a page.
pub(crate) fn show(template: &impl askama::Template) -> Result<Response, PageError> {
    show_as(StatusCode::OK, template)
}

/// Writes a page with another status than 200.
pub(crate) fn show_as(
    status: StatusCode,
    template: &impl askama::Template,
) -> Result<Response, PageError> {
    let html = template
        .render()
        .map_err(|_| PageError(AppError::Internal { code: "template" }))?;
    Ok((status, Html(html)).into_response())
}
