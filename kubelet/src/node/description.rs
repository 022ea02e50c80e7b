//! What this machine is.

use std::collections::BTreeMap;
use std::path::Path;

/// Version of the kubelet as the Node shows it.
pub const VERSION: &str = "v1.36.0+kontiki";

/// What this machine is: read once, at start.
#[derive(Clone, Debug, Default)]
pub struct NodeDescription {
    /// The node's name.
    pub name: String,
    /// Its address.
    pub ip: String,
    /// Its pods' range.
    pub pod_cidr: String,
    /// Labels besides the well-known ones.
    pub labels: BTreeMap<String, String>,
    /// Port of the kubelet's server; 0 for none.
    pub kubelet_port: u16,
    /// Processors, thousandths.
    pub cpu_millis: i64,
    /// Memory, bytes.
    pub memory_bytes: i64,
    /// Disk below the data folder, bytes.
    pub disk_bytes: i64,
    /// Most pods.
    pub pods: usize,
    /// `nodeInfo` without what the runtime says.
    pub info: BTreeMap<&'static str, String>,
}

impl NodeDescription {
    /// Reads this machine. What cannot be read stays empty.
    pub fn read(name: &str, ip: &str, pod_cidr: &str, data_dir: &Path) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let disk = nix::sys::statvfs::statvfs(data_dir).map(|disk| disk.blocks() * disk.fragment_size());
        Self {
            name: name.into(),
            ip: ip.into(),
            pod_cidr: pod_cidr.into(),
            labels: BTreeMap::new(),
            kubelet_port: 0,
            cpu_millis: i64::try_from(processors).unwrap_or(1) * 1000,
            memory_bytes: memory(),
            disk_bytes: disk.ok().and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or_default(),
            pods: 110,
            info: info(),
        }
    }

    /// `amd64`, `arm64`: as images name it.
    pub fn architecture() -> &'static str {
        match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        }
    }
}

fn memory() -> i64 {
    let text = read("/proc/meminfo");
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).and_then(|rest| rest.split_whitespace().next());
    total.and_then(|kib| kib.parse::<i64>().ok()).unwrap_or_default() * 1024
}

fn info() -> BTreeMap<&'static str, String> {
    let release = read("/etc/os-release");
    let pretty = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("Linux").trim_matches('"');
    let machine = read("/etc/machine-id");
    BTreeMap::from([
        ("architecture", NodeDescription::architecture().to_owned()),
        ("operatingSystem", "linux".to_owned()),
        ("kernelVersion", read("/proc/sys/kernel/osrelease")),
        ("bootID", read("/proc/sys/kernel/random/boot_id")),
        ("systemUUID", machine.clone()),
        ("machineID", machine),
        ("osImage", pretty.to_owned()),
        ("kubeletVersion", VERSION.to_owned()),
        ("kubeProxyVersion", VERSION.to_owned()),
    ])
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}
