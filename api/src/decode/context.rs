//! What is gathered on the way through a body: where we are, what was wrong.

use std::fmt::Write;

use super::weight::{MAX_WEIGHT, weight_of};

/// Unknown and duplicate fields that are passed over before a body is refused: whoever sends more means no good.
const MAX_STRAY: usize = 10_000;
/// Upstream stops counting there.
pub(crate) const MAX_COMPLAINTS: usize = 100;
/// Bytes of a name that are shown: names may be as long as the body, and a path is told with each complaint.
const MAX_SHOWN: usize = 256;

/// The beginning of `name`, which is the whole of all that are not made to be long.
pub(crate) fn shown(name: &str) -> &str {
    let end = (0..=MAX_SHOWN.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    name.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// One step into an object.
#[derive(Debug)]
pub(super) enum Step<'s> {
    /// Into a field of a struct.
    Field(&'s str),
    /// Into a value of a map.
    Key(String),
    /// Into an item of a list.
    Item(usize),
}

/// What is gathered on the way through a body.
#[derive(Debug, Default)]
pub(super) struct Context<'s> {
    /// Where we are.
    pub path: Vec<Step<'s>>,
    /// Name of the innermost struct's definition.
    pub holder: &'s str,
    /// Unknown and duplicate fields.
    pub complaints: Vec<String>,
    /// Whether the metadata is read as an object of its own.
    pub in_metadata: bool,
    /// The fault that ended the pass, when it was no fault of syntax.
    pub fault: Option<String>,
    /// Whether what is read was applied: nulls of custom objects stay, to be refused where null is no value.
    pub applied: bool,
    /// Above zero nothing is told of unknown and duplicate fields: as upstream, inside what is read by itself.
    pub quiet: usize,
    /// How many unknown and duplicate fields there were, told or not.
    stray: usize,
    /// What the expressions so far weigh.
    weight: usize,
}

impl Context<'_> {
    /// Where there are `complaints` of a body before it is passed over.
    pub fn after(complaints: Vec<String>) -> Self {
        Self { complaints, ..Self::default() }
    }

    /// Of what was applied.
    pub fn applied() -> Self {
        Self { applied: true, ..Self::default() }
    }

    /// Of a custom object, or not.
    pub fn of(self, custom: bool) -> Self {
        Self { in_metadata: custom, ..self }
    }

    /// Notes an unknown or duplicate field called `name` here.
    pub fn complain(&mut self, what: &str, name: &str) {
        self.stray += 1;
        if self.quiet > 0 {
            return;
        }
        if self.complaints.len() < MAX_COMPLAINTS {
            let path = self.path_to(name);
            self.complaints.push(format!("{what} field {path:?}"));
        }
    }

    /// Notes that `text` is going to be compiled.
    pub fn weigh(&mut self, text: &str) {
        self.weight = self.weight.saturating_add(weight_of(text));
    }

    /// What there is too much of, if anything.
    pub const fn excess(&self) -> Option<&'static str> {
        if self.stray > MAX_STRAY {
            Some("it has more than 10000 unknown and duplicate fields")
        } else if self.weight > MAX_WEIGHT {
            Some("the regular expressions and rules in it are together too large")
        } else {
            None
        }
    }

    /// Notes duplicate fields inside the field called `name` here.
    pub fn complain_inside(&mut self, name: &str, duplicates: &[String]) {
        for path in duplicates {
            let dot = if path.starts_with('[') { "" } else { "." };
            self.complain("duplicate", &format!("{name}{dot}{path}"));
        }
    }

    fn path_to(&self, name: &str) -> String {
        let mut path = String::new();
        for step in &self.path {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Field(name) => write!(path, "{name}."),
                Step::Key(key) => write!(path, "{}.", shown(key)),
                Step::Item(at) => {
                    path.pop();
                    write!(path, "[{at}].")
                }
            };
        }
        path + shown(name)
    }

    /// The place as Go's JSON errors name it: struct and fields, no keys and items. Those of custom objects are read by the metadata
    /// alone.
    pub fn go_place(&self) -> String {
        let fields = self.path.iter().filter_map(|step| match step {
            Step::Field(name) => Some(*name),
            Step::Key(_) | Step::Item(_) => None,
        });
        let mut fields: Vec<&str> = fields.collect();
        if self.in_metadata && !fields.is_empty() {
            fields.remove(0);
        }
        if fields.is_empty() {
            return "value".into();
        }
        let holder = self.holder.rsplit('.').next().unwrap_or_default();
        format!("struct field {}", std::iter::once(holder).chain(fields).collect::<Vec<_>>().join("."))
    }
}
