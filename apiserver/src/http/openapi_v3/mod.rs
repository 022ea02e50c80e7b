//! `/openapi/v3`: a document of each group and version, kept as it was last asked for.

mod answer;
mod documents;

pub(super) use answer::openapi_v3;
pub(crate) use documents::Documents;
