//! Who deletes what of a kind when its term is over.

use super::Kind;

/// What deletes.
#[derive(Debug, Clone, Copy)]
pub enum Sweeper {
    /// The periodic pass, from the main database.
    Rows(Rows),
    /// The vault, from its own store and ledger; the table and the column that tells its age.
    Vault(&'static str, &'static str),
    /// The trail, which must stay whole: it is cut at a signed place.
    Trail,
    /// The writer of the log.
    LogWriter,
}

/// Rows of a table that a term is counted for.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// The table.
    pub table: &'static str,
    /// Its key.
    pub key: &'static str,
    /// From when on the term counts.
    pub since: &'static str,
    /// Which of them have an end at all.
    pub which: &'static str,
    /// Columns that are emptied, if the row itself stays.
    pub empties: &'static [&'static str],
}

const fn rows(
    table: &'static str,
    key: &'static str,
    since: &'static str,
    which: &'static str,
) -> Sweeper {
    Sweeper::Rows(Rows {
        table,
        key,
        since,
        which,
        empties: &[],
    })
}

/// What deletes this kind. There is no kind without.
pub const fn sweeper(kind: Kind) -> Sweeper {
    match kind {
        Kind::Sessions => rows("sessions", "id", "seen_at", "1 = 1"),
        Kind::SignInLinks => rows("one_time_links", "secret_hash", "expires_at", "1 = 1"),
        Kind::ApiTokens => rows(
            "api_tokens",
            "id",
            "COALESCE(revoked_at, expires_at)",
            "(revoked_at IS NOT NULL OR expires_at IS NOT NULL)",
        ),
        Kind::RoundTrips => rows("connect_attempts", "state_hash", "expires_at", "1 = 1"),
        Kind::Invites => rows(
            "connect_invites",
            "id",
            "expires_at",
            "NOT EXISTS (SELECT 1 FROM connect_attempts a WHERE a.invite_id = connect_invites.id)",
        ),
        Kind::Consents => rows(
            "consents",
            "id",
            "agreed_at",
            "NOT EXISTS (SELECT 1 FROM connections c WHERE c.consent_id = consents.id OR c.other_consent_id = consents.id)
             AND NOT EXISTS (SELECT 1 FROM connect_attempts a WHERE a.consent_id = consents.id)",
        ),
        Kind::Signals => rows("signals", "id", "received_at", "1 = 1"),
        Kind::Runs => rows("attempts", "id", "at", "1 = 1"),
        Kind::DeadJobs => rows("jobs", "id", "updated_at", "state = 'dead'"),
        Kind::Pauses => rows("pauses", "subject", "until_at", "1 = 1"),
        Kind::Incidents => rows("incidents", "id", "closed_at", "closed_at IS NOT NULL"),
        Kind::Comparisons => rows("reconciles", "id", "ended_at", "ended_at IS NOT NULL"),
        Kind::TestIssues => rows("test_issues", "id", "updated_at", "state IN ('removed', 'failed')"),
        // The one that holds stays, however old it is.
        Kind::MapVersions => rows(
            "rule_versions",
            "id",
            "saved_at",
            "EXISTS (SELECT 1 FROM rule_versions n WHERE n.connection_id = rule_versions.connection_id AND n.id > rule_versions.id)",
        ),
        Kind::Notices => rows("notices", "id", "updated_at", "state IN ('sent', 'dropped')"),
        Kind::Requests => rows("cases", "id", "closed_at", "closed_at IS NOT NULL"),
        Kind::Askers => Sweeper::Rows(Rows {
            table: "cases",
            key: "id",
            since: "closed_at",
            which: "closed_at IS NOT NULL AND (email IS NOT NULL OR secret_hash IS NOT NULL)",
            empties: &["email", "secret_hash"],
        }),
        Kind::RequestTrips => rows("case_trips", "state_hash", "expires_at", "1 = 1"),
        Kind::Copies => rows("case_exports", "case_id", "expires_at", "1 = 1"),
        Kind::AccountActs => rows("account_acts", "id", "at", "1 = 1"),
        Kind::GoneAccounts => rows("account_reports", "grant_id", "gone_at", "gone_at IS NOT NULL"),
        Kind::RelayNonces => rows("relay_nonces", "sender || ' ' || nonce", "at", "1 = 1"),
        Kind::ToldChanges => rows(
            "announcement_owners",
            "announcement_id || ' ' || project_id || ' ' || person_id",
            "told_at",
            "1 = 1",
        ),
        Kind::History => rows("post_changes", "id", "at", "1 = 1"),
        Kind::Audit => Sweeper::Trail,
        Kind::Verifiers => Sweeper::Vault("verifiers", "expires_at"),
        Kind::Tombstones => Sweeper::Vault("tombstones", "begun_at"),
        Kind::Logs | Kind::DebugLogs => Sweeper::LogWriter,
    }
}
