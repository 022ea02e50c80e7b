//! Validation shared by all kinds: paths, faults, names, object metadata.

mod by_text;
mod distinct;
mod faults;
mod invalid;
mod meta;
mod names;
mod path;
mod webhook_path;

pub use by_text::ByText;
pub use distinct::Distinct;
pub use faults::Faults;
pub(crate) use meta::{annotations, finalizers, labels, owners};
pub use meta::{validate_meta, validate_meta_update};
pub use names::{NameRule, dns_label_fault, dns_subdomain_fault, dns1035_label_fault, path_segment_fault};
pub use path::Path;
pub use webhook_path::webhook_path;
