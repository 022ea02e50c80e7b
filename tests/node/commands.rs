//! Every line of the tour, typed into a shell: with an unmodified kubectl, then with ours.

use super::{Cluster, Kubectl};

/// What is typed, and what must stand in what comes back.
type Line = (&'static str, &'static [&'static str]);

const APPLY: &[Line] = &[
    (
        "kubectl apply -f manifests/examples/guestbook/",
        &[
            "namespace/guestbook created",
            "configmap/guestbook created",
            "secret/guestbook created",
            "deployment.apps/frontend created",
            "replicationcontroller/backend created",
            "service/backend created",
            "service/frontend created",
        ],
    ),
    ("kubectl -n guestbook rollout status deployment/frontend --timeout=60s", &["successfully rolled out"]),
    ("kubectl -n guestbook wait --for=jsonpath='{.status.readyReplicas}'=2 rc/backend --timeout=60s", &["condition met"]),
    (
        "kubectl apply -f manifests/examples/guestbook/",
        &["deployment.apps/frontend unchanged", "replicationcontroller/backend unchanged", "service/frontend unchanged"],
    ),
];

const LOOK: &[Line] = &[
    (
        "kubectl get all,cm,secret,sa,ep,endpointslices,nodes -A -o wide",
        &[
            "pod/frontend-",
            "replicationcontroller/backend",
            "service/kube-dns",
            "deployment.apps/frontend",
            "replicaset.apps/frontend-",
            "configmap/kube-root-ca.crt",
            "secret/guestbook",
            "serviceaccount/default",
            "endpoints/frontend",
            "endpointslice.discovery.k8s.io/frontend-",
            "node/",
            "docker://",
        ],
    ),
    ("kubectl describe namespace guestbook", &["example=guestbook", "Active"]),
    ("kubectl describe nodes", &["Non-terminated Pods:", "kontiki", "KubeletReady"]),
    (
        "kubectl -n guestbook describe pods -l tier=frontend",
        &["Controlled By:", "ReplicaSet/frontend-", "Successfully assigned guestbook/frontend-", "Started container web"],
    ),
    (
        "kubectl -n guestbook describe deployment frontend",
        &["3 desired | 3 updated | 3 total | 3 available", "ScalingReplicaSet"],
    ),
    ("kubectl -n guestbook describe replicaset", &["Deployment/frontend", "3 current / 3 desired", "SuccessfulCreate"]),
    ("kubectl -n guestbook describe rc backend", &["2 current / 2 desired"]),
    ("kubectl -n guestbook describe service frontend", &["NodePort", "30080/TCP", ":8080"]),
    ("kubectl -n guestbook describe configmap guestbook", &["Welcome aboard"]),
    ("kubectl -n guestbook describe secret guestbook", &["password:", "13 bytes"]),
    ("kubectl -n guestbook describe serviceaccount default", &["default-token-"]),
    ("kubectl -n guestbook describe endpoints frontend", &["8080"]),
    ("kubectl -n guestbook describe endpointslices", &["IPv4", "frontend-"]),
    ("kubectl -n guestbook events", &["ScalingReplicaSet", "Scheduled", "Started"]),
];

const REACH: &[Line] = &[
    ("kubectl apply -f tests/node/tour.yaml", &["pod/once created"]),
    ("kubectl -n guestbook wait --for=condition=Ready pod/once --timeout=60s", &["pod/once condition met"]),
    ("kubectl -n guestbook exec once -- touch /tmp/go & kubectl -n guestbook logs -f once; wait", &["first\nsecond\n"]),
    ("kubectl -n guestbook wait --for=jsonpath='{.status.phase}'=Succeeded pod/once --timeout=60s", &["condition met"]),
    ("kubectl -n guestbook logs --tail=1 --timestamps once", &["Z second"]),
    ("kubectl -n guestbook logs deployment/frontend", &["demo: listening on port 8080"]),
    ("kubectl -n guestbook exec deployment/frontend -- cat /etc/guestbook/greeting.txt", &["This file is a ConfigMap."]),
    ("echo through | kubectl -n guestbook exec -i deployment/frontend -- cat", &["through"]),
    ("kubectl -n guestbook exec deployment/frontend -- sh -c 'exit 7'; echo code $?", &["code 7"]),
    (
        "printf 'echo from-shell $((6*7))\\nexit 3\\n' | \
         script -qec 'kubectl -n guestbook exec -it deployment/frontend -- sh' /dev/null; echo code $?",
        &["from-shell 42", "code 3"],
    ),
    (
        "script -qec 'stty rows 33 cols 77; kubectl -n guestbook exec -it deployment/frontend -- \
         sh -c \"until stty size | grep 33.77; do sleep 0.1; done\"' /dev/null < /dev/null",
        &["33 77"],
    ),
    (
        "curl -sf --max-time 5 http://$(kubectl get nodes -o jsonpath='{.items[0].status.addresses[0].address}'):30080/",
        &["message:   Welcome aboard"],
    ),
    ("kubectl -n guestbook exec deployment/frontend -- wget -qO- -T 5 http://backend:6379/hostname", &["backend-"]),
    (
        "kubectl -n guestbook exec deployment/frontend -- wget -qO- -T 5 \
         http://$(kubectl -n guestbook get service backend -o jsonpath='{.spec.clusterIP}'):6379/hostname",
        &["backend-"],
    ),
];

const ROLL: &[Line] = &[
    ("kubectl -n guestbook scale deployment/frontend --replicas=4", &["deployment.apps/frontend scaled"]),
    ("kubectl -n guestbook rollout status deployment/frontend --timeout=60s", &["successfully rolled out"]),
    ("kubectl -n guestbook scale deployment/frontend --current-replicas=4 --replicas=2", &["scaled"]),
    ("kubectl -n guestbook set image deployment/frontend web=kontiki/nosuch:1", &["image updated"]),
    (
        "kubectl -n guestbook wait --for=jsonpath='{.status.updatedReplicas}'=1 deployment/frontend --timeout=60s",
        &["condition met"],
    ),
    ("kubectl -n guestbook rollout undo deployment/frontend", &["rolled back"]),
    ("kubectl -n guestbook rollout status deployment/frontend --timeout=60s", &["successfully rolled out"]),
    ("kubectl -n guestbook rollout history deployment/frontend", &["REVISION", "\n2 ", "\n3 "]),
    ("kubectl -n guestbook rollout pause deployment/frontend", &["paused"]),
    ("kubectl -n guestbook set env deployment/frontend ROUND=2", &["env updated"]),
    ("kubectl -n guestbook rollout resume deployment/frontend", &["resumed"]),
    ("kubectl -n guestbook rollout status deployment/frontend --timeout=60s", &["successfully rolled out"]),
    ("kubectl -n guestbook exec deployment/frontend -- sh -c 'echo round $ROUND'", &["round 2"]),
];

const CHANGE: &[Line] = &[
    ("kubectl -n guestbook label deployment frontend round=one", &["labeled"]),
    ("kubectl -n guestbook label deployment frontend round=two 2>&1; echo code $?", &["--overwrite is false", "code 1"]),
    ("kubectl -n guestbook label --overwrite deployment frontend round=two", &["labeled"]),
    ("kubectl -n guestbook annotate deployment frontend note='two words'", &["annotated"]),
    ("kubectl -n guestbook patch deployment frontend -p '{\"metadata\":{\"labels\":{\"strategic\":\"yes\"}}}'", &["patched"]),
    ("kubectl -n guestbook patch deployment frontend --type=merge -p '{\"spec\":{\"minReadySeconds\":1}}'", &["patched"]),
    (
        "kubectl -n guestbook patch deployment frontend --type=json \
         -p '[{\"op\":\"replace\",\"path\":\"/spec/minReadySeconds\",\"value\":0}]'",
        &["patched"],
    ),
    (
        "kubectl -n guestbook get deployment frontend -o jsonpath='{.metadata.labels.round} {.metadata.labels.strategic} \
         {.metadata.annotations.note}'",
        &["two yes two words"],
    ),
    ("kubectl -n guestbook label deployment frontend round-", &["deployment.apps/frontend unlabeled"]),
    ("kubectl -n guestbook wait --for=condition=Available deployment/frontend --timeout=60s", &["condition met"]),
];

const DELETE: &[Line] = &[
    ("kubectl -n guestbook create deployment a --image=kontiki/demo:1 --replicas=2", &["deployment.apps/a created"]),
    ("kubectl -n guestbook create deployment b --image=kontiki/demo:1 --replicas=2", &["created"]),
    ("kubectl -n guestbook create deployment c --image=kontiki/demo:1 --replicas=1", &["created"]),
    ("kubectl -n guestbook rollout status deployment/b --timeout=60s", &["successfully rolled out"]),
    ("kubectl -n guestbook delete deployment a --cascade=foreground --timeout=60s", &["deployment.apps \"a\" deleted"]),
    ("kubectl -n guestbook get deployments,replicasets,pods -l app=a -o name; echo end", &["END"]),
    ("kubectl -n guestbook delete deployment b --cascade=orphan", &["deleted"]),
    ("kubectl -n guestbook get replicasets,pods -l app=b -o name", &["replicaset.apps/b-", "pod/b-"]),
    ("kubectl -n guestbook delete replicasets -l app=b", &["deleted"]),
    ("kubectl -n guestbook delete deployment c --cascade=background", &["deleted"]),
    ("kubectl -n guestbook wait --for=delete pods -l 'app in (b,c)' --timeout=60s; echo gone", &["gone"]),
    ("kubectl -n guestbook get replicasets,pods -l 'app in (b,c)' -o name; echo end", &["END"]),
    ("kubectl -n guestbook delete pod nope 2>&1; echo code $?", &["(NotFound): pods \"nope\" not found", "code 1"]),
    ("kubectl -n guestbook delete pod nope --ignore-not-found", &[]),
    ("kubectl delete namespace guestbook --timeout=60s", &["namespace \"guestbook\" deleted"]),
];

/// What only upstream's kubectl has.
const MORE: &[Line] = &[
    ("kubectl -n guestbook get pods -w --request-timeout=1s --output-watch-events || true", &["EVENT", "ADDED"]),
    ("kubectl explain deployment.spec.strategy", &["FIELD: strategy <DeploymentStrategy>", "rollingUpdate"]),
    ("kubectl explain pods --recursive", &["terminationGracePeriodSeconds"]),
    ("EDITOR='sed -i s/replicas:.2/replicas:\\ 3/' kubectl -n guestbook edit deployment frontend", &["frontend edited"]),
    ("kubectl -n guestbook wait --for=jsonpath='{.status.readyReplicas}'=3 deployment/frontend --timeout=60s", &["met"]),
    ("EDITOR=true kubectl -n guestbook edit deployment frontend 2>&1", &["Edit cancelled, no changes made."]),
    (
        "EDITOR='sed -i s/replicas:.3/replicas:\\ -3/' kubectl -n guestbook edit deployment frontend 2>&1; echo code $?",
        &["deployments.apps \"frontend\" is invalid", "code 1"],
    ),
    ("kubectl diff -f manifests/examples/guestbook/config.yaml", &[]),
    ("kubectl replace -f manifests/examples/guestbook/config.yaml", &["configmap/guestbook replaced"]),
    (
        "kubectl -n guestbook run solo --image=kontiki/demo:1 --restart=Never --labels=app=solo -- --port 9000",
        &["pod/solo created"],
    ),
    ("kubectl -n guestbook expose pod solo --port=80 --target-port=9000", &["service/solo exposed"]),
    ("kubectl -n guestbook wait --for=condition=Ready pod/solo --timeout=60s", &["condition met"]),
    ("kubectl -n guestbook cp LICENSE solo:/tmp/there && kubectl -n guestbook exec solo -- cat /tmp/there", &["Apache License"]),
    ("kubectl -n guestbook cp solo:/tmp/there /dev/stdout 2>/dev/null | cat > /dev/null; echo copied", &["copied"]),
    ("kubectl -n guestbook create role look --verb=get,list --resource=pods", &["created"]),
    ("kubectl -n guestbook create rolebinding look --role=look --serviceaccount=guestbook:default", &["created"]),
    ("kubectl -n guestbook auth can-i list pods --as=system:serviceaccount:guestbook:default", &["yes"]),
    ("kubectl -n guestbook auth can-i delete pods --as=system:serviceaccount:guestbook:default || true", &["no"]),
    (
        "kubectl --kubeconfig /dev/null --server https://127.0.0.1:6443 --insecure-skip-tls-verify \
         --token $(kubectl -n guestbook create token default) auth whoami",
        &["system:serviceaccount:guestbook:default", "system:authenticated"],
    ),
    ("kubectl auth whoami", &["kubernetes-admin"]),
    ("kubectl cordon $(kubectl get nodes -o name)", &["cordoned"]),
    ("kubectl get nodes", &["Ready,SchedulingDisabled"]),
    ("kubectl uncordon $(kubectl get nodes -o name)", &["uncordoned"]),
    ("kubectl -n guestbook delete pod solo --now", &["pod \"solo\" deleted"]),
    ("kubectl top nodes 2>&1; echo code $?", &["Metrics API not available", "code 1"]),
    ("kubectl get events -A --sort-by=.metadata.creationTimestamp", &["Scheduled"]),
    ("kubectl api-resources", &["deployments", "endpointslices"]),
    ("kubectl version", &["Server Version: v1.36"]),
    ("kubectl cluster-info", &["control plane", "KubeDNS"]),
    ("kubectl get --raw '/readyz?verbose'", &["readyz check passed"]),
];

/// Types each line and looks at what comes back. `END` stands for nothing at all before the word `end`.
fn walk(cluster: &Cluster, which: Kubectl, lines: &[Line]) {
    for (typed, expected) in lines {
        let output = cluster.shell(which, &format!("set -o pipefail; {typed}"));
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{which:?}: {typed}: {}\n{out}{err}", output.status);
        for part in *expected {
            let holds = if *part == "END" { out == "end\n" } else { out.replace('\r', "").contains(part) };
            assert!(holds, "{which:?}: {typed}\n--- lacks {part:?}\n{out}{err}");
        }
    }
}

/// A request that the server refused, as one line of kubectl's trace tells it: `GET URL code`.
fn refusal(line: &str) -> Option<String> {
    let value =
        |name: &str| line.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value);
    let words: Vec<&str> = line.split_whitespace().collect();
    // Before 1.33 a line reads `… GET https://… 200 OK in 3 milliseconds`, from then on `… verb="GET" url="https://…" status="200 OK"`.
    let (verb, url, code) = match value("status") {
        Some(status) => (value("verb")?, value("url")?, status.split(' ').next()?),
        None => {
            let at = words.iter().position(|word| word.starts_with("https://"))?;
            (*words.get(at.checked_sub(1)?)?, words[at], *words.get(at + 1)?)
        }
    };
    code.starts_with(['4', '5']).then(|| format!("{verb} {url} {code}"))
}

/// Refusals that a real cluster gives too: what is not there yet or any more, and what the tour provokes.
fn is_expected(command: &str, refusal: &str) -> bool {
    let absent = refusal.starts_with("GET ") && refusal.ends_with(" 404");
    let asks_first = ["apply", "delete", "wait"].iter().any(|verb| command.split(' ').any(|word| word == *verb));
    (absent && asks_first)
        || command.contains("delete pod nope")
        || (command.contains(" edit ") && refusal.ends_with(" 422"))
        || (command.starts_with("top ") && absent)
}

#[test]
fn every_line_of_the_tour_works_with_an_unmodified_kubectl() {
    let cluster = Cluster::up(&[]);
    for lines in [APPLY, LOOK, REACH, ROLL, CHANGE, MORE, DELETE] {
        walk(&cluster, Kubectl::Unmodified, lines);
    }
    let trace = cluster.trace();
    let (mut command, mut requests) = ("", 0);
    for line in trace.lines() {
        command = line.strip_prefix("#> ").unwrap_or(command);
        requests += usize::from(line.contains("https://"));
        if let Some(refusal) = refusal(line) {
            assert!(is_expected(command, &refusal), "a real cluster does not answer so: kubectl {command}: {refusal}");
        }
    }
    assert!(requests > 200, "kubectl told of its requests: {requests}");
}

#[test]
fn every_line_of_the_tour_works_with_our_kubectl() {
    let cluster = Cluster::up(&[]);
    for lines in [APPLY, LOOK, REACH, ROLL, CHANGE, DELETE] {
        walk(&cluster, Kubectl::Ours, lines);
    }
}
