//! Fields that others own and that an apply would change.

use super::entry::{Entry, Operation};
use super::{Path, Set};
use crate::status::{Reason, Status, StatusCause};

/// The fields of one manager that an apply would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The manager as upstream sorts it.
    pub identifier: String,
    /// The manager as upstream's messages name it: `"kubectl" using apps/v1`.
    pub manager: String,
    /// The fields.
    pub set: Set,
}

impl Conflict {
    /// The fields in `set` that `entry` owns.
    pub(super) fn new(entry: &Entry, set: Set) -> Self {
        let mut manager = format!("{:?}", entry.manager);
        if !entry.subresource.is_empty() {
            manager += &format!(" with subresource {:?}", entry.subresource);
        }
        if entry.operation == Operation::Update {
            manager += &format!(" using {}", entry.api_version);
        }
        Self { identifier: entry.identifier(), manager, set }
    }
}

/// 409 in upstream's words, with a cause for each field.
pub(super) fn refusal(conflicts: &[Conflict]) -> Status {
    let found: Vec<(&str, Vec<Path>)> = conflicts.iter().map(|conflict| (&*conflict.manager, conflict.set.paths())).collect();
    let mut status = Status::new(Reason::Conflict, message(&found));
    for (manager, path) in found.iter().flat_map(|(manager, paths)| paths.iter().map(move |path| (manager, path))) {
        status = status.because(StatusCause {
            reason: "FieldManagerConflict".into(),
            message: format!("conflict with {manager}"),
            field: path.to_string(),
        });
    }
    status
}

fn message(found: &[(&str, Vec<Path>)]) -> String {
    if let [(manager, paths)] = found
        && let [path] = paths.as_slice()
    {
        return format!("Apply failed with 1 conflict: conflict with {manager}: {path}");
    }
    let mut lines = Vec::new();
    for (manager, paths) in found {
        lines.push(format!("conflicts with {manager}:"));
        lines.extend(paths.iter().map(|path| format!("- {path}")));
    }
    let count: usize = found.iter().map(|(_, paths)| paths.len()).sum();
    format!("Apply failed with {count} conflicts: {}", lines.join("\n"))
}
