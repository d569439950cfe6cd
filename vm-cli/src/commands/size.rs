//! `govm size`: what a contract's module is made of.

use govm_sdk_go::{PackageSize, SizeReport};
use serde_json::{Value, json};

use crate::args::Size;
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::places;

pub(crate) fn run(args: &Size, output: &Output) -> Result<(), Failure> {
    let builder = places::builder(args.go.path.as_deref())?;
    let report = output.during(format!("building {}", args.path.display()), || builder.size(&args.path))?;
    let text = match &args.package {
        Some(package) => functions(&report, package, args.limit)?,
        None => packages(&report, args),
    };
    output.result(&to_json(&report), text);
    Ok(())
}

fn to_json(report: &SizeReport) -> Value {
    let functions = |package: &PackageSize| -> Value {
        let function = |it: &govm_sdk_go::FunctionSize| json!({ "name": it.name, "code_bytes": it.code_bytes, "needed_by": it.needed_by });
        package.functions.iter().map(function).collect()
    };
    let package = |it: &PackageSize| json!({ "name": it.name, "code_bytes": it.code_bytes, "needed_by": it.needed_by, "functions": functions(it) });
    json!({
        "module_bytes": report.module_bytes, "code_bytes": report.code_bytes, "data_bytes": report.data_bytes,
        "packages": report.packages.iter().map(package).collect::<Vec<_>>(),
    })
}

/// The packages, and why each is there.
fn packages(report: &SizeReport, args: &Size) -> String {
    let other = report.module_bytes.saturating_sub(report.code_bytes + report.data_bytes);
    let mut text = format!(
        "{GOOD}{}{GOOD:#}  {} bytes\n  code {:>11}  {DIM}the functions of {} packages{DIM:#}\n  data {:>11}  {DIM}constants, types, tables for \
         stack traces{DIM:#}\n  rest {:>11}  {DIM}imports, types of functions, the ABI{DIM:#}\n\n   bytes of code    package  {DIM}needed by{DIM:#}",
        args.path.display(),
        number(report.module_bytes),
        number(report.code_bytes),
        report.packages.len(),
        number(report.data_bytes),
        number(other),
    );
    for package in report.packages.iter().take(args.limit) {
        let why = if package.needed_by.is_empty() {
            String::new()
        } else {
            format!("  {DIM}{}{DIM:#}", package.needed_by.join(", "))
        };
        let share = 100.0 * package.code_bytes as f64 / report.code_bytes.max(1) as f64;
        let name = if package.name.is_empty() { "(made by the compiler for all)" } else { &package.name };
        text.push_str(&format!("\n{:>11} {share:>5.1} %  {name}{why}", number(package.code_bytes)));
    }
    text + &more(report.packages.len(), args.limit)
}

/// The functions of a package and of those below it.
fn functions(report: &SizeReport, package: &str, limit: usize) -> Result<String, Failure> {
    let below = |name: &str| name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let found: Vec<_> = report.packages.iter().filter(|it| below(&it.name)).flat_map(|it| &it.functions).collect();
    if found.is_empty() {
        return Err(Failure::usage(format!(
            "no function of the module is of package {package}; without --package the packages are listed"
        )));
    }
    let mut found = found;
    found.sort_by_key(|function| std::cmp::Reverse(function.code_bytes));
    let mut text = format!("   bytes  function  {DIM}first needed by{DIM:#}");
    for function in found.iter().take(limit) {
        text.push_str(&format!(
            "\n{:>8}  {}  {DIM}{}{DIM:#}",
            number(function.code_bytes),
            function.name,
            function.needed_by
        ));
    }
    Ok(text + &more(found.len(), limit))
}

fn number(bytes: usize) -> String {
    grouped(bytes as u64)
}

fn more(all: usize, limit: usize) -> String {
    if all > limit {
        format!("\n{DIM}and {} more; --limit shows more of them{DIM:#}", all - limit)
    } else {
        String::new()
    }
}
