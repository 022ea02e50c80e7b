//! What the requesting user may do.

use std::fmt;
use std::sync::Arc;

use super::function::Native;
use crate::evaluate::{EvaluationError, Tools};
use crate::types::Opaque;
use crate::value::{Inner, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// Answers whether the user of a request may do something.
pub trait Authorizer: fmt::Debug + Send + Sync {
    /// The answer for the requesting user; with `service_account`, for that one (namespace, name).
    fn check(&self, service_account: Option<(&str, &str)>, access: &Access) -> Decision;
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// A path that is no resource.
    Path {
        /// `/healthz`.
        path: String,
        /// `get`.
        verb: String,
    },
    /// A resource.
    Resource {
        /// API group, empty for core.
        group: String,
        /// `deployments`.
        resource: String,
        /// `status`, or empty.
        subresource: String,
        /// Namespace, empty for all or none.
        namespace: String,
        /// Name, or empty.
        name: String,
        /// `create`.
        verb: String,
        /// Field selector as written, if any.
        field_selector: Option<String>,
        /// Label selector as written, if any.
        label_selector: Option<String>,
    },
}

/// The answer to a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may be done.
    pub allowed: bool,
    /// Why.
    pub reason: String,
    /// Why it could not be told.
    pub error: Option<String>,
}

/// A value on the way from `authorizer` to a decision.
#[derive(Clone, Debug)]
pub(crate) struct Authz<'a> {
    authorizer: &'a dyn Authorizer,
    service_account: Option<(String, String)>,
    at: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Authorizer,
    Group(String),
    Check(Access),
    Decision(Decision),
}

impl Authz<'_> {
    /// Its type.
    pub(crate) const fn opaque(&self) -> Opaque {
        match &self.at {
            Stage::Authorizer => Opaque::Authorizer,
            Stage::Group(_) => Opaque::GroupCheck,
            Stage::Check(Access::Path { .. }) => Opaque::PathCheck,
            Stage::Check(Access::Resource { .. }) => Opaque::ResourceCheck,
            Stage::Decision(_) => Opaque::Decision,
        }
    }
}

impl<'a> Value<'a> {
    /// The variable `authorizer`.
    pub fn authorizer(authorizer: &'a dyn Authorizer) -> Self {
        wrap(Authz { authorizer, service_account: None, at: Stage::Authorizer })
    }

    /// The variable `authorizer.requestResource`: a check of the resource of a request. The verb of `access` does not count.
    pub fn resource_check(authorizer: &'a dyn Authorizer, access: Access) -> Self {
        wrap(Authz { authorizer, service_account: None, at: Stage::Check(access) })
    }
}

fn wrap(authz: Authz<'_>) -> Value<'_> {
    Value::inner(Inner::Authz(Arc::new(authz)))
}

/// The code of the authorization function of this name.
pub(super) fn find(name: &str) -> Option<Native> {
    Some(match name {
        "path" => path,
        "group" => group,
        "serviceAccount" => service_account,
        "resource" => resource,
        "subresource" => subresource,
        "namespace" => namespace,
        "name" => name_of,
        "fieldSelector" => field_selector,
        "labelSelector" => label_selector,
        "check" => check,
        "allowed" => allowed,
        "errored" => errored,
        "reason" => reason,
        "error" => error,
        _ => return None,
    })
}

fn this<'v, 'a>(values: &'v [Value<'a>]) -> Result<&'v Authz<'a>, EvaluationError> {
    match values.first() {
        Some(Value::Opaque(foreign)) => match &foreign.0 {
            Inner::Authz(authz) => Ok(authz),
            _ => Err(EvaluationError::NoSuchOverload),
        },
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn text(values: &[Value<'_>], at: usize) -> Result<String, EvaluationError> {
    values.get(at).and_then(Value::as_str).map(String::from).ok_or(EvaluationError::NoSuchOverload)
}

fn filled(values: &[Value<'_>], what: &str) -> Result<String, EvaluationError> {
    let text = text(values, 1)?;
    if text.trim().is_empty() { Err(EvaluationError::invalid(format!("{what} must not be empty"))) } else { Ok(text) }
}

fn path<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let this = this(values)?;
    let Stage::Authorizer = this.at else { return Err(EvaluationError::NoSuchOverload) };
    let access = Access::Path { path: filled(values, "path")?, verb: String::new() };
    Ok(wrap(Authz { at: Stage::Check(access), ..this.clone() }))
}

fn group<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let this = this(values)?;
    let Stage::Authorizer = this.at else { return Err(EvaluationError::NoSuchOverload) };
    Ok(wrap(Authz { at: Stage::Group(text(values, 1)?), ..this.clone() }))
}

fn service_account<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let this = this(values)?;
    let Stage::Authorizer = this.at else { return Err(EvaluationError::NoSuchOverload) };
    let (namespace, name) = (text(values, 1)?, text(values, 2)?);
    if !super::named_format::is_label(&namespace) {
        return Err(EvaluationError::invalid("Invalid service account namespace"));
    }
    if !name.split('.').all(super::named_format::is_label) {
        return Err(EvaluationError::invalid("Invalid service account name"));
    }
    Ok(wrap(Authz { service_account: Some((namespace, name)), ..this.clone() }))
}

fn resource<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let this = this(values)?;
    let Stage::Group(group) = &this.at else { return Err(EvaluationError::NoSuchOverload) };
    let empty = String::new;
    let access = Access::Resource {
        group: group.clone(),
        resource: filled(values, "resource")?,
        subresource: empty(),
        namespace: empty(),
        name: empty(),
        verb: empty(),
        field_selector: None,
        label_selector: None,
    };
    Ok(wrap(Authz { at: Stage::Check(access), ..this.clone() }))
}

/// The resource check with one thing changed.
fn changed<'a>(values: &[Value<'a>], change: fn(&mut Access, String)) -> Outcome<'a> {
    let mut authz = this(values)?.clone();
    match &mut authz.at {
        Stage::Check(access @ Access::Resource { .. }) => change(access, text(values, 1)?),
        _ => return Err(EvaluationError::NoSuchOverload),
    }
    Ok(wrap(authz))
}

macro_rules! setter {
    ($name:ident, $field:ident, $wrap:expr) => {
        fn $name<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
            changed(values, |access, text| {
                if let Access::Resource { $field, .. } = access {
                    *$field = $wrap(text);
                }
            })
        }
    };
}

setter!(subresource, subresource, String::from);
setter!(namespace, namespace, String::from);
setter!(name_of, name, String::from);
setter!(field_selector, field_selector, Some);
setter!(label_selector, label_selector, Some);

fn check<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let this = this(values)?;
    let Stage::Check(access) = &this.at else { return Err(EvaluationError::NoSuchOverload) };
    let mut access = access.clone();
    let (Access::Path { verb, .. } | Access::Resource { verb, .. }) = &mut access;
    *verb = text(values, 1)?;
    let account = this.service_account.as_ref().map(|(namespace, name)| (&**namespace, &**name));
    let decision = this.authorizer.check(account, &access);
    Ok(wrap(Authz { at: Stage::Decision(decision), ..this.clone() }))
}

fn decision<'a>(values: &[Value<'a>], part: fn(&Decision) -> Value<'a>) -> Outcome<'a> {
    match &this(values)?.at {
        Stage::Decision(decision) => Ok(part(decision)),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn allowed<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    decision(values, |decision| Value::Bool(decision.allowed))
}

fn errored<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    decision(values, |decision| Value::Bool(decision.error.is_some()))
}

fn reason<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    decision(values, |decision| Value::text(decision.reason.as_str()))
}

fn error<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    decision(values, |decision| Value::text(decision.error.clone().unwrap_or_default()))
}
