fn main() {
    selfsame_build::stamp();
}
