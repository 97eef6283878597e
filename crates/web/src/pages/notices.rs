//! Telling voters: which statuses do, what waits for a decision, what went out; and the question before a post moves.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    boards::Status,
    notices::{self, Notice, State, Tells},
    posts,
};
use upvow_domain::{
    NoticeId, PostId, Time,
    page::{Page, PageOf},
};

use super::{
    errors::Errors,
    fields::{Asked, Fields, back, id},
    filters,
    frame::{Frame, Part, show, show_as},
    words::{When, count},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/notices", get(read).post(save))
        .route("/p/{project}/notices/{id}/send", post(send))
        .route("/p/{project}/notices/{id}/drop", post(drop_it))
}

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesPage {
    frame: Frame,
    settings: Vec<(Status, Tells)>,
    waiting: Vec<Notice>,
    page: Page<Notice>,
    errors: Errors,
    now: Time,
}

impl NoticesPage {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn people(&self, number: &i64) -> String {
        count(*number, "voter")
    }

    /// What became of a notice, in words.
    fn outcome(&self, notice: &Notice) -> String {
        let lost = match notice.lost {
            0 => String::new(),
            lost => format!(", {lost} perhaps not delivered"),
        };
        match notice.state {
            State::Waiting => "waits for you".to_owned(),
            State::Gathering => "goes out in a moment".to_owned(),
            State::Sending => format!("{} of {} letters sent{lost}", notice.sent, notice.people),
            State::Sent => format!("{} sent{lost}", count(notice.sent, "letter")),
        }
    }
}

/// What a setting is called.
fn tells_name(tells: &Tells) -> &'static str {
    match tells {
        Tells::Never => "Never",
        Tells::Ask => "Ask each time",
        Tells::Always => "Always",
    }
}

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    page(&ctx, &asked, Errors::default()).await
}

async fn page(ctx: &Ctx, asked: &Asked, errors: Errors) -> Result<Response, PageError> {
    let (app, caller) = (&ctx.app, &ctx.caller);
    let of = PageOf {
        limit: Some(50),
        after: asked.0.some("after"),
    };
    let first = PageOf {
        limit: Some(50),
        after: None,
    };
    let page = NoticesPage {
        frame: Frame::of(ctx, Part::Settings, "Telling voters").with_notice(asked),
        settings: notices::settings(app, caller).await?,
        waiting: notices::list(app, caller, Some(true), &first).await?.items,
        page: notices::list(app, caller, Some(false), &of).await?,
        errors,
        now: app.now(),
    };
    show_as(page.errors.status(), &page)
}

async fn save(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    for (status, before) in notices::settings(&ctx.app, &ctx.caller).await? {
        let Some(tells) = Tells::named(fields.get(&status.id.to_string())) else {
            continue;
        };
        if tells != before {
            notices::set_tells(&ctx.app, &ctx.caller, status.id, tells).await?;
        }
    }
    let there = format!("/p/{}/settings/notices?done=saved", ctx.project.slug);
    Ok(Redirect::to(&there).into_response())
}

async fn send(
    ctx: Ctx,
    Path((project, notice)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let notice: NoticeId = id(&notice)?;
    match notices::send(&ctx.app, &ctx.caller, notice, fields.get("tell_words")).await {
        Ok(notice) => {
            let otherwise = format!("/p/{project}/posts/{}?done=told", notice.post);
            let there = back(fields.get("back"), &otherwise);
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => page(&ctx, &Asked::default(), Errors::of(error)?).await,
    }
}

async fn drop_it(
    ctx: Ctx,
    Path((project, notice)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    match notices::drop_it(&ctx.app, &ctx.caller, id(&notice)?).await {
        Ok(()) => {
            let otherwise = format!("/p/{project}/settings/notices?done=not_told");
            let there = back(fields.get("back"), &otherwise);
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => page(&ctx, &Asked::default(), Errors::of(error)?).await,
    }
}

#[derive(Template)]
#[template(path = "tell.html")]
struct TellPage {
    frame: Frame,
    post: PostId,
    title: String,
    status: Status,
    /// The status tells in any case.
    is_always: bool,
    people: i64,
    back: String,
}

impl TellPage {
    fn voters(&self) -> String {
        count(self.people, "voter")
    }
}

/// The question before a post moves to a status that its voters may hear of; nothing if there is nobody to ask about.
pub(super) async fn question(
    ctx: &Ctx,
    post: PostId,
    fields: &Fields,
) -> Result<Option<Response>, PageError> {
    let (app, caller) = (&ctx.app, &ctx.caller);
    let settings = notices::settings(app, caller).await?;
    let wanted = fields.id("status");
    let Some((status, tells)) = settings
        .into_iter()
        .find(|(status, tells)| Some(status.id) == wanted && *tells != Tells::Never)
    else {
        return Ok(None);
    };
    let found = posts::get(app, caller, post).await?;
    let people = notices::audience(app, caller, post).await?;
    if people == 0 || found.row.status.id == status.id {
        return Ok(None);
    }
    let page = TellPage {
        frame: Frame::of(ctx, Part::Roadmap, "Tell the voters?"),
        post,
        title: found.row.title,
        is_always: tells == Tells::Always,
        status,
        people,
        back: fields.get("back").to_owned(),
    };
    show(&page).map(Some)
}
