//! The rows of a definition.

use std::sync::Arc;

use super::{Crd, CrdVersion, Custom};
use crate::decode::settle_numbers;
use crate::kind::columns::columns_of;
use crate::kind::{Column, Hooks, Kind, Subresource};
use crate::request::Verb;

/// In the order in which upstream tells of them.
const ALL: [Verb; 8] =
    [Verb::Delete, Verb::DeleteCollection, Verb::Get, Verb::List, Verb::Patch, Verb::Create, Verb::Update, Verb::Watch];
const WRITE: [Verb; 3] = [Verb::Get, Verb::Patch, Verb::Update];
/// Custom objects go with the usual kinds of their namespace.
const RANK: u8 = 1;

/// The rows that `crd` serves; none before it is established.
pub fn rows(crd: &Arc<Crd>) -> Vec<Kind> {
    let versions = crd.versions.iter().enumerate().filter(|(_, version)| crd.established && version.served);
    versions.map(|(at, version)| row(crd, at, version)).collect()
}

/// The row of the storage version of `crd`, served or not.
pub fn storage_row(crd: &Arc<Crd>) -> Option<Kind> {
    let (at, version) = crd.versions.iter().enumerate().find(|(_, version)| version.storage)?;
    Some(row(crd, at, version))
}

fn row(crd: &Arc<Crd>, at: usize, version: &CrdVersion) -> Kind {
    Kind {
        group: crd.group.clone(),
        version: version.name.clone(),
        kind: crd.kind.clone(),
        plural: crd.plural.clone(),
        singular: crd.singular.clone(),
        short_names: crd.short_names.clone(),
        categories: crd.categories.clone(),
        namespaced: crd.namespaced,
        verbs: ALL.to_vec(),
        subresources: subresources(crd, version),
        resource: crd.resource.clone(),
        definition: definition(crd, version).into(),
        columns: version.columns.clone(),
        selectable: crd.selectable_of(version),
        history: true,
        sealed: false,
        deletion_rank: RANK,
        returns_deleted: false,
        orphans: None,
        put_creates: false,
        put_names_revision: true,
        status_takes: &[],
        deprecation: None,
        hooks: Hooks { written: settle_numbers, ..Hooks::default() },
        conversion: None,
        custom: Some(Custom::new(Arc::clone(crd), at)),
    }
}

fn subresources(crd: &Crd, version: &CrdVersion) -> Vec<Subresource> {
    let sub = |name: &str, group: &str, version: &str, kind: &str, columns| Subresource {
        name: name.into(),
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
        verbs: WRITE.to_vec(),
        columns,
    };
    let scale = version.scale.as_ref().map(|_| sub("scale", "autoscaling", "v1", "Scale", scale_columns()));
    let status = version.status.then(|| sub("status", &crd.group, &version.name, &crd.kind, Vec::new()));
    status.into_iter().chain(scale).collect()
}

/// The columns of the scale of a custom object, whose name is formatted as its own is.
fn scale_columns() -> Vec<Column> {
    let mut columns = columns_of("autoscaling", "Scale");
    if let Some(name) = columns.first_mut() {
        name.format = "name".into();
    }
    columns
}

/// `com.example.stable.v1.CronTab`, as upstream names definitions of custom kinds.
fn definition(crd: &Crd, version: &CrdVersion) -> String {
    let mut parts: Vec<&str> = crd.group.split('.').collect();
    parts.reverse();
    format!("{}.{}.{}", parts.join("."), version.name, crd.kind)
}
