//! What a page handler fails with.

use axum::response::{IntoResponse, Response};
use upvow_app::AppError;
use upvow_domain::Invalid;

use crate::failure::Failure;

/// A use case refused; the page says so with the right status. Somebody who has to sign in first is led there and back.
#[derive(Debug)]
pub struct PageError(pub AppError);

impl From<AppError> for PageError {
    fn from(error: AppError) -> PageError {
        PageError(error)
    }
}

impl From<Invalid> for PageError {
    fn from(invalid: Invalid) -> PageError {
        PageError(invalid.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        Failure::from(self.0).into_response()
    }
}
