//! What the admin agrees to before the browser goes to Atlassian. The text's version and hash are recorded.

use aws_lc_rs::digest;
use upvow_domain::hex;
use upvow_jira::SCOPES;

use super::scopes::purpose;
use crate::{
    App,
    privacy::retention::{Kind, in_words},
};

/// The consent text, part by part.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Changes with every change of the text.
    pub version: &'static str,
    /// What Atlassian is asked to allow, each with what it is for.
    pub permissions: Vec<String>,
    /// What is read in Jira.
    pub read: Vec<String>,
    /// What is written in Jira.
    pub written: Vec<String>,
    /// What is kept here, and how long.
    pub kept: Vec<String>,
    /// What is never kept.
    pub never: Vec<String>,
    /// How it ends.
    pub ends: Vec<String>,
}

/// The version of the words below. Whoever changes them changes it.
const VERSION: &str = "2026-11-3";

/// The text as it is now, with the operator's name.
pub fn text(app: &App) -> Consent {
    let operator = &app.settings.operator;
    let signals_for = in_words(app.settings.retention.of(Kind::Signals));
    let minutes = app.settings.epoch_turn_within.as_secs() / 60;
    let lines = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    Consent {
        version: VERSION,
        permissions: SCOPES
            .iter()
            .filter_map(|scope| Some(format!("{scope}: {}.", purpose(scope)?)))
            .collect(),
        read: lines(&[
            "Which Jira sites you can reach, and on the site you choose: its projects, issue types, statuses, and what you may do there.",
            "Of issues that are linked to posts: key, project, type, status, the time of the last change, and whether they have a security level.",
            "An issue's summary at the moment when a member looks at it. It is shown and not kept.",
            "Your Atlassian account ID, once, so that a second connection by the same account shares one authorisation.",
        ]),
        written: lines(&[
            "Issues that members of this project make of posts, with the post's title and text, a link back, and the values that members or the board's settings give for fields that your Jira asks for. Who posted or voted is not written.",
            "Status changes of linked issues, when a post changes and your status map says so. Only steps that the workflow offers.",
            "On linked issues: a link to the post with its status and number of votes, the number of votes and the posts' IDs as an issue property, the number once more in a field if an admin of this project chooses one, and a marker that says which link the issue belongs to.",
            "A webhook for the projects you choose, so that Jira tells us of changes.",
        ]),
        kept: [
            lines(&[
                "Your account ID and the access and refresh tokens: sealed, in a store of their own, outside of backups, until you disconnect or Atlassian ends the authorisation.",
                "The site's name and address; keys and names of the projects, statuses and issue types you choose; ids and default values of fields for new issues; keys and statuses of linked issues. What is given for the fields of one issue, until that issue exists. Until you disconnect; then the site's name and address and the issues' keys stay as labels.",
            ]),
            vec![format!(
                "Of each message from Jira about a linked issue: its number, what happened, the issue's ID, key, type and status, and the time. For {signals_for}."
            )],
            vec![format!(
                "That you agreed to this text, in which version and when, kept by {operator} as a record."
            )],
        ]
        .concat(),
        never: lines(&[
            "Names, e-mail addresses, avatars or account IDs of other people in Jira. Where Jira sends them, they are skipped unread.",
            "Texts, comments and attachments of issues.",
            "Your Atlassian password or an API token.",
        ]),
        ends: vec![
            "You can disconnect at any time on the connection's page. Processing stops at once, also when Jira cannot be reached.".to_owned(),
            format!(
                "Then the webhook is deleted, the tokens are withdrawn as far as Atlassian allows and erased, and the key that could open older copies is destroyed within {minutes} minutes."
            ),
            "Atlassian has no documented way for an app to withdraw an authorisation. The page tells you honestly how far it got, and where you can remove the app yourself.".to_owned(),
            "Posts, votes and comments on the board stay. Issues in Jira stay, with the links and votes on them: unlink the posts first if they are to go.".to_owned(),
        ],
    }
}

impl Consent {
    /// SHA-256 of the words as they are shown, in hexadecimal digits: the proof of what was agreed to.
    pub fn sha256(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(self.version.as_bytes());
        for part in [
            &self.permissions,
            &self.read,
            &self.written,
            &self.kept,
            &self.never,
            &self.ends,
        ] {
            // A line can hold no line break, so two texts never run into the same bytes.
            context.update(b"\n");
            for line in part {
                context.update(b"\n");
                context.update(line.as_bytes());
            }
        }
        hex(context.finish().as_ref())
    }
}
