//! One rule.

use kontiki_cel::{Environment, Issue, Program, Schema, Type};
use serde_json::Value;

use crate::Text;
use crate::custom::validate::shown;

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
    /// The same, computed; beside how it is written.
    pub computed: Option<(Program, Text)>,
    /// `FieldValueForbidden` and the like.
    pub reason: Option<Text>,
    /// The field it is about, below the value.
    pub field_path: Option<Text>,
}

/// What is wrong with the message of a rule.
pub(super) type Refusal = String;

impl Rule {
    /// Compiles `raw`, which stands in `document`, for values of `schema`; beside it what is wrong with its message, of which the
    /// rule then has none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(raw: &Value, document: &Value, schema: &Schema) -> Result<(Self, Option<Refusal>), String> {
        let text = |name: &str| raw.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let source = text("rule").ok_or_else(String::new)?;
        let environment = Self::environment(raw, schema);
        let program = Program::compile(source, &environment).map_err(|issues| told(&issues))?;
        if program.output_type() != Type::Bool {
            return Err("cel expression must evaluate to a bool".into());
        }
        let transition = program.speaks_of("oldSelf");
        let (computed, fault) = match text("messageExpression").map(|source| message(source, &environment)).transpose() {
            Ok(computed) => (computed, None),
            Err(fault) => (None, Some(fault)),
        };
        let rule = Self {
            program,
            text: source.trim().into(),
            transition,
            optional_old: raw["optionalOldSelf"] == true,
            message: text("message").map(|message| message.trim().into()),
            computed,
            reason: text("reason").map(Text::from),
            field_path: text("fieldPath").and_then(|path| shown(document, path)).map(Text::from),
        };
        Ok((rule, fault))
    }

    /// What `raw` may speak of, for values of `schema`: the value, and the value before.
    pub fn environment(raw: &Value, schema: &Schema) -> Environment {
        let own = Environment::new().declare_schema("self", schema.clone());
        match raw["optionalOldSelf"] == true {
            true => own.declare("oldSelf", Type::optional(schema.as_type())),
            false => own.declare_schema("oldSelf", schema.clone()),
        }
    }

    /// What is told of where it is written.
    pub fn shown(&self) -> &Text {
        self.message.as_ref().unwrap_or(&self.text)
    }
}

fn message(source: &str, environment: &Environment) -> Result<(Program, Text), Refusal> {
    let program = Program::compile(source, environment)
        .map_err(|issues| format!("messageExpression {}", told(&issues).trim_start_matches("program ")))?;
    match program.output_type() {
        Type::String => Ok((program, source.into())),
        _ => Err("messageExpression must evaluate to a string".into()),
    }
}

fn told(issues: &[Issue]) -> String {
    if let Some(fault) = issues.first().and_then(Issue::instantiation) {
        return format!("program instantiation failed: {fault}");
    }
    let issues: Vec<String> = issues.iter().map(ToString::to_string).collect();
    format!("compilation failed: {}", issues.join("\n"))
}
