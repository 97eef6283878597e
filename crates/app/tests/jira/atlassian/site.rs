//! One site: projects, issues, webhooks.

use serde_json::{Value, json};
use upvow_domain::Time;

use super::{Called, DOING, TODO, World};

/// A status as Jira calls it now.
fn status(called: &Called, id: &str) -> Value {
    let (name, category) = called.get(id).copied().unwrap_or(match id {
        TODO => ("To Do", "new"),
        DOING => ("In Progress", "indeterminate"),
        _ => ("Done", "done"),
    });
    json!({"id": id, "name": name, "statusCategory": {"key": category}})
}

/// A field of a step's screen.
fn screen(field: &str) -> Value {
    match field {
        "" => json!({}),
        "resolution" => {
            json!({field: {"required": true, "name": "Resolution", "schema": {"type": "resolution"},
            "allowedValues": [{"id": "1", "name": "Fixed"}, {"id": "2", "name": "Duplicate"}]}})
        }
        "customfield_9" => {
            json!({field: {"required": true, "name": "Approver", "schema": {"type": "user"},
            "allowedValues": [{"accountId": "712020:somebody", "displayName": "Zoe Zebra"}]}})
        }
        "customfield_8" => json!({field: {"required": true, "name": "What was done", "schema": {
            "type": "string", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textarea"}}}),
        field => json!({field: {"required": true}}),
    }
}

fn when(updated: i64) -> String {
    Time(1_790_000_000_000 + updated)
        .rfc3339()
        .replace('Z', "+0000")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn site(
    world: &mut World,
    method: &str,
    path: &[&str],
    query: &str,
    body: &Value,
) -> (u16, Value) {
    let hidden = (
        404,
        json!({"errorMessages": ["Issue does not exist or you do not have permission to see it."]}),
    );
    let called = world.called.clone();
    match (method, path) {
        ("GET", ["project", "search"]) => (
            200,
            json!({"isLast": true, "values": [
                {"id": "100", "key": "DEMO", "name": "Demo", "style": "classic"},
                {"id": "200", "key": "OPS", "name": "Operations", "style": "next-gen"}]}),
        ),
        ("GET", ["project", _, "statuses"]) => (
            200,
            json!([{"statuses": world.statuses.iter().map(|id| status(&called, id)).collect::<Vec<_>>()}]),
        ),
        ("GET", ["issue", "createmeta", _, "issuetypes"]) => (
            200,
            json!({"issueTypes": [{"id": "7", "name": "Task"}, {"id": "8", "name": "Strange"}, {"id": "9", "name": "Form"}], "total": 3}),
        ),
        ("GET", ["issue", "createmeta", _, "issuetypes", "9"]) => (
            200,
            json!({"fields": world.form, "total": world.form.len()}),
        ),
        ("GET", ["field"]) => (
            200,
            json!([
                {"id": "summary", "name": "Summary", "schema": {"type": "string", "system": "summary"}},
                {"id": "customfield_50", "name": "Demand", "schema": {"type": "number", "custom": "x:float"}},
                {"id": "customfield_51", "name": "Elsewhere", "schema": {"type": "number", "custom": "x:float"},
                 "scope": {"type": "PROJECT", "project": {"id": "200"}}},
                {"id": "customfield_52", "name": "Who", "schema": {"type": "user", "custom": "x:userpicker"}},
            ]),
        ),
        ("GET", ["issue", "createmeta", _, "issuetypes", kind]) => {
            let needs = json!({"fieldId": "customfield_1", "name": "Cost centre", "required": *kind == "8"});
            (
                200,
                json!({"fields": [{"fieldId": "summary", "name": "Summary", "required": true}, needs], "total": 2}),
            )
        }
        ("GET", ["mypermissions"]) => (
            200,
            json!({"permissions": {"CREATE_ISSUES": {"havePermission": true}}}),
        ),
        ("POST", ["issue"]) => {
            let id = world.add(TODO);
            let issue = world.issues.get_mut(&id).unwrap();
            issue.property = body["properties"].get(0).map(|p| p["value"].clone());
            issue.property_key = text(&body["properties"][0]["key"]);
            issue.labels = body["fields"]["labels"].clone();
            issue.description = body["fields"]["description"].clone();
            issue.fields = body["fields"].clone();
            (
                201,
                json!({"id": id.to_string(), "key": format!("DEMO-{id}")}),
            )
        }
        ("POST", ["search", "jql"]) => {
            let found = world
                .issues
                .iter()
                .filter(|(_, issue)| issue.property.is_some());
            let found: Vec<Value> = found
                .map(|(id, issue)| {
                    json!({"id": id.to_string(), "key": format!("DEMO-{id}"),
                    "properties": {&issue.property_key: issue.property}})
                })
                .collect();
            (200, json!({"issues": found, "isLast": true}))
        }
        ("GET" | "POST" | "PUT" | "DELETE", ["webhook", ..]) => webhook(world, method, path, body),
        ("POST", ["issue", "bulkfetch"]) => bulk(world, body),
        ("DELETE", ["issue", _]) if world.keeps_issues => (
            403,
            json!({"errorMessages": ["You do not have permission to delete issues in this project."]}),
        ),
        ("DELETE", ["issue", name]) => match world.issues.remove(&name.parse().unwrap()) {
            Some(_) => (204, Value::Null),
            None => hidden,
        },
        (_, ["issue", name, rest @ ..]) => {
            let id: u32 = name.rsplit('-').next().unwrap().parse().unwrap();
            let editable = world.editable.clone();
            let next = world.next + 1;
            let Some(issue) = world.issues.get_mut(&id).filter(|issue| !issue.hidden) else {
                return hidden;
            };
            match (method, rest) {
                ("GET", []) => (200, shown(&called, id, issue)),
                ("GET", ["transitions"]) => {
                    let open = issue.steps.iter().map(|(to, needs)| {
                        json!({"id": format!("1{to}"), "name": "go", "to": status(&called, to), "fields": screen(needs)})
                    });
                    (200, json!({"transitions": open.collect::<Vec<_>>()}))
                }
                ("POST", ["transitions"]) => {
                    let to = body["transition"]["id"].as_str().unwrap()[1..].to_owned();
                    issue.sent = body["fields"].clone();
                    if !issue.stuck {
                        issue.status = to;
                        issue.updated = next;
                        world.next = next;
                    }
                    (204, Value::Null)
                }
                ("GET", ["editmeta"]) => {
                    let fields = editable.iter().map(|id| ((*id).to_owned(), json!({})));
                    (
                        200,
                        json!({"fields": fields.collect::<serde_json::Map<_, _>>()}),
                    )
                }
                ("PUT", []) => {
                    let refused = |id: &String| !editable.contains(&id.as_str());
                    if let Some(id) = body["fields"]
                        .as_object()
                        .unwrap()
                        .keys()
                        .find(|id| refused(id))
                    {
                        return (
                            400,
                            json!({"errorMessages": [], "errors": {id: "Field cannot be set. It is not on the appropriate screen, or unknown."}}),
                        );
                    }
                    for (id, value) in body["fields"].as_object().unwrap() {
                        issue.fields[id] = value.clone();
                    }
                    (204, Value::Null)
                }
                ("PUT", ["properties", "upvow.votes"]) => {
                    issue.votes = Some(body.clone());
                    (200, Value::Null)
                }
                ("DELETE", ["properties", "upvow.votes"]) => {
                    issue.votes = None;
                    (204, Value::Null)
                }
                ("GET", ["properties", key])
                    if issue.property.is_some() && issue.property_key == *key =>
                {
                    (200, json!({"key": key, "value": issue.property}))
                }
                ("PUT", ["properties", key]) => {
                    (*key).clone_into(&mut issue.property_key);
                    issue.property = Some(body.clone());
                    (200, Value::Null)
                }
                ("POST", ["remotelink"]) => {
                    issue.link = Some(body.clone());
                    (200, json!({"id": 1}))
                }
                ("DELETE", ["remotelink"]) if query.contains("globalId=") => {
                    issue.link = None;
                    (204, Value::Null)
                }
                _ => (404, json!({})),
            }
        }
        _ => (404, json!({})),
    }
}

/// Jira takes one address per app. Those of other apps are none of our business.
fn leads_elsewhere(world: &World, url: &Value) -> bool {
    let is_other = |webhook: &Value| {
        webhook["url"] != *url && !webhook["url"].as_str().unwrap().contains("other.example")
    };
    world.webhooks.values().any(is_other)
}

fn webhook(world: &mut World, method: &str, path: &[&str], body: &Value) -> (u16, Value) {
    let ids: Vec<i64> = body["webhookIds"]
        .as_array()
        .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default();
    match (method, path) {
        ("POST", _) if world.webhooks.len() >= 5 => (
            200,
            json!({"webhookRegistrationResult": [{"errors": ["You have reached the maximum number of webhooks"]}]}),
        ),
        ("POST", _) if leads_elsewhere(world, &body["url"]) => (
            200,
            json!({"webhookRegistrationResult": [{"errors": ["Only a single URL per app is allowed to be registered via REST API"]}]}),
        ),
        ("POST", _) => {
            world.next += 1;
            let id = world.next;
            let ends = world.webhook_ends;
            let filter = body["webhooks"][0]["jqlFilter"].clone();
            world.webhooks.insert(
                id,
                json!({"id": id, "url": body["url"], "jqlFilter": filter, "expirationDate": ends}),
            );
            (
                200,
                json!({"webhookRegistrationResult": [{"createdWebhookId": id}]}),
            )
        }
        ("GET", _) => (
            200,
            json!({"isLast": true, "values": world.webhooks.values().collect::<Vec<_>>()}),
        ),
        ("PUT", _) if world.forgets => {
            world.webhooks.clear();
            world.forgets = false;
            (200, json!({"expirationDate": world.webhook_ends}))
        }
        ("PUT", _) => {
            let ends = world.webhook_ends;
            for id in ids {
                if let Some(webhook) = world.webhooks.get_mut(&id) {
                    webhook["expirationDate"] = ends.into();
                }
            }
            (200, json!({"expirationDate": ends}))
        }
        _ => {
            world.webhooks.retain(|id, _| !ids.contains(id));
            (202, Value::Null)
        }
    }
}

/// An issue as it is read by whoever watches over links.
fn shown(called: &Called, id: u32, issue: &super::Issue) -> Value {
    let mut fields = json!({
        "status": status(called, &issue.status), "issuetype": {"id": "7"}, "summary": "What Jira says",
        "project": {"id": issue.project, "key": "DEMO"}, "updated": when(issue.updated)});
    if issue.poisoned {
        fields["updated"] = json!({"odd": true});
    }
    json!({"id": id.to_string(), "key": format!("{}-{id}", issue.key), "fields": fields})
}

fn bulk(world: &World, body: &Value) -> (u16, Value) {
    let asked = body["issueIdsOrKeys"].as_array().unwrap();
    assert!(asked.len() <= 100, "Jira reads a hundred at most");
    let issues: Vec<Value> = asked
        .iter()
        .filter_map(|id| {
            let id: u32 = id.as_str()?.parse().ok()?;
            let issue = world.issues.get(&id).filter(|issue| !issue.hidden)?;
            Some(shown(&world.called, id, issue))
        })
        .collect();
    (200, json!({"issues": issues}))
}
