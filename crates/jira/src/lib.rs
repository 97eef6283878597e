//! Atlassian Cloud over HTTP. Knows nothing of boards: ids, tokens and text go in, checked values come out.
//!
//! - [`oauth`]: consent, tokens, which sites a token reaches.
//! - [`OnSite`], from [`Jira::on`]: calls on one Jira site, in [`project`], [`issue`], [`edit`], [`transition`], [`remote_link`]
//!   and [`hook`].
//! - [`form`]: the fields of a new issue, and values for them.
//! - [`webhook`]: the pure half of the webhook door: is a delivery genuine, and what does it say.
//! - [`personal_data`]: the app-wide report of the accounts that we hold.
//! - [`adf`]: Markdown to Atlassian's document format.
//! - [`endpoint`]: every path we ever call, with its scope and purpose. There is no other way out.
//! - [`tally`]: how many calls a piece of work made, and how the last one was answered.
//! - [`error`], [`limits`]: what went wrong, in a closed set of words, and how long to wait.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use upvow_domain::Invalid;
use upvow_domain::jira::CloudId;
use upvow_domain::outgoing::Gate;
use upvow_domain::secret::{AccessToken, ClientSecret};
use url::{Host, Url};

pub mod adf;
mod call;
pub mod edit;
pub mod endpoint;
pub mod error;
pub mod form;
pub mod hook;
pub mod issue;
pub mod limits;
pub mod oauth;
pub mod personal_data;
pub mod project;
mod read;
pub mod remote_link;
pub mod search;
pub mod tally;
pub mod transition;
pub mod webhook;

pub use adf::Adf;
pub use edit::NumberField;
pub use error::{Hint, JiraError};
pub use form::{CreateField, FieldKind, FieldOption, Given, Unsupported, Wrong};
pub use hook::{Registered, Webhook};
pub use issue::{Bulk, Created, Issue, IssueRef, IssueSummary, NewIssue};
pub use limits::{LimitReason, Pause};
pub use oauth::{ADMINISTRATION, IDENTITY, SCOPES, Site, TokenSet};
pub use personal_data::{AccountReport, LARGEST_BATCH, Report, Standing};
pub use project::{IssueType, JiraProject, JiraStatus, Permissions, ProjectPage};
pub use remote_link::RemoteLink;
pub use search::Found;
pub use transition::Transition;
pub use webhook::{DoorError, Event, Signal};

/// Where Atlassian lives: two hosts, so that a simulated one can stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// Consent and tokens; `https://auth.atlassian.com`.
    pub auth_url: Url,
    /// Everything else, Jira included; `https://api.atlassian.com`.
    pub api_url: Url,
}

impl Hosts {
    /// Checks both addresses: `https`, or `http` on a loopback host; no user, query or fragment.
    pub fn parse(auth_url: &str, api_url: &str) -> Result<Hosts, Invalid> {
        Ok(Hosts {
            auth_url: parse_host("atlassian_auth_url", auth_url)?,
            api_url: parse_host("atlassian_api_url", api_url)?,
        })
    }

    fn all_loopback(&self) -> bool {
        is_loopback(&self.auth_url) && is_loopback(&self.api_url)
    }

    fn all_https(&self) -> bool {
        self.auth_url.scheme() == "https" && self.api_url.scheme() == "https"
    }
}

impl Default for Hosts {
    /// Atlassian itself.
    fn default() -> Self {
        Hosts::parse("https://auth.atlassian.com", "https://api.atlassian.com")
            .expect("both addresses are constants")
    }
}

fn parse_host(field: &'static str, text: &str) -> Result<Url, Invalid> {
    let url = Url::parse(text.trim())
        .map_err(|_| Invalid::new(field, "enter an address like https://api.atlassian.com"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Invalid::new(
            field,
            "leave user and password out of the address",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Invalid::new(
            field,
            "leave `?` and `#` parts out of the address",
        ));
    }
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(Invalid::new(
            field,
            "use https; plain http is only for this machine itself",
        )),
    }
}

/// `localhost` is taken at its word: RFC 6761 reserves the name for loopback.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// The OAuth app in Atlassian's console. Its secret buys tokens and signs webhooks.
#[derive(Debug, Clone)]
pub struct AppCredentials {
    /// Public name of the app.
    pub client_id: String,
    /// The current secret.
    pub client_secret: ClientSecret,
    /// The secret before the last change: deliveries under way are still signed with it.
    pub previous_secret: Option<ClientSecret>,
}

impl AppCredentials {
    fn check(&self) -> Result<(), JiraError> {
        let empty = |secret: &ClientSecret| secret.expose().trim().is_empty();
        if self.client_id.trim().is_empty()
            || empty(&self.client_secret)
            || self.previous_secret.as_ref().is_some_and(empty)
        {
            return Err(JiraError::ClientRefused);
        }
        Ok(())
    }
}

/// How long a connection may wait for its next call. Its buffers hold what was sent and read last, tokens included, until it
/// is closed: long enough for the calls of one piece of work, short enough that nothing is left a second later.
const IDLE_FOR: Duration = Duration::from_millis(400);

/// The way to Atlassian. Cheap to clone; all clones share one connection pool.
#[derive(Clone)]
pub struct Jira {
    pub(crate) http: reqwest::Client,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) app: Arc<RwLock<Arc<AppCredentials>>>,
    pub(crate) gate: Gate,
}

impl Jira {
    /// Builds the client: no redirects, no cookies, 5 s to connect, 20 s in all, TLS 1.2 or newer,
    /// and no connection that idles.
    ///
    /// [`JiraError::ClientRefused`] if the app's id or secret is empty: with an empty secret anybody could sign webhooks.
    pub fn new(hosts: Hosts, app: AppCredentials) -> Result<Jira, JiraError> {
        app.check()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the one client; every call of it asks the gate"
        )]
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .https_only(hosts.all_https())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(20))
            .pool_idle_timeout(IDLE_FOR)
            .user_agent(concat!("Upvow/", env!("CARGO_PKG_VERSION")));
        if hosts.all_loopback() {
            // A proxy from the environment is for the outer world; it cannot reach our loopback.
            builder = builder.no_proxy();
        }
        let own = [&hosts.auth_url, &hosts.api_url].map(|url| url.host_str().unwrap_or_default());
        let gate = Gate::to(own);
        let http = builder.build().map_err(|_| JiraError::Unavailable {
            status: None,
            retry_after: None,
        })?;
        Ok(Jira {
            http,
            hosts: Arc::new(hosts),
            app: Arc::new(RwLock::new(Arc::new(app))),
            gate,
        })
    }

    /// The same, behind a gate that others share. By itself a client has a gate that knows its two hosts.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Jira {
        Jira { gate, ..self }
    }

    /// The gate that every call has to pass.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The app's credentials as they are now, for [`webhook::verify`].
    pub fn app(&self) -> Arc<AppCredentials> {
        let held = self.app.read().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// Goes on with other credentials: calls and deliveries from now on. Those under way end with what they began with.
    pub fn set_app(&self, app: AppCredentials) -> Result<(), JiraError> {
        app.check()?;
        *self.app.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(app);
        Ok(())
    }

    /// Where calls go, for the page that shows it.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Calls on one site as the person whose token this is.
    pub fn on<'a>(&'a self, site: &'a CloudId, access: &'a AccessToken) -> OnSite<'a> {
        OnSite {
            jira: self,
            site,
            access,
            road: None,
        }
    }
}

impl std::fmt::Debug for Jira {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jira")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// One site, one token: what [`Jira::on`] gives. Lives as long as one piece of work.
#[derive(Clone, Copy)]
pub struct OnSite<'a> {
    pub(crate) jira: &'a Jira,
    pub(crate) site: &'a CloudId,
    pub(crate) access: &'a AccessToken,
    pub(crate) road: Option<&'a limits::Road>,
}

impl<'a> OnSite<'a> {
    /// The same, minding what is known of limits and noting what the answers say of them.
    #[must_use]
    pub fn by(self, road: &'a limits::Road) -> OnSite<'a> {
        OnSite {
            road: Some(road),
            ..self
        }
    }
}
