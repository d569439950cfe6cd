//! `govm bindgen`: typed clients of contracts.

use govm_codec::Abi;
use govm_runtime::{EngineConfig, check_module};
use govm_sdk_go::ClientOptions;
use serde_json::json;

use crate::args::Bindgen;
use crate::failure::Failure;
use crate::output::{GOOD, Output};
use crate::places;

pub(crate) fn run(args: &Bindgen, output: &Output) -> Result<(), Failure> {
    let abi = abi(args)?;
    let options = ClientOptions { package: args.package.clone(), prefix: args.prefix.clone() };
    let builder = places::builder(args.go.path.as_deref())?;
    let client = output.during("writing the client", || builder.client(&abi, &options))?;
    let Some(target) = &args.output else {
        output.result(&json!({ "language": args.language, "source": client }), client.trim_end());
        return Ok(());
    };
    std::fs::write(target, &client)
        .map_err(|error| Failure::host(format!("cannot write {}: {error}", target.display())))?;
    output.result(
        &json!({ "language": args.language, "path": target }),
        format!("{GOOD}wrote{GOOD:#} {}", target.display()),
    );
    Ok(())
}

/// The ABI's document, from a module or on its own.
fn abi(args: &Bindgen) -> Result<String, Failure> {
    let path = &args.path;
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::usage(format!("cannot read {}: {error}; name a .wasm file or an ABI in JSON", path.display()))
    })?;
    if bytes.starts_with(b"\0asm") {
        return Ok(check_module(&bytes, &EngineConfig::default())?.to_json());
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // It is read as the engine does, so that a client fits every contract that can be deployed.
    Abi::from_json(text.as_bytes())
        .map_err(|error| Failure::usage(format!("{} holds no ABI: {error}", path.display())))?;
    Ok(text)
}
