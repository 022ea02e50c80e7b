//! Admission plug-ins may change the object; defaults are filled in again after them.

mod concerned;
mod patch;
mod plugins;

pub(crate) use concerned::Concerned;
pub(crate) use patch::{go_text, patch, patched};
pub(crate) use plugins::{Phase, admit_connection, admit_sent, run_plugins};
