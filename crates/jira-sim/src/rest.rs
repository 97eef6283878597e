//! Jira's REST API behind the gateway: one table of endpoints, one way through it.
//!
//! A request passes the gateway (token, site, scope), the rate limits, and then a plain function from the locked world and the call
//! to an answer. Nothing in here waits.

use serde_json::{Value, json};

use crate::people::Who;
use crate::state::World;

mod answer;
mod comment;
mod create;
mod edit;
mod fields;
mod granular;
mod input;
mod issue;
#[expect(
    clippy::unnecessary_wraps,
    reason = "handlers share the signature the table asks for"
)]
mod meta;
#[expect(
    clippy::unnecessary_wraps,
    reason = "handlers share the signature the table asks for"
)]
mod project;
mod property;
mod remote_link;
pub(crate) mod render;
mod screen;
#[expect(
    clippy::unnecessary_wraps,
    reason = "handlers share the signature the table asks for"
)]
mod search;
mod shape;
#[expect(
    clippy::unnecessary_wraps,
    reason = "handlers share the signature the table asks for"
)]
mod site_info;
mod transition;
mod webhook;

pub(crate) use answer::{Answer, Outcome};
pub(crate) use create::create;
pub(crate) use edit::{apply_edit, move_issue, record};
pub(crate) use granular::is_known as is_granular;
pub(crate) use input::Values;
pub(crate) use issue::remove as remove_issue;
pub(crate) use transition::{available, carry_out};

/// A request that has passed the gateway.
pub(crate) struct Call {
    pub(crate) site: usize,
    /// 2 or 3; `latest` means 2, as it does at Atlassian.
    pub(crate) version: u8,
    pub(crate) who: Who,
    /// The path's variable parts, in order.
    pub(crate) args: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// `Null` without a body.
    pub(crate) body: Value,
    pub(crate) has_content_type: bool,
}

impl Call {
    /// A call that came through no gateway: somebody did it on a page.
    pub(crate) fn by_hand(site: usize, who: Who, body: Value) -> Self {
        Self {
            site,
            version: 2,
            who,
            args: Vec::new(),
            query: Vec::new(),
            body,
            has_content_type: true,
        }
    }

    /// The last value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter, whether repeated or separated by commas.
    pub(crate) fn query_list(&self, name: &str) -> Vec<String> {
        self.query
            .iter()
            .filter(|(known, _)| known == name)
            .flat_map(|(_, value)| value.split(','))
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect()
    }

    pub(crate) fn number(&self, name: &str, default: usize) -> Result<usize, Answer> {
        match self.query(name) {
            None | Some("") => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| Answer::error(400, &format!("{name} must be a number"))),
        }
    }

    /// Does `expand` name this?
    pub(crate) fn expands(&self, name: &str) -> bool {
        self.query_list("expand").iter().any(|known| known == name)
    }
}

/// One endpoint: method, path behind `/rest/api/{version}/`, the scopes it needs, and what it does.
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) scopes: &'static [&'static str],
    pub(crate) run: fn(&mut World, &Call) -> Outcome,
}

impl Endpoint {
    /// Classic scopes, or the granular ones that stand for them at this endpoint.
    pub(crate) fn allowed_by(&self, granted: &[String]) -> bool {
        let all = |scopes: &[&str]| {
            scopes
                .iter()
                .all(|scope| granted.iter().any(|known| known == scope))
        };
        all(self.scopes) || granular::scopes(self.method, self.path).is_some_and(all)
    }

    /// Some reads are `POST`s; the hourly points tell them from writes.
    pub(crate) fn only_reads(&self) -> bool {
        self.method == "GET" || self.scopes == READ || self.scopes.is_empty()
    }
}

const READ: &[&str] = &["read:jira-work"];
const WRITE: &[&str] = &["write:jira-work"];
const USER: &[&str] = &["read:jira-user"];
const HOOK: &[&str] = &["read:jira-work", "manage:jira-webhook"];
const NONE: &[&str] = &[];

const fn on(
    method: &'static str,
    path: &'static str,
    scopes: &'static [&'static str],
    run: fn(&mut World, &Call) -> Outcome,
) -> Endpoint {
    Endpoint {
        method,
        path,
        scopes,
        run,
    }
}

/// Fixed paths stand before paths with variable parts.
static ENDPOINTS: &[Endpoint] = &[
    on("GET", "serverInfo", NONE, site_info::server_info),
    on("GET", "myself", USER, site_info::myself),
    on("GET", "mypermissions", READ, site_info::my_permissions),
    on(
        "POST",
        "permissions/check",
        NONE,
        site_info::check_permissions,
    ),
    on("GET", "field", READ, meta::fields),
    on("GET", "status", READ, meta::statuses),
    on("GET", "statuscategory", READ, meta::status_categories),
    on("GET", "priority", READ, meta::priorities),
    on("GET", "resolution", READ, meta::resolutions),
    on("GET", "issuetype", READ, meta::issue_types),
    on("GET", "issuetype/project", READ, meta::project_issue_types),
    on("GET", "project", READ, project::list),
    on("GET", "project/search", READ, project::search),
    on("GET", "project/{}", READ, project::get),
    on("GET", "project/{}/statuses", READ, project::statuses),
    on("GET", "project/{}/versions", READ, project::versions),
    on("GET", "project/{}/components", READ, project::components),
    on("GET", "search", READ, search::removed),
    on("POST", "search", READ, search::removed),
    on("GET", "search/jql", READ, search::jql_get),
    on("POST", "search/jql", READ, search::jql_post),
    on("POST", "search/approximate-count", READ, search::count),
    on("POST", "jql/match", READ, search::match_issues),
    on("GET", "issue/picker", READ, search::picker),
    on("GET", "issue/createmeta", READ, meta::create_meta_all),
    on(
        "GET",
        "issue/createmeta/{}/issuetypes",
        READ,
        meta::create_meta_types,
    ),
    on(
        "GET",
        "issue/createmeta/{}/issuetypes/{}",
        READ,
        meta::create_meta_fields,
    ),
    on("POST", "issue/bulkfetch", READ, issue::bulk_fetch),
    on("POST", "changelog/bulkfetch", READ, issue::bulk_changelog),
    on("POST", "issue", WRITE, create::create),
    on("GET", "issue/{}", READ, issue::get),
    on("PUT", "issue/{}", WRITE, edit::edit),
    on("DELETE", "issue/{}", WRITE, issue::delete),
    on("GET", "issue/{}/editmeta", READ, meta::edit_meta),
    on("GET", "issue/{}/changelog", READ, issue::changelog),
    on("GET", "issue/{}/transitions", READ, transition::list),
    on(
        "POST",
        "issue/{}/transitions",
        WRITE,
        transition::transition,
    ),
    on("GET", "issue/{}/comment", READ, comment::list),
    on("POST", "issue/{}/comment", WRITE, comment::add),
    on("GET", "issue/{}/remotelink", READ, remote_link::get),
    on("POST", "issue/{}/remotelink", WRITE, remote_link::put),
    on(
        "DELETE",
        "issue/{}/remotelink",
        WRITE,
        remote_link::delete_by_global_id,
    ),
    on("GET", "issue/{}/remotelink/{}", READ, remote_link::get_one),
    on("PUT", "issue/{}/remotelink/{}", WRITE, remote_link::put_one),
    on(
        "DELETE",
        "issue/{}/remotelink/{}",
        WRITE,
        remote_link::delete_one,
    ),
    on("GET", "issue/{}/properties", READ, property::list),
    on("GET", "issue/{}/properties/{}", READ, property::get),
    on("PUT", "issue/{}/properties/{}", WRITE, property::put),
    on("DELETE", "issue/{}/properties/{}", WRITE, property::delete),
    on("GET", "webhook", HOOK, webhook::list),
    on("POST", "webhook", HOOK, webhook::register),
    on("DELETE", "webhook", HOOK, webhook::delete),
    on("PUT", "webhook/refresh", HOOK, webhook::refresh),
    on("GET", "webhook/failed", HOOK, webhook::failed),
];

/// Every endpoint by name, for whoever wants to try them all.
pub(crate) fn served() -> impl Iterator<Item = String> {
    ENDPOINTS
        .iter()
        .map(|endpoint| format!("{} {}", endpoint.method, endpoint.path))
}

/// What the table says of a path.
pub(crate) enum Found {
    Endpoint(&'static Endpoint, Vec<String>),
    OtherMethod,
    Nothing,
}

/// Looks a path up. `path` stands behind the version, percent-decoded part by part.
pub(crate) fn find(method: &str, path: &[String]) -> Found {
    let mut known = false;
    for endpoint in ENDPOINTS {
        let Some(args) = fits(endpoint.path, path) else {
            continue;
        };
        if endpoint.method == method {
            return Found::Endpoint(endpoint, args);
        }
        // A fixed path such as `issue/picker` hides `issue/{}` for its own methods only.
        known = true;
    }
    if known {
        Found::OtherMethod
    } else {
        Found::Nothing
    }
}

fn fits(pattern: &str, path: &[String]) -> Option<Vec<String>> {
    let parts: Vec<&str> = pattern.split('/').collect();
    if parts.len() != path.len() {
        return None;
    }
    let mut args = Vec::new();
    for (part, given) in parts.iter().zip(path) {
        if *part == "{}" {
            args.push(given.clone());
        } else if part != given {
            return None;
        }
    }
    Some(args)
}

/// A page of `values`, as most of Jira's lists come.
pub(crate) fn page(values: &[Value], start: usize, max: usize, own_address: &str) -> Value {
    let slice: Vec<&Value> = values.iter().skip(start).take(max).collect();
    let is_last = start + slice.len() >= values.len();
    let mut page = json!({
        "self": format!("{own_address}?startAt={start}&maxResults={max}"),
        "maxResults": max,
        "startAt": start,
        "total": values.len(),
        "isLast": is_last,
        "values": slice,
    });
    if !is_last {
        page["nextPage"] = json!(format!(
            "{own_address}?startAt={}&maxResults={max}",
            start + max
        ));
    }
    page
}
