//! A server that calls nobody: as a sandbox it holds addresses of a cluster that goes on elsewhere.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::status::{Reason, Status};

use crate::Connects;
use crate::connect::{Connect, Connection};
use crate::http::Body;

/// What whoever wants something outside is told.
pub(crate) const APART: &str = "this is a sandbox: it calls nobody outside";

/// `connects` for a server that calls nobody: they are permitted and refused as before, and never connect.
pub fn apart(connects: Connects) -> Connects {
    connects.into_iter().map(|(name, connect)| (name, Arc::new(Apart(connect)) as Arc<dyn Connect>)).collect()
}

struct Apart(Arc<dyn Connect>);

#[async_trait]
impl Connect for Apart {
    fn takes_any_method(&self) -> bool {
        self.0.takes_any_method()
    }

    fn needs_create(&self) -> bool {
        self.0.needs_create()
    }

    async fn connect(&self, _connection: Connection) -> Result<http::Response<Body>, Status> {
        Err(Status::new(Reason::ServiceUnavailable, APART))
    }
}
