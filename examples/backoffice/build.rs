//! Stamps the service.

fn main() {
    selfsame::build::Stamper::new().modules("src/modules").emit();
}
