//! From method to verb.

use http::Method;
use kontiki_api::request::Verb;

use super::ResourcePath;

/// The verb that `method` means on `path`; `None` where no verb has that method.
pub fn verb_of(method: &Method, path: &ResourcePath, watch: bool) -> Option<Verb> {
    let collection = path.name.is_empty();
    match *method {
        Method::GET | Method::HEAD if path.watch || (watch && path.subresource.is_empty()) => Some(Verb::Watch),
        Method::GET | Method::HEAD if collection => Some(Verb::List),
        Method::GET | Method::HEAD => Some(Verb::Get),
        Method::POST => Some(Verb::Create),
        Method::PUT => Some(Verb::Update),
        Method::PATCH => Some(Verb::Patch),
        Method::DELETE if collection => Some(Verb::DeleteCollection),
        Method::DELETE => Some(Verb::Delete),
        _ => None,
    }
}
