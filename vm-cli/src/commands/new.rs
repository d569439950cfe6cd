//! `govm new`: a contract to begin with.

use govm_sdk_go::{Project, new_project};
use serde_json::json;

use crate::args::New;
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output};

pub(crate) fn run(args: &New, output: &Output) -> Result<(), Failure> {
    let Project { folder, package } = new_project(&args.path, args.template)?;
    let json = json!({ "path": folder, "package": package, "template": args.template.name() });
    let shown = folder.display();
    output.result(
        &json,
        format!(
            "{GOOD}wrote{GOOD:#} {shown}  {DIM}template {}{DIM:#}\n  test it    cd {shown} && make test\n  in the VM  make wasm\n  \
             the code   {shown}/{package}/{package}.go",
            args.template.name()
        ),
    );
    Ok(())
}
