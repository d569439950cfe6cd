//! The sample contract, built from Go.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use govm_sdk_go::{Builder, GoToolchain};

/// The module of `contracts/counter`, built once per process.
pub(crate) fn counter() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| build("../contracts/counter"))
}

/// Builds the contract in a file or folder of this crate.
pub(crate) fn build(source: &str) -> Vec<u8> {
    let explicit = std::env::var_os("GOVM_GO").map(PathBuf::from);
    let path = std::env::var_os("PATH");
    let go = GoToolchain::find(explicit.as_deref(), path.as_deref(), &[]).expect("this needs Go");
    let work = target().join("tmp/govm-test-cache/govm/build");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    Builder::new(go, work).build(&source).expect("the contract builds").wasm
}

/// Cargo's folder, where Go's build cache of the tests is too: cargo tells integration tests only.
fn target() -> PathBuf {
    let this = std::env::current_exe().expect("a process has a file");
    this.ancestors().nth(3).expect("target/<profile>/deps/<file>").to_owned()
}
