//! How far a rolling update may go beyond and below the wanted number.

use kontiki_api::int_or_string::{IntOrString, Round};
use kontiki_api::view::Deployment;

/// `maxSurge` and `maxUnavailable` in pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Pods wanted.
    pub replicas: i32,
    /// Pods above that.
    pub surge: i32,
    /// Pods missing from it.
    pub unavailable: i32,
}

impl Limits {
    /// Of `deployment`: surge is rounded up, unavailable down, and where both are nothing one may be missing.
    pub fn of(deployment: &Deployment) -> Self {
        let replicas = deployment.spec.replicas.unwrap_or(1);
        if !is_rolling(deployment) {
            return Self { replicas, surge: 0, unavailable: 0 };
        }
        let rolling = deployment.spec.strategy.rolling_update.as_ref();
        let quarter = IntOrString::Text("25%".into());
        let scaled = |limit: Option<&IntOrString>, round| limit.unwrap_or(&quarter).scaled(replicas, round).unwrap_or(0);
        let surge = scaled(rolling.and_then(|rolling| rolling.max_surge.as_ref()), Round::Up);
        let unavailable = scaled(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()), Round::Down);
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        Self { replicas, surge, unavailable: unavailable.min(replicas) }
    }

    /// Most pods there may be.
    pub fn most(&self) -> i32 {
        if self.replicas > 0 { self.replicas.saturating_add(self.surge) } else { 0 }
    }

    /// Fewest pods that must be available.
    pub fn least_available(&self) -> i32 {
        self.replicas - self.unavailable
    }
}

/// Whether `deployment` rolls rather than recreates.
pub(super) fn is_rolling(deployment: &Deployment) -> bool {
    &*deployment.spec.strategy.r#type != "Recreate"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn limits(replicas: i32, surge: &str, unavailable: &str) -> (i32, i32) {
        let deployment = serde_json::from_value(json!({"spec": {"replicas": replicas, "strategy": {
            "type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}}}));
        let limits = Limits::of(&deployment.unwrap());
        (limits.surge, limits.unavailable)
    }

    #[test]
    fn percentages_round_so_that_an_update_can_move() {
        assert_eq!(limits(10, "25%", "25%"), (3, 2));
        assert_eq!(limits(1, "25%", "25%"), (1, 0));
        assert_eq!(limits(3, "0%", "0%"), (0, 1));
        assert_eq!(limits(0, "50%", "50%"), (0, 0));
    }
}
