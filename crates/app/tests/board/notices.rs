//! Telling voters: who hears, how often, and how they end it.

use std::time::Duration;

use upvow_app::{
    Caller, Role, jobs,
    notices::{self, State, Tell, Tells},
    posts::{self, Cause},
    votes,
};
use upvow_domain::{PostId, page::PageOf};

use crate::{
    harness::World,
    helpers::{kind, page},
};

/// A post of the owner's with these voters.
async fn wanted(world: &World, voters: &[&str]) -> PostId {
    let post = world.post(&world.owner, "Dark mode").await.row.id;
    for name in voters {
        let voter = world.person(&format!("{name}@example.com")).await;
        votes::vote(&world.app, &voter, post).await.unwrap();
    }
    post
}

/// The owner moves the post.
async fn move_to(world: &World, post: PostId, status: &str, tell: &Tell) -> upvow_app::Result<()> {
    let to = (world.status(status).await.id, Cause::Page);
    posts::set_status_telling(&world.app, &world.owner, post, to, tell)
        .await
        .map(drop)
}

/// The program does, as it does after Jira.
async fn jira_moves(world: &World, post: PostId, status: &str) {
    let status = world.status(status).await.id;
    let program = Caller::program(world.project.id);
    posts::set_status(&world.app, &program, post, status, Cause::Jira)
        .await
        .unwrap();
}

async fn tells(world: &World, status: &str, tells: Tells) {
    let status = world.status(status).await.id;
    notices::set_tells(&world.app, &world.owner, status, tells)
        .await
        .unwrap();
}

/// Everybody who got a letter about a post, sorted.
fn told(world: &World) -> Vec<String> {
    let letters = world.app.mail.letters();
    let mut told: Vec<String> = letters
        .into_iter()
        .filter(|letter| letter.stop_at.is_some())
        .map(|letter| letter.to.expose().to_owned())
        .collect();
    told.sort();
    told
}

async fn waiting(world: &World, post: PostId) -> Option<notices::Notice> {
    notices::of_post(&world.app, &world.owner, post)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_member_tells_the_voters_and_the_count_was_right() {
    let world = World::start(None).await;
    let post = wanted(&world, &["ana", "ben"]).await;
    let count = notices::audience(&world.app, &world.owner, post).await;
    assert_eq!(count.unwrap(), 2, "the owner voted, too, and knows");
    let tell = Tell::Yes("Out with the next release.".to_owned());
    move_to(&world, post, "Planned", &tell).await.unwrap();
    jobs::drain(&world.app).await;
    assert_eq!(told(&world), ["ana@example.com", "ben@example.com"]);
    let letter = world.app.mail.letters().remove(0);
    assert_eq!(letter.subject, "Planned: Dark mode");
    assert!(
        letter.text.contains("Out with the next release."),
        "{}",
        letter.text
    );
    assert!(letter.text.contains(&format!("/posts/{post}")));
    let all = notices::list(&world.app, &world.owner, None, &PageOf::default())
        .await
        .unwrap()
        .items;
    assert_eq!(
        (all[0].state, all[0].people, all[0].sent),
        (State::Sent, 2, 2)
    );
    // Nothing that names a person stays behind.
    let mut tx = world.app.db.read().await.unwrap();
    let rows = tx
        .count("SELECT COUNT(*) AS n FROM notice_people", vec![])
        .await;
    assert_eq!(rows.unwrap(), 0);
}

#[tokio::test]
async fn who_says_no_tells_nobody_and_a_silent_status_cannot_tell() {
    let world = World::start(None).await;
    let post = wanted(&world, &["ana"]).await;
    move_to(&world, post, "Planned", &Tell::No).await.unwrap();
    let yes = Tell::Yes(String::new());
    assert_eq!(kind(move_to(&world, post, "Open", &yes).await), "tell");
    assert_eq!(
        posts::get(&world.app, &world.owner, post)
            .await
            .unwrap()
            .row
            .status
            .name,
        "Planned",
        "what was refused did not happen"
    );
    let long = Tell::Yes("x".repeat(1_001));
    assert_eq!(
        kind(move_to(&world, post, "Done", &long).await),
        "tell_words"
    );
    jobs::drain(&world.app).await;
    assert!(told(&world).is_empty() && waiting(&world, post).await.is_none());
}

#[tokio::test]
async fn what_jira_did_waits_for_a_member() {
    let world = World::start(None).await;
    let post = wanted(&world, &["ana", "ben"]).await;
    jira_moves(&world, post, "Done").await;
    jobs::drain(&world.app).await;
    assert!(told(&world).is_empty());
    let notice = waiting(&world, post).await.expect("a notice that waits");
    assert_eq!((notice.state, notice.people), (State::Waiting, 2));
    for _ in 0..2 {
        // A double click.
        notices::send(&world.app, &world.owner, notice.id, "It is there!")
            .await
            .unwrap();
        jobs::drain(&world.app).await;
    }
    assert_eq!(told(&world), ["ana@example.com", "ben@example.com"]);
    let refused = notices::drop_it(&world.app, &world.owner, notice.id).await;
    assert_eq!(kind(refused), "notice_is_out");

    let other = wanted(&world, &["cleo"]).await;
    jira_moves(&world, other, "Done").await;
    let notice = waiting(&world, other).await.unwrap();
    for _ in 0..2 {
        notices::drop_it(&world.app, &world.owner, notice.id)
            .await
            .unwrap();
    }
    jobs::drain(&world.app).await;
    assert_eq!(told(&world).len(), 2);
    let ana = world.person("ana@example.com").await;
    assert_eq!(
        kind(notices::of_post(&world.app, &ana, post).await),
        "forbidden"
    );
    let stranger = Caller {
        project: upvow_domain::ProjectId::new(uuid::Uuid::from_u128(7)),
        ..world.owner.clone()
    };
    assert_eq!(
        kind(notices::send(&world.app, &stranger, notice.id, "").await),
        "not found"
    );
}

#[tokio::test]
async fn a_flip_flop_sends_one_letter_about_where_it_ended() {
    let world = World::start(None).await;
    let post = wanted(&world, &["ana"]).await;
    for status in ["Planned", "In progress", "Done"] {
        tells(&world, status, Tells::Always).await;
    }
    for status in ["Planned", "In progress", "Planned", "Done"] {
        jira_moves(&world, post, status).await;
        jobs::drain(&world.app).await;
        world.app.clock.advance(Duration::from_secs(30));
    }
    assert!(told(&world).is_empty(), "it may change again");
    world.app.clock.advance(Duration::from_mins(2));
    jobs::drain(&world.app).await;
    // The owner posted it and did not move it.
    assert_eq!(told(&world), ["ana@example.com", "owner@example.com"]);
    assert!(world.app.mail.letters()[0].subject.starts_with("Done"));

    // There and back again is no news.
    jira_moves(&world, post, "Planned").await;
    jira_moves(&world, post, "Done").await;
    world.app.clock.advance(Duration::from_hours(1));
    jobs::drain(&world.app).await;
    assert_eq!(told(&world).len(), 2);
}

#[tokio::test]
async fn only_voters_who_can_see_the_post_hear_of_it() {
    let world = World::start(None).await;
    let post = wanted(&world, &["ana"]).await;
    let mo = world.member("mo@example.com", Role::Moderator).await;
    votes::vote(&world.app, &mo, post).await.unwrap();
    let secret = world.board("Internal", "private").await.id;
    posts::move_to_board(&world.app, &world.owner, post, secret)
        .await
        .unwrap();
    let count = notices::audience(&world.app, &world.owner, post).await;
    assert_eq!(count.unwrap(), 1);
    let tell = Tell::Yes(String::new());
    move_to(&world, post, "Planned", &tell).await.unwrap();
    jobs::drain(&world.app).await;
    assert_eq!(told(&world), ["mo@example.com"]);
}

#[tokio::test]
async fn one_click_ends_mail_about_a_post_or_about_everything() {
    let world = World::start(None).await;
    let (app, owner) = (&world.app, &world.owner);
    let post = wanted(&world, &["ana", "ben"]).await;
    let yes = Tell::Yes(String::new());
    move_to(&world, post, "Planned", &yes).await.unwrap();
    jobs::drain(app).await;
    let letters = app.mail.letters();
    let of = |name: &str| {
        let letter = letters
            .iter()
            .find(|letter| letter.to.expose().starts_with(name));
        letter.unwrap().clone()
    };
    let token = |address: &str| address.rsplit('/').next().unwrap().to_owned();
    let all = token(of("ana").stop_at.as_deref().unwrap());
    let text = of("ben").text;
    let mine = text
        .lines()
        .find(|line| line.contains("/mail-off/"))
        .unwrap();
    let one = token(mine);
    assert!(!mine.contains("ben") && !all.contains("ana"), "{mine}");

    // Looking changes nothing: mail programs open addresses by themselves.
    assert!(!notices::stop_of(app, &all).await.unwrap().is_ended);
    for _ in 0..2 {
        assert!(notices::stop(app, &all).await.unwrap().is_ended);
    }
    let stop = notices::stop(app, &one).await.unwrap();
    assert_eq!(stop.title.as_deref(), Some("Dark mode"));
    assert_eq!(notices::audience(app, owner, post).await.unwrap(), 0);

    let other = wanted(&world, &["ana", "ben"]).await;
    assert_eq!(
        notices::audience(app, owner, other).await.unwrap(),
        1,
        "ben, who left one post"
    );
    assert!(!notices::take_back(app, &all).await.unwrap().is_ended);
    assert_eq!(notices::audience(app, owner, other).await.unwrap(), 2);

    // A signature of another's, a shorter one, a changed one.
    let mut forged = all.clone().into_bytes();
    forged[30] = if forged[30] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    for bad in [forged.as_str(), &all[..80], "", "%%%"] {
        assert_eq!(kind(notices::stop(app, bad).await), "not found", "{bad}");
    }
}

#[tokio::test]
async fn who_ends_mail_while_letters_go_out_gets_none() {
    let world = World::start(None).await;
    let post = wanted(&world, &["ana", "ben"]).await;
    let yes = Tell::Yes(String::new());
    move_to(&world, post, "Planned", &yes).await.unwrap();
    let ana = world.person("ana@example.com").await.person.unwrap();
    let mut tx = world.app.db.write().await.unwrap();
    upvow_store::mail_stops::insert(&mut tx, world.project.id, ana, None, world.app.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    jobs::drain(&world.app).await;
    assert_eq!(told(&world), ["ben@example.com"]);
}

#[tokio::test]
async fn nobody_is_told_twice_even_after_a_crash() {
    let world = World::start(None).await;
    let names: Vec<String> = (0..60).map(|number| format!("voter{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let post = wanted(&world, &names[..40]).await;
    let yes = Tell::Yes(String::new());
    move_to(&world, post, "Planned", &yes).await.unwrap();
    // The program died after a letter left and before it wrote that down.
    let mut tx = world.app.db.write().await.unwrap();
    let marked = "UPDATE notice_people SET tried_at = 1
                  WHERE person_id = (SELECT MIN(person_id) FROM notice_people)";
    assert_eq!(tx.run(marked, vec![]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    for _ in 0..4 {
        jobs::drain(&world.app).await;
        world.app.clock.advance(Duration::from_secs(2));
    }
    let mut once = told(&world);
    assert_eq!(once.len(), 39, "a batch does not end it");
    once.dedup();
    assert_eq!(once.len(), 39);
    let notice = notices::list(&world.app, &world.owner, None, &page(1, None))
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!((notice.people, notice.sent, notice.lost), (40, 39, 1));
    assert_eq!(notice.state, State::Sent);
}
