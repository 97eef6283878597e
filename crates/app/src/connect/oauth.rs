//! The round trip to Atlassian: state bound to the session, used once; PKCE; the grant goes straight into the vault.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use upvow_domain::{
    Caller, ConnectionId, GrantId, ProjectId, Role, Scope, SessionId,
    access::Via,
    secret::{AuthorizationCode, CodeVerifier, SessionSecret},
};
use upvow_jira::{JiraError, SCOPES, TokenSet};
use upvow_store::{
    connect_attempts::{self, Attempt},
    connections::{self, NewConnection},
    consents,
};
use upvow_vault::{NewGrant, VaultError};

use crate::{
    App, AppError, Result,
    access::{need, person},
    audit,
    connect::{
        consent,
        revive::{reconnect, revive_others},
    },
    live, random,
};

/// How long a person may stay at Atlassian.
const TRIP: Duration = Duration::from_mins(10);

/// Records the consent (`agreed` is the version that was shown) and gives the address at Atlassian to send the browser
/// to. `reconnect` names a connection whose grant died. Needs an admin with a session; `session` is its secret.
pub async fn begin(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    agreed: &str,
    reconnect: Option<ConnectionId>,
) -> Result<String> {
    need(caller, Role::Admin, Scope::Admin)?;
    let by = person(caller)?;
    let session_id = session_of(caller)?;
    let jira = app.jira()?;
    let text = consent::text(app);
    if agreed != text.version {
        return Err(AppError::Conflict {
            code: "consent_changed",
            message:
                "The text changed since it was shown. Read it again and agree to it as it is now."
                    .to_owned(),
        });
    }
    let state = random::secret();
    let now = app.now();

    let mut tx = app.db.write().await?;
    if let Some(id) = reconnect {
        let found = connections::get(&mut tx, caller.project, id)
            .await?
            .ok_or(AppError::NotFound)?;
        if matches!(found.state.as_str(), "disconnecting" | "invalidated") {
            return Err(ended());
        }
    }
    let consent_id = app.fresh_id();
    consents::insert(
        &mut tx,
        caller.project,
        consent_id,
        by,
        text.version,
        &text.sha256(),
        now,
    )
    .await?;
    let attempt = Attempt {
        project_id: caller.project,
        session_id,
        person_id: by,
        consent_id,
        connection_id: reconnect,
        expires_at: now.plus(TRIP),
        used_at: None,
    };
    connect_attempts::insert(&mut tx, random::hash(&state), &attempt, now).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.consented",
        &consent_id.to_string(),
        text.version,
    )
    .await?;
    tx.commit().await?;

    let verifier = verifier(session, &state);
    Ok(jira
        .authorize_url(&redirect_uri(app), &state, &verifier)
        .to_string())
}

/// What Atlassian sent back with the browser.
#[derive(Debug)]
pub enum Answer {
    /// The person agreed.
    Code(AuthorizationCode),
    /// The person declined, or Atlassian refused; its own code, cut to a closed set.
    Refused(String),
}

/// The browser is back. The state must be one this session began, not used and not expired. Gives the connection in
/// setup (or the reconnected one).
pub async fn finish(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    state: &str,
    answer: Answer,
) -> Result<ConnectionId> {
    need(caller, Role::Admin, Scope::Admin)?;
    let session_id = session_of(caller)?;
    let attempt = use_up(app, caller.project, session_id, state).await?;
    let code = match answer {
        Answer::Code(code) => code,
        Answer::Refused(why) => return Err(refused(&why)),
    };

    let jira = app.jira()?;
    let verifier = verifier(session, state);
    let tokens = jira
        .exchange(&code, &redirect_uri(app), &verifier)
        .await
        .map_err(|error| match error {
            JiraError::GrantDead => AppError::Conflict {
                code: "code_used",
                message: "Atlassian's answer was used already or is too old. Start again."
                    .to_owned(),
            },
            other => other.into(),
        })?;
    check_scopes(&tokens)?;
    let account = jira.me(&tokens.access).await?;

    let grant = NewGrant {
        account,
        access: tokens.access,
        refresh: tokens.refresh,
        scopes: tokens.scopes,
        expires_at: app.now().plus(tokens.expires_in),
    };
    match attempt.connection_id {
        None => connect(app, caller, &attempt, grant).await,
        Some(id) => reconnect(app, caller, &attempt, id, grant).await,
    }
}

/// The project of the round trip that this state belongs to, so that the callback, which has one address for all
/// projects, knows where it is. `None` for a state we never made.
pub async fn project_of(app: &App, state: &str) -> Result<Option<ProjectId>> {
    let mut tx = app.db.read().await?;
    let attempt = connect_attempts::find(&mut tx, random::hash(state)).await?;
    Ok(attempt.map(|attempt| attempt.project_id))
}

async fn use_up(app: &App, project: ProjectId, session: SessionId, state: &str) -> Result<Attempt> {
    // One text for a state that is unknown, used, expired or somebody else's: there is nothing to learn by trying.
    let refused = || {
        AppError::Conflict {
        code: "state_refused",
        message: "This return from Atlassian was not expected here, or it took longer than ten minutes. Start again."
            .to_owned(),
    }
    };
    let hash = random::hash(state);
    let mut tx = app.db.write().await?;
    let attempt = connect_attempts::find(&mut tx, hash.clone())
        .await?
        .ok_or_else(refused)?;
    if !connect_attempts::use_up(&mut tx, project, session, hash, app.now()).await? {
        return Err(refused());
    }
    tx.commit().await?;
    Ok(attempt)
}

async fn connect(
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    grant: NewGrant,
) -> Result<ConnectionId> {
    let now = app.now();
    let kept = keep(app, app.fresh_id(), grant).await?;
    let id = app.fresh_id();
    let new = NewConnection {
        id,
        grant: kept,
        consent: attempt.consent_id,
        by: attempt.person_id,
    };
    let mut tx = app.db.write().await?;
    connections::insert(&mut tx, caller.project, &new, now).await?;
    revive_others(&mut tx, app, kept, id).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.authorised",
        &id.to_string(),
        "",
    )
    .await?;
    live::commit(app, tx, &[super::change(caller.project, id)]).await?;
    app.work.notify_one();
    // A goodbye to the account's last connection may have begun meanwhile: then this one would never work.
    if app.vault.open_grant(kept).await?.is_none() {
        return Err(AppError::Conflict {
            code: "try_again",
            message: "The account's old connection was just being removed. Start again.".to_owned(),
        });
    }
    Ok(id)
}

/// Puts what the exchange brought into the vault. The account's own grant keeps its id.
pub(super) async fn keep(app: &App, id: GrantId, grant: NewGrant) -> Result<GrantId> {
    match app.vault.keep_grant(id, grant, app.now()).await {
        Ok(kept) => Ok(kept.id),
        Err(VaultError::Suppressed { since }) => Err(AppError::Conflict {
            code: "suppressed",
            message: format!(
                "The owner of this Atlassian account asked us on {} to erase their data and not to process it again. Only they can take that back.",
                since.rfc3339().get(..10).unwrap_or_default()
            ),
        }),
        Err(error) => Err(error.into()),
    }
}

fn check_scopes(tokens: &TokenSet) -> Result<()> {
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
            "Atlassian did not grant {}. Add it to the app in Atlassian's developer console, then start again.",
            missing.join(", ")
        ),
    })
}

/// PKCE's secret half is drawn from the session's secret and the state, so that nothing of it is stored.
fn verifier(session: &SessionSecret, state: &str) -> CodeVerifier {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session.expose().as_bytes());
    let tag = hmac::sign(&key, ["pkce", state].concat().as_bytes());
    CodeVerifier::new(URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

fn redirect_uri(app: &App) -> String {
    app.settings.address("/jira/callback")
}

fn session_of(caller: &Caller) -> Result<SessionId> {
    match caller.via {
        Via::Session(id) => Ok(id),
        _ => Err(AppError::Conflict {
            code: "session_needed",
            message: "Connecting needs a signed-in browser: Atlassian sends the browser back to the session that began it."
                .to_owned(),
        }),
    }
}

fn refused(why: &str) -> AppError {
    match why {
        "access_denied" => AppError::Conflict {
            code: "consent_denied",
            message: "The authorisation was declined at Atlassian. Nothing was connected.".to_owned(),
        },
        _ => AppError::Conflict {
            code: "atlassian_refused",
            message: "Atlassian refused the authorisation. The app's settings in its developer console must list this address and these scopes."
                .to_owned(),
        },
    }
}

pub(super) fn ended() -> AppError {
    AppError::Conflict {
        code: "disconnected",
        message: "This connection was removed. Connect anew.".to_owned(),
    }
}
