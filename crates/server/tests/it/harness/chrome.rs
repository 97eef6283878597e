//! A headless Chromium, driven as a person would: clicks, keys, what is on the screen.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long something may take to come on the screen.
const PATIENCE: Duration = Duration::from_secs(20);

/// How somebody looks at a page.
#[derive(Clone, Copy)]
pub(crate) enum Look {
    /// A laptop, by day.
    Light,
    /// A laptop, by night.
    Dark,
    /// A phone: 390 pixels wide.
    Phone,
}

impl Look {
    pub(crate) const ALL: [Look; 3] = [Look::Light, Look::Dark, Look::Phone];

    fn name(self) -> &'static str {
        match self {
            Look::Light => "light",
            Look::Dark => "dark",
            Look::Phone => "390",
        }
    }
}

/// A browser of its own, with the driver that moves it.
pub(crate) struct Chrome {
    pub(crate) page: Client,
    driver: Child,
    base: String,
    _profile: TempDir,
}

/// Are the stories in a browser to run? In CI they must.
pub(crate) fn is_wanted() -> bool {
    let wanted = std::env::var_os("UPVOW_TEST_BROWSER").is_some();
    assert!(
        wanted || std::env::var("CI").as_deref() != Ok("true"),
        "in CI the browser may not be left out: set UPVOW_TEST_BROWSER=1"
    );
    if !wanted {
        eprintln!("left out: UPVOW_TEST_BROWSER is not set");
    }
    wanted
}

impl Chrome {
    /// Opens a browser; `scripts` says whether pages may run theirs.
    pub(crate) async fn open(scripts: bool) -> Chrome {
        let (driver, port) = start_driver();
        let base = format!("http://127.0.0.1:{port}");
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                "--force-prefers-reduced-motion", "--no-proxy-server", "--window-size=1280,900",
                format!("--user-data-dir={}", profile.path().display()),
            ],
        });
        if !scripts {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&base)
            .await
            .expect("Chromium starts");
        Chrome {
            page,
            driver,
            base,
            _profile: profile,
        }
    }

    /// Loads a page.
    pub(crate) async fn go(&self, url: &str) {
        self.page.goto(url).await.expect("the page loads");
    }

    /// What this names on the page, as soon as it is there.
    pub(crate) async fn see(&self, css: &str) -> Element {
        let found = self
            .page
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css))
            .await;
        match found {
            Ok(element) => element,
            Err(error) => panic!(
                "{css} is not on {}: {error}; it says: {}",
                self.place().await,
                self.words().await
            ),
        }
    }

    /// Clicks it. A live change may put a new element in its place between the look and the click: then that one is
    /// meant, and nothing was clicked yet.
    pub(crate) async fn click(&self, css: &str) {
        for tries_left in (0..5).rev() {
            let element = self.see(css).await;
            self.page
                .execute(
                    "arguments[0].scrollIntoView({block: 'center'})",
                    vec![json!(element)],
                )
                .await
                .ok();
            match element.click().await {
                Ok(()) => return,
                Err(error) if tries_left > 0 && error.to_string().contains("stale element") => {}
                Err(error) => panic!("{css} on {} cannot be clicked: {error}", self.place().await),
            }
        }
    }

    /// Clicks the one of these that has this among its words.
    pub(crate) async fn click_with(&self, css: &str, text: &str) {
        self.see(css).await;
        for element in self
            .page
            .find_all(Locator::Css(css))
            .await
            .expect("the page answers")
        {
            if element.text().await.is_ok_and(|words| words.contains(text)) {
                element.click().await.expect("it can be clicked");
                return;
            }
        }
        panic!("no {css} with {text:?} on {}", self.place().await);
    }

    /// Types into it, after what is there is gone.
    pub(crate) async fn write(&self, css: &str, text: &str) {
        let element = self.see(css).await;
        element.clear().await.expect("it can be cleared");
        element.send_keys(text).await.expect("it takes keys");
    }

    /// Waits until the page's words have this among them.
    pub(crate) async fn reads(&self, text: &str) {
        self.until(&format!("the words {text:?}"), || async {
            self.words().await.contains(text)
        })
        .await;
    }

    /// Waits until the address has this in it.
    pub(crate) async fn at(&self, part: &str) {
        self.until(&format!("the address {part}"), || async {
            self.place().await.contains(part)
        })
        .await;
    }

    /// Waits until it is so.
    pub(crate) async fn until<F: Future<Output = bool>>(&self, what: &str, is_so: impl Fn() -> F) {
        let begun = Instant::now();
        while !is_so().await {
            assert!(
                begun.elapsed() < PATIENCE,
                "{what}: not on {}, which says: {}",
                self.place().await,
                self.words().await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Where the browser is.
    pub(crate) async fn place(&self) -> String {
        self.page
            .current_url()
            .await
            .expect("an address")
            .to_string()
    }

    /// What can be read on the page.
    pub(crate) async fn words(&self) -> String {
        match self.page.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Runs a script; what it returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.page
            .execute(script, vec![])
            .await
            .expect("the script runs")
    }

    /// Presses a key where the focus is.
    pub(crate) async fn press(&self, key: &str) {
        let focused = self
            .page
            .active_element()
            .await
            .expect("something has the focus");
        focused.send_keys(key).await.expect("it takes the key");
    }

    /// Presses Tab until this has the focus, and sees that the focus shows.
    pub(crate) async fn tab_to(&self, css: &str) {
        self.see(css).await;
        for _ in 0..120 {
            let is_there = self
                .run(&format!(
                    "return document.activeElement.matches({})",
                    json!(css)
                ))
                .await;
            if is_there == true {
                let shows = self
                    .run("const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' || s.boxShadow !== 'none'")
                    .await;
                assert_eq!(shows, true, "the focus on {css} does not show");
                return;
            }
            self.press("\u{e004}").await;
        }
        panic!("{css} on {} is not reached by Tab", self.place().await);
    }

    /// Sets how pages look.
    pub(crate) async fn look(&self, look: Look) {
        let scheme = if matches!(look, Look::Dark) {
            "dark"
        } else {
            "light"
        };
        self.tell(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        )
        .await;
        let (width, height, mobile) = if matches!(look, Look::Phone) {
            (390, 844, true)
        } else {
            (1280, 900, false)
        };
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.tell("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Keeps pictures of the page in every look, in `target/screenshots`, and sees that nothing is wider than a phone.
    pub(crate) async fn picture(&self, name: &str) {
        for look in Look::ALL {
            self.look(look).await;
            let wider = self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
            assert!(
                wider.as_i64().is_some_and(|wider| wider <= 0),
                "{name} is {wider} pixels wider than the screen ({})",
                look.name()
            );
            let taken = self
                .tell(
                    "Page.captureScreenshot",
                    json!({ "format": "png", "captureBeyondViewport": true }),
                )
                .await;
            let png = STANDARD
                .decode(taken["data"].as_str().expect("a picture"))
                .expect("base64");
            let folder = screenshots();
            std::fs::create_dir_all(&folder).expect("a folder for pictures");
            std::fs::write(folder.join(format!("{name}-{}.png", look.name())), png)
                .expect("the picture is kept");
        }
        self.look(Look::Light).await;
    }

    /// Drags one thing to another. A browser without a screen has no drag and drop of its own (pressing and moving the
    /// mouse starts none), so the page is sent the events that one would send it.
    pub(crate) async fn drag(&self, from: &str, to: &str) {
        let (from, to) = (self.see(from).await, self.see(to).await);
        let script = "
            const [from, to] = arguments;
            const data = new DataTransfer();
            const send = (target, kind) => {
                const box = target.getBoundingClientRect();
                const at = { clientX: box.x + box.width / 2, clientY: box.y + Math.min(box.height / 2, 80) };
                return target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data, ...at }));
            };
            if (!from.draggable) throw new Error('it cannot be dragged');
            send(from, 'dragstart');
            send(to, 'dragenter');
            // Who does not prevent the default here takes no drop.
            if (send(to, 'dragover')) throw new Error('it takes no drop');
            send(to, 'drop');
            send(from, 'dragend');";
        self.page
            .execute(script, vec![json!(from), json!(to)])
            .await
            .expect("the drag is made");
    }

    /// A command of the DevTools protocol.
    async fn tell(&self, command: &str, parameters: Value) -> Value {
        let session = self
            .page
            .session_id()
            .await
            .expect("a session")
            .expect("a session");
        let url = format!("{}/session/{session}/goog/cdp/execute", self.base);
        let body = json!({ "cmd": command, "params": parameters });
        let answer = reqwest::Client::new()
            .post(url)
            .json(&body)
            .send()
            .await
            .expect("the driver answers");
        let answer: Value = answer.json().await.expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{command}: {answer}");
        answer["value"].clone()
    }

    /// Closes it.
    pub(crate) async fn close(mut self) {
        let _ = self.page.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn start_driver() -> (Child, u16) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts; without it unset UPVOW_TEST_BROWSER");
    let out = BufReader::new(driver.stdout.take().expect("its output is piped"));
    let mut lines = out.lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        line.split_once("started successfully on port ")
            .and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok())
    });
    // Somebody has to read what it goes on to say.
    std::thread::spawn(move || lines.for_each(drop));
    (driver, port.expect("chromedriver says its port"))
}

fn screenshots() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    target.join("screenshots")
}
