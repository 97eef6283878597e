//! Why things fail, as a closed list: what each cause is called, what happened, what to do, and whether it needs a
//! person. Pages, letters and metrics all read this list, so that none of them knows a cause that the others do not.

use crate::sync::links::problem_text;

/// What has to change before trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Nothing: it is tried again by itself, or at a click.
    Nothing,
    /// Something in Jira: a right, a field, a workflow.
    Jira,
    /// A new authorisation.
    Reconnect,
    /// Something in the settings of this connection.
    Settings,
    /// Something only the operator of this server can change.
    Operator,
}

impl Need {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Need::Nothing => "nothing",
            Need::Jira => "jira",
            Need::Reconnect => "reconnect",
            Need::Settings => "settings",
            Need::Operator => "operator",
        }
    }

    /// All names, for the description of the API.
    pub const NAMES: [&'static str; 5] = ["nothing", "jira", "reconnect", "settings", "operator"];
}

/// Of what kind an incident is. Of each, one at most is open for a connection; those of [`Class::Single`] are shown
/// and not mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Atlassian does not let us in.
    Authorisation,
    /// Jira does not tell us of changes.
    Webhook,
    /// Jira refuses what was set up here or there.
    Configuration,
    /// The site does not answer.
    Unreachable,
    /// Work waits and nobody does it.
    Queue,
    /// The reporting of personal data to Atlassian does not do what it should.
    Reporting,
    /// The account that authorised was closed.
    Account,
    /// One issue or another.
    Single,
}

impl Class {
    /// Its name in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Class::Authorisation => "authorisation",
            Class::Webhook => "webhook",
            Class::Configuration => "configuration",
            Class::Unreachable => "unreachable",
            Class::Queue => "queue",
            Class::Reporting => "reporting",
            Class::Account => "account",
            Class::Single => "single",
        }
    }

    /// Whether the owners are told by mail.
    pub(crate) const fn is_mailed(self) -> bool {
        !matches!(self, Class::Single)
    }
}

/// A cause.
#[derive(Debug)]
pub(crate) struct Cause {
    pub(crate) code: &'static str,
    pub(crate) class: Class,
    pub(crate) need: Need,
    /// What it is called.
    pub(crate) title: &'static str,
    /// What happened.
    pub(crate) happened: &'static str,
    /// What to do.
    pub(crate) todo: &'static str,
}

macro_rules! causes {
    ($($code:literal $class:ident $need:ident $title:literal $happened:literal $todo:literal;)*) => {
        /// Every cause, gravest first, [`OTHER`] at the end.
        pub(crate) const CAUSES: &[Cause] = &[
            $(Cause { code: $code, class: Class::$class, need: Need::$need, title: $title, happened: $happened, todo: $todo },)*
            OTHER,
        ];
    };
}

/// What is in no list.
const OTHER: Cause = Cause {
    code: "other",
    class: Class::Single,
    need: Need::Nothing,
    title: "Something else failed",
    happened: "It did not work, and was tried often.",
    todo: "Try again; if it stays, the server's log has the code.",
};

causes! {
    "grant_dead" Authorisation Reconnect "The authorisation ended"
        "Atlassian ended the authorisation of this connection: it was withdrawn, a password changed, or it was not used for long."
        "Reconnect with the same account. Links and the status map stay.";
    "grant_missing" Authorisation Reconnect "The authorisation is lost"
        "The stored authorisation is not there any more."
        "Reconnect. Links and the status map stay.";
    "grant_broken" Authorisation Reconnect "The authorisation cannot be opened"
        "The stored authorisation does not fit this server's keys."
        "Reconnect. Links and the status map stay.";
    "scope_missing" Authorisation Reconnect "A right is missing in the authorisation"
        "The authorisation lacks a right that the app asks for."
        "Reconnect and agree to all of them; the app's settings at Atlassian must offer them.";
    "jira_scope_missing" Authorisation Reconnect "A right is missing in the authorisation"
        "The authorisation lacks a right that this needs."
        "Reconnect and agree to all of them, then retry.";
    "client_secret_refused" Authorisation Operator "Atlassian refuses this server"
        "Atlassian does not accept this server's client id or secret."
        "The operator of this server has to correct them. Nothing else needs to be done.";
    "consent_old" Authorisation Reconnect "The authorisation is nearly a year old"
        "Atlassian may end an authorisation a year after somebody agreed to it."
        "Reconnect in a quiet moment before that. Links and the status map stay.";
    "webhook_limit" Webhook Jira "No room for a webhook"
        "Jira allows five webhooks for one app, person and site, and they are used up. Changes in Jira arrive late."
        "Remove another connection of the same account on this site, then retry.";
    "webhook_url" Webhook Operator "Jira does not accept our address"
        "Jira does not accept this server's address for webhooks. Changes in Jira arrive late."
        "The address must be reachable by https from the internet, and one app has one address.";
    "webhook_filter" Webhook Settings "Jira does not accept the projects"
        "Jira does not accept the filter by these projects. Changes in Jira arrive late."
        "Choose the projects again.";
    "webhook_forbidden" Webhook Reconnect "The account may not register a webhook"
        "Jira does not let this account register a webhook. Changes in Jira arrive late."
        "Reconnect with an account that may use the site.";
    "webhook_refused" Webhook Nothing "Jira did not register the webhook"
        "Changes in Jira arrive late."
        "It is tried again every hour; retry to try now.";
    "webhook_silent" Webhook Operator "Jira tells us nothing"
        "Jira has our webhook and still tells us nothing. Changes are found by comparing, which is slower."
        "See that this server is reachable from the internet, and that the app is shared at Atlassian or connected by the account that owns it.";
    "site_unreachable" Unreachable Jira "The Jira site does not answer"
        "Work has waited for hours because the site does not answer: it may be suspended, or Atlassian has an outage."
        "Look at the site and at status.atlassian.com. Nothing is lost; everything is done once the site answers.";
    "queue_stuck" Queue Operator "Work waits too long"
        "Work of this connection has waited for hours without being done."
        "The operator should see that the server's workers run; the log has the code.";
    "account_closed" Account Reconnect "The Atlassian account was closed"
        "Atlassian reports that the account which authorised this connection was closed. What was kept of it is being erased, and the connection has ended."
        "Somebody else has to connect Jira again. Posts and their history stay.";
    "report_held" Reporting Settings "A closed account waits for a decision"
        "Atlassian reports that the account which authorised this connection was closed, and so many others at once that it may be a mistake."
        "Decide in the project's settings under Privacy, Reporting: Atlassian is asked once more before anything is erased.";
    "report_overdue" Reporting Operator "The report to Atlassian is overdue"
        "Atlassian has not answered for two cycles, or could not be asked, whether the account which authorised this connection is still open."
        "The operator of this server should see what `upvow privacy report --status` says.";
    "report_scope_missing" Reporting Reconnect "Nobody may report to Atlassian"
        "No authorisation of this server has the right to report personal data, which the app must do."
        "Reconnect and agree to all rights; the app's settings at Atlassian must offer the Personal data reporting API.";
    "report_foreign" Reporting Operator "Atlassian named accounts nobody asked about"
        "An answer to the report of personal data named accounts that were not in it. They were ignored, and nothing was erased for them."
        "The operator of this server should see that nobody else uses the app's client id, and tell Atlassian.";
    "create_refused" Configuration Jira "Jira refused to make issues"
        "Jira refused to make an issue as it was asked for: a required field is missing, or a value is not allowed."
        "Change the issue type, the field defaults or Jira's settings, then retry.";
    "may_not_create" Configuration Jira "The account may not make issues"
        "The connected account may not make issues in this project."
        "Give it the right in Jira, then retry.";
    "may_not_move" Configuration Jira "The account may not move issues"
        "The connected account may not move this issue."
        "Give it the right in Jira, then retry.";
    "transition_needs_fields" Configuration Jira "A step in Jira asks for fields"
        "The step in Jira's workflow asks for fields that we cannot fill."
        "Move the issue in Jira, and the post follows; or take the fields off the step's screen, then retry.";
    "transition_refused" Configuration Jira "Jira refused to move issues"
        "Jira refused the step."
        "Move the issue in Jira, and the post follows; or change the workflow, then retry.";
    "no_transition" Single Jira "Jira's workflow has no such step"
        "There is no step from where the issue is to where the post is."
        "Move the issue in Jira, change the workflow, or change the status map, then retry.";
    "transition_without_effect" Single Jira "A step had no effect"
        "Jira took the step and left the issue where it was: a condition or an automation keeps it."
        "Move the issue in Jira, and the post follows.";
    "may_not_link" Single Jira "Issues do not show their posts"
        "The connected account may not put links on issues. Statuses are kept in step all the same."
        "Give it the right to link issues in Jira, then retry.";
    "may_not_edit" Single Jira "Issues do not show how many want them"
        "The connected account may not edit issues. Statuses are kept in step all the same."
        "Give it the right to edit issues in Jira, then retry.";
    "not_visible" Single Jira "Issues that cannot be seen"
        "The issue was deleted, moved out of sight, or the connected account lost the right to see it."
        "Give the account the right to see it, or unlink it; then retry.";
    "flip_flop" Single Jira "A status went back and forth"
        "The status changed too often in a short time, so it is left alone."
        "Find out what moves it in Jira, then retry.";
    "rate_limited" Single Nothing "Jira asked us to wait"
        "Jira answers that there were too many requests, and work waits."
        "Nothing needs to be done: it goes on by itself when Jira allows it.";
    "jira_forbidden" Single Jira "The account may not do this"
        "Jira does not let the connected account do this."
        "Give it the right in Jira, then retry.";
    "jira_not_found" Single Jira "It is not there"
        "What it was about is not there, or the connected account cannot see it."
        "Give the account the right to see it, or unlink it; then retry.";
    "jira_refused" Single Jira "Jira refused"
        "Jira understood the request and refused it."
        "Change what Jira asks for, then retry.";
    "jira_gone" Single Operator "Jira no longer offers this"
        "Jira has taken away a part of its interface that this version uses."
        "The operator should bring this server up to date.";
    "jira_too_large" Single Nothing "An answer was too large"
        "Jira's answer was larger than this server reads."
        "Retry; if it stays, tell the operator.";
    "jira_malformed" Single Nothing "An answer could not be read"
        "Jira's answer, or that of something before it, could not be understood."
        "Retry; if it stays, tell the operator.";
    "webhook_lost" Webhook Nothing "The webhook disappeared"
        "Jira registered a webhook and did not list it afterwards."
        "It is tried again every hour; retry to try now.";
    "panicked" Single Operator "A mistake of ours"
        "The program stumbled over this and left it as it was."
        "Retry; if it stays, tell the operator, who finds the place in the log.";
}

/// The cause of a code.
pub(crate) fn cause(code: &str) -> &'static Cause {
    CAUSES
        .iter()
        .find(|cause| cause.code == code)
        .unwrap_or(&OTHER)
}

/// What happened and what to do, as one text; a code that is not in the list may be known to the links.
pub(crate) fn sentence(code: &str) -> String {
    let cause = cause(code);
    if cause.code == OTHER.code {
        problem_text(code, None)
    } else {
        format!("{} {}", cause.happened, cause.todo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_named_once_and_tells_what_to_do() {
        for (index, one) in CAUSES.iter().enumerate() {
            assert!(
                CAUSES[..index].iter().all(|other| other.code != one.code),
                "{}",
                one.code
            );
            assert!(one.happened.ends_with('.') && one.todo.ends_with('.'));
            assert!(!one.title.ends_with('.') && one.title.len() < 50);
        }
        assert_eq!(cause("no such").code, "other");
    }
}
