//! One rule.

use kontiki_cel::{Environment, Issue, Program, Schema, Type};
use serde_json::Value;

use crate::Text;

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// The rule itself.
    pub program: Program,
    /// As it is written.
    pub text: Text,
    /// Whether it looks at the value before.
    pub transition: bool,
    /// Whether it runs where there was none as well.
    pub optional_old: bool,
    /// What is told where it does not hold.
    pub message: Option<Text>,
    /// The same, computed.
    pub message_program: Option<Program>,
    /// `FieldValueForbidden` and the like.
    pub reason: Option<Text>,
    /// The field it is about, below the value.
    pub field_path: Option<Text>,
}

/// Why a rule is not one: the member at fault, and what is wrong with it.
pub(super) type Refusal = (&'static str, String);

impl Rule {
    /// Compiles `raw` for values of `schema`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(raw: &Value, schema: &Schema) -> Result<Self, Refusal> {
        let text = |name: &str| raw.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let source = text("rule").ok_or(("rule", String::new()))?;
        let optional_old = raw["optionalOldSelf"] == true;
        let plain = Environment::new().declare_schema("self", schema.clone());
        let with_old = Self::environment(raw, schema);
        let (program, transition) = match Program::compile(source, &plain) {
            Ok(program) => (program, false),
            Err(_) => (Program::compile(source, &with_old).map_err(|issues| ("rule", told(&issues)))?, true),
        };
        if !matches!(program.output_type(), Type::Bool | Type::Dyn) {
            return Err(("rule", "cel expression must evaluate to a bool".into()));
        }
        let message_program =
            text("messageExpression").map(|source| message(source, if transition { &with_old } else { &plain }));
        Ok(Self {
            program,
            text: source.trim().into(),
            transition,
            optional_old,
            message: text("message").map(|message| message.trim().into()),
            message_program: message_program.transpose()?,
            reason: text("reason").map(Text::from),
            field_path: text("fieldPath").map(|path| path.trim_start_matches('.').into()),
        })
    }

    /// What `raw` may speak of, for values of `schema`: the value, and the value before.
    pub fn environment(raw: &Value, schema: &Schema) -> Environment {
        let own = Environment::new().declare_schema("self", schema.clone());
        match raw["optionalOldSelf"] == true {
            true => own.declare("oldSelf", Type::optional(schema.as_type())),
            false => own.declare_schema("oldSelf", schema.clone()),
        }
    }
}

fn message(source: &str, environment: &Environment) -> Result<Program, Refusal> {
    let refused = |why: String| ("messageExpression", why);
    let program =
        Program::compile(source, environment).map_err(|issues| refused(format!("messageExpression {}", told(&issues))))?;
    match program.output_type() {
        Type::String | Type::Dyn => Ok(program),
        _ => Err(refused("messageExpression must evaluate to a string".into())),
    }
}

fn told(issues: &[Issue]) -> String {
    let issues: Vec<String> = issues.iter().map(ToString::to_string).collect();
    format!("compilation failed: {}", issues.join("\n"))
}
