//! What no policy is asked about.

use crate::admit::hooks::Subject;

/// Whether policies are kept from `subject`, as upstream keeps them: from policies and their bindings, so that none can lock
/// everybody out, and from the reviews by which users and rights are told, which nothing works without. Webhook
/// configurations are not exempt.
pub(super) fn is_exempt(subject: &Subject<'_>) -> bool {
    match (&*subject.kind.group, &*subject.kind.plural) {
        ("admissionregistration.k8s.io", plural) => matches!(
            plural,
            "validatingadmissionpolicies"
                | "validatingadmissionpolicybindings"
                | "mutatingadmissionpolicies"
                | "mutatingadmissionpolicybindings"
        ),
        ("authentication.k8s.io", plural) => matches!(plural, "tokenreviews" | "selfsubjectreviews"),
        ("authorization.k8s.io", plural) => matches!(
            plural,
            "subjectaccessreviews" | "localsubjectaccessreviews" | "selfsubjectaccessreviews" | "selfsubjectrulesreviews"
        ),
        _ => false,
    }
}
