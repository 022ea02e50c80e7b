//! What a row of a definition has that built-in rows lack.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Crd, CrdVersion, Structural, structural};
use crate::kind::{FieldError, FieldErrorType};
use crate::object::Object;
use crate::schema::Schema;

/// One version of one definition, behind a row.
#[derive(Clone, Debug)]
pub struct Custom {
    crd: Arc<Crd>,
    at: usize,
}

impl Custom {
    /// The version at `at` of `crd`.
    pub(super) const fn new(crd: Arc<Crd>, at: usize) -> Self {
        Self { crd, at }
    }

    /// The definition.
    pub const fn crd(&self) -> &Arc<Crd> {
        &self.crd
    }

    /// The version.
    pub fn version(&self) -> &CrdVersion {
        &self.crd.versions[self.at]
    }

    /// What objects look like.
    pub fn schema(&self) -> &Schema {
        self.version().schema(&self.crd.object)
    }

    /// Whether `object` is stored exactly as this version serves it.
    pub fn serves_as_stored(&self, object: &Object) -> bool {
        self.version().storage && object.revision > self.crd.since
    }

    /// What objects may hold.
    pub fn structural(&self) -> &Structural {
        self.version().structural(&self.crd.object)
    }

    /// Drops what the schema does not know; answers the paths. An object that was `applied` keeps its nulls, to be refused.
    ///
    /// # Errors
    /// Why the metadata of an object inside it cannot be read, in upstream's words.
    pub fn prune_strictly(&self, object: &mut Value, applied: bool) -> Result<Vec<String>, String> {
        self.structural().prune_strictly(object, applied)
    }

    /// Drops what the schema does not know, and fills in its defaults.
    pub fn default(&self, object: &mut Value) {
        let structural = self.structural();
        structural.prune(object);
        structural.default(object);
    }

    /// Fills in the defaults and drops nothing: nulls that were applied are refused, not dropped.
    pub fn complete(&self, object: &mut Value) {
        self.structural().complete(object);
    }

    /// Drops what only the system may set, starts the generation.
    pub fn prepare_create(&self, object: &mut Value) {
        if self.version().status
            && let Some(map) = object.as_object_mut()
        {
            map.shift_remove("status");
        }
        set_generation(object, 1);
    }

    /// Counts changes of anything but metadata, and of the status where it is written elsewhere.
    pub fn prepare_update(&self, new: &mut Value, old: &Value) {
        let status = self.version().status;
        let counts = |name: &str| name != "metadata" && !(status && name == "status");
        let same = same_members(new, old, counts);
        let before = old["metadata"]["generation"].as_i64().unwrap_or(1);
        set_generation(new, if same { before } else { before + 1 });
    }

    /// The faults of `object` in the place of `old`, whose metadata has the faults `known`. Rules that do not hold where nothing
    /// has changed are warned of.
    pub fn validate(
        &self,
        object: &Value,
        old: Option<&Value>,
        known: &[FieldError],
        warnings: &mut Vec<String>,
    ) -> Vec<FieldError> {
        let mut faults = structural::validate(self.structural(), object, old);
        faults.extend(self.version().scale.iter().flat_map(|scale| scale.faults(object)));
        self.by_rules(faults, known, object, old, warnings)
    }

    /// The faults of the status of `object` in the place of that of `old`.
    pub fn validate_status(&self, object: &Value, old: &Value, warnings: &mut Vec<String>) -> Vec<FieldError> {
        let mut faults = structural::validate_status(self.structural(), object, old);
        faults.extend(self.version().scale.iter().flat_map(|scale| scale.status_faults(object)));
        self.by_rules(faults, &[], object, Some(old), warnings)
    }

    /// Adds to `faults` what rules find, where they can be run.
    fn by_rules(
        &self,
        mut faults: Vec<FieldError>,
        known: &[FieldError],
        object: &Value,
        old: Option<&Value>,
        warnings: &mut Vec<String>,
    ) -> Vec<FieldError> {
        let Some(rules) = self.version().rules(&self.crd.object) else { return faults };
        if known.iter().chain(&faults).any(blocks) {
            faults.push(unchecked());
        } else {
            let (broken, forgiven) = rules.check(object, old);
            faults.extend(broken);
            warnings.extend(forgiven.iter().map(ToString::to_string));
        }
        faults
    }
}

/// Whether rules cannot be run on an object with this fault.
const fn blocks(fault: &FieldError) -> bool {
    use FieldErrorType::{NotSupported, Required, TooLong, TooMany, TypeInvalid};
    matches!(fault.r#type, NotSupported | Required | TooLong | TooMany | TypeInvalid)
}

fn unchecked() -> FieldError {
    let detail = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
    FieldError { r#type: FieldErrorType::Invalid, field: "<nil>".into(), value: "null".into(), detail: detail.into() }
}

fn set_generation(object: &mut Value, generation: i64) {
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.insert("generation".into(), generation.into());
    }
}

fn same_members(new: &Value, old: &Value, counts: impl Fn(&str) -> bool) -> bool {
    let empty = Map::new();
    let (new, old) = (new.as_object().unwrap_or(&empty), old.as_object().unwrap_or(&empty));
    let counted = |map: &Map<String, Value>| map.keys().filter(|name| counts(name)).count();
    counted(new) == counted(old) && new.iter().filter(|(name, _)| counts(name)).all(|(name, value)| old.get(name) == Some(value))
}
