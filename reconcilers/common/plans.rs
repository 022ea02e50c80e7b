//! Plans, put together.

use kontiki_runtime::plan::{Next, Plan};

/// `plan`, and then `other`: looked at again when the first of both wants it.
pub(crate) fn join(mut plan: Plan, other: Plan) -> Plan {
    plan.intents.extend(other.intents);
    match other.next {
        Next::After(duration) => plan.after(duration),
        Next::Done => plan,
    }
}
