//! Bad input gets the answers that upstream gives: the code, the reason, and what is wrong where.

use serde_json::Value;

use super::{Cluster, Kubectl};

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// Code and `Status` (or text) of a request that curl makes with these further arguments, as the admin.
fn ask(cluster: &Cluster, path: &str, arguments: &[&str]) -> (u16, Value) {
    let pki = cluster.data().join("pki");
    let file = |name: &str| pki.join(name).to_string_lossy().into_owned();
    let (authority, certificate, key) = (file("ca.crt"), file("admin.crt"), file("admin.key"));
    let mut command = cluster.inside("curl");
    command.args(["-s", "--http1.1", "--max-time", "20", "-w", "\n%{http_code}", "--cacert", &authority]);
    if !arguments.contains(&"--oauth2-bearer") && !arguments.contains(&"--anonymous") {
        command.args(["--cert", &certificate, "--key", &key]);
    }
    let arguments = arguments.iter().filter(|argument| **argument != "--anonymous");
    let output = command.args(arguments).arg(format!("https://127.0.0.1:6443{path}")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, code) = text.rsplit_once('\n').unwrap();
    (code.parse().unwrap(), serde_json::from_str(body).unwrap_or_else(|_| body.trim_end().into()))
}

fn send<'a>(method: &'a str, form: &'a str, body: &'a str) -> [&'a str; 6] {
    ["-X", method, "-H", form, "--data-binary", body]
}

const JSON: &str = "Content-Type: application/json";
const YAML: &str = "Content-Type: application/yaml";
const MERGE: &str = "Content-Type: application/merge-patch+json";

fn is(cluster: &Cluster, path: &str, arguments: &[&str], code: u16, reason: &str, part: &str) {
    let (told, status) = ask(cluster, path, arguments);
    let asked = format!("{arguments:?} {path}: {status}");
    assert_eq!((told, status["code"].as_u64()), (code, Some(u64::from(code))), "{asked}");
    assert_eq!(
        (&status["kind"], &status["status"], &status["reason"]),
        (&"Status".into(), &"Failure".into(), &reason.into()),
        "{asked}"
    );
    assert!(status["message"].as_str().unwrap().contains(part), "lacks {part:?}: {asked}");
}

#[test]
fn bad_input_is_refused_with_its_code_and_place() {
    let cluster = Cluster::up(&["--no-node"]);
    bodies_that_do_not_read(&cluster);
    objects_that_collide(&cluster);
    callers_that_may_not(&cluster);
    queries_that_make_no_sense(&cluster);
    every_field_of_an_invalid_object_is_named(&cluster);
    manifests_are_refused_in_words(&cluster);
}

fn bodies_that_do_not_read(cluster: &Cluster) {
    let post = |form, body| send("POST", form, body);
    is(
        cluster,
        CONFIG_MAPS,
        &post(JSON, "{\"kind\":\"ConfigMap\",}"),
        400,
        "BadRequest",
        "looking for beginning of object key string",
    );
    is(cluster, CONFIG_MAPS, &post(YAML, "kind: ConfigMap\nmetadata: {name: x"), 400, "BadRequest", "line 2");
    is(cluster, CONFIG_MAPS, &post("Content-Type: text/plain", "x"), 415, "UnsupportedMediaType", "accepted media types include");
    let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}"#;
    is(cluster, CONFIG_MAPS, &post(JSON, secret), 400, "BadRequest", "cannot be handled as a ConfigMap");
    let typed = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":1}}"#;
    is(cluster, CONFIG_MAPS, &post(JSON, typed), 400, "BadRequest", "data");
    let unknown = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"dada":{},"data":{"a":"1"}}"#;
    let strict = format!("{CONFIG_MAPS}?fieldValidation=Strict");
    is(cluster, &strict, &post(JSON, unknown), 400, "BadRequest", "unknown field \"dada\"");
    let large = cluster.data().join("large");
    std::fs::write(&large, vec![b'a'; 4_000_000]).unwrap();
    let from = format!("@{}", large.display());
    is(cluster, CONFIG_MAPS, &post(JSON, &from), 413, "RequestEntityTooLarge", "too large");
    is(
        cluster,
        &format!("{CONFIG_MAPS}/x"),
        &send("PATCH", "Content-Type: text/x", "{}"),
        415,
        "UnsupportedMediaType",
        "accepted media types include: application/json-patch+json",
    );
}

fn objects_that_collide(cluster: &Cluster) {
    let named =
        |name: &str, more: &str| format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"{more}}}}}"#);
    cluster.kubectl("create configmap here");
    let here = format!("{CONFIG_MAPS}/here");
    is(cluster, CONFIG_MAPS, &send("POST", JSON, &named("here", "")), 409, "AlreadyExists", "configmaps \"here\" already exists");
    let stale = named("here", r#","resourceVersion":"1""#);
    is(cluster, &here, &send("PUT", JSON, &stale), 409, "Conflict", "the object has been modified");
    is(cluster, &here, &send("PUT", JSON, &named("other", "")), 400, "BadRequest", "does not match the name on the URL");
    let elsewhere = named("x", r#","namespace":"kube-public""#);
    is(cluster, CONFIG_MAPS, &send("POST", JSON, &elsewhere), 400, "BadRequest", "namespace of the provided object");
    is(cluster, &here, &send("PATCH", MERGE, "{"), 400, "BadRequest", "unexpected end of JSON input");
    is(cluster, &here, &send("POST", JSON, "{}"), 405, "MethodNotAllowed", "does not allow this method");
    let precondition = r#"{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"no"}}"#;
    is(
        cluster,
        &here,
        &send("DELETE", JSON, precondition),
        409,
        "Conflict",
        "the UID in the precondition (no) does not match the UID in record",
    );
    is(cluster, &format!("{CONFIG_MAPS}/nope"), &[], 404, "NotFound", "configmaps \"nope\" not found");
    // As upstream tells of paths that lead to nothing, which clients know as well.
    assert_eq!(ask(cluster, "/apis/nope/v1/things", &[]), (404, "404 page not found".into()));
    let nowhere = "/api/v1/namespaces/nowhere/configmaps";
    is(cluster, nowhere, &send("POST", JSON, &named("x", "")), 404, "NotFound", "namespaces \"nowhere\" not found");
}

fn callers_that_may_not(cluster: &Cluster) {
    is(cluster, CONFIG_MAPS, &["--anonymous"], 403, "Forbidden", "User \"system:anonymous\" cannot list resource \"configmaps\"");
    is(cluster, CONFIG_MAPS, &["--oauth2-bearer", "nonsense"], 401, "Unauthorized", "Unauthorized");
    is(cluster, CONFIG_MAPS, &["-H", "Impersonate-User: bob"], 403, "Forbidden", "User \"bob\" cannot list");
    is(cluster, CONFIG_MAPS, &["-H", "Accept: text/html"], 406, "NotAcceptable", "application/json");
}

fn queries_that_make_no_sense(cluster: &Cluster) {
    for (query, part) in [
        ("limit=x", "strconv.ParseInt: parsing \"x\": invalid syntax"),
        ("labelSelector=a==b==c", "found '==', expected: ','"),
        ("fieldSelector=x=y", "is not a known field selector"),
        ("watch=1&resourceVersion=abc", "resourceVersion"),
        ("continue=abc", "continue"),
    ] {
        is(cluster, &format!("{CONFIG_MAPS}?{query}"), &[], 400, "BadRequest", part);
    }
    is(cluster, &format!("{CONFIG_MAPS}?resourceVersion=999999999"), &[], 504, "Timeout", "Too large resource version");
}

const INVALID: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"Bad_Name","labels":{"a b":"c d"}},
"spec":{"restartPolicy":"Sometimes","containers":[
{"name":"A","ports":[{"containerPort":99999}],"resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}}},
{"name":"b","image":"i","imagePullPolicy":"Maybe","volumeMounts":[{"name":"nope","mountPath":"/x"}],"env":[{"name":"","value":"v"}]}]}}"#;

fn every_field_of_an_invalid_object_is_named(cluster: &Cluster) {
    let (code, status) = ask(cluster, "/api/v1/namespaces/default/pods", &send("POST", JSON, INVALID));
    assert_eq!((code, &status["reason"]), (422, &"Invalid".into()), "{status}");
    assert_eq!((&status["details"]["kind"], &status["details"]["name"]), (&"Pod".into(), &"Bad_Name".into()), "{status}");
    let causes = status["details"]["causes"].as_array().unwrap();
    let fields: Vec<&str> = causes.iter().filter_map(|cause| cause["field"].as_str()).collect();
    for field in [
        "metadata.name",
        "metadata.labels",
        "spec.restartPolicy",
        "spec.containers[0].name",
        "spec.containers[0].image",
        "spec.containers[0].ports[0].containerPort",
        "spec.containers[0].resources.requests",
        "spec.containers[1].imagePullPolicy",
        "spec.containers[1].volumeMounts[0].name",
        "spec.containers[1].env[0].name",
    ] {
        assert!(fields.contains(&field), "{field} is not named: {status:#}");
    }
    assert!(causes.iter().all(|cause| cause["reason"].is_string() && cause["message"].is_string()), "{status:#}");
}

fn manifests_are_refused_in_words(cluster: &Cluster) {
    // None begins with a bracket: some versions of kubectl read that as JSON.
    for (flags, manifest, part) in [
        ("--validate=false", "apiVersion: v1\nkind: Foo\nmetadata: {name: x}", "no matches for kind \"Foo\" in version \"v1\""),
        ("", "metadata: {name: x", "error converting YAML to JSON"),
        ("", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndada: {}", "unknown field \"dada\""),
        (
            "",
            "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 0}]}",
            "spec.ports[0].port: Invalid value",
        ),
    ] {
        let output = cluster.shell(Kubectl::Unmodified, &format!("echo '{manifest}' | kubectl apply {flags} -f -"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains(part), "{manifest}\n--- lacks {part:?}\n{told}");
    }
}
