//! Signing how far the chains reach. Once a minute each chain that grew gets a checkpoint, which lies beside it and, as a
//! copy, in the key folder: whoever can write to the database cannot sign, and whoever puts an old database in place
//! does not reach the copy.

use upvow_domain::Time;
use upvow_events::Event;
use upvow_store::audit::{
    self, End,
    checkpoints::{self, Checkpoint},
};
use upvow_vault::signing::{JwkSet, verify_as};

use super::KEPT_FOR;
use crate::{App, AppError, Result};

/// What kind of document a checkpoint is.
pub(crate) const TYP: &str = "upvow-audit-checkpoint";

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Said {
    /// The chain.
    pub(crate) chain: String,
    /// The number of the last line that was deleted when its term was over; 0 if none was.
    pub(crate) from_seq: i64,
    /// Its hash.
    pub(crate) from_hash: String,
    /// The number of the last line.
    pub(crate) seq: i64,
    /// Its hash.
    pub(crate) hash: String,
    /// When it was signed, in milliseconds.
    pub(crate) at: i64,
}

impl Said {
    /// What a signed text says, if one of these keys signed it as a checkpoint.
    pub(crate) fn read(signed: &str, keys: &JwkSet) -> Option<Said> {
        let payload = verify_as(signed.trim(), TYP, keys).ok()?;
        serde_json::from_slice(&payload).ok()
    }

    /// Where the chain ended.
    pub(crate) fn end(&self) -> End {
        End {
            seq: self.seq,
            hash: self.hash.clone(),
        }
    }

    /// Where it began.
    pub(crate) fn from(&self) -> End {
        End {
            seq: self.from_seq,
            hash: self.from_hash.clone(),
        }
    }
}

/// Signs what grew, deletes whole segments whose term is over, and keeps the copies.
pub async fn pass(app: &App) -> Result<()> {
    let chains = {
        let mut tx = app.db.read().await?;
        audit::chains(&mut tx).await?
    };
    for chain in chains {
        sign(app, &chain).await?;
        cut(app, &chain).await?;
        copy(app, &chain).await?;
    }
    Ok(())
}

/// Signs the chain's end, if it moved.
pub(super) async fn sign(app: &App, chain: &str) -> Result<()> {
    {
        let mut tx = app.db.read().await?;
        let end = audit::end(&mut tx, chain).await?.unwrap_or_default();
        let newest = checkpoints::newest(&mut tx, chain).await?;
        if end.seq == newest.map_or(0, |newest| newest.seq) {
            return Ok(());
        }
    }
    let mut tx = app.db.write().await?;
    let end = audit::hold(&mut tx, chain).await?;
    let newest = checkpoints::newest(&mut tx, chain).await?;
    let (signed, from) = newest.map_or((0, End::default()), |newest| {
        let from = End {
            seq: newest.from_seq,
            hash: newest.from_hash,
        };
        (newest.seq, from)
    });
    if end.seq > signed {
        add(app, &mut tx, chain, from, end).await?;
        tx.commit().await?;
    } else if end.seq < signed {
        // It cannot have become shorter. What was signed stays, and `upvow audit verify` says what is missing.
        Event::TrailBehind {}.log();
    }
    Ok(())
}

async fn add(app: &App, tx: &mut upvow_db::Tx, chain: &str, from: End, end: End) -> Result<()> {
    let said = Said {
        chain: chain.to_owned(),
        from_seq: from.seq,
        from_hash: from.hash.clone(),
        seq: end.seq,
        hash: end.hash.clone(),
        at: app.now().0,
    };
    let payload = serde_json::to_vec(&said).map_err(|_| AppError::Internal { code: "json" })?;
    let checkpoint = Checkpoint {
        chain: said.chain,
        seq: end.seq,
        hash: end.hash,
        from_seq: from.seq,
        from_hash: from.hash,
        at: Time(said.at),
        signed: app.vault.sign(&payload, TYP)?,
    };
    Ok(checkpoints::insert(tx, &checkpoint).await?)
}

/// Deletes the lines whose term is over, a whole signed segment at a time, so that what is left is a chain.
async fn cut(app: &App, chain: &str) -> Result<()> {
    let before = app.now().minus(KEPT_FOR);
    let over = {
        let mut tx = app.db.read().await?;
        checkpoints::over(&mut tx, chain, before).await?
    };
    let Some(from) = over else { return Ok(()) };
    let mut tx = app.db.write().await?;
    let end = audit::hold(&mut tx, chain).await?;
    checkpoints::cut(&mut tx, chain, from.seq).await?;
    add(app, &mut tx, chain, from, end).await?;
    Ok(tx.commit().await?)
}

/// Brings the copy in the key folder up to date, but only if this chain is the one that the copy is of: a database that
/// was put back does not wipe away the trace of it.
async fn copy(app: &App, chain: &str) -> Result<()> {
    // The copy first: what is read of the database then is at least as new.
    let kept = app.vault.kept_checkpoint(chain)?;
    let mut tx = app.db.read().await?;
    let Some(newest) = checkpoints::newest(&mut tx, chain).await? else {
        return Ok(());
    };
    let Some(kept) = kept else {
        return Ok(app.vault.keep_checkpoint(chain, &newest.signed)?);
    };
    if kept == newest.signed {
        return Ok(());
    }
    let keys = app.vault.public_keys()?;
    let goes_on = match Said::read(&kept, &keys) {
        Some(said) if said.seq <= newest.from_seq => true,
        Some(said) => {
            let there = audit::walk(&mut tx, chain, said.seq - 1, 1).await?;
            there
                .first()
                .is_some_and(|entry| entry.seq == Some(said.seq) && entry.hash == Some(said.hash))
        }
        None => false,
    };
    if goes_on {
        app.vault.keep_checkpoint(chain, &newest.signed)?;
    } else {
        Event::TrailBehind {}.log();
    }
    Ok(())
}

/// The operator says that an older database was put in place on purpose: a line in each chain that lost its end says how
/// far it had reached, and the copies in the key folder follow. Gives how many chains that were.
pub async fn accept(app: &App) -> Result<usize> {
    let chains = {
        let mut tx = app.db.read().await?;
        audit::chains(&mut tx).await?
    };
    let keys = app.vault.public_keys()?;
    let mut accepted = 0;
    for chain in chains {
        let kept = app.vault.kept_checkpoint(&chain)?;
        let Some(said) = kept.and_then(|kept| Said::read(&kept, &keys)) else {
            continue;
        };
        let mut tx = app.db.write().await?;
        let end = audit::hold(&mut tx, &chain).await?;
        let there = audit::walk(&mut tx, &chain, said.seq - 1, 1).await?;
        let is_there = there
            .first()
            .is_some_and(|e| e.hash.as_ref() == Some(&said.hash));
        if is_there || said.seq <= newest_from(&mut tx, &chain).await? {
            continue;
        }
        let entry = super::line_of(&chain, app.now(), "trail.accepted", &end, &said);
        audit::insert(&mut tx, &entry).await?;
        tx.commit().await?;
        sign(app, &chain).await?;
        let mut tx = app.db.read().await?;
        if let Some(newest) = checkpoints::newest(&mut tx, &chain).await? {
            app.vault.keep_checkpoint(&chain, &newest.signed)?;
        }
        accepted += 1;
    }
    Ok(accepted)
}

async fn newest_from(tx: &mut upvow_db::Tx, chain: &str) -> Result<i64> {
    let newest = checkpoints::newest(tx, chain).await?;
    Ok(newest.map_or(0, |newest| newest.from_seq))
}
