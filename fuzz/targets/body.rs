//! Bodies in JSON and YAML, as objects of the kind they say they are: read, completed, prepared, checked.
#![no_main]

use kontiki_api::decode::{Body, FieldValidation, Format, decode, parse};
use kontiki_fuzz::{in_time, kinds};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let format = if data.first() == Some(&b'{') { Format::Json } else { Format::Yaml };
    let parsed = in_time(|| parse(data, format)).unwrap_or_default();
    let text = |name: &str| parsed.get(name).and_then(Value::as_str).unwrap_or_default();
    let pods = || kinds().get("", "v1", "pods");
    let Some(kind) = kinds().by_kind(text("apiVersion"), text("kind")).or_else(pods) else { return };
    in_time(|| drop(decode(data, format, Body::of(kind), FieldValidation::Strict)));
    let Ok(decoded) = in_time(|| decode(data, format, Body::of(kind), FieldValidation::Warn)) else { return };
    let mut object = decoded.object;
    in_time(|| {
        kind.default(&mut object);
        kind.prepare_create(&mut object);
        drop(kind.validate_create(&object, &[]));
        drop(kind.validate_update(&object, &object, &mut Vec::new()));
    });
});
