//! One CustomResourceDefinition.

use std::sync::Arc;

use serde_json::Value;

use super::raw::{RawConversion, RawCrd};
use super::{CrdVersion, Structural};
use crate::Text;
use crate::kind::Selectable;
use crate::meta::{Resource, Revision};
use crate::object::Object;
use crate::view::is_true;

/// How objects get from one version to another.
#[derive(Clone, Debug, PartialEq)]
pub enum ConversionStrategy {
    /// Only `apiVersion` changes.
    None,
    /// A webhook converts.
    Webhook(Box<WebhookConversion>),
}

/// The webhook of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookConversion {
    /// `webhook.clientConfig`: URL or Service, CA bundle.
    pub client_config: Value,
    /// `conversionReviewVersions` it understands, the preferred first.
    pub review_versions: Vec<String>,
}

/// A CustomResourceDefinition at one revision, as far as its rows need it. Names are the accepted ones.
#[derive(Debug)]
pub struct Crd {
    /// API group.
    pub group: Text,
    /// `crontabs`.
    pub plural: Text,
    /// `crontab`.
    pub singular: Text,
    /// `CronTab`.
    pub kind: Text,
    /// `CronTabList`.
    pub list_kind: Text,
    /// `ct`.
    pub short_names: Vec<Text>,
    /// `all`.
    pub categories: Vec<Text>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Its versions, in the order of the definition.
    pub versions: Vec<CrdVersion>,
    /// How objects are converted.
    pub conversion: ConversionStrategy,
    /// Whether its rows are served.
    pub established: bool,
    /// Whether it is going: nothing is created any more.
    pub terminating: bool,
    /// The stored collection.
    pub resource: Resource,
    /// The fields that any version selects by, in the order of stored heads.
    pub selectable: Vec<Text>,
    /// The definition itself.
    pub object: Arc<Object>,
    /// Objects of later revisions were written under the specification as it is now: in its storage
    /// version, pruned and with its defaults.
    pub since: Revision,
}

impl Crd {
    /// Reads a definition. `before` is what it was: where only the status has changed since, stored objects keep their standing.
    ///
    /// # Errors
    /// What cannot be read; the API admits no such definition.
    pub fn read(object: &Arc<Object>, before: Option<&Self>) -> Result<Self, serde_json::Error> {
        let json = object.value.whole();
        let raw: RawCrd<'_> = serde_json::from_slice(&json)?;
        let names = if raw.status.accepted_names.kind.is_empty() { &raw.spec.names } else { &raw.status.accepted_names };
        let texts = |list: &[String]| list.iter().map(|text| Text::from(text.as_str())).collect();
        let conditions = raw.status.conditions.unwrap_or_default();
        let versions: Vec<CrdVersion> = raw.spec.versions.iter().map(CrdVersion::read).collect();
        let mut selectable: Vec<Text> = versions.iter().flat_map(|version| version.selectable.iter().cloned()).collect();
        selectable.sort_unstable();
        selectable.dedup();
        let unchanged = before.filter(|before| before.object.head.generation == object.head.generation);
        Ok(Self {
            group: raw.spec.group.as_ref().into(),
            plural: raw.spec.names.plural.as_ref().into(),
            singular: names.singular.as_ref().into(),
            kind: names.kind.as_ref().into(),
            list_kind: names.list_kind.as_ref().into(),
            short_names: texts(&names.short_names),
            categories: texts(&names.categories),
            namespaced: raw.spec.scope == "Namespaced",
            versions,
            conversion: raw.spec.conversion.map_or(ConversionStrategy::None, ConversionStrategy::from),
            established: is_true(&conditions, "Established"),
            terminating: object.head.deleted.is_some(),
            resource: Resource::new(&raw.spec.group, &raw.spec.names.plural),
            selectable,
            object: Arc::clone(object),
            since: unchanged.map_or(object.revision, |before| before.since),
        })
    }

    /// The version called `name`.
    pub fn version(&self, name: &str) -> Option<&CrdVersion> {
        self.versions.iter().find(|version| *version.name == *name)
    }

    /// The version that objects are stored in.
    pub fn storage(&self) -> Option<&CrdVersion> {
        self.versions.iter().find(|version| version.storage)
    }

    /// `group/version`.
    pub fn api_version(&self, version: &str) -> String {
        format!("{}/{version}", self.group)
    }

    /// Brings a stored object to what it would be had it been written now, in the version it is stored in.
    pub fn repair(&self, object: &mut Value) {
        if let Some(structural) = self.structural_of(object) {
            structural.prune(object);
            structural.default(object);
        }
    }

    /// Fills in the defaults of the object's own version.
    pub fn complete(&self, object: &mut Value) {
        if let Some(structural) = self.structural_of(object) {
            structural.complete(object);
        }
    }

    /// Drops what the schema of the object's own version does not know.
    pub fn prune(&self, object: &mut Value) {
        if let Some(structural) = self.structural_of(object) {
            structural.prune(object);
        }
    }

    fn structural_of(&self, object: &Value) -> Option<&Structural> {
        let (_, version) = object["apiVersion"].as_str()?.split_once('/')?;
        Some(self.version(version)?.structural(&self.object))
    }

    /// The selectable fields of a row of `version`: those that it does not select by have no name.
    pub(super) fn selectable_of(&self, version: &CrdVersion) -> Vec<Selectable> {
        let of = |path: &Text| {
            let name = if version.selectable.contains(path) { path.trim_start_matches('.') } else { "" };
            Selectable { name: name.into(), pointer: path.replace('.', "/").into() }
        };
        self.selectable.iter().map(of).collect()
    }
}

impl From<RawConversion> for ConversionStrategy {
    fn from(raw: RawConversion) -> Self {
        if raw.strategy != "Webhook" {
            return Self::None;
        }
        let webhook = raw.webhook.unwrap_or_default();
        Self::Webhook(Box::new(WebhookConversion {
            client_config: webhook.client_config,
            review_versions: webhook.conversion_review_versions,
        }))
    }
}
