//! The Common Expression Language as Kubernetes v1.36 speaks it.
//!
//! A [`Program`] is compiled once against an [`Environment`] (variables, types) and evaluated many times against an
//! [`Activation`]. Faults in the source are found when it is compiled, with line and column. Evaluation never panics, never
//! overflows the stack, and stops when its [`Budget`] is spent; costs follow upstream's model. JSON is read where it lies.
//!
//! ```
//! use kontiki_cel::{Bindings, Budget, Environment, Program, Type, Value};
//!
//! let environment = Environment::new().declare("object", Type::Dyn);
//! let program = Program::compile("object.spec.replicas <= 5", &environment).unwrap();
//! let object = serde_json::json!({"spec": {"replicas": 3}});
//! let bindings = Bindings::new().bind("object", Value::json(&object));
//! let result = program.evaluate(&bindings, &mut Budget::per_call()).unwrap();
//! assert_eq!(result.as_bool(), Some(true));
//! ```

mod check;
mod cost;
mod evaluate;
mod library;
mod program;
mod syntax;
mod types;
mod value;

pub use check::Environment;
pub use cost::{Range, Sizes, Step};
pub use evaluate::{Activation, Bindings, Budget, CompiledRegex, EvaluationError, compile_regex};
pub use library::{Access, Authorizer, Decision};
pub use program::Program;
pub use syntax::Issue;
pub use types::{ListKind, ObjectType, Opaque, Schema, SchemaSource, Shape, Type, escape, unescape};
pub use value::{Key, List, Map, Text, Value};
