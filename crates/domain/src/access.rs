//! Who is asking, and what they may do.

use crate::{PersonId, ProjectId, SessionId, TokenId};

/// What a person is in a project. The order is the order of power.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Posts, votes, comments.
    Voter,
    /// Triage: statuses, answers, links to Jira.
    Moderator,
    /// And settings, connections, members below owner.
    Admin,
    /// And owners, and the project itself.
    Owner,
}

/// What an API token was made for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Scope {
    /// Boards, posts, votes, comments: reading.
    #[serde(rename = "posts:read")]
    PostsRead,
    /// Boards, posts, votes, comments: writing.
    #[serde(rename = "posts:write")]
    PostsWrite,
    /// Links to Jira issues: making and removing.
    #[serde(rename = "links:write")]
    LinksWrite,
    /// Connections, rules, members, settings.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// Every scope, in the order they are offered.
    pub const ALL: [Scope; 4] = [
        Scope::PostsRead,
        Scope::PostsWrite,
        Scope::LinksWrite,
        Scope::Admin,
    ];

    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::PostsRead => "posts:read",
            Scope::PostsWrite => "posts:write",
            Scope::LinksWrite => "links:write",
            Scope::Admin => "admin",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Role; 4] = [Role::Voter, Role::Moderator, Role::Admin, Role::Owner];

    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Voter => "voter",
            Role::Moderator => "moderator",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// How a caller proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// They did not.
    Nobody,
    /// A browser session.
    Session(SessionId),
    /// An API token with these scopes.
    Token(TokenId, Vec<Scope>),
    /// The program itself, on behalf of the project: jobs and commands.
    Program,
}

/// Who is asking, in which project. The first argument of every use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The project all of the request is about.
    pub project: ProjectId,
    /// Who, if they signed in.
    pub person: Option<PersonId>,
    /// What they are here; a visitor is a [`Role::Voter`] without a `person`.
    pub role: Role,
    /// How we know.
    pub via: Via,
}

impl Caller {
    /// Somebody who has not signed in.
    pub const fn visitor(project: ProjectId) -> Caller {
        Caller {
            project,
            person: None,
            role: Role::Voter,
            via: Via::Nobody,
        }
    }

    /// The program itself: jobs and operator commands.
    pub const fn program(project: ProjectId) -> Caller {
        Caller {
            project,
            person: None,
            role: Role::Owner,
            via: Via::Program,
        }
    }

    /// Has this role or a stronger one.
    pub fn at_least(&self, role: Role) -> bool {
        self.role >= role
            && (role == Role::Voter || self.person.is_some() || self.via == Via::Program)
    }

    /// Whether a token may do this; sessions may do all that their role may.
    pub fn has_scope(&self, scope: Scope) -> bool {
        match &self.via {
            Via::Token(_, scopes) => scopes.contains(&scope),
            Via::Nobody | Via::Session(_) | Via::Program => true,
        }
    }
}
