//! What is known of a request when its level is looked for.

use kontiki_api::request::{Target, User};

/// A request to a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Who asks.
    pub user: &'a User,
    /// The verb.
    pub verb: &'a str,
    /// What it is about.
    pub target: &'a Target,
}
