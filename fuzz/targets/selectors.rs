//! Label selectors and field selectors, as text and as objects; quantities and JSON paths, which are as small.
#![no_main]

use kontiki_api::jsonpath::JsonPath;
use kontiki_api::quantity::Quantity;
use kontiki_api::selector::{FieldSelector, LabelSelector};
use kontiki_fuzz::{deployment, in_time, kinds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let labels = [("a".into(), "b".into()), ("n".into(), "1".into())];
    if let Ok(selector) = in_time(|| LabelSelector::parse(&text)) {
        in_time(|| selector.matches(&labels));
        let shown = selector.to_string();
        let again = LabelSelector::parse(&shown).map(|again| again.to_string());
        assert_eq!(again.ok().as_deref(), Some(&*shown), "{text}");
    }
    if let Ok(value) = serde_json::from_slice(data)
        && let Ok(selector) = in_time(|| LabelSelector::from_value(&value))
    {
        in_time(|| selector.matches(&labels));
    }
    if let Some(pods) = kinds().get("", "v1", "pods") {
        in_time(|| drop(FieldSelector::parse(pods, &text)));
    }
    if let Ok(quantity) = in_time(|| Quantity::parse(&text)) {
        let shown = quantity.to_string();
        assert!(Quantity::parse(&shown).is_ok_and(|again| again == quantity), "{text}: {shown}");
    }
    if let Ok(path) = in_time(|| JsonPath::parse(&text)) {
        in_time(|| drop(path.find(deployment())));
    }
});
