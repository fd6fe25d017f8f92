//! See `laws::FILTER`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| (laws::FILTER.law)(data));
