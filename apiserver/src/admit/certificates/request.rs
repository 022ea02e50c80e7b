//! What a signing request asks for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use super::pem;
use crate::admit::fields::text;

/// What `look` finds in the request (PKCS#10 in PEM) that `object` holds.
///
/// # Errors
/// Why it is none.
pub(in crate::admit) fn read<T>(object: &Value, look: impl FnOnce(&X509CertificationRequest<'_>) -> T) -> Result<T, String> {
    let no_request = || "PEM block type must be CERTIFICATE REQUEST".to_owned();
    let encoded = STANDARD.decode(text(object, "/spec/request")).map_err(|_| no_request())?;
    let (block, _) = pem::decode(&encoded).filter(|(block, _)| block.label == "CERTIFICATE REQUEST").ok_or_else(no_request)?;
    let (rest, request) = X509CertificationRequest::from_der(&block.contents).map_err(|error| error.to_string())?;
    if rest.is_empty() { Ok(look(&request)) } else { Err("there is something behind the request".into()) }
}

/// Whether everything that `object` asks to be called is `name`; at least once it is.
///
/// # Errors
/// Why its request is none.
pub(in crate::admit) fn is_for(object: &Value, name: &str) -> Result<bool, String> {
    read(object, |request| {
        let subject = &request.certification_request_info.subject;
        // Who reads the certificate later may look at any of several names.
        let mut names = subject.iter_common_name().peekable();
        names.peek().is_some() && names.all(|common| common.as_str().is_ok_and(|common| common == name))
    })
}
