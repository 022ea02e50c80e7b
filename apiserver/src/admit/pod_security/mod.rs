//! The Pod Security Standards, by the labels of namespaces.

mod baseline;
mod evaluate;
mod fault;
mod namespace;
mod plugin;
mod policy;
mod restricted;
mod setters;
mod template;
#[cfg(test)]
mod tests;

pub(super) use plugin::PodSecurity;
