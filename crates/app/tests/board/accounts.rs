//! One's own account.

use upvow_app::{Caller, people};

use crate::{harness::World, helpers::kind};

#[tokio::test]
async fn a_name_is_ones_own_to_change() {
    let world = World::start(None).await;
    let app = &world.app;
    let ana = world.person("ana@example.com").await;
    assert_eq!(people::me(app, &ana).await.unwrap().name, "Guest");
    assert_eq!(
        people::rename(app, &ana, "  Ana 🎉 ").await.unwrap().name,
        "Ana 🎉"
    );
    for odd in ["", " ", "a\0b", "a\nb", &"x".repeat(61)] {
        assert_eq!(kind(people::rename(app, &ana, odd).await), "name");
    }
    let visitor = Caller::visitor(world.project.id);
    assert_eq!(kind(people::me(app, &visitor).await), "sign in");
    assert_eq!(kind(people::rename(app, &visitor, "Eve").await), "sign in");
    assert_eq!(kind(people::sessions(app, &visitor).await), "sign in");
}
