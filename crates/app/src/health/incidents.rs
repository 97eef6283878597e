//! What needs a person. An incident opens once for a connection and a class of causes, tells the project's owners by
//! mail, and closes when its causes are gone. Which letters were written is in rows, so nothing is told twice, on
//! however many nodes and after however many restarts.

use std::collections::BTreeMap;

use upvow_db::Tx;
use upvow_domain::{ConnectionId, IncidentId, PersonId, ProjectId};
use upvow_events::Event;
use upvow_store::{
    connections::{self, Connection},
    incidents::{self as stored, Incident},
};

use super::{
    causes::{Class, cause},
    problems::{self, Problem},
};
use crate::{
    App, Result, connect,
    jobs::{self, Claim, Kind, Order, Trouble, Turn, code_of},
    live, mail,
};

/// The letter when an incident opens, and the one when it is over.
const OPENED: &str = "opened";
const CLOSED: &str = "closed";

/// Looks at every connection: for the periodic pass.
pub(crate) async fn watch(app: &App) -> Result<()> {
    let (rows, open) = {
        let mut tx = app.db.read().await?;
        let rows = connections::all_set_up(&mut tx).await?;
        (rows, stored::all_open(&mut tx).await?)
    };
    for row in &rows {
        look(app, row).await?;
    }
    for incident in open {
        if rows.iter().all(|row| row.id != incident.connection_id) {
            // The connection ended, and with it whatever was wrong: nobody needs to hear that it works again.
            let mut tx = app.db.write().await?;
            stored::close(&mut tx, incident.project_id, incident.id, app.now()).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Looks at one connection, after something of it failed. What goes wrong here is found again by the next pass.
pub(crate) async fn look_at(app: &App, project: ProjectId, id: ConnectionId) {
    let looked = async {
        let row = {
            let mut tx = app.db.read().await?;
            connections::get(&mut tx, project, id).await?
        };
        match row {
            Some(row) => look(app, &row).await,
            None => Ok(()),
        }
    };
    if let Err(error) = looked.await {
        let error = code_of(&error).into();
        Event::IncidentsUnseen { error }.log();
    }
}

async fn look(app: &App, row: &Connection) -> Result<()> {
    let consented_at = super::consented_at(app, row).await;
    let see = async |tx: &mut Tx| {
        let hook = problems::door(tx, row).await?;
        let found = problems::found(tx, row, hook.as_ref(), consented_at, app.now()).await?;
        let open = stored::open_of(tx, row.project_id, row.id).await?;
        Ok::<_, crate::AppError>((found, open))
    };
    let (problems, open) = {
        let mut tx = app.db.read().await?;
        see(&mut tx).await?
    };
    if compare(&problems, &open).is_empty() {
        return Ok(());
    }
    // Something opens or closes. Seen again in the transaction that writes, because it may be over already.
    let mut tx = app.db.write().await?;
    let (problems, open) = see(&mut tx).await?;
    for step in compare(&problems, &open) {
        match step {
            Step::Open(class, code) => begin(&mut tx, app, row, class, &code).await?,
            Step::Close(incident) => end(&mut tx, app, &incident).await?,
        }
    }
    live::commit(app, tx, &[connect::change(row.project_id, row.id)]).await
}

enum Step {
    Open(Class, String),
    Close(Incident),
}

/// What is to open and to close: an incident is open as long as anything of its class is wrong.
fn compare(problems: &[Problem], open: &[Incident]) -> Vec<Step> {
    let mut wanted = BTreeMap::new();
    for problem in problems {
        if let Some(class) = problem.incident() {
            wanted.entry(class).or_insert_with(|| problem.code.clone());
        }
    }
    let is_open = |class: Class| open.iter().any(|incident| incident.class == class.name());
    let is_wanted = |name: &str| wanted.keys().any(|class| class.name() == name);
    let mut steps: Vec<Step> = open
        .iter()
        .filter(|incident| !is_wanted(&incident.class))
        .map(|incident| Step::Close(incident.clone()))
        .collect();
    for (class, code) in &wanted {
        if !is_open(*class) {
            steps.push(Step::Open(*class, code.clone()));
        }
    }
    steps
}

async fn begin(tx: &mut Tx, app: &App, row: &Connection, class: Class, code: &str) -> Result<()> {
    let incident = Incident {
        id: app.fresh_id(),
        project_id: row.project_id,
        connection_id: row.id,
        class: class.name().to_owned(),
        cause: code.to_owned(),
        opened_at: app.now(),
        closed_at: None,
    };
    if !stored::open(tx, &incident).await? {
        // Another node saw it first.
        return Ok(());
    }
    let owners = stored::address_owners(tx, row.project_id, incident.id, OPENED, app.now()).await?;
    for owner in owners {
        order(tx, app, row.project_id, (incident.id, owner, OPENED)).await?;
    }
    Ok(())
}

/// The account behind a connection was closed, and the connection ends: whoever runs the project hears of it once, in
/// the transaction that decides it. It is over as soon as it is told.
pub(crate) async fn account_closed(tx: &mut Tx, app: &App, row: &Connection) -> Result<()> {
    let incident = Incident {
        id: app.fresh_id(),
        project_id: row.project_id,
        connection_id: row.id,
        class: Class::Account.name().to_owned(),
        cause: "account_closed".to_owned(),
        opened_at: app.now(),
        closed_at: None,
    };
    stored::note(tx, &incident).await?;
    let (project, id, now) = (row.project_id, incident.id, app.now());
    for person in stored::address_admins(tx, project, id, OPENED, now).await? {
        order(tx, app, project, (id, person, OPENED)).await?;
    }
    Ok(())
}

async fn end(tx: &mut Tx, app: &App, incident: &Incident) -> Result<()> {
    let (project, now) = (incident.project_id, app.now());
    if !stored::close(tx, project, incident.id, now).await? {
        return Ok(());
    }
    // Only whoever heard that it was broken hears that it works again.
    for person in stored::told(tx, incident.id).await? {
        if stored::add_letter(tx, incident.id, person, CLOSED, now).await? {
            order(tx, app, project, (incident.id, person, CLOSED)).await?;
        }
    }
    Ok(())
}

type Letter<'a> = (IncidentId, PersonId, &'a str);

async fn order(tx: &mut Tx, app: &App, project: ProjectId, letter: Letter<'_>) -> Result<()> {
    let (incident, person, kind) = letter;
    let subject = format!("{}/{}/{kind}", incident.stored(), person.stored());
    let order = Order {
        kind: Kind::TellOwner,
        lane: format!("letter:{subject}"),
        subject,
        project,
        // Not work of the connection: a mail server that is down is no trouble with Jira.
        connection: None,
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

/// The job: writes one letter. Its row says "sending" before anything is sent, so that after a crash between the two it
/// is not sent again: the screen tells the same, and an owner who hears twice of everything soon hears nothing.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let never = || Trouble::Never {
        code: "job_subject",
    };
    let parts: Vec<&str> = claim.job.subject.split('/').collect();
    let [incident, person, kind] = parts[..] else {
        return Err(never());
    };
    let (Some(id), Some(person)) = (
        IncidentId::from_stored(incident),
        PersonId::from_stored(person),
    ) else {
        return Err(never());
    };
    let (project, letter) = (claim.job.project_id, (id, person, kind));
    let mut tx = app.db.write().await?;
    let addressed = stored::addressed(&mut tx, project, id, person)
        .await?
        .ok_or(Trouble::Moot)?;
    let is_account = addressed.class == Class::Account.name();
    if kind == OPENED && addressed.closed_at.is_some() && !is_account {
        // It was over before the mail server took it.
        return Err(Trouble::Moot);
    }
    if !stored::set_letter(&mut tx, letter, "waiting", "sending", app.now()).await? {
        return Err(Trouble::Moot);
    }
    tx.commit().await?;

    let page = format!(
        "/p/{}/settings/connections/{}",
        addressed.project_slug, addressed.connection_id
    );
    let about = mail::Incident {
        project: &addressed.project_name,
        site: addressed.site_name.as_deref().unwrap_or("Jira"),
        cause: cause(&addressed.cause),
        address: &app.settings.address(&page),
    };
    let sent = if is_account {
        mail::account_closed(app, addressed.email, &about)
    } else if kind == OPENED {
        mail::incident_opened(app, addressed.email, &about)
    } else {
        mail::incident_closed(app, addressed.email, &about)
    };
    let sent = app.mail.send(sent).await;
    let mut tx = app.db.write().await?;
    if sent.is_err() {
        stored::set_letter(&mut tx, letter, "sending", "waiting", app.now()).await?;
        tx.commit().await?;
        return Err(Trouble::Later {
            code: "mail_not_sent",
            after: None,
            patient: true,
        });
    }
    stored::set_letter(&mut tx, letter, "sending", "sent", app.now()).await?;
    claim.finish(app, tx, &[]).await
}
