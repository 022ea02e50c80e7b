//! Services and DNS on this node: a reconciler plus packet-rule back ends.
