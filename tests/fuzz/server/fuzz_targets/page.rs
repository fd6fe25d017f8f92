//! See `muster_tests::proof::fuzz::PAGE`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| (muster_tests::proof::fuzz::PAGE.law)(data));
