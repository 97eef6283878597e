//! A post's ties to Jira issues: making, linking, and the menu of each.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    AppError,
    connect::{self, ConnectedProject, Connection, wizard, wizard::TypeChoice},
    posts,
    sync::{
        fields::FormField,
        links::{self, FoundIssue, NewIssue},
    },
};
use upvow_domain::{
    ConnectionId, Invalid, LinkId, PostId, Role,
    jira::{IssueTypeId, JiraProjectId},
};

use super::{
    errors::Errors,
    fields::{Asked, Fields, id},
    filters,
    frame::{Frame, Part, show, show_as},
    issue_fields::{Shown, texts},
    new_post::submit_key_of,
    panel::site,
    post::{Typed, page},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/posts/{id}/issues/new", get(choose))
        .route("/p/{project}/posts/{id}/issues", post(create))
        .route("/p/{project}/posts/{id}/links", post(link))
        .route("/p/{project}/posts/{id}/links/{link}/unlink", post(unlink))
        .route(
            "/p/{project}/posts/{id}/links/{link}/primary",
            post(primary),
        )
        .route(
            "/p/{project}/posts/{id}/links/{link}/fields",
            get(refused).post(fill),
        )
        .route(
            "/p/{project}/posts/{id}/links/{link}/refresh",
            post(refresh),
        )
}

#[derive(Template)]
#[template(path = "new_issue.html")]
struct Choose {
    frame: Frame,
    post: PostId,
    title: String,
    connections: Vec<Connection>,
    chosen: Option<Chosen>,
    submit_key: String,
    errors: Errors,
}

/// The project an issue is to be made in, and what it can become there.
struct Chosen {
    connection: Connection,
    project: ConnectedProject,
    types: Vec<TypeChoice>,
}

impl Choose {
    fn site(&self, connection: &Connection) -> String {
        site(connection)
    }

    fn missing(&self, choice: &TypeChoice) -> String {
        let named: Vec<String> = choice
            .missing
            .iter()
            .map(|field| format!("“{}” {}", field.name, field.what_to_do))
            .collect();
        named.join("; ")
    }
}

/// Which project, then which type: two steps, as the types are asked of Jira.
async fn choose(
    ctx: Ctx,
    Path((_, post)): Path<(String, String)>,
    Asked(asked): Asked,
) -> Result<Response, PageError> {
    chooser(
        &ctx,
        id(&post)?,
        asked.get("in"),
        asked.some("key"),
        Errors::default(),
    )
    .await
}

async fn chooser(
    ctx: &Ctx,
    post: PostId,
    place: &str,
    submit_key: Option<String>,
    mut errors: Errors,
) -> Result<Response, PageError> {
    let (app, caller) = (&ctx.app, &ctx.caller);
    if !caller.at_least(Role::Moderator) {
        let needs = "the role moderator".to_owned();
        return Err(PageError(upvow_app::AppError::Forbidden { needs }));
    }
    let post = posts::get(app, caller, post).await?;
    let connections = connect::usable(app, caller).await?;
    let wanted = connections.iter().find_map(|connection| {
        let project = connection
            .projects
            .iter()
            .find(|project| place == format!("{} {}", connection.id, project.id))?;
        Some((connection.clone(), project.clone()))
    });
    let chosen = match wanted {
        Some((connection, project)) => {
            match wizard::issue_types(app, caller, connection.id, &project.id).await {
                Ok(types) => Some(Chosen {
                    connection,
                    project,
                    types,
                }),
                Err(error) => {
                    errors = Errors::of(error)?;
                    None
                }
            }
        }
        None => None,
    };
    let page = Choose {
        frame: Frame::of(ctx, Part::Posts, "Create a Jira issue"),
        post: post.row.id,
        title: post.row.title,
        connections,
        chosen,
        submit_key: submit_key.unwrap_or_else(|| submit_key_of(ctx)),
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn create(
    ctx: Ctx,
    Path((project, post)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let place = format!(
        "{} {}",
        fields.get("connection"),
        fields.get("jira_project")
    );
    let issue_type = fields.get("issue_type");
    if issue_type.is_empty() {
        let errors = Errors::field("issue_type", "choose what the idea becomes in Jira");
        return chooser(&ctx, post, &place, fields.some("submit_key"), errors).await;
    }
    let mut new = NewIssue {
        connection: id(fields.get("connection"))?,
        jira_project: JiraProjectId::parse(fields.get("jira_project"))?,
        issue_type: IssueTypeId::parse(issue_type)?,
        fields: None,
        submit_key: fields.some("submit_key"),
    };
    let (app, caller) = (&ctx.app, &ctx.caller);
    let refused = |error| async {
        let typed = Typed {
            issue_errors: Errors::of(error)?,
            ..Typed::default()
        };
        page(&ctx, post, typed, &Asked::default()).await
    };
    // The questions were shown: what was typed is checked. Else they are shown first, if there are any.
    if fields.is_on("asked") {
        new.fields = Some(texts(&fields));
    } else {
        match links::create_form(app, caller, post, &new, true).await {
            Ok(form) if form.is_empty() => {}
            Ok(form) => return questions(&ctx, post, &new, form, None, Errors::default()).await,
            Err(error) => return refused(error).await,
        }
    }
    match links::create_issue(app, caller, post, &new).await {
        Ok(_) => Ok(done(&project, post, "issue")),
        Err(error @ AppError::Invalid(_)) if new.fields.is_some() => {
            let errors = Errors::of(error)?;
            match links::create_form(app, caller, post, &new, false).await {
                Ok(form) => questions(&ctx, post, &new, form, Some(&fields), errors).await,
                Err(error) => refused(error).await,
            }
        }
        Err(error) => refused(error).await,
    }
}

#[derive(Template)]
#[template(path = "issue_fields.html")]
struct Questions {
    frame: Frame,
    post: PostId,
    title: String,
    /// Where it is sent.
    action: String,
    /// What goes along unseen.
    hidden: Vec<(&'static str, String)>,
    fields: Vec<Shown>,
    /// Jira refused it once.
    is_again: bool,
    errors: Errors,
}

impl Questions {
    /// Refusals that stand beside no field.
    fn loose(&self) -> Vec<&str> {
        Shown::loose(&self.fields, &self.errors)
    }
}

/// The fields that have to be filled in before an issue can be made.
async fn questions(
    ctx: &Ctx,
    post: PostId,
    new: &NewIssue,
    form: Vec<FormField>,
    typed: Option<&Fields>,
    errors: Errors,
) -> Result<Response, PageError> {
    let title = posts::get(&ctx.app, &ctx.caller, post).await?.row.title;
    let frame = Frame::of(ctx, Part::Posts, "Create a Jira issue");
    let page = Questions {
        action: format!("{}/posts/{post}/issues", frame.base()),
        frame,
        post,
        title,
        hidden: vec![
            ("asked", "on".to_owned()),
            ("connection", new.connection.to_string()),
            ("jira_project", new.jira_project.to_string()),
            ("issue_type", new.issue_type.to_string()),
            ("submit_key", new.submit_key.clone().unwrap_or_default()),
        ],
        fields: Shown::all(form, typed, &errors),
        is_again: false,
        errors,
    };
    show_as(page.errors.status(), &page)
}

/// The fields of an issue that Jira refused to make.
async fn refused(
    ctx: Ctx,
    Path((_, post, link)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    again(&ctx, id(&post)?, id(&link)?, None, Errors::default()).await
}

async fn again(
    ctx: &Ctx,
    post: PostId,
    link: LinkId,
    typed: Option<&Fields>,
    errors: Errors,
) -> Result<Response, PageError> {
    let form = match links::refused_form(&ctx.app, &ctx.caller, link).await {
        Ok(form) => form,
        Err(error) => {
            let typed = Typed {
                issue_errors: Errors::of(error)?,
                ..Typed::default()
            };
            return page(ctx, post, typed, &Asked::default()).await;
        }
    };
    let title = posts::get(&ctx.app, &ctx.caller, post).await?.row.title;
    let frame = Frame::of(ctx, Part::Posts, "Fill in the issue");
    let page = Questions {
        action: format!("{}/posts/{post}/links/{link}/fields", frame.base()),
        frame,
        post,
        title,
        hidden: vec![],
        fields: Shown::all(form, typed, &errors),
        is_again: true,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn fill(
    ctx: Ctx,
    Path((project, post, link)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let (post, link) = (id(&post)?, id(&link)?);
    match links::fill(&ctx.app, &ctx.caller, link, &texts(&fields)).await {
        Ok(_) => Ok(done(&project, post, "issue")),
        Err(error) => again(&ctx, post, link, Some(&fields), Errors::of(error)?).await,
    }
}

async fn link(
    ctx: Ctx,
    Path((project, post)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let issue = fields.get("issue").trim();
    let tried = match fields.id("connection") {
        _ if issue.is_empty() => Err(Invalid::new(
            "issue",
            "enter an issue's key, like DEMO-12, or its address",
        )
        .into()),
        None => Err(Invalid::new("issue", "choose a Jira site").into()),
        // Words, from a browser that does not look while one types.
        Some(connection) if is_words(issue) => {
            return find(&ctx, post, connection, issue).await;
        }
        Some(connection) => {
            links::link_existing(&ctx.app, &ctx.caller, post, connection, issue).await
        }
    };
    match tried {
        Ok(_) => Ok(done(&project, post, "linked")),
        Err(error) => {
            let typed = Typed {
                issue: issue.to_owned(),
                issue_errors: Errors::of(error)?,
                ..Typed::default()
            };
            page(&ctx, post, typed, &Asked::default()).await
        }
    }
}

/// Neither a key nor an address.
fn is_words(text: &str) -> bool {
    let key = text.rsplit_once('-').is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    !text.contains('/') && (text.contains(' ') || !key)
}

#[derive(Template)]
#[template(path = "find_issue.html")]
struct Find {
    frame: Frame,
    post: PostId,
    title: String,
    connection: ConnectionId,
    text: String,
    found: Vec<FoundIssue>,
}

/// Issues with these words, to choose one from. Shown, never stored.
async fn find(
    ctx: &Ctx,
    post: PostId,
    connection: ConnectionId,
    text: &str,
) -> Result<Response, PageError> {
    let (app, caller) = (&ctx.app, &ctx.caller);
    match links::search(app, caller, connection, text, Some(post)).await {
        Ok(found) => show(&Find {
            frame: Frame::of(ctx, Part::Posts, "Link an issue"),
            title: posts::get(app, caller, post).await?.row.title,
            post,
            connection,
            text: text.to_owned(),
            found,
        }),
        Err(error) => {
            let typed = Typed {
                issue: text.to_owned(),
                issue_errors: Errors::of(error)?,
                ..Typed::default()
            };
            page(ctx, post, typed, &Asked::default()).await
        }
    }
}

async fn unlink(
    ctx: Ctx,
    Path((project, post, link)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let link: LinkId = id(&link)?;
    let keep = fields.is_on("keep_backlink");
    links::unlink(&ctx.app, &ctx.caller, link, keep).await?;
    Ok(done(&project, id(&post)?, "unlinked"))
}

async fn primary(
    ctx: Ctx,
    Path((project, post, link)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    links::make_primary(&ctx.app, &ctx.caller, id(&link)?).await?;
    Ok(done(&project, id(&post)?, "primary"))
}

async fn refresh(
    ctx: Ctx,
    Path((project, post, link)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    match links::refresh(&ctx.app, &ctx.caller, id(&link)?).await {
        Ok(()) => Ok(done(&project, post, "refreshed")),
        Err(error) => {
            let typed = Typed {
                issue_errors: Errors::of(error)?,
                ..Typed::default()
            };
            page(&ctx, post, typed, &Asked::default()).await
        }
    }
}

fn done(project: &str, post: PostId, what: &str) -> Response {
    Redirect::to(&format!("/p/{project}/posts/{post}?done={what}#issues")).into_response()
}
