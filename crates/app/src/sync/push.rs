//! Board to Jira: a job moves the issue after its post.

use serde_json::{Map, Value};
use upvow_db::Tx;
use upvow_domain::{LinkId, StatusId, combination::Combination, jira::IssueId, rule::Direction};
use upvow_jira::{Issue, JiraError, Transition};
use upvow_store::{
    links,
    links::{Link, Shown},
    rules::{self, Rule},
    voices,
};

use crate::{
    App, Result,
    connect::{
        grants::CallError,
        reach::{For, Reach},
    },
    jobs::{Claim, Trouble, Turn},
    sync::{choir, fields, pull},
};

/// What a job about a link that has its issue begins with.
pub(crate) struct Begun {
    pub(crate) link: Link,
    pub(crate) issue: IssueId,
    pub(crate) shown: Shown,
    pub(crate) reach: Reach,
}

pub(crate) async fn begin(app: &App, claim: &Claim) -> Result<Begun, Trouble> {
    let id: LinkId = claim.subject()?;
    let project = claim.job.project_id;
    let mut tx = app.db.read().await?;
    let link = links::get(&mut tx, project, id)
        .await?
        .ok_or(Trouble::Moot)?;
    let shown = links::shown(&mut tx, project, link.post_id).await?;
    let reach = Reach::of(&mut tx, project, link.connection_id, For::Work).await?;
    if link.state != "active" {
        return Err(Trouble::Moot);
    }
    Ok(Begun {
        issue: link.issue_id.clone().ok_or(Trouble::Moot)?,
        shown: shown.ok_or(Trouble::Moot)?,
        link,
        reach,
    })
}

/// What the attempt to move an issue came to.
enum Moved {
    /// It is where the post wants it, or nobody wants anything.
    InStep(Issue),
    /// It was not, and is now.
    Stepped(Issue),
    /// It is not, and here is why.
    Stuck(&'static str, String),
}

/// The job: the issue has a status that goes with the post's, or the link says why not.
pub(crate) async fn run_status(app: &App, claim: &Claim) -> Turn {
    let begun = begin(app, claim).await?;
    if begun.link.problem.as_deref() == Some("flip_flop") {
        return Err(Trouble::Moot);
    }
    let moved = match step(app, &begun).await {
        Err(CallError::Jira(JiraError::NotFound)) => Moved::Stuck("not_visible", String::new()),
        Err(CallError::Jira(JiraError::Forbidden)) => Moved::Stuck("may_not_move", String::new()),
        Err(CallError::Jira(JiraError::Refused { fields, .. })) => {
            Moved::Stuck("transition_refused", fields.join(", "))
        }
        other => other?,
    };

    let mut tx = app.db.write().await?;
    begun.reach.still(&mut tx).await?;
    let project = begun.link.project_id;
    let link = links::get(&mut tx, project, begun.link.id)
        .await?
        .ok_or(Trouble::Moot)?;
    let mut changes = Vec::new();
    match moved {
        Moved::InStep(issue) => {
            // It may have moved since it was last read: then that counts as if Jira had rung.
            changes = pull::take(&mut tx, app, &link, Some(&issue), false).await?;
            in_step(&mut tx, app, &begun).await?;
        }
        Moved::Stepped(issue) => {
            if link
                .issue_updated_at
                .is_none_or(|stored| stored <= issue.updated)
            {
                pull::write(&mut tx, app, &link, &issue).await?;
            }
            in_step(&mut tx, app, &begun).await?;
        }
        Moved::Stuck(code, detail) => {
            let problem = Some((code, detail.as_str()));
            links::set_problem(&mut tx, project, link.id, problem, app.now()).await?;
        }
    }
    changes.push(pull::change(&mut tx, &link).await?);
    claim.finish(app, tx, &changes).await
}

/// The issue goes with the post's status of when the job began: what kept it from that is over.
async fn in_step(tx: &mut Tx, app: &App, begun: &Begun) -> Result<()> {
    let (project, id) = (begun.link.project_id, begun.link.id);
    voices::settle_order(tx, project, id, begun.shown.status_id).await?;
    let problem = links::get(tx, project, id)
        .await?
        .and_then(|link| link.problem);
    // What the remote link suffers from is another matter, and so is a post that flips.
    if !matches!(
        problem.as_deref(),
        Some("may_not_link" | "may_not_edit" | "flip_flop")
    ) {
        links::set_problem(tx, project, id, None, app.now()).await?;
    }
    Ok(())
}

/// One step at most, and only one that the workflow offers.
async fn step(app: &App, begun: &Begun) -> Result<Moved, CallError> {
    let Begun {
        link,
        issue: id,
        shown,
        reach,
    } = begun;
    let issue = read(app, reach, id).await?;
    let wanted = {
        let mut tx = app.db.read().await?;
        if !is_order(&mut tx, link, shown.status_id).await? {
            return Ok(Moved::InStep(issue));
        }
        rules::of_jira_project(
            &mut tx,
            link.project_id,
            link.connection_id,
            &issue.project_id,
        )
        .await?
        .into_iter()
        .filter(|row| row.status_id == Some(shown.status_id))
        .collect::<Vec<Rule>>()
    };
    let is_in_step = wanted
        .iter()
        .any(|row| row.jira_status_id == issue.status_id);
    let wanted: Vec<Rule> = wanted
        .into_iter()
        .filter(|row| Direction::named(&row.direction).is_some_and(Direction::moves_jira))
        .collect();
    // In step already, which also is how an echo ends; or the map leaves Jira alone.
    if is_in_step || wanted.is_empty() {
        return Ok(Moved::InStep(issue));
    }
    let open = reach
        .call(app, |at| async move { at.site().transitions(id).await })
        .await?;
    let step = match choose(&open, &wanted) {
        Ok(step) => step,
        Err((code, detail)) => return Ok(Moved::Stuck(code, detail)),
    };
    let (by, sent) = (step.way.id.as_str(), &step.fields);
    reach
        .call(app, |at| async move {
            at.site().transition(id, by, sent.clone()).await
        })
        .await?;
    // A good answer proves nothing: a condition or a script can have kept the issue where it was.
    let after = read(app, reach, id).await?;
    if after.status_id == step.way.to {
        Ok(Moved::Stepped(after))
    } else {
        Ok(Moved::Stuck(
            "transition_without_effect",
            step.way.to_name.clone(),
        ))
    }
}

/// Whether the post's status is an order to this issue. Always, for an issue that is the only one, and where the primary
/// one counts; where issues decide together, only if somebody or something moved the post on the board.
async fn is_order(tx: &mut Tx, link: &Link, status: StatusId) -> Result<bool> {
    if choir::combination_of(tx, link.project_id).await? == Combination::Primary {
        return Ok(true);
    }
    let all = voices::of_post(tx, link.project_id, link.post_id).await?;
    let order = voices::order_of(tx, link.project_id, link.id).await?;
    Ok(all.len() < 2 || order == Some(status))
}

async fn read(app: &App, reach: &Reach, id: &IssueId) -> Result<Issue, CallError> {
    let by_id = &id.clone().into();
    reach
        .call(app, |at| async move { at.site().issue(by_id).await })
        .await
}

/// A step, and what is sent along.
struct Step<'a> {
    way: &'a Transition,
    fields: Map<String, Value>,
}

/// The step to take: to the first wanted status that can be reached, and best by a way that asks for nothing. What a way
/// asks for is filled from the rule's defaults; only what its screen shows is sent.
fn choose<'a>(open: &'a [Transition], wanted: &[Rule]) -> Result<Step<'a>, (&'static str, String)> {
    let ways: Vec<(&Transition, Map<String, Value>)> = wanted
        .iter()
        .flat_map(|row| {
            let defaults = fields::sent(row.fields.as_deref());
            let of_row = open.iter().filter(|way| way.to == row.jira_status_id);
            of_row.map(move |way| (way, defaults.clone()))
        })
        .collect();
    let lacks = |way: &Transition, defaults: &Map<String, Value>| {
        let mut lacking = way.needs.iter();
        lacking.any(|field| !defaults.contains_key(field))
    };
    let best = ways
        .iter()
        .find(|(way, _)| way.needs.is_empty())
        .or_else(|| ways.iter().find(|(way, defaults)| !lacks(way, defaults)));
    if let Some((way, defaults)) = best {
        let shown = |field: &str| way.fields.iter().any(|one| one.id == field);
        let fields = defaults.iter().filter(|(field, _)| shown(field));
        return Ok(Step {
            way,
            fields: fields
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect(),
        });
    }
    if let Some((way, defaults)) = ways.first() {
        let missing = way.needs.iter().filter(|id| !defaults.contains_key(*id));
        let missing: Vec<&str> = missing.map(|id| name_of(way, id)).collect();
        return Err(("transition_needs_fields", missing.join(", ")));
    }
    let mut names: Vec<&str> = open.iter().map(|way| way.to_name.as_str()).collect();
    names.dedup();
    Err(("no_transition", names.join(", ")))
}

/// What the field is called on the screen, or its id.
fn name_of<'a>(way: &'a Transition, id: &'a str) -> &'a str {
    way.fields
        .iter()
        .find(|field| field.id == id && !field.name.is_empty())
        .map_or(id, |field| field.name.as_str())
}
