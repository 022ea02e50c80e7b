//! The expressions by which requests choose devices.

use kontiki_cel::{Environment, Opaque, Program, Range, Sizes, Step, Type};

use crate::kind::validate::{Faults, Path};

/// Most that one expression may cost by estimate (`CELSelectorExpressionMaxCost` of upstream).
const MAX_COST: u64 = 1_000_000;
/// Most attributes and capacities of a device.
const MAX_ATTRIBUTES: u64 = 32;
/// Longest name of a driver or of a domain.
const MAX_DOMAIN: u64 = 63;
/// Longest identifier of an attribute.
const MAX_IDENTIFIER: u64 = 32;
/// Longest value of an attribute that is text.
const MAX_VALUE: u64 = 64;

/// What is known of a device before there is one.
struct Limits;

impl Sizes for Limits {
    fn size(&self, path: &[Step<'_>]) -> Option<Range> {
        let (Step::Field(root), rest) = path.split_first()? else { return None };
        let max = match (*root, rest) {
            ("device.driver", []) => MAX_DOMAIN,
            ("device.attributes" | "device.capacity", [] | [Step::Values | Step::Field(_)]) => MAX_ATTRIBUTES,
            (_, [Step::Keys]) => MAX_DOMAIN,
            (_, [_, Step::Keys]) => MAX_IDENTIFIER,
            ("device.attributes", [_, _]) => MAX_VALUE,
            _ => return None,
        };
        Some(Range { min: 0, max })
    }
}

/// What an expression may speak of: one device.
fn environment() -> Environment {
    let by_domain = |of: Type| Type::map(Type::String, Type::map(Type::String, of));
    Environment::new()
        .with_bind()
        .declare("device.driver", Type::String)
        .declare("device.allowMultipleAllocations", Type::Bool)
        .declare("device.attributes", by_domain(Type::Dyn))
        .declare("device.capacity", by_domain(Type::Opaque(Opaque::Quantity)))
}

/// Checks that `expression` compiles, says yes or no, and does not cost too much.
pub(super) fn device_expression(expression: &str, path: &Path<'_>, faults: &mut Faults) {
    let program = match Program::compile(expression, &environment()) {
        Ok(program) => program,
        Err(issues) => {
            let issues: Vec<String> = issues.iter().map(ToString::to_string).collect();
            return faults.invalid_text(path, expression, format!("compilation failed: {}", issues.join("\n")));
        }
    };
    match program.output_type() {
        Type::Bool | Type::Dyn => {}
        other => {
            let why = format!("must evaluate to bool or the unknown type, not {other}");
            return faults.invalid_text(path, expression, why);
        }
    }
    if program.estimated_cost(&Limits).max > MAX_COST {
        faults.forbidden(path, "too complex, exceeds cost limit");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(expression: &str) -> Option<String> {
        let mut faults = Faults::default();
        device_expression(expression, &Path::new("e"), &mut faults);
        faults.into_errors().first().map(ToString::to_string)
    }

    #[test]
    fn expressions_about_devices_compile() {
        for good in [
            "true",
            r#"device.driver == "gpu.example.com""#,
            r#"device.attributes["gpu.example.com"].model == "A100" && device.attributes["gpu.example.com"].cores >= 4"#,
            r#"device.capacity["gpu.example.com"].memory.compareTo(quantity("10Gi")) >= 0"#,
            r#"device.attributes[?"gpu.example.com"].?model.orValue("") == "x""#,
            r#"device.attributes["gpu.example.com"].version.isGreaterThan(semver("1.2.3"))"#,
            r#""gpu.example.com" in device.attributes"#,
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
    }

    #[test]
    fn expressions_that_cannot_choose_a_device_are_refused() {
        for (bad, wanted) in [
            ("device.name == 'x'", "compilation failed"),
            ("device.driver", "must evaluate to bool or the unknown type, not string"),
            ("1 +", "compilation failed"),
        ] {
            assert!(fault(bad).is_some_and(|fault| fault.contains(wanted)), "{bad}: {:?}", fault(bad));
        }
        let each =
            "device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, a == b))))";
        assert_eq!(fault(each).unwrap(), "e: Forbidden: too complex, exceeds cost limit");
    }
}
