//! Parameters of operations.

use super::action::Action;
use super::shape::Shape;

/// A parameter of the query or of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub name: &'static str,
    /// `string`, `integer` or `boolean`.
    pub r#type: &'static str,
    /// Part of the path, and so required.
    pub in_path: bool,
    pub description: String,
}

type Row = (&'static str, &'static str, &'static str);

const DRY_RUN: Row = ("dryRun", "string", "With All nothing is stored; everything else is done.");
const MANAGER: Row = ("fieldManager", "string", "Who manages the fields that are written, in at most 128 characters.");
const VALIDATION: Row = ("fieldValidation", "string", "What becomes of unknown and duplicate fields: Ignore, Warn or Strict.");
const FORCE: Row = ("force", "boolean", "Takes fields from their managers where an apply conflicts with them.");
const CONTINUE: Row = ("continue", "string", "The token of the page wanted, as the page before gave it.");
const FIELDS: Row = ("fieldSelector", "string", "Only objects whose fields match.");
const LABELS: Row = ("labelSelector", "string", "Only objects whose labels match.");
const LIMIT: Row = ("limit", "integer", "Most items of one page.");
const REVISION: Row = ("resourceVersion", "string", "As of which resource version, together with resourceVersionMatch.");
const MATCH: Row = ("resourceVersionMatch", "string", "How resourceVersion is meant: Exact or NotOlderThan.");
const INITIAL: Row = ("sendInitialEvents", "boolean", "A watch begins with what is there, closed by a bookmark.");
const TIMEOUT: Row = ("timeoutSeconds", "integer", "Seconds after which the server ends a watch.");
const GRACE: Row = ("gracePeriodSeconds", "integer", "Seconds that the object is given to end by itself.");
const ORPHAN: Row = ("orphanDependents", "boolean", "Whether dependents stay; propagationPolicy says more.");
const PROPAGATION: Row = ("propagationPolicy", "string", "What becomes of dependents: Background, Foreground or Orphan.");
const BOOKMARKS: Row = ("allowWatchBookmarks", "boolean", "A watch may send bookmarks.");
const WATCH: Row = ("watch", "boolean", "Changes as they come rather than a list.");
const PRETTY: Row = ("pretty", "string", "With true, JSON with line breaks.");

const WRITE: &[Row] = &[DRY_RUN, MANAGER, VALIDATION];
const PATCH: &[Row] = &[DRY_RUN, MANAGER, VALIDATION, FORCE];
const LIST: &[Row] = &[BOOKMARKS, CONTINUE, FIELDS, LABELS, LIMIT, REVISION, MATCH, INITIAL, TIMEOUT, WATCH];
const DELETE: &[Row] = &[DRY_RUN, GRACE, ORPHAN, PROPAGATION];
const DELETE_COLLECTION: &[Row] =
    &[CONTINUE, DRY_RUN, FIELDS, GRACE, LABELS, LIMIT, ORPHAN, PROPAGATION, REVISION, MATCH, INITIAL, TIMEOUT];

const CONTAINER: Row = ("container", "string", "Which container; may be left out where there is one.");
const STDIN: Row = ("stdin", "boolean", "Send standard input.");
const STDOUT: Row = ("stdout", "boolean", "Receive standard output.");
const STDERR: Row = ("stderr", "boolean", "Receive standard error.");
const TTY: Row = ("tty", "boolean", "On a terminal.");

/// Parameters of subresources that are streams, by name.
const OWN: &[(&str, &[Row])] = &[
    ("attach", &[CONTAINER, STDERR, STDIN, STDOUT, TTY]),
    ("exec", &[("command", "string", "The command and its arguments."), CONTAINER, STDERR, STDIN, STDOUT, TTY]),
    (
        "log",
        &[
            CONTAINER,
            ("follow", "boolean", "Go on with new lines as they come."),
            ("insecureSkipTLSVerifyBackend", "boolean", "Do not verify the node's certificate."),
            ("limitBytes", "integer", "Most bytes."),
            ("previous", "boolean", "Of the run before."),
            ("sinceSeconds", "integer", "Only lines that are no older, in seconds."),
            ("stream", "string", "All, Stdout or Stderr."),
            ("tailLines", "integer", "Only so many of the last lines."),
            ("timestamps", "boolean", "With the time of each line."),
        ],
    ),
    ("portforward", &[("ports", "integer", "Which ports.")]),
    ("proxy", &[("path", "string", "The path at the other server.")]),
];

/// The query parameters of `action` on `shape`.
pub(super) fn of(shape: Shape<'_>, action: Action) -> Vec<Parameter> {
    let own = shape.sub.and_then(|sub| OWN.iter().find(|(name, _)| *name == &*sub.name)).map_or(&[][..], |(_, rows)| rows);
    let rows = match action {
        Action::Get if shape.row.custom.is_some() => &[REVISION],
        Action::DeleteCollection if shape.row.custom.is_some() => LIST,
        Action::Get | Action::Connect(_) => own,
        Action::List | Action::Watch | Action::WatchList => LIST,
        Action::Post | Action::Put => WRITE,
        Action::Patch => PATCH,
        Action::Delete => DELETE,
        Action::DeleteCollection => DELETE_COLLECTION,
    };
    rows.iter().map(in_query).collect()
}

/// The parameters of every operation at `path`: its parts, and the notation of the answer.
pub(super) fn of_path(path: &str, shape: Shape<'_>, connects: bool) -> Vec<Parameter> {
    let parts = [
        ("name", format!("name of the {}", shape.named())),
        ("namespace", "name of the namespace".to_owned()),
        ("path", "the path at the other server".to_owned()),
    ];
    let named = parts.into_iter().filter(|(name, _)| path.contains(&format!("{{{name}}}")));
    let mut all: Vec<Parameter> =
        named.map(|(name, description)| Parameter { name, r#type: "string", in_path: true, description }).collect();
    if !connects {
        all.push(in_query(&PRETTY));
    }
    all
}

fn in_query((name, r#type, description): &Row) -> Parameter {
    Parameter { name, r#type, in_path: false, description: (*description).to_owned() }
}
