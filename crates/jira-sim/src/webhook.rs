//! Dynamic webhooks: who registered what, and what happens when something happens.

use serde_json::{Value, json};

use crate::clock::jira_time;
use crate::jql::{self, Moment};
use crate::people::Who;
use crate::rest::render::{To, Wanted};
use crate::secret;
use crate::state::{Item, World};

mod admin;
mod delivery;

pub(crate) use admin::AdminHook;
pub(crate) use delivery::{Deliveries, Delivery, Seal, Stage, run};

/// Per app, person and site.
pub(crate) const LIMIT: usize = 5;
pub(crate) const LIVES_FOR_MS: i64 = 30 * 24 * 3_600 * 1_000;

/// What can be subscribed to.
pub(crate) const EVENTS: &[&str] = &[
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "issue_property_set",
    "issue_property_deleted",
    "sprint_created",
    "sprint_updated",
    "sprint_closed",
    "sprint_deleted",
    "sprint_started",
    "jira:version_released",
    "jira:version_unreleased",
    "jira:version_created",
    "jira:version_moved",
    "jira:version_updated",
    "jira:version_merged",
    "jira:version_deleted",
];

/// One registered webhook.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) id: u64,
    pub(crate) site: usize,
    pub(crate) owner: Who,
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    pub(crate) filter: String,
    pub(crate) field_ids: Option<Vec<String>>,
    pub(crate) property_keys: Option<Vec<String>>,
    pub(crate) expires_at: i64,
}

impl Hook {
    pub(crate) fn to_json(&self, dates_as_text: bool) -> Value {
        let mut value = json!({
            "id": self.id,
            "jqlFilter": self.filter,
            "events": self.events,
            "expirationDate": expiration(self.expires_at, dates_as_text),
            "url": self.url,
        });
        if let Some(ids) = &self.field_ids {
            value["fieldIdsFilter"] = json!(ids);
        }
        if let Some(keys) = &self.property_keys {
            value["issuePropertyKeysFilter"] = json!(keys);
        }
        value
    }
}

/// Atlassian's schema says a number, its examples and what clients have met say a text. Both are to be had.
pub(crate) fn expiration(at: i64, as_text: bool) -> Value {
    if as_text {
        json!(jira_time(at))
    } else {
        json!(at)
    }
}

/// All registrations and deliveries.
#[derive(Default)]
pub(crate) struct Webhooks {
    hooks: Vec<Hook>,
    admin: Vec<AdminHook>,
    last_id: u64,
    /// One address per app and site instead of per person and site.
    pub(crate) one_url_per_site: bool,
    /// How long the aftermath of something waits.
    pub(crate) secondary_delay_ms: i64,
    /// Expiration dates are written as text.
    pub(crate) dates_as_text: bool,
    pub(crate) deliveries: Deliveries,
}

impl Webhooks {
    pub(crate) fn add(&mut self, hook: Hook) -> u64 {
        self.last_id += 1;
        self.hooks.push(Hook {
            id: self.last_id,
            ..hook
        });
        self.last_id
    }

    /// Ids are given out by another counter than an app's at Atlassian; one counter serves both here, so none occurs twice.
    pub(crate) fn add_admin(&mut self, hook: AdminHook) -> u64 {
        self.last_id += 1;
        self.admin.push(AdminHook {
            id: self.last_id,
            ..hook
        });
        self.last_id
    }

    /// Was there one?
    pub(crate) fn remove_admin(&mut self, id: u64) -> bool {
        let before = self.admin.len();
        self.admin.retain(|hook| hook.id != id);
        self.admin.len() < before
    }

    pub(crate) fn admin(&self) -> &[AdminHook] {
        &self.admin
    }

    pub(crate) fn all(&self) -> &[Hook] {
        &self.hooks
    }

    pub(crate) fn of(&self, site: usize, owner: Who) -> impl Iterator<Item = &Hook> {
        self.hooks
            .iter()
            .filter(move |hook| hook.site == site && hook.owner.account_id == owner.account_id)
    }

    pub(crate) fn remove(&mut self, site: usize, owner: Who, ids: &[u64]) {
        self.hooks.retain(|hook| {
            !(hook.site == site
                && hook.owner.account_id == owner.account_id
                && ids.contains(&hook.id))
        });
    }

    pub(crate) fn remove_all(&mut self) {
        self.hooks.clear();
    }

    pub(crate) fn renew(&mut self, site: usize, owner: Who, ids: &[u64], until: i64) {
        for hook in &mut self.hooks {
            if hook.site == site
                && hook.owner.account_id == owner.account_id
                && ids.contains(&hook.id)
            {
                hook.expires_at = until;
            }
        }
    }

    pub(crate) fn drop_expired(&mut self, now: i64) {
        self.hooks.retain(|hook| now < hook.expires_at);
    }

    /// The person's grants are gone: nothing more is sent in their name.
    pub(crate) fn silence(&mut self, who: Who) {
        self.hooks
            .retain(|hook| hook.owner.account_id != who.account_id);
        self.deliveries.forget(who);
    }
}

/// What a webhook tells of.
pub(crate) enum Happening {
    Created,
    Updated {
        change: u64,
        items: Vec<Item>,
        type_name: &'static str,
    },
    Deleted,
    CommentCreated(u64),
    CommentDeleted(u64),
    PropertySet(String),
    PropertyDeleted(String),
}

impl Happening {
    fn event(&self) -> &'static str {
        match self {
            Self::Created => "jira:issue_created",
            Self::Updated { .. } => "jira:issue_updated",
            Self::Deleted => "jira:issue_deleted",
            Self::CommentCreated(_) => "comment_created",
            Self::CommentDeleted(_) => "comment_deleted",
            Self::PropertySet(_) => "issue_property_set",
            Self::PropertyDeleted(_) => "issue_property_deleted",
        }
    }

    fn passes(&self, hook: &Hook) -> bool {
        match self {
            Self::Updated { items, .. } => hook.field_ids.as_ref().is_none_or(|ids| {
                items
                    .iter()
                    .any(|item| ids.iter().any(|id| *id == item.field_id))
            }),
            Self::PropertySet(key) | Self::PropertyDeleted(key) => hook
                .property_keys
                .as_ref()
                .is_none_or(|keys| keys.contains(key)),
            _ => true,
        }
    }
}

/// Something happened to an issue that still exists: queues a delivery for everybody who asked to hear of it.
pub(crate) fn fire(world: &mut World, site: usize, issue: u64, actor: Who, happening: &Happening) {
    let now = world.now();
    world.webhooks.drop_expired(now);
    let event = happening.event();
    let owner = &world.sites[site];
    let subject = &owner.issues[&issue];
    // One delivery for each person and address, however many of their webhooks match.
    let mut matched: Vec<(Who, String, Vec<u64>)> = Vec::new();
    for hook in world
        .webhooks
        .all()
        .iter()
        .filter(|hook| hook.site == site && hook.events.iter().any(|known| known == event))
    {
        let moment = Moment {
            who: hook.owner,
            now,
        };
        let fits =
            jql::parse(&hook.filter).is_ok_and(|query| jql::fits(&query, owner, subject, moment));
        if !fits || !happening.passes(hook) || !owner.may_see(hook.owner, subject) {
            continue;
        }
        match matched
            .iter_mut()
            .find(|(who, url, _)| who.account_id == hook.owner.account_id && *url == hook.url)
        {
            Some((.., ids)) => ids.push(hook.id),
            None => matched.push((hook.owner, hook.url.clone(), vec![hook.id])),
        }
    }
    let listening: Vec<AdminHook> = world
        .webhooks
        .admin()
        .iter()
        .filter(|hook| hook.site == site && hook.hears(event, owner, subject, now))
        .cloned()
        .collect();
    if matched.is_empty() && listening.is_empty() {
        return;
    }
    let body = envelope(world, site, issue, actor, happening);
    let flow = if matches!(happening, Happening::CommentDeleted(_)) {
        "Secondary"
    } else {
        "Primary"
    };
    let due_at = if flow == "Secondary" {
        now + world.webhooks.secondary_delay_ms
    } else {
        now
    };
    let to = |url: String, seal: Seal, body: String, matched: Vec<u64>| Delivery {
        number: 0,
        site,
        seal,
        url,
        event,
        issue,
        identifier: secret::fresh_uuid(),
        flow,
        body,
        matched,
        attempts: Vec::new(),
        stage: Stage::Waiting { due_at },
    };
    for (owner, url, ids) in matched {
        let mut body = body.clone();
        body["matchedWebhookIds"] = json!(ids);
        let delivery = to(url, Seal::App(owner), body.to_string(), ids);
        world.webhooks.deliveries.queue(&delivery);
    }
    // An administrator's webhook is told of no registration, only of what happened.
    for hook in listening {
        let delivery = to(
            hook.address(actor),
            Seal::Secret(hook.secret),
            body.to_string(),
            Vec::new(),
        );
        world.webhooks.deliveries.queue(&delivery);
    }
}

/// The body as Jira writes it: in the shapes of version 2, with every person in full.
fn envelope(world: &World, site: usize, id: u64, actor: Who, happening: &Happening) -> Value {
    let to = To {
        world,
        site,
        version: 2,
    };
    let issue = &world.sites[site].issues[&id];
    let mut body = json!({ "timestamp": world.now(), "webhookEvent": happening.event() });
    let all = Wanted::new(&[], "*all");
    let few: Vec<String> = [
        "summary",
        "issuetype",
        "project",
        "assignee",
        "priority",
        "status",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    match happening {
        Happening::Created | Happening::Deleted | Happening::Updated { .. } => {
            let type_name = match happening {
                Happening::Created => "issue_created",
                Happening::Updated { type_name, .. } => type_name,
                _ => "issue_deleted",
            };
            body["issue_event_type_name"] = json!(type_name);
            body["user"] = to.actor(actor);
            body["issue"] = to.issue(issue, Some(&all), &[]);
            if let Happening::Updated { change, items, .. } = happening {
                body["changelog"] = json!({ "id": change.to_string(), "items": items.iter().map(Item::to_json).collect::<Vec<_>>() });
            }
        }
        Happening::CommentCreated(number) | Happening::CommentDeleted(number) => {
            let comment = issue.comments.iter().find(|comment| comment.id == *number);
            body["comment"] = comment.map_or(Value::Null, |comment| to.comment(issue, comment));
            body["issue"] = to.issue(issue, Some(&Wanted::new(&few, "*all")), &[]);
            body["eventType"] = json!("primaryAction");
        }
        Happening::PropertySet(key) | Happening::PropertyDeleted(key) => {
            body["user"] = to.actor(actor);
            body["issue"] = to.issue(issue, Some(&Wanted::new(&few, "*all")), &[]);
            body["property"] = json!({ "key": key, "value": issue.properties.get(key) });
        }
    }
    body
}
