//! What `Accept` asks for.

use kontiki_api::status::{Reason, Status};
use kontiki_api::table::Include;

/// The form of objects and lists in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As they are.
    Whole,
    /// `meta.k8s.io/v1 Table`.
    Table,
    /// `meta.k8s.io/v1 PartialObjectMetadata`, and its list.
    Partial,
    /// `apidiscovery.k8s.io/v2 APIGroupDiscoveryList`; discovery only.
    Aggregated,
}

/// Form and notation of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The form.
    pub form: Form,
    /// Whether YAML was asked for rather than JSON.
    pub yaml: bool,
    /// What the rows of a table carry of their objects.
    pub include: Include,
}

/// The first media type of `accept` that is offered; JSON where nothing is said.
///
/// # Errors
/// 406 where none is.
pub fn negotiate(accept: &str) -> Result<Negotiated, Status> {
    if accept.is_empty() {
        return Ok(Negotiated { form: Form::Whole, yaml: false, include: Include::default() });
    }
    accept.split(',').find_map(offered).ok_or_else(|| {
        Status::new(Reason::NotAcceptable, "only the following media types are accepted: application/json, application/yaml")
    })
}

fn offered(range: &str) -> Option<Negotiated> {
    let mut parts = range.split(';').map(str::trim);
    let yaml = match parts.next()? {
        "application/json" | "*/*" | "application/*" => false,
        "application/yaml" => true,
        _ => return None,
    };
    let mut form = None;
    let (mut group, mut version) = ("", "");
    for (name, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
        match name {
            "as" => form = Some(value),
            "g" => group = value,
            "v" => version = value,
            _ => {}
        }
    }
    let form = match (form, group, version) {
        (None, ..) => Form::Whole,
        (Some("Table"), "meta.k8s.io", "v1") => Form::Table,
        (Some("PartialObjectMetadata" | "PartialObjectMetadataList"), "meta.k8s.io", "v1") => Form::Partial,
        (Some("APIGroupDiscoveryList"), "apidiscovery.k8s.io", "v2") => Form::Aggregated,
        _ => return None,
    };
    Some(Negotiated { form, yaml, include: Include::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_offered_form_wins() {
        assert!(negotiate("application/yaml").unwrap().yaml);
        let kubectl =
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        assert_eq!(negotiate(kubectl).unwrap().form, Form::Table);
        let client_go = "application/vnd.kubernetes.protobuf,application/json";
        assert_eq!(negotiate(client_go).unwrap().form, Form::Whole);
        assert_eq!(negotiate("application/vnd.kubernetes.protobuf").unwrap_err().reason, Reason::NotAcceptable);
    }
}
