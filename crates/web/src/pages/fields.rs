//! What a form or an address carries. Nothing is missing or of the wrong kind here: an absent field is empty text, and
//! the domain says what to do about it, beside the field.

use std::convert::Infallible;

use axum::{
    RequestExt as _,
    extract::{FromRequest, FromRequestParts, RawForm, Request},
    http::{request::Parts, uri::Uri},
    response::{IntoResponse as _, Response},
};
use upvow_domain::id::{Id, Kind};

use crate::{PageError, Web, failure::Failure};

/// Names and values, in the order they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// These names and values.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Fields {
        Fields(pairs)
    }

    fn parse(bytes: &[u8]) -> Fields {
        Fields::of(url::form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The first value of that name, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// Every value of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), "on" | "true" | "1")
    }

    /// The id of that name.
    pub(crate) fn id<K: Kind>(&self, name: &str) -> Option<Id<K>> {
        self.get(name).parse().ok()
    }

    /// The value, unless it is empty.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// Every field.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl FromRequest<Web> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Fields, Response> {
        let is_form = request
            .headers()
            .get(axum::http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_none_or(|value| value.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(
                Failure::of_status(axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE).into_response(),
            );
        }
        let (mut parts, body) = request.with_limited_body().into_parts();
        parts
            .headers
            .entry(axum::http::header::CONTENT_TYPE)
            .or_insert(axum::http::HeaderValue::from_static(
                "application/x-www-form-urlencoded",
            ));
        let RawForm(bytes) = RawForm::from_request(Request::from_parts(parts, body), web)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        Ok(Fields::parse(&bytes))
    }
}

/// What the address asks for, after the `?`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked(pub(crate) Fields);

impl FromRequestParts<Web> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Asked, Infallible> {
        Ok(Asked(Fields::parse(
            parts.uri.query().unwrap_or_default().as_bytes(),
        )))
    }
}

/// The id in an address; one that is none leads nowhere.
pub(crate) fn id<K: Kind>(text: &str) -> Result<Id<K>, PageError> {
    text.parse()
        .map_err(|_| PageError(upvow_app::AppError::NotFound))
}

/// A path of ours to go back to, or `otherwise`. What could lead elsewhere (`//host`, `/\host`, `https:`) is not taken.
pub(crate) fn back(wanted: &str, otherwise: &str) -> String {
    let ours = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains(['\\', '\r', '\n', '\t'])
        && wanted.parse::<Uri>().is_ok();
    if ours { wanted } else { otherwise }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leads_elsewhere() {
        assert_eq!(back("/p/acme?q=a%20b", "/"), "/p/acme?q=a%20b");
        for odd in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "p/acme",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: b=c",
        ] {
            assert_eq!(back(odd, "/p/acme"), "/p/acme", "{odd:?}");
        }
    }

    #[test]
    fn fields_repeat_and_may_be_missing() {
        let fields = Fields::parse(b"a=1&a=2&b=%C3%A9+x");
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("b"), "é x");
        assert_eq!(fields.get("c"), "");
        assert_eq!(fields.some("c"), None);
    }
}
