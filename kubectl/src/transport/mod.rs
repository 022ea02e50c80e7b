//! What commands ask of the API server: JSON, streams of lines, WebSockets.

mod client;
mod lines;
mod websocket;

pub(crate) use client::Client;
pub(crate) use lines::Lines;
pub(crate) use websocket::Channels;
