//! Images of containers.

use std::time::Duration;

use super::back_off;
use super::draft::{Draft, Event, Stand, Waiting};
use super::facts::Facts;
use crate::effect::{Act, Doing, Hidden};
use crate::observed::{ImageState, image_key};
use crate::view::{Container, Secret};

/// How long a failure is shown itself, before the wait that follows it is.
const SHOWN: Duration = Duration::from_secs(3);

/// Wants the image for the next run of a container; true once it is there.
pub fn want(facts: &Facts<'_>, draft: &mut Draft, container: &Container, attempt: u32) -> bool {
    let image = &container.image;
    let present = facts.world.observed::<ImageState>(&image_key(image)).is_some();
    match container.image_pull_policy.as_str() {
        "Never" if !present => {
            let message = format!("Container image \"{image}\" is not present with pull policy of Never");
            wait(facts, draft, container, "ErrImageNeverPull", message);
            return false;
        }
        "Always" => {}
        _ if present => return true,
        _ => {}
    }
    let doing = Doing::Image { image: image.as_str().into(), secrets: secrets(facts) };
    let act = Act::Image(container.name.as_str().into(), attempt);
    let pulling = Event::normal(Some(&container.name), "Pulling", format!("Pulling image \"{image}\""));
    draft.tell(facts, &format!("pulling/{attempt}/"), pulling);
    match draft.want(facts, act, doing, back_off::slow) {
        Stand::Done => true,
        Stand::Pending => false,
        Stand::Failed(failed) => {
            let error = failed.error.clone();
            let shown = facts.now.since(failed.at);
            if error.contains("invalid reference format") {
                let message = format!("Failed to apply default image tag \"{image}\": couldn't parse image name: {error}");
                wait(facts, draft, container, "InvalidImageName", message);
                return false;
            }
            let message = format!("Failed to pull image \"{image}\": {error}");
            draft.tell(facts, "pull-failed/", Event::warning(Some(&container.name), "Failed", message));
            if shown < SHOWN {
                draft.after(SHOWN.saturating_sub(shown));
                wait(facts, draft, container, "ErrImagePull", error);
            } else {
                let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {error}");
                let event = Event::normal(Some(&container.name), "BackOff", format!("Back-off pulling image \"{image}\""));
                draft.tell(facts, "pull-back-off/", event);
                draft.waiting.insert(container.name.clone(), Waiting { reason: "ImagePullBackOff", message });
            }
            false
        }
    }
}

fn wait(facts: &Facts<'_>, draft: &mut Draft, container: &Container, reason: &'static str, message: String) {
    draft.tell(facts, "image/", Event::warning(Some(&container.name), "Failed", format!("Error: {reason}")));
    draft.waiting.insert(container.name.clone(), Waiting { reason, message });
}

/// The `.dockerconfigjson` of the pod's pull secrets.
fn secrets(facts: &Facts<'_>) -> Vec<Hidden> {
    let names = facts.spec().image_pull_secrets.iter();
    let found = names.filter_map(|named| {
        let name = kontiki_api::meta::NsName::new(facts.key.namespace.clone(), named.name.as_str());
        facts.world.get::<Secret>(&name)?.data.get(".dockerconfigjson").cloned()
    });
    found.map(Hidden).collect()
}
