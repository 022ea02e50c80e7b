//! The images that are part of the binary, so that a node needs no registry to start.

use crate::runtime::ImageInfo;

/// The label by which an image of ours is known again, whatever its tag says: the digest of its content.
pub const CONTENT: &str = "io.kontiki.content";

/// An image that is part of the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its tag.
    pub name: &'static str,
    /// Value of its label [`CONTENT`].
    pub content: &'static str,
    /// The image, a gzipped `docker load` archive.
    pub archive: &'static [u8],
}

impl BuiltIn {
    /// Whether `found` is this very image, and not one of another version under the same tag.
    pub fn is(&self, found: &ImageInfo) -> bool {
        found.content == self.content
    }
}

/// The image of sandboxes.
pub const PAUSE: BuiltIn = BuiltIn {
    name: "kontiki/pause:1",
    content: env!("KONTIKI_PAUSE_CONTENT"),
    archive: include_bytes!(concat!(env!("OUT_DIR"), "/pause.tar.gz")),
};

/// The demo image.
pub const DEMO: BuiltIn = BuiltIn {
    name: "kontiki/demo:1",
    content: env!("KONTIKI_DEMO_CONTENT"),
    archive: include_bytes!(concat!(env!("OUT_DIR"), "/demo.tar.gz")),
};
