//! Service accounts of pods: whom they speak for, the token they get, and which Secrets they may have.

mod account;
mod mirror;
mod secrets;
mod service_account;

pub(super) use service_account::ServiceAccount;
