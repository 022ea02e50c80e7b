//! The flags of `kontiki up`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use kontiki_store::Retention;

use super::{machine, values};

/// Everything on this machine: API server, log, reconcilers, scheduler and, unless told otherwise, a node.
#[derive(clap::Args, Clone, Debug)]
pub struct UpArgs {
    /// Folder that holds the cluster's whole state; `up` with the same folder resumes.
    #[arg(long, default_value = "/var/lib/kontiki", env = "KONTIKI_DATA_DIR")]
    pub data_dir: PathBuf,
    /// Port of the API server.
    #[arg(long, default_value_t = 6443)]
    pub port: u16,
    /// Port for the other masters (upstream's 2380); 0 for a master that stays alone.
    #[arg(long, default_value_t = 2380)]
    pub peer_port: u16,
    /// Address the API server listens on, for the other masters too.
    #[arg(long, default_value = "0.0.0.0")]
    pub listen: IpAddr,
    /// Run the control plane only.
    #[arg(long)]
    pub no_node: bool,
    /// Nodes that only pretend: their pods run at once and cost nothing.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub simulated_nodes: usize,
    /// How long replaced and deleted values are kept, such as 12h or 7d.
    #[arg(long, default_value = "7d", value_name = "AGE", value_parser = values::age)]
    pub history_age: Duration,
    /// At most how large the store grows for the sake of the past, such as 500Mi or 2Gi.
    #[arg(long, default_value = "2Gi", value_name = "BYTES", value_parser = values::bytes)]
    pub history_bytes: u64,
    /// How long certificates hold that this machine issues for itself, such as 365d; they are renewed after a third of that.
    #[arg(long, default_value = "1825d", value_name = "AGE", value_parser = values::age)]
    pub certificate_life: Duration,
    /// Name of this machine's node; the host name where not given.
    #[arg(long)]
    pub node_name: Option<String>,
    /// Address of this machine's node; that of the default route where not given.
    #[arg(long)]
    pub node_ip: Option<std::net::Ipv4Addr>,
    /// Name servers that are asked for names outside the cluster, as ADDRESS or ADDRESS:PORT; without any, such names are
    /// refused.
    #[arg(long, value_delimiter = ',', value_name = "SERVERS", value_parser = values::name_server)]
    pub dns_forward: Vec<SocketAddr>,
    /// Where Docker listens, as Docker's own client reads it: a Unix socket.
    #[arg(long, env = "DOCKER_HOST", default_value = "unix:///var/run/docker.sock", value_name = "URL")]
    pub docker_host: String,
    /// Tell everybody the node's pods, metrics and health at this port, without TLS (upstream's 10255).
    #[arg(long, value_name = "PORT")]
    pub kubelet_read_only_port: Option<u16>,
    /// Leave ~/.kube/config alone (the data folder's admin.kubeconfig is written in any case).
    #[arg(long)]
    pub no_kubeconfig: bool,
    /// Serve the API without TLS and without asking who calls, on loopback, at this port (upstream's insecure 8080).
    #[arg(long, value_name = "PORT")]
    pub insecure_port: Option<u16>,
    /// Record what every reconciler sees and decides, from the start, as one file per engine in this folder.
    #[arg(long, value_name = "FOLDER")]
    pub record: Option<PathBuf>,
    /// Who is asking, what is written down: upstream's flags of the API server.
    #[command(flatten)]
    pub api: super::api_flags::ApiFlags,
    /// Whether nobody outside is called: so in a sandbox.
    #[arg(skip)]
    pub apart: bool,
    /// Serve health and metrics of the components on their usual ports (10249, 10251, 10252, 10256, 10257, 10259).
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    pub component_ports: bool,
}

impl UpArgs {
    /// Where this machine is reached: as told, by the default route, or on the bridge of its own pods.
    pub fn address(&self) -> std::net::Ipv4Addr {
        self.node_ip.or_else(machine::route_address).unwrap_or(super::network::BRIDGE_ADDRESS)
    }

    /// The name of this machine as a master: its node's.
    pub fn master_name(&self) -> String {
        self.node_name.clone().unwrap_or_else(machine::host_name)
    }

    /// As a sandbox needs it: no node of this machine, reached from this machine only.
    pub fn keep_apart(&mut self) {
        self.apart = true;
        self.no_node = true;
        self.peer_port = 0;
        self.no_kubeconfig = true;
        self.listen = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    }

    /// How much of the past is kept.
    pub fn retention(&self) -> Retention {
        Retention { age: self.history_age, bytes: self.history_bytes }
    }

    /// The path of Docker's socket.
    ///
    /// # Errors
    /// Where Docker is asked for over a network: containers share folders and network with this machine.
    pub fn docker_socket(&self) -> anyhow::Result<PathBuf> {
        let path = self.docker_host.strip_prefix("unix://").filter(|path| path.starts_with('/'));
        path.map(PathBuf::from).ok_or_else(|| {
            anyhow::anyhow!("DOCKER_HOST {:?} is not a Unix socket of this machine (unix:///PATH)", self.docker_host)
        })
    }
}
