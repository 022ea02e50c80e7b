//! Fields that never change, from a table.

use serde_json::Value;

use crate::kind::validate::{Faults, Path};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/immutable.txt"));

/// Checks that what never changes of the definition called `name` has not.
pub(super) fn fields(new: &Value, old: &Value, name: &str, faults: &mut Faults) {
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.splitn(3, ' ');
        let (Some(definition), Some(place)) = (words.next(), words.next()) else { continue };
        if !name.ends_with(definition) {
            continue;
        }
        let find = |object| place.split('.').try_fold(object, |value: &Value, field| value.get(field));
        let (new, old) = (find(new), find(old));
        if new != old {
            let path = Path::new(place);
            let value = new.unwrap_or(&Value::Null);
            match words.next() {
                None => faults.invalid(&path, value, "field is immutable"),
                Some(why) if why.starts_with("cannot") => faults.invalid(&path, value, why),
                Some(why) => faults.forbidden(&path, why),
            }
        }
    }
}
