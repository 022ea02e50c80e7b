//! What a kind adds to the generic pipeline: plain functions over JSON.

use serde_json::Value;

use crate::time::Time;

/// `field.ErrorType` of upstream, with the `reason` a `StatusCause` carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldErrorType {
    /// `FieldValueRequired`.
    Required,
    /// `FieldValueInvalid`.
    Invalid,
    /// `FieldValueDuplicate`.
    Duplicate,
    /// `FieldValueNotSupported`.
    NotSupported,
    /// `FieldValueForbidden`.
    Forbidden,
    /// `FieldValueTooLong`.
    TooLong,
    /// `FieldValueTooMany`.
    TooMany,
    /// `FieldValueNotFound`.
    NotFound,
    /// `FieldValueTypeInvalid`.
    TypeInvalid,
}

/// One fault of one field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldError {
    /// The class of the fault.
    pub r#type: FieldErrorType,
    /// Path as upstream writes it: `spec.containers[0].name`.
    pub field: String,
    /// The offending value as upstream prints it; empty where upstream prints none.
    pub value: String,
    /// What is wanted.
    pub detail: String,
}

/// The hooks of a row. Each default does nothing.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Fills in defaults; called after decode and again after every mutation. Must be idempotent.
    pub default: fn(&mut Value),
    /// Before a create is validated: drops what only the system may set, the status of all kinds but nodes among it, sets
    /// generation and the like.
    pub prepare_create: fn(&mut Value),
    /// The same before an update: `(new, old)`. Also keeps the status of `old` unless the row is written through its status.
    pub prepare_update: fn(&mut Value, &Value),
    /// The same before an update through the status, `(new, old, now)`, of which nothing but the status is new.
    pub prepare_status: fn(&mut Value, &Value, Time),
    /// Before any write is validated: sets the times that it lacks to now, `(new, old, now)`.
    pub stamp: fn(&mut Value, Option<&Value>, Time),
    /// Of what was found good: what upstream's becomes when it is written and read again.
    pub written: fn(&mut Value),
    /// Faults of an object.
    pub validate: fn(&Value) -> Vec<FieldError>,
    /// Faults that only a new object must not have; `validate` runs as well.
    pub validate_create: fn(&Value) -> Vec<FieldError>,
    /// Faults of a change `(new, old)`: immutable fields and the like; `validate` runs as well.
    pub validate_update: fn(&Value, &Value) -> Vec<FieldError>,
    /// Faults of a change `(new, old)` of the status alone.
    pub validate_status: fn(&Value, &Value) -> Vec<FieldError>,
    /// Faults of a change `(name, new, old)` through a subresource that writes some places of the object.
    pub validate_places: fn(&str, &Value, &Value) -> Vec<FieldError>,
    /// Faults `(new, old)` of what is sent through this row and stored as another; the hooks of that row run as well.
    pub validate_sent: fn(&Value, Option<&Value>) -> Vec<FieldError>,
    /// What is allowed and yet seldom meant: texts for `Warning` headers.
    pub warn: fn(&Value) -> Vec<String>,
    /// The same of a change `(new, old)`.
    pub warn_update: fn(&Value, &Value) -> Vec<String>,
    /// `conditions` of the object's row in a table, where it has any.
    pub row_conditions: fn(&Value) -> Option<Value>,
    /// Seconds of grace a deletion of this object gives it: `(object, asked for)`. `None` for kinds
    /// that know no graceful deletion; `Some(0)` deletes at once.
    pub grace: fn(&Value, Option<i64>) -> Option<i64>,
    /// Marks the object when its deletion begins, besides `metadata` (a phase of Terminating).
    pub terminate: fn(&mut Value),
    /// Whether something besides `metadata.finalizers` holds back the end of a deletion.
    pub held: fn(&Value) -> bool,
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            default: |_| {},
            prepare_create: |_| {},
            prepare_update: |_, _| {},
            prepare_status: |_, _, _| {},
            stamp: |_, _, _| {},
            written: |_| {},
            validate: |_| Vec::new(),
            validate_create: |_| Vec::new(),
            validate_update: |_, _| Vec::new(),
            validate_status: |_, _| Vec::new(),
            validate_places: |_, _, _| Vec::new(),
            validate_sent: |_, _| Vec::new(),
            warn: |_| Vec::new(),
            warn_update: |_, _| Vec::new(),
            row_conditions: |_| None,
            grace: |_, _| None,
            terminate: |_| {},
            held: |_| false,
        }
    }
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hooks")
    }
}
