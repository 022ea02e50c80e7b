//! What the simulated runtime remembers.

use std::collections::{BTreeMap, BTreeSet};

use kontiki_api::time::Time;
use tokio::sync::{mpsc, watch};

use crate::runtime::{ContainerConfig, ContainerInfo, ImageInfo, LogChunk, Phase, RuntimeError, RuntimeEvent};

/// Containers, images, listeners.
pub struct State {
    pub containers: BTreeMap<String, Simulated>,
    pub images: BTreeSet<String>,
    pub next_id: u64,
    pub listeners: Vec<mpsc::UnboundedSender<RuntimeEvent>>,
}

/// One container.
pub struct Simulated {
    pub config: ContainerConfig,
    pub info: ContainerInfo,
    pub log: Vec<LogChunk>,
    pub ended: watch::Sender<bool>,
}

impl State {
    pub fn find(&self, id: &str) -> Result<&Simulated, RuntimeError> {
        let by_name = || self.containers.values().find(|container| container.config.name == id);
        self.containers.get(id).or_else(by_name).ok_or_else(|| RuntimeError::NotFound(format!("No such container: {id}")))
    }

    pub fn find_mut(&mut self, id: &str) -> Result<&mut Simulated, RuntimeError> {
        let id = self.find(id)?.info.id.clone();
        self.containers.get_mut(&id).ok_or(RuntimeError::NotFound(id))
    }

    pub fn create(&mut self, config: &ContainerConfig, now: Time) -> Result<String, RuntimeError> {
        let image = &config.program.image;
        if !self.images.contains(image) {
            return Err(RuntimeError::NotFound(format!("No such image: {image}")));
        }
        self.next_id += 1;
        let id = format!("{:064x}", self.next_id);
        let info = ContainerInfo {
            id: id.clone(),
            labels: config.labels.clone(),
            image: image.clone(),
            image_id: format!("simulated://{image}"),
            phase: Phase::Created,
            pid: 0,
            created: now,
            started: None,
            finished: None,
            exit_code: 0,
            oom_killed: false,
            error: String::new(),
        };
        let container = Simulated { config: config.clone(), info, log: Vec::new(), ended: watch::Sender::new(false) };
        self.containers.insert(id.clone(), container);
        self.changed(&id);
        Ok(id)
    }

    pub fn end(&mut self, id: &str, code: i64, now: Time) {
        let Ok(container) = self.find_mut(id) else { return };
        if container.info.phase == Phase::Exited {
            return;
        }
        container.info.phase = Phase::Exited;
        container.info.finished = Some(now);
        container.info.exit_code = code;
        container.info.pid = 0;
        container.ended.send_replace(true);
        let id = container.info.id.clone();
        self.changed(&id);
    }

    pub fn changed(&mut self, id: &str) {
        if let Some(container) = self.containers.get(id) {
            let info = container.info.clone();
            self.tell(&RuntimeEvent::Changed(Box::new(info)));
        }
    }

    pub fn tell(&mut self, event: &RuntimeEvent) {
        self.listeners.retain(|listener| listener.send(event.clone()).is_ok());
    }

    pub fn up(&self) -> RuntimeEvent {
        let containers = self.containers.values().map(|container| container.info.clone()).collect();
        RuntimeEvent::Up(containers, self.image_infos())
    }

    pub fn image_infos(&self) -> Vec<ImageInfo> {
        let info = |name: &String| ImageInfo {
            id: name.clone(),
            names: vec![name.clone()],
            size: 1,
            user: String::new(),
            content: String::new(),
        };
        self.images.iter().map(info).collect()
    }
}

/// What a simulated program does: the last word of `exit N` is its exit code, `echo WORDS` its output;
/// anything else runs until it is stopped.
pub struct Script {
    pub output: Option<String>,
    pub exit: Option<i64>,
}

impl Script {
    pub fn of(words: &[String]) -> Self {
        let text = words.join(" ");
        let exit = text.rsplit_once("exit ").and_then(|(_, code)| code.trim().parse().ok());
        let echo = text.split(';').map(str::trim).find_map(|part| part.split_once("echo ").map(|(_, words)| words));
        let output = echo.map(|words| format!("{}\n", words.trim()));
        let ends = exit.is_some() || output.is_some() && !text.contains("sleep");
        Self { exit: exit.or_else(|| ends.then_some(0)), output }
    }
}
