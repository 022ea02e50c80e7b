//! The run: start or find a server, measure, print.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use kontiki_api::quantity::Quantity;

use super::account::{account, audit_lines, audited};
use super::calm::calm;
use super::load::{self, Make};
use super::peer::Peer;
use super::process::{Place, Server};
use super::table::{Row, print, progress};
use super::{bare, bombs, cluster, custom, growth, kinds, log};

/// Changes of a fan-out, at least: what the last of them wait for others to travel with (80 ms among a thousand) is then a few hundredths,
const CHANGES: usize = 5_000;
/// and as many as make so many events: where few watch it is over too soon to be measured.
const EVENTS: usize = 1_000_000;
/// Patches of which the rate without watchers is taken.
const PATCHES: usize = 10_000;
/// How much of what rustls alone moves a fan-out to many is to move, and of what the patches by themselves and rustls by itself leave time
/// for every fan-out.
const OF_BARE: f64 = 0.8;

/// What is measured of our own servers.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The API of one server.
    Api,
    /// The log below it.
    Log,
    /// One and three masters at 1 to 1,000 clients.
    Masters,
    /// What killing the leader costs.
    Kills,
    /// Memory and start of one server after many writes.
    Growth,
    /// How long a new master takes.
    Join,
    /// Whether the leader keeps leading on a busy machine.
    Calm,
    /// Custom objects beside built-in ones.
    Custom,
    /// What a thousand custom kinds cost.
    Kinds,
    /// What refusing hostile requests costs.
    Bombs,
}

/// `kontiki bench`.
#[derive(clap::Args, Clone, Debug)]
pub struct BenchArgs {
    /// Another API server to measure, such as `https://192.0.2.1:6443`; without it fresh ones of ours are started and ended.
    #[arg(long, requires = "token", conflicts_with = "only", value_name = "URL")]
    server: Option<String>,
    /// Bearer token of a user who may do everything there.
    #[arg(long, requires = "server")]
    token: Option<String>,
    /// File with the certificate (PEM) of that server's authority; without it its certificate is not checked.
    #[arg(long, requires = "server", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Measure these parts only.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<Part>,
    /// Requests per load; pods of the LIST are half as many at most 10,000.
    #[arg(long, default_value_t = 20_000, value_parser = requests)]
    requests: usize,
    /// Watchers of the larger fan-out.
    #[arg(long, default_value_t = 1_000)]
    watchers: usize,
    /// How often the leader of three masters is killed.
    #[arg(long, default_value_t = 10)]
    kills: usize,
    /// How much a new master has to be sent, such as 100Mi or 1Gi.
    #[arg(long, default_value = "100Mi", value_name = "BYTES", value_parser = bytes)]
    join_bytes: u64,
    /// How many minutes three masters have to stand a machine whose cores are all busy.
    #[arg(long, default_value_t = 1, value_name = "N")]
    minutes: u64,
}

/// Later loads patch and read the first thousand objects.
fn requests(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number >= 1_000 => Ok(number),
        Ok(_) => Err("a load needs at least 1000".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn bytes(text: &str) -> Result<u64, String> {
    let quantity = Quantity::parse(text).map_err(|error| error.to_string())?;
    u64::try_from(quantity.units()).map_err(|_| "it is below zero".into())
}

impl BenchArgs {
    /// Pods of the loads that make or read many.
    fn pods(&self) -> usize {
        (self.requests / 2).min(10_000)
    }

    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Measures and prints the table.
pub async fn run(args: BenchArgs) -> Result<()> {
    let mut rows = Vec::new();
    if let (Some(server), Some(token)) = (&args.server, &args.token) {
        let peer = Peer::foreign(server, token, args.ca.as_deref())?;
        load::prepare(&peer).await.with_context(|| format!("{server} cannot be measured"))?;
        let measured = measure(&peer, None, &args, &mut rows).await;
        load::clean(&peer).await?;
        print(&rows);
        return measured;
    }
    let measured = own(&args, &mut rows).await;
    print(&rows);
    measured
}

/// What is measured of our own servers; a part that fails leaves the figures of those before.
async fn own(args: &BenchArgs, rows: &mut Vec<Row>) -> Result<()> {
    if args.wants(Part::Api) {
        fresh(args, rows).await?;
        populated(args, rows).await?;
    }
    if args.wants(Part::Log) {
        log::measure(rows).await?;
    }
    if args.wants(Part::Masters) {
        cluster::throughput(args.requests, rows).await?;
    }
    if args.wants(Part::Kills) {
        cluster::kills(args.kills, rows).await?;
    }
    if args.wants(Part::Growth) {
        growth::measure(rows).await?;
    }
    if args.wants(Part::Join) {
        cluster::join(args.join_bytes, rows).await?;
    }
    if args.wants(Part::Calm) {
        calm(Duration::from_secs(args.minutes * 60), rows).await?;
    }
    if args.wants(Part::Custom) {
        custom::measure(args.requests, rows).await?;
    }
    if args.wants(Part::Kinds) {
        kinds::measure(rows).await?;
    }
    if args.wants(Part::Bombs) {
        bombs::measure(rows).await?;
    }
    Ok(())
}

/// A fresh server of ours, with an audit, asked by an ordinary user: how it starts, and everything that is timed.
async fn fresh(args: &BenchArgs, rows: &mut Vec<Row>) -> Result<()> {
    progress("one server: start");
    let folder = tempfile::tempdir().context("cannot make a folder for the server's data")?;
    let place = Place::alone(folder.path())?;
    let words = audited(&place)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let server = Server::start(&place, &words, || Peer::own(&place.data, place.api())).await?;
    rows.push(Row::new("ready after start", format!("{} ms", server.ready.as_millis()), "< 500 ms"));
    rows.push(Row::new("resident memory, idle, no node", megabytes(server.resident()?), "< 60 MB"));
    load::prepare(&Peer::own(&place.data, place.api())?).await?;
    let peer = account(&place).await?;
    measure(&peer, Some(&server), args, rows).await?;
    rows.push(Row::new("lines of the audit of these loads", audit_lines(&place.data)?.to_string(), "-"));
    rows.push(Row::new("resident memory after these loads", megabytes(server.resident()?), "-"));
    Ok(())
}

/// Another server of ours that holds what a large cluster holds.
async fn populated(args: &BenchArgs, rows: &mut Vec<Row>) -> Result<()> {
    progress("one server: memory");
    let folder = tempfile::tempdir().context("cannot make a folder for the server's data")?;
    let place = Place::alone(folder.path())?;
    let server = Server::start(&place, &["up"], || Peer::own(&place.data, place.api())).await?;
    let peer = Peer::own(&place.data, place.api())?;
    load::prepare(&peer).await?;
    let before = server.resident()?;
    let watches = load::watches(&peer, args.watchers).await?;
    let each = server.resident()?.saturating_sub(before) / args.watchers.max(1) as u64;
    drop(watches);
    rows.push(Row::new("memory per watch, a connection each", format!("{} kB ({})", each / 1000, args.watchers), "-"));
    let pods = args.pods();
    load::throughput(&peer, pods / 10, load::create_node).await?;
    load::throughput(&peer, pods, load::create_pod).await?;
    let figure = format!("{} ({pods})", megabytes(server.resident()?));
    rows.push(Row::new("resident memory, 10,000 pods, 1,000 nodes", figure, "< 250 MB"));
    Ok(())
}

async fn measure(peer: &Peer, server: Option<&Server>, args: &BenchArgs, rows: &mut Vec<Row>) -> Result<()> {
    let loads: [(&str, &str, Make); 3] = [
        ("create ConfigMap, 64 connections", "16,000/s", load::create_config_map),
        ("merge patch, 64 connections", "11,000/s", load::patch_config_map),
        ("GET, 64 connections", "32,500/s", load::get_config_map),
    ];
    for (name, target, make) in loads {
        rows.push(rate(peer, server, args.requests, name, target, make).await?);
    }
    let serial = load::serial(peer, 500, load::create_serially).await?;
    let figure = format!("{:.2} ms", serial.as_secs_f64() * 1e3);
    rows.push(Row::new("one serial create, median", figure, "-"));
    let pods = args.pods();
    rows.push(rate(peer, server, pods, "create Pod, 64 connections", "10,500/s", load::create_pod).await?);
    progress("LIST of pods");
    let list = load::serial(peer, 9, load::list_pods).await?;
    let figure = format!("{:.1} ms ({pods})", list.as_secs_f64() * 1e3);
    rows.push(Row::new("LIST 10,000 pods, uncompressed, median", figure, "27 ms"));
    for (name, target, watchers) in
        [("watch fan-out, 100 watchers", "460,000/s", 100), ("watch fan-out, many watchers", "-", args.watchers)]
    {
        progress(name);
        let changes = CHANGES.max(EVENTS / watchers.max(1));
        let (events, bytes) = load::fan_out(peer, watchers, changes).await?;
        let bare = bare::move_bytes(watchers, bytes * changes).await.context("bare rustls")?;
        let bare = (watchers * changes) as f64 / bare.as_secs_f64();
        let target = if target == "-" { format!("{:.0}/s", bare * OF_BARE) } else { target.into() };
        rows.push(Row::new(name, format!("{events:.0}/s ({watchers})"), target));
        rows.push(Row::new("the same bytes by rustls alone", format!("{bare:.0}/s ({watchers})"), "-"));
        let patches = load::throughput(peer, PATCHES, load::patch_config_map).await.context("patches alone")?;
        let floor = 1.0 / (1.0 / (patches * watchers as f64) + 1.0 / bare);
        let share = format!("{floor:.0}/s, {:.0} % of it told", events / floor * 100.0);
        rows.push(Row::new("patches without watchers, then rustls alone", share, format!("{:.0} %", OF_BARE * 100.0)));
    }
    Ok(())
}

async fn rate(peer: &Peer, server: Option<&Server>, total: usize, name: &str, target: &str, make: Make) -> Result<Row> {
    progress(name);
    let before = server.map(Server::cpu).transpose()?;
    let rate = load::throughput(peer, total, make).await.with_context(|| name.to_string())?;
    let after = server.map(Server::cpu).transpose()?;
    let cpu = before.zip(after).map(|(before, after)| (after - before) * 1000.0 / total as f64);
    Ok(Row { cpu, ..Row::new(name, format!("{rate:.0}/s"), target) })
}

/// An amount of memory as it is printed.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
