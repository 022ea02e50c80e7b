//! The client against a server of canned answers.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Request lines that begin so are answered with this code and body.
type Answers = &'static [(&'static str, u16, &'static str)];

fn serve(mut stream: TcpStream, answers: Answers) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut request, mut length) = (String::new(), 0);
    reader.read_line(&mut request)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let (_, code, body) = answers.iter().find(|(start, ..)| request.starts_with(start)).unwrap_or(&("", 500, "no answer"));
    write!(stream, "HTTP/1.1 {code} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// Exit code, output and errors of `kubectl words` against `answers`.
fn kubectl(words: &[&str], answers: Answers) -> (u8, String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(serve(stream, answers))));
    run(&server, words)
}

fn run(server: &str, words: &[&str]) -> (u8, String, String) {
    let args = ["kubectl", "--server", server].iter().chain(words).map(OsString::from).collect::<Vec<_>>();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(kontiki_kubectl::run_in(args.into_iter(), &|_| None, &mut out, &mut err));
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

const MISSING: &str = r#"{"kind":"Status","status":"Failure","message":"pods \"x\" not found","reason":"NotFound","code":404}"#;
const TABLE: &str = r#"{"kind":"Table","metadata":{},"columnDefinitions":[{"name":"Name","priority":0},{"name":"Ready","priority":0},{"name":"Node","priority":1}],
    "rows":[{"cells":["web","1/1","n1"],"object":{"metadata":{"name":"web","namespace":"a"}}}]}"#;

#[test]
fn a_table_is_printed_with_the_columns_asked_for() {
    let answers: Answers = &[("GET /api/v1/namespaces/default/pods?limit=500 ", 200, TABLE), ("GET /api/v1/pods?", 200, TABLE)];
    assert_eq!(kubectl(&["get", "po"], answers).1, "NAME   READY\nweb    1/1\n");
    assert_eq!(
        kubectl(&["get", "pods", "-A", "-o", "wide"], answers).1,
        "NAMESPACE   NAME   READY   NODE\na           web    1/1     n1\n"
    );
}

#[test]
fn what_is_missing_is_told_in_kubectls_words() {
    let (code, out, err) = kubectl(&["get", "pod", "x"], &[("GET /api/v1/namespaces/default/pods/x", 404, MISSING)]);
    assert_eq!((code, out.as_str(), err.as_str()), (1, "", "Error from server (NotFound): pods \"x\" not found\n"));
}

#[test]
fn apply_creates_what_is_missing_and_patches_what_differs() {
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '1'}\n").unwrap();
    let path = file.path().to_str().unwrap();
    let made = kubectl(
        &["apply", "-f", path],
        &[
            ("GET /api/v1/namespaces/default/configmaps/c", 404, MISSING),
            ("POST /api/v1/namespaces/default/configmaps?fieldManager=kubectl-client-side-apply", 201, "{}"),
        ],
    );
    assert_eq!(made, (0, "configmap/c created\n".into(), String::new()));
    let live = r#"{"metadata":{"name":"c","namespace":"default","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}},"data":{"a":"0"}}"#;
    let answers: Answers = Box::leak(Box::new([
        ("GET /api/v1/namespaces/default/configmaps/c", 200, live),
        ("PATCH /api/v1/namespaces/default/configmaps/c?", 200, "{}"),
    ]));
    assert_eq!(kubectl(&["apply", "-f", path], answers), (0, "configmap/c configured\n".into(), String::new()));
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let (code, _, err) = run("http://127.0.0.1:1", &["get", "pods"]);
    let told = "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n";
    assert_eq!((code, err.as_str()), (1, told));
}
