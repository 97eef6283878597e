//! A normal day's work of the crate `gouqi`, a client of Jira that nobody here wrote, against the simulator.
//!
//! Takes the simulator's announcement (one JSON object) as first argument. Ends with a non-zero status on the first thing that is not
//! as it would be at Jira Cloud.

use std::collections::BTreeMap;
use std::error::Error;

use gouqi::issues::{CreateCustomIssue, IssueGetOptions};
use gouqi::{
    AddComment, Credentials, EditIssue, Error as Refused, Jira, SearchApiVersion, SearchOptions,
    TransitionTriggerOptions,
};
use serde_json::{Value, json};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn expect(condition: bool, what: &str) -> Outcome {
    if condition {
        return Ok(());
    }
    Err(format!("not as expected: {what}").into())
}

/// The status and the body of a refusal.
fn refusal<T>(result: gouqi::Result<T>, what: &str) -> Outcome<(u16, String)> {
    match result {
        Ok(_) => Err(format!("not refused: {what}").into()),
        Err(Refused::Fault { code, errors }) => Ok((code.as_u16(), format!("{errors:?}"))),
        Err(Refused::NotFound) => Ok((404, String::new())),
        Err(Refused::Unauthorized) => Ok((401, String::new())),
        Err(other) => Err(format!("{what}: {other}").into()),
    }
}

fn fields(value: Value) -> CreateCustomIssue<Value> {
    CreateCustomIssue { fields: value }
}

fn edit(name: &str, value: Value) -> EditIssue<Value> {
    EditIssue {
        fields: BTreeMap::from([(name.to_owned(), value)]),
    }
}

fn projects(jira: &Jira) -> Outcome {
    let keys: Vec<String> = jira
        .projects()
        .list()?
        .into_iter()
        .map(|project| project.key)
        .collect();
    for key in ["KITE", "NEST", "PLAT"] {
        expect(keys.iter().any(|known| known == key), "the projects")?;
    }
    let kite = jira.projects().get("KITE")?;
    expect(kite.name == "Kite App", "one project by key")?;
    expect(jira.projects().get_versions("KITE")?.len() >= 2, "versions")?;
    expect(
        !jira.projects().get_components("KITE")?.is_empty(),
        "components",
    )?;
    let (status, _) = refusal(jira.projects().get("NOSUCH"), "a project that is not there")?;
    expect(status == 404, "404 for an unknown project")
}

fn day(jira: &Jira) -> Outcome<String> {
    let issues = jira.issues();
    let made = issues.create_from_custom_issue(fields(json!({
        "project": { "key": "KITE" },
        "issuetype": { "name": "Story" },
        "summary": "Made by a Rust client",
        "description": "Words of a Rust client",
        "labels": ["outside"],
    })))?;
    expect(made.key.starts_with("KITE-"), "the new key")?;

    let issue = issues.get(made.key.as_str())?;
    expect(issue.id == made.id, "found by key")?;
    expect(
        issue.summary().as_deref() == Some("Made by a Rust client"),
        "its summary",
    )?;
    expect(
        issue.status().is_some_and(|status| status.name == "To Do"),
        "a new issue is to do",
    )?;
    expect(
        issue
            .reporter()
            .is_some_and(|who| !who.display_name.is_empty()),
        "its reporter has a name",
    )?;
    expect(
        issue.issue_type().is_some_and(|kind| kind.name == "Story"),
        "its type",
    )?;
    expect(issue.labels() == ["outside"], "its labels")?;
    expect(
        issue.created().is_some() && issue.updated().is_some(),
        "its times can be read",
    )?;

    issues.update(
        made.key.as_str(),
        edit("summary", json!("Renamed by a Rust client")),
    )?;
    issues.update(made.key.as_str(), edit("customfield_10016", json!(8)))?;
    let options = IssueGetOptions::builder()
        .fields(["summary", "customfield_10016"])
        .build();
    let renamed = issues.get_with_options(made.key.as_str(), &options)?;
    expect(
        renamed.summary().as_deref() == Some("Renamed by a Rust client"),
        "renamed",
    )?;
    expect(
        renamed
            .field::<f64>("customfield_10016")
            .is_some_and(|value| value.is_ok_and(|value| (value - 8.0).abs() < 0.01)),
        "a number field",
    )?;
    expect(renamed.status().is_none(), "only the fields asked for")?;

    let comment = issues.comment(made.key.as_str(), AddComment::new("Seen by a Rust client"))?;
    expect(comment.author.is_some(), "a comment has an author")?;
    let told = issues
        .get(made.key.as_str())?
        .comments()
        .map(|page| page.comments.len());
    expect(told == Some(1), "one comment")?;

    let offered = jira.transitions(made.key.as_str()).list()?;
    let way = |name: &str| {
        offered
            .iter()
            .find(|offer| offer.name == name)
            .map(|offer| offer.id.clone())
    };
    let start = way("In Progress").ok_or("no way to In Progress")?;
    let finish = way("Done").ok_or("no way to Done")?;
    for id in [start, finish] {
        jira.transitions(made.key.as_str())
            .trigger(TransitionTriggerOptions::new(id))?;
    }
    let done = issues.get(made.key.as_str())?;
    expect(
        done.status().is_some_and(|status| status.name == "Done"),
        "moved",
    )?;
    expect(done.resolution().is_some(), "and resolved")?;
    let (status, _) = refusal(
        jira.transitions(made.key.as_str())
            .trigger(TransitionTriggerOptions::new("999")),
        "an unknown transition",
    )?;
    expect(status == 400, "400 for an unknown transition")?;
    expect(
        issues.changelog(made.key.as_str())?.histories.len() >= 3,
        "a history",
    )?;
    Ok(made.key)
}

fn strict_workflow(jira: &Jira) -> Outcome {
    let made = jira.issues().create_from_custom_issue(fields(json!({
        "project": { "key": "PLAT" }, "issuetype": { "name": "Task" }, "summary": "Needs a resolution to finish",
    })))?;
    let walk = |name: &str, resolution: Option<&str>| -> Outcome<gouqi::Result<()>> {
        let offered = jira.transitions(made.key.as_str()).list()?;
        let offer = offered
            .iter()
            .find(|offer| offer.name == name)
            .ok_or("the way is not offered")?;
        let mut options = TransitionTriggerOptions::builder(offer.id.as_str());
        if let Some(resolution) = resolution {
            options.resolution(resolution);
        }
        Ok(jira.transitions(made.key.as_str()).trigger(options.build()))
    };
    walk("Start work", None)??;
    walk("Ask for review", None)??;
    let (status, text) = refusal(walk("Finish", None)?, "finishing without a resolution")?;
    expect(
        status == 400 && text.contains("Resolution is required"),
        "the refusal names the field",
    )?;
    walk("Finish", Some("Won't Do"))??;
    let done = jira.issues().get(made.key.as_str())?;
    let resolution = done.field::<Value>("resolution").ok_or("no resolution")??;
    expect(resolution["name"] == "Won't Do", "resolved as asked")
}

fn search(jira: &Jira, key: &str) -> Outcome {
    let few = SearchOptions::builder()
        .max_results(5)
        .fields(vec!["summary", "status"])
        .build();
    let page = jira.search().list(
        "project = KITE AND labels = outside ORDER BY created DESC",
        &few,
    )?;
    expect(
        page.issues.iter().any(|hit| hit.key == key),
        "found by search",
    )?;
    let all = jira
        .search()
        .iter("project in (KITE, NEST, PLAT)", &few)?
        .count();
    expect(all >= 20, "all pages of a search")?;
    expect(
        jira.search().count("project = KITE", false)?.count >= 11,
        "counted",
    )?;
    let (status, _) = refusal(
        jira.search().list("labels = 'never closed", &few),
        "a search that cannot be read",
    )?;
    expect(status == 400, "400 for bad JQL")
}

fn main() -> Outcome {
    let given: Value = serde_json::from_str(
        &std::env::args()
            .nth(1)
            .ok_or("the announcement is missing")?,
    )?;
    let text = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
    // The slash at the end keeps the path of the gateway.
    let host = format!("{}/ex/jira/{}/", text("api_url"), text("cloud_id"));
    let connect = |token: String| {
        Jira::with_search_api_version(&host, Credentials::Bearer(token), SearchApiVersion::V3)
    };
    let jira = connect(text("access_token"))?;

    projects(&jira)?;
    let key = day(&jira)?;
    strict_workflow(&jira)?;
    search(&jira, &key)?;
    jira.issues().delete(key.as_str())?;
    let (status, _) = refusal(jira.issues().get(key.as_str()), "a deleted issue")?;
    expect(status == 404, "404 for a deleted issue")?;
    let (status, _) = refusal(
        connect("nobody's".to_owned())?.projects().list(),
        "a wrong token",
    )?;
    expect(status == 401, "401 for a wrong token")?;
    println!("gouqi: a day's work done");
    Ok(())
}
