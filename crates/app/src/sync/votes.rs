//! How many want it, on the issue itself: a job keeps the issue property true and, where one was chosen, a number field.
//! Several posts on one issue are summed. Nothing of a person is in it: a count and the posts' ids.

use std::time::Duration;

use serde_json::{Value, json};
use upvow_db::Tx;
use upvow_domain::{
    ConnectionId, ProjectId, Time,
    jira::{CloudId, IssueId},
};
use upvow_jira::JiraError;
use upvow_store::{
    issue_votes::{self, Told, VoteField, Voted},
    links::{self, Followed},
};

use crate::{
    App, Result,
    connect::{
        grants::CallError,
        reach::{For, Reach},
    },
    jobs::{self, Claim, Kind, Order, Trouble, Turn},
    sync::show,
};

/// The issue property. Whoever sees the issue can read it.
pub(crate) const PROPERTY: &str = "upvow.votes";
/// Jira tells an issue's watchers of each change of a field, so the number follows more slowly than the property, of
/// which it tells nobody.
const NUMBER_EACH: Duration = Duration::from_mins(5);
/// Ids of posts in the property: far below what Jira takes.
const MOST_POSTS: usize = 100;

/// Enqueues the job for an issue: soon, and not more often than a popular post may be written.
pub(crate) async fn order(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    connection: ConnectionId,
    cloud: &CloudId,
    issue: &IssueId,
) -> Result<()> {
    let told = issue_votes::told(tx, connection, issue).await?;
    let last = told.and_then(|told| told.property_at);
    // An issue that shows nothing yet is told at once.
    let at = match last {
        None => app.now(),
        last => show::due(app.now(), last),
    };
    order_at(tx, app, (project, connection), cloud, issue, at).await
}

/// Enqueues the job at once: somebody wants to know. It writes nothing where nothing changed.
pub(crate) async fn compare(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    link: &Followed,
) -> Result<()> {
    let to = (project, link.connection_id);
    order_at(tx, app, to, &link.cloud_id, &link.issue_id, app.now()).await
}

async fn order_at(
    tx: &mut Tx,
    app: &App,
    (project, connection): (ProjectId, ConnectionId),
    cloud: &CloudId,
    issue: &IssueId,
    run_at: Time,
) -> Result<()> {
    let order = Order {
        kind: Kind::PushVotes,
        subject: format!("{}/{issue}", connection.stored()),
        lane: jobs::issue_lane(cloud, issue),
        project,
        connection: Some(connection),
        run_at,
    };
    jobs::enqueue(tx, app, &order).await
}

/// What a run of the job works with.
struct Begun {
    connection: ConnectionId,
    issue: IssueId,
    posts: Vec<Voted>,
    told: Told,
    field: Option<VoteField>,
    reach: Reach,
}

async fn begin(app: &App, claim: &Claim) -> Result<Begun, Trouble> {
    let parts = claim.job.subject.split_once('/');
    let (Some(connection), Some(issue)) = (
        parts.and_then(|(connection, _)| ConnectionId::from_stored(connection)),
        parts.and_then(|(_, issue)| IssueId::parse(issue).ok()),
    ) else {
        return Err(Trouble::Never {
            code: "job_subject",
        });
    };
    let project = claim.job.project_id;
    let mut tx = app.db.read().await?;
    let reach = Reach::of(&mut tx, project, connection, For::Work).await?;
    let posts = issue_votes::of_issue(&mut tx, project, connection, &issue).await?;
    let told = issue_votes::told(&mut tx, connection, &issue).await?;
    let field = match posts.iter().find_map(|post| post.jira_project_id.as_ref()) {
        Some(jira_project) => issue_votes::field(&mut tx, connection, jira_project).await?,
        None => None,
    };
    Ok(Begun {
        connection,
        issue,
        posts,
        told: told.unwrap_or(NOTHING),
        field,
        reach,
    })
}

const NOTHING: Told = Told {
    property: None,
    property_at: None,
    field_id: None,
    number: None,
    number_at: None,
};

/// The job: the issue tells how many want it.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let begun = begin(app, claim).await?;
    let mut told = begun.told.clone();
    let sum: i64 = begun.posts.iter().map(|post| post.votes).sum();

    let problem = match tell_property(app, &begun, sum, &mut told).await {
        Ok(()) => None,
        // Without the right to edit, everything else still works.
        Err(CallError::Jira(JiraError::Forbidden)) => Some("may_not_edit"),
        // Deleted, or out of sight: whoever reads the issue next says so.
        Err(CallError::Jira(JiraError::NotFound)) => return Err(Trouble::Moot),
        Err(error) => return Err(error.into()),
    };
    let number = tell_number(app, &begun, sum, &mut told).await?;

    let mut tx = app.db.write().await?;
    begun.reach.still(&mut tx).await?;
    let (connection, issue, project) = (begun.connection, &begun.issue, claim.job.project_id);
    if begun.posts.is_empty() {
        issue_votes::forget_issue(&mut tx, connection, issue).await?;
    } else {
        issue_votes::set_told(&mut tx, connection, issue, &told).await?;
    }
    for post in &begun.posts {
        let link = links::of_issue(&mut tx, project, post.post_id, connection, issue).await?;
        let Some(link) = link else { continue };
        match problem {
            // What the link suffers from already is graver.
            Some(code) if link.problem.is_none() => {
                links::set_problem(&mut tx, project, link.id, Some((code, "")), app.now()).await?;
            }
            Some(_) => {}
            None => {
                links::clear_problem(&mut tx, project, link.id, "may_not_edit", app.now()).await?;
            }
        }
    }
    match number {
        Number::Told => {}
        Number::TooSoon(at) => {
            let to = (project, connection);
            order_at(&mut tx, app, to, &begun.reach.cloud, issue, at).await?;
        }
        Number::Refused(field) => {
            issue_votes::set_field_problem(
                &mut tx,
                connection,
                &field.jira_project_id,
                &field.field_id,
                "votes_field",
            )
            .await?;
        }
    }
    claim.finish(app, tx, &[]).await
}

async fn tell_property(
    app: &App,
    begun: &Begun,
    sum: i64,
    told: &mut Told,
) -> Result<(), CallError> {
    let (issue, value) = (&begun.issue, property(&begun.posts, sum));
    let wanted = value.as_ref().map(show::digest_of_value);
    if wanted == told.property {
        return Ok(());
    }
    let value = value.as_ref();
    let result = begun
        .reach
        .call(app, |at| async move {
            match value {
                Some(value) => at.site().set_property(issue, PROPERTY, value).await,
                None => at.site().delete_property(issue, PROPERTY).await,
            }
        })
        .await;
    // A refusal counts as told, too: the same is not sent again until the votes change.
    if matches!(result, Ok(()) | Err(CallError::Jira(JiraError::Forbidden))) {
        told.property = wanted;
        told.property_at = Some(app.now());
    }
    result
}

/// What the property says; nothing if no post is tied to the issue any more.
fn property(posts: &[Voted], sum: i64) -> Option<Value> {
    let ids: Vec<String> = posts
        .iter()
        .take(MOST_POSTS)
        .map(|post| post.post_id.to_string())
        .collect();
    (!posts.is_empty()).then(|| json!({"votes": sum, "posts": ids}))
}

/// What became of the number field.
enum Number {
    /// It is right, or none was chosen.
    Told,
    /// It was written a moment ago; again at this time.
    TooSoon(Time),
    /// Jira does not take it.
    Refused(VoteField),
}

async fn tell_number(
    app: &App,
    begun: &Begun,
    sum: i64,
    told: &mut Told,
) -> Result<Number, CallError> {
    let chosen = begun.field.as_ref().map(|field| field.field_id.as_str());
    // Another field was chosen, or the issue is tied to no post any more: what we wrote there is true no longer.
    if let Some(old) = told
        .field_id
        .clone()
        .filter(|old| Some(old.as_str()) != chosen)
    {
        match set_number(app, begun, &old, None).await {
            // Who took the field off the screen took our number off it, too.
            Ok(())
            | Err(CallError::Jira(
                JiraError::Refused { .. } | JiraError::Forbidden | JiraError::NotFound,
            )) => {}
            Err(error) => return Err(error),
        }
        (told.field_id, told.number, told.number_at) = (None, None, None);
    }
    let Some(field) = begun.field.as_ref().filter(|field| field.problem.is_none()) else {
        return Ok(Number::Told);
    };
    if told.number == Some(sum) {
        return Ok(Number::Told);
    }
    let soonest = told.number_at.map(|at| at.plus(NUMBER_EACH));
    if let Some(soonest) = soonest.filter(|at| *at > app.now()) {
        return Ok(Number::TooSoon(soonest));
    }
    match set_number(app, begun, &field.field_id, Some(sum)).await {
        Ok(()) => {
            told.field_id = Some(field.field_id.clone());
            told.number = Some(sum);
            told.number_at = Some(app.now());
            Ok(Number::Told)
        }
        // Not on the edit screen, not a number any more, no right to edit: it is not tried again until it is chosen anew.
        Err(CallError::Jira(JiraError::Refused { .. } | JiraError::Forbidden)) => {
            Ok(Number::Refused(field.clone()))
        }
        Err(CallError::Jira(JiraError::NotFound)) => Ok(Number::Told),
        Err(error) => Err(error),
    }
}

async fn set_number(
    app: &App,
    begun: &Begun,
    field: &str,
    number: Option<i64>,
) -> Result<(), CallError> {
    let issue = &begun.issue;
    #[expect(clippy::cast_precision_loss, reason = "nobody gathers 2^53 votes")]
    let number = number.map(|number| number as f64);
    begun
        .reach
        .call(app, |at| async move {
            at.site().set_number(issue, field, number).await
        })
        .await
}
