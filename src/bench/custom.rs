//! Custom objects beside built-in ones of the same shape, by turns in one run.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::connection::Connection;
use super::load::{self, Make, NAMESPACE};
use super::peer::Peer;
use super::process::{Place, Server};
use super::table::{Row, progress};

/// How often the two take turns.
const ROUNDS: usize = 3;
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GROUP: &str = "bench.kontiki.io";
/// How long a definition may take to be established.
const ESTABLISHED: Duration = Duration::from_secs(10);

/// Creates, patches, GETs and LISTs of a custom kind beside ConfigMaps, on a fresh server.
///
/// # Errors
/// Where a request is refused, or no server can be started.
pub async fn measure(requests: usize, rows: &mut Vec<Row>) -> Result<()> {
    progress("custom objects: start");
    let folder = tempfile::tempdir().context("cannot make a folder for the server's data")?;
    let place = Place::alone(folder.path())?;
    let server = Server::start(&place, &["up"], || Peer::own(&place.data, place.api())).await?;
    let peer = Peer::own(&place.data, place.api())?;
    load::prepare(&peer).await?;
    define(&peer).await?;
    let loads: [(&str, Make, Make); 3] = [
        ("create", load::create_config_map, create),
        ("merge patch", load::patch_config_map, patch),
        ("GET", load::get_config_map, get),
    ];
    let each = (requests / ROUNDS).max(1_000);
    for (name, built_in, custom) in loads {
        progress(format!("custom objects: {name}"));
        let (mut ours, mut theirs) = (0.0, 0.0);
        for round in 0..ROUNDS {
            let numbers = round * each..(round + 1) * each;
            theirs += load::spread(std::slice::from_ref(&peer), load::CONNECTIONS, numbers.clone(), built_in).await?;
            ours += load::spread(std::slice::from_ref(&peer), load::CONNECTIONS, numbers, custom).await?;
        }
        rows.push(row(name, theirs / ours, format!("{:.0}/s", ours / ROUNDS as f64)));
    }
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        theirs = theirs.min(load::serial(&peer, 9, list_built_in).await?);
        ours = ours.min(load::serial(&peer, 9, list).await?);
    }
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    rows.push(row("LIST", ratio, format!("{:.1} ms ({})", ours.as_secs_f64() * 1e3, each * ROUNDS)));
    drop(server);
    Ok(())
}

fn row(name: &str, ratio: f64, figure: String) -> Row {
    Row::new(format!("custom objects beside ConfigMaps: {name}"), format!("{ratio:.2}×, {figure}"), "1.2×")
}

/// Defines the kind and waits until it is served.
async fn define(peer: &Peer) -> Result<()> {
    let texts = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let schema = json!({"type": "object", "properties": {"data": texts}});
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("maps.{GROUP}")}, "spec": {"group": GROUP, "scope": "Namespaced",
        "names": {"plural": "maps", "kind": "Map"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}});
    let mut connection = Connection::open(peer).await?;
    connection.call(Method::POST, DEFINITIONS, "application/json", definition.to_string().into()).await?;
    let begun = std::time::Instant::now();
    let mut attempts = tokio::time::interval(Duration::from_millis(5));
    while connection.json(&collection()).await.is_err() {
        if begun.elapsed() > ESTABLISHED {
            bail!("the definition is not established");
        }
        attempts.tick().await;
    }
    Ok(())
}

fn collection() -> String {
    format!("/apis/{GROUP}/v1/namespaces/{NAMESPACE}/maps")
}

/// The same requests of the custom kind.
fn create(number: usize) -> (Method, String, &'static str, Bytes) {
    let (method, _, media, body) = load::create_config_map(number);
    let mut object: Value = serde_json::from_slice(&body).unwrap_or_default();
    object["apiVersion"] = format!("{GROUP}/v1").into();
    object["kind"] = "Map".into();
    (method, collection(), media, object.to_string().into())
}

fn patch(number: usize) -> (Method, String, &'static str, Bytes) {
    let (method, path, media, body) = load::patch_config_map(number);
    (method, moved(&path), media, body)
}

fn get(number: usize) -> (Method, String, &'static str, Bytes) {
    let (method, path, media, body) = load::get_config_map(number);
    (method, moved(&path), media, body)
}

/// The path of the custom object of the same name.
fn moved(path: &str) -> String {
    format!("{}/{}", collection(), path.rsplit('/').next().unwrap_or_default())
}

fn list(_: usize) -> (Method, String, &'static str, Bytes) {
    (Method::GET, collection(), "", Bytes::new())
}

fn list_built_in(_: usize) -> (Method, String, &'static str, Bytes) {
    (Method::GET, format!("/api/v1/namespaces/{NAMESPACE}/configmaps"), "", Bytes::new())
}
