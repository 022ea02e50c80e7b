//! Address ranges.

use std::fmt;
use std::net::IpAddr;

use super::{address_size, ip};
use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Inner, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// An address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    pub(super) address: IpAddr,
    bits: u8,
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Cidr {
    fn parse(text: &str) -> Result<Self, EvaluationError> {
        Self::read(text).map_err(|why| {
            let step = "network address parse error during conversion from string";
            EvaluationError::invalid(format!("{step}: {step}: netip.ParsePrefix({text:?}): {why}"))
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        let (address, bits) = text.rsplit_once('/').ok_or("no '/'")?;
        let address = ip::parse(address).map_err(|error| {
            let told = error.to_string();
            told.find("ParseAddr(").and_then(|at| told.get(at..)).unwrap_or(&told).to_owned()
        })?;
        let plain = !bits.is_empty() && bits.bytes().all(|c| c.is_ascii_digit()) && !(bits.len() > 1 && bits.starts_with('0'));
        let bits: u8 = bits.parse().ok().filter(|_| plain).ok_or_else(|| match plain {
            true => "prefix length out of range".to_owned(),
            false => format!("bad bits after slash: {bits:?}"),
        })?;
        if usize::from(bits) > address_size(address) * 8 {
            return Err("prefix length out of range".into());
        }
        Ok(Self { address, bits })
    }

    /// What its size counts as in costs.
    pub(crate) fn size(&self) -> usize {
        usize::from(self.bits).div_ceil(8)
    }

    fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & mask32(self.bits)).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & mask128(self.bits)).into()),
        };
        Self { address, ..self }
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()) & mask32(self.bits) == 0,
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()) & mask128(self.bits) == 0,
            _ => false,
        }
    }
}

const fn mask32(bits: u8) -> u32 {
    match u32::MAX.checked_shl(32 - bits as u32) {
        Some(mask) => mask,
        None => 0,
    }
}

const fn mask128(bits: u8) -> u128 {
    match u128::MAX.checked_shl(128 - bits as u32) {
        Some(mask) => mask,
        None => 0,
    }
}

/// The range that is the first value.
pub(super) fn of(values: &[Value<'_>]) -> Option<Cidr> {
    match values.first() {
        Some(Value::Opaque(foreign)) => match &foreign.0 {
            Inner::Cidr(cidr) => Some(*cidr),
            _ => None,
        },
        _ => None,
    }
}

fn this(values: &[Value<'_>]) -> Result<Cidr, EvaluationError> {
    of(values).ok_or(EvaluationError::NoSuchOverload)
}

pub(super) fn cidr<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text)] => Cidr::parse(text).map(|cidr| Value::inner(Inner::Cidr(cidr))),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn is_cidr<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text)] => Ok(Value::Bool(Cidr::parse(text).is_ok())),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn contains_ip<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let address = match values.get(1) {
        Some(Value::String(text)) => ip::parse(text)?,
        Some(Value::Opaque(foreign)) => match &foreign.0 {
            Inner::Ip(address) => *address,
            _ => return Err(EvaluationError::NoSuchOverload),
        },
        _ => return Err(EvaluationError::NoSuchOverload),
    };
    Ok(Value::Bool(this(values)?.contains(address)))
}

pub(super) fn contains_cidr<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let this = this(values)?;
    let other = match values.get(1) {
        Some(Value::String(text)) => Cidr::parse(text)?,
        _ => of(values.get(1..).unwrap_or_default()).ok_or(EvaluationError::NoSuchOverload)?,
    };
    Ok(Value::Bool(this.bits <= other.bits && this.contains(other.address)))
}

pub(super) fn masked<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::inner(Inner::Cidr(this(values)?.masked())))
}

pub(super) fn prefix_length<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Int(this(values)?.bits.into()))
}
