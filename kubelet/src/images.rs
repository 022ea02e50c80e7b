//! The images that are part of the binary, so that a node needs no registry to start.

/// Tag of the sandbox image.
pub const PAUSE: &str = "kontiki/pause:1";

/// Tag of the demo image.
pub const DEMO: &str = "kontiki/demo:1";

/// The sandbox image, a gzipped `docker load` archive.
pub const PAUSE_TAR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pause.tar.gz"));

/// The demo image, a gzipped `docker load` archive.
pub const DEMO_TAR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/demo.tar.gz"));
