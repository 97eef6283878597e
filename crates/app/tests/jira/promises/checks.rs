//! Each check finds what it is there to find, on a real instance, and nothing else is found with it.

use std::{collections::BTreeSet, fs, future::Future, pin::Pin, time::Duration};

use upvow_app::{
    App, Clock, Live, Mail, Parts,
    privacy::promises::{
        checks::{self, CheckContext, Finding},
        edge::Facts,
        proofs,
    },
    projects,
};
use upvow_db::{Db, Tuning};
use upvow_domain::Time;

use crate::town::Town;

/// Who authorised, as Atlassian names people.
const ACCOUNT: &str = "712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788";

type Planting<'a> = Pin<Box<dyn Future<Output = Option<App>> + Send + 'a>>;

/// What is planted, and which checks must find it; nobody else may.
pub(super) struct Plant {
    pub(super) check: &'static str,
    found_by: &'static [&'static str],
    plant: for<'a> fn(&'a Town) -> Planting<'a>,
}

macro_rules! plants {
    ($($check:literal $(and $other:literal)* => |$town:ident| $plant:expr;)*) => {
        pub(super) const PLANTS: &[Plant] = &[$(Plant {
            check: $check,
            found_by: &[$check, $($other),*],
            plant: |$town| Box::pin(async move { $plant }),
        }),*];
    };
}

plants! {
    "schema" => |town| main(town, "ALTER TABLE signals ADD COLUMN display_name TEXT").await;
    // A token put in the place of another: it is a good seal, but not here.
    "vault_sealed" and "encrypted" => |town| vault(town, "UPDATE grants SET access = refresh").await;
    "main_holds_nothing" => |town| {
        town.post("An idea").await;
        write(town, "UPDATE posts SET body = 'They said ' || $1", ACCOUNT.to_owned()).await
    };
    "logs_hold_nothing" => |town| {
        let line = format!("{{\"message\":\"hello {ACCOUNT}\"}}\n");
        log(town, &format!("upvow-{:013}.jsonl", town.app().now().0), &line)
    };
    "logs_in_term" => |town| {
        let old = town.app().now().minus(Duration::from_hours(8 * 24));
        log(town, &format!("upvow-{:013}.jsonl", old.0), "{}\n")
    };
    "erasures_final" and "keys_in_order" => |town| old_key(town);
    "keys_in_order" and "erasures_final" => |town| old_key(town);
    "nobody_back" => |town| vault(
        town,
        "INSERT INTO erasures (id, grant_id, reason, begun_at, finished_at, revocation, epoch_turned_at)
         VALUES ('0', '0', 'disconnect', 1, 1, 'nothing_to_revoke', 1)",
    ).await;
    "ended_is_over" => |town| {
        town.wait(3 * 60 * 60);
        main(town, "UPDATE connections SET grant_id = NULL, hook_id = NULL, state = 'setup'").await;
        main(town, "UPDATE hooks SET webhook_ids = ''").await
    };
    "webhooks_in_scope" => |town| main(town, "UPDATE hooks SET watched = '99999'").await;
    "only_ids" => |town| main(
        town,
        "INSERT INTO signals (id, hook_id, delivery_id, event, issue_id, received_at)
         SELECT '0', id, 'd', 'moved by Ana Ace', '1', 1790000000000 FROM hooks",
    ).await;
    "scopes" => |town| vault(town, "UPDATE grants SET scopes = scopes || ' manage:jira-configuration'").await;
    "consents" => |town| main(town, "UPDATE consents SET text_sha256 = ''").await;
    "tenants" => |town| {
        town.post("An idea").await;
        let other = projects::create(town.app(), "Other").await.unwrap();
        write(town, "UPDATE posts SET project_id = $1", other.id.stored()).await
    };
    "encrypted" => |town| {
        for file in &town.app().settings.place.secret_files {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        None
    };
    "hosts" => |town| {
        town.app().settings.gate.set(["collector.example"]);
        None
    };
    "edge" => |town| {
        town.app().look_at_edge_by(|_| Box::pin(async { Facts::default() }));
        None
    };
    "audit_chain" => |town| main(town, "UPDATE audit SET action = 'connection.other' WHERE action = 'connection.consented'").await;
    "subprocessors" => |town| main(town, "DELETE FROM announcements").await;
    "changes_told" => |town| main(
        town,
        "INSERT INTO announcements (id, kind, title, what, announced_at, effective_at)
         VALUES ('change-9', 'change', 'T', 'W', 1, 9000000000000)",
    ).await;
    "addendum_complete" => |town| {
        let app = town.app();
        let mut settings = app.settings.clone();
        settings.contact = "nobody".to_owned();
        Some(App::new(Parts {
            db: app.db.clone(),
            vault: app.vault.clone(),
            jira: app.jira.clone(),
            clock: Clock::at(app.now()),
            mail: Mail::outbox(),
            settings,
            live: Live::new(),
            work: tokio::sync::Notify::new(),
            node: upvow_app::node(),
        }))
    };
    "proofs_fresh" => |town| main(town, "UPDATE proofs SET checked_at = checked_at - 300000000").await;
}

async fn main(town: &Town, sql: &'static str) -> Option<App> {
    let mut tx = town.app().db.write().await.unwrap();
    tx.run(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
    None
}

async fn write(town: &Town, sql: &'static str, value: String) -> Option<App> {
    let mut tx = town.app().db.write().await.unwrap();
    tx.run(sql, vec![value.into()]).await.unwrap();
    tx.commit().await.unwrap();
    None
}

/// Somebody who got at the vault's database, without its keys.
async fn vault(town: &Town, sql: &'static str) -> Option<App> {
    let url = vault_url(town).await;
    let db = Db::connect(&url, Tuning::default()).await.unwrap();
    let mut tx = db.write().await.unwrap();
    assert!(tx.run(sql, vec![]).await.unwrap() > 0, "{sql}");
    tx.commit().await.unwrap();
    db.close().await;
    None
}

async fn vault_url(town: &Town) -> String {
    let Ok(server) = std::env::var("UPVOW_TEST_POSTGRES_URL") else {
        let file = &town.app().settings.place.vault_files[0];
        return format!("sqlite:{}", file.display());
    };
    let mut tx = town.app().db.read().await.unwrap();
    let name = "SELECT CAST(current_database() AS TEXT) AS name";
    let name: String = tx.value(name, vec![]).await.unwrap().unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}_vault")
}

fn log(town: &Town, name: &str, text: &str) -> Option<App> {
    let folder = town.app().settings.place.logs.clone().unwrap();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
    None
}

fn old_key(town: &Town) -> Option<App> {
    let keys = &town.app().settings.place.secret_files[0];
    fs::copy(keys.join("epoch-1.key"), keys.join("epoch-77.key")).unwrap();
    None
}

async fn failing(app: &App) -> BTreeSet<&'static str> {
    let context = CheckContext::new(app);
    let mut failing = BTreeSet::new();
    for check in checks::ALL {
        let finding = checks::run(check, &context).await;
        if let Finding::Fail { what } = &finding {
            eprintln!("{}: {what}", check.name);
            failing.insert(check.name);
        }
    }
    failing
}

/// Promise 1.1, 2.1, 2.4, 12.1, 14.2, 11.3, 5.1, 5.3, 5.4, 5.5, 5.6, 5.7, 7.1, 7.3, 7.4, 9.1, 9.2, 9.3, 9.7, 9.8, 11.2, 13.1.
#[tokio::test]
async fn each_check_finds_what_is_planted_for_it_and_no_other_does() {
    for plant in PLANTS {
        let town = Town::start().await;
        town.atlassian.world().account = ACCOUNT.to_owned();
        let by = town.connect().await;
        town.linked(by).await;
        proofs::look(town.app(), true).await.unwrap();
        assert!(
            failing(town.app()).await.is_empty(),
            "before {}",
            plant.check
        );
        let other = (plant.plant)(&town).await;
        let found = failing(other.as_ref().unwrap_or(town.app())).await;
        let expected: BTreeSet<_> = plant.found_by.iter().copied().collect();
        assert_eq!(found, expected, "after planting for {}", plant.check);
    }
}

/// Promise 9.8.
#[tokio::test]
async fn what_was_found_is_kept_grows_old_and_is_found_again() {
    let (town, _) = Town::connected().await;
    let app = town.app();
    assert!(
        proofs::last(app)
            .await
            .unwrap()
            .iter()
            .filter(|p| !p.check.is_empty())
            .all(|p| p.finding.is_none())
    );
    proofs::look(app, true).await.unwrap();
    let mut first = proofs::last(app).await.unwrap();
    assert!(first.len() > 50);
    // What is not built yet was not checked either.
    first.retain(|p| !p.check.is_empty());
    assert!(first.iter().all(|p| p.checked_at == Some(app.now())));
    main(&town, "UPDATE hooks SET watched = '99999'").await;
    proofs::look(app, false).await.unwrap();
    let fails = |proofs: &[proofs::Proof]| {
        let is_so = |p: &&proofs::Proof| matches!(p.finding, Some(Finding::Fail { .. }));
        proofs
            .iter()
            .filter(is_so)
            .map(|p| p.id.clone())
            .collect::<Vec<_>>()
    };
    let not_due = proofs::last(app).await.unwrap();
    assert!(fails(&not_due).is_empty(), "not a day has passed");
    town.wait(24 * 60 * 60);
    proofs::look(app, false).await.unwrap();
    assert_eq!(fails(&proofs::last(app).await.unwrap()), ["3.3", "7.1"]);
    let now = app.now();
    let old = proofs::last(app).await.unwrap().remove(0);
    assert_eq!(old.standing(now), proofs::Standing::Holds);
    let later = Time(now.0 + 50 * 60 * 60 * 1000);
    assert_eq!(old.standing(later), proofs::Standing::Old);
}
