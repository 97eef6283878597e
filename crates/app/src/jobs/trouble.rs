//! Why a job could not do it, and when it is to be tried again.

use std::time::Duration;

use upvow_db::DbError;
use upvow_domain::Time;
use upvow_jira::JiraError;
use upvow_vault::VaultError;

use crate::{AppError, connect::grants::CallError, jobs::claim::Finished};

/// What a job gives: the proof that it wrote its results and its end together, or why it did not.
pub(crate) type Turn = Result<Finished, Trouble>;

/// Why a job did not finish.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Another worker took it over; nothing was written.
    Lost,
    /// What it was for is no more.
    Moot,
    /// To be tried again; after too many times it is given up, unless `patient`.
    Later {
        /// A code, for people and the log.
        code: &'static str,
        /// Wait this long at least.
        after: Option<Duration>,
        /// It is somebody else's outage: try for as long as it takes.
        patient: bool,
    },
    /// To be tried again at this time; not a failure.
    At {
        /// A code.
        code: &'static str,
        /// When.
        at: Time,
    },
    /// Trying again would not help.
    Never {
        /// A code.
        code: &'static str,
    },
}

/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_mins(15);
/// The first pause.
const FIRST: Duration = Duration::from_secs(2);

/// How long to wait after this many attempts: doubling from two seconds to a quarter of an hour, times 0.7 to 1.3, so
/// that what failed together does not come back together. `draw` is a random number below 2^32.
pub(crate) fn pause_after(attempts: i64, draw: u32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(16);
    let plain = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    plain.mul_f64(0.7 + 0.6 * f64::from(draw) / f64::from(u32::MAX))
}

/// What the log may say of an error: a code, never foreign text.
pub(crate) fn code_of(error: &AppError) -> &'static str {
    match error {
        AppError::NotFound => "not_found",
        AppError::SignInNeeded => "sign_in_needed",
        AppError::Forbidden { .. } => "forbidden",
        AppError::Invalid(_) => "invalid",
        AppError::Conflict { code, .. } | AppError::Internal { code } => code,
        AppError::TooMany { .. } => "too_many",
        AppError::Jira(error) => error.code(),
        AppError::Unavailable => "unavailable",
    }
}

/// The same for the database's own error.
pub(crate) const fn code_of_db(error: &DbError) -> &'static str {
    match error {
        DbError::Duplicate => "db_duplicate",
        DbError::Column(_) => "db_column",
        DbError::Unavailable(_) => "db_unavailable",
        DbError::Driver { .. } => "db_statement",
    }
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        AppError::from(error).into()
    }
}

impl From<VaultError> for Trouble {
    fn from(error: VaultError) -> Self {
        AppError::from(error).into()
    }
}

impl From<AppError> for Trouble {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Unavailable => Trouble::Later {
                code: "unavailable",
                after: None,
                patient: true,
            },
            AppError::TooMany { retry_after } => Trouble::Later {
                code: "too_many",
                after: Some(retry_after),
                patient: true,
            },
            AppError::Jira(error) => error.into(),
            AppError::NotFound => Trouble::Moot,
            AppError::Conflict { code, .. } | AppError::Internal { code } => Trouble::Later {
                code,
                after: None,
                patient: false,
            },
            AppError::SignInNeeded | AppError::Forbidden { .. } | AppError::Invalid(_) => {
                Trouble::Never { code: "refused" }
            }
        }
    }
}

impl From<JiraError> for Trouble {
    fn from(error: JiraError) -> Self {
        let code = error.code();
        match error {
            // Refused for good, and a look at the grant does not help: somebody has to change something.
            JiraError::ScopeMissing
            | JiraError::Forbidden
            | JiraError::NotFound
            | JiraError::Refused { .. }
            | JiraError::Gone
            | JiraError::TooLarge => Trouble::Never { code },
            JiraError::Malformed | JiraError::Expired => Trouble::Later {
                code,
                after: None,
                patient: false,
            },
            _ => Trouble::Later {
                code,
                after: error.retry_after(),
                patient: true,
            },
        }
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Ended => Trouble::Moot,
            CallError::Wait { until, error } => Trouble::At {
                code: error.code(),
                at: until,
            },
            CallError::Jira(error) => error.into(),
            CallError::App(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert_eq!(pause_after(1, 0), FIRST.mul_f64(0.7));
        let mut last = Duration::ZERO;
        for attempts in 1..100 {
            let pause = pause_after(attempts, u32::MAX / 2);
            assert!(pause >= last && pause <= LONGEST, "{attempts}: {pause:?}");
            last = pause;
        }
        assert!(pause_after(i64::MAX, u32::MAX) <= LONGEST.mul_f64(1.31));
    }
}
