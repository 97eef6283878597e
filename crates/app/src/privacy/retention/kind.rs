//! The kinds of data that have a term of their own.

use std::time::Duration;

use upvow_vault::tombstone::STANDS_FOR;

/// A kind of data that is deleted when its term is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Signed-in browsers.
    Sessions,
    /// Sign-in links, once they work no more.
    SignInLinks,
    /// API tokens, once they are ended.
    ApiTokens,
    /// Ways to Atlassian and back, once they are over.
    RoundTrips,
    /// Links that ask for an authorisation, once they are over.
    Invites,
    /// Agreements that no connection works by any more.
    Consents,
    /// What webhooks said.
    Signals,
    /// What each run of a job came to.
    Runs,
    /// Jobs that were given up.
    DeadJobs,
    /// What Jira asked to wait for, once that is over.
    Pauses,
    /// Problems that are over, with their letters.
    Incidents,
    /// Comparisons that are over.
    Comparisons,
    /// Test issues that are gone.
    TestIssues,
    /// Status maps that were replaced.
    MapVersions,
    /// Notices that went out.
    Notices,
    /// Requests about personal data that are closed.
    Requests,
    /// Where letters of closed requests went, and what their links are checked with.
    Askers,
    /// Ways to Atlassian and back that show who asks, once they are over.
    RequestTrips,
    /// Copies that are ready to be fetched.
    Copies,
    /// What came of the reports of accounts to Atlassian.
    AccountActs,
    /// Rows of accounts that are gone, in the reporting.
    GoneAccounts,
    /// Signatures of the relay that were used.
    RelayNonces,
    /// Who was told of a change of the addendum, and took note.
    ToldChanges,
    /// The history of posts.
    History,
    /// Privileged acts.
    Audit,
    /// Secrets of a way to Atlassian, in the vault.
    Verifiers,
    /// Accounts that are left alone, in the vault and its ledger.
    Tombstones,
    /// Log files.
    Logs,
    /// Log files where more is logged than usual.
    DebugLogs,
}

/// What holds for a kind.
struct Facts {
    name: &'static str,
    title: &'static str,
    from: &'static str,
    default: Duration,
    least: Duration,
    most: Duration,
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

const fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

const fn facts(
    name: &'static str,
    title: &'static str,
    from: &'static str,
    (least, default, most): (Duration, Duration, Duration),
) -> Facts {
    Facts {
        name,
        title,
        from,
        default,
        least,
        most,
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 29] = [
        Kind::Sessions,
        Kind::SignInLinks,
        Kind::ApiTokens,
        Kind::RoundTrips,
        Kind::Invites,
        Kind::Consents,
        Kind::Signals,
        Kind::Runs,
        Kind::DeadJobs,
        Kind::Pauses,
        Kind::Incidents,
        Kind::Comparisons,
        Kind::TestIssues,
        Kind::MapVersions,
        Kind::Notices,
        Kind::Requests,
        Kind::Askers,
        Kind::RequestTrips,
        Kind::Copies,
        Kind::AccountActs,
        Kind::GoneAccounts,
        Kind::RelayNonces,
        Kind::ToldChanges,
        Kind::History,
        Kind::Audit,
        Kind::Verifiers,
        Kind::Tombstones,
        Kind::Logs,
        Kind::DebugLogs,
    ];

    /// The table of terms: the least, the default and the most that an operator may set.
    const fn facts(self) -> Facts {
        match self {
            Kind::Sessions => facts(
                "sessions",
                "Signed-in browsers",
                "their last use",
                (HOUR, days(30), days(365)),
            ),
            Kind::SignInLinks => facts(
                "sign_in_links",
                "Sign-in links",
                "their end",
                (Duration::ZERO, HOUR, days(7)),
            ),
            Kind::ApiTokens => facts(
                "api_tokens",
                "Ended API tokens",
                "their end",
                (Duration::ZERO, days(30), days(365)),
            ),
            // A late return still hears why it is late.
            Kind::RoundTrips => facts(
                "round_trips",
                "Ways to Atlassian and back",
                "their end",
                (HOUR, DAY, days(7)),
            ),
            Kind::Invites => facts(
                "invites",
                "Links that ask for an authorisation",
                "their end",
                (DAY, days(30), days(365)),
            ),
            // A claim that there was no agreement can be made for three years in many countries.
            Kind::Consents => facts(
                "consents",
                "Agreements",
                "the agreement, if no connection works by it",
                (days(30), days(3 * 365), days(10 * 365)),
            ),
            // Jira repeats a delivery for less than a day.
            Kind::Signals => facts(
                "signals",
                "What webhooks said",
                "their arrival",
                (DAY, days(7), days(30)),
            ),
            Kind::Runs => facts(
                "runs",
                "What the runs of jobs came to",
                "the run",
                (DAY, days(30), days(90)),
            ),
            Kind::DeadJobs => facts(
                "dead_jobs",
                "Jobs that were given up",
                "giving up",
                (DAY, days(30), days(90)),
            ),
            Kind::Pauses => facts(
                "pauses",
                "What Jira asked to wait for",
                "their end",
                (Duration::ZERO, Duration::ZERO, DAY),
            ),
            Kind::Incidents => facts(
                "incidents",
                "Problems that are over",
                "their end",
                (DAY, days(90), days(365)),
            ),
            Kind::Comparisons => facts(
                "comparisons",
                "Comparisons with Jira",
                "their end",
                (DAY, days(30), days(365)),
            ),
            Kind::TestIssues => facts(
                "test_issues",
                "Test issues that are gone",
                "their last change",
                (DAY, days(90), days(365)),
            ),
            Kind::MapVersions => facts(
                "map_versions",
                "Replaced status maps",
                "saving",
                (days(30), days(400), days(3 * 365)),
            ),
            Kind::Notices => facts(
                "notices",
                "Notices to voters",
                "going out",
                (DAY, days(90), days(365)),
            ),
            // As long as it may have to be shown that a request was answered.
            Kind::Requests => facts(
                "requests",
                "Requests about personal data",
                "their end",
                (days(365), days(3 * 365), days(10 * 365)),
            ),
            Kind::Askers => facts(
                "askers",
                "Where letters about a request went",
                "the end of the request",
                (DAY, days(30), days(90)),
            ),
            // A late return still hears why it is late.
            Kind::RequestTrips => facts(
                "request_trips",
                "Ways to Atlassian that show who asks",
                "their end",
                (HOUR, DAY, days(7)),
            ),
            // The term is in the promise that a copy can be fetched for some minutes; nobody sets it.
            Kind::Copies => facts(
                "copies",
                "Copies that are ready to be fetched",
                "their end",
                (Duration::ZERO, Duration::ZERO, Duration::ZERO),
            ),
            Kind::AccountActs => facts(
                "account_acts",
                "What came of reporting accounts",
                "the report",
                (days(30), days(400), days(3 * 365)),
            ),
            // Longer than any cycle: an account that is gone still counts among those of its cycle.
            Kind::GoneAccounts => facts(
                "gone_accounts",
                "Erased accounts in the reporting",
                "the erasure",
                (days(60), days(60), days(365)),
            ),
            // A signature is too old to be taken long before this.
            Kind::RelayNonces => facts(
                "relay_nonces",
                "Used signatures of the relay",
                "their use",
                (DAY, DAY, days(7)),
            ),
            Kind::ToldChanges => facts(
                "told_changes",
                "Who was told of a change",
                "the letter",
                (days(365), days(3 * 365), days(10 * 365)),
            ),
            Kind::History => facts(
                "history",
                "The history of posts",
                "the change",
                (days(30), days(5 * 365), days(10 * 365)),
            ),
            // The trail cuts itself at signed places after this time; nobody sets it.
            Kind::Audit => facts(
                "audit",
                "Privileged acts",
                "the act",
                (days(3 * 365), days(3 * 365), days(3 * 365)),
            ),
            Kind::Verifiers => facts(
                "verifiers",
                "Secrets of a way to Atlassian",
                "their end",
                (Duration::ZERO, Duration::ZERO, Duration::ZERO),
            ),
            // Longer than any backup should live. It is part of what is promised, so nobody sets it.
            Kind::Tombstones => facts(
                "tombstones",
                "Accounts that are left alone",
                "the erasure",
                (STANDS_FOR, STANDS_FOR, STANDS_FOR),
            ),
            Kind::Logs => facts("logs", "Log files", "the line", (HOUR, days(7), days(30))),
            Kind::DebugLogs => facts(
                "debug_logs",
                "Log files with more than usual",
                "the line",
                (HOUR, DAY, days(7)),
            ),
        }
    }

    /// Its name in settings, figures and the API.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// What it is, for people.
    pub const fn title(self) -> &'static str {
        self.facts().title
    }

    /// From when on its term counts.
    pub const fn from(self) -> &'static str {
        self.facts().from
    }

    /// The term, if the operator says nothing.
    pub const fn default_term(self) -> Duration {
        self.facts().default
    }

    /// The shortest term that can be set.
    pub const fn least(self) -> Duration {
        self.facts().least
    }

    /// The longest.
    pub const fn most(self) -> Duration {
        self.facts().most
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
