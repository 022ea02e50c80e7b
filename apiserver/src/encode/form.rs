//! What `Accept` asks for.

use kontiki_api::status::{Reason, Status};
use kontiki_api::table::Include;

/// The versions of `meta.k8s.io` that tables and metadata are offered in, the usual first.
const META: [&str; 2] = ["meta.k8s.io/v1", "meta.k8s.io/v1beta1"];

/// The form of objects and lists in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As they are.
    Whole,
    /// `meta.k8s.io Table`.
    Table,
    /// `meta.k8s.io PartialObjectMetadata`, and its list.
    Partial,
    /// `apidiscovery.k8s.io/v2 APIGroupDiscoveryList`; discovery only.
    Aggregated,
}

/// What upstream tells who accepts none of them.
const ACCEPTED: &str =
    "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// Form and notation of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The form.
    pub form: Form,
    /// Whether YAML was asked for rather than JSON.
    pub yaml: bool,
    /// What the rows of a table carry of their objects.
    pub include: Include,
    /// `apiVersion` of tables and of metadata alone.
    pub meta: &'static str,
    /// Whether a table says what its columns are: in a watch only the first does.
    pub headed: bool,
    /// Whether a list was asked for by its name: metadata alone comes as one object or as many.
    pub listed: bool,
    /// Whether the media type asks for lines that people can read.
    pub pretty: bool,
}

/// What else than the objects themselves there is to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offers {
    /// Nothing.
    Whole,
    /// Their metadata.
    Metadata,
    /// Their metadata, and tables.
    Tables,
    /// Nothing but everything in one document.
    Discovery,
}

impl Offers {
    const fn has(self, form: Form) -> bool {
        match form {
            Form::Whole => !matches!(self, Self::Discovery),
            Form::Partial => matches!(self, Self::Metadata | Self::Tables),
            Form::Table => matches!(self, Self::Tables),
            Form::Aggregated => matches!(self, Self::Discovery),
        }
    }
}

impl Negotiated {
    const fn new(form: Form, yaml: bool) -> Self {
        Self { form, yaml, include: Include::Metadata, meta: META[0], headed: true, listed: false, pretty: false }
    }
}

/// The media type of `accept` that is offered and wanted most: by `q`, then what is named before wildcards, then the first.
/// JSON where nothing is said.
///
/// # Errors
/// 406 where none is.
pub fn negotiate(accept: &str, offers: Offers) -> Result<Negotiated, Status> {
    if accept.is_empty() && offers.has(Form::Whole) {
        return Ok(Negotiated::new(Form::Whole, false));
    }
    let mut clauses: Vec<&str> = accept.split(',').collect();
    clauses.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then_with(|| wildcards(a).cmp(&wildcards(b))));
    clauses
        .into_iter()
        .filter_map(offered)
        .find(|wanted| offers.has(wanted.form))
        .ok_or_else(|| Status::new(Reason::NotAcceptable, ACCEPTED))
}

/// How much a clause is wanted, from 0 to 1; one whose weight cannot be read is wanted least.
fn weight(clause: &str) -> f64 {
    let weight = parameters(clause).find(|(name, _)| *name == "q").map(|(_, text)| text.parse().unwrap_or_default());
    weight.unwrap_or(1.0)
}

/// How much a clause leaves open.
fn wildcards(clause: &str) -> usize {
    clause.split(';').next().unwrap_or_default().matches('*').count()
}

fn parameters(clause: &str) -> impl Iterator<Item = (&str, &str)> {
    clause
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(_, value)| !value.is_empty())
}

fn offered(clause: &str) -> Option<Negotiated> {
    let yaml = match clause.split(';').next()?.trim() {
        "application/json" | "*/*" | "*" | "application/*" => false,
        "application/yaml" => true,
        _ => return None,
    };
    let (mut kind, mut group, mut version) = (None, None, None);
    let mut pretty = false;
    for (name, value) in parameters(clause) {
        match name {
            "as" => kind = Some(value),
            "g" => group = Some(value),
            "v" => version = Some(value),
            "pretty" => pretty = value == "1",
            "stream" if value != "watch" || yaml => return None,
            "sv" => return None,
            _ => {}
        }
    }
    let place = (group.unwrap_or_default(), version.unwrap_or_default());
    let meta = META.into_iter().find(|meta| meta.split_once('/') == Some(place));
    let form = match (kind, meta) {
        (None, _) if (group, version) == (None, None) => Form::Whole,
        (Some("Table"), Some(_)) => Form::Table,
        (Some("PartialObjectMetadata" | "PartialObjectMetadataList"), Some(_)) => Form::Partial,
        (Some("APIGroupDiscoveryList"), _) if place == ("apidiscovery.k8s.io", "v2") => Form::Aggregated,
        _ => return None,
    };
    let listed = kind.is_some_and(|kind| kind.ends_with("List"));
    Some(Negotiated { meta: meta.unwrap_or(META[0]), listed, pretty, ..Negotiated::new(form, yaml) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECTL: &str =
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

    #[test]
    fn the_first_offered_form_wins() {
        let negotiate = |accept| negotiate(accept, Offers::Tables);
        assert!(negotiate("application/yaml").unwrap().yaml);
        assert_eq!(negotiate(KUBECTL).unwrap().form, Form::Table);
        let client_go = "application/vnd.kubernetes.protobuf,application/json";
        assert_eq!(negotiate(client_go).unwrap().form, Form::Whole);
        assert_eq!(negotiate("application/vnd.kubernetes.protobuf").unwrap_err().reason, Reason::NotAcceptable);
    }

    #[test]
    fn what_is_wanted_more_goes_first() {
        let yaml = |accept| negotiate(accept, Offers::Tables).unwrap().yaml;
        assert!(!yaml("application/yaml;q=0.1,application/json"));
        assert!(yaml("application/json; q=0.5, application/yaml; q=0.9"));
        assert!(yaml("*/*,application/yaml"));
        assert!(!yaml("application/json,application/yaml"));
        assert!(yaml("application/json;q=much,application/yaml;q=0.2"));
    }

    #[test]
    fn the_older_version_of_a_table_is_offered_as_well() {
        let beta = negotiate("application/json;as=Table;v=v1beta1;g=meta.k8s.io", Offers::Tables).unwrap();
        assert_eq!((beta.form, beta.meta), (Form::Table, "meta.k8s.io/v1beta1"));
        assert_eq!(negotiate(KUBECTL, Offers::Tables).unwrap().meta, "meta.k8s.io/v1");
        assert!(negotiate("application/json;as=Table;v=v2;g=meta.k8s.io", Offers::Tables).is_err());
    }

    #[test]
    fn what_has_no_table_is_answered_in_the_next_form() {
        assert_eq!(negotiate(KUBECTL, Offers::Metadata).unwrap().form, Form::Whole);
        let only = KUBECTL.strip_suffix(",application/json").unwrap();
        assert_eq!(negotiate(only, Offers::Metadata).unwrap_err().reason, Reason::NotAcceptable);
    }

    #[test]
    fn only_what_is_offered_is_answered() {
        let aggregated = "application/json,application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        assert_eq!(negotiate(aggregated, Offers::Discovery).unwrap().form, Form::Aggregated);
        assert_eq!(negotiate(aggregated, Offers::Tables).unwrap().form, Form::Whole);
        assert!(negotiate("", Offers::Discovery).is_err());
        for refused in ["application/json;v=v1;g=meta.k8s.io", "application/yaml;stream=watch", "*/json"] {
            assert!(negotiate(refused, Offers::Tables).is_err(), "{refused}");
        }
        assert!(negotiate("*;pretty=1", Offers::Whole).unwrap().pretty);
    }
}
