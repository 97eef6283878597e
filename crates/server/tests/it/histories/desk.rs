//! What people do: the owner at the board, by its API, and whoever works in Jira.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use upvow_app::Time;
use upvow_jira_sim::{Clock, Control, Options, Running};
use upvow_server::commands::demo::walk::browser::Browser;

/// Who is signed in at Atlassian.
const WHO_CONNECTS: &str = "Ottilie Quastenberg";

/// The owner's browser, and Jira.
pub(super) struct Desk {
    pub(super) sim: Running,
    /// The connection.
    pub(super) connection: String,
    /// What an issue of a post is made as.
    pub(super) new_issue: Value,
    browser: Browser,
}

impl Desk {
    /// A simulated Atlassian whose clock stands.
    pub(super) async fn simulator(now: Time) -> Running {
        let sim = upvow_jira_sim::start(Options {
            clock: Clock::fixed(now.0),
            ..Options::default()
        })
        .await
        .unwrap();
        // What was not taken is sent again soon; otherwise most of a history would be waiting.
        sim.control().retry_gap(Duration::from_secs(30));
        sim
    }

    /// The first owner, by the link that the operator sees.
    pub(super) async fn claim(sim: Running, home: &str, secret: &str) -> Desk {
        let browser = Browser::new(home).unwrap();
        let page = browser.get(&format!("/claim/{secret}")).await.unwrap();
        let form = page.form_with("project").unwrap();
        let form = [
            ("project", "Town"),
            ("name", "Olga"),
            ("email", "olga@town.example"),
        ]
        .into_iter()
        .fold(form, |form, (name, value)| form.set(name, value).unwrap());
        browser.send(&page, &form).await.unwrap();
        Desk {
            sim,
            connection: String::new(),
            new_issue: Value::Null,
            browser,
        }
    }

    /// Connects KITE (company-managed) and NEST (team-managed: the same names, other statuses), with the suggested map.
    pub(super) async fn connect(&mut self) {
        self.connection = self.authorise(None).await;
        let at = |step: &str| format!("/connections/{}{step}", self.connection);
        self.send(
            Method::PUT,
            &at("/site"),
            json!({ "cloud_id": self.sim.cloud_id() }),
        )
        .await;
        let there = self.read(&at("/jira-projects")).await;
        let ids = ["KITE", "NEST"].map(|key| find(&there["items"], "key", key)["id"].clone());
        self.send(Method::PUT, &at("/projects"), json!({ "projects": ids }))
            .await;
        let map = self.read(&at("/status-map")).await;
        self.send(
            Method::PUT,
            &at("/status-map"),
            json!({ "rules": suggested(&map) }),
        )
        .await;
        self.send(Method::POST, &at("/activate"), json!({})).await;
        let kite = ids[0].as_str().unwrap();
        let types = format!("{}?jira_project_id={kite}", at("/issue-types"));
        let types = self.read(&types).await;
        self.new_issue = json!({
            "connection_id": self.connection,
            "jira_project_id": kite,
            "issue_type_id": find(&types["items"], "name", "Task")["id"],
        });
    }

    /// Goes to Atlassian, agrees, and comes back; gives the connection.
    async fn authorise(&self, reconnect: Option<&str>) -> String {
        let version = self.read("/consent").await["version"].clone();
        let body = json!({ "consent_version": version, "reconnect": reconnect });
        let begun = self.send(Method::POST, "/connections", body).await;
        let url = begun["authorize_url"].as_str().unwrap().parse().unwrap();
        let atlassian = self.browser.load(url).await.unwrap();
        let form = atlassian
            .form("/authorize")
            .and_then(|form| form.press("decision", "accept"))
            .unwrap();
        let back = self.browser.send(&atlassian, &form).await.unwrap();
        let mut parts = back.url.path().split('/');
        parts
            .find(|part| part.starts_with("connection_"))
            .expect("the connection's page")
            .to_owned()
    }

    pub(super) fn jira(&self) -> &Control {
        self.sim.control()
    }

    pub(super) async fn read(&self, path: &str) -> Value {
        self.browser.read(&api(path)).await.unwrap()
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.browser.api(method, &api(path), Some(&body)).await;
        answer.unwrap()
    }

    /// What a person may try in vain: `None` if it was refused.
    pub(super) async fn attempt(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Option<Value> {
        let answer = self.browser.api_once(method, &api(path), body, key).await;
        answer.ok()
    }

    /// Which board status goes with a Jira status: by Jira project and status, both as ids.
    pub(super) async fn map(&self) -> BTreeMap<(String, String), String> {
        let maps = self
            .read(&format!("/connections/{}/status-map", self.connection))
            .await;
        let mut map = BTreeMap::new();
        for project in maps["items"].as_array().unwrap() {
            for row in project["rows"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                map.insert(
                    (text(&project["key"]), text(&row["jira_status_id"])),
                    text(&row["status_id"]),
                );
            }
        }
        assert!(find(&maps["items"], "key", "NEST").is_object());
        map
    }

    /// The person takes the authorisation away at Atlassian and gives it again.
    pub(super) async fn revoke_and_reconnect(&self) {
        self.jira().revoke(WHO_CONNECTS).unwrap();
        let again = self.authorise(Some(&self.connection)).await;
        assert_eq!(again, self.connection, "links stay with it");
    }
}

fn api(path: &str) -> String {
    format!("/api/v1/projects/town{path}")
}

pub(super) fn find<'a>(list: &'a Value, field: &str, value: &str) -> &'a Value {
    let found = list
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item[field] == value);
    found.unwrap_or_else(|| panic!("{field} = {value} in {list}"))
}

/// The suggestions as they are, to be saved.
fn suggested(maps: &Value) -> Vec<Value> {
    let maps = maps["items"].as_array().unwrap();
    let rows = maps.iter().flat_map(|map| {
        map["rows"].as_array().unwrap().iter().map(|row| {
            json!({
                "jira_project_id": map["jira_project_id"],
                "jira_status_id": row["jira_status_id"],
                "status_id": row["status_id"],
                "direction": row["direction"],
            })
        })
    });
    rows.collect()
}
