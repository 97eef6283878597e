//! What differs between a link and its issue as it was just read.

use std::time::Duration;

use upvow_domain::Time;
use upvow_jira::Issue;
use upvow_store::reconciles::Compared;

/// Jira gives up delivering a webhook after some 75 minutes. A change older than this of which we heard nothing was
/// not merely late.
const DELIVERED_WITHIN: Duration = Duration::from_mins(90);

/// What to do about a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It shows what its issue is.
    Same,
    /// Its issue is another than we know; `missed` if Jira should have told us of another status long ago.
    Changed {
        /// See above.
        missed: bool,
    },
    /// Its issue cannot be seen; `is_news` if we did not know that.
    Gone {
        /// See above.
        is_news: bool,
    },
}

/// Compares a link with its issue; none if it cannot be seen.
pub(super) fn verdict(link: &Compared, issue: Option<&Issue>, now: Time) -> Verdict {
    let Some(issue) = issue else {
        let is_news = link.state != "gone" && link.problem.as_deref() != Some("not_visible");
        return Verdict::Gone { is_news };
    };
    if link.issue_updated_at.is_some_and(|at| at > issue.updated) {
        // A webhook was faster than this read.
        return Verdict::Same;
    }
    let other_status = link.jira_status_id.as_ref() != Some(&issue.status_id);
    // A renamed project key, a recategorised status and a security scheme leave an issue's own time of change alone.
    let is_same = link.state == "active"
        && !other_status
        && link.issue_updated_at == Some(issue.updated)
        && link.issue_key.as_ref() == Some(&issue.key)
        && link.jira_project_id.as_ref() == Some(&issue.project_id)
        && link.issue_type_id.as_ref() == Some(&issue.issue_type_id)
        && link.category.as_deref() == Some(issue.status_category.key())
        && link.is_restricted == issue.restricted
        && link.problem.as_deref() != Some("not_visible");
    if is_same {
        return Verdict::Same;
    }
    Verdict::Changed {
        missed: other_status
            && link.jira_status_id.is_some()
            && now.since(issue.updated) > DELIVERED_WITHIN,
    }
}

/// Whether the post was moved after the link was last in step, and nothing is known of why its issue did not follow.
pub(super) fn is_behind(link: &Compared) -> bool {
    link.state == "active"
        && link.problem.is_none()
        && link.synced_at.is_some_and(|at| at < link.status_at)
}
