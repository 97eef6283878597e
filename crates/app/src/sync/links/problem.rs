//! What is wrong with a link, in a sentence that says what to do.

/// The sentence for a code. `detail` is configuration of Jira (names of statuses, ids of fields), never about people.
pub(crate) fn text(code: &str, detail: Option<&str>) -> String {
    let named = |with: &str, without: &str| match detail {
        Some(detail) => with.replace("{}", detail),
        None => without.to_owned(),
    };
    match code {
        "no_transition" => named(
            "Jira's workflow has no step from where the issue is to where the post is. It offers: {}. Move the issue there, or change the status map.",
            "Jira's workflow offers no step for this issue, or the connected account may not move issues.",
        ),
        "transition_needs_fields" => named(
            "The step in Jira asks for fields that we cannot fill: {}. Move the issue in Jira; the post will follow.",
            "The step in Jira asks for fields that we cannot fill. Move the issue in Jira; the post will follow.",
        ),
        "transition_without_effect" => named(
            "Jira took the step to {} and left the issue where it was: a condition or an automation keeps it. Move it in Jira.",
            "Jira took the step and left the issue where it was: a condition or an automation keeps it. Move it in Jira.",
        ),
        "transition_refused" => named(
            "Jira refused to move the issue. Fields it named: {}.",
            "Jira refused to move the issue. Move it in Jira; the post will follow.",
        ),
        "may_not_move" => {
            "The connected account may not move this issue. Give it the right in Jira, then refresh.".to_owned()
        }
        "may_not_link" => {
            "The connected account may not put links on issues, so the issue does not show the post. Statuses are kept in step.".to_owned()
        }
        "may_not_edit" => {
            "The connected account may not edit this issue, so the issue does not show the votes. Statuses are kept in step.".to_owned()
        }
        "not_visible" => {
            "The issue cannot be seen: it was deleted, moved out of sight, or the connected account lost the right to see it.".to_owned()
        }
        "flip_flop" => {
            "The status went back and forth too often, so it is left alone. Find out what moves it in Jira, then refresh.".to_owned()
        }
        "create_refused" => named(
            "Jira refused to make the issue because of its fields ({}). Fill them in, with their names as Jira has them now.",
            "Jira refused to make the issue. Look at its fields, or change Jira's settings, then refresh.",
        ),
        "may_not_create" => {
            "The connected account may not make issues in this project. Give it the right in Jira, then refresh.".to_owned()
        }
        "jira_scope_missing" => {
            "The authorisation lacks a right. Reconnect and agree to all of them.".to_owned()
        }
        _ => "It did not work, and was tried often. Refresh to try again; if it stays, the server's log has the code."
            .to_owned(),
    }
}
