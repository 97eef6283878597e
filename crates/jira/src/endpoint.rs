//! Every path that we ever call. A call names its endpoint; there is no function that takes a free path.

use url::Url;

use crate::{Hosts, JiraError};

/// Which base address a path hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// `https://auth.atlassian.com`
    Auth,
    /// `https://api.atlassian.com`
    Api,
    /// `https://api.atlassian.com/ex/jira/{cloudId}`
    Site,
}

/// One thing that we ask of Atlassian.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Our name for it, in logs and metrics.
    pub name: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// What the path hangs on.
    pub base: Base,
    /// Path; `{..}` is filled with checked ids.
    pub path: &'static str,
    /// The OAuth scope that it needs; empty if none.
    pub scope: &'static str,
    /// Why we call it.
    pub purpose: &'static str,
}

macro_rules! endpoints {
    ($($konst:ident $name:literal $method:ident $base:ident $path:literal $scope:literal $purpose:literal;)*) => {
        $(
            #[doc = $purpose]
            pub const $konst: Endpoint = Endpoint {
                name: $name,
                method: stringify!($method),
                base: Base::$base,
                path: $path,
                scope: $scope,
                purpose: $purpose,
            };
        )*

        /// All of them, in the order of this file.
        pub const ALL: &[Endpoint] = &[$($konst),*];
    };
}

endpoints! {
    AUTHORIZE "authorize" GET Auth "/authorize" "" "The consent page. The browser goes there, we do not.";
    TOKEN "token" POST Auth "/oauth/token" "" "Trades a code or a refresh token for tokens.";
    REVOKE "revoke" POST Auth "/oauth/revoke" "" "Asks to end a grant when a connection is removed; Atlassian promises nothing.";
    SITES "sites" GET Api "/oauth/token/accessible-resources" "" "Which sites a token reaches.";
    ME "me" GET Api "/me" "read:me" "Whose token it is; only the account id is read.";
    REPORT_ACCOUNTS "report_accounts" POST Api "/app/report-accounts/" "report:personal-data" "Which of the accounts that we hold were closed or changed.";

    PROJECTS "projects" GET Site "/rest/api/3/project/search" "read:jira-work" "The project picker.";
    ISSUE_TYPES "issue_types" GET Site "/rest/api/3/issue/createmeta/{project}/issuetypes" "read:jira-work" "Issue types for the settings of a connection.";
    CREATE_FIELDS "create_fields" GET Site "/rest/api/3/issue/createmeta/{project}/issuetypes/{type}" "read:jira-work" "Which fields a new issue must have.";
    FIELDS "fields" GET Site "/rest/api/3/field" "read:jira-work" "The number fields that can show votes.";
    STATUSES "statuses" GET Site "/rest/api/3/project/{project}/statuses" "read:jira-work" "The statuses to map.";
    PERMISSIONS "permissions" GET Site "/rest/api/3/mypermissions" "read:jira-work" "What the grant may do in a project.";

    ISSUE_CREATE "issue_create" POST Site "/rest/api/3/issue" "write:jira-work" "Creates the issue of a post.";
    ISSUE "issue" GET Site "/rest/api/3/issue/{issue}" "read:jira-work" "Reads status, type and project of a linked issue.";
    ISSUES "issues" POST Site "/rest/api/3/issue/bulkfetch" "read:jira-work" "Reads many linked issues at once to repair missed events.";
    EDIT_FIELDS "edit_fields" GET Site "/rest/api/3/issue/{issue}/editmeta" "read:jira-work" "Whether an issue takes the votes in the chosen field.";
    ISSUE_EDIT "issue_edit" PUT Site "/rest/api/3/issue/{issue}" "write:jira-work" "Writes the number of votes into the chosen field; never another.";
    ISSUE_DELETE "issue_delete" DELETE Site "/rest/api/3/issue/{issue}" "write:jira-work" "Removes a test issue of our own, recognised by its property; never another.";
    ISSUE_PICKER "issue_picker" GET Site "/rest/api/3/issue/picker" "read:jira-work" "Suggestions while somebody types.";
    SEARCH "search" POST Site "/rest/api/3/search/jql" "read:jira-work" "Finds an issue by text, or one of our own by its property.";
    PROPERTY "property" GET Site "/rest/api/3/issue/{issue}/properties/{key}" "read:jira-work" "Recognises an issue of our own.";
    PROPERTY_SET "property_set" PUT Site "/rest/api/3/issue/{issue}/properties/{key}" "write:jira-work" "Marks an issue as linked; ids only.";
    PROPERTY_DELETE "property_delete" DELETE Site "/rest/api/3/issue/{issue}/properties/{key}" "write:jira-work" "Takes the votes off an issue that is linked no more.";
    TRANSITIONS "transitions" GET Site "/rest/api/3/issue/{issue}/transitions" "read:jira-work" "Which statuses an issue can move to.";
    TRANSITION "transition" POST Site "/rest/api/3/issue/{issue}/transitions" "write:jira-work" "Moves a linked issue one step.";
    REMOTE_LINK_PUT "remote_link_put" POST Site "/rest/api/3/issue/{issue}/remotelink" "write:jira-work" "Shows the post on the issue.";
    REMOTE_LINK_DELETE "remote_link_delete" DELETE Site "/rest/api/3/issue/{issue}/remotelink" "write:jira-work" "Takes the post off the issue.";

    WEBHOOK_REGISTER "webhook_register" POST Site "/rest/api/3/webhook" "manage:jira-webhook" "Asks to be told of changes to issues.";
    WEBHOOKS "webhooks" GET Site "/rest/api/3/webhook" "manage:jira-webhook" "Checks that we are still told.";
    WEBHOOK_REFRESH "webhook_refresh" PUT Site "/rest/api/3/webhook/refresh" "manage:jira-webhook" "Keeps a webhook alive another 30 days.";
    WEBHOOK_DELETE "webhook_delete" DELETE Site "/rest/api/3/webhook" "manage:jira-webhook" "Asks to be told no more.";
}

impl Endpoint {
    /// The address, with `parts` in the places of the path's `{..}`, each as exactly one segment.
    pub(crate) fn url(
        &self,
        hosts: &Hosts,
        site: Option<&str>,
        parts: &[&str],
    ) -> Result<Url, JiraError> {
        let mut url = match self.base {
            Base::Auth => hosts.auth_url.clone(),
            Base::Api | Base::Site => hosts.api_url.clone(),
        };
        let mut parts = parts.iter();
        {
            let mut segments = url.path_segments_mut().map_err(|()| JiraError::Malformed)?;
            segments.pop_if_empty();
            if self.base == Base::Site {
                segments.extend(["ex", "jira", checked(site.unwrap_or_default())?]);
            }
            for step in self.path.trim_start_matches('/').split('/') {
                if step.starts_with('{') {
                    let part = parts.next().expect("a part for each place of the path");
                    segments.push(checked(part)?);
                } else {
                    segments.push(step);
                }
            }
        }
        debug_assert!(parts.next().is_none(), "a place for each part of the path");
        Ok(url)
    }
}

/// The last guard against a path that bends: ids are checked types already, property keys are texts.
fn checked(part: &str) -> Result<&str, JiraError> {
    let ok = (1..=255).contains(&part.len())
        && !part.starts_with('.')
        && part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if ok {
        Ok(part)
    } else {
        Err(JiraError::refused_here("path"))
    }
}
