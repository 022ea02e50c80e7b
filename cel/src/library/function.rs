use std::collections::HashMap;
use std::sync::LazyLock;

use super::native;
use super::signature::{Overload, signatures};
use crate::cost::Rule;
use crate::evaluate::{EvaluationError, Tools};
use crate::value::Value;

/// The code of a function. It is given what the caller gave, whatever its type: under `dyn` nothing is checked before.
pub(crate) type Native = for<'a, 't, 'v> fn(&mut Tools<'t>, &'v [Value<'a>]) -> Result<Value<'a>, EvaluationError>;

/// A function, a method or an operator.
#[derive(Debug)]
pub(crate) struct Function {
    pub name: &'static str,
    pub native: Native,
    pub rule: Rule,
    pub overloads: Vec<Overload>,
}

static FUNCTIONS: LazyLock<HashMap<&'static str, Function>> = LazyLock::new(|| {
    let mut functions: HashMap<&'static str, Function> = HashMap::new();
    for (name, overload) in signatures() {
        let Some(native) = native::find(name) else { continue };
        let function = || Function { name, native, rule: Rule::of(name), overloads: Vec::new() };
        functions.entry(name).or_insert_with(function).overloads.push(overload);
    }
    functions
});

/// The function of this name.
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_has_code() {
        for (name, _) in signatures() {
            let function = function(name).unwrap_or_else(|| panic!("{name} has no code"));
            assert!(function.overloads.len() <= 64, "{name}: overloads are kept as 64 bits");
        }
    }
}
