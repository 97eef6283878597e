//! The round trip to Atlassian: state bound to the session, used once; PKCE; the grant goes straight into the vault.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use upvow_domain::{
    Caller, ConnectionId, ErasureId, GrantId, InviteId, PersonId, ProjectId, Role, Scope,
    SessionId, Time,
    access::Via,
    secret::{AuthorizationCode, CodeVerifier, SessionSecret},
};
use upvow_jira::{JiraError, Site};
use upvow_store::{
    connect_attempts::{self, Attempt},
    connect_invites,
    connections::{self, NewConnection},
    consents::{self, NewConsent},
};
use upvow_vault::{NewGrant, VaultError};

use crate::{
    App, AppError, Result,
    access::{need, person},
    audit,
    connect::{
        consent, invites, lift,
        revive::{reconnect, revive_others},
        scopes,
    },
    live,
    privacy::{promises, reporting},
    random,
};

/// How long a person may stay at Atlassian.
const TRIP: Duration = Duration::from_mins(10);
/// How long a trip without a return is told of.
const TOLD_FOR: Duration = Duration::from_hours(24);
/// How many such trips are told of.
const TOLD: i64 = 5;

/// Who is on the way to Atlassian and back. Where a browser's secret goes along, it is that of the session, or, for the
/// holder of a link, one made for this alone.
pub(super) struct Traveller {
    /// The admin; for the holder of a link the program, which may do what the link is for.
    pub(super) caller: Caller,
    /// Who answers for the connection: the admin, or the one who made the link.
    pub(super) by: PersonId,
    pub(super) session: Option<SessionId>,
    pub(super) invite: Option<InviteId>,
}

impl Traveller {
    pub(super) fn member(caller: &Caller) -> Result<Traveller> {
        need(caller, Role::Admin, Scope::Admin)?;
        Ok(Traveller {
            by: person(caller)?,
            session: Some(session_of(caller)?),
            invite: None,
            caller: caller.clone(),
        })
    }

    /// The holder of a link that `by` made.
    pub(super) fn invited(project: ProjectId, by: PersonId, invite: InviteId) -> Traveller {
        Traveller {
            caller: Caller::program(project),
            by,
            session: None,
            invite: Some(invite),
        }
    }
}

/// Records the consent (`agreed` is the version that was shown) and gives the address at Atlassian to send the browser
/// to. `reconnect` names a connection whose grant died. Needs an admin with a session; `session` is its secret.
pub async fn begin(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    agreed: &str,
    reconnect: Option<ConnectionId>,
) -> Result<String> {
    let who = Traveller::member(caller)?;
    set_out(app, &who, session, agreed, reconnect, None).await
}

/// The way there, whoever goes it.
pub(super) async fn set_out(
    app: &App,
    who: &Traveller,
    browser: &SessionSecret,
    agreed: &str,
    reconnect: Option<ConnectionId>,
    lifts: Option<ErasureId>,
) -> Result<String> {
    let project = who.caller.project;
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
        let found = connections::get(&mut tx, project, id)
            .await?
            .ok_or(AppError::NotFound)?;
        if matches!(found.state.as_str(), "disconnecting" | "invalidated") {
            return Err(ended());
        }
    }
    if let Some(invite) = who.invite
        && !connect_invites::begin(&mut tx, invite, random::hash(browser.expose()), now).await?
    {
        return Err(invites::over());
    }
    let consent = NewConsent {
        id: app.fresh_id(),
        person: who.session.map(|_| who.by),
        invite: who.invite,
        version: text.version,
        sha256: &text.sha256(),
        addendum: promises::in_force(app.now()),
    };
    consents::insert(&mut tx, project, &consent, now).await?;
    let attempt = Attempt {
        project_id: project,
        session_id: who.session,
        person_id: consent.person,
        invite_id: who.invite,
        consent_id: consent.id,
        connection_id: reconnect,
        created_at: now,
        expires_at: now.plus(TRIP),
        used_at: None,
        lifts_erasure: lifts,
        met_erasure: None,
        met_reason: None,
        met_since: None,
        met_revocation: None,
    };
    connect_attempts::insert(&mut tx, random::hash(&state), &attempt).await?;
    let subject = consent.id.to_string();
    let action = match who.invite {
        None => "connection.consented",
        Some(_) => "connection.consented_by_link",
    };
    audit::note(&mut tx, app, &who.caller, action, &subject, text.version).await?;
    tx.commit().await?;

    let verifier = verifier(browser, &state);
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

/// The browser is back. The state must be one this session began, not used and not expired. Gives the connection: in
/// setup, reconnected, or with a question whether another account is to be used.
pub async fn finish(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    state: &str,
    answer: Answer,
) -> Result<ConnectionId> {
    arrive(app, &Traveller::member(caller)?, session, state, answer).await
}

/// The way back, whoever went it.
pub(super) async fn arrive(
    app: &App,
    who: &Traveller,
    browser: &SessionSecret,
    state: &str,
    answer: Answer,
) -> Result<ConnectionId> {
    let attempt = use_up(app, who, browser, state).await?;
    let code = match answer {
        Answer::Code(code) => code,
        Answer::Refused(why) => return Err(refused(&why)),
    };

    let jira = app.jira()?;
    let verifier = verifier(browser, state);
    let tokens = jira
        .exchange(&code, &redirect_uri(app), &verifier)
        .await
        .map_err(|error| match error {
            JiraError::GrantDead | JiraError::AppRemoved => AppError::Conflict {
                code: "code_used",
                message: "Atlassian's answer was used already or is too old. Start again."
                    .to_owned(),
            },
            other => other.into(),
        })?;
    scopes::check(&tokens)?;
    let account = jira.me(&tokens.access).await?;
    // Before anything is written of it.
    lift::unless_suppressed(app, who, &attempt, state, &account, &tokens).await?;
    let sites = jira.accessible_sites(&tokens.access).await?;

    let grant = NewGrant {
        account,
        access: tokens.access,
        refresh: tokens.refresh,
        scopes: tokens.scopes,
        expires_at: app.now().plus(tokens.expires_in),
    };
    match attempt.connection_id {
        None => connect(app, who, &attempt, grant, &sites).await,
        Some(id) => reconnect(app, who, &attempt, id, grant, &sites).await,
    }
}

/// Whose round trip a state belongs to: the callback has one address for all projects and for holders of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trip {
    /// The project it is about.
    pub project: ProjectId,
    /// The link whose holder began it, if nobody signed in did.
    pub invite: Option<InviteId>,
}

/// The round trip of this state. `None` for a state we never made.
pub async fn trip_of(app: &App, state: &str) -> Result<Option<Trip>> {
    let mut tx = app.db.read().await?;
    let attempt = connect_attempts::find(&mut tx, random::hash(state)).await?;
    Ok(attempt.map(|attempt| Trip {
        project: attempt.project_id,
        invite: attempt.invite_id,
    }))
}

/// A round trip that did not come back.
#[derive(Debug, Clone, Copy)]
pub struct Away {
    /// When it was begun.
    pub begun_at: Time,
    /// Whether there is nothing to wait for any more.
    pub is_over: bool,
    /// Whether the holder of a link began it.
    pub by_link: bool,
}

/// The project's round trips of the last day that did not come back, newest first. Atlassian does not tell when an
/// organisation's policy stops somebody, so silence is all there is to see. Needs an admin.
pub async fn away(app: &App, caller: &Caller) -> Result<Vec<Away>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let now = app.now();
    let mut tx = app.db.read().await?;
    let since = now.minus(TOLD_FOR);
    let rows = connect_attempts::unreturned(&mut tx, caller.project, since, TOLD).await?;
    Ok(rows
        .into_iter()
        .map(|row| Away {
            begun_at: row.created_at,
            is_over: row.expires_at <= now,
            by_link: row.invite_id.is_some(),
        })
        .collect())
}

async fn use_up(
    app: &App,
    who: &Traveller,
    browser: &SessionSecret,
    state: &str,
) -> Result<Attempt> {
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
    let (project, now) = (who.caller.project, app.now());
    let is_theirs = match (who.session, who.invite) {
        (Some(session), None) => {
            connect_attempts::use_up(&mut tx, project, session, hash, now).await?
        }
        (None, Some(invite)) => {
            let browser = random::hash(browser.expose());
            connect_attempts::use_up_invited(&mut tx, invite, browser, hash, now).await?
        }
        _ => false,
    };
    if !is_theirs {
        return Err(refused());
    }
    tx.commit().await?;
    Ok(attempt)
}

async fn connect(
    app: &App,
    who: &Traveller,
    attempt: &Attempt,
    grant: NewGrant,
    sites: &[Site],
) -> Result<ConnectionId> {
    let (now, project) = (app.now(), who.caller.project);
    keeps_sites(app, project, None, &grant, sites).await?;
    let kept = keep(app, app.fresh_id(), grant).await?;
    let id = app.fresh_id();
    let new = NewConnection {
        id,
        grant: kept,
        consent: attempt.consent_id,
        by: who.by,
    };
    let mut tx = app.db.write().await?;
    connections::insert(&mut tx, project, &new, now).await?;
    reporting::noticed(&mut tx, app).await?;
    invites::use_up(&mut tx, app, who, id).await?;
    revive_others(&mut tx, app, kept, id).await?;
    let subject = id.to_string();
    audit::note(
        &mut tx,
        app,
        &who.caller,
        "connection.authorised",
        &subject,
        "",
    )
    .await?;
    live::commit(app, tx, &[super::change(project, id)]).await?;
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

/// An account has one grant, so what was just agreed to replaces what its other connections work by. It must not take
/// their sites away.
pub(super) async fn keeps_sites(
    app: &App,
    project: ProjectId,
    but: Option<ConnectionId>,
    grant: &NewGrant,
    sites: &[Site],
) -> Result<()> {
    let Some(had) = app.vault.grant_of(&grant.account).await? else {
        return Ok(());
    };
    let users = {
        let mut tx = app.db.read().await?;
        connections::of_grant(&mut tx, had).await?
    };
    let mut lost: Vec<String> = users
        .into_iter()
        .filter(|user| user.state == "active" && Some(user.id) != but)
        .filter(|user| {
            let cloud = user.cloud_id.as_ref();
            cloud.is_some_and(|cloud| sites.iter().all(|site| site.cloud_id != *cloud))
        })
        .map(|user| match user.site_name {
            // What another customer is connected to is not this one's business.
            Some(name) if user.project_id == project => format!("\u{201c}{name}\u{201d}"),
            _ => "a site that another board is connected to".to_owned(),
        })
        .collect();
    lost.sort_unstable();
    lost.dedup();
    if lost.is_empty() {
        return Ok(());
    }
    Err(AppError::Conflict {
        code: "site_lost",
        message: format!(
            "The same account is connected to {}, and this authorisation leaves that out, which would stop it. Start again and choose that site at Atlassian as well, or disconnect it first.",
            lost.join(" and to ")
        ),
    })
}

/// Puts what the exchange brought into the vault. The account's own grant keeps its id.
pub(super) async fn keep(app: &App, id: GrantId, grant: NewGrant) -> Result<GrantId> {
    match app.vault.keep_grant(id, grant, app.now()).await {
        Ok(kept) => Ok(kept.id),
        Err(VaultError::Suppressed { since }) => Err(lift::suppressed(since)),
        Err(error) => Err(error.into()),
    }
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
