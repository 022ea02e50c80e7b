//! `metav1.Table`: objects as rows of cells, for `kubectl get`.

mod render;

pub use render::{Include, cells, render};
