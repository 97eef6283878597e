//! Who asks, and where: what a page handler takes first.

use axum::{
    extract::{FromRequestParts, OriginalUri, RawPathParams},
    http::request::Parts,
};
use upvow_app::{
    App, AppError,
    people::{self, Me},
    projects::{self, Project},
    sign_in,
};
use upvow_domain::{Caller, ProjectId, secret::SessionSecret};

use crate::{ClientAddr, PageError, Web, cookie};

/// The context of a page under `/p/{project}`.
#[derive(Clone)]
pub struct Ctx {
    /// The product.
    pub app: App,
    /// The project of the address.
    pub project: Project,
    /// Who asks.
    pub caller: Caller,
    /// Their account, if they are signed in.
    pub me: Option<Me>,
    /// Their session's secret, if they have one.
    pub session: Option<SessionSecret>,
    /// Path and query of this request, for `next`.
    pub path: String,
    /// From where.
    pub client: ClientAddr,
}

/// The context of a page outside a project: sign-in, account, welcome, callback.
#[derive(Clone)]
pub struct Visit {
    /// The product.
    pub app: App,
    /// The session's secret, if the browser has one.
    pub session: Option<SessionSecret>,
    /// The secret of a browser that goes on with a link without an account.
    pub guest: Option<SessionSecret>,
    /// Path and query of this request, for `next`.
    pub path: String,
    /// From where.
    pub client: ClientAddr,
}

impl Visit {
    /// Who this browser is in a project.
    pub async fn caller(&self, project: ProjectId) -> Result<Caller, AppError> {
        match &self.session {
            Some(secret) => sign_in::caller_of_session(&self.app, secret, project).await,
            None => Ok(Caller::visitor(project)),
        }
    }

    /// This visit, in a project.
    pub async fn enter(self, project: Project) -> Result<Ctx, AppError> {
        let caller = self.caller(project.id).await?;
        let me = match caller.person {
            Some(_) => Some(people::me(&self.app, &caller).await?),
            None => None,
        };
        Ok(Ctx {
            app: self.app,
            project,
            caller,
            me,
            session: self.session,
            path: self.path,
            client: self.client,
        })
    }
}

impl FromRequestParts<Web> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Visit, PageError> {
        let Ok(client) = ClientAddr::from_request_parts(parts, web).await;
        let uri = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(&parts.uri, |uri| &uri.0);
        let path = uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        Ok(Visit {
            app: web.app.clone(),
            session: cookie::session_of(&parts.headers, web.secure),
            guest: cookie::guest_of(&parts.headers, web.secure),
            path,
            client,
        })
    }
}

impl FromRequestParts<Web> for Ctx {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Ctx, PageError> {
        let visit = Visit::from_request_parts(parts, web).await?;
        let project = project_in_path(parts, web).await?;
        Ok(visit.enter(project).await?)
    }
}

/// The project that `{project}` in the path names.
pub(crate) async fn project_in_path(parts: &mut Parts, web: &Web) -> Result<Project, AppError> {
    let params = RawPathParams::from_request_parts(parts, web)
        .await
        .map_err(|_| AppError::NotFound)?;
    let slug = params
        .iter()
        .find_map(|(name, value)| (name == "project").then_some(value))
        .ok_or(AppError::Internal {
            code: "route_without_project",
        })?;
    projects::by_slug(&web.app, slug).await
}
