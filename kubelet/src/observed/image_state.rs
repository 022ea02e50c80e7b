//! Images on the node.

use kontiki_api::Text;
use kontiki_runtime::observe::Observed;
use serde::{Deserialize, Serialize};

/// An image that is on the node, under one of its names (see [`image_key`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageState {
    /// Its id.
    pub id: Text,
    /// Its size, bytes.
    pub size: i64,
}

impl Observed for ImageState {
    type Key = Text;
    const NAME: &'static str = "ImageState";
}

/// The full name of an image: `nginx` is `docker.io/library/nginx:latest`.
pub fn image_key(name: &str) -> Text {
    if name.starts_with("sha256:") {
        return name.into();
    }
    let is_host = |first: &str| first.contains(['.', ':']) || first == "localhost";
    let full = match name.split_once('/') {
        Some((first, _)) if is_host(first) => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    };
    let last = full.rsplit('/').next().unwrap_or_default();
    if last.contains(':') || full.contains('@') { full.into() } else { format!("{full}:latest").into() }
}

#[cfg(test)]
mod tests {
    use super::image_key;

    #[test]
    fn short_and_full_names_of_an_image_are_one_key() {
        assert_eq!(image_key("nginx"), image_key("docker.io/library/nginx:latest"));
        assert_eq!(&*image_key("kontiki/demo:1"), "docker.io/kontiki/demo:1");
        assert_eq!(&*image_key("localhost:5000/a"), "localhost:5000/a:latest");
        assert_eq!(&*image_key("a@sha256:00"), "docker.io/library/a@sha256:00");
    }
}
