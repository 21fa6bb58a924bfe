//! Stamps the service.

fn main() {
    selfsame_build::Stamper::new().modules("src/modules").emit();
}
