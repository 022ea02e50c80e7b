//! Fetching images.

use base64::Engine as _;
use serde_json::Value;

use super::Performer;
use crate::effect::Hidden;
use crate::observed::image_key;

/// Fetches `image`, with the first of `secrets` that knows its registry.
pub async fn pull(performer: &Performer, image: &str, secrets: &[Hidden]) -> Result<(), String> {
    let auth = secrets.iter().find_map(|secret| credentials(secret, image));
    performer.runtime.pull(&image_key(image), auth).await.map_err(|error| error.to_string())
}

/// User and password for the registry of `image` in a `.dockerconfigjson`.
fn credentials(secret: &Hidden, image: &str) -> Option<(String, String)> {
    let config: Value = serde_json::from_slice(&secret.0).ok()?;
    let key = image_key(image);
    let host = key.split('/').next()?;
    let named = |name: &str| name.trim_start_matches("https://").split('/').next() == Some(host);
    let (_, entry) = config.get("auths")?.as_object()?.iter().find(|(name, _)| named(name))?;
    if let (Some(user), Some(password)) = (entry.get("username")?.as_str(), entry.get("password")?.as_str()) {
        return Some((user.into(), password.into()));
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(entry.get("auth")?.as_str()?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(user, password)| (user.into(), password.into()))
}
