//! Faults of an object, and how they are told.

mod object;

pub(crate) use object::{validate_create, validate_update};
