//! What the board does by itself: it makes an issue of a post that is wanted enough, and tells voters what came of it.

use anyhow::{Context as _, ensure};

use super::{Cast, board::Post, items, many, step::Issue, text};

/// Tries an automation, switches it on for posts from now on, and sees that one vote makes one issue.
pub(super) async fn automation(cast: &Cast<'_>) -> anyhow::Result<((Post, Issue), String)> {
    let post = many::new_post(cast, "Number the pages of a printed note").await?;
    let at = cast.page("/settings/automations");
    let page = cast.owner.get(&at).await?;
    let form = page
        .form("/automations/try")?
        .set("reaches", "votes")?
        .set("votes", "2")?;
    let tried = cast.owner.send(&page, &form).await?;
    let told = tried.text();
    ensure!(
        told.contains("would get an issue now") && told.contains("Nothing has been done yet"),
        "the dry run does not tell what would happen"
    );
    let form = tried.form_with("switch")?.set("switch", "from_now_on")?;
    let saved = cast.owner.send(&tried, &form).await?;
    let id = saved
        .url
        .path()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();

    let mut events = cast.listen().await?;
    let vote = format!("/posts/{}/vote", post.id);
    let page = cast
        .owner
        .get(&cast.page(&format!("/posts/{}", post.id)))
        .await?;
    cast.owner.send(&page, &page.form(&vote)?).await?;
    let acts = cast.api(&format!("/automations/{id}/acts"));
    let key = cast
        .until(&mut events, "an issue by itself", &acts, |list| {
            let act = list["items"].as_array()?.first()?;
            (act["post_id"] == post.id.as_str()).then_some(())?;
            Some(act["key"].as_str()?.to_owned())
        })
        .await?;
    let acted = cast.owner.read(&acts).await?;
    let acted = items(&acted)?.len();
    ensure!(acted == 1, "it acted on {acted} posts");
    let page = cast.owner.get(&format!("{at}/{id}")).await?;
    cast.owner.send(&page, &page.form("/delete")?).await?;
    let remark = format!("{key}, at the second vote");
    Ok(((post, Issue { key }), remark))
}

/// Jira moves the issue; the notice waits until the owner has seen how many get mail, and then each gets one letter.
pub(super) async fn notice(
    cast: &Cast<'_>,
    (post, issue): &(Post, Issue),
) -> anyhow::Result<((), String)> {
    let mut events = cast.listen().await?;
    cast.jira.move_issue(&issue.key, "In Progress").await?;
    let waiting = cast.api("/notices?waiting=true&limit=100");
    let (id, people) = cast
        .until(&mut events, "a notice that waits", &waiting, |list| {
            let mut notices = list["items"].as_array()?.iter();
            let ours = notices.find(|notice| notice["post_id"] == post.id.as_str())?;
            Some((ours["id"].as_str()?.to_owned(), ours["people"].as_i64()?))
        })
        .await?;
    // The voter; the owner, who decides it, knows already.
    ensure!(people == 1, "{people} people would hear of it, not 1");
    let title = text(
        &cast
            .owner
            .read(&cast.api(&format!("/posts/{}", post.id)))
            .await?,
        "title",
    )?;
    let before = letters(cast, &title).await?;
    let page = cast.owner.get(&cast.page("/settings/notices")).await?;
    ensure!(
        page.text().contains("Tell 1 voter"),
        "the page does not name how many get mail"
    );
    let form = page
        .form(&format!("/notices/{id}/send"))?
        .set("tell_words", "It is being built now.")?;
    cast.owner.send(&page, &form).await?;
    let all = cast.api("/notices?limit=100");
    cast.until(&mut events, "every letter sent", &all, |list| {
        let mut notices = list["items"].as_array()?.iter();
        let ours = notices.find(|notice| notice["id"] == id.as_str())?;
        (ours["state"] == "sent" && ours["sent"] == people).then_some(())
    })
    .await?;
    let sent = letters(cast, &title).await? - before;
    ensure!(sent == 1, "{sent} letters went out");
    Ok(((), "1 voter named, 1 letter".to_owned()))
}

/// How many letters tell of a post.
async fn letters(cast: &Cast<'_>, title: &str) -> anyhow::Result<usize> {
    let page = cast.owner.get("/mail").await.context("the demo's mail")?;
    Ok(page.text().matches(title).count())
}
