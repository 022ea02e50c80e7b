//! The client of reconcilers that run in the server's own process: no HTTP, no copies.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use kontiki_api::kind::Kinds;
use kontiki_api::meta::Resource;
use kontiki_api::object::Object;
use kontiki_api::request::{LeaderId, Request};
use kontiki_api::selector::FieldSelector;
use kontiki_api::status::{Reason, Status};
use kontiki_apiserver::Server;
use kontiki_runtime::client::{Answer, Changed, Client, Feed, Interest, Selection};
use kontiki_store::{Event, Range, Store};

/// Calls the server's pipeline directly and feeds Worlds from the store's own watch.
#[derive(Clone)]
pub struct InProcess {
    server: Arc<Server>,
    store: Arc<dyn Store>,
    kinds: Arc<Kinds>,
    fence: Option<Fence>,
}

/// The leadership under which something acts, as soon as there is one.
pub type Fence = Arc<OnceLock<LeaderId>>;

impl InProcess {
    /// A client of `server` over its `store`.
    pub fn new(server: Arc<Server>, store: Arc<dyn Store>, kinds: Arc<Kinds>) -> Self {
        Self { server, store, kinds, fence: None }
    }

    /// The same client for what acts under the leadership in `fence`: its writes are refused before it is there, and
    /// once it is over.
    pub fn under(&self, fence: Fence) -> Self {
        Self { fence: Some(fence), ..self.clone() }
    }
}

#[async_trait]
impl Client for InProcess {
    async fn call(&self, mut request: Request) -> Result<Answer, Status> {
        if let Some(fence) = &self.fence {
            let leads = fence.get().ok_or_else(|| Status::new(Reason::ServiceUnavailable, "this master does not lead"))?;
            request.leader = Some(*leads);
        }
        let answer = self.server.call(request).await?;
        Ok(Answer { code: answer.code, revision: answer.revision(), object: answer.object().cloned(), body: answer.to_json() })
    }

    fn feed(&self, interest: Interest) -> BoxStream<'static, Feed> {
        let filter = Filter::new(&self.kinds, &interest);
        let store = self.store.clone();
        futures::stream::unfold(State::Snapshot(store, Arc::new(filter)), |state| async move { state.next().await }).boxed()
    }
}

/// Where a feed stands: about to list, or following.
enum State {
    Snapshot(Arc<dyn Store>, Arc<Filter>),
    Follow(Arc<dyn Store>, Arc<Filter>, kontiki_store::Watch),
}

impl State {
    async fn next(self) -> Option<(Feed, Self)> {
        let (store, filter, mut watch) = match self {
            Self::Snapshot(store, filter) => return Some(snapshot(store, filter)),
            Self::Follow(store, filter, watch) => (store, filter, watch),
        };
        match watch.next().await {
            Some(Ok(batch)) => {
                let changes = batch.events.iter().filter_map(|event| filter.change(event)).collect();
                let feed = Feed::Changes { revision: batch.revision, time: batch.time, changes };
                Some((feed, Self::Follow(store, filter, watch)))
            }
            // Fell behind what is kept: start over with everything.
            Some(Err(expired)) => {
                tracing::warn!(%expired, "a World fell behind the log and is read afresh");
                Some(snapshot(store, filter))
            }
            None => None,
        }
    }
}

fn snapshot(store: Arc<dyn Store>, filter: Arc<Filter>) -> (Feed, State) {
    let listing = store.list(&Range::All);
    let objects = listing.objects.into_iter().filter(|object| filter.holds(object)).collect();
    let feed = Feed::Snapshot { resources: filter.resources(), revision: listing.revision, objects };
    let next = match store.watch(&Range::All, listing.revision) {
        Ok(watch) => State::Follow(store, filter, watch),
        Err(_) => State::Snapshot(store, filter),
    };
    (feed, next)
}

/// Which objects a World wants.
enum Filter {
    /// Every object of a kind that is or was served.
    All,
    /// Objects of these collections that their field selector accepts.
    Some(Vec<(Resource, FieldSelector)>),
}

impl Filter {
    fn new(kinds: &Kinds, interest: &Interest) -> Self {
        match interest {
            Interest::All => Self::All,
            Interest::Some(selections) => {
                Self::Some(selections.iter().filter_map(|selection| select(kinds, selection)).collect())
            }
        }
    }

    fn resources(&self) -> Option<Vec<Resource>> {
        match self {
            Self::All => None,
            Self::Some(selections) => Some(selections.iter().map(|(resource, _)| resource.clone()).collect()),
        }
    }

    fn holds(&self, object: &Object) -> bool {
        match self {
            Self::All => !object.key.resource.is_internal(),
            Self::Some(selections) => selections
                .iter()
                .any(|(resource, fields)| *resource == object.key.resource && fields.matches(&object.key, &object.head)),
        }
    }

    /// The change as this World sees it: an object that no longer fits is gone.
    fn change(&self, event: &Event) -> Option<Changed> {
        let fits = self.holds(&event.object);
        let fitted = event.previous.as_ref().is_some_and(|previous| self.holds(previous));
        match (fits && !event.deleted, fitted || (fits && event.deleted)) {
            (true, _) => Some(Changed { object: event.object.clone(), deleted: false }),
            (false, true) => Some(Changed { object: event.object.clone(), deleted: true }),
            (false, false) => None,
        }
    }
}

fn select(kinds: &Kinds, selection: &Selection) -> Option<(Resource, FieldSelector)> {
    let (group, version) = selection.api_version.split_once('/').unwrap_or(("", &selection.api_version));
    let kind = kinds.get(group, version, selection.resource.plural())?;
    match FieldSelector::parse(kind, &selection.fields) {
        Ok(fields) => Some((selection.resource.clone(), fields)),
        Err(error) => {
            tracing::error!(%error, resource = %selection.resource, "a World asks for a selection that cannot be read");
            None
        }
    }
}
