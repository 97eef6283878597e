//! What a use case can refuse with. What the caller may read is in the error; what the log needs is its code.

use std::time::Duration;

use upvow_db::DbError;
use upvow_domain::Invalid;
use upvow_events::{Event, safe::SqlCode};
use upvow_jira::JiraError;
use upvow_vault::VaultError;

/// What a use case gives.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

/// Why a use case refused.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing, or the caller may not know of it.
    #[error("there is no such thing here")]
    NotFound,
    /// The caller must sign in first.
    #[error("sign in first")]
    SignInNeeded,
    /// The caller is known, and this needs more: a role or a token scope.
    #[error("this needs {needs}")]
    Forbidden {
        /// `the role admin`, `the scope links:write`.
        needs: String,
    },
    /// Some inputs are refused; each says what to do.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// The state of things does not allow it.
    #[error("{message}")]
    Conflict {
        /// Stable, for programs.
        code: &'static str,
        /// What to do, for people.
        message: String,
    },
    /// Too often.
    #[error("too many attempts; try again later")]
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// Jira refused or could not be reached.
    #[error("Jira did not do it ({})", .0.code())]
    Jira(#[from] JiraError),
    /// A database cannot be reached: nothing was done.
    #[error("the database is not available; nothing was changed")]
    Unavailable,
    /// A bug or a broken part of ours; `code` is for the log.
    #[error("something broke on our side; nothing was changed")]
    Internal {
        /// A closed set of codes.
        code: &'static str,
    },
}

impl From<Invalid> for AppError {
    fn from(invalid: Invalid) -> Self {
        AppError::Invalid(vec![invalid])
    }
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) => AppError::Unavailable,
            DbError::Duplicate => AppError::Conflict {
                code: "already_exists",
                message: "This is already there.".to_owned(),
            },
            DbError::Column(_) => AppError::Internal { code: "db_column" },
            DbError::Driver { code, .. } => {
                // The code is SQLite's or PostgreSQL's own number: safe to log, and the only trace of the cause.
                let code = SqlCode::read(&code);
                Event::StatementRefused { code }.log();
                AppError::Internal {
                    code: "db_statement",
                }
            }
        }
    }
}

impl From<VaultError> for AppError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Unavailable(..) => AppError::Unavailable,
            _ => AppError::Internal { code: "vault" },
        }
    }
}
