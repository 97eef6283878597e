//! Search: JQL, its count, its match, and the picker.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::issue::strings;
use super::render::{To, Wanted};
use super::{Answer, Call, Outcome};
use crate::jql::{self, Moment, Query};
use crate::state::{Issue, World};

/// A page token of `search/jql` lives this long.
const TOKEN_FOR_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// The old search.
pub(crate) fn removed(_: &mut World, call: &Call) -> Outcome {
    let message = format!(
        "The requested API has been removed. Please migrate to the /rest/api/{}/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
        call.version
    );
    Err(Answer::error(410, &message))
}

/// A search, wherever its parameters came from.
struct Search {
    jql: String,
    fields: Vec<String>,
    properties: Vec<String>,
    max: usize,
    token: Option<String>,
    reconcile: Vec<u64>,
    expand: Vec<String>,
}

pub(crate) fn jql_get(world: &mut World, call: &Call) -> Outcome {
    let search = Search {
        jql: call.query("jql").unwrap_or_default().to_owned(),
        fields: call.query_list("fields"),
        properties: call.query_list("properties"),
        max: call.number("maxResults", 50)?,
        token: call.query("nextPageToken").map(ToOwned::to_owned),
        reconcile: call
            .query_list("reconcileIssues")
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect(),
        expand: call.query_list("expand"),
    };
    run(world, call, &search)
}

pub(crate) fn jql_post(world: &mut World, call: &Call) -> Outcome {
    let body = &call.body;
    let search = Search {
        jql: body["jql"].as_str().unwrap_or_default().to_owned(),
        fields: strings(&body["fields"]),
        properties: strings(&body["properties"]),
        max: match &body["maxResults"] {
            Value::Null => 50,
            value => value.as_u64().and_then(|max| usize::try_from(max).ok()).ok_or_else(|| Answer::error(400, "Invalid request payload. Refer to the REST API documentation and try again."))?,
        },
        token: body["nextPageToken"].as_str().map(ToOwned::to_owned),
        reconcile: strings(&body["reconcileIssues"]).iter().filter_map(|id| id.parse().ok()).collect(),
        expand: strings(&body["expand"]),
    };
    run(world, call, &search)
}

fn run(world: &World, call: &Call, search: &Search) -> Outcome {
    let query = bounded(world, call, &search.jql)?;
    if search.properties.len() > 5 {
        return Err(Answer::error(
            400,
            "The number of properties must not be more than 5.",
        ));
    }
    if search.reconcile.len() > 50 {
        return Err(Answer::error(
            400,
            "The number of issues to reconcile must not be more than 50.",
        ));
    }
    let start = search
        .token
        .as_deref()
        .map_or(Ok(0), |token| read_token(token, &search.jql, world.now()))?;
    let max = search.max.clamp(1, 5_000);
    let issues = find(world, call, &query, &search.reconcile);
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    // Without `fields` only ids come, and a `fields` of nothing but `id` is the same.
    let only_ids = search.fields.iter().all(|field| field == "id");
    let wanted = (!only_ids).then(|| Wanted::new(&search.fields, "*navigable"));
    let found: Vec<Value> = issues
        .iter()
        .skip(start)
        .take(max)
        .map(|issue| {
            let value = to.issue(issue, wanted.as_ref(), &search.properties);
            if only_ids && search.properties.is_empty() {
                json!({ "id": value["id"] })
            } else {
                value
            }
        })
        .collect();
    let count = found.len();
    let is_last = start + count >= issues.len();
    let mut answer = json!({ "issues": found, "isLast": is_last });
    if !is_last {
        answer["nextPageToken"] = json!(write_token(start + count, &search.jql, world.now()));
    }
    if search.expand.iter().any(|name| name == "names") {
        answer["names"] = to.field_names();
    }
    Ok(Answer::ok(answer).counting(count))
}

pub(crate) fn count(world: &mut World, call: &Call) -> Outcome {
    let query = bounded(world, call, call.body["jql"].as_str().unwrap_or_default())?;
    Ok(Answer::ok(
        json!({ "count": find(world, call, &query, &[]).len() }),
    ))
}

/// Which of the given issues fit which query? This one does not lag, and knows no unknown project.
pub(crate) fn match_issues(world: &mut World, call: &Call) -> Outcome {
    let ids: Vec<u64> = call.body["issueIds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
        .collect();
    let Some(queries) = call.body["jqls"].as_array() else {
        return Err(Answer::error(400, "jqls must not be empty."));
    };
    let site = &world.sites[call.site];
    let moment = Moment {
        who: call.who,
        now: world.now(),
    };
    let matches: Vec<Value> = queries
        .iter()
        .map(|text| match jql::parse(text.as_str().unwrap_or_default()) {
            Err(complaint) => json!({ "matchedIssues": [], "errors": [complaint] }),
            Ok(query) => {
                let fitting: Vec<u64> = ids
                    .iter()
                    .copied()
                    .filter(|id| {
                        site.issues.get(id).is_some_and(|issue| {
                            site.may_see(call.who, issue) && jql::fits(&query, site, issue, moment)
                        })
                    })
                    .collect();
                json!({ "matchedIssues": fitting, "errors": [] })
            }
        })
        .collect();
    Ok(Answer::ok(json!({ "matches": matches })))
}

/// Suggestions while somebody types: a key, or words of a summary.
pub(crate) fn picker(world: &mut World, call: &Call) -> Outcome {
    let site = &world.sites[call.site];
    let typed = call
        .query("query")
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let moment = Moment {
        who: call.who,
        now: world.now(),
    };
    let current = call
        .query("currentJQL")
        .filter(|jql| !jql.is_empty())
        .and_then(|jql| jql::parse(jql).ok())
        .unwrap_or_default();
    let mut found: Vec<&Issue> = site
        .issues
        .values()
        .filter(|issue| site.may_see(call.who, issue) && jql::fits(&current, site, issue, moment))
        .filter(|issue| {
            typed.is_empty()
                || issue.key.to_lowercase().contains(&typed)
                || issue.summary.to_lowercase().contains(&typed)
        })
        .collect();
    found.sort_by_key(|issue| std::cmp::Reverse(issue.updated_at));
    let issues: Vec<Value> = found
        .iter()
        .take(20)
        .map(|issue| {
            json!({
                "id": issue.id,
                "key": issue.key,
                "keyHtml": marked(&issue.key, &typed),
                "img": format!("/_sim/type/{}.svg", site.kind(issue.kind).icon),
                "summary": marked(&issue.summary, &typed),
                "summaryText": issue.summary,
            })
        })
        .collect();
    let sub = format!(
        "Showing {} of {} matching issues",
        issues.len(),
        found.len()
    );
    let section = |id: &str, label: &str, issues: Value| json!({ "id": id, "label": label, "sub": sub, "issues": issues });
    Ok(Answer::ok(
        json!({ "sections": [section("hs", "History Search", json!([])), section("cs", "Current Search", json!(issues))] }),
    ))
}

/// The typed words in bold, everything else escaped.
fn marked(text: &str, typed: &str) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    // Lower case may differ in length outside ASCII; then nothing is marked.
    match text.to_lowercase().find(typed) {
        Some(at)
            if !typed.is_empty()
                && text.is_char_boundary(at)
                && text.is_char_boundary(at + typed.len()) =>
        {
            let end = at + typed.len();
            format!(
                "{}<b>{}</b>{}",
                escape(&text[..at]),
                escape(&text[at..end]),
                escape(&text[end..])
            )
        }
        _ => escape(text),
    }
}

/// A query with a restriction, of fields and values the site knows.
fn bounded(world: &World, call: &Call, text: &str) -> Result<Query, Answer> {
    let query = jql::parse(text).map_err(|complaint| Answer::error(400, &complaint))?;
    if query.filter.is_none() {
        return Err(Answer::error(
            400,
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        ));
    }
    let moment = Moment {
        who: call.who,
        now: world.now(),
    };
    let complaints = jql::complaints(&query, &world.sites[call.site], moment);
    if complaints.is_empty() {
        Ok(query)
    } else {
        Err(Answer::new(
            400,
            json!({ "errorMessages": complaints, "errors": {} }),
        ))
    }
}

/// Fitting issues in order. The index lags, except for the issues to reconcile.
fn find<'a>(world: &'a World, call: &Call, query: &Query, reconcile: &[u64]) -> Vec<&'a Issue> {
    let site = &world.sites[call.site];
    let now = world.now();
    let moment = Moment { who: call.who, now };
    let mut found: Vec<&Issue> = site
        .issues
        .values()
        .filter(|issue| {
            site.search_lag_ms == 0
                || now - issue.updated_at >= site.search_lag_ms
                || reconcile.contains(&issue.id)
        })
        .filter(|issue| site.may_see(call.who, issue) && jql::fits(query, site, issue, moment))
        .collect();
    jql::sort(query, site, &mut found);
    found
}

fn write_token(start: usize, jql: &str, now: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{start}:{}:{now}", jql.len()))
}

fn read_token(token: &str, jql: &str, now: i64) -> Result<usize, Answer> {
    let bad = || Answer::error(400, "The provided next page token is invalid or expired.");
    let text = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(bad)?;
    let parts: Vec<i64> = text
        .split(':')
        .filter_map(|part| part.parse().ok())
        .collect();
    let [start, length, given_at] = parts[..] else {
        return Err(bad());
    };
    if usize::try_from(length) != Ok(jql.len()) || now - given_at > TOKEN_FOR_MS {
        return Err(bad());
    }
    usize::try_from(start).map_err(|_| bad())
}
