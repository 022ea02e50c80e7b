//! Requests to objects, collections and subresources.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT, WARNING};
use http::{HeaderMap, Method, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use kontiki_api::go::quoted;
use kontiki_api::kind::Kind;
use kontiki_api::meta::Key;
use kontiki_api::request::{Cause, Request, Target, User, Verb, param};
use kontiki_api::status::{Reason, Status};
use kontiki_api::table::Include;

use super::bodies::Share;
use super::deadline::{Deadline, is_too_slow};
use super::encode::respond;
use super::notation::is_pretty;
use super::query::parse_query;
use super::read_body::{forget_body, read_body};
use super::shape::{check_shape, unserved, without_namespace};
use super::{Body, Pace, warnings};
use crate::connect::{Connect, Connection};
use crate::encode::{Form, Negotiated, Offers, error_frame, negotiate};
use crate::flow::{Asked, Seat, is_too_many};
use crate::forward::{Outcome, anywhere, request_id};
use crate::metrics::RequestLabels;
use crate::mutate::admit_connection;
use crate::route::{ResourcePath, Route, unknown_in, verb_of};
use crate::server::{Server, permit, permit_selected};

/// Runs one request of `user` to `path` and counts it.
///
/// # Errors
/// The refusal.
pub(super) async fn resource(
    server: &Arc<Server>,
    user: User,
    path: ResourcePath,
    from_master: bool,
    deadline: Deadline,
    request: http::Request<Incoming>,
) -> Result<Response<Body>, Status> {
    let begun = Instant::now();
    let query = parse_query(request.uri().query().unwrap_or_default());
    let verb = verb_of(request.method(), &path, &query);
    let target = target_of(&path);
    let (dry_run, scope) = (asked_dry_run(&query), scope(&target, verb));
    let labels = RequestLabels { verb: verb.map_or("OTHER", |verb| reported(verb, &request)), scope, ..labels(server, &target) };
    let result = match verb {
        Some(verb) => routed(server, user, verb, target, query, path.rest, from_master, deadline, request, &labels).await,
        None => Box::pin(other_method(server, user, target, path.rest, request, &labels)).await,
    };
    let code = result.as_ref().map_or_else(Status::code, |response| response.status().as_u16());
    if result.as_ref().is_err_and(|status| is_too_slow(status) || is_too_many(status)) {
        server.metrics.terminated(&labels, code);
    }
    let answer = result.as_ref().ok();
    let waited = answer.and_then(|answer| answer.extensions().get::<Waited>()).map_or(Duration::ZERO, |waited| waited.0);
    let bytes = answer.and_then(|answer| answer.body().size_hint().exact());
    server.metrics.answered(&labels, dry_run, code, begun.elapsed(), waited, bytes);
    result
}

/// How long a request waited for its seat.
#[derive(Clone, Copy)]
struct Waited(Duration);

/// The target that a path names.
pub(super) fn target_of(path: &ResourcePath) -> Target {
    Target {
        group: path.group.as_str().into(),
        version: path.version.as_str().into(),
        plural: path.plural.as_str().into(),
        namespace: path.namespace.as_str().into(),
        name: path.name.as_str().into(),
        subresource: path.subresource.as_str().into(),
    }
}

#[allow(clippy::too_many_arguments, reason = "the parts of one HTTP request, taken apart once")]
async fn routed(
    server: &Arc<Server>,
    user: User,
    verb: Verb,
    target: Target,
    query: Vec<(String, String)>,
    rest: String,
    from_master: bool,
    deadline: Deadline,
    request: http::Request<Incoming>,
    labels: &RequestLabels,
) -> Result<Response<Body>, Status> {
    let route = Route::of(server, &target, verb).map_err(|status| without_namespace(server, &target, verb, &request, status));
    let route = match permit_selected(server, &user, Some(verb), &target, &query).and(route) {
        Ok(route) => route,
        Err(status) => {
            let (parts, body) = request.into_parts();
            forget_body(&parts.headers, body);
            return Err(status);
        }
    };
    // Old paths of watches: upstream's handler of custom kinds takes any method there, and no other does.
    if verb == Verb::Watch && route.kind.custom.is_none() && !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Status::no_such_method());
    }
    let connector = server.config.connects.get(&(route.kind.resource.clone(), target.subresource.clone()));
    if let Some(connector) = connector {
        let connecting = Connecting { user, target, rest, request };
        return Box::pin(connect(server, connector, &route.kind, connecting, labels)).await;
    }
    check_shape(&route, &target, verb, &rest, &request)?;
    let (parts, body) = request.into_parts();
    let tables = route.kind.has_tables(&target.subresource);
    let wanted = wanted(&parts.headers, &query, tables)?;
    let pretty = wanted.pretty || is_pretty(parts.uri.query().unwrap_or_default(), header(&parts.headers, USER_AGENT));
    let watch = verb == Verb::Watch;
    let id = request_id(&parts.headers, &user, from_master);
    let share = Share { bodies: &server.bodies, user: &user, from_master };
    let most = server.config.limits.body_bytes;
    let (body, _held) = if verb.is_mutating() {
        read_body(&parts.headers, body, most, deadline, share).await?
    } else {
        forget_body(&parts.headers, body);
        Default::default()
    };
    let request = Request {
        verb,
        target,
        query,
        content_type: header(&parts.headers, CONTENT_TYPE).into(),
        body,
        user,
        cause: Cause::Request,
        id,
        leader: None,
        agent: header(&parts.headers, USER_AGENT).into(),
    };
    if watch {
        return Box::pin(follow(server, route, request, wanted, labels)).await;
    }
    let waits = Instant::now();
    let seat = server.priorities.seat(&asked(&request)).await?;
    let waited = Waited(waits.elapsed());
    let counted = Counted::new(server.metrics.in_flight(verb.is_mutating()));
    let run = pin!(anywhere(server, route, request, header(&parts.headers, ACCEPT), from_master));
    let mut response = match deadline.within(run).await?? {
        Outcome::Here(answer) => respond(server, answer, wanted, pretty)?,
        Outcome::There(response) => passed_on(response),
    };
    tell_flow(&mut response, &seat);
    response.extensions_mut().insert(waited);
    // It runs until its answer is sent: who does not read has no seat for others.
    Ok(response.map(|body| body.holding((seat, counted))))
}

fn asked(request: &Request) -> Asked<'_> {
    Asked { user: &request.user, verb: request.verb.as_str(), target: &request.target }
}

/// Says which flow schema and priority level the request belonged to, as upstream.
fn tell_flow(response: &mut Response<Body>, seat: &Seat) {
    let (schema, level) = seat.uids();
    for (name, uid) in [("x-kubernetes-pf-flowschema-uid", schema), ("x-kubernetes-pf-prioritylevel-uid", level)] {
        if let (false, Ok(uid)) = (uid.is_empty(), HeaderValue::from_str(uid)) {
            response.headers_mut().insert(HeaderName::from_static(name), uid);
        }
    }
}

/// The leader's answer, as it is.
fn passed_on(response: Response<Bytes>) -> Response<Body> {
    let (parts, body) = response.into_parts();
    let mut passed = Response::new(Body::from(body));
    *passed.status_mut() = parts.status;
    for name in [CONTENT_TYPE, WARNING, RETRY_AFTER] {
        for value in parts.headers.get_all(&name) {
            passed.headers_mut().append(&name, value.clone());
        }
    }
    passed
}

/// A request to a connecting subresource.
struct Connecting {
    user: User,
    target: Target,
    rest: String,
    request: http::Request<Incoming>,
}

async fn connect(
    server: &Arc<Server>,
    connector: &Arc<dyn Connect>,
    kind: &Arc<Kind>,
    connecting: Connecting,
    labels: &RequestLabels,
) -> Result<Response<Body>, Status> {
    let Connecting { user, target, rest, request } = connecting;
    if connector.needs_create() && request.method() == Method::GET {
        permit(server, &user, Verb::Create.as_str(), &target)?;
    }
    let query = parse_query(request.uri().query().unwrap_or_default());
    let (options, warnings) = admit_connection(server, kind, &target, &user, &rest, &query).await?;
    let running = Counted::new(server.metrics.long_running(labels));
    let plain = target.name.split(':').find(|part| !part.is_empty() && !matches!(*part, "http" | "https"));
    let key = Key::new(kind.resource.clone(), target.namespace.clone(), plain.unwrap_or(&target.name));
    let object = server.config.store.get(&key);
    let answer = connector.connect(Connection { request, target, rest, user, options, object }).await;
    drop(running);
    answer.map(|mut answer| {
        warnings::tell(answer.headers_mut(), &warnings);
        paced(answer, Pace::Own)
    })
}

/// The same answer with a pace of its own.
pub(super) fn paced(mut answer: Response<Body>, pace: Pace) -> Response<Body> {
    answer.extensions_mut().insert(pace);
    answer
}

/// A request whose method is no verb: only those who may do everything may ask it, and only of a proxy.
async fn other_method(
    server: &Arc<Server>,
    user: User,
    target: Target,
    rest: String,
    request: http::Request<Incoming>,
    labels: &RequestLabels,
) -> Result<Response<Body>, Status> {
    permit(server, &user, "", &target)?;
    let row = server.row(&target.group, &target.version, &target.plural);
    let kind = row.ok_or_else(|| unknown_in(server, &target.group))?;
    let refused = || match &kind.custom {
        Some(_) if kind.namespaced == target.namespace.is_empty() => Status::unrouted(),
        Some(_) if !target.subresource.is_empty() && kind.subresource(&target.subresource).is_none() => {
            Status::not_found(&kind.group, &kind.plural, &target.name)
        }
        Some(_) => Status::no_such_verb(&kind.group, &kind.plural, ""),
        None => unserved(server, &target),
    };
    let connector = server.config.connects.get(&(kind.resource.clone(), target.subresource.clone()));
    let connector = connector.filter(|connector| connector.takes_any_method()).ok_or_else(refused)?;
    connect(server, connector, &kind, Connecting { user, target, rest, request }, labels).await
}

/// What upstream tells who wants a watch in a form that has no stream.
const STREAMED: &str = "only the following media types are accepted: \
    application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

async fn follow(
    server: &Arc<Server>,
    route: Route,
    request: Request,
    wanted: Negotiated,
    labels: &RequestLabels,
) -> Result<Response<Body>, Status> {
    let seat = server.priorities.seat(&asked(&request)).await?;
    let running = Counted::new(server.metrics.long_running(labels));
    let answered = server.execute(route, &request).await;
    // A watch takes a seat until it has begun.
    drop(seat);
    match answered {
        // Told when the request is known to be a good one.
        Ok(_) if wanted.yaml => Err(Status::new(Reason::NotAcceptable, STREAMED)),
        Ok(answer) => {
            let response = respond(server, answer, wanted, false)?;
            Ok(paced(response.map(|body| body.holding(running)), Pace::Events))
        }
        // Upstream tells a watcher inside the stream of a revision that is no more or not yet.
        Err(status) if matches!(status.reason, Reason::Expired | Reason::Timeout) => {
            Ok(super::refusal::json(200, error_frame(&status)))
        }
        Err(status) => Err(status),
    }
}

fn wanted(headers: &HeaderMap, query: &[(String, String)], tables: bool) -> Result<Negotiated, Status> {
    let wanted = negotiate(header(headers, ACCEPT), if tables { Offers::Tables } else { Offers::Metadata })?;
    // Nobody else asks for it.
    let text = param(query, "includeObject").filter(|_| wanted.form == Form::Table);
    let Some(text) = text else { return Ok(wanted) };
    let refused = || {
        let why = format!("Invalid value: {}: must be 'Metadata', 'Object', 'None', or empty", quoted(text));
        Status::bad_request(format!("Unable to convert to Table as requested: includeObject: {why}"))
    };
    let include = Include::parse(text).ok_or_else(refused)?;
    Ok(Negotiated { include, ..wanted })
}

pub(super) fn header(headers: &HeaderMap, name: http::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Counts in a gauge until dropped.
pub(super) struct Counted(prometheus_client::metrics::gauge::Gauge);

impl Counted {
    fn new(gauge: prometheus_client::metrics::gauge::Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What the figures call `target`. Paths that nothing is served under share one name: each would be counted for good otherwise, and anybody
/// may ask for any.
fn labels(server: &Server, target: &Target) -> RequestLabels {
    let kind = server.row(&target.group, &target.version, &target.plural);
    let subresource = &target.subresource;
    let served = kind.is_some_and(|kind| subresource.is_empty() || kind.subresource(subresource).is_some());
    let nothing = Target { name: target.name.clone(), namespace: target.namespace.clone(), ..Target::default() };
    let target = if served { target } else { &nothing };
    RequestLabels {
        verb: "OTHER",
        group: (&target.group).into(),
        version: (&target.version).into(),
        resource: (&target.plural).into(),
        subresource: (&target.subresource).into(),
        scope: "",
        component: "apiserver",
    }
}

/// The values of `dryRun` as upstream's figures know them.
fn asked_dry_run(query: &[(String, String)]) -> &'static str {
    let mut asked = query.iter().filter(|(name, _)| name == "dryRun").map(|(_, value)| value.as_str()).peekable();
    match (asked.peek().is_some(), asked.all(|value| value == "All")) {
        (false, _) => "",
        (true, true) => "All",
        (true, false) => "invalid",
    }
}

fn scope(target: &Target, verb: Option<Verb>) -> &'static str {
    match (target.name.is_empty() && verb != Some(Verb::Create), target.namespace.is_empty()) {
        (false, _) => "resource",
        (true, false) => "namespace",
        (true, true) => "cluster",
    }
}

/// The verb as upstream's figures call it.
fn reported<B>(verb: Verb, request: &http::Request<B>) -> &'static str {
    match verb {
        Verb::Patch if header(request.headers(), CONTENT_TYPE).starts_with("application/apply-patch") => "APPLY",
        Verb::Get => "GET",
        Verb::List => "LIST",
        Verb::Watch => "WATCH",
        Verb::Create => "POST",
        Verb::Update => "PUT",
        Verb::Patch => "PATCH",
        Verb::Delete => "DELETE",
        Verb::DeleteCollection => "DELETECOLLECTION",
    }
}
