//! What callers send: path, query, body, key. Everything that cannot be read is refused with a text that says what and
//! where.

use axum::{
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;
use upvow_domain::{Invalid, page::PageOf};

use crate::{
    Web,
    failure::{Failure, FieldError},
};

/// The ids of the path.
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Web> for At<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<At<T>, Failure> {
        match Path::<T>::from_request_parts(parts, web).await {
            Ok(Path(ids)) => Ok(At(ids)),
            // What is no id names nothing.
            Err(PathRejection::FailedToDeserializePathParams(why)) => Err(Failure::new(
                StatusCode::NOT_FOUND,
                "not_found",
                format!(
                    "There is no such thing here. {}",
                    sentence(&why.body_text())
                ),
            )),
            Err(_) => Err(Failure::of_status(StatusCode::NOT_FOUND)),
        }
    }
}

/// The query.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Web> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Params<T>, Failure> {
        match Query::<T>::from_request_parts(parts, web).await {
            Ok(Query(params)) => Ok(Params(params)),
            Err(QueryRejection::FailedToDeserializeQueryString(why)) => Err(unreadable(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "query",
                &why.body_text(),
            )),
            Err(_) => Err(Failure::of_status(StatusCode::BAD_REQUEST)),
        }
    }
}

/// The body: JSON, with no field that we do not know.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Web> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, web: &Web) -> Result<Sent<T>, Failure> {
        let why = match axum::Json::<T>::from_request(request, web).await {
            Ok(axum::Json(body)) => return Ok(Sent(body)),
            Err(why) => why,
        };
        Err(match &why {
            JsonRejection::JsonDataError(data) => unreadable(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "body",
                &data.body_text(),
            ),
            JsonRejection::JsonSyntaxError(syntax) => unreadable(
                StatusCode::BAD_REQUEST,
                "bad_json",
                "body",
                &syntax.body_text(),
            ),
            JsonRejection::MissingJsonContentType(_) => Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "wrong_content_type",
                "Send JSON with `Content-Type: application/json`.",
            ),
            _ => Failure::of_status(why.status()),
        })
    }
}

fn unreadable(status: StatusCode, code: &'static str, field: &str, why: &str) -> Failure {
    Failure {
        errors: vec![FieldError {
            field: field.to_owned(),
            message: after_preamble(why).to_owned(),
        }],
        ..Failure::new(status, code, sentence(why))
    }
}

/// What the framework says of an input, without the part that speaks of our types. It goes back to whoever sent the
/// input and nowhere else.
fn after_preamble(why: &str) -> &str {
    [
        "Failed to deserialize the JSON body into the target type: ",
        "Failed to parse the request body as JSON: ",
        "Failed to deserialize query string: ",
        "Invalid URL: ",
    ]
    .into_iter()
    .find_map(|preamble| why.strip_prefix(preamble))
    .unwrap_or(why)
}

fn sentence(why: &str) -> String {
    let text = after_preamble(why);
    let mut text: String = text.chars().take(300).collect();
    if let Some(first) = text.get(..1) {
        let first = first.to_uppercase();
        text.replace_range(..1, &first);
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

/// `Idempotency-Key`: the same key makes the same thing, never a second one.
pub(crate) struct SubmitKey(pub(crate) Option<String>);

impl FromRequestParts<Web> for SubmitKey {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<SubmitKey, Failure> {
        let mut sent = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = sent.next() else {
            return Ok(SubmitKey(None));
        };
        let visible = |text: &&str| {
            (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match (value.to_str().ok().filter(visible), sent.next()) {
            (Some(key), None) => Ok(SubmitKey(Some(key.to_owned()))),
            _ => Err(Invalid::new(
                "Idempotency-Key",
                "send one key of 1 to 200 visible ASCII characters",
            )
            .into()),
        }
    }
}

/// Which page of a list, as asked.
pub(crate) fn page(limit: Option<u32>, after: Option<String>) -> Result<PageOf, Failure> {
    if limit.is_some_and(|limit| !(1..=upvow_domain::page::MOST).contains(&limit)) {
        return Err(Invalid::new("limit", "ask for 1 to 100").into());
    }
    Ok(PageOf { limit, after })
}
