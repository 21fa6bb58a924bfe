//! A service of Rocket, which lists its own routes.

use std::net::SocketAddr;

use rocket::fairing::AdHoc;
use rocket::{Build, Rocket, delete, get, routes};
use selfsame::SelfCheck;
use selfsame::routes::{Inventory, InventoryError, Route};

#[get("/workflows")]
fn list() -> &'static str {
    "[]"
}

#[get("/workflows/<id>")]
fn one(id: u32) -> String {
    format!("{{\"id\":{id}}}")
}

#[delete("/workflows/<id>")]
fn remove(id: u32) {
    let _ = id;
}

fn app() -> Rocket<Build> {
    let config = rocket::Config {
        port: 8080,
        log_level: rocket::config::LogLevel::Off,
        ..Default::default()
    };
    // ROCKET_PORT and its like come first.
    let figment = rocket::Config::figment().join(config);
    rocket::custom(figment).mount("/api/v1", routes![list, one, remove])
}

/// What Rocket has mounted: `<id>` is `{id}` here, and `<path..>` is `{*path}`.
fn inventory(app: &Rocket<Build>) -> Result<Inventory, InventoryError> {
    let mut paths: std::collections::BTreeMap<String, Vec<&str>> = Default::default();
    for route in app.routes() {
        let path = route.uri.path();
        let segment =
            |segment: &str| match segment.strip_prefix('<').and_then(|s| s.strip_suffix('>')) {
                Some(name) => match name.strip_suffix("..") {
                    Some(name) => format!("{{*{name}}}"),
                    None => format!("{{{name}}}"),
                },
                None => segment.to_owned(),
            };
        let path = path.split('/').map(segment).collect::<Vec<_>>().join("/");
        paths.entry(path).or_default().push(route.method.as_str());
    }
    let routes: Result<Vec<_>, _> =
        paths.iter().map(|(path, methods)| Route::new(path, methods)).collect();
    Inventory::new(routes?)
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = app();
    let check = SelfCheck::new(selfsame::stamp!()).routes(inventory(&app));
    let report = tokio::net::TcpListener::bind(report_address()).await?;
    println!("report on http://{}/__build", report.local_addr()?);
    tokio::spawn(selfsame::serve_on(report, check));

    let say = AdHoc::on_liftoff("say where", |rocket| {
        Box::pin(async move {
            let config = rocket.config();
            println!("listening on http://{}:{}", config.address, config.port);
        })
    });
    app.attach(say).launch().await?;
    Ok(())
}

fn report_address() -> SocketAddr {
    let set = std::env::var("REPORT").ok().and_then(|address| address.parse().ok());
    set.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9100)))
}
