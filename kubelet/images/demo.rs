//! The demo image: an HTTP server that tells where it runs and misbehaves on demand.
//!
//! `demo [--port 8080] [--udp 8081] [--drain-ms 1500] [--start-ms 0]`
//!
//! | path | answer |
//! |---|---|
//! | `/` | pod, namespace, node, addresses, version |
//! | `/hostname` | the pod's name alone |
//! | `/env` | the environment, sorted |
//! | `/file?path=/etc/config` | a mounted file, or the names in a folder |
//! | `/slow?ms=500` | after that time |
//! | `/fail?code=500` | that status code |
//! | `/echo` | the request's own head and body |
//! | `/healthz` | 200, or 503 after `/healthz/off` (until `/healthz/on`) and while it is ending |
//! | `/exit?code=3` | ends the process |
//!
//! Called as `wget` it is a client: `wget -qO- [-T SECONDS] http://HOST[:PORT]/PATH` prints the answer's body.
//! (The C library's resolver does not work in static programs; this one asks the name server itself.)

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

static ENDING: AtomicBool = AtomicBool::new(false);
static SICK: AtomicBool = AtomicBool::new(false);
static SERVED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" {
    fn signal(number: c_int, handler: extern "C" fn(c_int)) -> usize;
}

extern "C" fn on_term(_: c_int) {
    ENDING.store(true, Ordering::SeqCst);
}

fn main() {
    if std::env::args().next().is_some_and(|name| name.ends_with("wget")) {
        match get() {
            Ok(body) => std::io::stdout().write_all(&body).unwrap_or_default(),
            Err(error) => {
                eprintln!("wget: {error}");
                std::process::exit(1)
            }
        }
        return;
    }
    let options = options();
    // SAFETY: the handler only stores to an atomic.
    unsafe {
        signal(15, on_term);
        signal(2, on_term);
    }
    std::thread::sleep(Duration::from_millis(options.start_ms));
    let drain = Duration::from_millis(options.drain_ms);
    std::thread::spawn(move || end_after_term(drain));
    if let Some(port) = options.udp {
        std::thread::spawn(move || echo_datagrams(port));
    }
    let listener = TcpListener::bind(("0.0.0.0", options.port)).unwrap_or_else(|error| {
        eprintln!("demo: cannot listen on port {}: {error}", options.port);
        std::process::exit(1)
    });
    println!("demo: listening on port {}", options.port);
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || serve(stream));
    }
}

struct Options {
    port: u16,
    udp: Option<u16>,
    drain_ms: u64,
    start_ms: u64,
}

fn options() -> Options {
    let mut options = Options { port: 8080, udp: None, drain_ms: 1500, start_ms: 0 };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next().and_then(|text| text.parse::<u64>().ok());
        match (name.as_str(), value) {
            ("--port", Some(number)) => options.port = number as u16,
            ("--udp", Some(number)) => options.udp = Some(number as u16),
            ("--drain-ms", Some(number)) => options.drain_ms = number,
            ("--start-ms", Some(number)) => options.start_ms = number,
            _ => {
                eprintln!("demo: unknown argument {name:?}; known: --port N --udp N --drain-ms N --start-ms N");
                std::process::exit(2)
            }
        }
    }
    options
}

/// Keeps serving for a while after SIGTERM, so that nobody who was still sent here is refused.
fn end_after_term(drain: Duration) {
    while !ENDING.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(50));
    }
    println!("demo: ending in {} ms", drain.as_millis());
    std::thread::sleep(drain);
    println!("demo: ended after {} requests", SERVED.load(Ordering::SeqCst));
    std::process::exit(0)
}

fn echo_datagrams(port: u16) {
    let Ok(socket) = UdpSocket::bind(("0.0.0.0", port)) else { return };
    let mut buffer = [0_u8; 2048];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let mut answer = format!("{} ", hostname()).into_bytes();
        answer.extend_from_slice(&buffer[..length]);
        let _ = socket.send_to(&answer, from);
    }
}

struct Request {
    line: String,
    head: String,
    path: String,
    query: BTreeMap<String, String>,
    body: Vec<u8>,
    close: bool,
}

fn serve(stream: TcpStream) {
    let Ok(mut out) = stream.try_clone() else { return };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let (code, body) = answer(&request);
        SERVED.fetch_add(1, Ordering::SeqCst);
        println!("{} {code}", request.line);
        let close = request.close || ENDING.load(Ordering::SeqCst);
        let connection = if close { "close" } else { "keep-alive" };
        let head = format!(
            "HTTP/1.1 {code} {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n",
            if code < 400 { "OK" } else { "Error" },
            body.len()
        );
        if out.write_all(head.as_bytes()).and_then(|()| out.write_all(&body)).is_err() || close {
            return;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let (mut head, mut length, mut close) = (line.clone(), 0, line.contains("HTTP/1.0"));
    loop {
        let mut field = String::new();
        reader.read_line(&mut field).ok().filter(|count| *count > 0)?;
        if field.trim().is_empty() || head.len() > 64 * 1024 {
            break;
        }
        if let Some((name, value)) = field.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "connection" if value.trim().eq_ignore_ascii_case("close") => close = true,
                _ => {}
            }
        }
        head.push_str(&field);
    }
    let mut body = vec![0; usize::min(length, 1 << 20)];
    reader.read_exact(&mut body).ok()?;
    let target = line.split_whitespace().nth(1)?.to_string();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query =
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.replace("%2F", "/"))).collect();
    Some(Request { line: line.trim().into(), head, path: path.into(), query, body, close })
}

fn answer(request: &Request) -> (u16, Vec<u8>) {
    let number = |name: &str, otherwise: u64| request.query.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    match request.path.as_str() {
        "/" => (200, about().into_bytes()),
        "/hostname" => (200, format!("{}\n", hostname()).into_bytes()),
        "/env" => (200, environment().into_bytes()),
        "/file" => file(request.query.get("path").map_or("/", String::as_str)),
        "/slow" => {
            std::thread::sleep(Duration::from_millis(number("ms", 1000).min(600_000)));
            (200, format!("slow answer of {}\n", hostname()).into_bytes())
        }
        "/fail" => (number("code", 500) as u16, format!("failing as asked, {}\n", hostname()).into_bytes()),
        "/echo" => (200, [request.head.as_bytes(), b"\r\n", &request.body].concat()),
        "/healthz/off" => health(true),
        "/healthz/on" => health(false),
        "/healthz" if SICK.load(Ordering::SeqCst) || ENDING.load(Ordering::SeqCst) => (503, b"not healthy\n".to_vec()),
        "/healthz" => (200, b"ok\n".to_vec()),
        "/exit" => std::process::exit(number("code", 1) as i32),
        path => (404, format!("no such path: {path}\n").into_bytes()),
    }
}

fn health(sick: bool) -> (u16, Vec<u8>) {
    SICK.store(sick, Ordering::SeqCst);
    (200, b"noted\n".to_vec())
}

fn about() -> String {
    let value = |name: &str| std::env::var(name).unwrap_or_else(|_| "-".into());
    format!(
        "pod:       {}\nnamespace: {}\nnode:      {}\npod IP:    {}\nversion:   {}\nmessage:   {}\n",
        hostname(),
        value("POD_NAMESPACE"),
        value("NODE_NAME"),
        value("POD_IP"),
        value("VERSION"),
        value("MESSAGE")
    )
}

fn hostname() -> String {
    let name = std::env::var("HOSTNAME").ok().or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok());
    name.unwrap_or_default().trim().to_string()
}

fn environment() -> String {
    let sorted: BTreeMap<String, String> = std::env::vars().collect();
    sorted.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

fn file(path: &str) -> (u16, Vec<u8>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        return (200, format!("{}\n", names.join("\n")).into_bytes());
    }
    match std::fs::read(path) {
        Ok(content) => (200, content),
        Err(error) => (404, format!("{path}: {error}\n").into_bytes()),
    }
}

/// Fetches the URL of the command line.
fn get() -> Result<Vec<u8>, String> {
    let (mut url, mut seconds) = (String::new(), 10);
    let mut args = std::env::args().skip(1);
    while let Some(word) = args.next() {
        match word.as_str() {
            "-T" => seconds = args.next().and_then(|text| text.parse().ok()).ok_or("-T wants seconds")?,
            flag if flag.starts_with('-') => {}
            _ => url = word,
        }
    }
    let rest = url.strip_prefix("http://").unwrap_or(&url);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let port: u16 = port.parse().map_err(|_| format!("bad port in {url}"))?;
    let limit = Duration::from_secs(seconds);
    let address = resolve(host, limit).ok_or_else(|| format!("bad address '{host}'"))?;
    let fault = |error: std::io::Error| format!("{authority}: {error}");
    let mut stream = TcpStream::connect_timeout(&(address, port).into(), limit).map_err(fault)?;
    stream.set_read_timeout(Some(limit)).map_err(fault)?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n").map_err(fault)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(fault)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("the answer has no head")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    if status.starts_with('2') {
        Ok(answer.split_off(end + 4))
    } else {
        Err(format!("server returned error: {}", head.lines().next().unwrap_or_default()))
    }
}

/// The address of `host`, by the name server and search list of `/etc/resolv.conf`.
fn resolve(host: &str, limit: Duration) -> Option<Ipv4Addr> {
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    let text = std::fs::read_to_string("/etc/resolv.conf").ok()?;
    let after = |word: &str| text.lines().find_map(|line| line.strip_prefix(word)).unwrap_or_default().trim().to_string();
    let (server, search) = (after("nameserver "), after("search "));
    let full = search.split_whitespace().map(|domain| format!("{host}.{domain}")).chain([host.to_string()]);
    full.filter_map(|name| ask(&server, name.trim_end_matches('.'), limit)).next()
}

/// Asks `server` for the first A record of `name`.
fn ask(server: &str, name: &str, limit: Duration) -> Option<Ipv4Addr> {
    let mut query = vec![7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        query.push(u8::try_from(label.len()).ok()?);
        query.extend_from_slice(label.as_bytes());
    }
    query.extend_from_slice(&[0, 0, 1, 0, 1]);
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.set_read_timeout(Some(limit)).ok()?;
    socket.send_to(&query, (server.parse::<Ipv4Addr>().ok()?, 53)).ok()?;
    let mut answer = [0_u8; 512];
    let length = socket.recv(&mut answer).ok()?;
    let records = answer.get(query.len()..length)?;
    // Type A, class IN, any time to live, four bytes of data.
    let at = records.windows(10).position(|record| record[..4] == [0, 1, 0, 1] && record[8..] == [0, 4])?;
    let data: [u8; 4] = records.get(at + 10..at + 14)?.try_into().ok()?;
    Some(Ipv4Addr::from(data))
}
