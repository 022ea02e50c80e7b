//! The order of API versions.

/// A key by which versions sort from least to most preferred, as upstream orders the versions of a
/// group: stable before beta before alpha, then the higher number; any other name comes last.
pub fn version_priority(version: &str) -> (u8, u32, u32) {
    parse(version).unwrap_or_default()
}

fn parse(version: &str) -> Option<(u8, u32, u32)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (major, tail) = rest.split_at(digits);
    let major = major.parse().ok()?;
    if tail.is_empty() {
        return Some((3, major, 0));
    }
    let (stage, minor) = match tail.strip_prefix("beta") {
        Some(minor) => (2, minor),
        None => (1, tail.strip_prefix("alpha")?),
    };
    Some((stage, major, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_versions_win_and_then_higher_numbers() {
        let mut versions = ["v1alpha1", "v2", "foo", "v1beta2", "v1", "v10", "v1beta1"];
        versions.sort_by_key(|version| version_priority(version));
        assert_eq!(versions, ["foo", "v1alpha1", "v1beta1", "v1beta2", "v1", "v2", "v10"]);
    }
}
