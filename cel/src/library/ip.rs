//! IP addresses.

use std::net::{IpAddr, Ipv6Addr};

use super::cidr;
use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Inner, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// The address, or why it is none. IPv4 within IPv6 and zones are refused.
pub(super) fn parse(text: &str) -> Result<IpAddr, EvaluationError> {
    if text.contains('%') && text.contains(':') {
        return Err(EvaluationError::invalid(format!("IP address {text:?} with zone value is not allowed")));
    }
    let address: IpAddr = text.parse().map_err(|_| {
        EvaluationError::invalid(format!(
            "IP Address {text:?} parse error during conversion from string: ParseAddr({text:?}): unable to parse IP"
        ))
    })?;
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => {
            Err(EvaluationError::invalid(format!("IPv4-mapped IPv6 address {text:?} is not allowed")))
        }
        _ => Ok(address),
    }
}

/// Bytes of the address.
pub(crate) const fn address_size(address: IpAddr) -> usize {
    if address.is_ipv4() { 4 } else { 16 }
}

fn text<'v>(values: &'v [Value<'_>]) -> Result<&'v str, EvaluationError> {
    match values {
        [Value::String(text)] => Ok(text),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

/// `ip(string)`, or the address of a range.
pub(super) fn ip<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let address = match cidr::of(values) {
        Some(cidr) => cidr.address,
        None => parse(text(values)?)?,
    };
    Ok(Value::inner(Inner::Ip(address)))
}

pub(super) fn is_ip<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Bool(parse(text(values)?).is_ok()))
}

pub(super) fn is_canonical<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let text = text(values)?;
    Ok(Value::Bool(parse(text)?.to_string() == text))
}

fn address(values: &[Value<'_>]) -> Result<IpAddr, EvaluationError> {
    match values {
        [Value::Opaque(foreign)] => match &foreign.0 {
            Inner::Ip(address) => Ok(*address),
            _ => Err(EvaluationError::NoSuchOverload),
        },
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn family<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Int(if address(values)?.is_ipv4() { 4 } else { 6 }))
}

pub(super) fn is_unspecified<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Bool(address(values)?.is_unspecified()))
}

pub(super) fn is_loopback<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Bool(address(values)?.is_loopback()))
}

fn link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(v6) => starts(v6, 0xff02, 0xff0f),
    }
}

const fn link_local_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn starts(address: Ipv6Addr, value: u16, mask: u16) -> bool {
    address.segments()[0] & mask == value
}

pub(super) fn is_link_local_multicast<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Bool(link_local_multicast(address(values)?)))
}

pub(super) fn is_link_local_unicast<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::Bool(link_local_unicast(address(values)?)))
}

/// As Go has it: also private addresses.
pub(super) fn is_global_unicast<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let address = address(values)?;
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    let other = address.is_unspecified() || address.is_loopback() || address.is_multicast() || link_local_unicast(address);
    Ok(Value::Bool(!broadcast && !other))
}
