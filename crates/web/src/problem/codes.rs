//! What each code means, in the order of the alphabet. A test compares the list with the codes that use cases refuse with.

/// Code, and what it means, as HTML.
pub(super) const CODES: &[(&str, &str)] = &[
    ("already_exists", "It is already there."),
    (
        "already_linked",
        "The issue is linked to this post already.",
    ),
    (
        "already_member",
        "The person is a member already. Change their role instead.",
    ),
    (
        "another_site",
        "The account that authorised cannot reach the connected site.",
    ),
    (
        "atlassian_refused",
        "Atlassian refused the authorisation. The app's settings in its developer console have to list this server's address and the scopes.",
    ),
    (
        "bad_json",
        "The body is not JSON. The text says where reading stopped.",
    ),
    ("bad_request", "The request cannot be read."),
    (
        "bad_token",
        "The token is unknown, ended or expired. Make a new one in the project's settings.",
    ),
    (
        "begun",
        "It is known who asks, and what they asked for is under way or done.",
    ),
    (
        "choice_over",
        "Whether to use another Atlassian account is decided, or it is too late. Reconnect to change the account.",
    ),
    ("choose_site_first", "The connection has no site yet."),
    ("closed", "The privacy request is closed."),
    (
        "code_used",
        "Atlassian's answer was used already or is too old. Start again.",
    ),
    (
        "consent_changed",
        "The consent text changed since it was shown. Read it again, and send its new version.",
    ),
    (
        "consent_denied",
        "The authorisation was declined at Atlassian. Nothing was connected.",
    ),
    (
        "copy_gone",
        "A copy can be fetched once, within 15 minutes, in the browser that showed who is asking.",
    ),
    (
        "cross_site",
        "A browser sent this from another site's page, so it was refused.",
    ),
    ("default_status", "New posts get this status, so it stays."),
    ("disconnected", "The connection was removed. Connect anew."),
    (
        "forbidden",
        "You are known, and this needs a role or a token scope that you do not have. The text names it.",
    ),
    (
        "internal",
        "Something broke on our side. The request id leads the operator to the cause.",
    ),
    (
        "invalid",
        "Some inputs are refused. <code>errors</code> names each field and says what to do.",
    ),
    (
        "jira_client_refused",
        "Atlassian refused this server's client id or secret. Its operator has to check them.",
    ),
    (
        "jira_conflict",
        "Somebody else changed the issue at the same time. Try again.",
    ),
    (
        "jira_forbidden",
        "The person who connected Jira may not do this there.",
    ),
    (
        "jira_gone",
        "Atlassian took this part of its interface away. This server needs an update.",
    ),
    (
        "jira_grant_dead",
        "The connection's authorisation has ended. An admin connects again; links stay.",
    ),
    ("jira_malformed", "Jira gave an answer that cannot be read."),
    (
        "jira_not_configured",
        "The operator of this server has not set up Jira.",
    ),
    (
        "jira_not_found",
        "Jira has no such thing, or does not show it to the person who connected.",
    ),
    ("jira_rate_limited", "Jira asks us to wait."),
    (
        "jira_refused",
        "Jira understood, and a field or the workflow does not allow it.",
    ),
    (
        "jira_scope_missing",
        "The connection was made without a permission that this needs. An admin connects again.",
    ),
    ("jira_timed_out", "Jira did not answer in time."),
    (
        "jira_token_expired",
        "Jira did not take the connection's token. Try again; if it lasts, an admin connects again.",
    ),
    (
        "jira_too_large",
        "Jira's answer is larger than is read here.",
    ),
    ("jira_unavailable", "Jira cannot be reached."),
    ("last_owner", "A project keeps at least one owner."),
    (
        "link_ended",
        "The link was used already or is too old; or the connection of a tie to Jira was removed.",
    ),
    (
        "link_over",
        "The link was used, taken back, is too old, or was begun in another browser. Ask for a new one.",
    ),
    (
        "links_affected",
        "Links are in a Jira project that is to be taken out. Send <code>confirm_removal</code> if that is meant.",
    ),
    (
        "mail_not_sent",
        "It was done, but the mail about it could not be sent.",
    ),
    (
        "map_changed",
        "Somebody else saved the status map meanwhile. Load it again, and make the changes to what is there now.",
    ),
    (
        "method_not_allowed",
        "The address takes other methods; the <code>Allow</code> header names them.",
    ),
    ("name_taken", "Very many projects have this name."),
    (
        "no_extension",
        "The law of the privacy request gives no more time.",
    ),
    (
        "no_issue_yet",
        "The issue is being made. Look again in a moment.",
    ),
    (
        "no_pause",
        "The law of the privacy request does not stop its clock, or it is known who asks.",
    ),
    (
        "not_an_export",
        "The file is no export of an audit trail, or its first line is not what was signed.",
    ),
    (
        "not_connected",
        "The connection is not at work. If its authorisation ended, an admin connects again.",
    ),
    (
        "not_found",
        "There is no such thing, or you may not know of it.",
    ),
    (
        "not_held",
        "Nothing waits for a decision here: somebody decided, or Atlassian said something else meanwhile.",
    ),
    (
        "not_ready",
        "A step of the set-up is missing. The text names it.",
    ),
    (
        "not_site_admin",
        "Jira does not say that the account administers the site.",
    ),
    (
        "not_waiting_for_fields",
        "The issue does not wait for values of fields.",
    ),
    ("notice_is_out", "The notice went out already."),
    (
        "post_is_linked",
        "The post is linked to Jira. Unlink it first.",
    ),
    (
        "project_connected",
        "Another connection to the same site has the Jira project already.",
    ),
    (
        "reconnect_first",
        "The authorisation has ended. Reconnect, and what failed is tried again.",
    ),
    (
        "scope_missing",
        "Atlassian did not grant a scope that is needed. The text names it.",
    ),
    (
        "session_needed",
        "This works with a signed-in browser only, because it continues in one.",
    ),
    ("sign_in_again", "This needs a fresh sign-in."),
    (
        "sign_in_needed",
        "Sign in, or send a token as <code>Authorization: Bearer upvow_...</code>.",
    ),
    (
        "site_connected",
        "The project is connected to this site by the same account already.",
    ),
    (
        "site_fixed",
        "The site of a connection at work cannot be changed.",
    ),
    (
        "site_lost",
        "The authorisation leaves out a site that another connection of the same account needs. Choose that site at Atlassian as well.",
    ),
    (
        "state_refused",
        "The return from Atlassian was not expected here, or took too long. Start again.",
    ),
    (
        "status_was_removed",
        "The automation's status was removed. Choose another one first.",
    ),
    (
        "suppressed",
        "The owner of the Atlassian account asked us to erase their data and not to process it again.",
    ),
    (
        "timed_out",
        "It took too long and was given up. Writes with an <code>Idempotency-Key</code> can be repeated.",
    ),
    ("too_large", "The body is larger than what is read here."),
    (
        "too_late",
        "The first term is over. More time has to be told within it.",
    ),
    (
        "too_many",
        "That was too often. <code>Retry-After</code> says when to try again, in seconds.",
    ),
    (
        "too_many_automations",
        "A project has at most 50 automations.",
    ),
    (
        "too_many_boards",
        "The project has as many boards as it can have.",
    ),
    (
        "too_many_statuses",
        "The project has as many statuses as it can have.",
    ),
    (
        "try_again",
        "Something else was just being finished. Try again.",
    ),
    (
        "unavailable",
        "A database cannot be reached; nothing was changed. <code>Retry-After</code> says when to try again.",
    ),
    (
        "wrong_content_type",
        "Send JSON with <code>Content-Type: application/json</code>.",
    ),
];
