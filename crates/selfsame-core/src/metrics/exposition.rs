//! Families of metrics as text, in both formats.
//!
//! No crate does this for us: `prometheus-client` writes `OpenMetrics` alone and brings procedural
//! macros, `prometheus` and `metrics-exporter-prometheus` write the older format alone, without the
//! type `info`.

use std::fmt::{self, Display, Write as _};

/// How metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// [Prometheus' text format, 0.0.4][1]. It knows no type `info`.
    ///
    /// [1]: https://prometheus.io/docs/instrumenting/exposition_formats/
    Prometheus,
    /// [`OpenMetrics` 1.0][1].
    ///
    /// [1]: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
    OpenMetrics,
}

/// Metrics of one name.
#[derive(Debug)]
pub(super) struct Family {
    /// Without the suffix `_info`.
    name: &'static str,
    help: &'static str,
    kind: Kind,
    unit: Option<&'static str>,
    samples: Vec<Sample>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gauge,
    Info,
}

/// One value, with its labels.
#[derive(Debug)]
pub(super) struct Sample {
    /// In braces, without them.
    labels: String,
    value: u64,
}

impl Family {
    pub(super) fn gauge(name: &'static str, help: &'static str) -> Self {
        Self { name, help, kind: Kind::Gauge, unit: None, samples: Vec::new() }
    }

    pub(super) fn info(name: &'static str, help: &'static str) -> Self {
        Self { kind: Kind::Info, ..Self::gauge(name, help) }
    }

    /// The unit, which the name ends with.
    pub(super) fn unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }

    pub(super) fn with(self, samples: impl IntoIterator<Item = Sample>) -> Self {
        Self { samples: samples.into_iter().collect(), ..self }
    }
}

impl Sample {
    pub(super) fn new(value: u64) -> Self {
        Self { labels: String::new(), value }
    }

    pub(super) fn label(mut self, name: &str, value: impl Display) -> Self {
        let comma = if self.labels.is_empty() { "" } else { "," };
        let value = LabelValue(value);
        let _ = write!(self.labels, "{comma}{name}=\"{value}\"");
        self
    }

    /// A label that is left out if there is no value: an unknown never equals anything.
    pub(super) fn label_if(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.label(name, value),
            None => self,
        }
    }
}

/// Writes the families that have samples.
pub(super) fn write(families: &[Family], syntax: Syntax) -> String {
    let mut text = String::new();
    let _ = families
        .iter()
        .filter(|family| !family.samples.is_empty())
        .try_for_each(|family| family.write(syntax, &mut text));
    if syntax == Syntax::OpenMetrics {
        text.push_str("# EOF\n");
    }
    text
}

impl Family {
    fn write(&self, syntax: Syntax, text: &mut String) -> fmt::Result {
        let suffix = if self.kind == Kind::Info { "_info" } else { "" };
        let (family, kind) = match (syntax, self.kind) {
            (Syntax::OpenMetrics, Kind::Info) => (self.name.to_owned(), "info"),
            (_, _) => (format!("{}{suffix}", self.name), "gauge"),
        };
        writeln!(text, "# HELP {family} {}", self.help)?;
        writeln!(text, "# TYPE {family} {kind}")?;
        if let (Syntax::OpenMetrics, Some(unit)) = (syntax, self.unit) {
            writeln!(text, "# UNIT {family} {unit}")?;
        }
        for Sample { labels, value } in &self.samples {
            let (open, close) = if labels.is_empty() { ("", "") } else { ("{", "}") };
            writeln!(text, "{}{suffix}{open}{labels}{close} {value}", self.name)?;
        }
        Ok(())
    }
}

/// The value of a label, escaped. Both formats escape a backslash, a quote and a line feed, and
/// nothing else. Other control characters, at some of which readers end, are written as `\u{0}`.
struct LabelValue<T>(T);

impl<T: Display> Display for LabelValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escape(f), "{}", self.0)
    }
}

struct Escape<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '\\' => self.0.write_str("\\\\"),
            '"' => self.0.write_str("\\\""),
            '\n' => self.0.write_str("\\n"),
            c if c.is_control() => write!(self.0, "\\\\u{{{:x}}}", u32::from(c)),
            c => self.0.write_char(c),
        })
    }
}
