//! The Pod Security Standards, by the labels of namespaces.

mod baseline;
mod configuration;
mod evaluate;
mod fault;
mod namespace;
#[cfg(test)]
mod namespace_tests;
mod plugin;
mod policy;
mod restricted;
mod setters;
mod significant;
mod template;
#[cfg(test)]
mod tests;

pub use configuration::PodSecurityConfiguration;
pub(super) use plugin::PodSecurity;
