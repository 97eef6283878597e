//! Many links at once: of posts that were chosen together, and as CSV out and in.

use serde::{Deserialize, Serialize};
use upvow_app::sync::links::{self, Fate, Outcome};
use upvow_domain::{BoardId, ConnectionId, Invalid, PostId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::links::Link;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{Params, Sent, SubmitKey},
        output::{Answer, List, whole},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(link_many))
        .routes(routes!(export_links))
        .routes(routes!(import_links))
}

/// Many posts to be linked to one issue (`connection_id` and `issue`), or each to an issue of its own (neither).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ManyLinks {
    /// 1 to 50.
    #[schema(value_type = Vec<words::PostIdWord>, min_items = 1, max_items = 50)]
    post_ids: Vec<PostId>,
    #[schema(value_type = Option<words::ConnectionIdWord>)]
    connection_id: Option<ConnectionId>,
    /// The issue's key, or its address on the connection's site.
    #[schema(example = "DEMO-12")]
    issue: Option<String>,
}

/// What became of one of many posts.
#[derive(Serialize, ToSchema)]
struct ManyLinksLine {
    #[schema(value_type = words::PostIdWord)]
    post_id: String,
    #[schema(value_type = words::LinkOutcomeWord)]
    outcome: &'static str,
    link: Option<Link>,
    /// Why it was not linked.
    why: Option<String>,
}

impl From<links::Line> for ManyLinksLine {
    fn from(one: links::Line) -> ManyLinksLine {
        let (outcome, link, why) = match one.outcome {
            Outcome::Done(made) => ("linked", Some(made.into()), None),
            Outcome::WasThere(there) => ("was_there", Some(there.into()), None),
            Outcome::Failed(why) => ("failed", None, Some(why)),
        };
        ManyLinksLine {
            post_id: one.post.to_string(),
            outcome,
            link,
            why,
        }
    }
}

/// Link many posts to one issue, or make an issue of each where its board's issues are made. A post that is linked
/// already gets no issue of its own. Needs a moderator, and a token the scope `links:write`.
#[utoipa::path(
    post, path = "/links/bulk", tag = "links", request_body = ManyLinks,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Needed to make issues: the same key makes none anew.", nullable = false)
    ),
    responses((status = 200, body = List<ManyLinksLine>))
)]
async fn link_many(
    asked: Asked,
    SubmitKey(submit_key): SubmitKey,
    Sent(input): Sent<ManyLinks>,
) -> Answer<List<ManyLinksLine>> {
    let (app, caller) = (&asked.app, &asked.caller);
    let lines = match (input.connection_id, input.issue) {
        (Some(connection), Some(issue)) => {
            links::link_many(app, caller, &input.post_ids, connection, &issue).await?
        }
        (None, None) => {
            let key = submit_key.unwrap_or_default();
            links::create_many(app, caller, &input.post_ids, &key).await?
        }
        _ => {
            return Err(
                Invalid::new("issue", "send both `connection_id` and `issue`, or neither").into(),
            );
        }
    };
    Ok(whole(lines))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichLinks {
    /// Of this board only.
    #[param(value_type = Option<words::BoardIdWord>, nullable = false)]
    board_id: Option<BoardId>,
}

/// Get the links as CSV. Needs a moderator.
#[utoipa::path(
    get, path = "/links/export", tag = "links", params(WhichLinks),
    responses((status = 200, description = "A line for each link.", body = String, content_type = "text/csv"))
)]
async fn export_links(
    asked: Asked,
    Params(which): Params<WhichLinks>,
) -> Result<axum::response::Response, Failure> {
    let (app, caller) = (asked.app, asked.caller);
    Ok(crate::pages::bulk_links::stream_of(app, caller, which.board_id).await?)
}

/// Links as CSV.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkSheet {
    /// A line of names first: `post id` or `post url`, `issue key`, and with several sites `site`. At most 200 lines.
    csv: String,
    /// Without it nothing is done, and each line tells what would be.
    #[serde(default)]
    apply: bool,
}

/// What happens to a line.
#[derive(Serialize, ToSchema)]
struct LinkSheetLine {
    /// Its number in the text.
    number: usize,
    /// The post's title, or what stood in its place.
    post: String,
    /// The issue as it was written.
    issue: String,
    #[schema(value_type = words::LinkFateWord)]
    fate: &'static str,
    /// Why it cannot be linked.
    why: Option<String>,
}

impl From<links::SheetLine> for LinkSheetLine {
    fn from(line: links::SheetLine) -> LinkSheetLine {
        let (fate, why) = match line.fate {
            Fate::WillLink => ("will_link", None),
            Fate::Linked => ("linked", None),
            Fate::WasThere => ("was_there", None),
            Fate::Refused(why) => ("refused", Some(why)),
        };
        LinkSheetLine {
            number: line.number,
            post: line.post,
            issue: line.issue,
            fate,
            why,
        }
    }
}

/// Link what a CSV says; first as a dry run. Needs a moderator, and a token the scope `links:write`.
#[utoipa::path(
    post, path = "/links/import", tag = "links", request_body = LinkSheet,
    responses((status = 200, body = List<LinkSheetLine>))
)]
async fn import_links(asked: Asked, Sent(sheet): Sent<LinkSheet>) -> Answer<List<LinkSheetLine>> {
    let (app, caller) = (&asked.app, &asked.caller);
    Ok(whole(
        links::import(app, caller, &sheet.csv, sheet.apply).await?,
    ))
}
