//! The subscriber of a test process: it passes each event on, and keeps no spans.

use std::sync::Once;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What an event is passed to.
pub type Take = fn(&Event<'_>);

struct Events(Take);

impl Subscriber for Events {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        (self.0)(event);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Passes all events of this process to `take` from now on. A process has one subscriber, so only
/// the first call does something.
pub fn pass_to(take: Take) {
    static SET: Once = Once::new();

    SET.call_once(|| {
        tracing::subscriber::set_global_default(Events(take)).expect("it is the only one");
    });
}
