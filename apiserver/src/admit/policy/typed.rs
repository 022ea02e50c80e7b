//! Objects of built-in kinds as types of expressions.

use kontiki_api::schema::{List, ListType, Object, Scalar, Schema as Model};
use kontiki_cel::{ListKind, ObjectType, Schema, SchemaSource};

/// A struct of the kinds' own schemas; read where an expression names its fields.
#[derive(Clone, Copy, Debug)]
struct Struct(&'static Object);

impl SchemaSource for Struct {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn field(&self, name: &str) -> Option<Schema> {
        self.0.field(name).map(|field| typed(&field.schema))
    }

    fn is_open(&self) -> bool {
        self.0.preserve_unknown
    }
}

/// What expressions see of values of `model`.
pub(super) fn typed(model: &'static Model) -> Schema {
    match model {
        Model::Object(object) => Schema::object(ObjectType::new(Struct(object))),
        Model::Map(map) => Schema::map(typed(&map.values), None),
        Model::List(list) => Schema::list(typed(&list.items), kind(list), None),
        Model::Scalar(scalar) => match scalar {
            Scalar::String | Scalar::Quantity => Schema::string(None),
            Scalar::Bytes => Schema::bytes(None),
            Scalar::Time | Scalar::MicroTime => Schema::timestamp(),
            Scalar::Int32 | Scalar::Int64 => Schema::int(),
            Scalar::Number => Schema::double(),
            Scalar::Bool => Schema::bool(),
            Scalar::IntOrString | Scalar::Any | Scalar::Open => Schema::any(),
        },
    }
}

fn kind(list: &List) -> ListKind {
    match list.list_type {
        ListType::Atomic => ListKind::Atomic,
        ListType::Set => ListKind::Set,
        ListType::Map => ListKind::Map(list.keys.iter().map(|key| (**key).into()).collect()),
    }
}
