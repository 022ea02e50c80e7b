//! Types as Go names them, for messages that read like upstream's.

use crate::schema::{Scalar, Schema};

/// The Go type that upstream decodes `schema` into: `int32`, `[]v1.Container`, `map[string]string`.
pub(super) fn go_type(schema: &Schema) -> String {
    match schema {
        Schema::Object(object) => {
            let mut parts = object.name.rsplit('.');
            let (kind, package) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            if kind.is_empty() { "map[string]interface {}".into() } else { format!("{package}.{kind}") }
        }
        Schema::Map(map) => format!("map[string]{}", go_type(&map.values)),
        Schema::List(list) => format!("[]{}", go_type(&list.items)),
        Schema::Scalar(scalar) => of_scalar(*scalar).into(),
    }
}

const fn of_scalar(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::String => "string",
        Scalar::Bytes => "[]uint8",
        Scalar::Time => "v1.Time",
        Scalar::MicroTime => "v1.MicroTime",
        Scalar::Int32 => "int32",
        Scalar::Int64 => "int64",
        Scalar::Number => "float64",
        Scalar::Bool => "bool",
        Scalar::Quantity => "resource.Quantity",
        Scalar::IntOrString => "intstr.IntOrString",
        Scalar::Any | Scalar::Open => "interface {}",
    }
}
