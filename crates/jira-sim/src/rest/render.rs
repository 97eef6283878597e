//! Things as Jira writes them in JSON. The place where personal data enters an answer is `user`, and it takes it from the table.

use serde_json::{Map, Value, json};

use crate::adf;
use crate::clock::jira_time;
use crate::people::Who;
use crate::state::{
    Category, Change, Comment, Issue, IssueType, Item, Kind, MORE_FIELDS, Priority, Project,
    Resolution, Site, Status, Style, World,
};

/// Where an answer goes to: the site, and the API version that decides between documents and wiki text.
#[derive(Clone, Copy)]
pub(crate) struct To<'a> {
    pub(crate) world: &'a World,
    pub(crate) site: usize,
    pub(crate) version: u8,
}

impl To<'_> {
    pub(crate) fn site(&self) -> &Site {
        &self.world.sites[self.site]
    }

    pub(crate) fn link(&self, path: &str) -> String {
        self.world.rest_url(self.site, self.version, path)
    }

    /// A person with everything Jira says of one to somebody who may see it.
    pub(crate) fn user(&self, who: Who) -> Value {
        json!({
            "self": self.link(&format!("user?accountId={}", who.escaped_id())),
            "accountId": who.account_id,
            "accountType": "atlassian",
            "emailAddress": who.email,
            "avatarUrls": self.avatars(who),
            "displayName": who.display_name,
            "active": true,
            "timeZone": "Europe/Berlin",
        })
    }

    /// A person as the one who did something: without the e-mail address.
    pub(crate) fn actor(&self, who: Who) -> Value {
        let mut user = self.user(who);
        if let Some(user) = user.as_object_mut() {
            user.remove("emailAddress");
        }
        user
    }

    fn avatars(&self, who: Who) -> Value {
        let size = |size| self.world.avatar_url(who, size);
        json!({ "48x48": size(48), "24x24": size(24), "16x16": size(16), "32x32": size(32) })
    }

    pub(crate) fn category(&self, category: Category) -> Value {
        json!({
            "self": self.link(&format!("statuscategory/{}", category.id())),
            "id": category.id(),
            "key": category.key(),
            "colorName": category.color(),
            "name": self.world.speaking.say(category.name()),
        })
    }

    pub(crate) fn status(&self, status: &Status) -> Value {
        let mut value = json!({
            "self": self.link(&format!("status/{}", status.id)),
            "description": "",
            "iconUrl": format!("{}/_sim/static/status.svg", self.world.base),
            "name": self.world.speaking.say(&status.name),
            "id": status.id.to_string(),
            "statusCategory": self.category(status.category),
        });
        scope(&mut value, status.scope);
        value
    }

    pub(crate) fn kind(&self, kind: &IssueType) -> Value {
        let mut value = json!({
            "self": self.link(&format!("issuetype/{}", kind.id)),
            "id": kind.id.to_string(),
            "description": kind.description,
            "iconUrl": format!("{}/_sim/type/{}.svg", self.world.base, kind.icon),
            "name": kind.name,
            "subtask": kind.subtask,
            "avatarId": 10_300,
            "hierarchyLevel": kind.level,
        });
        scope(&mut value, kind.scope);
        value
    }

    pub(crate) fn priority(&self, priority: &Priority) -> Value {
        json!({
            "self": self.link(&format!("priority/{}", priority.id)),
            "iconUrl": format!("{}/_sim/priority/{}.svg", self.world.base, priority.id),
            "name": priority.name,
            "id": priority.id.to_string(),
        })
    }

    pub(crate) fn resolution(&self, resolution: &Resolution) -> Value {
        json!({
            "self": self.link(&format!("resolution/{}", resolution.id)),
            "id": resolution.id.to_string(),
            "description": resolution.description,
            "name": resolution.name,
        })
    }

    pub(crate) fn project(&self, project: &Project) -> Value {
        let icon = format!(
            "{}/site/{}/projects/{}/avatar.svg",
            self.world.base, self.world.sites[self.site].slug, project.key
        );
        json!({
            "self": self.link(&format!("project/{}", project.id)),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": project.style == Style::NextGen,
            "style": if project.style == Style::NextGen { "next-gen" } else { "classic" },
            "isPrivate": false,
            "avatarUrls": { "48x48": icon, "24x24": icon, "16x16": icon, "32x32": icon },
        })
    }

    /// The shorter project that stands inside an issue.
    pub(crate) fn issue_project(&self, project: &Project) -> Value {
        let mut value = self.project(project);
        if let Some(value) = value.as_object_mut() {
            value.remove("style");
            value.remove("isPrivate");
        }
        value
    }

    /// Rich text: a document in version 3, wiki text in version 2.
    pub(crate) fn rich(&self, document: Option<&Value>) -> Value {
        match document {
            None => Value::Null,
            Some(document) if self.version == 3 => document.clone(),
            Some(document) => json!(adf::to_text(document)),
        }
    }

    pub(crate) fn comment(&self, issue: &Issue, comment: &Comment) -> Value {
        json!({
            "self": self.link(&format!("issue/{}/comment/{}", issue.id, comment.id)),
            "id": comment.id.to_string(),
            "author": self.user(comment.author),
            "body": self.rich(Some(&comment.body)),
            "updateAuthor": self.user(comment.author),
            "created": jira_time(comment.at),
            "updated": jira_time(comment.at),
            "jsdPublic": true,
        })
    }

    pub(crate) fn change(&self, change: &Change) -> Value {
        json!({
            "id": change.id.to_string(),
            "author": self.user(change.author),
            "created": jira_time(change.at),
            "items": change.items.iter().map(Self::changed).collect::<Vec<_>>(),
        })
    }

    /// The schema of a changelog knows no null: what there was not is left out, and the ids of accounts stand in `from` and `to` only.
    fn changed(item: &Item) -> Value {
        let mut value = item.to_json();
        if let Some(members) = value.as_object_mut() {
            members.retain(|name, member| !member.is_null() && !name.starts_with("tmp"));
        }
        value
    }

    /// All fields of an issue.
    pub(crate) fn fields(&self, issue: &Issue) -> Map<String, Value> {
        let site = &self.world.sites[self.site];
        let resolution = issue
            .resolution
            .and_then(|id| site.resolutions.iter().find(|known| known.id == id));
        let comments: Vec<Value> = issue
            .comments
            .iter()
            .map(|comment| self.comment(issue, comment))
            .collect();
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        set(
            "statuscategorychangedate",
            json!(jira_time(issue.updated_at)),
        );
        set("issuetype", self.kind(site.kind(issue.kind)));
        set("project", self.issue_project(site.project(issue.project)));
        set(
            "resolution",
            resolution.map_or(Value::Null, |known| self.resolution(known)),
        );
        set(
            "resolutiondate",
            issue
                .resolved_at
                .map_or(Value::Null, |at| json!(jira_time(at))),
        );
        set(
            "watches",
            json!({ "self": self.link(&format!("issue/{}/watchers", issue.key)), "watchCount": 1, "isWatching": false }),
        );
        set(
            "votes",
            json!({ "self": self.link(&format!("issue/{}/votes", issue.key)), "votes": 0, "hasVoted": false }),
        );
        set("created", json!(jira_time(issue.created_at)));
        set("updated", json!(jira_time(issue.updated_at)));
        set("priority", self.priority(site.priority(issue.priority)));
        set("labels", json!(issue.labels));
        set(
            "assignee",
            issue.assignee.map_or(Value::Null, |who| self.user(who)),
        );
        set("reporter", self.user(issue.reporter));
        set("creator", self.user(issue.creator));
        set("status", self.status(site.status(issue.status)));
        set("summary", json!(issue.summary));
        set("description", self.rich(issue.description.as_ref()));
        set("subtasks", json!([]));
        for (id, _, kind) in MORE_FIELDS {
            let kept = issue.custom.get(*id).unwrap_or(&Value::Null);
            let empty = match kind {
                Kind::TimeTracking => json!({}),
                Kind::Parent => continue,
                _ if kind.is_list() => json!([]),
                _ => Value::Null,
            };
            let written = self.value(*kind, kept);
            set(id, if written.is_null() { empty } else { written });
        }
        // An issue without a parent has no such field at all.
        if let Some(kept) = issue.custom.get("parent").filter(|kept| !kept.is_null()) {
            set("parent", self.value(Kind::Parent, kept));
        }
        set(
            "security",
            issue.security.as_ref().map_or(
                Value::Null,
                |name| json!({ "id": "10000", "name": name, "description": "" }),
            ),
        );
        set(
            "comment",
            json!({
                "self": self.link(&format!("issue/{}/comment", issue.id)),
                "maxResults": comments.len(),
                "total": comments.len(),
                "startAt": 0,
                "comments": comments,
            }),
        );
        set(
            "worklog",
            json!({ "startAt": 0, "maxResults": 20, "total": 0, "worklogs": [] }),
        );
        for custom in &site.custom {
            let kept = issue.custom.get(&custom.id()).unwrap_or(&Value::Null);
            set(&custom.id(), self.value(custom.kind, kept));
        }
        fields
    }

    /// An issue with the fields `wanted` names. `None` leaves `fields` away, as search does.
    pub(crate) fn issue(
        &self,
        issue: &Issue,
        wanted: Option<&Wanted>,
        properties: &[String],
    ) -> Value {
        let mut value = json!({
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id.to_string(),
            "self": self.link(&format!("issue/{}", issue.id)),
            "key": issue.key,
        });
        if let Some(wanted) = wanted {
            let mut fields = self.fields(issue);
            fields.retain(|name, _| wanted.has(name));
            value["fields"] = Value::Object(fields);
        }
        if !properties.is_empty() {
            let all = properties.iter().any(|name| name == "*all");
            let found: Map<String, Value> = issue
                .properties
                .iter()
                .filter(|(key, _)| all || properties.contains(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            value["properties"] = Value::Object(found);
        }
        value
    }

    /// Names and schemas of fields, for `expand=names,schema`.
    pub(crate) fn field_names(&self) -> Value {
        let site = &self.world.sites[self.site];
        let mut names = Map::new();
        for (id, name, ..) in crate::state::SYSTEM_FIELDS {
            names.insert((*id).to_owned(), json!(name));
        }
        for custom in &site.custom {
            names.insert(custom.id(), json!(custom.name));
        }
        Value::Object(names)
    }
}

/// A `fields` parameter: names, `*all`, `*navigable`, and `-name` to leave one away.
pub(crate) struct Wanted {
    all: bool,
    navigable: bool,
    names: Vec<String>,
    unwanted: Vec<String>,
}

impl Wanted {
    pub(crate) fn new(list: &[String], default: &str) -> Self {
        let mut wanted = Self {
            all: false,
            navigable: false,
            names: Vec::new(),
            unwanted: Vec::new(),
        };
        for name in list {
            wanted.add(name);
        }
        if list.iter().all(|name| name.starts_with('-')) {
            wanted.add(default);
        }
        wanted
    }

    fn add(&mut self, name: &str) {
        match name {
            "*all" => self.all = true,
            "*navigable" => self.navigable = true,
            _ => match name.strip_prefix('-') {
                Some(name) => self.unwanted.push(name.to_owned()),
                None => self.names.push(name.to_owned()),
            },
        }
    }

    fn has(&self, name: &str) -> bool {
        let heavy = ["comment", "worklog", "attachment", "description"].contains(&name);
        let inside =
            self.all || (self.navigable && !heavy) || self.names.iter().any(|known| known == name);
        inside && !self.unwanted.iter().any(|known| known == name)
    }
}

fn scope(value: &mut Value, project: Option<u64>) {
    if let Some(project) = project {
        value["scope"] = json!({ "type": "PROJECT", "project": { "id": project.to_string() } });
    }
}
