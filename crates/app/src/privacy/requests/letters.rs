//! Letters about cases. They name nobody and nothing in Jira, and say the same whatever is held.

use upvow_db::Tx;
use upvow_domain::{CaseId, PersonId, secret::Email};
use upvow_store::{
    cases::{self as stored, letters},
    projects,
};

use super::happened;
use crate::{
    App, Result,
    jobs::{self, Claim, Kind, Order, Trouble, Turn},
    mail,
};

/// Whoever asked, if they left an address.
const ASKER: &str = "asker";
/// The operator's address for privacy.
const CONTACT: &str = "contact";

/// Orders a letter to whoever asked; nothing if they left no address.
pub(super) async fn to_asker(tx: &mut Tx, app: &App, id: CaseId, kind: &str) -> Result<()> {
    let found = stored::find(tx, id).await?;
    match found {
        Some(case) if case.email.is_some() => order(tx, app, &case, ASKER, kind).await,
        _ => Ok(()),
    }
}

/// Orders a letter to each owner of the desk's project and to the operator's address.
pub(super) async fn to_owners(
    tx: &mut Tx,
    app: &App,
    case: &stored::Case,
    kind: &str,
) -> Result<()> {
    for owner in letters::owners(tx, case.project_id).await? {
        order(tx, app, case, &owner.stored(), kind).await?;
    }
    order(tx, app, case, CONTACT, kind).await
}

async fn order(
    tx: &mut Tx,
    app: &App,
    case: &stored::Case,
    reader: &str,
    kind: &str,
) -> Result<()> {
    if !letters::add(tx, case.id, reader, kind, app.now()).await? {
        return Ok(());
    }
    let subject = format!("{}/{reader}/{kind}", case.id.stored());
    let order = Order {
        kind: Kind::TellOfCase,
        lane: format!("case:{subject}"),
        subject,
        project: case.project_id,
        connection: None,
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

/// The job: writes one letter. Its row says "sending" before anything is sent, so that it is not sent again after a crash
/// between the two.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let never = || Trouble::Never {
        code: "job_subject",
    };
    let parts: Vec<&str> = claim.job.subject.split('/').collect();
    let [case, reader, kind] = parts[..] else {
        return Err(never());
    };
    let id = CaseId::from_stored(case).ok_or_else(never)?;
    let letter = (id, reader, kind);
    let mut tx = app.db.write().await?;
    let row = stored::find(&mut tx, id).await?.ok_or(Trouble::Moot)?;
    let to = address(&mut tx, app, &row, reader)
        .await?
        .ok_or(Trouble::Moot)?;
    if !letters::set(&mut tx, letter, "waiting", "sending", app.now()).await? {
        return Err(Trouble::Moot);
    }
    let slug = projects::find(&mut tx, row.project_id)
        .await?
        .map_or_else(String::new, |project| project.slug);
    tx.commit().await?;

    let sent = if reader == ASKER {
        mail::case_news(app, to, kind)
    } else {
        let page = format!("/p/{slug}/settings/privacy/requests/{id}");
        mail::case_alarm(app, to, kind, &app.settings.address(&page))
    };
    let sent = app.mail.send(sent).await;
    let mut tx = app.db.write().await?;
    if sent.is_err() {
        letters::set(&mut tx, letter, "sending", "waiting", app.now()).await?;
        tx.commit().await?;
        return Err(Trouble::Later {
            code: "mail_not_sent",
            after: None,
            patient: true,
        });
    }
    letters::set(&mut tx, letter, "sending", "sent", app.now()).await?;
    let who = if reader == ASKER { ASKER } else { "owners" };
    happened(&mut tx, app, id, "letter_sent", &format!("{kind} {who}")).await?;
    claim.finish(app, tx, &[]).await
}

async fn address(
    tx: &mut Tx,
    app: &App,
    case: &stored::Case,
    reader: &str,
) -> Result<Option<Email>> {
    match reader {
        ASKER => Ok(case.email.clone()),
        CONTACT => Ok(Email::parse(&app.settings.contact).ok()),
        owner => match PersonId::from_stored(owner) {
            Some(person) => Ok(letters::owner_address(tx, case.project_id, person).await?),
            None => Ok(None),
        },
    }
}
