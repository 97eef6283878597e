//! The form of an issue that is to be made, and of one that Jira refused.

use upvow_domain::{Caller, LinkId, PostId, Role, Scope};
use upvow_jira::CreateField;
use upvow_store::links;

use super::{Link, NewIssue, at_work, find, make, tell};
use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::reach::Reach,
    live as pages,
    sync::{
        fields::{self, BoardFields, FormField, Texts},
        pull,
    },
};

/// What an issue of the post would be asked for in this place, filled in as the board has it. With `only_if_needed`,
/// nothing where no question is open: then Jira is not even asked if the place is the board's own. Needs a moderator.
pub async fn create_form(
    app: &App,
    caller: &Caller,
    post: PostId,
    new: &NewIssue,
    only_if_needed: bool,
) -> Result<Vec<FormField>> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let (reach, board) = {
        let mut tx = app.db.read().await?;
        let reach = at_work(&mut tx, caller, new.connection).await?;
        (reach, make::board_fields(&mut tx, caller, post, new).await?)
    };
    if only_if_needed && board != BoardFields::default() && board.ask.is_empty() {
        return Ok(vec![]);
    }
    let form = fields::read(app, &reach, &new.jira_project, &new.issue_type).await?;
    let asked = fields::asked(form, &board, &board.values, &[]);
    let is_open = |field: &FormField| field.asked || field.needed && field.value.is_empty();
    if only_if_needed && !asked.iter().any(is_open) {
        return Ok(vec![]);
    }
    Ok(asked)
}

/// The form of an issue that could not be made, with what was given for it and what Jira said about each field. Needs a
/// moderator.
pub async fn refused_form(app: &App, caller: &Caller, id: LinkId) -> Result<Vec<FormField>> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let (link, _, form) = refused_link(app, caller, id).await?;
    let given = fields::values_of(link.given.as_deref());
    let refused = match link.problem.as_deref() {
        Some("create_refused") => fields::refusals(link.problem_detail.as_deref()),
        _ => vec![],
    };
    Ok(fields::asked(
        form,
        &BoardFields::default(),
        &given,
        &refused,
    ))
}

/// Gives other values to an issue that could not be made, and has it tried again. Checked against Jira's form as it is
/// now. Needs a moderator.
pub async fn fill(app: &App, caller: &Caller, id: LinkId, texts: &Texts) -> Result<Link> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let (link, reach, form) = refused_link(app, caller, id).await?;
    let values = fields::values(&form, texts)?;
    fields::complete(&form, &values)?;

    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    let given = fields::stored(&values);
    if !links::set_given(&mut tx, caller.project, id, given.as_deref(), app.now()).await? {
        // Somebody else was faster.
        return Err(not_waiting());
    }
    make::order_create(&mut tx, app, caller.project, link.connection_id, id).await?;
    audit::note(&mut tx, app, caller, "link.filled", &id.to_string(), "").await?;
    let row = find(&mut tx, caller, id).await?;
    let change = pull::change(&mut tx, &row).await?;
    let told = tell(&mut tx, row).await?;
    pages::commit(app, tx, &[change]).await?;
    app.work.notify_one();
    Ok(told)
}

/// A link whose issue Jira refused to make, and Jira's form for such an issue as it is now.
async fn refused_link(
    app: &App,
    caller: &Caller,
    id: LinkId,
) -> Result<(links::Link, Reach, Vec<CreateField>)> {
    let (link, reach) = {
        let mut tx = app.db.read().await?;
        let link = find(&mut tx, caller, id).await?;
        let reach = at_work(&mut tx, caller, link.connection_id).await?;
        (link, reach)
    };
    let (Some(project), Some(kind)) = (&link.jira_project_id, &link.issue_type_id) else {
        return Err(AppError::NotFound);
    };
    if link.state != "failed" || link.issue_id.is_some() {
        return Err(not_waiting());
    }
    let form = fields::read(app, &reach, project, kind).await?;
    Ok((link, reach, form))
}

fn not_waiting() -> AppError {
    AppError::Conflict {
        code: "not_waiting_for_fields",
        message: "This issue does not wait for values of fields.".to_owned(),
    }
}
