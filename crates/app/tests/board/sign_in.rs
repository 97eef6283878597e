//! Signing in.

use std::time::Duration;

use upvow_app::{AppError, Caller, Role, people, projects, sign_in};
use upvow_domain::secret::{LinkSecret, SessionSecret};

use crate::{
    harness::{BROWSER, World},
    helpers::kind,
};

/// The secret in the newest letter.
fn mailed(world: &World) -> LinkSecret {
    let letter = world.app.mail.letters().remove(0);
    let (_, rest) = letter.text.split_once("/sign-in/link/").unwrap();
    let secret = rest.split_whitespace().next().unwrap();
    LinkSecret::new(secret.to_owned())
}

async fn ask(world: &World, email: &str, next: &str) -> Result<(), AppError> {
    sign_in::request_link(&world.app, email, "Ana", next, "192.0.2.1").await
}

#[tokio::test]
async fn a_mailed_link_makes_a_voter_and_works_once() {
    let world = World::start(None).await;
    ask(&world, " Ana@Example.com", "/p/acme?sort=top")
        .await
        .unwrap();
    let link = mailed(&world);
    let signed_in = sign_in::finish_link(&world.app, &link, BROWSER)
        .await
        .unwrap();
    assert_eq!(signed_in.next, "/p/acme?sort=top");
    let ana = world.caller(&signed_in.secret).await;
    let me = people::me(&world.app, &ana).await.unwrap();
    assert_eq!(
        (me.name.as_str(), me.email.expose(), me.role),
        ("Ana", "ana@example.com", Role::Voter)
    );
    let again = sign_in::finish_link(&world.app, &link, BROWSER).await;
    assert_eq!(kind(again), "link_ended");

    // A later link is the same person, whatever name is given then.
    sign_in::request_link(
        &world.app,
        "ana@example.com",
        "Somebody",
        "//evil.example",
        "192.0.2.1",
    )
    .await
    .unwrap();
    let signed_in = sign_in::finish_link(&world.app, &mailed(&world), "\0odd")
        .await
        .unwrap();
    assert_eq!(signed_in.next, "/");
    let me = people::me(&world.app, &world.caller(&signed_in.secret).await)
        .await
        .unwrap();
    assert_eq!(me.name, "Ana");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_use_a_link_at_once_one_gets_in() {
    let world = World::start(None).await;
    let link = sign_in::operator_link(&world.app, "ana@example.com", "/")
        .await
        .unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (app, link) = (world.app.clone(), link.clone());
            tokio::spawn(async move { sign_in::finish_link(&app, &link, BROWSER).await })
        })
        .collect();
    let mut entered = 0;
    for task in tasks {
        entered += usize::from(task.await.unwrap().is_ok());
    }
    assert_eq!(entered, 1);
}

#[tokio::test]
async fn a_link_ends() {
    let world = World::start(None).await;
    ask(&world, "ana@example.com", "/").await.unwrap();
    world.app.clock.advance(world.app.settings.link_for);
    let late = sign_in::finish_link(&world.app, &mailed(&world), BROWSER).await;
    assert_eq!(kind(late), "link_ended");
    for odd in ["", "\0", "🎉", "x"] {
        let refused = sign_in::finish_link(&world.app, &LinkSecret::new(odd.to_owned()), "").await;
        assert_eq!(kind(refused), "link_ended");
    }
}

#[tokio::test]
async fn links_are_limited_alike_for_known_and_unknown() {
    let world = World::start(None).await;
    for email in ["owner@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            ask(&world, email, "/").await.unwrap();
        }
        assert_eq!(kind(ask(&world, email, "/").await), "too many");
    }
    assert_eq!(world.app.mail.letters().len(), 10);
    world.app.clock.advance(Duration::from_mins(3));
    ask(&world, "owner@example.com", "/").await.unwrap();
    assert_eq!(kind(ask(&world, "not an address", "/").await), "email");
}

#[tokio::test]
async fn a_password_opens_what_its_owner_locked() {
    let world = World::start(None).await;
    let app = &world.app;
    let ana = world.person("ana@example.com").await;
    let enter = async |email: &str, password: &str| {
        sign_in::by_password(
            app,
            email,
            password.to_owned(),
            "/p/acme",
            BROWSER,
            "192.0.2.1",
        )
        .await
    };
    assert_eq!(kind(enter("ana@example.com", "").await), "password");
    let short = sign_in::set_password(app, &ana, None, "short".to_owned()).await;
    assert_eq!(kind(short), "new");
    sign_in::set_password(app, &ana, None, "a short sentence".to_owned())
        .await
        .unwrap();
    assert!(people::me(app, &ana).await.unwrap().has_password);

    let signed_in = enter("ANA@example.com", "a short sentence").await.unwrap();
    assert_eq!(signed_in.next, "/p/acme");
    let other = world.caller(&signed_in.secret).await;
    let wrong = enter("ana@example.com", "another sentence")
        .await
        .unwrap_err();
    let nobody = enter("nobody@example.com", "another sentence")
        .await
        .unwrap_err();
    assert_eq!(wrong.to_string(), nobody.to_string());

    // Changing it needs the old one, and ends the other sessions.
    let without = sign_in::set_password(app, &ana, None, "a longer sentence".to_owned()).await;
    assert_eq!(kind(without), "current");
    let current = Some("a short sentence".to_owned());
    sign_in::set_password(app, &ana, current, "a longer sentence".to_owned())
        .await
        .unwrap();
    assert_eq!(
        kind(enter("ana@example.com", "a short sentence").await),
        "password"
    );
    assert!(other.person.is_some());
    assert_eq!(world.caller(&signed_in.secret).await.person, None);
    assert_eq!(people::sessions(app, &ana).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_first_password_needs_a_fresh_session() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    world.app.clock.advance(Duration::from_hours(2));
    let stale = sign_in::set_password(&world.app, &ana, None, "a short sentence".to_owned()).await;
    assert_eq!(kind(stale), "sign_in_again");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let world = World::start(None).await;
    let mut outcomes = vec![];
    for number in 0..12 {
        let from = format!("192.0.2.{number}");
        let guess = sign_in::by_password(
            &world.app,
            "owner@example.com",
            format!("guess number {number}"),
            "/",
            BROWSER,
            &from,
        );
        outcomes.push(kind(guess.await));
    }
    assert_eq!(outcomes[..10], ["password"; 10]);
    assert_eq!(outcomes[10..], ["too many"; 2]);
}

#[tokio::test]
async fn a_session_lives_while_it_is_used_and_ends_when_told() {
    let world = World::start(None).await;
    let link = sign_in::operator_link(&world.app, "ana@example.com", "/")
        .await
        .unwrap();
    let secret = sign_in::finish_link(&world.app, &link, BROWSER)
        .await
        .unwrap()
        .secret;
    let month = world.app.settings.session_for();
    for _ in 0..3 {
        world
            .app
            .clock
            .advance(month.saturating_sub(Duration::from_hours(1)));
        let ana = world.caller(&secret).await;
        assert!(ana.person.is_some());
        let sessions = people::sessions(&world.app, &ana).await.unwrap();
        assert_eq!(sessions[0].seen_at, world.app.now());
        assert_eq!(
            (sessions[0].device.as_str(), sessions[0].is_this),
            ("Firefox on Linux", true)
        );
    }
    world.app.clock.advance(month);
    let visitor = Caller::visitor(world.project.id);
    assert_eq!(world.caller(&secret).await, visitor);

    let link = sign_in::operator_link(&world.app, "ana@example.com", "/")
        .await
        .unwrap();
    let secret = sign_in::finish_link(&world.app, &link, BROWSER)
        .await
        .unwrap()
        .secret;
    sign_in::sign_out(&world.app, &secret).await.unwrap();
    assert_eq!(world.caller(&secret).await, visitor);
    assert_eq!(
        world.caller(&SessionSecret::new("\0".to_owned())).await,
        visitor
    );
}

#[tokio::test]
async fn one_session_can_end_another_of_the_same_person_only() {
    let world = World::start(None).await;
    let app = &world.app;
    let ana = world.person("ana@example.com").await;
    let phone = world.person("ana@example.com").await;
    let ben = world.person("ben@example.com").await;
    let sessions = people::sessions(app, &ana).await.unwrap();
    let other = sessions.iter().find(|session| !session.is_this).unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        kind(people::end_session(app, &ben, other.id).await),
        "not found"
    );
    people::end_session(app, &ana, other.id).await.unwrap();
    assert_eq!(people::sessions(app, &phone).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_owner_link_is_for_the_first_owner_alone() {
    let world = World::start(None).await;
    // There is an owner: no more links, and an old one would not work.
    assert!(sign_in::owner_link(&world.app).await.unwrap().is_none());
    assert_eq!(world.owner.role, Role::Owner);
    assert_eq!(world.project.slug, "acme");
    let made_up = LinkSecret::new("made-up".to_owned());
    let password = || "a short sentence".to_owned();
    let refused = sign_in::claim(
        &world.app,
        &made_up,
        "Mine",
        "eve@example.com",
        "Eve",
        password(),
        BROWSER,
    )
    .await;
    assert_eq!(kind(refused), "link_ended");
    let wrong = sign_in::claim(
        &world.app,
        &made_up,
        "",
        "eve",
        "\n",
        "short".to_owned(),
        BROWSER,
    )
    .await;
    let text = wrong.unwrap_err().to_string();
    for field in ["project:", "email:", "name:", "password:"] {
        assert!(text.contains(field), "{text}");
    }
    // A sign-in link is no owner link.
    let sign_in_link = sign_in::operator_link(&world.app, "eve@example.com", "/")
        .await
        .unwrap();
    let refused = sign_in::claim(
        &world.app,
        &sign_in_link,
        "Mine",
        "eve@example.com",
        "Eve",
        password(),
        BROWSER,
    )
    .await;
    assert_eq!(kind(refused), "link_ended");
    let first = projects::first(&world.app).await.unwrap().unwrap();
    assert_eq!(first.id, world.project.id);
}
