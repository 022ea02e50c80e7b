//! The server over a store in memory: every verb in process, and real clients over TLS.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_services;
mod apply;
mod audit;
mod bombs;
mod collections;
mod columns;
mod component_statuses;
mod counting;
mod custom;
mod custom_conversion;
mod custom_schemas;
mod custom_watches;
mod deleted_watches;
mod deletions;
mod denied;
mod documents;
mod evictions;
mod harness;
mod heads;
mod history;
mod hook_conditions;
mod hook_server;
mod hooks;
mod hostile;
mod http;
mod kubectl;
mod kubectl_admission;
mod limits;
mod listening;
mod options;
mod paths;
mod policies;
mod protobuf;
#[path = "../../../api/tests/it/protobuf_encoder.rs"]
mod protobuf_encoder;
mod quotas;
mod rights;
mod services;
mod subresources;
mod tidy;
mod unread;
mod upstream;
mod watch_sockets;
mod watches;
mod writes;
mod zeros;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;
