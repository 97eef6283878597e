//! Every line that the log can have.

use std::{io::ErrorKind, time::Duration};

use crate::{
    TARGET,
    safe::{Method, Place, RequestId, Route, Safe, SqlCode, Statement, Word},
};

/// `LEVEL Name "what the line says" { field: Type, .. };`
macro_rules! events {
    ($($(#[$doc:meta])* $level:ident $name:ident $message:literal {
        $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)?
    };)*) => {
        /// Something that happened and may be told. The fields are of [`Safe`] types only.
        #[derive(Debug, Clone)]
        pub enum Event { $(
            $(#[$doc])*
            $name { $($(#[$field_doc])* $field: $ty),* },
        )* }

        impl Event {
            /// Writes the line.
            pub fn log(self) {
                match self { $(
                    Event::$name { $($field),* } => tracing::event!(
                        target: TARGET,
                        tracing::Level::$level,
                        $($field = Safe::shown(&$field),)*
                        $message
                    ),
                )* }
            }
        }
    };
}

events! {
    // The program.
    /// The schema was behind.
    INFO MainMigrated "main database brought up to date" {
        /// How many steps ran.
        steps: u32,
    };
    /// After a restore, or when the vault was lost.
    WARN GrantsGone "authorisations are not in the vault; their connections ask to be connected again" {
        /// How many.
        gone: usize,
    };
    /// Its file had another one.
    INFO ClientSecretRead "the app's client secret was read again" {};
    /// The listener broke.
    ERROR ServingEnded "serving ended" {
        /// What the system calls it.
        kind: ErrorKind,
    };
    /// Stopping took too long.
    WARN StopTimedOut "some requests or jobs did not end in time" {};
    /// A bug; its message may repeat a value, so only the place is told.
    ERROR Panic "panic" {
        /// Where.
        place: Place,
    };
    /// PostgreSQL's connection for notices ended.
    WARN RelayBroke "the connection that hears other nodes broke; trying again" {};
    /// It could not be opened.
    WARN RelayUnheard "live notices of other nodes cannot be heard" {};
    /// Another version's, perhaps.
    WARN RelayOdd "a live notice was not understood" {};
    /// `/metrics` could not ask the database.
    WARN FiguresUnread "figures could not be read" {};

    // Requests.
    /// One that was answered.
    INFO Request "request" {
        /// Its id.
        request: RequestId,
        /// Its method.
        method: Method,
        /// Its route's template.
        route: Route,
        /// The answer's status.
        status: u16,
        /// How long it took.
        ms: Duration,
        /// The problem's code, or nothing.
        code: Word,
    };
    /// One that broke here.
    ERROR RequestFailed "request" {
        /// Its id.
        request: RequestId,
        /// Its method.
        method: Method,
        /// Its route's template.
        route: Route,
        /// The answer's status.
        status: u16,
        /// How long it took.
        ms: Duration,
        /// The problem's code.
        code: Word,
    };

    // The databases.
    /// A statement is run.
    TRACE Statement "statement" {
        /// Its text, without values.
        sql: Statement,
    };
    /// One was refused: a bug.
    ERROR StatementRefused "database statement refused" {
        /// The database's own code.
        code: SqlCode,
    };

    // The audit trail.
    /// The database holds less of a chain than was signed of it.
    ERROR TrailBehind "the audit trail is shorter than what was signed of it; see `upvow audit verify`" {};

    // The vault.
    /// A record was damaged and is lost.
    ERROR RecordLost "a record does not open and is left behind with its epoch" {
        /// Which record.
        what: Word,
    };
    /// A field was damaged and is lost.
    ERROR FieldLost "a field of a grant does not open and is left behind" {
        /// Which field.
        what: Word,
    };
    /// While starting over.
    WARN SuppressionKeyLost "the suppression key cannot be opened: older tombstones no longer hold" {};
    /// While starting over.
    WARN SigningKeyLost "the signing key cannot be opened: a new one is made, its public key stays" {};
    /// Only a restore or somebody's meddling brings it back.
    WARN ErasedAgain "an account that asked to be left alone was back, and is erased again" {};
    /// Erasures are final.
    INFO EpochTurned "the vault's epoch turned" {
        /// The new one.
        epoch: u32,
    };
    /// The ledger has it, and nobody gets a token; the periodic pass stops what works by it.
    WARN FenceWaits "an erasure waits for the main database" {
        /// Why.
        code: Word,
    };
    /// It is begun when the vault is back.
    WARN ErasureWaits "an erasure waits for the vault" {
        /// Why.
        code: Word,
    };

    // Promises.
    /// Somebody must look, and the public page says so.
    ERROR PromiseBroken "a promise does not hold" {
        /// Which check found it.
        check: Word,
    };
    /// Looking after the promises failed; it is tried again in a minute.
    WARN PromisesUnseen "the promises could not be looked after" {
        /// Why.
        error: Word,
    };
    /// Whoever misses it finds the same on a page.
    WARN AnnouncementUnsent "a letter about a change was not sent" {
        /// Why.
        error: Word,
    };

    // Jira.
    /// A call was answered, or failed.
    DEBUG JiraCall "atlassian" {
        /// Our name of the endpoint.
        endpoint: Word,
        /// The answer's status; 0 if there was none.
        status: u16,
        /// Why there was none.
        failure: Word,
        /// How long it took.
        ms: Duration,
    };
    /// The operator must look.
    ERROR ClientRefused "Atlassian refuses this server's client id or secret" {};
    /// Jira is told to try again.
    WARN DeliveriesNotStored "webhooks not stored" {
        /// Why.
        code: Word,
        /// How many.
        waiting: usize,
    };

    // The reporting of personal data.
    /// They were ignored.
    ERROR ForeignAccounts "Atlassian named accounts that were not asked about" {
        /// How many.
        count: u64,
    };
    /// A person has to decide.
    ERROR AccountsHeld "too many accounts are closed at once" {
        /// How many.
        closed: i64,
        /// Of how many.
        all: i64,
    };
    /// It is sent again.
    WARN RelayFailed "a request of the relay" {
        /// Why.
        error: Word,
    };
    /// It goes on by itself.
    WARN AccountNotErased "the erasure of a closed account" {
        /// Why.
        error: Word,
    };
    /// They are asked about in the next cycle.
    WARN ReportLost "the answer to a report of accounts is lost" {
        /// How.
        code: Word,
    };

    // Jobs.
    /// One was carried out, or failed.
    DEBUG Job "job" {
        /// What it does.
        kind: Word,
        /// What became of it.
        outcome: Word,
        /// Which attempt it was.
        attempts: i64,
    };
    /// Its lease gives it back.
    WARN JobUnsettled "job result" {
        /// What it does.
        kind: Word,
        /// Why its result could not be written.
        error: Word,
    };
    /// Those that a crash left.
    WARN JobsOfLastRun "jobs of the last run" {
        /// Why they could not be freed.
        error: Word,
    };
    /// The queue could not be asked.
    WARN Claim "claim" {
        /// Why.
        error: Word,
    };
    /// The periodic pass failed.
    WARN Pass "periodic pass" {
        /// Why.
        error: Word,
    };
    /// One part of it did; the others went on.
    WARN PassPart "part of the periodic pass" {
        /// Why.
        error: Word,
    };
    /// Nobody could be told of a problem.
    WARN IncidentsUnseen "looking for incidents" {
        /// Why.
        error: Word,
    };
}
