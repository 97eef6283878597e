//! Which hosts the program may connect to, from what is configured and listed.

use std::collections::BTreeSet;

use upvow_domain::Time;
use upvow_store::announcements::{self, Announcement};

use super::Subprocessor;
use crate::{App, Result};

/// Every host that is accounted for at this moment: Atlassian's and the mail server's from the settings, and those of
/// subprocessors whose day has come.
pub async fn accounted(app: &App) -> Result<BTreeSet<String>> {
    let announced = {
        let mut tx = app.db.read().await?;
        announcements::all(&mut tx).await?
    };
    let mut hosts = BTreeSet::new();
    if let Some(jira) = &app.jira {
        let own = jira.hosts();
        let own = [&own.auth_url, &own.api_url].map(|url| url.host_str().unwrap_or_default());
        hosts.extend(own.map(plain));
    }
    hosts.extend(app.settings.smtp_host.as_deref().map(plain));
    for one in app.settings.subprocessors.all() {
        if counts(one, &announced, app.now()) {
            hosts.extend(one.hosts.iter().map(|host| plain(host)));
        }
    }
    Ok(hosts)
}

/// Opens the gate to these hosts and to no other. At the start, and when a day may have come.
pub(super) async fn open_gate(app: &App) -> Result<()> {
    let hosts = accounted(app).await?;
    app.settings.gate.set(hosts.iter().map(String::as_str));
    Ok(())
}

/// Whether its day has come: the day that was announced, or, where nobody had to be told, the one of the list.
pub(super) fn counts(one: &Subprocessor, announced: &[Announcement], now: Time) -> bool {
    let key = one.key();
    let told = announced.iter().find(|other| other.id == key);
    told.map_or(one.since.begins(), |told| told.effective_at) <= now
}

fn plain(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase()
}
