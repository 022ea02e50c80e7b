use serde_json::Value;

/// What an object is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// One value that is written, swapped and deleted.
    Register,
    /// A text of elements to which one is appended.
    List,
    /// An object with a field for each element.
    Set,
    /// One element of a set that is a collection of objects.
    Element,
    /// Shows that the cluster works.
    Marker,
}

const LETTERS: [(Sort, char); 5] =
    [(Sort::Register, 'r'), (Sort::List, 'l'), (Sort::Set, 's'), (Sort::Element, 'e'), (Sort::Marker, 'm')];

/// The name of an object, taken apart: `l-12-3-0` is list 3 of round 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// What it is for.
    pub sort: Sort,
    /// In which round it is used.
    pub round: u32,
    /// Which of these.
    pub at: u32,
    /// The element, of an [`Sort::Element`]; otherwise 0.
    pub element: u64,
}

impl Name {
    /// The name of an object that is no element.
    pub fn new(sort: Sort, round: u32, at: usize) -> Self {
        Self { sort, round, at: u32::try_from(at).unwrap_or_default(), element: 0 }
    }

    /// The name that this text is.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let letter = parts.next()?;
        let sort = LETTERS.iter().find(|(_, one)| letter.len() == 1 && letter.starts_with(*one))?.0;
        let mut number = || parts.next()?.parse::<u64>().ok();
        let (round, at, element) = (number()?, number()?, number()?);
        Some(Self { sort, round: u32::try_from(round).ok()?, at: u32::try_from(at).ok()?, element })
    }

    /// The name and the revision of an object.
    pub fn of(object: &Value) -> Option<(Self, u64)> {
        let text = |pointer: &str| object.pointer(pointer)?.as_str();
        Some((Self::parse(text("/metadata/name")?)?, text("/metadata/resourceVersion")?.parse().ok()?))
    }

    /// The number that stands for what the object holds; no two writes of one object leave the same.
    pub fn value(self, object: &Value) -> Option<u64> {
        let text = |field: &str| object.get("data")?.get(field)?.as_str();
        match self.sort {
            Sort::Register | Sort::Marker => text("v")?.parse().ok(),
            Sort::List => Some(text("v").unwrap_or_default().rsplit(',').next()?.parse().unwrap_or_default()),
            Sort::Set => Some(text("last").unwrap_or_default().parse().unwrap_or_default()),
            Sort::Element => Some(self.element),
        }
    }

    /// The labels that watchers and lists select by.
    pub fn labels(self) -> Value {
        let yes = |wanted: &[Sort]| if wanted.contains(&self.sort) || self.sort == Sort::Marker { "yes" } else { "no" };
        serde_json::json!({
            "round": format!("{}", self.round),
            "set": format!("{}-{}", self.round, self.at),
            "registers": yes(&[Sort::Register]),
            "elements": yes(&[Sort::Element]),
        })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letter = LETTERS.iter().find(|(sort, _)| *sort == self.sort).map_or('?', |(_, letter)| *letter);
        write!(f, "{letter}-{}-{}-{}", self.round, self.at, self.element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_it_was_written() {
        let name = Name { sort: Sort::Element, round: 7, at: 2, element: 1_234_567 };
        assert_eq!(Name::parse(&name.to_string()), Some(name));
        assert_eq!(Name::parse("kube-root-ca.crt"), None);
        assert_eq!(Name::parse("l-1-2"), None);
    }
}
