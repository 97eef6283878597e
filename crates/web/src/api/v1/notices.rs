//! Telling voters.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::notices::{self, State, Tells};
use upvow_domain::{Invalid, NoticeId, StatusId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::posts::OnePost;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, page},
        output::{Answer, DONE, Done, List, paged, whole},
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(count_audience))
        .routes(routes!(list_notices))
        .routes(routes!(send_notice))
        .routes(routes!(drop_notice))
        .routes(routes!(list_notice_settings))
        .routes(routes!(set_notice_setting))
}

/// How many hear of a post.
#[derive(Serialize, ToSchema)]
struct Audience {
    /// Those with a vote who can see the post and want mail, without you.
    people: i64,
}

/// A notice to the voters of a post.
#[derive(Serialize, ToSchema)]
struct Notice {
    #[schema(value_type = words::NoticeIdWord)]
    id: String,
    #[schema(value_type = words::PostIdWord)]
    post_id: String,
    title: String,
    /// The status it tells of.
    status_name: String,
    #[schema(value_type = words::NoticeStateWord)]
    state: State,
    /// How many hear of it; while it waits, how many would.
    people: i64,
    /// How many letters went.
    sent: i64,
    /// How many were not delivered, or nobody knows.
    lost: i64,
    /// What a member added.
    words: String,
    #[schema(value_type = words::TimeWord)]
    created_at: String,
}

impl From<notices::Notice> for Notice {
    fn from(notice: notices::Notice) -> Notice {
        Notice {
            id: notice.id.to_string(),
            post_id: notice.post.to_string(),
            title: notice.title,
            status_name: notice.status_name,
            state: notice.state,
            people: notice.people,
            sent: notice.sent,
            lost: notice.lost,
            words: notice.words,
            created_at: notice.created_at.rfc3339(),
        }
    }
}

/// Whether voters hear of a status.
#[derive(Serialize, ToSchema)]
struct NoticeSetting {
    #[schema(value_type = words::StatusIdWord)]
    status_id: String,
    #[schema(value_type = words::TellsWord)]
    tells: Tells,
}

impl From<(upvow_app::boards::Status, Tells)> for NoticeSetting {
    fn from((status, tells): (upvow_app::boards::Status, Tells)) -> NoticeSetting {
        NoticeSetting {
            status_id: status.id.to_string(),
            tells,
        }
    }
}

/// Whether voters are to hear of a status.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TellsChoice {
    #[schema(value_type = words::TellsWord)]
    tells: String,
}

/// What a member adds to a notice.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoticeWords {
    /// Plain text.
    #[serde(default)]
    #[schema(max_length = 1_000)]
    words: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneNotice {
    /// The notice's id.
    #[param(value_type = words::NoticeIdWord)]
    id: NoticeId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneSetting {
    /// The status's id.
    #[param(value_type = words::StatusIdWord)]
    id: StatusId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichNotices {
    /// Only those that wait for a decision.
    #[serde(default)]
    #[param(required = false)]
    waiting: bool,
    /// How many rows: 1 to 100.
    #[param(nullable = false, minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(nullable = false)]
    after: Option<String>,
}

/// Count who would hear of a post if you told its voters. Needs a moderator.
#[utoipa::path(
    get, path = "/posts/{id}/audience", tag = "notices", params(OnePost),
    responses((status = 200, body = Audience))
)]
async fn count_audience(asked: Asked, At(at): At<OnePost>) -> Answer<Audience> {
    let people = notices::audience(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(Audience { people }))
}

/// List notices, newest first. Needs a moderator.
#[utoipa::path(
    get, path = "/notices", tag = "notices", params(WhichNotices),
    responses((status = 200, body = List<Notice>))
)]
async fn list_notices(asked: Asked, Params(which): Params<WhichNotices>) -> Answer<List<Notice>> {
    let of = page(which.limit, which.after)?;
    let found = notices::list(
        &asked.app,
        &asked.caller,
        which.waiting.then_some(true),
        &of,
    )
    .await?;
    Ok(paged(found))
}

/// Send a notice that did not go out yet. Again is no second time. Needs a moderator.
#[utoipa::path(
    post, path = "/notices/{id}/send", tag = "notices", params(OneNotice), request_body = NoticeWords,
    responses((status = 200, body = Notice))
)]
async fn send_notice(
    asked: Asked,
    At(at): At<OneNotice>,
    Sent(input): Sent<NoticeWords>,
) -> Answer<Notice> {
    let sent = notices::send(&asked.app, &asked.caller, at.id, &input.words).await?;
    Ok(Json(sent.into()))
}

/// Let a notice go that did not go out yet: nobody is told. Needs a moderator.
#[utoipa::path(
    delete, path = "/notices/{id}", tag = "notices", params(OneNotice),
    responses((status = 204, description = "Nobody is told."))
)]
async fn drop_notice(asked: Asked, At(at): At<OneNotice>) -> Done {
    notices::drop_it(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}

/// List how voters hear of each status. Needs a moderator.
#[utoipa::path(
    get, path = "/notice-settings", tag = "notices",
    responses((status = 200, body = List<NoticeSetting>))
)]
async fn list_notice_settings(asked: Asked) -> Answer<List<NoticeSetting>> {
    Ok(whole(notices::settings(&asked.app, &asked.caller).await?))
}

/// Set how voters hear of a status. Needs an admin.
#[utoipa::path(
    put, path = "/notice-settings/{id}", tag = "notices", params(OneSetting), request_body = TellsChoice,
    responses((status = 204, description = "It is set."))
)]
async fn set_notice_setting(
    asked: Asked,
    At(at): At<OneSetting>,
    Sent(choice): Sent<TellsChoice>,
) -> Done {
    let tells = Tells::named(&choice.tells)
        .ok_or_else(|| Invalid::new("tells", "use never, ask or always"))?;
    notices::set_tells(&asked.app, &asked.caller, at.id, tells).await?;
    Ok(DONE)
}
