//! What the public is told: the text, the list, the changes, the proofs.

use upvow_store::{announcements, proofs};

use super::{
    super::{NOTICE_DAYS, addendum, changes, notices, proofs::OLD},
    CheckContext, Finding, is_known,
};
use crate::Result;

pub(super) async fn subprocessors(context: &CheckContext<'_>) -> Result<Finding> {
    let list = &context.app.settings.subprocessors;
    if let Some(problem) = list.problem(context.now) {
        return Ok(Finding::fail(problem));
    }
    let mut tx = context.app.db.read().await?;
    let known = announcements::all(&mut tx).await?;
    let unknown = list
        .all()
        .find(|one| known.iter().all(|other| other.id != one.key()));
    Ok(unknown.map_or(Finding::Pass, |one| {
        Finding::fail(format!(
            "{} is on the list and was never announced.",
            one.name
        ))
    }))
}

pub(super) async fn changes_told(context: &CheckContext<'_>) -> Result<Finding> {
    if let Err(problem) = changes::read(changes::TEXT) {
        return Ok(Finding::fail(format!("The list of changes: {problem}.")));
    }
    let mut tx = context.app.db.read().await?;
    let known = announcements::all(&mut tx).await?;
    let pending = changes::all()
        .iter()
        .filter(|change| change.material && change.number > 1)
        .find(|change| {
            known
                .iter()
                .all(|other| other.id != notices::change_id(change))
        });
    if let Some(change) = pending {
        return Ok(Finding::fail(format!(
            "Version {} is material and was never announced.",
            change.number
        )));
    }
    let notice = i64::from(NOTICE_DAYS) * 24 * 60 * 60 * 1000;
    let short = announcements::count_short(&mut tx, notice).await?;
    if short > 0 {
        return Ok(Finding::fail(format!(
            "{short} changes counted sooner than {NOTICE_DAYS} days after they were told."
        )));
    }
    for one in known.iter().filter(|one| one.effective_at > context.now) {
        let untold = announcements::count_untold(&mut tx, &one.id).await?;
        if untold > 0 {
            return Ok(Finding::fail(format!(
                "{untold} owners of connected projects were not told of {}.",
                one.id
            )));
        }
    }
    Ok(Finding::Pass)
}

pub(super) async fn addendum_complete(context: &CheckContext<'_>) -> Result<Finding> {
    let app = context.app;
    let sections = addendum::text(app);
    let empty = sections
        .iter()
        .flat_map(|section| &section.sentences)
        .find(|sentence| sentence.text.contains("{{") || sentence.text.trim().is_empty());
    if let Some(sentence) = empty {
        return Ok(Finding::fail(format!(
            "Sentence {} is shown with a place that is not filled in.",
            sentence.id
        )));
    }
    let set = &app.settings;
    let is_address = set.contact.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && !host.is_empty() && !set.contact.contains(char::is_whitespace)
    });
    Ok(Finding::unless([
        (
            set.operator.trim().is_empty(),
            "Nobody is named who runs this server (UPVOW_OPERATOR_NAME).",
        ),
        (
            !is_address,
            "There is no address for privacy requests (UPVOW_CONTACT).",
        ),
    ]))
}

pub(super) async fn proofs_fresh(context: &CheckContext<'_>) -> Result<Finding> {
    let mut tx = context.app.db.read().await?;
    let kept = proofs::all(&mut tx).await?;
    if kept.is_empty() {
        return Ok(Finding::not_here("The checks run for the first time."));
    }
    // This run sets right what it finds here; that it was so is what is told.
    let old = kept
        .iter()
        .find(|proof| is_known(&proof.name) && context.now.since(proof.checked_at) > OLD);
    Ok(old.map_or(Finding::Pass, |proof| {
        Finding::fail(format!(
            "The check {} did not run for two days.",
            proof.name
        ))
    }))
}
