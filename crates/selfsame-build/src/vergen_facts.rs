//! What the stamp tells for information where the build script asks for it: the build time, and the
//! compiler in full. vergen finds both out.

use vergen::{BuildBuilder, Emitter, RustcBuilder};

use super::BuildError;
use super::directives::Directives;
use super::watch::Watch;
use selfsame_core::environment::Environment;
use selfsame_core::stamp::{Info, Toolchain};
use selfsame_source::{RerunTracker as _, cut};

const BUILT_AT: &str = "VERGEN_BUILD_TIMESTAMP";
const CHANNEL: &str = "VERGEN_RUSTC_CHANNEL";
const HOST: &str = "VERGEN_RUSTC_HOST_TRIPLE";
const LLVM: &str = "VERGEN_RUSTC_LLVM_VERSION";
const COMMIT: &str = "VERGEN_RUSTC_COMMIT_HASH";
const COMMIT_DATE: &str = "VERGEN_RUSTC_COMMIT_DATE";

/// What a build script asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct VergenFacts {
    pub(super) built_at: bool,
    pub(super) toolchain: bool,
}

impl VergenFacts {
    /// Adds what was asked for. What cannot be found out is left away, with a warning.
    ///
    /// Whatever `environment` is, vergen reads the process's own.
    pub(super) fn tell(
        &self,
        environment: &Environment,
        info: &mut Info,
        watch: &mut Watch,
        directives: &mut Directives<'_>,
    ) -> Result<(), BuildError> {
        if self.built_at {
            for name in ["SOURCE_DATE_EPOCH", "VERGEN_IDEMPOTENT", BUILT_AT] {
                watch.variable(name);
            }
            info.built_at = built_at(environment)?;
            if info.built_at.is_none() {
                directives.warning(format_args!(
                    "selfsame: the build time is unknown: VERGEN_IDEMPOTENT keeps it out, or \
                     {BUILT_AT} is not a time as in 2026-11-21T05:00:00Z"
                ))?;
            }
        }
        if self.toolchain {
            for name in [CHANNEL, HOST, LLVM, COMMIT, COMMIT_DATE] {
                watch.variable(name);
            }
            match toolchain() {
                Ok(toolchain) => info.toolchain = Some(toolchain),
                Err(why) => {
                    directives
                        .warning(format_args!("selfsame: the toolchain is unknown: {why}"))?;
                }
            }
        }
        Ok(())
    }
}

/// The time of this run in UTC, to the second, or that of `SOURCE_DATE_EPOCH`
/// (<https://reproducible-builds.org/specs/source-date-epoch/>), which has to make sense.
fn built_at(environment: &Environment) -> Result<Option<String>, BuildError> {
    let told = || {
        let asked =
            BuildBuilder::default().build_timestamp(true).build().map_err(|e| first_line(&e))?;
        let mut emitter = Emitter::default();
        Told::of(emitter.fail_on_error().add_instructions(&asked).map_err(|e| first_line(&e))?)
    };
    let told: Told = told().map_err(|why: String| {
        let value = environment.get("SOURCE_DATE_EPOCH").unwrap_or_default().to_string_lossy();
        BuildError::new(format!(
            "SOURCE_DATE_EPOCH={:?} is refused ({why}): it is a number of seconds since 1970, or \
             unset",
            cut(&value)
        ))
    })?;
    Ok(told.value(BUILT_AT).and_then(to_the_second))
}

/// The compiler in full, or why it is unknown.
fn toolchain() -> Result<Toolchain, String> {
    let asked = RustcBuilder::all_rustc().map_err(|error| first_line(&error))?;
    let mut emitter = Emitter::default();
    let emitter = emitter.fail_on_error().add_instructions(&asked);
    let told = Told::of(emitter.map_err(|error| first_line(&error))?)?;
    let value = |name| told.value(name).map(cut);
    let mut toolchain = Toolchain::default();
    toolchain.channel = value(CHANNEL);
    toolchain.host = value(HOST);
    toolchain.llvm = value(LLVM);
    toolchain.commit = value(COMMIT);
    toolchain.commit_date = value(COMMIT_DATE);
    Ok(toolchain)
}

/// What vergen would tell cargo.
struct Told(String);

impl Told {
    fn of(emitter: &Emitter) -> Result<Self, String> {
        let mut told = Vec::new();
        emitter.emit_to(&mut told).map_err(|error| first_line(&error))?;
        Ok(Self(String::from_utf8_lossy(&told).into_owned()))
    }

    /// The value of a variable. A word that stands for none is none.
    fn value(&self, name: &str) -> Option<&str> {
        self.0
            .lines()
            .filter_map(|line| line.strip_prefix("cargo:rustc-env=")?.split_once('='))
            .find_map(|(found, value)| (found == name).then_some(value))
            .filter(|value| !value.is_empty() && *value != "VERGEN_IDEMPOTENT_OUTPUT")
    }
}

/// An error of vergen's. What stands below the first line says where in the program it happened.
fn first_line(error: &dyn std::fmt::Display) -> String {
    cut(error.to_string().lines().next().unwrap_or_default())
}

/// A time in UTC, as in `2026-11-21T05:00:00.123Z`, without what is shorter than a second.
fn to_the_second(time: &str) -> Option<String> {
    const FORM: &[u8; 19] = b"0000-00-00T00:00:00";

    let (seconds, rest) = time.split_at_checked(FORM.len())?;
    let fits = |(found, form): (u8, &u8)| match form {
        b'0' => found.is_ascii_digit(),
        _ => found == *form,
    };
    let fraction = rest.strip_suffix('Z')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (seconds.bytes().zip(FORM).all(fits)
        && (fraction.is_empty() || fraction.strip_prefix('.').is_some_and(digits)))
    .then(|| format!("{seconds}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_second_and_nothing_else_is_a_time() {
        for time in ["2026-11-21T05:00:00Z", "2026-11-21T05:00:00.123456789Z"] {
            assert_eq!(to_the_second(time).as_deref(), Some("2026-11-21T05:00:00Z"));
        }
        for none in [
            "",
            "today",
            "2026-11-21",
            "2026-11-21T05:00:00",
            "2026-11-21T05:00:00+01:00",
            "2026-11-21T05:00:00.1\"Z",
        ] {
            assert_eq!(to_the_second(none), None, "{none}");
        }
    }
}
