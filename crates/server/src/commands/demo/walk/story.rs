//! The main job as a story: a voter with an idea, a team, a person in Jira. Each act is what one of them does on a page.

mod audit;
mod board;
mod by_itself;
mod connect;
mod goodbye;
mod health;
mod issue_fields;
mod many;
mod promises;
mod requests;
mod rules;
mod setup;
mod step;
mod upkeep;

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::{
    Places,
    browser::{Browser, Events},
    jira::Jira,
    report::Report,
};

/// Every step, in order.
pub(super) const STEPS: &[&str] = &[
    "The owner signs in by a link that works once",
    "A voter signs in",
    "The voter posts an idea",
    "The owner votes for it, and a second click changes nothing",
    "A Jira admin without an account here authorises by a link, once",
    "Another Atlassian account than before is a question: no, then yes",
    "The owner reads the consent text, agrees, and is sent to Atlassian",
    "The person in Jira accepts, and the browser is back in the wizard",
    "The owner chooses the site",
    "The owner chooses a company-managed and a team-managed project",
    "The owner keeps the suggested status map",
    "The owner says where issues are made",
    "Test issues are made in Jira, and removed",
    "The owner fills in a field and labels, and chooses a field for votes",
    "The rights are there, the summary says what happens, and syncing starts",
    "Jira knows where to tell us of changes",
    "The owner makes an issue of the post",
    "The issue in Jira links back to the post",
    "The issue has the field and the labels",
    "The issue carries the votes as a property and in the field",
    "Somebody in Jira moves the issue, and the post follows",
    "The team moves the post, and the issue follows",
    "Neither came back as an echo",
    "The owner unlinks the issue, and the link in Jira goes",
    "The owner links the same issue by its key",
    "The owner chooses that the issue furthest behind decides",
    "A second issue does what the page said it would do",
    "Jira refuses a move: the health page says so, and the owner gets one letter",
    "Retry all, and the issue follows",
    "Two posts are linked to one issue at once",
    "The links leave as a table, and come back by it",
    "An automation is tried first, and then makes an issue by itself",
    "The owner sees how many voters get mail, and tells them",
    "A delivery is lost, and comparing with Jira finds what it would have told",
    "A webhook made by hand in Jira is heard",
    "An admin asks for a copy of what is held, and gets it once",
    "Somebody signs in at Atlassian and has their data deleted, with a receipt",
    "Every promise about privacy is proven while Jira is connected, and a planted breach is found",
    "The owner disconnects, and the page says what became of it",
    "Jira tells us nothing more, and the tokens are gone",
    "Post, votes and history are still there; the key is a label",
    "The audit trail tells the privileged acts of all this",
    "Nothing of a person in Jira is in files, logs, vault or database",
    "A name planted on purpose is found by the same search",
];

/// How long anything that happens by itself may take. It takes a fraction of a second; a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often is looked while nothing was heard.
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// Everybody in the story, and what they know.
struct Cast<'a> {
    places: &'a Places,
    /// Owns the board.
    owner: Browser,
    /// Has an idea.
    voter: Browser,
    /// Works in Jira.
    jira: Jira,
    /// The project's part of addresses.
    project: String,
}

/// Walks the whole way.
pub(super) async fn tell(
    places: &Places,
    owner_link: &str,
    voter_link: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut cast = Cast {
        places,
        owner: Browser::new(&places.board)?,
        voter: Browser::new(&places.board)?,
        jira: Jira::new(&places.jira, &places.cloud_id, &places.jira_token)?,
        project: String::new(),
    };
    cast.project = report
        .step(board::sign_in(&cast.owner, owner_link, "owner"))
        .await?;
    report
        .step(board::sign_in(&cast.voter, voter_link, "voter"))
        .await?;
    let post = report.step(board::post(&cast)).await?;
    report.step(board::vote(&cast, &post)).await?;

    connect::tidy(&cast)
        .await
        .context("ending what an earlier walk left")?;
    let setup = report.step(setup::by_link(&cast)).await?;
    report.step(setup::other_account(&cast, &setup)).await?;
    let atlassian = report.step(connect::agree(&cast)).await?;
    let connection = report.step(connect::accept(&cast, &atlassian)).await?;
    report.step(connect::site(&cast, &connection)).await?;
    report.step(connect::projects(&cast, &connection)).await?;
    report.step(connect::statuses(&cast, &connection)).await?;
    report.step(connect::targets(&cast, &connection)).await?;
    report.step(setup::test_issue(&cast, &connection)).await?;
    report.step(issue_fields::fill(&cast, &connection)).await?;
    report.step(connect::activate(&cast, &connection)).await?;
    report.step(connect::webhook(&cast, &connection)).await?;

    let issue = report.step(step::create(&cast, &post)).await?;
    report.step(step::back_link(&cast, &issue, &post)).await?;
    report.step(issue_fields::filled(&cast, &issue)).await?;
    report.step(issue_fields::votes(&cast, &issue)).await?;
    report.step(step::jira_leads(&cast, &issue, &post)).await?;
    report.step(step::board_leads(&cast, &issue, &post)).await?;
    report.step(step::no_echo(&cast, &issue, &post)).await?;
    report.step(step::unlink(&cast, &issue, &post)).await?;
    report
        .step(step::link_existing(&cast, &issue, &post))
        .await?;
    report.step(rules::combine(&cast, &connection)).await?;
    report
        .step(rules::what_if(&cast, &connection, &post))
        .await?;
    report
        .step(health::refused(&cast, &connection, &issue, &post))
        .await?;
    report
        .step(health::cured(&cast, &connection, &issue, &post))
        .await?;

    let two = report.step(many::at_once(&cast, &issue)).await?;
    report.step(many::as_table(&cast, &issue, &two)).await?;
    let made = report.step(by_itself::automation(&cast)).await?;
    report.step(by_itself::notice(&cast, &made)).await?;
    report
        .step(upkeep::compare(&cast, &connection, &issue, &post))
        .await?;
    report
        .step(upkeep::by_hand(&cast, &connection, &issue, &post))
        .await?;

    report.step(requests::copy(&cast, &connection)).await?;
    report.step(requests::erase(&cast)).await?;
    report.step(promises::verify(&cast)).await?;
    report.step(goodbye::disconnect(&cast, &connection)).await?;
    report.step(goodbye::nothing_in_jira(&cast)).await?;
    report
        .step(goodbye::what_stays(&cast, &issue, &post))
        .await?;
    report.step(audit::told(&cast)).await?;
    report.step(goodbye::nothing_personal(&cast)).await?;
    report.step(goodbye::planted_is_found(&cast)).await
}

impl Cast<'_> {
    /// An address of the project's JSON API.
    fn api(&self, path: &str) -> String {
        format!("/api/v1/projects/{}{path}", self.project)
    }

    /// An address of the project's pages.
    fn page(&self, path: &str) -> String {
        format!("/p/{}{path}", self.project)
    }

    /// What an open page hears from now on.
    async fn listen(&self) -> anyhow::Result<Events> {
        self.owner.events(&self.page("/live")).await
    }

    /// Looks again whenever something is heard, and every now and then, until `done` gives something.
    async fn until<T>(
        &self,
        events: &mut Events,
        what: &str,
        path: &str,
        done: impl Fn(&Value) -> Option<T>,
    ) -> anyhow::Result<T> {
        let mut last = Value::Null;
        let looking = async {
            loop {
                last = self.owner.read(path).await?;
                if let Some(found) = done(&last) {
                    return anyhow::Ok(found);
                }
                // Whatever is heard is a reason to look; silence is one after a while.
                let _ = tokio::time::timeout(LOOK_EVERY, events.next(|_| true)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(found) => found.with_context(|| what.to_owned()),
            Err(_) => bail!(
                "{what} did not happen in {} s; at last: {}",
                PATIENCE.as_secs(),
                brief(&last)
            ),
        }
    }
}

/// A piece of an answer, for a failed step.
fn brief(value: &Value) -> String {
    value.to_string().chars().take(600).collect()
}

/// A text field of an answer.
fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    value[field]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("{field} is missing in {}", brief(value)))
}

/// The rows of a list.
fn items(value: &Value) -> anyhow::Result<&Vec<Value>> {
    value["items"]
        .as_array()
        .with_context(|| format!("no list in {}", brief(value)))
}
