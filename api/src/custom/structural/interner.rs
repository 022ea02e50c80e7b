//! Equal names of one schema share their text.

use std::collections::HashSet;

use crate::Text;

/// The texts of one schema.
#[derive(Default)]
pub(super) struct Interner(HashSet<Text>);

impl Interner {
    /// `text`, shared.
    pub fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new = Text::from(text);
        self.0.insert(new.clone());
        new
    }
}
