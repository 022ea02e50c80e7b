//! What a thousand definitions of custom kinds cost, and how soon one more is known.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hyper::Method;
use serde_json::{Map, Value, json};

use super::connection::Connection;
use super::load::{self, CONNECTIONS, Made};
use super::peer::Peer;
use super::process::{Place, Server};
use super::table::{Row, progress};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/// How many there are.
const COUNT: usize = 1_000;
/// How many share a group.
const IN_GROUP: usize = 10;
/// How long all may take to be served.
const SERVED: Duration = Duration::from_secs(60);
/// How long one more may take to be everywhere.
const KNOWN: Duration = Duration::from_secs(30);

/// Makes the definitions on a fresh server, an object of each, and asks for the documents about them.
///
/// # Errors
/// Where a request is refused, or no server can be started.
pub async fn measure(rows: &mut Vec<Row>) -> Result<()> {
    progress("custom kinds: start");
    let folder = tempfile::tempdir().context("cannot make a folder for the server's data")?;
    let place = Place::alone(folder.path())?;
    let server = Server::start(&place, &["up"], || Peer::own(&place.data, place.api())).await?;
    let peer = Peer::own(&place.data, place.api())?;
    let mut connection = Connection::open(&peer).await?;
    // What documents of the built-in kinds take is no matter of the custom ones.
    documents(&mut connection).await?;
    let before = server.resident()?;
    let more = || anyhow::Ok(format!("{:.0} MB", server.resident()?.saturating_sub(before) as f64 / 1e6));
    let mut row = |what: &str, figure: String, target: &'static str| rows.push(Row::new(what, figure, target));
    progress("custom kinds: definitions of 20 kB");
    let begun = Instant::now();
    load::spread(std::slice::from_ref(&peer), CONNECTIONS, 0..COUNT, define).await?;
    served(&mut connection).await?;
    row("1,000 custom kinds: served after", format!("{:.1} s", begun.elapsed().as_secs_f64()), "");
    row("1,000 custom kinds: memory", more()?, "< 100 MB");
    progress("custom kinds: an object of each");
    load::spread(std::slice::from_ref(&peer), CONNECTIONS, 0..COUNT, create).await?;
    row("the same with an object of each", more()?, "< 100 MB");
    progress("custom kinds: documents");
    documents(&mut connection).await?;
    row("the same after OpenAPI and discovery", more()?, "< 100 MB");
    progress("custom kinds: one more");
    for (document, after) in one_more(&mut connection).await? {
        row(&format!("one more kind: in {document} after"), format!("{:.0} ms", after.as_secs_f64() * 1e3), "< 1 s");
    }
    Ok(())
}

/// Asks for all documents.
async fn documents(connection: &mut Connection) -> Result<()> {
    for path in ["/openapi/v2", "/openapi/v3", "/apis"] {
        connection.call(Method::GET, path, "", Default::default()).await?;
    }
    Ok(())
}

/// Waits until every definition is served.
async fn served(connection: &mut Connection) -> Result<()> {
    let begun = Instant::now();
    let mut attempts = tokio::time::interval(Duration::from_millis(5));
    for at in 0..COUNT {
        let wanted = format!("\"things{at}\"");
        while !names(connection, &group_version(at), &wanted).await {
            if begun.elapsed() > SERVED {
                bail!("definition {at} is not served");
            }
            attempts.tick().await;
        }
    }
    Ok(())
}

/// Whether the document at `path` is there and has `wanted` in it.
async fn names(connection: &mut Connection, path: &str, wanted: &str) -> bool {
    connection.bytes(path).await.is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(wanted))
}

/// Makes one more definition, of a group of its own; after how long each document names it.
async fn one_more(connection: &mut Connection) -> Result<Vec<(&'static str, Duration)>> {
    let (method, path, media, body) = define(COUNT);
    let begun = Instant::now();
    connection.call(method, &path, media, body).await?;
    let mut times = Vec::new();
    let group = group(COUNT);
    for (document, path) in
        [("discovery", group_version(COUNT)), ("OpenAPI v3", "/openapi/v3".to_owned()), ("OpenAPI v2", "/openapi/v2".to_owned())]
    {
        let wanted = if document == "discovery" { format!("things{COUNT}") } else { group.clone() };
        while !names(connection, &path, &wanted).await {
            if begun.elapsed() > KNOWN {
                bail!("{document} does not name the new kind");
            }
        }
        times.push((document, begun.elapsed()));
    }
    Ok(times)
}

fn group(at: usize) -> String {
    format!("group{}.bench.kontiki.io", at / IN_GROUP)
}

fn group_version(at: usize) -> String {
    format!("/apis/{}/v1", group(at))
}

fn define(at: usize) -> Made {
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("things{at}.{}", group(at))},
        "spec": {"group": group(at), "scope": "Namespaced",
            "names": {"plural": format!("things{at}"), "kind": format!("Thing{at}")},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": schema()}}]}});
    (Method::POST, DEFINITIONS.into(), "application/json", definition.to_string().into())
}

fn create(at: usize) -> Made {
    let object = json!({"apiVersion": format!("{}/v1", group(at)), "kind": format!("Thing{at}"),
        "metadata": {"name": "one"}, "spec": {"part0": {"field0": 1}}});
    let path = format!("{}/namespaces/default/things{at}", group_version(at));
    (Method::POST, path, "application/json", object.to_string().into())
}

/// A schema of about 20 kB: 120 described fields in 12 structs.
fn schema() -> Value {
    let field = |at: usize| {
        json!({"type": if at.is_multiple_of(3) { "integer" } else { "string" },
            "description": format!("Field {at} of this part says what the controller that looks after it shall do when it meets it.")})
    };
    let part = || {
        let fields: Map<String, Value> = (0..10).map(|at| (format!("field{at}"), field(at))).collect();
        json!({"type": "object", "description": "A part of the whole.", "required": ["field0"], "properties": fields})
    };
    let parts: Map<String, Value> = (0..12).map(|at| (format!("part{at}"), part())).collect();
    json!({"type": "object", "properties": {"spec": {"type": "object", "properties": parts},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
}
