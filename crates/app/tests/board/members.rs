//! Members and their roles.

use upvow_app::{Caller, Role, people};

use crate::{
    harness::World,
    helpers::{kind, page},
};

#[tokio::test]
async fn an_invitation_is_mailed_and_makes_a_member() {
    let world = World::start(None).await;
    let app = &world.app;
    let invited = people::invite(app, &world.owner, "Mia@example.com", Role::Moderator)
        .await
        .unwrap();
    assert_eq!(
        (invited.name.as_str(), invited.role),
        ("mia", Role::Moderator)
    );
    let letter = app.mail.letters().remove(0);
    assert_eq!(letter.to.expose(), "mia@example.com");
    assert!(letter.subject.contains("Acme") && letter.text.contains("/sign-in/link/"));
    let mia = world.person("mia@example.com").await;
    assert_eq!(mia.role, Role::Moderator);

    let twice = people::invite(app, &world.owner, "mia@example.com", Role::Admin).await;
    assert_eq!(kind(twice), "already_member");
    let voter = people::invite(app, &world.owner, "vera@example.com", Role::Voter).await;
    assert_eq!(kind(voter), "role");
    let by_mod = people::invite(app, &mia, "eve@example.com", Role::Moderator).await;
    assert_eq!(kind(by_mod), "forbidden");
}

#[tokio::test]
async fn only_owners_make_and_unmake_owners() {
    let world = World::start(None).await;
    let app = &world.app;
    let admin = world.member("admin@example.com", Role::Admin).await;
    let other = world
        .member("other@example.com", Role::Moderator)
        .await
        .person
        .unwrap();
    let owner = world.owner.person.unwrap();
    let own = admin.person.unwrap();

    assert_eq!(
        kind(people::invite(app, &admin, "eve@example.com", Role::Owner).await),
        "forbidden"
    );
    assert_eq!(
        kind(people::set_role(app, &admin, other, Role::Owner).await),
        "forbidden"
    );
    assert_eq!(
        kind(people::set_role(app, &admin, own, Role::Owner).await),
        "forbidden"
    );
    assert_eq!(
        kind(people::set_role(app, &admin, owner, Role::Admin).await),
        "forbidden"
    );
    assert_eq!(
        kind(people::set_role(app, &admin, owner, Role::Voter).await),
        "forbidden"
    );
    people::set_role(app, &admin, other, Role::Admin)
        .await
        .unwrap();
    people::set_role(app, &world.owner, other, Role::Owner)
        .await
        .unwrap();
    // With two, one may go.
    people::set_role(app, &world.owner, owner, Role::Voter)
        .await
        .unwrap();
    assert_eq!(world.person("owner@example.com").await.role, Role::Voter);
    // Nobody is a member by being given a role here: that is an invitation.
    assert_eq!(
        kind(people::set_role(app, &admin, owner, Role::Moderator).await),
        "not found"
    );
}

#[tokio::test]
async fn the_last_owner_stays() {
    let world = World::start(None).await;
    let owner = world.owner.person.unwrap();
    for role in [Role::Admin, Role::Moderator, Role::Voter] {
        let refused = people::set_role(&world.app, &world.owner, owner, role).await;
        assert_eq!(kind(refused), "last_owner");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let world = World::start(None).await;
    let second = world.member("second@example.com", Role::Owner).await;
    let demote = |by: &Caller, whom: &Caller| {
        let (app, by, whom) = (world.app.clone(), by.clone(), whom.person.unwrap());
        tokio::spawn(async move { people::set_role(&app, &by, whom, Role::Voter).await })
    };
    let one = demote(&world.owner, &second);
    let two = demote(&second, &world.owner);
    let done = [one.await.unwrap(), two.await.unwrap()];
    assert_eq!(
        done.iter().filter(|outcome| outcome.is_ok()).count(),
        1,
        "{done:?}"
    );
    let roles = [
        world.person("owner@example.com").await.role,
        world.person("second@example.com").await.role,
    ];
    assert_eq!(roles.iter().filter(|role| **role == Role::Owner).count(), 1);
}

#[tokio::test]
async fn members_come_strongest_first_page_by_page() {
    let world = World::start(None).await;
    for (number, role) in [
        Role::Moderator,
        Role::Admin,
        Role::Moderator,
        Role::Owner,
        Role::Admin,
    ]
    .into_iter()
    .enumerate()
    {
        world
            .member(&format!("member{number}@example.com"), role)
            .await;
    }
    let (mut roles, mut seen, mut after) = (vec![], vec![], None);
    loop {
        let next = people::members(&world.app, &world.owner, &page(2, after.as_deref()))
            .await
            .unwrap();
        roles.extend(next.items.iter().map(|member| member.role));
        seen.extend(next.items.iter().map(|member| member.id));
        after = next.next;
        if after.is_none() {
            break;
        }
    }
    assert!(roles.is_sorted_by(|a, b| a >= b), "{roles:?}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6);
    let ana = world.person("ana@example.com").await;
    assert_eq!(
        kind(people::members(&world.app, &ana, &page(2, None)).await),
        "forbidden"
    );
}
