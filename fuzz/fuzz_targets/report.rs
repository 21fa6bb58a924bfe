//! A report that is read is written and read again as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use selfsame_core::report::Report;

fuzz_target!(|bytes: &[u8]| {
    let Ok(report) = Report::parse(bytes) else { return };
    let text = serde_json::to_vec(&report).expect("a report is JSON");
    let again = Report::parse(&text).expect("what was written is a report");
    assert_eq!(serde_json::to_vec(&again).expect("JSON"), text);
});
