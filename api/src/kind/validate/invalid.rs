//! Field errors in upstream's words, and the refusal that lists them.

use std::collections::HashSet;
use std::fmt;

use crate::kind::{FieldError, FieldErrorType, Kind};
use crate::status::{Reason, Status, StatusCause};

impl FieldErrorType {
    /// The machine-readable reason, `FieldValueRequired`.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::Duplicate => "FieldValueDuplicate",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::NotFound => "FieldValueNotFound",
            Self::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::Duplicate => "Duplicate value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::NotFound => "Not found",
        }
    }
}

impl FieldError {
    /// The error without its field: `Invalid value: -1: must be greater than or equal to 0`.
    pub fn body(&self) -> String {
        let mut body = self.r#type.words().to_owned();
        for part in [&self.value, &self.detail].into_iter().filter(|part| !part.is_empty()) {
            body.push_str(": ");
            body.push_str(part);
        }
        body
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}

impl From<&FieldError> for StatusCause {
    fn from(error: &FieldError) -> Self {
        Self { reason: error.r#type.reason().into(), message: error.body(), field: error.field.clone() }
    }
}

impl Status {
    /// 422 in upstream's words, with a cause for each of `errors`:
    /// `Deployment.apps "x" is invalid: spec.replicas: Invalid value: -1: must be …`.
    pub fn invalid(kind: &Kind, name: &str, errors: &[FieldError]) -> Self {
        Self::invalid_value(&kind.group, &kind.kind, name, errors)
    }

    /// The same about a value that is no object of a row, such as the options of a request.
    pub fn invalid_value(group: &str, kind: &str, name: &str, errors: &[FieldError]) -> Self {
        let subject = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let mut known = HashSet::new();
        let told = errors.iter().map(ToString::to_string).filter(|error| known.insert(error.clone()));
        let told: Vec<String> = told.collect();
        let list = told.join(", ");
        let list = if told.len() == 1 { list } else { format!("[{list}]") };
        let mut status = Self::new(Reason::Invalid, format!("{subject} {name:?} is invalid: {list}"));
        status = status.about(group, kind, name);
        status.details.causes = errors.iter().map(StatusCause::from).collect();
        status
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::Kinds;
    use crate::kind::validate::{Faults, Path};
    use crate::status::Status;

    #[test]
    fn a_refusal_lists_the_faults_in_upstreams_words() {
        let kinds = Kinds::builtin();
        let deployment = kinds.get("apps", "v1", "deployments").unwrap();
        let spec = Path::new("spec");
        let mut faults = Faults::default();
        faults.not_negative(&spec.child("replicas"), Some(&(-1).into()));
        let one = Status::invalid(deployment, "x", &faults.into_errors());
        let why = "spec.replicas: Invalid value: -1: must be greater than or equal to 0";
        assert_eq!(one.message, format!("Deployment.apps \"x\" is invalid: {why}"));
        assert_eq!((&*one.details.causes[0].reason, &*one.details.causes[0].field), ("FieldValueInvalid", "spec.replicas"));
        let mut faults = Faults::default();
        faults.not_negative(&spec.child("replicas"), Some(&(-1).into()));
        faults.required(&spec.child("selector"), "");
        let two = Status::invalid(deployment, "x", &faults.into_errors());
        assert_eq!(two.message, format!("Deployment.apps \"x\" is invalid: [{why}, spec.selector: Required value]"));
    }
}
