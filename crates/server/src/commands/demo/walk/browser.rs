//! A person's browser without JavaScript, and a program's API client: nothing is known here but addresses and pages.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use reqwest::{Client, Method, Response, StatusCode, header, redirect::Policy};
use serde_json::Value;
use url::Url;

use super::html::{self, Control, Form, Kind};

/// As many redirects as a browser follows.
const MOST_REDIRECTS: usize = 20;

/// A browser with cookies of its own.
pub struct Browser {
    http: Client,
    home: Url,
}

/// A page that was loaded.
#[derive(Debug)]
pub struct Page {
    /// Where it is, after redirects.
    pub url: Url,
    /// How it was answered.
    pub status: StatusCode,
    /// The heads of this answer and of those on the way to it, as text.
    pub heads: String,
    /// Its HTML.
    pub html: String,
}

impl Browser {
    /// A new browser; `home` is where paths start.
    pub fn new(home: &str) -> anyhow::Result<Browser> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a person outside of the program, in a demo on this machine"
        )]
        let http = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(std::time::Duration::from_secs(20))
            .build()?;
        Ok(Browser {
            http,
            home: Url::parse(home)?,
        })
    }

    /// The full address of a path.
    pub fn address(&self, path: &str) -> anyhow::Result<Url> {
        self.home
            .join(path)
            .with_context(|| format!("the address {path}"))
    }

    /// Loads a page, following redirects. Anything but success is an error that names the page.
    pub async fn get(&self, path: &str) -> anyhow::Result<Page> {
        self.load(self.address(path)?).await?.good()
    }

    /// Loads a page whatever its status.
    pub async fn load(&self, url: Url) -> anyhow::Result<Page> {
        let request = self.http.get(url.clone());
        let response = request.header(header::ACCEPT, "text/html").send().await?;
        self.follow(url, response).await
    }

    /// Sends a form as a browser does; `page` is where it stands. Gives the page it leads to.
    pub async fn send(&self, page: &Page, form: &Sent) -> anyhow::Result<Page> {
        let mut url = page.url.join(&form.action).context("the form's address")?;
        let response = if form.is_post {
            // What a browser says of itself, and what keeps other sites' forms out.
            let origin = page.url.origin().ascii_serialization();
            let same_site = page.url.origin() == url.origin();
            self.http
                .post(url.clone())
                .header(header::ORIGIN, origin)
                .header(
                    "sec-fetch-site",
                    if same_site {
                        "same-origin"
                    } else {
                        "cross-site"
                    },
                )
                .form(&form.fields)
                .send()
                .await?
        } else {
            url.query_pairs_mut().clear().extend_pairs(&form.fields);
            self.http.get(url.clone()).send().await?
        };
        self.follow(url, response).await?.good()
    }

    async fn follow(&self, mut url: Url, mut response: Response) -> anyhow::Result<Page> {
        let mut heads = String::new();
        for _ in 0..MOST_REDIRECTS {
            for (name, value) in response.headers() {
                let value = String::from_utf8_lossy(value.as_bytes());
                // Writing to a String does not fail.
                let _ = writeln!(heads, "{name}: {value}");
            }
            let Some(next) = response
                .headers()
                .get(header::LOCATION)
                .filter(|_| response.status().is_redirection())
            else {
                return Ok(Page {
                    url,
                    status: response.status(),
                    heads,
                    html: response.text().await?,
                });
            };
            url = url.join(next.to_str()?)?;
            response = self.http.get(url.clone()).send().await?;
        }
        bail!("too many redirects at {}", url.path())
    }

    /// Calls the JSON API with this browser's session. An empty answer is null.
    pub async fn api(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        self.api_once(method, path, body, None).await
    }

    /// The same; with the same key, a second call does nothing more than the first.
    pub async fn api_once(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> anyhow::Result<Value> {
        let url = self.address(path)?;
        let mut request = self
            .http
            .request(method.clone(), url)
            .header(header::ORIGIN, self.home.origin().ascii_serialization());
        request = request.header("sec-fetch-site", "same-origin");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{method} {path} answered {status}: {}", short(&text));
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{method} {path} answered no JSON"))
    }

    /// Reads JSON from the API.
    pub async fn read(&self, path: &str) -> anyhow::Result<Value> {
        self.api(Method::GET, path, None).await
    }

    /// Opens a stream of events, as an open page does.
    pub async fn events(&self, path: &str) -> anyhow::Result<Events> {
        let response = self
            .http
            .get(self.address(path)?)
            .header(header::ACCEPT, "text/event-stream")
            .send()
            .await?
            .error_for_status()?;
        Ok(Events {
            response,
            text: String::new(),
        })
    }
}

fn short(text: &str) -> String {
    let text: String = html::text(text).chars().take(300).collect();
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        text
    }
}

impl Page {
    /// The page if it loaded; otherwise an error that says what stands on it.
    pub fn good(self) -> anyhow::Result<Page> {
        if self.status.is_success() {
            return Ok(self);
        }
        bail!(
            "{} answered {}: {}",
            self.url.path(),
            self.status,
            short(&self.html)
        )
    }

    /// The page's words.
    pub fn text(&self) -> String {
        html::text(&self.html)
    }

    /// The form whose action ends like this.
    pub fn form(&self, action_ends: &str) -> anyhow::Result<Sent> {
        self.form_where(|form| self.action_path(form).ends_with(action_ends))
            .with_context(|| format!("{} has no form for {action_ends}", self.url.path()))
    }

    /// The form with a control of this name.
    pub fn form_with(&self, name: &str) -> anyhow::Result<Sent> {
        self.form_where(|form| form.controls.iter().any(|control| control.name == name))
            .with_context(|| format!("{} has no form with {name}", self.url.path()))
    }

    fn form_where(&self, fits: impl Fn(&Form) -> bool) -> Option<Sent> {
        html::forms(&self.html)
            .into_iter()
            .find(fits)
            .map(Sent::new)
    }

    fn action_path(&self, form: &Form) -> String {
        self.url
            .join(&form.action)
            .map(|url| url.path().to_owned())
            .unwrap_or_default()
    }

    /// The address of the first link whose address has this in it.
    pub fn link(&self, part: &str) -> anyhow::Result<String> {
        html::links(&self.html)
            .into_iter()
            .find(|(to, _)| to.contains(part))
            .map(|(to, _)| to)
            .with_context(|| format!("{} has no link to {part}", self.url.path()))
    }
}

/// A form while it is filled in.
#[derive(Debug, Clone)]
pub struct Sent {
    action: String,
    is_post: bool,
    controls: Vec<Control>,
    fields: Vec<(String, String)>,
}

impl Sent {
    fn new(form: Form) -> Sent {
        let fields = form
            .controls
            .iter()
            .filter(|control| !control.name.is_empty())
            .filter(|control| match control.kind {
                Kind::Check { on } | Kind::Radio { on } => on,
                Kind::Button { .. } => false,
                Kind::Value | Kind::Select(_) => true,
            })
            .map(|control| (control.name.clone(), control.value.clone()))
            .collect();
        Sent {
            action: form.action,
            is_post: form.is_post,
            controls: form.controls,
            fields,
        }
    }

    /// Every control, to choose from.
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// The value of the option, radio or checkbox of this name whose text has `text` in it.
    pub fn option(&self, name: &str, text: &str) -> anyhow::Result<String> {
        let named = self.controls.iter().filter(|control| control.name == name);
        for control in named {
            match &control.kind {
                Kind::Select(options) => {
                    if let Some((value, _)) = options.iter().find(|(_, shown)| shown.contains(text))
                    {
                        return Ok(value.clone());
                    }
                }
                _ if control.text.contains(text) => return Ok(control.value.clone()),
                _ => {}
            }
        }
        let there = self
            .controls
            .iter()
            .filter(|control| control.name == name)
            .map(|control| match &control.kind {
                Kind::Select(options) => options
                    .iter()
                    .map(|(_, text)| text.as_str())
                    .collect::<Vec<_>>()
                    .join(" | "),
                _ => control.text.clone(),
            });
        bail!(
            "no choice {text:?} of {name}; there is {}",
            there.collect::<Vec<_>>().join(" | ")
        )
    }

    /// Types or chooses: there is to be a control of this name.
    pub fn set(mut self, name: &str, value: &str) -> anyhow::Result<Sent> {
        if !self.controls.iter().any(|control| control.name == name) {
            let names: Vec<&str> = self
                .controls
                .iter()
                .map(|control| control.name.as_str())
                .collect();
            bail!(
                "the form for {} has no {name}; it has {}",
                self.action,
                names.join(", ")
            );
        }
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Ticks one more box of this name.
    pub fn tick(mut self, name: &str, value: &str) -> anyhow::Result<Sent> {
        let field = (name.to_owned(), value.to_owned());
        if !self
            .controls
            .iter()
            .any(|control| control.name == name && control.value == value)
        {
            bail!("the form for {} has no box {name} = {value}", self.action);
        }
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
        Ok(self)
    }

    /// Presses the button whose name and value are these.
    pub fn press(mut self, name: &str, value: &str) -> anyhow::Result<Sent> {
        let button = self.controls.iter().find(|control| {
            matches!(control.kind, Kind::Button { .. })
                && control.name == name
                && control.value == value
        });
        let Some(Control {
            kind: Kind::Button { action },
            ..
        }) = button
        else {
            bail!(
                "the form for {} has no button {name} = {value}",
                self.action
            )
        };
        if let Some(action) = action {
            self.action.clone_from(action);
        }
        self.fields.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }
}

/// Events as they come.
pub struct Events {
    response: Response,
    text: String,
}

impl Events {
    /// The data of the next event that fits.
    pub async fn next(&mut self, fits: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let data: Vec<&str> = event
                    .lines()
                    .filter_map(|line| line.strip_prefix("data:"))
                    .map(str::trim)
                    .collect();
                let value = serde_json::from_str::<Value>(&data.join("\n")).ok();
                let read = self.text.len() - rest.len();
                self.text.drain(..read);
                if let Some(value) = value.filter(&fits) {
                    return Ok(value);
                }
            }
            match self.response.chunk().await? {
                Some(bytes) => self.text.push_str(&String::from_utf8_lossy(&bytes)),
                None => bail!("the stream of events ended"),
            }
        }
    }
}
