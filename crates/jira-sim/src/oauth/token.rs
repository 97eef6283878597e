//! The token endpoint and the revocation endpoint.

use serde_json::{Map, Value, json};

use super::{ACCESS_FOR_S, CODE_FOR_MS, IDLE_MS, LASTS_MS, LEEWAY_MS, Refresh};
use crate::rest::Answer;
use crate::secret;
use crate::state::World;

/// `POST /oauth/token`.
pub(crate) fn token(world: &mut World, body: &Map<String, Value>) -> Answer {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    if !is_our_app(world, text("client_id"), text("client_secret")) {
        return refusal(401, "access_denied", "Unauthorized");
    }
    match text("grant_type") {
        "authorization_code" => exchange(
            world,
            text("code"),
            text("redirect_uri"),
            text("code_verifier"),
        ),
        "refresh_token" => refresh(world, text("refresh_token")),
        _ => refusal(400, "unsupported_grant_type", "Unsupported grant type"),
    }
}

fn exchange(world: &mut World, code: &str, redirect_uri: &str, verifier: &str) -> Answer {
    let now = world.now();
    let Some(found) = world.grants.codes.get_mut(code) else {
        return refusal(403, "invalid_grant", "Invalid authorization code");
    };
    if found.used || now - found.given_at > CODE_FOR_MS {
        return refusal(403, "invalid_grant", "Invalid authorization code");
    }
    if found.redirect_uri != redirect_uri {
        return refusal(
            403,
            "invalid_grant",
            "The redirect URI does not match the one of the authorization request",
        );
    }
    if found
        .challenge
        .as_ref()
        .is_some_and(|challenge| !secret::pkce_fits(challenge, verifier))
    {
        return refusal(403, "invalid_grant", "Failed to verify code verifier");
    }
    found.used = true;
    let found = found.clone();
    world.grants.facts.exchanges += 1;
    let family = world.grants.open(now, found.who, found.sites, found.scopes);
    give(world, family)
}

fn refresh(world: &mut World, presented: &str) -> Answer {
    let unknown = || refusal(403, "invalid_grant", "Unknown or invalid refresh token.");
    let now = world.now();
    let grants = &mut world.grants;
    let Some(found) = grants.refresh.get(presented).cloned() else {
        return unknown();
    };
    let family = grants.family(found.family);
    if family.dead.is_some() {
        grants.facts.dead_presented += 1;
        return unknown();
    }
    let consented_at = family.consented_at;
    if now - found.given_at > IDLE_MS {
        grants.kill(found.family, "90 days idle");
        return unknown();
    }
    if now - consented_at > LASTS_MS {
        grants.kill(found.family, "365 days since consent");
        return unknown();
    }
    if let Some(rotated_at) = found.rotated_at {
        let is_previous = found.generation + 1 == family.generation;
        if !is_previous || now - rotated_at > LEEWAY_MS {
            grants.facts.reuse_kills += 1;
            grants.kill(found.family, "reuse of a rotated refresh token");
            return unknown();
        }
        grants.facts.leeway_uses += 1;
    } else {
        let generation = found.generation + 1;
        grants.family_mut(found.family).generation = generation;
        grants
            .refresh
            .get_mut(presented)
            .expect("it was just found")
            .rotated_at = Some(now);
    }
    grants.facts.refreshes += 1;
    give(world, found.family)
}

/// New tokens of a family, as the endpoint answers them.
fn give(world: &mut World, family: u64) -> Answer {
    let now = world.now();
    let client_id = world.app.client_id.clone();
    let access = world
        .grants
        .give_access(now, &client_id, family, ACCESS_FOR_S);
    let owner = world.grants.family(family);
    let mut answer = json!({
        "access_token": access,
        "expires_in": ACCESS_FOR_S,
        "token_type": "Bearer",
        "scope": owner.scopes.join(" "),
    });
    if owner.scopes.iter().any(|scope| scope == "offline_access") {
        let generation = owner.generation;
        let token = secret::fresh("eyJ-refresh-");
        world.grants.refresh.insert(
            token.clone(),
            Refresh {
                family,
                generation,
                given_at: now,
                rotated_at: None,
            },
        );
        answer["refresh_token"] = json!(token);
    }
    Answer::new(200, answer).header("Cache-Control", "no-store")
}

/// `POST /oauth/revoke` (RFC 7009): a refresh or access token ends its family; an unknown token is no error.
pub(crate) fn revoke(world: &mut World, body: &Map<String, Value>) -> Answer {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    if !is_our_app(world, text("client_id"), text("client_secret")) {
        return refusal(401, "access_denied", "Unauthorized");
    }
    let grants = &mut world.grants;
    grants.facts.revoke_calls += 1;
    let token = text("token");
    let family = grants
        .refresh
        .get(token)
        .map(|found| found.family)
        .or(grants.access.get(token).map(|found| found.family));
    if let Some(family) = family {
        grants.kill(family, "revoked by the app");
        let who = grants.family(family).who;
        if grants.consents(who).next().is_none() {
            world.webhooks.silence(who);
        }
    }
    Answer::new(200, json!({}))
}

fn is_our_app(world: &World, client_id: &str, client_secret: &str) -> bool {
    client_id == world.app.client_id
        && (client_secret == world.app.client_secret
            || world.app.old_secret.as_deref() == Some(client_secret))
}

fn refusal(status: u16, error: &str, description: &str) -> Answer {
    Answer::new(
        status,
        json!({ "error": error, "error_description": description }),
    )
}
