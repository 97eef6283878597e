//! Comments, internal notes, the official answer.

use upvow_app::{
    Caller, Role,
    comments::{self, NewComment},
    posts,
};

use crate::{
    harness::World,
    helpers::{kind, page},
};

fn saying(body: &str) -> NewComment {
    NewComment {
        body: body.to_owned(),
        is_internal: false,
        is_official: false,
        submit_key: None,
    }
}

fn internal(body: &str) -> NewComment {
    NewComment {
        is_internal: true,
        ..saying(body)
    }
}

fn official(body: &str) -> NewComment {
    NewComment {
        is_official: true,
        ..saying(body)
    }
}

#[tokio::test]
async fn internal_notes_are_for_members_alone_and_are_not_counted() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let mod_ = world.member("mod@example.com", Role::Moderator).await;
    let post = world.post(&ana, "Dark mode").await.row.id;
    let app = &world.app;
    comments::add(app, &ana, post, &saying("Please!"))
        .await
        .unwrap();
    let note = comments::add(app, &mod_, post, &internal("Big customer"))
        .await
        .unwrap();
    assert!(note.by_member && note.may_edit);

    let list = async |caller: &Caller| {
        let list = comments::list(app, caller, post, &page(10, None))
            .await
            .unwrap();
        list.items.into_iter().map(|c| c.body).collect::<Vec<_>>()
    };
    assert_eq!(list(&ana).await, ["Please!"]);
    assert_eq!(list(&Caller::visitor(world.project.id)).await, ["Please!"]);
    assert_eq!(list(&mod_).await.len(), 2);
    for caller in [&ana, &mod_] {
        let seen = posts::get(app, caller, post).await.unwrap();
        assert_eq!(seen.row.comments, 1);
    }
    assert_eq!(
        kind(comments::edit(app, &ana, note.id, "mine").await),
        "not found"
    );
    assert_eq!(
        kind(comments::add(app, &ana, post, &internal("x")).await),
        "forbidden"
    );
    comments::delete(app, &mod_, note.id).await.unwrap();
    assert_eq!(posts::get(app, &mod_, post).await.unwrap().row.comments, 1);
}

#[tokio::test]
async fn there_is_one_official_answer_at_a_time() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let post = world.post(&ana, "Dark mode").await.row.id;
    let app = &world.app;
    assert!(comments::official(app, &ana, post).await.unwrap().is_none());
    assert_eq!(
        kind(comments::add(app, &ana, post, &official("I say")).await),
        "forbidden"
    );
    comments::add(app, &world.owner, post, &official("In spring."))
        .await
        .unwrap();
    comments::add(app, &world.owner, post, &official("In summer."))
        .await
        .unwrap();
    let answer = comments::official(app, &ana, post).await.unwrap().unwrap();
    assert_eq!(answer.body, "In summer.");
    let all = comments::list(app, &ana, post, &page(10, None))
        .await
        .unwrap()
        .items;
    assert_eq!(all.iter().filter(|c| c.is_official).count(), 1);
    let both = NewComment {
        is_internal: true,
        ..official("x")
    };
    assert_eq!(
        kind(comments::add(app, &world.owner, post, &both).await),
        "is_official"
    );
}

#[tokio::test]
async fn a_comment_is_its_authors() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let ben = world.person("ben@example.com").await;
    let post = world.post(&ana, "Dark mode").await.row.id;
    let app = &world.app;
    let said = comments::add(app, &ben, post, &saying("Plase"))
        .await
        .unwrap();
    let edited = comments::edit(app, &ben, said.id, "Please").await.unwrap();
    assert_eq!(
        (edited.body.as_str(), edited.edited_at),
        ("Please", Some(app.now()))
    );
    assert_eq!(
        kind(comments::edit(app, &ana, said.id, "Never").await),
        "forbidden"
    );
    assert_eq!(
        kind(comments::delete(app, &ana, said.id).await),
        "forbidden"
    );
    let visitor = Caller::visitor(world.project.id);
    assert_eq!(
        kind(comments::delete(app, &visitor, said.id).await),
        "sign in"
    );
    assert_eq!(
        kind(comments::add(app, &ana, post, &saying(" \0 ")).await),
        "body"
    );
    comments::delete(app, &world.owner, said.id).await.unwrap();
    assert_eq!(
        kind(comments::delete(app, &ben, said.id).await),
        "not found"
    );
    assert_eq!(posts::get(app, &ana, post).await.unwrap().row.comments, 0);
}

#[tokio::test]
async fn the_same_comment_sent_twice_is_there_once_and_pages_go_on() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let post = world.post(&ana, "Dark mode").await.row.id;
    let app = &world.app;
    let once = NewComment {
        submit_key: Some("form-7".to_owned()),
        ..saying("Only once")
    };
    let first = comments::add(app, &ana, post, &once).await.unwrap();
    let again = comments::add(app, &ana, post, &once).await.unwrap();
    assert_eq!(first.id, again.id);
    for number in 0..4 {
        app.clock.advance(std::time::Duration::from_millis(1));
        comments::add(app, &ana, post, &saying(&number.to_string()))
            .await
            .unwrap();
    }
    let (mut bodies, mut after) = (vec![], None);
    loop {
        let next = comments::list(app, &ana, post, &page(2, after.as_deref()))
            .await
            .unwrap();
        bodies.extend(next.items.into_iter().map(|c| c.body));
        after = next.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(bodies, ["Only once", "0", "1", "2", "3"]);
}
