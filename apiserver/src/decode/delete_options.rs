//! `metav1.DeleteOptions`, from the body or the query.

use kontiki_api::decode::{Body, FieldValidation};
use kontiki_api::go::parse_int;
use kontiki_api::kind::validate::Path;
use kontiki_api::request::{Request, Verb, is_yes};
use kontiki_api::status::Status;
use serde_json::Value;

use super::object::typed;
use super::write_options::{check_dry_run, refused};

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
    /// Only an object of this `resourceVersion`.
    pub revision: Option<String>,
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
        let from_body = if request.body.is_empty() || request.body.trim_ascii() == b"null" {
            Value::Null
        } else {
            typed(Body::delete_options(), request, FieldValidation::Ignore, &mut Vec::new())?
        };
        let single = request.verb == Verb::Delete;
        let asked = |name: &str| {
            // Of a collection, the revision is the one that it is listed at.
            let asked = request.body.is_empty() && (single || name != "resourceVersion");
            request.param(name).filter(|text| asked && !text.is_empty())
        };
        let dry_runs = request.query.iter().filter(|(name, _)| name == "dryRun" && request.body.is_empty());
        let dry_runs: Vec<&str> = dry_runs.map(|(_, value)| value.as_str()).collect();
        Self::merge(&from_body, asked, &dry_runs)
    }

    /// Reads options that are part of another body.
    ///
    /// # Errors
    /// 422 naming a wrong option.
    pub fn of(options: &Value) -> Result<Self, Status> {
        Self::merge(options, |_| None, &[])
    }

    fn merge<'a>(from_body: &'a Value, query: impl Fn(&str) -> Option<&'a str>, dry_runs: &[&str]) -> Result<Self, Status> {
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
            revision: condition("resourceVersion").map(str::to_owned),
            dry_run: dry_run(own("dryRun"), dry_runs)?,
            orphan,
        })
    }
}

fn grace(own: Option<&Value>, query: Option<&str>) -> Result<Option<i64>, Status> {
    if let Some(value) = own.filter(|value| !value.is_null()) {
        return value.as_i64().map(Some).ok_or_else(|| invalid("gracePeriodSeconds", &value.to_string(), "must be an integer"));
    }
    query.map(|text| parse_int(text).map_err(Status::bad_request)).transpose()
}

/// What upstream finds wrong with both at once is told at once.
fn propagation(policy: Option<&str>, orphan: Option<bool>) -> Result<Option<Propagation>, Status> {
    let path = Path::new("propagationPolicy");
    let (known, text) = match policy {
        None => return Ok(orphan.map(|orphan| if orphan { Propagation::Orphan } else { Propagation::Background })),
        Some("Background") => (Some(Propagation::Background), "Background"),
        Some("Foreground") => (Some(Propagation::Foreground), "Foreground"),
        Some("Orphan") => (Some(Propagation::Orphan), "Orphan"),
        Some(other) => (None, other),
    };
    if known.is_some() && orphan.is_none() {
        return Ok(known);
    }
    Err(refused(Verb::Delete, |faults| {
        if orphan.is_some() {
            faults.invalid_text(&path, text, "orphanDependents and deletionPropagation cannot be both set");
        }
        if known.is_none() {
            faults.unsupported(&path, text, &["Foreground", "Background", "Orphan", "nil"]);
        }
    }))
}

/// Everything of either must say `All`.
fn dry_run(own: Option<&Value>, query: &[&str]) -> Result<bool, Status> {
    let listed: Vec<&str> = match own.and_then(Value::as_array) {
        Some(listed) => listed.iter().filter_map(Value::as_str).collect(),
        None => query.to_vec(),
    };
    if listed.iter().all(|word| *word == "All") {
        return Ok(!listed.is_empty());
    }
    Err(refused(Verb::Delete, |faults| check_dry_run(&listed, faults)))
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
            revision: Some("7".into()),
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
