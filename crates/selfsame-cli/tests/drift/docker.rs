//! Containers, images and Compose projects. Each is gone when it is dropped, also in a panic.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

use crate::asking::{wait_for, wait_until};
use crate::servers::free_address;
use crate::shop::{Built, can_be_built, environment};
use selfsame_testing::package;
use selfsame_testing::requirements::{have, require};

/// Whether there is a daemon to ask, with Compose.
#[must_use]
pub(crate) fn available() -> bool {
    if !can_be_built() || !["docker", "docker-compose"].into_iter().all(have) {
        return false;
    }
    let daemon = run(&["version", "--format", "{{.Server.Version}}"]);
    require("a Docker daemon that may be asked", daemon.is_ok())
}

/// Runs the client. What went wrong comes back.
pub(crate) fn run(arguments: &[&str]) -> Result<String, String> {
    finish(Command::new("docker").args(arguments))
}

/// Runs a program to its end. What went wrong comes back.
pub(crate) fn finish(command: &mut Command) -> Result<String, String> {
    let output = command
        .env_clear()
        .envs(environment())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The same of what has to succeed.
#[track_caller]
pub(crate) fn docker(arguments: &[&str]) -> String {
    run(arguments).unwrap_or_else(|said| panic!("docker {arguments:?}: {said}"))
}

/// Builds up to three times: the daemon takes a layer from what another test has built, whose removal
/// may take that layer away in between.
fn again(build: impl Fn() -> Result<String, String>) -> Result<String, String> {
    build().or_else(|_| build()).or_else(|_| build())
}

/// A name that nobody else has.
pub(crate) fn unique(what: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("selfsame-drift-{}-{next}-{what}", std::process::id())
}

/// An image, by its tag.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) tag: String,
}

impl Image {
    /// Builds what lies in `context`.
    pub(crate) fn of(context: &Path, name: &str, arguments: &[&str]) -> Self {
        let image = Self { tag: unique(name) };
        let context = context.to_str().expect("the path is UTF-8");
        // The daemon takes what was built from the same files for one image, which another test
        // removes: the label makes each another one.
        let label = format!("selfsame-drift={}", image.tag);
        let build = ["build", "--quiet", "--tag", &image.tag, "--label", &label];
        let build = [&build[..], arguments, &[context]].concat();
        again(|| run(&build)).unwrap_or_else(|said| panic!("docker {build:?}: {said}"));
        image
    }

    /// The service, as the example's Dockerfile makes its image.
    pub(crate) fn api(built: &Built, arguments: &[&str]) -> Self {
        let context = TempDir::with_prefix("selfsame-drift-").expect("a temporary directory");
        let dockerfile = package().join("examples/compose/api/Dockerfile");
        fs::copy(dockerfile, context.path().join("Dockerfile")).expect("it can be copied");
        fs::create_dir(context.path().join("image")).expect("it can be made");
        fs::copy(built.api(), context.path().join("image/api")).expect("it can be copied");
        Self::of(context.path(), "shop-api", arguments)
    }

    /// The image as `--artifact` takes it.
    pub(crate) fn spec(&self) -> String {
        format!("docker://{}", self.tag)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = run(&["rmi", "--force", &self.tag]);
    }
}

/// A web server for the dashboard: what nginx is to the shop.
pub(crate) fn web() -> Arc<Image> {
    static WEB: Mutex<Weak<Image>> = Mutex::new(Weak::new());
    let mut web = WEB.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(image) = web.upgrade() {
        return image;
    }
    let context = TempDir::with_prefix("selfsame-drift-").expect("a temporary directory");
    let rustc = Path::new(env!("CARGO")).with_file_name("rustc");
    let built = finish(
        Command::new(rustc)
            .args(["--edition", "2024", "-C", "target-feature=+crt-static"])
            .args(["--target", "x86_64-unknown-linux-gnu", "-C", "strip=symbols", "-o"])
            .arg(context.path().join("web"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drift/web/main.rs")),
    );
    built.expect("the web server is compiled");
    let dockerfile = "FROM scratch\nCOPY web /web\nENTRYPOINT [\"/web\"]\n";
    fs::write(context.path().join("Dockerfile"), dockerfile).expect("it can be written");
    let image = Arc::new(Image::of(context.path(), "web", &[]));
    *web = Arc::downgrade(&image);
    image
}

/// A running container.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) name: String,
    url: String,
}

impl Container {
    /// Runs the service's image.
    pub(crate) fn api(image: &Image, arguments: &[&str]) -> Self {
        let container = Self::started(image, arguments);
        wait_for(container.url());
        container
    }

    /// The same at an address that another one had.
    pub(crate) fn api_at(url: &str, image: &Image) -> Self {
        let address = url.strip_prefix("http://").and_then(|address| address.parse().ok());
        let container = Self::started_at(address.expect("an address"), image, &[]);
        wait_for(container.url());
        container
    }

    /// Runs the service's image without waiting for an answer.
    pub(crate) fn started(image: &Image, arguments: &[&str]) -> Self {
        Self::started_at(free_address(), image, arguments)
    }

    fn started_at(address: SocketAddr, image: &Image, arguments: &[&str]) -> Self {
        let container = Self { name: unique("api"), url: format!("http://{address}") };
        let token = format!("BACKOFFICE_TOKEN={}", crate::shop::TOKEN);
        let run = ["run", "--detach", "--name", &container.name, "--env", &token];
        let published = format!("{address}:8080");
        let published = ["--publish", &published];
        docker(&[&run[..], &published, arguments, &[&image.tag]].concat());
        container
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Does something to it by name.
    #[track_caller]
    pub(crate) fn does(&self, what: &str) {
        docker(&[what, &self.name]);
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = run(&["rm", "--force", "--volumes", &self.name]);
    }
}

/// The shop as Compose runs it, from the files in a directory.
#[derive(Debug)]
pub(crate) struct Compose {
    directory: PathBuf,
    project: String,
    /// Every image that was built: a tag that moves on leaves the old one behind.
    images: Mutex<BTreeSet<String>>,
    web: Arc<Image>,
}

impl Compose {
    pub(crate) fn in_directory(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            project: unique("shop"),
            images: Mutex::default(),
            web: web(),
        }
    }

    /// The variables under which the shop's files mean this project.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 4] {
        [
            ("COMPOSE_PROJECT_NAME", &self.project),
            ("API_PORT", "0"),
            ("DASHBOARD_PORT", "0"),
            ("WEB", &self.web.tag),
        ]
    }

    fn command(&self, arguments: &[&str]) -> Result<String, String> {
        let mut compose = Command::new("docker-compose");
        compose.args(arguments).current_dir(&self.directory);
        // `finish` clears what is set before.
        let variables = self.variables();
        let output = compose
            .env_clear()
            .envs(environment())
            .envs(variables)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        self.remember();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
        } else {
            Err(said)
        }
    }

    /// Runs docker-compose.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let done = match arguments {
            ["build", ..] => again(|| self.command(arguments)),
            _ => self.command(arguments),
        };
        done.unwrap_or_else(|said| panic!("docker-compose {arguments:?}: {said}"))
    }

    /// Keeps the images of the project in mind.
    pub(crate) fn remember(&self) {
        let reference = format!("reference={}-*", self.project);
        let listed = run(&["images", "--quiet", "--no-trunc", "--filter", &reference]);
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        images.extend(listed.unwrap_or_default().lines().map(str::to_owned));
    }

    /// The image of a service.
    pub(crate) fn image(&self, service: &str) -> String {
        format!("docker://{}-{service}:latest", self.project)
    }

    /// Where a service answers. It does so by then.
    #[track_caller]
    pub(crate) fn url(&self, service: &str) -> String {
        let port = if service == "api" { "8080" } else { "80" };
        let url = Mutex::new(String::new());
        wait_until(service, || {
            let Ok(address) = self.command(&["port", service, port]) else { return false };
            *url.lock().unwrap_or_else(PoisonError::into_inner) = format!("http://{address}");
            !address.is_empty() && !address.ends_with(":0")
        });
        let url = url.into_inner().unwrap_or_else(PoisonError::into_inner);
        wait_for(&url);
        url
    }
}

impl Drop for Compose {
    fn drop(&mut self) {
        let _ = self.command(&["down", "--volumes", "--remove-orphans", "--timeout", "0"]);
        let images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        for image in images.iter() {
            // Another project may have built the same.
            let tags = run(&["image", "inspect", "--format", "{{join .RepoTags \" \"}}", image]);
            let tags = tags.unwrap_or_default();
            if tags.split_whitespace().all(|tag| tag.starts_with(&self.project)) {
                let _ = run(&["rmi", "--force", image]);
            }
        }
    }
}
