use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use selfsame_core::report::Observation;

/// What was replaced under a running process, as two looks in a row found it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drift {
    /// Whether the executable was replaced, or is gone.
    pub executable: bool,
    /// The shipped directories whose files were replaced, by name.
    pub shipped: Vec<String>,
    /// The configuration that was replaced after it was loaded, by name.
    pub config: Vec<String>,
}

/// What a service does about it.
#[derive(Clone)]
pub(crate) struct OnDrift(pub(crate) Arc<dyn Fn(&Drift) + Send + Sync>);

impl fmt::Debug for OnDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDrift")
    }
}

/// Calls back once.
#[derive(Debug)]
pub(super) struct Callback {
    on_drift: Option<OnDrift>,
    /// What differed when the process started: another start would change nothing about it.
    at_start: Option<BTreeSet<What>>,
    last: BTreeSet<What>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Executable,
    Shipped(String),
    Config(String),
}

impl Callback {
    pub(super) fn new(on_drift: Option<OnDrift>) -> Self {
        Self { on_drift, at_start: None, last: BTreeSet::new() }
    }

    /// Takes what a look found. The callback runs in a thread of its own, so that it may wait.
    pub(super) fn update(&mut self, now: &Observation) {
        if self.on_drift.is_none() {
            return;
        }
        let now = differing(now);
        let at_start = self.at_start.get_or_insert_with(|| {
            now.iter().filter(|what| !matches!(what, What::Config(_))).cloned().collect()
        });
        // What was right in between, and is replaced again, was replaced.
        at_start.retain(|what| now.contains(what));
        let replaced: BTreeSet<What> = now.difference(at_start).cloned().collect();
        let agreed: BTreeSet<What> = replaced.intersection(&self.last).cloned().collect();
        self.last = replaced;
        if agreed.is_empty() {
            return;
        }
        let Some(OnDrift(call)) = self.on_drift.take() else { return };
        let mut drift = Drift { executable: false, shipped: Vec::new(), config: Vec::new() };
        for what in agreed {
            match what {
                What::Executable => drift.executable = true,
                What::Shipped(name) => drift.shipped.push(name),
                What::Config(name) => drift.config.push(name),
            }
        }
        let thread = std::thread::Builder::new().name("selfsame-drift".to_owned());
        let again = OnDrift(Arc::clone(&call));
        if let Err(error) = thread.spawn(move || call(&drift)) {
            tracing::warn!(%error, "selfsame: no thread for on_drift; it is tried after the next look");
            self.on_drift = Some(again);
        }
    }
}

fn differing(observation: &Observation) -> BTreeSet<What> {
    let executable = (observation.executable.intact() == Some(false)).then_some(What::Executable);
    let shipped = observation.shipped.iter().filter(|one| one.intact() == Some(false));
    let config = observation.config.iter().filter(|one| one.loaded() == Some(false));
    executable
        .into_iter()
        .chain(shipped.map(|one| What::Shipped(one.name.clone())))
        .chain(config.map(|one| What::Config(one.name.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use selfsame_core::report::{
        ConfigIs, ConfigState, Executable, ExecutableState, ShippedIs, ShippedState,
    };

    use super::*;

    fn observation(
        executable: ExecutableState,
        shipped: ShippedIs,
        config: ConfigIs,
    ) -> Observation {
        let shipped = ShippedState::new("dist", "/app/dist", shipped);
        let mut found = Observation::new("now", Executable::new(None, executable), vec![shipped]);
        found.config = vec![ConfigState::new("app", "/etc/app.toml", config)];
        found
    }

    /// What is called back when these looks follow each other.
    fn called(looks: &[Observation]) -> Vec<Drift> {
        let (send, receive) = mpsc::channel();
        let mut callback = Callback::new(Some(OnDrift(Arc::new(move |drift: &Drift| {
            send.send(drift.clone()).unwrap();
        }))));
        for look in looks {
            callback.update(look);
        }
        drop(callback);
        // The sender goes with the callback, so this ends when no call is left.
        std::iter::from_fn(|| receive.recv_timeout(Duration::from_secs(30)).ok()).collect()
    }

    #[test]
    fn two_looks_agree_and_it_is_called_once() {
        use ConfigIs::{Changed, Gone, Same as Loaded};
        use ExecutableState::{Replaced, Same, Unknown};
        use ShippedIs::{Different, Same as Intact};

        let well = || observation(Same, Intact, Loaded);
        let replaced = || observation(Replaced, Intact, Loaded);
        let config = |is| observation(Same, Intact, is);
        assert_eq!(called(&[well(), replaced()]), []);
        assert_eq!(called(&[well(), replaced(), well(), replaced()]), []);
        assert_eq!(called(&[well(), replaced(), config(Changed), well()]), [], "they disagree");
        assert_eq!(called(&[well(), observation(Unknown, Intact, Loaded), well()]), []);
        let [drift] =
            &called(&[well(), replaced(), replaced(), replaced(), well(), replaced()])[..]
        else {
            panic!("it is called once")
        };
        assert!(drift.executable && drift.shipped.is_empty() && drift.config.is_empty());
        let [drift] = &called(&[config(Changed), config(Gone), config(Changed)])[..] else {
            panic!("configuration was loaded before the first look")
        };
        assert_eq!((drift.executable, &drift.config[..]), (false, &["app".to_owned()][..]));
        // What another start would find again starts no loop of starts.
        let differs = || observation(Replaced, Different, Loaded);
        assert_eq!(called(&[differs(), differs(), differs()]), []);
        let shipped = || observation(Same, Different, Loaded);
        assert_eq!(called(&[differs(), well(), shipped(), shipped()])[0].shipped, ["dist"]);
    }
}
