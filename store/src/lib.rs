//! The log: SQLite, Raft, history and watch over keys, bytes and revisions.
