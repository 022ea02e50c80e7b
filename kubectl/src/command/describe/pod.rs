//! Pods.

use serde_json::Value;

use super::page::{Page, at, list, shown};

pub(super) fn write(page: &mut Page, pod: &Value) {
    page.meta(pod);
    page.some(0, "Priority", at(pod, "/spec/priority"));
    page.field(0, "Service Account", at(pod, "/spec/serviceAccountName"));
    let node = at(pod, "/spec/nodeName");
    page.field(0, "Node", if node.is_empty() { node } else { format!("{node}/{}", at(pod, "/status/hostIP")) });
    page.some(0, "Start Time", at(pod, "/status/startTime"));
    page.labels(pod);
    page.field(0, "Status", status(pod));
    page.some(0, "Reason", at(pod, "/status/reason"));
    page.some(0, "Message", at(pod, "/status/message"));
    page.field(0, "IP", at(pod, "/status/podIP"));
    page.head(0, "IPs");
    list(pod, "/status/podIPs").iter().for_each(|ip| page.field(1, "IP", at(ip, "/ip")));
    let owner = list(pod, "/metadata/ownerReferences").iter().find(|owner| at(owner, "/controller") == "true");
    page.some(
        0,
        "Controlled By",
        owner.map(|owner| format!("{}/{}", at(owner, "/kind"), at(owner, "/name"))).unwrap_or_default(),
    );
    if !list(pod, "/spec/initContainers").is_empty() {
        containers(page, "Init Containers", list(pod, "/spec/initContainers"), list(pod, "/status/initContainerStatuses"));
    }
    containers(page, "Containers", list(pod, "/spec/containers"), list(pod, "/status/containerStatuses"));
    let conditions = list(pod, "/status/conditions");
    if !conditions.is_empty() {
        page.head(0, "Conditions");
        page.table(&["Type", "Status"], conditions.iter().map(|each| vec![at(each, "/type"), at(each, "/status")]).collect());
    }
    volumes(page, list(pod, "/spec/volumes"));
    page.field(0, "QoS Class", at(pod, "/status/qosClass"));
    page.map(0, "Node-Selectors", pod.pointer("/spec/nodeSelector"), "=");
    let tolerations: Vec<String> = list(pod, "/spec/tolerations").iter().map(toleration).collect();
    page.field(0, "Tolerations", tolerations.join("; "));
}

fn status(pod: &Value) -> String {
    let grace = at(pod, "/metadata/deletionGracePeriodSeconds");
    match pod.pointer("/metadata/deletionTimestamp") {
        Some(since) => format!("Terminating (since {}, grace period {grace}s)", shown(since)),
        None => at(pod, "/status/phase"),
    }
}

/// The containers of `specs` with what `statuses` say of them.
pub(super) fn containers(page: &mut Page, title: &str, specs: &[Value], statuses: &[Value]) {
    page.head(0, title);
    for spec in specs {
        let name = at(spec, "/name");
        page.head(1, &name);
        let none = Value::Null;
        let found = statuses.iter().find(|status| at(status, "/name") == name).unwrap_or(&none);
        page.some(2, "Container ID", at(found, "/containerID"));
        page.field(2, "Image", at(spec, "/image"));
        page.some(2, "Image ID", at(found, "/imageID"));
        let ports: Vec<String> = list(spec, "/ports").iter().map(port).collect();
        page.field(2, "Port", ports.join(", "));
        for (key, member) in [("Command", "/command"), ("Args", "/args")] {
            if !list(spec, member).is_empty() {
                page.head(2, key);
                list(spec, member).iter().for_each(|word| page.text(3, &shown(word)));
            }
        }
        if !found.is_null() {
            states(page, found);
        }
        resources(page, spec);
        for (key, member) in [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")] {
            page.some(2, key, spec.get(member).map(probe).unwrap_or_default());
        }
        environment(page, spec);
        mounts(page, spec);
    }
}

fn port(port: &Value) -> String {
    let protocol = at(port, "/protocol");
    format!("{}/{}", at(port, "/containerPort"), if protocol.is_empty() { "TCP".into() } else { protocol })
}

fn states(page: &mut Page, status: &Value) {
    for (key, member) in [("State", "/state"), ("Last State", "/lastState")] {
        let state = status.pointer(member).and_then(Value::as_object).and_then(|state| state.iter().next());
        let Some((name, details)) = state else { continue };
        let mut title = name.clone();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        page.field(2, key, title);
        for (key, member) in [
            ("Reason", "/reason"),
            ("Message", "/message"),
            ("Exit Code", "/exitCode"),
            ("Started", "/startedAt"),
            ("Finished", "/finishedAt"),
        ] {
            page.some(3, key, at(details, member));
        }
    }
    page.field(2, "Ready", if at(status, "/ready") == "true" { "True" } else { "False" });
    page.field(2, "Restart Count", at(status, "/restartCount"));
}

fn resources(page: &mut Page, spec: &Value) {
    for (key, member) in [("Limits", "/resources/limits"), ("Requests", "/resources/requests")] {
        if let Some(amounts) = spec.pointer(member).and_then(Value::as_object).filter(|amounts| !amounts.is_empty()) {
            page.head(2, key);
            amounts.iter().for_each(|(name, amount)| page.field(3, name, shown(amount)));
        }
    }
}

fn probe(probe: &Value) -> String {
    let action = if let Some(get) = probe.get("httpGet") {
        let scheme = at(get, "/scheme").to_lowercase();
        format!(
            "http-get {}://{}:{}{}",
            if scheme.is_empty() { "http" } else { &scheme },
            at(get, "/host"),
            at(get, "/port"),
            at(get, "/path")
        )
    } else if let Some(exec) = probe.get("exec") {
        format!("exec [{}]", list(exec, "/command").iter().map(shown).collect::<Vec<_>>().join(" "))
    } else if let Some(socket) = probe.get("tcpSocket") {
        format!("tcp-socket {}:{}", at(socket, "/host"), at(socket, "/port"))
    } else {
        format!("grpc <pod>:{}", at(probe, "/grpc/port"))
    };
    let number = |member: &str, otherwise: &str| match at(probe, member) {
        absent if absent.is_empty() => otherwise.to_owned(),
        number => number,
    };
    format!(
        "{action} delay={}s timeout={}s period={}s #success={} #failure={}",
        number("/initialDelaySeconds", "0"),
        number("/timeoutSeconds", "1"),
        number("/periodSeconds", "10"),
        number("/successThreshold", "1"),
        number("/failureThreshold", "3")
    )
}

fn environment(page: &mut Page, spec: &Value) {
    let variables = list(spec, "/env");
    if variables.is_empty() {
        page.field(2, "Environment", "");
        return;
    }
    page.head(2, "Environment");
    for variable in variables {
        let source = variable.pointer("/valueFrom").and_then(Value::as_object).and_then(|source| source.iter().next());
        let value = match source {
            None => at(variable, "/value"),
            Some((kind, source)) if kind == "fieldRef" => format!("({})", at(source, "/fieldPath")),
            Some((kind, source)) if kind == "resourceFieldRef" => format!("({})", at(source, "/resource")),
            Some((kind, source)) => {
                let kind = if kind == "secretKeyRef" { "secret" } else { "config map" };
                format!("<set to the key '{}' in {kind} '{}'>", at(source, "/key"), at(source, "/name"))
            }
        };
        page.field(3, &at(variable, "/name"), value);
    }
}

fn mounts(page: &mut Page, spec: &Value) {
    let mounts = list(spec, "/volumeMounts");
    if mounts.is_empty() {
        page.field(2, "Mounts", "");
        return;
    }
    page.head(2, "Mounts");
    for mount in mounts {
        let access = if at(mount, "/readOnly") == "true" { "ro" } else { "rw" };
        page.text(3, &format!("{} from {} ({access})", at(mount, "/mountPath"), at(mount, "/name")));
    }
}

/// The volumes of a pod or of a template.
pub(super) fn volumes(page: &mut Page, volumes: &[Value]) {
    if volumes.is_empty() {
        page.field(0, "Volumes", "");
        return;
    }
    page.head(0, "Volumes");
    for volume in volumes {
        page.head(1, &at(volume, "/name"));
        let source = volume.as_object().into_iter().flatten().find(|(name, _)| *name != "name");
        let Some((kind, source)) = source else { continue };
        page.field(2, "Type", kind.clone());
        for (key, value) in source.as_object().into_iter().flatten().filter(|(_, value)| !value.is_object() && !value.is_array())
        {
            page.field(2, key, shown(value));
        }
    }
}

fn toleration(toleration: &Value) -> String {
    let mut text = at(toleration, "/key");
    let value = at(toleration, "/value");
    if !value.is_empty() {
        text = format!("{text}={value}");
    }
    let effect = at(toleration, "/effect");
    if !effect.is_empty() {
        text = format!("{text}:{effect}");
    }
    if at(toleration, "/operator") == "Exists" {
        text.push_str(" op=Exists");
    }
    let seconds = at(toleration, "/tolerationSeconds");
    if seconds.is_empty() { text } else { format!("{text} for {seconds}s") }
}
