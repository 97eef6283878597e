//! Who asks the API: a token, a signed-in browser, or anybody.

use axum::{
    extract::FromRequestParts,
    http::{Method, StatusCode, request::Parts},
};
use upvow_app::{App, projects::Project, sign_in};
use upvow_domain::{
    Caller,
    secret::{ApiSecret, SessionSecret},
};

use crate::{
    ClientAddr, Web, context::project_in_path, cookie, failure::Failure, middleware, ops::bearer,
};

/// A request to the API: the first argument of every operation.
pub(crate) struct Asked {
    /// The product.
    pub(crate) app: App,
    /// The project of the address.
    pub(crate) project: Project,
    /// Who asks.
    pub(crate) caller: Caller,
    /// The browser's session, if it was a browser that asked.
    pub(crate) session: Option<SessionSecret>,
}

impl Asked {
    /// The address of something in this project: `tail` begins with a slash.
    pub(crate) fn address(&self, tail: &str) -> String {
        format!("/api/v1/projects/{}{tail}", self.project.slug)
    }
}

impl FromRequestParts<Web> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Asked, Failure> {
        let app = web.app.clone();
        let project = project_in_path(parts, web).await?;
        let mut session = None;
        let caller = if middleware::has_bearer(&parts.headers) {
            by_token(parts, web, &project).await?
        } else if let Some(secret) = cookie::session_of(&parts.headers, web.secure) {
            let caller = sign_in::caller_of_session(&app, &secret, project.id).await?;
            session = Some(secret);
            caller
        } else {
            Caller::visitor(project.id)
        };
        if let Some(person) = caller.person
            && !matches!(parts.method, Method::GET | Method::HEAD)
        {
            // Beside the limit by address: one account, however many addresses it comes from.
            web.limits
                .writes
                .take(&person.to_string(), app.now())
                .map_err(middleware::limits::too_many)?;
        }
        Ok(Asked {
            app,
            project,
            caller,
            session,
        })
    }
}

/// A token that is no good is refused, never taken for a visitor: its sender would not notice.
async fn by_token(parts: &mut Parts, web: &Web, project: &Project) -> Result<Caller, Failure> {
    let Ok(client) = ClientAddr::from_request_parts(parts, web).await;
    let token = bearer(&parts.headers)
        .filter(|token| token.len() <= 200)
        .map(|token| ApiSecret::new(token.to_owned()));
    let caller = match token {
        Some(token) => sign_in::caller_of_token(&web.app, &token).await?,
        None => None,
    };
    let Some(caller) = caller else {
        web.limits
            .bad_tokens
            .take(&client.key(), web.app.now())
            .map_err(middleware::limits::too_many)?;
        return Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "bad_token",
            "This token is unknown, ended or expired. Send one as `Authorization: Bearer upvow_...`.",
        ));
    };
    if caller.project != project.id {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "This needs a token of this project; the one sent belongs to another.",
        ));
    }
    Ok(caller)
}
