//! Whom admission asks.

use kontiki_api::kind::Kind;
use smallvec::SmallVec;

use crate::admit::Plugin;
use crate::server::Server;

/// The plug-ins that have a say about objects of one kind, by their place among all: looked up once for all phases of a write.
#[derive(Clone, Debug)]
pub(crate) struct Concerned(SmallVec<[u16; 32]>);

impl Concerned {
    /// Those of `server` that have a say about objects of `kind`.
    pub fn of(server: &Server, kind: &Kind) -> Self {
        let all = server.config.plugins.iter().zip(0..);
        Self(all.filter(|(plugin, _)| plugin.concerns(kind)).map(|(_, at)| at).collect())
    }

    /// Each with its place, in order.
    pub fn of_all<'a>(&'a self, server: &'a Server) -> impl Iterator<Item = (usize, &'a dyn Plugin)> {
        self.0.iter().filter_map(|at| Some((usize::from(*at), &**server.config.plugins.get(usize::from(*at))?)))
    }
}
