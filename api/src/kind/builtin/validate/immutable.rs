//! Fields that never change, from a table.

use std::sync::LazyLock;

use serde_json::Value;

use crate::kind::validate::{Faults, Path};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/immutable.txt"));

/// A line of the table: the end of a definition's name, a place below it, and what is told where it changes.
struct Line {
    definition: &'static str,
    place: &'static str,
    why: Option<&'static str>,
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| TABLE.lines().filter_map(line).collect());

fn line(text: &'static str) -> Option<Line> {
    let mut words = text.splitn(3, ' ');
    let (definition, place) = (words.next().filter(|first| !first.starts_with('#'))?, words.next()?);
    Some(Line { definition, place, why: words.next() })
}

/// Checks that what never changes of the definition called `name` has not.
pub(super) fn fields(new: &Value, old: &Value, name: &str, faults: &mut Faults) {
    for line in LINES.iter().filter(|line| name.ends_with(line.definition)) {
        let find = |object| line.place.split('.').try_fold(object, |value: &Value, field| value.get(field));
        let (new, old) = (find(new), find(old));
        if new != old {
            let path = Path::new(line.place);
            let value = new.unwrap_or(&Value::Null);
            match line.why {
                None => faults.invalid(&path, value, "field is immutable"),
                Some(why) if why.starts_with("cannot") => faults.invalid(&path, value, why),
                Some(why) => faults.forbidden(&path, why),
            }
        }
    }
}
