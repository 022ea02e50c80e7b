//! Base64 as Go's standard encoding reads it: broken into lines or not, and whatever the bits behind the last byte are.

use ::base64::Engine;
use ::base64::alphabet::STANDARD;
use ::base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The bytes that `text` stands for.
///
/// # Errors
/// The fault in Go's words, with the position at which Go gives up.
pub fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    let plain: Vec<u8> = text.bytes().filter(|byte| !is_break(*byte)).collect();
    LENIENT.decode(plain).map_err(|_| format!("illegal base64 data at input byte {}", given_up(text.as_bytes())))
}

const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Where Go gives `text` up, which is no base64: it reads four digits at a time.
fn given_up(text: &[u8]) -> usize {
    let (mut at, mut digits) = (0, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits = (digits + 1) % 4,
            b'\n' | b'\r' => {}
            b'=' if digits == 3 => return behind_breaks(text, at + 1),
            b'=' if digits == 2 => {
                let next = behind_breaks(text, at + 1);
                return match text.get(next) {
                    None => text.len(),
                    Some(b'=') => behind_breaks(text, next + 1),
                    Some(_) => next - 1,
                };
            }
            _ => return at,
        }
        at += 1;
    }
    at - digits
}

fn behind_breaks(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| is_break(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_go_reads_it() {
        for text in ["YWJj", "YR==", "YW\nJj", "", "YWJjYWJ="] {
            assert!(from_base64(text).is_ok(), "{text}");
        }
        for (text, at) in [
            ("Y", 0),
            ("YQ", 0),
            ("YWI", 0),
            ("YWJjYQ", 4),
            ("YQ=", 3),
            ("YQ=x", 2),
            ("Y===", 1),
            ("YQ==YQ==", 4),
            ("YWI=x", 4),
            ("%%%%", 0),
            ("YWJj*", 4),
        ] {
            assert_eq!(from_base64(text), Err(format!("illegal base64 data at input byte {at}")), "{text}");
        }
    }
}
