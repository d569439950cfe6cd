//! `cargo fuzz run abi`: the ABI document and the spelling of types.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|input: &[u8]| support::properties::abi_and_spelling(input));
