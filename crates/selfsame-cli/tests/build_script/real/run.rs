//! One row, from the edit to the way back.

use std::any::Any;

use selfsame::stamp::{Digest, Tree};

use super::answer::{Answer, check, content};
use super::measure::{Measured, digest, is_of_service, stamp};
use super::row::{Compiles, Covered, Expected, Row};
use super::workspace::{Shape, Workspace};

/// A workspace, and what was built of it before any edit.
#[derive(Debug)]
pub(super) struct Lane {
    workspace: Workspace,
    content: String,
    bytes: Digest,
}

/// What was measured of a row.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) place: usize,
    pub(super) name: &'static str,
    pub(super) measured: Option<Measured>,
    pub(super) differs: bool,
    pub(super) uncommitted: String,
    pub(super) committed: String,
    /// What is not as it has to be.
    pub(super) faults: Vec<String>,
}

impl Outcome {
    fn of(place: usize, row: &Row) -> Self {
        Self {
            place,
            name: row.name,
            measured: None,
            differs: false,
            uncommitted: String::new(),
            committed: String::new(),
            faults: Vec::new(),
        }
    }

    pub(super) fn panicked(place: usize, row: &Row, panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        let mut outcome = Self::of(place, row);
        outcome.fault(format!("it ended: {text}"));
        outcome
    }

    fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// Holds an answer for the artifact from before the edit against what it has to be.
    fn judge(&mut self, when: &str, answer: &Answer, row: &Row) {
        let verdict = answer.verdict.as_str();
        let is_blind = matches!(row.expected, Expected::Blind(_));
        if self.differs && verdict == "same" && !is_blind {
            self.fault(format!("{when}: the bytes differ, and the answer is same"));
        }
        if !self.differs && verdict == "drift" && !row.cautious {
            self.fault(format!("{when}: the bytes are equal, and the answer is drift"));
        }
        self.expect(when, answer, row.expected);
    }

    fn expect(&mut self, when: &str, answer: &Answer, expected: Expected) {
        let (verdict, text) = (&answer.verdict, &answer.text);
        if verdict != expected.verdict() {
            self.fault(format!("{when}: {verdict}, expected {}\n{text}", expected.verdict()));
        } else if let Expected::Blind(names) = expected
            && !text.contains(names)
        {
            self.fault(format!("{when}: same without {names:?}\n{text}"));
        }
    }

    /// Holds what cargo did against what it may do.
    fn weigh(&mut self, measured: &Measured, compiles: Compiles) {
        let is_right = match compiles {
            Compiles::Nothing => !measured.script && measured.compiled.is_empty(),
            Compiles::Stamp => measured.compiled.iter().all(|name| is_of_service(name)),
            Compiles::Others => !measured.script && !measured.service(),
            Compiles::Unstamped => !measured.script,
            Compiles::Anything => true,
        };
        if !is_right {
            self.fault(format!("the build does more than {compiles:?}: {measured:?}"));
        }
    }
}

impl Lane {
    /// Writes and builds the workspace.
    pub(super) fn open(shape: Shape) -> Self {
        let workspace = Workspace::new(shape);
        let built = workspace.build();
        assert!(built.success, "the workspace does not build:\n{}", built.said);
        let stamp = stamp(&workspace.binary("service"));
        let content = stamp.facts().content.expect("the stamp has a content").to_string();
        let bytes = digest(&workspace.binary("plain"));
        Self { workspace, content, bytes }
    }

    /// Edits, asks, builds, asks again, and brings everything back.
    pub(super) fn run(&self, place: usize, row: &Row) -> Outcome {
        let mut outcome = Outcome::of(place, row);
        let workspace = &self.workspace;
        for edit in &row.edits {
            edit.apply(workspace.path());
        }
        if row.locks {
            workspace.lock();
        }

        // Before the build: the artifact is what was built before the edit.
        let (service, artifact) = (workspace.service(), workspace.binary("service"));
        let uncommitted = check(&service, &artifact, &[]);
        workspace.save("edited.git");
        workspace.repository.commit(row.name);
        let committed = check(&service, &artifact, &[]);
        outcome.expect(
            "with --commit HEAD",
            &check(&service, &artifact, &["--commit", "HEAD"]),
            Expected::Drift,
        );
        workspace.rewind("edited.git");
        workspace.discard("edited.git");

        if let Some(package) = row.stale {
            workspace.clean(package);
        }
        let built = workspace.build();
        if built.success {
            let measured = Measured::of(&built);
            outcome.differs = digest(&workspace.binary("plain")) != self.bytes;
            outcome.judge("uncommitted", &uncommitted, row);
            outcome.judge("committed", &committed, row);
            outcome.weigh(&measured, row.compiles);
            outcome.measured = Some(measured);
            self.look_at_new(&mut outcome, row);
        } else {
            outcome.fault(format!("it does not build:\n{}", built.said));
        }
        outcome.uncommitted = uncommitted.verdict;
        outcome.committed = committed.verdict;
        outcome
    }

    /// Brings everything back to how it began, whatever a row left.
    pub(super) fn restore(&self, row: &Row) {
        let workspace = &self.workspace;
        workspace.restore();
        for edit in &row.edits {
            edit.renew(workspace.path());
        }
        if let Some(package) = row.stale {
            workspace.clean(package);
        }
        let built = workspace.build();
        assert!(built.success, "it does not build again:\n{}", built.said);
        let bytes = digest(&workspace.binary("plain"));
        assert_eq!(bytes, self.bytes, "{}: the same source builds other bytes", row.name);
    }

    /// Asks about the artifact that was built with the edit: it is what source says.
    fn look_at_new(&self, outcome: &mut Outcome, row: &Row) {
        let workspace = &self.workspace;
        let (service, artifact) = (workspace.service(), workspace.binary("service"));
        let stamp = stamp(&artifact);
        let stamped = stamp.facts().content.as_ref().map(ToString::to_string).unwrap_or_default();
        let hashed = content(&service);
        if stamped != hashed && row.covered != Covered::Inactive {
            outcome.fault(format!("`hash` prints {hashed}, the stamp has {stamped}"));
        }
        let changed = stamped != self.content;
        let tree = if changed { Tree::Dirty } else { Tree::Clean };
        if stamp.facts().revision.tree != tree {
            let found = &stamp.facts().revision.tree;
            outcome.fault(format!("the new stamp's tree is {found:?}, expected {tree:?}"));
        }
        if !outcome.differs && row.covered == Covered::No {
            outcome.fault("the bytes are equal, so that the row shows nothing");
        }
        if outcome.differs && !changed && row.covered == Covered::Yes {
            outcome.fault("the bytes differ, and the content does not");
        }
        outcome.expect("rebuilt", &check(&service, &artifact, &[]), row.rebuilt);
        workspace.repository.commit("Keep the edit");
        outcome.expect("rebuilt and committed", &check(&service, &artifact, &[]), row.rebuilt);
    }
}
