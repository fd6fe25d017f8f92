//! See `laws::KEY`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| (laws::KEY.law)(data));
