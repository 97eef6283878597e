//! What went wrong, as the other side may read it. The only place that gives an [`AppError`] its status; pages and API
//! differ only in how [`crate::middleware::present`] writes it.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use upvow_app::AppError;

/// A refusal on its way out. It travels in the response's extensions until it is written as a page or as a problem.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The answer's status.
    pub status: StatusCode,
    /// Stable, from a closed set: for programs and `/problems`.
    pub code: &'static str,
    /// The same for the log, which may know more precisely.
    pub cause: &'static str,
    /// What to do, for people.
    pub detail: String,
    /// Which inputs are refused, and what to do about each.
    pub errors: Vec<FieldError>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

/// A refused input.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The input's name.
    #[schema(example = "title")]
    pub field: String,
    /// What to do.
    #[schema(example = "use 3 to 140 characters")]
    pub message: String,
}

impl Failure {
    /// A refusal with a text.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Failure {
        Failure {
            status,
            code,
            cause: code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// What a bare status means here: for answers that the framework made.
    pub fn of_status(status: StatusCode) -> Failure {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("not_found", "There is no such thing here."),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method_not_allowed",
                "This address does not take that method; the Allow header names those it takes.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "This is more than we read at once."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "wrong_content_type",
                "The content type of the request is not one that is read here.",
            ),
            StatusCode::UNPROCESSABLE_ENTITY => ("invalid", "Some of this cannot be read."),
            StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => {
                ("timed_out", "This took too long and was given up.")
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                ("unavailable", "This is not available now; try again soon.")
            }
            status if status.is_client_error() => ("bad_request", "This request cannot be read."),
            _ => ("internal", BROKEN),
        };
        Failure::new(status, code, detail)
    }

    /// A short name for the kind of refusal.
    pub fn title(&self) -> &'static str {
        match self.status {
            StatusCode::NOT_FOUND => "Not here",
            StatusCode::UNAUTHORIZED => "Sign in first",
            StatusCode::FORBIDDEN => "Not allowed",
            StatusCode::CONFLICT => "Not as things are",
            StatusCode::UNPROCESSABLE_ENTITY => "Please check what you entered",
            StatusCode::TOO_MANY_REQUESTS => "Too often",
            StatusCode::SERVICE_UNAVAILABLE => "Not available now",
            StatusCode::METHOD_NOT_ALLOWED => "Wrong method",
            StatusCode::PAYLOAD_TOO_LARGE => "Too large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "Wrong content type",
            StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => "Took too long",
            status if status.is_client_error() => "This cannot be read",
            _ => "Something broke",
        }
    }
}

const BROKEN: &str = "Something broke on our side; nothing was changed.";

impl From<AppError> for Failure {
    fn from(error: AppError) -> Failure {
        match error {
            AppError::NotFound => Failure::of_status(StatusCode::NOT_FOUND),
            AppError::SignInNeeded => Failure::new(
                StatusCode::UNAUTHORIZED,
                "sign_in_needed",
                "Sign in, or send a token as `Authorization: Bearer upvow_...`.",
            ),
            AppError::Forbidden { needs } => Failure::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                format!("This needs {needs}."),
            ),
            AppError::Invalid(invalid) => Failure {
                errors: invalid
                    .into_iter()
                    .map(|one| FieldError {
                        field: one.field.to_owned(),
                        message: one.message,
                    })
                    .collect(),
                ..Failure::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "invalid",
                    "Some of what was sent is refused; each field says what to do.",
                )
            },
            AppError::Conflict { code, message } => {
                Failure::new(StatusCode::CONFLICT, code, message)
            }
            AppError::TooMany { retry_after } => Failure {
                retry_after: Some(retry_after),
                ..Failure::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many",
                    "That was too often; try again later.",
                )
            },
            AppError::Jira(error) if error.is_transient() => Failure {
                retry_after: Some(Duration::from_secs(30)),
                ..Failure::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    error.code(),
                    "Jira could not be reached or asks us to wait. Try again in a moment.",
                )
            },
            AppError::Jira(error) => Failure::new(
                StatusCode::CONFLICT,
                error.code(),
                refused_by_jira(error.code()),
            ),
            AppError::Unavailable => Failure {
                retry_after: Some(Duration::from_secs(5)),
                ..Failure::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "The database is not available; nothing was changed. Try again soon.",
                )
            },
            AppError::Internal { code } => Failure {
                cause: code,
                ..Failure::of_status(StatusCode::INTERNAL_SERVER_ERROR)
            },
        }
    }
}

/// What a person can do about a refusal of Jira's.
fn refused_by_jira(code: &str) -> &'static str {
    match code {
        "jira_scope_missing" => {
            "The connection was made without a permission that this needs. An admin connects Jira again."
        }
        "jira_forbidden" => {
            "The person who connected Jira may not do this there. Ask a Jira admin for the right, or connect as somebody who has it."
        }
        "jira_not_found" => {
            "Jira has no such thing, or does not show it to the person who connected Jira."
        }
        "jira_refused" => "Jira refused this as it is: a field or the workflow does not allow it.",
        "jira_expired" | "jira_token_expired" | "jira_grant_dead" => {
            "The connection to Jira has ended. An admin connects it again; links stay."
        }
        "jira_client_refused" => {
            "Atlassian refused this server's client id or secret. Its operator has to check them."
        }
        _ => "Jira did not do it.",
    }
}

impl From<upvow_domain::Invalid> for Failure {
    fn from(invalid: upvow_domain::Invalid) -> Failure {
        AppError::from(invalid).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(after) = self.retry_after {
            // Whole seconds, rounded up: a second too early would be refused again.
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The answer for an address that leads nowhere.
pub(crate) async fn no_such_page() -> Failure {
    Failure::of_status(StatusCode::NOT_FOUND)
}
