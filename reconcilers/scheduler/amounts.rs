//! Amounts of resources: what nodes have and pods ask for.

use std::collections::BTreeMap;

use kontiki_api::Text;
use kontiki_api::view::{Container, Pod, ResourceList};

/// Amounts by resource: `cpu` in thousandths, everything else in units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts(BTreeMap<Text, i64>);

impl Amounts {
    /// Of a list in an object.
    pub fn of(list: &ResourceList) -> Self {
        let amount = |(name, quantity): (&Text, &kontiki_api::quantity::Quantity)| {
            (name.clone(), if &**name == "cpu" { quantity.millis() } else { quantity.units() })
        };
        Self(list.iter().map(amount).collect())
    }

    /// How much of `name`.
    pub fn get(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Every resource.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, i64)> {
        self.0.iter().map(|(name, amount)| (name, *amount))
    }

    /// Adds `other`.
    pub fn add(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            let sum = self.0.entry(name.clone()).or_default();
            *sum = sum.saturating_add(*amount);
        }
    }

    /// Raises each resource to what `other` has of it.
    fn raise(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            let most = self.0.entry(name.clone()).or_default();
            *most = (*most).max(*amount);
        }
    }
}

/// What `pod` sets aside: its containers and those that run beside them; more, where a container that
/// runs before them asks for more; and the sandbox's own.
pub(super) fn requests(pod: &Pod) -> Amounts {
    let of = |container: &Container| Amounts::of(&container.resources.requests);
    let mut running = Amounts::default();
    pod.spec.containers.iter().for_each(|container| running.add(&of(container)));
    let (mut beside, mut starting) = (Amounts::default(), Amounts::default());
    for container in &pod.spec.init_containers {
        let mut peak = of(container);
        peak.add(&beside);
        if &*container.restart_policy == "Always" {
            beside = peak.clone();
        }
        starting.raise(&peak);
    }
    running.add(&beside);
    running.raise(&starting);
    running.add(&Amounts::of(&pod.spec.overhead));
    running
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn init_containers_count_where_they_ask_for_more() {
        let cpu = |amount: &str| json!({"requests": {"cpu": amount}});
        let pod: Pod = serde_json::from_value(json!({"spec": {
            "containers": [{"resources": cpu("100m")}, {"resources": cpu("200m")}],
            "initContainers": [{"resources": cpu("50m"), "restartPolicy": "Always"}, {"resources": cpu("1")}],
            "overhead": {"cpu": "10m"},
        }}))
        .unwrap();
        assert_eq!(requests(&pod).get("cpu"), 1060);
    }
}
