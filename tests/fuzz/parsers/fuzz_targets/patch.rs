//! See `laws::PATCH`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| (laws::PATCH.law)(data));
