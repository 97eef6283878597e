//! Granular scopes: for each endpoint the ones that together stand for its classic scope.

const META: &[&str] = &[
    "read:issue-meta:jira",
    "read:avatar:jira",
    "read:field-configuration:jira",
];
const ISSUE: &[&str] = &[
    "read:issue-meta:jira",
    "read:issue-security-level:jira",
    "read:issue.vote:jira",
    "read:issue.changelog:jira",
    "read:avatar:jira",
    "read:issue:jira",
    "read:status:jira",
    "read:user:jira",
    "read:field-configuration:jira",
];
const PROJECT: &[&str] = &[
    "read:issue-type:jira",
    "read:project:jira",
    "read:project.property:jira",
    "read:user:jira",
    "read:application-role:jira",
    "read:avatar:jira",
    "read:group:jira",
    "read:issue-type-hierarchy:jira",
    "read:project-category:jira",
    "read:project-version:jira",
    "read:project.component:jira",
];
const SEARCH: &[&str] = &[
    "read:issue-details:jira",
    "read:field.default-value:jira",
    "read:field.option:jira",
    "read:field:jira",
    "read:group:jira",
];

/// Method (`*` is any), path, scopes.
type Row = (&'static str, &'static str, &'static [&'static str]);

const TABLE: &[Row] = &[
    ("*", "mypermissions", &["read:permission:jira"]),
    (
        "*",
        "field",
        &[
            "read:field:jira",
            "read:avatar:jira",
            "read:project-category:jira",
            "read:project:jira",
            "read:field-configuration:jira",
        ],
    ),
    ("*", "status", &["read:status:jira"]),
    ("*", "statuscategory", &["read:status:jira"]),
    ("*", "project", PROJECT),
    ("*", "project/search", PROJECT),
    ("*", "project/{}", PROJECT),
    (
        "*",
        "project/{}/statuses",
        &[
            "read:issue-status:jira",
            "read:issue-type:jira",
            "read:status:jira",
        ],
    ),
    (
        "GET",
        "search/jql",
        &[
            "read:issue-details:jira",
            "read:audit-log:jira",
            "read:avatar:jira",
            "read:field-configuration:jira",
            "read:issue-meta:jira",
        ],
    ),
    ("POST", "search/jql", SEARCH),
    ("*", "search/approximate-count", SEARCH),
    ("*", "jql/match", &["read:issue-details:jira"]),
    ("*", "issue/picker", &["read:issue-details:jira"]),
    ("*", "issue/createmeta/{}/issuetypes", META),
    ("*", "issue/createmeta/{}/issuetypes/{}", META),
    ("*", "issue/bulkfetch", ISSUE),
    (
        "POST",
        "issue",
        &[
            "write:issue:jira",
            "write:comment:jira",
            "write:comment.property:jira",
            "write:attachment:jira",
            "read:issue:jira",
        ],
    ),
    ("GET", "issue/{}", ISSUE),
    ("PUT", "issue/{}", &["write:issue:jira"]),
    ("DELETE", "issue/{}", &["delete:issue:jira"]),
    (
        "GET",
        "issue/{}/transitions",
        &[
            "read:issue.transition:jira",
            "read:status:jira",
            "read:field-configuration:jira",
        ],
    ),
    (
        "POST",
        "issue/{}/transitions",
        &["write:issue:jira", "write:issue.property:jira"],
    ),
    (
        "GET",
        "issue/{}/remotelink",
        &["read:issue.remote-link:jira", "read:status:jira"],
    ),
    (
        "POST",
        "issue/{}/remotelink",
        &[
            "write:issue:jira",
            "write:issue.remote-link:jira",
            "read:issue.remote-link:jira",
        ],
    ),
    (
        "DELETE",
        "issue/{}/remotelink",
        &["delete:issue.remote-link:jira", "write:issue:jira"],
    ),
    (
        "GET",
        "issue/{}/properties/{}",
        &["read:issue.property:jira"],
    ),
    (
        "PUT",
        "issue/{}/properties/{}",
        &["write:issue.property:jira"],
    ),
    (
        "DELETE",
        "issue/{}/properties/{}",
        &["delete:issue.property:jira"],
    ),
    ("GET", "webhook", &["read:webhook:jira", "read:jql:jira"]),
    (
        "POST",
        "webhook",
        &["read:field:jira", "read:project:jira", "write:webhook:jira"],
    ),
    ("DELETE", "webhook", &["delete:webhook:jira"]),
    (
        "PUT",
        "webhook/refresh",
        &["write:webhook:jira", "read:webhook:jira"],
    ),
];

/// What stands for the classic scope of an endpoint, if anything does.
pub(crate) fn scopes(method: &str, path: &str) -> Option<&'static [&'static str]> {
    TABLE
        .iter()
        .find(|(known, at, _)| *at == path && ["*", method].contains(known))
        .map(|(.., scopes)| *scopes)
}

/// Is it a scope of this table?
pub(crate) fn is_known(scope: &str) -> bool {
    TABLE.iter().any(|(.., scopes)| scopes.contains(&scope))
}
