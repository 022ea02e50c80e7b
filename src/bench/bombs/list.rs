//! Small requests that would cost much, were they not refused: shared with the tests of the API server.

use serde_json::{Value, json};

/// A request that wants more of the server than it gives.
pub struct Bomb {
    /// What it is.
    pub name: &'static str,
    /// `POST` or `PATCH`.
    pub method: &'static str,
    /// Where it is sent.
    pub path: &'static str,
    /// The type of its body.
    pub media: &'static str,
    /// Its body.
    pub body: Vec<u8>,
}

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
const PODS: &str = "/api/v1/namespaces/default/pods";
const SERVICES: &str = "/api/v1/namespaces/default/services";
const QUOTAS: &str = "/api/v1/namespaces/default/resourcequotas";
const AUTOSCALERS: &str = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const POD: &str = "/api/v1/namespaces/default/pods/long";
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const POLICIES: &str = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const APPLIED: &str = "/api/v1/namespaces/default/configmaps/x?fieldManager=m";
const JSON: &str = "application/json";
const YAML: &str = "application/yaml";
const APPLY: &str = "application/apply-patch+yaml";
const JSON_PATCH: &str = "application/json-patch+json";

/// Most that a body may have.
const MOST: usize = 3 << 20;

/// The pod `default/long` that the patches are of: 10,000 arguments.
pub fn long_pod() -> Value {
    let args = vec!["x"; 10_000];
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "long"},
        "spec": {"containers": [{"name": "c", "image": "i", "args": args}]}})
}

/// All of them.
pub fn bombs() -> Vec<Bomb> {
    [aliases(), towers(), wide(), texts(), patches(), expressions(), complaints()].into_iter().flatten().collect()
}

/// Objects of as many values as are read, in lists whose items are held against one another. Each is refused for its name.
pub fn long_lists() -> Vec<Bomb> {
    let items = |count: usize, item: &dyn Fn(usize) -> Value| (0..count).map(item).collect::<Vec<Value>>();
    let owner = |at: usize| json!({"apiVersion": "v1", "kind": "Node", "name": "n", "uid": format!("{at:x}")});
    let owned = json!({"metadata": {"name": "_", "ownerReferences": items(19_000, &owner)}});
    let pod = |field: &str, list: Vec<Value>| {
        json!({"metadata": {"name": "_"},
            "spec": {"volumes": [{"name": "v", "emptyDir": {}}], "containers": [{"name": "c", "image": "i", field: list}]}})
    };
    let mounts = items(30_000, &|at| json!({"name": "v", "mountPath": format!("/{at:x}")}));
    let claims = items(18_000, &|at| json!({"name": format!("c{at:x}"), "resourceClaimName": "c"}));
    let mut claimed = pod("resources", Vec::new());
    claimed["spec"]["containers"][0]["resources"] = json!({"claims": items(18_000, &|at| json!({"name": format!("d{at:x}")}))});
    claimed["spec"]["resourceClaims"] = claims.into();
    let ports = items(30_000, &|at| json!({"name": format!("p{at:x}"), "port": at + 1}));
    let hard: Value =
        (0..45_000).map(|at| (format!("requests.hugepages-{at}"), "1".into())).collect::<serde_json::Map<_, _>>().into();
    let scopes = vec!["Terminating"; 45_000];
    let body = |value: Value| value.to_string();
    vec![
        bomb("19,000 owners", CONFIG_MAPS, JSON, body(owned)),
        bomb("45,000 variables", PODS, JSON, body(pod("env", items(45_000, &|at| json!({"name": format!("x{at:x}")}))))),
        bomb("30,000 mounts", PODS, JSON, body(pod("volumeMounts", mounts))),
        bomb("18,000 claims of 18,000", PODS, JSON, body(claimed)),
        bomb("30,000 ports", SERVICES, JSON, body(json!({"metadata": {"name": "_"}, "spec": {"ports": ports}}))),
        bomb(
            "45,000 scopes of 45,000 limits",
            QUOTAS,
            JSON,
            body(json!({"metadata": {"name": "_"}, "spec": {"hard": hard, "scopes": scopes}})),
        ),
    ]
}

fn bomb(name: &'static str, path: &'static str, media: &'static str, body: impl Into<Vec<u8>>) -> Bomb {
    Bomb { name, method: if path == POD || path == APPLIED { "PATCH" } else { "POST" }, path, media, body: body.into() }
}

/// Aliases of YAML that stand for much.
fn aliases() -> Vec<Bomb> {
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", format!("*a{},", level - 1).repeat(10)));
    }
    let square = format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(10_000), "*a,".repeat(10_000));
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a,".repeat(10_000));
    vec![
        bomb("aliases of aliases", CONFIG_MAPS, YAML, laughs),
        bomb("many aliases of a long list", CONFIG_MAPS, YAML, square),
        bomb("many aliases of a long text", CONFIG_MAPS, YAML, text),
    ]
}

/// Nesting.
fn towers() -> Vec<Bomb> {
    let fields = format!("{{\"spec\":{}", "{\"a\":".repeat(MOST / 5 - 10));
    vec![
        bomb("lists in lists", CONFIG_MAPS, JSON, "[".repeat(MOST)),
        bomb("objects in objects", CONFIG_MAPS, JSON, fields),
        bomb("lists in lists, in YAML", CONFIG_MAPS, YAML, "[".repeat(MOST)),
        bomb("blocks in blocks, in YAML", CONFIG_MAPS, YAML, "- ".repeat(MOST / 2)),
    ]
}

/// More values than bytes can pay for.
fn wide() -> Vec<Bomb> {
    let keys: String = (0..240_000).map(|at| format!("\"{at:x}\":\"\",")).collect();
    let map = format!("{{\"metadata\":{{\"name\":\"x\"}},\"data\":{{{keys}\"z\":\"\"}}}}");
    let lines: String = (0..250_000).map(|at| format!(" {at:x}: ''\n")).collect();
    let numbers = format!("{{\"metadata\":{{\"name\":\"x\",\"managedFields\":[{}1]}}}}", "1,".repeat(MOST / 2 - 50));
    let list = format!("{{\"metadata\":{{\"name\":\"x\",\"finalizers\":[{}\"\"]}}}}", "\"\",".repeat(MOST / 3 - 50));
    let applied = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n name: x\ndata:\n{lines}");
    vec![
        bomb("a map of 250,000 entries, in YAML, applied", APPLIED, APPLY, applied),
        bomb("a map of 240,000 entries", CONFIG_MAPS, JSON, map),
        bomb("a map of 250,000 entries, in YAML", CONFIG_MAPS, YAML, format!("metadata:\n name: x\ndata:\n{lines}")),
        bomb("a list of 1,500,000 numbers", CONFIG_MAPS, JSON, numbers),
        bomb("a list of 1,000,000 empty texts", PODS, JSON, list),
        bomb("1,500,000 empty messages of protobuf", PODS, "application/vnd.kubernetes.protobuf", messages()),
    ]
}

/// JSON in texts. Each object is refused for its name.
fn texts() -> Vec<Bomb> {
    let numbers = format!("[{}0]", "0,".repeat(MOST / 2 - 500));
    let autoscaler = json!({"metadata": {"name": "_", "annotations": {"autoscaling.alpha.kubernetes.io/metrics": numbers}},
        "spec": {"maxReplicas": 1, "scaleTargetRef": {"kind": "Deployment", "name": "d"}}});
    let owned = |key: String| {
        json!({"metadata": {"name": "_", "managedFields": [{"manager": "m", "operation": "Update", "apiVersion": "v1",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {key: {}}}}]}})
        .to_string()
    };
    let keys = format!("k:{{{}\"z\":1}}", (0..200_000).map(|at| format!("\"{at:x}\":1,")).collect::<String>());
    vec![
        bomb("1,500,000 numbers in an annotation", AUTOSCALERS, JSON, autoscaler.to_string()),
        bomb("1,500,000 numbers in the name of a field", CONFIG_MAPS, JSON, owned(format!("v:{numbers}"))),
        bomb("200,000 keys in the name of a field", CONFIG_MAPS, JSON, owned(keys)),
    ]
}

/// A pod with as many empty containers as go into a body.
fn messages() -> Vec<u8> {
    let container = field(2, b"");
    let spec = field(2, &container.repeat(MOST / 2 - 40));
    let meta = field(1, &[field(1, b"v1"), field(2, b"Pod")].concat());
    [b"k8s\0".to_vec(), meta, field(2, &spec)].concat()
}

fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![tag << 3 | 2];
    let mut length = bytes.len();
    while length > 127 {
        out.push((length & 127) as u8 | 128);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

/// Patches whose operations cost more than they say.
fn patches() -> Vec<Bomb> {
    let args = "/spec/containers/0/args";
    let doubling: Vec<Value> = (0..40)
        .map(|at| json!({"op": "copy", "from": "/metadata/annotations", "path": format!("/metadata/annotations/{at}")}))
        .collect();
    let doubling = [vec![json!({"op": "add", "path": "/metadata/annotations", "value": {"a": "0123456789"}})], doubling].concat();
    let front = vec![json!({"op": "add", "path": format!("{args}/0"), "value": "y"}); 9_900];
    let back: Vec<Value> = (0..9_900)
        .map(|at| {
            let (from, path) = if at % 2 == 0 { ("/spec", "/s") } else { ("/s", "/spec") };
            json!({"op": "move", "from": from, "path": path})
        })
        .collect();
    let copies = vec![json!({"op": "copy", "from": args, "path": "/spec/containers/0/command"}); 9_900];
    let many = vec![json!({"op": "test", "path": "/kind", "value": "Pod"}); 10_001];
    vec![
        bomb("copies of copies", POD, JSON_PATCH, Value::from(doubling).to_string()),
        bomb("9,900 copies of a long list", POD, JSON_PATCH, Value::from(copies).to_string()),
        bomb("9,900 items put before a long list", POD, JSON_PATCH, Value::from(front).to_string()),
        bomb("9,900 moves of all there is", POD, JSON_PATCH, Value::from(back).to_string()),
        bomb("10,001 operations", POD, JSON_PATCH, Value::from(many).to_string()),
    ]
}

fn definition(properties: Value) -> Vec<u8> {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "bombs.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "bombs", "kind": "Bomb"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}})
    .to_string()
    .into_bytes()
}

/// Regular and other expressions that grow when they are compiled.
fn expressions() -> Vec<Bomb> {
    let pattern = |pattern: &str| json!({"type": "string", "pattern": pattern});
    let many: Value =
        (0..20_000).map(|at| (at.to_string(), pattern(&format!("^\\pL{{1,60}}{at}$")))).collect::<serde_json::Map<_, _>>().into();
    let rule = |rule: &str| json!({"type": "string", "x-kubernetes-validations": [{"rule": rule}]});
    let policy = |expressions: &[String]| {
        let validations: Vec<Value> = expressions.iter().map(|expression| json!({"expression": expression})).collect();
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "bomb"},
            "spec": {"matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                "resources": ["pods"]}]}, "validations": validations}})
        .to_string()
    };
    let deep = format!("{}1{} == 1", "(".repeat(100_000), ")".repeat(100_000));
    let matches: Vec<String> = (0..20_000).map(|at| format!("object.metadata.name.matches('^\\\\pL{{1,60}}{at}$')")).collect();
    let loops = format!("{}true{}", "[1,2,3].all(x, ".repeat(60), ")".repeat(60));
    vec![
        bomb("a repeated repetition", DEFINITIONS, JSON, definition(json!({"a": pattern("((a{1000}){1000}){1000}")}))),
        bomb("20,000 patterns", DEFINITIONS, JSON, definition(many)),
        bomb(
            "a repeated repetition in a rule",
            DEFINITIONS,
            JSON,
            definition(json!({"a": rule("self.matches('((a{1000}){1000}){1000}')")})),
        ),
        bomb("an expression of brackets", POLICIES, JSON, policy(&[deep])),
        bomb("20,000 patterns in a policy", POLICIES, JSON, policy(&matches)),
        bomb("a rule of loops in loops", DEFINITIONS, JSON, definition(json!({"a": rule(&loops)}))),
    ]
}

/// What there is much to say about.
fn complaints() -> Vec<Bomb> {
    let long = "k".repeat(1 << 20);
    let unknown: String = (0..100_000).map(|at| format!("\"{at:x}\":1,")).collect();
    let twice = "\"a\":1,".repeat(99_000);
    let schema = |members: &str| {
        format!(
            "{{\"spec\":{{\"versions\":[{{\"schema\":{{\"openAPIV3Schema\":{{\"properties\":{{\"{long}\":{{{}}}}}}}}}}}]}}}}",
            members.trim_end_matches(',')
        )
    };
    let fields =
        format!("{{\"metadata\":{{\"managedFields\":[{{\"fieldsV1\":{{\"{long}\":{{{}}}}}}}]}}}}", twice.trim_end_matches(','));
    vec![
        bomb("unknown fields below a long name", DEFINITIONS, JSON, schema(&unknown[..unknown.len().min(900_000)])),
        bomb("fields given twice below a long name", DEFINITIONS, JSON, schema(&twice)),
        bomb("fields given twice where all is allowed", CONFIG_MAPS, JSON, fields),
    ]
}
