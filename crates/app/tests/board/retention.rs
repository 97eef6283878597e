//! Every kind of data has a term, and goes when it is over: the clock moves, the pass runs, the row is gone.

use std::time::Duration;

use upvow_app::{
    jobs,
    privacy::retention::{Kind, Sweeper, ages, sweeper},
};
use upvow_db::{Tx, args};
use upvow_domain::Time;

use crate::harness::{START, World};

/// A row of this kind whose term counts from `at` on. One for each kind: whoever adds a kind says here how it grows.
async fn grow(world: &World, tx: &mut Tx, kind: Kind, at: Time) {
    let id = world.app.fresh_id::<upvow_domain::PersonKind>();
    let (project, owner) = (world.project.id, world.owner.person.unwrap());
    let secret = id.stored().into_bytes();
    let sql = match kind {
        Kind::Sessions => {
            "INSERT INTO sessions (id, person_id, secret_hash, device, created_at, authenticated_at, seen_at, expires_at)
             VALUES ($1, $3, $4, '', $5, $5, $5, $5)"
        }
        Kind::SignInLinks => {
            "INSERT INTO one_time_links (secret_hash, purpose, email, name, next_path, created_at, expires_at)
             VALUES ($4, 'sign_in', $1, $2, $3, $5, $5)"
        }
        Kind::ApiTokens => {
            "INSERT INTO api_tokens (id, project_id, person_id, name, secret_hash, scopes, created_at, revoked_at)
             VALUES ($1, $2, $3, '', $4, '', $5, $5)"
        }
        Kind::RoundTrips => {
            "INSERT INTO connect_attempts (state_hash, project_id, person_id, session_id, consent_id, created_at, expires_at)
             VALUES ($4, $2, $3, $1, (SELECT id FROM consents WHERE project_id = $2 LIMIT 1), $5, $5)"
        }
        Kind::Invites => {
            "INSERT INTO connect_invites (id, project_id, invited_by, secret_hash, state, reconnects, created_at, expires_at)
             VALUES ($1, $2, $3, $4, 'open', FALSE, $5, $5)"
        }
        Kind::Consents => {
            "INSERT INTO consents (id, project_id, person_id, text_version, text_sha256, agreed_at)
             VALUES ($1, $2, $3, CAST($4 AS TEXT), '', $5)"
        }
        Kind::Signals => {
            "INSERT INTO signals (id, hook_id, delivery_id, event, issue_id, received_at)
             SELECT $1, h.id, $1, $2, $3, $5 FROM hooks h WHERE $4 IS NOT NULL"
        }
        Kind::Runs => {
            "INSERT INTO attempts (id, project_id, connection_id, job_id, kind, outcome, calls, writes, number, took, at)
             VALUES ($1, $2, $3, $1, CAST($4 AS TEXT), '', 0, 0, 0, 0, $5)"
        }
        Kind::DeadJobs => {
            "INSERT INTO jobs (id, name, kind, subject, lane, project_id, state, run_at, attempts, fence, created_at, updated_at)
             VALUES ($1, $1, 'none', $3, CAST($4 AS TEXT), $2, 'dead', $5, 0, 0, $5, $5)"
        }
        Kind::Pauses => {
            "INSERT INTO pauses (subject, reason, background_only, since, until_at)
             SELECT $1, $2, FALSE, $5, $5 WHERE $3 IS NOT NULL AND $4 IS NOT NULL"
        }
        Kind::Incidents => {
            "INSERT INTO incidents (id, project_id, connection_id, class, cause, opened_at, closed_at)
             SELECT $1, $2, c.id, $3, CAST($4 AS TEXT), $5, $5 FROM connections c"
        }
        Kind::Comparisons => {
            "INSERT INTO reconciles (id, project_id, connection_id, cause, applies, state, after_link, total, compared, changed, gone, failed, resumed_at, resumed_from, created_at, updated_at, ended_at)
             SELECT $1, $2, c.id, $3, FALSE, 'done', CAST($4 AS TEXT), 0, 0, 0, 0, 0, $5, 0, $5, $5, $5 FROM connections c"
        }
        Kind::TestIssues => {
            "INSERT INTO test_issues (id, project_id, connection_id, jira_project_id, state, is_closed, created_by, created_at, updated_at)
             SELECT $1, $2, c.id, CAST($4 AS TEXT), 'removed', FALSE, $3, $5, $5 FROM connections c"
        }
        Kind::MapVersions => {
            "INSERT INTO rule_versions (id, project_id, connection_id, combination, rows, changed, saved_by, saved_at)
             SELECT $1, $2, c.id, '', CAST($4 AS TEXT), 0, $3, $5 FROM connections c"
        }
        Kind::Notices => {
            "INSERT INTO notices (id, project_id, post_id, status_id, state, words, people, sent, lost, actor_id, created_at, updated_at)
             SELECT $1, $2, p.id, p.status_id, 'sent', CAST($4 AS TEXT), 0, 0, 0, $3, $5, $5 FROM posts p"
        }
        Kind::Requests => {
            "INSERT INTO cases (id, project_id, kind, route, law, state, person_id, result, received_at, due_at, closed_at, stood)
             VALUES ($1, $2, 'export', 'admin', 'gdpr', 'done', $3, CAST($4 AS TEXT), $5, $5, $5, 0)"
        }
        Kind::Askers => {
            "INSERT INTO cases (id, project_id, kind, route, law, state, email, secret_hash, received_at, due_at, closed_at, stood)
             VALUES ($1, $2, 'export', 'person', 'gdpr', 'done', $3, $4, $5, $5, $5, 0)"
        }
        Kind::RequestTrips => {
            "INSERT INTO case_trips (state_hash, browser_hash, project_id, kind, law, site, created_at, expires_at)
             VALUES ($4, $4, $2, 'export', $1, $3, $5, $5)"
        }
        Kind::Copies => {
            "INSERT INTO case_exports (case_id, browser_hash, expires_at)
             SELECT id, $4, $5 FROM cases WHERE project_id = $2 AND $1 <> $3"
        }
        Kind::AccountActs => {
            "INSERT INTO account_acts (id, project_id, connection_id, answer, action, at)
             VALUES ($1, $2, $3, CAST($4 AS TEXT), '', $5)"
        }
        Kind::GoneAccounts => {
            "INSERT INTO account_reports (grant_id, fetched_at, due_at, answer, action, most, gone_at)
             SELECT $1, $5, $5, $3, CAST($4 AS TEXT), 90, $5 WHERE $2 IS NOT NULL"
        }
        Kind::RelayNonces => {
            "INSERT INTO relay_nonces (sender, nonce, at)
             SELECT $1, $3, $5 WHERE $2 IS NOT NULL AND $4 IS NOT NULL"
        }
        Kind::ToldChanges => {
            "INSERT INTO announcement_owners (announcement_id, project_id, person_id, told_at)
             SELECT id, $2, $3, $5 FROM announcements WHERE $1 <> $4"
        }
        Kind::History => {
            "INSERT INTO post_changes (id, project_id, post_id, what, person_id, cause, at)
             SELECT $1, $2, p.id, CAST($4 AS TEXT), $3, 'page', $5 FROM posts p"
        }
        // Of these the vault, the trail and the log's writer have tests of their own.
        Kind::Audit | Kind::Verifiers | Kind::Tombstones | Kind::Logs | Kind::DebugLogs => return,
    };
    // The texts that hold bytes are hashes here: hexadecimal, so that they are text too.
    let bytes = match kind {
        Kind::Sessions
        | Kind::SignInLinks
        | Kind::ApiTokens
        | Kind::RoundTrips
        | Kind::Invites
        | Kind::Askers
        | Kind::RequestTrips
        | Kind::Copies => upvow_db::Cell::from(secret),
        _ => upvow_db::Cell::from("text"),
    };
    let made = tx
        .run(
            sql,
            vec![id.into(), project.into(), owner.into(), bytes, at.into()],
        )
        .await;
    assert_eq!(made.unwrap(), 1, "{}", kind.name());
}

/// A project with a post, and with a connection and its door as they are in the database.
async fn furnished() -> World {
    let world = World::start(None).await;
    world.post(&world.owner, "Dark mode").await;
    let (project, owner) = (world.project.id, world.owner.person.unwrap());
    let mut tx = world.app.db.write().await.unwrap();
    let at = START;
    let id = world.app.fresh_id::<upvow_domain::PersonKind>();
    for sql in [
        "INSERT INTO consents (id, project_id, person_id, text_version, text_sha256, agreed_at) VALUES ($1, $2, $3, '', '', $4)",
        "INSERT INTO hooks (id, grant_id, cloud_id, token_hash, webhook_ids, watched, state, created_at)
         SELECT $1, $2, $3, secret_hash, '', '', 'none', $4 FROM sessions LIMIT 1",
        "INSERT INTO connections (id, project_id, consent_id, connected_by, state, generation, created_at, updated_at)
         VALUES ($1, $2, $1, $3, 'invalidated', 0, $4, $4)",
        "INSERT INTO cases (id, project_id, kind, route, law, state, person_id, received_at, due_at, stood)
         VALUES ($1, $2, 'export', 'admin', 'gdpr', 'open', $3, $4, $4 + 999999999999, 0)",
        "INSERT INTO announcements (id, kind, title, what, announced_at, effective_at)
         SELECT $1, 'change', $2, $3, $4, $4",
    ] {
        tx.run(sql, args![id, project, owner, at]).await.unwrap();
    }
    tx.commit().await.unwrap();
    world
}

async fn pass(world: &World) {
    jobs::drain(&world.app).await;
}

async fn rows(world: &World, kind: Kind) -> i64 {
    let ages = ages(&world.app).await.unwrap();
    ages.iter().find(|age| age.kind == kind).unwrap().rows
}

/// Promise 5.9.
#[tokio::test]
async fn whatever_has_a_term_goes_when_it_is_over_and_not_before() {
    let hour = Duration::from_hours(1);
    for kind in Kind::ALL {
        if !matches!(sweeper(kind), Sweeper::Rows(_)) {
            continue;
        }
        let world = furnished().await;
        pass(&world).await;
        let before = rows(&world, kind).await;
        let mut tx = world.app.db.write().await.unwrap();
        let term = world.app.settings.retention.of(kind);
        // One whose term ends an hour from now, and, as the latest of its kind, one of today.
        grow(
            &world,
            &mut tx,
            kind,
            world.app.now().minus(term).plus(hour),
        )
        .await;
        let stays = kind == Kind::MapVersions;
        if stays {
            // Ids of one moment have no order.
            world.app.clock.advance(Duration::from_secs(1));
            grow(&world, &mut tx, kind, world.app.now()).await;
        }
        tx.commit().await.unwrap();
        let grown = before + 1;
        assert_eq!(
            rows(&world, kind).await,
            grown,
            "{} is counted",
            kind.name()
        );
        pass(&world).await;
        assert_eq!(
            rows(&world, kind).await,
            grown,
            "{} goes too early",
            kind.name()
        );
        world.app.clock.advance(hour + hour);
        pass(&world).await;
        assert_eq!(
            rows(&world, kind).await,
            before,
            "{} stays too long",
            kind.name()
        );
    }
}

/// No kind is without a sweeper, and no figure is without its kind.
#[tokio::test]
async fn every_kind_tells_its_age() {
    let world = World::start(None).await;
    let told: Vec<Kind> = ages(&world.app)
        .await
        .unwrap()
        .iter()
        .map(|age| age.kind)
        .collect();
    for kind in Kind::ALL {
        let is_log = matches!(sweeper(kind), Sweeper::LogWriter);
        assert_eq!(told.contains(&kind), !is_log, "{}", kind.name());
    }
}
