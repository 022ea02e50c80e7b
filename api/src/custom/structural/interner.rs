//! Equal names of one schema share their text, and equal nodes are one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::model::Structural;
use crate::Text;

/// The texts of one schema, and its nodes without parts.
#[derive(Default)]
pub(super) struct Interner {
    texts: HashSet<Text>,
    nodes: HashMap<String, Arc<Structural>>,
}

impl Interner {
    /// `text`, shared.
    pub fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new = Text::from(text);
        self.texts.insert(new.clone());
        new
    }

    /// The node that says `said`.
    pub fn node(&self, said: &str) -> Option<Arc<Structural>> {
        self.nodes.get(said).cloned()
    }

    /// Shares `node`, which says `said`.
    pub fn keep(&mut self, said: String, node: Structural) -> Arc<Structural> {
        let node = Arc::new(node);
        self.nodes.insert(said, Arc::clone(&node));
        node
    }
}
