//! Signing in, posting, voting.

use anyhow::{Context as _, bail, ensure};

use super::{Cast, items, text};
use crate::commands::demo::walk::browser::Browser;

/// The idea.
const TITLE: &str = "Print a note with its pictures";
const BODY: &str = "For a workshop I need a handout: the note as it stands, *with* its pictures, and page numbers.\n\n- A4 and Letter\n- no buttons on the paper";

/// A post on the board.
pub(super) struct Post {
    pub(super) id: String,
}

/// Opens the link, presses its button, and sees that the link is over then. Gives the project's part of addresses.
pub(super) async fn sign_in(
    browser: &Browser,
    link: &str,
    role: &str,
) -> anyhow::Result<(String, String)> {
    let url = url::Url::parse(link)?;
    let page = browser.load(url.clone()).await?.good()?;
    let form = page.form(url.path())?;
    let landed = browser.send(&page, &form).await?;
    let project = landed
        .url
        .path()
        .strip_prefix("/p/")
        .and_then(|rest| rest.split('/').next())
        .with_context(|| format!("signing in led to {}", landed.url.path()))?
        .to_owned();
    let me = browser
        .read(&format!("/api/v1/projects/{project}/me"))
        .await?;
    ensure!(
        me["role"] == role,
        "the API says the role is {}",
        me["role"]
    );
    // Whoever finds the link later cannot use it.
    let again = Browser::new(link)?;
    let page = again.load(url.clone()).await?;
    if let Ok(form) = page.form(url.path()) {
        let second = again.send(&page, &form).await;
        ensure!(
            second.is_err_and(|error| error.to_string().contains("answered 4"))
                || again
                    .read(&format!("/api/v1/projects/{project}/me"))
                    .await
                    .is_err(),
            "the link worked twice"
        );
    }
    Ok((project, format!("as {role}")))
}

/// Posts the idea by the form, and finds it in the list.
pub(super) async fn post(cast: &Cast<'_>) -> anyhow::Result<(Post, String)> {
    let title = new_title(cast).await?;
    let page = cast.voter.get(&cast.page("/posts/new")).await?;
    let form = page
        .form(&cast.page("/posts"))?
        .set("title", &title)?
        .set("body", BODY)?;
    let shown = cast.voter.send(&page, &form).await?;
    ensure!(
        shown.text().contains(&title),
        "the post's page does not show its title"
    );
    ensure!(
        shown.html.contains("<em>with</em>"),
        "the post's Markdown is not rendered"
    );
    // The same form sent again, as by a double click, makes no second post.
    let again = cast.voter.send(&page, &form).await?;
    ensure!(
        again.url.path() == shown.url.path(),
        "the same form made a second post"
    );
    let id = shown
        .url
        .path()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let list = cast
        .voter
        .read(&cast.api("/posts?sort=new&limit=5"))
        .await?;
    ensure!(
        items(&list)?.iter().any(|row| row["id"] == id.as_str()),
        "the list does not have the new post"
    );
    Ok((Post { id }, String::new()))
}

/// A walk before this one in the same folder left its post; this one's has a title of its own.
async fn new_title(cast: &Cast<'_>) -> anyhow::Result<String> {
    let list = cast
        .voter
        .read(&cast.api("/posts?sort=new&limit=100"))
        .await?;
    let before = items(&list)?
        .iter()
        .filter(|row| {
            row["title"]
                .as_str()
                .is_some_and(|title| title.starts_with(TITLE))
        })
        .count();
    Ok(if before == 0 {
        TITLE.to_owned()
    } else {
        format!("{TITLE} ({})", before + 1)
    })
}

/// Votes twice by the form; it counts once.
pub(super) async fn vote(cast: &Cast<'_>, post: &Post) -> anyhow::Result<((), String)> {
    let path = cast.page(&format!("/posts/{}", post.id));
    let page = cast.owner.get(&path).await?;
    let form = page.form(&format!("/posts/{}/vote", post.id))?;
    cast.owner.send(&page, &form).await?;
    cast.owner.send(&page, &form).await?;
    let read = cast
        .owner
        .read(&cast.api(&format!("/posts/{}", post.id)))
        .await?;
    if read["votes"] != 2 || read["voted"] != true {
        bail!("the post has {} votes", read["votes"]);
    }
    text(&read, "title").map(|_| ((), "2 votes, the author's and the owner's".to_owned()))
}
