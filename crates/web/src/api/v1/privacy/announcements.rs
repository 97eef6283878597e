//! What owners of connected projects are told ahead, and taking note of it.

use serde::{Deserialize, Serialize};
use upvow_app::privacy::promises::notices;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::At,
        output::{Answer, DONE, Done, List, moment, whole},
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_announcements))
        .routes(routes!(acknowledge_announcement))
}

/// A material change of the privacy addendum, or a new subprocessor.
#[derive(Serialize, ToSchema)]
struct Announcement {
    /// `change-` and a version, or `subprocessor-` and a hash.
    id: String,
    /// `change` or `subprocessor`.
    kind: String,
    title: String,
    what: String,
    /// From when on it counts.
    #[schema(value_type = words::TimeWord)]
    effective_at: String,
    /// When you were told.
    #[schema(value_type = words::TimeWord)]
    told_at: String,
    /// When you took note, or null.
    #[schema(value_type = Option<words::TimeWord>)]
    acknowledged_at: Option<String>,
}

impl From<notices::Told> for Announcement {
    fn from(told: notices::Told) -> Announcement {
        Announcement {
            id: told.announcement_id,
            kind: told.kind,
            title: told.title,
            what: told.what,
            effective_at: told.effective_at.rfc3339(),
            told_at: told.told_at.rfc3339(),
            acknowledged_at: moment(told.acknowledged_at),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneAnnouncement {
    /// The announcement's id.
    id: String,
}

/// List what you were told ahead about privacy, newest first. Needs an owner.
#[utoipa::path(
    get, path = "/privacy/announcements", tag = "privacy",
    responses((status = 200, body = List<Announcement>))
)]
async fn list_announcements(asked: Asked) -> Answer<List<Announcement>> {
    Ok(whole(notices::mine(&asked.app, &asked.caller).await?))
}

/// Take note of an announcement. Again changes nothing. Needs an owner.
#[utoipa::path(
    put, path = "/privacy/announcements/{id}/acknowledged", tag = "privacy", params(OneAnnouncement),
    responses((status = 204, description = "You took note."))
)]
async fn acknowledge_announcement(asked: Asked, At(at): At<OneAnnouncement>) -> Done {
    notices::acknowledge(&asked.app, &asked.caller, &at.id).await?;
    Ok(DONE)
}
