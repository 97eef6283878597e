//! Letters to the owners: one when something needs a person, one when it is over.

use upvow_app::{Role, connect::goodbye, health::retry, jobs};

use super::HOUR;
use crate::town::Town;

#[tokio::test]
async fn owners_hear_once_that_something_is_wrong_and_once_that_it_is_over() {
    let (town, by) = Town::connected().await;
    town.world.member("second@example.com", Role::Owner).await;
    town.world.member("admin@example.com", Role::Admin).await;
    town.refused(by, "Dark mode").await;
    let letters = town.letters();
    let mut to: Vec<&str> = letters.iter().map(|letter| letter.to.expose()).collect();
    to.sort_unstable();
    assert_eq!(to, ["owner@example.com", "second@example.com"]);
    assert!(letters[0].subject.contains("Jira refused to make issues"));
    assert!(letters[0].text.contains(&by.to_string()));

    // More of the same, time, and every restart: nothing new is said.
    town.refused(by, "Keyboard").await;
    for _ in 0..5 {
        town.wait(HOUR);
        town.work().await;
    }
    assert_eq!(town.letters().len(), 2);

    retry::all(town.app(), town.owner(), by, "create_refused")
        .await
        .unwrap();
    for _ in 0..3 {
        town.work().await;
    }
    let letters = town.letters();
    assert_eq!(letters.len(), 4);
    assert!(letters[3].subject.contains("it works again"));
    // It can come again, and is told again.
    town.refused(by, "Third").await;
    assert_eq!(town.letters().len(), 6);
    for letter in town.letters() {
        for person in ["Ana", "Ace", "corp.example", "712020", "Zebra"] {
            assert!(!letter.text.contains(person), "{}", letter.text);
        }
    }
}

#[tokio::test]
async fn nodes_that_see_it_at_the_same_moment_write_one_letter() {
    let (town, by) = Town::connected().await;
    town.atlassian.world().ended = true;
    town.wait(2 * HOUR);
    // Nobody's job: the grant is found dead by somebody who searches.
    let lost = upvow_app::sync::links::search(town.app(), town.owner(), by, "x", None).await;
    assert!(lost.is_err());
    let app = town.app();
    tokio::join!(
        jobs::drain(app),
        jobs::drain(app),
        jobs::drain(app),
        jobs::drain(app)
    );
    town.work().await;
    assert_eq!(town.letters().len(), 1);
    let open = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM incidents WHERE closed_at IS NULL";
    assert_eq!(town.rows(open).await, 1);
}

#[tokio::test]
async fn a_letter_that_a_crash_caught_on_its_way_is_not_written_twice() {
    let (town, by) = Town::connected().await;
    town.refused(by, "Dark mode").await;
    assert_eq!(town.letters().len(), 1);
    // As a crash leaves it: the letter went out, and neither that nor the job's end was written.
    let mut tx = town.app().db.write().await.unwrap();
    tx.run("UPDATE incident_letters SET state = 'sending'", vec![])
        .await
        .unwrap();
    tx.run(
        "INSERT INTO jobs
            (id, name, kind, subject, lane, project_id, state, run_at, attempts, fence, created_at, updated_at)
         SELECT incident_id, 'tell_owner:again', 'tell_owner', incident_id || '/' || person_id || '/opened', 'again',
            (SELECT MIN(id) FROM projects), 'waiting', 0, 0, 0, 0, 0
         FROM incident_letters",
        vec![],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert!(town.work().await > 0);
    assert_eq!(town.letters().len(), 1);
}

#[tokio::test]
async fn who_disconnects_needs_no_letter() {
    let (town, by) = Town::connected().await;
    town.refused(by, "Dark mode").await;
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    for _ in 0..3 {
        town.work().await;
        town.wait(HOUR);
    }
    assert_eq!(town.letters().len(), 1);
    let open = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM incidents WHERE closed_at IS NULL";
    assert_eq!(town.rows(open).await, 0);
}
