//! Client, World, the Reconciler trait, engine, executor, record and replay.
