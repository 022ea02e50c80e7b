//! Who manages which fields: keeps `metadata.managedFields` true through every write.

mod configuration;
mod conversions;
mod reset;
mod times;
mod track;
mod versions;

pub(crate) use configuration::{configuration, warn_of_duplicates};
pub(crate) use conversions::{Conversions, by_webhook};
pub(crate) use reset::{all_but, reset_of};
pub(crate) use times::keep_times;
pub(crate) use track::{apply_to, track_create, track_update};
pub(crate) use versions::RowVersions;
