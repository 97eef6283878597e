//! The reporting of personal data to Atlassian, as far as the project's own connections go.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::privacy::reporting::ledger::{self, Decision};
use upvow_domain::ConnectionId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, page},
        output::{Answer, DONE, Done, List, moment, paged},
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_reported_accounts))
        .routes(routes!(decide_reported_account))
        .routes(routes!(list_report_acts))
        .routes(routes!(get_reporting_cycle))
}

/// The account that authorised a connection, as far as its reporting goes. Who it is stands nowhere.
#[derive(Serialize, ToSchema)]
struct ReportedAccount {
    /// The connection that it authorised.
    #[schema(value_type = words::ConnectionIdWord)]
    connection_id: String,
    /// The site's name.
    site: Option<String>,
    /// When Atlassian was last asked about it.
    #[schema(value_type = Option<words::TimeWord>)]
    asked_at: Option<String>,
    /// When it will be next.
    #[schema(value_type = Option<words::TimeWord>)]
    next_at: Option<String>,
    #[schema(value_type = words::ReportAnswerWord)]
    answer: &'static str,
    /// The same in words.
    answer_text: &'static str,
    #[schema(value_type = words::ReportActionWord)]
    action: &'static str,
    /// The same in words.
    action_text: &'static str,
    /// It waits for an owner to decide.
    is_held: bool,
}

impl From<ledger::Entry> for ReportedAccount {
    fn from(entry: ledger::Entry) -> ReportedAccount {
        ReportedAccount {
            connection_id: entry.connection.to_string(),
            site: entry.site,
            asked_at: moment(entry.asked_at),
            next_at: moment(entry.next_at),
            answer: entry.answer,
            answer_text: entry.answer_text,
            action: entry.action,
            action_text: entry.action_text,
            is_held: entry.is_held,
        }
    }
}

/// Something that came of a report.
#[derive(Serialize, ToSchema)]
struct ReportAct {
    #[schema(value_type = words::ReportActIdWord)]
    id: String,
    #[schema(value_type = words::ConnectionIdWord)]
    connection_id: String,
    #[schema(value_type = words::ReportAnswerWord)]
    answer: &'static str,
    /// The same in words.
    answer_text: &'static str,
    #[schema(value_type = words::ReportActionWord)]
    action: &'static str,
    /// The same in words.
    action_text: &'static str,
    #[schema(value_type = words::TimeWord)]
    at: String,
}

impl From<ledger::Act> for ReportAct {
    fn from(act: ledger::Act) -> ReportAct {
        ReportAct {
            id: act.id.to_string(),
            connection_id: act.connection.to_string(),
            answer: act.answer,
            answer_text: act.answer_text,
            action: act.action,
            action_text: act.action_text,
            at: act.at.rfc3339(),
        }
    }
}

/// How often each account is reported.
#[derive(Serialize, ToSchema)]
struct ReportingCycle {
    /// In seconds; seven days unless Atlassian says otherwise.
    #[schema(example = 604_800)]
    seconds: u64,
}

/// What to do with a closed account that is held.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportDecision {
    #[schema(value_type = words::ReportDecisionWord)]
    decision: Decision,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneAccount {
    /// The id of the connection that the account authorised.
    #[param(value_type = words::ConnectionIdWord)]
    id: ConnectionId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// How many rows: 1 to 100.
    #[param(nullable = false, minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(nullable = false)]
    after: Option<String>,
}

/// List the accounts that authorised the project's connections, and how their reporting to Atlassian stands. Needs an
/// owner.
#[utoipa::path(
    get, path = "/privacy/reporting", tag = "privacy", params(Which),
    responses((status = 200, body = List<ReportedAccount>))
)]
async fn list_reported_accounts(
    asked: Asked,
    Params(which): Params<Which>,
) -> Answer<List<ReportedAccount>> {
    let of = page(which.limit, which.after)?;
    Ok(paged(
        ledger::entries(&asked.app, &asked.caller, &of).await?,
    ))
}

/// Decide what becomes of a closed account that is held because so many were closed at once: after `approve` Atlassian is
/// asked once more, and the account is erased if it says the same; after `discard` it is asked again in the next cycle.
/// Needs an owner.
#[utoipa::path(
    post, path = "/privacy/reporting/{id}", tag = "privacy", params(OneAccount),
    request_body = ReportDecision, responses((status = 204, description = "It is decided."))
)]
async fn decide_reported_account(
    asked: Asked,
    At(at): At<OneAccount>,
    Sent(sent): Sent<ReportDecision>,
) -> Done {
    ledger::decide(&asked.app, &asked.caller, at.id, sent.decision).await?;
    Ok(DONE)
}

/// List what came of the reports for the project's connections, newest first. Needs an owner.
#[utoipa::path(
    get, path = "/privacy/reporting-acts", tag = "privacy", params(Which),
    responses((status = 200, body = List<ReportAct>))
)]
async fn list_report_acts(asked: Asked, Params(which): Params<Which>) -> Answer<List<ReportAct>> {
    let of = page(which.limit, which.after)?;
    Ok(paged(ledger::acts(&asked.app, &asked.caller, &of).await?))
}

/// Read how often each account is reported to Atlassian. Needs an owner.
#[utoipa::path(
    get, path = "/privacy/reporting-cycle", tag = "privacy",
    responses((status = 200, body = ReportingCycle))
)]
async fn get_reporting_cycle(asked: Asked) -> Answer<ReportingCycle> {
    let cycle = ledger::cycle(&asked.app, &asked.caller).await?;
    Ok(Json(ReportingCycle {
        seconds: cycle.as_secs(),
    }))
}
