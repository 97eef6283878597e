//! Showing at Atlassian who one is: a sign-in there that asks for the right to read the account's number and, for a whole
//! site, to ask Jira whether it is administered. What comes back is used at once and kept nowhere: the account's number is
//! compared and forgotten, the token is dropped, and no refresh token is asked for.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use upvow_domain::{
    Caller, CaseId, GrantId, Invalid, ProjectId,
    deadlines::Kind,
    jira::CloudId,
    secret::{AccessToken, AccountId, CodeVerifier, LinkSecret, SessionSecret},
};
use upvow_jira::{ADMINISTRATION, IDENTITY, JiraError};
use upvow_store::{
    cases::{
        self as stored,
        exports::{self, Waiting},
        trips::{self, Trip},
    },
    connections,
};

use super::{
    FETCH_WITHIN, Route, State,
    act::{self, Acted},
    happened, kind, law, letters,
    open::{self, Opening},
};
use crate::{
    App, AppError, Result, audit,
    connect::oauth::Answer,
    random,
    throttle::{self, Limit},
};

/// How long somebody may stay at Atlassian.
const TRIP: Duration = Duration::from_mins(10);
/// Of ways from one network.
const PER_NETWORK: Limit = Limit {
    name: "request trips from",
    burst: 20,
    every: Duration::from_secs(20),
};

/// What somebody asks for before they go.
#[derive(Debug, Default)]
pub struct Wish {
    /// `export` or `deletion`.
    pub kind: String,
    /// A code of the table of laws; empty if they do not say.
    pub law: String,
    /// The part of the address of the project whose desk it is for.
    pub project: Option<String>,
    /// The address of the Jira site they administer; none for their own data.
    pub site: Option<String>,
}

/// Sends the browser to Atlassian. `from` is the network address, for the limit; it is not kept.
pub async fn begin(app: &App, browser: &SessionSecret, wish: &Wish, from: &str) -> Result<String> {
    let project = open::home(app, wish.project.as_deref()).await?;
    let kind = kind(&wish.kind)?;
    let law = law(&wish.law)?;
    let site = wish.site.as_deref().map(site_address).transpose()?;
    set_out(app, browser, (None, project), (kind, law, site), from).await
}

/// The same for a case that the contact form opened: whoever has its link shows that they may ask.
pub async fn begin_for(
    app: &App,
    browser: &SessionSecret,
    secret: &LinkSecret,
    from: &str,
) -> Result<String> {
    let found = {
        let mut tx = app.db.read().await?;
        stored::by_secret(&mut tx, random::hash(secret.expose())).await?
    };
    let found = found
        .filter(|case| case.state == State::Open.name())
        .ok_or_else(over)?;
    let kind = super::kind_of(&found)?;
    let case = (Some(found.id), found.project_id);
    set_out(app, browser, case, (kind, &found.law, None), from).await
}

async fn set_out(
    app: &App,
    browser: &SessionSecret,
    (case, project): (Option<CaseId>, ProjectId),
    (kind, law, site): (Kind, &str, Option<String>),
    from: &str,
) -> Result<String> {
    let jira = app.jira()?;
    let now = app.now();
    app.throttle()
        .take(&PER_NETWORK, &throttle::network(from), now)?;
    let scopes = if site.is_some() {
        ADMINISTRATION
    } else {
        IDENTITY
    };
    let state = random::secret();
    let trip = Trip {
        case_id: case,
        project_id: project,
        kind: kind.name().to_owned(),
        law: law.to_owned(),
        site,
        expires_at: now.plus(TRIP),
    };
    let mut tx = app.db.write().await?;
    trips::insert(
        &mut tx,
        random::hash(&state),
        random::hash(browser.expose()),
        &trip,
        now,
    )
    .await?;
    tx.commit().await?;
    let verifier = verifier(browser, &state);
    let back = app.settings.address("/jira/callback");
    Ok(jira
        .authorize_url_for(scopes, &back, &state, &verifier)
        .to_string())
}

/// Whether a state that came back is one of these ways.
pub async fn is_one(app: &App, state: &str) -> Result<bool> {
    let mut tx = app.db.read().await?;
    Ok(trips::is_one(&mut tx, random::hash(state)).await?)
}

/// The browser is back. Deletes what was asked to be deleted, or lets this browser fetch a copy; gives the secret of the
/// address where the case can be looked at.
pub async fn finish(
    app: &App,
    browser: &SessionSecret,
    state: &str,
    answer: Answer,
) -> Result<LinkSecret> {
    let trip = use_up(app, browser, state).await?;
    let code = match answer {
        Answer::Code(code) => code,
        Answer::Refused(_) => {
            return Err(AppError::Conflict {
                code: "consent_denied",
                message: "The sign-in was declined at Atlassian. Nothing was done.".to_owned(),
            });
        }
    };
    let jira = app.jira()?;
    let back = app.settings.address("/jira/callback");
    let tokens = jira
        .exchange(&code, &back, &verifier(browser, state))
        .await
        .map_err(|error| match error {
            JiraError::GrantDead | JiraError::AppRemoved => AppError::Conflict {
                code: "code_used",
                message: "Atlassian's answer was used already or is too old. Start again."
                    .to_owned(),
            },
            other => other.into(),
        })?;
    let shown = match &trip.site {
        None => jira
            .me(&tokens.access)
            .await
            .map(Shown::Person)
            .map_err(AppError::from),
        Some(site) => administered(app, &tokens.access, site)
            .await
            .map(Shown::Site),
    };
    // It was not asked for; if Atlassian gave one all the same, it is to end.
    if let Some(refresh) = &tokens.refresh {
        let _ = jira.revoke(refresh).await;
    }
    drop(tokens);
    carry_out(app, browser, &trip, shown?).await
}

/// Who somebody showed to be.
enum Shown {
    /// This account's owner.
    Person(AccountId),
    /// An administrator of this site.
    Site(CloudId),
}

/// The site of this address, if whoever has the token administers it now.
async fn administered(app: &App, access: &AccessToken, address: &str) -> Result<CloudId> {
    let jira = app.jira()?;
    let sites = jira.accessible_sites(access).await?;
    let site = sites
        .into_iter()
        .find(|site| site_address(&site.url).is_ok_and(|url| url == address))
        .ok_or_else(not_administered)?;
    if jira.on(&site.cloud_id, access).administers().await? {
        Ok(site.cloud_id)
    } else {
        Err(not_administered())
    }
}

async fn carry_out(
    app: &App,
    browser: &SessionSecret,
    trip: &Trip,
    shown: Shown,
) -> Result<LinkSecret> {
    let kind = Kind::named(&trip.kind).ok_or(AppError::Internal { code: "case_kind" })?;
    let (grant, suppressed_at) = match &shown {
        Shown::Person(account) => (
            app.vault.grant_of(account).await?,
            app.vault.suppressed(account, app.now()).await?,
        ),
        Shown::Site(_) => (None, None),
    };
    let secret = LinkSecret::new(random::secret());
    let id = enter(app, trip, &shown, grant, &secret).await?;
    match kind {
        Kind::Deletion => {
            let acted = match &shown {
                Shown::Person(account) => act::of_person(app, account).await?,
                Shown::Site(cloud) => act::of_site(app, cloud).await?,
            };
            note(app, id, &acted).await?;
        }
        Kind::Export => {
            let waiting = Waiting {
                suppressed_at,
                expires_at: app.now().plus(FETCH_WITHIN),
            };
            let mut tx = app.db.write().await?;
            exports::insert(&mut tx, id, random::hash(browser.expose()), &waiting).await?;
            happened(&mut tx, app, id, "copy_ready", "").await?;
            tx.commit().await?;
        }
    }
    Ok(secret)
}

/// Opens the case, or goes on with the one of the contact form; its link gets a new secret, which the letter does not know.
async fn enter(
    app: &App,
    trip: &Trip,
    shown: &Shown,
    grant: Option<GrantId>,
    secret: &LinkSecret,
) -> Result<CaseId> {
    let kind = Kind::named(&trip.kind).ok_or(AppError::Internal { code: "case_kind" })?;
    let (route, cloud) = match shown {
        Shown::Person(_) => (Route::Person, None),
        Shown::Site(cloud) => (Route::Site, Some(cloud)),
    };
    let mut tx = app.db.write().await?;
    let hash = random::hash(secret.expose());
    if let Some(id) = trip.case_id {
        let ceiling = open::ceiling(app);
        if !stored::verify(&mut tx, id, (grant, cloud), ceiling, app.now()).await? {
            return Err(over());
        }
        stored::set_secret(&mut tx, id, hash).await?;
        happened(&mut tx, app, id, "verified", route.name()).await?;
        let caller = Caller::program(trip.project_id);
        audit::note(
            &mut tx,
            app,
            &caller,
            "request.verified",
            &id.to_string(),
            "",
        )
        .await?;
        letters::to_asker(&mut tx, app, id, "verified").await?;
        tx.commit().await?;
        return Ok(id);
    }
    // Where the data is used is where it is answered for; nobody outside sees the difference.
    let ties = match (grant, cloud) {
        (Some(grant), _) => connections::of_grant(&mut tx, grant).await?,
        (None, Some(cloud)) => connections::of_site(&mut tx, cloud).await?,
        (None, None) => vec![],
    };
    let project = ties.last().map_or(trip.project_id, |tie| tie.project_id);
    let opening = Opening {
        kind,
        route,
        law: &trip.law,
        connection: None,
        grant,
        cloud,
        person: None,
        secret_hash: Some(hash),
        email: None,
        is_verified: true,
    };
    let id = open::open(&mut tx, app, &Caller::program(project), opening).await?;
    tx.commit().await?;
    Ok(id)
}

/// What was done is noted; where nothing is under way, the case is through.
pub(super) async fn note(app: &App, id: CaseId, acted: &Acted) -> Result<()> {
    let mut tx = app.db.write().await?;
    open::begun(&mut tx, app, id, &acted.erasures).await?;
    if !acted.erasures.is_empty()
        && let Some(case) = stored::find(&mut tx, id).await?
    {
        super::watch::order(&mut tx, app, case.project_id, id).await?;
    }
    if acted.ended > 0 {
        happened(&mut tx, app, id, "ties_ended", &acted.ended.to_string()).await?;
    }
    if acted.erasures.is_empty() {
        let result = if acted.ended > 0 {
            "ended_here"
        } else {
            "nothing_held"
        };
        super::watch::close(&mut tx, app, id, result).await?;
    }
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}

async fn use_up(app: &App, browser: &SessionSecret, state: &str) -> Result<Trip> {
    let mut tx = app.db.write().await?;
    let browser = random::hash(browser.expose());
    let trip = trips::use_up(&mut tx, random::hash(state), browser, app.now()).await?;
    let trip = trip.ok_or_else(|| AppError::Conflict {
        code: "state_refused",
        message: "This return from Atlassian was not expected here, or it took longer than ten minutes. Start again."
            .to_owned(),
    })?;
    tx.commit().await?;
    Ok(trip)
}

/// PKCE's secret half, drawn from the browser's secret and the state, so that nothing of it is stored.
fn verifier(browser: &SessionSecret, state: &str) -> CodeVerifier {
    let key = hmac::Key::new(hmac::HMAC_SHA256, browser.expose().as_bytes());
    let tag = hmac::sign(&key, ["request", state].concat().as_bytes());
    CodeVerifier::new(URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// The address of a site as it is compared: `https://acme.atlassian.net`.
fn site_address(text: &str) -> Result<String> {
    let refused = || Invalid::new("site", "write it as https://your-site.atlassian.net");
    let text = text.trim();
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = url::Url::parse(&text).map_err(|_| refused())?;
    let host = url
        .host_str()
        .filter(|host| host.contains('.') || *host == "localhost");
    match (url.scheme(), host) {
        ("http" | "https", Some(_)) => Ok(url.origin().ascii_serialization()),
        _ => Err(refused().into()),
    }
}

/// One text for a site that is not there, that is not theirs and that they do not administer.
fn not_administered() -> AppError {
    AppError::Conflict {
        code: "not_site_admin",
        message: "Jira does not say that this account administers that site. Nothing was done."
            .to_owned(),
    }
}

/// The one answer for links that are used, over, or never were.
pub(super) fn over() -> AppError {
    AppError::Conflict {
        code: "link_over",
        message:
            "This link was used, is over, or never was. Ask again on the page for privacy requests."
                .to_owned(),
    }
}
