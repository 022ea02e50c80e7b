//! PEM as Go reads it (`encoding/pem`): who looks at a request here must see the one that a signer in Go will sign.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";
/// Go takes bits behind the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// One block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub label: String,
    /// Whether anything like `Proc-Type: 4` stands before the contents.
    pub has_headers: bool,
    pub contents: Vec<u8>,
}

/// The first whole block of `data`, and what is behind it. What only looks like one is passed over.
pub(super) fn decode(data: &[u8]) -> Option<(Block, &[u8])> {
    let mut rest = data;
    loop {
        let end = find(rest, END)?;
        let behind = end + END.len();
        let begin = rest.get(..end)?.windows(BEGIN.len()).rposition(|window| window == BEGIN);
        let starts_line = |at: &usize| *at == 0 || rest.get(*at - 1) == Some(&b'\n');
        let Some(begin) = begin.filter(starts_line) else {
            rest = rest.get(behind..)?;
            continue;
        };
        match block(rest.get(begin + BEGIN.len()..)?, end - begin - BEGIN.len()) {
            Read::Block(block, behind) => return Some((block, behind)),
            Read::Nothing => return None,
            Read::Other => rest = rest.get(behind..)?,
        }
    }
}

enum Read<'a> {
    Block(Block, &'a [u8]),
    /// Something else: the next end of a block is looked for.
    Other,
    /// Nothing can follow.
    Nothing,
}

/// Reads a block from its label on, whose first line that begins an end is at `end`, counted from its line break.
fn block(data: &[u8], end: usize) -> Read<'_> {
    let (label, mut rest) = line(data);
    let Some(label) = label.strip_suffix(DASHES) else { return Read::Other };
    let mut has_headers = false;
    loop {
        if rest.is_empty() {
            return Read::Nothing;
        }
        let (header, next) = line(rest);
        if !header.contains(&b':') {
            break;
        }
        (has_headers, rest) = (true, next);
    }
    // Where nothing is between the label and the end, the line break before the end is gone with the label.
    let consumed = data.len() - rest.len();
    if has_headers && end < consumed {
        return Read::Other;
    }
    let behind = (end + END.len()).checked_sub(consumed).and_then(|at| rest.get(at..));
    let trailer = behind.and_then(|behind| behind.strip_prefix(label)).and_then(|behind| behind.strip_prefix(DASHES));
    let Some((b"", after)) = trailer.map(line) else { return Read::Other };
    let text = end.checked_sub(consumed).and_then(|end| rest.get(..end)).unwrap_or_default();
    let text: Vec<u8> = text.iter().copied().filter(|byte| !b" \t\r\n".contains(byte)).collect();
    match BASE64.decode(text) {
        Ok(contents) => Read::Block(Block { label: String::from_utf8_lossy(label).into_owned(), has_headers, contents }, after),
        Err(_) => Read::Other,
    }
}

/// The first line without the white space at its end, and what is behind it.
fn line(data: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (data.get(..at).unwrap_or_default(), data.get(at + 1..).unwrap_or_default()),
        None => (data, &[][..]),
    };
    let broken = rest.len() < data.len() - line.len();
    let line = if broken { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
    let ends = line.iter().rposition(|byte| !b" \t".contains(byte)).map_or(0, |at| at + 1);
    (line.get(..ends).unwrap_or_default(), rest)
}

fn find(data: &[u8], wanted: &[u8]) -> Option<usize> {
    data.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All blocks: label, headers, contents.
    fn all(text: &str) -> Vec<(String, bool, String)> {
        let (mut rest, mut found) = (text.as_bytes(), Vec::new());
        while let Some((block, behind)) = decode(rest) {
            rest = behind;
            found.push((block.label, block.has_headers, String::from_utf8(block.contents).unwrap()));
        }
        found
    }

    fn one(label: &str, text: &str) -> Vec<(String, bool, String)> {
        vec![(label.into(), false, text.into())]
    }

    #[test]
    fn blocks_are_found_where_go_finds_them() {
        let b = "-----BEGIN B-----\nYg==\n-----END B-----\n";
        assert_eq!(all(b), one("B", "b"));
        assert_eq!(all(&b.replace('\n', " \t\r\n")), one("B", "b"));
        assert_eq!(all("-----BEGIN B-----\n-----END B-----"), one("B", ""));
        assert_eq!(all(&format!("note\n{b}between\n{b}")), [one("B", "b"), one("B", "b")].concat());
        let headed = vec![("B".to_owned(), true, "b".to_owned())];
        assert_eq!(all("-----BEGIN B-----\nA: 1\nC:\n\nYg==\n-----END B-----"), headed);
        for passed_over in [
            "-----BEGIN A-----x\nYQ==\n-----END A-----\n",
            "-----BEGIN A-----\nYQ==\n-----END C-----\n",
            "-----BEGIN A-----\nYQ==\n-----END A-----x\n",
            "x-----BEGIN A-----\nYQ==\n-----END A-----\n",
            "-----BEGIN A-----\nYQ=\n-----END A-----\n",
            "-----BEGIN A-----\nYQ==\n",
            "-----BEGIN A-----\nH: 1\n-----END A-----\n",
            "\n-----END A-----\n",
        ] {
            assert_eq!(all(&format!("{passed_over}{b}")), one("B", "b"), "{passed_over}");
            assert_eq!(all(passed_over), [], "{passed_over}");
        }
    }
}
