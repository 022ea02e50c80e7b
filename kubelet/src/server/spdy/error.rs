//! Why a connection cannot go on.

/// Why a connection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SpdyError {
    /// The connection broke.
    #[error("the connection broke off")]
    Io(#[from] std::io::Error),
    /// The peer speaks another version.
    #[error("a control frame of version {0}, not 3")]
    Version(u16),
    /// A control frame, or what its headers decompress to, is longer than is taken.
    #[error("a control frame of more than {0} bytes")]
    TooLarge(usize),
    /// A control frame that is shorter than its fields.
    #[error("a control frame of type {0} is cut short")]
    Short(u16),
    /// Headers that do not decompress or are not built as they should be.
    #[error("a header block cannot be read: {0}")]
    Headers(String),
}
