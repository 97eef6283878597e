//! The strings to pull: what a person in Jira, an administrator, the network or time would do. In process through [`Control`], and for
//! scripts as JSON under `/_sim/`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::clock::Clock;
use crate::sim::Sim;

mod act;
mod command;
mod look;
mod outside;
mod rename;

pub(crate) use act::act;
pub(crate) use command::Command;
pub(crate) use look::look;

/// A handle on a running simulator. Issues are named by key or id, people by account id, e-mail or display name, projects by key.
/// An `Err` says in plain words what cannot be done.
#[derive(Clone)]
pub struct Control {
    sim: Arc<Sim>,
}

impl Control {
    pub(crate) fn new(sim: Arc<Sim>) -> Self {
        Self { sim }
    }

    fn run(&self, command: Command) -> Result<Value, String> {
        self.sim.act(|world| act(world, command))
    }

    fn set(&self, command: Command) {
        self.run(command)
            .expect("a setting without names cannot be refused");
    }

    /// The simulator's time.
    pub fn clock(&self) -> Clock {
        self.sim.clock.clone()
    }

    /// The issues of a project, each `{id, key, summary, status, status_id, category, type, resolution, assignee, updated_at, remote_links, properties}`.
    pub fn issues(&self, project: &str) -> Vec<Value> {
        self.sim.quietly(|world| look::issues(world, project))
    }

    /// One issue in the same form.
    pub fn issue(&self, issue: &str) -> Option<Value> {
        self.sim.quietly(|world| look::issue(world, issue))
    }

    /// Makes an issue as a person would in Jira; the answer is its key.
    pub fn create_issue(
        &self,
        project: &str,
        summary: &str,
        person: &str,
    ) -> Result<String, String> {
        let command = Command::CreateIssue {
            project: project.into(),
            summary: summary.into(),
            person: Some(person.into()),
        };
        self.run(command)
            .map(|key| key.as_str().unwrap_or_default().to_owned())
    }

    /// Moves an issue to a status (id or name) as a person would on the board. A screen's resolution is filled in.
    pub fn move_issue(&self, issue: &str, status: &str, person: &str) -> Result<(), String> {
        self.run(Command::MoveIssue {
            issue: issue.into(),
            status: status.into(),
            person: Some(person.into()),
        })
        .map(drop)
    }

    /// Changes a summary.
    pub fn edit_summary(&self, issue: &str, summary: &str, person: &str) -> Result<(), String> {
        self.run(Command::EditSummary {
            issue: issue.into(),
            summary: summary.into(),
            person: Some(person.into()),
        })
        .map(drop)
    }

    /// Gives an issue to somebody, or to nobody.
    pub fn assign(&self, issue: &str, assignee: Option<&str>, person: &str) -> Result<(), String> {
        self.run(Command::Assign {
            issue: issue.into(),
            assignee: assignee.map(Into::into),
            person: Some(person.into()),
        })
        .map(drop)
    }

    /// Comments on an issue.
    pub fn comment(&self, issue: &str, text: &str, person: &str) -> Result<(), String> {
        self.run(Command::Comment {
            issue: issue.into(),
            text: text.into(),
            person: Some(person.into()),
        })
        .map(drop)
    }

    /// Moves an issue to another project; the answer is its new key.
    pub fn move_to_project(
        &self,
        issue: &str,
        project: &str,
        person: &str,
    ) -> Result<String, String> {
        let command = Command::MoveToProject {
            issue: issue.into(),
            project: project.into(),
            person: Some(person.into()),
        };
        self.run(command)
            .map(|key| key.as_str().unwrap_or_default().to_owned())
    }

    /// Deletes an issue.
    pub fn delete_issue(&self, issue: &str, person: &str) -> Result<(), String> {
        self.run(Command::DeleteIssue {
            issue: issue.into(),
            person: Some(person.into()),
        })
        .map(drop)
    }

    /// Hides an issue behind a security level, or shows it again.
    pub fn set_security(&self, issue: &str, level: Option<&str>) -> Result<(), String> {
        self.run(Command::SetSecurity {
            issue: issue.into(),
            level: level.map(Into::into),
        })
        .map(drop)
    }

    /// Renames a status of a project.
    pub fn rename_status(&self, project: &str, status: &str, name: &str) -> Result<(), String> {
        self.run(Command::RenameStatus {
            project: project.into(),
            status: status.into(),
            name: name.into(),
        })
        .map(drop)
    }

    /// Deletes a status from a project; its issues get another one. Their history tells of that always, webhooks only if `told`.
    pub fn delete_status(
        &self,
        project: &str,
        status: &str,
        instead: &str,
        told: bool,
    ) -> Result<(), String> {
        self.run(Command::DeleteStatus {
            project: project.into(),
            status: status.into(),
            instead: instead.into(),
            told,
        })
        .map(drop)
    }

    /// Puts a status into another category: `new`, `indeterminate` or `done`.
    pub fn recategorise_status(
        &self,
        project: &str,
        status: &str,
        category: &str,
    ) -> Result<(), String> {
        self.run(Command::RecategoriseStatus {
            project: project.into(),
            status: status.into(),
            category: category.into(),
        })
        .map(drop)
    }

    /// Sets the language a person reads Jira in (`en`, `de`, `ja`): names of statuses and categories come in it. `None`: what the
    /// request asks for.
    pub fn set_language(&self, person: &str, language: Option<&str>) -> Result<(), String> {
        self.run(Command::SetLanguage {
            person: person.into(),
            language: language.map(Into::into),
        })
        .map(drop)
    }

    /// Gives a project another key, and with it every issue. The old keys lead on; no webhook tells of it.
    pub fn rename_project_key(&self, project: &str, key: &str) -> Result<(), String> {
        self.run(Command::RenameProjectKey {
            project: project.into(),
            key: key.into(),
        })
        .map(drop)
    }

    /// Gives a site another address. The cloud id stays, the old address leads on.
    pub fn rename_site(&self, site: &str, slug: &str) -> Result<(), String> {
        self.run(Command::RenameSite {
            site: site.into(),
            slug: slug.into(),
        })
        .map(drop)
    }

    /// Sets how many remote links and comments one issue takes.
    pub fn set_issue_limits(
        &self,
        site: &str,
        links: usize,
        comments: usize,
    ) -> Result<(), String> {
        self.run(Command::SetIssueLimits {
            site: site.into(),
            links,
            comments,
        })
        .map(drop)
    }

    /// Puts a custom field (by id or name) on the screens of an issue type (all of that name), required or not; `None` takes it away.
    pub fn set_field(
        &self,
        site: &str,
        field: &str,
        issue_type: &str,
        required: Option<bool>,
    ) -> Result<(), String> {
        self.run(Command::SetField {
            site: site.into(),
            field: field.into(),
            issue_type: issue_type.into(),
            required,
        })
        .map(drop)
    }

    /// Archives a project, or brings it back.
    pub fn archive(&self, project: &str, archived: bool) -> Result<(), String> {
        self.run(Command::Archive {
            project: project.into(),
            archived,
        })
        .map(drop)
    }

    /// Takes a right (`BROWSE_PROJECTS`, `TRANSITION_ISSUES`, ..) from a person in a project, or gives it back.
    pub fn deny(
        &self,
        person: &str,
        project: &str,
        right: &str,
        denied: bool,
    ) -> Result<(), String> {
        self.run(Command::Deny {
            person: person.into(),
            project: project.into(),
            right: right.into(),
            denied,
        })
        .map(drop)
    }

    /// Takes a person off a site (named by its slug), or lets them in again.
    pub fn set_member(&self, person: &str, site: &str, member: bool) -> Result<(), String> {
        self.run(Command::SetMember {
            person: person.into(),
            site: site.into(),
            member,
        })
        .map(drop)
    }

    /// Suspends a site: it answers 503 to everything.
    pub fn suspend(&self, site: &str, suspended: bool) -> Result<(), String> {
        self.run(Command::Suspend {
            site: site.into(),
            suspended,
        })
        .map(drop)
    }

    /// Search does not see what is younger than this.
    pub fn search_lag(&self, lag: Duration) {
        self.set(Command::SearchLag {
            ms: u64::try_from(lag.as_millis()).unwrap_or(u64::MAX),
        });
    }

    /// Requests answered so far per endpoint, such as `GET issue/{}` or `POST /oauth/token`.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.sim.quietly(|world| world.requests.clone())
    }

    /// Resolves when no delivery is on its way or waiting for another try. With deliveries paused, or with a standing clock and a
    /// receiver that fails, that moment may never come: then [`Control::wait_settled`] is meant.
    pub async fn wait_idle(&self) {
        self.sim
            .until(|world| world.webhooks.deliveries.idle())
            .await;
    }

    /// Resolves when no delivery is on its way and none could go now.
    pub async fn wait_settled(&self) {
        self.sim
            .until(|world| world.webhooks.deliveries.settled(world.now()))
            .await;
    }

    /// Resolves when `times` requests to the endpoint (as in [`Control::requests`]) were answered.
    pub async fn wait_requests(&self, endpoint: &str, times: u64) {
        self.sim
            .until(|world| world.requests.get(endpoint).copied().unwrap_or_default() >= times)
            .await;
    }
}
