//! Printer columns of the built-in kinds: what `kubectl get` and `kubectl get -o wide` print.

mod cell;
mod column;
mod config;
mod devices;
mod network;
mod nodes;
mod pods;
mod rbac;
mod storage;
mod workloads;

use super::Column;
use column::Col;
pub(super) use pods::conditions as pod_conditions;

/// The columns of `kind` in `group`; name and age where the kind has none of its own.
pub(crate) fn columns_of(group: &str, kind: &str) -> Vec<Column> {
    let tables = [workloads::TABLE, network::TABLE, nodes::TABLE, storage::TABLE, rbac::TABLE, config::TABLE, devices::TABLE];
    let found = tables.into_iter().flatten().find(|(g, k, _)| *g == group && *k == kind);
    let columns = found.map_or(&[Col::NAME, Col::AGE][..], |(_, _, columns)| columns);
    columns.iter().map(Col::column).collect()
}
