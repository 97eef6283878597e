//! The permissions that Atlassian is asked for: what each is for, and whether all were given.

use upvow_jira::{SCOPES, TokenSet};

use crate::{AppError, Result};

/// Refuses a grant that allows less than the work takes, and names what is missing.
pub(super) fn check(tokens: &TokenSet) -> Result<()> {
    let missing: Vec<&str> = SCOPES
        .iter()
        .copied()
        // Whether `offline_access` is echoed is not documented; the refresh token is what counts.
        .filter(|scope| *scope != "offline_access")
        .filter(|scope| !tokens.scopes.iter().any(|granted| granted == scope))
        .chain(tokens.refresh.is_none().then_some("offline_access"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(AppError::Conflict {
        code: "scope_missing",
        message: format!(
            "Atlassian did not grant {}. Whoever runs this server adds it to the app in Atlassian's developer console, under Permissions; then start again. Nothing was connected.",
            told(&missing)
        ),
    })
}

/// Each scope, and what it is for.
pub(super) fn told(scopes: &[&str]) -> String {
    let one = |scope: &&str| match purpose(scope) {
        Some(purpose) => format!("{scope} ({purpose})"),
        None => (*scope).to_owned(),
    };
    scopes.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What we want a scope for; none is asked for without.
pub(super) fn purpose(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "read:jira-work" => "to read statuses of linked issues",
        "write:jira-work" => "to make and move issues",
        "manage:jira-webhook" => "to be told of changes in Jira",
        "read:me" => "to see whose authorisation it is",
        "report:personal-data" => "to learn from Atlassian when an account is closed",
        "offline_access" => "to work while nobody is signed in",
        _ => return None,
    })
}
