//! HTTP: the accept loop, request to the pipeline, answer to bytes.

mod body;

pub use body::Body;
