//! One expression of a policy.

use kontiki_cel::{Environment, Program, Type};

/// An expression with its program, or with what is wrong with it.
#[derive(Debug)]
pub(super) struct Expression {
    /// As written, without the blanks around it.
    pub source: String,
    /// The program.
    pub program: Result<Program, String>,
}

impl Expression {
    /// Compiles `source`; `wanted` are the types that it may give, any where there are none.
    pub fn compile(source: &str, environment: &Environment, wanted: &[Type]) -> Self {
        let source = source.trim().to_string();
        let compiled = Program::compile(&source, environment);
        let compiled = compiled.map_err(|issues| issues.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        let program = compiled.and_then(|program| match program.output_type() {
            found if wanted.is_empty() || found == Type::Dyn || wanted.contains(&found) => Ok(program),
            _ => Err(format!("must evaluate to {}", wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "))),
        });
        let program = program.map_err(|fault| format!("compilation failed: {fault}"));
        Self { source, program }
    }
}
