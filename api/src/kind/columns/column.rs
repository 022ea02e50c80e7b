//! A column as the tables write it.

use serde_json::Value;

use super::cell;
use crate::kind::{Cell, Column};
use crate::time::Time;

/// The columns of one kind: group, kind, columns.
pub(super) type Row = (&'static str, &'static str, &'static [Col]);

/// A column.
pub(super) struct Col {
    name: &'static str,
    r#type: &'static str,
    format: &'static str,
    description: &'static str,
    wide: bool,
    compute: Compute,
}

type Compute = fn(&Value, Time) -> Value;

impl Col {
    /// The object's name.
    pub(super) const NAME: Self = Self {
        format: "name",
        description: "Name must be unique within a namespace.",
        ..Self::text("Name", |object, _| cell::text(object, "/metadata/name").into())
    };
    /// How long the object is there.
    pub(super) const AGE: Self = Self {
        description: "CreationTimestamp is the server time when this object was created.",
        ..Self::text("Age", |object, now| cell::age(object, "/metadata/creationTimestamp", now).into())
    };
    /// When the object was made.
    pub(super) const CREATED: Self =
        Self { r#type: "date", ..Self::text("Created At", |object, _| cell::text(object, "/metadata/creationTimestamp").into()) };

    /// Text.
    pub(super) const fn text(name: &'static str, compute: Compute) -> Self {
        Self { name, r#type: "string", format: "", description: "", wide: false, compute }
    }

    /// A whole number.
    pub(super) const fn int(name: &'static str, compute: Compute) -> Self {
        Self { r#type: "integer", ..Self::text(name, compute) }
    }

    /// True or false.
    pub(super) const fn flag(name: &'static str, compute: Compute) -> Self {
        Self { r#type: "boolean", ..Self::text(name, compute) }
    }

    /// Text that only `-o wide` shows.
    pub(super) const fn wide(name: &'static str, compute: Compute) -> Self {
        Self { wide: true, ..Self::text(name, compute) }
    }

    /// The same, explained.
    pub(super) const fn described(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    /// The same, shown as a name.
    pub(super) const fn named(self) -> Self {
        Self { format: "name", ..self }
    }

    /// The same, without a format.
    pub(super) const fn unformatted(self) -> Self {
        Self { format: "", ..self }
    }

    /// The column as a row of the kind table has it.
    pub(super) fn column(&self) -> Column {
        Column {
            name: self.name.into(),
            r#type: self.r#type.into(),
            format: self.format.into(),
            description: self.description.into(),
            priority: i32::from(self.wide),
            cell: Cell::Function(self.compute),
        }
    }
}
