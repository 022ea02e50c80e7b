//! The World.

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::{Key, NsName, Resource, Revision, Uid};
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use kontiki_api::view::View;

use super::observations::{Observations, ObservedTable};
use super::projection::{Projection, Table};
use super::{Delta, Index, ObservedDelta, Schema, Seen};
use crate::client::{Changed, Feed};
use crate::observe::{Observation, Observed};

/// A consistent view of the cluster at one version (revision, observation number).
///
/// Fed by a client of the same process it shows the cluster as of the end of one commit. Fed over
/// HTTP each collection is as of some revision of its own.
#[derive(Default)]
pub struct World {
    revision: Revision,
    /// Newest revision per collection; the collections of a World that is fed whole are not listed.
    per_resource: BTreeMap<Resource, Revision>,
    observation: u64,
    /// Time of the commit being taken in, or of the snapshot.
    time: Time,
    /// When objects of the timed collections last changed.
    changed: BTreeMap<Resource, BTreeMap<NsName, Time>>,
    objects: BTreeMap<Resource, BTreeMap<NsName, Arc<Object>>>,
    by_uid: HashMap<Text, Arc<Object>>,
    by_owner: HashMap<Uid, BTreeMap<Key, Arc<Object>>>,
    tables: HashMap<TypeId, Box<dyn Table>>,
    tables_of: BTreeMap<Resource, Vec<TypeId>>,
    observed: HashMap<TypeId, Box<dyn ObservedTable>>,
}

impl World {
    /// An empty World that will hold what `schema` declares.
    pub fn new(schema: &Schema) -> Self {
        let mut world = Self::default();
        for view in &schema.views {
            world.tables.insert(view.id, (view.make)());
            world.tables_of.entry(view.resource.into()).or_default().push(view.id);
        }
        for index in &schema.indexes {
            if let Some(table) = world.tables.get_mut(&index.view) {
                (index.add)(&mut **table);
            }
        }
        world.changed = schema.timed.iter().map(|resource| ((*resource).into(), BTreeMap::new())).collect();
        for observed in &schema.observed {
            world.observed.insert(observed.id, (observed.make)());
        }
        world
    }

    /// The newest revision taken in. Everything up to it is here; over HTTP that holds per
    /// collection only (see [`World::covers`]).
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// When the object last changed, in commit times; where that was before this World began, when
    /// this World began. `None` where it is not here or its view is not declared as timed.
    pub fn changed_at(&self, key: &Key) -> Option<Time> {
        self.changed.get(&key.resource)?.get(&key.ns_name()).copied()
    }

    /// The time that snapshots taken in from now on count as: a commit carries its own.
    pub fn set_time(&mut self, now: Time) {
        self.time = self.time.max(now);
    }

    /// How many observations were taken in.
    pub fn observation(&self) -> u64 {
        self.observation
    }

    /// Whether every change of `resource` up to `revision` is here. True for collections not held.
    pub fn covers(&self, resource: &Resource, revision: Revision) -> bool {
        if self.per_resource.is_empty() {
            return self.revision >= revision;
        }
        self.per_resource.get(resource).is_none_or(|seen| *seen >= revision)
    }

    /// Whether every change of every held collection up to `revision` is here: only then is what is not here
    /// certain not to have been there.
    pub fn covers_all(&self, revision: Revision) -> bool {
        if self.per_resource.is_empty() {
            return self.revision >= revision;
        }
        self.per_resource.values().all(|seen| *seen >= revision)
    }

    /// Whether each collection is as of a revision of its own (fed over HTTP).
    pub fn is_skewed(&self) -> bool {
        !self.per_resource.is_empty()
    }

    /// The object called `name`.
    pub fn get<V: View>(&self, name: &NsName) -> Option<&Seen<V>> {
        self.projection::<V>()?.by_name.get(name)
    }

    /// All objects of a view, in key order.
    pub fn list<V: View>(&self) -> impl Iterator<Item = &Seen<V>> {
        self.projection::<V>().into_iter().flat_map(|projection| projection.by_name.values())
    }

    /// How many objects of a view there are.
    pub fn count<V: View>(&self) -> usize {
        self.projection::<V>().map_or(0, |projection| projection.by_name.len())
    }

    /// The objects of one namespace, in key order.
    pub fn in_namespace<V: View>(&self, namespace: &str) -> impl Iterator<Item = &Seen<V>> {
        self.projection::<V>().into_iter().flat_map(move |projection| of_namespace(&projection.by_name, namespace))
    }

    /// The objects that name `owner` among their owner references, in key order.
    pub fn owned_by<V: View>(&self, owner: &Uid) -> impl Iterator<Item = &Seen<V>> {
        self.projection::<V>().and_then(|projection| projection.by_owner.get(owner)).into_iter().flat_map(BTreeMap::values)
    }

    /// The objects that `I` files under `key`, in key order.
    pub fn indexed<I: Index>(&self, key: &I::Key) -> impl Iterator<Item = &Seen<I::View>> {
        let index = self.projection::<I::View>().and_then(Projection::index::<I>);
        debug_assert!(index.is_some(), "the index {} is not declared in any triggers", std::any::type_name::<I>());
        index.and_then(|index| index.filed.get(key)).into_iter().flat_map(BTreeMap::values)
    }

    /// The keys under which `I` files any object, in order.
    pub fn index_keys<I: Index>(&self) -> impl Iterator<Item = &I::Key> {
        self.projection::<I::View>().and_then(Projection::index::<I>).into_iter().flat_map(|index| index.filed.keys())
    }

    /// Any object of any held kind.
    pub fn object(&self, key: &Key) -> Option<&Arc<Object>> {
        self.objects.get(&key.resource)?.get(&key.ns_name())
    }

    /// Every held object of one collection, in key order.
    pub fn objects_of(&self, resource: &Resource) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.get(resource).into_iter().flat_map(BTreeMap::values)
    }

    /// Every held object of any kind in `namespace`, in key order.
    pub fn objects_in(&self, namespace: &str) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values().flat_map(move |collection| of_namespace(collection, namespace))
    }

    /// Every held object, in key order.
    pub fn all_objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values().flat_map(BTreeMap::values)
    }

    /// The object with this uid, of any held kind.
    pub fn by_uid(&self, uid: &Uid) -> Option<&Arc<Object>> {
        self.by_uid.get(&uid.0)
    }

    /// Objects of any held kind that name `owner` among their owner references, in key order.
    pub fn dependents(&self, owner: &Uid) -> impl Iterator<Item = &Arc<Object>> {
        self.by_owner.get(owner).into_iter().flat_map(BTreeMap::values)
    }

    /// The last observation of `key`.
    pub fn observed<O: Observed>(&self, key: &O::Key) -> Option<&O> {
        self.observations_table::<O>()?.last.get(key)
    }

    /// Every last observation, in key order.
    pub fn observations<O: Observed>(&self) -> impl Iterator<Item = (&O::Key, &O)> {
        self.observations_table::<O>().into_iter().flat_map(|table| &table.last)
    }

    /// Takes in what a feed delivers; says what changed. A state older than the one held is ignored.
    pub fn absorb(&mut self, feed: &Feed) -> Vec<Delta> {
        match feed {
            Feed::Snapshot { resources, revision, objects } => {
                let mut deltas = self.drop_missing(resources.as_deref(), objects);
                deltas.extend(objects.iter().filter_map(|object| self.put_newer(object)));
                if self.revision == Revision::ZERO || self.is_skewed() {
                    self.advance(resources.iter().flatten(), *revision);
                }
                self.revision = self.revision.max(*revision);
                deltas
            }
            Feed::Changes { revision, time, changes } => {
                self.set_time(*time);
                let deltas = changes.iter().filter_map(|change| match change.deleted {
                    true => self.remove_older(&change.object),
                    false => self.put_newer(&change.object),
                });
                let deltas = deltas.collect();
                if self.is_skewed() {
                    self.advance(changes.iter().map(|change| &change.object.key.resource), *revision);
                }
                self.revision = self.revision.max(*revision);
                deltas
            }
            Feed::Progress { resources, revision } => {
                self.advance(resources.iter().flatten(), *revision);
                self.revision = self.revision.max(*revision);
                Vec::new()
            }
        }
    }

    /// Takes in an observation; says what changed.
    pub fn observe<O: Observed>(&mut self, observation: Observation<O>) -> ObservedDelta {
        self.observation += 1;
        let table =
            self.observed.get_mut(&TypeId::of::<O>()).and_then(|table| table.as_any_mut().downcast_mut::<Observations<O>>());
        let changed = table.map(|table| table.apply(observation)).unwrap_or_default();
        ObservedDelta { kind: TypeId::of::<O>(), keys: changed.into_iter().map(|key| Box::new(key) as _).collect() }
    }

    /// Puts an object in place, whatever its revision.
    pub fn put(&mut self, object: &Arc<Object>) -> Delta {
        let key = object.key.clone();
        let before = self.objects.entry(key.resource.clone()).or_default().insert(key.ns_name(), Arc::clone(object));
        if let Some(old) = &before {
            self.unlink(old);
        }
        self.link(object);
        if let Some(changed) = self.changed.get_mut(&key.resource) {
            changed.insert(key.ns_name(), self.time);
        }
        let seen = self.each_table(&key.resource, |table| table.put(object));
        Delta { key, before, after: Some(Arc::clone(object)), seen }
    }

    /// Takes an object out; `None` where it is not here.
    pub fn remove(&mut self, key: &Key) -> Option<Delta> {
        let before = self.objects.get_mut(&key.resource)?.remove(&key.ns_name())?;
        self.unlink(&before);
        if let Some(changed) = self.changed.get_mut(&key.resource) {
            changed.remove(&key.ns_name());
        }
        let seen = self.each_table(&key.resource, |table| table.remove(key));
        Some(Delta { key: key.clone(), before: Some(before), after: None, seen })
    }

    /// Counts everything as changed at `now`, as a World does that begins then. Says of each object what its arrival
    /// would.
    pub(crate) fn begin(&mut self, now: Time) -> Vec<Delta> {
        self.set_time(now);
        let time = self.time;
        self.changed.values_mut().flat_map(BTreeMap::values_mut).for_each(|at| *at = time);
        let objects: Vec<Arc<Object>> = self.all_objects().cloned().collect();
        let arrived = |object: Arc<Object>| {
            let key = object.key.clone();
            let seen = self.each_table(&key.resource, |table| table.arrived(&key));
            Delta { key, before: None, after: Some(object), seen }
        };
        objects.into_iter().map(arrived).collect()
    }

    /// Whether every index equals one rebuilt from nothing; `schema` is the one this World was made from.
    pub fn indexes_are_sound(&self, schema: &Schema) -> bool {
        let mut fresh = Self::new(schema);
        for object in self.all_objects() {
            fresh.put(object);
        }
        self.tables.iter().all(|(id, table)| fresh.tables.get(id).is_some_and(|other| other.layouts() == table.layouts()))
    }

    /// Everything held, as feeds that make an equal World: timed objects as changes at their times.
    pub(crate) fn as_feeds(&self) -> Vec<Feed> {
        let mut feeds = self.untimed_feeds();
        let mut changes: Vec<(Time, Changed)> = self
            .changed
            .iter()
            .flat_map(|(resource, times)| times.iter().map(move |(name, time)| (name.of(resource.clone()), *time)))
            .filter_map(|(key, time)| Some((time, Changed { object: self.object(&key)?.clone(), deleted: false })))
            .collect();
        changes.sort_by_key(|(time, _)| *time);
        let feed =
            |(time, change): (Time, Changed)| Feed::Changes { revision: change.object.revision, time, changes: vec![change] };
        feeds.extend(changes.into_iter().map(feed));
        feeds
    }

    fn untimed_feeds(&self) -> Vec<Feed> {
        let untimed = |object: &&Arc<Object>| !self.changed.contains_key(&object.key.resource);
        if !self.is_skewed() {
            let objects = self.all_objects().filter(untimed).cloned().collect();
            return vec![Feed::Snapshot { resources: None, revision: self.revision, objects }];
        }
        let of_one = |(resource, revision): (&Resource, &Revision)| Feed::Snapshot {
            resources: Some(vec![resource.clone()]),
            revision: *revision,
            objects: self.objects_of(resource).filter(untimed).cloned().collect(),
        };
        self.per_resource.iter().map(of_one).collect()
    }

    /// Every last observation, one relisting per kind, as recordings write them.
    pub(crate) fn observations_json(&self) -> Vec<serde_json::Value> {
        let mut all: Vec<_> = self.observed.values().map(|table| table.to_json()).collect();
        all.sort_by_key(|value| value.to_string());
        all
    }

    fn put_newer(&mut self, object: &Arc<Object>) -> Option<Delta> {
        let held = self.object(&object.key).map(|held| held.revision);
        (held.is_none_or(|held| held < object.revision)).then(|| self.put(object))
    }

    fn remove_older(&mut self, last: &Object) -> Option<Delta> {
        let held = self.object(&last.key)?;
        if held.revision > last.revision { None } else { self.remove(&last.key) }
    }

    fn drop_missing(&mut self, resources: Option<&[Resource]>, present: &[Arc<Object>]) -> Vec<Delta> {
        let present: std::collections::BTreeSet<&Key> = present.iter().map(|object| &object.key).collect();
        let replaced = |resource: &Resource| resources.is_none_or(|resources| resources.contains(resource));
        let collections = self.objects.iter().filter(|(resource, _)| replaced(resource));
        let keys = collections.flat_map(|(_, collection)| collection.values().map(|object| &object.key));
        let gone: Vec<Key> = keys.filter(|key| !present.contains(key)).cloned().collect();
        gone.iter().filter_map(|key| self.remove(key)).collect()
    }

    fn advance<'a>(&mut self, resources: impl Iterator<Item = &'a Resource>, revision: Revision) {
        for resource in resources {
            let seen = self.per_resource.entry(resource.clone()).or_default();
            *seen = revision.max(*seen);
        }
    }

    fn link(&mut self, object: &Arc<Object>) {
        self.by_uid.insert(object.head.uid.clone(), Arc::clone(object));
        for owner in &object.head.owners {
            self.by_owner.entry(owner.uid.clone()).or_default().insert(object.key.clone(), Arc::clone(object));
        }
    }

    fn unlink(&mut self, object: &Object) {
        if self.by_uid.get(&object.head.uid).is_some_and(|held| held.key == object.key) {
            self.by_uid.remove(&object.head.uid);
        }
        for owner in &object.head.owners {
            if let Some(dependents) = self.by_owner.get_mut(&owner.uid) {
                dependents.remove(&object.key);
                if dependents.is_empty() {
                    self.by_owner.remove(&owner.uid);
                }
            }
        }
    }

    fn each_table<T>(&mut self, resource: &Resource, mut act: impl FnMut(&mut dyn Table) -> T) -> Vec<(TypeId, T)> {
        let ids = self.tables_of.get(resource).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| Some((*id, act(&mut **self.tables.get_mut(id)?)))).collect()
    }

    fn projection<V: View>(&self) -> Option<&Projection<V>> {
        let table = self.tables.get(&TypeId::of::<V>());
        debug_assert!(table.is_some(), "the view {} is not declared in any triggers", std::any::type_name::<V>());
        table?.as_any().downcast_ref()
    }

    fn observations_table<O: Observed>(&self) -> Option<&Observations<O>> {
        let table = self.observed.get(&TypeId::of::<O>());
        debug_assert!(table.is_some(), "the observed kind {} is not declared in any triggers", O::NAME);
        table?.as_any().downcast_ref()
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let objects: usize = self.objects.values().map(BTreeMap::len).sum();
        f.debug_struct("World").field("revision", &self.revision).field("objects", &objects).finish_non_exhaustive()
    }
}

fn of_namespace<'a, 'n, T>(by_name: &'a BTreeMap<NsName, T>, namespace: &'n str) -> impl Iterator<Item = &'a T> + use<'a, 'n, T> {
    let from = by_name.range(NsName::new(namespace, "")..);
    from.take_while(move |(name, _)| *name.namespace == *namespace).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, Stuck};
    use crate::reconciler::{Pass, Reconciler};
    use crate::world::{Triggers, WorldBuilder};
    use serde_json::{Value, json};

    #[derive(Debug, serde::Deserialize)]
    struct PodView {
        spec: PodSpec,
    }

    #[derive(Debug, Default, serde::Deserialize)]
    struct PodSpec {
        #[serde(default, rename = "nodeName")]
        node: Text,
    }

    impl View for PodView {
        const RESOURCE: &'static str = "pods";
        const API_VERSION: &'static str = "v1";
        const KIND: &'static str = "Pod";
    }

    struct ByNode;

    impl Index for ByNode {
        type View = PodView;
        type Key = Text;

        fn keys(seen: &Seen<PodView>) -> Vec<Text> {
            vec![seen.spec.node.clone()]
        }
    }

    struct Nodes;

    impl Reconciler for Nodes {
        const NAME: &'static str = "nodes";
        type Key = Text;
        type Effect = crate::effect::Never;

        fn triggers(on: &mut Triggers<Text>) {
            on.index::<ByNode>();
            on.owned::<PodView>("ReplicaSet", |owner| owner.name);
            on.mapped::<PodView>(|_, before, after| {
                [before, after].into_iter().flatten().map(|pod| pod.spec.node.clone()).collect()
            });
        }

        fn reconcile(&self, _: &World, _: &Pass<'_, Text, Self::Effect>) -> Result<Plan, Stuck> {
            Ok(Plan::done())
        }
    }

    fn pod(name: &str, namespace: &str, node: &str) -> Value {
        let owners = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u1", "controller": true}]);
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "ownerReferences": owners},
            "spec": {"nodeName": node}})
    }

    fn names<'a, V: View>(found: impl Iterator<Item = &'a Seen<V>>) -> Vec<&'a str> {
        found.map(|seen| &**seen.name()).collect()
    }

    #[test]
    fn objects_are_found_by_name_namespace_owner_and_index() {
        let world = World::for_tests::<Nodes>([pod("c", "b", "n1"), pod("a", "b", "n2"), pod("b", "a", "n1")]);
        assert_eq!(names(world.list::<PodView>()), ["b", "a", "c"]);
        assert_eq!(names(world.in_namespace::<PodView>("b")), ["a", "c"]);
        assert_eq!(names(world.owned_by::<PodView>(&"u1".into())), ["b", "a", "c"]);
        assert_eq!(names(world.indexed::<ByNode>(&"n1".into())), ["b", "c"]);
        assert_eq!(world.get::<PodView>(&NsName::new("b", "a")).map(|pod| &*pod.spec.node), Some("n2"));
        assert_eq!(world.by_uid(&"pod-b-c".into()).map(|object| &*object.key.name), Some("c"));
        assert_eq!(world.dependents(&"u1".into()).count(), 3);
        assert_eq!(world.objects_in("b").count(), 2);
    }

    #[test]
    fn a_change_moves_an_object_between_index_keys_and_wakes_both() {
        let mut triggers = Triggers::default();
        Nodes::triggers(&mut triggers);
        let mut world = World::for_tests::<Nodes>([pod("a", "x", "n1"), pod("b", "x", "n1")]);
        let mut builder = WorldBuilder::of::<Nodes>();
        let moved = builder.object({
            let mut moved = pod("a", "x", "n2");
            moved["metadata"]["resourceVersion"] = json!("9");
            moved
        });
        let delta = world.put(&moved.expect("an object"));
        assert_eq!(triggers.woken(&world, &delta), ["web".into(), Text::from("n1"), Text::from("n2")]);
        assert_eq!(names(world.indexed::<ByNode>(&"n1".into())), ["b"]);
        assert!(world.indexes_are_sound(triggers.schema()));
    }

    #[test]
    fn an_object_that_does_not_read_as_the_view_is_kept_raw() {
        let broken =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "x"}, "spec": {"nodeName": 5}});
        let world = World::for_tests::<Nodes>([broken]);
        assert_eq!(world.count::<PodView>(), 0);
        assert!(world.object(&Key::new("pods", "x", "a")).is_some());
    }

    #[test]
    fn an_older_state_does_not_replace_a_newer_one() {
        let mut world = World::for_tests::<Nodes>([pod("a", "x", "n1")]);
        let older = world.all_objects().next().expect("one").republished(Revision(0));
        let feed = Feed::Changes {
            revision: Revision(5),
            time: kontiki_api::time::Time::default(),
            changes: vec![crate::client::Changed { object: older, deleted: true }],
        };
        assert!(world.absorb(&feed).is_empty());
        assert_eq!(world.revision(), Revision(5));
        assert_eq!(world.count::<PodView>(), 1);
    }

    #[test]
    fn a_partial_snapshot_makes_a_world_that_is_consistent_per_kind() {
        let mut triggers = Triggers::default();
        Nodes::triggers(&mut triggers);
        let mut world = World::new(triggers.schema());
        let pods = Resource::from("pods");
        world.absorb(&Feed::Snapshot { resources: Some(vec![pods.clone()]), revision: Revision(7), objects: vec![] });
        assert!(world.covers(&pods, Revision(7)) && !world.covers(&pods, Revision(8)));
        assert!(world.covers(&"nodes".into(), Revision(99)), "a collection that is not held has nothing to wait for");
    }
}
