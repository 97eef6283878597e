//! The description of the API (OpenAPI 3.1). Operations describe themselves; what is true of all of them is added here.

use bytes::Bytes;
use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Description,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::words;
use crate::{failure::FieldError, problem};

/// The frame that the operations are put into.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Upvow",
        version = "1",
        description = "Feedback boards with a Jira Cloud integration that keeps its privacy promises.\n\n\
            **Who asks.** Send a token as `Authorization: Bearer upvow_...`; a signed-in browser may send its session \
            cookie instead. Public boards can be read without either. A token acts as the person who made it, within its scopes.\n\n\
            **Errors** are `application/problem+json` (RFC 9457) with a stable `code`; `errors` names refused fields.\n\n\
            **Lists** are `{\"items\": [..], \"next\": \"..\"}`; send `next` as `after` for the next page.\n\n\
            **Repeating.** PUT and DELETE can be repeated. For POST send `Idempotency-Key`: the same key makes the same \
            thing, never a second one.\n\n\
            **Ids** carry a prefix (`post_...`), times are RFC 3339. Unknown fields are refused.",
    ),
    tags(
        (name = "project", description = "The project itself."),
        (name = "boards", description = "Lists of posts, and who sees them."),
        (name = "statuses", description = "Where posts can stand."),
        (name = "posts", description = "Ideas."),
        (name = "votes", description = "Who wants what."),
        (name = "comments", description = "Comments, internal notes, the official answer."),
        (name = "roadmap", description = "Posts by status."),
        (name = "people", description = "Oneself, and the members."),
        (name = "audit", description = "The trail of privileged acts, and its export."),
        (name = "tokens", description = "One's own API tokens."),
        (name = "connections", description = "Ties to Jira sites, from consent to goodbye."),
        (name = "setup", description = "Setting a connection up: site, projects, status map, rights."),
        (name = "health", description = "How a connection is: figures, problems by cause with a retry, what the jobs did."),
        (name = "links", description = "Posts tied to Jira issues. The issue's own words are fetched live and never stored."),
        (name = "automations", description = "Issues that are made by themselves: once per post, ever."),
        (name = "privacy", description = "Requests for a copy of data of people in Jira or for its deletion, and what is held. Nobody is named."),
        (name = "notices", description = "Telling voters what became of a post. No letter names anybody or anything in Jira."),
        (name = "privacy", description = "Requests for a copy of data of people in Jira or for its deletion, and what is held. Nobody is named."),
    ),
    components(schemas(problem::Problem, FieldError)),
    modifiers(&Extras)
)]
pub(crate) struct Document;

struct Extras;

impl Modify for Extras {
    fn modify(&self, description: &mut Description) {
        let components = description.components.get_or_insert_default();
        components.schemas.extend(words::all());
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "upvow_session",
                "A signed-in browser's cookie; `__Host-upvow_session` over https.",
            ))),
        );
    }
}

/// The families of which a visitor may read what is public. The consent text is for everybody, too.
const OPEN: [&str; 6] = [
    "project", "boards", "statuses", "posts", "comments", "roadmap",
];

/// Adds to every operation the project in its path, how it can be refused, and who may ask; gives the finished text.
pub(crate) fn finish(description: Description) -> Bytes {
    let mut document = serde_json::to_value(description).expect("a description is JSON");
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            describe(method, operation);
        }
    }
    Bytes::from(document.to_string())
}

fn describe(method: &str, operation: &mut Value) {
    let project = json!({
        "name": "project", "in": "path", "required": true, "description": "The project's slug.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 40}, "example": "acme",
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.insert(0, project),
        None => operation["parameters"] = json!([project]),
    }
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        let description = &mut response["description"];
        if description.as_str().is_none_or(str::is_empty) {
            *description = json!(if status == "201" {
                "It was made."
            } else {
                "What was asked for."
            });
        }
    }
    for (range, text) in [
        (
            "4XX",
            "Refused; `code` and `detail` say why, and what to do.",
        ),
        (
            "5XX",
            "Not possible now, or broken on our side; nothing was changed.",
        ),
    ] {
        operation["responses"][range] = json!({
            "description": text,
            "content": {problem::MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
    }
    let is_open_family = operation["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|tag| OPEN.iter().any(|open| tag == open));
    let open = method == "get" && (is_open_family || operation["operationId"] == "read_consent");
    let mut security = vec![json!({"token": []}), json!({"session": []})];
    if open {
        security.push(json!({}));
    }
    operation["security"] = Value::Array(security);
}
