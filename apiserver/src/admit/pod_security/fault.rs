//! What a pod does not meet.

/// One thing that a level does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Upstream's short reason.
    pub reason: &'static str,
    /// Who does what.
    pub detail: String,
}

impl Fault {
    /// A fault, unless `detail` is empty.
    pub fn new(reason: &'static str, detail: impl Into<String>) -> Option<Self> {
        let detail = detail.into();
        (!detail.is_empty()).then_some(Self { reason, detail })
    }
}

/// `reason (detail), reason (detail)`, as upstream lists them.
pub(super) fn told(faults: &[Fault]) -> String {
    let parts: Vec<String> = faults.iter().map(|fault| format!("{} ({})", fault.reason, fault.detail)).collect();
    parts.join(", ")
}

/// `container "a"` or `containers "a", "b"`.
pub(super) fn named(one: &str, names: &[String]) -> String {
    format!("{} {}", plural(one, names.len()), quoted(names))
}

/// `"a", "b"`; quotation marks within stay as they are.
pub(super) fn quoted(names: &[String]) -> String {
    format!("\"{}\"", names.join("\", \""))
}

/// `one` with an `s` where there are more.
pub(super) fn plural(one: &str, count: usize) -> String {
    if count == 1 { one.to_owned() } else { format!("{one}s") }
}
