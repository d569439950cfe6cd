//! `govm build`: Go source to a module on disk.

use std::path::{Path, PathBuf};

use govm_codec::Abi;
use govm_core::code_hash;
use govm_runtime::{EngineConfig, check_module};
use govm_sdk_go::{Builder, BuiltContract};
use serde_json::json;

use crate::args::Build;
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::{diagnostics, places, show};

pub(crate) fn run(args: &Build, output: &Output) -> Result<(), Failure> {
    let target = match &args.output {
        Some(path) => path.clone(),
        None => default_target(&args.path)?,
    };
    let builder = places::compiler(&args.compile)?.strict(args.strict);
    let (built, abi) = build(&args.path, &builder, output)?;
    let hash = code_hash(&built.wasm);
    std::fs::write(&target, &built.wasm)
        .map_err(|error| Failure::host(format!("cannot write {}: {error}", target.display())))?;

    let functions = show::functions(&abi);
    let size = built.wasm.len();
    let json = json!({
        "path": target, "size_bytes": size, "code_hash": hash, "name": abi.name, "functions": functions,
        "go_version": abi.go_version, "warnings": diagnostics::to_json(&built.warnings),
    });
    let mut text = format!(
        "{GOOD}built{GOOD:#} {}  {DIM}{} bytes, {}{DIM:#}\n",
        target.display(),
        grouped(size as u64),
        abi.go_version
    );
    text.push_str(&format!("  code hash  {hash}\n  functions  {}", functions.join("\n             ")));
    output.result(&json, text);
    Ok(())
}

/// Builds a contract, and checks that it can be deployed. Warnings are printed.
pub(crate) fn build(source: &Path, builder: &Builder, output: &Output) -> Result<(BuiltContract, Abi), Failure> {
    let built = output.during(format!("building {}", source.display()), || builder.build(source))?;
    output.diagnostics(&built.warnings);
    let abi = check_module(&built.wasm, &EngineConfig::default())?;
    Ok((built, abi))
}

/// The source's own name with `.wasm`, in the current folder.
fn default_target(source: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(source).map_err(Failure::usage)?;
    let name = absolute.components().next_back().map(|name| PathBuf::from(name.as_os_str()));
    let name = name.filter(|name| name.file_stem().is_some());
    let name =
        name.ok_or_else(|| Failure::usage("the source has no name of its own: say where to write with -o FILE.wasm"))?;
    Ok(name.with_extension("wasm"))
}
