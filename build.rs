//! Stamps this package's own command, examples and tests, with the code that it gives to others.
//!
//! Without the feature `cli`, which is how it runs in the build of a service, it does nothing.

#[cfg(feature = "cli")]
#[path = "src"]
mod own {
    #![expect(
        dead_code,
        unnameable_types,
        unreachable_pub,
        unused_imports,
        reason = "the library offers more of it than the stamper uses"
    )]

    pub mod build;
    pub mod child;
    pub mod environment;
    /// What the stamp holds of it. The rest is about routers, and a build script has none.
    pub mod routes {
        mod builtin;
        mod inventory;
        mod list;
        mod matching;
        mod route;

        pub use self::inventory::{Inventory, InventoryError};
        pub use self::list::ListError;
        pub use self::route::Route;
    }
    pub mod source;
    pub mod stamp;
    pub mod tree;
}
#[cfg(feature = "cli")]
use own::{build, child, environment, routes, source, stamp, tree};

fn main() {
    #[cfg(feature = "cli")]
    build::Stamper::new().emit();
    #[cfg(not(feature = "cli"))]
    println!("cargo::rerun-if-changed=build.rs");
}
