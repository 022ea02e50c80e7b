//! Generated names and uids.

/// Upstream's longest base of a generated name, in bytes.
const BASE_MAX: usize = 58;
/// Upstream's letters of generated names: no vowels, no look-alikes.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// `base` (`metadata.generateName`) with five letters made from `random` behind it.
pub(crate) fn generated_name(base: &str, random: u128) -> String {
    let mut end = base.len().min(BASE_MAX);
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    let mut name = base[..end].to_owned();
    let mut bits = random;
    for _ in 0..5 {
        name.push(char::from(LETTERS[(bits % LETTERS.len() as u128) as usize]));
        bits /= LETTERS.len() as u128;
    }
    name
}

/// The text of a uid made from `random`.
pub(crate) fn uid_of(random: u128) -> String {
    uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_base_is_cut_so_that_the_name_fits() {
        assert_eq!(generated_name(&"x".repeat(80), 1).len(), 63);
        assert!(generated_name("web-", 12345).starts_with("web-"));
        assert_ne!(generated_name("web-", 1), generated_name("web-", 2));
    }
}
