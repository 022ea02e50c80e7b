//! One expression of a policy.

use kontiki_cel::{Environment, Program, Type};

/// An expression with its program, or with what is wrong with it.
#[derive(Debug)]
pub(super) struct Expression {
    /// As written, without the blanks around it.
    pub source: String,
    /// The program.
    pub program: Result<Program, String>,
    /// What is wrong with the type of its values, where those may fit all the same.
    mistyped: Option<String>,
}

impl Expression {
    /// The type of its values; anything where it does not compile.
    pub fn output_type(&self) -> Type {
        self.program.as_ref().map_or(Type::Dyn, Program::output_type)
    }

    /// Compiles `source`; `wanted` are the types that it may give, any where there are none.
    pub fn compile(source: &str, environment: &Environment, wanted: &[Type]) -> Self {
        let source = source.trim().to_string();
        let compiled = Program::compile(&source, environment);
        let compiled = compiled.map_err(|issues| issues.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        let program = compiled.map_err(|fault| format!("compilation failed: {fault}"));
        let mistyped = program.as_ref().ok().and_then(|program| mistyped(&program.output_type(), wanted));
        match (program, mistyped) {
            // What was taken before is judged by its values.
            (Ok(program), fault) if fault.is_none() || program.output_type() == Type::Dyn => {
                Self { source, program: Ok(program), mistyped: fault }
            }
            (Ok(_), Some(fault)) => Self { source, program: Err(fault), mistyped: None },
            (program, mistyped) => Self { source, program, mistyped },
        }
    }

    /// Why nobody may write it.
    pub fn fault(&self) -> Option<&str> {
        self.program.as_ref().err().or(self.mistyped.as_ref()).map(String::as_str)
    }
}

/// What is told of values of type `found` where others are `wanted`; any fits where none are.
fn mistyped(found: &Type, wanted: &[Type]) -> Option<String> {
    // As upstream calls it.
    let name = |wanted: &Type| if *wanted == Type::Null { "null_type".to_owned() } else { wanted.to_string() };
    match wanted {
        [] => None,
        wanted if wanted.contains(found) => None,
        [one] => Some(format!("must evaluate to {} but got {found}", name(one))),
        several => {
            let several: Vec<String> = several.iter().map(name).collect();
            Some(format!("must evaluate to one of [{}] but got {found}", several.join(" ")))
        }
    }
}
