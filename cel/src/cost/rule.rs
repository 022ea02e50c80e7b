/// How the cost of a function follows from its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// 1.
    Unit,
    /// An authorization check.
    Check,
    /// Building a selector from text.
    Selector,
    /// Walking over all of a list's parts.
    Traverse,
    /// Walking over the text once.
    Text,
    /// Walking over the text twice.
    TextTwice,
    /// Walking over the text, which becomes longer (`strings.quote`).
    Quote,
    /// Walking over the text (`format`).
    Format,
    /// Comparing each item of a list with each of another, so often.
    Sets(u8),
    /// Walking over the result twice.
    Join,
    /// A regular expression (`find`).
    Find,
    /// A regular expression (`matches`).
    Matches,
    ContainsIp,
    ContainsCidr,
    /// A named format.
    Validate,
    Equal,
    /// Ordering.
    Compare,
    Add,
    /// `string(bytes)`, `bytes(string)`.
    Convert,
    StartsWith,
    Contains,
    In,
    /// A list of as many as the number asks for.
    Count,
    /// A list of parts of another.
    Copy,
    /// Lists in a list, taken apart.
    Flatten,
    /// Comparing each item of the last list with each other one.
    Sort,
}

impl Rule {
    /// The rule of a function.
    pub(crate) fn of(function: &str) -> Self {
        match function {
            "check" => Self::Check,
            "fieldSelector" | "labelSelector" => Self::Selector,
            "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" => Self::Traverse,
            "url"
            | "lowerAscii"
            | "upperAscii"
            | "substring"
            | "trim"
            | "jsonpatch.escapeKey"
            | "cidr"
            | "isIP"
            | "isCIDR"
            | "ip"
            | "quantity"
            | "isQuantity"
            | "semver"
            | "isSemver" => Self::Text,
            "replace" | "split" | "ip.isCanonical" => Self::TextTwice,
            "join" => Self::Join,
            "strings.quote" => Self::Quote,
            "format" => Self::Format,
            "sets.contains" | "sets.intersects" => Self::Sets(1),
            "sets.equivalent" => Self::Sets(2),
            "find" | "findAll" => Self::Find,
            "matches" => Self::Matches,
            "containsIP" => Self::ContainsIp,
            "containsCIDR" => Self::ContainsCidr,
            "validate" => Self::Validate,
            "_==_" | "_!=_" => Self::Equal,
            "_<_" | "_<=_" | "_>_" | "_>=_" => Self::Compare,
            "_+_" => Self::Add,
            "string" | "bytes" => Self::Convert,
            "startsWith" | "endsWith" => Self::StartsWith,
            "contains" => Self::Contains,
            "@in" => Self::In,
            "lists.range" => Self::Count,
            "reverse" | "slice" => Self::Copy,
            "flatten" => Self::Flatten,
            "distinct" | "sort" | "@sortByAssociatedKeys" => Self::Sort,
            _ => Self::Unit,
        }
    }
}
