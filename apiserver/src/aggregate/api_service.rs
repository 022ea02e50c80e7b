//! `apiregistration.k8s.io/v1 APIService`, as far as aggregation reads it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_store::{Range, Store};
use serde_json::Value;

/// The collection.
pub(super) const API_SERVICES: &str = "apiservices.apiregistration.k8s.io";
/// The label of those that follow from what this server serves itself.
pub(super) const AUTOMANAGED: &str = "kube-aggregator.kubernetes.io/automanaged";

/// An APIService whose group and version another server serves.
#[derive(Clone, Debug)]
pub(crate) struct ApiService {
    /// The object.
    pub object: Arc<Object>,
    /// API group.
    pub group: String,
    /// API version.
    pub version: String,
    /// Namespace of the Service.
    pub namespace: String,
    /// Its name.
    pub service: String,
    /// Its port.
    pub port: u16,
    /// Authorities of the server, PEM; empty for those of the machine.
    pub authority: Vec<u8>,
    /// Whether its certificate is not looked at.
    pub insecure: bool,
    /// Where the group stands among others: `groupPriorityMinimum`, then `versionPriority`.
    pub priority: (i64, i64),
    /// Whether it was found to answer.
    pub available: bool,
}

impl ApiService {
    /// Reads `object`; `None` where this server serves its group itself.
    pub fn read(object: &Arc<Object>) -> Option<Self> {
        if object.head.labels.iter().any(|(name, _)| &**name == AUTOMANAGED) {
            return None;
        }
        let value = object.to_value();
        let spec = value.get("spec")?;
        let service = spec.get("service").filter(|service| service.is_object())?;
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| spec.get(name).and_then(Value::as_i64).unwrap_or_default();
        let port = service.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
        let conditions = value.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
        let available = { conditions }.any(|condition| condition["type"] == "Available" && condition["status"] == "True");
        Some(Self {
            object: Arc::clone(object),
            group: text(spec, "group"),
            version: text(spec, "version"),
            namespace: text(service, "namespace"),
            service: text(service, "name"),
            port: port.unwrap_or(443),
            authority: STANDARD.decode(text(spec, "caBundle")).unwrap_or_default(),
            insecure: spec.get("insecureSkipTLSVerify").and_then(Value::as_bool).unwrap_or_default(),
            priority: (number("groupPriorityMinimum"), number("versionPriority")),
            available,
        })
    }

    /// The one that serves `group` and `version`; `None` where this server does, or nobody.
    pub fn of(store: &dyn Store, group: &str, version: &str) -> Option<Self> {
        let name: Text = format!("{version}.{group}").into();
        Self::read(&store.get(&Key::new(API_SERVICES, "", name))?)
    }

    /// Every one, those of highest priority first.
    pub fn all(store: &dyn Store) -> Vec<Self> {
        let objects = store.list(&Range::Resource(API_SERVICES.into())).objects;
        let mut all: Vec<Self> = objects.iter().filter_map(Self::read).collect();
        all.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.object.key.name.cmp(&b.object.key.name)));
        all
    }

    /// Whether requests go to its server: what is built into `kinds` is served here, whoever else claims it.
    pub fn counts(&self, kinds: &Kinds) -> bool {
        !kinds.in_version(&self.group, &self.version).iter().any(|row| row.custom.is_none())
    }

    /// `group/version`.
    pub fn group_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }
}
