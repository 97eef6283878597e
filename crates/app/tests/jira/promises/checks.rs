//! Each check finds what it is there to find, on a real instance, and nothing else is found with it.

use std::{collections::BTreeSet, fs, future::Future, pin::Pin, time::Duration};

use upvow_app::{
    App, Clock, Live, Mail, Parts, Settings,
    privacy::promises::{
        checks::{self, CheckContext, Finding},
        edge::{Facts, Look},
        proofs,
    },
    projects,
};
use upvow_db::{Db, Tuning};
use upvow_domain::{CaseId, Time};

use crate::town::Town;

/// Who authorised, as Atlassian names people.
const ACCOUNT: &str = "712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788";
/// Somebody of whom nothing is held.
const STRANGER: &str = "712020:11111111-2222-4333-8444-555555555555";

type Planting<'a> = Pin<Box<dyn Future<Output = Option<App>> + Send + 'a>>;

/// What is planted, and which checks must find it; nobody else may.
pub(super) struct Plant {
    pub(super) check: &'static str,
    found_by: &'static [&'static str],
    put: for<'a> fn(&'a Town) -> Planting<'a>,
}

macro_rules! plants {
    ($($check:literal $(and $other:literal)* => |$town:ident| $plant:expr;)*) => {
        pub(super) const PLANTS: &[Plant] = &[$(Plant {
            check: $check,
            found_by: &[$check, $($other),*],
            put: |$town| Box::pin(async move { $plant }),
        }),*];
    };
}

plants! {
    "schema" => |town| alter(town, "ALTER TABLE signals ADD COLUMN display_name TEXT").await;
    "schema" => |town| alter(town, "ALTER TABLE signals ADD COLUMN colour TEXT").await;
    // A token put in the place of another: it is a good seal, but not here.
    "vault_sealed" and "encrypted" => |town| vault(town, "UPDATE grants SET access = refresh").await;
    // A value of the vault in what people write, and in a file's deleted pages; one that looks like one where none may be.
    "main_holds_nothing" => |town| {
        town.post("An idea").await;
        write(town, "UPDATE posts SET body = 'They said ' || $1", ACCOUNT).await
    };
    "main_holds_nothing" => |town| write(town, "UPDATE connections SET site_name = $1", STRANGER).await;
    "logs_hold_nothing" => |town| log(town, &format!("{{\"message\":\"hello {ACCOUNT}\"}}\n"));
    "logs_hold_nothing" => |town| log(town, &format!("{{\"message\":\"hello {STRANGER}\"}}\n"));
    "logs_in_term" => |town| {
        let old = town.app().now().minus(Duration::from_hours(8 * 24));
        log_of(town, old, "{}\n")
    };
    "erasures_final" and "keys_in_order" => |town| old_key(town);
    "erasures_final" and "nobody_back" => |town| vault(
        town,
        "INSERT INTO erasures (id, grant_id, reason, begun_at, finished_at, revocation, epoch_turned_at)
         VALUES ('0', '0', 'disconnect', 1, 1, 'nothing_to_revoke', NULL)",
    ).await;
    "keys_in_order" and "erasures_final" => |town| old_key(town);
    "keys_in_order" => |town| vault(town, "UPDATE vault SET since = 1").await;
    "nobody_back" => |town| vault(
        town,
        "INSERT INTO erasures (id, grant_id, reason, begun_at, finished_at, revocation, epoch_turned_at)
         VALUES ('0', '0', 'disconnect', 1, 1, 'nothing_to_revoke', 1)",
    ).await;
    "ended_is_over" => |town| {
        town.wait(3 * 60 * 60);
        town.work().await;
        main(town, "UPDATE connections SET grant_id = NULL, hook_id = NULL, state = 'setup'").await;
        main(town, "UPDATE hooks SET webhook_ids = ''").await
    };
    "webhooks_in_scope" => |town| main(town, "UPDATE hooks SET watched = '99999'").await;
    "only_ids" => |town| main(
        town,
        "INSERT INTO signals (id, hook_id, delivery_id, event, issue_id, received_at)
         SELECT '0', id, 'd', 'moved by Ana Ace', '1', kept.at FROM hooks, (SELECT MAX(agreed_at) AS at FROM consents) kept",
    ).await;
    "scopes" => |town| vault(town, "UPDATE grants SET scopes = scopes || ' manage:jira-configuration'").await;
    "consents" => |town| main(town, "UPDATE consents SET text_sha256 = ''").await;
    "tenants" => |town| {
        town.post("An idea").await;
        let other = projects::create(town.app(), "Other").await.unwrap();
        write(town, "UPDATE posts SET project_id = $1", &other.id.stored()).await
    };
    "encrypted" => |town| {
        for file in &town.app().settings.place.secret_files {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        None
    };
    "encrypted" => |town| Some(with(town, |settings| settings.public_url = "http://board.example".parse().unwrap()));
    "hosts" => |town| {
        town.app().settings.gate.set(["collector.example"]);
        None
    };
    "edge" => |town| door(town, |_| Box::pin(async { Facts { policy: String::new(), ..good() } }));
    "edge" => |town| door(town, |_| Box::pin(async { Facts { slows_floods: false, ..good() } }));
    "audit_chain" => |town| main(town, "UPDATE audit SET action = 'connection.other' WHERE action = 'connection.consented'").await;
    // A case long past every law; one that was verified three days ago; one whose receipt nobody confirmed.
    "requests_in_time" => |town| {
        case(town, "contact", "open", 400).await;
        main(town, "UPDATE cases SET acknowledged_at = received_at").await
    };
    "requests_in_time" => |town| {
        case(town, "person", "working", 3).await;
        event(town, "verified", "person").await;
        main(town, "UPDATE cases SET acknowledged_at = received_at, verified_at = received_at, ceiling_at = received_at + 172800000").await
    };
    "requests_in_time" => |town| {
        case(town, "contact", "open", 1).await;
        main(town, "UPDATE cases SET acknowledge_by = received_at").await
    };
    // Acted upon, and the form is all that there was: once the timeline says so, once it says nothing.
    "askers_proven" => |town| {
        case(town, "contact", "done", 0).await;
        event(town, "verified", "contact").await;
        main(town, "UPDATE cases SET verified_at = received_at, closed_at = received_at").await
    };
    "askers_proven" and "answers_alike" => |town| {
        case(town, "person", "done", 0).await;
        main(town, "UPDATE cases SET verified_at = received_at, closed_at = received_at").await
    };
    "answers_alike" => |town| {
        case(town, "contact", "open", 0).await;
        main(town, "INSERT INTO case_erasures (case_id, erasure_id) SELECT id, '0' FROM cases").await
    };
    "answers_alike" => |town| door(town, |_| Box::pin(async { Facts { links_alike: false, ..good() } }));
    "answers_alike" => |town| door(town, |_| Box::pin(async { Facts { letters_alike: false, ..good() } }));
    "asks_only" => |town| door(town, |_| Box::pin(async {
        let mut facts = good();
        facts.asks.push("account".to_owned());
        facts
    }));
    "asks_only" => |town| door(town, |_| Box::pin(async { Facts { asks: vec!["email".to_owned()], ..good() } }));
    // For a day instead of minutes; for whoever comes; left behind; a link that can be read out of the database.
    "copies_safe" => |town| {
        copy(town).await;
        main(town, "UPDATE case_exports SET expires_at = expires_at + 86400000").await
    };
    "copies_safe" => |town| {
        copy(town).await;
        bytes(town, "UPDATE case_exports SET browser_hash = $1", b"browser").await
    };
    "copies_safe" and "kept_in_term" => |town| {
        copy(town).await;
        main(town, "UPDATE case_exports SET expires_at = 1").await
    };
    "copies_safe" => |town| {
        case(town, "contact", "open", 0).await;
        bytes(town, "UPDATE cases SET secret_hash = $1", b"the secret itself").await
    };
    "reported" => |town| main(town, "UPDATE account_reports SET due_at = 1").await;
    "reported" => |town| main(
        town,
        "UPDATE account_reports SET before_asked_at = fetched_at, asked_at = fetched_at + 86400000",
    ).await;
    "reported" => |town| {
        town.wait(3 * 60 * 60);
        town.work().await;
        main(town, "DELETE FROM account_reports").await
    };
    "kept_in_term" => |town| main(town, "INSERT INTO relay_nonces (sender, nonce, at) VALUES ('a@b.example', 'n', 1)").await;
    "kept_in_term" => |town| main(
        town,
        "INSERT INTO signals (id, hook_id, delivery_id, event, issue_id, received_at) SELECT '0', id, 'd', 'e', '1', 1 FROM hooks",
    ).await;
    "subprocessors" => |town| main(town, "DELETE FROM announcements").await;
    "changes_told" => |town| main(
        town,
        "INSERT INTO announcements (id, kind, title, what, announced_at, effective_at)
         VALUES ('change-9', 'change', 'T', 'W', 1, 9000000000000)",
    ).await;
    "changes_told" => |town| {
        main(
            town,
            "INSERT INTO announcements (id, kind, title, what, announced_at, effective_at)
             VALUES ('change-9', 'change', 'T', 'W', 1, 86400001)",
        ).await;
        main(
            town,
            "INSERT INTO announcement_owners (announcement_id, project_id, person_id, told_at)
             SELECT 'change-9', project_id, person_id, 1 FROM members WHERE role = 'owner'",
        ).await;
        // What is told is kept for three years.
        main(town, "UPDATE announcements SET announced_at = announced_at + 1780000000000, effective_at = effective_at + 1780000000000 WHERE id = 'change-9'").await;
        main(town, "UPDATE announcement_owners SET told_at = told_at + 1780000000000").await
    };
    "addendum_complete" => |town| Some(with(town, |settings| "nobody".clone_into(&mut settings.contact)));
    "addendum_complete" => |town| Some(with(town, |settings| " ".clone_into(&mut settings.operator)));
    "proofs_fresh" => |town| main(town, "UPDATE proofs SET checked_at = checked_at - 300000000").await;
}

/// The same product with another setting.
fn with(town: &Town, set: fn(&mut Settings)) -> App {
    let app = town.app();
    let mut settings = app.settings.clone();
    set(&mut settings);
    App::new(Parts {
        db: app.db.clone(),
        vault: app.vault.clone(),
        jira: app.jira.clone(),
        clock: Clock::at(app.now()),
        mail: Mail::outbox(),
        settings,
        live: Live::new(),
        work: tokio::sync::Notify::new(),
        node: upvow_app::node(),
    })
}

/// What a stranger meets at a door that is in order.
fn good() -> Facts {
    Facts {
        policy: "default-src 'none'; script-src 'self'; frame-ancestors 'none'".to_owned(),
        sniffing: "nosniff".to_owned(),
        referrer: "same-origin".to_owned(),
        transport: "max-age=1".to_owned(),
        slows_floods: true,
        trust_page: true,
        asks: ["email", "kind", "law", "site"].map(str::to_owned).to_vec(),
        links_alike: true,
        letters_alike: true,
    }
}

fn door(town: &Town, look: Look) -> Option<App> {
    town.app().look_at_edge_by(look);
    None
}

/// A case of the project's desk, received so many days ago.
async fn case(town: &Town, route: &str, state: &str, days: u64) {
    let app = town.app();
    let at = app.now().minus(Duration::from_hours(24 * days));
    let id: CaseId = app.fresh_id();
    let mut tx = app.db.write().await.unwrap();
    tx.run(
        "INSERT INTO cases (id, project_id, kind, route, law, state, received_at, due_at, stood)
         SELECT $1, id, 'deletion', $2, 'gdpr', $3, $4, $4, 0 FROM projects",
        vec![
            id.stored().into(),
            route.to_owned().into(),
            state.to_owned().into(),
            at.0.into(),
        ],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// A line in the timeline of the case.
async fn event(town: &Town, code: &str, detail: &str) {
    let mut tx = town.app().db.write().await.unwrap();
    tx.run(
        "INSERT INTO case_events (id, case_id, code, detail, at) SELECT '0', id, $1, $2, received_at FROM cases",
        vec![code.to_owned().into(), detail.to_owned().into()],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// A copy that waits for the browser that was verified, all in order.
async fn copy(town: &Town) {
    case(town, "person", "verified", 0).await;
    event(town, "verified", "person").await;
    main(
        town,
        "UPDATE cases SET kind = 'export', verified_at = received_at, ceiling_at = received_at + 172800000",
    )
    .await;
    let hash = [7; 32];
    bytes(
        town,
        "INSERT INTO case_exports (case_id, browser_hash, expires_at) SELECT id, $1, received_at + 900000 FROM cases",
        &hash,
    )
    .await;
    let check = checks::find("copies_safe").unwrap();
    let found = checks::run(check, &CheckContext::new(town.app())).await;
    assert_eq!(found, Finding::Pass, "a copy in order");
}

async fn alter(town: &Town, sql: &'static str) -> Option<App> {
    let mut tx = town.app().db.write().await.unwrap();
    tx.run(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
    None
}

async fn main(town: &Town, sql: &'static str) -> Option<App> {
    let mut tx = town.app().db.write().await.unwrap();
    assert!(tx.run(sql, vec![]).await.unwrap() > 0, "{sql}");
    tx.commit().await.unwrap();
    None
}

async fn write(town: &Town, sql: &'static str, value: &str) -> Option<App> {
    let mut tx = town.app().db.write().await.unwrap();
    tx.run(sql, vec![value.to_owned().into()]).await.unwrap();
    tx.commit().await.unwrap();
    None
}

async fn bytes(town: &Town, sql: &'static str, value: &[u8]) -> Option<App> {
    let mut tx = town.app().db.write().await.unwrap();
    tx.run(sql, vec![value.to_vec().into()]).await.unwrap();
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

fn log(town: &Town, text: &str) -> Option<App> {
    log_of(town, town.app().now(), text)
}

fn log_of(town: &Town, begun: Time, text: &str) -> Option<App> {
    let name = format!("upvow-{:013}.jsonl", begun.0);
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

/// Promise 1.1, 2.1, 2.4, 3.4, 5.8, 5.9, 6.1, 6.2, 6.4, 6.5, 6.6, 12.1, 13.2, 14.2, 11.3, 5.1, 5.3, 5.4, 5.5, 5.6, 5.7, 7.1, 7.3, 7.4, 9.1, 9.2, 9.3, 9.7, 9.8, 11.2, 13.1.
#[tokio::test]
async fn each_check_finds_what_is_planted_for_it_and_no_other_does() {
    for plant in PLANTS {
        let town = Town::start().await;
        town.atlassian.world().account = ACCOUNT.to_owned();
        let by = town.connect().await;
        town.linked(by).await;
        proofs::look(town.app(), true).await.unwrap();
        let before = proofs::last(town.app()).await.unwrap();
        let fails = |p: &&proofs::Proof| matches!(p.finding, Some(Finding::Fail { .. }));
        let before: Vec<_> = before.iter().filter(fails).map(|p| p.check).collect();
        assert!(before.is_empty(), "before {}: {before:?}", plant.check);
        let other = (plant.put)(&town).await;
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
            .all(|p| p.finding.is_none())
    );
    proofs::look(app, true).await.unwrap();
    let first = proofs::last(app).await.unwrap();
    assert!(first.len() > 50);
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
