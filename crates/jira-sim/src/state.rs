//! Everything the simulated cloud knows, in memory, behind one lock.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::language::Language;
use crate::limits::Limits;
use crate::oauth::Grants;
use crate::people::{Person, Who};
use crate::webhook::Webhooks;

mod fields;
mod issue;
mod kind;
mod site;

pub(crate) use fields::{Custom, GROUPS, MORE_FIELDS, SECURITY_LEVELS, SYSTEM_FIELDS};
pub(crate) use issue::{Change, Comment, Issue, Item, RemoteLink, Resolution};
pub(crate) use kind::{Choices, Kind};
pub(crate) use site::{
    Category, Component, IssueType, Priority, Project, Site, Status, Style, Transition, Version,
    is_admin,
};

/// The app that is registered with the simulated cloud.
pub(crate) struct App {
    pub(crate) name: &'static str,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// The secret before, which the console goes on accepting until it is deleted there.
    pub(crate) old_secret: Option<String>,
    /// Empty: any loopback address is accepted.
    pub(crate) redirect_uris: Vec<String>,
}

/// The whole simulated cloud.
pub(crate) struct World {
    /// `http://127.0.0.1:4000`, without a slash at the end.
    pub(crate) base: String,
    pub(crate) clock: Clock,
    pub(crate) app: App,
    pub(crate) sites: Vec<Site>,
    pub(crate) grants: Grants,
    /// Languages of people, by account id; who is not in here reads what the request asks for, or English.
    pub(crate) languages: BTreeMap<&'static str, Language>,
    /// The language of the request in hand. One request at a time holds the world, so this is a matter of that request alone.
    pub(crate) speaking: Language,
    pub(crate) webhooks: Webhooks,
    pub(crate) faults: Faults,
    pub(crate) limits: Limits,
    /// Requests per endpoint, such as `GET issue/{}`.
    pub(crate) requests: BTreeMap<String, u64>,
    /// What the personal data reporting API says of an account.
    pub(crate) account_states: BTreeMap<&'static str, AccountState>,
    /// How often each account was reported.
    pub(crate) reports: BTreeMap<String, u64>,
    /// Accounts that the personal data reporting API names though nobody asked about them.
    pub(crate) foreign: Vec<String>,
    /// The `Cycle-Period` header of the personal data reporting API.
    pub(crate) cycle_period: Option<String>,
}

/// What the personal data reporting API says of an account, other than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountState {
    Closed,
    Updated,
}

impl World {
    pub(crate) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    pub(crate) fn site_by_cloud_id(&self, cloud_id: &str) -> Option<usize> {
        self.sites.iter().position(|site| site.cloud_id == cloud_id)
    }

    pub(crate) fn site_by_slug(&self, slug: &str) -> Option<usize> {
        let now = self.sites.iter().position(|site| site.slug == slug);
        now.or_else(|| {
            self.sites
                .iter()
                .position(|site| site.old_slugs.iter().any(|old| old == slug))
        })
    }

    /// The address people open a site at.
    pub(crate) fn site_url(&self, site: usize) -> String {
        format!("{}/site/{}", self.base, self.sites[site].slug)
    }

    /// The address of a REST resource, as `self` carries it.
    pub(crate) fn rest_url(&self, site: usize, version: u8, path: &str) -> String {
        format!(
            "{}/ex/jira/{}/rest/api/{version}/{path}",
            self.base, self.sites[site].cloud_id
        )
    }

    pub(crate) fn avatar_url(&self, who: &Person, size: u16) -> String {
        format!("{}{}?size={size}", self.base, who.avatar)
    }

    /// Tells open pages of the site that something changed.
    pub(crate) fn touch(&mut self, site: usize) {
        self.sites[site].version += 1;
    }

    pub(crate) fn count(&mut self, endpoint: String) {
        *self.requests.entry(endpoint).or_default() += 1;
    }

    pub(crate) fn is_member(&self, site: usize, who: Who) -> bool {
        self.sites[site].members.contains(who.account_id)
    }
}

/// Rights by name, as `mypermissions` knows them.
pub(crate) type Denied = BTreeMap<&'static str, BTreeSet<String>>;
