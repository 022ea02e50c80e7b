//! What every command works with: the server, the namespace, the terminal.

use std::io::Write;

use http::Method;
use hyper::body::Bytes;
use serde_json::Value;

use crate::failure::Failure;
use crate::resolve::{Resource, by_kind};
use crate::transport::Client;

/// The media type of plain answers.
pub(crate) const JSON: &str = "application/json";

/// What every command works with.
pub(crate) struct Context<'a> {
    /// The server.
    pub client: Client,
    /// The namespace of commands that name none.
    pub namespace: String,
    /// Standard output.
    pub out: &'a mut (dyn Write + Send),
    /// Standard error.
    pub err: &'a mut (dyn Write + Send),
}

impl Context<'_> {
    /// Prints a line.
    pub(crate) fn say(&mut self, line: impl AsRef<str>) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{}", line.as_ref())?)
    }

    /// Prints a line on standard error.
    pub(crate) fn note(&mut self, line: impl AsRef<str>) -> Result<(), Failure> {
        Ok(writeln!(self.err, "{}", line.as_ref())?)
    }

    /// The namespace of objects of `resource`; empty for cluster scope.
    pub(crate) fn scope(&self, resource: &Resource) -> String {
        if resource.namespaced { self.namespace.clone() } else { String::new() }
    }

    /// The JSON at `path`.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, path, "", None).await
    }

    /// The object `name` of `resource`.
    pub(crate) async fn object(&mut self, resource: &Resource, name: &str) -> Result<Value, Failure> {
        let path = resource.path(&self.scope(resource), name);
        self.get(&path).await
    }

    /// Sends `body` and answers with what comes back. Warnings are printed.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let content_type = if body.is_some() && content_type.is_empty() { JSON } else { content_type };
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let answer = self.client.json(method, path, JSON, content_type, bytes).await?;
        for warning in answer.warnings {
            self.note(format!("Warning: {warning}"))?;
        }
        Ok(answer.value)
    }

    /// The resource and path of a manifest's object, its namespace filled in. An empty name leads to the collection.
    pub(crate) async fn place(&mut self, object: &mut Value) -> Result<Place, Failure> {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        for (name, value) in [("apiVersion", &api_version), ("kind", &kind)] {
            if value.is_empty() {
                return Err(Failure::Usage(format!("error validating data: {name} not set")));
            }
        }
        let resource = by_kind(&self.client, &api_version, &kind).await?;
        let default = self.scope(&resource);
        let meta =
            |name: &str| object.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, mut namespace) = (meta("name"), meta("namespace"));
        if resource.namespaced && namespace.is_empty() {
            namespace = default;
            if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                meta.insert("namespace".into(), namespace.as_str().into());
            }
        }
        Ok(Place { resource, namespace, name })
    }
}

/// Where an object is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Its resource.
    pub resource: Resource,
    /// Its namespace; empty for cluster scope.
    pub namespace: String,
    /// Its name; empty where the server is to make one.
    pub name: String,
}

impl Place {
    /// The object's path.
    pub(crate) fn path(&self) -> String {
        self.resource.path(&self.namespace, &self.name)
    }

    /// The collection's path.
    pub(crate) fn collection(&self) -> String {
        self.resource.path(&self.namespace, "")
    }

    /// `deployment.apps/web`.
    pub(crate) fn shown(&self) -> String {
        self.resource.named(&self.name)
    }
}
