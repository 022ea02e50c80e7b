//! Admission webhooks: who is asked about a request, what they are sent, and what their answers mean.
//!
//! Follows upstream's `admissionregistration.k8s.io/v1`. Configurations are read from the store by whoever needs
//! them, so that a change counts from the next request on. Webhook configurations and admission policies, and the
//! leases by which nodes and leaders stay alive, are never sent to a webhook: a broken one cannot lock out its repair.

mod call;
mod conditions;
mod configurations;
mod connection;
mod exempt;
mod failure;
mod figures;
mod form;
mod hook;
mod invocation;
mod mutate;
mod options;
mod patched;
mod place;
mod review;
mod rounds;
mod rule;
mod rules;
mod selectors;
mod subject;
mod validate;
mod verdict;

pub(crate) use configurations::Configurations;
pub(crate) use connection::connection;
pub(crate) use figures::Figures;
pub(crate) use mutate::mutate;
pub(super) use review::request_of;
pub(crate) use rounds::Rounds;
pub(super) use rules::Rules;
pub(super) use selectors::Selectors;
pub(crate) use subject::Subject;
pub(crate) use validate::validate;
