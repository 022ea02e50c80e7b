//! What a service-account token claims.

use kontiki_api::Text;
use serde_json::Value;

use super::bound_token::BoundRef;

/// The issuer of bound tokens, and the audience of the API server itself.
pub const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// The issuer of tokens kept in Secrets, as upstream's.
pub(super) const LEGACY_ISSUER: &str = "kubernetes/serviceaccount";

/// Names of a legacy token's claims start with this.
pub(super) const LEGACY_PREFIX: &str = "kubernetes.io/serviceaccount/";

/// The service account a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// Its uid: a later account of the same name is another one.
    pub uid: Text,
}

/// The claims of a token whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whom it speaks for.
    pub subject: Subject,
    /// The pod it is bound to.
    pub pod: Option<BoundRef>,
    /// The Secret it is bound to; a legacy token has no uid of it.
    pub secret: Option<BoundRef>,
    /// The node it is bound to.
    pub node: Option<BoundRef>,
    /// `jti`; empty for legacy tokens.
    pub id: Text,
    /// For whom it is meant; legacy tokens, which do not say it, for the API server alone.
    pub audiences: Vec<String>,
    /// Seconds since the epoch from which it does not hold any more; `None` for legacy tokens.
    pub expires: Option<i64>,
    /// Seconds since the epoch before which it does not hold.
    pub not_before: i64,
}

impl Claims {
    /// Reads the claims of either form; `None` where they are of neither.
    pub(super) fn read(claims: &Value) -> Option<Self> {
        match claims.get("iss")?.as_str()? {
            ISSUER => read_bound(claims),
            LEGACY_ISSUER => read_legacy(claims),
            _ => None,
        }
    }
}

fn read_bound(claims: &Value) -> Option<Claims> {
    let private = claims.get("kubernetes.io")?;
    let account = reference(private.get("serviceaccount")?)?;
    Some(Claims {
        subject: Subject { namespace: text(private.get("namespace"))?, name: account.name, uid: account.uid },
        pod: private.get("pod").and_then(reference),
        secret: private.get("secret").and_then(reference),
        node: private.get("node").and_then(reference),
        id: text(claims.get("jti")).unwrap_or_else(|| "".into()),
        audiences: audiences(claims.get("aud")?),
        expires: Some(claims.get("exp")?.as_i64()?),
        not_before: claims.get("nbf").and_then(Value::as_i64).unwrap_or_default(),
    })
}

fn read_legacy(claims: &Value) -> Option<Claims> {
    let claim = |name: &str| text(claims.get(format!("{LEGACY_PREFIX}{name}")));
    let secret = BoundRef { name: claim("secret.name")?, uid: "".into() };
    Some(Claims {
        subject: Subject {
            namespace: claim("namespace")?,
            name: claim("service-account.name")?,
            uid: claim("service-account.uid")?,
        },
        pod: None,
        secret: Some(secret),
        node: None,
        id: "".into(),
        audiences: vec![ISSUER.into()],
        expires: None,
        not_before: 0,
    })
}

fn reference(value: &Value) -> Option<BoundRef> {
    Some(BoundRef { name: text(value.get("name"))?, uid: text(value.get("uid"))? })
}

fn text(value: Option<&Value>) -> Option<Text> {
    value?.as_str().map(Text::from)
}

fn audiences(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).map(String::from).collect(),
        _ => Vec::new(),
    }
}
