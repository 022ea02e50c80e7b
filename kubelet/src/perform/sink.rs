//! Where observations of this node go.

use kontiki_runtime::observe::Observation;
use tokio::sync::mpsc;

use crate::observed::{Attempted, ContainerState, ImageState, PodFolder, ProbeResult, RuntimeState, SandboxState, VolumeState};

/// One observation of one of this node's observed kinds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each variant is the observed kind of its name")]
pub enum NodeObservation {
    Attempted(Observation<Attempted>),
    Container(Observation<ContainerState>),
    Folder(Observation<PodFolder>),
    Image(Observation<ImageState>),
    Probe(Observation<ProbeResult>),
    Runtime(Observation<RuntimeState>),
    Sandbox(Observation<SandboxState>),
    Volume(Observation<VolumeState>),
}

/// Where observations go. Cheap to clone; never waits.
#[derive(Clone, Debug)]
pub struct Sink(mpsc::UnboundedSender<NodeObservation>);

impl Sink {
    /// A sink, and what comes out of it.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<NodeObservation>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Tells one observation.
    pub fn tell(&self, observation: NodeObservation) {
        // Nobody listens any more once the kubelet stops.
        let _ = self.0.send(observation);
    }
}
