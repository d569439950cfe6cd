//! `cargo fuzz run decode`: every decoder of messages. The first eight bytes choose a type, the rest is the message.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use govm_codec::Codec;
use support::{Rng, properties, random_case};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((seed, message)) = input.split_first_chunk() else { return };
    let (defs, ty) = random_case(&mut Rng::new(u64::from_le_bytes(*seed)));
    for codec in [Codec::Borsh, Codec::Scale] {
        properties::message(message, &ty, &defs, codec);
    }
    properties::any(message);
    properties::event(message);
    properties::any_list(message);
});
