//! Who may hand out devices.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::kind::validate::{Faults, Path, dns_subdomain_fault};
use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use serde_json::Value;

use super::fields::{items, text};
use super::{Admission, Operation, Plugin};
use crate::authenticate::{NODE_NAME, service_account_of};
use crate::authorize::{Attributes, Authorize, Decision, forbidden};

const GROUP: &str = "resource.k8s.io";
const CLAIMS: &str = "resourceclaims";
const TEMPLATES: &str = "resourceclaimtemplates";
/// The label of namespaces in which devices that are in use may be had for administration.
const ADMIN: &str = "resource.kubernetes.io/admin-access";
const RESULTS: &str = "/status/allocation/devices/results";

/// Devices for administration are asked for and allocated only in namespaces that a label sets apart. Of the status of a claim, who
/// decides changes what was allocated and for whom, and each driver what it says of its devices: rights on the subresources
/// `binding` and `driver`, which are nothing but that (upstream's `DRAResourceClaimGranularStatusAuthorization`).
pub(super) struct DeviceAccess(pub Arc<dyn Authorize>);

impl Plugin for DeviceAccess {
    fn name(&self) -> &'static str {
        "DeviceAccess"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[(GROUP, CLAIMS), (GROUP, TEMPLATES)]
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let mut faults = Faults::default();
        if admission.creates(GROUP, CLAIMS) {
            requests(admission, "/spec/devices/requests", &mut faults);
        } else if admission.creates(GROUP, TEMPLATES) {
            requests(admission, "/spec/spec/devices/requests", &mut faults);
        } else if admission.operation == Operation::Update && &*admission.target.subresource == "status" {
            let old = admission.old.unwrap_or(&Value::Null);
            results(admission, old, &mut faults);
            self.binding(admission, old, &mut faults);
            self.drivers(admission, old, &mut faults);
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(Status::invalid(admission.kind, admission.name(), &faults.into_errors()))
    }
}

impl DeviceAccess {
    /// Whether who changes what is allocated, and for whom, may.
    fn binding(&self, admission: &Admission<'_>, old: &Value, faults: &mut Faults) {
        let same = |place: &str| admission.object.pointer(place).filter(is_said) == old.pointer(place).filter(is_said);
        if same("/status/allocation") && same("/status/reservedFor") {
            return;
        }
        let verb = verb(admission);
        if let Err(why) = self.may(admission, verb, "binding", "", "") {
            faults.forbidden(
                &Path::new("status"),
                format!(
                    "changing status.allocation or status.reservedFor requires resource=\"resourceclaims/binding\", \
                     verb=\"{verb}\" permission: {why}"
                ),
            );
        }
    }

    /// Whether who changes what is said of devices may speak for their drivers.
    fn drivers(&self, admission: &Admission<'_>, old: &Value, faults: &mut Faults) {
        let verb = verb(admission);
        let mut verbs = vec![format!("arbitrary-node:{verb}")];
        if is_on_its_node(admission) {
            verbs.insert(0, format!("associated-node:{verb}"));
        }
        for driver in changed_drivers(admission.object, old) {
            let mut told = verbs.iter().map(|verb| self.may(admission, verb, "driver", &admission.target.namespace, driver));
            let first = told.next();
            if let Some(Err(why)) = first
                && !told.any(|told| told.is_ok())
            {
                let why = format!(
                    "changing status.devices requires resource=\"resourceclaims/driver\", verb=\"[{}]\" permission: {why}",
                    verbs.join(" ")
                );
                faults.forbidden(&Path::new("status.devices"), why);
            }
        }
    }

    fn may(&self, admission: &Admission<'_>, verb: &str, subresource: &str, namespace: &str, name: &str) -> Result<(), String> {
        let asked = Attributes {
            user: admission.user.clone(),
            verb: verb.into(),
            group: GROUP.into(),
            resource: CLAIMS.into(),
            subresource: subresource.into(),
            namespace: namespace.into(),
            name: name.into(),
            ..Attributes::default()
        };
        match self.0.authorize(&asked) {
            Decision::Allow => Ok(()),
            Decision::NoOpinion(why) => Err(forbidden(&asked, &why).message),
        }
    }
}

fn verb(admission: &Admission<'_>) -> &'static str {
    admission.subject.map_or("update", |subject| subject.options.verb())
}

/// What is empty is as if it were not there.
fn is_said(value: &&Value) -> bool {
    !value.is_null() && !value.as_array().is_some_and(Vec::is_empty)
}

/// Whether a new claim, or a template of claims, asks for administration of what it lists at `place`.
fn requests(admission: &Admission<'_>, place: &str, faults: &mut Faults) {
    let admin = |request: &Value| request.pointer("/exactly/adminAccess") == Some(&Value::Bool(true));
    if let Some(at) = items(admission.object, place).iter().position(admin) {
        set_apart(admission, &Path::new("spec.devices.requests").index(at).child("adminAccess"), faults);
    }
}

/// Whether administration is allocated that was not before.
fn results(admission: &Admission<'_>, old: &Value, faults: &mut Faults) {
    let admin = |object: &Value| items(object, RESULTS).iter().position(|result| result["adminAccess"] == true);
    if let Some(at) = admin(admission.object).filter(|_| admin(old).is_none()) {
        set_apart(admission, &Path::new("status.allocation.devices.results").index(at).child("adminAccess"), faults);
    }
}

fn set_apart(admission: &Admission<'_>, path: &Path<'_>, faults: &mut Faults) {
    let namespace = admission.store.get(&Key::new("namespaces", "", admission.target.namespace.clone()));
    if namespace.is_none_or(|namespace| namespace.head.label(ADMIN) != Some("true")) {
        let why = format!("admin access to devices requires the `{ADMIN}: true` label on the containing namespace");
        faults.forbidden(path, why);
    }
}

/// A device by its driver, pool, name and share.
type Device<'v> = [&'v str; 4];

fn device(of: &Value) -> Device<'_> {
    ["/driver", "/pool", "/device", "/shareID"].map(|field| text(of, field))
}

/// The drivers of devices of which something else is said than before. Of a device that is given back nothing is said any more:
/// that is for who allocates.
fn changed_drivers<'v>(new: &'v Value, old: &'v Value) -> BTreeSet<&'v str> {
    let said = |object: &'v Value| items(object, "/status/devices").iter().map(|said| (device(said), said));
    let allocated = |object: &'v Value| -> BTreeSet<Device<'v>> {
        items(object, RESULTS).iter().map(device).map(|[driver, pool, name, _]| [driver, pool, name, ""]).collect()
    };
    let (had, has) = (allocated(old), allocated(new));
    let given_back = |[driver, pool, name, _]: &Device<'_>| {
        let at = [*driver, *pool, *name, ""];
        had.contains(&at) && !has.contains(&at)
    };
    let mut before: BTreeMap<Device<'v>, &Value> = said(old).collect();
    let mut changed: BTreeSet<&str> = BTreeSet::new();
    for (key, now) in said(new) {
        if before.remove(&key) != Some(now) {
            changed.insert(key[0]);
        }
    }
    changed.extend(before.into_keys().filter(|key| !given_back(key)).map(|key| key[0]));
    changed
}

/// Whether a service account asks whose pod runs on the one node that the claim is allocated to.
fn is_on_its_node(admission: &Admission<'_>) -> bool {
    let (_, nodes) = match admission.user.extra.iter().find(|(key, _)| &**key == NODE_NAME) {
        Some(said) if service_account_of(&admission.user.name).is_some() => said,
        _ => return false,
    };
    let [node] = nodes.as_slice() else { return false };
    dns_subdomain_fault(node).is_none() && allocated_to(admission.object).as_ref() == Some(node)
}

/// The only node that a claim's allocation selects, by its name alone.
fn allocated_to(claim: &Value) -> Option<Text> {
    let [term] = items(claim, "/status/allocation/nodeSelector/nodeSelectorTerms") else { return None };
    let [field] = items(term, "/matchFields") else { return None };
    let [Value::String(node)] = items(field, "/values") else { return None };
    let by_name = text(field, "/key") == "metadata.name" && text(field, "/operator") == "In";
    (by_name && items(term, "/matchExpressions").is_empty()).then(|| node.as_str().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::kind::Kinds;
    use kontiki_api::request::{Target, User};
    use serde_json::json;

    use crate::fixture::{NOW, cluster, put};

    /// Allows these: verb, subresource, namespace, name.
    struct Granted(&'static [(&'static str, &'static str, &'static str, &'static str)]);

    impl Authorize for Granted {
        fn authorize(&self, asked: &Attributes) -> Decision {
            let asked = (&*asked.verb, &*asked.subresource, &*asked.namespace, &*asked.name);
            if self.0.contains(&asked) { Decision::Allow } else { Decision::NoOpinion(String::new()) }
        }
    }

    /// What is told of a status that becomes `new`, or of a new object where there is no `old`.
    async fn told(granted: Granted, user: &User, plural: &str, old: Option<Value>, new: Value) -> Vec<String> {
        let store = cluster().await;
        for (name, value) in [("shop", "yes"), ("admin", "true")] {
            let metadata = json!({"name": name, "labels": {ADMIN: value}});
            put(&*store, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})).await;
        }
        let kinds = Kinds::builtin();
        let target = Target {
            namespace: text(&new, "/metadata/namespace").into(),
            subresource: if old.is_some() { "status" } else { "" }.into(),
            ..Target::default()
        };
        let operation = if old.is_some() { Operation::Update } else { Operation::Create };
        let mut object = new;
        let kind = kinds.find(plural).unwrap();
        let mut admission = Admission::new(operation, kind, &target, user, &*store, &mut object, NOW);
        admission.old = old.as_ref();
        let Err(status) = DeviceAccess(Arc::new(granted)).validate(&mut admission) else { return Vec::new() };
        status.details.causes.into_iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect()
    }

    fn claim(status: Value) -> Value {
        json!({"metadata": {"name": "c", "namespace": "shop"}, "status": status})
    }

    fn allocation(node: &str) -> Value {
        let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
        json!({"nodeSelector": {"nodeSelectorTerms": [{"matchFields": [field]}]}})
    }

    #[tokio::test]
    async fn administration_of_devices_is_asked_for_where_a_label_allows_it() {
        let requests = json!([{"name": "a", "firstAvailable": []}, {"name": "b", "exactly": {"adminAccess": true}}]);
        let devices = json!({"devices": {"requests": requests}});
        let wanted = "spec.devices.requests[1].adminAccess: Forbidden: admin access to devices requires the \
                      `resource.kubernetes.io/admin-access: true` label on the containing namespace";
        for (plural, spec) in [(CLAIMS, devices.clone()), (TEMPLATES, json!({"spec": devices}))] {
            for (namespace, wanted) in [("shop", vec![wanted]), ("admin", vec![])] {
                let object = json!({"metadata": {"name": "c", "namespace": namespace}, "spec": spec});
                assert_eq!(told(Granted(&[]), &User::default(), plural, None, object).await, wanted, "{plural} in {namespace}");
            }
        }
        let granted = || Granted(&[("update", "binding", "", "")]);
        let allocated = |admin: bool| claim(json!({"allocation": {"devices": {"results": [{"adminAccess": admin}]}}}));
        let result = told(granted(), &User::default(), CLAIMS, Some(allocated(false)), allocated(true)).await;
        assert!(result[0].starts_with("status.allocation.devices.results[0].adminAccess: Forbidden"), "{result:?}");
    }

    #[tokio::test]
    async fn who_allocates_may_bind() {
        let user = User { name: "bob".into(), ..User::default() };
        let why = "status: Forbidden: changing status.allocation or status.reservedFor requires \
                   resource=\"resourceclaims/binding\", verb=\"update\" permission: resourceclaims.resource.k8s.io is forbidden: \
                   User \"bob\" cannot update resource \"resourceclaims/binding\" in API group \"resource.k8s.io\" at the cluster scope";
        for new in [json!({"allocation": allocation("n1")}), json!({"reservedFor": [{"name": "p"}]})] {
            let change = |granted| told(granted, &user, CLAIMS, Some(claim(json!({}))), claim(new.clone()));
            let refused = change(Granted(&[])).await;
            assert_eq!(refused.iter().map(|told| told.replace(" \"\"", "")).collect::<Vec<_>>(), [why]);
            assert!(change(Granted(&[("update", "binding", "", "")])).await.is_empty());
        }
        let same = claim(json!({"reservedFor": []}));
        assert!(told(Granted(&[]), &user, CLAIMS, Some(claim(json!({}))), same).await.is_empty());
    }

    #[tokio::test]
    async fn each_driver_tells_of_its_own_devices() {
        let device = |driver: &str, data: &str| json!({"driver": driver, "pool": "p", "device": "d", "data": data});
        let status = |devices: Value| claim(json!({"allocation": allocation("n1"), "devices": devices}));
        let old = || Some(status(json!([device("mine", "1"), device("theirs", "1")])));
        let of_node = |node: &str| User {
            name: "system:serviceaccount:kube-system:driver".into(),
            extra: vec![(NODE_NAME.into(), vec![node.into()])],
            ..User::default()
        };
        let local = || Granted(&[("associated-node:update", "driver", "shop", "mine")]);
        let mine = status(json!([device("mine", "2"), device("theirs", "1")]));
        assert!(told(local(), &of_node("n1"), CLAIMS, old(), mine.clone()).await.is_empty());
        for (user, new) in [(of_node("n2"), mine.clone()), (of_node("n1"), status(json!([device("mine", "1")])))] {
            let refused = told(local(), &user, CLAIMS, old(), new).await;
            assert!(refused[0].starts_with("status.devices: Forbidden: changing status.devices requires"), "{refused:?}");
        }
        let deallocated = claim(json!({"devices": []}));
        let results = json!({"devices": {"results": [device("mine", "0"), device("theirs", "0")]}});
        let allocated = claim(json!({"allocation": results, "devices": [device("mine", "1"), device("theirs", "1")]}));
        let binding = Granted(&[("update", "binding", "", "")]);
        assert!(
            told(binding, &of_node("n2"), CLAIMS, Some(allocated), deallocated).await.is_empty(),
            "it goes with what was allocated"
        );
        let everywhere = Granted(&[("arbitrary-node:update", "driver", "shop", "mine")]);
        assert!(told(everywhere, &of_node("n2"), CLAIMS, old(), mine).await.is_empty());
    }
}
