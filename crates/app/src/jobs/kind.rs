//! What work there is.

use upvow_db::{DbError, Tx};
use upvow_domain::{
    ConnectionId, HookId, LinkId, ProjectId, Time,
    jira::{CloudId, IssueId},
};
use upvow_store::jobs::{self, NewJob};

use crate::{App, Result};

/// An order that a job carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Makes the issue of a link.
    CreateIssue,
    /// Reads an issue again because Jira said something about it.
    PullIssue,
    /// Reads a link's issue again because we want to know.
    PullLink,
    /// Moves the issue after its post.
    PushStatus,
    /// Keeps the remote link true.
    PushBackLink,
    /// Keeps what the issue tells of votes true.
    PushVotes,
    /// Takes the remote link away.
    RemoveBackLink,
    /// Has Jira tell us of the right projects.
    RegisterWebhook,
    /// Compares a hundred links with their issues.
    Reconcile,
    /// Ends a connection.
    SayGoodbye,
    /// Makes an issue to try the rights, and removes it.
    TryIssue,
    /// Makes the vault's erasures final.
    TurnEpoch,
    /// Has an automation deal with the posts that are there.
    CatchUp,
    /// Takes the letters of a notice round.
    SendNotice,
    /// Writes an owner that something needs a person, or that it is over.
    TellOwner,
    /// Writes a letter about a privacy request.
    TellOfCase,
    /// Carries a privacy request out.
    CarryOutCase,
    /// Asks Atlassian about a batch of the accounts that are kept.
    ReportAccounts,
}

impl Kind {
    pub(crate) const ALL: [Kind; 18] = [
        Kind::CreateIssue,
        Kind::PullIssue,
        Kind::PullLink,
        Kind::PushStatus,
        Kind::PushBackLink,
        Kind::PushVotes,
        Kind::RemoveBackLink,
        Kind::RegisterWebhook,
        Kind::Reconcile,
        Kind::SayGoodbye,
        Kind::TryIssue,
        Kind::TurnEpoch,
        Kind::CatchUp,
        Kind::SendNotice,
        Kind::TellOwner,
        Kind::TellOfCase,
        Kind::CarryOutCase,
        Kind::ReportAccounts,
    ];

    /// Its name in the database and in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Kind::CreateIssue => "create_issue",
            Kind::PullIssue => "pull_issue",
            Kind::PullLink => "pull_link",
            Kind::PushStatus => "push_status",
            Kind::PushBackLink => "push_back_link",
            Kind::PushVotes => "push_votes",
            Kind::RemoveBackLink => "remove_back_link",
            Kind::RegisterWebhook => "register_webhook",
            Kind::Reconcile => "reconcile",
            Kind::SayGoodbye => "say_goodbye",
            Kind::TryIssue => "try_issue",
            Kind::TurnEpoch => "turn_epoch",
            Kind::CatchUp => "catch_up",
            Kind::SendNotice => "send_notice",
            Kind::TellOwner => "tell_owner",
            Kind::TellOfCase => "tell_of_case",
            Kind::CarryOutCase => "carry_out_case",
            Kind::ReportAccounts => "report_accounts",
        }
    }

    /// The kind of that name.
    pub(crate) fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A job to be done.
#[derive(Debug)]
pub(crate) struct Order {
    /// What is to be done.
    pub(crate) kind: Kind,
    /// What about: ids only.
    pub(crate) subject: String,
    /// Whose jobs wait for each other.
    pub(crate) lane: String,
    /// The project it works for.
    pub(crate) project: ProjectId,
    /// The connection it ends with, if any.
    pub(crate) connection: Option<ConnectionId>,
    /// Not before this.
    pub(crate) run_at: Time,
}

/// Enqueues a job in an open transaction, and rings: with SQLite the worker's look waits for this transaction, and
/// with several nodes whoever commits rings again or the poll finds it.
pub(crate) async fn enqueue(tx: &mut Tx, app: &App, order: &Order) -> Result<()> {
    enqueue_plain(tx, app, order).await?;
    app.work.notify_one();
    Ok(())
}

/// The same without ringing and with the database's own error, for many at once.
pub(crate) async fn enqueue_plain(tx: &mut Tx, app: &App, order: &Order) -> Result<(), DbError> {
    let job = NewJob {
        id: app.fresh_id(),
        kind: order.kind.name(),
        subject: &order.subject,
        lane: &order.lane,
        project: order.project,
        connection: order.connection,
        run_at: order.run_at,
    };
    jobs::enqueue(tx, &job, app.now()).await
}

/// The lane of everything about an issue: reads and writes of it never cross.
pub(crate) fn issue_lane(cloud: &CloudId, issue: &IssueId) -> String {
    format!("issue:{cloud}/{issue}")
}

/// The lane of a link that has no issue yet.
pub(crate) fn link_lane(link: LinkId) -> String {
    format!("link:{}", link.stored())
}

/// The lane of a webhook door.
pub(crate) fn hook_lane(hook: HookId) -> String {
    format!("hook:{}", hook.stored())
}

/// The lane of a connection's end.
pub(crate) fn connection_lane(connection: ConnectionId) -> String {
    format!("connection:{}", connection.stored())
}
