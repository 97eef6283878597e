//! Security headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::Web;

/// Puts the headers on an answer that every answer has. What a route set itself stays.
pub(crate) fn put(headers: &mut HeaderMap, web: &Web, route: &str) {
    let mut set = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    if let Ok(policy) = HeaderValue::from_str(&content_policy(&web.auth_origin)) {
        set(header::CONTENT_SECURITY_POLICY, policy);
    }
    set(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    set(
        header::REFERRER_POLICY,
        HeaderValue::from_static(referrer_policy(route)),
    );
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    set(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
        ),
    );
    set(
        header::CACHE_CONTROL,
        // Every page may show who is signed in; only static files say otherwise.
        HeaderValue::from_static("no-store"),
    );
    if web.secure {
        set(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}

/// What a page may load and where its forms may lead. Chrome holds every redirect after a form against `form-action`,
/// and Atlassian's authorisation page redirects among hosts of its own.
fn content_policy(auth_origin: &str) -> String {
    let kin = if auth_origin == "https://auth.atlassian.com" {
        " https://*.atlassian.com"
    } else {
        ""
    };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; form-action 'self' {auth_origin}{kin}; frame-ancestors 'none'; \
         base-uri 'none'"
    )
}

/// Addresses of ours reach no other site. Where the address itself is a secret, not even our own requests carry it on;
/// `no-referrer` would do the same but makes browsers send `Origin: null`, which the cross-site check then refuses
/// over plain http.
fn referrer_policy(route: &str) -> &'static str {
    if [
        "/sign-in",
        "/claim",
        "/jira/",
        "/invited",
        "/privacy/request",
    ]
    .iter()
    .any(|start| route.starts_with(start))
    {
        "strict-origin"
    } else {
        "same-origin"
    }
}
