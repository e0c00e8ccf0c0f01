#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| siptriage_torture::framing_server(bytes));
