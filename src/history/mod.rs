//! `kontiki history`: of which kinds the past is kept.

mod api;
mod commands;

pub use api::{FORGOTTEN, answer};
pub use commands::{HistoryCommand, history};
