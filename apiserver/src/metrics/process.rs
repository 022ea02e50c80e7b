//! Figures of the process, as every client of Prometheus tells them.

use std::fmt::Error;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// What Linux counts times of processes in, in a second, on every machine.
const TICKS: f64 = 100.0;

/// Reads the figures of this process where they are asked for.
#[derive(Debug)]
pub(super) struct Process;

/// What `/proc` tells of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Figures {
    cpu_seconds: f64,
    start_seconds: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
}

impl Figures {
    /// From its `stat` and `status`, and the system's `stat`.
    fn parse(stat: &str, status: &str, system: &str) -> Option<Self> {
        // The name of the program may hold anything, in parentheses.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |at: usize| fields.get(at)?.parse::<f64>().ok();
        let kibibytes = |name: &str| value(status, name)?.parse::<f64>().ok();
        let booted: f64 = value(system, "btime")?.parse().ok()?;
        Some(Self {
            cpu_seconds: (field(11)? + field(12)?) / TICKS,
            start_seconds: booted + field(19)? / TICKS,
            virtual_bytes: kibibytes("VmSize:")? * 1024.0,
            resident_bytes: kibibytes("VmRSS:")? * 1024.0,
        })
    }
}

/// The first word behind `name` at the beginning of a line.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let of_process = (read("/proc/self/stat"), read("/proc/self/status"));
        let Some(figures) = Figures::parse(&of_process.0, &of_process.1, &read("/proc/stat")) else { return Ok(()) };
        let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count) as f64;
        let most = value(&read("/proc/self/limits"), "Max open files").and_then(|most| most.parse().ok());
        let cpu = encoder.encode_descriptor("process_cpu_seconds", "Time of processors used.", None, MetricType::Counter)?;
        ConstCounter::new(figures.cpu_seconds).encode(cpu)?;
        let gauges = [
            ("process_start_time_seconds", "When it was started, in seconds since 1970.", Some(figures.start_seconds)),
            ("process_virtual_memory_bytes", "Bytes of addresses in use.", Some(figures.virtual_bytes)),
            ("process_resident_memory_bytes", "Bytes of memory in use.", Some(figures.resident_bytes)),
            ("process_open_fds", "Open file descriptors.", Some(open)),
            ("process_max_fds", "Most file descriptors it may open.", most),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn what_linux_tells_is_read() {
        let stat = "42 (a) b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 12300 1000000 500 18446744073709551615";
        let status = "Name:\ta\nVmPeak:\t 9 kB\nVmSize:\t    2048 kB\nVmRSS:\t     512 kB\n";
        let figures = Figures::parse(stat, status, "cpu  1 2 3\nbtime 1700000000\n").unwrap();
        let wanted =
            Figures { cpu_seconds: 3.0, start_seconds: 1_700_000_123.0, virtual_bytes: 2_097_152.0, resident_bytes: 524_288.0 };
        assert_eq!(figures, wanted);
        assert_eq!(Figures::parse("", "", ""), None);
    }

    #[test]
    fn this_process_has_figures() {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        let names =
            ["process_cpu_seconds_total", "process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds"];
        for name in names {
            let value = value(&text, name).and_then(|value| value.parse::<f64>().ok());
            assert!(value.is_some_and(|value| value >= 0.0), "{name}: {text}");
        }
    }
}
