//! Who asks, as one master tells another: upstream's headers of authenticating proxies.

use http::{HeaderMap, HeaderName, HeaderValue};
use kontiki_api::Text;
use kontiki_api::request::{RequestId, User};
use sha2::{Digest, Sha256};

/// The user that a master's certificate names when it passes requests on. It may speak for anybody.
pub const FRONT_PROXY: &str = "system:kontiki:front-proxy";

const USER: HeaderName = HeaderName::from_static("x-remote-user");
const UID: HeaderName = HeaderName::from_static("x-remote-uid");
const GROUP: HeaderName = HeaderName::from_static("x-remote-group");
const EXTRA: HeaderName = HeaderName::from_static("x-kontiki-remote-extra");
const REQUEST_ID: HeaderName = HeaderName::from_static("kontiki-request-id");

/// The headers that tell of `user` and of the request's id.
pub(super) fn headers(user: &User, id: RequestId) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, text: &str| {
        // Bytes above 127 are kept as they are.
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
            headers.append(name, value);
        }
    };
    add(USER, &user.name);
    if !user.uid.is_empty() {
        add(UID, &user.uid);
    }
    user.groups.iter().for_each(|group| add(GROUP, group));
    if !user.extra.is_empty() {
        add(EXTRA, &serde_json::to_string(&user.extra).unwrap_or_default());
    }
    add(REQUEST_ID, &format!("{:032x}", id.0));
    headers
}

/// The user that the headers of a master tell of.
pub(crate) fn remote_user(headers: &HeaderMap) -> Option<User> {
    let text = |value: &HeaderValue| std::str::from_utf8(value.as_bytes()).ok().map(Text::from);
    let one = |name: &HeaderName| headers.get(name).and_then(text);
    let groups = headers.get_all(GROUP).iter().filter_map(text).collect();
    let extra = one(&EXTRA).map_or(Ok(Vec::new()), |extra| serde_json::from_str(&extra)).ok()?;
    let name = one(&USER).filter(|name| !name.is_empty())?;
    Some(User { name, uid: one(&UID).unwrap_or_default(), groups, extra })
}

/// The id under which a request is to be done once. A master's is taken as it is; that of any other client counts
/// for its user alone, so that nobody is shown the outcome of another's request.
pub(crate) fn request_id(headers: &HeaderMap, user: &User, from_master: bool) -> Option<RequestId> {
    let told = headers.get(REQUEST_ID)?.to_str().ok()?;
    if from_master {
        return u128::from_str_radix(told, 16).ok().map(RequestId);
    }
    let mut hash = Sha256::new();
    for part in [user.name.as_bytes(), b"\0", told.as_bytes()] {
        hash.update(part);
    }
    let (front, _) = hash.finalize().split_first_chunk::<16>().map(|(front, rest)| (*front, rest.len()))?;
    Some(RequestId(u128::from_be_bytes(front)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_arrives_as_it_was_sent() {
        let user = User {
            name: "Ünal".into(),
            uid: "u1".into(),
            groups: vec!["a".into(), "b, c".into()],
            extra: vec![("Key".into(), vec!["1".into(), "2".into()])],
        };
        let headers = headers(&user, RequestId(7));
        assert_eq!(remote_user(&headers), Some(user.clone()));
        assert_eq!(request_id(&headers, &user, true), Some(RequestId(7)));
        assert_eq!(remote_user(&HeaderMap::new()), None);
    }

    #[test]
    fn the_id_of_a_client_counts_for_its_user_alone() {
        let (mut headers, alice) = (HeaderMap::new(), User { name: "alice".into(), ..User::default() });
        headers.insert(REQUEST_ID, HeaderValue::from_static("0000000000000000000000000000000a"));
        let id = request_id(&headers, &alice, false).unwrap();
        assert_eq!(request_id(&headers, &alice, false), Some(id));
        assert_ne!(request_id(&headers, &User { name: "bob".into(), ..User::default() }, false), Some(id));
        assert_ne!(id, RequestId(10));
    }
}
