//! The masters of a cluster: who they are, how one joins, what the one does that leads.

mod announce;
mod api;
mod as_master;
mod ask;
mod commands;
mod identity;
mod join;
mod lead;
mod record;
mod recover;
mod renew;
mod token;

pub use announce::announce;
pub use api::{Members, Shared};
pub use as_master::as_master;
pub use ask::ask;
pub use commands::{KubeconfigArgs, MemberCommand, StatusArgs, TokenCommand, Where, kubeconfig, member, status, token};
pub use identity::Identity;
pub use join::{JoinArgs, join};
pub use lead::Lead;
pub use record::{Record, address_of, all as all_records, write as write_record};
pub use recover::{RecoverArgs, recover};
pub use renew::{Renewal, Renewed, Subject};
