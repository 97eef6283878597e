//! API tokens.

use std::time::Duration;

use upvow_app::{
    Caller, Role, boards, people,
    posts::{self, Filter},
    sign_in, tokens, votes,
};
use upvow_domain::{Scope, secret::ApiSecret};

use crate::{
    harness::World,
    helpers::{board_form, kind, new_post, page},
};

async fn token(world: &World, maker: &Caller, scopes: &[Scope]) -> Caller {
    let (_, secret) = tokens::create(&world.app, maker, "script", scopes, None)
        .await
        .unwrap();
    known(world, &secret).await.unwrap()
}

async fn known(world: &World, secret: &ApiSecret) -> Option<Caller> {
    sign_in::caller_of_token(&world.app, secret).await.unwrap()
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say() {
    let world = World::start(None).await;
    let app = &world.app;
    let reads = token(&world, &world.owner, &[Scope::PostsRead]).await;
    let writes = token(&world, &world.owner, &[Scope::PostsWrite]).await;
    let admin = token(&world, &world.owner, &[Scope::Admin]).await;
    let board = world.features().await.id;

    let posted = posts::submit(app, &writes, &new_post(board, "By a script", ""))
        .await
        .unwrap();
    assert_eq!(
        kind(posts::submit(app, &reads, &new_post(board, "No", "")).await),
        "forbidden"
    );
    assert_eq!(
        kind(votes::unvote(app, &reads, posted.row.id).await),
        "forbidden"
    );
    assert_eq!(
        kind(posts::get(app, &writes, posted.row.id).await),
        "forbidden"
    );
    posts::get(app, &reads, posted.row.id).await.unwrap();
    let filter = Filter::default();
    assert_eq!(
        kind(posts::list(app, &admin, &filter, &page(5, None)).await),
        "forbidden"
    );
    assert_eq!(
        kind(boards::create(app, &writes, &board_form("X", "public")).await),
        "forbidden"
    );
    boards::create(app, &admin, &board_form("By a script", "public"))
        .await
        .unwrap();

    let history = posts::history(app, &reads, posted.row.id, &page(5, None))
        .await
        .unwrap();
    assert_eq!(history.items[0].cause, "api");
    // An account is not a token's to change, nor are more powers its to give.
    assert_eq!(kind(people::rename(app, &admin, "Eve").await), "forbidden");
    assert_eq!(kind(people::sessions(app, &admin).await), "forbidden");
    let password = sign_in::set_password(app, &admin, None, "a short sentence".to_owned()).await;
    assert_eq!(kind(password), "forbidden");
    let more = tokens::create(app, &admin, "more", &[Scope::Admin, Scope::PostsRead], None).await;
    assert_eq!(kind(more), "forbidden");
    assert_eq!(
        kind(tokens::create(app, &reads, "more", &[Scope::PostsRead], None).await),
        "forbidden"
    );
    people::me(app, &reads).await.unwrap();
}

#[tokio::test]
async fn a_token_is_never_more_than_its_maker_is_now() {
    let world = World::start(None).await;
    let app = &world.app;
    let admin = world.member("admin@example.com", Role::Admin).await;
    let (_, secret) = tokens::create(app, &admin, "ci", &Scope::ALL, None)
        .await
        .unwrap();
    assert_eq!(known(&world, &secret).await.unwrap().role, Role::Admin);
    people::set_role(app, &world.owner, admin.person.unwrap(), Role::Voter)
        .await
        .unwrap();
    let now = known(&world, &secret).await.unwrap();
    assert_eq!(now.role, Role::Voter);
    assert_eq!(
        kind(boards::create(app, &now, &board_form("X", "public")).await),
        "forbidden"
    );
}

#[tokio::test]
async fn a_token_ends_by_itself_or_when_told() {
    let world = World::start(None).await;
    let app = &world.app;
    let owner = &world.owner;
    let (short, secret) = tokens::create(app, owner, "short", &[Scope::PostsRead], Some(1))
        .await
        .unwrap();
    assert!(secret.expose().starts_with("upvow_") && secret.expose().len() == 49);
    assert!(known(&world, &secret).await.is_some());
    let listed = tokens::list(app, owner, &page(5, None))
        .await
        .unwrap()
        .items;
    assert_eq!(
        (listed[0].id, listed[0].used_at),
        (short.id, Some(app.now()))
    );
    app.clock.advance(Duration::from_hours(24));
    assert!(known(&world, &secret).await.is_none());
    assert!(
        tokens::list(app, owner, &page(5, None))
            .await
            .unwrap()
            .items
            .is_empty()
    );

    let (long, secret) = tokens::create(app, owner, "long", &[Scope::PostsRead], None)
        .await
        .unwrap();
    let ana = world.person("ana@example.com").await;
    assert_eq!(kind(tokens::revoke(app, &ana, long.id).await), "not found");
    tokens::revoke(app, owner, long.id).await.unwrap();
    assert!(known(&world, &secret).await.is_none());
    assert_eq!(kind(tokens::revoke(app, owner, long.id).await), "not found");
    for odd in ["", "upvow_", "\0", "upvow_🎉"] {
        assert!(
            known(&world, &ApiSecret::new(odd.to_owned()))
                .await
                .is_none()
        );
    }
    assert_eq!(
        kind(tokens::create(app, owner, "x", &[], None).await),
        "scopes"
    );
    assert_eq!(
        kind(tokens::create(app, owner, "x", &[Scope::Admin], Some(0)).await),
        "days"
    );
    assert_eq!(
        kind(tokens::create(app, owner, "a\0", &[Scope::Admin], None).await),
        "name"
    );
}
