//! The Go and the builder of these tests.

#![allow(dead_code, reason = "each test binary uses its part of this module")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use govm_sdk_go::{BuildError, Builder, BuiltContract, GoToolchain};

/// A file of `tests/testdata`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata").join(name)
}

/// The Go of this machine: what `GOVM_GO` names, else that of the PATH, to which `make` adds the one that it installs.
pub(crate) fn go() -> GoToolchain {
    let explicit = std::env::var_os("GOVM_GO").map(PathBuf::from);
    let path = std::env::var_os("PATH");
    GoToolchain::find(explicit.as_deref(), path.as_deref(), &[]).expect("these tests need Go")
}

/// A cache that later runs of the tests find filled.
pub(crate) fn cache(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A builder with a filled cache: filled once, because tests that run at the same time would each compile the standard
/// library.
pub(crate) static BUILDER: LazyLock<Builder> = LazyLock::new(|| {
    let builder = Builder::new(go(), cache("go"));
    builder.build(&data("counter.go")).expect("the counter is a good contract");
    builder
});

pub(crate) fn build(source: &Path) -> Result<BuiltContract, BuildError> {
    BUILDER.build(source)
}
