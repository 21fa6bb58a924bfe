//! How long it takes, printed with `--nocapture` and never asserted.

use std::time::Instant;

use axum::{Router, routing::get};
use selfsame::routes::{Routes, of, verify};

use crate::support::{HANDLER, Runs};

#[test]
#[expect(clippy::print_stderr, reason = "the times are for whoever asks for them")]
fn a_thousand_routes() {
    let runs = Runs::default();
    let mut router: Router = Router::new();
    for number in 0..1000 {
        let path = format!("/api/v1/resource-{}/{{id}}/part-{number}", number % 50);
        router = router.route(&path, get(runs.handler(HANDLER)).post(runs.handler(HANDLER)));
    }
    let router = router.layer(runs.layer());
    let _ = of(&router);

    let start = Instant::now();
    let text = format!("{router:?}");
    let printed = start.elapsed();
    let start = Instant::now();
    let result = of(&router);
    let read = start.elapsed();
    let Routes::Listed(inventory) = result else {
        panic!("not read: {result:?}");
    };
    let start = Instant::now();
    let verification = verify(&router, &inventory);
    let verified = start.elapsed();
    assert_eq!(inventory.len(), 1000);
    assert!(verification.is_confirmed());
    eprintln!(
        "1,000 routes, {} bytes: printed in {printed:?}, printed and read in {read:?}, verified in {verified:?}",
        text.len()
    );
}
