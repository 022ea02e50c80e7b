//! Narrow views: the fields that reconcilers read, decoded once per revision.

use serde::de::DeserializeOwned;

/// A narrow view of the objects of one collection. Decoding ignores every other field and must
/// accept any object that passed the server's validation (absent optional fields included).
pub trait View: DeserializeOwned + Send + Sync + std::fmt::Debug + 'static {
    /// The collection it reads, as [`crate::meta::Resource`] names it: `pods`, `deployments.apps`.
    const RESOURCE: &'static str;
    /// `apiVersion` of the kind the view reads, for clients that must name a version.
    const API_VERSION: &'static str;
    /// The kind, `Pod`.
    const KIND: &'static str;
}
