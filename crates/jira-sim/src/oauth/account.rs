//! What a token learns of its own person and of its sites, and the personal data reporting API.

use serde_json::{Value, json};

use super::Family;
use crate::people::Person;
use crate::rest::Answer;
use crate::state::{AccountState, World};

/// At most this many accounts in one report.
const REPORT_MAX: usize = 90;

/// `GET /oauth/token/accessible-resources`. The order is of no help on purpose: a Confluence entry comes first, the main site last.
pub(crate) fn resources(world: &World, family: &Family) -> Answer {
    let scopes: Vec<&String> = family
        .scopes
        .iter()
        .filter(|scope| scope.contains("jira"))
        .collect();
    let mut entries = Vec::new();
    for (at, site) in world.sites.iter().enumerate().rev() {
        if !family.sites.contains(&at) || !world.is_member(at, family.who) {
            continue;
        }
        let entry = |scopes: Value| {
            json!({
                "id": site.cloud_id,
                "url": world.site_url(at),
                "name": site.name,
                "scopes": scopes,
                "avatarUrl": format!("{}/site/{}/avatar.svg", world.base, site.slug),
            })
        };
        if at == 0 {
            entries.insert(
                0,
                entry(json!([
                    "read:confluence-space.summary",
                    "read:confluence-content.summary"
                ])),
            );
        }
        entries.push(entry(json!(scopes)));
    }
    Answer::new(200, json!(entries))
}

/// `GET /me`.
pub(crate) fn me(world: &World, family: &Family) -> Answer {
    if !family.scopes.iter().any(|scope| scope == "read:me") {
        return Answer::new(
            403,
            json!({ "code": 403, "message": "Forbidden; scope does not match" }),
        );
    }
    let who: &Person = family.who;
    Answer::new(
        200,
        json!({
            "account_type": "atlassian",
            "account_id": who.account_id,
            "email": who.email,
            "email_verified": true,
            "name": who.display_name,
            "picture": world.avatar_url(who, 128),
            "account_status": "active",
            "characteristics": { "not_mentionable": false },
            "last_updated": crate::clock::rfc3339(family.consented_at),
            "nickname": who.nickname,
            "locale": "en-GB",
            "zoneinfo": "Europe/Berlin",
            "extended_profile": {},
        }),
    )
}

/// `POST /app/report-accounts/`.
pub(crate) fn report_accounts(world: &mut World, family: &Family, body: &Value) -> Answer {
    if !family
        .scopes
        .iter()
        .any(|scope| scope == "report:personal-data")
    {
        return Answer::new(
            403,
            json!({ "code": 403, "message": "Forbidden; scope does not match" }),
        );
    }
    let bad = |message: &str| {
        Answer::new(
            400,
            json!({ "errorType": "BAD_REQUEST", "errorMessage": message }),
        )
    };
    let Some(accounts) = body["accounts"].as_array() else {
        return bad("accounts is missing");
    };
    if accounts.is_empty() || accounts.len() > REPORT_MAX {
        return bad("accounts must hold between 1 and 90 entries");
    }
    for account in accounts {
        let id = account["accountId"].as_str().unwrap_or_default();
        let well_formed = (1..=128).contains(&id.len())
            && id
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ":-".contains(c));
        if !well_formed || id == "unknown" {
            return bad("accountId is invalid");
        }
        if account["updatedAt"]
            .as_str()
            .and_then(|at| at.parse::<jiff::Timestamp>().ok())
            .is_none()
        {
            return bad("updatedAt is invalid");
        }
    }
    let mut found = Vec::new();
    for account in accounts {
        let id = account["accountId"].as_str().unwrap_or_default();
        *world.reports.entry(id.to_owned()).or_default() += 1;
        match world.account_states.get(id) {
            Some(AccountState::Closed) => {
                found.push(json!({ "accountId": id, "status": "closed" }));
            }
            Some(AccountState::Updated) => {
                found.push(json!({ "accountId": id, "status": "updated" }));
            }
            None => {}
        }
    }
    let foreign = world.foreign.iter();
    found.extend(foreign.map(|id| json!({ "accountId": id, "status": "closed" })));
    let answer = if found.is_empty() {
        Answer::no_content()
    } else {
        Answer::new(200, json!({ "accounts": found }))
    };
    match &world.cycle_period {
        None => answer,
        Some(period) => answer.header("Cycle-Period", period),
    }
}
