//! Rights on signers.

use crate::admit::Admission;
use crate::admit::fields::text;
use crate::authorize::{Attributes, Authorize, Decision};

/// Whether who asks may do `verb` with the signer that the signing request before the change names: by that name, or for
/// every signer of its domain.
pub(super) fn may(admission: &Admission<'_>, authorizer: &dyn Authorize, verb: &str) -> Result<(), String> {
    let signer = text(admission.old.unwrap_or(admission.object), "/spec/signerName");
    let domain = signer.split('/').next().unwrap_or_default();
    let allowed = [signer.to_owned(), format!("{domain}/*")].into_iter().any(|name| {
        let attributes = Attributes {
            user: admission.user.clone(),
            verb: verb.into(),
            group: super::GROUP.into(),
            resource: "signers".into(),
            name: name.into(),
            ..Attributes::default()
        };
        authorizer.authorize(&attributes) == Decision::Allow
    });
    if allowed { Ok(()) } else { Err(format!("user not permitted to {verb} requests with signerName {signer:?}")) }
}
