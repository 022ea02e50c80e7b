//! From answers to bytes of the form that was asked for.

mod event;
mod form;
mod list;
mod list_stream;
mod object;
mod partial;
mod table;

pub(crate) use event::{EventCache, error_frame, frames};
pub(crate) use form::{Form, Negotiated, Offers, negotiate};
pub(crate) use list::{PARTIAL, item_head, list, list_head};
pub(crate) use list_stream::list_stream;
pub(crate) use object::{line, object, value_of};
pub(crate) use partial::{partial, partial_of};
pub(crate) use table::{one_row, row_of, table};
