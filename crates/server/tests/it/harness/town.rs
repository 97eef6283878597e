//! A board with an owner and a simulated Jira next to it, and the setup that most stories begin with.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use upvow_server::commands::demo::walk::browser::Browser;

use super::{Server, Simulator};

/// How long anything that happens by itself may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// The board, its owner and Jira.
pub(crate) struct Town {
    pub(crate) server: Server,
    pub(crate) owner: Browser,
    pub(crate) simulator: Simulator,
}

impl Town {
    /// The first owner comes by the link that the terminal shows.
    pub(crate) async fn start() -> Town {
        Town::beside(Simulator::start()).await
    }

    /// The same beside this Jira.
    pub(crate) async fn beside(simulator: Simulator) -> Town {
        let server = Server::start(&simulator).await;
        let owner = server.browser();
        let said = server.said();
        let link = said
            .split_whitespace()
            .find(|word| word.contains("/claim/"))
            .expect("the terminal shows the owner's link");
        let page = owner
            .load(url::Url::parse(link).expect("an address"))
            .await
            .expect("the claim page");
        let form = page.form_with("project").expect("its form");
        let form = [
            ("project", "Town"),
            ("name", "Olga"),
            ("email", "olga@town.example"),
        ]
        .into_iter()
        .fold(form, |form, (name, value)| {
            form.set(name, value).expect("a field")
        });
        owner.send(&page, &form).await.expect("the owner is in");
        Town {
            server,
            owner,
            simulator,
        }
    }

    /// An address of the JSON API.
    pub(crate) fn api(path: &str) -> String {
        format!("/api/v1/projects/town{path}")
    }

    pub(crate) async fn read(&self, path: &str) -> Value {
        self.owner
            .read(&Town::api(path))
            .await
            .expect("the API answers")
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        self.owner
            .api(method, &Town::api(path), Some(&body))
            .await
            .expect("the API does it")
    }

    /// Posts an idea on the first board; gives its id.
    pub(crate) async fn post(&self, title: &str) -> String {
        let board = self.read("/boards").await["items"][0]["id"].clone();
        let post = self
            .send(
                Method::POST,
                "/posts",
                json!({ "board_id": board, "title": title, "body": "" }),
            )
            .await;
        post["id"].as_str().expect("an id").to_owned()
    }

    /// Connects Jira through the API, the consent page at Atlassian apart. Gives the connection's id.
    pub(crate) async fn connect(&self) -> String {
        let id = self.authorise().await;
        self.set_up(&id, self.simulator.says("cloud_id"), Some("KITE"))
            .await;
        id
    }

    /// The way to Atlassian and back.
    pub(crate) async fn authorise(&self) -> String {
        self.travel(json!({})).await
    }

    /// The same for a connection that asked to be connected again.
    pub(crate) async fn reconnect(&self, id: &str) {
        assert_eq!(self.travel(json!({ "reconnect": id })).await, id);
        self.until(&format!("/connections/{id}"), "it is at work", |read| {
            read["state"] == "active" && read["webhook_expires_at"].is_string()
        })
        .await;
    }

    async fn travel(&self, mut beginning: Value) -> String {
        beginning["consent_version"] = self.read("/consent").await["version"].clone();
        let begun = self.send(Method::POST, "/connections", beginning).await;
        let url = begun["authorize_url"]
            .as_str()
            .expect("an address")
            .parse()
            .expect("an address");
        let atlassian = self.owner.load(url).await.expect("Atlassian's page");
        let form = atlassian
            .form("/authorize")
            .and_then(|form| form.press("decision", "accept"))
            .expect("its form");
        let back = self
            .owner
            .send(&atlassian, &form)
            .await
            .expect("back at the board");
        back.url
            .path()
            .split('/')
            .find(|part| part.starts_with("connection_"))
            .expect("the connection's page")
            .to_owned()
    }

    /// The rest of the wizard, with a project of this key, or any.
    pub(crate) async fn set_up(&self, id: &str, cloud_id: &str, key: Option<&str>) {
        let at = |step: &str| format!("/connections/{id}{step}");
        self.send(Method::PUT, &at("/site"), json!({ "cloud_id": cloud_id }))
            .await;
        let projects = self.read(&at("/jira-projects")).await;
        let kite = match key {
            Some(key) => find(&projects["items"], "key", key)["id"].clone(),
            None => projects["items"][0]["id"].clone(),
        };
        self.send(Method::PUT, &at("/projects"), json!({ "projects": [kite] }))
            .await;
        self.send(
            Method::PUT,
            &at("/status-map"),
            json!({ "rules": rules(&self.read(&at("/status-map")).await) }),
        )
        .await;
        self.send(Method::POST, &at("/activate"), json!({})).await;
        self.until(&at(""), "the webhook is registered", |read| {
            read["webhook_expires_at"].is_string()
        })
        .await;
    }

    /// What makes an issue of a post: for `POST /posts/{id}/links`.
    pub(crate) async fn new_issue(&self, connection: &str) -> Value {
        let read = self.read(&format!("/connections/{connection}")).await;
        let project = read["projects"][0]["id"].clone();
        let types = self
            .read(&format!(
                "/connections/{connection}/issue-types?jira_project_id={}",
                project.as_str().expect("an id")
            ))
            .await;
        let kind = find(&types["items"], "name", "Task")["id"].clone();
        json!({ "connection_id": connection, "jira_project_id": project, "issue_type_id": kind })
    }

    /// The board status that a Jira status of the connected project goes with.
    pub(crate) async fn mapped(&self, connection: &str, jira_status: &str) -> Value {
        let maps = self
            .read(&format!("/connections/{connection}/status-map"))
            .await;
        find(&maps["items"][0]["rows"], "jira_status_name", jira_status)["status_id"].clone()
    }

    /// Reads until it is so. The server may be away meanwhile.
    pub(crate) async fn until(
        &self,
        path: &str,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let begun = Instant::now();
        let mut last = Value::Null;
        while begun.elapsed() < PATIENCE {
            if let Ok(read) = self.owner.read(&Town::api(path)).await {
                if is_so(&read) {
                    return read;
                }
                last = read;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: not in {} s; at last {last}", PATIENCE.as_secs());
    }
}

fn find<'a>(list: &'a Value, field: &str, value: &str) -> &'a Value {
    let found = list
        .as_array()
        .expect("a list")
        .iter()
        .find(|item| item[field] == value);
    found.unwrap_or_else(|| panic!("{field} = {value} in {list}"))
}

/// The suggestions as they are, to be saved.
fn rules(maps: &Value) -> Vec<Value> {
    let maps = maps["items"].as_array().expect("a list");
    let rows = maps.iter().flat_map(|map| {
        let rows = map["rows"].as_array().expect("rows").iter();
        rows.map(|row| {
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
