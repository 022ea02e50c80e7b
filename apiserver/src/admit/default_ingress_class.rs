//! Ingresses without a class get the default one.

use kontiki_api::status::Status;

use super::default_class::default_class;
use super::fields::spec;
use super::{Admission, Plugin};

const IS_DEFAULT: &str = "/metadata/annotations/ingressclass.kubernetes.io~1is-default-class";

/// Sets `spec.ingressClassName` of new ingresses that name no class, by field or by the old annotation, to the newest
/// default class.
pub(super) struct DefaultIngressClass;

impl Plugin for DefaultIngressClass {
    fn name(&self) -> &'static str {
        "DefaultIngressClass"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("networking.k8s.io", "ingresses")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let chosen = admission.object.pointer("/spec/ingressClassName").is_some_and(|class| !class.is_null())
            || admission.object.pointer("/metadata/annotations/kubernetes.io~1ingress.class").is_some();
        if !admission.creates("networking.k8s.io", "ingresses") || chosen {
            return Ok(());
        }
        let newest = default_class(admission.store, "ingressclasses.networking.k8s.io", &[IS_DEFAULT]);
        if let (Some(class), Some(spec)) = (newest, spec(admission.object)) {
            spec.insert("ingressClassName".into(), (&*class).into());
        }
        Ok(())
    }
}
