//! Validation of custom objects by their schema, in upstream's words.

mod allowed;
mod email;
mod embedded;
mod format;
mod format_net;
mod junctors;
mod lists;
mod number;
mod path;
mod ratchet;
mod text;
mod types;
mod value;
mod verdict;
mod whole;

pub(in crate::custom::structural) use format::check_of;
pub(in crate::custom) use whole::{embedded_faults, validate, validate_part, validate_status};
