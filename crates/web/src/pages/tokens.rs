//! API tokens: making one, seeing its secret once, ending it.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    AppError,
    tokens::{self, Token},
};
use upvow_domain::{
    Scope, Time,
    page::{Page, PageOf},
};

use super::{
    errors::Errors,
    fields::{Asked, Fields, id},
    filters,
    frame::{Frame, Part, show_as},
    words::When,
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/tokens", get(read).post(create))
        .route("/p/{project}/settings/tokens/{id}/end", post(end))
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    frame: Frame,
    tokens: Page<Token>,
    /// The new token's name and secret: shown on this one answer, and nowhere again.
    made: Option<(String, String)>,
    typed: Fields,
    errors: Errors,
    now: Time,
}

impl TokensPage {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn scopes(&self, token: &Token) -> String {
        let names: Vec<_> = token.scopes.iter().map(|scope| scope.name()).collect();
        names.join(" · ")
    }

    fn is_ticked(&self, scope: &Scope) -> bool {
        self.typed.all("scope").any(|name| name == scope.name())
    }

    fn days(&self) -> &str {
        match self.typed.get("days") {
            "" => "90",
            days => days,
        }
    }
}

/// What a scope lets a program do.
fn scope_text(scope: &Scope) -> &'static str {
    match scope {
        Scope::PostsRead => "Read boards, posts, votes and comments",
        Scope::PostsWrite => "Post, vote, comment and change statuses",
        Scope::LinksWrite => "Make Jira issues, link and unlink them",
        Scope::Admin => "Connections, status maps, members and settings",
    }
}

/// How long a token can live, as offered.
const TERMS: [(&str, &str); 4] = [
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "One year"),
    ("never", "Until I end it"),
];

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    page(&ctx, &asked, None, Fields::default(), Errors::default()).await
}

async fn page(
    ctx: &Ctx,
    asked: &Asked,
    made: Option<(String, String)>,
    typed: Fields,
    errors: Errors,
) -> Result<Response, PageError> {
    if ctx.caller.person.is_none() {
        return Err(PageError(AppError::SignInNeeded));
    }
    let of = PageOf {
        limit: Some(50),
        after: asked.0.some("after"),
    };
    let page = TokensPage {
        frame: Frame::of(ctx, Part::Settings, "API tokens").with_notice(asked),
        tokens: tokens::list(&ctx.app, &ctx.caller, &of).await?,
        made,
        typed,
        errors,
        now: ctx.app.now(),
    };
    show_as(page.errors.status(), &page)
}

async fn create(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let scopes: Vec<Scope> = fields.all("scope").filter_map(Scope::named).collect();
    let days = fields.get("days").parse().ok();
    match tokens::create(&ctx.app, &ctx.caller, fields.get("name"), &scopes, days).await {
        // No redirect here: the secret must be in no address and is kept nowhere, so this answer is the only one.
        Ok((token, secret)) => {
            let made = Some((token.name, secret.expose().to_owned()));
            page(
                &ctx,
                &Asked::default(),
                made,
                Fields::default(),
                Errors::default(),
            )
            .await
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            page(&ctx, &Asked::default(), None, fields, errors).await
        }
    }
}

async fn end(
    ctx: Ctx,
    Path((project, token)): Path<(String, String)>,
) -> Result<Response, PageError> {
    tokens::revoke(&ctx.app, &ctx.caller, id(&token)?).await?;
    Ok(Redirect::to(&format!("/p/{project}/settings/tokens?done=token_ended")).into_response())
}
