//! What the runtime reports, as observations.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use kontiki_runtime::observe::Observation;
use tokio_util::sync::CancellationToken;

use super::performer::Network;
use super::{Folders, NodeObservation, Registry, Sink, container_state};
use crate::images::BuiltIn;
use crate::labels::{self, Role};
use crate::observed::{ImageState, PodFolder, RuntimeState, SandboxState, image_key};
use crate::runtime::{ContainerInfo, ContainerRuntime, ImageInfo, Phase, RuntimeEvent};

/// Turns what the runtime reports into observations.
pub struct Watcher {
    /// The runtime.
    pub runtime: Arc<dyn ContainerRuntime>,
    /// Where observations go.
    pub sink: Sink,
    /// What is known by id.
    pub registry: Arc<Registry>,
    /// Files of pods.
    pub folders: Folders,
    /// Addresses in use are noted here.
    pub network: Option<Arc<Network>>,
    /// Images that must be on the node.
    pub images: Vec<BuiltIn>,
}

impl Watcher {
    /// Runs until `stop`. Answers whether all that the runtime holds was known then.
    pub async fn run(self, stop: CancellationToken) -> bool {
        let mut events = self.runtime.events();
        let (mut down, mut listed) = (false, false);
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = stop.cancelled() => return listed && !down,
            };
            match event {
                Some(RuntimeEvent::Up(containers, images)) => {
                    if down {
                        tracing::info!("the container runtime answers again");
                    }
                    down = false;
                    self.relist(containers, &images).await;
                    listed = true;
                }
                Some(RuntimeEvent::Down(message)) => {
                    if !down {
                        tracing::warn!("{message}; pods of this node wait until it does");
                    }
                    down = true;
                    let state = RuntimeState::Down { message: message.into() };
                    self.sink.tell(NodeObservation::Runtime(Observation::Seen((), state)));
                }
                Some(event) => self.changed(event).await,
                None => return false,
            }
        }
    }

    async fn changed(&self, event: RuntimeEvent) {
        match event {
            RuntimeEvent::Changed(info) => match Role::read(&info.labels) {
                Some(Role::Sandbox(key)) => {
                    self.registry.put(&info.id, Role::Sandbox(key.clone()));
                    self.registry.settle(|| {
                        let state = self.sandbox(&info, &Role::Sandbox(key.clone()));
                        self.sink.tell(NodeObservation::Sandbox(Observation::Seen(key, state)));
                    });
                }
                Some(Role::Container(key)) => {
                    self.registry.put(&info.id, Role::Container(key.clone()));
                    let state = container_state::read(&*self.runtime, &self.folders, &info, &key).await;
                    self.sink.tell(NodeObservation::Container(Observation::Seen(key, state)));
                }
                None => {}
            },
            RuntimeEvent::Gone(id) => match self.registry.take(&id) {
                Some(Role::Sandbox(key)) => {
                    if let Some(network) = &self.network {
                        network.addresses.release(&Role::Sandbox(key.clone()).runtime_name());
                    }
                    self.sink.tell(NodeObservation::Sandbox(Observation::Gone(key)));
                }
                Some(Role::Container(key)) => self.sink.tell(NodeObservation::Container(Observation::Gone(key))),
                None => {}
            },
            RuntimeEvent::Images(images) => self.images(&images),
            RuntimeEvent::Up(..) | RuntimeEvent::Down(_) => {}
        }
    }

    /// All there is. That the runtime is up is told last: then everything else is in the World.
    async fn relist(&self, all: Vec<ContainerInfo>, images: &[ImageInfo]) {
        if let Some(network) = &self.network {
            network.outside.open().await;
        }
        self.registry.keep_only(&all.iter().map(|info| info.id.clone()).collect::<BTreeSet<_>>());
        let (mut sandboxes, mut containers) = (Vec::new(), Vec::new());
        for info in &all {
            let Some(role) = Role::read(&info.labels) else { continue };
            self.registry.put(&info.id, role.clone());
            match &role {
                Role::Sandbox(key) => sandboxes.push((key.clone(), self.sandbox(info, &role))),
                Role::Container(key) => {
                    containers.push((key.clone(), container_state::read(&*self.runtime, &self.folders, info, key).await))
                }
            }
        }
        let folders = self.folders.list().into_iter().map(|pod| (pod, PodFolder)).collect();
        self.sink.tell(NodeObservation::Folder(Observation::Relisted(folders)));
        self.sink.tell(NodeObservation::Sandbox(Observation::Relisted(sandboxes)));
        self.sink.tell(NodeObservation::Container(Observation::Relisted(containers)));
        self.images(images);
        self.load_missing(images).await;
        let version = self.runtime.version().await.unwrap_or_default();
        let version = format!("{}://{}", version.name, version.version).into();
        self.sink.tell(NodeObservation::Runtime(Observation::Seen((), RuntimeState::Up { version })));
    }

    /// Loads the images that belong to the node, also where an older binary's is there under the same tag; what they are
    /// is told when the runtime reports them.
    async fn load_missing(&self, there: &[ImageInfo]) {
        for own in missing(&self.images, there) {
            if let Err(error) = self.runtime.load(Bytes::from_static(own.archive)).await {
                tracing::warn!(image = own.name, %error, "cannot load an image of the node");
            }
        }
    }

    fn images(&self, images: &[ImageInfo]) {
        let by_name = |image: &ImageInfo| {
            let state = ImageState { id: image.id.as_str().into(), size: image.size };
            let names = image.names.iter().map(|name| image_key(name)).chain([image.id.as_str().into()]);
            names.map(move |name| (name, state.clone())).collect::<Vec<_>>()
        };
        let all = images.iter().flat_map(by_name).collect();
        self.sink.tell(NodeObservation::Image(Observation::Relisted(all)));
    }

    fn sandbox(&self, info: &ContainerInfo, role: &Role) -> SandboxState {
        let ip = info.labels.get(labels::IP).cloned().unwrap_or_default();
        if let (Some(network), Ok(address)) = (&self.network, ip.parse()) {
            network.addresses.hold(address, &role.runtime_name());
        }
        let running = info.phase == Phase::Running;
        let marker = std::fs::read_to_string(self.folders.network(role.pod())).unwrap_or_default();
        let ready = running && marker == info.pid.to_string();
        let fresh = info.phase == Phase::Created;
        SandboxState { id: info.id.as_str().into(), fresh, running, ready, ip: if ready { ip.into() } else { "".into() } }
    }
}

/// Those of `images` that are not there: another content under the same name does not count.
fn missing<'a>(images: &'a [BuiltIn], there: &'a [ImageInfo]) -> impl Iterator<Item = &'a BuiltIn> {
    let named = |image: &ImageInfo, name: &str| image.names.iter().any(|known| image_key(known) == image_key(name));
    images.iter().filter(move |own| !there.iter().any(|image| own.is(image) && named(image, own.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{DEMO, PAUSE};

    #[test]
    fn an_older_image_of_the_same_tag_does_not_stand_in_for_ours() {
        let image = |own: &BuiltIn, content: &str| ImageInfo {
            id: "sha256:1".into(),
            names: vec![own.name.into()],
            size: 1,
            user: String::new(),
            content: content.into(),
        };
        let there = [image(&PAUSE, PAUSE.content), image(&DEMO, "sha256:older")];
        let missing: Vec<&str> = missing(&[PAUSE, DEMO], &there).map(|own| own.name).collect();
        assert_eq!(missing, [DEMO.name]);
    }
}
