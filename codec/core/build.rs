//! Compiles `csrc/webp_modes.c` for WebAssembly. It takes the place of one file of libwebp, which it includes: the
//! linker meets its symbols first, and leaves that file of the library's archive out.

use std::path::{Path, PathBuf};
use std::process::Command;

const OWN: &str = "csrc/webp_modes.c";

fn main() {
    println!("cargo:rerun-if-changed={OWN}");
    println!("cargo:rerun-if-changed=csrc/include");
    let target = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    if target == "wasm32" {
        cc::Build::new().file(OWN).include(libwebp()).define("NDEBUG", "1").warnings(false).compile("webpmodes");
    }
}

/// The library's sources, beside the manifest that cargo has for `libwebp-sys`.
fn libwebp() -> PathBuf {
    let cargo = std::env::var("CARGO").expect("cargo sets it");
    let arguments = ["metadata", "--format-version", "1", "--offline", "--locked"];
    let output = Command::new(cargo).args(arguments).output().expect("cargo metadata");
    let text = String::from_utf8(output.stdout).expect("JSON");
    let manifest = text
        .split("\"manifest_path\":\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|path| path.contains("/libwebp-sys-"))
        .expect("libwebp-sys among the packages");
    Path::new(manifest).with_file_name("vendor")
}
