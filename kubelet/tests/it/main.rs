//! The kubelet against real and simulated runtimes.

#[cfg(test)]
mod docker;
#[cfg(test)]
mod features;
#[cfg(test)]
mod images;
#[cfg(test)]
mod network;
#[cfg(test)]
mod pods;
#[cfg(test)]
mod reconcilers;
#[cfg(test)]
mod server;
#[cfg(test)]
mod simulated_nodes;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod tokens;
