//! Stamps the command like any service.

fn main() {
    selfsame_build::stamp();
}
