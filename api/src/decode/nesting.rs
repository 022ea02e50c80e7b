//! How deep a body nests and how many values it holds, looked at before anything is made of it.

/// What a body has more of than is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Arrays and objects within each other.
    Levels,
    /// Values.
    Values,
}

/// How deep JSON text nests and how many values it holds, as far as it has come.
#[derive(Clone, Debug)]
pub struct Nesting {
    most: (usize, usize),
    depth: usize,
    count: usize,
    state: State,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Structure,
    Text,
    Escape,
}

impl Nesting {
    /// Before any text, where at most `levels` of nesting and `values` in all are read.
    pub const fn new(levels: usize, values: usize) -> Self {
        Self { most: (levels, values), depth: 0, count: 1, state: State::Structure }
    }

    /// What the text has too much of, now that `part` has come. One pass, no allocation.
    pub fn excess(&mut self, part: &[u8]) -> Option<Excess> {
        let mut rest = part;
        while !rest.is_empty() {
            rest = match self.state {
                State::Structure => match self.structure(rest) {
                    Ok(rest) => rest,
                    Err(excess) => return Some(excess),
                },
                State::Text => self.text(rest),
                State::Escape => {
                    self.state = State::Text;
                    rest.get(1..).unwrap_or_default()
                }
            };
        }
        None
    }

    /// Reads up to the next text.
    fn structure<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Excess> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'"' => {
                    self.state = State::Text;
                    return Ok(bytes.get(at + 1..).unwrap_or_default());
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    self.count += 1;
                    if self.depth > self.most.0 {
                        return Err(Excess::Levels);
                    }
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b',' => {
                    self.count += 1;
                    if self.count > self.most.1 {
                        return Err(Excess::Values);
                    }
                }
                _ => {}
            }
        }
        Ok(&[])
    }

    /// Reads up to the end of the text, or the next escape in it.
    fn text<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(at) = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\')) else { return &[] };
        self.state = if bytes.get(at) == Some(&b'"') { State::Structure } else { State::Escape };
        bytes.get(at + 1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excess(json: &[u8], levels: usize, values: usize) -> Option<Excess> {
        let whole = Nesting::new(levels, values).excess(json);
        let mut slowly = Nesting::new(levels, values);
        assert_eq!(json.chunks(1).find_map(|byte| slowly.excess(byte)), whole);
        whole
    }

    #[test]
    fn brackets_and_commas_in_strings_count_for_nothing() {
        assert_eq!(excess(br#"{"a":"[[[[\"[[[,,,,"}"#, 1, 2), None);
        assert_eq!(excess(b"[[[]]]", 2, 9), Some(Excess::Levels));
        assert_eq!(excess(b"[[],[],[]]", 2, 9), None);
        assert_eq!(excess(b"[1,2,3,4]", 1, 5), None);
        assert_eq!(excess(b"[1,2,3,4,5]", 1, 4), Some(Excess::Values));
    }
}
