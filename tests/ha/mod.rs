//! Three masters as real processes on loopback addresses, of which some are killed, lost or moved.

mod failover;
mod masters;
mod moving;
mod once;
mod recovery;
mod watched;
