//! Conversion between the versions of a kind that share one stored collection.

use serde_json::Value;

/// How a row that is not served as it is stored is written and read. Both functions also set
/// `apiVersion`, lose nothing that the other can give back, and leave other objects alone.
#[derive(Clone, Copy)]
pub struct Conversion {
    /// From the row's version to the stored one.
    pub to_stored: fn(&mut Value),
    /// From the stored version to the row's.
    pub from_stored: fn(&mut Value),
}

impl std::fmt::Debug for Conversion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Conversion")
    }
}
