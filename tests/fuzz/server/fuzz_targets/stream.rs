//! See `muster_tests::proof::fuzz::STREAM`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| (muster_tests::proof::fuzz::STREAM.law)(data));
