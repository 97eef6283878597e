//! What a deletion does. The case's own rows come after: if the program ends in between, the next look at the case does
//! the rest, and erasing twice is erasing once.

use upvow_domain::{Caller, ErasureId, GrantId, ProjectId, jira::CloudId, secret::AccountId};
use upvow_store::connections::{self, Connection};
use upvow_vault::ErasureReason;

use crate::{App, Result, connect::goodbye, privacy::erasure};

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Acted {
    /// Erasures that were begun.
    pub(super) erasures: Vec<ErasureId>,
    /// Ties that ended while the account goes on elsewhere: its authorisation is another customer's, too.
    pub(super) ended: usize,
}

/// Everything of the person, in every project.
pub(super) async fn of_person(app: &App, account: &AccountId) -> Result<Acted> {
    let erasure = erasure::erase_account(app, account, ErasureReason::Request).await?;
    Ok(Acted {
        erasures: vec![erasure],
        ended: 0,
    })
}

/// Everything behind a grant, in every project.
pub(super) async fn of_grant(app: &App, grant: GrantId) -> Result<Acted> {
    within(app, grant, |_| true).await
}

/// The account behind a grant, as far as one project can ask for it: where the authorisation serves other projects, too,
/// this project's ties end and the rest is theirs to ask.
pub(super) async fn of_project(app: &App, project: ProjectId, grant: GrantId) -> Result<Acted> {
    within(app, grant, |tie| tie.project_id == project).await
}

/// Everything of a site: every authorisation that serves it alone is erased, of the others only the ties to it end.
pub(super) async fn of_site(app: &App, cloud: &CloudId) -> Result<Acted> {
    let mut all = Acted::default();
    for grant in grants_of_site(app, cloud).await? {
        let one = within(app, grant, |tie| tie.cloud_id.as_ref() == Some(cloud)).await?;
        all.erasures.extend(one.erasures);
        all.ended += one.ended;
    }
    Ok(all)
}

/// The authorisations that serve a site.
pub(super) async fn grants_of_site(app: &App, cloud: &CloudId) -> Result<Vec<GrantId>> {
    let mut tx = app.db.read().await?;
    let ties = connections::of_site(&mut tx, cloud).await?;
    let mut grants: Vec<GrantId> = ties.into_iter().filter_map(|tie| tie.grant_id).collect();
    grants.sort_unstable();
    grants.dedup();
    Ok(grants)
}

async fn within(app: &App, grant: GrantId, asked: impl Fn(&Connection) -> bool) -> Result<Acted> {
    let ties = {
        let mut tx = app.db.read().await?;
        connections::of_grant(&mut tx, grant).await?
    };
    if ties.iter().all(&asked) {
        let erasure = erasure::erase_grant(app, grant, ErasureReason::Request).await?;
        return Ok(Acted {
            erasures: vec![erasure],
            ended: 0,
        });
    }
    let mut ended = 0;
    for tie in ties.iter().filter(|tie| asked(tie)) {
        goodbye::disconnect(app, &Caller::program(tie.project_id), tie.id).await?;
        ended += 1;
    }
    Ok(Acted {
        erasures: vec![],
        ended,
    })
}
