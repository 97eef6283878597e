//! The strings between Atlassian and the world: faults, limits, deliveries, tokens, reports.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Command, Control, look};
use crate::faults::Fault;

impl Control {
    /// Orders a fault.
    pub fn fault(&self, fault: Fault) {
        self.set(Command::Fault(fault));
    }

    /// Forgets all orders for faults.
    pub fn clear_faults(&self) {
        self.set(Command::ClearFaults);
    }

    /// How many requests a fault has struck.
    pub fn faults_struck(&self) -> u64 {
        self.sim.quietly(|world| world.faults.struck)
    }

    /// Sets the hourly points of the app; `None` counts none.
    pub fn set_quota(&self, points_per_hour: Option<u64>) {
        self.set(Command::SetQuota { points_per_hour });
    }

    /// Sets the hourly points the app has on one site; `None` counts none there.
    pub fn set_site_quota(&self, site: &str, points_per_hour: Option<u64>) -> Result<(), String> {
        self.run(Command::SetSiteQuota {
            site: site.into(),
            points_per_hour,
        })
        .map(drop)
    }

    /// Writes `Retry-After` as an HTTP date instead of seconds.
    pub fn retry_after_as_date(&self, as_date: bool) {
        self.set(Command::RetryAfterAsDate { as_date });
    }

    /// Sets the `Cycle-Period` header of the personal data reporting API, as it stands; `None` sends none.
    pub fn set_cycle_period(&self, period: Option<&str>) {
        self.set(Command::SetCyclePeriod {
            period: period.map(Into::into),
        });
    }

    /// Accepts one webhook address per app and site, whoever registers; otherwise one per person and site, as people have met it.
    pub fn one_address_per_site(&self, strict: bool) {
        self.set(Command::OneAddressPerSite { strict });
    }

    /// Secondary deliveries (the aftermath of a deletion) wait this long.
    pub fn secondary_delay(&self, delay: Duration) {
        self.set(Command::SecondaryDelay {
            ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        });
    }

    /// Waits 5 to 15 minutes by chance before a delivery is sent again, as Atlassian does.
    pub fn retry_as_atlassian(&self, on: bool) {
        self.set(Command::RetryAsAtlassian { on });
    }

    /// Sets the burst limit per endpoint and second; `None` means no limit.
    pub fn set_burst(&self, per_second: Option<u64>) {
        self.set(Command::SetBurst { per_second });
    }

    /// Holds deliveries back, or lets them go.
    pub fn pause_deliveries(&self, paused: bool) {
        self.set(Command::PauseDeliveries { paused });
    }

    /// Sends what waits newest first: with a pause in between, out of order.
    pub fn newest_first(&self, newest_first: bool) {
        self.set(Command::NewestFirst { newest_first });
    }

    /// The next events are each sent twice with the same identifier.
    pub fn duplicate_deliveries(&self, times: u64) {
        self.set(Command::DuplicateDeliveries { times });
    }

    /// The next events are lost.
    pub fn lose_deliveries(&self, times: u64) {
        self.set(Command::LoseDeliveries { times });
    }

    /// The gap before a delivery is sent again, by the simulator's clock.
    pub fn retry_gap(&self, gap: Duration) {
        self.set(Command::RetryGap {
            ms: u64::try_from(gap.as_millis()).unwrap_or(u64::MAX),
        });
    }

    /// Sends an old delivery (by number) once more, identifier and all.
    pub fn redeliver(&self, number: u64) -> Result<(), String> {
        self.run(Command::Redeliver { number }).map(drop)
    }

    /// Every delivery: `{number, event, issue_id, identifier, flow, stage, attempts, statuses, status, ..}`; `stage` is one of `queued`,
    /// `sending`, `retrying`, `delivered`, `failed`.
    pub fn deliveries(&self) -> Vec<Value> {
        self.sim.quietly(|world| look::deliveries(world))
    }

    /// The body of a delivery, for whoever wants to send it by hand.
    pub fn delivery_body(&self, number: u64) -> Option<String> {
        self.sim.quietly(|world| {
            world
                .webhooks
                .deliveries
                .list()
                .iter()
                .find(|delivery| delivery.number == number)
                .map(|delivery| delivery.body.clone())
        })
    }

    /// Every registered webhook: `{id, url, events, jqlFilter, expirationDate, site, owner, ..}`.
    pub fn webhooks(&self) -> Vec<Value> {
        self.sim.quietly(|world| look::webhooks(world))
    }

    /// Loses every registration, as Jira has done to people.
    pub fn drop_webhooks(&self) {
        self.set(Command::DropWebhooks);
    }

    /// Writes the expiration dates of webhooks as text, as Atlassian's examples do, instead of as numbers, as its schema does.
    pub fn webhook_dates_as_text(&self, as_text: bool) {
        self.set(Command::WebhookDatesAsText { as_text });
    }

    /// An administrator of the site makes a webhook under System > WebHooks; the answer is its id. It never expires, hears of the whole
    /// site, and is signed over its raw body with `X-Hub-Signature` if it has a secret.
    pub fn add_admin_webhook(
        &self,
        site: &str,
        url: &str,
        secret: Option<&str>,
        events: &[&str],
    ) -> Result<u64, String> {
        self.run(Command::AddAdminWebhook {
            site: site.into(),
            url: url.into(),
            secret: secret.map(Into::into),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            filter: None,
        })
        .map(|id| id.as_u64().unwrap_or_default())
    }

    /// The administrator takes such a webhook away.
    pub fn remove_admin_webhook(&self, id: u64) -> Result<(), String> {
        self.run(Command::RemoveAdminWebhook { id }).map(drop)
    }

    /// What is known of tokens: counts of exchanges, refreshes, uses of the leeway, families alive and ended, presentations after the end.
    pub fn tokens(&self) -> Value {
        self.sim.quietly(|world| world.grants.facts())
    }

    /// A person removes the app from their account; the answer is how many grants ended.
    pub fn revoke(&self, person: &str) -> Result<u64, String> {
        self.run(Command::Revoke {
            person: person.into(),
        })
        .map(|count| count.as_u64().unwrap_or_default())
    }

    /// Every access token expires now; refresh tokens stay.
    pub fn expire_access_tokens(&self) {
        self.set(Command::ExpireAccessTokens);
    }

    /// Sets what the personal data reporting API says of a person: `closed`, `updated`, or nothing.
    pub fn set_account_state(&self, person: &str, state: Option<&str>) -> Result<(), String> {
        self.run(Command::SetAccountState {
            person: person.into(),
            state: state.map(Into::into),
        })
        .map(drop)
    }

    /// Closes everybody's account, or opens them again.
    pub fn close_everybody(&self, closed: bool) {
        self.set(Command::CloseEverybody { closed });
    }

    /// Answers reports with these accounts besides, as closed, though nobody asked about them.
    pub fn name_foreign(&self, accounts: &[&str]) {
        self.set(Command::NameForeign {
            accounts: accounts.iter().map(|id| (*id).to_owned()).collect(),
        });
    }

    /// How often each account was reported.
    pub fn reports(&self) -> BTreeMap<String, u64> {
        self.sim.quietly(|world| world.reports.clone())
    }
}
