//! Puts the linker script's directory on the search path of every guest that depends on this crate.

fn main() {
    let directory = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-search={directory}");
    println!("cargo:rerun-if-changed=guest.ld");
}
