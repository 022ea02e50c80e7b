//! Stopping and removing containers.

use std::time::Duration;

use kontiki_api::Text;

use super::{Performer, handler};
use crate::effect::{Act, EffectKey};
use crate::view::Handler;

/// How hooks and probes reach a container over the network.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// The pod's address.
    pub ip: Text,
    /// Named ports.
    pub ports: Vec<(Text, u16)>,
}

/// Runs the hook, then stops the container; both within the grace. Upstream leaves at least two
/// seconds for the process after a hook that used all of it.
pub async fn stop(
    performer: &Performer,
    key: &EffectKey,
    grace_seconds: u32,
    pre_stop: Option<&Handler>,
    reach: &Reach,
) -> Result<(), String> {
    let Act::Stop(id) = &key.act else { return Err("not a container to stop".into()) };
    let grace = Duration::from_secs(u64::from(grace_seconds));
    let began = performer.clock.now();
    let mut rest = grace;
    if let Some(hook) = pre_stop.filter(|_| !grace.is_zero()) {
        // A hook that fails or takes too long does not keep the container from being stopped.
        let ran = tokio::time::timeout(grace, handler::run(&*performer.runtime, id, hook, reach)).await;
        if let Ok(Err(error)) = ran {
            tracing::debug!(pod = %key.pod, %error, "preStop hook failed");
        }
        rest = grace.saturating_sub(performer.clock.now().since(began)).max(Duration::from_secs(2));
    }
    performer.runtime.stop(id, rest).await.map_err(|error| error.to_string())
}

/// Removes one container.
pub async fn remove(performer: &Performer, key: &EffectKey) -> Result<(), String> {
    let Act::Remove(id) = &key.act else { return Err("not a container to remove".into()) };
    performer.runtime.remove(id).await.map_err(|error| error.to_string())
}
