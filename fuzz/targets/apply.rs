//! Server-side apply: a configuration onto an object that two others manage, with force and without, and again.
#![no_main]

use kontiki_api::apply::{OneVersion, Reset, Tracker};
use kontiki_api::decode::{Body, FieldValidation, Format, decode};
use kontiki_api::time::Time;
use kontiki_fuzz::{deployment, in_time, kinds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(kind) = kinds().get("apps", "v1", "deployments") else { return };
    let Some(schema) = kind.schema() else { return };
    let format = if data.first() == Some(&b'{') { Format::Json } else { Format::Yaml };
    let Ok(config) = in_time(|| kontiki_api::decode::parse(data, format)) else { return };
    let versions = OneVersion { api_version: "apps/v1", schema };
    let now = Time::from_micros(1_767_323_045_000_000);
    let tracker =
        |manager| Tracker { versions: &versions, api_version: "apps/v1", subresource: "", manager, now, reset: Reset::default() };
    // What is applied first may hold anything; what was stored was decoded.
    in_time(|| drop(tracker("kubectl").applied(None, &config, false)));
    in_time(|| drop(tracker("o").applied(Some(deployment()), &config, false)));
    if let Ok(applied) = in_time(|| tracker("m").applied(Some(deployment()), &config, true)) {
        let mut changed = applied.clone();
        let _ = in_time(|| tracker("n").updated(deployment(), &mut changed));
        in_time(|| drop(tracker("o").applied(Some(&applied), &config, true)));
    }
    // Entries of managers come from clients too.
    if let Ok(decoded) = decode(data, format, Body::of(kind), FieldValidation::Ignore) {
        let mut new = decoded.object.clone();
        let _ = in_time(|| tracker("o").updated(&decoded.object, &mut new));
        in_time(|| drop(tracker("o").applied(Some(&decoded.object), deployment_configuration(), true)));
    }
});

fn deployment_configuration() -> &'static serde_json::Value {
    static CONFIGURATION: std::sync::LazyLock<serde_json::Value> = std::sync::LazyLock::new(|| {
        let mut object = deployment().clone();
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.shift_remove("managedFields");
        }
        object
    });
    &CONFIGURATION
}
