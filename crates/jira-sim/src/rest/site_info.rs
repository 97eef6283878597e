//! The site itself, the person behind the token, and what that person may do.

use serde_json::{Map, Value, json};

use super::issue::strings;
use super::render::To;
use super::{Answer, Call, Outcome};
use crate::clock::jira_time;
use crate::people;
use crate::state::{World, is_admin};

/// Rights the simulator knows: key, id, name, whether it is about a project.
const RIGHTS: &[(&str, u32, &str, bool)] = &[
    ("BROWSE_PROJECTS", 10, "Browse Projects", true),
    ("CREATE_ISSUES", 11, "Create Issues", true),
    ("EDIT_ISSUES", 12, "Edit Issues", true),
    ("ASSIGN_ISSUES", 13, "Assign Issues", true),
    ("ADD_COMMENTS", 15, "Add Comments", true),
    ("DELETE_ISSUES", 16, "Delete Issues", true),
    ("LINK_ISSUES", 21, "Link Issues", true),
    ("ADMINISTER_PROJECTS", 23, "Administer Projects", true),
    ("TRANSITION_ISSUES", 46, "Transition Issues", true),
    ("SCHEDULE_ISSUES", 28, "Schedule Issues", true),
    ("SET_ISSUE_SECURITY", 26, "Set Issue Security", true),
    ("ADMINISTER", 0, "Administer Jira", false),
    ("USER_PICKER", 27, "Browse users and groups", false),
];

pub(crate) fn server_info(world: &mut World, call: &Call) -> Outcome {
    let site = world.site_url(call.site);
    Ok(Answer::ok(json!({
        "baseUrl": site,
        "displayUrl": site,
        "displayUrlServicedeskHelpCenter": site,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_292,
        "buildDate": "2026-11-02T00:00:00.000+0100",
        "serverTime": jira_time(world.now()),
        "scmInfo": "0000000000000000000000000000000000000000",
        "serverTitle": world.sites[call.site].name,
        "serverTimeZone": "Europe/Berlin",
    })))
}

pub(crate) fn myself(world: &mut World, call: &Call) -> Outcome {
    let to = To {
        world,
        site: call.site,
        version: call.version,
    };
    let mut user = to.user(call.who);
    user["locale"] = json!(world.speaking.locale());
    user["groups"] = json!({ "size": 1, "items": [] });
    user["applicationRoles"] = json!({ "size": 1, "items": [] });
    user["expand"] = json!("groups,applicationRoles");
    Ok(Answer::ok(user))
}

pub(crate) fn my_permissions(world: &mut World, call: &Call) -> Outcome {
    let asked = call.query_list("permissions");
    if asked.is_empty() {
        return Err(Answer::error(
            400,
            "The 'permissions' query parameter is required.",
        ));
    }
    let site = &world.sites[call.site];
    let issue = call.query("issueId").or(call.query("issueKey"));
    let project = call.query("projectId").or(call.query("projectKey"));
    let project = match (issue, project) {
        (Some(issue), _) => Some(
            site.find_issue(issue)
                .filter(|issue| site.may_see(call.who, issue))
                .ok_or_else(Answer::no_issue)?
                .project,
        ),
        (None, Some(project)) => {
            let found = site
                .find_project(project)
                .filter(|project| site.may(call.who, project.id, "BROWSE_PROJECTS"));
            Some(
                found
                    .ok_or_else(|| {
                        Answer::error(
                            404,
                            &format!("No project could be found with id '{project}'."),
                        )
                    })?
                    .id,
            )
        }
        (None, None) => None,
    };
    let mut permissions = Map::new();
    for key in asked {
        let Some((key, id, name, of_project)) = RIGHTS.iter().find(|(known, ..)| *known == key)
        else {
            return Err(Answer::error(
                400,
                &format!("Unrecognized permission: {key}"),
            ));
        };
        let have = match (of_project, project) {
            (false, _) => *key == "USER_PICKER" || is_admin(call.who),
            (true, Some(project)) => {
                site.may(call.who, project, key)
                    && (*key != "ADMINISTER_PROJECTS" || leads(world, call, project))
            }
            (true, None) => site
                .projects
                .iter()
                .any(|project| site.may(call.who, project.id, key)),
        };
        let kind = if *of_project { "PROJECT" } else { "GLOBAL" };
        let right: Value = json!({ "id": id.to_string(), "key": key, "name": name, "type": kind, "description": name, "havePermission": have });
        permissions.insert((*key).to_owned(), right);
    }
    let count = permissions.len();
    Ok(Answer::ok(json!({ "permissions": permissions })).counting(2 * count))
}

fn leads(world: &World, call: &Call, project: u64) -> bool {
    let site = &world.sites[call.site];
    is_admin(call.who) || site.project(project).lead.account_id == call.who.account_id
}

/// Many projects and issues at once: for each asked right, where the person has it.
pub(crate) fn check_permissions(world: &mut World, call: &Call) -> Outcome {
    let site = &world.sites[call.site];
    // Somebody else's rights are the administrator's to see.
    let who = match call.body["accountId"].as_str() {
        None => call.who,
        Some(id) if id == call.who.account_id || is_admin(call.who) => {
            people::find(id).ok_or_else(|| Answer::error(400, "The account is not known."))?
        }
        Some(_) => {
            return Err(Answer::error(
                403,
                "You may not see the permissions of others.",
            ));
        }
    };
    let mut errors = Map::new();
    let mut known = |list: &Value, of_project: bool| -> Vec<String> {
        let (good, bad): (Vec<String>, Vec<String>) = strings(list).into_iter().partition(|key| {
            RIGHTS
                .iter()
                .any(|(known, _, _, about)| known == key && *about == of_project)
        });
        for key in bad {
            errors.insert(key, json!("Unrecognized permission"));
        }
        good
    };
    let global: Vec<String> = known(&call.body["globalPermissions"], false)
        .into_iter()
        .filter(|key| key == "USER_PICKER" || is_admin(who))
        .collect();
    let mut grants: std::collections::BTreeMap<String, (Vec<u64>, Vec<u64>)> =
        std::collections::BTreeMap::new();
    for group in call.body["projectPermissions"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let ids = |name: &str| -> Vec<u64> {
            group[name]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_u64)
                .collect()
        };
        for right in known(&group["permissions"], true) {
            let may = |project: u64| {
                site.projects.iter().any(|known| known.id == project)
                    && site.may(who, project, &right)
            };
            let projects = ids("projects").into_iter().filter(|id| may(*id));
            let issues = ids("issues").into_iter().filter(|id| {
                site.issues
                    .get(id)
                    .is_some_and(|issue| site.may_see(who, issue) && may(issue.project))
            });
            let grant = grants.entry(right.clone()).or_default();
            grant.0.extend(projects);
            grant.1.extend(issues);
        }
    }
    if !errors.is_empty() {
        return Err(Answer::field_errors(&errors));
    }
    let projects: Vec<Value> = grants
        .into_iter()
        .map(|(right, (projects, issues))| json!({ "permission": right, "projects": projects, "issues": issues }))
        .collect();
    let count = global.len() + projects.len();
    Ok(
        Answer::ok(json!({ "globalPermissions": global, "projectPermissions": projects }))
            .counting(2 * count),
    )
}
