//! From query and body to options and objects.

mod body;
mod delete_options;
mod list_options;
mod object;
mod write_options;

pub(crate) use body::{body, check_nesting, check_shape, refused, shape};
pub(crate) use delete_options::{DeleteOptions, Propagation};
pub(crate) use kontiki_api::decode::Nesting;
pub(crate) use list_options::{EXACT, ListOptions, Match, revision};
pub(crate) use object::{object, patched, subresource};
pub(crate) use write_options::WriteOptions;
