//! Identifiers. Inside they are UUIDs (version 7, made by `app`); on screen and in the API they carry a
//! prefix that says what they name (`post_0192...`), so that one kind can never be taken for another.

use std::{fmt, marker::PhantomData, str::FromStr};

use uuid::Uuid;

use crate::Invalid;

/// What an [`Id`] names.
pub trait Kind {
    /// The prefix on screen, without the underscore.
    const PREFIX: &'static str;
}

/// The identifier of one thing of kind `K`.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// Names a thing by this UUID.
    pub const fn new(uuid: Uuid) -> Self {
        Id(uuid, PhantomData)
    }

    /// The bare UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// How the databases hold it: 32 hexadecimal digits.
    pub fn stored(self) -> String {
        self.0.simple().to_string()
    }

    /// Reads what [`Id::stored`] wrote.
    pub fn from_stored(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Id::new)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, self.0.simple())
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: Kind> FromStr for Id<K> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|hex| hex.len() == 32)
            .and_then(Self::from_stored)
            .ok_or_else(|| {
                Invalid::new(
                    "id",
                    format!("an id of this kind starts with `{}_`", K::PREFIX),
                )
            })
    }
}
impl<K: Kind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|_| {
            serde::de::Error::custom(format!("expected an id that starts with `{}_`", K::PREFIX))
        })
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $kind:ident $alias:ident $prefix:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )* };
}

ids! {
    /// One customer's space.
    ProjectKind ProjectId "project";
    /// A list of posts.
    BoardKind BoardId "board";
    /// A status posts can have.
    StatusKindId StatusId "status";
    /// An idea somebody posted.
    PostKind PostId "post";
    /// A comment on a post.
    CommentKind CommentId "comment";
    /// Somebody who signed in to the board. Never a person in Jira.
    PersonKind PersonId "person";
    /// A signed-in browser.
    SessionKind SessionId "session";
    /// An API token.
    TokenKind TokenId "token";
    /// The vault's record of one OAuth authorisation.
    GrantKind GrantId "grant";
    /// One webhook door: a grant on a Jira site, shared by the connections that use both.
    HookKind HookId "hook";
    /// A project's tie to a Jira site.
    ConnectionKind ConnectionId "connection";
    /// A post tied to a Jira issue.
    LinkKind LinkId "link";
    /// A row of the status map.
    RuleKind RuleId "rule";
    /// The status map as it was saved once.
    VersionKind VersionId "version";
    /// What is kept of one webhook delivery.
    SignalKind SignalId "signal";
    /// A comparison of all linked issues of a connection with Jira.
    ReconcileKind ReconcileId "reconcile";
    /// A durable unit of work.
    JobKind JobId "job";
    /// One run of a job.
    AttemptKind AttemptId "attempt";
    /// Something about a connection that needs a person.
    IncidentKind IncidentId "incident";
    /// A line of the audit trail.
    AuditKind AuditId "audit";
    /// A recorded consent.
    ConsentKind ConsentId "consent";
    /// A rule that makes issues by itself.
    AutomationKind AutomationId "automation";
    /// A notice to the voters of a post.
    NoticeKind NoticeId "notice";
    /// A link that asks somebody without an account to authorise.
    InviteKind InviteId "invite";
    /// An issue made to try the rights.
    TestIssueKind TestIssueId "test";
    /// Somebody asked for a copy of their data, or for its deletion.
    CaseKind CaseId "case";
    /// An entry of the erasure ledger.
    ErasureKind ErasureId "erasure";
    /// A batch of accounts that Atlassian is asked about.
    ReportBatchKind ReportBatchId "batch";
    /// What came of a report for a connection.
    ReportActKind ReportActId "act";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_refuses_another_kind() {
        let id = PostId::new(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse::<PostId>().unwrap(), id);
        assert!(id.to_string().parse::<BoardId>().is_err());
        assert!("post_7".parse::<PostId>().is_err());
        assert_eq!(PostId::from_stored(&id.stored()), Some(id));
    }
}
