//! The five endpoints of dynamic webhooks.

use serde_json::{Value, json};

use super::issue::strings;
use super::{Answer, Call, Outcome, page};
use crate::jql;
use crate::state::World;
use crate::webhook::{EVENTS, Hook, LIMIT, LIVES_FOR_MS, expiration};

pub(crate) fn register(world: &mut World, call: &Call) -> Outcome {
    let address = call.body["url"].as_str().unwrap_or_default();
    let parsed =
        url::Url::parse(address).map_err(|_| Answer::error(400, "The url is not a valid URL."))?;
    // Jira wants HTTPS with a public name. The one exception here is this machine, or nobody could try anything out.
    if parsed.scheme() != "https"
        && !(parsed.scheme() == "http" && crate::oauth::is_loopback(&parsed))
    {
        return Err(Answer::error(400, "The url must use the HTTPS scheme."));
    }
    let Some(entries) = call.body["webhooks"]
        .as_array()
        .filter(|entries| !entries.is_empty())
    else {
        return Err(Answer::error(400, "At least one webhook must be given."));
    };
    let now = world.now();
    world.webhooks.drop_expired(now);
    let strict = world.webhooks.one_url_per_site;
    let other_url = world.webhooks.all().iter().any(|hook| {
        hook.site == call.site
            && (strict || hook.owner.account_id == call.who.account_id)
            && hook.url != address
    });
    let mut results = Vec::new();
    for entry in entries {
        let mut errors = complaints(entry);
        if other_url {
            errors.push(
                "Only a single URL per app is allowed to be registered via REST API.".to_owned(),
            );
        }
        if errors.is_empty() && world.webhooks.of(call.site, call.who).count() >= LIMIT {
            errors.push(format!(
                "The maximum number of webhooks ({LIMIT}) for this app and user has been reached."
            ));
        }
        if !errors.is_empty() {
            results.push(json!({ "errors": errors }));
            continue;
        }
        let optional = |name: &str| (!entry[name].is_null()).then(|| strings(&entry[name]));
        let id = world.webhooks.add(Hook {
            id: 0,
            site: call.site,
            owner: call.who,
            url: address.to_owned(),
            events: strings(&entry["events"]),
            filter: entry["jqlFilter"].as_str().unwrap_or_default().to_owned(),
            field_ids: optional("fieldIdsFilter"),
            property_keys: optional("issuePropertyKeysFilter"),
            expires_at: now + LIVES_FOR_MS,
        });
        results.push(json!({ "createdWebhookId": id }));
    }
    Ok(Answer::ok(json!({ "webhookRegistrationResult": results })))
}

fn complaints(entry: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let events = strings(&entry["events"]);
    if events.is_empty() {
        complaints.push("Events must not be empty".to_owned());
    }
    complaints.extend(
        events
            .iter()
            .filter(|event| !EVENTS.contains(&event.as_str()))
            .map(|event| format!("The event {event} is unsupported")),
    );
    let filter = entry["jqlFilter"].as_str().unwrap_or_default();
    if filter.trim().is_empty() {
        complaints.push("Empty JQL search not supported".to_owned());
        return complaints;
    }
    match jql::parse(filter) {
        Ok(query) => complaints.extend(jql::webhook_complaints(&query)),
        Err(complaint) => complaints.push(complaint),
    }
    complaints
}

pub(crate) fn list(world: &mut World, call: &Call) -> Outcome {
    let now = world.now();
    world.webhooks.drop_expired(now);
    let values: Vec<Value> = world
        .webhooks
        .of(call.site, call.who)
        .map(|hook| hook.to_json(world.webhooks.dates_as_text))
        .collect();
    let own = world.rest_url(call.site, call.version, "webhook");
    Ok(Answer::ok(page(
        &values,
        call.number("startAt", 0)?,
        call.number("maxResults", 100)?.clamp(1, 100),
        &own,
    )))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Outcome {
    let ids = ids(call)?;
    world.webhooks.remove(call.site, call.who, &ids);
    Ok(Answer {
        status: 202,
        body: None,
        ..Answer::no_content()
    })
}

/// Renews what is known of the given ids; unknown ids are ignored, so a 200 proves nothing.
pub(crate) fn refresh(world: &mut World, call: &Call) -> Outcome {
    let ids = ids(call)?;
    let now = world.now();
    world.webhooks.drop_expired(now);
    world
        .webhooks
        .renew(call.site, call.who, &ids, now + LIVES_FOR_MS);
    Ok(Answer::ok(
        json!({ "expirationDate": expiration(now + LIVES_FOR_MS, world.webhooks.dates_as_text) }),
    ))
}

pub(crate) fn failed(_: &mut World, _: &Call) -> Outcome {
    Err(Answer::error(403, "The caller is not a Connect app."))
}

fn ids(call: &Call) -> Result<Vec<u64>, Answer> {
    let ids = call.body["webhookIds"]
        .as_array()
        .filter(|ids| !ids.is_empty());
    let ids = ids.ok_or_else(|| Answer::error(400, "webhookIds must not be empty."))?;
    Ok(ids.iter().filter_map(Value::as_u64).collect())
}
