//! One way out: builds a request for a named endpoint, sends it, reads the answer into memory that is wiped.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use upvow_domain::secret::AccessToken;
use upvow_events::Event;
use zeroize::Zeroizing;

use crate::endpoint::Endpoint;
use crate::{Jira, JiraError, OnSite, tally};

/// No answer that we ask for is larger.
pub(crate) const LARGEST_BODY: usize = 5 * 1024 * 1024;

/// What came back, of any status. The body is wiped when it is dropped.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Reply {
    /// The answer if it is a 2xx, else what went wrong.
    pub(crate) fn ok(self) -> Result<Reply, JiraError> {
        if (200..300).contains(&self.status) {
            // Whoever wrote it did not do what we asked for.
            if self.is_page() {
                return Err(JiraError::Malformed);
            }
            Ok(self)
        } else {
            Err(JiraError::of(&self))
        }
    }

    /// Whether it is a page for people. Atlassian's interfaces never answer so: it is from something that stands before
    /// them, and says nothing about what we asked.
    pub(crate) fn is_page(&self) -> bool {
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        first == Some(&b'<')
            || self
                .headers
                .get(CONTENT_TYPE)
                .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    }

    /// The body as a value.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, JiraError> {
        serde_json::from_slice(&self.body).map_err(|_| JiraError::Malformed)
    }
}

/// What to send, apart from where.
#[derive(Default)]
pub(crate) struct Request<'a> {
    pub(crate) access: Option<&'a AccessToken>,
    pub(crate) site: Option<&'a str>,
    pub(crate) parts: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<Bytes>,
    pub(crate) timeout: Option<Duration>,
}

/// A body whose memory is wiped after it was sent: it can hold a secret.
pub(crate) fn body(value: &impl Serialize) -> Result<Bytes, JiraError> {
    // Large enough for every body with a secret, so that no half-written copy is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(8 * 1024));
    serde_json::to_writer(&mut *bytes, value).map_err(|_| JiraError::refused_here("body"))?;
    Ok(Bytes::from_owner(bytes))
}

impl Jira {
    pub(crate) async fn call(
        &self,
        endpoint: &Endpoint,
        request: Request<'_>,
    ) -> Result<Reply, JiraError> {
        let mut url = endpoint.url(&self.hosts, request.site, request.parts)?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query);
        }
        // Redirects are not followed, so this host is where the bytes go.
        if self
            .gate
            .admits(url.host_str().unwrap_or_default())
            .is_err()
        {
            return Err(JiraError::refused_here("host"));
        }
        let method =
            Method::from_bytes(endpoint.method.as_bytes()).map_err(|_| JiraError::Malformed)?;
        let mut builder = self
            .http
            .request(method, url)
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            // Without it Jira answers 415 even to a DELETE that has no body.
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(access) = request.access {
            builder = builder.bearer_auth(access.expose());
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        if let Some(timeout) = request.timeout {
            builder = builder.timeout(timeout);
        }
        let started = Instant::now();
        let result = receive(builder).await;
        let (status, failure) = match &result {
            Ok(reply) => (reply.status, ""),
            Err(error) => (0, error.code()),
        };
        tally::note(endpoint, status);
        let call = Event::JiraCall {
            endpoint: endpoint.name.into(),
            status,
            failure: failure.into(),
            ms: started.elapsed(),
        };
        call.log();
        result
    }
}

impl OnSite<'_> {
    /// Calls on this site; anything but a 2xx is an error.
    pub(crate) async fn call(
        &self,
        endpoint: &Endpoint,
        parts: &[&str],
        query: &[(&str, &str)],
        body: Option<Bytes>,
    ) -> Result<Reply, JiraError> {
        if let Some(road) = self.road {
            road.admits(endpoint, parts)?;
        }
        let reply = self
            .jira
            .call(
                endpoint,
                Request {
                    access: Some(self.access),
                    site: Some(self.site.as_str()),
                    parts,
                    query,
                    body,
                    timeout: None,
                },
            )
            .await?;
        if let Some(road) = self.road {
            road.note(endpoint, parts, reply.status, &reply.headers);
        }
        reply.ok()
    }
}

async fn receive(builder: reqwest::RequestBuilder) -> Result<Reply, JiraError> {
    let mut response = builder.send().await.map_err(|error| unsent(&error))?;
    let status = response.status().as_u16();
    let expected = response.content_length().unwrap_or(0);
    if expected > LARGEST_BODY as u64 {
        return Err(JiraError::TooLarge);
    }
    let mut body = Zeroizing::new(Vec::with_capacity(
        usize::try_from(expected).unwrap_or(0).max(4 * 1024),
    ));
    while let Some(chunk) = response.chunk().await.map_err(|_| JiraError::TimedOut)? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(JiraError::TooLarge);
        }
        if body.len() + chunk.len() > body.capacity() {
            // Growing in place would leave an unwiped copy behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * (body.len() + chunk.len())));
            larger.extend_from_slice(&body);
            body = larger;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status,
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

/// An error before any answer. Only its kind is read: its text holds the address.
fn unsent(error: &reqwest::Error) -> JiraError {
    if error.is_connect() || error.is_builder() {
        JiraError::Unavailable {
            status: None,
            retry_after: None,
        }
    } else {
        JiraError::TimedOut
    }
}
