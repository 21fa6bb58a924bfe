//! The authorities that a certificate is checked against: those of the system, or where a system has
//! none, as an image of the command alone, those of Mozilla's list, which is compiled in.

use selfsame_core::environment::Environment;
use ureq::tls::RootCerts;

/// The variables that name other authorities than the system's.
const NAMED: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Returns the authorities to check against. What a variable names is never replaced, also where it
/// cannot be read.
pub(crate) fn of(environment: &Environment) -> RootCerts {
    if NAMED.iter().any(|name| environment.get(name).is_some()) || of_system() {
        RootCerts::PlatformVerifier
    } else {
        RootCerts::WebPki
    }
}

/// Whether the system has authorities, at any of the places where one is used to have them.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn of_system() -> bool {
    let there = openssl_probe::probe();
    let is_used = |directory: &std::path::PathBuf| {
        directory.read_dir().is_ok_and(|mut entries| entries.next().is_some())
    };
    there.cert_file.is_some() || there.cert_dir.iter().any(is_used)
}

/// Whether the system has authorities: these always do.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn of_system() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_variable_names_is_never_replaced() {
        for name in NAMED {
            let named: Environment = [(name, "/nonexistent")].into_iter().collect();
            assert!(matches!(of(&named), RootCerts::PlatformVerifier), "{name}");
        }
        // An empty value names nothing.
        let empty: Environment = [("SSL_CERT_FILE", "")].into_iter().collect();
        assert_eq!(matches!(of(&empty), RootCerts::PlatformVerifier), of_system());
    }
}
