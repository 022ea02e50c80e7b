//! An amount of a resource.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::QuantityError;
use super::{parse, print};

/// How an amount is written; kept from reading to printing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Powers of ten with suffixes: `100m`, `12k`.
    #[default]
    DecimalSi,
    /// Powers of 1024 with suffixes: `64Mi`.
    BinarySi,
    /// Powers of ten with exponents: `12e6`.
    DecimalExponent,
}

pub(super) const NANO: i128 = 1_000_000_000;

/// An amount, exact to a billionth; finer ones are rounded away from zero. Ordered and compared by value.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    pub(super) nanos: i128,
    pub(super) format: Format,
}

impl Quantity {
    /// `units` whole units.
    pub const fn from_units(units: i64, format: Format) -> Self {
        Self { nanos: units as i128 * NANO, format }
    }

    /// `millis` thousandths.
    pub const fn from_millis(millis: i64, format: Format) -> Self {
        Self { nanos: millis as i128 * (NANO / 1000), format }
    }

    /// Reads text such as `1.5Gi`, `100m`, `2e3`.
    ///
    /// # Errors
    /// The text is not a quantity.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        parse::parse(text)
    }

    /// Reads a JSON string or number.
    ///
    /// # Errors
    /// The value is neither, or not a quantity.
    pub fn from_value(value: &Value) -> Result<Self, QuantityError> {
        match value {
            Value::String(text) => Self::parse(text.trim()),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => Err(QuantityError::Format),
        }
    }

    /// Whole units, rounded away from zero; saturates.
    pub fn units(self) -> i64 {
        self.rounded(NANO)
    }

    /// Thousandths, rounded away from zero; saturates.
    pub fn millis(self) -> i64 {
        self.rounded(NANO / 1000)
    }

    /// How it is written.
    pub const fn format(self) -> Format {
        self.format
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// The sum; written as `self`, or as `other` where `self` is nothing.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.joined(other, self.nanos.saturating_add(other.nanos))
    }

    /// The difference; written as `self`, or as `other` where `self` is nothing.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.joined(other, self.nanos.saturating_sub(other.nanos))
    }

    /// Rounded away from zero to thousandths, as defaulting does with every `ResourceList`.
    #[must_use]
    pub fn rounded_to_millis(self) -> Self {
        Self { nanos: away_from_zero(self.nanos, NANO / 1000) * (NANO / 1000), ..self }
    }

    fn joined(self, other: Self, nanos: i128) -> Self {
        Self { nanos, format: if self.is_zero() { other.format } else { self.format } }
    }

    fn rounded(self, unit: i128) -> i64 {
        let amount = away_from_zero(self.nanos, unit);
        i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
    }
}

/// `amount` in whole `unit`s, rounded away from zero.
pub(super) fn away_from_zero(amount: i128, unit: i128) -> i128 {
    amount / unit + if amount % unit == 0 { 0 } else { amount.signum() }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        Self::parse(text)
    }
}

/// The canonical form of upstream: the largest suffix that needs no fraction.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::print(*self, f)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        Quantity::parse(text).unwrap().to_string()
    }

    #[test]
    fn printing_is_canonical() {
        let pairs = [
            ("0", "0"),
            ("0Ki", "0"),
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1500000", "1500k"),
            ("12e6", "12e6"),
            ("12E6", "12e6"),
            ("1024Ki", "1Mi"),
            ("1.5Gi", "1536Mi"),
            ("1Ki", "1Ki"),
            ("512Ki", "512Ki"),
            ("1023", "1023"),
            ("0.1Ki", "102400m"),
            ("100E", "9223372036854775807"),
            (".001n", "1n"),
            ("-1.1n", "-2n"),
            ("+5", "5"),
            ("1.", "1"),
            ("1000k", "1M"),
            ("123456789012345678901234567890", "9223372036854775807"),
            ("500u", "500u"),
            ("1e3", "1e3"),
            ("100e-3", "100e-3"),
            ("2048", "2048"),
            ("2Ei", "2Ei"),
            ("9E", "9E"),
            ("8Ei", "9223372036854775807"),
            ("1000Ki", "1000Ki"),
            ("0.5Ki", "512"),
        ];
        for (text, printed) in pairs {
            assert_eq!(canonical(text), printed, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_quantity_is_refused() {
        for text in ["", "a", "1.2.3", "1 Gi", "1GiB", "--1", "1e", "1ee3", "1Kii", "m", "1e99999999999"] {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_round_up_and_sums_keep_their_format() {
        let quantity = |text: &str| Quantity::parse(text).unwrap();
        assert_eq!(quantity("1.5").units(), 2);
        assert_eq!(quantity("-1.5").units(), -2);
        assert_eq!(quantity("1n").millis(), 1);
        assert_eq!(quantity("64Mi").plus(quantity("64Mi")).to_string(), "128Mi");
        assert_eq!(quantity("0").plus(quantity("1Gi")).to_string(), "1Gi");
        assert_eq!(quantity("1").minus(quantity("250m")).to_string(), "750m");
        assert!(quantity("1Gi") > quantity("1G"));
        assert_eq!(quantity("1000m"), quantity("1"));
        assert_eq!(quantity("1u").rounded_to_millis().to_string(), "1m");
    }

    proptest! {
        #[test]
        fn canonical_text_reads_back_as_itself(text in "[+-]?[0-9]{0,20}(\\.[0-9]{0,12})?(|n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|e[+-]?[0-9]{1,2})") {
            if let Ok(quantity) = Quantity::parse(&text) {
                let printed = quantity.to_string();
                let again = Quantity::parse(&printed).unwrap();
                prop_assert_eq!(again, quantity);
                prop_assert_eq!(again.to_string(), printed);
            }
        }

        #[test]
        fn adding_and_taking_away_is_nothing(a in any::<i64>(), b in any::<i64>()) {
            let (a, b) = (Quantity::from_millis(a, Format::BinarySi), Quantity::from_millis(b, Format::DecimalSi));
            prop_assert_eq!(a.plus(b).minus(b), a);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,16}") {
            let _ = Quantity::parse(&text);
        }
    }
}
