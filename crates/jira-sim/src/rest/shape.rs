//! Values of fields as Jira writes them out, from what `fields` kept.

use serde_json::{Map, Value, json};

use super::render::To;
use crate::clock::jira_time;
use crate::people;
use crate::state::{Choices, Component, Issue, Kind, Project, SECURITY_LEVELS, Version};

impl To<'_> {
    /// A kept value, written out.
    pub(crate) fn value(&self, kind: Kind, kept: &Value) -> Value {
        if kept.is_null() {
            return Value::Null;
        }
        match kind {
            Kind::TextArea => self.rich(Some(kept)),
            Kind::DateTime => kept.as_i64().map_or(Value::Null, |at| json!(jira_time(at))),
            Kind::Select(_) | Kind::Radio(_) | Kind::Cascading(_) => self.chosen(kept),
            Kind::MultiSelect(_) | Kind::Checkboxes(_) => each(kept, |one| self.chosen(one)),
            Kind::User => self.person(kept),
            Kind::Users => each(kept, |one| self.person(one)),
            Kind::Group => self.group(kept),
            Kind::Groups => each(kept, |one| self.group(one)),
            Kind::Version => self.linked("version", kept),
            Kind::Versions => each(kept, |one| self.linked("version", one)),
            Kind::Components => each(kept, |one| self.linked("component", one)),
            Kind::Security => self.linked("securitylevel", kept),
            Kind::Project => self
                .site()
                .find_project(kept["id"].as_str().unwrap_or_default())
                .map_or(Value::Null, |project| self.issue_project(project)),
            Kind::Parent => self
                .site()
                .find_issue(kept["id"].as_str().unwrap_or_default())
                .map_or(Value::Null, |parent| self.related(parent)),
            Kind::Team => json!({ "id": kept, "name": "A team" }),
            _ => kept.clone(),
        }
    }

    /// What may stand in the field, if that can be listed.
    pub(crate) fn allowed(&self, kind: Kind, project: &Project) -> Option<Value> {
        let choices = |choices: Choices| -> Value {
            choices
                .iter()
                .map(|(id, text)| self.chosen(&json!({ "id": id.to_string(), "value": text })))
                .collect()
        };
        Some(match kind {
            Kind::Select(list)
            | Kind::Radio(list)
            | Kind::MultiSelect(list)
            | Kind::Checkboxes(list) => choices(list),
            Kind::Cascading(list) => list
                .iter()
                .map(|(id, text, children)| {
                    let mut value = self.chosen(&json!({ "id": id.to_string(), "value": text }));
                    value["children"] = choices(children);
                    value
                })
                .collect(),
            Kind::Version | Kind::Versions => project
                .versions
                .iter()
                .map(|known| self.version(project, known))
                .collect(),
            Kind::Components => project
                .components
                .iter()
                .map(|known| self.component(project, known))
                .collect(),
            Kind::Project => self
                .site()
                .projects
                .iter()
                .map(|known| self.issue_project(known))
                .collect(),
            Kind::Security => SECURITY_LEVELS
                .iter()
                .map(|(id, name)| {
                    self.linked(
                        "securitylevel",
                        &json!({ "id": id.to_string(), "name": name }),
                    )
                })
                .collect(),
            _ => return None,
        })
    }

    /// Where a client gets suggestions from, if the field has any to give.
    pub(crate) fn suggestions(&self, kind: Kind) -> Option<String> {
        let site = self.world.rest_url(self.site, self.version, "");
        let one = site.replace(&format!("/api/{}/", self.version), "/api/1.0/");
        match kind {
            Kind::User | Kind::Users => Some(format!("{site}user/search?query=")),
            Kind::Labels => Some(format!("{one}labels/suggest?query=")),
            Kind::Group | Kind::Groups => Some(format!("{site}groups/picker?query=")),
            Kind::IssueLinks => Some(format!(
                "{site}issue/picker?currentProjectId=&showSubTaskParent=true&showSubTasks=true&query="
            )),
            _ => None,
        }
    }

    pub(crate) fn version(&self, project: &Project, version: &Version) -> Value {
        json!({
            "self": self.link(&format!("version/{}", version.id)),
            "id": version.id.to_string(),
            "name": version.name,
            "archived": false,
            "released": version.released,
            "projectId": project.id,
        })
    }

    pub(crate) fn component(&self, project: &Project, component: &Component) -> Value {
        json!({
            "self": self.link(&format!("component/{}", component.id)),
            "id": component.id.to_string(),
            "name": component.name,
            "assigneeType": "PROJECT_DEFAULT",
            "realAssigneeType": "PROJECT_DEFAULT",
            "isAssigneeTypeValid": true,
            "project": project.key,
            "projectId": project.id,
        })
    }

    /// Another issue, as parents and links show it.
    fn related(&self, issue: &Issue) -> Value {
        let site = self.site();
        json!({
            "id": issue.id.to_string(),
            "key": issue.key,
            "self": self.link(&format!("issue/{}", issue.id)),
            "fields": {
                "summary": issue.summary,
                "status": self.status(site.status(issue.status)),
                "priority": self.priority(site.priority(issue.priority)),
                "issuetype": self.kind(site.kind(issue.kind)),
            },
        })
    }

    fn chosen(&self, kept: &Value) -> Value {
        let mut value = Map::new();
        let id = kept["id"].as_str().unwrap_or_default();
        value.insert(
            "self".to_owned(),
            json!(self.link(&format!("customFieldOption/{id}"))),
        );
        value.insert("value".to_owned(), kept["value"].clone());
        value.insert("id".to_owned(), kept["id"].clone());
        if !kept["child"].is_null() {
            value.insert("child".to_owned(), self.chosen(&kept["child"]));
        }
        Value::Object(value)
    }

    fn person(&self, kept: &Value) -> Value {
        kept["accountId"]
            .as_str()
            .and_then(people::find)
            .map_or(Value::Null, |who| self.user(who))
    }

    fn group(&self, kept: &Value) -> Value {
        let id = kept["groupId"].as_str().unwrap_or_default();
        json!({ "name": kept["name"], "groupId": id, "self": self.link(&format!("group?groupId={id}")) })
    }

    fn linked(&self, what: &str, kept: &Value) -> Value {
        let id = kept["id"].as_str().unwrap_or_default();
        json!({ "self": self.link(&format!("{what}/{id}")), "id": id, "name": kept["name"] })
    }
}

fn each(kept: &Value, one: impl Fn(&Value) -> Value) -> Value {
    kept.as_array().into_iter().flatten().map(one).collect()
}
