//! Measures a store: commits per second and their latency, beside what the disk alone can do.
//!
//! ```no_run
//! # async fn f(store: &std::sync::Arc<dyn kontiki_store::Store>) {
//! let serial = kontiki_store::bench::commits(store, 1, std::time::Duration::from_secs(2)).await;
//! println!("{serial}");
//! # }
//! ```

mod churn;
mod commits;
mod figures;
mod floor;
mod members;

pub use churn::churn;
pub use commits::commits;
pub use figures::Figures;
pub use floor::{floor, floor_beside};
pub use members::{MembersError, members};
