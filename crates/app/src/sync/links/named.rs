//! Which issue somebody means who typed a key or pasted an address.

use upvow_domain::{Invalid, jira::IssueKey};
use url::Url;

use crate::{AppError, Result};

/// The key in what was typed: a key, or any address of the issue on the connection's own site.
pub(super) fn key_of(text: &str, site_url: &str) -> Result<IssueKey> {
    let text = text.trim();
    let refused = |message: String| AppError::from(Invalid::new("issue", message));
    if !text.contains('/') {
        return key(text).ok_or_else(|| {
            refused("use a key like DEMO-12, or the address of the issue".to_owned())
        });
    }
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let odd = || refused("this is no address; use a key like DEMO-12".to_owned());
    let url = Url::parse(&whole).map_err(|_| odd())?;
    let site = Url::parse(site_url).map_err(|_| odd())?;
    let host = |url: &Url| url.host_str().unwrap_or_default().to_owned();
    if url.host_str() != site.host_str()
        || url.port_or_known_default() != site.port_or_known_default() && text.contains("://")
    {
        return Err(refused(format!(
            "this address is on {}, and the connection is to {}",
            host(&url),
            host(&site)
        )));
    }
    // A board's address with an issue open says so in its query; every other one has the key as a part of its path.
    let selected = url
        .query_pairs()
        .find(|(name, _)| name == "selectedIssue")
        .and_then(|(_, value)| key(&value));
    selected
        .or_else(|| url.path().rsplit('/').find_map(key))
        .ok_or_else(|| {
            refused("this address names no issue; open the issue and copy its address".to_owned())
        })
}

/// `DEMO-12`, in any case.
fn key(text: &str) -> Option<IssueKey> {
    let (project, number) = text.rsplit_once('-')?;
    let shape =
        !project.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    IssueKey::parse(&text.to_ascii_uppercase())
        .ok()
        .filter(|_| shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://corp.atlassian.net";

    #[test]
    fn every_address_of_an_issue_names_it() {
        for text in [
            "DEMO-12",
            " demo-12 ",
            "https://corp.atlassian.net/browse/DEMO-12",
            "https://corp.atlassian.net/browse/DEMO-12?focusedCommentId=3#top",
            "corp.atlassian.net/browse/demo-12",
            "https://corp.atlassian.net/jira/software/projects/DEMO/boards/1?selectedIssue=DEMO-12",
            "https://corp.atlassian.net/jira/software/c/projects/DEMO/boards/3/backlog?view=x&selectedIssue=DEMO-12",
            "https://corp.atlassian.net/jira/software/projects/DEMO/issues/DEMO-12",
            "https://corp.atlassian.net/projects/DEMO/issues/DEMO-12?filter=all",
            "https://corp.atlassian.net/jira/servicedesk/projects/DEMO/queues/custom/4/DEMO-12",
        ] {
            assert_eq!(key_of(text, SITE).unwrap().as_str(), "DEMO-12", "{text}");
        }
    }

    #[test]
    fn what_names_no_issue_here_is_told() {
        for (text, told) in [
            (
                "https://other.atlassian.net/browse/DEMO-12",
                "other.atlassian.net",
            ),
            (
                "https://corp.atlassian.net.evil.example/browse/DEMO-12",
                "evil.example",
            ),
            (
                "http://corp.atlassian.net:8080/browse/DEMO-12",
                "connection is to",
            ),
            (
                "https://corp.atlassian.net/jira/software/projects/DEMO/boards/1",
                "names no issue",
            ),
            ("dark mode", "key like"),
            ("DEMO", "key like"),
            ("-12", "key like"),
            ("DEMO-1 OR 1", "key like"),
        ] {
            let refused = key_of(text, SITE).unwrap_err().to_string();
            assert!(refused.contains(told), "{text}: {refused}");
        }
    }
}
