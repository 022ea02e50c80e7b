//! Who is asking: client certificates, service-account tokens, bootstrap tokens, tokens from a file, proxies that speak for
//! others, impersonation.

#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod authenticate;
mod authenticator;
mod bindings;
mod bootstrap_token;
mod bound_token;
mod cache;
mod certificate;
mod claims;
mod clock;
mod headers;
mod impersonate;
mod jws;
mod request_header;
mod secret_token;
mod signing_keys;
mod token_file;
mod tokens;
mod users;
mod wanted;

pub use authenticate::Authenticate;
pub use authenticator::Authenticator;
pub use bound_token::{BoundRef, BoundToken};
pub use certificate::CertificateAuthority;
pub(crate) use certificate::end_of;
pub use claims::{Claims, ISSUER, Subject};
pub use clock::system_clock;
pub(crate) use headers::bearer;
pub use impersonate::{Impersonated, impersonate};
pub use request_header::RequestHeader;
pub use token_file::{TokenFile, TokenFileError};
pub use tokens::{TokenError, Tokens};
pub(crate) use users::NODE_NAME;
pub use users::{anonymous, service_account_groups, service_account_of, service_account_user};
