//! What is found out about one value.

use super::path::told;
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path};

/// The faults of a value, each once, and how much of it was found fitting.
pub(super) struct Verdict<'b> {
    /// Where the value is that is checked: paths go on from there.
    base: Option<&'b Path<'b>>,
    errors: Vec<FieldError>,
    /// Whether nothing but `type` tells of types, as upstream judges defaults: what may be a number or a text may be anything.
    pub lax: bool,
    /// How many checks were made and passed, as upstream counts them: of several schemas that do not fit, the one with
    /// the most is told of.
    pub matches: u32,
}

impl<'b> Verdict<'b> {
    /// Nothing is known yet of a value at `base`.
    pub const fn new(base: Option<&'b Path<'b>>) -> Self {
        Self { base, errors: Vec::new(), lax: false, matches: 0 }
    }

    /// Nothing is known yet of the same value by another schema.
    pub fn fresh(&self) -> Self {
        Self { lax: self.lax, ..Self::new(self.base) }
    }

    /// Whether nothing is wrong.
    pub const fn is_fine(&self) -> bool {
        self.errors.is_empty()
    }

    /// Adds what `fault` says of the value at `path`.
    pub fn add(&mut self, path: Option<&Path<'_>>, fault: impl FnOnce(&mut Faults, &Path<'_>)) {
        if self.errors.len() >= Faults::MOST {
            return;
        }
        let field = match (self.base, path) {
            (None, None) => "<nil>".to_owned(),
            (None, Some(path)) => path.to_string().trim_start_matches('.').to_owned(),
            (Some(base), None) => base.to_string(),
            (Some(base), Some(path)) => base.child(path.to_string().trim_start_matches('.')).to_string(),
        };
        let mut found = Faults::default();
        fault(&mut found, &Path::new(&field));
        for error in found.into_errors() {
            self.push(error);
        }
    }

    /// Adds that the value at `path` is not of the type called `wanted`, but of that called `found`.
    pub fn wrong_type(&mut self, path: Option<&Path<'_>>, wanted: &str, found: &str) {
        self.add(path, |faults, at| {
            faults.wrong_type(
                at,
                found,
                format!("{} in body must be of type {wanted}: {}", told(path), crate::go::quoted(found)),
            );
        });
    }

    /// Adds a fault that upstream tells of the whole value.
    pub fn add_whole(&mut self, detail: impl FnOnce() -> String) {
        self.add(None, |faults, at| faults.invalid_text(at, "", detail()));
    }

    /// Takes over what was found by another schema.
    pub fn merge(&mut self, other: Self) {
        self.matches += other.matches;
        for error in other.errors {
            self.push(error);
        }
    }

    /// What was found.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    fn push(&mut self, error: FieldError) {
        if self.errors.len() < Faults::MOST && !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}
