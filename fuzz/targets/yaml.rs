//! The reader of YAML files, and what the writer writes is read as what it was.
#![no_main]

use kontiki_api::yaml::{Duplicates, read, read_one, write};
use kontiki_fuzz::in_time;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for value in in_time(|| read(data, Duplicates::Refuse)).unwrap_or_default() {
        let text = in_time(|| write(&value));
        assert_eq!(read_one(text.as_bytes(), Duplicates::Refuse).ok(), Some(value), "{text}");
    }
});
