//! Pure pairs: a pod and what is seen of it, and what is decided.
