//! Several issues of one post: the rule is chosen, told beforehand, and then it happens.

use anyhow::{Context as _, ensure};

use super::{Cast, board::Post, items, step, text};

/// Chooses that the issue furthest behind decides; the page tells what that changes before it is saved.
pub(super) async fn combine(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    // A walk that was cut short may have left its choice.
    choose(cast, connection, "primary").await?;
    let told = choose(cast, connection, "furthest_behind").await?;
    let told = told.context("it was saved without a yes")?;
    ensure!(
        told.contains("The one furthest behind"),
        "what the save changes is not told"
    );
    Ok(((), "told before it was saved".to_owned()))
}

/// Chooses a rule, and says yes if asked; gives the words of the question.
async fn choose(cast: &Cast<'_>, connection: &str, rule: &str) -> anyhow::Result<Option<String>> {
    let path = map_of(cast, connection);
    let page = cast.owner.get(&path).await?;
    let form = page.form(&path)?.set("combination", rule)?;
    let answer = cast.owner.send(&page, &form).await?;
    let settings = cast.api(&format!("/connections/{connection}/status-map/settings"));
    let is_chosen = || async {
        let read = cast.owner.read(&settings).await?;
        anyhow::Ok(read["combination"] == rule)
    };
    if is_chosen().await? {
        return Ok(None);
    }
    let confirm = answer.form(&path)?;
    cast.owner.send(&answer, &confirm).await?;
    ensure!(is_chosen().await?, "the rule {rule} was not saved");
    Ok(Some(answer.text()))
}

/// Makes a second issue, asks what happens if it moves, moves it, and sees just that.
pub(super) async fn what_if(
    cast: &Cast<'_>,
    connection: &str,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let post_page = cast.page(&format!("/posts/{}", post.id));
    let links = cast.api(&format!("/posts/{}/links", post.id));
    let mut events = cast.listen().await?;
    let page = cast.owner.get(&post_page).await?;
    let form = page.form(&format!("/posts/{}/issues", post.id))?;
    cast.owner.send(&page, &form).await?;
    let (second, key) = cast
        .until(&mut events, "a second link in step", &links, |list| {
            let link = list["items"].as_array()?.get(1)?;
            link["synced_at"].as_str()?;
            Some((
                link["id"].as_str()?.to_owned(),
                link["key"].as_str()?.to_owned(),
            ))
        })
        .await?;
    let sentence = cast.owner.get(&post_page).await?.text();
    ensure!(
        sentence.contains("the post follows the one furthest behind"),
        "the post does not say what its issues say together"
    );

    let path = map_of(cast, connection);
    for status in ["In Progress", "Done"] {
        let page = cast.owner.get(&path).await?;
        let form = page.form(&path)?.set("if_issue", &key)?;
        let project = key.split('-').next().unwrap_or_default();
        let wanted = jira_status(cast, connection, project, status).await?;
        let form = form.set("if_status", &wanted)?.press("if_ask", "on")?;
        let told = cast.owner.send(&page, &form).await?.text();
        let wanted = step::mapped(cast, &key, status).await?;
        ensure!(
            told.contains("The post moves from"),
            "the page does not tell what {status} does"
        );
        let mut events = cast.listen().await?;
        cast.jira.move_issue(&key, status).await?;
        let post = cast.api(&format!("/posts/{}", post.id));
        let name = cast
            .until(&mut events, "what was told", &post, |read| {
                let is = &read["status"];
                (is["id"] == wanted.as_str()).then(|| is["name"].as_str().map(str::to_owned))?
            })
            .await?;
        ensure!(
            told.contains(&format!(" to {name}.")),
            "it was told otherwise"
        );
    }
    let page = cast.owner.get(&post_page).await?;
    let form = page.form(&format!("/links/{second}/unlink"))?;
    cast.owner.send(&page, &form).await?;
    let left = cast.owner.read(&links).await?;
    ensure!(items(&left)?.len() == 1, "the second issue is still linked");
    choose(cast, connection, "primary").await?;
    Ok(((), format!("{key}, twice as told")))
}

/// `project status`, as the page's form has it.
async fn jira_status(
    cast: &Cast<'_>,
    connection: &str,
    project: &str,
    name: &str,
) -> anyhow::Result<String> {
    let maps = cast
        .owner
        .read(&cast.api(&format!("/connections/{connection}/status-map")))
        .await?;
    let map = items(&maps)?.iter().find(|map| map["key"] == project);
    let map = map.context("the map of the issue's project")?;
    let row = map["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|row| row["jira_status_name"] == name);
    let row = row.with_context(|| format!("{name} in the map"))?;
    Ok(format!(
        "{} {}",
        text(map, "jira_project_id")?,
        text(row, "jira_status_id")?
    ))
}

fn map_of(cast: &Cast<'_>, connection: &str) -> String {
    cast.page(&format!("/settings/connections/{connection}/statuses"))
}
