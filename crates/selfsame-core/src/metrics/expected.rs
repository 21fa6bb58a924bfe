use super::exposition::{self, Family, Sample, Syntax};
use crate::stamp::{CommitId, Digest, Module};

/// What source says should run, as metrics in Prometheus' text format: the other side of what a
/// process serves, for a rule to compare. A commit that is unknown has no label, and equals none.
///
/// ```
/// use selfsame_core::metrics;
/// use selfsame_core::stamp::Digest;
///
/// let text = metrics::expected("api", None, Digest::of(b"content"), &[]);
/// assert!(text.contains("\nselfsame_expected_info{name=\"api\",content=\"ed7002b4"));
/// ```
#[must_use]
pub fn expected(
    name: &str,
    commit: Option<&CommitId>,
    content: Digest,
    modules: &[Module],
) -> String {
    let build =
        Sample::new(1).label("name", name).label_if("commit", commit).label("content", content);
    let module = |module: &Module| {
        Sample::new(1)
            .label("name", name)
            .label("module", &module.name)
            .label("sha256", module.sha256)
    };
    let families = [
        Family::info("selfsame_expected", "What source says should run.").with([build]),
        Family::info("selfsame_expected_module", "A module that source expects.")
            .with(modules.iter().map(module)),
    ];
    exposition::write(&families, Syntax::Prometheus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_label() {
        for (name, text) in [
            ("workflow", "workflow"),
            ("a\"} 1\nb{c=\"", r#"a\"} 1\nb{c=\""#),
            (r"a\n", r"a\\n"),
            ("a\0\r\u{85}é", r"a\\u{0}\\u{d}\\u{85}é"),
        ] {
            let metrics = expected(name, None, Digest::of(b""), &[]);
            assert!(metrics.contains(&format!("{{name=\"{text}\",content=")), "{metrics}");
        }
    }
}
