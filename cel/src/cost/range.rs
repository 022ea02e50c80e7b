/// Bounds of a cost or a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least it may be.
    pub min: u64,
    /// The most it may be.
    pub max: u64,
}

/// One step from a variable to a part of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'p> {
    /// A variable (first) or a field.
    Field(&'p str),
    /// The elements of a list.
    Items,
    /// The numbers of the elements of a list.
    Indices,
    /// The keys of a map.
    Keys,
    /// The values of a map.
    Values,
}

/// Knows how large inputs may be.
pub trait Sizes {
    /// Bounds of the size of what lies at `path`; `None` where nothing is known.
    fn size(&self, path: &[Step<'_>]) -> Option<Range>;
}

impl Range {
    /// Nothing known.
    pub(crate) const UNKNOWN: Self = Self { min: 0, max: u64::MAX };
    pub(crate) const ZERO: Self = Self::exactly(0);

    pub(crate) const fn exactly(value: u64) -> Self {
        Self { min: value, max: value }
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self { min: self.min.saturating_add(other.min), max: self.max.saturating_add(other.max) }
    }

    pub(crate) const fn times(self, other: Self) -> Self {
        Self { min: self.min.saturating_mul(other.min), max: self.max.saturating_mul(other.max) }
    }

    pub(crate) fn by(self, factor: f64) -> Self {
        Self { min: scale(self.min, factor), max: scale(self.max, factor) }
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// `value × factor`, rounded up.
pub(crate) fn scale(value: u64, factor: f64) -> u64 {
    let product = (value as f64 * factor).ceil();
    if product >= 18_446_744_073_709_551_615.0 { u64::MAX } else { product as u64 }
}
