//! `govm vet`: what is wrong with a contract, without building it.

use govm_sdk_go::BuildError;
use serde_json::json;

use crate::args::Vet;
use crate::diagnostics;
use crate::failure::Failure;
use crate::output::{GOOD, Output};
use crate::places;

pub(crate) fn run(args: &Vet, output: &Output) -> Result<(), Failure> {
    let builder = places::builder(args.go.path.as_deref())?.strict(args.strict);
    let warnings = output.during(format!("checking {}", args.path.display()), || builder.check(&args.path))?;
    if args.deny_warnings && !warnings.is_empty() {
        return Err(BuildError::Contract { diagnostics: warnings }.into());
    }
    output.diagnostics(&warnings);
    let found = diagnostics::count(&warnings);
    let found = if found.is_empty() { "nothing to say".to_owned() } else { found };
    let json = json!({ "diagnostics": diagnostics::to_json(&warnings) });
    output.result(&json, format!("{GOOD}checked{GOOD:#} {}  {found}", args.path.display()));
    Ok(())
}
