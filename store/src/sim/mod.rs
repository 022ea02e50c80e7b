//! The replicated store in a world of its own: several members in one thread, on disks, a network and clocks that are
//! made up from one seed. Clients write, read and watch, everything breaks, then everything heals, and all of them must
//! have seen one store. Time is virtual; the same seed gives the same run, to the byte (docs/simulation.md).
//!
//! What runs is the product: Raft, the proposer, reads, the state machine, watches, the messages between members. What
//! is made up lies behind the seams that the product has anyway: `LogCommand` and `OlderEntries` (the log's file),
//! `TableCommand` and `SnapshotSource` (the tables), `Transport` (the network), tokio's clock.

mod campaign;
mod chance;
mod client;
mod cluster;
mod dice;
mod faults;
mod history;
mod log_disk;
mod log_writer;
mod member;
mod mutant;
mod network;
mod objects;
mod open_store;
mod operator;
mod plan;
mod run;
mod snapshots;
mod tables;
mod watcher;
mod work;
mod world;
