//! A site: projects, their workflows, and what is counted per site.

use std::collections::{BTreeMap, BTreeSet};

use super::{Custom, Denied, Issue, Resolution};
use crate::people::Who;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) cloud_id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    /// Addresses the site had before it was renamed still lead to it.
    pub(crate) old_slugs: Vec<String>,
    pub(crate) color: &'static str,
    pub(crate) members: BTreeSet<&'static str>,
    pub(crate) projects: Vec<Project>,
    pub(crate) types: Vec<IssueType>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) resolutions: Vec<Resolution>,
    pub(crate) priorities: Vec<Priority>,
    pub(crate) custom: Vec<Custom>,
    pub(crate) issues: BTreeMap<u64, Issue>,
    /// Keys an issue had before it was moved still lead to it.
    pub(crate) old_keys: BTreeMap<String, u64>,
    /// The most remote links and comments one issue takes.
    pub(crate) most_links: usize,
    pub(crate) most_comments: usize,
    /// A suspended site answers 503 to everything.
    pub(crate) suspended: bool,
    /// Search does not see changes younger than this.
    pub(crate) search_lag_ms: i64,
    /// Grows with every change, so that open pages know when to look again.
    pub(crate) version: u64,
    last_id: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Company-managed: statuses are shared by the site.
    Classic,
    /// Team-managed: statuses and issue types are the project's own.
    NextGen,
}

#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) key: String,
    /// Keys the project had before it was renamed still lead to it.
    pub(crate) old_keys: Vec<String>,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) style: Style,
    pub(crate) lead: Who,
    pub(crate) types: Vec<u64>,
    pub(crate) versions: Vec<Version>,
    pub(crate) components: Vec<Component>,
    /// In the order of the board's columns.
    pub(crate) statuses: Vec<u64>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) archived: bool,
    pub(crate) denied: Denied,
    pub(crate) last_number: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) released: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Transition {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    /// `None`: from everywhere.
    pub(crate) from: Option<Vec<u64>>,
    pub(crate) to: u64,
    /// Fields of the screen, each with whether it must be filled. Empty: no screen.
    pub(crate) screen: Vec<(&'static str, bool)>,
    /// A condition: only these may do it.
    pub(crate) only: Option<Vec<Who>>,
}

#[derive(Debug)]
pub(crate) struct IssueType {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) subtask: bool,
    pub(crate) level: i8,
    pub(crate) icon: &'static str,
    /// Its screens show the fields that most leave away.
    pub(crate) full_screen: bool,
    /// The team-managed project that owns it.
    pub(crate) scope: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) category: Category,
    /// The team-managed project that owns it.
    pub(crate) scope: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Priority {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) color: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    New,
    Indeterminate,
    Done,
}

impl Category {
    pub(crate) const ALL: [Self; 3] = [Self::New, Self::Indeterminate, Self::Done];

    pub(crate) fn id(self) -> u64 {
        match self {
            Self::New => 2,
            Self::Indeterminate => 4,
            Self::Done => 3,
        }
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Indeterminate => "indeterminate",
            Self::Done => "done",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::New => "To Do",
            Self::Indeterminate => "In Progress",
            Self::Done => "Done",
        }
    }

    pub(crate) fn color(self) -> &'static str {
        match self {
            Self::New => "blue-gray",
            Self::Indeterminate => "yellow",
            Self::Done => "green",
        }
    }
}

impl Site {
    pub(crate) fn new(
        cloud_id: String,
        slug: &'static str,
        name: &'static str,
        color: &'static str,
        first_id: u64,
    ) -> Self {
        Self {
            cloud_id,
            slug: slug.to_owned(),
            name: name.to_owned(),
            old_slugs: Vec::new(),
            color,
            members: BTreeSet::new(),
            projects: Vec::new(),
            types: Vec::new(),
            statuses: Vec::new(),
            resolutions: Vec::new(),
            priorities: Vec::new(),
            custom: Vec::new(),
            issues: BTreeMap::new(),
            old_keys: BTreeMap::new(),
            most_links: 2_000,
            most_comments: 5_000,
            suspended: false,
            search_lag_ms: 0,
            version: 0,
            last_id: first_id,
        }
    }

    /// The next id of anything that has one: issues, comments, links, history entries.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn project(&self, id: u64) -> &Project {
        self.projects
            .iter()
            .find(|project| project.id == id)
            .expect("issues belong to projects of their site")
    }

    pub(crate) fn project_mut(&mut self, id: u64) -> &mut Project {
        self.projects
            .iter_mut()
            .find(|project| project.id == id)
            .expect("issues belong to projects of their site")
    }

    /// What a custom field, or one that only some screens show, is called.
    pub(crate) fn field_name(&self, id: &str) -> &'static str {
        let custom = self.custom.iter().find(|custom| custom.id() == id);
        let more = super::MORE_FIELDS.iter().find(|(known, ..)| *known == id);
        custom
            .map(|custom| custom.name)
            .or(more.map(|(_, name, _)| *name))
            .unwrap_or_default()
    }

    /// By id, by key in any case, or by a key it had before it was renamed.
    pub(crate) fn find_project(&self, id_or_key: &str) -> Option<&Project> {
        let now = self.projects.iter().find(|project| {
            project.id.to_string() == id_or_key || project.key.eq_ignore_ascii_case(id_or_key)
        });
        now.or_else(|| {
            self.projects
                .iter()
                .find(|project| project.old_keys.iter().any(|key| key == id_or_key))
        })
    }

    /// By id, by key in any case, or by a key it had before it was moved.
    pub(crate) fn find_issue(&self, id_or_key: &str) -> Option<&Issue> {
        if let Ok(id) = id_or_key.parse() {
            return self.issues.get(&id);
        }
        let key = id_or_key.to_ascii_uppercase();
        self.issues
            .values()
            .find(|issue| issue.key == key)
            .or_else(|| self.old_keys.get(&key).and_then(|id| self.issues.get(id)))
    }

    pub(crate) fn status(&self, id: u64) -> &Status {
        self.statuses
            .iter()
            .find(|status| status.id == id)
            .expect("issues have a status of their site")
    }

    pub(crate) fn kind(&self, id: u64) -> &IssueType {
        self.types
            .iter()
            .find(|kind| kind.id == id)
            .expect("issues have a type of their site")
    }

    pub(crate) fn priority(&self, id: u64) -> &Priority {
        self.priorities
            .iter()
            .find(|priority| priority.id == id)
            .expect("issues have a priority of their site")
    }

    /// May `who` do `right` in the project? Not being a member of the site denies everything.
    pub(crate) fn may(&self, who: Who, project: u64, right: &str) -> bool {
        let project = self.project(project);
        self.members.contains(who.account_id)
            && !project
                .denied
                .get(who.account_id)
                .is_some_and(|denied| denied.contains(right) || denied.contains("BROWSE_PROJECTS"))
    }

    /// May `who` see the issue at all?
    pub(crate) fn may_see(&self, who: Who, issue: &Issue) -> bool {
        let inside = issue.security.is_none()
            || who.account_id == issue.reporter.account_id
            || is_admin(who);
        inside && self.may(who, issue.project, "BROWSE_PROJECTS")
    }
}

/// The first of the people table administers every site.
pub(crate) fn is_admin(who: Who) -> bool {
    who.account_id == crate::people::EVERYBODY[0].account_id
}
