//! Pods without a controller.

use kontiki_api::Text;
use kontiki_api::view::Pod;
use kontiki_runtime::world::{Index, Seen};

/// Pods that no controller manages, by namespace: candidates of adoption.
#[derive(Debug)]
pub enum Orphans {}

impl Index for Orphans {
    type View = Pod;
    type Key = Text;

    fn keys(seen: &Seen<Pod>) -> Vec<Text> {
        if seen.head().controller().is_none() { vec![seen.namespace().clone()] } else { Vec::new() }
    }
}
