//! What the object of a request looks like, which is not always that of the collection.

use kontiki_api::decode::Body;
use kontiki_api::kind::Kind;
use kontiki_api::schema::Schema;

use crate::admit::hooks::Subject;

/// Version, kind and schema of an object.
pub(super) struct Shape<'a> {
    pub api_version: String,
    pub kind: &'a str,
    pub schema: &'a Schema,
}

impl<'a> Shape<'a> {
    /// That of the object of `subject` in the version of `row`: of a Scale, a binding or an eviction its own.
    ///
    /// # Errors
    /// There is no schema of it.
    pub fn of(subject: &Subject<'_>, row: &'a Kind) -> Result<Self, String> {
        let own = row.subresource(&subject.target.subresource).filter(|sub| sub.kind != row.kind);
        if let Some(sub) = own {
            let body = Body::of_subresource(sub);
            return Ok(Self { api_version: body.api_version(), kind: body.kind, schema: body.schema });
        }
        let api_version = row.api_version();
        match row.schema() {
            Some(schema) => Ok(Self { api_version, kind: &row.kind, schema }),
            None => Err(format!("there is no schema of {api_version}")),
        }
    }
}
