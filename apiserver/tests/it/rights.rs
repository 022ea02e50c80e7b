//! Rights that roles give: on one name alone, and none that whoever writes a role does not have.

use std::sync::Arc;

use kontiki_api::request::{User, Verb};
use kontiki_api::status::{Reason, Status};
use kontiki_apiserver::admit::default_plugins;
use kontiki_apiserver::authorize::rbac::Rbac;
use kontiki_apiserver::{Answer, Server, ServerConfig};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::harness::{Anybody, CONFIG_MAPS, Caller, MERGE, config, guard, request};

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

/// A server that judges by roles, and one over the same store that lets everybody do everything.
struct Cluster {
    strict: Arc<Server>,
    lax: Caller,
}

impl Cluster {
    async fn new() -> Self {
        let mut config = config();
        guard(&mut config).await;
        let rbac = || Rbac::start(config.store.clone(), CancellationToken::new());
        config.plugins = default_plugins(rbac(), Arc::new(rbac()));
        let store = config.store.clone();
        config.authorizer = Arc::new(rbac());
        let kinds = kontiki_api::kind::Kinds::builtin();
        let lax = Caller(Server::new(ServerConfig::new(kinds, store, Arc::new(Anybody), Arc::new(Anybody))));
        Self { strict: Server::new(config), lax }
    }

    /// Lets carol do what `rules` say.
    async fn allow(&self, rules: Value) {
        let role = json!({"metadata": {"name": "carols"}, "rules": rules});
        self.lax.create(ROLES, &role.to_string()).await;
        let binding = json!({"metadata": {"name": "carols"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "carols"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "carol"}]});
        self.lax.create(BINDINGS, &binding.to_string()).await;
        // Roles are known a moment later; every role here allows this.
        while self.is_forbidden(Verb::Get, "/api/v1/nodes/none", Value::Null).await {
            tokio::task::yield_now().await;
        }
    }

    /// What carol is answered.
    async fn ask(&self, verb: Verb, path: &str, body: Value) -> Result<Answer, Status> {
        let mut asked = request(verb, path, &body.to_string());
        asked.user = User { name: "carol".into(), ..User::default() };
        if verb == Verb::Patch {
            asked.content_type = MERGE.into();
        }
        self.strict.call(asked).await
    }

    async fn is_forbidden(&self, verb: Verb, path: &str, body: Value) -> bool {
        self.ask(verb, path, body).await.is_err_and(|refused| refused.reason == Reason::Forbidden)
    }
}

fn rule(verbs: &[&str], group: &str, resources: &[&str], names: &[&str]) -> Value {
    json!({"verbs": verbs, "apiGroups": [group], "resources": resources, "resourceNames": names})
}

fn nodes() -> Value {
    rule(&["get"], "", &["nodes"], &[])
}

#[tokio::test]
async fn a_role_that_others_gather_is_labelled_by_nobody_with_fewer_rights() {
    let cluster = Cluster::new().await;
    cluster.allow(json!([nodes(), rule(&["get", "patch", "update"], "rbac.authorization.k8s.io", &["clusterroles"], &[])])).await;
    let own = format!("{ROLES}/own");
    cluster.lax.create(ROLES, &json!({"metadata": {"name": "own"}, "rules": [nodes()]}).to_string()).await;
    let gathered = json!({"metadata": {"labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}}});
    let admin = format!("{ROLES}/cluster-admin");
    assert!(cluster.is_forbidden(Verb::Patch, &admin, gathered.clone()).await, "view would hold everything");
    assert!(cluster.is_forbidden(Verb::Patch, &admin, json!({"metadata": {"annotations": {"a": "b"}}})).await);
    cluster.ask(Verb::Patch, &admin, json!({"metadata": {"finalizers": ["example.com/f"]}})).await.unwrap();
    cluster.ask(Verb::Patch, &own, gathered).await.unwrap();
    let selects = json!({"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}});
    assert!(cluster.is_forbidden(Verb::Patch, &own, selects).await, "it may come to hold anything");
    for change in [json!({"aggregationRule": null}), json!({"rules": [nodes()]})] {
        assert!(cluster.is_forbidden(Verb::Patch, &format!("{ROLES}/view"), change).await, "what is gathered is not carol's");
    }
}

#[tokio::test]
async fn a_binding_is_changed_by_nobody_with_fewer_rights() {
    let cluster = Cluster::new().await;
    cluster.allow(json!([nodes(), rule(&["get", "patch"], "rbac.authorization.k8s.io", &["clusterrolebindings"], &[])])).await;
    let path = format!("{BINDINGS}/cluster-admin");
    let subjects = json!({"subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "carol"}]});
    for change in [subjects, json!({"metadata": {"labels": {"a": "b"}}})] {
        assert!(cluster.is_forbidden(Verb::Patch, &path, change).await);
    }
    cluster.ask(Verb::Patch, &format!("{BINDINGS}/carols"), json!({"metadata": {"labels": {"a": "b"}}})).await.unwrap();
}

#[tokio::test]
async fn who_may_read_one_name_may_list_and_watch_it_by_a_selector() {
    let cluster = Cluster::new().await;
    cluster.allow(json!([nodes(), rule(&["list", "watch"], "", &["configmaps"], &["a"])])).await;
    cluster.lax.config_map("a", "1").await;
    cluster.lax.config_map("b", "1").await;
    let listed = cluster.ask(Verb::List, &format!("{CONFIG_MAPS}?fieldSelector=metadata.name=a"), Value::Null).await.unwrap();
    let listed: Value = serde_json::from_slice(&listed.to_json()).unwrap();
    let names: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|item| &item["metadata"]["name"]).collect();
    assert_eq!(names, ["a"]);
    cluster.ask(Verb::Watch, &format!("{CONFIG_MAPS}?watch=True&fieldSelector=metadata.name==a"), Value::Null).await.unwrap();
    for query in ["", "?fieldSelector=metadata.name=b", "?fieldSelector=metadata.name!=b", "?labelSelector=l=1"] {
        assert!(cluster.is_forbidden(Verb::List, &format!("{CONFIG_MAPS}{query}"), Value::Null).await, "{query:?}");
    }
}

const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";

#[tokio::test]
async fn a_policy_reads_no_parameters_that_its_author_may_not_read() {
    let cluster = Cluster::new().await;
    let own = ["validatingadmissionpolicies", "validatingadmissionpolicybindings", "mutatingadmissionpolicies"];
    let write = rule(&["create", "get", "patch"], "admissionregistration.k8s.io", &own, &[]);
    let read = [rule(&["get"], "", &["configmaps", "services"], &[]), rule(&["get"], "", &["secrets"], &["mine"])];
    cluster.allow(json!([nodes(), write, read[0], read[1], rule(&["list"], "", &["services"], &[])])).await;
    let policy = |name: &str, param: &str| {
        let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]});
        let spec = json!({"paramKind": {"apiVersion": "v1", "kind": param}, "validations": [{"expression": "true"}],
            "matchConstraints": {"resourceRules": [rule]}});
        json!({"metadata": {"name": name}, "spec": spec})
    };
    let policies = format!("{ADMISSION}/validatingadmissionpolicies");
    let told = async |verb, path: &str, body| cluster.ask(verb, path, body).await.err().map(|told| told.message);
    let refused = told(Verb::Create, &policies, policy("secret", "Secret")).await.unwrap();
    let why = "spec.paramKind: Forbidden: user &{carol  [] map[]} must have \"get\" permission on all objects of the referenced \
               paramKind (kind=Secret, apiVersion=v1)";
    assert!(refused.ends_with(why), "{refused}");
    let mut mutating = policy("secret", "Secret");
    mutating["spec"]["validations"].take();
    mutating["spec"]["mutations"] =
        json!([{"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'remove', path: '/data'}]"}}]);
    mutating["spec"]["reinvocationPolicy"] = json!("Never");
    assert!(told(Verb::Create, &format!("{ADMISSION}/mutatingadmissionpolicies"), mutating).await.unwrap().contains("paramKind"));
    let unknown = told(Verb::Create, &policies, policy("unknown", "Unknown")).await.unwrap();
    assert!(unknown.contains("spec.paramKind: Forbidden"), "{unknown}");
    for (name, kind) in [("map", "ConfigMap"), ("service", "Service")] {
        assert_eq!(told(Verb::Create, &policies, policy(name, kind)).await, None);
    }
    let change = json!({"spec": {"paramKind": {"kind": "Secret"}}});
    assert!(told(Verb::Patch, &format!("{policies}/map"), change).await.unwrap().contains("spec.paramKind: Forbidden"));
    cluster.lax.create(&policies, &policy("secret", "Secret").to_string()).await;
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    assert_eq!(told(Verb::Patch, &format!("{policies}/secret"), label).await, None, "its kind is as it was");

    let bindings = format!("{ADMISSION}/validatingadmissionpolicybindings");
    let binding = |name: &str, policy: &str, param: Value| {
        let mut param = param;
        param["parameterNotFoundAction"] = json!("Deny");
        let spec = json!({"policyName": policy, "validationActions": ["Deny"], "paramRef": param});
        json!({"metadata": {"name": name}, "spec": spec})
    };
    let (mine, other) = (json!({"name": "mine", "namespace": "default"}), json!({"name": "other", "namespace": "default"}));
    let all = json!({"selector": {"matchLabels": {"a": "b"}}, "namespace": "default"});
    let may_not = |verb: &str| format!("does not have \"{verb}\" permission on the object referenced by paramRef");
    for (name, policy, param, why) in [
        ("a", "secret", &mine, None),
        ("b", "secret", &other, Some(may_not("get"))),
        ("c", "secret", &all, Some(may_not("list"))),
        ("d", "service", &all, None),
        ("e", "map", &all, Some(may_not("list"))),
        ("f", "gone", &mine, Some("unable to get policy gone to determine minimum required permissions".into())),
    ] {
        let told = told(Verb::Create, &bindings, binding(name, policy, param.clone())).await;
        match why {
            Some(why) => assert!(told.as_ref().is_some_and(|told| told.contains(&why)), "{name}: {told:?}"),
            None => assert_eq!(told, None, "{name}"),
        }
    }
    let change = json!({"spec": {"paramRef": {"name": "other"}}});
    assert!(told(Verb::Patch, &format!("{bindings}/a"), change).await.unwrap().contains(&may_not("get")));
    let change = json!({"spec": {"paramRef": null}});
    assert_eq!(told(Verb::Patch, &format!("{bindings}/a"), change).await, None);
}

#[tokio::test]
async fn rights_that_are_lacking_are_told_in_few_words() {
    let cluster = Cluster::new().await;
    let writes = rule(&["create", "update"], "rbac.authorization.k8s.io", &["clusterroles"], &[]);
    cluster.allow(json!([nodes(), rule(&["get"], "", &["pods"], &[]), writes])).await;
    let wanted = json!({"metadata": {"name": "more"}, "rules": [
        rule(&["get", "list"], "", &["secrets", "pods"], &[]), {"verbs": ["get"], "nonResourceURLs": ["/metrics"]}]});
    let refused = cluster.ask(Verb::Create, ROLES, wanted).await.err().unwrap();
    let lacking = [
        r#"{APIGroups:[""], Resources:["pods"], Verbs:["list"]}"#,
        r#"{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}"#,
        r#"{NonResourceURLs:["/metrics"], Verbs:["get"]}"#,
    ];
    let why = format!(
        "clusterroles.rbac.authorization.k8s.io \"more\" is forbidden: user \"carol\" (groups=[]) is attempting to grant RBAC \
         permissions not currently held:\n{}",
        lacking.join("\n")
    );
    assert_eq!(refused.message, why);
    let gathers = json!({"metadata": {"name": "gathers"}, "rules": [],
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}});
    let refused = cluster.ask(Verb::Create, ROLES, gathers).await.err().unwrap();
    let why = "clusterroles.rbac.authorization.k8s.io \"gathers\" is forbidden: must have cluster-admin privileges to use the aggregationRule";
    assert_eq!(refused.message, why);
}
