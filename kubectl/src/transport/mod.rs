//! HTTP to the API server: requests, streams of lines, WebSockets.

mod client;
mod connect;
mod endpoint;
mod lines;
mod tls;
mod websocket;

pub(crate) use client::Client;
pub(crate) use lines::Lines;
pub(crate) use websocket::Channels;
