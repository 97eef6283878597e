//! What goes back.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use upvow_domain::{Time, page::Page};
use utoipa::ToSchema;

use crate::failure::Failure;

/// What an operation gives.
pub(crate) type Answer<T> = Result<Json<T>, Failure>;

/// What an operation without an answer gives: 204.
pub(crate) type Done = Result<StatusCode, Failure>;

/// It was done and there is nothing to say.
pub(crate) const DONE: StatusCode = StatusCode::NO_CONTENT;

/// Something was made: 201, with its address.
pub(crate) struct Created<T>(pub(crate) String, pub(crate) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let at = [(header::LOCATION, self.0)];
        (StatusCode::CREATED, at, Json(self.1)).into_response()
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The rows.
    pub(crate) items: Vec<T>,
    /// Send it as `after` for the next page; null on the last one.
    pub(crate) next: Option<String>,
}

/// A whole list, all in one page.
pub(crate) fn whole<T, U>(rows: Vec<T>) -> Json<List<U>>
where
    U: From<T>,
{
    Json(List {
        items: rows.into_iter().map(U::from).collect(),
        next: None,
    })
}

/// A page of a list.
pub(crate) fn paged<T, U>(page: Page<T>) -> Json<List<U>>
where
    U: From<T>,
{
    Json(List {
        items: page.items.into_iter().map(U::from).collect(),
        next: page.next,
    })
}

/// A moment, if there is one.
pub(crate) fn moment(time: Option<Time>) -> Option<String> {
    time.map(Time::rfc3339)
}
