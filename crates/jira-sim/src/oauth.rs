//! OAuth 2.0 as Atlassian does it for 3LO apps: consent, codes, rotating refresh tokens with a leeway, families that die.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::people::Who;
use crate::rest::is_granular;
use crate::secret;
use crate::state::World;

mod account;
mod consent;
mod token;

pub(crate) use account::{me, report_accounts, resources};
pub(crate) use consent::{Ask, authorize, decide, is_loopback};
pub(crate) use token::{revoke, token};

/// Scopes an app can ask for, each in words for the consent page. Atlassian's own list is longer; these are those the app of this
/// simulator is registered with, and asking for another fails before consent.
pub(crate) const SCOPES: &[(&str, &str)] = &[
    (
        "read:jira-work",
        "View Jira issue data: projects, issues, statuses, comments and worklogs",
    ),
    (
        "write:jira-work",
        "Create and manage issues: create, edit, move and comment as you",
    ),
    (
        "manage:jira-webhook",
        "Manage Jira webhooks: be told when issues change",
    ),
    (
        "read:jira-user",
        "View user profiles: names, avatars and e-mail addresses of people in Jira",
    ),
    ("manage:jira-project", "Manage project settings"),
    ("manage:jira-configuration", "Manage Jira global settings"),
    (
        "read:me",
        "View your profile: your name, avatar and e-mail address",
    ),
    ("read:account", "View your account details"),
    (
        "report:personal-data",
        "Report the Atlassian accounts it holds personal data of",
    ),
    (
        "offline_access",
        "Keep this access when you are not using the app",
    ),
];

/// Scopes as the consent page says them. A granular scope speaks for itself.
pub(crate) fn in_words(scopes: &[String]) -> Vec<String> {
    let has = |wanted: &str| scopes.iter().any(|scope| scope == wanted);
    let classic = SCOPES
        .iter()
        .filter(|(scope, _)| has(scope))
        .map(|(_, words)| (*words).to_owned());
    let granular = scopes.iter().filter(|scope| is_granular(scope)).cloned();
    classic.chain(granular).collect()
}

pub(crate) const ACCESS_FOR_S: i64 = 3_600;
const LEEWAY_MS: i64 = 10 * 60 * 1_000;
const IDLE_MS: i64 = 90 * 24 * 3_600 * 1_000;
/// However often it is refreshed, a consent lasts this long.
const LASTS_MS: i64 = 365 * 24 * 3_600 * 1_000;
const CODE_FOR_MS: i64 = 5 * 60 * 1_000;

/// Codes, token families and tokens.
pub(crate) struct Grants {
    /// Signs access tokens. Not the client secret: whoever takes an access token for a signed delivery is to notice.
    key: String,
    codes: BTreeMap<String, Code>,
    families: Vec<Family>,
    refresh: BTreeMap<String, Refresh>,
    access: BTreeMap<String, Access>,
    facts: Facts,
}

#[derive(Clone, Debug)]
struct Code {
    who: Who,
    sites: Vec<usize>,
    scopes: Vec<String>,
    redirect_uri: String,
    challenge: Option<String>,
    given_at: i64,
    used: bool,
}

/// All tokens that stem from one consent.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub(crate) id: u64,
    pub(crate) who: Who,
    pub(crate) sites: Vec<usize>,
    pub(crate) scopes: Vec<String>,
    pub(crate) consented_at: i64,
    generation: u64,
    /// Given out by hand and by no consent: the connected app has nothing to do with it.
    outside: bool,
    /// Why it is dead.
    pub(crate) dead: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct Refresh {
    family: u64,
    generation: u64,
    given_at: i64,
    rotated_at: Option<i64>,
}

#[derive(Clone, Debug)]
struct Access {
    family: u64,
    expires_at: i64,
}

#[derive(Debug, Default)]
struct Facts {
    exchanges: u64,
    refreshes: u64,
    leeway_uses: u64,
    reuse_kills: u64,
    dead_presented: u64,
    revoke_calls: u64,
}

impl Grants {
    pub(crate) fn new() -> Self {
        Self {
            key: secret::fresh(""),
            codes: BTreeMap::new(),
            families: Vec::new(),
            refresh: BTreeMap::new(),
            access: BTreeMap::new(),
            facts: Facts::default(),
        }
    }

    /// A new family with its first tokens.
    pub(crate) fn open(
        &mut self,
        now: i64,
        who: Who,
        sites: Vec<usize>,
        scopes: Vec<String>,
    ) -> u64 {
        let id = self.families.len() as u64 + 1;
        self.families.push(Family {
            id,
            who,
            sites,
            scopes,
            consented_at: now,
            generation: 0,
            outside: false,
            dead: None,
        });
        id
    }

    /// A family for clients that bring no OAuth of their own.
    pub(crate) fn open_outside(
        &mut self,
        now: i64,
        who: Who,
        sites: Vec<usize>,
        scopes: Vec<String>,
    ) -> u64 {
        let id = self.open(now, who, sites, scopes);
        self.family_mut(id).outside = true;
        id
    }

    /// What a person has consented to and not ended.
    pub(crate) fn consents(&self, who: Who) -> impl Iterator<Item = &Family> {
        self.families.iter().filter(move |family| {
            family.dead.is_none() && !family.outside && family.who.account_id == who.account_id
        })
    }

    pub(crate) fn family(&self, id: u64) -> &Family {
        usize::try_from(id - 1)
            .ok()
            .and_then(|at| self.families.get(at))
            .expect("tokens belong to a family")
    }

    fn family_mut(&mut self, id: u64) -> &mut Family {
        usize::try_from(id - 1)
            .ok()
            .and_then(|at| self.families.get_mut(at))
            .expect("tokens belong to a family")
    }

    /// A new access token. It is a JWT that names its person, as Atlassian's are.
    pub(crate) fn give_access(
        &mut self,
        now: i64,
        client_id: &str,
        family: u64,
        for_s: i64,
    ) -> String {
        let owner = self.family(family);
        let claims = json!({
            "jti": secret::fresh_uuid(),
            "sub": owner.who.account_id,
            "aud": client_id,
            "iss": "https://auth.atlassian.com",
            "iat": now / 1_000,
            "exp": now / 1_000 + for_s,
            "scope": owner.scopes.join(" "),
            "client_id": client_id,
        });
        let token = secret::jwt(&self.key, &claims);
        self.access.insert(
            token.clone(),
            Access {
                family,
                expires_at: now + for_s * 1_000,
            },
        );
        token
    }

    /// The family an access token speaks for, if token and family are alive.
    pub(crate) fn speaks_for(&mut self, now: i64, token: &str) -> Option<u64> {
        let access = self.access.get(token)?;
        if self.family(access.family).dead.is_some() {
            self.facts.dead_presented += 1;
            return None;
        }
        (now < access.expires_at).then_some(access.family)
    }

    /// Ends every access token at once, as if an hour had passed.
    pub(crate) fn expire_access(&mut self, now: i64) {
        for access in self.access.values_mut() {
            access.expires_at = access.expires_at.min(now);
        }
    }

    pub(crate) fn kill(&mut self, family: u64, why: &'static str) {
        self.family_mut(family).dead.get_or_insert(why);
    }

    /// What is known of all tokens, without a token in it.
    pub(crate) fn facts(&self) -> Value {
        let alive = self
            .families
            .iter()
            .filter(|family| family.dead.is_none() && !family.outside)
            .count();
        let families: Vec<Value> = self
            .families
            .iter()
            .filter(|family| !family.outside)
            .map(|family| {
                json!({
                    "id": family.id,
                    "account_id": family.who.account_id,
                    "scopes": family.scopes,
                    "generation": family.generation,
                    "alive": family.dead.is_none(),
                    "ended_by": family.dead,
                })
            })
            .collect();
        json!({
            "exchanges": self.facts.exchanges,
            "refreshes": self.facts.refreshes,
            "leeway_uses": self.facts.leeway_uses,
            "families_killed_by_reuse": self.facts.reuse_kills,
            "presented_after_end": self.facts.dead_presented,
            "revoke_calls": self.facts.revoke_calls,
            "families_alive": alive,
            "families": families,
        })
    }
}

/// The person removes the app from their account, or an administrator does: every family ends, and webhooks fall silent.
pub(crate) fn remove_app(world: &mut World, who: Who, why: &'static str) -> usize {
    let ids: Vec<u64> = world.grants.consents(who).map(|family| family.id).collect();
    for id in &ids {
        world.grants.kill(*id, why);
    }
    world.webhooks.silence(who);
    ids.len()
}
