//! What callers send: path, query, body, key. Everything that cannot be read is refused with a text that says what and
//! where.

use axum::{
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use bytes::Bytes;
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

/// The body: a JSON object with no field that we do not know.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Web> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, web: &Web) -> Result<Sent<T>, Failure> {
        if !is_json(request.headers()) {
            return Err(Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "wrong_content_type",
                "Send JSON with `Content-Type: application/json`.",
            ));
        }
        let body = Bytes::from_request(request, web)
            .await
            .map_err(|why| Failure::of_status(why.status()))?;
        // A list would be read as the fields in their order, which nobody promised.
        let is_object = body.trim_ascii_start().first() == Some(&b'{');
        match axum::Json::<T>::from_bytes(&body) {
            Ok(_) if holds_nul(&body) => Err(unreadable(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "body",
                "text must not hold the character U+0000",
            )),
            Ok(axum::Json(body)) if is_object => Ok(Sent(body)),
            Err(JsonRejection::JsonSyntaxError(syntax)) => Err(unreadable(
                StatusCode::BAD_REQUEST,
                "bad_json",
                "body",
                &syntax.body_text(),
            )),
            Err(JsonRejection::JsonDataError(data)) if is_object => Err(unreadable(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "body",
                &data.body_text(),
            )),
            _ => Err(unreadable(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "body",
                "send a JSON object",
            )),
        }
    }
}

/// Whether the body says it is JSON: `application/json`, or a type that ends in `+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase());
    kind.is_some_and(|kind| {
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
    })
}

/// Whether JSON holds the escape of U+0000, which PostgreSQL takes in no text.
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at + 1..].starts_with(b"u0000") {
            return true;
        }
        // The escaped character may be a backslash itself.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
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
    let text: String = after_preamble(why).chars().take(300).collect();
    format!("This cannot be read: {}.", text.trim_end_matches('.'))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_escape_itself_is_found() {
        for nul in [
            r#"{"a":"\u0000"}"#,
            r#"{"a":"\\\u0000"}"#,
            r#"["\n\u0000"]"#,
        ] {
            assert!(holds_nul(nul.as_bytes()), "{nul}");
        }
        for fine in [
            r#"{"a":"\\u0000"}"#,
            r#"{"a":"\u0001"}"#,
            r#"{"a":"u0000"}"#,
            "\\",
        ] {
            assert!(!holds_nul(fine.as_bytes()), "{fine}");
        }
    }
}
