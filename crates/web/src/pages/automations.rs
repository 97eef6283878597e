//! Automations: the list, trying one before it is switched on, and what each did.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    automations::{self, Act, Automation, DryRun, Plan, Reaches, Switch},
    boards::{self, Board, Status},
};
use upvow_domain::{
    AutomationId, Invalid, Time,
    page::{Page, PageOf},
};

use super::{
    errors::Errors,
    fields::{Asked, Fields, id},
    filters,
    frame::{Frame, Part, show, show_as},
    settings::admins_only,
    words::{When, count},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/automations", get(read).post(save))
        .route("/p/{project}/settings/automations/try", post(dry_run))
        .route("/p/{project}/settings/automations/{id}", get(one))
        .route(
            "/p/{project}/settings/automations/{id}/switch",
            post(switch),
        )
        .route(
            "/p/{project}/settings/automations/{id}/delete",
            post(delete),
        )
        .route("/p/{project}/settings/automations/{id}/retry", post(retry))
}

/// Boards and statuses by which automations are told and chosen.
struct Names {
    boards: Vec<Board>,
    statuses: Vec<Status>,
}

impl Names {
    async fn of(ctx: &Ctx) -> Result<Names, PageError> {
        Ok(Names {
            boards: boards::list(&ctx.app, &ctx.caller).await?,
            statuses: boards::statuses(&ctx.app, &ctx.caller).await?,
        })
    }

    /// The automation as a sentence.
    fn sentence(&self, plan: &Plan) -> String {
        let when = match plan.reaches {
            Reaches::Votes(votes) => format!("A post reaches {}", count(votes, "vote")),
            Reaches::Status(status) => {
                let found = self.statuses.iter().find(|one| Some(one.id) == status);
                match found {
                    Some(status) => format!("A post becomes “{}”", status.name),
                    None => "A post gets a status that was removed".to_owned(),
                }
            }
        };
        let board = self
            .boards
            .iter()
            .find(|board| Some(board.id) == plan.board);
        match board {
            Some(board) => format!("{when} on {}", board.name),
            None => when,
        }
    }
}

#[derive(Template)]
#[template(path = "automations.html")]
struct List {
    frame: Frame,
    names: Names,
    automations: Vec<Automation>,
    typed: Fields,
    errors: Errors,
}

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    list(&ctx, &asked, Fields::default(), Errors::default()).await
}

async fn list(
    ctx: &Ctx,
    asked: &Asked,
    typed: Fields,
    errors: Errors,
) -> Result<Response, PageError> {
    admins_only(ctx)?;
    let page = List {
        frame: Frame::of(ctx, Part::Settings, "Automations").with_notice(asked),
        names: Names::of(ctx).await?,
        automations: automations::list(&ctx.app, &ctx.caller).await?,
        typed,
        errors,
    };
    show_as(page.errors.status(), &page)
}

#[derive(Template)]
#[template(path = "automation_try.html")]
struct Try {
    frame: Frame,
    sentence: String,
    run: DryRun,
    typed: Fields,
}

impl Try {
    fn posts(&self) -> String {
        count(self.run.count, "post")
    }

    fn unnamed(&self) -> i64 {
        self.run.count - i64::try_from(self.run.posts.len()).unwrap_or(self.run.count)
    }
}

/// What was typed into the form, as a plan.
fn plan(fields: &Fields) -> upvow_app::Result<Plan> {
    let reaches = if fields.get("reaches") == "votes" {
        let votes = fields.get("votes").trim().parse();
        Reaches::Votes(
            votes.map_err(|_| Invalid::new("votes", "use a number from 1 to 1,000,000"))?,
        )
    } else {
        Reaches::Status(fields.id("status"))
    };
    Ok(Plan {
        board: fields.id("board"),
        reaches,
        skips_linked: !fields.is_on("also_linked"),
    })
}

async fn dry_run(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let tried = async {
        let plan = plan(&fields)?;
        let run = automations::dry_run(&ctx.app, &ctx.caller, &plan, fields.id("id")).await?;
        Ok((plan, run))
    };
    match tried.await {
        Ok((plan, run)) => show(&Try {
            frame: Frame::of(&ctx, Part::Settings, "Try the automation"),
            sentence: Names::of(&ctx).await?.sentence(&plan),
            run,
            typed: fields,
        }),
        Err(error) => list(&ctx, &Asked::default(), fields, Errors::of(error)?).await,
    }
}

async fn save(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let (app, caller) = (&ctx.app, &ctx.caller);
    let tried = async {
        let plan = plan(&fields)?;
        let to = Switch::named(fields.get("switch"))
            .ok_or_else(|| Invalid::new("switch", "choose whether it is on"))?;
        match fields.id::<upvow_domain::AutomationKind>("id") {
            Some(id) => {
                automations::edit(app, caller, id, &plan).await?;
                automations::switch(app, caller, id, to).await
            }
            None => automations::create(app, caller, &plan, to).await,
        }
    };
    match tried.await {
        Ok(made) => {
            let base = format!("/p/{}/settings/automations", ctx.project.slug);
            Ok(Redirect::to(&format!("{base}/{}?done=saved", made.id)).into_response())
        }
        Err(error) => list(&ctx, &Asked::default(), fields, Errors::of(error)?).await,
    }
}

#[derive(Template)]
#[template(path = "automation.html")]
struct One {
    frame: Frame,
    names: Names,
    sentence: String,
    automation: Automation,
    acts: Page<Act>,
    typed: Fields,
    errors: Errors,
    now: Time,
}

impl One {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }
}

async fn one(
    ctx: Ctx,
    Path((_, automation)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    let id: AutomationId = id(&automation)?;
    let of = PageOf {
        limit: Some(50),
        after: asked.0.some("after"),
    };
    let automation = automations::get(&ctx.app, &ctx.caller, id).await?;
    let names = Names::of(&ctx).await?;
    let mut typed = vec![("id".to_owned(), id.to_string())];
    match automation.plan.reaches {
        Reaches::Votes(votes) => {
            typed.push(("reaches".to_owned(), "votes".to_owned()));
            typed.push(("votes".to_owned(), votes.to_string()));
        }
        Reaches::Status(status) => {
            typed.push(("reaches".to_owned(), "status".to_owned()));
            typed.extend(status.map(|status| ("status".to_owned(), status.to_string())));
        }
    }
    typed.extend(
        automation
            .plan
            .board
            .map(|board| ("board".to_owned(), board.to_string())),
    );
    if !automation.plan.skips_linked {
        typed.push(("also_linked".to_owned(), "on".to_owned()));
    }
    show(&One {
        frame: Frame::of(&ctx, Part::Settings, "Automation").with_notice(&asked),
        sentence: names.sentence(&automation.plan),
        names,
        acts: automations::acts(&ctx.app, &ctx.caller, id, &of).await?,
        automation,
        typed: Fields::of(typed),
        errors: Errors::default(),
        now: ctx.app.now(),
    })
}

async fn switch(
    ctx: Ctx,
    Path((project, automation)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let to = Switch::named(fields.get("switch")).unwrap_or(Switch::Off);
    match automations::switch(&ctx.app, &ctx.caller, id(&automation)?, to).await {
        Ok(_) => Ok(there(&project, &automation)),
        Err(error) => {
            list(
                &ctx,
                &Asked::default(),
                Fields::default(),
                Errors::of(error)?,
            )
            .await
        }
    }
}

async fn delete(
    ctx: Ctx,
    Path((project, automation)): Path<(String, String)>,
) -> Result<Response, PageError> {
    automations::delete(&ctx.app, &ctx.caller, id(&automation)?).await?;
    let there = format!("/p/{project}/settings/automations?done=automation_removed");
    Ok(Redirect::to(&there).into_response())
}

async fn retry(
    ctx: Ctx,
    Path((project, automation)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(fields.get("post"))?;
    automations::retry(&ctx.app, &ctx.caller, id(&automation)?, post).await?;
    Ok(there(&project, &automation))
}

fn there(project: &str, automation: &str) -> Response {
    Redirect::to(&format!(
        "/p/{project}/settings/automations/{automation}?done=saved"
    ))
    .into_response()
}
