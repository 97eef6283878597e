//! The authorize page's rules: who may ask for what, and what an answer of the person leads to.

use serde::Deserialize;
use url::Url;

use super::{Code, SCOPES};
use crate::people::{self, Who};
use crate::rest::is_granular;
use crate::secret;
use crate::state::World;

/// The query of the authorize address. The consent form carries it on in hidden fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ask {
    pub(crate) audience: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) response_type: String,
    pub(crate) prompt: String,
    pub(crate) code_challenge: String,
    pub(crate) code_challenge_method: String,
    /// Of the form: `accept` or `cancel`.
    pub(crate) decision: String,
    /// Of the form: the account id of whoever is signed in.
    pub(crate) person: String,
    /// Of the form: a cloud id, or empty for every site of the account.
    pub(crate) site: String,
}

impl Ask {
    /// The scopes asked for, each once.
    pub(crate) fn scopes(&self) -> Vec<String> {
        let mut scopes: Vec<String> = Vec::new();
        for scope in self.scope.split_whitespace() {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        scopes
    }
}

/// Is the request in order? `Err` is what the error page says; the person never comes back to the app then.
pub(crate) fn authorize(world: &World, ask: &Ask) -> Result<Who, String> {
    if ask.client_id != world.app.client_id {
        return Err("We could not identify the app: its client_id is unknown.".to_owned());
    }
    if !redirect_is_registered(world, &ask.redirect_uri) {
        return Err("The redirect_uri is not registered for this app.".to_owned());
    }
    if ask.audience != "api.atlassian.com" {
        return Err("The audience must be api.atlassian.com.".to_owned());
    }
    if ask.response_type != "code" {
        return Err("The response_type must be code.".to_owned());
    }
    if ask.prompt != "consent" {
        return Err("The prompt must be consent.".to_owned());
    }
    if ask.state.is_empty() {
        return Err("The state is missing.".to_owned());
    }
    if !ask.code_challenge.is_empty() && ask.code_challenge_method != "S256" {
        return Err("Only S256 is supported as code_challenge_method.".to_owned());
    }
    let scopes = ask.scopes();
    if scopes.is_empty() {
        return Err("No scope was asked for.".to_owned());
    }
    if let Some(unknown) = scopes
        .iter()
        .find(|scope| SCOPES.iter().all(|(known, _)| known != scope) && !is_granular(scope))
    {
        return Err(format!(
            "The app asked for a scope it is not registered with: {unknown}"
        ));
    }
    Ok(people::find(&ask.person).unwrap_or(&people::EVERYBODY[0]))
}

/// The person pressed a button: the address the browser goes to.
pub(crate) fn decide(world: &mut World, ask: &Ask) -> Result<String, String> {
    let who = authorize(world, ask)?;
    let mut back =
        Url::parse(&ask.redirect_uri).map_err(|_| "The redirect_uri is no address.".to_owned())?;
    if ask.decision == "accept" {
        let sites = sites_of(world, who, &ask.site)?;
        let code = secret::fresh("");
        let challenge = (!ask.code_challenge.is_empty()).then(|| ask.code_challenge.clone());
        let given = Code {
            who,
            sites,
            scopes: ask.scopes(),
            redirect_uri: ask.redirect_uri.clone(),
            challenge,
            given_at: world.now(),
            used: false,
        };
        world.grants.codes.insert(code.clone(), given);
        back.query_pairs_mut().append_pair("code", &code);
    } else {
        back.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("error_description", "User did not authorize the request");
    }
    back.query_pairs_mut().append_pair("state", &ask.state);
    Ok(back.into())
}

fn sites_of(world: &World, who: Who, chosen: &str) -> Result<Vec<usize>, String> {
    let all = (0..world.sites.len()).filter(|site| world.is_member(*site, who));
    if chosen.is_empty() {
        return Ok(all.collect());
    }
    let site = world
        .site_by_cloud_id(chosen)
        .filter(|site| world.is_member(*site, who));
    site.map(|site| vec![site])
        .ok_or_else(|| "This account has no such site.".to_owned())
}

fn redirect_is_registered(world: &World, uri: &str) -> bool {
    if !world.app.redirect_uris.is_empty() {
        return world.app.redirect_uris.iter().any(|known| known == uri);
    }
    let Ok(uri) = Url::parse(uri) else {
        return false;
    };
    ["http", "https"].contains(&uri.scheme()) && is_loopback(&uri)
}

/// Does the address point to this machine?
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
