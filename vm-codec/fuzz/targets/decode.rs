//! `cargo fuzz run decode`: every decoder of messages and of text.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|input: &[u8]| support::properties::every_decoder(input));
