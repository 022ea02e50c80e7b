//! The table of tags, read on first use.

use std::sync::LazyLock;

use super::either::Either;
use crate::schema::{ByName, full_name};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/protobuf-tags.txt"));

/// What a tag stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The field of this JSON name.
    Field(&'static str),
    /// A message whose fields JSON shows in place.
    Inline(&'static str),
    /// The field of this JSON name, one of two things.
    Either(&'static str, Either),
}

/// The tags of a message, sorted.
pub(super) type Tags = Vec<(u64, Meaning)>;

static MESSAGES: LazyLock<ByName<Tags>> = LazyLock::new(load);

/// The tags of the message of the definition called `name`.
pub(super) fn tags(name: &str) -> Option<&'static Tags> {
    MESSAGES.get(name)
}

/// The tags of a message by its name in the table.
pub(super) fn inline_tags(short: &str) -> Option<&'static Tags> {
    MESSAGES.get(&full_name(short))
}

fn load() -> ByName<Tags> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ').map(|(name, fields)| (full_name(name), read(fields)))).collect()
}

fn read(fields: &'static str) -> Tags {
    let mut tags: Tags = fields.split(' ').filter_map(field).collect();
    tags.sort_unstable_by_key(|(tag, _)| *tag);
    tags
}

fn field(word: &'static str) -> Option<(u64, Meaning)> {
    let (tag, name) = word.split_at(word.find(|c: char| !c.is_ascii_digit())?);
    let meaning = match (name.strip_prefix('-'), name.split_once('/')) {
        (Some(message), _) => Meaning::Inline(message),
        (None, Some((name, either))) => Meaning::Either(name, Either::of(either)?),
        (None, None) => Meaning::Field(name),
    };
    Some((tag.parse().ok()?, meaning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Schema, definition};

    #[test]
    fn every_name_is_a_field_of_its_definition() {
        assert!(MESSAGES.len() > 400);
        for (name, tags) in &*MESSAGES {
            let Some(schema) = definition(name).and_then(Schema::as_object) else { continue };
            for (_, meaning) in tags {
                match meaning {
                    Meaning::Field(field) | Meaning::Either(field, _) => assert!(schema.field(field).is_some(), "{name} {field}"),
                    Meaning::Inline(message) => assert!(inline_tags(message).is_some(), "{name} {message}"),
                }
            }
        }
    }
}
