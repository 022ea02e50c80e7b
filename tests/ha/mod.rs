//! Three masters as real processes on loopback addresses, of which some are killed, lost or moved.

mod audited;
mod certificates;
mod chaos;
mod clients;
mod failover;
mod in_doubt;
mod keys;
mod masters;
mod moving;
mod once;
mod pages;
mod recovery;
mod removing;
mod restoring;
mod watched;
