//! One post: reading it, and what its author and the team do with it.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    boards::{self, Board, Status},
    comments::{self, Comment},
    notices::{self, Notice, Tell, Tells},
    posts::{self, Cause, HistoryLine, Post},
    votes,
};
use upvow_domain::{
    PostId, Role, Time,
    page::{Page, PageOf},
};

use super::{
    errors::Errors,
    fields::{Asked, Fields, back, id},
    filters,
    filters::Markup,
    frame::{Frame, Part, show_as},
    new_post::submit_key_of,
    notices as questions,
    panel::Panel,
    words::{When, count, initial},
};
use crate::{Ctx, PageError, Web, markdown};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/posts/{id}", get(read))
        .route("/p/{project}/posts/{id}/vote", post(vote))
        .route("/p/{project}/posts/{id}/status", post(set_status))
        .route("/p/{project}/posts/{id}/board", post(move_to_board))
        .route("/p/{project}/posts/{id}/edit", get(edit_form).post(edit))
        .route("/p/{project}/posts/{id}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage {
    frame: Frame,
    post: Post,
    official: Option<Comment>,
    comments: Page<Comment>,
    /// Not the first page of the comments.
    is_later: bool,
    history: Vec<HistoryLine>,
    boards: Vec<Board>,
    statuses: Vec<Status>,
    panel: Option<Panel>,
    voters: Option<Audience>,
    typed: Typed,
    submit_key: String,
    now: Time,
}

/// What members can tell the voters, and how many those are.
struct Audience {
    people: i64,
    /// Some status of the project tells its voters.
    is_offered: bool,
    /// A notice that did not go out yet.
    open: Option<Notice>,
}

impl Audience {
    async fn read(ctx: &Ctx, post: PostId) -> Result<Audience, PageError> {
        let (app, caller) = (&ctx.app, &ctx.caller);
        let settings = notices::settings(app, caller).await?;
        Ok(Audience {
            people: notices::audience(app, caller, post).await?,
            is_offered: settings.iter().any(|(_, tells)| *tells != Tells::Never),
            open: notices::of_post(app, caller, post).await?,
        })
    }

    fn words(&self) -> String {
        count(self.people, "voter")
    }

    fn of_notice(&self, notice: &Notice) -> String {
        count(notice.people, "voter")
    }

    fn is_gathering(&self, notice: &Notice) -> bool {
        notice.state == notices::State::Gathering
    }
}

/// What was typed into the page's forms and refused, with the reasons. Empty when the page is simply read.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) comment: String,
    pub(super) comment_errors: Errors,
    pub(super) is_internal: bool,
    pub(super) is_official: bool,
    pub(super) issue: String,
    pub(super) issue_errors: Errors,
    pub(super) triage_errors: Errors,
    pub(super) submit_key: Option<String>,
}

impl Typed {
    fn status(&self) -> StatusCode {
        [
            &self.comment_errors,
            &self.issue_errors,
            &self.triage_errors,
        ]
        .into_iter()
        .map(Errors::status)
        .find(|status| *status != StatusCode::OK)
        .unwrap_or(StatusCode::OK)
    }
}

impl PostPage {
    fn address(&self) -> String {
        format!("{}/posts/{}", self.frame.base(), self.post.row.id)
    }

    fn body(&self) -> Markup {
        Markup(markdown::html(&self.post.body))
    }

    fn text_of(&self, comment: &Comment) -> Markup {
        Markup(markdown::html(&comment.body))
    }

    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    #[expect(clippy::ref_option, reason = "what a template hands over")]
    fn letter(&self, name: &Option<String>) -> String {
        initial(name.as_deref())
    }

    /// Whether a comment stands at the top already, as the team's answer.
    fn is_answer(&self, comment: &Comment) -> bool {
        self.official
            .as_ref()
            .is_some_and(|answer| answer.id == comment.id)
    }

    fn history_text(&self, line: &HistoryLine) -> String {
        let to = line.to.as_deref().unwrap_or("something else");
        match line.what.as_str() {
            "submitted" => "Posted".to_owned(),
            "status" => match &line.from {
                Some(from) => format!("{from} → {to}"),
                None => format!("Status: {to}"),
            },
            "edited" => "Text changed".to_owned(),
            "board" => format!("Moved to {to}"),
            "linked" => format!("Linked to {}", line.to.as_deref().unwrap_or("a Jira issue")),
            "unlinked" => format!(
                "Unlinked from {}",
                line.from.as_deref().unwrap_or("a Jira issue")
            ),
            _ => "Changed".to_owned(),
        }
    }

    fn history_by(&self, line: &HistoryLine) -> String {
        match (line.cause.as_str(), &line.by) {
            ("jira", _) => "by Jira".to_owned(),
            (_, Some(name)) => format!("by {name}"),
            ("program", None) => "automatically".to_owned(),
            _ => String::new(),
        }
    }
}

async fn read(
    ctx: Ctx,
    Path((_, post)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    page(&ctx, id(&post)?, Typed::default(), &asked).await
}

/// The page of a post, with what was typed and refused.
pub(super) async fn page(
    ctx: &Ctx,
    id: PostId,
    typed: Typed,
    asked: &Asked,
) -> Result<Response, PageError> {
    let (app, caller) = (&ctx.app, &ctx.caller);
    let post = posts::get(app, caller, id).await?;
    let after = asked.0.some("after");
    let is_later = after.is_some();
    let of = PageOf {
        limit: Some(50),
        after,
    };
    let short = PageOf {
        limit: Some(20),
        after: None,
    };
    let is_member = caller.at_least(Role::Moderator);
    let panel = if is_member {
        Some(Panel::read(ctx, &post).await?)
    } else {
        None
    };
    let voters = if is_member {
        Some(Audience::read(ctx, id).await?)
    } else {
        None
    };
    let (boards, statuses) = if post.may_triage {
        (
            boards::list(app, caller).await?,
            boards::statuses(app, caller).await?,
        )
    } else {
        (Vec::new(), Vec::new())
    };
    let frame = Frame::of(ctx, Part::Posts, &post.row.title).with_notice(asked);
    let page = PostPage {
        // A form that was sent in vain is no address to come back to; the post is.
        frame: Frame {
            path: format!("{}/posts/{id}", frame.base()),
            ..frame
        },
        official: comments::official(app, caller, id).await?,
        comments: comments::list(app, caller, id, &of).await?,
        is_later,
        history: posts::history(app, caller, id, &short).await?.items,
        boards,
        statuses,
        panel,
        voters,
        submit_key: typed
            .submit_key
            .clone()
            .unwrap_or_else(|| submit_key_of(ctx)),
        typed,
        post,
        now: app.now(),
    };
    show_as(page.typed.status(), &page)
}

async fn vote(
    ctx: Ctx,
    Path((project, post)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    if fields.is_on("on") {
        votes::vote(&ctx.app, &ctx.caller, post).await?;
    } else {
        votes::unvote(&ctx.app, &ctx.caller, post).await?;
    }
    let there = back(fields.get("back"), &format!("/p/{project}/posts/{post}"));
    let there = there.split('#').next().unwrap_or_default();
    Ok(Redirect::to(&format!("{there}#{post}")).into_response())
}

async fn set_status(
    ctx: Ctx,
    Path((project, post)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let tell = match fields.get("tell") {
        "yes" => Tell::Yes(fields.get("tell_words").to_owned()),
        "" if fields.is_on("ask") => match questions::question(&ctx, post, &fields).await? {
            Some(question) => return Ok(question),
            None => Tell::No,
        },
        _ => Tell::No,
    };
    let tried = match fields.id("status") {
        Some(status) => {
            let to = (status, Cause::Page);
            posts::set_status_telling(&ctx.app, &ctx.caller, post, to, &tell)
                .await
                .map(|_| ())
        }
        None => Err(upvow_domain::Invalid::new("status", "choose a status").into()),
    };
    let otherwise = format!("/p/{project}/posts/{post}?done=status");
    triaged(&ctx, post, tried, &back(fields.get("back"), &otherwise)).await
}

async fn move_to_board(
    ctx: Ctx,
    Path((project, post)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let tried = match fields.id("board") {
        Some(board) => posts::move_to_board(&ctx.app, &ctx.caller, post, board)
            .await
            .map(|_| ()),
        None => Err(upvow_domain::Invalid::new("board", "choose a board").into()),
    };
    triaged(
        &ctx,
        post,
        tried,
        &format!("/p/{project}/posts/{post}?done=moved"),
    )
    .await
}

async fn delete(
    ctx: Ctx,
    Path((project, post)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let tried = posts::delete(&ctx.app, &ctx.caller, post).await;
    triaged(
        &ctx,
        post,
        tried,
        &format!("/p/{project}?done=post_removed"),
    )
    .await
}

/// On with `there`, or the post's page again with the reason why not.
async fn triaged(
    ctx: &Ctx,
    post: PostId,
    tried: upvow_app::Result<()>,
    there: &str,
) -> Result<Response, PageError> {
    match tried {
        Ok(()) => Ok(Redirect::to(there).into_response()),
        Err(error) => {
            let typed = Typed {
                triage_errors: Errors::of(error)?,
                ..Typed::default()
            };
            page(ctx, post, typed, &Asked::default()).await
        }
    }
}

#[derive(Template)]
#[template(path = "edit_post.html")]
struct EditPage {
    frame: Frame,
    id: PostId,
    title: String,
    body: String,
    errors: Errors,
}

async fn edit_form(
    ctx: Ctx,
    Path((_, post)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let post = posts::get(&ctx.app, &ctx.caller, id(&post)?).await?;
    if !post.may_edit {
        let needs = "being its author or a moderator".to_owned();
        return Err(PageError(upvow_app::AppError::Forbidden { needs }));
    }
    edit_page(
        &ctx,
        post.row.id,
        post.row.title,
        post.body,
        Errors::default(),
    )
}

async fn edit(
    ctx: Ctx,
    Path((project, post)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let (title, body) = (fields.get("title"), fields.get("body"));
    match posts::edit(&ctx.app, &ctx.caller, post, title, body).await {
        Ok(_) => Ok(Redirect::to(&format!("/p/{project}/posts/{post}?done=saved")).into_response()),
        Err(error) => {
            let errors = Errors::of(error)?;
            edit_page(&ctx, post, title.to_owned(), body.to_owned(), errors)
        }
    }
}

fn edit_page(
    ctx: &Ctx,
    id: PostId,
    title: String,
    body: String,
    errors: Errors,
) -> Result<Response, PageError> {
    let status = errors.status();
    let page = EditPage {
        frame: Frame::of(ctx, Part::Posts, "Edit the post"),
        id,
        title,
        body,
        errors,
    };
    show_as(status, &page)
}
