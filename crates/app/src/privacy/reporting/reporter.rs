//! Whose token asks. Any living grant may report every account; the operator can name one that lasts.

use std::time::Duration;

use upvow_domain::GrantId;
use upvow_jira::{AccountReport, JiraError, Report};
use upvow_store::{account_reports as stored, connections};
use upvow_vault::GrantState;

use crate::{
    App, AppError, Result,
    connect::grants::{self, CallError, Need},
};

/// What the token that reports must be allowed to do.
const SCOPE: &str = "report:personal-data";
/// How many grants are tried for one batch. Where five are dead, the sixth is no better, and Atlassian counts refusals.
const MOST_TRIES: usize = 5;

/// What became of a batch.
pub(super) enum Sent {
    /// Atlassian answered.
    Answered { report: Report, by: GrantId },
    /// It refuses the batch: something in it cannot be asked about.
    Refused,
    /// It did not take the batch.
    NotTaken {
        code: &'static str,
        after: Option<Duration>,
    },
    /// Nobody can ask until a person does something.
    Nobody { code: &'static str },
    /// It may have taken the batch, and the answer is lost.
    Unknown { code: &'static str },
}

/// Sends a batch, by one grant after the other until one is let in.
pub(super) async fn send(app: &App, batch: &[AccountReport]) -> Result<Sent> {
    let mut lacks_scope = false;
    let mut tried = 0;
    for grant in candidates(app).await? {
        match app.vault.open_grant(grant).await {
            Ok(Some(found)) if found.state != GrantState::Live => continue,
            Ok(Some(found)) if !found.scopes.iter().any(|scope| scope == SCOPE) => {
                lacks_scope = true;
                continue;
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(upvow_vault::VaultError::Broken { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        if tried == MOST_TRIES {
            break;
        }
        tried += 1;
        match by(app, grant, batch).await? {
            Some(Sent::Nobody { .. }) => lacks_scope = true,
            Some(sent) => return Ok(sent),
            None => {}
        }
    }
    Ok(Sent::Nobody {
        code: if lacks_scope {
            "report_scope_missing"
        } else {
            "report_nobody"
        },
    })
}

/// The one that the operator named, the one that worked last, then all others.
async fn candidates(app: &App) -> Result<Vec<GrantId>> {
    let (named, last) = {
        let mut tx = app.db.read().await?;
        let named = match app.settings.reporter {
            Some(id) => connections::grant_of(&mut tx, id).await?,
            None => None,
        };
        let standing = stored::standing(&mut tx).await?;
        (named, standing.reporter_grant_id)
    };
    let mut all = app
        .vault
        .consented_before(upvow_domain::Time(i64::MAX))
        .await?;
    let first = |grant: &GrantId| match Some(*grant) {
        one if one == named => 0,
        one if one == last => 1,
        _ => 2,
    };
    all.sort_by_key(first);
    Ok(all)
}

/// By this grant; nothing if it is not let in.
async fn by(app: &App, grant: GrantId, batch: &[AccountReport]) -> Result<Option<Sent>> {
    let mut need = Need::Fresh;
    loop {
        let token = match grants::token(app, grant, need).await {
            Ok(token) => token,
            Err(CallError::Ended) => return Ok(None),
            // Its refresh failed; the others go to the same place.
            Err(CallError::Jira(error) | CallError::Wait { error, .. }) => {
                return Ok(Some(Sent::NotTaken {
                    code: error.code(),
                    after: error.retry_after(),
                }));
            }
            Err(CallError::App(AppError::Unavailable)) => {
                return Ok(Some(Sent::NotTaken {
                    code: "unavailable",
                    after: None,
                }));
            }
            Err(CallError::App(error)) => return Err(error),
        };
        let error = match app.jira()?.report_accounts(&token.access, batch).await {
            Ok(report) => return Ok(Some(Sent::Answered { report, by: grant })),
            Err(error) => error,
        };
        let code = error.code();
        return Ok(match error {
            JiraError::Expired if matches!(need, Need::Fresh) => {
                need = Need::NewerThan(token.version);
                continue;
            }
            // Refused twice, by a token that is new.
            JiraError::Expired | JiraError::GrantDead | JiraError::AppRemoved => None,
            JiraError::ScopeMissing | JiraError::Forbidden => Some(Sent::Nobody { code }),
            JiraError::Refused { .. } => Some(Sent::Refused),
            // What answers so stands before Atlassian's own service, or is it: 500 and 503 are documented as "try again".
            JiraError::Unavailable {
                status: None | Some(..=500 | 503),
                ..
            }
            | JiraError::RateLimited { .. }
            | JiraError::NotFound
            | JiraError::Gone
            | JiraError::Conflict
            | JiraError::ClientRefused => Some(Sent::NotTaken {
                code,
                after: error.retry_after(),
            }),
            // A gateway gave up waiting, or nothing came back: it may have been counted.
            JiraError::Unavailable { .. }
            | JiraError::TimedOut
            | JiraError::Malformed
            | JiraError::TooLarge => Some(Sent::Unknown { code }),
        });
    }
}
