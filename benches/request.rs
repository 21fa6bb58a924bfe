//! What the report costs requests, in one run beside what others cost:
//! `cargo bench --all-features --bench request`.
//!
//! Prints tables for the documentation. One part alone: `-- each`, `-- load` or `-- look` at the
//! end. Nothing here decides a test.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

use std::convert::Infallible;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request};
use axum::response::Response;
use axum::routing::get;
use selfsame::stamp::{Embedded, Facts, Shipped, Stamp, frame};
use selfsame::{RouterExt as _, SelfCheck, SelfCheckLayer};
use selfsame_core::environment::Environment;
use selfsame_source::{Package, shipped};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tower_http::set_header::SetResponseHeaderLayer;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let parts: [(&str, fn()); 3] = [("each", each), ("load", load), ("look", look)];
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part();
        }
    }
}

fn check(shipped: Vec<Shipped>) -> SelfCheck {
    let mut facts = Facts::new("api", "1.0.0");
    facts.commit = Some(COMMIT.parse().expect("it is a commit"));
    facts.revision.origin = selfsame::stamp::Origin::Override;
    facts.revision.tree = selfsame::stamp::Tree::Clean;
    facts.shipped = shipped;
    let stamp = Stamp::seal(facts).expect("the facts agree");
    SelfCheck::new(Embedded::new(frame(&stamp).leak())).environment(Environment::default())
}

const COMMIT: &str = "1f0c2d3e4b5a69788796a5b4c3d2e1f001234567";

fn router() -> Router {
    let mut router = Router::new().route("/", get(|| async { "hello" }));
    for number in 0..20 {
        router = router.route(&format!("/route/{number}/{{id}}"), get(|| async { "one" }));
    }
    router
}

/// Nanoseconds and allocations of one request to another path than the report's.
fn each() {
    const ROUNDS: usize = 9;
    const REQUESTS: u32 = 40_000;

    let header = || {
        SetResponseHeaderLayer::overriding(
            HeaderName::from_static("x-version"),
            HeaderValue::from_static("1"),
        )
    };
    let plain = || service_fn(|_: Request<Body>| async { Ok(Response::new(Body::empty())) });
    let routers = [
        ("router", router()),
        ("router and one more route", router().route("/more", get(|| async {}))),
        ("router.selfsame(…)", router().selfsame(check(Vec::new()))),
        ("router.layer(Identity)", router().layer(tower::layer::util::Identity::new())),
        ("router.layer(SetResponseHeader)", router().layer(header())),
    ];
    println!(
        "\n| a request to another path | ns | beside the first | allocations |\n|---|---|---|---|"
    );
    let mut times = vec![Vec::new(); routers.len()];
    for _ in 0..ROUNDS {
        for (times, (_, router)) in times.iter_mut().zip(&routers) {
            times.push(time(router, REQUESTS));
        }
    }
    let first = median(&mut times[0].clone());
    for (times, (name, router)) in times.iter_mut().zip(&routers) {
        let time = median(times);
        let difference = time - first;
        println!("| `{name}` | {time:.0} | {difference:+.0} | {} |", allocations(router));
    }
    let layered = SelfCheckLayer::new(check(Vec::new())).layer(plain());
    let with_header = header().layer(plain());
    let (mut bare, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(time(&plain(), REQUESTS));
        ours.push(time(&layered, REQUESTS));
        theirs.push(time(&with_header, REQUESTS));
    }
    let first = median(&mut bare);
    println!("| `service` | {first:.0} | +0 | {} |", allocations(&plain()));
    let time = median(&mut ours);
    let difference = time - first;
    println!(
        "| `SelfCheckLayer(service)` | {time:.0} | {difference:+.0} | {} |",
        allocations(&layered)
    );
    let time = median(&mut theirs);
    let difference = time - first;
    println!(
        "| `SetResponseHeader(service)` | {time:.0} | {difference:+.0} | {} |",
        allocations(&with_header)
    );
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn time<S>(service: &S, requests: u32) -> f64
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone,
{
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let begun = Instant::now();
        for _ in 0..requests {
            let request = Request::get("/route/7/1").body(Body::empty()).expect("well-formed");
            let _ = std::hint::black_box(service.clone().oneshot(request).await);
        }
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(requests)
    })
}

fn allocations<S>(service: &S) -> u64
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone,
{
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let request = Request::get("/route/7/1").body(Body::empty()).expect("well-formed");
    let mut service = service.clone();
    let counted = allocation_counter::measure(|| {
        let answer = runtime.block_on(async { service.ready().await?.call(request).await });
        std::mem::forget(answer);
    });
    counted.count_total
}

/// Serves a router until the process ends.
fn serve(router: Router) -> SocketAddr {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            send.send(listener.local_addr().expect("it is bound")).expect("it is awaited");
            axum::serve(listener, router).await.expect("it serves");
        });
    });
    receive.recv().expect("it listens")
}

/// One connection that asks again and again.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_nodelay(true).expect("it can be set");
        Self(BufReader::new(stream))
    }

    /// Asks once and returns the status.
    fn ask(&mut self, target: &str) -> u16 {
        let request = format!("GET {target} HTTP/1.1\r\nHost: api\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).expect("it reads");
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            self.0.read_line(&mut line).expect("it answers");
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().expect("it is a status");
            } else if let Some(rest) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = rest.trim().parse().expect("it is a length");
            } else if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("the body is whole");
        status
    }
}

/// Requests in a second to a conditional `/__build`, beside a handler of the same fixed bytes.
fn load() {
    const ROUNDS: usize = 7;
    const STRETCH: Duration = Duration::from_secs(2);

    let target = format!("/__build?commit={COMMIT}");
    let app = router().selfsame(check(Vec::new()).public(selfsame::Level::Summary));
    let address = serve(app);
    let mut connection = Connection::new(address);
    while connection.ask("/__build?intact") == 503 {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(connection.ask(&target), 200);
    // The same headers and as many bytes.
    let fixed = router().route(
        "/fixed",
        get(|| async {
            let headers = [
                ("content-type", "application/json"),
                ("cache-control", "no-store"),
                ("vary", "Accept, Authorization"),
                ("x-content-type-options", "nosniff"),
            ];
            (headers, [b'x'; 420].as_slice())
        }),
    );
    let fixed_address = serve(fixed);
    let mut fixed_connection = Connection::new(fixed_address);
    let rate = |connection: &mut Connection, target: &str| {
        let (begun, mut asked) = (Instant::now(), 0_u32);
        while begun.elapsed() < STRETCH {
            assert_eq!(connection.ask(target), 200);
            asked += 1;
        }
        f64::from(asked) / begun.elapsed().as_secs_f64()
    };
    let mut ratios = Vec::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let fixed = rate(&mut fixed_connection, "/fixed");
        let build = rate(&mut connection, &target);
        ratios.push(build / fixed);
        ours.push(build);
        theirs.push(fixed);
    }
    println!("\n| one connection, requests in a second | | ratio |\n|---|---|---|");
    println!("| fixed bytes | {:.0} | 1.00 |", median(&mut theirs));
    println!("| `/__build?commit=…` | {:.0} | {:.2} |", median(&mut ours), median(&mut ratios));
}

/// The latency of other requests while the process hashes 1 GiB of shipped files, and while not.
fn look() {
    const ROUNDS: usize = 5;
    const FILES: usize = 64;
    const EACH: u64 = 16 << 20;

    let directory = tempfile::TempDir::with_prefix("look-").expect("a temporary directory");
    let package = directory.path().join("package");
    std::fs::create_dir_all(package.join("src")).expect("mkdir");
    std::fs::write(package.join("src/main.rs"), "fn main() {}\n").expect("it is written");
    std::fs::write(package.join("Cargo.toml"), "[package]\nname = \"api\"\nversion = \"1.0.0\"\n")
        .expect("it is written");
    fill(&package.join("dist"), FILES, EACH);
    let package = Package::open(&package).expect("it is a package");
    let at = package.root().join("dist").to_str().expect("UTF-8").to_owned();
    let mut scope = selfsame_source::Scope::default();
    scope.ship(std::path::Path::new("dist"), Some(&at), None).expect("it is a path");
    let shipped = shipped(&package, &scope.shipped);

    let mut ratios = Vec::new();
    let (mut quiet, mut busy, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // Each service looks at the beginning, from nothing.
        let begun = Instant::now();
        let address = serve(router().selfsame(check(shipped.clone())));
        let mut asking = Connection::new(address);
        let mut while_hashing = Vec::new();
        let mut other = Connection::new(address);
        while other.ask("/__build?intact") == 503 {
            while_hashing.extend(latencies(&mut asking, 200));
        }
        took.push(begun.elapsed().as_secs_f64());
        let mut at_rest = latencies(&mut asking, while_hashing.len());
        let (a, b) = (p99(&mut at_rest), p99(&mut while_hashing));
        quiet.push(a);
        busy.push(b);
        ratios.push(b / a);
    }
    println!("\n| other requests, 1 every ms | p99, µs | ratio |\n|---|---|---|");
    println!("| at rest | {:.0} | 1.00 |", median(&mut quiet));
    println!(
        "| while 1 GiB is hashed ({:.1} s) | {:.0} | {:.2} |",
        median(&mut took),
        median(&mut busy),
        median(&mut ratios)
    );
}

fn fill(directory: &Path, files: usize, each: u64) {
    std::fs::create_dir_all(directory).expect("mkdir");
    for number in 0..files {
        let mut file = File::create(directory.join(number.to_string())).expect("it is made");
        let block = vec![u8::try_from(number % 251).expect("it is small"); 1 << 20];
        for _ in 0..each >> 20 {
            file.write_all(&block).expect("it is written");
        }
    }
}

/// Microseconds of each request, a millisecond apart.
fn latencies(connection: &mut Connection, requests: usize) -> Vec<f64> {
    (0..requests)
        .map(|_| {
            std::thread::sleep(Duration::from_millis(1));
            let begun = Instant::now();
            assert_eq!(connection.ask("/route/7/1"), 200);
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect()
}

fn p99(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}
