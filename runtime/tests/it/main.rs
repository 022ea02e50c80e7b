//! The engine on a cluster in memory.

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod http;
#[cfg(test)]
mod reconcilers;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod suite;
