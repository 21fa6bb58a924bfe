//! What each adds to an axum service with JSON and tokio's macros, in release: crates, seconds of the
//! processor and bytes of the stripped binary.

use super::{Trivial, build_side, ours, processor_time};

/// What one of them adds to the service.
struct Peer {
    name: &'static str,
    dependencies: String,
    build_dependencies: String,
    script: &'static str,
    /// What stands around the router.
    items: &'static str,
    /// The router, of `api`.
    router: &'static str,
}

impl Peer {
    fn service(&self) -> Trivial {
        let manifest = format!(
            "[dependencies]\naxum = \"0.8\"\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }}\n{}\n\
             [build-dependencies]\n{}\n[profile.release]\nstrip = true\n",
            self.dependencies, self.build_dependencies
        );
        let main = format!(
            "use axum::{{Json, Router, routing::get}};\n{}\n\
             #[derive(serde::Serialize)]\nstruct Steps {{ steps: Vec<&'static str> }}\n\n\
             async fn steps() -> Json<Steps> {{ Json(Steps {{ steps: vec![\"pick\", \"pack\"] }}) }}\n\n\
             #[tokio::main]\nasync fn main() {{\n    \
             let api: Router = Router::new().route(\"/steps\", get(steps));\n    \
             let app: Router = {};\n    \
             let listener = tokio::net::TcpListener::bind(\"127.0.0.1:8080\").await.unwrap();\n    \
             axum::serve(listener, app).await.unwrap();\n}}\n",
            self.items, self.router
        );
        Trivial::new("service", &manifest, self.script, &main)
    }
}

fn peers() -> [Peer; 5] {
    [
        Peer {
            name: "nothing",
            dependencies: String::new(),
            build_dependencies: String::new(),
            script: "fn main() {}\n",
            items: "",
            router: "api",
        },
        Peer {
            name: "selfsame",
            dependencies: ours("\"axum\""),
            build_dependencies: build_side(),
            script: "fn main() { selfsame_build::stamp(); }\n",
            items: "use selfsame::RouterExt as _;\n",
            router: "api.selfsame(selfsame::stamp!())",
        },
        Peer {
            name: "vergen-gitcl 10",
            dependencies: String::new(),
            build_dependencies: "vergen-gitcl = \"=10.0.1\"\n".to_owned(),
            script: "use vergen_gitcl::{Emitter, Gitcl};\n\nfn main() {\n    Emitter::default()\
                     .add_instructions(&Gitcl::all_git()).unwrap().emit().unwrap();\n}\n",
            items: "",
            router: "api.route(\"/version\", get(|| async { env!(\"VERGEN_GIT_SHA\") }))",
        },
        Peer {
            name: "built 0.8 with git2",
            dependencies: String::new(),
            build_dependencies: "built = { version = \"0.8\", features = [\"git2\"] }\n".to_owned(),
            script: "fn main() { built::write_built_file().unwrap(); }\n",
            items: "include!(concat!(env!(\"OUT_DIR\"), \"/built.rs\"));\n",
            router: "api.route(\"/version\", get(|| async { GIT_COMMIT_HASH.unwrap_or(\"\") }))",
        },
        Peer {
            name: "shadow-rs 2",
            dependencies: "shadow-rs = { version = \"2\", default-features = false }\n".to_owned(),
            build_dependencies: "shadow-rs = \"2\"\n".to_owned(),
            script: "fn main() { shadow_rs::ShadowBuilder::builder().build().unwrap(); }\n",
            items: "shadow_rs::shadow!(build);\n",
            router: "api.route(\"/version\", get(|| async { build::COMMIT_HASH }))",
        },
    ]
}

/// Builds the service with each of them, from nothing, and prints what it adds to the one without.
pub(super) fn service() {
    println!("\n## Added to an axum service with JSON and tokio's macros, release\n");
    println!("| | crates | seconds of the processor | bytes, stripped |\n|---|---|---|---|");
    let mut base = None;
    for peer in peers() {
        let service = peer.service();
        let before = processor_time();
        let (_, crates) = service.build(&["--release"]);
        let busy = processor_time().zip(before).map_or(f64::NAN, |(after, before)| after - before);
        let binary = service.target.join("release/service");
        let bytes = binary.metadata().expect("it was built").len();
        let (base_crates, base_busy, base_bytes) = *base.get_or_insert((crates, busy, bytes));
        if base_bytes == bytes && base_crates == crates {
            println!("| {} | {crates} | {busy:.1} | {bytes} |", peer.name);
        } else {
            println!(
                "| {} | +{} | {:+.1} | +{} |",
                peer.name,
                crates - base_crates,
                busy - base_busy,
                bytes.saturating_sub(base_bytes)
            );
        }
    }
}
