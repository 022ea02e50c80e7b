//! Bodies of media type `application/vnd.kubernetes.protobuf`, of every kind.
#![no_main]

use kontiki_api::decode::{Body, FieldValidation, Format, decode};
use kontiki_fuzz::{in_time, kinds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((which, message)) = data.split_at_checked(2) else { return };
    let which = usize::from(which[0]) << 8 | usize::from(which[1]);
    let all = kinds();
    let Some(kind) = all.iter().nth(which % all.iter().count()) else { return };
    // The type is given, so that what follows is read at all.
    let text = |tag: u8, text: &str| [vec![tag << 3 | 2, text.len() as u8], text.as_bytes().to_vec()].concat();
    let meta = [text(1, &kind.api_version()), text(2, &kind.kind)].concat();
    let mut length = message.len();
    let mut raw = vec![2 << 3 | 2];
    while length > 127 {
        raw.push(length as u8 | 128);
        length >>= 7;
    }
    raw.push(length as u8);
    let envelope = [b"k8s\0".to_vec(), vec![1 << 3 | 2, meta.len() as u8], meta, raw, message.to_vec()].concat();
    in_time(|| drop(decode(&envelope, Format::Protobuf, Body::of(kind), FieldValidation::Strict)));
    in_time(|| drop(decode(data, Format::Protobuf, Body::delete_options(), FieldValidation::Ignore)));
});
