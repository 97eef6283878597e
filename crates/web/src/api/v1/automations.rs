//! Automations.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::automations::{self, Plan, Reaches, Switch};
use upvow_domain::{AutomationId, BoardId, Invalid, StatusId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, page},
        output::{Answer, Created, DONE, Done, List, paged, whole},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_automations, create_automation))
        .routes(routes!(try_automation))
        .routes(routes!(get_automation, edit_automation, delete_automation))
        .routes(routes!(switch_automation))
        .routes(routes!(list_automation_acts))
}

/// Makes an issue of a post that reaches something: once per post, ever.
#[derive(Serialize, ToSchema)]
struct Automation {
    #[schema(value_type = words::AutomationIdWord)]
    id: String,
    /// On this board only; on every one if null.
    #[schema(value_type = Option<words::BoardIdWord>)]
    board_id: Option<String>,
    /// When a post gets this status.
    #[schema(value_type = Option<words::StatusIdWord>)]
    status_id: Option<String>,
    /// When a post reaches so many votes.
    votes: Option<i64>,
    /// Leaves posts alone that are linked already.
    skips_linked: bool,
    is_on: bool,
    /// It is still dealing with posts that were there when it was switched on.
    catches_up: bool,
    /// On how many posts it acted.
    acts: i64,
    /// For how many of them no issue came of it.
    problems: i64,
}

impl From<automations::Automation> for Automation {
    fn from(automation: automations::Automation) -> Automation {
        let (status_id, votes) = match automation.plan.reaches {
            Reaches::Status(status) => (status.map(|id| id.to_string()), None),
            Reaches::Votes(votes) => (None, Some(votes)),
        };
        Automation {
            id: automation.id.to_string(),
            board_id: automation.plan.board.map(|id| id.to_string()),
            status_id,
            votes,
            skips_linked: automation.plan.skips_linked,
            is_on: automation.is_on,
            catches_up: automation.catches_up,
            acts: automation.acts,
            problems: automation.problems,
        }
    }
}

/// What an automation is to do: send either `status_id` or `votes`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AutomationInput {
    #[schema(value_type = Option<words::BoardIdWord>)]
    board_id: Option<BoardId>,
    #[schema(value_type = Option<words::StatusIdWord>)]
    status_id: Option<StatusId>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    votes: Option<i64>,
    /// Act on posts that are linked already, too.
    #[serde(default)]
    also_linked: bool,
}

impl AutomationInput {
    fn plan(&self) -> Result<Plan, Failure> {
        let reaches = match (self.status_id, self.votes) {
            (Some(status), None) => Reaches::Status(Some(status)),
            (None, Some(votes)) => Reaches::Votes(votes),
            _ => {
                return Err(Invalid::new("status_id", "send either `status_id` or `votes`").into());
            }
        };
        Ok(Plan {
            board: self.board_id,
            reaches,
            skips_linked: !self.also_linked,
        })
    }
}

/// Whether it acts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SwitchInput {
    #[schema(value_type = words::SwitchWord)]
    to: String,
}

/// What an automation would do now.
#[derive(Serialize, ToSchema)]
struct DryRun {
    /// How many posts would get an issue.
    count: i64,
    /// The most wanted of them, 50 at most.
    posts: Vec<Match>,
    /// What keeps issues from being made.
    warnings: Vec<String>,
}

/// A post that would get an issue.
#[derive(Serialize, ToSchema)]
struct Match {
    #[schema(value_type = words::PostIdWord)]
    post_id: String,
    title: String,
    votes: i64,
    /// Somebody said where its board's issues are made.
    has_target: bool,
}

/// Something an automation did.
#[derive(Serialize, ToSchema)]
struct AutomationAct {
    #[schema(value_type = words::PostIdWord)]
    post_id: String,
    title: String,
    /// The key, once known.
    #[schema(example = "DEMO-12")]
    key: Option<String>,
    /// Why no issue came of it, as a code.
    problem: Option<String>,
    #[schema(value_type = words::TimeWord)]
    at: String,
}

impl From<automations::Act> for AutomationAct {
    fn from(act: automations::Act) -> AutomationAct {
        AutomationAct {
            post_id: act.post.to_string(),
            title: act.title,
            key: act.key.map(|key| key.to_string()),
            problem: act.problem,
            at: act.at.rfc3339(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneAutomation {
    /// The automation's id.
    #[param(value_type = words::AutomationIdWord)]
    id: AutomationId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichActs {
    /// How many rows: 1 to 100.
    #[param(nullable = false, minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(nullable = false)]
    after: Option<String>,
}

/// List the automations. Needs an admin.
#[utoipa::path(get, path = "/automations", tag = "automations", responses((status = 200, body = List<Automation>)))]
async fn list_automations(asked: Asked) -> Answer<List<Automation>> {
    Ok(whole(automations::list(&asked.app, &asked.caller).await?))
}

/// Make an automation; it is off until it is switched on. Needs an admin.
#[utoipa::path(
    post, path = "/automations", tag = "automations", request_body = AutomationInput,
    responses((status = 201, body = Automation, headers(("Location" = String, description = "Its address."))))
)]
async fn create_automation(
    asked: Asked,
    Sent(input): Sent<AutomationInput>,
) -> Result<Created<Automation>, Failure> {
    let plan = input.plan()?;
    let made = automations::create(&asked.app, &asked.caller, &plan, Switch::Off).await?;
    let at = asked.address(&format!("/automations/{}", made.id));
    Ok(Created(at, made.into()))
}

/// Tell what an automation would do now, without doing it. Needs an admin.
#[utoipa::path(
    post, path = "/automations/try", tag = "automations", request_body = AutomationInput,
    responses((status = 200, body = DryRun))
)]
async fn try_automation(asked: Asked, Sent(input): Sent<AutomationInput>) -> Answer<DryRun> {
    let plan = input.plan()?;
    let run = automations::dry_run(&asked.app, &asked.caller, &plan, None).await?;
    let told = |post: automations::Match| Match {
        post_id: post.post.to_string(),
        title: post.title,
        votes: post.votes,
        has_target: post.has_target,
    };
    Ok(Json(DryRun {
        count: run.count,
        posts: run.posts.into_iter().map(told).collect(),
        warnings: run.warnings,
    }))
}

/// Read an automation. Needs an admin.
#[utoipa::path(
    get, path = "/automations/{id}", tag = "automations", params(OneAutomation),
    responses((status = 200, body = Automation))
)]
async fn get_automation(asked: Asked, At(at): At<OneAutomation>) -> Answer<Automation> {
    let found = automations::get(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(found.into()))
}

/// Change what an automation does; it stays on or off. Needs an admin.
#[utoipa::path(
    put, path = "/automations/{id}", tag = "automations", params(OneAutomation), request_body = AutomationInput,
    responses((status = 200, body = Automation))
)]
async fn edit_automation(
    asked: Asked,
    At(at): At<OneAutomation>,
    Sent(input): Sent<AutomationInput>,
) -> Answer<Automation> {
    let plan = input.plan()?;
    let edited = automations::edit(&asked.app, &asked.caller, at.id, &plan).await?;
    Ok(Json(edited.into()))
}

/// Remove an automation; what it made stays. Needs an admin.
#[utoipa::path(
    delete, path = "/automations/{id}", tag = "automations", params(OneAutomation),
    responses((status = 204, description = "It is gone."))
)]
async fn delete_automation(asked: Asked, At(at): At<OneAutomation>) -> Done {
    automations::delete(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}

/// Switch an automation off, on from now on, or on for the posts that are there, too. Needs an admin.
#[utoipa::path(
    put, path = "/automations/{id}/switch", tag = "automations", params(OneAutomation), request_body = SwitchInput,
    responses((status = 200, body = Automation))
)]
async fn switch_automation(
    asked: Asked,
    At(at): At<OneAutomation>,
    Sent(input): Sent<SwitchInput>,
) -> Answer<Automation> {
    let to = Switch::named(&input.to)
        .ok_or_else(|| Invalid::new("to", "use off, from_now_on or also_now"))?;
    let switched = automations::switch(&asked.app, &asked.caller, at.id, to).await?;
    Ok(Json(switched.into()))
}

/// List what an automation did, newest first. Needs an admin.
#[utoipa::path(
    get, path = "/automations/{id}/acts", tag = "automations", params(OneAutomation, WhichActs),
    responses((status = 200, body = List<AutomationAct>))
)]
async fn list_automation_acts(
    asked: Asked,
    At(at): At<OneAutomation>,
    Params(which): Params<WhichActs>,
) -> Answer<List<AutomationAct>> {
    let of = page(which.limit, which.after)?;
    Ok(paged(
        automations::acts(&asked.app, &asked.caller, at.id, &of).await?,
    ))
}
