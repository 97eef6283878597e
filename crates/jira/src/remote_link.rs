//! The link on an issue that leads back to us.

use serde_json::{Value, json};
use upvow_domain::jira::IssueId;

use crate::call::body;
use crate::{Hint, JiraError, OnSite, endpoint};

/// A link as Jira shows it on the issue. Sent whole each time: what is left out is cleared there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteLink {
    /// The link's identity, at most 255 characters. The same one again replaces the link.
    pub global_id: String,
    /// Where it leads.
    pub url: String,
    /// Its text; cut at 255 characters.
    pub title: String,
    /// A second line.
    pub summary: Option<String>,
    /// 16 by 16 pixels.
    pub icon_url: Option<String>,
    /// What the status icon says.
    pub status_title: Option<String>,
    /// 16 by 16 pixels.
    pub status_icon_url: Option<String>,
    /// Strikes the link through.
    pub resolved: bool,
    /// The heading that Jira groups such links under.
    pub application_name: String,
}

impl RemoteLink {
    fn as_value(&self) -> Value {
        let title: String = self.title.chars().take(255).collect();
        let mut object = json!({
            "url": self.url,
            "title": title,
            "status": {"resolved": self.resolved},
        });
        if let Some(summary) = &self.summary {
            object["summary"] = summary.as_str().into();
        }
        if let Some(icon) = &self.icon_url {
            object["icon"] = json!({"url16x16": icon, "title": self.application_name});
        }
        if self.status_title.is_some() || self.status_icon_url.is_some() {
            let mut icon = json!({"link": self.url});
            if let Some(title) = &self.status_title {
                icon["title"] = title.as_str().into();
            }
            if let Some(url) = &self.status_icon_url {
                icon["url16x16"] = url.as_str().into();
            }
            object["status"]["icon"] = icon;
        }
        json!({
            "globalId": self.global_id,
            "application": {"name": self.application_name},
            "object": object,
        })
    }
}

impl OnSite<'_> {
    /// Puts the link on the issue, or replaces it.
    pub async fn put_remote_link(
        &self,
        issue: &IssueId,
        link: &RemoteLink,
    ) -> Result<(), JiraError> {
        // Without an identity every repetition would add one more link.
        if link.global_id.is_empty() || link.global_id.chars().count() > 255 {
            return Err(JiraError::refused_here("global_id"));
        }
        self.call(
            &endpoint::REMOTE_LINK_PUT,
            &[issue.as_str()],
            &[],
            Some(body(&link.as_value())?),
        )
        .await
        .map(drop)
        .map_err(|error| match error {
            // What 413 means at this endpoint: the issue has as many links as Jira allows.
            JiraError::Refused {
                status: 413,
                fields,
                ..
            } => JiraError::Refused {
                status: 413,
                fields,
                hint: Hint::LinkLimit,
            },
            error => error,
        })
    }

    /// Takes the link off the issue. Already gone is fine.
    pub async fn delete_remote_link(
        &self,
        issue: &IssueId,
        global_id: &str,
    ) -> Result<(), JiraError> {
        // Without it Jira would have to guess which link is meant.
        if global_id.is_empty() {
            return Err(JiraError::refused_here("global_id"));
        }
        match self
            .call(
                &endpoint::REMOTE_LINK_DELETE,
                &[issue.as_str()],
                &[("globalId", global_id)],
                None,
            )
            .await
        {
            Ok(_) | Err(JiraError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
