//! Boards and statuses are an admin's.

use upvow_app::{
    Caller, Role,
    boards::{self, BoardForm, StatusForm},
    projects,
};

use crate::{
    harness::World,
    helpers::{board_form, kind},
};

fn status_form(name: &str) -> StatusForm {
    StatusForm {
        name: name.to_owned(),
        kind: "planned".to_owned(),
        color: "#123456".to_owned(),
        on_roadmap: true,
    }
}

#[tokio::test]
async fn only_admins_change_the_house() {
    let world = World::start(None).await;
    let app = &world.app;
    let visitor = Caller::visitor(world.project.id);
    let ana = world.person("ana@example.com").await;
    let mod_ = world.member("mod@example.com", Role::Moderator).await;
    let admin = world.member("admin@example.com", Role::Admin).await;
    let board = world.features().await;
    let open = world.status("Open").await;
    let done = world.status("Done").await;
    for (caller, refusal) in [
        (&visitor, "sign in"),
        (&ana, "forbidden"),
        (&mod_, "forbidden"),
    ] {
        let form = board_form("New one", "public");
        let outcomes = [
            kind(boards::create(app, caller, &form).await),
            kind(boards::edit(app, caller, board.id, &form).await),
            kind(boards::create_status(app, caller, &status_form("New one")).await),
            kind(boards::edit_status(app, caller, open.id, &status_form("New one")).await),
            kind(boards::delete_status(app, caller, done.id, open.id).await),
            kind(projects::rename(app, caller, "Mine now").await),
        ];
        assert!(outcomes.iter().all(|kind| *kind == refusal), "{outcomes:?}");
    }
    assert_eq!(
        projects::rename(app, &admin, " Acme Inc ")
            .await
            .unwrap()
            .name,
        "Acme Inc"
    );
    let made = boards::create_status(app, &admin, &status_form("New one"))
        .await
        .unwrap();
    let edited = boards::edit_status(app, &admin, made.id, &status_form("Newer"))
        .await
        .unwrap();
    assert_eq!((edited.name.as_str(), edited.is_default), ("Newer", false));
    let kept = boards::edit_status(app, &admin, open.id, &status_form("Open"))
        .await
        .unwrap();
    assert!(kept.is_default);
}

#[tokio::test]
async fn a_boards_address_is_its_own() {
    let world = World::start(None).await;
    let app = &world.app;
    let first = world.board("Ideas & wishes", "public").await;
    let second = world.board("Ideas, wishes", "link_only").await;
    assert_eq!(
        (first.slug.as_str(), second.slug.as_str()),
        ("ideas-wishes", "ideas-wishes-2")
    );
    let taken = BoardForm {
        slug: "features".to_owned(),
        ..board_form("Third", "public")
    };
    assert_eq!(
        kind(boards::create(app, &world.owner, &taken).await),
        "slug"
    );
    assert_eq!(
        kind(boards::edit(app, &world.owner, first.id, &taken).await),
        "slug"
    );
    let kept = boards::edit(
        app,
        &world.owner,
        first.id,
        &board_form("Wishes", "private"),
    )
    .await;
    assert_eq!(kept.unwrap().slug, "ideas-wishes");
}

#[tokio::test]
async fn odd_forms_are_refused_with_every_reason() {
    let world = World::start(None).await;
    let app = &world.app;
    let form = BoardForm {
        name: "\0".to_owned(),
        slug: "Nö".to_owned(),
        description: "x".repeat(501),
        visibility: "secret".to_owned(),
    };
    let refused = boards::create(app, &world.owner, &form)
        .await
        .unwrap_err()
        .to_string();
    for field in ["name:", "slug:", "description:", "visibility:"] {
        assert!(refused.contains(field), "{refused}");
    }
    let form = StatusForm {
        name: String::new(),
        kind: "odd".to_owned(),
        color: "red".to_owned(),
        on_roadmap: true,
    };
    let refused = boards::create_status(app, &world.owner, &form)
        .await
        .unwrap_err()
        .to_string();
    for field in ["name:", "kind:", "color:"] {
        assert!(refused.contains(field), "{refused}");
    }
    assert_eq!(
        kind(boards::by_slug(app, &world.owner, "\0").await),
        "not found"
    );
    assert_eq!(kind(projects::by_slug(app, "' OR 1=1").await), "not found");
    assert_eq!(
        projects::by_slug(app, "acme").await.unwrap().id,
        world.project.id
    );
}
