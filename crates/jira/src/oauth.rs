//! Consent, tokens, and whom and what they reach. OAuth 2.0 (3LO) with PKCE on top: Atlassian does not document PKCE,
//! takes it, and the client secret stays mandatory.

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use upvow_domain::jira::CloudId;
use upvow_domain::secret::{
    AccessToken, AccountId, AuthorizationCode, ClientSecret, CodeVerifier, RefreshToken,
};
use url::Url;

use crate::call::{Request, body};
use crate::read::{Loose, null_as_default};
use crate::{Jira, JiraError, endpoint};

/// All that we ever ask for. `write:jira-work` could also delete issues; see [`endpoint::ISSUE_DELETE`].
pub const SCOPES: &[&str] = &[
    "read:jira-work",
    "write:jira-work",
    "manage:jira-webhook",
    "read:me",
    "report:personal-data",
    "offline_access",
];

/// What is asked for when somebody only shows who they are: no refresh token comes of it.
pub const IDENTITY: &[&str] = &["read:me"];

/// What is asked for when somebody shows that they administer a site.
pub const ADMINISTRATION: &[&str] = &["read:me", "read:jira-work"];

/// What the token endpoint gives.
#[derive(Debug, Clone)]
pub struct TokenSet {
    /// For calls.
    pub access: AccessToken,
    /// For the next refresh; it replaces the one that was sent. None if `offline_access` was not granted.
    pub refresh: Option<RefreshToken>,
    /// How long the access token lives: between one minute and 24 hours, one hour if Atlassian does not say.
    pub expires_in: Duration,
    /// What was granted; can be fewer than asked for.
    pub scopes: Vec<String>,
}

/// A Jira site that a token reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its identity.
    pub cloud_id: CloudId,
    /// Its name, for the screen.
    pub name: String,
    /// Its address, `https://example.atlassian.net`, for links that people follow. Always http or https, without a
    /// slash at the end.
    pub url: String,
    /// What the token may do there.
    pub scopes: Vec<String>,
}

impl Jira {
    /// Where to send the browser for consent to all of [`SCOPES`]. `state` is unguessable, bound to the session and used
    /// once.
    pub fn authorize_url(&self, redirect_uri: &str, state: &str, verifier: &CodeVerifier) -> Url {
        self.authorize_url_for(SCOPES, redirect_uri, state, verifier)
    }

    /// The same for other scopes.
    pub fn authorize_url_for(
        &self,
        scopes: &[&str],
        redirect_uri: &str,
        state: &str,
        verifier: &CodeVerifier,
    ) -> Url {
        let mut url = endpoint::AUTHORIZE
            .url(&self.hosts, None, &[])
            .expect("the path has no parts to fill");
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(
            &digest::SHA256,
            verifier.expose().as_bytes(),
        ));
        url.query_pairs_mut().extend_pairs([
            ("audience", "api.atlassian.com"),
            ("client_id", &self.app().client_id),
            ("scope", &scopes.join(" ")),
            ("redirect_uri", redirect_uri),
            ("state", state),
            ("response_type", "code"),
            ("prompt", "consent"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        // Forms write a space as `+`; Atlassian's examples use `%20`. A real plus is `%2B` here already.
        let query = url.query().unwrap_or_default().replace('+', "%20");
        url.set_query(Some(&query));
        url
    }

    /// Trades the code of a consent for tokens. [`JiraError::GrantDead`] if the code was used or is too old.
    pub async fn exchange(
        &self,
        code: &AuthorizationCode,
        redirect_uri: &str,
        verifier: &CodeVerifier,
    ) -> Result<TokenSet, JiraError> {
        self.token(Trade {
            grant_type: "authorization_code",
            code: Some(code.expose()),
            redirect_uri: Some(redirect_uri),
            code_verifier: Some(verifier.expose()),
            ..Trade::default()
        })
        .await
    }

    /// Buys new tokens. The refresh token that was sent is spent: keep the new one before using the access token.
    /// Within ten minutes Atlassian takes the old one again, so a crash in between does no harm.
    pub async fn refresh(&self, refresh: &RefreshToken) -> Result<TokenSet, JiraError> {
        self.token(Trade {
            grant_type: "refresh_token",
            refresh_token: Some(refresh.expose()),
            ..Trade::default()
        })
        .await
    }

    /// With the app's secret; and if Atlassian refuses that one, with the one before: while a secret is being replaced, the
    /// console and this server need not change at the same moment.
    async fn token(&self, trade: Trade<'_>) -> Result<TokenSet, JiraError> {
        let app = self.app();
        match self
            .token_by(&trade, &app.client_id, &app.client_secret)
            .await
        {
            Err(JiraError::ClientRefused) => match &app.previous_secret {
                Some(previous) => self.token_by(&trade, &app.client_id, previous).await,
                None => Err(JiraError::ClientRefused),
            },
            other => other,
        }
    }

    async fn token_by(
        &self,
        trade: &Trade<'_>,
        client_id: &str,
        secret: &ClientSecret,
    ) -> Result<TokenSet, JiraError> {
        let trade = Trade {
            client_id,
            client_secret: secret.expose(),
            ..*trade
        };
        let request = Request {
            body: Some(body(&trade)?),
            ..Request::default()
        };
        let reply = self.call(&endpoint::TOKEN, request).await?;
        if reply.status != 200 {
            return Err(JiraError::of_token(&reply));
        }
        let raw: RawTokens = reply.json()?;
        if raw.access_token.expose().is_empty() {
            return Err(JiraError::Malformed);
        }
        Ok(TokenSet {
            access: raw.access_token,
            refresh: raw.refresh_token.filter(|token| !token.expose().is_empty()),
            expires_in: lifetime(raw.expires_in),
            scopes: raw.scope.split_whitespace().map(str::to_owned).collect(),
        })
    }

    /// Asks Atlassian to end a grant. Best effort within 5 seconds: Atlassian documents no such call for apps like
    /// ours, so an `Ok` must not be shown as "revoked at Atlassian".
    pub async fn revoke(&self, refresh: &RefreshToken) -> Result<(), JiraError> {
        #[derive(Serialize)]
        struct Revoke<'a> {
            client_id: &'a str,
            client_secret: &'a str,
            token: &'a str,
        }
        let app = self.app();
        let request = Request {
            body: Some(body(&Revoke {
                client_id: &app.client_id,
                client_secret: app.client_secret.expose(),
                token: refresh.expose(),
            })?),
            timeout: Some(Duration::from_secs(5)),
            ..Request::default()
        };
        let reply = self.call(&endpoint::REVOKE, request).await?;
        if (200..300).contains(&reply.status) && !reply.is_page() {
            Ok(())
        } else {
            Err(JiraError::of_token(&reply))
        }
    }

    /// The Jira sites that a token reaches. Other products, and sites where `read:jira-work` was not granted, are left
    /// out. The order means nothing, and nothing tells which site was clicked at consent: let people choose.
    pub async fn accessible_sites(&self, access: &AccessToken) -> Result<Vec<Site>, JiraError> {
        let request = Request {
            access: Some(access),
            ..Request::default()
        };
        let raw: Vec<RawSite> = self.call(&endpoint::SITES, request).await?.ok()?.json()?;
        Ok(raw.into_iter().filter_map(RawSite::into_site).collect())
    }

    /// Whose token it is. Nothing else of the answer is parsed.
    pub async fn me(&self, access: &AccessToken) -> Result<AccountId, JiraError> {
        #[derive(Deserialize)]
        struct Me {
            #[serde(deserialize_with = "account_id")]
            account_id: AccountId,
        }
        let request = Request {
            access: Some(access),
            ..Request::default()
        };
        let me: Me = self.call(&endpoint::ME, request).await?.ok()?.json()?;
        if is_account_id(me.account_id.expose()) {
            Ok(me.account_id)
        } else {
            Err(JiraError::Malformed)
        }
    }
}

/// 1 to 128 letters, digits, `:` and `-`. `unknown` is what Jira writes for nobody.
pub(crate) fn is_account_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text != "unknown"
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b':' || b == b'-')
}

pub(crate) fn account_id<'de, D: Deserializer<'de>>(d: D) -> Result<AccountId, D::Error> {
    String::deserialize(d).map(AccountId::new)
}

#[derive(Serialize, Clone, Copy, Default)]
struct Trade<'a> {
    grant_type: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

#[derive(Deserialize)]
struct RawTokens {
    #[serde(deserialize_with = "access_token")]
    access_token: AccessToken,
    #[serde(default, deserialize_with = "refresh_token")]
    refresh_token: Option<RefreshToken>,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "null_as_default")]
    scope: String,
}

fn access_token<'de, D: Deserializer<'de>>(d: D) -> Result<AccessToken, D::Error> {
    String::deserialize(d).map(AccessToken::new)
}

fn refresh_token<'de, D: Deserializer<'de>>(d: D) -> Result<Option<RefreshToken>, D::Error> {
    Option::<String>::deserialize(d).map(|text| text.map(RefreshToken::new))
}

/// A token that lived for ever or not at all would break the refresh, so what Atlassian says is held between bounds.
fn lifetime(said: Option<serde_json::Value>) -> Duration {
    const USUAL: Duration = Duration::from_hours(1);
    const LEAST: Duration = Duration::from_mins(1);
    const MOST: Duration = Duration::from_hours(24);
    let seconds = said.and_then(|value| match value {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    });
    match seconds {
        Some(seconds) if seconds > 0.0 => {
            Duration::try_from_secs_f64(seconds).map_or(MOST, |span| span.clamp(LEAST, MOST))
        }
        _ => USUAL,
    }
}

#[derive(Deserialize)]
struct RawSite {
    id: Loose,
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    url: String,
    #[serde(default, deserialize_with = "null_as_default")]
    scopes: Vec<String>,
}

impl RawSite {
    fn into_site(self) -> Option<Site> {
        if !self.scopes.iter().any(|scope| scope == "read:jira-work") {
            return None;
        }
        let cloud_id = CloudId::parse(&self.id.into_text()).ok()?;
        let url = Url::parse(&self.url).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        Some(Site {
            cloud_id,
            name: self.name,
            url: url.as_str().trim_end_matches('/').to_owned(),
            scopes: self.scopes,
        })
    }
}
