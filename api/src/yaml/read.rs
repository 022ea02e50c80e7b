//! Reads YAML and JSON.

use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, Options, alias_limits, budget, options};

use super::count::{MAX_ALIASES, MAX_NODES};
use super::number::normalize;

/// As large as a request body of any kind may be.
const MAX_BYTES: usize = 16 << 20;
/// Deep enough for schemas of schemas, and shallow enough for the library's recursion on a thread's stack of 2 MiB.
pub(crate) const MAX_DEPTH: usize = 72;

/// What a key that is there twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// It is an error.
    Refuse,
    /// The last one stands.
    LastWins,
}

/// What a text may ask of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bounds {
    /// A file that its owner reads.
    File,
    /// The body of a request, from anybody.
    Request,
}

/// Text that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// Not YAML, or beyond a limit.
    #[error("error converting YAML to JSON: yaml: {}{message}", place(*.line, *.column))]
    Yaml {
        /// Counted from 1; 0 where it is not known.
        line: u64,
        /// Counted from 1; 0 where it is not known.
        column: u64,
        /// What is wrong.
        message: String,
    },
    /// More bytes than are read.
    #[error("the input has {0} bytes; at most {MAX_BYTES} are read")]
    TooLarge(usize),
    /// Not text.
    #[error("error converting YAML to JSON: yaml: invalid UTF-8 at byte {0}")]
    NotText(usize),
    /// Not one document, where one is wanted.
    #[error("expected one document, found {0}")]
    Documents(usize),
}

fn place(line: u64, column: u64) -> String {
    if line == 0 { String::new() } else { format!("line {line}, column {column}: ") }
}

/// Every document of `bytes`, in order, without the empty ones. JSON, also several values in a row, is read as well.
///
/// # Errors
/// Where and why the text cannot be read.
pub fn read(bytes: &[u8], duplicates: Duplicates) -> Result<Vec<Value>, YamlError> {
    read_within(bytes, duplicates, Bounds::File)
}

fn read_within(bytes: &[u8], duplicates: Duplicates, bounds: Bounds) -> Result<Vec<Value>, YamlError> {
    if bytes.len() > MAX_BYTES {
        return Err(YamlError::TooLarge(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| YamlError::NotText(error.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if duplicates == Duplicates::LastWins
        && let Some(values) = read_json(text)
    {
        return Ok(values);
    }
    let mut documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, settings(duplicates, bounds.of(text))).map_err(|error| refused(&error))?;
    documents.retain(|document| !document.is_null());
    documents.iter_mut().for_each(normalize);
    Ok(documents)
}

/// The one document of `bytes`.
///
/// # Errors
/// As [`read`], and where there is no document or more than one.
pub fn read_one(bytes: &[u8], duplicates: Duplicates) -> Result<Value, YamlError> {
    one(read(bytes, duplicates)?)
}

/// The one document of `bytes`, the body of a request: fewer names, values and aliases are read than of a file.
///
/// # Errors
/// As [`read_one`].
pub fn read_body(bytes: &[u8], duplicates: Duplicates) -> Result<Value, YamlError> {
    one(read_within(bytes, duplicates, Bounds::Request)?)
}

fn one(mut documents: Vec<Value>) -> Result<Value, YamlError> {
    match documents.pop() {
        Some(document) if documents.is_empty() => Ok(document),
        last => Err(YamlError::Documents(documents.len() + usize::from(last.is_some()))),
    }
}

fn read_json(text: &str) -> Option<Vec<Value>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok()
}

/// How many names and values, aliases, and events that stand for aliases are read.
struct Most {
    nodes: usize,
    aliases: usize,
    replayed: usize,
}

impl Bounds {
    fn of(self, text: &str) -> Most {
        let json = text.trim_start().starts_with(['{', '[']);
        match self {
            Self::File => Most { nodes: 2_000_000, aliases: 50_000, replayed: 200_000 },
            Self::Request => Most { nodes: if json { 200_000 } else { MAX_NODES }, aliases: MAX_ALIASES, replayed: 10_000 },
        }
    }
}

fn settings(duplicates: Duplicates, most: Most) -> Options {
    options! {
        legacy_octal_numbers: true,
        with_snippet: false,
        ignore_binary_tag_for_string: true,
        duplicate_keys: match duplicates {
            Duplicates::Refuse => DuplicateKeyPolicy::Error,
            Duplicates::LastWins => DuplicateKeyPolicy::PassThrough,
        },
        alias_limits: alias_limits! { max_total_replayed_events: most.replayed },
        budget: budget! {
            max_documents: 10_000,
            max_depth: MAX_DEPTH,
            max_nodes: most.nodes,
            max_aliases: most.aliases,
            max_events: 6_000_000,
        },
    }
}

fn refused(error: &serde_saphyr::Error) -> YamlError {
    let place = error.location();
    let (line, column) = place.map_or((0, 0), |place| (place.line(), place.column()));
    let message = error.without_snippet().to_string();
    // The library puts the place into its text as well, on either side.
    let suffix = format!(" at line {line}, column {column}");
    let prefix = format!("line {line} column {column}: ");
    let message = message.strip_suffix(&suffix).or_else(|| message.strip_prefix(&prefix)).unwrap_or(&message).to_owned();
    YamlError::Yaml { line, column, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(text: &str) -> Value {
        read_one(text.as_bytes(), Duplicates::LastWins).unwrap()
    }

    #[test]
    fn scalars_read_as_in_go() {
        let pairs = [
            ("on", json!(true)),
            ("yes", json!(true)),
            ("off", json!(false)),
            ("017", json!(15)),
            ("1e3", json!(1000)),
            ("1.0", json!(1)),
            ("1.5", json!(1.5)),
            ("0x10", json!(16)),
            ("\"017\"", json!("017")),
            ("~", Value::Null),
            ("1.2.3", json!("1.2.3")),
            ("100m", json!("100m")),
            ("'true'", json!("true")),
            ("-5", json!(-5)),
            ("12345678901234567890", json!(12_345_678_901_234_567_890_u64)),
            ("2001-01-01", json!("2001-01-01")),
        ];
        for (text, value) in pairs {
            assert_eq!(one(&format!("v: {text}")), json!({"v": value}), "{text}");
        }
    }

    #[test]
    fn keys_are_text_and_merges_expand() {
        assert_eq!(one("1: a\ntrue: b\n"), json!({"1": "a", "true": "b"}));
        assert_eq!(one("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n"), json!({"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3}}));
    }

    #[test]
    fn a_stream_has_many_documents_and_skips_empty_ones() {
        let documents = read(b"---\na: 1\n---\n# nothing\n---\nb: 2\n...\n", Duplicates::LastWins).unwrap();
        assert_eq!(documents, [json!({"a": 1}), json!({"b": 2})]);
        assert_eq!(read(b"{\"a\":1}\n{\"b\":2}", Duplicates::LastWins).unwrap().len(), 2);
        assert_eq!(read_one(b"", Duplicates::Refuse), Err(YamlError::Documents(0)));
    }

    #[test]
    fn an_error_says_where() {
        let error = read(b"a: 1\nb: [1,\nc: 2\n", Duplicates::LastWins).unwrap_err();
        assert!(matches!(error, YamlError::Yaml { line: 2.., column: 1.., .. }), "{error}");
        assert!(error.to_string().starts_with("error converting YAML to JSON: yaml: line "), "{error}");
        let twice = read(b"a: 1\nb: 2\na: 3\n", Duplicates::Refuse).unwrap_err();
        assert!(matches!(twice, YamlError::Yaml { line: 3, .. }), "{twice}");
        assert_eq!(one("a: 1\na: 3\n"), json!({"a": 3}));
    }

    #[test]
    fn bombs_and_towers_are_refused() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let alias = format!("*a{},", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
        }
        assert!(read(bomb.as_bytes(), Duplicates::LastWins).is_err());
        let tower = |height| format!("{}1{}", "{\"a\":".repeat(height), "}".repeat(height));
        assert!(read(tower(60).as_bytes(), Duplicates::Refuse).is_ok());
        assert!(read("[".repeat(100_000).as_bytes(), Duplicates::LastWins).is_err());
        assert!(read(tower(500).as_bytes(), Duplicates::LastWins).is_err());
        assert!(read(b"\xff", Duplicates::LastWins).is_err());
    }
}
