//! Imports in the WebAssembly text format.

use govm_runtime::{HOST_FUNCTIONS, HostFunction, ParamKind, Returns};

/// Imports of every host function, under its own name.
pub(crate) fn imports() -> String {
    let import = |function: &HostFunction| {
        let params: String =
            function.params.iter().map(|param| if param.kind == ParamKind::Amount { "i64 " } else { "i32 " }).collect();
        let result = match function.returns {
            Returns::Nothing => "",
            Returns::Code | Returns::Flag => "(result i32)",
            _ => "(result i64)",
        };
        let name = function.name;
        format!(r#"(import "govm" "{name}" (func ${name} (param {params}) {result}))"#)
    };
    HOST_FUNCTIONS.iter().map(import).collect()
}
