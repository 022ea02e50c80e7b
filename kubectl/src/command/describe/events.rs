//! The events of one object.

use kontiki_api::duration::human;
use kontiki_api::time::Time;
use serde_json::Value;

use super::page::{Page, at};
use crate::command::select::items_of;
use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::resolve::{by_name, with_query};

pub(super) async fn write(cx: &mut Context<'_>, page: &mut Page, place: &Place, object: &Value) -> Result<(), Failure> {
    let events = by_name(&cx.client, "events").await?;
    let fields = format!(
        "involvedObject.name={},involvedObject.namespace={},involvedObject.kind={},involvedObject.uid={}",
        place.name,
        place.namespace,
        place.resource.kind,
        if place.resource.kind == "Node" { place.name.clone() } else { at(object, "/metadata/uid") }
    );
    let path = with_query(&events.path(&place.namespace, ""), &[("fieldSelector", &fields), ("limit", "500")]);
    let mut found = items_of(&cx.get(&path).await?);
    if found.is_empty() {
        page.field(0, "Events", "");
        return Ok(());
    }
    found.sort_by_key(|event| at(event, "/lastTimestamp"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or_default();
    page.head(0, "Events");
    page.table(&["Type", "Reason", "Age", "From", "Message"], found.iter().map(|event| row(event, now)).collect());
    Ok(())
}

fn row(event: &Value, now: i64) -> Vec<String> {
    let ago = |pointers: &[&str]| {
        let then = pointers.iter().find_map(|pointer| Time::parse(event.pointer(pointer)?.as_str()?));
        then.map_or_else(|| "<unknown>".to_owned(), |then| human(now - then.as_micros().div_euclid(1_000_000)))
    };
    let last = ago(&["/lastTimestamp", "/series/lastObservedTime", "/eventTime", "/firstTimestamp"]);
    let count = event.pointer("/count").or_else(|| event.pointer("/series/count")).and_then(Value::as_i64).unwrap_or_default();
    let age = if count > 1 { format!("{last} (x{count} over {})", ago(&["/firstTimestamp", "/eventTime"])) } else { last };
    let source = at(event, "/source/component");
    let source = if source.is_empty() { at(event, "/reportingComponent") } else { source };
    vec![at(event, "/type"), at(event, "/reason"), age, source, at(event, "/message").trim().to_owned()]
}
