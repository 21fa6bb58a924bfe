//! A real browser: Chromium, headless, driven through chromedriver by the
//! [WebDriver protocol](https://www.w3.org/TR/webdriver2/).

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use selfsame_testing::requirements::have;

/// For so long a browser may keep a test waiting, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// One browser at a time: each is several processes.
static ALONE: Mutex<()> = Mutex::new(());

/// A browser with one window. It ends, and leaves nothing behind, when it is dropped.
pub(crate) struct Browser {
    session: Option<String>,
    /// The process of Chromium.
    process: Option<u64>,
    http: ureq::Agent,
    driver: Driver,
    profile: TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// The process of chromedriver, and what it has started.
struct Driver {
    child: Child,
    url: String,
}

impl Browser {
    /// Starts one, if the machine has what it takes.
    pub(crate) fn start() -> Option<Self> {
        if !(have("chromedriver") && have("chromium")) {
            return None;
        }
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = TempDir::with_prefix("page-").expect("a temporary directory");
        let driver = Driver::start(&profile);
        let http = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let mut browser =
            Self { session: None, process: None, http, driver, profile, _alone: alone };
        let data = format!("--user-data-dir={}", browser.profile.path().display());
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                "--hide-scrollbars", "--no-first-run", "--disable-background-networking", data,
            ]},
        }}});
        let session = browser.send("/session", &capabilities);
        browser.session = Some(session["sessionId"].as_str().expect("a session").to_owned());
        browser.process = session["capabilities"]["goog:processID"].as_u64();
        Some(browser)
    }

    /// Sends a command and returns the value of the answer.
    fn send(&self, path: &str, body: &Value) -> Value {
        let post = self.http.post(format!("{}{path}", self.driver.url));
        let answer = post.content_type("application/json").send(body.to_string());
        let mut answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string();
        let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut answered: Value = serde_json::from_str(&text).expect("chromedriver speaks JSON");
        let value = answered["value"].take();
        assert!(answer.status().is_success(), "{path}: {value:#}");
        value
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        let session = self.session.as_deref().expect("the browser has a session");
        self.send(&format!("/session/{session}/{path}"), body)
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&self, url: &str) {
        self.command("url", &json!({"url": url}));
    }

    /// Runs the body of a function in the page and returns what it returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({"script": script, "args": []}))
    }

    /// What the page shows, as it would be copied.
    pub(crate) fn text(&self) -> String {
        self.run("return document.body.innerText").as_str().expect("a text").to_owned()
    }

    /// A command of the [DevTools protocol](https://chromedevtools.github.io/devtools-protocol/).
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Makes the window so wide and high, and the pages light or dark.
    pub(crate) fn show(&self, width: u32, height: u32, scheme: &str) {
        let mobile = width < 500;
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Types into the element of a selector, after what stands there.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let found = self.command("element", &json!({"using": "css selector", "value": selector}));
        let id = found.as_object().and_then(|found| found.values().next());
        let id = id.and_then(Value::as_str).expect("an element has an id");
        self.command(&format!("element/{id}/value"), &json!({"text": text}));
    }

    /// Presses the Tab key.
    pub(crate) fn press_tab(&self) {
        for kind in ["rawKeyDown", "keyUp"] {
            let event =
                json!({"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9});
            self.devtools("Input.dispatchKeyEvent", &event);
        }
    }

    /// What was written to the console since the last call, errors of loading and of the
    /// Content-Security-Policy too.
    pub(crate) fn console(&self) -> Vec<String> {
        let log = self.command("se/log", &json!({"type": "browser"}));
        let entries = log.as_array().expect("a list").iter();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The role and the name of everything that a screen reader comes to.
    pub(crate) fn accessible(&self) -> Vec<(String, String)> {
        let tree = self.devtools("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().expect("a list").iter();
        nodes
            .filter(|node| node["ignored"] != true)
            .map(|node| {
                let value = |key: &str| node[key]["value"].as_str().unwrap_or_default().to_owned();
                (value("role"), value("name"))
            })
            .collect()
    }

    /// What the window shows, or the whole page, as a PNG.
    pub(crate) fn screenshot(&self, whole: bool) -> Vec<u8> {
        use base64::Engine as _;

        let shot = json!({"format": "png", "captureBeyondViewport": whole});
        let shot = self.devtools("Page.captureScreenshot", &shot);
        let data = shot["data"].as_str().expect("an image");
        base64::engine::general_purpose::STANDARD.decode(data).expect("base64")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        // Chromium ends with its session, or it is ended.
        let ended = self.http.delete(format!("{}/session/{session}", self.driver.url)).call();
        if let (Err(_), Some(process)) = (ended, self.process) {
            let _ = Command::new("kill").args(["-KILL", &process.to_string()]).status();
        }
    }
}

impl Driver {
    fn start(profile: &TempDir) -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // What Chromium writes beside its profile goes with it.
        command.env("HOME", profile.path()).env("TMPDIR", profile.path());
        let mut child = command.spawn().expect("chromedriver starts");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut driver = Self { child, url: String::new() };
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            // Whatever else it prints must not fill the pipe.
            for line in out.lines().map_while(Result::ok) {
                let port = line.strip_prefix("ChromeDriver was started successfully on port ");
                if let Some(port) = port.and_then(|port| port.trim_end_matches('.').parse().ok()) {
                    let _ = send.send(port);
                }
            }
        });
        let port: u16 = receive.recv_timeout(PATIENCE).expect("chromedriver says its port");
        driver.url = format!("http://127.0.0.1:{port}");
        driver
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
