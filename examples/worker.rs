//! A background job without HTTP of its own. It serves the report on a private listener, watches its
//! configuration and its executable, and when one of them is replaced it finishes what it does and
//! ends, so that its supervisor starts the new one.
//!
//! ```console
//! $ WORKER_CONFIG=/etc/worker.toml cargo run --example worker --all-features -- 127.0.0.1:9100
//! $ curl 'http://127.0.0.1:9100/__build?config'
//! ```
#![expect(clippy::print_stdout, reason = "it says what it does")]

use std::time::Duration;

use selfsame::SelfCheck;
use selfsame_core::environment::Environment;
use tokio::net::TcpListener;
use tokio::sync::watch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9100".to_owned());
    let environment = Environment::of_process();
    let path = environment.get("WORKER_CONFIG").unwrap_or("worker.toml".as_ref()).to_owned();
    let every =
        environment.get("WORKER_LOOK_EVERY_MS").and_then(|every| every.to_str()?.parse().ok());

    let (stop, mut stopped) = watch::channel(false);
    // Named before it is read, so that a change in between shows.
    let check = SelfCheck::new(selfsame::stamp!())
        .config("app", &path)
        .config_vars(["WORKER_QUEUE"])
        .look_every(Duration::from_millis(every.unwrap_or(60_000)))
        .on_drift(move |drift| {
            println!("replaced: {drift:?}");
            let _ = stop.send(true);
        });
    let config = std::fs::read_to_string(&path).unwrap_or_default();
    println!("works with {config:?}");

    let listener = TcpListener::bind(address).await?;
    println!("report on http://{}/__build", listener.local_addr()?);
    // What becomes of the listener is no concern of the job.
    let report = tokio::spawn(selfsame::serve_on(listener, check));

    let mut done = 0_u64;
    while !*stopped.borrow_and_update() {
        // A piece of work, which is never left half done.
        tokio::time::sleep(Duration::from_millis(10)).await;
        done += 1;
    }
    report.abort();
    println!("ends after {done} pieces of work");
    Ok(())
}
