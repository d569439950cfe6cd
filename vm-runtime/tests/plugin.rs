//! The example of a program with plug-ins, with the sample plug-in and with one that does not end.

#[allow(dead_code, reason = "the example's main is for people")]
#[path = "../examples/plugin.rs"]
mod plugin;

#[allow(dead_code, reason = "other tests build the counter")]
#[path = "support/go.rs"]
mod go;

use plugin::Plugin;

#[test]
fn the_host_runs_the_sample_plug_in() {
    let plugin = Plugin::load(&go::build("../contracts/redact"), "Redact".to_owned()).unwrap();
    let (text, gas) = plugin.run("pay 4111 1111 1111 1111 to jo@example.org").unwrap().unwrap();
    assert_eq!(text, "pay **** **** **** **** to **************");
    assert_eq!(
        plugin.run("pay 4111 1111 1111 1111 to jo@example.org").unwrap().unwrap(),
        (text, gas),
        "the same again"
    );
    assert_eq!(plugin.run("").unwrap().unwrap().0, "");
}

#[test]
fn a_plug_in_that_does_not_end_is_ended() {
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 1) (func (export "_initialize"))
            (func (export "govm_call") (param i32 i32) (result i32) (loop (br 0)) (unreachable))
            (@custom "govm.abi" "{\"abi_version\":1,\"name\":\"endless\",\"codec\":\"borsh\",\"functions\":[{\"name\":\"Run\",\"params\":[{\"name\":\"text\",\"type\":\"string\"}],\"results\":[{\"name\":\"\",\"type\":\"string\"}]}]}"))"#,
    );
    let plugin = Plugin::load(&wasm.unwrap(), "Run".to_owned()).unwrap();
    let refusal = plugin.run("text").unwrap().unwrap_err();
    assert!(refusal.starts_with("out_of_gas"), "{refusal}");
}

#[test]
fn what_is_no_plug_in_is_refused() {
    let error = Plugin::load(b"\0asm", "Run".to_owned()).err().unwrap().to_string();
    assert!(error.starts_with("the module is refused: invalid_module"), "{error}");
}
