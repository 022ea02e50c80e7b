//! The bounds of a number.

use serde_json::{Number, Value};

use super::path::told;
use super::types::{Numeric, is_whole};
use super::verdict::Verdict;
use crate::custom::structural::model::{Limits, Structural, Type};
use crate::go::number as shown;
use crate::kind::validate::Path;

/// Checks that `number` fits into the type of `schema` and its bounds.
pub(super) fn check(schema: &Structural, number: &Number, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    out.matches += 2;
    let (number, range) = (Numeric::of(number), Range::of(schema));
    range.check(number, "Checked", path, out);
    if let Some(limits) = &schema.limits {
        multiple(limits, number, range, path, out);
        least(limits, number, range, path, out);
        most(limits, number, range, path, out);
    }
}

/// What the type of a schema can hold.
#[derive(Clone, Copy)]
struct Range<'a> {
    r#type: Type,
    format: Option<&'a str>,
}

impl<'a> Range<'a> {
    fn of(schema: &'a Structural) -> Self {
        let r#type = if schema.int_or_string { Type::Any } else { schema.r#type };
        Self { r#type, format: schema.format() }
    }

    fn holds(self, number: Numeric) -> bool {
        match (self.r#type, self.format) {
            (Type::Integer, format) => {
                let whole = match number {
                    Numeric::Int(number) => Some(number),
                    Numeric::Float(number) => {
                        let fits = number.fract() == 0.0 && number.abs() < TWO_TO_63;
                        fits.then_some(number as i64)
                    }
                };
                whole.is_some_and(|number| format != Some("int32") || i32::try_from(number).is_ok())
            }
            (Type::Number, Some("float")) => (number.as_f64() as f32).is_finite(),
            _ => true,
        }
    }

    /// Whether `number` fits, which is the value or a bound of it as `what` says; adds a fault where not.
    fn check(self, number: Numeric, what: &str, path: Option<&Path<'_>>, out: &mut Verdict<'_>) -> bool {
        let holds = self.holds(number);
        if !holds {
            let r#type = if self.r#type == Type::Integer { "integer" } else { "number" };
            let format = self.format.map_or_else(|| "(default format)".to_owned(), |format| format!("with format {format}"));
            out.add_whole(|| format!("{what} value must be of type {type} {format} in {}", told(path)));
        }
        holds
    }
}

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// `number` and a bound of it, in what they are compared in: where the bound fits, whole numbers have whole bounds.
fn comparable(number: Numeric, bound: f64, fits: bool) -> (Numeric, Numeric) {
    match number {
        Numeric::Int(_) if fits => (number, Numeric::Int(bound as i64)),
        _ => (Numeric::Float(number.as_f64()), Numeric::Float(bound)),
    }
}

fn multiple(limits: &Limits, number: Numeric, range: Range<'_>, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let Some(factor) = limits.multiple_of else { return };
    let fits = range.check(Numeric::Float(factor), "MultipleOf", path, out);
    let (number, factor) = comparable(number, factor, fits);
    if factor.as_f64() <= 0.0 {
        let why = || format!("factor MultipleOf declared for {} must be positive: {}", told(path), text(factor));
        return out.add(path, |faults, at| faults.invalid(at, &value(factor), why()));
    }
    let fine = match (number, factor) {
        (Numeric::Int(number), Numeric::Int(factor)) => number % factor == 0,
        _ if factor.as_f64() < 1.0 => is_whole(1.0 / factor.as_f64() * number.as_f64()),
        _ => is_whole(number.as_f64() / factor.as_f64()),
    };
    if !fine {
        tell(number, "a multiple of", factor, path, out);
    }
}

fn least(limits: &Limits, number: Numeric, range: Range<'_>, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let Some((least, excluded)) = limits.minimum else { return };
    let fits = range.check(Numeric::Float(least), "Minimum boundary", path, out);
    let (number, least) = comparable(number, least, fits);
    if below(number, least) || excluded && !below(least, number) {
        tell(number, if excluded { "greater than" } else { "greater than or equal to" }, least, path, out);
    }
}

fn most(limits: &Limits, number: Numeric, range: Range<'_>, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let Some((most, excluded)) = limits.maximum else { return };
    let fits = range.check(Numeric::Float(most), "Maximum boundary", path, out);
    let (number, most) = comparable(number, most, fits);
    if below(most, number) || excluded && !below(number, most) {
        tell(number, if excluded { "less than" } else { "less than or equal to" }, most, path, out);
    }
}

fn below(one: Numeric, other: Numeric) -> bool {
    match (one, other) {
        (Numeric::Int(one), Numeric::Int(other)) => one < other,
        _ => one.as_f64() < other.as_f64(),
    }
}

fn tell(number: Numeric, relation: &str, bound: Numeric, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let why = || format!("{} in body should be {relation} {}", told(path), text(bound));
    out.add(path, |faults, at| faults.invalid(at, &value(number), why()));
}

fn text(number: Numeric) -> String {
    match number {
        Numeric::Int(number) => number.to_string(),
        Numeric::Float(number) => shown(number),
    }
}

fn value(number: Numeric) -> Value {
    match number {
        Numeric::Int(number) => number.into(),
        Numeric::Float(number) => number.into(),
    }
}
