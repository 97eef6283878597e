//! Everybody who can look at the server, and everything they are shown: each follows every link of every page from where
//! they may begin, and reads every address of the API. What is not theirs to see answers, too; that is heard as well.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reqwest::{Method, header};
use serde_json::{Value, json};
use upvow_server::commands::demo::walk::{browser::Browser, html};

use super::heard::Heard;
use crate::harness::Town;

/// Filters and pages of one list are more of the same.
const SAME_PATH_AT_MOST: usize = 3;
/// A site without an end would be a defect of another kind.
const PAGES_AT_MOST: usize = 150;

/// Where pages begin that nothing links to for this visitor.
const BEGINNINGS: [&str; 16] = [
    "/",
    "/p/town",
    "/p/town/roadmap",
    "/p/town/settings",
    "/p/town/settings/connections",
    "/p/town/settings/privacy/requests",
    "/p/town/settings/audit/export",
    "/p/town/links.csv",
    "/account",
    "/account/data",
    "/sign-in",
    "/privacy/request",
    "/trust",
    "/trust/keys.json",
    "/problems",
    "/metrics",
];

/// All who look with a browser.
pub(super) const ALL: &[&str] = &["nobody", "voter", "moderator", "admin", "olga"];

/// Those who look: nobody in particular, somebody who votes, a moderator, an admin, the owner.
pub(super) struct Visitors {
    browsers: Vec<(&'static str, Browser)>,
    /// A program with a token that may read everything.
    token: String,
}

impl Visitors {
    pub(super) async fn come(town: &Town) -> Visitors {
        for role in ["moderator", "admin"] {
            let body = json!({ "email": format!("{role}@town.example"), "role": role });
            town.send(Method::POST, "/members", body).await;
        }
        let made = town
            .send(
                Method::POST,
                "/tokens",
                json!({ "name": "A program", "scopes": ["posts:read", "links:write", "admin"] }),
            )
            .await;
        let mut browsers = vec![("nobody", town.server.browser())];
        for who in ["voter", "moderator", "admin", "olga"] {
            let email = format!("{who}@town.example");
            browsers.push((who, town.server.sign_in(&email).await));
        }
        Visitors {
            browsers,
            token: made["secret"].as_str().unwrap().to_owned(),
        }
    }

    /// These look at everything, and the program. Gives how many addresses answered well, by visitor.
    pub(super) async fn look(
        &self,
        town: &Town,
        who: &[&str],
        heard: &mut Heard,
    ) -> BTreeMap<&'static str, usize> {
        let mut seen = BTreeMap::new();
        let these = || self.browsers.iter().filter(|(name, _)| who.contains(name));
        for (who, browser) in these() {
            seen.insert(*who, follow(browser, who, heard).await);
        }
        for (who, browser) in these() {
            for path in endpoints(browser, heard).await {
                let page = browser.load(browser.address(&path).unwrap()).await.unwrap();
                *seen.get_mut(who).unwrap() += usize::from(page.status.is_success());
                heard.page(who, &page);
            }
        }
        seen.insert("program", self.program(town, heard).await);
        seen
    }

    async fn program(&self, town: &Town, heard: &mut Heard) -> usize {
        let client = reqwest::Client::new();
        let mut well = 0;
        for path in endpoints(&self.browsers[0].1, heard).await {
            let request = client
                .get(town.server.address(&path))
                .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
            let answer = request.send().await.unwrap();
            well += usize::from(answer.status().is_success());
            let heads = format!("{:?}", answer.headers());
            heard.hear(
                &format!("answer to program: {path}"),
                format!("{heads}\n{}", answer.text().await.unwrap()),
            );
        }
        well
    }
}

/// From link to link, as far as they go on this server.
async fn follow(browser: &Browser, who: &str, heard: &mut Heard) -> usize {
    let home = browser.address("/").unwrap();
    let mut waiting: VecDeque<_> = BEGINNINGS
        .iter()
        .map(|path| browser.address(path).unwrap())
        .collect();
    let (mut known, mut paths) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    let (mut visited, mut well) = (0, 0);
    while let Some(url) = waiting.pop_front() {
        let times = paths.entry(url.path().to_owned()).or_default();
        if !known.insert(url.clone()) || *times >= SAME_PATH_AT_MOST || visited >= PAGES_AT_MOST {
            continue;
        }
        *times += 1;
        visited += 1;
        let page = browser.load(url).await.unwrap();
        // Where Atlassian takes over it is Atlassian's page.
        if page.url.origin() != home.origin() {
            continue;
        }
        well += usize::from(page.status.is_success());
        for (to, _) in html::links(&page.html) {
            let Ok(mut to) = page.url.join(&to) else {
                continue;
            };
            to.set_fragment(None);
            if to.origin() == home.origin() {
                waiting.push_back(to);
            }
        }
        heard.page(who, &page);
    }
    well
}

/// Every address of the API that can be read, with the ids of things that were heard of.
async fn endpoints(browser: &Browser, heard: &Heard) -> Vec<String> {
    let document = browser.read("/api/openapi.json").await.unwrap();
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .filter(|(_, methods)| methods["get"].is_object())
        .flat_map(|(path, methods)| filled(path, &methods["get"], heard))
        .collect()
}

/// The address with its gaps filled, once for each thing that fits.
fn filled(path: &str, operation: &Value, heard: &Heard) -> Vec<String> {
    let mut filled = vec![String::new()];
    let mut last = "";
    for part in path.split('/').skip(1) {
        let fits: Vec<String> = if part == "{project}" {
            vec!["town".to_owned()]
        } else if part.starts_with('{') {
            // Most things are named after the list they are in.
            heard.ids(match last {
                "members" => "person",
                "requests" => "case",
                "accounts" => "grant",
                name => name.get(..4).unwrap_or(name),
            })
        } else {
            last = part;
            vec![part.to_owned()]
        };
        filled = filled
            .iter()
            .flat_map(|start| fits.iter().map(move |part| format!("{start}/{part}")))
            .collect();
    }
    let parameters = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let query: Vec<String> = parameters
        .iter()
        .filter(|one| one["in"] == "query" && one["required"] == true)
        .filter_map(|one| one["name"].as_str())
        .map(|name| {
            let id = heard.ids(name.trim_end_matches("_id")).into_iter().next();
            format!("{name}={}", id.as_deref().unwrap_or("10000"))
        })
        .collect();
    if query.is_empty() {
        return filled;
    }
    filled
        .iter()
        .map(|path| format!("{path}?{}", query.join("&")))
        .collect()
}
