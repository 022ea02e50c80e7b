//! The step that reacts to CustomResourceDefinitions: accepts their names, establishes them, and empties
//! those that go.

mod conditions;
mod establish;
mod finalize;
mod granted;
mod names;
mod write;

pub use establish::establish;
