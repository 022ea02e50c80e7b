//! SPDY/3.1 as clients of Kubernetes speak it: streams that the client opens over one connection.
//!
//! Memory is bounded: so many streams, so many bytes of a control frame, so many pieces waiting; then
//! the connection is not read on.

mod dictionary;
mod error;
mod frame;
mod headers;
mod session;
mod stream;

pub use error::SpdyError;
pub use headers::Headers;
pub use session::Session;
pub use stream::{Stream, StreamReader, StreamWriter};
