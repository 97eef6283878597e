//! Any schedule of people who come and go, failures, restarts and clocks.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use upvow_app::{Time, jobs};
use upvow_vault::ErasureReason;

use super::{DAY, HOUR, REPORT, other};
use crate::{atlassian::Fault, town::Town};

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// Promise 6.1.
#[tokio::test]
async fn f49_no_schedule_asks_too_often_or_while_atlassian_answers_too_late() {
    for seed in [11, 42, 1_701] {
        Box::pin(schedule(seed)).await;
    }
}

async fn schedule(seed: u64) {
    let (town, _) = Town::reporting().await;
    let mut dice = Dice(seed);
    let mut kept: BTreeMap<String, Time> = BTreeMap::new();
    kept.insert("ana".to_owned(), town.app().now());
    let mut node = town.node(town.app().clock.clone());
    let mut well_since = town.app().now();
    for step in 0..80_u64 {
        match dice.below(12) {
            0 | 1 => {
                let name = format!("712020:s{step}");
                other(town.app(), &name, "access-of-nobody", "").await;
                kept.insert(name, town.app().now());
            }
            2 if kept.len() > 2 => {
                let name = kept.keys().next().unwrap().clone();
                kept.remove(&name);
                let account = upvow_domain::secret::AccountId::new(name);
                let vault = &town.app().vault;
                let grant = vault.grant_of(&account).await.unwrap().unwrap();
                let (id, why) = (town.app().fresh_id(), ErasureReason::Disconnect);
                vault
                    .begin_erasure(id, grant, why, town.app().now())
                    .await
                    .unwrap();
            }
            3 => fails(&town, Fault::Answer(500, json!({})), &mut well_since),
            4 => fails(
                &town,
                Fault::With(429, "retry-after", "600".to_owned()),
                &mut well_since,
            ),
            5 => fails(&town, Fault::Lose, &mut well_since),
            6 => fails(&town, Fault::DropAfter, &mut well_since),
            // The process is another one.
            7 => node = town.node(town.app().clock.clone()),
            8 => {
                tokio::join!(jobs::drain(town.app()), jobs::drain(&node));
            }
            _ => {}
        }
        town.wait(HOUR + dice.below(23 * HOUR));
        jobs::drain(&node).await;
        town.nobody_too_often(7 * DAY);
        not_too_late(&town, &kept, well_since);
    }
    let batches = town.reports(|reports| reports.batches.len());
    assert!(batches > 5, "{batches} batches: nothing was tried");
}

fn fails(town: &Town, fault: Fault, well_since: &mut Time) {
    town.atlassian.world().faults.clear();
    town.atlassian.fail(REPORT, fault);
    *well_since = town.app().now();
}

/// While Atlassian answers, nobody waits longer than a cycle, its margin, its jitter, and until somebody looks.
fn not_too_late(town: &Town, kept: &BTreeMap<String, Time>, well_since: Time) {
    let world = town.atlassian.world();
    let is_failing = world.faults.iter().any(|(call, _)| *call == REPORT);
    let now = town.app().now();
    let most = Duration::from_secs(7 * DAY + 7 * HOUR + 24 * HOUR);
    if is_failing || now.since(well_since) < most + most {
        return;
    }
    for (name, since) in kept {
        let last = world.reports.asked.get(name).and_then(|times| times.last());
        let last = last.map_or(*since, |(at, _)| *at).max(*since);
        assert!(
            now.since(last) <= most,
            "somebody waits for {:?}",
            now.since(last)
        );
    }
}
