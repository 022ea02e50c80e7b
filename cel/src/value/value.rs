use std::net::IpAddr;
use std::sync::Arc;

use super::{List, Map, Text};
use crate::library::{Authz, Cidr, NamedFormat, Quantity, Semver, Url};
use crate::types::Opaque;

/// A value.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `uint`.
    Uint(u64),
    /// `double`.
    Double(f64),
    /// `string`.
    String(Text<'a>),
    /// `bytes`.
    Bytes(Arc<[u8]>),
    /// `google.protobuf.Timestamp`.
    Timestamp(jiff::Timestamp),
    /// `google.protobuf.Duration`, in nanoseconds.
    Duration(i64),
    /// A list.
    List(List<'a>),
    /// A map or an object.
    Map(Map<'a>),
    /// A type, by name.
    Type(Text<'a>),
    /// `optional.of(…)` or `optional.none()`.
    Optional(Option<Arc<Value<'a>>>),
    /// A value of the Kubernetes libraries.
    Opaque(Foreign<'a>),
    /// What its schema has no value for, and why: to look at it is a fault.
    Misfit(&'static str),
}

/// Values of the Kubernetes libraries.
#[derive(Clone, Debug)]
pub struct Foreign<'a>(pub(crate) Inner<'a>);

#[derive(Clone, Debug)]
pub(crate) enum Inner<'a> {
    Url(Arc<Url>),
    Ip(IpAddr),
    Cidr(Cidr),
    Quantity(Box<Quantity>),
    Semver(Arc<Semver>),
    Format(&'static NamedFormat),
    Authz(Arc<Authz<'a>>),
}

impl Foreign<'_> {
    /// Its type.
    pub(crate) fn opaque(&self) -> Opaque {
        match &self.0 {
            Inner::Url(_) => Opaque::Url,
            Inner::Ip(_) => Opaque::Ip,
            Inner::Cidr(_) => Opaque::Cidr,
            Inner::Quantity(_) => Opaque::Quantity,
            Inner::Semver(_) => Opaque::Semver,
            Inner::Format(_) => Opaque::Format,
            Inner::Authz(authz) => authz.opaque(),
        }
    }
}

impl<'a> Value<'a> {
    /// The value as `bool`.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value as text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::String(Text::from(text.into()))
    }

    pub(crate) fn some(value: Self) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }

    pub(crate) const fn inner(inner: Inner<'a>) -> Self {
        Self::Opaque(Foreign(inner))
    }

    /// What `type()` gives.
    pub(crate) fn type_name(&self) -> Text<'a> {
        Text::Borrowed(match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::List(_) => "list",
            Self::Map(map) => return map.type_name(),
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
            Self::Opaque(foreign) => foreign.opaque().name(),
            Self::Misfit(_) => "error",
        })
    }

    /// What `size()` gives; 1 for what has no size.
    pub(crate) fn size(&self) -> u64 {
        let size = match self {
            Self::String(text) if text.is_ascii() => text.len(),
            Self::String(text) => text.chars().count(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(list) => list.len(),
            Self::Map(map) => map.len(),
            Self::Opaque(foreign) => match &foreign.0 {
                Inner::Ip(address) => crate::library::address_size(*address),
                Inner::Cidr(cidr) => cidr.size(),
                _ => 1,
            },
            _ => 1,
        };
        size as u64
    }

    /// Whether it is its type's zero value (`optional.ofNonZeroValue`).
    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Null | Self::Optional(None) => true,
            Self::Bool(value) => !value,
            Self::Int(value) | Self::Duration(value) => *value == 0,
            Self::Uint(value) => *value == 0,
            Self::Double(value) => *value == 0.0,
            Self::String(_) | Self::Bytes(_) | Self::List(_) | Self::Map(_) => self.size() == 0,
            Self::Timestamp(_) | Self::Type(_) | Self::Optional(Some(_)) | Self::Opaque(_) | Self::Misfit(_) => false,
        }
    }
}
