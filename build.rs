//! Stamps the tests, examples and benches of this package. In the build of a service, which does not
//! turn on the private feature, it does nothing.

fn main() {
    #[cfg(feature = "stamp-own")]
    selfsame_build::stamp();
    #[cfg(not(feature = "stamp-own"))]
    println!("cargo::rerun-if-changed=build.rs");
}
