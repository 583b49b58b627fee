//! Puts the linker scripts' directory on the search path of every guest that depends on this crate.

fn main() {
    let directory = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-search={directory}");
    println!("cargo:rerun-if-changed=guest.ld");
    println!("cargo:rerun-if-changed=sp1.ld");
    println!("cargo:rerun-if-changed=risc0.ld");
    println!("cargo:rustc-check-cfg=cfg(zkvm, values(\"sp1\", \"risc0\", \"native\"))");
}
