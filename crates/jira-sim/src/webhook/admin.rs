//! Webhooks that an administrator made on Jira's own page: they never expire, hear of the whole site, and are signed with a secret of
//! their own instead of the app's.

use serde_json::{Value, json};

use super::EVENTS;
use crate::jql::{self, Moment};
use crate::people::{EVERYBODY, Who};
use crate::state::{Issue, Site};

/// What an administrator can tick besides what an app may subscribe to. Nothing here raises all of them, but nothing refuses them.
const MORE_EVENTS: &[&str] = &[
    "worklog_created",
    "worklog_updated",
    "worklog_deleted",
    "attachment_created",
    "attachment_deleted",
    "issuelink_created",
    "issuelink_deleted",
    "project_created",
    "project_updated",
    "project_deleted",
    "project_soft_deleted",
    "project_restored_deleted",
    "project_archived",
    "project_restored_archived",
    "user_created",
    "user_updated",
    "user_deleted",
];

/// One webhook of the administrator's page.
#[derive(Clone, Debug)]
pub(crate) struct AdminHook {
    pub(crate) id: u64,
    pub(crate) site: usize,
    pub(crate) url: String,
    pub(crate) secret: Option<String>,
    pub(crate) events: Vec<String>,
    /// JQL; empty means every issue.
    pub(crate) filter: String,
}

impl AdminHook {
    /// `Err` says in plain words what the page would not take.
    pub(crate) fn new(
        site: usize,
        url: &str,
        secret: Option<String>,
        events: Vec<String>,
        filter: Option<String>,
    ) -> Result<Self, String> {
        url::Url::parse(url).map_err(|_| "the url is no URL".to_owned())?;
        if let Some(unknown) = events.iter().find(|event| {
            !EVENTS.contains(&event.as_str()) && !MORE_EVENTS.contains(&event.as_str())
        }) {
            return Err(format!("there is no event {unknown}"));
        }
        let filter = filter.unwrap_or_default();
        if !filter.trim().is_empty() {
            jql::parse(&filter)?;
        }
        Ok(Self {
            id: 0,
            site,
            url: url.to_owned(),
            secret: secret.filter(|secret| !secret.is_empty()),
            events,
            filter,
        })
    }

    /// Does an event about the issue go here? The page's filter runs with an administrator's eyes.
    pub(crate) fn hears(&self, event: &str, site: &Site, issue: &Issue, now: i64) -> bool {
        let moment = Moment {
            who: &EVERYBODY[0],
            now,
        };
        self.events.iter().any(|known| known == event)
            && (self.filter.trim().is_empty()
                || jql::parse(&self.filter)
                    .is_ok_and(|query| jql::fits(&query, site, issue, moment)))
    }

    /// Jira adds to the address who caused the event.
    pub(crate) fn address(&self, actor: Who) -> String {
        let Ok(mut url) = url::Url::parse(&self.url) else {
            return self.url.clone();
        };
        url.query_pairs_mut()
            .append_pair("triggeredByUser", actor.account_id);
        url.into()
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "url": self.url,
            "events": self.events,
            "jqlFilter": self.filter,
            "isSigned": self.secret.is_some(),
        })
    }
}
