//! `metav1.DeleteOptions`, from the body or the query.

use std::num::IntErrorKind;

use kontiki_api::decode::{Body, FieldValidation};
use kontiki_api::kind::validate::Path;
use kontiki_api::meta::Revision;
use kontiki_api::request::{Request, Verb, is_yes};
use kontiki_api::status::Status;
use serde_json::Value;

use super::object::typed;
use super::write_options::{refused, unsupported};

/// `propagationPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// Dependents are deleted after the object.
    Background,
    /// Dependents are deleted before the object.
    Foreground,
    /// Dependents stay.
    Orphan,
}

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Seconds of grace asked for.
    pub grace_seconds: Option<i64>,
    /// What becomes of dependents; `None` for the kind's usual.
    pub propagation: Option<Propagation>,
    /// Only an object of this uid.
    pub uid: Option<String>,
    /// Only an object of this revision.
    pub revision: Option<Revision>,
    /// Nothing is stored.
    pub dry_run: bool,
    /// `orphanDependents`, where it was said rather than `propagationPolicy`.
    pub orphan: Option<bool>,
}

impl DeleteOptions {
    /// Reads the body, or where there is none the query: what the query says beside a body is passed over, as upstream does.
    ///
    /// # Errors
    /// 400 where either cannot be read, 422 naming a wrong option.
    pub fn read(request: &Request) -> Result<Self, Status> {
        let from_body = if request.body.is_empty() {
            Value::Null
        } else {
            typed(Body::delete_options(), request, FieldValidation::Ignore, &mut Vec::new())?
        };
        let single = request.verb == Verb::Delete;
        Self::merge(&from_body, |name| {
            // Of a collection, the revision is the one that it is listed at.
            let asked = request.body.is_empty() && (single || name != "resourceVersion");
            request.param(name).filter(|text| asked && !text.is_empty())
        })
    }

    /// Reads options that are part of another body.
    ///
    /// # Errors
    /// 422 naming a wrong option.
    pub fn of(options: &Value) -> Result<Self, Status> {
        Self::merge(options, |_| None)
    }

    fn merge<'a>(from_body: &'a Value, query: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Status> {
        let own = |name: &str| from_body.get(name);
        let orphan = own("orphanDependents").and_then(Value::as_bool);
        let orphan = orphan.or_else(|| query("orphanDependents").map(is_yes));
        let policy = own("propagationPolicy").and_then(Value::as_str).or_else(|| query("propagationPolicy"));
        let condition = |name: &str| {
            let own = from_body.pointer(&format!("/preconditions/{name}")).and_then(Value::as_str);
            own.or_else(|| query(name))
        };
        Ok(Self {
            grace_seconds: grace(own("gracePeriodSeconds"), query("gracePeriodSeconds"))?,
            propagation: propagation(policy, orphan)?,
            uid: condition("uid").map(str::to_owned),
            revision: condition("resourceVersion").map(revision).transpose()?,
            dry_run: dry_run(own("dryRun"), query("dryRun"))?,
            orphan,
        })
    }
}

fn grace(own: Option<&Value>, query: Option<&str>) -> Result<Option<i64>, Status> {
    if let Some(value) = own.filter(|value| !value.is_null()) {
        return value.as_i64().map(Some).ok_or_else(|| invalid("gracePeriodSeconds", &value.to_string(), "must be an integer"));
    }
    query.map(whole).transpose()
}

/// A whole number of a query; upstream tells its parser's words.
fn whole(text: &str) -> Result<i64, Status> {
    text.parse().map_err(|error: std::num::ParseIntError| {
        let large = matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow);
        let why = if large { "value out of range" } else { "invalid syntax" };
        Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: {why}"))
    })
}

fn propagation(policy: Option<&str>, orphan: Option<bool>) -> Result<Option<Propagation>, Status> {
    match (policy, orphan) {
        (Some("Background"), None) => Ok(Some(Propagation::Background)),
        (Some("Foreground"), None) => Ok(Some(Propagation::Foreground)),
        (Some("Orphan"), None) => Ok(Some(Propagation::Orphan)),
        (None | Some(""), Some(true)) => Ok(Some(Propagation::Orphan)),
        (None | Some(""), Some(false)) => Ok(Some(Propagation::Background)),
        (None | Some(""), None) => Ok(None),
        (Some(both), Some(_)) => {
            Err(invalid("propagationPolicy", both, "orphanDependents and deletionPropagation cannot be both set"))
        }
        (Some(other), None) => {
            Err(unsupported(Verb::Delete, "propagationPolicy", other, &["Foreground", "Background", "Orphan", "nil"]))
        }
    }
}

fn revision(text: &str) -> Result<Revision, Status> {
    Revision::parse(text).ok_or_else(|| invalid("preconditions.resourceVersion", text, "must be a resource version"))
}

fn dry_run(own: Option<&Value>, query: Option<&str>) -> Result<bool, Status> {
    let listed = own.and_then(Value::as_array).and_then(|list| list.first()).and_then(Value::as_str);
    match listed.or(query) {
        None | Some("") => Ok(false),
        Some("All") => Ok(true),
        Some(other) => Err(unsupported(Verb::Delete, "dryRun", other, &["All"])),
    }
}

/// 422 about one of these options.
fn invalid(option: &str, value: &str, detail: &str) -> Status {
    refused(Verb::Delete, |faults| faults.invalid_text(&Path::new(option), value, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::asked;

    fn read(verb: Verb, query: &str, body: &str) -> Result<DeleteOptions, Status> {
        let mut request = asked(verb, query);
        request.body = body.to_owned().into();
        request.content_type = "application/json".into();
        DeleteOptions::read(&request)
    }

    #[test]
    fn the_query_counts_only_where_there_is_no_body() {
        let query = "gracePeriodSeconds=5&propagationPolicy=Foreground&uid=u&resourceVersion=7";
        let wanted = DeleteOptions {
            grace_seconds: Some(5),
            propagation: Some(Propagation::Foreground),
            uid: Some("u".into()),
            revision: Revision::parse("7"),
            ..DeleteOptions::default()
        };
        assert_eq!(read(Verb::Delete, query, "").unwrap(), wanted);
        assert_eq!(read(Verb::DeleteCollection, query, "").unwrap(), DeleteOptions { revision: None, ..wanted });
        assert_eq!(read(Verb::Delete, query, "{}").unwrap(), DeleteOptions::default());
        let own = DeleteOptions { grace_seconds: Some(3), ..DeleteOptions::default() };
        assert_eq!(read(Verb::Delete, query, r#"{"gracePeriodSeconds":3}"#).unwrap(), own);
    }

    #[test]
    fn a_number_of_the_query_that_cannot_be_read_is_a_400() {
        for (text, why) in [("soon", "invalid syntax"), ("99999999999999999999", "value out of range")] {
            let refused = read(Verb::Delete, &format!("gracePeriodSeconds={text}"), "").unwrap_err();
            assert_eq!((refused.code(), refused.message), (400, format!("strconv.ParseInt: parsing {text:?}: {why}")));
        }
    }
}
