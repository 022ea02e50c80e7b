//! Kinds that CustomResourceDefinitions make: a definition read once per revision, and its rows.
//!
//! Promises that a row of a definition answers whatever a built-in row answers. Schemas are compiled
//! on first use from the definition's own stored bytes, which are kept once.

mod columns;
mod converted;
mod crd;
mod custom;
mod envelope;
mod raw;
mod rows;
mod rules;
mod same_items;
mod scale;
mod structural;
mod validate;
mod version;
mod written;

pub use converted::{Unfit, restore};
pub use crd::{ConversionStrategy, Crd, WebhookConversion};
pub use custom::Custom;
pub(crate) use envelope::envelope;
pub use rows::{rows, storage_row};
pub use rules::Rules;
pub use scale::ScalePaths;
pub use structural::{Structural, compile};
pub(crate) use validate::{
    definition_create, definition_status, definition_update, definition_update_warnings, definition_warnings,
};
pub use version::CrdVersion;
pub(crate) use written::definition_written;

/// The collection of the definitions.
pub const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
/// Holds a definition until its objects are gone.
pub const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";
