//! Where the kubelet's I/O reads the time.

use std::sync::Arc;

/// A source of time, given to everything outside the pure part.
pub type Clock = Arc<dyn kontiki_runtime::clock::Clock>;
