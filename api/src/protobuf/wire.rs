//! The wire format: tags and values.

/// A body that is no protobuf, or nested too deeply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    /// The bytes end inside a value.
    #[error("unexpected end of the message")]
    Truncated,
    /// A number has more than 64 bits.
    #[error("a number is too long")]
    Overlong,
    /// A wire type that nobody writes.
    #[error("wire type {0} is not supported")]
    Type(u64),
    /// A value of another wire type than its field's.
    #[error("a field has the wrong wire type")]
    Mismatch,
    /// Text that is no UTF-8.
    #[error("a text is not valid UTF-8")]
    Utf8,
    /// Embedded JSON that does not parse.
    #[error("embedded JSON does not parse")]
    Json,
    /// Messages within messages without end.
    #[error("messages are nested too deeply")]
    Depth,
    /// More values than a body may hold.
    #[error("it holds too many values")]
    Values,
}

/// A value as the wire has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    /// A number of up to 64 bits, of variable length.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Four bytes.
    Fixed32(u32),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
}

impl<'a> Wire<'a> {
    /// The bytes of text, bytes or a message.
    pub const fn bytes(self) -> Result<&'a [u8], WireError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(WireError::Mismatch),
        }
    }

    /// The text.
    pub fn text(self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| WireError::Utf8)
    }

    /// Whether this is what Go's types begin with: zero, false, no text, no message.
    pub const fn is_zero(self) -> bool {
        match self {
            Self::Varint(number) | Self::Fixed64(number) => number == 0,
            Self::Fixed32(number) => number == 0,
            Self::Bytes(bytes) => bytes.is_empty(),
        }
    }

    /// The whole number; negative ones are written in full width.
    pub const fn int(self) -> Result<i64, WireError> {
        match self {
            Self::Varint(number) => Ok(number.cast_signed()),
            _ => Err(WireError::Mismatch),
        }
    }
}

/// The fields of a message, in the order of the wire.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u64, Wire<'a>), WireError> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| WireError::Truncated)?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            other => return Err(WireError::Type(other)),
        };
        Ok((key >> 3, value))
    }

    /// The next number of several that lie together.
    pub fn varint(&mut self) -> Result<u64, WireError> {
        let mut number = 0u64;
        for at in 0..10 {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(WireError::Overlong)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        self.take(N)?.try_into().map_err(|_| WireError::Truncated)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WireError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>), WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// The value of field `tag`, the last if there are several.
pub(super) fn find(message: &[u8], tag: u64) -> Result<Option<Wire<'_>>, WireError> {
    let mut found = None;
    for field in Fields(message) {
        let (at, value) = field?;
        if at == tag {
            found = Some(value);
        }
    }
    Ok(found)
}
