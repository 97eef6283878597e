//! Requests, copies, the reporting, and how long everything is kept.

use std::{collections::BTreeSet, time::Duration};

use super::{CheckContext, Finding};
use crate::{
    App, Result,
    privacy::{
        promises::edge::Facts,
        reporting,
        requests::proof,
        retention::{self, Kind},
    },
};

/// What is over is deleted by a pass every minute; so long it may be behind.
const GRACE: Duration = Duration::from_hours(2);
/// The trail is cut at signed places.
const TRAIL_GRACE: Duration = Duration::from_hours(48);

pub(super) async fn requests_in_time(context: &CheckContext<'_>) -> Result<Finding> {
    let late = proof::late(context.app).await?;
    Ok(Finding::unless([
        (
            late.by_law > 0,
            format!("{} requests are past the term of their law.", late.by_law),
        ),
        (
            late.by_us > 0,
            format!("{} requests took longer than any may take.", late.by_us),
        ),
        (
            late.unconfirmed > 0,
            format!(
                "The receipt of {} requests is not confirmed in time.",
                late.unconfirmed
            ),
        ),
    ]))
}

pub(super) async fn askers_proven(context: &CheckContext<'_>) -> Result<Finding> {
    let (unproven, _) = proof::unproven(context.app).await?;
    Ok(Finding::unless([(
        unproven > 0,
        format!("{unproven} requests went on, and nothing says how it was known who asks."),
    )]))
}

pub(super) async fn answers_alike(context: &CheckContext<'_>) -> Result<Finding> {
    let (_, acted) = proof::unproven(context.app).await?;
    let facts = seen(context.app).await;
    let of = |what: fn(&Facts) -> bool| facts.as_ref().is_some_and(|facts| !what(facts));
    Ok(Finding::unless([
        (
            acted > 0,
            format!("{acted} requests did something although only the form was filled in."),
        ),
        (
            of(|facts| facts.links_alike),
            "One made-up link is answered in another way than another.".to_owned(),
        ),
        (
            of(|facts| facts.letters_alike),
            "The form answers an address that is known in another way than one that is not."
                .to_owned(),
        ),
    ]))
}

pub(super) async fn asks_only(context: &CheckContext<'_>) -> Result<Finding> {
    let Some(facts) = seen(context.app).await else {
        return Ok(Finding::not_here("No door is open to look at."));
    };
    let mut wanted: BTreeSet<&str> = ["email", "kind", "law"].into();
    if context.app.jira.is_some() {
        wanted.insert("site");
    }
    let asked: BTreeSet<&str> = facts.asks.iter().map(String::as_str).collect();
    if let Some(more) = asked.difference(&wanted).next() {
        return Ok(Finding::fail(format!(
            "The page for requests asks for more than it says: {more}."
        )));
    }
    Ok(match wanted.difference(&asked).next() {
        Some(less) => Finding::fail(format!("The page for requests does not ask for {less}.")),
        None => Finding::Pass,
    })
}

async fn seen(app: &App) -> Option<Facts> {
    let look = app.edge()?;
    Some(look(app.clone()).await)
}

pub(super) async fn copies_safe(context: &CheckContext<'_>) -> Result<Finding> {
    let [loose, left, open_links] = proof::loose(context.app).await?;
    let made = proof::try_copies(context.app).await?;
    Ok(Finding::unless([
        (
            loose > 0,
            format!("{loose} copies could be fetched by another browser, or for too long."),
        ),
        (
            left > 0,
            format!("{left} copies are over and can still be found."),
        ),
        (
            open_links > 0,
            format!("{open_links} links to requests are kept as more than a hash."),
        ),
        (made.is_some(), made.unwrap_or_default().to_owned()),
    ]))
}

pub(super) async fn reported(context: &CheckContext<'_>) -> Result<Finding> {
    let cycle = reporting::proof::cycle(context.app).await?;
    let Some(finding) = [
        (
            i64::try_from(cycle.unknown).unwrap_or(i64::MAX),
            "accounts are kept and the reporting does not know them",
        ),
        (cycle.overdue, "accounts were not reported in their cycle"),
        (
            cycle.too_often,
            "accounts were reported more often than the cycle",
        ),
    ]
    .into_iter()
    .find(|(number, _)| *number > 0) else {
        return Ok(if cycle.held == 0 {
            Finding::not_here("No account is kept that could be reported.")
        } else {
            Finding::Pass
        });
    };
    Ok(Finding::fail(format!("{} {}.", finding.0, finding.1)))
}

pub(super) async fn kept_in_term(context: &CheckContext<'_>) -> Result<Finding> {
    let over = retention::ages(context.app).await?.into_iter().find(|one| {
        let grace = if one.kind == Kind::Audit {
            TRAIL_GRACE
        } else {
            GRACE
        };
        one.rows > 0 && one.age(context.now) > one.term + grace
    });
    Ok(over.map_or(Finding::Pass, |one| {
        Finding::fail(format!(
            "Something is kept past its term: {}.",
            one.kind.title().to_lowercase()
        ))
    }))
}
