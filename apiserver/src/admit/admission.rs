//! The step as the pipeline sees it.

use std::any::Any;

use futures::future::BoxFuture;
use kontiki_api::kind::Kind;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use kontiki_store::{Change, Precondition, Reserve, Store};
use serde_json::Value;

use super::hooks::Subject;
use crate::metrics::Metrics;

/// `admission.k8s.io` operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A new object.
    Create,
    /// A changed object.
    Update,
    /// A deletion.
    Delete,
    /// exec, attach, port-forward, proxy.
    Connect,
}

impl Operation {
    /// `admission.k8s.io`'s word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// One request on its way to the commit.
pub struct Admission<'a> {
    /// The request as webhooks and policies see it; none where they are not asked.
    pub(crate) subject: Option<&'a Subject<'a>>,
    /// What is done.
    pub operation: Operation,
    /// The row of the object.
    pub kind: &'a Kind,
    /// The request's target.
    pub target: &'a Target,
    /// Who asks.
    pub user: &'a User,
    /// The new object; `Null` for a deletion.
    pub object: &'a mut Value,
    /// The object before; `None` for a creation.
    pub old: Option<&'a Value>,
    /// The time of the request.
    pub now: Time,
    /// Whether nothing will be stored.
    pub dry_run: bool,
    /// Whether plug-ins see the object for the second time, because a webhook changed it.
    pub again: bool,
    /// The cluster as it is, for plug-ins that look around.
    pub store: &'a dyn Store,
    /// Conditions and counters the commit must carry because of what a plug-in saw (a live namespace, a quota).
    pub preconditions: Vec<Precondition>,
    /// See `preconditions`.
    pub reserves: Vec<Reserve>,
    /// Further changes of the same commit: reservation keys taken and given back.
    pub changes: Vec<Change>,
    /// Kept until the commit is made or refused.
    pub holds: Vec<Box<dyn Any + Send>>,
    /// `Warning` headers for the client.
    pub warnings: Vec<String>,
}

impl<'a> Admission<'a> {
    /// A request with nothing before it, and nothing seen or wanted yet.
    pub fn new(
        operation: Operation,
        kind: &'a Kind,
        target: &'a Target,
        user: &'a User,
        store: &'a dyn Store,
        object: &'a mut Value,
        now: Time,
    ) -> Self {
        Self {
            subject: None,
            operation,
            kind,
            target,
            user,
            object,
            old: None,
            now,
            dry_run: false,
            again: false,
            store,
            preconditions: Vec::new(),
            reserves: Vec::new(),
            changes: Vec::new(),
            holds: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// An admission plug-in. It decides by what is in memory; what has to wait, for the object in another version, is apart.
pub trait Plugin: Send + Sync + 'static {
    /// Upstream's name of the plug-in, such as `NamespaceLifecycle`.
    fn name(&self) -> &'static str;

    /// Group and plural of the only kinds it has a say about; none for a say about all. Of others it is not asked, and no time
    /// is noted.
    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Shows its figures in `metrics`, where it has any.
    fn register(&self, _metrics: &Metrics) {}

    /// May change the object.
    ///
    /// # Errors
    /// The refusal, in upstream's class.
    fn mutate(&self, _admission: &mut Admission<'_>) -> Result<(), Status> {
        Ok(())
    }

    /// What comes behind `mutate` and may have to wait; most have nothing of the kind.
    fn mutate_waiting<'f>(&'f self, _admission: &'f mut Admission<'_>) -> Option<BoxFuture<'f, Result<(), Status>>> {
        None
    }

    /// Takes addresses, numbers and names of the cluster for the prepared object; writes them into
    /// it, and the reservations into the commit.
    ///
    /// # Errors
    /// 422 where what is asked for is taken.
    fn allocate(&self, _admission: &mut Admission<'_>) -> Result<(), Status> {
        Ok(())
    }

    /// Gives back what `old`, which is removed for good by this commit, had taken.
    ///
    /// # Errors
    /// None that should keep an object from going.
    fn release(&self, _admission: &mut Admission<'_>) -> Result<(), Status> {
        Ok(())
    }

    /// May refuse the object, as it will be stored.
    ///
    /// # Errors
    /// The refusal, in upstream's class.
    fn validate(&self, _admission: &mut Admission<'_>) -> Result<(), Status> {
        Ok(())
    }

    /// What comes behind `validate` and may have to wait; most have nothing of the kind.
    fn validate_waiting<'f>(&'f self, _admission: &'f mut Admission<'_>) -> Option<BoxFuture<'f, Result<(), Status>>> {
        None
    }

    /// Charges quotas for the object, after everybody else has let it pass.
    ///
    /// # Errors
    /// 403 where a quota does not allow it.
    fn charge(&self, _admission: &mut Admission<'_>) -> Result<(), Status> {
        Ok(())
    }
}

impl dyn Plugin {
    /// Whether it has a say about objects of `kind`.
    pub(crate) fn concerns(&self, kind: &Kind) -> bool {
        let kinds = self.kinds();
        kinds.is_empty() || kinds.iter().any(|(group, plural)| &*kind.plural == *plural && &*kind.group == *group)
    }
}
