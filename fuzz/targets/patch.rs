//! JSON patches, merge patches and strategic merge patches of a Deployment.
#![no_main]

use kontiki_api::patch;
use kontiki_api::request::PatchType;
use kontiki_fuzz::{deployment, in_time, kinds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(kind) = kinds().get("apps", "v1", "deployments") else { return };
    for form in [PatchType::Json, PatchType::Merge, PatchType::Strategic] {
        if let Ok(patched) = in_time(|| patch::apply(kind, form, data, deployment())) {
            in_time(|| drop(patch::apply(kind, form, data, &patched)));
        }
    }
});
