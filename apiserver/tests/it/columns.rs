//! What tables say of their columns: clients format cells by it.

use kontiki_api::kind::Kinds;

#[test]
fn columns_have_the_types_and_formats_of_upstream() {
    let kinds = Kinds::builtin();
    let columns = [
        ("apps/v1", "Deployment", "Up-to-date", "string", ""),
        ("apps/v1", "DaemonSet", "Up-to-date", "integer", ""),
        ("autoscaling/v2", "HorizontalPodAutoscaler", "MaxPods", "string", ""),
        ("scheduling.k8s.io/v1", "PriorityClass", "Global-Default", "boolean", ""),
        ("storage.k8s.io/v1", "CSIDriver", "AttachRequired", "boolean", ""),
        ("storage.k8s.io/v1", "VolumeAttachment", "Attacher", "string", "name"),
        ("storage.k8s.io/v1", "StorageClass", "Name", "string", "name"),
        ("events.k8s.io/v1", "Event", "Name", "string", "name"),
    ];
    for (version, kind, name, r#type, format) in columns {
        let columns = &kinds.by_kind(version, kind).unwrap().columns;
        let column = columns.iter().find(|column| &*column.name == name).unwrap();
        assert_eq!((&*column.r#type, &*column.format), (r#type, format), "{kind} {name}");
    }
}
