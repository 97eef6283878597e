//! Orders to the world, as scripts send them to `/_sim/do`: `{"do": "move_issue", "issue": "KITE-3", "status": "Done"}`.

use serde::Deserialize;

use crate::faults::Fault;

/// An order. Who acts, if nobody is named: the site administrator.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Command {
    CreateIssue {
        project: String,
        summary: String,
        person: Option<String>,
    },
    MoveIssue {
        issue: String,
        status: String,
        person: Option<String>,
    },
    EditSummary {
        issue: String,
        summary: String,
        person: Option<String>,
    },
    Assign {
        issue: String,
        assignee: Option<String>,
        person: Option<String>,
    },
    Comment {
        issue: String,
        text: String,
        person: Option<String>,
    },
    MoveToProject {
        issue: String,
        project: String,
        person: Option<String>,
    },
    DeleteIssue {
        issue: String,
        person: Option<String>,
    },
    SetSecurity {
        issue: String,
        level: Option<String>,
    },
    RenameStatus {
        project: String,
        status: String,
        name: String,
    },
    DeleteStatus {
        project: String,
        status: String,
        instead: String,
        #[serde(default)]
        told: bool,
    },
    RecategoriseStatus {
        project: String,
        status: String,
        category: String,
    },
    SetLanguage {
        person: String,
        language: Option<String>,
    },
    RenameProjectKey {
        project: String,
        key: String,
    },
    RenameSite {
        site: String,
        slug: String,
    },
    SetIssueLimits {
        site: String,
        links: usize,
        comments: usize,
    },
    SetField {
        site: String,
        field: String,
        issue_type: String,
        required: Option<bool>,
    },
    Archive {
        project: String,
        archived: bool,
    },
    Deny {
        person: String,
        project: String,
        right: String,
        denied: bool,
    },
    SetMember {
        person: String,
        site: String,
        member: bool,
    },
    Suspend {
        site: String,
        suspended: bool,
    },
    SearchLag {
        ms: u64,
    },
    Fault(Fault),
    ClearFaults,
    SetQuota {
        points_per_hour: Option<u64>,
    },
    SetSiteQuota {
        site: String,
        points_per_hour: Option<u64>,
    },
    RetryAfterAsDate {
        as_date: bool,
    },
    SetCyclePeriod {
        period: Option<String>,
    },
    OneAddressPerSite {
        strict: bool,
    },
    SecondaryDelay {
        ms: u64,
    },
    RetryAsAtlassian {
        on: bool,
    },
    SetBurst {
        per_second: Option<u64>,
    },
    PauseDeliveries {
        paused: bool,
    },
    NewestFirst {
        newest_first: bool,
    },
    DuplicateDeliveries {
        times: u64,
    },
    LoseDeliveries {
        times: u64,
    },
    /// As in the developer console: another secret, with the old one still taken.
    ChangeClientSecret {
        secret: String,
    },
    /// As in the developer console: the old secret is deleted.
    DeleteOldClientSecret,
    RetryGap {
        ms: u64,
    },
    Redeliver {
        number: u64,
    },
    DropWebhooks,
    WebhookDatesAsText {
        as_text: bool,
    },
    AddAdminWebhook {
        site: String,
        url: String,
        secret: Option<String>,
        events: Vec<String>,
        filter: Option<String>,
    },
    RemoveAdminWebhook {
        id: u64,
    },
    Revoke {
        person: String,
    },
    ExpireAccessTokens,
    SetAccountState {
        person: String,
        state: Option<String>,
    },
    /// Everybody's account is closed, or nobody's.
    CloseEverybody {
        closed: bool,
    },
    /// The next reports are answered with these accounts besides, which nobody asked about.
    NameForeign {
        accounts: Vec<String>,
    },
    AdvanceClock {
        ms: u64,
    },
}
