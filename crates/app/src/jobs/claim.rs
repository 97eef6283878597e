//! A claimed job, and how its results are written so that they count once.

use upvow_db::Tx;
use upvow_domain::{Time, id::Id};
use upvow_store::jobs::{self, Job};

use crate::{
    App,
    jobs::{
        Trouble, Turn,
        attempt::{self, Noted, Outcome},
    },
    live::{self, Change},
};

/// A job that is ours until its lease ends.
pub(crate) struct Claim {
    pub(crate) job: Job,
    /// When this run began.
    pub(crate) began_at: Time,
}

/// The proof that a job's end was committed. Only a [`Claim`] makes one, so no job can forget it.
#[derive(Debug)]
pub(crate) struct Finished {
    /// What came of it.
    pub(crate) noted: Noted,
}

impl Claim {
    /// Commits the job's results together with its end, and says what changed; nothing of it if the claim was lost.
    pub(crate) async fn finish(&self, app: &App, mut tx: Tx, changes: &[Change]) -> Turn {
        if !jobs::complete(&mut tx, &self.job).await? {
            return Err(Trouble::Lost);
        }
        let noted = attempt::note(&mut tx, app, self, Outcome::Done, None).await?;
        live::commit(app, tx, &[changes, &noted.changes()].concat()).await?;
        Ok(Finished { noted })
    }

    /// Commits the job's results, and that it will not be tried again by itself.
    pub(crate) async fn bury(&self, app: &App, mut tx: Tx, code: &str, changes: &[Change]) -> Turn {
        if !jobs::bury(&mut tx, &self.job, code, app.now()).await? {
            return Err(Trouble::Lost);
        }
        let noted = attempt::note(&mut tx, app, self, Outcome::Buried, Some(code)).await?;
        live::commit(app, tx, &[changes, &noted.changes()].concat()).await?;
        Ok(Finished { noted })
    }

    /// The subject as an id of ours.
    pub(crate) fn subject<K>(&self) -> Result<Id<K>, Trouble> {
        Id::from_stored(&self.job.subject).ok_or(Trouble::Never {
            code: "job_subject",
        })
    }
}
