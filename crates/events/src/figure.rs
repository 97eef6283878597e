//! Every figure that is counted, with its labels. Labels come from closed sets.

use crate::safe::{Method, Route, Safe, Word};

/// What a label is made of.
trait Label {
    fn text(&self) -> String;
}

impl Label for Word {
    fn text(&self) -> String {
        self.shown().to_owned()
    }
}

impl Label for Method {
    fn text(&self) -> String {
        self.name().to_owned()
    }
}

impl Label for Route {
    fn text(&self) -> String {
        self.template().to_owned()
    }
}

/// A status of HTTP.
impl Label for u16 {
    fn text(&self) -> String {
        self.to_string()
    }
}

/// `Name "name_in_prometheus" { label: Type, .. };`
macro_rules! figures {
    ($(#[$enum_doc:meta])* $enum:ident $macro:ident $(#[$verb_doc:meta])* $verb:ident($($value:ident)?) => $method:ident {
        $($(#[$doc:meta])* $name:ident $text:literal { $($(#[$label_doc:meta])* $label:ident: $ty:ty),* $(,)? };)*
    }) => {
        $(#[$enum_doc])*
        #[derive(Debug, Clone)]
        pub enum $enum { $(
            $(#[$doc])*
            $name { $($(#[$label_doc])* $label: $ty),* },
        )* }

        impl $enum {
            $(#[$verb_doc])*
            pub fn $verb(self $(, $value: f64)?) {
                let figure = match self { $(
                    $enum::$name { $($label),* } => metrics::$macro!(
                        $text $(, stringify!($label) => Label::text(&$label))*
                    ),
                )* };
                figures!(@call figure $method $($value)?);
            }

            /// The names of all of them.
            pub const NAMES: &'static [&'static str] = &[$($text),*];
        }
    };
    (@call $figure:ident $method:ident $value:ident) => { $figure.$method($value) };
    (@call $figure:ident $method:ident) => { $figure.$method(1) };
}

figures! {
    /// What only grows.
    Counter counter
    /// Counts one more.
    add() => increment {
        /// Requests that were answered.
        Requests "http_requests_total" {
            /// The route's template.
            route: Route,
            /// The method.
            method: Method,
            /// The status.
            status: u16,
        };
        /// Runs of jobs.
        Jobs "upvow_jobs_total" {
            /// What they do.
            kind: Word,
            /// What became of them.
            outcome: Word,
        };
        /// Tries to refresh a token.
        TokenRefreshes "upvow_token_refreshes_total" {
            /// What became of them.
            outcome: Word,
        };
        /// Times that Jira asked us to slow down.
        RateLimits "upvow_jira_rate_limits_total" {
            /// Which limit.
            reason: Word,
        };
        /// Deliveries of webhooks.
        Deliveries "upvow_webhook_deliveries_total" {
            /// What became of them.
            result: Word,
            /// Which door they came to.
            door: Word,
        };
        /// Comparisons that were begun.
        Reconciles "upvow_reconciles_total" {
            /// Why.
            cause: Word,
        };
        /// Letters to voters.
        NoticeLetters "upvow_notice_letters_total" {
            /// What became of them.
            outcome: Word,
        };
        /// What Atlassian said of accounts that it was asked about.
        AccountReports "upvow_account_reports_total" {
            /// What it said.
            answer: Word,
        };
        /// Accounts erased because they were closed.
        AccountsErased "upvow_account_erasures_total" {};
        /// Issues made by rule.
        AutomationActs "upvow_automation_acts_total" {
            /// What became of them.
            outcome: Word,
        };
    }
}

figures! {
    /// What goes up and down.
    Gauge gauge
    /// Says how much it is.
    set(value) => set {
        /// Jobs that wait.
        JobsLive "upvow_jobs_live" {};
        /// Jobs that were given up.
        JobsDead "upvow_jobs_dead" {};
        /// How long the oldest has waited.
        JobsOldest "upvow_jobs_oldest_seconds" {};
        /// Problems by their cause.
        ProblemsOpen "upvow_problems_open" {
            /// The cause's code.
            cause: Word,
        };
        /// Connections by their state.
        Connections "upvow_connections" {
            /// The state.
            state: Word,
        };
        /// Accounts that are kept, by how their reporting stands.
        Accounts "upvow_accounts" {
            /// How it stands.
            state: Word,
        };
        /// Connections that wait for Jira's limits.
        ConnectionsPaused "upvow_connections_paused" {};
        /// How long the webhook that ends first still lives.
        WebhookDaysLeft "upvow_webhook_days_left" {};
        /// How old the oldest of a kind of data is, counted like its term.
        RetentionOldest "upvow_retention_oldest_seconds" {
            /// The kind.
            kind: Word,
        };
        /// How long that kind is kept.
        RetentionTerm "upvow_retention_term_seconds" {
            /// The kind.
            kind: Word,
        };
        /// Checks of the promises that fail.
        PromisesFailing "upvow_promises_failing" {};
    }
}

figures! {
    /// What is spread.
    Histogram histogram
    /// Takes one more.
    record(value) => record {
        /// How long requests take.
        RequestSeconds "http_request_duration_seconds" {
            /// The route's template.
            route: Route,
            /// The method.
            method: Method,
        };
        /// From a delivery to the board.
        SignalApplied "upvow_signal_applied_seconds" {};
        /// How many deliveries share a commit.
        WebhookBatch "upvow_webhook_batch_size" {};
    }
}
