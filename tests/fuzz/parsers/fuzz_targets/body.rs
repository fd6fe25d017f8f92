//! See `laws::BODY`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| (laws::BODY.law)(data));
