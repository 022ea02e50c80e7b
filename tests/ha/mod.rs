//! Three masters as real processes on loopback addresses, whose leader is killed.

mod failover;
mod masters;
