//! Board to Jira: a job moves the issue after its post.

use serde_json::Map;
use upvow_domain::{
    LinkId,
    jira::{IssueId, JiraStatusId},
    rule::Direction,
};
use upvow_jira::{Issue, JiraError, Transition};
use upvow_store::{
    links,
    links::{Link, Shown},
    rules,
};

use crate::{
    App,
    connect::{
        grants::CallError,
        reach::{For, Reach},
    },
    jobs::{Claim, Trouble, Turn},
    sync::pull,
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
    /// It is where the post wants it, or the map wants nothing.
    InStep(Issue),
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
    match moved {
        Moved::InStep(issue) => {
            if link
                .issue_updated_at
                .is_none_or(|stored| stored <= issue.updated)
            {
                pull::write(&mut tx, app, &link, &issue).await?;
            }
            // What the remote link suffers from is another matter.
            if link.problem.as_deref() != Some("may_not_link") {
                links::set_problem(&mut tx, project, link.id, None, app.now()).await?;
            }
        }
        Moved::Stuck(code, detail) => {
            let problem = Some((code, detail.as_str()));
            links::set_problem(&mut tx, project, link.id, problem, app.now()).await?;
        }
    }
    let change = pull::change(&mut tx, &link).await?;
    claim.finish(app, tx, &[change]).await
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
    let (wanted, is_in_step) = {
        let mut tx = app.db.read().await?;
        let rows = rules::of_jira_project(
            &mut tx,
            link.project_id,
            link.connection_id,
            &issue.project_id,
        )
        .await?;
        let same = |row: &rules::Rule| row.status_id == Some(shown.status_id);
        let is_in_step = rows
            .iter()
            .any(|row| same(row) && row.jira_status_id == issue.status_id);
        let wanted: Vec<JiraStatusId> = rows
            .into_iter()
            .filter(|row| same(row))
            .filter(|row| Direction::named(&row.direction).is_some_and(Direction::moves_jira))
            .map(|row| row.jira_status_id)
            .collect();
        (wanted, is_in_step)
    };
    // In step already, which also is how an echo ends; or the map leaves Jira alone.
    if is_in_step || wanted.is_empty() {
        return Ok(Moved::InStep(issue));
    }
    let open = reach
        .call(app, |at| async move { at.site().transitions(id).await })
        .await?;
    let transition = match choose(&open, &wanted) {
        Ok(transition) => transition,
        Err((code, detail)) => return Ok(Moved::Stuck(code, detail)),
    };
    let step = transition.id.as_str();
    reach
        .call(app, |at| async move {
            at.site().transition(id, step, Map::new()).await
        })
        .await?;
    // A good answer proves nothing: a condition or a script can have kept the issue where it was.
    let after = read(app, reach, id).await?;
    if after.status_id == transition.to {
        Ok(Moved::InStep(after))
    } else {
        Ok(Moved::Stuck(
            "transition_without_effect",
            transition.to_name.clone(),
        ))
    }
}

async fn read(app: &App, reach: &Reach, id: &IssueId) -> Result<Issue, CallError> {
    let by_id = &id.clone().into();
    reach
        .call(app, |at| async move { at.site().issue(by_id).await })
        .await
}

/// The step to take: to the first wanted status that can be reached, and by a way that asks for nothing.
fn choose<'a>(
    open: &'a [Transition],
    wanted: &[JiraStatusId],
) -> Result<&'a Transition, (&'static str, String)> {
    let ways = || {
        wanted
            .iter()
            .flat_map(|to| open.iter().filter(move |way| way.to == *to))
    };
    if let Some(way) = ways().find(|way| way.needs.is_empty()) {
        return Ok(way);
    }
    if let Some(way) = ways().next() {
        return Err(("transition_needs_fields", way.needs.join(", ")));
    }
    let mut names: Vec<&str> = open.iter().map(|way| way.to_name.as_str()).collect();
    names.dedup();
    Err(("no_transition", names.join(", ")))
}
